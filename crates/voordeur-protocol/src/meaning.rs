//! What a version of a pathway means, part by part: what two texts under one label are held against.
//!
//! Layout, comments, the spelling (English or Dutch), the order of declarations, where a part stands in which file, and wording
//! (titles, what a notice says, reasons) do not count. Nor does what is said about a version and not about its cases: from which
//! source it comes, its last day for new reports, and what becomes of cases that come over to it.

use std::collections::BTreeMap;
use std::fmt::Debug;

use crate::checked::CheckedProtocol;
use crate::guard::Expr;
use crate::model::{DayFact, Derived, Effect, Opening, Protocol, Rule, Scope, Spec};
use crate::table::{
    EndId, EventId, FieldId, Id as _, ObligationId, OpeningId, PartyId, RuleId, StageId, TriggerId,
};

/// What a version means: each part by its name, with what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning(BTreeMap<String, Vec<String>>);

impl Meaning {
    /// The names of the parts that are not the same in both, each once.
    ///
    /// ```
    /// use voordeur_protocol::compile;
    /// let text = "pathway a { version \"1\" lead h agency h role w of h trigger t from anyone { -> s }
    ///   stage s { must task x by w within 2 days on x done -> e on x overdue notify h }
    ///   end e success no aftercare because \"a test\" }";
    /// let meaning = |text: &str| compile(text).protocols[0].meaning();
    /// let other = text.replace("2 days", "4 days");
    /// assert_eq!(meaning(text).differences(&meaning(&other)), ["s"]);
    /// assert_eq!(meaning(text), meaning(&text.replace("a test", "this is a test")));
    /// ```
    #[must_use]
    pub fn differences<'a>(&'a self, other: &'a Self) -> Vec<&'a str> {
        let names = self.0.keys().chain(other.0.keys().filter(|name| !self.0.contains_key(*name)));
        names.filter(|name| self.0.get(*name) != other.0.get(*name)).map(String::as_str).collect()
    }

    /// What a part says, for programs: the same in every layout, spelling and language; nothing where there is no such part.
    #[must_use]
    pub fn says(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }
}

impl CheckedProtocol {
    /// What it means, with all of its editions: of a later one what is something else from its day on.
    #[must_use]
    pub fn meaning(&self) -> Meaning {
        let mut parts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut before: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for edition in self.editions() {
            let mut own: BTreeMap<String, Vec<String>> = BTreeMap::new();
            Plain::of(edition)
                .all()
                .into_iter()
                .for_each(|(name, says)| own.entry(name).or_default().push(says));
            let from = edition.edition().map_or_else(String::new, |from| format!("{from}: "));
            for (name, all) in own.iter().filter(|(name, all)| before.get(*name) != Some(*all)) {
                parts.entry(name.clone()).or_default().extend(all.iter().map(|says| format!("{from}{says}")));
            }
            before = own;
        }
        Meaning(parts)
    }
}

/// Writes down what rows of a pathway say, with names in the place of numbers and without wording: the same in every layout,
/// spelling and language.
#[derive(Debug, Clone, Copy)]
pub struct Plain<'a> {
    of: &'a Protocol,
}

impl<'a> Plain<'a> {
    /// Of the rows of a pathway.
    #[must_use]
    pub const fn of(protocol: &'a Protocol) -> Self {
        Self { of: protocol }
    }

    /// What a trigger asks, and where its branches lead.
    #[must_use]
    pub fn trigger(&self, id: TriggerId) -> String {
        let mut row =
            crate::model::Trigger { title: String::new(), line: 0, ..self.of.triggers.row(id).clone() };
        row.branches.iter_mut().for_each(|branch| (branch.line, branch.text) = (0, String::new()));
        self.said(&row)
    }

    /// What a field takes.
    #[must_use]
    pub fn field(&self, id: FieldId) -> String {
        let row = crate::model::Field { title: String::new(), line: 0, ..self.of.fields.row(id).clone() };
        let said = self.said(&row);
        match row.derived {
            Some(Derived::Day(DayFact::OfficeTime)) => {
                format!("{said} {:?}", self.of.calendar.office_hours())
            }
            _ => said,
        }
    }

