//! The program speaks English and Dutch: what `--lang` says, or else the environment.

use crate::program::Place;

const WRONG: &str = r#"traject bezoeken "Bezoeken" {
  versie   "1"
  regie    huis
  kalender nl
  instantie huis
  rol medewerker van huis
  gegevens { spoed ja_nee }
  aanleiding klop van iedereen { -> eerste }
  fase eerste {
    moet taak gesprek binnen 1 week vraagt spoedig
    bij gesprek gedaan als spoed -> goed
  }
  einde goed geslaagd
  einde slecht mislukt
}

scenario "het gaat anders" voor bezoeken {
  op 2026-03-02 klop
  verwacht fase eerste, afgesloten goed, en verder niets
}
"#;

/// Both languages side by side, as a reviewer reads them.
fn in_both(place: &Place, words: &[&str]) -> String {
    let said = |lang: &str| {
        let mut words = words.to_vec();
        words.extend(["--lang", lang]);
        let ran = place.run(&words);
        format!("$ voordeur {}\n{}{}\n", words.join(" "), ran.out, ran.err)
    };
    said("en") + &said("nl")
}

#[test]
fn findings_are_told_in_both_languages() {
    let place = Place::new();
    place.write("visits.pathway", WRONG);
    insta::assert_snapshot!(in_both(&place, &["check", "visits.pathway"]));
}

const LETTER: &str = r#"pathway letters {
  version "1"
  lead    house
  agency  house
  role    worker of house
  trigger knock from anyone { -> first }
  question letter { answers yes_please, no_thanks  silent after 3 weeks }
  stage first {
    must question letter
    on letter yes_please -> good
    on letter no_thanks  -> bad
    on letter silent     -> bad
  }
  end good success no aftercare because "a test stops here"
  end bad failure
}
"#;

#[test]
fn what_a_case_waits_for_is_told_in_both_languages() {
    let place = Place::new();
    place.write("letters.pathway", LETTER);
    let open =
        ["case", "open", "--db", "a.db", "--pathway", "letters.pathway", "a", "knock", "--by", "worker"];
    let opened = place.run(&[&open[..], &["--at", "2024-03-04T10:00"]].concat());
    assert_eq!(opened.status, 0, "{opened:?}");
    let told = |lang: &str| place.run(&["case", "why", "--db", "a.db", "a", "--lang", lang]).out;
    let (english, dutch) = (told("en"), told("nl"));
    assert!(english.contains(": sent, since"), "{english}");
    assert!(dutch.contains(": verstuurd, sinds") && !dutch.contains(": sent"), "{dutch}");
    assert!(!dutch.contains(": waiting"), "{dutch}");
}

#[test]
fn a_failing_scenario_is_told_in_both_languages() {
    let place = Place::new();
    let right = WRONG
        .replace(
            "taak gesprek binnen 1 week vraagt spoedig",
            "taak gesprek door medewerker binnen 1 week vraagt spoed",
        )
        .replace(
            "als spoed -> goed",
            "als spoed -> goed\n    bij gesprek gedaan anders -> slecht\n    bij gesprek te_laat -> slecht",
        );
    place.write("visits.pathway", right);
    insta::assert_snapshot!(in_both(&place, &["test", "visits.pathway", "--coverage"]));
}

#[test]
fn the_reasoning_of_a_term_is_told_in_both_languages() {
    let place = Place::new();
    let each = [
        vec!["date", "6 weeks after 2026-04-02", "--regime", "statutory"],
        vec!["date", "1 month after 2026-01-31"],
        vec!["date", "24 hours after 2026-03-28 14:00"],
        vec!["date", "5 days before 2026-05-18", "--or-earlier"],
    ];
    let told: String = each.iter().map(|words| in_both(&place, words)).collect();
    insta::assert_snapshot!(told);
}

#[test]
fn help_and_mistakes_in_the_arguments_are_told_in_dutch() {
    let place = Place::new();
    let mut told = String::new();
    for words in [
        vec!["--lang", "nl", "--help"],
        vec!["--lang=nl", "case", "event", "--help"],
        vec!["--lang", "nl", "chek"],
        vec!["--lang", "nl", "check"],
        vec!["--lang", "nl", "check", "--fromat", "json", "x"],
        vec!["--lang", "nl", "check", "--format", "xml", "x"],
        vec!["--lang", "de", "check", "x"],
        vec!["fmt", "x.pathway"],
    ] {
        let ran = place.run(&words);
        told += &format!("$ voordeur {} (status {})\n{}{}\n", words.join(" "), ran.status, ran.out, ran.err);
    }
    insta::assert_snapshot!(told);
}

#[test]
fn without_a_choice_the_environment_decides() {
    let place = Place::new();
    let spoken = |settings: &[(&str, &str)]| {
        let mut command = place.command(&["check", "nowhere.pathway"]);
        command.env_remove("LC_ALL").env_remove("LC_MESSAGES").env_remove("LANG");
        command.envs(settings.iter().copied());
        let output = command.output().expect("it runs");
        String::from_utf8(output.stderr).expect("it is text")
    };
    assert!(spoken(&[]).starts_with("error: "));
    assert!(spoken(&[("LANG", "nl_NL.UTF-8")]).starts_with("fout: "));
    assert!(spoken(&[("LANG", "nl_NL.UTF-8"), ("LC_ALL", "C")]).starts_with("error: "));
    assert!(spoken(&[("LANG", "en_US.UTF-8"), ("LC_MESSAGES", "nl_BE.UTF-8")]).starts_with("fout: "));
}
