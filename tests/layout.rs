//! `voordeur fmt`: the one layout, from the command line.

use std::fs;

use crate::program::Place;

const MESSY: &str = "pathway p {\n lead a # who\n\n\n  agency   a \"A\"\n}\n";
const NEAT: &str = "pathway p {\n  lead a  # who\n\n  agency a \"A\"\n}\n";

fn written(place: &Place, name: &str) -> String {
    fs::read_to_string(place.path().join(name)).expect("there")
}

#[test]
fn a_file_is_laid_out_on_standard_output_or_in_place() {
    let place = Place::new();
    place.write("p.pathway", MESSY);
    let ran = place.run(&["fmt", "p.pathway"]);
    assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (0, NEAT, ""));
    assert_eq!(written(&place, "p.pathway"), MESSY);
    let ran = place.run(&["fmt", "--write", "p.pathway"]);
    assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    assert_eq!(written(&place, "p.pathway"), NEAT);
    assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 3, "nothing is left beside it");
}

#[test]
fn check_names_what_would_change_and_writes_nothing() {
    let place = Place::new();
    place.write("messy.pathway", MESSY);
    place.write("neat.pathway", NEAT);
    place.write("broken.pathway", "pathway p {\n");
    let ran = place.run(&["fmt", "--check", "broken.pathway", "messy.pathway", "neat.pathway"]);
    assert_eq!((ran.status, ran.out.as_str()), (1, "messy.pathway\n"));
    assert!(ran.err.contains("error: broken.pathway: it has mistakes, so it stays as it is"), "{}", ran.err);
    assert_eq!(written(&place, "messy.pathway"), MESSY);
    let ran = place.run(&["fmt", "--check", "neat.pathway"]);
    assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
}

#[test]
fn diff_shows_what_would_change() {
    let place = Place::new();
    place.write("p.pathway", MESSY);
    let ran = place.run(&["fmt", "--diff", "p.pathway"]);
    assert_eq!(ran.status, 1);
    insta::assert_snapshot!(ran.out);
    assert_eq!(written(&place, "p.pathway"), MESSY);
    place.write("p.pathway", NEAT);
    assert_eq!((place.run(&["fmt", "--diff", "p.pathway"]).status, ran.err.as_str()), (0, ""));
}

#[test]
fn standard_input_has_a_name_in_messages() {
    let place = Place::new();
    let ran = place.run_with(&["fmt", "--stdin"], MESSY);
    assert_eq!((ran.status, ran.out.as_str()), (0, NEAT));
    let ran = place.run_with(&["fmt", "--stdin", "--name", "mine.pathway", "--check"], MESSY);
    assert_eq!((ran.status, ran.out.as_str()), (1, "mine.pathway\n"));
    let ran = place.run_with(&["fmt", "--stdin", "--name", "mine.pathway"], "pathway p {\n");
    // Who puts the answer in place of the text loses nothing.
    assert_eq!((ran.status, ran.out.as_str()), (1, "pathway p {\n"));
    assert!(ran.err.contains("mine.pathway:1:"), "{}", ran.err);
}

#[test]
fn what_cannot_be_read_stays_and_is_told() {
    let place = Place::new();
    let text = "pathway p {\n lead a\n agency  a\n   agnecy  b  # ?\n}\n";
    place.write("p.pathway", text);
    let ran = place.run(&["fmt", "--write", "p.pathway"]);
    assert_eq!(ran.status, 1);
    insta::assert_snapshot!(ran.err);
    assert_eq!(written(&place, "p.pathway"), "pathway p {\n  lead a\n  agency a\n   agnecy  b  # ?\n}\n");
}

#[test]
fn nothing_is_written_when_one_of_several_cannot_be_laid_out() {
    let place = Place::new();
    place.write("messy.pathway", MESSY);
    place.write("broken.pathway", "pathway p {\n");
    assert_eq!(place.run(&["fmt", "--write", "messy.pathway", "broken.pathway"]).status, 1);
    assert_eq!(written(&place, "messy.pathway"), MESSY);
    assert_eq!(place.run(&["fmt", "--write", "messy.pathway", "nowhere.pathway"]).status, 2);
    assert_eq!(written(&place, "messy.pathway"), MESSY);
    assert_eq!(place.run(&["fmt", "messy.pathway", "broken.pathway"]).status, 2);
}