    /// What a condition says.
    #[must_use]
    pub fn condition(&self, condition: &Expr) -> String {
        self.said(condition)
    }

    /// What belongs to a stage beside its rules: how often it is entered, what is opened in it.
    #[must_use]
    pub fn stage_alone(&self, id: StageId) -> String {
        let row = self.of.stages.row(id);
        let opens: Vec<String> = row.opens.iter().map(|id| self.opening(*id)).collect();
        let limit = row.limit.map(|limit| crate::model::Limit { line: 0, ..limit });
        format!("{:?}", (row.aftercare, self.said(&limit), &row.offers, opens))
    }

    /// What the contacts of the aftercare are, and after which ends.
    #[must_use]
    pub fn aftercare(&self) -> String {
        self.said(&self.of.measures)
    }

    /// Who may depart from it, and how.
    #[must_use]
    pub fn departures(&self) -> Vec<String> {
        let all = self.of.deviations.iter().map(|row| crate::model::AllowedDeviation { line: 0, ..*row });
        all.map(|row| self.said(&row)).collect()
    }

    fn all(&self) -> Vec<(String, String)> {
        let p = self.of;
        let mut all = self.whole();
        // The client and anyone are of the language too.
        all.extend(p.parties.rows().skip(2).map(|row| {
            let row = crate::model::Party { title: String::new(), ..row.clone() };
            (row.name.clone(), self.said(&row))
        }));
        all.extend(p.fields.iter().map(|(id, row)| (row.name.clone(), self.field(id))));
        all.extend(p.triggers.iter().map(|(id, row)| (row.name.clone(), self.trigger(id))));
        // Those of the language have names in either spelling, and no line.
        all.extend(p.events.rows().filter(|row| row.line > 0).map(|row| {
            let row = crate::model::CaseEvent { title: String::new(), line: 0, ..row.clone() };
            (row.name.clone(), self.said(&row))
        }));
        all.extend(p.obligations.iter().map(|(id, row)| (row.name.clone(), self.obligation(id))));
        all.extend(p.stages.iter().map(|(id, row)| (row.name.clone(), self.stage(id))));
        all.extend(p.ends.rows().map(|row| {
            let row = crate::model::End { title: String::new(), line: 0, ..row.clone() };
            (row.name.clone(), self.said(&row))
        }));
        all
    }

    /// What is said of the pathway itself.
    fn whole(&self) -> Vec<(String, String)> {
        let p = self.of;
        let named = |name: &str, says: String| (name.to_owned(), says);
        let mut all = vec![
            named("pathway", p.name.clone()),
            named("version", format!("{:?}", p.version_from)),
            named("lead", self.said(&p.lead)),
            named("calendar", format!("{} {:?}", p.calendar.name(), p.calendar.office_hours())),
            named("keep", format!("{:?}", p.keep)),
            named("aftercare", self.aftercare()),
            named("always", self.rules(Scope::Always)),
        ];
        // The ground of the law is no wording.
        all.extend(p.bases.iter().map(|basis| named("basis", format!("{basis:?}"))));
        all.push(named("pathway", self.said(&p.project)));
        all.extend(self.departures().into_iter().map(|says| named("deviation", says)));
        all
    }

    /// What an obligation says by itself.
    #[must_use]
    pub fn obligation(&self, id: ObligationId) -> String {
        let row = self.of.obligations.row(id);
        let mut row = crate::model::Obligation { title: String::new(), line: 0, ..row.clone() };
        if let Spec::Escalation(escalation) = &mut row.spec {
            escalation.steps.iter_mut().for_each(|step| {
                step.line = 0;
                without_wording(&mut step.effects);
            });
        }
        // What a plugin is given is no wording either.
        if matches!(row.spec, Spec::Action(_)) { self.named(&format!("{row:?}")) } else { self.said(&row) }
    }

    fn stage(&self, id: StageId) -> String {
        let row = self.of.stages.row(id);
        let conditions: Vec<String> = row.conditions.iter().map(|id| self.rule(*id)).collect();
        format!("{} {conditions:?} {}", self.stage_alone(id), self.rules(Scope::Stage(id)))
    }

