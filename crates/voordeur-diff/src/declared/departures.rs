//! Who may depart from the protocol, in what, and where.

use std::collections::BTreeSet;

use voordeur_messages::say;
use voordeur_protocol::model::{AllowedDeviation, Deviation, PartyKind};
use voordeur_protocol::{Protocol, Scope};

use super::Found;
use crate::level::Level;

/// Who may, as it is called now: an agency, and the role of it that is named. And in which stage; without one wherever a case is.
type May = (String, Option<String>, Option<String>);

/// What is departed from: a word for programs, and what it is about, as it is called now.
type Departure = (&'static str, String);

impl Found<'_> {
    /// A departure that is taken from somebody is refused from now on.
    pub(super) fn departures(&mut self) {
        let (old, new) = (self.old, self.new);
        let then = old.deviations.iter().map(|row| self.departure(old, row));
        let all = then.chain(new.deviations.iter().map(|row| self.departure(new, row)));
        // What is gone is told as gone.
        let all: BTreeSet<Departure> = all.filter(|departure| self.is_in_both(departure)).collect();
        for departure in all {
            self.who_departs(&departure);
        }
    }

    fn who_departs(&mut self, departure: &Departure) {
        let (old, new) = (self.old, self.new);
        let of = |protocol: &Protocol| -> (BTreeSet<May>, u32) {
            let own = protocol.deviations.iter().filter(|row| self.departure(protocol, row) == *departure);
            let line = own.clone().next().map_or(0, |row| row.line);
            (own.map(|row| self.may(protocol, row)).collect(), line)
        };
        let ((then, before), (now, after)) = (of(old), of(new));
        // Where there is no such stage any more nobody departs from anything, and that is told.
        let is_there = |(.., stage): &&May| stage.as_ref().is_none_or(|stage| self.has_stage(stage));
        let is_lost = then.iter().filter(is_there).any(|one| !covers(&now, one));
        let is_new = now.iter().any(|one| !covers(&then, one));
        let level = match (is_lost, is_new) {
            (false, false) => return,
            (true, _) => Level::Breaks,
            (false, true) => Level::Strengthens,
        };
        let (aspect, name) = departure;
        let both = [in_words(&then), in_words(&now)];
        self.other(("deviation", name, [before, after]), aspect, both, level);
    }

    fn departure(&self, protocol: &Protocol, row: &AllowedDeviation) -> Departure {
        let obligation = |of| self.named(protocol, &protocol.obligations.row(of).name);
        match row.what {
            Deviation::Skip(of) => ("may-skip", obligation(of)),
            Deviation::Repeat(of) => ("may-repeat", obligation(of)),
            Deviation::MoveTo(to) => ("may-move", self.named(protocol, &protocol.stages.row(to).name)),
        }
    }

    fn may(&self, protocol: &Protocol, row: &AllowedDeviation) -> May {
        let stage = match row.scope {
            Scope::Stage(stage) => Some(self.named(protocol, &protocol.stages.row(stage).name)),
            Scope::Always => None,
        };
        let who = self.party(protocol, row.who);
        match protocol.parties.row(row.who).kind {
            PartyKind::Role { of } => (self.party(protocol, of), Some(who), stage),
            _ => (who, None, stage),
        }
    }

    /// A name of either version as it is called now.
    pub(super) fn named(&self, protocol: &Protocol, name: &str) -> String {
        if std::ptr::eq(protocol, self.old) { self.today(name).to_owned() } else { name.to_owned() }
    }

    /// Whether both versions have what is departed from.
    fn is_in_both(&self, (aspect, name): &Departure) -> bool {
        if *aspect == "may-move" {
            return self.has_stage(name) && self.old.stages.rows().any(|row| self.today(&row.name) == name);
        }
        self.new.obligations.rows().any(|row| row.name == *name)
            && self.old.obligations.rows().any(|row| self.today(&row.name) == name)
    }

    fn has_stage(&self, name: &str) -> bool {
        self.new.stages.rows().any(|row| row.name == name)
    }
}

/// Whether somebody may there: in that stage or wherever a case is, as this role or because the whole agency may.
fn covers(by: &BTreeSet<May>, (agency, role, stage): &May) -> bool {
    by.iter().any(|(own, named, there)| {
        own == agency && (named.is_none() || named == role) && (there.is_none() || there == stage)
    })
}

fn in_words(all: &BTreeSet<May>) -> String {
    let each = all.iter().map(|(agency, role, stage)| {
        let who = role.as_ref().unwrap_or(agency);
        stage.as_ref().map_or_else(|| who.clone(), |stage| say!("{who} in {stage}", who, stage))
    });
    each.collect::<Vec<_>>().join(", ")
}
