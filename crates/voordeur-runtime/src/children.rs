//! Cases that belong to other cases: a plan for each child of a household.
//!
//! Both ways go through the outbox: a crash in between repeats the message, and a case that is there already, or
//! that has been told already, stays as it is.

use voordeur_engine::{Event, Parent, Serial, Stepper, Tie};
use voordeur_messages::{kept, mark, say};
use voordeur_protocol::{CheckedProtocol, EndId, FieldId, Spec, Value};
use voordeur_store::{Done, OutboxRow, StoreError};

use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::rows::{micros, timestamp};
use crate::session::Session;
use crate::watch::{Trouble, Watch};

impl Runtime {
    /// Opens the cases that an obligation wants: `household-a-talks-1`, `household-a-talks-2`, … A label that is taken,
    /// by an earlier time or by somebody else, is passed over.
    pub(crate) async fn start_children(
        &self,
        row: &OutboxRow,
        serial: Serial,
        count: u32,
        fields: &[(FieldId, Value)],
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        if let Some(parent) = self.waiting_session(row.case_id, serial).await? {
            for number in 1..=count {
                let started = self.start_child(&parent, row, serial, number, fields, watch).await;
                // It is started by whoever has the key.
                if matches!(started, Err(RuntimeError::KeyMissing { .. })) {
                    return started;
                }
                if let Err(why) = started {
                    let trouble = Trouble {
                        label: parent.label.clone(),
                        text: say!("case {number}: {why}", number, why),
                    };
                    watch.trouble(&trouble);
                }
            }
        }
        Ok(self.store.finish(&[row.id], row.created_at).await?)
    }

    async fn start_child(
        &self,
        parent: &Session,
        row: &OutboxRow,
        serial: Serial,
        number: u32,
        fields: &[(FieldId, Value)],
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        let Some(instance) = parent.case.instance(serial) else { return Ok(()) };
        let obligation = instance.obligation(&parent.protocol);
        let Spec::Sub(sub) = &obligation.spec else { return Ok(()) };
        let missing = || {
            RuntimeError::unreadable(
                mark!("case"),
                &kept(|| say!("the pathway that it starts is not in the database")),
            )
        };
        let (id, _) = self.library.sibling(&parent.protocol, &sub.pathway).ok_or_else(missing)?;
        let protocol = self.protocol(id)?;
        let own = Parent { label: parent.label.as_str().into(), serial };
        let Some(label) = self.free_label(&own, &obligation.name, number).await? else { return Ok(()) };
        let event = Event::Started {
            parent: own,
            trigger: protocol.trigger_named(&sub.trigger).map_err(|_| missing())?,
            data: handed_over(&parent.protocol, &protocol, fields),
        };
        let mut session = Session::new(&label, id, protocol, &self.vault);
        let (mut stepper, at) = (Stepper::default(), timestamp(row.created_at));
        session.step(&mut stepper, &event, at)?;
        if let Some(household) = parent.case.ties.household.clone() {
            session.step(&mut stepper, &Event::Tied { tie: Tie::Household(household), by: None }, at)?;
        }
        match self.write(vec![session], watch).await {
            // Another program was first.
            Err(RuntimeError::Store(StoreError::Exists { .. } | StoreError::Conflict)) => Ok(()),
            done => done,
        }
    }

    /// The first free label for the case of a number that an obligation starts; `None` when that case is there already.
    async fn free_label(
        &self,
        own: &Parent,
        name: &str,
        number: u32,
    ) -> Result<Option<String>, RuntimeError> {
        let name = name.replace('_', "-").to_lowercase();
        let mut there = 0;
        for at in 1_u64.. {
            let label = format!("{}-{name}-{at}", own.label);
            let Some(row) = self.store.case_labelled(&label).await? else { return Ok(Some(label)) };
            if self.case(&row)?.parent.as_ref() == Some(own) {
                there += 1;
                if there == number {
                    break;
                }
            }
        }
        Ok(None)
    }

    /// Tells a case that one that it started has ended.
    pub(crate) async fn child_ended(
        &self,
        row: &OutboxRow,
        parent: &Parent,
        end: EndId,
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        let ended = self.end_name(row.case_id, end).await?;
        loop {
            let Some(case) = self.store.case_labelled(&parent.label).await? else { break };
            let at = timestamp(row.created_at).max(timestamp(case.touched_at));
            let mut session = self.session(case)?;
            let Some(instance) = session.case.instance(parent.serial) else { break };
            let named = &instance.obligation(&session.protocol).named;
            let position = named.iter().position(|name| Some(name) == ended.as_ref());
            let Some(outcome) = position.and_then(|position| u8::try_from(position).ok()) else { break };
            let event = Event::ChildEnded { serial: parent.serial, outcome };
            session.step(&mut Stepper::default(), &event, at)?;
            session.answered(Done {
                outbox: row.id,
                epoch: row.epoch,
                at: micros(at),
                documents: Vec::new(),
            });
            match self.write(vec![session], watch).await {
                Err(RuntimeError::Store(StoreError::Conflict)) if self.is_ours(row).await? => {}
                Err(RuntimeError::Store(StoreError::Conflict)) => return Ok(()),
                done => return done,
            }
        }
        // Nobody waits for it any more.
        Ok(self.store.finish(&[row.id], row.created_at).await?)
    }

    async fn end_name(&self, case: i64, end: EndId) -> Result<Option<String>, RuntimeError> {
        let Some(row) = self.store.case(case).await? else { return Ok(None) };
        let protocol = self.protocol(row.protocol)?;
        Ok(protocol.ends.get(end).map(|row| row.name.clone()))
    }
}

/// Fields of the same name, as far as the other pathway knows them.
fn handed_over(
    from: &CheckedProtocol,
    to: &CheckedProtocol,
    fields: &[(FieldId, Value)],
) -> Vec<(FieldId, Value)> {
    let same = |(field, value): &(FieldId, Value)| {
        let there = to.field_named(&from.fields.row(*field).name).ok()?;
        let value = to.value_from_json(there, &from.value_to_json(*field, value)).ok()?;
        Some((there, value))
    };
    fields.iter().filter_map(same).collect()
}
