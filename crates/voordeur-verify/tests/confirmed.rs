//! What is told as an error is shown on real dates, also where clocks that change nothing run out on the way; and what no case comes to
//! is not told.

mod small;

use voordeur_verify::{Budget, Verdict, compile, keep, promises, verify, verify_with};

use small::{KNOCK, pathway};

/// The errors of the checks; each of them has a case history.
fn shown(stages: &str) -> Vec<String> {
    let file = pathway("urgent yes_no", &format!("{KNOCK}\n{stages}"));
    let compiled = compile(&file);
    let errors = compiled.problems.iter().filter(|one| one.is_error());
    let line = |one: &voordeur_diagnostics::Diagnostic| {
        assert!(!one.history.is_empty(), "{file}\n{one:#?}");
        format!("{}: {}", one.rule.name(), one.message)
    };
    errors.map(line).collect()
}

/// Two rules on what runs out are refused together: a notice may come before that.
#[test]
fn what_is_refused_when_a_clock_runs_out_is_shown_behind_a_notice() {
    let twice = "on t overdue task u by worker within 3 days  on t overdue task v by worker within 3 days";
    let answers =
        "on t done -> good  on u done -> good  on u overdue -> bad  on v done -> good  on v overdue -> bad";
    for notice in ["", "after 3 days notify house", "every 2 days notify house"] {
        let stage =
            format!("stage first {{ must task t by worker within 1 week  {twice}  {answers}  {notice} }}");
        let found = shown(&stage);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(found.iter().all(|one| one.starts_with("overlapping-guards")), "{found:#?}");
    }
}

/// A notice that was given leaves a trace in the case, and none in the search.
#[test]
fn conditions_that_hold_at_once_are_shown_behind_a_notice() {
    let rules = "when b done and not b overdue -> bad  when b done and a overdue -> good
    on a done notify house  on a overdue notify house  on b overdue -> bad";
    let stage = |notice: &str, always: &str| {
        format!(
            "stage first {{
    must task a by worker within 10 working days
    must task b by worker within 3 weeks
    {rules}
    {notice}
  }}
  always {{ {always} }}"
        )
    };
    let both = [stage("after 1 week notify house", ""), stage("", "after 1 week of report notify house")];
    for stages in both.iter().chain([&stage("", "on deceased -> bad")]) {
        let found = shown(stages);
        assert!(found.iter().any(|one| one.starts_with("overlapping-guards")), "{stages}\n{found:#?}");
    }
}

/// Of two terms in working days the one that begins later never ends sooner.
#[test]
fn what_working_days_rule_out_is_not_told() {
    let stage = "stage first {
    must task b by worker within 2 weeks
    must task c by worker within 5 working days
    on b done task a by worker within 5 working days asks urgent
    when a done and urgent notify house
    when a overdue and not urgent -> bad
    on b overdue notify house
    when c done -> good
    on c overdue -> bad
  }";
    let found = shown(stage);
    assert!(!found.iter().any(|one| one.starts_with("gap-in-guards")), "{found:#?}");
}

/// An attempt that comes too soon does not count: the case ends with one that does.
#[test]
fn an_end_after_attempts_days_apart_is_shown() {
    for apart in ["1 to 4 days apart", "2 to 7 days apart", "1 to 1 days apart"] {
        let stage = format!(
            "stage first {{
    must task t by worker within 4 weeks
    must visit v by worker within 3 weeks attempts 2, {apart}
    on t done      -> bad
    on t overdue   -> bad
    on v done      -> bad
    on v refused   -> bad
    on v exhausted -> good
    on v overdue   -> bad
  }}"
        );
        let file = pathway("urgent yes_no", &format!("{KNOCK}\n{stage}"));
        let compiled = compile(&file);
        let found = compiled.protocols.iter().flat_map(|one| verify(one, Budget::default()).findings);
        let dropped: Vec<_> = found.filter(|one| one.rule.name() == "open-at-closure").collect();
        assert_eq!(dropped.len(), 1, "{file}\n{dropped:#?}");
        assert!(dropped.iter().all(|one| one.doubt.is_none() && !one.history.is_empty()), "{dropped:#?}");
    }
}

