//! Help that the other version brings as well, behind something that has to be done first and is none: it comes later there, and never
//! sooner.

use voordeur_protocol::model::Target;
use voordeur_protocol::{Cause, Effect, Happening, ObligationId, OpeningId, Protocol, Rule};

use super::answer::{Answer, Reader, Side};
use super::verdict::is_help;

impl Reader<'_> {
    /// Whether what one version does comes in the other one when something is done that this one alone begins at that moment.
    pub(super) fn comes_behind(self, answer: Answer, other: Side, alone: &[Answer]) -> bool {
        let own = |number: u32| self.on(other, number).map(ObligationId);
        let is_begun = matches!(
            answer,
            Answer::Opened(_)
                | Answer::Announced(_)
                | Answer::Referred(..)
                | Answer::Asked(_)
                | Answer::Started(_)
                | Answer::Called(_)
        );
        let Some(wanted) = answer.about().filter(|_| is_begun).and_then(own) else { return false };
        let begun = alone.iter().filter_map(|one| if let Answer::Opened(of) = one { own(*of) } else { None });
        let protocol = self.protocol(other);
        let is_help = |of: ObligationId| is_help(&protocol.obligations.row(of).spec);
        // A visit before another one is more than that one.
        is_help(wanted) && begun.into_iter().any(|first| !is_help(first) && leads_to(protocol, first, wanted))
    }
}

/// Whether something is done with that, or answered.
const fn is_done(on: Happening) -> bool {
    matches!(on, Happening::Done | Happening::AllDone | Happening::TakenUp | Happening::Named(_))
}

/// Whether something is opened when something else is done: by the rule itself, or by the stage to which that leads.
fn leads_to(protocol: &Protocol, first: ObligationId, wanted: ObligationId) -> bool {
    let opens_it = |opening: &OpeningId| protocol.openings.row(*opening).obligation == wanted;
    let brings = |rule: &&Rule| {
        let by_stage = match rule.target {
            Some(Target::Stage(stage)) => protocol.stages.row(stage).opens.iter().any(opens_it),
            _ => false,
        };
        let is_opening = |effect: &Effect| matches!(effect, Effect::Open(opening) if opens_it(opening));
        by_stage || rule.effects.iter().any(is_opening)
    };
    let is_after = |rule: &&Rule| match &rule.cause {
        Cause::Obligation(of, on) => *of == first && is_done(*on),
        _ => false,
    };
    protocol.rules.rows().filter(is_after).any(|rule| brings(&rule))
}
