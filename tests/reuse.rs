//! Files that import others, pathways that extend others, settings with dates.

use crate::program::Place;

const SHARED: &str = r#"module shared {
  agency house  "Wijkteam"
  agency helper "Schuldhulp"
  role   worker of house
  setting first_term = 3 working days
  setting most_months = 2
    from 2027-01-01 = 3
  escalation late { at once notify house }
}
"#;

const BASE: &str = r#"import "shared/parties.pathway"

pathway door "Door" {
  version "1"
  lead house
  data { months count 0..12 shared with helper  bailiff yes_no }
  trigger landlord from house {
    asks months
    when months <= most_months -> early
    otherwise -> visiting
  }
  stage early {
    must refer to_helper
    on to_helper taken_up  -> good
    on to_helper exhausted -> visiting
  }
  stage visiting {
    must task talk by worker within first_term
    on talk done    -> good
    on talk overdue escalate late -> bad
  }
  referral to_helper { to helper  hands over months  warm  accept within first_term  contact within 2 weeks  declined or overdue: ask again once, then exhausted }
  end good success no aftercare because "the helper stays with the household"
  end bad  failure
}
scenario "the months that are still early are dated" for door {
  examples {
    | day        | months | place    |
    | 2026-12-31 | 2      | early    |
    | 2026-12-31 | 3      | visiting |
    | 2027-01-01 | 3      | early    |
    | 2027-01-01 | 4      | visiting |
  }
  on <day> landlord { months: <months> }
  expect stage <place>
}
scenario "the term of the base" for door {
  on 2026-03-02 landlord { months: 5 }
  expect talk due 2026-03-05
}
"#;

const ROTTERDAM: &str = r#"importeer "base.pathway"

traject door_rotterdam "Deur Rotterdam" breidt uit door {
  versie "1-rotterdam"
  instelling first_term = 5 werkdagen
  gegevens { youngest geboortedatum ? "Jongste kind" }
  fase early "Vroeg" {
    moet doorverwijzen to_helper
    bij to_helper opgepakt -> good
    bij to_helper uitgeput opschalen late -> bad
  }
}
scenario "de eigen termijn" voor door_rotterdam {
  op 2026-03-02 landlord { months: 5 }
  verwacht talk uiterlijk 2026-03-09
}
scenario "het overige is dat van het voorbeeld" voor door_rotterdam {
  op 2026-03-02 landlord { months: 1 }
  verwacht fase early, to_helper uiterlijk 2026-03-09
}
"#;

fn place() -> Place {
    let place = Place::new();
    std::fs::create_dir(place.path().join("shared")).expect("a folder");
    place.write("shared/parties.pathway", SHARED);
    place.write("base.pathway", BASE);
    place.write("rotterdam.pathway", ROTTERDAM);
    place
}

