//! What is agreed on around reports: of which agency a role is, what is shared and kept, until when the project is paid for.

use voordeur_messages::say;
use voordeur_protocol::model::{PartyKind, Purpose};
use voordeur_protocol::{PartyId, Protocol};

use super::{Found, yes};
use crate::level::Level;

impl Found<'_> {
    pub(super) fn agreed(&mut self) {
        self.parties();
        self.fields();
        self.stages();
        self.project();
    }

    fn parties(&mut self) {
        let (old, new) = (self.old, self.new);
        for row in old.parties.rows() {
            let name = self.today(&row.name);
            let now = new.parties.rows().find(|own| own.name == name);
            let Some(now) = now else { continue };
            let what = if matches!(row.kind, PartyKind::Role { .. }) { "role" } else { "agency" };
            let of = (what, name, [0, 0]);
            let agency = |found: &Self, protocol: &Protocol, kind| match kind {
                PartyKind::Role { of } => found.party(protocol, of),
                _ => String::new(),
            };
            let both = [agency(self, old, row.kind), agency(self, new, now.kind)];
            self.other(of, "agency", both, Level::Shifts);
            if row.volunteers != now.volunteers {
                self.add(of, "volunteers", [yes(row.volunteers), yes(now.volunteers)], Level::Shifts);
            }
            let both = [&row.trained, &now.trained].map(|one| one.clone().unwrap_or_default());
            self.other(of, "trained", both, Level::Shifts);
            let both = [row.helps, now.helps].map(|one| one.map(yes).unwrap_or_default());
            self.other(of, "helps", both, Level::Shifts);
            let both = [row.available, now.available].map(|one| {
                one.map(|one| {
                    let (amount, per, cases) = (one.amount, one.per.in_singular(), one.cases);
                    say!("{amount} per {per} for {cases} cases", amount, per, cases)
                })
                .unwrap_or_default()
            });
            self.other(of, "available", both, Level::Shifts);
            let contact = |found: &Self, protocol: &Protocol, who: Option<PartyId>| {
                who.map(|who| found.party(protocol, who)).unwrap_or_default()
            };
            let both = [contact(self, old, row.contact), contact(self, new, now.contact)];
            self.other(of, "contact-person", both, Level::Shifts);
            let both =
                [row.capacity, now.capacity].map(|one| one.map(|one| one.to_string()).unwrap_or_default());
            self.other(of, "capacity", both, Level::Shifts);
        }
    }

    fn fields(&mut self) {
        let (old, new) = (self.old, self.new);
        for row in old.fields.rows().filter(|row| row.derived.is_none()) {
            let name = self.today(&row.name);
            let now = new.fields.rows().find(|own| own.derived.is_none() && own.name == name);
            let Some(now) = now else { continue };
            let of = ("field", name, [row.line, now.line]);
            let both = [self.all(old, &row.shared_with), self.all(new, &now.shared_with)];
            self.other(of, "shared", both, Level::Shifts);
            if row.sensitive != now.sensitive {
                self.add(of, "sensitive", [yes(row.sensitive), yes(now.sensitive)], Level::Shifts);
            }
            let both = [row.purpose, now.purpose].map(|one| one.map(of_purpose).unwrap_or_default());
            self.other(of, "purpose", both, Level::Shifts);
        }
    }

    /// How much help a stage offers: less of it is less.
    fn stages(&mut self) {
        let (old, new) = (self.old, self.new);
        for row in old.stages.rows() {
            let name = self.today(&row.name);
            let Some(now) = new.stages.rows().find(|own| own.name == name) else { continue };
            let level = match (row.offers, now.offers) {
                (Some(then), Some(now)) if then.per == now.per && then.amount.unit == now.amount.unit => {
                    if now.amount.amount < then.amount.amount {
                        Level::Weakens
                    } else {
                        Level::Strengthens
                    }
                }
                (Some(_), None) => Level::Weakens,
                (None, Some(_)) => Level::Strengthens,
                _ => Level::Shifts,
            };
            let both = [row.offers, now.offers].map(|one| {
                one.map(|one| say!("{amount} per {per}", amount = one.amount, per = one.per.in_singular()))
                    .unwrap_or_default()
            });
            self.other(("stage", name, [row.line, now.line]), "offers", both, level);
        }
    }

    fn project(&mut self) {
        let (old, new) = (self.old, self.new);
        let both = [old.keep, new.keep].map(|one| one.map(|one| one.to_string()).unwrap_or_default());
        self.other(("keep", "", [0, 0]), "keep", both, Level::Shifts);
        let grounds = |protocol: &Protocol| {
            let mut all: Vec<String> = protocol.bases.iter().map(|one| one.ground.clone()).collect();
            all.sort();
            all.dedup();
            all.join(", ")
        };
        self.other(("basis", "", [0, 0]), "ground", [grounds(old), grounds(new)], Level::Shifts);
        if self.is_same {
            let both = [self.party(old, old.lead), self.party(new, new.lead)];
            self.other(("lead", "", [0, 0]), "lead", both, Level::Shifts);
        }
        let day = |one: Option<jiff::civil::Date>| one.map(|one| one.to_string()).unwrap_or_default();
        let (then, now) = (&old.project, &new.project);
        let both = [day(then.funding_until), day(now.funding_until)];
        self.other(("funding", "", [0, 0]), "funding", both, Level::Shifts);
        self.other(("ends", "", [0, 0]), "ends", [day(then.ends), day(now.ends)], Level::Shifts);
        let successor = |found: &Self, protocol: &Protocol| {
            protocol.project.successor.map(|who| found.party(protocol, who)).unwrap_or_default()
        };
        let both = [successor(self, old), successor(self, new)];
        self.other(("ends", "", [0, 0]), "successor", both, Level::Shifts);
        let priorities = |found: &Self, protocol: &Protocol| {
            let all = protocol.project.priorities.iter();
            let all = all.map(|stage| found.today(&protocol.stages.row(*stage).name).to_owned());
            all.collect::<Vec<_>>().join(", ")
        };
        let both = [priorities(self, old), priorities(self, new)];
        self.other(("priority", "", [0, 0]), "priorities", both, Level::Shifts);
    }

    /// Parties in words, in the order of their names.
    fn all(&self, protocol: &Protocol, who: &[PartyId]) -> String {
        let mut all: Vec<String> = who.iter().map(|who| self.party(protocol, *who)).collect();
        all.sort();
        all.dedup();
        all.join(", ")
    }
}

/// For what a field is asked, in words.
fn of_purpose(purpose: Purpose) -> String {
    match purpose {
        Purpose::Enforcement => say!("enforcement"),
        Purpose::Help => say!("help"),
    }
}
