//! Timers, and what is known only by its number, in words.

use voordeur_messages::{mark, say, translated};
use voordeur_protocol::Kind;

use super::Words;
use crate::case::Serial;
use crate::entry::Moved;
use crate::timer::{Timer, TimerKind};

impl Words<'_> {
    pub(super) fn timer(&self, timer: &Timer) -> String {
        match timer.kind {
            TimerKind::Step { step, .. } => self.step_of(timer, step),
            TimerKind::After(rule) | TimerKind::Every { rule, .. } => self.rule(rule),
            kind => {
                let kind_words = Self::timer_kind(kind);
                match self.owner(timer) {
                    Some(of) => say!("{kind} of {obligation}", kind = kind_words, obligation = of),
                    None => kind_words,
                }
            }
        }
    }

    /// Which moments are other ones now. The timers are known by their number only; one moment says enough.
    pub(super) fn recounted(&self, because: &str, moved: &Moved) -> String {
        if moved.is_empty() {
            return say!("counted anew ({because})", because);
        }
        let moments: Vec<String> = moved.iter().map(|(_, due)| self.due(due)).collect();
        say!("counted anew ({because}): {moments}", because, moments = moments.join("; "))
    }

    /// The obligation of a timer: by its number, or the only one of its kind.
    fn owner(&self, timer: &Timer) -> Option<String> {
        let known = timer.kind.serial().and_then(|serial| self.opened(serial));
        known.or_else(|| {
            let kind = match timer.kind {
                TimerKind::Period { .. } => Kind::Series,
                TimerKind::Silent(_) => Kind::Question,
                TimerKind::Retry(_) => Kind::Action,
                TimerKind::WindowOpens(_) | TimerKind::Missed(_) => Kind::Contact,
                TimerKind::Step { .. } => Kind::Escalation,
                TimerKind::NoContact(_) | TimerKind::RemindAccept(_) | TimerKind::RemindContact(_) => {
                    Kind::Referral
                }
                _ => return None,
            };
            let mut all = self.0.obligations.iter().filter(|(_, row)| row.kind == kind).map(|(id, _)| id);
            let only = all.next().filter(|_| all.next().is_none())?;
            Some(self.obligation(only))
        })
    }

    pub(super) fn opened(&self, serial: Serial) -> Option<String> {
        let opened = self.1.iter().rev().find(|(known, _)| *known == serial);
        opened.map(|(_, opening)| self.opening(*opening))
    }

    /// A text that names an obligation, where its number is known.
    pub(super) fn about(
        &self,
        serial: Serial,
        named: impl FnOnce(String) -> String,
        unnamed: impl FnOnce() -> String,
    ) -> String {
        self.opened(serial).map_or_else(unnamed, named)
    }

    pub(super) fn timer_kind(kind: TimerKind) -> String {
        translated(match kind {
            TimerKind::Remind { .. } | TimerKind::RemindAccept(_) | TimerKind::RemindContact(_) => {
                mark!("a reminder")
            }
            TimerKind::WindowOpens(_) => mark!("the opening of the window"),
            TimerKind::Slipped(_) => mark!("the preferred term"),
            TimerKind::Overdue(_) => mark!("the term"),
            TimerKind::NoContact(_) => mark!("the term for contact"),
            TimerKind::Silent(_) => mark!("the wait for an answer"),
            TimerKind::Step { .. } => mark!("a step"),
            TimerKind::After(_) | TimerKind::Every { .. } => mark!("a rule"),
            TimerKind::Missed(_) => mark!("the end of the window"),
            TimerKind::Retry(_) => mark!("another call"),
            TimerKind::Period { .. } => mark!("the end of a period"),
        })
    }

    fn step_of(&self, timer: &Timer, step: u8) -> String {
        let step = step.saturating_add(1);
        match self.owner(timer) {
            Some(of) => say!("step {step} of {obligation}", step, obligation = of),
            None => say!("step {step}", step),
        }
    }
}
