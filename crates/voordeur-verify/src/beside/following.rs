//! What follows from something else that differs: it is counted, and not told by itself. It may show that all the same.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use jiff::Timestamp;
use voordeur_engine::{Entry, Event};
use voordeur_protocol::{Happening, Occurrence, OpeningId};

use super::answer::{About, Answer, Side};
use super::ask::Report;
use super::clock::Openings;
use super::cut_off::CutOff;
use super::opened::SPACED;
use super::play::{Shows, Witness};
use super::report::{Difference, Example, What};
use super::search::{Beside, By};
use super::telling::Telling;
use super::verdict::Verdict;
use super::whom::whom_before;
use crate::replay::Moment;

impl Telling<'_> {
    /// Whether it is over in one version only, because another number of it is asked.
    pub(super) fn is_counted(&self, old: &[Answer], new: &[Answer]) -> bool {
        // The letter that comes before the last attempt is counted with the attempts.
        let over = [
            Happening::AllDone,
            Happening::Exhausted,
            Happening::GaveUp,
            Happening::Announced,
            // A visit more than are asked for is none.
            Happening::Done,
        ];
        let over = over.map(|on| u32::from(on.code()));
        old.iter().chain(new).any(|answer| match answer {
            Answer::Happened(of, code) => self.counted.contains(of) && over.contains(code),
            Answer::Announced(of) => self.counted.contains(of),
            _ => false,
        }) || self.is_notice(old, new)
    }

    /// Whether nothing differs but that a visit is announced, of which is told how it is announced.
    fn is_notice(&self, old: &[Answer], new: &[Answer]) -> bool {
        let announced = u32::from(Happening::Announced.code());
        let is_it = |one: &Answer| match one {
            Answer::Announced(of) => self.spaced.contains(of) || self.readied.contains(of),
            Answer::Happened(of, code) => *code == announced && self.readied.contains(of),
            _ => false,
        };
        !(old.is_empty() && new.is_empty()) && old.iter().chain(new).all(is_it)
    }

    /// Whether a clock of an obligation that differs in itself has brought it about.
    pub(super) fn follows(&self, played: &Witness, shows: &Shows) -> bool {
        let [old, new] = self.ran_out_in_each(played);
        // An attempt that does not count at its hour moves the next one.
        old.union(&new).any(|of| {
            let is_in_one = old.contains(of) != new.contains(of);
            (self.termed.contains(of) || self.readied.contains(of)) && (is_in_one || says_apart(shows, *of))
                // What keeps running does so while its stage is interrupted as well.
                || self.let_go.contains(of) && is_in_one
        })
    }

    /// Whether it is reported of one of these obligations, which differ in when they are to be done, and is taken in one version only.
    pub(super) fn is_too_early(&self, among: &BTreeSet<u32>, (played, shows): (&Witness, &Shows)) -> bool {
        self.reported_of(played).is_some_and(|of| among.contains(&of) && says_apart(shows, of))
    }

    /// Whether a case ends, or has to wait for it, because a referral holds its end back in one version only.
    pub(super) fn is_held(&self, old: &[Answer], new: &[Answer], reported: Option<u32>) -> bool {
        let is_of_it = reported.is_some_and(|of| self.held.contains(&of));
        let mut all = old.iter().chain(new);
        let waits = all
            .clone()
            .any(|one| matches!(one, Answer::Told(_, About::Withheld(of)) if self.held.contains(of)));
        let is_in_one = old.is_empty() || new.is_empty();
        waits || is_of_it && is_in_one && all.all(|one| matches!(one, Answer::Ended(_)))
    }

    /// Whether nothing differs but that something is let go of with its stage, which it is in one version only, and that somebody hears
    /// of it; or that it begins anew where it runs on in the other one.
    pub(super) fn is_let_go(&self, old: &[Answer], new: &[Answer]) -> bool {
        let cancelled = u32::from(Happening::Cancelled.code());
        let mut all = old.iter().chain(new).peekable();
        all.peek().is_some()
            && all.all(|one| match one {
                Answer::Happened(of, code) => *code == cancelled && self.let_go.contains(of),
                Answer::Told(_, About::CalledOff(of)) | Answer::Opened(of) | Answer::Referred(of, _) => {
                    self.let_go.contains(of)
                }
                _ => false,
            })
    }

    /// Whether what is said in a state of the search would follow from an obligation that differs in itself.
    pub(super) fn would_follow(
        &self,
        beside: &Beside<'_>,
        at: usize,
        (old, new): (&[Answer], &[Answer]),
    ) -> bool {
        let Some(state) = beside.states.get(at) else { return false };
        let (own, reported) = match &state.by {
            By::Reported(report) => {
                let of = self.about(report);
                let is_apart = |of: u32| [old, new].into_iter().flatten().any(|one| is_of_it(*one, of));
                (of.is_some_and(|of| self.spaced.contains(&of) && is_apart(of)), of)
            }
            By::TimeWentBy => (old.iter().chain(new).any(|one| self.is_by_term(*one)), None),
        };
        own || self.is_counted(old, new) || self.is_held(old, new, reported) || self.is_let_go(old, new)
    }

    /// Whether a clock of an obligation that differs in itself brings such a thing, as a step of an escalation does; what is cancelled or
    /// resolved goes with something else.
    fn is_by_term(&self, answer: Answer) -> bool {
        let all = [&self.termed, &self.readied, &self.let_go];
        is_brought(answer, &|of| all.iter().any(|own| own.contains(&of)))
    }

    /// Of which obligations a clock runs out at the moment at which both part.
    pub(super) fn ran_out(&self, played: &Witness) -> BTreeSet<u32> {
        let [mut found, new] = self.ran_out_in_each(played);
        found.extend(new);
        found
    }

    /// The same in each version.
    fn ran_out_in_each(&self, played: &Witness) -> [BTreeSet<u32>; 2] {
        let mut each = [BTreeSet::new(), BTreeSet::new()];
        for ((moments, side), found) in played.moments.iter().zip([Side::Old, Side::New]).zip(&mut each) {
            let mut opened: BTreeMap<u32, u32> = BTreeMap::new();
            for (at, entry) in entries(moments) {
                match entry {
                    Entry::Opened { serial, opening, .. } => {
                        let row = self.reader.protocol(side).openings.row(*opening);
                        opened.insert(serial.0, self.reader.obligation(side, row.obligation));
                    }
                    Entry::TimerFired(timer) if at == played.at => {
                        let of = timer.kind.serial().and_then(|serial| opened.get(&serial.0));
                        found.extend(of.copied());
                    }
                    _ => {}
                }
            }
        }
        each
    }

    /// Of which obligation something is reported at the moment at which both part.
    pub(super) fn reported_of(&self, played: &Witness) -> Option<u32> {
        let (_, report) = played.told.last().filter(|(at, _)| *at == played.at)?;
        self.about(report)
    }

    /// Of which obligation something is reported.
    fn about(&self, report: &Report) -> Option<u32> {
        let of = |side: Side, event: &Option<Rc<Event>>| match event.as_deref() {
            Some(Event::Occurred { what: Occurrence::Obligation(of, _), .. }) => {
                Some(self.reader.obligation(side, *of))
            }
            _ => None,
        };
        of(Side::Old, &report.old).or_else(|| of(Side::New, &report.new))
    }

    /// Of an obligation that is to be done at other moments, what comes of that says what it means for the household, with an example
    /// each way where one is better off and another one worse. It is told by that then.
    pub(super) fn decided_by_what_follows(&mut self) {
        let borne = std::mem::take(&mut self.borne);
        for (number, pair) in self.plain.clone() {
            let of = u32::from(self.reader.old.openings.row(pair.0).obligation.0);
            let own: Vec<usize> = borne.iter().filter(|(by, _)| *by == Some(of)).map(|(_, at)| *at).collect();
            let is_spaced = |one: &&Difference| matches!(&one.what, What::Aspect { aspect, .. } if SPACED.contains(&aspect.key));
            let Some(one) = self.differences.get(number).filter(is_spaced) else { continue };
            let verdict = one.verdict;
            if verdict != Verdict::NotComparable {
                // What it means is known: of what comes of it that tells no more.
                self.is_told_with(verdict, &own);
                continue;
            }
            let shown = self.told_by_another(self.as_far_as_it_tells(own));
            if let Some(one) = self.differences.get_mut(number) {
                decide(one, shown);
            }
        }
    }

    /// What comes of something is told with it where it means the same, or where that is mixed.
    fn is_told_with(&mut self, verdict: Verdict, all: &[usize]) {
        for at in all {
            let one = self.differences.get_mut(*at);
            let own = one.filter(|one| verdict == Verdict::Mixed || one.verdict == verdict);
            own.into_iter().for_each(|one| one.follows = true);
        }
    }

    /// Of what comes of it what it tells: all of it where one household is worse off and another one better, or all that is one of both.
    /// Beside what is something else and no more than that, what is worse or better is told by itself; and so is what is
    /// mixed, unless there is one of both.
    fn as_far_as_it_tells(&self, mut all: Vec<usize>) -> Vec<usize> {
        let verdict = |at: &usize| self.differences.get(*at).map(|one| one.verdict);
        let has = |wanted: Verdict| all.iter().any(|at| verdict(at) == Some(wanted));
        let is_both = has(Verdict::Weaker) && has(Verdict::Stronger);
        let has_other = has(Verdict::NotComparable);
        if !is_both {
            all.retain(|at| verdict(at) != Some(Verdict::Mixed));
        }
        if !is_both && has_other {
            all.retain(|at| verdict(at) == Some(Verdict::NotComparable));
        }
        all
    }

    /// Each of these differences is told by another one: in which the household is worse off, and in which it is better off.
    fn told_by_another(&mut self, all: Vec<usize>) -> [Option<Example>; 2] {
        let mut shown = [None, None];
        for at in all {
            let Some(one) = self.differences.get_mut(at) else { continue };
            one.follows = true;
            if let (Verdict::Weaker, [slot, _]) | (Verdict::Stronger, [_, slot]) = (one.verdict, &mut shown) {
                *slot = slot.take().or_else(|| one.examples.first().cloned());
            }
        }
        shown
    }

    /// Where both columns of an example read the same, what follows from what differs shows it better: when somebody has to do
    /// with it, and with what comes of it.
    pub(super) fn shown_by_what_follows(&mut self, beside: &Beside<'_>) {
        let plain = std::mem::take(&mut self.plain);
        for (number, pair) in plain {
            let Some(Some(example)) = self.differences.get(number).map(|one| match one.examples.as_slice() {
                [only] if reads_the_same(only) => self.follower(beside, pair),
                // How often it is tried shows when somebody has tried it so often, whatever else differs.
                [_] if is_of_attempts(one) => self.follower_by_report(beside, pair),
                _ => None,
            }) else {
                continue;
            };
            if let Some(one) = self.differences.get_mut(number) {
                one.examples = vec![example];
            }
        }
    }

    /// The first history in which what differs of an obligation brings something about.
    fn follower(&self, beside: &Beside<'_>, pair: Openings) -> Option<Example> {
        let (shows, played) = self.follower_of(pair)?;
        Some(Example { whom: whom_before(beside, shows, played), ..self.example(played) })
            .filter(|example| !reads_the_same(example))
    }

    /// The first one in which somebody reports something of it.
    fn follower_by_report(&self, beside: &Beside<'_>, pair: Openings) -> Option<Example> {
        let of = u32::from(self.reader.old.openings.row(pair.0).obligation.0);
        let is_it = |(shows, played): &&(Shows, Witness)| {
            self.reported_of(played) == Some(of) && says_apart(shows, of) && open_it(played, pair)
        };
        let (shows, played) = self.roots.iter().find(is_it)?;
        Some(Example { whom: whom_before(beside, shows, played), ..self.example(played) })
    }

    /// The same as it was played, with what it shows.
    pub(super) fn follower_of(&self, pair: Openings) -> Option<&(Shows, Witness)> {
        let of = u32::from(self.reader.old.openings.row(pair.0).obligation.0);
        self.roots.iter().find(|(shows, played)| {
            let [old, new] = self.ran_out_in_each(played).map(|all| all.contains(&of));
            let Shows::Apart(gone, come) = shows else { return false };
            let is_let_go = self.let_go.contains(&of) && self.is_let_go(gone, come);
            let concerns = old || new || is_let_go || self.reported_of(played) == Some(of);
            concerns && (old != new || says_apart(shows, of)) && open_it(played, pair)
        })
    }
}

