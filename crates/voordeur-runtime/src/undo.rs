//! Taking back that cases came over to another version: by a step of its own, as long as nothing else has happened to the case.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;
use voordeur_engine::{Arrival, Case, Edition, Entry, Event, Message, Stepper, apply, told_on_return};
use voordeur_protocol::CheckedProtocol;
use voordeur_store::{CaseRow, StoreError};

use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::journey::Journey;
use crate::library::digest;
use crate::migrate::PAGE;
use crate::retire::Heir;
use crate::rows::{micros, timestamp};
use crate::session::Session;
use crate::watch::Watch;

/// What became of a migration that is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Undone {
    /// How many cases are on the old version again.
    pub back: u64,
    /// How many have moved on since, and stay.
    pub stay: u64,
}

impl Runtime {
    /// Takes back that cases came over, as far as nothing else has happened to them since. One that cannot be read stays where it is,
    /// and that is told.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be used.
    pub async fn undo(
        &self,
        journey: &Journey,
        now: Timestamp,
        watch: &mut dyn Watch,
        mut progress: impl FnMut(u64),
    ) -> Result<Undone, RuntimeError> {
        let news: BTreeSet<String> = journey.new.iter().map(digest).collect();
        let olds: BTreeSet<String> = journey.old.iter().map(|(_, old)| digest(old)).collect();
        let (mut after, mut seen, mut undone) = (String::new(), 0, Undone::default());
        loop {
            let page = self.store.cases(&after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(undone) };
            after.clone_from(&last.label);
            // Read after the cases, as where they come over.
            let busy = self.under_way().await?;
            for row in page {
                seen += 1;
                let Some(on) = self.library.get(row.protocol).map(digest) else { continue };
                if olds.contains(&on) {
                    continue;
                }
                let label = row.label.clone();
                let back = match news.contains(&on) {
                    true => self.go_back(journey, row, &busy, now, watch).await,
                    false => self.has_gone_further(&olds, &news, &row).await,
                };
                if let Some(back) = self.or_left_out(&label, back, watch).await?.flatten() {
                    undone.back += u64::from(back);
                    undone.stay += u64::from(!back);
                }
            }
            progress(seen);
        }
    }

    /// `Some(false)` for a case that came over and went on to a third version: it stays there.
    async fn has_gone_further(
        &self,
        olds: &BTreeSet<String>,
        news: &BTreeSet<String>,
        row: &CaseRow,
    ) -> Result<Option<bool>, RuntimeError> {
        // The case says which versions it has left: only of such a one the journal is read.
        let Ok(case) = self.case(row) else { return Ok(None) };
        let has_left = |all: &BTreeSet<String>| case.ran_on.iter().any(|left| all.contains(&*left.digest));
        if !has_left(olds) || !has_left(news) {
            return Ok(None);
        }
        let history = self.history(row).await?;
        let came_over = standing(&history).into_iter().any(|(_, entries)| match entries.first() {
            Some(Entry::Migrated(arrival)) => {
                !arrival.back && olds.contains(&*arrival.from.digest) && news.contains(&*arrival.to.digest)
            }
            _ => false,
        });
        Ok(came_over.then_some(false))
    }

