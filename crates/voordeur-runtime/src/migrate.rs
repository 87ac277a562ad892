//! Open cases under a new version: which of them can come over and what it means for each (a plan), taking them over, and
//! taking that back.
//!
//! A case comes over in one step: the entry in its journal, its state, its timers and its version are written in one
//! transaction. Stopped halfway, those that are left come over when it is done again. It is taken back by a step of its own, as
//! long as nothing else has happened to the case.

use std::collections::BTreeSet;

use jiff::Timestamp;
use voordeur_engine::{CarriedOver, Case, Entry, HistoryStep, Obstacle, apply};
use voordeur_protocol::CheckedProtocol;
use voordeur_store::{CaseRow, Kind, Lane, Status, StoreError, Upkeep};

use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::journey::{Journey, Way};
use crate::library::digest;
use crate::planned::{ComesIn, Planned, Sort, moves, on_arrival};
use crate::rows::{rounded, timestamp};
use crate::session::Session;
use crate::watch::Watch;

/// How many cases are read, and written in one transaction.
pub(crate) const PAGE: u32 = 256;

/// The version of the tables from which on programs can read the journal of a case that came over.
const KNOWS_MIGRATED: i64 = 5;

/// How many messages are read at a time.
const MESSAGES: u32 = 1024;

/// A case that can come over.
struct Over<'a> {
    over: CarriedOver,
    protocol: &'a CheckedProtocol,
    /// Where it would be by now if all of it had happened on the new version.
    elsewhere: Option<String>,
}

impl Runtime {
    /// The way of the cases of one version to another one.
    ///
    /// # Errors
    /// [`RuntimeError::NoSuchVersion`] when the database has no version with the label of `old`, [`RuntimeError::Published`] when
    /// it has another text under one of both labels.
    pub fn journey(&self, old: &CheckedProtocol, new: &CheckedProtocol) -> Result<Journey, RuntimeError> {
        let of_name = || self.library.iter().filter(|(_, stored)| stored.name == old.name);
        let same = |stored: &CheckedProtocol| stored.version == old.version;
        let found: Vec<(i64, CheckedProtocol)> =
            of_name().filter(|(_, stored)| same(stored)).map(|(id, stored)| (id, stored.clone())).collect();
        if found.is_empty() {
            let mut known: Vec<String> = of_name().map(|(_, stored)| stored.version.clone()).collect();
            known.dedup();
            let (name, version) = (old.name.clone(), old.version.clone());
            return Err(RuntimeError::NoSuchVersion { name, version, known });
        }
        self.library.check_published(old)?;
        self.library.check_published(new)?;
        let decrees = self.library.decrees();
        let new = new.editions().map(|edition| edition.with_decrees(decrees)).collect();
        Ok(Journey { old: found, new })
    }

    /// What becomes of each open case of the old version. Nothing is changed. A case that cannot be read is left out, and that is told.
    /// `progress` hears how many cases were looked at.
    ///
    /// # Errors
    /// [`RuntimeError::Unsaid`] when the new version does not say what becomes of deadlines whose terms have changed;
    /// others when the database cannot be read.
    pub async fn plan(
        &self,
        journey: &Journey,
        now: Timestamp,
        watch: &mut dyn Watch,
        mut found: impl FnMut(Planned),
        mut progress: impl FnMut(u64),
    ) -> Result<(), RuntimeError> {
        journey.check_said()?;
        self.check_arrival(journey).await?;
        let way = Way::of(journey);
        let (mut after, mut seen) = (String::new(), 0);
        loop {
            let page = self.store.cases(&after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.label);
            seen += u64::try_from(page.len()).unwrap_or(u64::MAX);
            let open = || page.iter().filter(|row| is_open(journey, row));
            let busy = if open().next().is_some() { self.under_way().await? } else { BTreeSet::new() };
            for row in open() {
                let planned = self.planned(&way, row, &busy, now).await;
                self.or_left_out(&row.label, planned, watch).await?.into_iter().for_each(&mut found);
            }
            progress(seen);
        }
    }