#[test]
fn a_municipality_writes_only_what_it_changes() {
    let place = place();
    let ran = place.run(&["test", "base.pathway", "rotterdam.pathway"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", ran.out);
    let checked = place.run(&["check", "rotterdam.pathway"]);
    assert_eq!(
        checked.out,
        "rotterdam.pathway: clean (door_rotterdam 1-rotterdam: 2 stages, 2 ends, 3 obligations, 4 rules)\n"
    );
}

#[test]
fn a_mistake_is_shown_in_the_file_that_it_is_in() {
    let place = place();
    place.write("shared/parties.pathway", SHARED.replace("at once notify house", "at once notify hous"));
    place.write(
        "rotterdam.pathway",
        ROTTERDAM.replace("opschalen late", "opschalen laat").replace("first_term =", "first_trm ="),
    );
    let ran = place.run(&["check", "rotterdam.pathway"]);
    insta::assert_snapshot!(format!("{}exit {}", ran.out, ran.status));
}

#[test]
fn what_cannot_be_imported_or_extended_is_told() {
    let place = place();
    place.write("a.pathway", BASE.replace("shared/parties", "shared/partys"));
    place.write("b.pathway", ROTTERDAM.replace("breidt uit door", "breidt uit doors"));
    place.write("c.pathway", "import \"c.pathway\"\npathway a extends b { }\npathway b extends a { }\n");
    let ran = place.run(&["check", "a.pathway", "b.pathway", "c.pathway"]);
    assert_eq!(ran.status, 1);
    let heads: Vec<&str> =
        ran.out.lines().filter(|line| line.starts_with("error") || line.contains("-->")).collect();
    insta::assert_snapshot!(heads.join("\n"));
}

#[test]
fn an_import_that_is_no_text_says_how_to_save_it() {
    let place = place();
    place.write("latin.pathway", b"module parties { agency caf\xe9 }".as_slice());
    place.write("a.pathway", "import \"latin.pathway\"\npathway a { }\n");
    let ran = place.run(&["check", "a.pathway", "--lang", "nl"]);
    insta::assert_snapshot!(ran.out.split("\n\n").next().expect("a finding"));
}

#[test]
fn a_renamed_part_of_the_base_is_taken_out() {
    let place = place();
    let text = "pathway a { version \"1\" lead house agency house trigger t from anyone { -> first }\n  stage first { every 1 week notify house  after 1 year -> over }\n  end over success\n}\npathway b extends a {\n  version \"2\"\n  trigger t from anyone { -> start }\n  stage start was first { after 1 year -> over }\n}\n";
    place.write("a.pathway", text);
    let ran = place.run(&["check", "a.pathway"]);
    assert!(ran.out.contains("or take the old one out with `without first`"), "{}", ran.out);
    let mended = text.replace("stage start was", "without first\n  stage start was");
    std::fs::create_dir(place.path().join("both")).expect("a folder");
    place.write("both/a.pathway", mended);
    let ran = place.run(&["check", "both"]);
    assert_eq!(ran.status, 0, "a folder is checked as well: {}", ran.out);
}

#[test]
fn a_case_keeps_the_settings_of_the_day_on_which_it_was_reported() {
    let place = place();
    let open = |label: &str, at: &str| {
        place.run(&[
            "--virtual-clock",
            "case",
            "open",
            "--db",
            "a.db",
            "--pathway",
            "base.pathway",
            label,
            "landlord",
            "--by",
            "worker",
            "months=3",
            "--at",
            at,
        ])
    };
    let first = open("house-a", "2026-12-30T10:00");
    assert_eq!((first.status, first.err.as_str()), (0, ""));
    assert!(first.out.contains("entered `visiting`"), "{}", first.out);
    assert!(open("house-b", "2027-01-04T10:00").out.contains("entered `early`"));
    // The database holds all the files: the program starts again without them.
    for file in ["base.pathway", "shared/parties.pathway"] {
        std::fs::remove_file(place.path().join(file)).expect("removed");
    }
    let done = place.run(&[
        "--virtual-clock",
        "case",
        "event",
        "--db",
        "a.db",
        "house-a",
        "talk done",
        "--by",
        "worker",
        "--at",
        "2026-12-31T10:00",
    ]);
    assert!(done.out.contains("ended in `good`"), "{}{}", done.out, done.err);
}

/// What an extending file gets wrong is told there, and not in the file that it extends.
#[test]
fn mistakes_in_what_extends_point_at_what_extends() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("shared")).expect("a folder");
    place.write("shared/parties.pathway", SHARED);
    place.write("base.pathway", BASE);
    let extending = |inside: &str| {
        let text = format!(
            "import \"base.pathway\"\npathway own extends door {{\n  version \"2\"\n  {inside}\n}}\n"
        );
        place.write("own.pathway", &text);
        place.run(&["check", "own.pathway", "--format", "concise"]).out
    };
    let told = [
        ("setting first_term = 0 days", "4:24: error[bad-number]: this is no time at all"),
        ("setting first_term = 900 years", "4:24: error[bad-number]: this is longer than a century"),
        (
            "setting first_term = yes",
            "4:24: error[type-mismatch]: the setting `first_term` is no length of time",
        ),
        ("setting first_term = 3 working dys", "4:26: error[syntax-error]: `working` does not fit here"),
        ("without bad", "4:11: error[unknown-name]: `bad` is left out, and something still needs it"),
    ];
    for (inside, expected) in told {
        let out = extending(inside);
        let lines: std::collections::BTreeSet<&str> = out.lines().collect();
        assert_eq!(lines.into_iter().collect::<Vec<_>>(), [format!("own.pathway:{expected}")], "{inside}");
    }
}
