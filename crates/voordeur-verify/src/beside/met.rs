//! What says something else in the two versions, of what a case has met on its way to where they part: the values that an approval
//! of the difference is about.
//!
//! A case meets the triggers and stages that it goes through, what is opened for it, and with each thing that happens all rules
//! that wait for it, also those whose condition does not hold: `when age >= 19` is met by who is 18. What clocks and conditions
//! bring is one such thing. What is met and says the same in the other version is left out.
//!
//! Of what only one version opens when they part it is also what comes of that, as far as the other version does not say the same:
//! an approval of a task that leads to help is none of a task that leads nowhere.

use std::collections::BTreeSet;

use voordeur_engine::Entry;
use voordeur_protocol::guard::Expr;
use voordeur_protocol::{
    Cause, Effect, FieldId, ObligationId, OpeningId, Plain, Protocol, Rule, RuleId, Scope, Spec, StageId,
    Target, TriggerId,
};

use super::answer::{Answer, Reader, Side};
use super::play::Witness;
use super::reach::Reach;

/// What rules wait for, in the numbers of the old version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Awaited {
    Happening(u32, u32),
    Event(u32),
    /// A clock, a condition, the stage itself.
    Itself,
}

/// What a case meets in both versions, in the numbers of the old one; what is opened in its own numbers.
#[derive(Debug, Default)]
struct Met {
    triggers: BTreeSet<u32>,
    stages: BTreeSet<u32>,
    awaited: BTreeSet<Awaited>,
    openings: [BTreeSet<u16>; 2],
    departs: bool,
}

/// What is met and says something else, in the old version and in the new one: in plain words of no language, sorted.
pub(super) fn met(
    reader: Reader<'_>,
    reach: &Reach,
    played: &Witness,
    apart: [&[Answer]; 2],
) -> [Vec<String>; 2] {
    let mut met = Met::default();
    for (moments, side) in played.moments.iter().zip([Side::Old, Side::New]) {
        for entry in moments.iter().filter(|one| one.at <= played.at).flat_map(|one| &one.entries) {
            met.entry(reader, side, entry);
        }
    }
    let said = |side, only: &[Answer]| {
        let saying = Saying { reader, reach, side, met: &met };
        let mut all = saying.all();
        saying.behind(only, &mut all);
        all
    };
    let [only_old, only_new] = apart;
    let (old, new) = (said(Side::Old, only_old), said(Side::New, only_new));
    let only = |own: &BTreeSet<String>, other: &BTreeSet<String>| own.difference(other).cloned().collect();
    [only(&old, &new), only(&new, &old)]
}

impl Met {
    fn entry(&mut self, reader: Reader<'_>, side: Side, entry: &Entry) {
        let protocol = reader.protocol(side);
        match entry {
            Entry::Reported { trigger, .. } => {
                self.triggers.insert(of_trigger(reader, side, *trigger));
            }
            Entry::StageEntered { stage, .. }
            | Entry::Resumed { stage, .. }
            | Entry::LimitReached { stage } => {
                self.stages.insert(of_stage(reader, side, *stage));
                self.awaited.insert(Awaited::Itself);
            }
            Entry::RuleFired { rule } | Entry::Withheld { rule, .. } => {
                self.awaited.insert(awaited(reader, side, protocol.rules.row(*rule)));
            }
            Entry::Moved { opening, on, .. } => {
                let of = protocol.openings.row(*opening).obligation;
                let cause = Cause::Obligation(of, *on);
                self.awaited.insert(awaited_by(reader, side, &cause));
            }
            Entry::Occurred { event, .. } => {
                self.awaited.insert(awaited_by(reader, side, &Cause::Event(*event)));
            }
            Entry::Opened { opening, .. } | Entry::NotOpened { opening } => {
                let [old, new] = &mut self.openings;
                if side == Side::Old { old } else { new }.insert(opening.0);
            }
            Entry::Deviated { .. } => self.departs = true,
            _ => {}
        }
    }
}

fn of_trigger(reader: Reader<'_>, side: Side, id: TriggerId) -> u32 {
    if side == Side::Old { u32::from(id.0) } else { reader.names.triggers.one(id.0) }
}

fn of_stage(reader: Reader<'_>, side: Side, id: StageId) -> u32 {
    if side == Side::Old { u32::from(id.0) } else { reader.names.stages.one(id.0) }
}

fn awaited(reader: Reader<'_>, side: Side, rule: &Rule) -> Awaited {
    awaited_by(reader, side, &rule.cause)
}

fn awaited_by(reader: Reader<'_>, side: Side, cause: &Cause) -> Awaited {
    match cause {
        Cause::Obligation(of, on) => {
            Awaited::Happening(reader.obligation(side, *of), reader.happening(side, *of, *on))
        }
        Cause::Event(event) if side == Side::Old => Awaited::Event(u32::from(event.0)),
        Cause::Event(event) => Awaited::Event(reader.names.events.one(event.0)),
        _ => Awaited::Itself,
    }
}

/// What one version says of what is met.
struct Saying<'a> {
    reader: Reader<'a>,
    reach: &'a Reach,
    side: Side,
    met: &'a Met,
}