    async fn planned(
        &self,
        way: &Way<'_>,
        row: &CaseRow,
        busy: &BTreeSet<i64>,
        now: Timestamp,
    ) -> Result<Planned, RuntimeError> {
        let case = self.session(row.clone())?.case;
        let (label, stage) = (row.label.clone(), row.place.clone());
        let mut planned = Planned {
            label,
            stage,
            touched_at: case.touched_at,
            sort: Sort::Impossible,
            moves: Vec::new(),
            on_arrival: Vec::new(),
            why: Vec::new(),
            comes_in: None,
            elsewhere: None,
        };
        match self.carried(way, row, &case, busy, now).await? {
            Ok(over) => {
                planned.elsewhere = over.elsewhere;
                planned.sort =
                    if planned.elsewhere.is_some() { Sort::OtherStage } else { Sort::of(&over.over) };
                let old = way.journey.place_of(row.protocol).and_then(|place| way.journey.old.get(place));
                planned.comes_in = ComesIn::of(over.protocol, &over.over);
                let old = old.map(|(_, old)| old);
                planned.on_arrival = on_arrival(over.protocol, old, &case, &over.over);
                planned.moves = moves(over.protocol, old, &case, &over.over);
            }
            Err(why) => {
                planned.sort = Sort::of_obstacles(&why);
                planned.why = why;
            }
        }
        Ok(planned)
    }

