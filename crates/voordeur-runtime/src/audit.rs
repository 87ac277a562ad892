//! Proving a database: every journal gives its case, and every row belongs to what the journal says.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use voordeur_engine::{Case, Entry, Message, Status as Running, Stranded, apply, stranded};
use voordeur_messages::say;
use voordeur_protocol::CheckedProtocol;
use voordeur_store::{
    CaseRow, Counts, Delivery, DocumentRow, IncidentRow, Item, JournalRow, Kind, MessageRow, Status, TIMERS,
};

use crate::chain::Chain;
use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::library::Library;
use crate::rows::{micros, stored_case, timestamp};
use crate::sealing::{in_the_clear, is_intact, key_of, whole_case, whole_entries};
use crate::sent::{emptied, keyed, message_rows, told, waiting, written};
use crate::session::{fired_for, place, stopped};
use crate::timers::timers;
use crate::vault::{CaseKey, Vault};

/// How many cases are read at a time.
const PAGE: u32 = 256;

/// How much the clocks of programs may differ: more than that costs more than it tells.
const APART: SignedDuration = SignedDuration::from_mins(1);

/// For how long open cases may not have been told yet that their version is retired.
const TELLING: SignedDuration = SignedDuration::from_hours(1);

/// Something in the database that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The label of the case; `None` for the database as a whole.
    pub case: Option<String>,
    /// What, in one sentence, without personal data.
    pub what: String,
}

/// What was looked at, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Audit {
    /// What was looked at.
    pub looked_at: Counts,
    /// What was found; nothing when the database is whole.
    pub faults: Vec<Fault>,
}

impl Runtime {
    /// Looks at every row: whether the journal of each case, applied from the start, gives its state, whether its timers
    /// and its messages are those that the journal has set and sent, whether inboxes, deliveries and incidents are about just
    /// those, whether what is put aside has an incident, and whether the database itself is whole. `progress`
    /// hears how many cases were looked at, and how many there are.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be read, [`RuntimeError::WrongKey`] when the key of the operator opens no case. What
    /// is found is no error. While others write, it is to be a store of one moment ([`Store::view`](voordeur_store::Store::view)).
    pub async fn verify(&self, mut progress: impl FnMut(u64, u64)) -> Result<Audit, RuntimeError> {
        // Under another key nothing can be opened: that is no damage.
        self.check_key().await?;
        let mut audit = Audit::default();
        let counts = self.store.counts().await?;
        let whole = self.store.faults().await?.into_iter().map(|what| Fault { case: None, what });
        audit.faults.extend(whole);
        audit.faults.extend(self.faults_beside().await?);
        let incidents = by_case(self.store.incidents().await?);
        let inboxes_since = self.store.items_to_write().await?;
        let mut reasons: Vec<String> =
            self.store.decrees().await?.into_iter().map(|row| row.because).collect();
        // One may be the beginning of another.
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.len()));
        let mut after = String::new();
        loop {
            let page = self.store.cases(&after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.label);
            for row in page {
                let mut rows = self.rows(row).await?;
                rows.incidents = incidents.get(&rows.case.id).cloned().unwrap_or_default();
                // Older programs have not written all of them.
                rows.items_are_whole = inboxes_since.as_ref().is_none_or(|after| rows.case.label <= *after);
                audit.look_at(&self.vault, &self.library, &reasons, &rows);
            }
            progress(audit.looked_at.cases, counts.cases);
        }
        audit.compare(counts);
        Ok(audit)
    }

    async fn rows(&self, case: CaseRow) -> Result<Rows, RuntimeError> {
        Ok(Rows {
            journal: self.store.journal(case.id).await?,
            timers: self.store.timers(case.id).await?,
            messages: self.store.messages(case.id).await?,
            items: self.store.post().items_of(case.id).await?,
            deliveries: self.store.post().deliveries_of(case.id).await?,
            documents: self.store.documents(case.id).await?,
            incidents: Vec::new(),
            items_are_whole: true,
            now: self.clock.as_ref().map(|clock| micros(clock.now())),
            case,
        })
    }
}

