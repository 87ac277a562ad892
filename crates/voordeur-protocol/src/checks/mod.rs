//! What must hold for every protocol before it may run: one file per check.
//!
//! | file | finds |
//! | --- | --- |
//! | `guards.rs` | rules that overlap, households for which none applies, rules that never apply |
//! | `timed.rs` | rules on time that apply at the same moment |
//! | `reach.rs` | places that no case reaches, and places that no case leaves |
//! | `back.rs` | `-> back` where nothing was interrupted |
//! | `answers.rs` | terms and outcomes that nothing answers |
//! | `awaited.rs` | conditions that answer what has happened for some households only |
//! | `shelf.rs` | stages in which a case can come to lie with nobody acting |
//! | `sharing.rs` | fields that go where they may not go |
//! | `recorded.rs` | fields that are read before anybody records them |
//! | `thresholds.rs` | conditions that divide a field on both sides of one value |
//! | `months.rs` | months whose rounding decides what comes first |
//! | `endless.rs` | rules that set each other off |
//! | `lint/` | what the recommendations of the report ask, once all of the above is right |
//!
//! What only some households could come to is a suspicion (`suspicion.rs`) until somebody has looked at all cases.
//!
//! `household.rs` has the households that guards are tried on, `play.rs` what is open where, `index.rs` the
//! rules by what the checks look for.

mod answers;
mod awaited;
mod back;
mod endless;
mod guards;
mod household;
mod index;
mod lint;
mod months;
mod play;
mod reach;
mod recorded;
mod sharing;
mod shelf;
mod suspicion;
mod thresholds;
mod timed;
mod used;

use jiff::civil::Date;
use voordeur_diagnostics::Diagnostic;

use self::index::RuleIndex;
use self::lint::Ways;
use self::play::InPlay;
pub(crate) use self::suspicion::believe;
pub use self::suspicion::{Judge, Shows, Suspected, Suspicion};
use crate::model::Protocol;
use crate::spans::Spans;

/// What every check gets.
struct Context<'a> {
    protocol: &'a Protocol,
    spans: &'a Spans,
    rules: RuleIndex,
    in_play: InPlay,
    ways: Ways,
    problems: Vec<Diagnostic>,
    suspicions: Vec<Suspicion>,
}

/// Runs every check; `judge` decides what is so of what is suspected. Gives whether the recommendations were judged too.
pub(crate) fn run(
    (protocol, from): (&Protocol, Option<Date>),
    spans: &Spans,
    judge: &mut Judge<'_>,
    problems: &mut Vec<Diagnostic>,
) -> bool {
    let rules = RuleIndex::of(protocol);
    let in_play = InPlay::of(protocol, &rules);
    let (ways, problems_of, suspicions) = (Ways::of(protocol), Vec::new(), Vec::new());
    // What is shown is shown on days on which settings have these values.
    let dated = from.map(|from| Protocol { version_from: Some(from), ..protocol.clone() });
    let dated = dated.as_ref().unwrap_or(protocol);
    let mut context = Context { protocol, spans, rules, in_play, ways, problems: problems_of, suspicions };
    context.guards();
    context.reach();
    context.back();
    context.answers();
    context.shelf();
    context.sharing();
    context.recorded();
    context.endless();
    context.judged(dated, judge);
    // The recommendations are about a pathway that holds together: first the one, then the other.
    let sound = !context.problems.iter().any(Diagnostic::is_error);
    if sound {
        context.recommendations();
        // Before the version says from which day it holds it is a sketch.
        if context.protocol.version_from.is_some() {
            context.used();
        }
        context.thresholds();
        context.months();
        context.judged(dated, judge);
    }
    problems.append(&mut context.problems);
    sound
}

impl Context<'_> {
    fn judged(&mut self, dated: &Protocol, judge: &mut Judge<'_>) {
        let suspicions = std::mem::take(&mut self.suspicions);
        if !suspicions.is_empty() {
            let suspected = Suspected { protocol: dated, spans: self.spans, suspicions };
            self.problems.extend(judge(suspected));
        }
    }
}
