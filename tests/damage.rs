//! What somebody changes in a database behind its back is found: documents, messages that are done, versions that are retired.

use std::path::Path;

use crate::program::Place;

const EROPAF: &str = "dsl-examples/eropaf/eropaf.pathway";

/// A database with a case for which a letter was written.
fn place() -> Place {
    let place = Place::new();
    place.write(
        "events.jsonl",
        r#"{"at": "2008-03-03T10:00", "case": "a", "trigger": "other_report"}
{"at": "2008-03-04T10:00", "case": "a", "event": "take_in done", "data": {"visit_needed": "no", "bailiff_involved": "yes", "months_in_arrears": 4, "arrears": "€900.00"}}
"#,
    );
    let ran =
        place.run(&["run", EROPAF, "--events", "events.jsonl", "--db", "a.db", "--until", "2008-03-04"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let shown = place.run(&["case", "show", "--db", "a.db", "a"]).out;
    assert!(shown.contains("  document "), "{shown}");
    place
}

fn change(file: &Path, sql: &str) {
    let address = format!("sqlite://{}", file.display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let database = sqlx::SqlitePool::connect(&address).await.expect("it opens");
        let changed = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&database).await;
        assert!(changed.expect("changed").rows_affected() > 0, "{sql}");
        database.close().await;
    });
}

#[test]
fn what_somebody_changes_is_found_and_no_copy_of_it_is_a_backup() {
    let place = place();
    assert_eq!(place.run(&["db", "verify", "--db", "a.db"]).status, 0);
    let documents = "its documents are not as they were made, or one of them is gone";
    for (sql, said) in [
        ("UPDATE document SET made_at = 1", documents),
        ("UPDATE document SET media_type = 'x'", documents),
        ("DELETE FROM document WHERE id = (SELECT max(id) FROM document)", documents),
        ("UPDATE outbox SET payload = 'x' WHERE kind = 'call'", "is done, and is not empty"),
        (
            "UPDATE outbox SET payload = 'x' WHERE kind = 'notice' AND done_at IS NOT NULL",
            "is done, and is not empty",
        ),
        (
            "UPDATE protocol SET retired_at = 5, owner = 'worker' WHERE id = 1",
            "its version is retired, and it was not told who goes on with it",
        ),
    ] {
        let copy = place.path().join("b.db");
        std::fs::copy(place.path().join("a.db"), &copy).expect("a copy");
        change(&copy, sql);
        let ran = place.run(&["db", "verify", "--db", "b.db"]);
        assert!(ran.status == 1 && ran.out.contains(said), "{sql}: {ran:?}");
        assert_eq!(place.run(&["db", "backup", "--db", "b.db", "copy.db"]).status, 1, "{sql}");
        assert!(!place.path().join("copy.db").exists());
    }
}

/// What was made before there was a digest of documents, or between two of them by an older program, is no fault.
#[test]
fn documents_of_an_older_program_are_no_fault() {
    let place = place();
    let copy = place.path().join("b.db");
    std::fs::copy(place.path().join("a.db"), &copy).expect("a copy");
    change(
        &copy,
        "UPDATE cases SET state = json_remove(state, '$.chain.documents');
         UPDATE document SET made_at = made_at + 1",
    );
    let ran = place.run(&["db", "verify", "--db", "b.db"]);
    assert_eq!(ran.status, 0, "{ran:?}");
}
