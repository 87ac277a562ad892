//! Cases of another pathway: starting them, and what follows when they end.

use voordeur_protocol::guard::Facts as _;
use voordeur_protocol::{Happening, Kind, ObligationId, Spec, TriggerId, Value};

use super::Work;
use crate::case::{Parent, Serial};
use crate::entry::Entry;
use crate::event::Data;
use crate::message::Message;
use crate::rejection::Rejection;

impl Work<'_> {
    /// This case is started by another one.
    pub(super) fn started(
        &mut self,
        parent: &Parent,
        trigger: TriggerId,
        data: &Data,
    ) -> Result<(), Rejection> {
        self.reported(trigger, data, None)?;
        self.log(Entry::BelongsTo { parent: parent.clone() });
        // A case can end with its report.
        self.tell_parent_case();
        Ok(())
    }

    pub(super) fn start_children(&mut self, serial: Serial, obligation: ObligationId) {
        let protocol = self.protocol;
        let Spec::Sub(sub) = &protocol.obligations.row(obligation).spec else { return };
        let count = match sub.for_each.map(|field| self.case.value(field)) {
            None => 1,
            Some(Some(Value::Count(count))) => u32::try_from(*count).unwrap_or(0),
            Some(_) => 0,
        };
        self.log(Entry::ChildrenStarted { serial, count });
        if count == 0 {
            return self.happen(serial, Happening::AllEnded, None);
        }
        let fields = self.recorded(&sub.hands_over);
        self.send(Message::Start { serial, obligation, count, fields });
    }

    /// A case that this one started has ended; one that nobody waits for any more changes nothing.
    pub(super) fn child_ended(&mut self, serial: Serial, outcome: u8) -> Result<(), Rejection> {
        let kind = self.case.instance(serial).map(|instance| instance.obligation(self.protocol).kind);
        if kind != Some(Kind::Sub) {
            return Err(Rejection::NoSuchAction);
        }
        self.happen(serial, Happening::Named(outcome), None);
        Ok(())
    }

    /// After the rules on one of them: was it the first, was it the last?
    pub(super) fn count_child(&mut self, serial: Serial) {
        self.log(Entry::Counted { serial, part: 0 });
        let Some((count, all)) =
            self.case.instance(serial).map(|instance| (instance.count, instance.children))
        else {
            return;
        };
        if count == 1 {
            self.happen(serial, Happening::AnyEnded, None);
        }
        if count >= all {
            self.happen(serial, Happening::AllEnded, None);
        }
    }

    /// Tells the case that started this one in which end it ended.
    pub(super) fn tell_parent_case(&mut self) {
        if let (crate::case::Status::Ended { end, .. }, Some(parent)) =
            (self.case.status, self.case.parent.clone())
        {
            self.send(Message::EndedFor { parent, end });
        }
    }
}