impl Saying<'_> {
    fn protocol(&self) -> &Protocol {
        self.reader.protocol(self.side)
    }

    fn all(&self) -> BTreeSet<String> {
        let (protocol, plain) = (self.protocol(), Plain::of(self.protocol()));
        let mut all = BTreeSet::new();
        for (id, row) in protocol.triggers.iter().filter(|(id, _)| self.is_trigger_met(*id)) {
            all.insert(plain.trigger(id));
            row.branches.iter().for_each(|branch| self.fields(&branch.guard, &mut all));
        }
        for (id, row) in protocol.rules.iter().filter(|(id, row)| self.is_rule_met(*id, row)) {
            all.insert(plain.rule(id));
            self.fields(&row.guard, &mut all);
        }
        let [old, new] = &self.met.openings;
        for opening in if self.side == Side::Old { old } else { new } {
            self.opening(OpeningId(*opening), &mut all);
        }
        self.stages(&mut all);
        if self.met.departs {
            all.extend(plain.departures());
        }
        if !self.reader.names.same_calendar {
            all.insert(self.reader.names.days.plain(self.side));
        }
        all
    }

    fn is_trigger_met(&self, id: TriggerId) -> bool {
        self.met.triggers.contains(&of_trigger(self.reader, self.side, id))
    }

    fn is_stage_met(&self, id: StageId) -> bool {
        self.met.stages.contains(&of_stage(self.reader, self.side, id))
    }

    fn is_rule_met(&self, id: RuleId, row: &Rule) -> bool {
        let is_there = match row.scope {
            Scope::Always => true,
            Scope::Stage(stage) => self.is_stage_met(stage),
        };
        is_there
            && !self.reach.is_rule_alike(self.side, id)
            && self.met.awaited.contains(&awaited(self.reader, self.side, row))
    }

    /// The fields of a condition that are not the same in the other version.
    fn fields(&self, guard: &Expr, all: &mut BTreeSet<String>) {
        let mut add = |field: FieldId| {
            if !self.reach.is_field_alike(self.side, field) {
                all.insert(Plain::of(self.protocol()).field(field));
            }
        };
        guard.walk(&mut |part| match part {
            Expr::Known(field) | Expr::Range { field, .. } | Expr::In { field, .. } => add(*field),
            _ => {}
        });
    }

    fn opening(&self, id: OpeningId, all: &mut BTreeSet<String>) {
        let (plain, of) = (Plain::of(self.protocol()), self.protocol().openings.row(id).obligation);
        if !self.reach.is_opened_alike(self.side, id) {
            all.insert(plain.opening(id));
        }
        if self.reach.has_changed(self.side, of) {
            all.insert(plain.obligation(of));
        }
    }

    fn stages(&self, all: &mut BTreeSet<String>) {
        let (protocol, plain) = (self.protocol(), Plain::of(self.protocol()));
        for (id, row) in protocol.stages.iter().filter(|(id, _)| self.is_stage_met(*id)) {
            all.insert(plain.stage_alone(id));
            if row.aftercare {
                all.insert(plain.aftercare());
            }
        }
    }

    /// What comes of what only this version opens.
    fn behind(&self, only: &[Answer], all: &mut BTreeSet<String>) {
        let is_meant =
            |id: ObligationId| only.contains(&Answer::Opened(self.reader.obligation(self.side, id)));
        let opened = self.protocol().obligations.iter().map(|(id, _)| id).filter(|id| is_meant(*id));
        let mut behind = Behind { left: opened.collect(), ..Behind::default() };
        while let Some(of) = behind.left.pop() {
            if !behind.obligations.insert(of.0) {
                continue;
            }
            if let Spec::Escalation(escalation) = &self.protocol().obligations.row(of).spec {
                escalation.steps.iter().for_each(|step| self.effects(&step.effects, &mut behind, all));
            }
            self.rules(|rule| matches!(rule.cause, Cause::Obligation(own, _) if own == of), &mut behind, all);
        }
    }

    /// What rules say that the other version does not have, and where they lead.
    fn rules(&self, is_meant: impl Fn(&Rule) -> bool, behind: &mut Behind, all: &mut BTreeSet<String>) {
        let other = |id: RuleId| !self.reach.is_rule_alike(self.side, id);
        for (id, row) in self.protocol().rules.iter().filter(|(id, row)| other(*id) && is_meant(row)) {
            all.insert(Plain::of(self.protocol()).rule(id));
            self.fields(&row.guard, all);
            self.effects(&row.effects, behind, all);
            if let Some(Target::Stage(stage)) = row.target {
                self.stage(stage, behind, all);
            }
        }
    }

    fn effects(&self, effects: &[Effect], behind: &mut Behind, all: &mut BTreeSet<String>) {
        for effect in effects {
            if let Effect::Open(opening) = effect {
                self.comes(*opening, behind, all);
            }
        }
    }

    fn comes(&self, opening: OpeningId, behind: &mut Behind, all: &mut BTreeSet<String>) {
        self.opening(opening, all);
        behind.left.push(self.protocol().openings.row(opening).obligation);
    }

    /// A stage that the other version does not have like that.
    fn stage(&self, id: StageId, behind: &mut Behind, all: &mut BTreeSet<String>) {
        if self.reach.is_stage_alike(self.side, id) || !behind.stages.insert(id.0) {
            return;
        }
        all.insert(Plain::of(self.protocol()).stage_alone(id));
        let row = self.protocol().stages.row(id);
        row.opens.iter().for_each(|opening| self.comes(*opening, behind, all));
        let own =
            |rule: &Rule| rule.scope == Scope::Stage(id) && !matches!(rule.cause, Cause::Obligation(..));
        self.rules(own, behind, all);
    }
}

/// What comes of what only one version opens.
#[derive(Default)]
struct Behind {
    left: Vec<ObligationId>,
    obligations: BTreeSet<u16>,
    stages: BTreeSet<u16>,
}
