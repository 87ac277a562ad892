//! What a household and those around it see of a step: what is opened, what happens to it, who is told, how it ends.
//! In which stage a case is they do not see.

use smallvec::SmallVec;
use voordeur_engine::{Entry, Message, Reason, Serial};
use voordeur_protocol::{
    EndId, Happening, Id as _, Kind, ObligationId, OpeningId, PartyId, Protocol, StageId,
};

use super::names::Names;
pub(crate) use super::names::ONLY_NEW as ONLY;

/// Something that a step does, in the numbers of the old version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Answer {
    /// The case is reported.
    Reported(u32),
    /// An obligation is opened.
    Opened(u32),
    /// It is not opened, because there is no consent.
    NotOpened(u32),
    /// Something happens to it, by the code of what happens.
    Happened(u32, u32),
    /// Somebody is told something.
    Told(u32, About),
    /// A visit is announced.
    Announced(u32),
    /// A referral goes to an agency.
    Referred(u32, u32),
    /// A question goes to the client.
    Asked(u32),
    /// Cases of another pathway are started.
    Started(u32),
    /// A plugin is called.
    Called(u32),
    /// The case ends.
    Ended(u32),
    /// The case goes back to the stage that it has interrupted, and what runs there runs on.
    Returned,
    /// A stage is entered or interrupted, or the case ends: where it goes back at the same moment, it does not stay there.
    WentOn,
    /// The case goes back, and on at once: nobody sees that.
    Passed,
    /// A stage is entered in which something is not looked at, by the number of what that is.
    Entered(u32),
    /// Such a stage is left.
    Left(u32),
    /// Such a stage is interrupted.
    Interrupted(u32),
    /// A case is back in such a stage.
    Back(u32),
}

impl Answer {
    /// The obligation that it is about, where it is about one.
    pub(super) const fn about(self) -> Option<u32> {
        match self {
            Self::Opened(of)
            | Self::NotOpened(of)
            | Self::Happened(of, _)
            | Self::Announced(of)
            | Self::Referred(of, _)
            | Self::Asked(of)
            | Self::Started(of)
            | Self::Called(of)
            | Self::Told(
                _,
                About::Step(of)
                | About::Unanswered(of, _)
                | About::NoConsent(of)
                | About::Stopped(of)
                | About::Withheld(of)
                | About::CalledOff(of),
            ) => Some(of),
            _ => None,
        }
    }

    /// Whether it only says that a stage is entered or left, which nobody sees.
    pub(super) const fn is_of_stage(self) -> bool {
        matches!(
            self,
            Self::WentOn
                | Self::Passed
                | Self::Entered(_)
                | Self::Left(_)
                | Self::Interrupted(_)
                | Self::Back(_)
        )
    }
}

/// What somebody is told about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum About {
    /// What a rule says.
    Rule,
    /// What a step of an escalation says.
    Step(u32),
    /// Something that no rule answers.
    Unanswered(u32, u32),
    /// That there is no consent for it.
    NoConsent(u32),
    /// That an action has stopped.
    Stopped(u32),
    /// That a case cannot end yet.
    Withheld(u32),
    /// A referral is no longer asked.
    CalledOff(u32),
}

/// An answer, and where the file opens what it opens.
pub(crate) type Said = (Answer, Option<OpeningId>);

/// Which version a case is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    Old,
    New,
}

impl Side {
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Old => Self::New,
            Self::New => Self::Old,
        }
    }
}

/// Reads answers in the numbers of the old version.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) names: &'a Names,
    pub(crate) old: &'a Protocol,
    pub(crate) new: &'a Protocol,
}