/// A stage that interrupts again and again while clocks are held: that one of them is always the first to have run out stays known, however
/// often it comes, and the file is decided.
#[test]
fn clocks_that_are_held_keep_their_order_through_many_interruptions() {
    let stages = "event crisis from anyone
  stage first {
    must series visits by worker { 4 visits in 8 months  at least 2 weeks apart }
    on visits done     notify house
    on visits missed   notify house
    on visits refused  -> bad
    on visits all_done -> good
    on visits over     -> bad
    after 26 weeks of report -> bad
  }
  stage emergency { must task calm by worker within 2 days  on calm done -> back  on calm overdue -> bad }
  always { on crisis -> emergency }";
    let file = pathway("urgent yes_no", &format!("{KNOCK}\n{stages}"));
    let compiled = compile(&file);
    let reports: Vec<_> =
        compiled.protocols.iter().map(|one| verify(one, Budget { states: 5_000 })).collect();
    assert_eq!(reports.len(), 1, "{:#?}", compiled.problems);
    for report in &reports {
        assert_eq!((report.incomplete, report.unconfirmed), (None, 0), "{report:#?}");
    }
}

/// A series that goes on for many weeks, each like the one before, and may begin anew: the history has as many weeks as there are.
#[test]
fn a_round_through_a_long_series_is_shown() {
    let stages = "stage first {
    must series visits by worker { 2 to 3 visits per week for 6 weeks }
    on visits all_done -> second
    on visits missed   notify house
    on visits refused  -> bad
    on visits over     -> bad
  }
  stage second {
    must task evaluate by worker within 2 weeks asks urgent
    on evaluate done when urgent -> first
    on evaluate done otherwise   -> good
    on evaluate overdue          -> good
  }";
    let compiled = compile(&pathway("urgent yes_no", &format!("{KNOCK}\n{stages}")));
    let reports: Vec<_> = compiled.protocols.iter().map(|one| verify(one, Budget::default())).collect();
    assert_eq!(reports.len(), 1, "{:#?}", compiled.problems);
    for report in &reports {
        let names: Vec<&str> = report.findings.iter().map(|one| one.rule.name()).collect();
        assert_eq!(
            (names.as_slice(), report.unconfirmed),
            (["loop-without-limit"].as_slice(), 0),
            "{report:#?}"
        );
    }
}

/// Several contacts before the visit that leads back: the shortest ways round leave them out, and no case goes those.
#[test]
fn a_round_through_an_aftercare_with_several_contacts_is_shown() {
    let file = pathway(
        "urgent yes_no",
        &format!(
            "{KNOCK}
  stage first {{ must task t by worker within 1 week  on t done -> ac  on t overdue -> bad }}
  aftercare ac {{
    call c after 4 weeks, 8 weeks, 12 weeks window 1 week before to 1 week after
    visit v after 20 weeks records urgent window 1 week before to 2 weeks after
    by worker
    on c missed notify house
    on v done when urgent -> good
    on v done otherwise   -> first
    on v missed notify house
    on relapse -> first
    then -> good
  }}"
        ),
    );
    let compiled = compile(&file);
    let protocol = compiled.protocols.first().unwrap_or_else(|| panic!("{:#?}", compiled.problems));
    let found = verify(protocol, Budget::default()).findings;
    let rounds: Vec<_> = found.iter().filter(|one| one.rule.name() == "loop-without-limit").collect();
    assert_eq!(rounds.len(), 1, "{found:#?}");
    assert!(rounds.iter().all(|one| !one.history.is_empty() && one.doubt.is_none()), "{rounds:#?}");
}

