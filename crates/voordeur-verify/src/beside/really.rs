//! What two versions themselves make of what is reported in a history that was found on two others that lie between them. What
//! shows on those counts only where these do it at other moments as well: a rule that has moved is gone from one place and new in
//! another one, and no household notices.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use voordeur_engine::{ActionAnswer, Case, Data, Event, apply, step};
use voordeur_protocol::model::Deviation;
use voordeur_protocol::{OpeningId, Protocol, Scope};

use super::answer::{Answer, Reader, Side, seen};
use super::aspects::{Aspect, aspects};
use super::clock::Openings;
use super::names::{Names, event_in_new, translated};
use super::onward::Onward;
use super::play::Witness;
use crate::replay::Moment;

/// So many moments are waited for when nobody reports anything any more.
const MOST_WAITING: usize = 60;

/// Two versions, and two that lie between them.
pub(super) struct Ends<'a> {
    whole: [&'a Protocol; 2],
    between: [&'a Protocol; 2],
    names: Names,
    /// What of each version in between is what of the version itself.
    outward: [Names; 2],
    /// What has been made the same in those between them.
    pub(super) evened: &'a [String],
}

/// Where two versions lie that are compared.
#[derive(Clone, Copy, Default)]
pub(super) struct Lying<'a> {
    /// Between two others, where they do.
    pub(super) ends: Option<&'a Ends<'a>>,
    /// The first of them is an old version with all changes but one, where it is.
    pub(super) between: Option<&'a Between<'a>>,
}

/// A version that is another one with all changes but one.
pub(super) struct Between<'a> {
    old: &'a Protocol,
    variant: &'a Protocol,
    outward: Names,
    /// What has changed besides.
    pub(super) evened: Vec<String>,
}

impl<'a> Between<'a> {
    pub(super) fn of(old: &'a Protocol, variant: &'a Protocol, evened: Vec<String>) -> Self {
        Self { old, variant, outward: Names::of(variant, old), evened }
    }

    /// The old version itself.
    pub(super) const fn old(&self) -> &'a Protocol {
        self.old
    }

    /// The same history as the old version itself goes through it, where it does the same until the versions part.
    pub(super) fn really(&self, reader: Reader<'_>, played: &Witness) -> Option<Witness> {
        let [there, here] = &played.moments;
        let last = there.iter().chain(here).map(|moment| moment.at).max()?;
        let mut moments = again((self.variant, self.old), &self.outward, there);
        moments.retain(|moment| moment.at <= last);
        // Both have the same numbers for the same.
        let until = |all: &[Moment]| {
            let mut said: BTreeMap<Timestamp, Vec<Answer>> = BTreeMap::new();
            for moment in all.iter().filter(|moment| moment.at <= played.at) {
                said.entry(moment.at).or_default().extend(seen(&reader.said(Side::Old, &moment.entries)));
            }
            said.retain(|_, all| !all.is_empty());
            said.values_mut().for_each(|all| all.sort());
            said
        };
        (until(&moments) == until(there))
            .then(|| Witness { moments: [moments, here.clone()], ..played.clone() })
    }
}

/// What both versions do, and the first moment at which one of them does what was asked about and the other one does not.
pub(super) struct Really {
    pub(super) moments: [Vec<Moment>; 2],
    pub(super) at: Timestamp,
    /// All that only one of them does at that moment, by what it is called.
    pub(super) apart: [Vec<String>; 2],
}

impl<'a> Ends<'a> {
    pub(super) fn of(whole: [&'a Protocol; 2], between: [&'a Protocol; 2], evened: &'a [String]) -> Self {
        let ([old, new], [before, after]) = (whole, between);
        let outward = [Names::of(before, old), Names::of(after, new)];
        Self { whole, between, names: Names::of(old, new), outward, evened }
    }

    /// The same with the versions the other way round.
    pub(super) fn turned(&self) -> Self {
        let ([old, new], [before, after]) = (self.whole, self.between);
        Self::of([new, old], [after, before], self.evened)
    }

    /// Whether each version has the obligation that something that only it does is about: else it is of one between them alone.
    pub(super) fn has_all(&self, reader: Reader<'_>, old: &[Answer], new: &[Answer]) -> bool {
        let sides = [(Side::Old, old), (Side::New, new)].into_iter().zip(&self.outward);
        let mut all =
            sides.flat_map(|((side, all), outward)| all.iter().map(move |one| (side, one, outward)));
        all.all(|(side, answer, outward)| {
            let about = answer.about().and_then(|number| reader.on(side, number));
            about.is_none_or(|own| outward.obligations.now(own).is_some())
        })
    }