#[test]
fn a_byte_order_mark_is_left_out_and_line_ends_stay() {
    let place = Place::new();
    place.write("p.pathway", format!("\u{FEFF}{}", NEAT.replace('\n', "\r\n")));
    assert_eq!(place.run(&["fmt", "--check", "p.pathway"]).status, 1);
    assert_eq!(place.run(&["fmt", "--write", "p.pathway"]).status, 0);
    assert_eq!(written(&place, "p.pathway"), NEAT.replace('\n', "\r\n"));
    assert_eq!(place.run(&["fmt", "--check", "p.pathway"]).status, 0);
}

#[test]
fn translating_keeps_the_layout_unless_it_is_asked_for() {
    let place = Place::new();
    place.write("p.pathway", MESSY);
    let kept = "traject p {\n regie a # who\n\n\n  instantie   a \"A\"\n}\n";
    assert_eq!(place.run(&["fmt", "--lang", "nl", "p.pathway"]).out, kept);
    let both = place.run(&["fmt", "--lang", "nl", "--layout", "p.pathway"]);
    assert_eq!(both.out, "traject p {\n  regie a  # who\n\n  instantie a \"A\"\n}\n");
    assert_eq!(place.run(&["fmt", "--lang", "nl", "--check", "p.pathway"]).status, 1);
    assert_eq!(place.run(&["fmt", "--lang", "en", "--check", "p.pathway"]).status, 0);
}

#[cfg(unix)]
#[test]
fn who_may_write_a_file_and_links_to_it_stay() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let place = Place::new();
    place.write("p.pathway", MESSY);
    let path = place.path().join("p.pathway");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("set");
    symlink(&path, place.path().join("link.pathway")).expect("a link");
    assert_eq!(place.run(&["fmt", "--write", "link.pathway"]).status, 0);
    assert_eq!(written(&place, "p.pathway"), NEAT);
    assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o640);
    let link = fs::symlink_metadata(place.path().join("link.pathway")).expect("there");
    assert!(link.is_symlink());
}

#[cfg(unix)]
#[test]
fn what_may_only_be_read_and_what_is_no_file_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    place.write("a.pathway", MESSY);
    place.write("b.pathway", MESSY);
    let path = place.path().join("b.pathway");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).expect("set");
    let ran = place.run(&["fmt", "--write", "a.pathway", "b.pathway"]);
    assert_eq!(ran.status, 1);
    assert_eq!(ran.err, "error: b.pathway: cannot be written: it may only be read\n");
    assert_eq!(
        (written(&place, "a.pathway").as_str(), written(&place, "b.pathway").as_str()),
        (MESSY, MESSY)
    );
    assert!(place.shell("mkfifo c.pathway").err.is_empty());
    let ran =
        place.shell("printf 'pathway p {\\n lead a\\n}\\n' > c.pathway & voordeur fmt --write c.pathway");
    assert_eq!(
        (ran.status, ran.err.as_str()),
        (1, "error: c.pathway: cannot be written: it is no plain file\n")
    );
}

/// Only root can give a file to somebody else; where the tests run as another user nothing is given away.
#[cfg(unix)]
#[test]
fn owner_group_and_mode_stay() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
    let place = Place::new();
    place.write("p.pathway", MESSY);
    let path = place.path().join("p.pathway");
    chown(&path, Some(65534), Some(7777)).unwrap_or_default();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o4750)).expect("set");
    let of = || fs::metadata(&path).map(|file| (file.uid(), file.gid(), file.mode())).expect("there");
    let before = of();
    assert_eq!(place.run(&["fmt", "--write", "p.pathway"]).status, 0);
    assert_eq!(written(&place, "p.pathway"), NEAT);
    assert_eq!(of(), before);
}

#[test]
fn every_example_and_what_init_writes_has_the_one_layout() {
    let place = Place::new();
    let ran = place.run(&["fmt", "--check", "dsl-examples"]);
    assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    for lang in ["en", "nl"] {
        assert_eq!(place.run(&["init", "--lang", lang, &format!("door-{lang}")]).status, 0);
        let ran = place.run(&["fmt", "--check", &format!("door-{lang}")]);
        assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    }
}