/// All rows of one case.
pub(crate) struct Rows {
    pub(crate) case: CaseRow,
    pub(crate) journal: Vec<JournalRow>,
    timers: Vec<voordeur_store::TimerRow>,
    pub(crate) messages: Vec<MessageRow>,
    pub(crate) items: Vec<Item>,
    pub(crate) deliveries: Vec<Delivery>,
    documents: Vec<DocumentRow>,
    incidents: Vec<IncidentRow>,
    pub(crate) items_are_whole: bool,
    /// What the clock says, where there is one.
    pub(crate) now: Option<i64>,
}

fn by_case(rows: Vec<IncidentRow>) -> BTreeMap<i64, Vec<IncidentRow>> {
    let mut all: BTreeMap<i64, Vec<IncidentRow>> = BTreeMap::new();
    for row in rows {
        all.entry(row.case_id).or_default().push(row);
    }
    all
}

impl Audit {
    fn look_at(&mut self, vault: &Vault, library: &Library, reasons: &[String], rows: &Rows) {
        self.looked_at.cases += 1;
        self.looked_at.steps += length(rows.journal.len());
        self.looked_at.timers += length(rows.timers.len());
        self.looked_at.messages += length(rows.messages.len());
        let found = match (
            Protocols::of(library, reasons, &rows.case),
            library.unusable().get(&rows.case.protocol),
        ) {
            (Some(protocols), _) => faults(vault, &protocols, rows),
            (None, Some(unusable)) => vec![unusable.error().to_string()],
            (None, None) => vec![say!("its pathway is not in the database")],
        };
        let label = &rows.case.label;
        self.faults.extend(found.into_iter().map(|what| Fault { case: Some(label.clone()), what }));
    }

    /// Rows that no case led to.
    fn compare(&mut self, counts: Counts) {
        let seen = self.looked_at;
        let tables = [
            ("journal", seen.steps, counts.steps),
            ("timer", seen.timers, counts.timers),
            ("outbox", seen.messages, counts.messages),
        ];
        for (table, seen, all) in tables.into_iter().filter(|(_, seen, all)| seen != all) {
            let what = say!(
                "the table `{table}` has {all} rows, and the cases have {seen} of them",
                table,
                all,
                seen
            );
            self.faults.push(Fault { case: None, what });
        }
    }
}

fn length(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}

/// The protocol of a case, and those that it has left.
pub(crate) struct Protocols<'a> {
    library: &'a Library,
    /// Where decrees were published, the longest first.
    reasons: &'a [String],
    row: &'a CaseRow,
    /// Its state as far as it can be read.
    case: Case,
    now: &'a CheckedProtocol,
}

impl<'a> Protocols<'a> {
    fn of(library: &'a Library, reasons: &'a [String], row: &'a CaseRow) -> Option<Self> {
        let now = library.get(row.protocol)?;
        Some(Self { library, reasons, row, case: stored_case(row).unwrap_or_default(), now })
    }

    /// The one on which a step happened.
    pub(crate) fn at(&self, row: &JournalRow) -> &'a CheckedProtocol {
        self.library.running(self.row.protocol, &self.case, timestamp(row.at)).unwrap_or(self.now)
    }
}

