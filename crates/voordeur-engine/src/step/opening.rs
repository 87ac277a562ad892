//! What the opening of an obligation sets in motion.

use voordeur_protocol::guard::Facts;
use voordeur_protocol::model::Visit;
use voordeur_protocol::{FieldId, Kind, Mode, ObligationId, Opening, OpeningId, Spec, Value};

use super::Work;
use crate::apply::may_be_open_twice;
use crate::case::Serial;
use crate::entry::Entry;
use crate::message::{Message, Reason};
use crate::rejection::Rejection;
use crate::timer::TimerKind;

impl Work<'_> {
    /// Opens an obligation; one that is open already stays as it is, but for one that is only offered and must be done from now on:
    /// else whoever leaves the offer aside would leave a household waiting.
    pub(super) fn open(&mut self, opening: OpeningId, parent: Option<Serial>) -> Result<(), Rejection> {
        let protocol = self.protocol;
        let row = &protocol.openings.row(opening);
        let obligation = &protocol.obligations.row(row.obligation);
        let parent = self.lasting_parent(obligation.kind, parent);
        if let Some((known, is_offered)) = self.open_one(row.obligation, parent) {
            if !is_offered || row.mode == Mode::May {
                self.log(Entry::AlreadyOpen { opening });
                return Ok(());
            }
            self.cancel_all(&[known]);
        }
        if obligation.needs_consent && !self.case.consent {
            self.log(Entry::NotOpened { opening });
            self.tell(protocol.lead, Reason::NoConsent { obligation: row.obligation });
            return Ok(());
        }
        let serial = Serial(self.case.serials.saturating_add(1));
        let state = obligation.kind.lifecycle().start(row.mode == Mode::May);
        let stay = self.opening_stay();
        self.log(Entry::Opened { serial, opening, state, stay, parent });
        self.set_in_motion(serial, opening)
    }

    /// An escalation is about an obligation, and what an escalation opens belongs to it. Nothing else has
    /// a parent, and a closed one is none.
    fn lasting_parent(&self, kind: Kind, parent: Option<Serial>) -> Option<Serial> {
        let instance = self.case.instance(parent?)?;
        let by_escalation = instance.obligation(self.protocol).kind == Kind::Escalation;
        (by_escalation || kind == Kind::Escalation).then_some(instance.serial)
    }

    /// The one that is open, and whether it is only offered.
    fn open_one(&self, obligation: ObligationId, parent: Option<Serial>) -> Option<(Serial, bool)> {
        let twice = may_be_open_twice(self.protocol.obligations.row(obligation));
        let contact = self.protocol.obligations.row(obligation).kind == Kind::Contact;
        let known = self.case.open.iter().find(|instance| {
            !contact
                && instance.opening(self.protocol).obligation == obligation
                && (!twice || instance.parent == parent)
        })?;
        Some((known.serial, known.is_offered(self.protocol)))
    }

    fn set_in_motion(&mut self, serial: Serial, opening: OpeningId) -> Result<(), Rejection> {
        let protocol = self.protocol;
        let row = &protocol.openings.row(opening);
        match &protocol.obligations.row(row.obligation).spec {
            Spec::Task => {
                self.term_timers(serial, row);
                self.assign(serial, opening);
            }
            Spec::Visit(visit) => {
                self.term_timers(serial, row);
                self.announce_first(serial, row.obligation, visit);
                self.assign(serial, opening);
            }
            // What is only offered starts when the worker takes it up.
            Spec::Referral(_) | Spec::Series(_) if row.mode == Mode::May => self.offer(serial, opening),
            Spec::Series(_) => self.start_series(serial, row.obligation, opening),
            Spec::Referral(_) => {
                self.term_timers(serial, row);
                self.refer(serial, row.obligation, 0);
            }
            Spec::Question(question) => {
                let due = protocol.calendar.deadline(self.now, question.silent_after, Default::default());
                self.set_timer(TimerKind::Silent(serial), due);
                self.send(Message::Ask { serial, obligation: row.obligation });
            }
            Spec::Action(_) => {
                self.term_timers(serial, row);
                self.call(serial, row.obligation, 1);
            }
            Spec::Sub(_) => self.start_children(serial, row.obligation),
            Spec::Escalation(_) => return self.start_escalation(serial, row.obligation),
            Spec::Contact(_) => self.plan_contact(serial, row),
        }
        Ok(())
    }

    /// The letter goes out at once; the visit comes no sooner than it says.
    fn announce_first(&mut self, serial: Serial, obligation: ObligationId, visit: &Visit) {
        let Some((_, lead)) = visit.announced else { return };
        self.send(Message::Announce { serial, obligation });
        let from = self.lead(lead);
        self.log(Entry::NotBefore { serial, at: from.at, due: from });
    }

    /// Tells who may take it up: for a referral that is the lead.
    fn offer(&mut self, serial: Serial, opening: OpeningId) {
        let obligation = self.protocol.obligations.row(self.protocol.openings.row(opening).obligation);
        let who = match (&obligation.spec, obligation.by) {
            (Spec::Series(_), Some(by)) => by,
            _ => self.protocol.lead,
        };
        self.send(Message::Assign { who, serial, opening, due: None, provisional: false, personal: false });
    }

    /// What was offered has been taken up.
    pub(super) fn taken_up(&mut self, serial: Serial) {
        let Some(instance) = self.case.instance(serial) else { return };
        let (opening, row) = (instance.opening, instance.opening(self.protocol));
        match self.protocol.obligations.row(row.obligation).spec {
            Spec::Referral(_) => {
                self.term_timers(serial, row);
                self.refer(serial, row.obligation, 0);
            }
            Spec::Series(_) => self.start_series(serial, row.obligation, opening),
            _ => {}
        }
    }

    /// Tells who has to do it.
    pub(super) fn assign(&mut self, serial: Serial, opening: OpeningId) {
        let obligation = &self.protocol.obligations.row(self.protocol.openings.row(opening).obligation);
        let due = self.case.due_of(serial);
        let provisional = due.is_some_and(|due| due.why.provisional());
        let personal = due.is_some_and(|due| due.is_personal());
        let due = due.map(|due| due.at);
        for who in obligation.by.iter().chain(&obligation.with).copied() {
            self.send(Message::Assign { who, serial, opening, due, provisional, personal });
        }
    }

    /// Sends a referral, the first time or once more, and starts its terms.
    pub(super) fn refer(&mut self, serial: Serial, obligation: ObligationId, again: u32) {
        let protocol = self.protocol;
        let Spec::Referral(referral) = &protocol.obligations.row(obligation).spec else { return };
        let fields = self.recorded(&referral.hands_over);
        let to = self.addressee(referral.via.unwrap_or(referral.to));
        self.send(Message::Refer { to, serial, obligation, again, fields });
        self.referral_timers(serial, referral);
    }

    /// Asks for a call of the plugin, the first time or once more.
    pub(super) fn call(&mut self, serial: Serial, obligation: ObligationId, attempt: u32) {
        let protocol = self.protocol;
        let Spec::Action(action) = &protocol.obligations.row(obligation).spec else { return };
        let fields = self.recorded(&action.sees);
        self.send(Message::Call { serial, obligation, attempt, fields });
    }

    pub(super) fn recorded(&self, fields: &[FieldId]) -> Vec<(FieldId, Value)> {
        fields.iter().filter_map(|field| Some((*field, self.case.value(*field)?.clone()))).collect()
    }

    fn start_escalation(&mut self, serial: Serial, obligation: ObligationId) -> Result<(), Rejection> {
        let protocol = self.protocol;
        let Spec::Escalation(escalation) = &protocol.obligations.row(obligation).spec else { return Ok(()) };
        for (position, step) in escalation.steps.iter().enumerate() {
            let number = u8::try_from(position).unwrap_or(u8::MAX);
            if let Some(after) = step.after {
                let due = protocol.calendar.delay(self.now, after);
                self.set_timer(TimerKind::Step { of: serial, step: number }, due);
            }
        }
        for (position, step) in escalation.steps.iter().enumerate().filter(|(_, step)| step.after.is_none()) {
            let number = u8::try_from(position).unwrap_or(u8::MAX);
            self.log(Entry::Counted { serial, part: 0 });
            self.step_effects(obligation, number, &step.effects, serial)?;
        }
        self.resolve_if_over(serial);
        Ok(())
    }

    fn plan_contact(&mut self, serial: Serial, row: &Opening) {
        let protocol = self.protocol;
        let Spec::Contact(contact) = &protocol.obligations.row(row.obligation).spec else { return };
        let from = self.planned_from.unwrap_or(self.now);
        let planned_at = row.planned_after.map_or(from, |after| protocol.calendar.delay(from, after).at);
        let opens = protocol.calendar.opens(planned_at, contact.before);
        self.log(Entry::NotBefore { serial, at: opens.at, due: opens });
        self.set_timer(TimerKind::WindowOpens(serial), opens);
        let closes = protocol.calendar.deadline(planned_at, contact.after, Default::default());
        self.set_timer(TimerKind::Missed(serial), closes);
    }
}
