//! What decides whether a report is taken: who may make it, what it must and may answer, for which days a version is.

use std::collections::BTreeSet;

use jiff::civil::Date;
use voordeur_messages::say;
use voordeur_protocol::model::{PartyKind, Selection};
use voordeur_protocol::{FieldId, FieldType, PartyId, Protocol};

use super::{Found, yes};
use crate::level::Level;

/// Who may report something: each as an agency and a role of it, or as the agency with all its roles; no one at all is
/// everybody.
enum Who {
    Everybody,
    These(BTreeSet<Named>),
}

/// An agency, and the role of it that is named.
type Named = (String, Option<String>);

/// Whether each of some may still report: itself, or because its whole agency may.
fn covers(by: &BTreeSet<Named>, all: &BTreeSet<Named>) -> bool {
    all.iter().all(|one| by.contains(one) || by.contains(&(one.0.clone(), None)))
}

impl Found<'_> {
    pub(super) fn reports(&mut self) {
        self.days();
        let (old, new) = (self.old, self.new);
        for row in old.triggers.rows() {
            let name = self.today(&row.name);
            let Some(now) = new.triggers.rows().find(|own| own.name == name) else { continue };
            let of = ("trigger", name, [row.line, now.line]);
            self.from(of, &row.from, &now.from);
            self.asks(of, &row.asks, &now.asks);
            let both = [row.selection, now.selection].map(|one| one.map(of_selection).unwrap_or_default());
            self.other(of, "selected", both, Level::Shifts);
            let both = [row.informed.join(", "), now.informed.join(", ")];
            self.other(of, "informed", both, Level::Shifts);
        }
        for row in old.events.rows().filter(|row| row.line > 0) {
            let name = self.today(&row.name);
            let Some(now) = new.events.rows().find(|own| own.line > 0 && own.name == name) else { continue };
            let of = ("event", name, [row.line, now.line]);
            self.from(of, &row.from, &now.from);
            self.asks(of, &row.asks, &now.asks);
        }
        self.answers();
        for row in old.ends.rows() {
            let name = self.today(&row.name);
            let Some(now) = new.ends.rows().find(|own| own.name == name) else { continue };
            let both = [row.kind.word().to_owned(), now.kind.word().to_owned()];
            self.other(("end", name, [row.line, now.line]), "kind", both, Level::Shifts);
        }
    }

    fn from(&mut self, of: super::Of<'_>, old: &[PartyId], new: &[PartyId]) {
        let level = match (self.who(self.old, old), self.who(self.new, new)) {
            (Who::Everybody, Who::Everybody) => return,
            (Who::Everybody, Who::These(_)) => Level::Breaks,
            (Who::These(_), Who::Everybody) => Level::Strengthens,
            (Who::These(then), Who::These(now)) => match (covers(&now, &then), covers(&then, &now)) {
                (true, true) => return,
                (true, false) => Level::Strengthens,
                (false, _) => Level::Breaks,
            },
        };
        let words = |protocol: &Protocol, all: &[PartyId]| {
            let each = all.iter().map(|who| {
                let name = self.party(protocol, *who);
                match protocol.parties.row(*who).kind {
                    PartyKind::Role { of } => {
                        say!("{role} of {agency}", role = name, agency = self.party(protocol, of))
                    }
                    _ => name,
                }
            });
            each.collect::<Vec<_>>().join(", ")
        };
        let both = [words(self.old, old), words(self.new, new)];
        self.add(of, "from", both, level);
    }

    fn who(&self, protocol: &Protocol, all: &[PartyId]) -> Who {
        let is_anyone = |who: &PartyId| protocol.parties.row(*who).kind == PartyKind::Anyone;
        if all.is_empty() || all.iter().any(is_anyone) {
            return Who::Everybody;
        }
        let named = |who: &PartyId| match protocol.parties.row(*who).kind {
            PartyKind::Role { of } => (self.party(protocol, of), Some(self.party(protocol, *who))),
            _ => (self.party(protocol, *who), None),
        };
        Who::These(all.iter().map(named).collect())
    }

    /// A report that leaves a question open, or that answers one that is not asked, is refused.
    pub(super) fn asks(&mut self, of: super::Of<'_>, old: &[FieldId], new: &[FieldId]) {
        let (before, after) = (self.old, self.new);
        let name = |protocol: &'_ Protocol, field: &FieldId| {
            self.today(&protocol.fields.row(*field).name).to_owned()
        };
        let then: Vec<String> = old.iter().map(|field| name(before, field)).collect();
        let now: Vec<(String, bool)> =
            new.iter().map(|field| (name(after, field), after.fields.row(*field).optional)).collect();
        let lost = then.iter().any(|one| now.iter().all(|(own, _)| own != one) && !self.is_told_as_gone(one));
        let come: Vec<&(String, bool)> = now.iter().filter(|(own, _)| !then.contains(own)).collect();
        if !lost && come.is_empty() {
            return;
        }
        let level =
            if lost || come.iter().any(|(_, optional)| !optional) { Level::Breaks } else { Level::Shifts };
        let both = [then.join(", "), now.iter().map(|(own, _)| own.clone()).collect::<Vec<_>>().join(", ")];
        self.add(of, "asks", both, level);
    }

    /// Which answers a field takes, and whether it may stay open.
    fn answers(&mut self) {
        let (old, new) = (self.old, self.new);
        for row in old.fields.rows().filter(|row| row.derived.is_none()) {
            let name = self.today(&row.name);
            let now = new.fields.rows().find(|own| own.derived.is_none() && own.name == name);
            let Some(now) = now else { continue };
            let of = ("field", name, [row.line, now.line]);
            if row.ty != now.ty {
                let level = if takes_all(&row.ty, &now.ty) { Level::Shifts } else { Level::Breaks };
                self.other(of, "answers", [written(&row.ty), written(&now.ty)], level);
            }
            if row.optional != now.optional {
                let level = if now.optional { Level::Shifts } else { Level::Breaks };
                self.add(of, "needed", [yes(!row.optional), yes(!now.optional)], level);
            }
        }
    }

    /// A report of a day for which the version is no more is refused. A version with another label begins on a day of its own,
    /// and the one before it goes on until then.
    fn days(&mut self) {
        let (old, new) = (self.old, self.new);
        let (of, day) = (("version", "", [0, 0]), |day: Option<Date>| day.map(|day| day.to_string()));
        let words = |both: [Option<Date>; 2]| both.map(|one| day(one).unwrap_or_default());
        if old.version == new.version {
            let first = |day: Option<Date>| day.unwrap_or(Date::MIN);
            let later = first(new.version_from) > first(old.version_from);
            let level = if later { Level::Weakens } else { Level::Strengthens };
            self.other(of, "first-day", words([old.version_from, new.version_from]), level);
        }
        let last = |day: Option<Date>| day.unwrap_or(Date::MAX);
        let sooner = last(new.version_until) < last(old.version_until);
        let level = if sooner { Level::Weakens } else { Level::Strengthens };
        self.other(of, "last-day", words([old.version_until, new.version_until]), level);
    }
}

/// Whether each answer of the one type is one of the other.
fn takes_all(one: &FieldType, other: &FieldType) -> bool {
    match (one, other) {
        (FieldType::Count { low, high }, FieldType::Count { low: least, high: most }) => {
            least <= low && high <= most
        }
        (FieldType::OneOf(words), FieldType::OneOf(all)) => words.iter().all(|word| all.contains(word)),
        _ => one == other,
    }
}

/// How households are selected, in words.
fn of_selection(how: Selection) -> String {
    match how {
        Selection::List => say!("from a register"),
        Selection::Area => say!("a whole area"),
        Selection::RiskAnalysis => say!("by risk analysis"),
    }
}

/// A type as the language writes it in English.
fn written(ty: &FieldType) -> String {
    match ty {
        FieldType::YesNo => "yes_no".to_owned(),
        FieldType::Count { low, high } => format!("count {low}..{high}"),
        FieldType::Money => "money".to_owned(),
        FieldType::Date => "date".to_owned(),
        FieldType::Birthdate => "birthdate".to_owned(),
        FieldType::OneOf(words) => {
            let mut words = words.clone();
            words.sort();
            format!("one of {}", words.join(", "))
        }
        FieldType::Text => "text".to_owned(),
    }
}
