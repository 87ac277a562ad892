//! In what an obligation differs that both versions open, and what shows it: a history in which what is promised comes later in one
//! of them, where there is one.

use std::collections::BTreeSet;

use voordeur_messages::say;
use voordeur_protocol::OpeningId;

use super::aimed::{shown_later, shown_later_on_any_way};
use super::answer::{Answer, Said};
use super::aspects::{Aspect, aspects};
use super::both_ways::BothWays;
use super::clock::{Clock, Later, Openings, never_later, where_it_runs};
use super::play::{Shows, Witness, witness};
use super::report::{Difference, Unconfirmed, What};
use super::search::Beside;
use super::stage::{opened_in, stages};
use super::telling::Telling;
use super::verdict::Verdict;

/// In what an obligation differs of which another number is asked, or of which something else is counted.
const COUNTED: [&str; 5] = ["plan", "attempts", "ask-again", "retries", "parts-of-day"];

/// In what it differs when it may be done, has to be tried again, or may be left at other moments.
pub(super) const SPACED: [&str; 8] =
    ["apart", "announced", "prepared", "planned", "window-before", "window-after", "hours", "duty"];

/// In what it differs whenever its clocks run out: who does it, with what, and whether it is let go of before that.
const UNTIMED: [&str; 15] = [
    "keeps-running",
    "reminder",
    "who",
    "people",
    "asks",
    "to",
    "via",
    "hands-over",
    "plugin",
    "settings",
    "consent",
    "unannounced",
    "lasts",
    "how",
    "pathway",
];

/// So many steps are made to find out in which version a term is later that counts from something else.
const MOST_STEPS: u32 = 24_000;

/// So many steps are enough to show that something is opened.
const MOST_LEFT: u32 = 1_000;

/// What shows in what an obligation differs.
struct Shown {
    verdict: Verdict,
    played: Vec<Witness>,
    shows: Shows,
}

/// Where both open it, and the state after that.
pub(super) type Place = (Openings, usize);

impl Beside<'_> {
    /// The obligations that both open and that differ in when their clocks run out.
    pub(super) fn termed(&self) -> BTreeSet<u32> {
        let is_timed = |pair: &&Openings| aspects(self.reader, **pair).iter().any(decides_when);
        let number = |(first, _): &Openings| self.reader.old.openings.row(*first).obligation;
        self.opened.keys().filter(is_timed).map(|pair| u32::from(number(pair).0)).collect()
    }
}

