//! What a difference means where something is let go of, and where somebody falls out sooner.

use voordeur_diff::{Comparison, Level, Version, compared, text};
use voordeur_protocol::{Compiled, compile_with};
use voordeur_verify::{Budget, Effect};

/// What is told of two texts.
fn told(old: &str, new: &str) -> Comparison {
    let compiled = |text: &str| compile_with("p.pathway", text, &mut |_, path| Err(path.to_owned().into()));
    let (old, new): (Compiled, Compiled) = (compiled(old), compiled(new));
    assert!(!old.has_errors() && !new.has_errors(), "{:#?} {:#?}", old.problems, new.problems);
    let (before, after) = (texts(&old), texts(&new));
    compared(version(&old, &before), version(&new, &after), Budget::default())
}

fn texts(one: &Compiled) -> Vec<(String, String)> {
    one.sources.files().map(|file| (file.name.to_owned(), file.text.to_owned())).collect()
}

fn version<'a>(one: &'a Compiled, texts: &'a [(String, String)]) -> Version<'a> {
    Version { texts, pathways: one.own(), promises: &one.promises, sources: &one.sources }
}

/// The levels of what is told of a text and the same with something else in it, and of that the other way round.
fn levels(old: &str, (from, to): (&str, &str)) -> [Vec<Level>; 2] {
    let new = old.replacen(from, to, 1);
    assert_ne!(old, new, "{from} is there");
    [told(old, &new), told(&new, old)].map(|one| one.levels())
}

fn pathway(body: &str) -> String {
    format!(
        r#"pathway door "At the door" {{
  version "1"
  lead house
  calendar nl
  agency house "House"
  agency helper "Helper" contact desk
  role worker "Worker" of house
  role chief "Chief" of house
  role desk "Desk" of helper
  data {{ months count 0..9 "Months" shared with helper }}
{body}
  end good "Good" success no aftercare because "a test"
  end bad "Bad" failure
}}
"#
    )
}

const WORSE: &[Level] = &[Level::Weakens];
const BETTER: &[Level] = &[Level::Strengthens];

/// Help that goes on beside what the worker does.
fn referred() -> String {
    pathway(
        r#"  trigger report_in from anyone { asks months -> talk }
  stage talk "Talk" {
    must task talk_it by worker within 2 weeks
    must refer to_helper keeps running
    on talk_it done -> follow
    on talk_it overdue notify chief
  }
  stage follow "Follow" {
    must task look by worker within 3 months
    when look done and not to_helper open -> good
    on look overdue notify chief
  }
  always { on to_helper exhausted notify chief -> bad }
  referral to_helper "To helper" {
    to helper hands over months warm
    accept within 5 working days
    contact within 4 weeks
    declined or overdue: ask again once, then exhausted
  }"#,
    )
}

/// A referral that no longer keeps running is called off; that its receiver hears of that is no help, and comes of the same.
#[test]
fn what_is_let_go_of_is_a_loss() {
    let [there, back] = levels(&referred(), ("to_helper keeps running", "to_helper"));
    assert_eq!((there.as_slice(), back.as_slice()), (WORSE, BETTER));
}

/// That a referral goes out at once is the difference: nothing is left undecided beside it.
#[test]
fn a_referral_that_only_may_be_made_is_told_once() {
    let [there, back] = levels(&referred(), ("must refer", "may refer"));
    assert_eq!((there.as_slice(), back.as_slice()), (WORSE, BETTER));
}

/// A card, and what comes of it when nobody answers.
fn asked(silent: &str) -> String {
    pathway(&format!(
        r#"  trigger report_in from anyone {{ asks months when months > 8 -> good otherwise -> ask }}
  stage ask "Ask" {{
    must question card "Card" {{ answers yes_please, no_thanks silent after 3 weeks }}
    on card yes_please -> talk
    on card no_thanks -> bad
    {silent}
  }}
  stage talk "Talk" {{
    must task call by worker within 1 week
    on call done -> good
    on call overdue notify chief
  }}"#
    ))
}

