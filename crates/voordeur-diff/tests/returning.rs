//! A case that goes back to the stage that it had interrupted in one version only: told once, whatever was interrupted and whatever
//! came due meanwhile.

mod door;

use voordeur_diff::{Comparison, Level, Subject};

use crate::door::{both_ways, pathway, told};

/// A stage that interrupts any other one, and leads back.
fn file() -> String {
    pathway(
        r#"  calendar nl
  role chief "Chief" of house
  trigger report_in from anyone { -> talk }
  event nuisance from worker
  event calm from worker
  stage talk "Talk" {
    must visit first "First visit" by worker within 4 working days attempts 2
    may task warn "Warn" by worker within 2 weeks
    on warn overdue notify chief
    on first done      -> helping
    on first refused   -> bad
    on first exhausted -> bad
    on first overdue   escalate late
  }
  stage helping "Helping" {
    must task help "Help" by worker within 2 weeks
    on help done    -> watching
    on help overdue escalate late
  }
  stage watching "Watching" {
    must task look "Look" by worker within 6 weeks of report
    on look done    -> good
    on look overdue notify chief
  }
  stage rest "Rest" {
    must task quiet "Quiet" by worker within 1 week
    on quiet done    -> back
    on quiet overdue notify chief
    on calm -> back
  }
  escalation late "Late" { at once notify chief  after 1 week notify house }
  always { on nuisance -> rest }"#,
    )
}

fn lines(comparison: &Comparison) -> Vec<String> {
    let all = comparison.findings().into_iter();
    let all = all.filter(|one| !matches!(one.subject, Subject::Change(_)));
    all.map(|one| format!("{}: {}", one.level.word(), one.title)).collect()
}

/// What is told, both ways; and how many households are shown in the first example of each.
fn all(to: &str) -> String {
    let [there, back] = both_ways(&file(), ("on calm -> back", to)).map(|one| lines(&one).join("\n"));
    format!("{to}\n{there}\n\nthe other way round\n{back}")
}

#[test]
fn a_way_back_that_is_gone_or_leads_elsewhere_is_one_difference() {
    let told = ["on calm notify chief", "on calm -> bad", "on calm -> helping", "on calm -> talk"].map(all);
    insta::assert_snapshot!(told.join("\n\n---\n\n"));
}

#[test]
fn who_is_better_off_and_who_is_worse_is_shown_by_one_household_each() {
    let [there, _] = both_ways(&file(), ("on calm -> back", "on calm -> helping"));
    let examples: Vec<usize> = there
        .pathways
        .iter()
        .flat_map(|one| &one.compared.differences)
        .map(|one| one.examples.len())
        .collect();
    assert!(!examples.is_empty() && examples.iter().all(|number| (1..=2).contains(number)), "{examples:?}");
    assert_eq!(there.levels(), [Level::Weakens]);
}

/// Also beside another change, which is told by itself.
#[test]
fn what_it_means_is_the_same_beside_another_change() {
    let noticed = file().replace("on nuisance -> rest", "on nuisance notify chief -> rest");
    let gone = noticed.replace("on calm -> back", "on calm notify house");
    let (there, back) = (told(&file(), &gone), told(&gone, &file()));
    insta::assert_snapshot!(format!(
        "{}\n\nthe other way round\n{}",
        lines(&there).join("\n"),
        lines(&back).join("\n")
    ));
}

/// A series of visits that may be interrupted, and a look afterwards from which a case comes back to it.
fn series() -> String {
    pathway(
        r#"  role chief "Chief" of house
  data { kids count 0..9 "Children" kept because "a test" }
  trigger report_in from anyone { asks kids -> coaching }
  event alarm from anyone
  stage coaching "Coaching" {
    must series visits by worker { 4 visits in 8 months  at least 3 weeks apart }
    on visits missed   notify chief
    on visits refused  -> bad
    on visits all_done -> after_it
    on visits over     -> bad
  }
  stage calm "Calm" {
    must task look by worker within 1 day
    on look done    -> back
    on look overdue notify chief
    after 1 week    -> back
  }
  aftercare after_it "Aftercare" {
    call ring after 6 weeks window 1 week before to 2 weeks after
    by worker
    on ring missed notify chief
    on relapse     -> coaching
    then           -> good
  }
  always { on alarm -> calm }"#,
    )
}

/// What fell due while a stage was interrupted has its turn on return: in both versions at once, so that nothing but the notice differs.
#[test]
fn a_series_that_was_interrupted_goes_on_in_both_versions_alike() {
    for (notice, title) in [
        ("when kids >= 5 notify chief", "new: chief is told"),
        ("after 26 weeks of report notify worker", "new: worker is told"),
    ] {
        let with = format!("on alarm -> calm\n    {notice}");
        let [there, _] = both_ways(&series(), ("on alarm -> calm", &with));
        assert_eq!(lines(&there), [format!("strengthens: {title}")], "{notice}");
    }
}

/// How long the first share of a series takes follows from the whole of it: so the history in which all visits are made fits into it.
#[test]
fn what_comes_after_all_visits_of_a_series_is_shown() {
    let plain = series().replace("on alarm -> calm", "on alarm -> bad");
    let start = plain.find("  stage calm").unwrap_or_default();
    let end = plain.find("  aftercare").unwrap_or_default();
    let plain = plain.replace(plain.get(start..end).unwrap_or_default(), "");
    let [there, _] = both_ways(&plain, ("    on relapse     -> coaching\n", ""));
    assert_eq!(lines(&there).len(), 1, "{:?}", lines(&there));
    assert_eq!(there.levels(), [Level::Weakens], "{:?}", lines(&there));
}