    /// The rules of a place. One event matches one rule at most, so their order does not count; that of conditions does.
    fn rules(&self, scope: Scope) -> String {
        let own = self.of.rules.iter().filter(|(_, row)| row.scope == scope);
        let mut all: Vec<String> = own.map(|(id, _)| self.rule(id)).collect();
        all.sort();
        let always: &[RuleId] = if scope == Scope::Always { &self.of.always_conditions } else { &[] };
        let conditions: Vec<String> = always.iter().map(|id| self.rule(*id)).collect();
        format!("{conditions:?} {all:?}")
    }

    /// What a rule says.
    #[must_use]
    pub fn rule(&self, id: RuleId) -> String {
        let mut row = Rule { line: 0, text: String::new(), ..self.of.rules.row(id).clone() };
        // `otherwise` has been replaced by what it means.
        row.otherwise = false;
        without_wording(&mut row.effects);
        self.said(&row)
    }

    /// How something is opened: its term, who is reminded, when its clock stands still.
    #[must_use]
    pub fn opening(&self, id: OpeningId) -> String {
        let mut row = Opening { line: 0, ..self.of.openings.row(id).clone() };
        row.reminders.iter_mut().for_each(|reminder| reminder.line = 0);
        if let Some((_, because)) = &mut row.paused {
            *because = None;
        }
        self.said(&row)
    }

    /// What a row says, with names for numbers and without wording.
    fn said(&self, row: &impl Debug) -> String {
        self.named(&without_sentences(&format!("{row:?}")))
    }

    /// With names for numbers: those change when a declaration moves.
    fn named(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("Id(") {
            let start = before.rfind(|c: char| !c.is_ascii_alphabetic()).map_or(0, |at| at.saturating_add(1));
            let (lead, kind) = before.split_at(start);
            let name = after
                .split_once(')')
                .and_then(|(digits, then)| Some((self.name(kind, digits.parse().ok()?)?, then)));
            let Some((name, then)) = name else {
                out.push_str(before);
                out.push_str("Id(");
                rest = after;
                continue;
            };
            out.push_str(lead);
            out.push_str(&name);
            rest = then;
        }
        out.push_str(rest);
        out
    }

    fn name(&self, kind: &str, index: usize) -> Option<String> {
        let p = self.of;
        Some(match kind {
            "Party" => match index {
                0 | 1 => format!("#{index}"),
                _ => p.parties.get(PartyId::from_index(index))?.name.clone(),
            },
            "Field" => p.fields.get(FieldId::from_index(index))?.name.clone(),
            "Trigger" => p.triggers.get(TriggerId::from_index(index))?.name.clone(),
            "Event" => {
                let row = p.events.get(EventId::from_index(index))?;
                if row.line == 0 { format!("#{index}") } else { row.name.clone() }
            }
            "Obligation" => p.obligations.get(ObligationId::from_index(index))?.name.clone(),
            "Stage" => p.stages.get(StageId::from_index(index))?.name.clone(),
            "End" => p.ends.get(EndId::from_index(index))?.name.clone(),
            "Opening" => {
                let id = OpeningId::from_index(index);
                p.openings.get(id)?;
                self.opening(id)
            }
            _ => return None,
        })
    }
}

fn without_wording(effects: &mut [Effect]) {
    for effect in effects {
        if let Effect::Notify { text, .. } = effect {
            *text = None;
        }
    }
}

/// Without the texts of several words: names have none.
fn without_sentences(text: &str) -> String {
    let (mut out, mut quoted, mut inside, mut escaped) = (String::new(), String::new(), false, false);
    for c in text.chars() {
        match (inside, c) {
            (true, '"') if !escaped => {
                let kept = if quoted.contains(' ') { "…" } else { quoted.as_str() };
                out.push_str(kept);
                out.push('"');
                quoted.clear();
                inside = false;
            }
            (true, _) => {
                escaped = c == '\\' && !escaped;
                quoted.push(c);
            }
            (false, '"') => {
                out.push('"');
                (inside, escaped) = (true, false);
            }
            (false, _) => out.push(c),
        }
    }
    out + &quoted
}