/// What is wrong with one case.
fn faults(vault: &Vault, protocols: &Protocols<'_>, rows: &Rows) -> Vec<String> {
    let protocol = protocols.now;
    let mut found = Vec::new();
    let numbers = rows.journal.iter().map(|row| row.step);
    if !numbers.eq(1..=rows.case.version) {
        found.push(say!(
            "its journal does not have the steps 1 to {version}, each once",
            version = rows.case.version
        ));
    }
    let key = match key_of(vault, &rows.case) {
        Ok(key) => key,
        Err(error) => return vec![error.to_string()],
    };
    let steps = match steps(protocols, rows, key.as_ref()) {
        Ok(steps) => steps,
        Err(what) => {
            found.push(what);
            return found;
        }
    };
    let mut folded = Case::default();
    for (row, entries) in rows.journal.iter().zip(&steps) {
        for entry in entries {
            apply(protocols.at(row), &mut folded, timestamp(row.at), entry);
        }
    }
    match whole_case(&rows.case, key.as_ref()) {
        Ok(stored) if stored == folded && is_so_in_the_clear(&rows.case, &folded) => {}
        Ok(_) => found.push(say!("its journal does not give its state")),
        Err(error) => found.push(error.to_string()),
    }
    if Chain::of(&rows.case).is_some_and(|chain| !chain.holds(&rows.journal)) {
        found.push(say!("a step of its journal is not as it was written"));
    }
    found.extend(ties(protocols, rows, &folded, &steps));
    found.extend(columns(protocol, &rows.case, &folded));
    found.extend(moments(rows, &steps));
    found.extend(timer_rows(protocol, rows, &folded));
    found.extend(message_rows(rows, &steps));
    found.extend(written(rows, &steps));
    found.extend(waiting(rows, key.as_ref(), &steps));
    found.extend(emptied(rows));
    found.extend(told(protocols, rows, &steps));
    found.extend(document_rows(rows, key.as_ref(), &steps));
    found.extend(incident_rows(protocol, rows, &folded));
    found.extend(idle_timers(protocols, rows, &steps));
    // A timer that people have taken away leaves what it ended without one.
    let lies = |one: &Stranded| !matches!(one, Stranded::NoClock(_));
    if stranded(protocol, &folded).iter().any(lies) {
        found.push(say!("a clock of it is held or stands still, and nothing would set it going again"));
    }
    found
}

/// Whether what stands in the clear of moments that are sealed is what the journal gives: with the key that is not looked at.
fn is_so_in_the_clear(row: &CaseRow, folded: &Case) -> bool {
    let has_sealed = folded.timers.iter().any(|timer| timer.due.is_personal());
    !has_sealed || stored_case(row).ok() == Some(in_the_clear(folded))
}

/// The entries of each step, as far as all of them can be read and name parts of the pathway.
fn steps(protocols: &Protocols<'_>, rows: &Rows, key: Option<&CaseKey>) -> Result<Vec<Vec<Entry>>, String> {
    let read = |row: &JournalRow| {
        let entries = whole_entries(&rows.case, key, row).map_err(|error| error.to_string())?;
        if entries.iter().all(|entry| entry.fits(protocols.at(row))) {
            return Ok(entries);
        }
        Err(say!("step {step} of its journal names parts that its pathway does not have", step = row.step))
    };
    rows.journal.iter().map(read).collect()
}

/// What stands beside the state, so that lists need not read it.
fn columns(protocol: &CheckedProtocol, row: &CaseRow, case: &Case) -> Vec<String> {
    let status = if case.is_running() { Status::Running } else { Status::Ended };
    let ended = matches!(case.status, Running::Ended { .. });
    let next = case.next_timer().map(|timer| micros(timer.due.at));
    let columns = [
        ("status", row.status == status && ended == (status == Status::Ended)),
        ("place", row.place == place(protocol, case)),
        ("opened_at", row.opened_at == micros(case.opened_at)),
        ("touched_at", row.touched_at == micros(case.touched_at)),
        ("next_due", row.next_due == next),
        ("household", row.household.as_deref() == case.ties.household.as_deref()),
    ];
    let wrong = columns.into_iter().filter(|(_, fits)| !fits);
    wrong.map(|(name, _)| say!("its column `{name}` is not what its journal gives", name)).collect()
}

