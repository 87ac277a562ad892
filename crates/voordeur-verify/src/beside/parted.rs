//! Histories in which versions parted while something else was looked for: what those show need not be looked for again.

use jiff::Timestamp;
use voordeur_protocol::{Protocol, StageId};

use super::answer::Answer;
use super::onward::{Onward, before};
use super::play::{Player, Shows, Two, Witness};
use super::search::Beside;

/// So many are kept.
const MOST: usize = 64;

/// A history in which versions parted.
#[derive(Debug)]
pub(super) struct Parted {
    /// What the old version alone says there, and what the new one alone.
    pub(super) said: [Vec<Answer>; 2],
    /// In which stages the case was before that.
    pub(super) stages: [Option<StageId>; 2],
    pub(super) two: Two,
    pub(super) at: Timestamp,
    /// In so many days the next birthday came.
    pub(super) ahead: Option<i64>,
}

impl Beside<'_> {
    /// Remembers a history, the first one of each kind.
    pub(super) fn keep_parted(&self, one: Parted) {
        let mut all = self.parted.borrow_mut();
        let is_known = all.iter().any(|known| (&known.said, known.stages) == (&one.said, one.stages));
        if !is_known && all.len() < MOST {
            all.push(one);
        }
    }

    /// A history that shows one of these in these stages, where one is known; or else one in which the case goes to the same stages as
    /// it does there, which means the same.
    pub(super) fn parted(
        &self,
        states: &[(usize, Shows)],
        stages: &[Option<String>; 2],
    ) -> Option<(Witness, Shows)> {
        let all = self.parted.borrow();
        let here: Vec<&Parted> = all.iter().filter(|one| self.names_of(one.stages) == *stages).collect();
        let shows_it = |one: &&&Parted| states.iter().any(|(_, shows)| one.shows() == *shows);
        let one = here.iter().find(shows_it).or_else(|| {
            let (at, shows) = states.first()?;
            let (Shows::Apart(old, new), from) = (shows, before(self, *at)) else { return None };
            let (onward, verdict) = (Onward::of_state(self, from, *at), self.reader.leaning(old, new));
            let goes_there = |one: &&&Parted| {
                let [gone, come] = &one.said;
                let own = Onward::at(self.reader, &one.two.moments, one.at);
                own.keys() == onward.keys() && self.reader.leaning(gone, come) == verdict
            };
            here.iter().find(goes_there).filter(|_| onward.is_apart())
        })?;
        Some((one.witness(self), one.shows()))
    }

    fn names_of(&self, [old, new]: [Option<StageId>; 2]) -> [Option<String>; 2] {
        let [before, after] = &self.sides;
        let name = |protocol: &Protocol, stage: StageId| protocol.stages.row(stage).name.clone();
        [old.map(|stage| name(before.protocol, stage)), new.map(|stage| name(after.protocol, stage))]
    }
}

impl Parted {
    /// The history with what comes of it.
    pub(super) fn witness(&self, beside: &Beside<'_>) -> Witness {
        let shows = Shows::Onward([None, None]);
        let mut player = Player { beside, shows: &shows, steps: 0, ahead: self.ahead };
        player.waited(self.two.clone(), self.at)
    }

    fn shows(&self) -> Shows {
        let [old, new] = &self.said;
        Shows::Apart(old.clone(), new.clone())
    }
}