/// What a difference means, by what comes of it.
fn decide(one: &mut Difference, shown: [Option<Example>; 2]) {
    let effect = |example: Example, effect: Option<Verdict>| Example { effect, ..example };
    let (verdict, examples) = match shown {
        [Some(worse), Some(better)] => {
            let worse = effect(worse, Some(Verdict::Weaker));
            (Verdict::Mixed, vec![worse, effect(better, Some(Verdict::Stronger))])
        }
        [Some(worse), None] => (Verdict::Weaker, vec![effect(worse, None)]),
        [None, Some(better)] => (Verdict::Stronger, vec![effect(better, None)]),
        [None, None] => return,
    };
    (one.verdict, one.examples) = (verdict, examples);
}

impl Beside<'_> {
    /// Whether a clock of what both open, and which differs in itself, brings what is found in a state: that is told of itself.
    pub(super) fn is_brought(&self, termed: &BTreeSet<u32>, at: usize) -> bool {
        let Some(state) = self.states.get(at).filter(|state| matches!(state.by, By::TimeWentBy)) else {
            return false;
        };
        let all =
            self.unsettled.get(state.unsettled).into_iter().flat_map(|(old, new)| old.iter().chain(new));
        all.into_iter().any(|(answer, _)| is_brought(*answer, &|of| termed.contains(&of)))
    }
}

