//! One case that cannot be read: whatever is done for all cases is done for the others, the one is named, and the exit status says
//! that something was left out.

use crate::program::{Place, Ran};

/// Somebody changes rows of the database `a.db`.
fn change(place: &Place, text: &'static str) {
    let address = format!("sqlite://{}", place.path().join("a.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let pool = sqlx::SqlitePool::connect(&address).await.expect("it opens");
        sqlx::raw_sql(text).execute(&pool).await.expect("changed");
        pool.close().await;
    });
}

fn damaged() -> Place {
    let place = Place::new();
    for label in ["before", "ff-1", "later"] {
        assert_eq!(place.open(label).status, 0);
    }
    change(&place, "UPDATE cases SET state = '{' WHERE label = 'ff-1'");
    place
}

/// The one is named once, and that it was left out.
fn names_the_one(ran: &Ran, words: &[&str]) {
    assert_eq!(ran.status, 2, "{words:?}: {ran:?}");
    let told = "trouble: ff-1: the database holds a case that cannot be read: it goes wrong at character 1";
    assert_eq!(ran.err.lines().filter(|line| line.starts_with(told)).count(), 1, "{words:?}: {ran:?}");
}

#[test]
fn lists_have_the_others() {
    let place = damaged();
    for words in [
        &["case", "list", "--db", "a.db"][..],
        &["inbox", "--db", "a.db", "--role", "worker", "--at", "2008-03-03T11:00"],
        &["calendar", "--db", "a.db", "--role", "worker"],
    ] {
        let ran = place.run(words);
        names_the_one(&ran, words);
        assert!(ran.out.contains("before") && ran.out.contains("later"), "{words:?}: {ran:?}");
    }
    let calendar = place.run(&["calendar", "--db", "a.db", "--role", "worker"]).out;
    assert!(calendar.contains("SUMMARY:This calendar is not complete"), "{calendar}");
    let figures = ["figures", "--db", "a.db"];
    let ran = place.run(&figures);
    names_the_one(&ran, &figures);
    assert!(ran.out.starts_with("eropaf: 2 cases, 2 of them open"), "{ran:?}");
}

#[test]
fn what_is_done_to_all_cases_is_done_to_the_others_and_can_be_done_again() {
    let place = damaged();
    let decree =
        ["decree", "--db", "a.db", "2008-03-04", "--because", "Stcrt. 2008, 1", "--at", "2008-03-03T11:00"];
    let ran = place.run(&decree);
    names_the_one(&ran, &decree);
    assert!(ran.out.contains("before") && ran.out.contains("later"), "{ran:?}");
    let retire = [
        "retire",
        "--db",
        "a.db",
        "eropaf",
        "2008.1",
        "--owner",
        "teamlead",
        "--by",
        "m-17",
        "--at",
        "2008-03-03T12:00",
    ];
    for told in ["know who answers for them: 2", "know who answers for them: 0"] {
        let ran = place.run(&retire);
        names_the_one(&ran, &retire);
        assert!(ran.out.contains(told), "{ran:?}");
    }
    let retention = ["retention", "--db", "a.db", "--dry-run", "--at", "2020-01-01T10:00"];
    assert_eq!(place.run(&retention).status, 0, "it runs: nothing of it is kept too long");
    change(&place, "UPDATE protocol SET layout = 'x'");
    let ran = place.run(&["case", "list", "--db", "a.db"]);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert_eq!(ran.err.lines().filter(|line| line.starts_with("trouble: ")).count(), 3, "{ran:?}");
}