    /// Whether one of them alone takes a departure at that moment that both versions allow in the same stages: who may is told by itself.
    pub(super) fn both_may_depart(&self, played: &Witness) -> bool {
        let [old, new] = self.whole;
        let departs = |moments: &[Moment]| {
            moments.iter().filter(|moment| moment.at == played.at).find_map(|moment| match &moment.event {
                Event::Deviated { what, .. } => Some(*what),
                _ => None,
            })
        };
        let ([first, second], [before, after]) = (&played.moments, &self.outward);
        let now = |what: Deviation| self.names.deviation(what);
        let wanted = match (departs(first), departs(second)) {
            (Some(what), None) => before.deviation(what).and_then(now),
            (None, Some(what)) => after.deviation(what),
            _ => None,
        };
        let Some(wanted) = wanted else { return false };
        let then = old.deviations.iter().filter(|row| now(row.what) == Some(wanted));
        let then: BTreeSet<Option<u16>> = then.map(|row| self.stage_now(row.scope)).collect();
        let there = new.deviations.iter().filter(|row| row.what == wanted);
        let there: BTreeSet<Option<u16>> = there.map(|row| stage_of(row.scope)).collect();
        !then.is_empty() && then == there
    }

    /// The stage of the new version that a stage of the old one is; `None` for what always holds.
    fn stage_now(&self, scope: Scope) -> Option<u16> {
        stage_of(scope).map(|stage| self.names.stages.now(stage).unwrap_or(u16::MAX))
    }

    /// Whether both versions say this of an obligation where they open it: else it is of versions between them, on the way from the one
    /// to the other.
    pub(super) fn say(&self, reader: Reader<'_>, pair: Openings, aspect: &Aspect) -> bool {
        let [before, after] = &self.outward;
        let of = [reader.old.openings.row(pair.0).obligation, reader.new.openings.row(pair.1).obligation];
        let whole = [before.obligations.now(of[0].0), after.obligations.now(of[1].0)];
        let [Some(then), Some(now)] = whole else { return false };
        let [old, new] = self.whole;
        let opened = |protocol: &Protocol, of: u16| -> Vec<OpeningId> {
            let rows = protocol.openings.iter().filter(|(_, row)| row.obligation.0 == of);
            rows.map(|(id, _)| id).collect()
        };
        let own = self.reader();
        let pairs = opened(old, then)
            .into_iter()
            .flat_map(|one| opened(new, now).into_iter().map(move |other| (one, other)));
        let says =
            |pair| aspects(own, pair).iter().any(|one| one.key == aspect.key && one.plain == aspect.plain);
        pairs.into_iter().any(says)
    }

    /// What both versions do in a history; `None` where both do all that is asked about at the same moments.
    pub(super) fn really(&self, played: &Witness, asked: &BTreeSet<String>) -> Option<Really> {
        let [first, second] = self.played(played);
        let (old, new) = (self.times(Side::Old, &first), self.times(Side::New, &second));
        let none = Vec::new();
        let times = |key: &String| [&old, &new].map(|all| all.get(key).unwrap_or(&none));
        let at = asked.iter().map(times).filter_map(|[one, other]| first_apart(one, other)).min()?;
        let [then, now] = [(Side::Old, &first), (Side::New, &second)]
            .map(|(side, moments)| said_at(self.reader(), side, moments, at));
        let apart = [&then - &now, &now - &then].map(|all| all.into_iter().collect());
        Some(Really { moments: [first, second], at, apart })
    }

    /// The same history as both versions go through it, where each does all that was shown at the moment at which those part that lie
    /// between them.
    pub(super) fn shown(&self, reader: Reader<'_>, played: &Witness) -> Option<[Vec<Moment>; 2]> {
        let last = played.moments.iter().flatten().map(|moment| moment.at).max()?;
        let mut moments = self.played(played);
        moments.iter_mut().for_each(|all| all.retain(|moment| moment.at <= last));
        let own = self.reader();
        let mut sides = [Side::Old, Side::New].into_iter().zip(&moments).zip(&played.moments);
        let shows = sides.all(|((side, itself), between)| {
            let wanted = said_at(reader, side, between, played.at);
            wanted.is_subset(&said_at(own, side, itself, played.at))
        });
        shows.then_some(moments)
    }