/// Time runs one way, and a timer that fired has its moment on record.
fn moments(rows: &Rows, steps: &[Vec<Entry>]) -> Vec<String> {
    let mut found = Vec::new();
    for pair in rows.journal.windows(2) {
        if let [before, after] = pair
            && before.at > after.at
        {
            found.push(say!("step {step} of its journal is before the one before it", step = after.step));
        }
    }
    for (row, entries) in rows.journal.iter().zip(steps) {
        // Version 1 of the tables did not have these columns.
        if row.recorded_at.is_some() && row.due_at != fired_for(entries) {
            found.push(say!(
                "step {step} of its journal has another due moment than its timer",
                step = row.step
            ));
        }
    }
    found
}

fn timer_rows(protocol: &CheckedProtocol, rows: &Rows, case: &Case) -> Vec<String> {
    let mut wanted = timers(protocol, case);
    let mut found = Vec::new();
    for row in &rows.timers {
        match wanted.remove(&row.timer) {
            Some((due_at, armed, _)) if (due_at, armed) != (row.due_at, row.armed) => {
                found.push(say!("its timer {number} is not due when its journal says", number = row.timer));
            }
            // A program for version 4 of the tables does not write whose it is.
            Some((_, _, party)) if row.party.as_ref().is_some_and(|known| *known != party) => {
                found.push(say!("its timer {number} is not of whom its journal says", number = row.timer));
            }
            // A step sets a timer once at most.
            Some(_) if !(1..=rows.case.version).contains(&row.generation) => {
                found.push(say!(
                    "its timer {number} was not set as often as its row says",
                    number = row.timer
                ));
            }
            Some(_) => {}
            None => {
                found
                    .push(say!("its timer {number} is not one that its journal has set", number = row.timer));
            }
        }
    }
    found
        .extend(wanted.keys().map(|number| say!("its timer {number} is not in the table of timers", number)));
    found
}

/// What its journal says of the version on which it runs, and of decrees, is in the database.
fn ties(protocols: &Protocols<'_>, rows: &Rows, case: &Case, steps: &[Vec<Entry>]) -> Vec<String> {
    let library = protocols.library;
    let is_retired = case.is_running() && case.ties.retired.is_some();
    let retired = is_retired && library.retirement(rows.case.protocol).is_none();
    let retired = retired.then(|| say!("its version was retired, and is not any more"));
    let untold = untold(library, rows, case);
    let decreed = |because: &str| {
        let mut rest = because.to_owned();
        protocols.reasons.iter().for_each(|known| rest = rest.replace(known, ""));
        rest.chars().any(|c| !" ;".contains(c))
    };
    let mut entries = steps.iter().flatten();
    let lost = entries.any(|entry| matches!(entry, Entry::Recounted { because, .. } if decreed(because)));
    let lost =
        lost.then(|| say!("it was counted anew because of a decree that is not in the database any more"));
    retired.into_iter().chain(untold).chain(lost).collect()
}

/// An open case is told that its version is retired. Whoever retires it needs a while for all of them, and goes on after a stop.
fn untold(library: &Library, rows: &Rows, case: &Case) -> Option<String> {
    let retirement = library.retirement(rows.case.protocol)?;
    let by_now = timestamp(retirement.at).checked_add(TELLING).map_or(i64::MAX, micros);
    let is_late = rows.now.is_some_and(|now| by_now < now);
    let is_untold = case.is_running() && case.ties.retired.is_none() && is_late;
    is_untold.then(|| {
        say!("its version is retired, and it was not told who goes on with it; give `voordeur retire` again")
    })
}

