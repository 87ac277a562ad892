//! Coming over to another version: what its stage has there, and had not before, is set in motion.

use jiff::Timestamp;
use smallvec::SmallVec;
use voordeur_protocol::{Kind, OpeningId, Protocol, RuleId};

use super::Work;
use crate::apply::apply;
use crate::case::{Case, Deferred, Instance, Serial};
use crate::entry::Entry;
use crate::rejection::Rejection;
use crate::timer::TimerKind;

/// What a stage sets in motion.
#[derive(Debug, Default)]
pub(crate) struct Begins {
    /// What is opened, and from when it is counted: a contact of an aftercare has its moments since that began.
    pub(crate) opens: SmallVec<[(OpeningId, Timestamp); 4]>,
    /// The rules on time that start to wait.
    pub(crate) timed: SmallVec<[RuleId; 4]>,
    /// The rules on entering the stage.
    pub(crate) entry: SmallVec<[RuleId; 4]>,
}

/// What is set in motion on arrival.
#[derive(Debug, Default)]
pub(crate) struct Arriving {
    /// By the stage that it comes in.
    pub(crate) here: Begins,
    /// By the stage that is interrupted, with the number of the stay: its clocks are held.
    pub(crate) interrupted: Option<(u32, Begins)>,
    /// What waited for the return to the stage that it comes in.
    pub(crate) deferred: SmallVec<[Deferred; 4]>,
    /// What is due at another moment: who does it hears when.
    pub(crate) told: SmallVec<[Serial; 4]>,
}

/// Carries out the entry by which a case comes over, and what follows from it. `entries` begins with that entry.
pub(crate) fn arrive(
    protocol: &Protocol,
    case: &mut Case,
    now: Timestamp,
    entries: &mut Vec<Entry>,
    arriving: &Arriving,
) -> Result<(), Rejection> {
    for entry in entries.iter() {
        apply(protocol, case, now, entry);
    }
    let mut work = Work::new(protocol, case, now, entries);
    work.tell_anew(&arriving.told);
    if let Some((stay, begins)) = &arriving.interrupted {
        work.opens_in = Some(*stay);
        work.begin_with(begins)?;
        work.opens_in = None;
    }
    work.begin_with(&arriving.here)?;
    work.rearm();
    work.end_escalations();
    work.requeue(arriving.deferred.clone());
    work.settle()?;
    work.pause_and_resume();
    Ok(())
}

/// What people are told when a case goes back to the version that it came from: whoever has something to do by another day
/// than was told when it came over, and whoever has something to do that was dropped then. `came`: the case as it stands on
/// the version that it leaves; `back`: as it is from here on, on `protocol`.
#[must_use]
pub fn told_on_return(protocol: &Protocol, came: &Case, back: &Case) -> Vec<Entry> {
    let by_people = |instance: &&Instance| {
        matches!(instance.obligation(protocol).kind, Kind::Task | Kind::Visit | Kind::Contact)
    };
    let otherwise = |instance: &&Instance| {
        came.instance(instance.serial).is_none() || ends(came, instance.serial) != ends(back, instance.serial)
    };
    let open = back.open.iter().filter(by_people).filter(otherwise);
    let serials: SmallVec<[Serial; 4]> = open.map(|instance| instance.serial).collect();
    let (mut case, mut entries) = (back.clone(), Vec::new());
    Work::new(protocol, &mut case, back.touched_at, &mut entries).tell_anew(&serials);
    entries
}

/// When an obligation ends by its timers.
fn ends(case: &Case, serial: Serial) -> Option<Timestamp> {
    let own = case.timers.iter().filter(|timer| {
        timer.kind.serial() == Some(serial)
            && matches!(timer.kind, TimerKind::Overdue(_) | TimerKind::Missed(_))
    });
    own.map(|timer| timer.due.at).min()
}

impl Work<'_> {
    /// Who has to do something hears when it is due.
    pub(super) fn tell_anew(&mut self, told: &[Serial]) {
        for serial in told {
            let Some(instance) = self.case.instance(*serial) else { continue };
            let (opening, count) = (instance.opening, instance.count);
            let obligation = instance.opening(self.protocol).obligation;
            match instance.obligation(self.protocol).kind {
                Kind::Referral => self.refer(*serial, obligation, count),
                _ => self.assign(*serial, opening),
            }
        }
    }

    fn begin_with(&mut self, begins: &Begins) -> Result<(), Rejection> {
        for (opening, from) in &begins.opens {
            self.planned_from = Some(*from);
            self.open(*opening, None)?;
        }
        self.planned_from = None;
        for rule in &begins.timed {
            self.set_rule_timer(*rule);
        }
        for rule in &begins.entry {
            self.log(Entry::RuleFired { rule: *rule });
            self.rule_effects(*rule, None)?;
        }
        Ok(())
    }

    /// An escalation that has fewer steps in this version may be at its end.
    fn end_escalations(&mut self) {
        let open: SmallVec<[Serial; 8]> = self.case.open.iter().map(|instance| instance.serial).collect();
        open.into_iter().for_each(|serial| self.resolve_if_over(serial));
    }
}
