//! What the passing of a moment brings to a household, and so what it means that it passes sooner. What is promised is better when it
//! is due sooner; but where it is over as soon as it is late, who would have been helped in between falls out sooner.
//! The time to answer is the household's own: less of it is better only where silence brings help.
//!
//! The rules say what comes of it, and not the histories that were found: a search that stops at the first difference has not seen
//! them all.

use std::collections::BTreeSet;

use voordeur_protocol::guard::Expr;
use voordeur_protocol::{
    Cause, Effect, Happening, Kind, Mode, ObligationId, OpeningId, Protocol, Rule, Scope, StageId, Target,
};

use super::clock::Openings;
use super::stage::opener;
use super::telling::Telling;
use super::verdict::Verdict;

/// In what a question differs when silence comes sooner or later.
const SILENT: &str = "silent";

/// What comes of it.
#[derive(Debug, Clone, Copy, Default)]
struct Brings {
    /// Something begins, or somebody is told.
    help: bool,
    /// Who would still be helped by it is not any more: the case ends, or goes back to what had been interrupted.
    falls_out: bool,
    /// The case ends.
    end: bool,
    /// Something else that must be done is let go of.
    cut: bool,
}

impl Telling<'_> {
    /// What it means that a moment comes at another time, of which is known what that means for a promise alone. Only what comes of
    /// it in both versions counts: what comes of it in one of them differs by itself.
    pub(super) fn means(&self, (first, second): Openings, key: &str, promised: Verdict) -> Verdict {
        if !matches!(promised, Verdict::Weaker | Verdict::Stronger) {
            return promised;
        }
        let [old, new] = [Place::of(self.reader.old, first), Place::of(self.reader.new, second)]
            .map(|place| place.brings(key));
        let both = |is: fn(Brings) -> bool| is(old) && is(new);
        let helps = both(|one| one.help);
        match key {
            SILENT if helps && both(|one| one.end || one.cut) => Verdict::Mixed,
            SILENT if !helps => promised.mirrored(),
            _ if key != SILENT && both(|one| one.falls_out) => Verdict::Mixed,
            _ => promised,
        }
    }
}

/// Where something is opened.
struct Place<'p> {
    protocol: &'p Protocol,
    opening: OpeningId,
    of: ObligationId,
    /// The only stage in which it is open; `None` where it goes on in others, or is opened anywhere.
    stage: Option<StageId>,
}

impl<'p> Place<'p> {
    fn of(protocol: &'p Protocol, opening: OpeningId) -> Self {
        let row = protocol.openings.row(opening);
        let stage = opener(protocol, opening).filter(|_| !row.keeps_running);
        Self { protocol, opening, of: row.obligation, stage }
    }

    fn brings(&self, key: &str) -> Brings {
        let kind = self.protocol.obligations.row(self.of).kind;
        let rules = passing(key, kind).iter().flat_map(|on| self.answering(*on));
        rules.fold(Brings::default(), |all, rule| self.and(all, rule))
    }

    /// The rules that answer it: a rule of its stage comes before those of `always`.
    fn answering(&self, on: Happening) -> Vec<&'p Rule> {
        let waits = |rule: &&Rule| rule.occasions().contains(&(self.of, on));
        let is_sure = |rule: &&Rule| rule.guard == Expr::True || rule.otherwise;
        let is_own = |rule: &&Rule| rule.scope != Scope::Always && rule.cause != Cause::Condition;
        let all: Vec<&Rule> =
            self.protocol.rules.rows().filter(waits).filter(|rule| self.is_here(rule.scope)).collect();
        let is_answered = self.stage.is_some() && all.iter().any(|rule| is_own(rule) && is_sure(rule));
        let is_left =
            |rule: &&Rule| !is_answered || rule.scope != Scope::Always || rule.cause == Cause::Condition;
        all.into_iter().filter(is_left).collect()
    }

    fn is_here(&self, scope: Scope) -> bool {
        match (scope, self.stage) {
            (Scope::Stage(own), Some(stage)) => own == stage,
            _ => true,
        }
    }

    /// A notice that goes with an end is no help.
    fn and(&self, mut all: Brings, rule: &Rule) -> Brings {
        let is_help = |effect: &Effect| matches!(effect, Effect::Open(_) | Effect::Notify { .. });
        let helps = rule.effects.iter().any(is_help);
        match rule.target {
            Some(Target::End(_)) => (all.end, all.falls_out) = (true, true),
            Some(Target::Stage(to)) => {
                all.help |= helps || !self.protocol.stages.row(to).opens.is_empty();
                all.cut |= self.is_left_for(to);
            }
            Some(Target::Back) => (all.help, all.falls_out) = (all.help | helps, true),
            None => all.help |= helps,
        }
        all
    }

    /// Whether something else that must be done in its stage is let go of on the way to another one.
    fn is_left_for(&self, to: StageId) -> bool {
        let Some(stage) = self.stage.filter(|stage| *stage != to) else { return false };
        let opens = |stage: StageId| self.protocol.stages.row(stage).opens.iter().copied();
        let of = |opening: OpeningId| self.protocol.openings.row(opening).obligation;
        let again: BTreeSet<u16> = opens(to).map(|opening| of(opening).0).collect();
        opens(stage).filter(|opening| *opening != self.opening).any(|opening| {
            let row = self.protocol.openings.row(opening);
            row.mode == Mode::Must && !row.keeps_running && !again.contains(&row.obligation.0)
        })
    }
}

/// What happens when the moment passes in which something differs; nothing where nobody falls out by that.
fn passing(key: &str, kind: Kind) -> &'static [Happening] {
    match key {
        "silent" => &[Happening::Silent],
        "preferred-term" => &[Happening::Slipped],
        "window-after" => &[Happening::Missed],
        "accept" | "contact" => &[Happening::Overdue, Happening::Exhausted],
        "term" | "pause" if kind == Kind::Referral => &[Happening::Overdue, Happening::Exhausted],
        "term" | "pause" => &[Happening::Overdue],
        _ => &[],
    }
}
