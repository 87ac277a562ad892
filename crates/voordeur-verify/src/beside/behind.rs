//! Help, or work that leads to it, that the other version brings as well, behind something that has to be done first: it comes later
//! there, and never sooner.

use voordeur_protocol::model::{Mode, Target};
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
        let protocol = self.protocol(other);
        let brings_help = is_help(&protocol.obligations.row(wanted).spec)
            || leads_to(protocol, wanted, |opening| must_help(protocol, *opening));
        let opens_it = |opening: &OpeningId| protocol.openings.row(*opening).obligation == wanted;
        let mut begun = self.begun(other, alone);
        brings_help && begun.any(|first| leads_to(protocol, first, opens_it))
    }

    /// Whether help that must be given comes in a version when something is done that it begins at that moment.
    pub(super) fn leads_to_help(self, alone: &[Answer], side: Side) -> bool {
        let protocol = self.protocol(side);
        self.begun(side, alone)
            .any(|first| leads_to(protocol, first, |opening| must_help(protocol, *opening)))
    }

    /// The obligations that a version begins, of what is said.
    fn begun(self, side: Side, said: &[Answer]) -> impl Iterator<Item = ObligationId> {
        let opened =
            said.iter().filter_map(|one| if let Answer::Opened(of) = one { Some(*of) } else { None });
        opened.filter_map(move |of| self.on(side, of).map(ObligationId))
    }
}

/// Whether it is help that must be given.
fn must_help(protocol: &Protocol, opening: OpeningId) -> bool {
    let row = protocol.openings.row(opening);
    row.mode == Mode::Must && is_help(&protocol.obligations.row(row.obligation).spec)
}

/// Whether something is done with that, or answered.
const fn is_done(on: Happening) -> bool {
    matches!(on, Happening::Done | Happening::AllDone | Happening::TakenUp | Happening::Named(_))
}

/// Whether something is opened when something else is done: by the rule itself, or by the stage to which that leads.
fn leads_to(protocol: &Protocol, first: ObligationId, opens_it: impl Fn(&OpeningId) -> bool) -> bool {
    let brings = |rule: &&Rule| {
        let by_stage = match rule.target {
            Some(Target::Stage(stage)) => protocol.stages.row(stage).opens.iter().any(&opens_it),
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
