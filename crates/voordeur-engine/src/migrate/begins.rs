//! What the stages in which a case comes have in the new version and had not in the old one: that is set in motion on arrival.

use jiff::Timestamp;
use smallvec::SmallVec;
use voordeur_protocol::model::Deadlines;
use voordeur_protocol::{Kind, OpeningId, RuleId};

use super::carry::Carrying;
use super::lives::lives_in;
use super::places::{Place, Places};
use super::terms::{Part, counting, due};
use crate::case::{Case, Serial};
use crate::step::{Arriving, Begins};
use crate::timer::TimerKind;

impl Carrying<'_> {
    /// What is set in motion on arrival.
    pub(super) fn arriving(&self, places: &Places, base: &mut Case) -> Arriving {
        let mut deferred = SmallVec::new();
        if let Some(stay) = base.stay.as_mut().filter(|_| places.resumed) {
            deferred.extend(std::mem::take(&mut stay.deferred));
        }
        Arriving {
            here: self.begins(places.here, base),
            interrupted: places.interrupted.map(|place| (place.stay, self.begins(place, base))),
            deferred,
            told: self.told_anew(base),
        }
    }

    /// What a stage has in the new version, and had not in the old one.
    fn begins(&self, place: Place, base: &Case) -> Begins {
        let row = self.c.new.stages.row(place.new);
        let new = |opening: &OpeningId| {
            let from = self.counted_from(*opening, place);
            let comes = self.is_to_open(*opening, place, base) && self.may_still_come(*opening, from, base);
            comes.then_some((*opening, from))
        };
        let timed = |rule: &RuleId| place.moved || self.c.rule_before(*rule).is_none();
        Begins {
            opens: row.opens.iter().filter_map(new).collect(),
            timed: row.timed.iter().copied().filter(timed).collect(),
            entry: row.entry.iter().copied().filter(|_| place.moved).collect(),
        }
    }

    /// From when a moment of a contact counts that is new: from the start of its aftercare, and not from the day on which the case
    /// comes over, but where the new version says so.
    fn counted_from(&self, opening: OpeningId, place: Place) -> Timestamp {
        let obligation = self.c.new.openings.row(opening).obligation;
        let is_contact = self.c.new.obligations.row(obligation).kind == Kind::Contact;
        let from_today = self.c.said(Some(obligation)) == Deadlines::FromToday;
        self.entered_at(place.stay).filter(|_| is_contact && !from_today && !place.moved).unwrap_or(self.now)
    }

    /// Whether a moment that is new is not over yet. What would have been missed before anybody knew of it is opened only where the
    /// new version counts from the start.
    fn may_still_come(&self, opening: OpeningId, from: Timestamp, base: &Case) -> bool {
        let row = self.c.new.openings.row(opening);
        let from_start = self.c.said(Some(row.obligation)) == Deadlines::FromStart;
        let Some(window) = counting(self.c.new, row, Part::Window) else { return true };
        let closes = due(self.c.new, base, window, TimerKind::Missed(Serial(0)), from);
        from_start || closes.is_none_or(|closes| closes.at > self.now)
    }

    fn is_to_open(&self, opening: OpeningId, place: Place, base: &Case) -> bool {
        let obligation = self.c.new.openings.row(opening).obligation;
        // A stage may open the same contact several times: each is one of its own.
        if self.c.new.obligations.row(obligation).kind == Kind::Contact {
            let is_open = base.open.iter().any(|one| one.opening == opening);
            return !is_open && (place.moved || !self.c.was_opened(opening, place.old, place.new));
        }
        let is_open = base.open.iter().any(|one| one.opening(self.c.new).obligation == obligation);
        let before = self.c.obligation_before(obligation);
        let was_here = before.is_some_and(|before| lives_in(self.c.old, place.old, before));
        let mut offered = self.case.open.iter().filter(|one| one.stay == place.stay);
        let was_offered = offered.any(|one| {
            self.c.obligation(one.opening(self.c.old).obligation) == Some(obligation)
                && self.must_be_made_there(one, place)
        });
        !is_open && (place.moved || !was_here || was_offered)
    }
}
