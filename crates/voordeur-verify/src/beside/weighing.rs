//! What one version alone does at the moment at which both part, when the other one does it, and what that means for the household.

use jiff::Timestamp;
use voordeur_engine::{Entry, Event, Message, Reason};
use voordeur_protocol::{Cause, EventId, Occurrence, OpeningId, RuleId};

use super::answer::{About, Answer, Side};
use super::cut_off::CutOff;
use super::meaning::Meaning;
use super::play::Witness;
use super::report::Done;
use super::telling::Telling;
use super::verdict::{Counts, Verdict};

impl Telling<'_> {
    /// Something that one version does, and when the other one does it.
    pub(super) fn done(&self, answer: Answer, other: Side, played: &Witness) -> Done {
        let (mut text, key) = self.reader.words(answer);
        if let Some(planned) = self.planned(answer, other, played) {
            text = planned;
        }
        let by = self.rules_that_tell(answer, other.other(), played);
        let comes = |side: Side| self.afterwards((answer, &by), side, played);
        let later = comes(other).next();
        let otherwise = later.map(|at| {
            let calendar = &self.reader.protocol(other).calendar;
            voordeur_calendar::moment_in_words(calendar.local(at))
        });
        let is_moved = later.is_some_and(|at| {
            comes(other.other()).count() < comes(other).count()
                || [(played.at, other.other()), (at, other)]
                    .iter()
                    .all(|(at, side)| self.is_told_again(answer, *side, played, *at))
        });
        Done { text, key, otherwise, is_moved }
    }

    /// Whether somebody is told at that moment by a rule that tells it again and again, and that the other version does not have so.
    fn is_told_again(&self, answer: Answer, side: Side, played: &Witness, at: Timestamp) -> bool {
        let then = played.moments_of(side).iter().filter(|moment| moment.at == at);
        let rules = &self.reader.protocol(side).rules;
        let is_so = |rule: RuleId| {
            matches!(rules.row(rule).cause, Cause::Every(_)) && !self.reach.is_rule_alike(side, rule)
        };
        then.flat_map(|moment| self.tellers(answer, side, &moment.entries)).any(is_so)
    }

    /// When a version does something after the moment at which they part.
    fn when(&self, answer: Answer, side: Side, played: &Witness) -> Option<Timestamp> {
        let by = self.rules_that_tell(answer, side.other(), played);
        self.afterwards((answer, &by), side, played).next()
    }

    fn afterwards(
        &self,
        (answer, by): (Answer, &[Meaning]),
        side: Side,
        played: &Witness,
    ) -> impl Iterator<Item = Timestamp> {
        let after = played.moments_of(side).iter().filter(move |moment| moment.at > played.at);
        let says = after.filter(move |moment| {
            self.reader.said(side, &moment.entries).iter().any(|(said, _)| *said == answer)
                && (by.is_empty() || self.is_told_by(answer, by, side, &moment.entries))
        });
        says.map(|moment| moment.at)
    }

    /// The rules by which a version tells somebody something at the moment at which they part.
    fn rules_that_tell(&self, answer: Answer, side: Side, played: &Witness) -> Vec<Meaning> {
        if !matches!(answer, Answer::Told(_, About::Rule)) {
            return Vec::new();
        }
        let now = played.moments_of(side).iter().filter(|moment| moment.at == played.at);
        let rules = now.flat_map(|moment| self.tellers(answer, side, &moment.entries));
        rules.filter_map(|rule| self.reach.meaning_of_rule(side, rule)).collect()
    }

    /// Whether it is told by one of these, or by a rule that the other version does not have: what a rule of both tells besides is something
    /// else.
    fn is_told_by(&self, answer: Answer, by: &[Meaning], side: Side, entries: &[Entry]) -> bool {
        let is_one = |rule: RuleId| {
            let is_meant = |meaning: Meaning| by.contains(&meaning) || !self.reach.is_rule_alike(side, rule);
            self.reach.meaning_of_rule(side, rule).is_none_or(is_meant)
        };
        self.tellers(answer, side, entries).any(is_one)
    }

    fn tellers(&self, answer: Answer, side: Side, entries: &[Entry]) -> impl Iterator<Item = RuleId> {
        entries.iter().filter_map(move |entry| match entry {
            Entry::Sent(Message::Notify { reason: Reason::Rule { rule, .. }, .. }) => {
                let said = self.reader.said(side, std::slice::from_ref(entry));
                said.iter().any(|(said, _)| *said == answer).then_some(*rule)
            }
            _ => None,
        })
    }

    /// Help that is gone or comes later is worse; help that is new or comes sooner is better; both, or neither, is
    /// something else. A case that fails later, because what was promised may be late for longer, is not better off. Help that comes
    /// while something else is cut off is mixed.
    pub(super) fn verdict(
        &self,
        (old, new): (&[Answer], &[Answer]),
        (played, follows): (&Witness, bool),
        [spared, cut]: &[CutOff; 2],
    ) -> Verdict {
        if is_of_withdrawn_consent(played) {
            return Verdict::NotComparable;
        }
        let comes = |answer, other| self.when(answer, other, played).is_some();
        let behind = |answer, other| {
            self.reader.comes_behind(answer, other, if other == Side::Old { old } else { new })
        };
        let weighed = |later: &dyn Fn(Answer, Side) -> bool| {
            self.reader.weighed((old, new), |one, other| follows && comes(one, other), later)
        };
        let mut all = weighed(&comes);
        if all.is_another() {
            all = weighed(&|one, other| comes(one, other) || behind(one, other));
        }
        // Who is let go of loses what would still have come by itself.
        let ends = |all: &[Answer]| all.iter().any(|one| matches!(one, Answer::Ended(_)));
        match (ends(old), ends(new)) {
            (false, true) => all.worse |= self.still_helps(Side::Old, played) || cut.ends_more_than(spared),
            (true, false) => all.better |= self.still_helps(Side::New, played) || spared.ends_more_than(cut),
            _ => {}
        }
        let (cut, spared) = (cut.has_any(new), spared.has_any(old));
        match (all.worse || cut, all.better || spared) {
            (true, false) => Verdict::Weaker,
            (false, true) => Verdict::Stronger,
            // What is let go of in one of them alone is a loss, whatever else is in the place of something else.
            (true, true) if cut != spared || !(all.is_another() || cut) => Verdict::Mixed,
            (true, true) if !cut => self.of_another((old, new), played, comes),
            _ => Verdict::NotComparable,
        }
    }

    /// Whether a version brings help after the moment at which they part, when nobody reports anything.
    fn still_helps(&self, side: Side, played: &Witness) -> bool {
        let mut after = played.moments_of(side).iter().filter(|moment| moment.at > played.at);
        let helps = |one: &(Answer, Option<OpeningId>)| matches!(self.reader.counts(one.0), Counts::Helps);
        after.any(|moment| self.reader.said(side, &moment.entries).iter().any(helps))
    }
}

/// Whether versions part because somebody takes back their consent: what it means to heed that, or not, is not weighed by how much help
/// comes of it.
fn is_of_withdrawn_consent(played: &Witness) -> bool {
    let last = played.told.last().filter(|(at, _)| *at == played.at);
    let withdrawn = Occurrence::Event(EventId::CONSENT_WITHDRAWN);
    last.is_some_and(|(_, report)| {
        let mut events = report.old.iter().chain(&report.new);
        events.any(|event| matches!(&**event, Event::Occurred { what, .. } if *what == withdrawn))
    })
}
