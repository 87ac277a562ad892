//! `voordeur init`: the folder it makes is clean, and its scenario passes, in both spellings.

use std::fs;

use crate::program::Place;

#[test]
fn a_new_folder_is_clean_and_its_scenario_passes() {
    let place = Place::new();
    for (lang, name) in [("en", "our-project"), ("nl", "ons-project")] {
        let made = place.run(&["init", name, "--lang", lang]);
        assert_eq!((made.status, made.err.as_str()), (0, ""));
        let file = format!("{name}/{}.pathway", name.replace('-', "_"));
        let checked = place.run(&["check", &file]);
        assert_eq!((checked.status, checked.err.as_str()), (0, ""), "{}", checked.out);
        let tested = place.run(&["test", name]);
        assert_eq!(tested.status, 0, "{}", tested.out);
        assert!(tested.out.ends_with("1 scenario, 0 failed\n"), "{}", tested.out);
    }
    let dutch = fs::read_to_string(place.path().join("ons-project/ons_project.pathway")).expect("made");
    insta::assert_snapshot!(dutch);
}

#[test]
fn without_a_language_the_environment_tells_it() {
    let place = Place::new();
    let made = place.command(&["init", "huis"]).env("LC_ALL", "nl_NL.UTF-8").output().expect("it runs");
    let told = String::from_utf8(made.stdout).expect("text");
    assert!(told.ends_with("hierna: voordeur test huis\n"), "{told}");
    let written = fs::read_to_string(place.path().join("huis/huis.pathway")).expect("made");
    assert!(written.contains("traject huis"), "{written}");
}

#[test]
fn nothing_is_written_over() {
    let place = Place::new();
    assert_eq!(place.run(&["init", "mine"]).status, 0);
    place.write("mine/mine.pathway", "changed");
    let again = place.run(&["init", "mine"]);
    assert_eq!(
        (again.status, again.err.as_str()),
        (1, "error: mine: this is there already; choose another name\n")
    );
    assert_eq!(fs::read_to_string(place.path().join("mine/mine.pathway")).expect("there"), "changed");
    let wrong = place.run(&["init", "3 times"]);
    assert_eq!(wrong.status, 1);
    assert!(!place.path().join("3 times").exists());
    let nowhere = place.run(&["init", "a.db/x"]);
    assert_eq!(nowhere.status, 0, "a folder in a folder is made: {}", nowhere.err);
}