impl Reader<'_> {
    /// What a step does, sorted.
    pub(crate) fn said(self, side: Side, entries: &[Entry]) -> Vec<Said> {
        let brief = brief(entries);
        let lasts = |entry: &&Entry| match entry {
            Entry::Opened { serial, opening, .. } | Entry::Moved { serial, opening, .. } => {
                self.is_escalation(side, *opening) || !brief.contains(serial)
            }
            _ => true,
        };
        let mut said: Vec<Said> =
            entries.iter().filter(lasts).filter_map(|entry| self.one(side, entry)).collect();
        if entries.iter().any(|entry| matches!(entry, Entry::Resumed { .. })) {
            said.push((Answer::Returned, None));
        }
        let is_on = |entry: &Entry| {
            matches!(entry, Entry::StageEntered { .. } | Entry::Suspended { .. } | Entry::Ended { .. })
        };
        if entries.iter().any(is_on) {
            said.push((Answer::WentOn, None));
        }
        said.sort_by_key(|(answer, opening)| (*answer, opening.map(|opening| opening.0)));
        said
    }

    fn one(self, side: Side, entry: &Entry) -> Option<Said> {
        let of = |opening: OpeningId| self.opened(side, opening);
        Some(match entry {
            Entry::Reported { trigger, .. } => {
                let trigger = match side {
                    Side::Old => u32::from(trigger.0),
                    Side::New => self.names.triggers.one(trigger.0),
                };
                (Answer::Reported(trigger), None)
            }
            Entry::Opened { opening, .. } => {
                (Answer::Opened(self.obligation(side, of(*opening))), Some(*opening))
            }
            Entry::NotOpened { opening } => (Answer::NotOpened(self.obligation(side, of(*opening))), None),
            // That an escalation has come to its end nobody sees: its steps are seen, and what a rule makes of it.
            Entry::Moved { opening, on: Happening::Resolved | Happening::Cancelled, .. }
                if self.is_escalation(side, *opening) =>
            {
                return None;
            }
            Entry::Moved { opening, on, .. } => {
                let own = of(*opening);
                (Answer::Happened(self.obligation(side, own), self.happening(side, own, *on)), None)
            }
            Entry::Ended { end } => (self.ended(side, *end), None),
            Entry::Sent(message) => (self.sent(side, message)?, None),
            Entry::StageEntered { stage, .. } => (Answer::Entered(self.hidden(side, *stage)?), None),
            Entry::StageLeft { stage, .. } => (Answer::Left(self.hidden(side, *stage)?), None),
            Entry::Suspended { stage, .. } => (Answer::Interrupted(self.hidden(side, *stage)?), None),
            Entry::Resumed { stage, .. } => (Answer::Back(self.hidden(side, *stage)?), None),
            _ => return None,
        })
    }

    pub(super) fn ended(self, side: Side, end: EndId) -> Answer {
        Answer::Ended(match side {
            Side::Old => u32::from(end.0),
            Side::New => self.names.ends.one(end.0),
        })
    }

    /// What is not looked at in a stage; `None` for nothing.
    fn hidden(self, side: Side, stage: StageId) -> Option<u32> {
        let [old, new] = &self.names.hidden;
        let all = if side == Side::Old { old } else { new };
        all.get(stage.index()).copied().filter(|number| *number > 0)
    }

    fn sent(self, side: Side, message: &Message) -> Option<Answer> {
        let own = |of: ObligationId| self.obligation(side, of);
        Some(match message {
            Message::Notify { who, reason } => {
                Answer::Told(self.party(side, *who), self.about(side, *reason))
            }
            Message::Announce { obligation, .. } => Answer::Announced(own(*obligation)),
            Message::Refer { obligation, to, .. } => {
                Answer::Referred(own(*obligation), self.party(side, *to))
            }
            Message::Ask { obligation, .. } => Answer::Asked(own(*obligation)),
            Message::Start { obligation, .. } => Answer::Started(own(*obligation)),
            Message::Call { obligation, .. } => Answer::Called(own(*obligation)),
            Message::Remind { .. }
            | Message::Assign { .. }
            | Message::EndedFor { .. }
            | Message::Household { .. }
            | Message::Tied { .. } => return None,
        })
    }

    fn about(self, side: Side, reason: Reason) -> About {
        let own = |of: ObligationId| self.obligation(side, of);
        match reason {
            Reason::Rule { .. } => About::Rule,
            Reason::Step { obligation, .. } => About::Step(own(obligation)),
            Reason::Unanswered { obligation, on } => {
                About::Unanswered(own(obligation), self.happening(side, obligation, on))
            }
            Reason::NoConsent { obligation } => About::NoConsent(own(obligation)),
            Reason::Stopped { obligation } => About::Stopped(own(obligation)),
            Reason::Withheld { obligation } => About::Withheld(own(obligation)),
            Reason::CalledOff { obligation } => About::CalledOff(own(obligation)),
        }
    }

    pub(crate) fn protocol(&self, side: Side) -> &Protocol {
        match side {
            Side::Old => self.old,
            Side::New => self.new,
        }
    }

    fn is_escalation(self, side: Side, opening: OpeningId) -> bool {
        self.protocol(side).obligations.row(self.opened(side, opening)).kind == Kind::Escalation
    }

    fn opened(self, side: Side, opening: OpeningId) -> ObligationId {
        self.protocol(side).openings.row(opening).obligation
    }

    /// The number that an obligation has in a version itself, where it is there.
    pub(super) fn on(self, side: Side, number: u32) -> Option<u16> {
        let only_new = number.checked_sub(ONLY).and_then(|own| u16::try_from(own).ok());
        match (side, only_new) {
            (Side::Old, None) => u16::try_from(number).ok(),
            (Side::Old, Some(_)) => None,
            (Side::New, Some(own)) => Some(own),
            (Side::New, None) => self.names.obligations.now(u16::try_from(number).ok()?),
        }
    }

    pub(crate) fn obligation(self, side: Side, of: ObligationId) -> u32 {
        match side {
            Side::Old => u32::from(of.0),
            Side::New => self.names.obligations.one(of.0),
        }
    }

    pub(super) fn party(self, side: Side, of: PartyId) -> u32 {
        match side {
            Side::Old => u32::from(of.0),
            Side::New => self.names.parties.one(of.0),
        }
    }

    pub(super) fn happening(self, side: Side, of: ObligationId, on: Happening) -> u32 {
        match side {
            Side::Old => u32::from(on.code()),
            Side::New => self.names.happening(self.old, self.new, of, on),
        }
    }
}