    /// What a case becomes: in the state in which it is, when its history could have happened on the new version.
    async fn carried<'a>(
        &self,
        way: &Way<'a>,
        row: &CaseRow,
        case: &Case,
        busy: &BTreeSet<i64>,
        now: Timestamp,
    ) -> Result<Result<Over<'a>, Vec<Obstacle>>, RuntimeError> {
        let place = way.journey.place_of(row.protocol).and_then(|old| way.of_case(old, case));
        let Some((passage, protocol)) = place else { return Ok(Err(vec![Obstacle::NothingWaits])) };
        let now = rounded(now);
        let over = match passage.carry(case, now) {
            Ok(over) => over,
            Err(obstacles) => return Ok(Err(obstacles)),
        };
        if busy.contains(&row.id) {
            return Ok(Err(vec![Obstacle::UnderWay]));
        }
        let mut elsewhere = None;
        let decided = case.stay.as_ref().is_some_and(|stay| passage.names_stage(stay.stage));
        // Until now, unless something is due of which nothing has been told yet.
        let is_told = case.next_timer().is_none_or(|timer| timer.due.at > now);
        let until = if is_told { now.max(case.touched_at) } else { case.touched_at };
        // What it did on a version before this one is not asked again.
        let history = if decided { None } else { Some(self.own_history(row).await?) };
        let replayed = history.and_then(|(came, history)| match came {
            None => Some(passage.replay(&history, passage.clocks(), until)),
            Some((at, came)) => passage.replay_from((&came, at), &history, passage.clocks(), until),
        });
        if let Some(replayed) = replayed {
            if !replayed.refused.is_empty() {
                return Ok(Err(replayed.refused));
            }
            let there = crate::session::place(protocol, &replayed.case);
            let before = crate::session::place(protocol, &over.case);
            elsewhere = (there != before).then_some(there);
        }
        Ok(Ok(Over { over, protocol, elsewhere }))
    }

    /// The journal of a case, step by step, without what was taken back.
    async fn steps(&self, row: &CaseRow) -> Result<Vec<HistoryStep>, RuntimeError> {
        let mut steps: Vec<HistoryStep> = Vec::new();
        for (step, entries) in self.history(row).await? {
            match entries.first() {
                Some(Entry::Migrated(arrival)) if arrival.back => {
                    steps.pop();
                }
                _ => steps.push((step.step, timestamp(step.at), entries)),
            }
        }
        Ok(steps)
    }

    /// The journal of a case from when it came to its version, as it was then; all of it when it began on that version.
    async fn own_history(
        &self,
        row: &CaseRow,
    ) -> Result<(Option<(Timestamp, Case)>, Vec<HistoryStep>), RuntimeError> {
        let mut steps = self.steps(row).await?;
        let arrival = |(.., entries): &HistoryStep| match entries.first() {
            Some(Entry::Migrated(arrival)) => Some(arrival.case()),
            _ => None,
        };
        let Some(at) = steps.iter().rposition(|step| arrival(step).is_some()) else {
            return Ok((None, steps));
        };
        let rest = steps.split_off(at + 1);
        let Some(((_, at, entries), protocol)) = steps.pop().zip(self.library.get(row.protocol)) else {
            return Ok((None, rest));
        };
        let mut came = Case::default();
        entries.iter().for_each(|entry| apply(protocol, &mut came, at, entry));
        Ok((Some((at, came)), rest))
    }

    /// The journal of a case, step by step, when all of it happened on one version. That it came over and went back again
    /// changes nothing of that.
    pub(crate) async fn whole_history(
        &self,
        row: &CaseRow,
    ) -> Result<Option<Vec<HistoryStep>>, RuntimeError> {
        let steps = self.steps(row).await?;
        let came = |(.., entries): &HistoryStep| matches!(entries.first(), Some(Entry::Migrated(_)));
        Ok((!steps.iter().any(came)).then_some(steps))
    }

    /// Takes every open case over that can come over; gives how many came. One that cannot be read stays where it is, and that is
    /// told. Given again after it was stopped, it goes on with those that are left. `progress` hears how many cases were looked at.
    ///
    /// # Errors
    /// As [`Runtime::plan`], and when a plugin of the new version is missing.
    pub async fn migrate(
        &mut self,
        journey: &Journey,
        now: Timestamp,
        watch: &mut dyn Watch,
        mut progress: impl FnMut(u64),
    ) -> Result<u64, RuntimeError> {
        journey.check_said()?;
        self.check_arrival(journey).await?;
        let way = Way::of(journey);
        let (mut after, mut seen, mut came, mut is_ready) = (String::new(), 0, 0, false);
        loop {
            let page = self.store.cases(&after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(came) };
            after.clone_from(&last.label);
            seen += u64::try_from(page.len()).unwrap_or(u64::MAX);
            let open: Vec<CaseRow> = page.into_iter().filter(|row| is_open(journey, row)).collect();
            if !is_ready && self.any_comes(&way, &open, now).await? {
                self.publish(journey, now).await?;
                is_ready = true;
            }
            if is_ready {
                match self.come_over(&way, open, now, watch).await {
                    // It was retired meanwhile: those that came before are told what becomes of them.
                    Err(RuntimeError::Store(StoreError::Retired)) => {
                        self.check_arrival(journey).await?;
                        return Err(StoreError::Retired.into());
                    }
                    over => came += over?,
                }
            }
            progress(seen);
        }
    }

    /// No case comes over to a version that is retired: nobody would have been told who goes on with it.
    async fn check_arrival(&self, journey: &Journey) -> Result<(), RuntimeError> {
        let Some(new) = journey.new.first() else { return Ok(()) };
        let same = |stored: &CheckedProtocol| stored.name == new.name && stored.version == new.version;
        for (id, _) in self.library.iter().filter(|(_, stored)| same(stored)) {
            self.check_open(id).await?;
        }
        Ok(())
    }

    /// A version to which no case can come is not published: its text may still change.
    async fn any_comes(&self, way: &Way<'_>, rows: &[CaseRow], now: Timestamp) -> Result<bool, RuntimeError> {
        let busy = if rows.is_empty() { BTreeSet::new() } else { self.under_way().await? };
        for row in rows {
            match self.comes(way, row, &busy, now).await {
                Ok(true) => return Ok(true),
                Err(error) if !error.is_of_case() => return Err(error),
                // It is told when the others come over.
                _ => {}
            }
        }
        Ok(false)
    }

    async fn comes(
        &self,
        way: &Way<'_>,
        row: &CaseRow,
        busy: &BTreeSet<i64>,
        now: Timestamp,
    ) -> Result<bool, RuntimeError> {
        let case = self.session(row.clone())?.case;
        Ok(self.carried(way, row, &case, busy, now).await?.is_ok())
    }

    /// Stores the new version, and lets no program open the database that cannot read what is written from here on.
    async fn publish(&mut self, journey: &Journey, now: Timestamp) -> Result<(), RuntimeError> {
        if let Some(new) = journey.new.first() {
            self.add(new.clone(), now).await?;
        }
        self.store.upkeep(Upkeep::Oldest(KNOWS_MIGRATED)).await?;
        Ok(())
    }

    async fn come_over(
        &self,
        way: &Way<'_>,
        rows: Vec<CaseRow>,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<u64, RuntimeError> {
        if rows.is_empty() {
            return Ok(0);
        }
        // Read after the cases: what is asked of a plugin later makes a step, and then nothing is written here.
        let busy = self.under_way().await?;
        let mut sessions = Vec::new();
        for row in &rows {
            let over = self.over(way, row, &busy, now).await;
            sessions.extend(self.or_left_out(&row.label, over, watch).await?.flatten());
        }
        let many = u64::try_from(sessions.len()).unwrap_or(u64::MAX);
        match self.write_in(Lane::Sweep, sessions, watch).await {
            Err(error) if error.is_conflict() => {}
            done => return done.map(|()| many),
        }
        // Somebody was first with one of them: each on its own.
        let mut came = 0;
        for row in rows {
            let label = row.label.clone();
            let over = self.come_alone(way, row, now, watch).await;
            came += u64::from(self.or_left_out(&label, over, watch).await?.unwrap_or(false));
        }
        Ok(came)
    }

    async fn come_alone(
        &self,
        way: &Way<'_>,
        row: CaseRow,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<bool, RuntimeError> {
        let mut row = Some(row);
        while let Some(found) = row.filter(|row| is_open(way.journey, row)) {
            let busy = self.under_way().await?;
            let Some(session) = self.over(way, &found, &busy, now).await? else { return Ok(false) };
            match self.write(vec![session], watch).await {
                Err(error) if error.is_conflict() => row = self.store.case(found.id).await?,
                done => return done.map(|()| true),
            }
        }
        Ok(false)
    }

    /// The case with the step by which it comes over; nothing when it cannot.
    async fn over(
        &self,
        way: &Way<'_>,
        row: &CaseRow,
        busy: &BTreeSet<i64>,
        now: Timestamp,
    ) -> Result<Option<Session>, RuntimeError> {
        let mut session = self.session(row.clone())?;
        let carried = self.carried(way, row, &session.case, busy, now).await?;
        let Ok(Over { mut over, protocol, .. }) = carried else { return Ok(None) };
        over.entries.extend(self.decider());
        let digest = digest(protocol);
        let number = self.library.iter().find(|(_, stored)| crate::library::digest(stored) == digest);
        let Some((id, stored)) = number else { return Ok(None) };
        session.come_over((id, stored.clone()), over.case, over.entries);
        Ok(Some(session))
    }

    /// The cases for which a plugin is being called, or cases are being started.
    pub(crate) async fn under_way(&self) -> Result<BTreeSet<i64>, RuntimeError> {
        let (mut after, mut cases) = (0, BTreeSet::new());
        loop {
            let waiting = self.store.outbox(Kind::Call, after, MESSAGES).await?;
            let Some(last) = waiting.last() else { return Ok(cases) };
            after = last.id;
            cases.extend(waiting.iter().map(|row| row.case_id));
        }
    }
}

fn is_open(journey: &Journey, row: &CaseRow) -> bool {
    row.status == Status::Running && journey.place_of(row.protocol).is_some()
}
