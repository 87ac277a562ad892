//! What something that a version says is called: in words, and for programs.

use std::fmt::Display;

use voordeur_messages::{language, say};
use voordeur_protocol::{EndId, Happening, Kind, ObligationId, PartyId, Protocol, TriggerId};

use super::answer::{About, Answer, ONLY, Reader};

/// What a return is called for programs.
pub(super) const BACK: &str = "back";

impl Reader<'_> {
    pub(super) fn end(&self, number: u32) -> Option<(&Protocol, EndId)> {
        let (protocol, number) = self.of_number(number);
        Some((protocol, EndId(number?)))
    }

    /// The version that a number is of.
    fn of_number(&self, number: u32) -> (&Protocol, Option<u16>) {
        match number.checked_sub(ONLY) {
            Some(own) => (self.new, u16::try_from(own).ok()),
            None => (self.old, u16::try_from(number).ok()),
        }
    }

    /// The obligation that a number is of, in the version that has it.
    pub(super) fn obligation_of(&self, number: u32) -> (&Protocol, Option<ObligationId>) {
        let (protocol, own) = self.of_number(number);
        (protocol, own.map(ObligationId))
    }

    pub(super) fn name_of(&self, number: u32) -> String {
        // What both have is called as it is called now.
        let now = u16::try_from(number).ok().and_then(|old| self.names.obligations.now(old));
        if let Some(now) = now {
            return self.new.obligations.row(ObligationId(now)).name.clone();
        }
        let (protocol, number) = self.of_number(number);
        number.map(|number| protocol.obligations.row(ObligationId(number)).name.clone()).unwrap_or_default()
    }

    fn party_of(&self, number: u32) -> String {
        let now = u16::try_from(number).ok().and_then(|old| self.names.parties.now(old));
        if let Some(now) = now {
            return self.new.parties.row(PartyId(now)).name.clone();
        }
        let (protocol, number) = self.of_number(number);
        number.map(|number| protocol.parties.row(PartyId(number)).name.clone()).unwrap_or_default()
    }

    fn happening_of(&self, of: u32, code: u32) -> String {
        let now = u16::try_from(of).ok().and_then(|old| self.names.obligations.now(old));
        let (protocol, id) = match (now, code >= ONLY) {
            (Some(now), true) => (self.new, Some(now)),
            _ => self.of_number(of),
        };
        let code = code.checked_sub(ONLY).unwrap_or(code);
        let all = Happening::all().chain((0..=u8::MAX).map(Happening::Named));
        let on = all.into_iter().find(|on| u32::from(on.code()) == code);
        match (id, on) {
            (Some(id), Some(on)) => protocol.obligations.row(ObligationId(id)).happening_name(on, language()),
            _ => String::new(),
        }
    }

    /// What an obligation is called; with what it is where the other version has another kind of that name.
    fn called<S: Display>(&self, number: u32, kind: impl Fn(Kind) -> S) -> String {
        let name = self.name_of(number);
        let (protocol, own) = self.obligation_of(number);
        let other = if number < ONLY { self.new } else { self.old };
        let own = own.map(|own| protocol.obligations.row(own));
        let is_both = u16::try_from(number).is_ok_and(|old| self.names.obligations.now(old).is_some());
        match own.filter(|_| !is_both && other.obligations.rows().any(|row| row.name == name)) {
            Some(row) => format!("{} {name}", kind(row.kind)),
            None => name,
        }
    }

    /// In words, and for programs.
    pub(crate) fn words(self, answer: Answer) -> (String, String) {
        let name = |number: u32| self.called(number, Kind::in_words);
        let key = |number: u32| self.called(number, Kind::word);
        match answer {
            Answer::Reported(number) => {
                let (protocol, number) = self.of_number(number);
                let row = number.map(|number| protocol.triggers.row(TriggerId(number)).name.clone());
                let name = row.unwrap_or_default();
                (say!("the report {name} is taken", name), format!("report {name}"))
            }
            Answer::Opened(of) => (say!("{name} begins", name = name(of)), format!("open {}", key(of))),
            Answer::NotOpened(of) => (
                say!("{name} does not begin: there is no consent", name = name(of)),
                format!("not-open {}", key(of)),
            ),
            Answer::Happened(of, code) => {
                let on = self.happening_of(of, code);
                (format!("{} {on}", name(of)), format!("happened {} {code}", key(of)))
            }
            Answer::Told(who, about) => {
                let who = self.party_of(who);
                let key = format!("tell {who}");
                let text = match about {
                    About::Rule | About::Step(_) => say!("{who} is told", who),
                    About::Unanswered(of, code) => {
                        let what = format!("{} {}", name(of), self.happening_of(of, code));
                        say!("{who} is told that nothing answers {what}", who, what)
                    }
                    About::NoConsent(of) => {
                        say!("{who} is told that {name} lacks consent", who, name = name(of))
                    }
                    About::Stopped(of) => say!("{who} is told that {name} has stopped", who, name = name(of)),
                    About::Withheld(of) => {
                        say!("{who} is told that the case waits for {name}", who, name = name(of))
                    }
                    About::CalledOff(of) => {
                        say!("{who} is told that {name} is no longer asked", who, name = name(of))
                    }
                };
                (text, key)
            }
            Answer::Announced(of) => {
                (say!("{name} is announced", name = name(of)), format!("announce {}", key(of)))
            }
            Answer::Referred(of, to) => (
                say!("{name} goes to {to}", name = name(of), to = self.party_of(to)),
                format!("refer {} {}", key(of), self.party_of(to)),
            ),
            Answer::Asked(of) => (say!("{name} is asked", name = name(of)), format!("ask {}", key(of))),
            Answer::Started(of) => {
                (say!("{name} starts other cases", name = name(of)), format!("start {}", key(of)))
            }
            Answer::Called(of) => (say!("{name} is called", name = name(of)), format!("call {}", key(of))),
            Answer::Returned => {
                (say!("the case goes back to the stage that it had interrupted"), BACK.to_owned())
            }
            Answer::WentOn
            | Answer::Passed
            | Answer::Entered(_)
            | Answer::Left(_)
            | Answer::Interrupted(_)
            | Answer::Back(_) => (String::new(), String::new()),
            Answer::Ended(number) => {
                let row = self.end(number).map(|(protocol, end)| protocol.ends.row(end).clone());
                let name = row.map(|row| row.name).unwrap_or_default();
                (say!("the case ends: {name}", name), format!("end {name}"))
            }
        }
    }
}