impl Telling<'_> {
    /// Both open the same obligation, each in its own way.
    pub(super) fn opened(&mut self, beside: &Beside<'_>, (pair, at): Place) {
        let found = aspects(self.reader, pair);
        if found.is_empty() {
            return;
        }
        let [of, now] = self.rows(pair).map(|row| row.obligation);
        let number = u32::from(of.0);
        if found.iter().any(decides_when) {
            self.termed.insert(number);
        }
        if found.iter().any(|aspect| COUNTED.contains(&aspect.key)) {
            self.counted.insert(number);
        }
        if found.iter().any(|aspect| aspect.key == "warm") {
            self.held.insert(number);
        }
        if found.iter().any(|aspect| aspect.key == "keeps-running") {
            self.let_go.insert(number);
        }
        for one in found.iter().filter(|one| SPACED.contains(&one.key)) {
            let is_known = one.verdict != Verdict::NotComparable;
            if is_known { &mut self.spaced } else { &mut self.readied }.insert(number);
        }
        let name = self.reader.new.obligations.row(now).name.clone();
        for aspect in found {
            self.differs(beside, (pair, at), (name.clone(), aspect));
        }
    }

    fn rows(&self, (first, second): Openings) -> [&voordeur_protocol::Opening; 2] {
        [self.reader.old.openings.row(first), self.reader.new.openings.row(second)]
    }

    /// An obligation differs in one thing.
    fn differs(&mut self, beside: &Beside<'_>, (pair, at): Place, (of, aspect): (String, Aspect)) {
        if self.is_proven_alike(beside, pair, &aspect) {
            return;
        }
        let is_told = || self.is_told_with_what_goes_out(beside, pair, aspect.key);
        // That one term is later than another one has to be seen.
        let apart = || {
            let is_plain = aspect.key != "term" && !is_told();
            is_plain.then(|| opened_so(beside, at, &aspect, Shows::OpenedApart(pair))).flatten()
        };
        match self.shown(beside, (pair, at), &aspect).or_else(apart) {
            Some(shown) => self.tells_aspect(beside, (pair, at), (of, aspect), &shown),
            None => self.unseen.push(((pair, at), of, aspect)),
        }
    }

    /// What has not been seen to differ may be seen by what follows from it: a clock of it has run out in one version alone.
    pub(super) fn seen_by_what_follows(&mut self, beside: &Beside<'_>) {
        for (place, of, aspect) in std::mem::take(&mut self.unseen) {
            let is_known = matches!(aspect.verdict, Verdict::Weaker | Verdict::Stronger);
            let follower = self.follower_of(place.0).filter(|_| is_known).cloned();
            if let Some((shows, played)) = follower {
                let shown = Shown { verdict: aspect.verdict, played: vec![played], shows };
                self.tells_aspect(beside, place, (of, aspect), &shown);
                continue;
            }
            let words = [aspect.old, aspect.new];
            let ([old, new], [before, after]) = (self.in_order(&words), self.in_order(&aspect.plain));
            let key = format!("{of} {} {before} → {after}", aspect.key);
            if !self.is_told_with_what_goes_out(beside, place.0, aspect.key) {
                let shown = |words: &String| if words.is_empty() { say!("nothing") } else { words.clone() };
                let text = format!("{of}: {} → {}", shown(old), shown(new));
                self.unconfirmed.push(Unconfirmed::new(text, key));
            }
        }
    }

    fn tells_aspect(
        &mut self,
        beside: &Beside<'_>,
        (pair, at): Place,
        (of, mut aspect): (String, Aspect),
        shown: &Shown,
    ) {
        let is_between = self.lying.ends.is_some_and(|ends| !ends.say(self.reader, pair, &aspect));
        aspect.verdict = match aspect.is_notice {
            true => Verdict::Mixed,
            false => self.means(pair, aspect.key, shown.verdict),
        };
        let verdict = aspect.verdict;
        let what = What::Aspect { of, aspect };
        let causes = self.lines(pair);
        let place = self.place((pair, at), beside);
        // The first of two that are the same in all but where they are opened is enough.
        let mut known = self.differences.iter_mut();
        if let Some(known) = known.find(|known| known.what == what && known.causes == causes) {
            known.is_also_in(place);
        } else {
            let told = (beside, &shown.shows, shown.played.as_slice());
            let one = Difference { is_between, ..self.difference(verdict, what, place, causes, told) };
            let is_notice = matches!(&one.what, What::Aspect { aspect, .. } if aspect.is_notice);
            if verdict == Verdict::Mixed && shown.verdict != verdict && !is_notice {
                let (at, promised) = (self.differences.len(), shown.verdict);
                self.both_ways.push(BothWays { at, pair, promised });
            }
            self.plain.push((self.differences.len(), pair));
            self.differences.push(one);
        }
    }

    /// Whether a term that counts from something else ends at the same moment in every situation.
    fn is_proven_alike(&self, beside: &Beside<'_>, pair: Openings, aspect: &Aspect) -> bool {
        aspect.clock == Some(Clock::Term)
            && beside.found.is_empty()
            && !self.count_from_the_same(pair)
            && never_later(beside, pair, Clock::Term) == [true, true]
    }

    /// Whether the terms of what both open count from the same kind of moment.
    fn count_from_the_same(&self, pair: Openings) -> bool {
        let [old, new] = self.rows(pair).map(|row| row.term.map(|term| term.anchor));
        old.map(|anchor| std::mem::discriminant(&anchor)) == new.map(|anchor| std::mem::discriminant(&anchor))
    }

    /// Whether what goes out as soon as it is opened tells it by itself: to whom a referral goes, and, where it only may be made in one
    /// of them, that it goes anywhere.
    fn is_told_with_what_goes_out(&self, beside: &Beside<'_>, pair: Openings, key: &str) -> bool {
        let of = u32::from(self.rows(pair)[0].obligation.0);
        let all =
            beside.found.iter().filter_map(|at| beside.unsettled.get(beside.states.get(*at)?.unsettled));
        let mut all = all.map(|(old, new)| [old, new].map(|said| said.iter().any(|one| goes_out(one, of))));
        match key {
            "to" | "via" => all.any(|sides| sides == [true, true]),
            "duty" => all.any(|[old, new]| old != new),
            _ => false,
        }
    }

    /// The lines of what is opened: where it is opened, or where it is declared.
    fn lines(&self, pair: Openings) -> [Option<(u32, String)>; 2] {
        let [first, second] = self.rows(pair);
        let line =
            |opening: u32, declared: u32| Some((if opening > 0 { opening } else { declared }, String::new()));
        [
            line(first.line, self.reader.old.obligations.row(first.obligation).line),
            line(second.line, self.reader.new.obligations.row(second.obligation).line),
        ]
    }

    /// The stages in which it is opened; where no stage says so, those in which the case is then.
    fn place(&self, ((first, second), at): Place, beside: &Beside<'_>) -> [Option<String>; 2] {
        let [old, new] = stages(beside, Some(at));
        let own = |protocol, opening: OpeningId| opened_in(protocol, opening);
        [own(self.reader.old, first).or(old), own(self.reader.new, second).or(new)]
    }

    fn shown(&self, beside: &Beside<'_>, (pair, at): Place, aspect: &Aspect) -> Option<Shown> {
        let runs = aspect.clock.map(|clock| (clock, where_it_runs(beside, pair, clock)));
        let Some((clock, ways)) = runs.filter(|(_, ways)| !ways.is_empty()) else {
            return plainly(beside, (pair, at), aspect);
        };
        let laters: &[Later] = match aspect.verdict {
            Verdict::Mixed => &[Later::New, Later::Old],
            Verdict::Weaker => &[Later::New],
            Verdict::Stronger => &[Later::Old],
            Verdict::NotComparable => {
                return self
                    .decided(beside, (pair, &ways), clock)
                    .or_else(|| plainly(beside, (pair, at), aspect));
            }
        };
        let later = |later: &Later| {
            let (shows, sought) = (Shows::Later(pair, clock, *later), (pair, clock, *later));
            let played = match self.count_from_the_same(pair) {
                true => shown_later(beside, &ways, sought)?,
                false => shown_later_on_any_way(beside, &ways, sought)?,
            };
            Some((played, shows))
        };
        let found: Option<Vec<(Witness, Shows)>> =
            leaving_some(beside, || laters.iter().map(later).collect());
        let shown = found.and_then(|found| {
            let shows = found.first()?.1.clone();
            let played = found.into_iter().map(|(one, _)| one).collect();
            Some(Shown { verdict: aspect.verdict, played, shows })
        });
        // That one term is later than another one has to be seen; of two that are counted back from a day it is known.
        let is_back = self.rows(pair).iter().all(|row| row.term.is_some_and(|term| term.back.is_some()));
        let is_seen = aspect.key == "term" && !is_back;
        if shown.is_some() || is_seen { shown } else { plainly(beside, (pair, at), aspect) }
    }

    /// Moments that count from different things: the histories decide in which version they are later.
    fn decided(
        &self,
        beside: &Beside<'_>,
        (pair, ways): (Openings, &[usize]),
        clock: Clock,
    ) -> Option<Shown> {
        let never = never_later(beside, pair, clock);
        let played = |later: Later, never: bool| {
            let shows = Shows::Later(pair, clock, later);
            let look = || shown_later_on_any_way(beside, ways, (pair, clock, later));
            let found = if never { None } else { sparing(beside, look) };
            found.map(|one| (one, shows))
        };
        let [never_new, never_old] = never;
        let (later, earlier) = (played(Later::New, never_new), played(Later::Old, never_old));
        let shown = [later.is_some(), earlier.is_some()];
        let verdict = match (self.in_order(&shown), self.in_order(&never)) {
            ([true, true], _) => Verdict::Mixed,
            ([true, false], _) => Verdict::Weaker,
            ([false, true], [true, _]) => Verdict::Stronger,
            ([false, _], _) => Verdict::NotComparable,
        };
        let verdict = if self.flipped { verdict.mirrored() } else { verdict };
        let found: Vec<(Witness, Shows)> = [later, earlier].into_iter().flatten().collect();
        let shows = found.first()?.1.clone();
        Some(Shown { verdict, played: found.into_iter().map(|(one, _)| one).collect(), shows })
    }
}