/// A document was made by a call of a plugin that was answered, and nobody has changed it or what is told of it. One that an older program
/// has made is not missed when it is gone.
fn document_rows(rows: &Rows, key: Option<&CaseKey>, steps: &[Vec<Entry>]) -> Vec<String> {
    let calls = keyed(rows, steps).filter(|(.., message)| matches!(message, Message::Call { .. }));
    let calls: BTreeSet<String> = calls.map(|(_, key, _)| key).collect();
    let answered = |key: &String| {
        let made_by = |row: &MessageRow| row.key == *key && row.kind == Kind::Call && row.done_at.is_some();
        calls.contains(key) && rows.messages.iter().any(made_by)
    };
    let since = rows.journal.iter().find(|row| row.sealed.is_some()).map(|row| row.at);
    let mut found = Vec::new();
    for document in &rows.documents {
        let key_of_call = &document.key;
        if !answered(key_of_call) {
            found.push(say!("it has a document of {key_of_call}, which no call has made", key_of_call));
        }
        if !is_intact(&rows.case, key, document, since) {
            found.push(say!("a document of {key_of_call} is not as it was made", key_of_call));
        }
    }
    if Chain::of(&rows.case).is_some_and(|chain| !chain.holds_documents(&rows.documents)) {
        found.push(say!("its documents are not as they were made, or one of them is gone"));
    }
    found
}

/// Actions that stand still have an incident, and what is put aside has one: somebody sees it. Each incident is about
/// something that there is.
fn incident_rows(protocol: &CheckedProtocol, rows: &Rows, case: &Case) -> Vec<String> {
    let there: BTreeSet<&str> = rows.incidents.iter().map(|row| row.key.as_str()).collect();
    let stopped = stopped(protocol, case);
    let still = stopped.iter().filter(|key| !there.contains(key.as_str()));
    let still = still.map(|key| say!("its `{key}` stands still and is no incident", key));
    let timers = rows.timers.iter().any(|timer| timer.aside) && !there.contains(TIMERS);
    let timers = timers.then(|| say!("its timers are put aside, and that is no incident"));
    let messages = rows.messages.iter().any(|row| row.aside && row.done_at.is_none());
    let messages = messages && !there.iter().any(|key| key.starts_with("message-"));
    let messages = messages.then(|| say!("a message of it is put aside, and that is no incident"));
    let known = |key: &str| key == TIMERS || key.starts_with("message-") || stopped.contains(key);
    let more = there.iter().filter(|key| !known(key));
    let more = more.map(|key| say!("it has an incident `{key}` about nothing that stands still", key));
    still.chain(timers).chain(messages).chain(more).collect()
}

/// An incident with timers has put all timers aside that there were then. When one of them is as it was, and is not aside, the incident
/// is about nothing. Steps after it set timers anew, which lets them run again.
fn idle_timers(protocols: &Protocols<'_>, rows: &Rows, steps: &[Vec<Entry>]) -> Option<String> {
    let incident = rows.incidents.iter().find(|row| row.key == TIMERS)?;
    if rows.timers.iter().any(|timer| timer.aside) {
        return None;
    }
    let later = |at: i64| timestamp(at).checked_add(APART).map_or(i64::MAX, micros);
    let is_early = later(incident.since) < rows.case.opened_at;
    let is_idle = unchanged_since(protocols, rows, steps).is_some_and(|at| later(at) < incident.since);
    (is_early || is_idle)
        .then(|| say!("it has an incident `{key}` about nothing that stands still", key = incident.key))
}

/// Since when a timer of it stands as it does, at least: the earliest of all.
fn unchanged_since(protocols: &Protocols<'_>, rows: &Rows, steps: &[Vec<Entry>]) -> Option<i64> {
    let (mut case, mut known) = (Case::default(), BTreeMap::new());
    for (row, entries) in rows.journal.iter().zip(steps) {
        let protocol = protocols.at(row);
        entries.iter().for_each(|entry| apply(protocol, &mut case, timestamp(row.at), entry));
        let written = row.recorded_at.unwrap_or(row.at).max(row.at);
        let stand = |(number, timer)| {
            let before = known.get(&number).filter(|(before, _)| *before == timer);
            let since = before.map_or(written, |(_, since)| *since);
            (number, (timer, since))
        };
        known = timers(protocol, &case).into_iter().map(stand).collect();
    }
    known.into_values().map(|(_, since)| since).min()
}