/// What is opened and called off in one step, where the case ends by it: nobody has it to do.
fn brief(entries: &[Entry]) -> SmallVec<[Serial; 4]> {
    if !entries.iter().any(|entry| matches!(entry, Entry::Ended { .. })) {
        return SmallVec::new();
    }
    let opened: SmallVec<[Serial; 4]> = entries
        .iter()
        .filter_map(|entry| if let Entry::Opened { serial, .. } = entry { Some(*serial) } else { None })
        .collect();
    let is_called_off = |serial: &Serial| {
        entries.iter().any(|entry| {
            matches!(entry, Entry::Moved { serial: own, on: Happening::Cancelled, .. } if own == serial)
        })
    };
    opened.into_iter().filter(is_called_off).collect()
}

/// What somebody sees of it: not in which stage the case is.
pub(super) fn seen(said: &[Said]) -> Vec<Answer> {
    let all = staying(said).map(|(answer, _)| answer);
    all.filter(|answer| !answer.is_of_stage()).collect()
}

/// The same where a return that goes on at once is none that anybody sees.
fn staying(said: &[Said]) -> impl Iterator<Item = Said> + '_ {
    let goes_on = said.iter().any(|(answer, _)| *answer == Answer::WentOn);
    said.iter().filter_map(move |(answer, opening)| match answer {
        Answer::WentOn => None,
        Answer::Returned if goes_on => Some((Answer::Passed, None)),
        _ => Some((*answer, *opening)),
    })
}

/// Whether a case goes back, for however short.
pub(super) fn goes_back(said: &[Said]) -> bool {
    said.iter().any(|(answer, _)| matches!(answer, Answer::Returned | Answer::Passed))
}

/// What only the first, and what only the second says; and the openings of what both open. Both are sorted.
pub(crate) fn apart(old: &[Said], new: &[Said]) -> (Vec<Said>, Vec<Said>, Vec<(OpeningId, OpeningId)>) {
    let (mut only_old, mut both) = (Vec::new(), Vec::new());
    let mut only_new: Vec<Said> = staying(new).collect();
    let mut ends_alike = false;
    for said in staying(old) {
        match only_new.iter().position(|(answer, _)| *answer == said.0) {
            Some(at) => {
                ends_alike |= matches!(said.0, Answer::Ended(_));
                let (_, opening) = only_new.remove(at);
                both.extend(said.1.zip(opening));
            }
            None => only_old.push(said),
        }
    }
    let passes = |said: &Said| said.0 == Answer::Passed;
    // Where it ends in both, everything is let go of at that moment, through whichever stage it went back.
    let goes_back = |said: &Said| said.0.is_of_stage() && !matches!(said.0, Answer::Entered(_));
    let mut all = only_old.iter().chain(&only_new);
    let is_nothing = if ends_alike { all.all(goes_back) } else { all.all(passes) };
    if is_nothing {
        (only_old, only_new) = (Vec::new(), Vec::new());
    }
    (only_old, only_new, both)
}