/// Whether a clock of one of these brings such a thing; what is cancelled or resolved goes with something else.
fn is_brought(answer: Answer, is_timed: &impl Fn(u32) -> bool) -> bool {
    match answer {
        Answer::Happened(of, code) => is_timed(of) && !ends_with_it(code),
        Answer::Told(_, About::Step(of)) => is_timed(of),
        _ => false,
    }
}

/// Whether a history is the same to read in both versions.
/// Whether it is how often something is tried that differs.
fn is_of_attempts(one: &Difference) -> bool {
    matches!(&one.what, What::Aspect { aspect, .. } if aspect.key == "attempts")
}

pub(super) fn reads_the_same(example: &Example) -> bool {
    let [old, new] = &example.scenes;
    old == new
}

/// Whether something of an obligation is said by one version alone. Where both take what is reported of it alike, what they say else
/// comes of something else.
fn says_apart(shows: &Shows, of: u32) -> bool {
    let Shows::Apart(old, new) = shows else { return false };
    old.iter().chain(new).any(|one| is_of_it(*one, of))
}

/// Whether an answer is about an obligation that is open.
fn is_of_it(answer: Answer, of: u32) -> bool {
    answer.about() == Some(of) && !matches!(answer, Answer::Opened(_) | Answer::NotOpened(_))
}