/// Clocks that are held beside a referral that goes on: the first ways to the end that seem to leave it open are none that a case goes,
/// and the history that is shown has nothing in it that is not needed.
#[test]
fn a_referral_that_is_open_at_the_end_is_shown_beside_interruptions() {
    let stages = "event alarm from anyone  event alarm2 from worker
  stage first {
    must refer r
    must series s by worker { 1 to 2 visits per week for 4 weeks }
    on s missed notify house  on s refused -> bad  on s all_done -> second  on s over -> second
  }
  stage second at most 3 times, else -> bad { must task v by worker within 3 weeks  on v done -> good  on v overdue -> bad }
  stage look  { must task l by worker within 2 weeks  on l done -> back  on l overdue -> back }
  stage look2 { must task k by worker within 3 days   on k done -> back  on k overdue -> back }
  always { on alarm -> look  on alarm2 -> look2  on r exhausted notify house }
  referral r { to helper  accept within 5 working days  contact within 3 weeks  declined or overdue: ask again once, then exhausted  keeps running }";
    let compiled = compile(&pathway("urgent yes_no", &format!("{KNOCK}\n{stages}")));
    let protocol = compiled.protocols.first().unwrap_or_else(|| panic!("{:#?}", compiled.problems));
    let report = verify(protocol, Budget::default());
    assert_eq!((report.incomplete, report.unconfirmed), (None, 0), "{report:#?}");
    let open: Vec<_> = report.findings.iter().filter(|one| one.rule.name() == "open-at-closure").collect();
    let [open] = open.as_slice() else { panic!("{report:#?}") };
    let told: Vec<&String> = open.history.iter().flat_map(|scene| &scene.lines).collect();
    assert!(told.iter().all(|line| !line.contains("interrupted")), "{told:#?}");
}

/// Half a year after the report comes only for whoever is interrupted again and again: the case goes round as often as that takes.
#[test]
fn a_clock_that_runs_out_after_many_interruptions_is_shown() {
    let file = pathway(
        "urgent yes_no",
        &format!(
            "{KNOCK}
  event new_signal from anyone
  stage first {{ must task intake by worker within 1 week  on intake done -> good  on intake overdue -> good }}
  stage check {{ must task look by worker within 2 days  on look done -> back  on look overdue -> back }}
  always {{ on new_signal -> check  after 26 weeks of report -> bad }}"
        ),
    );
    let file =
        format!("{file}promise \"seen\" for p {{ no case ends bad before intake is done or overdue }}\n");
    let compiled = compile(&file);
    let (promises, _) = promises(&compiled.promises, &compiled.protocols, &compiled.sources);
    let protocol = compiled.protocols.first().unwrap_or_else(|| panic!("{:#?}", compiled.problems));
    let (report, kept) =
        verify_with(protocol, &promises.iter().collect::<Vec<_>>(), Budget::default(), false);
    assert_eq!((report.incomplete, report.unconfirmed), (None, 0), "{report:#?}");
    let told: Vec<_> = kept.iter().flat_map(|one| &one.statements).collect();
    assert!(matches!(told.as_slice(), [one] if matches!(one.verdict, Verdict::Broken(..))), "{told:#?}");
}

/// Two windows of an aftercare are held together: how long ago each began is forgotten with the other, and the promise is decided.
#[test]
fn what_comes_at_least_every_so_often_is_decided_beside_an_interruption() {
    let file = pathway(
        "urgent yes_no",
        &format!(
            "{KNOCK}
  event alarm from anyone
  stage first {{ must task t by worker within 1 week  on t done -> ac  on t overdue -> bad }}
  aftercare ac {{ call c after 4 weeks, 8 weeks window 1 week before to 1 week after by worker  on c missed notify house  then -> good }}
  stage look {{ must task l by worker within 6 weeks  on l done -> back  on l overdue -> back }}
  always {{ on alarm -> look }}"
        ),
    );
    let promise = |weeks: u32| format!("in ac, c is done or missed at least every {weeks} weeks");
    let file = format!("{file}promise \"seen\" for p {{ {}  {} }}\n", promise(7), promise(5));
    let compiled = compile(&file);
    let (promises, problems) = promises(&compiled.promises, &compiled.protocols, &compiled.sources);
    let verdicts: Vec<Verdict> = (promises.iter().map(|one| keep(one, Budget::default(), false)))
        .flat_map(|kept| kept.statements)
        .map(|one| one.verdict)
        .collect();
    assert!(
        matches!(verdicts.as_slice(), [Verdict::Kept(_), Verdict::Broken(..)]),
        "{verdicts:#?} {problems:#?}"
    );
}
