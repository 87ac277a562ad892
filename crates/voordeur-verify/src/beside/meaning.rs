//! What the rows of both versions say: two that say the same do the same, whatever their numbers, lines and texts for people.
//!
//! A row is written down as Rust shows it, so that nothing of it can be forgotten, with what it names in numbers that both
//! versions have in common, and with the version where it counts days that are not the same in both. A field is written with its type, a rule with what it opens: who says the same then means the same.

use std::collections::BTreeSet;
use std::fmt::{Debug, Write as _};

use rustc_hash::FxHashMap;
use voordeur_protocol::model::{DayFact, Derived, Step, Visit};
use voordeur_protocol::{
    Cause, Effect, EndId, EventId, FieldId, Id, ObligationId, Opening, OpeningId, Protocol, Rule, RuleId,
    Scope, Spec, StageId, Table, TriggerId,
};

use super::answer::{Reader, Side};

/// The meaning of a row as a number: the same for rows that say the same.
pub(super) type Meaning = u32;

/// Gives out the numbers of meanings.
#[derive(Debug, Default)]
pub(super) struct Meanings {
    known: FxHashMap<String, Meaning>,
}

impl Meanings {
    /// Everything that is said.
    pub(super) fn into_said(self) -> BTreeSet<String> {
        self.known.into_keys().collect()
    }

    fn number(&mut self, said: String) -> Meaning {
        let next = Meaning::try_from(self.known.len()).unwrap_or(Meaning::MAX);
        *self.known.entry(said).or_insert(next)
    }
}

/// What each row of one version says.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) fields: Vec<Meaning>,
    /// Events with what `always` says of them.
    pub(super) events: Vec<Meaning>,
    /// Whether an event does something anywhere.
    pub(super) heard: Vec<bool>,
    /// Obligations with what `always` says of them.
    pub(super) obligations: Vec<Meaning>,
    pub(super) openings: Vec<Meaning>,
    pub(super) rules: Vec<Meaning>,
    /// Stages with their rules and all that they open.
    pub(super) stages: Vec<Meaning>,
    pub(super) ends: Vec<Meaning>,
    /// What becomes of the reports through each trigger: what is asked, and where they lead.
    pub(super) triggers: BTreeSet<Meaning>,
    /// What holds wherever a case is: conditions and delays of `always`, departures, who leads.
    pub(super) whole: Meaning,
}

impl Said {
    pub(super) fn of(reader: Reader<'_>, side: Side, all: &mut Meanings) -> Self {
        let protocol = reader.protocol(side);
        let speaker = Speaker { reader, side, protocol };
        let answered = |event| protocol.rules.rows().any(|rule| rule.cause == Cause::Event(event));
        Self {
            fields: each(&protocol.fields, all, |id| speaker.field(id)),
            events: each(&protocol.events, all, |id| speaker.event(id)),
            heard: protocol.events.iter().map(|(id, row)| row.is_counted || answered(id)).collect(),
            obligations: each(&protocol.obligations, all, |id| speaker.obligation(id)),
            openings: each(&protocol.openings, all, |id| speaker.opening(id)),
            rules: each(&protocol.rules, all, |id| speaker.rule(id)),
            stages: each(&protocol.stages, all, |id| speaker.stage(id)),
            ends: each(&protocol.ends, all, |id| speaker.end(id)),
            triggers: each(&protocol.triggers, all, |id| speaker.trigger(id)).into_iter().collect(),
            whole: all.number(speaker.whole()),
        }
    }
}

fn each<I: Id, T>(table: &Table<I, T>, all: &mut Meanings, said: impl Fn(I) -> String) -> Vec<Meaning> {
    table.iter().map(|(id, _)| all.number(said(id))).collect()
}

/// Writes down what rows of one version say.
struct Speaker<'a> {
    reader: Reader<'a>,
    side: Side,
    protocol: &'a Protocol,
}

