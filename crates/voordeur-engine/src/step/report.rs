//! Whether an event from outside is accepted, and what it records.

use voordeur_protocol::guard::Expr;
use voordeur_protocol::model::{PartyKind, TriggerBranch};
use voordeur_protocol::{
    CauseKey, EventId, FieldId, Happening, Kind, Obligation, ObligationId, Occurrence, PartyId, Spec,
    TriggerId,
};

use super::Work;
use super::deciding::{check_decides, speaks_for, works_with_it};
use super::moving::is_announced;
use crate::case::{Instance, Serial, Status};
use crate::entry::{Entry, Mended};
use crate::event::{By, Data};
use crate::rejection::Rejection;

/// The party that stands for everybody.
const ANYONE: PartyId = PartyId(1);

impl Work<'_> {
    pub(super) fn reported(&mut self, trigger: TriggerId, data: &Data, by: By) -> Result<(), Rejection> {
        if self.case.status != Status::Unreported {
            return Err(Rejection::AlreadyReported);
        }
        let protocol = self.protocol;
        let row = &protocol.triggers.row(trigger);
        self.by_people = true;
        self.check_reporter(&row.name, &row.from, by)?;
        self.check_volunteers(&row.name, &row.asks, data, by)?;
        self.check_answers(&row.name, &row.asks, &row.asks, data)?;
        for (field, value) in data {
            self.log(Entry::Recorded { field: *field, value: value.clone() });
        }
        let (branch, target) = self.branch(&row.branches)?;
        self.log(Entry::Reported { trigger, by, branch });
        self.rearm_always();
        match target {
            Some(target) => self.go(target, None, false),
            None => Ok(()),
        }
    }

    /// A version is for the reports of a time. A case that another one starts belongs to the report of that one.
    pub(super) fn check_valid(&self) -> Result<(), Rejection> {
        let protocol = self.protocol;
        let (from, until) = (protocol.version_from, protocol.version_until);
        if from.is_none() && until.is_none() {
            return Ok(());
        }
        let day = protocol.calendar.date(self.now);
        if from.is_none_or(|from| from <= day) && until.is_none_or(|until| day <= until) {
            return Ok(());
        }
        Err(Rejection::NotValid { version: protocol.version.clone(), from, until, day })
    }

    fn branch(
        &self,
        branches: &[TriggerBranch],
    ) -> Result<(u16, Option<voordeur_protocol::Target>), Rejection> {
        for (position, branch) in branches.iter().enumerate() {
            let holds = branch.guard == Expr::True
                || branch.guard.holds(&self.known()).map_err(|field| self.unrecorded(field, branch.line))?;
            if holds {
                return Ok((u16::try_from(position).unwrap_or(u16::MAX), Some(branch.target)));
            }
        }
        Ok((u16::MAX, None))
    }

    pub(super) fn occurred(&mut self, what: Occurrence, data: &Data, by: By) -> Result<(), Rejection> {
        self.check_running()?;
        self.by_people = true;
        match what {
            Occurrence::Obligation(obligation, on) => self.obligation_reported(obligation, on, data, by),
            Occurrence::Event(event) => self.event_reported(event, data, by),
        }
    }

    pub(super) fn check_running(&self) -> Result<(), Rejection> {
        match self.case.status {
            Status::Running => Ok(()),
            Status::Unreported => Err(Rejection::NotReported),
            Status::Ended { .. } if self.measures_open() => Ok(()),
            Status::Ended { end, .. } => {
                Err(Rejection::Ended { end: self.protocol.ends.row(end).name.clone() })
            }
        }
    }

    /// Nothing but a measure is reported about a case that has ended.
    pub(super) fn check_not_ended(&self) -> Result<(), Rejection> {
        match self.case.status {
            Status::Ended { end, .. } => {
                Err(Rejection::Ended { end: self.protocol.ends.row(end).name.clone() })
            }
            _ => Ok(()),
        }
    }

    /// What is measured after closing is the only thing that is open then.
    fn measures_open(&self) -> bool {
        !self.case.open.is_empty()
    }

    fn event_reported(&mut self, event: EventId, data: &Data, by: By) -> Result<(), Rejection> {
        self.check_not_ended()?;
        let protocol = self.protocol;
        let row = &protocol.events.row(event);
        let of_consent = matches!(event, EventId::CONSENT_GIVEN | EventId::CONSENT_WITHDRAWN);
        self.check_reporter(&row.name, &row.from, by)?;
        if of_consent || matches!(event, EventId::DECEASED | EventId::MOVED_AWAY) {
            self.check_in_touch(&row.name, by)?;
        }
        self.check_volunteers(&row.name, &row.asks, data, by)?;
        self.check_answers(&row.name, &row.asks, &row.asks, data)?;
        self.log(Entry::Occurred { event, by });
        if of_consent {
            self.consent_changed();
        }
        self.record_all(data);
        self.rearm();
        match self.matching(CauseKey::event(event), true)? {
            Some(found) => self.apply_rule(found, None),
            // That it happened is what something counts, or counts from, now or later.
            None if row.is_counted => Ok(()),
            None => Err(Rejection::Unanswered { event: row.name.clone(), stage: self.stage_name() }),
        }
    }

    fn stage_name(&self) -> String {
        self.case
            .stay
            .as_ref()
            .map_or_else(String::new, |stay| self.protocol.stages.row(stay.stage).name.clone())
    }

    fn obligation_reported(
        &mut self,
        obligation: ObligationId,
        on: Happening,
        data: &Data,
        by: By,
    ) -> Result<(), Rejection> {
        let protocol = self.protocol;
        let row = &protocol.obligations.row(obligation);
        let serial = self.open_instance(obligation)?;
        self.check_lifecycle(serial, on)?;
        self.check_foreseen(row, on)?;
        self.check_waivable(serial, row, on)?;
        self.check_doer(row, on, by)?;
        self.check_in_time(serial, row, on)?;
        let asks = asked(row);
        let required = if needs_answers(row.kind, on) { asks } else { &[] };
        self.check_volunteers(&row.name, required, data, by)?;
        self.check_answers(&row.name, required, asks, data)?;
        self.record_all(data);
        if row.kind == Kind::Action && on == Happening::Failed {
            self.log(Entry::Counted { serial, part: 0 });
        }
        if on == Happening::Retried {
            self.log_mended(serial, Mended::Retried, None, by);
            self.retry_now(serial);
            return Ok(());
        }
        // A visit of a series counts before the rules look at how many there were.
        if on != Happening::Done || self.counts_in_series(serial, obligation) {
            self.happen(serial, on, by);
        }
        Ok(())
    }

    /// The open obligation that a report is about: the one opened first. Of contacts, the first whose
    /// window has opened.
    pub(super) fn open_instance(&self, obligation: ObligationId) -> Result<Serial, Rejection> {
        let of_it = |instance: &&Instance| instance.opening(self.protocol).obligation == obligation;
        let mut open = self.case.open.iter().filter(of_it).peekable();
        let Some(first) = open.peek().copied() else { return Err(self.not_open(obligation)) };
        if self.protocol.obligations.row(obligation).kind != Kind::Contact {
            return Ok(first.serial);
        }
        let in_window = |instance: &&Instance| instance.not_before.is_none_or(|from| from <= self.now);
        open.find(in_window).map(|instance| instance.serial).ok_or_else(|| self.too_early(obligation, first))
    }

    fn too_early(&self, obligation: ObligationId, instance: &Instance) -> Rejection {
        let opens = instance.not_before.unwrap_or(self.now);
        Rejection::TooEarly {
            obligation: self.protocol.obligations.row(obligation).name.clone(),
            opens: self.protocol.calendar.zoned(opens).strftime("%Y-%m-%d %H:%M").to_string(),
        }
    }

    fn not_open(&self, obligation: ObligationId) -> Rejection {
        let name = |instance: &Instance| instance.obligation(self.protocol).name.clone();
        Rejection::NotOpen {
            obligation: self.protocol.obligations.row(obligation).name.clone(),
            open: self.case.open.iter().map(name).collect(),
        }
    }

    /// Nobody passes on what goes straight to the receiving agency, and nothing prepares a visit of which the file
    /// does not say so.
    fn check_foreseen(&self, row: &Obligation, on: Happening) -> Result<(), Rejection> {
        let spelling = self.protocol.spelling;
        match row.missing_clause(on, spelling) {
            Some(clause) => Err(Rejection::NotForeseen {
                obligation: row.name.clone(),
                happening: row.happening_name(on, spelling),
                clause,
            }),
            None => Ok(()),
        }
    }

    /// What `must` be done is not set aside by reporting it so.
    fn check_waivable(&self, serial: Serial, row: &Obligation, on: Happening) -> Result<(), Rejection> {
        match self.case.instance(serial) {
            Some(instance) if on == Happening::Waived && !instance.is_offered(self.protocol) => {
                Err(Rejection::Obliged { obligation: row.name.clone() })
            }
            _ => Ok(()),
        }
    }

    pub(super) fn check_lifecycle(&self, serial: Serial, on: Happening) -> Result<(), Rejection> {
        let Some(instance) = self.case.instance(serial) else { return Ok(()) };
        let obligation = instance.obligation(self.protocol);
        let lifecycle = obligation.kind.lifecycle();
        if lifecycle.next(instance.state, on).is_some() {
            return Ok(());
        }
        Err(Rejection::CannotHappen {
            obligation: obligation.name.clone(),
            state: lifecycle.state(instance.state).name.to_owned(),
            happening: obligation.happening_name(on, self.protocol.spelling),
        })
    }

    fn check_reporter(&self, what: &str, from: &[PartyId], by: By) -> Result<(), Rejection> {
        let Some(by) = by else { return Ok(()) };
        let allowed =
            from.is_empty() || from.iter().any(|party| *party == ANYONE || self.speaks_for(by, *party));
        if allowed { Ok(()) } else { Err(self.not_theirs(what, from, by)) }
    }

    /// Who does it reports it, alone or together with others; that a referral is passed on, whoever stands in between: only the
    /// receiver knows what becomes of it then. Whether a household is referred
    /// is for those who work with it to say. The lead records what others have told it, and stands in the journal with that.
    fn check_doer(&self, row: &Obligation, on: Happening, by: By) -> Result<(), Rejection> {
        let Some(by) = by else { return Ok(()) };
        let Some(doer) = row.by else { return self.check_about(row, on, by) };
        let between = match &row.spec {
            Spec::Referral(referral) if on == Happening::PassedOn => referral.via,
            _ => None,
        };
        let doers: Vec<PartyId> =
            std::iter::once(doer).chain(row.with.iter().copied()).chain(between).collect();
        let decides = row.kind == Kind::Referral && matches!(on, Happening::Begun | Happening::Waived);
        let allowed = by == self.protocol.lead
            || doers.iter().any(|doer| self.speaks_for(by, *doer))
            || decides && self.works_with_it(by);
        if allowed { Ok(()) } else { Err(self.not_theirs(&row.name, &doers, by)) }
    }

    /// What nobody in particular does: a plugin answers for an action, and a case that was started for itself. Those who work with
    /// the household decide about both.
    fn check_about(&self, row: &Obligation, on: Happening, by: PartyId) -> Result<(), Rejection> {
        let decided = matches!(on, Happening::Begun | Happening::Waived);
        match row.kind {
            Kind::Sub if !decided => Err(Rejection::OfItsCases { what: row.name.clone() }),
            Kind::Sub | Kind::Action => check_decides(self.protocol, Some(by)),
            _ => self.check_in_touch(&row.name, Some(by)),
        }
    }

    /// Consent is the client's, and what ends a case for good is not everybody's to say. Whoever works with the household, or was
    /// asked to help it, passes it on; not everybody who may report something.
    fn check_in_touch(&self, what: &str, by: By) -> Result<(), Rejection> {
        let Some(by) = by else { return Ok(()) };
        let protocol = self.protocol;
        let is_client = |party: PartyId| protocol.parties.row(party).kind == PartyKind::Client;
        let allowed = |by: PartyId| is_client(by) || self.works_with_it(by) || self.was_asked(by);
        if allowed(by) {
            return Ok(());
        }
        let everybody = protocol.parties.iter().map(|(id, _)| id);
        let who: Vec<PartyId> = everybody.filter(|party| *party != ANYONE && allowed(*party)).collect();
        Err(self.not_theirs(what, &who, by))
    }

    /// Whether this household was referred to somebody.
    fn was_asked(&self, by: PartyId) -> bool {
        let protocol = self.protocol;
        let is_asked = |id: ObligationId| {
            let is = |one: &&Instance| one.opening(protocol).obligation == id && !one.is_offered(protocol);
            self.case.open.iter().find(is).is_some() || self.case.last(id).is_some()
        };
        let referrals = protocol.obligations.iter().filter(|(_, row)| row.kind == Kind::Referral);
        let theirs = referrals.filter(|(_, row)| row.by.is_some_and(|to| self.speaks_for(by, to)));
        theirs.into_iter().any(|(id, _)| is_asked(id))
    }

    /// Whether somebody is of the lead, or does something in this pathway.
    pub(super) fn works_with_it(&self, by: PartyId) -> bool {
        works_with_it(self.protocol, by)
    }

    /// A visit comes after what prepares it, and an announced one not before the day that was announced.
    fn check_in_time(&self, serial: Serial, row: &Obligation, on: Happening) -> Result<(), Rejection> {
        let made = matches!(on, Happening::Done | Happening::Refused | Happening::NotHome);
        let (Some(visit), Some(instance)) =
            (self.visit_of(serial).filter(|_| made), self.case.instance(serial))
        else {
            return Ok(());
        };
        if let Some((by, _)) = visit.prepared.as_ref().filter(|_| !instance.prepared) {
            let prepared = row.happening_name(Happening::Prepared, self.protocol.spelling).to_string();
            return Err(Rejection::NotPrepared { visit: row.name.clone(), by: by.clone(), prepared });
        }
        let first = visit.announced.is_some() && instance.count == 0;
        // Who finds nobody too soon has not been there, as between two attempts.
        let again = is_announced(instance) && on != Happening::NotHome;
        let bound = visit.prepared.is_some() || first || again;
        match instance.not_before.filter(|from| bound && self.now < *from) {
            Some(_) => Err(self.too_early(self.protocol.openings.row(instance.opening).obligation, instance)),
            None => Ok(()),
        }
    }

    fn speaks_for(&self, by: PartyId, party: PartyId) -> bool {
        speaks_for(self.protocol, by, party)
    }

    pub(super) fn not_theirs(&self, what: &str, from: &[PartyId], by: PartyId) -> Rejection {
        let name = |party: &PartyId| self.protocol.parties.row(*party).name.clone();
        Rejection::NotTheirs {
            by: self.protocol.parties.row(by).name.clone(),
            what: what.to_owned(),
            expected: from.iter().map(name).collect(),
        }
    }

    /// A volunteer at the door is not the one to whom an illness or a crime is told: volunteers give no value of a sensitive field,
    /// and report nothing that cannot do without one. What names no party comes from no volunteer.
    fn check_volunteers(
        &self,
        what: &str,
        required: &[FieldId],
        data: &Data,
        by: By,
    ) -> Result<(), Rejection> {
        let parties = &self.protocol.parties;
        let Some(by) = by.filter(|by| parties.row(*by).volunteers) else { return Ok(()) };
        let fields = &self.protocol.fields;
        let given = data.iter().map(|(field, _)| *field);
        let needed = required.iter().copied().filter(|field| !fields.row(*field).optional);
        let (what, by) = (what.to_owned(), parties.row(by).name.clone());
        match given.chain(needed).map(|field| fields.row(field)).find(|row| row.sensitive) {
            Some(row) => Err(Rejection::NotForVolunteers { by, what, field: row.name.clone() }),
            None => Ok(()),
        }
    }

    pub(super) fn check_answers(
        &self,
        what: &str,
        required: &[FieldId],
        asked: &[FieldId],
        data: &Data,
    ) -> Result<(), Rejection> {
        self.check_dates(data)?;
        let name = |field: &FieldId| self.protocol.fields.row(*field).name.clone();
        if let Some((field, _)) = data.iter().find(|(field, _)| !asked.contains(field)) {
            let asked = asked.iter().map(name).collect();
            return Err(Rejection::NotAsked { what: what.to_owned(), field: name(field), asked });
        }
        let missing = |field: &&FieldId| {
            !self.protocol.fields.row(**field).optional && !data.iter().any(|(given, _)| given == *field)
        };
        let fields: Vec<_> = required.iter().filter(missing).map(name).collect();
        if fields.is_empty() {
            Ok(())
        } else {
            Err(Rejection::MissingAnswers { what: what.to_owned(), fields })
        }
    }

    pub(super) fn record_all(&mut self, data: &Data) {
        for (field, value) in data {
            self.record(*field, value.clone());
        }
    }
}

/// The fields that come with an answer.
pub(super) fn asked(row: &Obligation) -> &[FieldId] {
    match &row.spec {
        Spec::Action(action) => &action.returns,
        _ => &row.asks,
    }
}

/// With which happening everything that is asked must be answered.
const fn needs_answers(kind: Kind, on: Happening) -> bool {
    match on {
        Happening::Done | Happening::Returned => true,
        Happening::Named(_) => matches!(kind, Kind::Question),
        _ => false,
    }
}