/// The time to answer is the household's own; where silence brings help that comes sooner.
#[test]
fn less_time_to_answer_is_worse_where_silence_brings_no_help() {
    for (silent, levels_of) in [
        ("on card silent -> bad", [WORSE, BETTER]),
        ("on card silent notify chief -> bad", [WORSE, BETTER]),
        ("on card silent -> good", [WORSE, BETTER]),
        ("on card silent -> talk", [BETTER, WORSE]),
        ("when card silent -> talk", [BETTER, WORSE]),
        ("on card silent when months > 2 -> talk on card silent otherwise -> bad", [WORSE, WORSE]),
    ] {
        let found = levels(&asked(silent), ("silent after 3 weeks", "silent after 1 week"));
        assert_eq!(found.each_ref().map(Vec::as_slice), levels_of, "{silent}");
    }
}

/// A visit with a term, and what comes of it when that is over.
fn visited(rules: &str) -> String {
    pathway(&format!(
        r#"  trigger report_in from anyone {{ asks months when months > 8 -> good otherwise -> talk }}
  stage talk "Talk" {{
    must visit home by worker within 10 days
    on home done -> good
    on home refused -> bad
    {rules}
  }}"#
    ))
}

/// Who is visited in time is promised it sooner; who is not falls out sooner.
#[test]
fn a_term_whose_end_is_bad_is_not_better_when_it_is_shorter() {
    for (rules, levels_of) in [
        ("on home overdue -> bad", [WORSE, WORSE]),
        ("on home overdue notify chief -> bad", [WORSE, WORSE]),
        (
            "when home overdue and months > 3 -> bad when home overdue and months <= 3 notify chief",
            [WORSE, WORSE],
        ),
        ("on home overdue when months > 3 -> bad on home overdue otherwise notify chief", [WORSE, WORSE]),
        ("on home overdue notify chief", [BETTER, WORSE]),
        ("on home overdue escalate late } escalation late { at once notify chief", [BETTER, WORSE]),
        // The rule of the stage comes first.
        ("on home overdue notify chief } always { on home overdue -> bad", [BETTER, WORSE]),
    ] {
        let found = levels(&visited(rules), ("within 10 days", "within 5 days"));
        assert_eq!(found.each_ref().map(Vec::as_slice), levels_of, "{rules}");
    }
}

/// One household that falls out sooner, and one to which it is promised sooner.
#[test]
fn there_is_an_example_each_way() {
    let old = visited("on home overdue -> bad");
    let new = old.replacen("within 10 days", "within 5 days", 1);
    for one in [told(&old, &new), told(&new, &old)] {
        let findings = one.findings();
        let examples = findings.first().map(|one| one.examples.as_slice()).unwrap_or_default();
        let effects: Vec<_> = examples.iter().map(|example| example.effect).collect();
        assert_eq!(effects, [Some(Effect::Weaker), Some(Effect::Stronger)], "{}", text(&one));
        let ends = |lines: &[String]| lines.iter().any(|line| line.contains("`bad`"));
        let falls_out: Vec<bool> =
            examples.iter().map(|one| one.scenes.iter().flatten().any(|scene| ends(&scene.lines))).collect();
        assert_eq!(falls_out.iter().filter(|one| **one).count(), 1, "{}", text(&one));
    }
}

/// A desk that looks at everything after so many weeks, whatever is being done.
fn looked_at(visit: &str) -> String {
    pathway(&format!(
        r#"  trigger report_in from anyone {{ asks months when months > 3 -> calm otherwise -> visiting }}
  stage calm "Calm" {{
    may task look by worker
    on look done -> visiting
    on look waived -> visiting
  }}
  stage visiting "Visiting" {{
    must visit see by worker within {visit}
    on see done -> good
    on see refused -> bad
    on see overdue notify chief
  }}
  stage desk_check "Desk" {{
    must task check_it by worker within 1 week
    on check_it done -> good
    on check_it overdue notify chief
  }}
  always {{ after 6 weeks of report -> desk_check }}"#
    ))
}

