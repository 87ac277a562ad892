//! Departures from the protocol: only those that the pathway allows to this party, and never without a reason.

use std::sync::Arc;

use voordeur_protocol::model::{AllowedDeviation, Deviation};
use voordeur_protocol::{Happening, OpeningId, Scope, Target};

use super::Work;
use super::deciding::check_reason;
use crate::case::Serial;
use crate::entry::Entry;
use crate::event::By;
use crate::rejection::Rejection;

impl Work<'_> {
    pub(super) fn deviated(&mut self, what: Deviation, because: &Arc<str>, by: By) -> Result<(), Rejection> {
        self.check_running()?;
        self.check_not_ended()?;
        self.by_people = true;
        let opening = self.allowed(what, by)?;
        check_reason(because)?;
        self.log(Entry::Deviated { what, because: Arc::clone(because), by });
        match (what, opening) {
            (Deviation::Skip(obligation), _) => {
                let serial = self.open_to_skip(obligation)?;
                self.happen(serial, Happening::Waived, by);
                Ok(())
            }
            (Deviation::Repeat(_), Some(opening)) => self.open(opening, None),
            (Deviation::Repeat(_), None) => Ok(()),
            (Deviation::MoveTo(stage), _) => self.moved_to(Target::Stage(stage)),
        }
    }

    /// Nor does a deviation end a case well while a referral is open.
    fn moved_to(&mut self, target: Target) -> Result<(), Rejection> {
        match self.blocked_end(Some(target)).and_then(|serial| self.case.instance(serial)) {
            Some(open) => {
                Err(Rejection::ReferralOpen { referral: open.obligation(self.protocol).name.clone() })
            }
            None => self.go(target, None, false),
        }
    }

    /// A deviation needs somebody to answer for it, and a place in the file that allows it here.
    fn allowed(&self, what: Deviation, by: By) -> Result<Option<OpeningId>, Rejection> {
        let stage = self.case.stay.as_ref().map(|stay| Scope::Stage(stay.stage));
        let here = |row: &&AllowedDeviation| {
            row.what == what && (row.scope == Scope::Always || Some(row.scope) == stage)
        };
        let rows: Vec<&AllowedDeviation> = self.protocol.deviations.iter().filter(here).collect();
        match rows.iter().find(|row| Some(row.who) == by) {
            Some(row) => Ok(row.opening),
            None => Err(Rejection::NoDeviation {
                allowed: rows.iter().map(|row| self.protocol.parties.row(row.who).name.clone()).collect(),
            }),
        }
    }

    fn open_to_skip(&self, obligation: voordeur_protocol::ObligationId) -> Result<Serial, Rejection> {
        let serial = self.open_instance(obligation)?;
        self.check_lifecycle(serial, Happening::Waived)?;
        Ok(serial)
    }
}