    /// Whether a case went back; nothing when it never came over from the old version.
    async fn go_back(
        &self,
        journey: &Journey,
        row: CaseRow,
        busy: &BTreeSet<i64>,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<Option<bool>, RuntimeError> {
        let (mut row, mut busy) = (Some(row), Cow::Borrowed(busy));
        while let Some(found) = row {
            let Some(before) = self.came_from(journey, &found).await? else { return Ok(None) };
            let Some((number, arrival)) = before else { return Ok(Some(false)) };
            if busy.contains(&found.id) {
                return Ok(Some(false));
            }
            let mut session = self.session(found.clone())?;
            let case = restored(&session.case, &arrival, micros(now));
            let entry = Arrival::of(case.clone(), arrival.1.clone(), arrival.0.clone(), true);
            // Whoever was told of another day when it came over hears of the old one again.
            let told = told_on_return(&number.1, &session.case, &case);
            let entries =
                std::iter::once(Entry::Migrated(Box::new(entry))).chain(told).chain(self.decider()).collect();
            let id = number.0;
            session.come_over(number, case, entries);
            self.tell_heir(&mut session, id, now).await?;
            match self.write(vec![session], watch).await {
                // Another program was first with it, or has retired its version meanwhile.
                Err(RuntimeError::Store(StoreError::Conflict | StoreError::Retired)) => {
                    row = self.store.case(found.id).await?;
                    busy = Cow::Owned(self.under_way().await?);
                }
                done => return done.map(|()| Some(true)),
            }
        }
        Ok(None)
    }

    /// A case that goes back to a version that is retired meanwhile is told who goes on with it, as the others of that version were.
    async fn tell_heir(&self, session: &mut Session, id: i64, now: Timestamp) -> Result<(), RuntimeError> {
        let Some(retirement) = self.store.retirement(id).await? else { return Ok(()) };
        session.although_retired();
        let tie = Self::heir_tie(&session.protocol, Heir::of(&retirement))?;
        if session.case.ties.has(&tie) {
            return Ok(());
        }
        let at = timestamp(micros(now)).max(session.case.touched_at);
        session.step(&mut Stepper::default(), &self.with_person(Event::Tied { tie, by: None }), at)?;
        Ok(())
    }

    /// The case as it was before it came over, on which version, and from which to which it came. `Some(None)` when it has
    /// moved on since.
    async fn came_from(
        &self,
        journey: &Journey,
        row: &CaseRow,
    ) -> Result<Option<Option<((i64, CheckedProtocol), (Edition, Edition, Case))>>, RuntimeError> {
        let history = self.history(row).await?;
        let came = |entries: &[Entry]| match entries.first() {
            Some(Entry::Migrated(arrival)) if !arrival.back => {
                let olds = journey.old.iter().find(|(_, old)| digest(old) == *arrival.from.digest);
                olds.map(|(id, old)| ((*id, old.clone()), arrival.from.clone(), arrival.to.clone()))
            }
            _ => None,
        };
        let standing = standing(&history);
        let Some((number, entries)) = standing.last() else { return Ok(None) };
        // Whoever was asked by it believes so: what went out is not taken back.
        let Some((before, from, to)) = came(entries).filter(|_| !asks_somebody(entries)) else {
            let once = history.iter().any(|(_, entries)| came(entries).is_some());
            return Ok(once.then_some(None));
        };
        let state = self.case(row)?;
        let mut case = Case::default();
        for (step, entries) in history.iter().take(*number) {
            let protocol = self.protocol_at(row, &state, timestamp(step.at))?;
            for entry in entries {
                apply(&protocol, &mut case, timestamp(step.at), entry);
            }
        }
        Ok(Some(Some((before, (from, to, case)))))
    }
}

/// The steps of a history with their places in it, without those by which a case came over and went back at once: that is as if it had
/// never been.
fn standing<S>(history: &[(S, Vec<Entry>)]) -> Vec<(usize, &[Entry])> {
    let goes = |entries: &[Entry]| match entries.first() {
        Some(Entry::Migrated(arrival)) => Some(arrival.back),
        _ => None,
    };
    let mut all: Vec<(usize, &[Entry])> = Vec::with_capacity(history.len());
    for (number, (_, entries)) in history.iter().enumerate() {
        let came = all.last().is_some_and(|(_, last)| goes(last) == Some(false));
        if came && goes(entries) == Some(true) {
            all.pop();
        } else {
            all.push((number, entries));
        }
    }
    all
}

/// Whether somebody outside was asked or told something by a step.
fn asks_somebody(entries: &[Entry]) -> bool {
    let asks = |message: &Message| {
        matches!(message, Message::Refer { .. } | Message::Ask { .. } | Message::Announce { .. })
    };
    entries.iter().any(|entry| matches!(entry, Entry::Sent(message) if asks(message)))
}

/// The case as it was, with the numbers that have been given out since, and the version that it has left.
fn restored(now_is: &Case, (_, to, was): &(Edition, Edition, Case), now: i64) -> Case {
    let mut case = was.clone();
    let least = now_is.touched_at.saturating_add(jiff::SignedDuration::from_micros(1));
    case.touched_at = timestamp(now).max(least.unwrap_or(now_is.touched_at));
    case.serials = case.serials.max(now_is.serials);
    case.timer_ids = case.timer_ids.max(now_is.timer_ids);
    case.stays = case.stays.max(now_is.stays);
    case.ran_on.clone_from(&now_is.ran_on);
    case.ran_on.push(voordeur_engine::Left { at: case.touched_at, digest: to.digest.clone() });
    case
}
