//! The differences that were found, each once, with what shows it and what brings it about.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use voordeur_engine::Entry;
use voordeur_messages::{language, say};
use voordeur_protocol::{Happening, OpeningId, Protocol};

use super::answer::{Answer, Reader, Said, Side, seen};
use super::aspects::aspects;
use super::met::met;
use super::play::{Later, Shows, Witness, witness};
use super::report::{Compared, Difference, Done, Example, Unconfirmed, What};
use super::search::Beside;
use super::verdict::{Counts, Verdict};
use super::whom::whom;
use crate::replay::{History, Moment};

pub(super) fn told(beside: &Beside<'_>) -> Compared {
    let mut telling = Telling {
        reader: beside.reader,
        differences: Vec::new(),
        unconfirmed: Vec::new(),
        termed: BTreeSet::new(),
        counted: BTreeSet::new(),
    };
    for (pair, at) in beside.opened.clone() {
        telling.opened(beside, pair, at);
    }
    let mut seen: BTreeMap<(Shows2, [Option<String>; 2]), usize> = BTreeMap::new();
    for at in beside.found.clone() {
        let Some((shows, stages)) = class(beside, at) else { continue };
        seen.entry((shows, stages)).or_insert(at);
    }
    let mut roots: Vec<_> = seen.into_iter().collect();
    roots.sort_by_key(|(_, at)| *at);
    for (((old, new), stages), at) in roots {
        telling.answered(beside, at, &Shows::Apart(old, new), stages);
    }
    let mut differences = telling.differences;
    differences.sort_by_key(|one| (one.follows, one.verdict));
    Compared {
        situations: beside.states.len(),
        incomplete: beside.incomplete,
        differences,
        unconfirmed: telling.unconfirmed,
        free: [Side::Old, Side::New].map(|side| free(beside.reader, side)),
    }
}

fn free(reader: Reader<'_>, side: Side) -> String {
    if reader.names.same_calendar { String::new() } else { reader.names.days.plain(side) }
}

type Shows2 = (Vec<Answer>, Vec<Answer>);

/// What is said by one version alone in a state, and in which stages the case was before.
fn class(beside: &Beside<'_>, at: usize) -> Option<(Shows2, [Option<String>; 2])> {
    let state = beside.states.get(at)?;
    let (old, new) = beside.unsettled.get(state.unsettled)?;
    let answers = |said: &[Said]| seen(said);
    let mut from = state.from;
    while let Some(before) = from.and_then(|at| beside.states.get(at)).filter(|state| state.unsettled != 0) {
        from = before.from;
    }
    Some(((answers(old), answers(new)), stages(beside, from)))
}

fn stages(beside: &Beside<'_>, at: Option<usize>) -> [Option<String>; 2] {
    let places = at.and_then(|at| beside.states.get(at)).map_or([None, None], |state| state.places);
    let [old, new] = places;
    let name = |place: Option<usize>, number: usize| {
        let search = beside.sides.get(number)?;
        let stage = search.situations.get(place?)?.case.stay.as_ref()?.stage;
        Some(search.protocol.stages.row(stage).name.clone())
    };
    [name(old, 0), name(new, 1)]
}

/// In what an obligation differs of which another number is asked.
const COUNTED: [&str; 3] = ["plan", "attempts", "ask-again"];

struct Telling<'a> {
    reader: Reader<'a>,
    differences: Vec<Difference>,
    unconfirmed: Vec<Unconfirmed>,
    /// The obligations that differ in themselves.
    termed: BTreeSet<u32>,
    /// The obligations of which another number is asked: when they are over is a matter of that.
    counted: BTreeSet<u32>,
}

