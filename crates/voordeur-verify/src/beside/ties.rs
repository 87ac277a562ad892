//! What is known of the dates of both versions together: clocks that run out at the same moment, terms that started together,
//! and what happened to both at once.

use voordeur_engine::{Timer, TimerKind};
use voordeur_protocol::{EventId, ObligationId};

use super::answer::Side;
use super::search::{Beside, Here};
use crate::recipe::Placed;
use crate::zone::Zone;

impl Beside<'_> {
    /// Terms that start together in both versions end as far apart as they differ.
    pub(super) fn tie_started(&mut self, placed: &[Option<Placed>], zone: &mut Zone) {
        let [Some(old), Some(new)] = placed else { return };
        let names = self.reader.names;
        for one in &new.earliest {
            for other in &old.earliest {
                if !names.days.count_alike(&(one, other)) {
                    continue;
                }
                if let Some(apart) = one.after(*other, &mut self.side(Side::Old).extents) {
                    zone.tie(one.point, (other.point, apart));
                }
            }
        }
        for (point, term) in &new.started {
            for (other, its) in &old.started {
                if !names.days.count_alike(&(term, its)) {
                    continue;
                }
                if let Some(apart) = self.side(Side::Old).extents.between(*term, *its) {
                    zone.tie(*point, (*other, apart));
                }
            }
        }
    }

    /// Clocks that count the same from the same run out at the same moment.
    pub(super) fn tie_twins(&self, here: &[Here; 2], placed: &[Option<Placed>], zone: &mut Zone) {
        let [old, new] = here;
        let is_new = |number: usize, one: &Here, point: usize| {
            let own = point.checked_sub(one.shift + 1);
            let placed = placed.get(number).and_then(Option::as_ref);
            own.and_then(|own| placed?.new.get(own).copied()).unwrap_or(false)
        };
        let all = |one: &Here| -> Vec<(Timer, usize)> {
            let timers = one.case.timers.iter();
            timers.filter_map(|timer| Some((*timer, one.map(one.points.timer(timer.id)?)))).collect()
        };
        let news = all(new);
        for (timer, point) in all(old) {
            for (other, its) in &news {
                let twins = match (rule_of(&timer), rule_of(other)) {
                    (Some(rule), Some(own)) => {
                        let are_new = is_new(0, old, point) && is_new(1, new, *its);
                        self.reader.rules_apart(rule, own).filter(|_| are_new)
                    }
                    (None, None) => {
                        let are = self.reader.are_twins((&old.case, &timer), (&new.case, other));
                        are.then_some((0, 0))
                    }
                    _ => None,
                };
                if let Some(apart) = twins.filter(|_| zone.is_midnight(point) == zone.is_midnight(*its)) {
                    zone.tie(*its, (point, apart));
                }
                if let (Some(_), Some(whole), Some(other)) = (twins, whole(old, &timer), whole(new, other)) {
                    zone.tie(other, (whole, (0, 0)));
                }
            }
        }
    }

    /// What has been the same in both up to now was so at the same moments, however long ago.
    pub(super) fn tie_moments(&self, here: &[Here; 2], zone: &mut Zone) {
        let [old, new] = here;
        let mut same: Vec<(Option<usize>, Option<usize>)> = vec![(old.points.report(), new.points.report())];
        let bounds = self.reader.same_obligations(&old.case, &new.case).into_iter();
        same.extend(bounds.map(|(own, other)| (old.points.not_before(own), new.points.not_before(other))));
        for own in old.points.anchors() {
            let other = self.reader.names.obligations.now(own.0).map(ObligationId);
            let last = |one: &Here, of| one.case.last(of).and_then(|last| last.on).is_some();
            let both = other.filter(|other| last(old, *own) && last(new, *other));
            same.push((old.points.anchor(*own), both.and_then(|other| new.points.anchor(other))));
        }
        for own in old.points.events() {
            let other = self.reader.names.events.now(own.0).map(EventId);
            same.push((old.points.event(*own), other.and_then(|other| new.points.event(other))));
        }
        for (field, number) in old.points.birthdays() {
            let other = self.reader.names.field_in_new(*field).filter(|_| self.reader.is_asked_alike(*field));
            let other = other.and_then(|other| new.points.birthday((other, *number)));
            same.push((old.points.birthday((*field, *number)), other));
        }
        for (own, other) in same {
            if let (Some(own), Some(other)) = (own, other) {
                let (own, other) = (old.map(own), new.map(other));
                if zone.is_midnight(own) == zone.is_midnight(other) {
                    zone.tie(other, (own, (0, 0)));
                }
            }
        }
    }
}

/// The point at which the series is over of which a period runs.
fn whole(here: &Here, timer: &Timer) -> Option<usize> {
    let TimerKind::Period { of, .. } = timer.kind else { return None };
    here.points.whole(of).map(|own| here.map(own))
}

pub(super) const fn rule_of(timer: &Timer) -> Option<voordeur_protocol::RuleId> {
    match timer.kind {
        TimerKind::After(rule) | TimerKind::Every { rule, .. } => Some(rule),
        _ => None,
    }
}

/// Which moments of the old version and of the new one are the same.
pub(super) fn tied([old, new]: &[Here; 2], zone: &Zone) -> Vec<(usize, usize)> {
    let points = |one: &Here| (1..one.len()).map(|own| one.map(own)).collect::<Vec<_>>();
    let news = points(new);
    let same = |own: usize, other: usize| {
        let apart = (zone.bound(own, other), zone.bound(other, own));
        apart == (0, 0) && zone.is_midnight(own) == zone.is_midnight(other)
    };
    let all = points(old).into_iter().flat_map(|own| news.iter().map(move |other| (own, *other)));
    all.filter(|(own, other)| same(*own, *other)).collect()
}