    /// Where a case goes in both versions at that moment.
    pub(super) fn onward(&self, really: &Really) -> Onward {
        Onward::at(self.reader(), &really.moments, really.at)
    }

    pub(super) const fn versions(&self) -> [&'a Protocol; 2] {
        self.whole
    }

    const fn reader(&self) -> Reader<'_> {
        let [old, new] = self.whole;
        Reader { names: &self.names, old, new }
    }

    fn played(&self, played: &Witness) -> [Vec<Moment>; 2] {
        let ([old, new], [before, after], [first, second]) = (self.whole, self.between, &self.outward);
        let [there, here] = &played.moments;
        [again((before, old), first, there), again((after, new), second, here)]
    }

    /// When a version does what, by what it is called.
    fn times(&self, side: Side, moments: &[Moment]) -> BTreeMap<String, Vec<Timestamp>> {
        let reader = self.reader();
        let mut all: BTreeMap<String, Vec<Timestamp>> = BTreeMap::new();
        for moment in moments {
            for answer in seen(&reader.said(side, &moment.entries)) {
                all.entry(reader.words(answer).1).or_default().push(moment.at);
            }
        }
        all
    }
}

const fn stage_of(scope: Scope) -> Option<u16> {
    match scope {
        Scope::Stage(stage) => Some(stage.0),
        Scope::Always => None,
    }
}

/// What a version does at a moment, by what it is called.
fn said_at(reader: Reader<'_>, side: Side, moments: &[Moment], at: Timestamp) -> BTreeSet<String> {
    let then = moments.iter().filter(|moment| moment.at == at);
    let all = then.flat_map(|moment| seen(&reader.said(side, &moment.entries)));
    all.map(|answer| reader.words(answer).1).collect()
}

/// What one version does when the same is reported as on another one, at the same moments, and nothing after that. What it does not
/// know, or does not take, is as if nobody had reported it.
fn again((from, to): (&Protocol, &Protocol), names: &Names, moments: &[Moment]) -> Vec<Moment> {
    let (mut there, mut here) = (Case::default(), Case::default());
    let mut all = Vec::new();
    for moment in moments {
        wait(to, &mut here, Some(moment.at), &mut all);
        let data = data_of((from, to), names, &moment.event);
        let event = event_in_new(names, (from, to), (&there, &here), &moment.event, data);
        if let Some(event) = event
            && let Ok(done) = step(to, &here, &event, moment.at)
        {
            here = done.case;
            all.push(Moment { at: moment.at, event, entries: done.entries });
        }
        moment.entries.iter().for_each(|entry| apply(from, &mut there, moment.at, entry));
    }
    wait(to, &mut here, None, &mut all);
    all
}

/// Lets time go by.
fn wait(protocol: &Protocol, case: &mut Case, until: Option<Timestamp>, all: &mut Vec<Moment>) {
    for _ in 0..MOST_WAITING {
        let next = case.next_timer().copied().filter(|_| case.is_running());
        let Some(timer) = next.filter(|timer| until.is_none_or(|until| timer.due.at <= until)) else {
            return;
        };
        let (at, event) = (timer.due.at.max(case.touched_at), Event::TimerDue(timer.id));
        let Ok(done) = step(protocol, case, &event, at) else { return };
        *case = done.case;
        all.push(Moment { at, event, entries: done.entries });
    }
}

fn data_of((from, to): (&Protocol, &Protocol), names: &Names, event: &Event) -> Data {
    let (Event::Reported { data, .. }
    | Event::Occurred { data, .. }
    | Event::ActionAnswered { answer: ActionAnswer::Returned(data), .. }) = event
    else {
        return Data::new();
    };
    let same = data.iter().filter_map(|(field, value)| {
        let there = names.field_in_new(*field)?;
        Some((there, translated(&from.fields.row(*field).ty, &to.fields.row(there).ty, value)?))
    });
    same.collect()
}

/// The first moment that only one of them has.
fn first_apart(one: &[Timestamp], other: &[Timestamp]) -> Option<Timestamp> {
    let at =
        one.iter().zip(other).position(|(one, other)| one != other).unwrap_or(one.len().min(other.len()));
    [one.get(at), other.get(at)].into_iter().flatten().min().copied()
}
