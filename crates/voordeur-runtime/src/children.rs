//! Cases that belong to other cases: a plan for each child of a household.
//!
//! Both ways go through the outbox: a crash in between repeats the message, and a case that is there already, or
//! that has been told already, stays as it is. A message is done when all of its cases are there: while the database is away it
//! waits, and where one of them cannot be made it waits for an operator.

use jiff::Timestamp;
use voordeur_engine::{Entry, Event, Parent, Serial, Stepper, Tie};
use voordeur_messages::{kept, mark, say};
use voordeur_protocol::model::SubPathway;
use voordeur_protocol::{CheckedProtocol, EndId, FieldId, Obligation, Spec, Value};
use voordeur_store::{CaseRow, Done, OutboxRow, StoreError};

use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::labels::Labels;
use crate::library::{Library, Unusable};
use crate::rows::{journal, micros, stored_case, timestamp};
use crate::session::Session;
use crate::watch::Watch;

/// What a case starts: cases of another pathway, for one of its obligations.
struct Start<'a> {
    parent: &'a Session,
    own: Parent,
    obligation: &'a Obligation,
    sub: &'a SubPathway,
    fields: &'a [(FieldId, Value)],
    at: Timestamp,
}

impl Runtime {
    /// Opens the cases that an obligation wants: `household-a-talks-1`, `household-a-talks-2`, … A label that is taken,
    /// by an earlier time or by somebody else, is passed over. One that cannot be opened holds up none of the others: it is put
    /// aside with the message, and tried again with it.
    pub(crate) async fn start_children(
        &self,
        row: &OutboxRow,
        serial: Serial,
        count: u32,
        fields: &[(FieldId, Value)],
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        let at = timestamp(row.created_at);
        if let Some(parent) = self.waiting_session(row.case_id, serial).await?
            && let Some(start) = Start::of(&parent, serial, fields, at)
        {
            let mut failed = None;
            for number in 1..=count {
                match self.start_child(&start, number, watch).await {
                    Err(why) if why.is_of_case() => failed = failed.or(Some(why)),
                    started => started?,
                }
            }
            if let Some(why) = failed {
                return self.put_aside(row.case_id, &format!("message-{}", row.id), why, at, watch).await;
            }
        }
        Ok(self.store.finish(&[row.id], row.created_at).await?)
    }

    async fn start_child(
        &self,
        start: &Start<'_>,
        number: u32,
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        while let Some(label) = self.free_label(start, number).await? {
            let session = self.child(start, &label).await?;
            match self.write(vec![session], watch).await {
                // Another program was first with this label, or its version was retired: all of it is looked at again.
                Err(RuntimeError::Store(
                    StoreError::Exists { .. } | StoreError::Conflict | StoreError::Retired,
                )) => {}
                done => return done,
            }
        }
        Ok(())
    }

    /// A case that another one starts, not written yet.
    async fn child(&self, start: &Start<'_>, label: &str) -> Result<Session, RuntimeError> {
        let Start { parent, own, sub, fields, at, .. } = start;
        let (id, protocol) = self.started_on(start).await?;
        let event = Event::Started {
            parent: own.clone(),
            trigger: protocol.trigger_named(&sub.trigger).map_err(|_| self.missing(&sub.pathway))?,
            data: handed_over(&parent.protocol, &protocol, fields),
        };
        let mut session = Session::new(label, id, protocol, &self.vault);
        let mut stepper = Stepper::default();
        session.step(&mut stepper, &event, *at)?;
        if let Some(household) = parent.case.ties.household.clone() {
            session.step(&mut stepper, &Event::Tied { tie: Tie::Household(household), by: None }, *at)?;
        }
        Ok(session)
    }

    /// On what a case runs that another one starts: on the pathway of the same file. When that is retired, on the version that goes on
    /// with its cases, or else on the newest one that is not, as long as it can be started and ends as the other case knows.
    async fn started_on(&self, start: &Start<'_>) -> Result<(i64, CheckedProtocol), RuntimeError> {
        let Start { parent, sub, at, .. } = start;
        let own = self.library.sibling(&parent.protocol, &sub.pathway);
        let (id, _) = own.ok_or_else(|| self.missing(&sub.pathway))?;
        let protocol = self.protocol(id)?;
        let Err(retired) = self.check_open(id).await else { return Ok((id, protocol)) };
        if !matches!(retired, RuntimeError::Retired { .. }) {
            return Err(retired);
        }
        // Another program may have published it, or retired it, since this one started.
        let library = Library::load(&self.store).await?;
        let successor = library.retirement(id).and_then(|retirement| retirement.successor.clone());
        let open = |(id, one): &(i64, &CheckedProtocol)| {
            library.retirement(*id).is_none() && one.edition().is_none() && start.fits(one)
        };
        let open: Vec<(i64, &CheckedProtocol)> = library.iter().filter(open).collect();
        let heir = open.iter().find(|(_, one)| successor.as_ref() == Some(&one.version));
        let Some((id, heir)) = heir.or(open.last()) else { return Err(retired) };
        let id = library.edition(*id, heir.calendar.date(*at));
        Ok((id, library.usable(id)?.clone()))
    }