/// What is written in a history, with its moments.
pub(super) fn entries(moments: &[Moment]) -> impl Iterator<Item = (Timestamp, &Entry)> {
    moments.iter().flat_map(|moment| moment.entries.iter().map(|entry| (moment.at, entry)))
}

/// Whether both open it before they part, each at its place.
pub(super) fn open_it(played: &Witness, (first, second): Openings) -> bool {
    let [old, new] = &played.moments;
    let opens = |moments: &[Moment], at: OpeningId| {
        let is_it = |entry: &Entry| matches!(entry, Entry::Opened { opening, .. } if *opening == at);
        entries(moments).any(|(when, entry)| when <= played.at && is_it(entry))
    };
    opens(old, first) && opens(new, second)
}

/// What ends with something else: what is cancelled because its stage is left, an escalation that is resolved with what it is about.
fn ends_with_it(code: u32) -> bool {
    [Happening::Cancelled, Happening::Resolved].iter().any(|on| u32::from(on.code()) == code)
}

/// What is more than a consequence: what ends because its stage is left is one, beside anything else, unless it is cut off; and so is
/// that somebody hears of it. That an escalation has come to a step says nothing beside what the step does. What is said twice is
/// said once.
pub(super) fn causing((old, new): (&[Answer], &[Answer]), cut: &[CutOff; 2]) -> (Vec<Answer>, Vec<Answer>) {
    let [cut_in_old, cut_in_new] = cut;
    let is_step = |code: u32| code == u32::from(Happening::Step.code());
    let is_cause = |one: &Answer| match one {
        Answer::Happened(_, code) => !ends_with_it(*code) && !is_step(*code),
        Answer::Told(_, About::CalledOff(_)) => false,
        _ => true,
    };
    let all = !old.iter().chain(new).any(is_cause);
    let causes = |said: &[Answer], cut: &CutOff| -> Vec<Answer> {
        let is_told = |one: &Answer| all || is_cause(one) || cut.has(*one);
        let mut causes: Vec<Answer> = said.iter().copied().filter(is_told).collect();
        causes.dedup();
        causes
    };
    (causes(old, cut_in_old), causes(new, cut_in_new))
}
