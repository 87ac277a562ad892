//! Which moments of both versions stand together as one state, and which are told apart.

use super::alike::Alike;
use super::search::{Alike as Together, Beside, By, Here, Pair, Places};
use crate::since::{split_by, turns};
use crate::states::{Place, place};
use crate::zone::{NOW, Zone};

/// From so many other states a state is kept to have been come to.
const MOST_OTHERS: usize = 3;

impl Beside<'_> {
    fn turns(&mut self, one: &Here, zone: &Zone) -> Vec<(usize, i32)> {
        let search = self.side(one.side);
        if search.looks.since.is_empty() && search.looks.windows.is_empty() {
            return Vec::new();
        }
        let own = zone.keep((1..one.len()).map(|point| one.map(point)));
        let place = (&*one.case, &*one.points);
        let turns = turns(&search.looks, place, &own, &mut search.extents);
        turns.into_iter().map(|(point, turn)| (one.map(point), turn)).collect()
    }

    /// Whether it is the same case in both versions.
    pub(super) fn are_alike(&mut self, places: Places) -> bool {
        let [Some(old), Some(new)] = places else { return false };
        if let Some(known) = self.alike.get(&[old, new]) {
            return *known;
        }
        let [first, second] = &self.sides;
        let both = first.situations.get(old).zip(second.situations.get(new));
        let alike = Alike {
            names: self.reader.names,
            protocols: (self.reader.old, self.reader.new),
            said: &self.reach.said,
        };
        let alike = both.is_some_and(|(one, other)| {
            alike.are_alike((&one.case, &one.points), (&other.case, &other.points))
        });
        self.alike.insert([old, new], alike);
        alike
    }

    /// Whether a case that is the same in both versions can meet nothing any more that has changed.
    pub(super) fn is_over(&mut self, places: Places) -> bool {
        if let Some(known) = self.over.get(&places) {
            return *known;
        }
        let [Some(old), Some(new)] = places else { return false };
        let [first, second] = &self.sides;
        let both = first.situations.get(old).zip(second.situations.get(new));
        let over = both.is_some_and(|(one, other)| {
            self.reach.is_over((self.reader.old, &one.case), (self.reader.new, &other.case))
        });
        self.over.insert(places, over);
        over
    }

    /// The moments of a zone, told apart by what conditions say of how long ago something was.
    pub(super) fn by_age(&mut self, here: &[Here; 2], zone: Zone) -> Vec<Zone> {
        let turns: Vec<(usize, i32)> = here.iter().flat_map(|one| self.turns(one, &zone)).collect();
        split_by(&turns, zone).into_vec()
    }

    /// What may not be taken together: clocks whose time has come, and how long ago something was.
    fn apart(&mut self, here: &[Here; 2], zone: &Zone) -> [u64; 3] {
        let due = here.iter().flat_map(|one| one.pending(zone));
        let due = due.fold(0, |bits, (_, point)| bits | 1 << (point % 64));
        let mut past = [0; 2];
        for (slot, one) in past.iter_mut().zip(here) {
            let turns = self.turns(one, zone);
            let all = turns.iter().zip(0..).filter(|((point, turn), _)| zone.bound(*point, NOW) <= -turn);
            *slot = all.fold(0, |bits, (_, number)| bits | 1 << (number % 64));
        }
        [due, past[0], past[1]]
    }

    /// Where the first differences are enough, cases that are not the same in both any more are looked at before all others.
    fn line_up(&mut self, at: usize, shared: bool) {
        if self.enough < usize::MAX && !shared {
            self.urgent.push_back(at);
        } else {
            self.queue.insert(at);
        }
    }

    /// Whether the case has waited on its way, or waits now, for a referral that is not looked at.
    pub(super) fn has_waited(&self, from: Option<usize>, here: &[Here; 2]) -> bool {
        from.and_then(|from| self.states.get(from)).is_some_and(|state| state.waited)
            || here.iter().any(|one| self.waits(one))
    }

    /// Where a case that has not waited comes to the same at all these moments: what shows after it shows also where none has waited.
    fn without_waiting(
        &self,
        (places, unsettled, apart, how, parted_in): &Together,
        zone: &Zone,
    ) -> Option<usize> {
        let [midnight, by_time, shared, _] = *how;
        let key = (*places, *unsettled, *apart, [midnight, by_time, shared, false], *parted_in);
        let same = self.known.get(&key)?;
        let includes = |at: &usize| self.states.get(*at).is_some_and(|state| state.zone.includes(zone));
        same.states.iter().copied().find(includes)
    }

    pub(super) fn come_to(
        &mut self,
        from: Option<usize>,
        by: &By,
        (places, shared): (Places, bool),
        unsettled: usize,
        here: &[Here; 2],
        zone: Zone,
    ) -> usize {
        let apart = self.apart(here, &zone);
        // What somebody reports is compared at once.
        let began = from.and_then(|from| self.states.get(from)).filter(|state| state.unsettled != 0);
        let by_time = unsettled == 0 || began.map_or(matches!(by, By::TimeWentBy), |state| state.by_time);
        let waited = self.has_waited(from, here);
        let parted_in = if unsettled == 0 { [None, None] } else { self.stages_before(from) };
        let key = (places, unsettled, apart, [zone.is_midnight(NOW), by_time, shared, waited], parted_in);
        if let Some(at) = self.without_waiting(&key, &zone).filter(|_| waited) {
            return at;
        }
        let same = self.known.entry(key).or_default();
        match place(&self.states, same, self.zones, zone) {
            Place::Known(at) => {
                self.note_other_way(at, from, by);
                at
            }
            Place::Wider(at, zone) | Place::Instead(at, zone) => {
                self.looked += 1;
                self.note_other_way(at, from, by);
                if let Some(state) = self.states.get_mut(at) {
                    state.zone = zone;
                    if !state.waiting {
                        state.waiting = true;
                        self.line_up(at, shared);
                    }
                }
                at
            }
            Place::New(zone) => {
                self.looked += 1;
                let at = self.states.len();
                same.states.push(at);
                self.line_up(at, shared);
                let by = by.clone();
                let waiting = true;
                self.states.push(Pair {
                    places,
                    zone,
                    unsettled,
                    from,
                    by,
                    others: Vec::new(),
                    by_time,
                    waiting,
                    shared,
                    waited,
                });
                at
            }
        }
    }

    /// Keeps from where else a state was come to: the first way to it may have no real dates.
    fn note_other_way(&mut self, at: usize, from: Option<usize>, by: &By) {
        let (Some(state), Some(from)) = (self.states.get_mut(at), from) else { return };
        let is_known = || state.others.iter().any(|(other, _)| *other == from);
        if from != at && state.from != Some(from) && state.others.len() < MOST_OTHERS && !is_known() {
            state.others.push((from, by.clone()));
        }
    }
}
