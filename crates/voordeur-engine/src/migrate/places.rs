//! Where the stays of a case come in the new version: the stage that it is in, and the one that it interrupts.
//!
//! An interrupted stage is there to be returned to. Where the new version has no way back, the case goes back on arrival, gives
//! the interrupted stage up, or does not come over: it never keeps clocks that nothing would set going again.

use voordeur_protocol::StageId;
use voordeur_protocol::model::ComesTo;

use super::carry::Carrying;
use super::obstacle::Obstacle;
use crate::case::Stay;

/// Where a stay comes in the new version.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The number of the stay.
    pub(super) stay: u32,
    pub(super) old: StageId,
    pub(super) new: StageId,
    /// Whether the new version says so itself.
    pub(super) said: bool,
    /// Whether it is another stage, and not only one of another name.
    pub(super) moved: bool,
}

/// Where the stays of a case come.
#[derive(Debug)]
pub(super) struct Places {
    /// The stage that it is in from there on.
    pub(super) here: Place,
    /// The stage that is interrupted.
    pub(super) interrupted: Option<Place>,
    /// The number of a stay that is over with the coming over.
    pub(super) over: Option<u32>,
    /// Whether it goes back to the stage that it had interrupted.
    pub(super) resumed: bool,
}

impl Places {
    pub(super) fn all(&self) -> impl Iterator<Item = &Place> {
        std::iter::once(&self.here).chain(&self.interrupted)
    }

    pub(super) fn of(&self, stay: u32) -> Option<&Place> {
        self.all().find(|place| place.stay == stay)
    }

    /// Whether the new version names the stage in which the case is, and so decides for it.
    pub(super) const fn said_of_case(&self) -> bool {
        self.here.said
    }
}

impl Carrying<'_> {
    /// Where the stay comes, and the interrupted one; nothing when something keeps the case.
    pub(super) fn places(&mut self) -> Option<Places> {
        let case = self.case;
        let places = match (&case.stay, &case.suspended) {
            (None, _) => None,
            (Some(stay), None) => self.alone(stay),
            (Some(stay), Some(before)) => self.interrupting(stay, before),
        }?;
        // What leads back has to have something to lead back to: the stage that it is in, and also the one that it returns to.
        let nothing_before = places.interrupted.or(Some(places.here));
        if let Some(place) = nothing_before.filter(|place| self.leads_back_to_nothing(place)) {
            let stage = self.c.new.stages.row(place.new).name.clone();
            self.obstacles.push(Obstacle::NowhereBack { stage });
        }
        Some(places)
    }

    /// Where it was not so before: a stage may be entered in the old version without interrupting one.
    fn leads_back_to_nothing(&self, place: &Place) -> bool {
        self.c.new.stages.row(place.new).interrupts && !self.c.old.stages.row(place.old).interrupts
    }

    fn alone(&mut self, stay: &Stay) -> Option<Places> {
        let (here, stage) = (self.place(stay), self.name_of(stay));
        if self.goes_back(stay) {
            self.obstacles.push(Obstacle::NowhereBack { stage });
        } else if here.is_none() {
            self.obstacles.push(Obstacle::NoStage { stage });
        }
        Some(Places { here: here?, interrupted: None, over: None, resumed: false })
    }

    fn interrupting(&mut self, stay: &Stay, before: &Stay) -> Option<Places> {
        let (there, interrupted) = (self.place(stay), self.place(before));
        let (stage, other) = (self.name_of(stay), self.name_of(before));
        if self.goes_back(stay) {
            if interrupted.is_none() {
                self.obstacles.push(Obstacle::NoStage { stage: other });
            }
            let here = Place { said: true, ..interrupted? };
            return Some(Places { here, interrupted: None, over: Some(stay.number), resumed: true });
        }
        let Some(here) = there else {
            self.obstacles.push(Obstacle::NoInterrupting { stage, interrupted: other });
            return None;
        };
        // Back to what was interrupted, with its clocks as they were.
        if let Some(here) = interrupted.filter(|place| place.new == here.new) {
            return Some(Places { here, interrupted: None, over: Some(stay.number), resumed: true });
        }
        if self.c.new.stages.row(here.new).interrupts {
            if interrupted.is_none() {
                self.obstacles.push(Obstacle::NoStage { stage: other });
            }
            return Some(Places { here, interrupted: Some(interrupted?), over: None, resumed: false });
        }
        // As in the language: who goes on to a stage that does not lead back gives up what was interrupted.
        if here.said {
            return Some(Places { here, interrupted: None, over: Some(before.number), resumed: false });
        }
        self.obstacles.push(Obstacle::NotBack { stage, interrupted: other });
        None
    }

    fn place(&self, stay: &Stay) -> Option<Place> {
        let own = self.c.stage(stay.stage);
        // Who goes back does not ask where; of a stage that is interrupted itself that says nothing.
        let said = match self.said(stay) {
            Some(ComesTo::Stage(stage)) => Some(stage),
            Some(ComesTo::Back) | None => None,
        };
        let new = said.or(own)?;
        Some(Place { stay: stay.number, old: stay.stage, new, said: said.is_some(), moved: own != Some(new) })
    }

    /// What the new version says of the cases in its stage.
    fn said(&self, stay: &Stay) -> Option<ComesTo> {
        let open = self.c.new.open_cases.as_ref()?;
        open.stage(&self.c.old.stages.row(stay.stage).name)
    }

    /// Whether the new version says that it goes back to what it had interrupted.
    fn goes_back(&self, stay: &Stay) -> bool {
        self.said(stay) == Some(ComesTo::Back)
    }

    fn name_of(&self, stay: &Stay) -> String {
        self.c.old.stages.row(stay.stage).name.clone()
    }
}
