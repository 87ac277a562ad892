//! What a plan tells of each open case.

use jiff::Timestamp;
use voordeur_engine::{CarriedOver, Case, Entry, Message, Obstacle, Weight, describe, describe_timer};
use voordeur_messages::say;
use voordeur_protocol::{CheckedProtocol, Kind, ObligationId};

/// What becomes of an open case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// Everything is due when it was.
    Unchanged,
    /// Something is due later, or not any more.
    Later,
    /// Something is due earlier, or more is asked.
    Earlier,
    /// Something is overdue as soon as it comes over.
    Overdue,
    /// It comes in another stage, or goes back to another one.
    OtherStage,
    /// The new version has to say something more before it can come over.
    NeedsDecision,
    /// It cannot come over: it stays on its version.
    Impossible,
}

impl Sort {
    /// Each of them.
    pub const ALL: [Self; 7] = [
        Self::Unchanged,
        Self::Later,
        Self::Earlier,
        Self::Overdue,
        Self::OtherStage,
        Self::NeedsDecision,
        Self::Impossible,
    ];

    /// Its name, as programs have it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Later => "later",
            Self::Earlier => "earlier",
            Self::Overdue => "overdue",
            Self::OtherStage => "other_stage",
            Self::NeedsDecision => "needs_decision",
            Self::Impossible => "impossible",
        }
    }

    /// Whether such a case comes over.
    #[must_use]
    pub const fn comes_over(self) -> bool {
        !matches!(self, Self::NeedsDecision | Self::Impossible)
    }

    pub(crate) fn of(over: &CarriedOver) -> Self {
        let is_later = over.is_later() || !over.dropped.is_empty();
        match (over.other_stage, over.is_overdue(), is_later, over.is_earlier() || over.tells()) {
            (true, ..) => Self::OtherStage,
            (_, true, ..) => Self::Overdue,
            (.., true) => Self::Earlier,
            (_, _, true, _) => Self::Later,
            _ => Self::Unchanged,
        }
    }

    pub(crate) fn of_obstacles(obstacles: &[Obstacle]) -> Self {
        if obstacles.iter().all(Obstacle::is_decision) { Self::NeedsDecision } else { Self::Impossible }
    }
}

/// What becomes of one open case.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Its label.
    pub label: String,
    /// In which stage it is, by its name in the old version.
    pub stage: String,
    /// When something last happened to it (UTC).
    pub touched_at: Timestamp,
    /// What becomes of it.
    pub sort: Sort,
    /// What is due at another moment: in words, when it was due, and when it is due then (UTC).
    pub moves: Vec<Moves>,
    /// What happens as soon as it comes over, in words: where it goes, what is opened and let go of, who is told, how it ends.
    pub on_arrival: Vec<String>,
    /// Why it cannot come over.
    pub why: Vec<Obstacle>,
    /// Where it comes in the new version, where that is another stage.
    pub comes_in: Option<ComesIn>,
    /// Where it would be by now if all of it had happened on the new version, when that is elsewhere. It comes over in the stage
    /// in which it is.
    pub elsewhere: Option<String>,
}

/// Where a case comes in the new version, by names of that one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComesIn {
    /// The stage in which it is from there on, or the end.
    pub place: String,
    /// The stage that is interrupted, to which it goes back.
    pub interrupted: Option<String>,
}

impl ComesIn {
    pub(crate) fn of(new: &CheckedProtocol, over: &CarriedOver) -> Option<Self> {
        let interrupted = over.case.suspended.as_ref().map(|stay| new.stages.row(stay.stage).name.clone());
        over.other_stage.then(|| Self { place: crate::session::place(new, &over.case), interrupted })
    }
}

/// Something that is due at another moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moves {
    /// What, in words.
    pub what: String,
    /// When it was due (UTC); `None` when it was not.
    pub before: Option<Timestamp>,
    /// When it is due then (UTC); `None` when it is not any more.
    pub now: Option<Timestamp>,
    /// Whether its clock stood still, or was held, and runs on from there.
    pub runs_on: bool,
    /// Whether its clock is held: it counts when the case goes back to the stage that is interrupted, and comes at once where its moment
    /// is over by then.
    pub held: bool,
}

/// What happens as soon as a case comes over, in words. That it came is not told, nor whom it is still for.
pub(crate) fn on_arrival(
    new: &CheckedProtocol,
    old: Option<&CheckedProtocol>,
    before: &Case,
    over: &CarriedOver,
) -> Vec<String> {
    let happens = |entry: &&Entry| match entry {
        Entry::Migrated(_) => false,
        Entry::Sent(message) => !matches!(
            message,
            Message::Assign { .. }
                | Message::Remind { .. }
                | Message::Household { .. }
                | Message::Tied { .. }
        ),
        _ => true,
    };
    let lines = over.entries.iter().filter(happens).map(|entry| describe(new, entry));
    let name = |of: ObligationId| new.obligations.row(of).name.clone();
    // A contact of an aftercare is to come: when is told with what is due.
    let is_now = |of: &&ObligationId| new.obligations.row(**of).kind != Kind::Contact;
    let opened = over.opened.iter().filter(is_now).map(|of| say!("`{name}` is opened", name = name(*of)));
    let handed = over.handed.iter().map(|of| handed(new, *of));
    let gone = over.unanswerable.iter().map(|(of, answer)| {
        say!("`{name}` does not take the answer `{answer}` any more", name = name(*of), answer)
    });
    let dropped = old.map(|old| dropped(old, before, over)).unwrap_or_default();
    let told = lines.filter(|line| line.weight < Weight::Detail).map(|line| line.text);
    opened.chain(dropped).chain(handed).chain(gone).chain(told).collect()
}

/// What is open and has no place any more, as far as no term of it runs: where one does, it is told with what is due.
fn dropped(old: &CheckedProtocol, before: &Case, over: &CarriedOver) -> Vec<String> {
    let of = |shift: &voordeur_engine::Shift| {
        let instance = before.instance(shift.kind.serial()?)?;
        shift.now.is_none().then(|| instance.opening(old).obligation)
    };
    let told: Vec<ObligationId> = over.shifts.iter().filter_map(of).collect();
    let untold = over.dropped.iter().filter(|of| !told.contains(of));
    untold.map(|of| say!("`{name}` is no longer asked", name = old.obligations.row(*of).name)).collect()
}

/// Who does it from there on.
fn handed(new: &CheckedProtocol, of: ObligationId) -> String {
    let row = new.obligations.row(of);
    let who = row.by.iter().chain(&row.with).map(|party| new.parties.row(*party).name.clone());
    say!("`{name}` is for {who} from there on", name = row.name, who = who.collect::<Vec<_>>().join(", "))
}

/// What is due at another moment, in words: of the new version, and where it is not any more of the old one.
pub(crate) fn moves(
    new: &CheckedProtocol,
    old: Option<&CheckedProtocol>,
    before: &Case,
    over: &CarriedOver,
) -> Vec<Moves> {
    let words = |shift: &voordeur_engine::Shift| {
        let after = over.case.timers.iter().find(|timer| timer.kind == shift.kind && shift.now.is_some());
        let what = match (after, old) {
            (Some(timer), _) => describe_timer(new, &over.case, timer),
            (None, Some(old)) => {
                let timer = before.timers.iter().find(|timer| timer.kind == shift.kind);
                timer.map(|timer| describe_timer(old, before, timer)).unwrap_or_default()
            }
            (None, None) => String::new(),
        };
        let held = over.is_held(shift.kind);
        Moves { what, before: shift.before, now: shift.now, runs_on: shift.runs_on, held }
    };
    over.shifts.iter().map(words).collect()
}