/// Whether what comes of its clocks is a matter of this aspect, of which is told what it means.
fn decides_when(aspect: &Aspect) -> bool {
    let is_told = aspect.clock.is_some() || aspect.verdict != Verdict::NotComparable;
    is_told && !UNTIMED.contains(&aspect.key)
}

/// Whether something of an obligation goes to somebody.
fn goes_out((answer, _): &Said, of: u32) -> bool {
    match answer {
        Answer::Referred(own, _)
        | Answer::Asked(own)
        | Answer::Called(own)
        | Answer::Announced(own)
        | Answer::Started(own) => *own == of,
        _ => false,
    }
}

/// A history in which both open it.
fn plainly(beside: &Beside<'_>, (pair, at): Place, aspect: &Aspect) -> Option<Shown> {
    opened_so(beside, at, aspect, Shows::Opened(pair))
}

fn opened_so(beside: &Beside<'_>, at: usize, aspect: &Aspect, shows: Shows) -> Option<Shown> {
    let played = vec![witness(beside, at, &shows)?];
    Some(Shown { verdict: aspect.verdict, played, shows })
}

/// Looks for something and leaves so many steps that something plain can still be shown.
fn leaving_some<T>(beside: &Beside<'_>, look: impl FnOnce() -> T) -> T {
    let left = beside.patience.get().min(MOST_LEFT);
    beside.patience.set(beside.patience.get() - left);
    let found = look();
    beside.patience.set(beside.patience.get() + left);
    found
}

/// Looks for something with only a part of the steps that may still be made.
fn sparing<T>(beside: &Beside<'_>, look: impl FnOnce() -> T) -> T {
    let all = beside.patience.get();
    let given = all.min(MOST_STEPS);
    beside.patience.set(given);
    let found = look();
    beside.patience.set(all - given.saturating_sub(beside.patience.get()));
    found
}