/// What must be done is cut off where the desk looks sooner.
#[test]
fn help_that_cuts_something_off_is_mixed() {
    let sooner = ("after 6 weeks", "after 4 weeks");
    let [there, back] = levels(&looked_at("5 weeks"), sooner);
    assert_eq!(there, [Level::Weakens, Level::Strengthens]);
    assert_eq!(back, [Level::Weakens, Level::Weakens]);
    // Nobody is told what is cut off where nothing is.
    let old = looked_at("5 weeks");
    let all = text(&told(&old, &old.replacen(sooner.0, sooner.1, 1)));
    assert!(all.contains("see cancelled (mixed"), "{all}");
    assert!(all.contains("strengthens: sooner: check_it begins ["), "{all}");
}

/// A visit that is late can still be made: where it is called off for a letter, who would have been visited a day late is worse off.
#[test]
fn what_is_late_and_called_off_is_a_loss() {
    let old = pathway(
        r#"  trigger report_in from anyone { -> visiting }
  stage visiting "Visiting" {
    must visit see by worker within 1 week
    on see done -> good
    on see refused -> bad
    on see overdue notify chief
  }
  stage writing "Writing" {
    must task letter by worker within 2 weeks
    on letter done -> bad
    on letter overdue -> bad
  }
  event gone_off from worker
  always { on gone_off -> writing }"#,
    );
    let edit = ("on see overdue notify chief", "on see overdue notify chief -> writing");
    assert_eq!(levels(&old, edit), [[Level::Weakens], [Level::Weakens]]);
    let all = text(&told(&old, &old.replacen(edit.0, edit.1, 1)));
    assert!(all.contains("letter begins, see cancelled (mixed"), "{all}");
}

/// Who is helped by a visit, is sent to a helper, and is called afterwards, or is asked a year later what came of it.
fn helped() -> String {
    pathway(
        r#"  trigger report_in from anyone { asks months  when months > 3 -> visiting  otherwise -> referring }
  stage visiting {
    must visit see by worker within 1 week
    on see done -> referring
    on see refused -> bad
    on see overdue -> referring
  }
  stage referring {
    must refer to_helper
    on to_helper taken_up -> afterwards
    on to_helper exhausted -> bad
  }
  referral to_helper { to helper  warm  accept within 1 week  contact within 2 weeks  declined or overdue: ask again once, then exhausted }
  aftercare afterwards {
    call ring after 4 weeks window 1 week before to 1 week after
    by worker
    on ring missed notify chief
    on relapse -> referring
    then -> good
  }
  measure effect { 1 year after closing  by worker  asks months }
  always { on consent withdrawn -> bad }"#,
    )
}

/// Help that was to come anyway makes up for nothing that is skipped before it: it comes sooner, and the rest is lost.
#[test]
fn what_comes_sooner_makes_up_for_nothing() {
    let old = helped();
    assert_eq!(
        levels(&old, ("when months > 3 -> visiting", "when months > 6 -> visiting")),
        [[Level::Weakens], [Level::Weakens]]
    );
}

/// Who looks back, or measures after the end, does not help.
#[test]
fn looking_back_makes_up_for_no_help() {
    let old = helped();
    for edit in [
        ("on see overdue -> referring", "on see overdue -> bad"),
        ("on see overdue -> referring", "on see overdue -> afterwards"),
    ] {
        let [there, back] = levels(&old, edit);
        assert_eq!((there.as_slice(), back.as_slice()), (WORSE, BETTER), "{edit:?}");
    }
    let edit = ("    on relapse -> referring\n", "");
    let [there, back] = levels(&old, edit);
    assert_eq!((there.as_slice(), back.as_slice()), (WORSE, BETTER), "{edit:?}");
}

/// Whoever takes back their consent is not better off when that is not heeded.
#[test]
fn consent_that_is_taken_back_is_not_weighed() {
    let edit = ("on consent withdrawn -> bad", "on consent withdrawn notify worker");
    assert_eq!(levels(&helped(), edit), [[Level::Shifts], [Level::Shifts]]);
}
