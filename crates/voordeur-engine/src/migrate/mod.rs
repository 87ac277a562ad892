//! Taking a running case over to another version of its pathway.
//!
//! | file | decides |
//! | --- | --- |
//! | `counterparts.rs` | what each part of the old version is in the new one |
//! | `moments.rs` | which moment of a contact of an aftercare is which |
//! | `terms.rs` | which terms have changed, and when something is due by the new ones |
//! | `places.rs` | where its stays come: the stage that it is in, and the one that it interrupts |
//! | `carry.rs` | what the case is in the new version, and what keeps it from coming over |
//! | `begins.rs` | what is set in motion on arrival |
//! | `clocks.rs` | which of its clocks run on, which are counted anew, and which are new |
//! | `told.rs` | who hears of it |
//! | `stranded.rs` | what must never be of a running case |
//! | `unasked.rs` | what the new version reads, and what a case was never asked |
//! | `obstacle.rs` | why a case cannot come over, in words |
//! | `replay.rs` | the history of a case, played on the new version |
//!
//! No I/O: what is said here of a case, a plan tells and a migration does.

mod begins;
mod carry;
mod clocks;
mod counterparts;
mod lives;
mod moments;
mod obstacle;
mod places;
mod replay;
mod school;
mod stranded;
mod terms;
mod told;
mod unasked;

use jiff::Timestamp;
use voordeur_protocol::model::Deadlines;
use voordeur_protocol::{Protocol, StageId};

pub use carry::{CarriedOver, Shift};
pub use obstacle::Obstacle;
pub use replay::{Clocks, HistoryStep, Replayed};
pub use stranded::{Stranded, stranded};
pub use terms::ChangedTerm;

use crate::arrival::Edition;
use crate::case::Case;
use carry::Carrying;
use counterparts::Counterparts;
use replay::{Player, timeless};

/// The way from one version of a pathway to another.
#[derive(Debug)]
pub struct Passage<'a> {
    counterparts: Counterparts<'a>,
    from: Edition,
    to: Edition,
    changed: Vec<ChangedTerm>,
    /// The new version as histories are played on it.
    timeless: Protocol,
}

impl<'a> Passage<'a> {
    /// Looks at both versions once, for any number of cases.
    #[must_use]
    pub fn new((old, from): (&'a Protocol, Edition), (new, to): (&'a Protocol, Edition)) -> Self {
        let counterparts = Counterparts::of(old, new);
        let changed = counterparts.changed_terms();
        let timeless = timeless(&counterparts);
        Self { counterparts, from, to, changed, timeless }
    }

    /// The terms that are not the same in both.
    #[must_use]
    pub fn changed_terms(&self) -> &[ChangedTerm] {
        &self.changed
    }

    /// The terms that have changed, and of which the new version does not say what becomes of the deadlines that run.
    pub fn unsaid(&self) -> impl Iterator<Item = &ChangedTerm> {
        self.changed.iter().filter(|term| term.said.is_none())
    }

    /// The stages of which the new version speaks, and that the old one does not have.
    #[must_use]
    pub fn unknown_stages(&self) -> Vec<&str> {
        let open = self.counterparts.new.open_cases.iter();
        let named = open.flat_map(|open| &open.stages).map(|(from, _)| from.as_str());
        let known = |name: &&str| self.counterparts.old.stages.rows().any(|row| row.name == **name);
        named.filter(|name| !known(name)).collect()
    }

    /// The history of a case that ran on the old version, played on the new one until a moment.
    #[must_use]
    pub fn replay(&self, history: &[HistoryStep], clocks: Clocks, until: Timestamp) -> Replayed {
        Player::new(&self.counterparts, &self.timeless).play(history, clocks, until)
    }

    /// The same for a case that came to the old version from another one: from then on, as it was when it came.
    ///
    /// `None` when it could not have come to the new version then.
    #[must_use]
    pub fn replay_from(
        &self,
        (came, at): (&Case, Timestamp),
        history: &[HistoryStep],
        clocks: Clocks,
        until: Timestamp,
    ) -> Option<Replayed> {
        let there = self.carry(came, at).ok()?.case;
        let player = Player::from(&self.counterparts, &self.timeless, (came.clone(), there));
        Some(player.play(history, clocks, until))
    }

    /// Whether the clocks of open cases are those of the new version from the start.
    #[must_use]
    pub fn clocks(&self) -> Clocks {
        let anew = |term: &ChangedTerm| term.said == Some(Deadlines::FromStart);
        if self.changed.iter().all(anew) { Clocks::OfTheNew } else { Clocks::AsTheyWere }
    }

    /// Whether the new version names a stage of the old one in `open cases`: then it decides for the cases in it.
    #[must_use]
    pub fn names_stage(&self, old: StageId) -> bool {
        let name = &self.counterparts.old.stages.row(old).name;
        self.counterparts.new.open_cases.as_ref().is_some_and(|open| open.stage(name).is_some())
    }

    /// What a running case becomes when it comes over at `now`, with the entries of that step.
    ///
    /// # Errors
    /// Every [`Obstacle`] that keeps it from coming over.
    pub fn carry(&self, case: &Case, now: Timestamp) -> Result<CarriedOver, Vec<Obstacle>> {
        Carrying::new(&self.counterparts, case, now).carry(&self.from, &self.to)
    }
}