impl Telling<'_> {
    /// Both open the same obligation, each in its own way.
    fn opened(&mut self, beside: &Beside<'_>, pair: (OpeningId, OpeningId), at: usize) {
        let found = aspects(self.reader, pair);
        if found.is_empty() {
            return;
        }
        let (old, new) = (self.reader.old, self.reader.new);
        let (first, second) = (old.openings.row(pair.0), new.openings.row(pair.1));
        self.termed.insert(u32::from(first.obligation.0));
        let name = new.obligations.row(second.obligation).name.clone();
        if found.iter().any(|aspect| COUNTED.contains(&aspect.key)) {
            self.counted.insert(u32::from(first.obligation.0));
        }
        for aspect in found {
            let of = name.clone();
            let laters: &[Later] = match (aspect.key, aspect.verdict) {
                ("term", Verdict::Mixed) => &[Later::New, Later::Old],
                ("term", Verdict::Weaker) if first.term.is_some() && second.term.is_some() => &[Later::New],
                ("term", Verdict::Stronger) if first.term.is_some() && second.term.is_some() => &[Later::Old],
                _ => &[Later::Any],
            };
            let each = laters.iter().map(|later| witness(beside, at, &Shows::Opened(pair.0, pair.1, *later)));
            let Some(played) = each.collect::<Option<Vec<Witness>>>() else {
                let [old, new] = &aspect.plain;
                let key = format!("{of} {} {old} → {new}", aspect.key);
                self.unconfirmed
                    .push(Unconfirmed { text: format!("{of}: {} → {}", aspect.old, aspect.new), key });
                continue;
            };
            let verdict = aspect.verdict;
            let line =
                |opening: u32, declared: u32| (if opening > 0 { opening } else { declared }, String::new());
            let causes = [
                Some(line(first.line, old.obligations.row(first.obligation).line)),
                Some(line(second.line, new.obligations.row(second.obligation).line)),
            ];
            let what = What::Aspect { of, aspect };
            // The first of two that are the same in all but where they are opened is enough.
            if !self.differences.iter().any(|known| known.what == what && known.causes == causes) {
                let shows = Shows::Opened(pair.0, pair.1, laters.first().copied().unwrap_or(Later::Any));
                let place = stages(beside, Some(at));
                let one = self.difference(verdict, what, place, causes, (beside, &shows, &played));
                self.differences.push(one);
            }
        }
    }

    fn answered(&mut self, beside: &Beside<'_>, at: usize, shows: &Shows, stages: [Option<String>; 2]) {
        let Shows::Apart(old, new) = shows else { return };
        let played = witness(beside, at, shows);
        let (old, new) = causing((old, new));
        let (old, new) = (old.as_slice(), new.as_slice());
        let Some(played) = played else {
            let words = |all: &[Answer]| {
                all.iter().map(|one| self.reader.words(*one).0).collect::<Vec<_>>().join(", ")
            };
            let keys = |all: &[Answer]| {
                all.iter().map(|one| self.reader.words(*one).1).collect::<Vec<_>>().join(", ")
            };
            let text = match (old.is_empty(), new.is_empty()) {
                (false, true) => say!("no more: {gone}", gone = words(old)),
                (true, _) => say!("new: {come}", come = words(new)),
                (false, false) => say!("{gone} becomes {come}", gone = words(old), come = words(new)),
            };
            self.unconfirmed.push(Unconfirmed { text, key: format!("{} ≠ {}", keys(old), keys(new)) });
            return;
        };
        let done = |all: &[Answer], other: Side| -> Vec<Done> {
            all.iter().map(|one| self.done(*one, other, &played)).collect()
        };
        let (only_old, only_new) = (done(old, Side::New), done(new, Side::Old));
        let verdict = self.verdict((old, new), &played);
        let causes = [self.cause(Side::Old, &played), self.cause(Side::New, &played)];
        let follows = self.follows(&played) || self.is_counted(old, new);
        let what = What::Answers { old: only_old, new: only_new };
        let met = met(self.reader, &beside.reach, &played);
        let mut one = self.difference(verdict, what, stages, causes, (beside, shows, &[played]));
        one.follows = follows;
        one.met = met;
        self.differences.push(one);
    }

    fn difference(
        &self,
        verdict: Verdict,
        what: What,
        stages: [Option<String>; 2],
        causes: [Option<(u32, String)>; 2],
        (beside, shows, played): (&Beside<'_>, &Shows, &[Witness]),
    ) -> Difference {
        // Of what is mixed the first household is worse off, and the second one better.
        let effects = [Some(Verdict::Weaker), Some(Verdict::Stronger)];
        let is_both = verdict == Verdict::Mixed && played.len() == effects.len();
        let effects =
            effects.map(|effect| effect.filter(|_| is_both)).into_iter().chain(std::iter::repeat(None));
        let examples = played
            .iter()
            .zip(effects)
            .map(|(one, effect)| Example { whom: whom(beside, shows, one), effect, ..self.example(one) })
            .collect();
        Difference {
            verdict,
            what,
            stages,
            also: Vec::new(),
            causes,
            examples,
            follows: false,
            met: Default::default(),
        }
    }

    fn example(&self, played: &Witness) -> Example {
        let [old, new] = &played.moments;
        let scenes = |moments: &[Moment], protocol: &Protocol| {
            let history = History { moments: moments.to_vec(), refused: None };
            // What happens is called as the reader calls it, however the file spells it.
            history.scenes(&Protocol { spelling: language(), ..protocol.clone() })
        };
        let local = self.reader.new.calendar.local(played.at);
        Example {
            scenes: [scenes(old, self.reader.old), scenes(new, self.reader.new)],
            when: voordeur_calendar::moment_in_words(local),
            at: local.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
            whom: Vec::new(),
            effect: None,
        }
    }

    /// Something that one version does, and when the other one does it.
    fn done(&self, answer: Answer, other: Side, played: &Witness) -> Done {
        let (text, key) = self.reader.words(answer);
        let later = self.when(answer, other, played);
        let otherwise = later.map(|at| {
            let calendar = &self.reader.protocol(other).calendar;
            voordeur_calendar::moment_in_words(calendar.local(at))
        });
        Done { text, key, otherwise }
    }

    /// When a version does something after the moment at which they part.
    fn when(&self, answer: Answer, side: Side, played: &Witness) -> Option<Timestamp> {
        let [old, new] = &played.moments;
        let moments = if side == Side::Old { old } else { new };
        let after = moments.iter().filter(|moment| moment.at > played.at);
        let mut says = after
            .filter(|moment| self.reader.said(side, &moment.entries).iter().any(|(said, _)| *said == answer));
        says.next().map(|moment| moment.at)
    }

    /// Help that is gone or comes later is worse; help that is new or comes sooner is better; both, or neither, is
    /// something else.
    fn verdict(&self, (old, new): (&[Answer], &[Answer]), played: &Witness) -> Verdict {
        let (mut worse, mut better, mut other) = (false, false, false);
        for answer in old {
            match self.reader.counts(*answer) {
                Counts::Helps => worse = true,
                Counts::Harms => better = true,
                Counts::Neither => other = true,
            }
        }
        for answer in new {
            match self.reader.counts(*answer) {
                Counts::Helps => better = true,
                Counts::Harms => worse = true,
                Counts::Neither => other = true,
            }
        }
        let _ = played;
        match (worse, better) {
            (true, false) => Verdict::Weaker,
            (false, true) => Verdict::Stronger,
            (true, true) => Verdict::NotComparable,
            (false, false) => {
                debug_assert!(other || old.is_empty() && new.is_empty());
                Verdict::NotComparable
            }
        }
    }

    /// The last rule that a version applies at the moment at which they part.
    fn cause(&self, side: Side, played: &Witness) -> Option<(u32, String)> {
        let [old, new] = &played.moments;
        let moments = if side == Side::Old { old } else { new };
        let protocol = self.reader.protocol(side);
        let now = moments.iter().filter(|moment| moment.at == played.at).flat_map(|moment| &moment.entries);
        let mut cause = None;
        for entry in now {
            match entry {
                Entry::RuleFired { rule } => {
                    let row = protocol.rules.row(*rule);
                    cause = Some((row.line, row.text.clone()));
                }
                Entry::Reported { trigger, branch, .. } => {
                    let row = protocol.triggers.row(*trigger);
                    let branch = row.branches.get(usize::from(*branch));
                    cause = branch.map(|branch| (branch.line, branch.text.clone()));
                }
                _ => {}
            }
        }
        cause
    }

    /// Whether it is over in one version only, because another number of it is asked.
    fn is_counted(&self, old: &[Answer], new: &[Answer]) -> bool {
        let over = [Happening::AllDone, Happening::Exhausted].map(|on| u32::from(on.code()));
        old.iter().chain(new).any(|answer| match answer {
            Answer::Happened(of, code) => self.counted.contains(of) && over.contains(code),
            _ => false,
        })
    }

    /// Whether a clock of an obligation that differs in itself has brought it about.
    fn follows(&self, played: &Witness) -> bool {
        let all = played.moments.iter().zip([Side::Old, Side::New]);
        all.into_iter().any(|(moments, side)| {
            let mut opened: BTreeMap<u32, u32> = BTreeMap::new();
            for moment in moments {
                for entry in &moment.entries {
                    match entry {
                        Entry::Opened { serial, opening, .. } => {
                            let row = self.reader.protocol(side).openings.row(*opening);
                            opened.insert(serial.0, self.reader.obligation(side, row.obligation));
                        }
                        Entry::TimerFired(timer) if moment.at == played.at => {
                            let of = timer.kind.serial().and_then(|serial| opened.get(&serial.0));
                            if of.is_some_and(|of| self.termed.contains(of)) {
                                return true;
                            }
                        }
                        _ => {}
                    }
                }
            }
            false
        })
    }
}

/// What is more than a consequence: what is cancelled because its stage is left is one, beside anything else. What is said twice is
/// said once.
fn causing((old, new): (&[Answer], &[Answer])) -> (Vec<Answer>, Vec<Answer>) {
    let cancelled = u32::from(Happening::Cancelled.code());
    let is_cause = |one: &Answer| !matches!(one, Answer::Happened(_, code) if *code == cancelled);
    let all = !old.iter().chain(new).any(is_cause);
    let causes = |said: &[Answer]| -> Vec<Answer> {
        let mut causes: Vec<Answer> = said.iter().copied().filter(|one| all || is_cause(one)).collect();
        causes.dedup();
        causes
    };
    (causes(old), causes(new))
}