    /// Why a pathway cannot be started: this program cannot use it, or it is not there.
    fn missing(&self, pathway: &str) -> RuntimeError {
        let mut unusable = self.library.unusable().values();
        let unusable = unusable.find(|unusable| unusable.name == pathway);
        unusable.map_or_else(
            || {
                let why = kept(|| say!("the pathway that it starts is not in the database"));
                RuntimeError::unreadable(mark!("case"), &why)
            },
            Unusable::error,
        )
    }

    /// The first free label for the case of a number that an obligation starts; `None` when that case is there already.
    async fn free_label(&self, start: &Start<'_>, number: u32) -> Result<Option<String>, RuntimeError> {
        let labels = Labels::of(&start.own.label, &start.obligation.name);
        let mut there = 0;
        // Older programs made labels of any length: their cases count as well.
        for older in labels.unfit() {
            let Some(row) = self.store.case_labelled(&older).await? else { break };
            there += u32::from(self.is_child(&row, &start.own).await?);
        }
        for label in labels.fitting() {
            if there >= number {
                break;
            }
            let Some(row) = self.store.case_labelled(&label).await? else { return Ok(Some(label)) };
            there += u32::from(self.is_child(&row, &start.own).await?);
        }
        Ok(None)
    }

    /// Whether a case was started by this one, for this obligation. Its journal says so too, should its state say nothing.
    async fn is_child(&self, row: &CaseRow, own: &Parent) -> Result<bool, RuntimeError> {
        let unreadable = match stored_case(row) {
            Ok(case) => return Ok(case.parent.as_ref() == Some(own)),
            Err(why) => why,
        };
        let steps = self.store.journal(row.id).await?;
        let first = steps.first().map(journal).transpose()?.ok_or(unreadable)?;
        Ok(first.iter().any(|entry| matches!(entry, Entry::BelongsTo { parent } if parent == own)))
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
            let outcome = position.and_then(|position| u8::try_from(position).ok());
            let Some(outcome) = outcome else { return self.unknown_end(row, parent, ended, watch).await };
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

    /// Who waits for a case waits for ever when its end is none that it knows: an operator hears of it.
    async fn unknown_end(
        &self,
        row: &OutboxRow,
        parent: &Parent,
        end: Option<String>,
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        let why = RuntimeError::UnknownEnd {
            label: parent.label.as_ref().to_owned(),
            end: end.unwrap_or_default(),
        };
        let at = timestamp(row.created_at);
        self.put_aside(row.case_id, &format!("message-{}", row.id), why, at, watch).await
    }

    async fn end_name(&self, case: i64, end: EndId) -> Result<Option<String>, RuntimeError> {
        let Some(row) = self.store.case(case).await? else { return Ok(None) };
        let protocol = self.protocol(row.protocol)?;
        Ok(protocol.ends.get(end).map(|row| row.name.clone()))
    }
}

impl<'a> Start<'a> {
    /// Nothing when the case waits for no cases there.
    fn of(
        parent: &'a Session,
        serial: Serial,
        fields: &'a [(FieldId, Value)],
        at: Timestamp,
    ) -> Option<Self> {
        let obligation = parent.case.instance(serial)?.obligation(&parent.protocol);
        let Spec::Sub(sub) = &obligation.spec else { return None };
        let own = Parent { label: parent.label.as_str().into(), serial };
        Some(Self { parent, own, obligation, sub, fields, at })
    }

    /// Whether a pathway is another version of what is started: it can be started in the same way, and each of its ends is one that
    /// the other case waits for.
    fn fits(&self, other: &CheckedProtocol) -> bool {
        other.name == self.sub.pathway
            && other.trigger_named(&self.sub.trigger).is_ok()
            && other.ends.rows().all(|end| self.obligation.named.contains(&end.name))
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
