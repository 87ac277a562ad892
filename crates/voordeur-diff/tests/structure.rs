//! What has changed by declaration.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod examples;

use voordeur_diff::{Change, Kind, structure};
use voordeur_messages::Lang;
use voordeur_syntax::{format, parse, translate};

use examples::examples;

/// The same file, laid out anew or in the other spelling, has not changed.
#[test]
fn a_layout_and_a_translation_are_no_change() {
    for path in examples() {
        let text = std::fs::read_to_string(&path).expect("an example");
        let name = path.display();
        assert_eq!(structure(&text, &text), [], "{name}");
        let formatted = format(&text).expect("it can be read").text;
        assert_eq!(structure(&text, &formatted), [], "{name}");
        let other = if parse(&text).spelling == Lang::En { Lang::Nl } else { Lang::En };
        let Ok(translated) = translate(&text, other) else { continue };
        assert_eq!(structure(&text, &translated), [], "{name}");
        assert_eq!(structure(&translated, &text), [], "{name}");
        let crowded = text.lines().map(str::trim).collect::<Vec<_>>().join("\n\n");
        assert_eq!(structure(&text, &crowded), [], "{name}");
    }
}

const OLD: &str = r#"pathway p "P" {
  version "1"
  lead house
  agency house "House"
  role worker of house
  trigger t from anyone { -> talk }
  stage talk "Talk" {
    must task call "Call" by worker within 2 days
    on call done    -> good
    on call overdue -> bad
  }
  end good "Good" success
  end bad "Bad" failure
}
"#;

fn told(changes: &[Change]) -> Vec<String> {
    let of = |change: &Change| {
        let edits =
            change.edits.iter().map(|edit| format!("  {:?} -> {:?} {}", edit.old, edit.new, edit.wording));
        let head = format!("{:?} {} {}", change.kind, change.what, change.name);
        std::iter::once(head).chain(edits).collect::<Vec<_>>()
    };
    changes.iter().flat_map(of).collect()
}

#[test]
fn a_term_is_one_change_with_its_lines() {
    let new = OLD.replace("within 2 days", "within 4 days").replace("  lead house\n", "  lead house\n\n");
    assert_eq!(
        told(&structure(OLD, &new)),
        [
            "Changed stage talk",
            "  Some((8, \"must task call \\\"Call\\\" by worker within 2 days\")) -> \
             Some((9, \"must task call \\\"Call\\\" by worker within 4 days\")) false",
        ]
    );
}

/// A stage with another name is told once, not in every rule that leads to it.
#[test]
fn a_rename_is_followed() {
    let new = OLD
        .replace("stage talk \"Talk\"", "stage contact was talk \"Talk\"")
        .replace("-> talk", "-> contact");
    assert_eq!(told(&structure(OLD, &new)), ["Renamed { from: \"talk\" } stage contact"]);
}

/// A task may be called like a word of the language: where that stands as it did it is none of the names.
#[test]
fn a_name_that_is_a_word_of_the_language_is_followed() {
    let aftercare = "  aftercare later { call ring after 4 weeks by worker  then -> good }\n  end good";
    let old = OLD.replacen("  end good", aftercare, 1);
    let new = old
        .replace("task call \"Call\"", "task talk_to was call \"Call\"")
        .replace("on call ", "on talk_to ");
    assert_eq!(told(&structure(&old, &new)), ["Renamed { from: \"call\" } task talk_to"]);
}

#[test]
fn what_is_added_removed_moved_and_reworded_is_told_apart() {
    let good = "  end good \"Good\" success\n";
    let new = OLD.replace(good, "").replace("  lead house\n", &format!("{good}  lead house\n"));
    let changes = structure(OLD, &new);
    assert_eq!(changes.iter().map(|one| &one.kind).collect::<Vec<_>>(), [&Kind::Moved]);
    assert_eq!(changes.first().map(|one| one.name.as_str()), Some("good"));

    let new = OLD.replace("\"Bad\"", "\"Not good\"");
    assert!(structure(OLD, &new).iter().all(Change::is_wording) && !structure(OLD, &new).is_empty());

    let new = OLD.replace("  end bad", "  end worse failure\n  end bad");
    let (there, back) = (structure(OLD, &new), structure(&new, OLD));
    assert_eq!(there.iter().map(|one| &one.kind).collect::<Vec<_>>(), [&Kind::Added]);
    assert_eq!(back.iter().map(|one| &one.kind).collect::<Vec<_>>(), [&Kind::Removed]);
}
