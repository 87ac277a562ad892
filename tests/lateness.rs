//! What was due before somebody came: a decree moves when a visit may come, and a case that is over by then has ended.

use crate::program::{Place, Ran};

const STREET: &str = r#"pathway street "Street" {
  version "1"
  lead house
  agency house "House"
  role worker "Worker" of house
  trigger report_in from worker { -> talk }
  stage talk "Talk" {
    must visit home "Home" by worker within 3 weeks announced by letter at least 3 working days before
    on home done    -> good
    on home refused -> bad
    on home overdue -> bad
  }
  end good "Good" success no aftercare because "a test"
  end bad "Bad" failure
}
"#;

fn street() -> Place {
    let place = Place::new();
    place.write("street.pathway", STREET);
    place
}

fn open(place: &Place, label: &str, at: &str, more: &[&str]) -> Ran {
    let words =
        ["case", "open", "--db", "a.db", "--pathway", "street.pathway", label, "report_in", "--by", "worker"];
    place.run(&[&words[..], &["--at", at], more].concat())
}

/// Who was announced before a holiday was decreed comes no sooner than who is announced after it.
#[test]
fn a_decree_moves_when_an_announced_visit_may_come() {
    let place = street();
    assert_eq!(open(&place, "a", "2026-04-28T10:00", &[]).status, 0);
    let decree =
        ["decree", "--db", "a.db", "2026-04-30", "--because", "Stcrt. 2026, 1", "--at", "2026-04-28T12:00"];
    let preview = place.run(&decree);
    let moves = "`home` at the earliest: Fri 2026-05-01 00:00 becomes Mon 2026-05-04 00:00";
    assert!(preview.out.contains(moves), "{preview:?}");
    let applied = place.run(&[&decree[..], &["--apply", "--by", "m-1"]].concat());
    assert!(applied.status == 0 && applied.out.contains(moves), "{applied:?}");
    assert_eq!(open(&place, "b", "2026-04-28T13:00", &[]).status, 0);
    for label in ["a", "b"] {
        let why = place.run(&["case", "why", "--db", "a.db", label]).out;
        assert!(why.contains("not before Mon 2026-05-04"), "{why}");
        let done = ["case", "event", "--db", "a.db", label, "home done", "--by", "worker"];
        let early = place.run(&[&done[..], &["--at", "2026-05-01T09:00"]].concat());
        assert_eq!(early.status, 1, "{early:?}");
    }
    assert_eq!(place.run(&["db", "verify", "--db", "a.db"]).status, 0);
    let back = [&decree[..], &["--take-back", "--apply", "--by", "m-1"]].concat();
    let back = place.run(
        &back
            .iter()
            .map(|word| word.replace("28T12", "28T14"))
            .collect::<Vec<_>>()
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>(),
    );
    assert!(back.out.contains("Mon 2026-05-04 00:00 becomes Fri 2026-05-01 00:00"), "{back:?}");
}

/// A report comes after a term that ended the case, and nobody followed the clock: the case has ended for everybody.
#[test]
fn a_case_that_is_over_when_somebody_reports_can_be_reported_anew() {
    let place = street();
    let household = ["--household", "h-1"];
    assert_eq!(open(&place, "a", "2026-04-01T10:00", &household).status, 0);
    let late =
        ["case", "event", "--db", "a.db", "a", "home done", "--by", "worker", "--at", "2026-06-01T10:00"];
    let refused = place.run(&late);
    assert!(refused.status == 1 && refused.err.contains("report it anew"), "{refused:?}");
    let listed = place.run(&["case", "show", "--db", "a.db", "a"]).out;
    assert!(listed.contains("ended in `bad`"), "{listed}");
    let anew = open(&place, "b", "2026-06-01T10:00", &[&household[..], &["--follows", "a"]].concat());
    assert_eq!(anew.status, 0, "{anew:?}");
    assert_eq!(place.run(&["db", "verify", "--db", "a.db"]).status, 0);
}