impl Speaker<'_> {
    fn field(&self, id: FieldId) -> String {
        let row = self.protocol.fields.row(id);
        let names = self.reader.names;
        let own = match self.side {
            Side::Old => u32::from(id.0),
            Side::New => names.fields.one(id.0),
        };
        let is_office = row.derived == Some(Derived::Day(DayFact::OfficeTime));
        let office = is_office.then(|| self.protocol.calendar.office_hours());
        self.said(&("field", own, &row.ty, row.optional, &row.derived, office))
    }

    fn event(&self, id: EventId) -> String {
        let row = self.protocol.events.row(id);
        let own = self.said(&("event", id, &row.asks, row.is_counted));
        own + &self.always(|cause| *cause == Cause::Event(id))
    }

    fn obligation(&self, id: ObligationId) -> String {
        let mut row = self.protocol.obligations.row(id).clone();
        (row.name, row.title, row.line) = Default::default();
        let quiet = |visit: &mut Visit| visit.unannounced = visit.unannounced.take().map(|_| String::new());
        match &mut row.spec {
            Spec::Visit(visit) => quiet(visit),
            Spec::Series(series) => quiet(&mut series.visit),
            Spec::Escalation(escalation) => escalation.steps.iter_mut().for_each(without_texts),
            _ => {}
        }
        let own = self.said(&("obligation", id, row));
        own + &self.always(|cause| matches!(cause, Cause::Obligation(of, _) if *of == id))
    }

    /// The rules of `always` with such a cause, in order.
    fn always(&self, is_meant: impl Fn(&Cause) -> bool) -> String {
        let all = self.protocol.rules.iter();
        let all = all.filter(|(_, rule)| rule.scope == Scope::Always && is_meant(&rule.cause));
        all.map(|(id, _)| self.rule(id)).collect()
    }

    fn opening(&self, id: OpeningId) -> String {
        let mut row: Opening = self.protocol.openings.row(id).clone();
        row.line = 0;
        row.reminders.iter_mut().for_each(|one| one.line = 0);
        row.paused = row.paused.map(|(condition, _)| (condition, None));
        self.said(&row)
    }

    fn rule(&self, id: RuleId) -> String {
        let mut row = self.protocol.rules.row(id).clone();
        (row.line, row.text) = Default::default();
        row.effects.iter_mut().for_each(without_text);
        self.said(&row)
    }

    fn stage(&self, id: StageId) -> String {
        let row = self.protocol.stages.row(id);
        let limit = row.limit.map(|limit| (limit.times, limit.otherwise));
        // Rules with one cause go by their order; what others have as a cause makes no difference to them.
        let mut dispatch: Vec<(String, String)> = row
            .dispatch
            .iter()
            .map(|(_, rule)| (self.said(&self.protocol.rules.row(*rule).cause), self.rule(*rule)))
            .collect();
        dispatch.sort_by(|(one, _), (other, _)| one.cmp(other));
        let departures = self.departures(|scope| scope == Scope::Stage(id));
        let rules = (&row.entry, &row.conditions, &row.timed, &row.contacts_over);
        self.said(&("stage", id, row.aftercare, limit, row.interrupts, &row.opens, rules, dispatch))
            + &departures
    }

    fn departures(&self, is_meant: impl Fn(Scope) -> bool) -> String {
        let all = self.protocol.deviations.iter().filter(|row| is_meant(row.scope));
        all.map(|row| self.said(&(row.scope, row.who, row.what, row.opening))).collect()
    }

    fn end(&self, id: EndId) -> String {
        let measures = self.protocol.measures.iter();
        let own = measures.filter(|(_, ends)| ends.is_empty() || ends.contains(&id));
        let own: Vec<OpeningId> = own.map(|(opening, _)| *opening).collect();
        self.said(&("end", id, self.protocol.ends.row(id).kind, own))
    }

    fn trigger(&self, id: TriggerId) -> String {
        let row = self.protocol.triggers.row(id);
        let branches: Vec<_> = row.branches.iter().map(|branch| (&branch.guard, branch.target)).collect();
        self.said(&("trigger", id, &row.from, &row.asks, branches))
    }

    fn whole(&self) -> String {
        let everywhere = self.always(|cause| !matches!(cause, Cause::Obligation(..) | Cause::Event(_)));
        let departures = self.departures(|scope| scope == Scope::Always);
        self.said(&("whole", self.protocol.lead)) + &everywhere + &departures
    }

    /// As Rust shows it, with the numbers of both versions in the place of those of this one.
    fn said(&self, row: &impl Debug) -> String {
        let shown = format!("{row:?}");
        let mut said = String::with_capacity(shown.len());
        let mut rest = shown.as_str();
        while let Some((before, after)) = rest.split_once("Id(") {
            let word = before.rfind(|one: char| !one.is_ascii_alphanumeric()).map_or(0, |at| at + 1);
            let (kept, kind) = before.split_at(word);
            said.push_str(kept);
            match after.split_once(')').map(|(number, rest)| (number.parse::<u16>(), rest)) {
                Some((Ok(number), after)) => {
                    said.push_str(&self.named(kind, number));
                    rest = after;
                }
                _ => {
                    let _ = write!(said, "{kind}Id(");
                    rest = after;
                }
            }
        }
        said.push_str(rest);
        if !self.reader.names.days.leave_alone(&said) {
            let _ = write!(said, " by the days of {:?}", self.side);
        }
        said
    }

    fn named(&self, kind: &str, number: u16) -> String {
        let names = self.reader.names;
        let both = match kind {
            "Field" => return self.field(FieldId(number)),
            "Opening" => return self.opening(OpeningId(number)),
            "Rule" => return self.rule(RuleId(number)),
            "Party" => &names.parties,
            "Trigger" => &names.triggers,
            "Event" => &names.events,
            "Stage" => &names.stages,
            "End" => &names.ends,
            "Obligation" => &names.obligations,
            _ => return format!("{kind}?{number}"),
        };
        let own = match self.side {
            Side::Old => u32::from(number),
            Side::New => both.one(number),
        };
        let row = (kind == "Obligation").then(|| self.protocol.obligations.get(ObligationId(number)));
        // What the file names goes by its place.
        let words = row.flatten().map(|row| row.named.join("|")).unwrap_or_default();
        format!("{kind}#{own}:{words};")
    }
}

