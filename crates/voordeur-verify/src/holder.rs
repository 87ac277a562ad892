//! Referrals that are not looked at, and may keep a case from ending well: when a case would end well one of them may just as
//! well be open. Then the case waits until somebody takes it up, at any moment; its terms are not looked at.
//!
//! ```text
//!   a step ends the case well ──▶ as it is: ended
//!                            └──▶ with a referral open: what would end it is withheld ── taken up ──▶ ended
//! ```
//!
//! More can happen so than really can. What shows only after such a wait is looked at once more, with the referrals.

use std::rc::Rc;

use voordeur_engine::{Case, Entry, Event, Serial, apply};
use voordeur_protocol::model::{Deviation, EndKind};
use voordeur_protocol::{
    Happening, Id as _, Kind, ObligationId, Occurrence, OpeningId, Protocol, Rule, Scope, StageId, Target,
};

/// Such referrals.
#[derive(Debug, Clone, Default)]
pub(crate) struct Holders {
    all: Vec<Holder>,
}

/// A referral that keeps running after the stages that open it.
#[derive(Debug, Clone)]
struct Holder {
    opening: OpeningId,
    of: ObligationId,
    /// The stages in which it can be open.
    stages: Vec<bool>,
}

impl Holders {
    /// These openings, the first of them first, and whether a stage opens one.
    pub(crate) fn of(
        protocol: &Protocol,
        openings: &[OpeningId],
        opens: impl Fn(StageId, ObligationId) -> bool,
    ) -> Self {
        let one = |opening: &OpeningId| {
            let of = protocol.openings.row(*opening).obligation;
            let stages = protocol.stages.iter().map(|(stage, _)| opens(stage, of)).collect();
            Holder { opening: *opening, of, stages: after(protocol, stages) }
        };
        Self { all: openings.iter().map(one).collect() }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The one that a case waits for.
    pub(crate) fn waited_for(&self, case: &Case) -> Option<Serial> {
        let waits = case.stay.as_ref().is_some_and(|stay| !stay.withheld.is_empty());
        let mut all = self.all.iter().filter(|_| waits);
        all.find_map(|one| Some(case.open.iter().find(|open| open.opening == one.opening)?.serial))
    }

    /// The case with one of them open, where a step that ends it well can meet that.
    pub(crate) fn open_in(
        &self,
        protocol: &Protocol,
        case: &Rc<Case>,
        entries: &[Entry],
    ) -> Option<Rc<Case>> {
        let stage = case.stay.as_ref()?.stage;
        let can_be = |one: &&Holder| one.stages.get(stage.index()).copied().unwrap_or(true);
        let one = self.all.iter().find(can_be)?;
        if self.waited_for(case).is_some() || !entries.iter().any(|entry| ends_well(protocol, entry)) {
            return None;
        }
        let mut held = Case::clone(case);
        let serial = Serial(held.serials.saturating_add(1));
        let state = Kind::Referral.lifecycle().start(false);
        let sent = Entry::Opened { serial, opening: one.opening, state, stay: 0, parent: None };
        apply(protocol, &mut held, case.touched_at, &sent);
        Some(Rc::new(held))
    }

    /// Whether what is reported is something else that becomes of one of them than that it is taken up.
    pub(crate) fn is_passed_over(&self, event: &Event) -> bool {
        match event {
            Event::Occurred { what: Occurrence::Obligation(of, on), .. } => {
                *on != Happening::TakenUp && self.all.iter().any(|one| one.of == *of)
            }
            _ => false,
        }
    }
}

fn ends_well(protocol: &Protocol, entry: &Entry) -> bool {
    matches!(entry, Entry::Ended { end } if protocol.ends.row(*end).kind == EndKind::Success)
}

/// The stages, and those that a case can come to from them.
fn after(protocol: &Protocol, mut stages: Vec<bool>) -> Vec<bool> {
    let moves = |what: &Deviation| matches!(what, Deviation::MoveTo(_));
    let anywhere = protocol.stages.rows().any(|row| row.interrupts)
        || protocol.deviations.iter().any(|row| moves(&row.what));
    if anywhere {
        stages.fill(true);
        return stages;
    }
    loop {
        let is = |stage: StageId| stages.get(stage.index()).copied().unwrap_or(true);
        let starts = |rule: &&Rule| match rule.scope {
            Scope::Always => stages.contains(&true),
            Scope::Stage(stage) => is(stage),
        };
        let targets = protocol.rules.rows().filter(starts).filter_map(|rule| rule.target);
        let reached: Vec<StageId> = targets.flat_map(|target| led_to(protocol, target)).collect();
        let more: Vec<StageId> = reached.into_iter().filter(|stage| !is(*stage)).collect();
        if more.is_empty() {
            return stages;
        }
        for stage in more {
            if let Some(slot) = stages.get_mut(stage.index()) {
                *slot = true;
            }
        }
    }
}

/// The stages that a target leads to, with those that stand in for one that has been entered as often as it may be.
fn led_to(protocol: &Protocol, target: Target) -> Vec<StageId> {
    let next = |target: &Target| match target {
        Target::Stage(stage) => protocol.stages.row(*stage).limit.map(|limit| limit.otherwise),
        _ => None,
    };
    let all = std::iter::successors(Some(target), next).take(protocol.stages.len() + 1);
    let stages = all.filter_map(|target| if let Target::Stage(stage) = target { Some(stage) } else { None });
    stages.collect()
}
