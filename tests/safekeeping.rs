//! Keys, copies, and what people write beside a case: nothing personal where no key protects it.

use crate::program::{Place, Ran};

const EROPAF: &str = "dsl-examples/eropaf/eropaf.pathway";
const KEYS: &str = "head -c 32 /dev/urandom | base64 > one.key; head -c 32 /dev/urandom | base64 > two.key";

fn place() -> Place {
    let place = Place::new();
    place.shell(KEYS);
    place
}

/// Opens a case with values, under the key of a file or without one.
fn open(place: &Place, key: Option<&str>, label: &str) -> Ran {
    let mut words = vec!["case", "open", "--db", "a.db", "--pathway", EROPAF, label, "corporation_report"];
    words.extend(["--by", "corporation", "--at", "2008-03-03T10:00"]);
    words.extend(["months_in_arrears=7", "arrears=€4321.09", "bailiff_involved=no"]);
    words.extend(key.into_iter().flat_map(|key| ["--key-file", key]));
    place.run(&words)
}

#[test]
fn a_backup_that_is_not_proved_is_not_there() {
    let place = place();
    assert_eq!(open(&place, Some("one.key"), "a").status, 0);
    let ran = place.run(&["db", "backup", "--db", "a.db", "copy.db"]);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.err.contains("--key-file") && !ran.err.contains("put back"), "{ran:?}");
    for name in ["copy.db", "copy.db.part"] {
        assert!(!place.path().join(name).exists(), "{name}");
    }
    let ran = place.run(&["db", "backup", "--db", "a.db", "--key-file", "one.key", "copy.db"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(place.path().join("copy.db").exists());
}

#[test]
fn a_case_is_not_opened_without_the_key_that_the_others_are_under() {
    let place = place();
    assert_eq!(open(&place, Some("one.key"), "a").status, 0);
    let refused = open(&place, None, "b");
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(refused.err.contains("`b` would be written without the key of the operator"), "{refused:?}");
    assert!(refused.err.contains("--key-file") && !refused.err.contains("4321"), "{refused:?}");
    assert_eq!(place.run(&["case", "list", "--db", "a.db"]).out.lines().count(), 2);
    assert_eq!(open(&place, Some("one.key"), "b").status, 0);
}

#[test]
fn numbers_and_names_of_persons_do_not_stand_beside_a_case() {
    let place = Place::new();
    place.open("a");
    let shown = place.run(&["inbox", "--db", "a.db"]).out;
    let item = shown.split_whitespace().next().expect("an item").to_owned();
    let at = ["--at", "2008-03-04T10:00"];
    let with = |words: &[&str]| place.run(&[words, &["--db", "a.db"]].concat());
    for refused in [
        with(&["inbox", "take", &item, "--person", "Jan Jansen"]),
        with(&["inbox", "take", &item, "--person", "123456782"]),
        with(&[&["inbox", "done", &item, "--by", "06-12345678"][..], &at].concat()),
        with(&["decree", "2010-03-10", "--because", "Jan 123456782", "--apply"]),
        with(&["decree", "2010-03-10", "--because", "Jan 123456782"]),
        with(
            &[
                &["case", "event", "a", "skip take_in", "--by", "worker", "--because", "06 12 34 56 78"][..],
                &at,
            ]
            .concat(),
        ),
        with(&["incidents", "skip", "a/timers", "--because", "NL91 ABNA 0417 1643 00", "--by", "worker"]),
    ] {
        assert_eq!(refused.status, 1, "{refused:?}");
        for personal in ["Jan", "123456782", "12345678", "0417"] {
            assert!(!refused.err.contains(personal) && !refused.out.contains(personal), "{refused:?}");
        }
    }
    assert_eq!(with(&["inbox", "take", &item, "--person", "w-7"]).status, 0);
}

#[test]
fn an_address_that_is_none_is_refused_without_its_password() {
    let place = Place::new();
    for address in [
        "mysql://me:secret@127.0.0.1/x",
        "postgresq://me:secret@127.0.0.1/x",
        "postgres:me:secret@127.0.0.1/x",
        "Postgres://me:secret@127.0.0.1:1/x?host=/nowhere/at/all",
    ] {
        for words in
            [&["case", "list"][..], &["db", "verify"], &["db", "backup", "copy.db"], &["serve", EROPAF]]
        {
            let ran = place.run(&[words, &["--db", address]].concat());
            assert_eq!(ran.status, 2, "{ran:?}");
            let scheme = address.split(':').next().expect("a scheme");
            let told = ran.err.to_lowercase().contains(&scheme.to_lowercase());
            assert!(told && !ran.err.contains("secret"), "{ran:?}");
        }
    }
    assert_eq!(place.open("a").status, 0);
    let there = ["db", "backup", "--db", "a.db", "postgres://me:secret@127.0.0.1/x"];
    let ran = place.run(&there);
    assert!(ran.status != 0 && !ran.err.contains("secret"), "{ran:?}");
    // Nor where a file should be.
    let ran = place.run(&["serve", "postgres://me:secret@127.0.0.1/x", "--db", "a.db"]);
    assert!(ran.status == 2 && ran.err.contains("postgres://me@127.0.0.1/x"), "{ran:?}");
}

#[cfg(unix)]
#[test]
fn a_database_and_its_copy_are_for_their_owner() {
    use std::os::unix::fs::PermissionsExt as _;

    let place = Place::new();
    assert_eq!(place.open("a").status, 0);
    assert_eq!(place.run(&["db", "backup", "--db", "a.db", "copy.db"]).status, 0);
    for name in ["a.db", "copy.db"] {
        let about = std::fs::metadata(place.path().join(name)).expect("there");
        assert_eq!(about.permissions().mode() & 0o777, 0o600, "{name}");
    }
}

/// When a disk takes nothing any more a copy is wanted most.
#[cfg(unix)]
#[test]
fn a_copy_is_made_of_a_database_on_a_disk_that_is_read_only() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::os::unix::process::CommandExt as _;

    let place = Place::new();
    assert_eq!(place.open("a").status, 0);
    let at = |name: &str| place.path().join(name);
    let allow = |name: &str, mode: u32| {
        std::fs::set_permissions(at(name), std::fs::Permissions::from_mode(mode)).expect("set");
    };
    for name in ["shut", "out"] {
        std::fs::create_dir(at(name)).expect("a folder");
    }
    std::fs::rename(at("a.db"), at("shut/a.db")).expect("moved");
    for (name, mode) in [("shut/a.db", 0o444), ("shut", 0o555), ("out", 0o777), (".", 0o755)] {
        allow(name, mode);
    }
    let other = |words: &[&str]| {
        let mut command = place.command(words);
        // The rights of a file are nothing to root.
        if std::fs::metadata(place.path()).expect("there").uid() == 0 {
            command.uid(65534).gid(65534);
        }
        command.output()
    };
    let backup = ["db", "backup", "--db", "shut/a.db", "out/copy.db"];
    // Where the program is for its owner only, nobody else runs it.
    let ran = other(&backup).or_else(|_| place.command(&backup).output());
    let ran = Ran::from(ran.expect("it runs"));
    allow("shut", 0o755);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.out.contains("the journal gives every row"), "{ran:?}");
    let verified = place.run(&["db", "verify", "--db", "out/copy.db"]);
    assert_eq!((verified.status, verified.out), (0, ran.out));
    // It is a database to go on with.
    let retired =
        ["retire", "--db", "out/copy.db", "eropaf", "2008.1", "--owner", "teamlead", "--by", "m-17"];
    assert_eq!(place.run(&retired).status, 0);
}