impl Reader<'_> {
    /// Whether a rule of the old version and one of the new one do the same under the same condition, whatever their causes.
    pub(super) fn do_the_same(self, old: &Rule, new: &Rule) -> bool {
        let said = |side, rule: &Rule| {
            let mut effects = rule.effects.clone();
            effects.iter_mut().for_each(without_text);
            let speaker = Speaker { reader: self, side, protocol: self.protocol(side) };
            speaker.said(&(&rule.guard, effects, rule.target))
        };
        said(Side::Old, old) == said(Side::New, new)
    }

    /// Whether a step of the old version and one of the new one bring the same, whenever they come.
    pub(super) fn bring_the_same(self, old: &Step, new: &Step) -> bool {
        let said = |side, step: &Step| {
            let mut step = step.clone();
            without_texts(&mut step);
            let speaker = Speaker { reader: self, side, protocol: self.protocol(side) };
            speaker.said(&step.effects)
        };
        said(Side::Old, old) == said(Side::New, new)
    }

    /// Whether a rule of the old version and one of the new one differ in nothing but whom they tell.
    pub(super) fn do_the_same_but_for_notices(self, old: &Rule, new: &Rule) -> bool {
        let said = |side, rule: &Rule| {
            let is_other = |effect: &&Effect| !matches!(effect, Effect::Notify { .. });
            let others: Vec<&Effect> = rule.effects.iter().filter(is_other).collect();
            // Who tells nobody any more does not tell somebody else.
            let notices = rule.effects.len() - others.len();
            let speaker = Speaker { reader: self, side, protocol: self.protocol(side) };
            speaker.said(&(&rule.cause, &rule.guard, others, notices, rule.target, rule.nth))
        };
        said(Side::Old, old) == said(Side::New, new)
    }
}

fn without_text(effect: &mut Effect) {
    if let Effect::Notify { text, .. } = effect {
        *text = None;
    }
}

fn without_texts(step: &mut Step) {
    step.line = 0;
    step.effects.iter_mut().for_each(without_text);
}
