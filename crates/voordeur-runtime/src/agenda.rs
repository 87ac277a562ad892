//! The visits and deadlines of a party, over all cases that run: what a calendar shows.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use voordeur_calendar::Calendar;
use voordeur_engine::{Waiting, waiting};
use voordeur_messages::say;
use voordeur_protocol::{Kind, PartyId, Protocol};
use voordeur_store::{CaseRow, SEVERAL, Status, Store};

use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::left_out::fitting_case;
use crate::library::Library;
use crate::rows::timestamp;
use crate::watch::Trouble;

/// How many cases are read at a time.
const PAGE: usize = 256;

/// How many appointments there are at most: the earliest ones.
pub(crate) const MOST: u32 = 2000;

/// Something that a party has to do, and when. It has no personal values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointment {
    /// Its key: the same for as long as it is open, and another one in another database.
    pub key: String,
    /// The label of the case.
    pub label: String,
    /// What, in a few words.
    pub what: String,
    /// More about it.
    pub text: String,
    /// When the term ends (UTC).
    pub due: Timestamp,
    /// The day with which it ends, in the zone of the pathway; `None` when it ends within a day.
    pub last_day: Option<Date>,
    /// The first day on which it may be done, when the pathway names one.
    pub first_day: Option<Date>,
    /// Whether the end may still change, because not all holidays are known.
    pub provisional: bool,
    /// Whether its term has gone by.
    pub overdue: bool,
    /// When something last happened to the case (UTC).
    pub changed_at: Timestamp,
    /// How many steps the case has made.
    pub version: i64,
}

/// The appointments of a party.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Appointed {
    /// Those that could be read, earliest first.
    pub appointments: Vec<Appointment>,
    /// The cases that cannot be read, and why: something of this party may wait in them.
    pub left_out: Vec<Trouble>,
}

/// Reads the appointments of parties.
#[derive(Debug, Clone)]
pub struct Agenda {
    store: Store,
    library: Library,
}

impl Runtime {
    /// Who reads the appointments of parties.
    #[must_use]
    pub fn agenda(&self) -> Agenda {
        Agenda { store: self.store.clone(), library: self.library.clone() }
    }
}

impl Agenda {
    /// What a party has to do, by itself or together with others, earliest first: the first two thousand. Only cases are read
    /// in which something waits for that party. What cannot be read is named beside them.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be read.
    pub async fn of(&mut self, party: &str) -> Result<Appointed, RuntimeError> {
        let (mut found, mut left_out) = (Vec::new(), Vec::new());
        let cases: Vec<i64> = self.cases_of(party).await?.into_iter().collect();
        for ids in cases.chunks(PAGE) {
            let page = self.store.cases_numbered(ids).await?;
            if page.iter().any(|row| !self.library.knows(row.protocol)) {
                self.library = Library::load(&self.store).await?;
            }
            for row in page.iter().filter(|row| row.status == Status::Running) {
                match self.of_case(row, party) {
                    Ok(mine) => found.extend(mine),
                    Err(why) => left_out.push(Trouble::left_out(&row.label, &why)),
                }
            }
        }
        found.sort_by(|a, b| (a.due, &a.label, &a.key).cmp(&(b.due, &b.label, &b.key)));
        found.truncate(usize::try_from(MOST).unwrap_or(usize::MAX));
        Ok(Appointed { appointments: found, left_out })
    }

    fn of_case(&self, row: &CaseRow, party: &str) -> Result<Vec<Appointment>, RuntimeError> {
        let protocol = self.library.usable(row.protocol)?;
        let case = fitting_case(row, protocol)?;
        let mine = waiting(protocol, &case).into_iter().filter(|one| is_of(protocol, one, party));
        Ok(mine.filter_map(|one| appointment(protocol, row, &one)).collect())
    }

    /// The cases in which the earliest appointments of a party are: those with timers of it, of it and others, and of whom
    /// nobody has written yet whose they are.
    async fn cases_of(&self, party: &str) -> Result<BTreeSet<i64>, RuntimeError> {
        let mut cases = BTreeSet::new();
        for party in [Some(party), Some(SEVERAL), None] {
            cases.extend(self.store.cases_of_party(party, MOST).await?);
        }
        Ok(cases)
    }
}

fn is_of(protocol: &Protocol, waiting: &Waiting, party: &str) -> bool {
    let named = |id: PartyId| protocol.parties.row(id).name == party;
    waiting.who.is_some_and(named) || waiting.with.iter().any(|id| named(*id))
}

fn appointment(protocol: &Protocol, row: &CaseRow, one: &Waiting) -> Option<Appointment> {
    // While its clock stands still nobody knows the day on which its term ends.
    let (serial, due) = (one.serial?, one.due.filter(|_| one.paused_since.is_none())?);
    let calendar = &protocol.calendar;
    let what = if one.title.is_empty() { one.what.clone() } else { one.title.clone() };
    let is_visit = matches!(one.kind, Some(Kind::Visit | Kind::Contact | Kind::Series));
    let lines = [
        say!("Case: {label}", label = row.label),
        say!("Pathway: {name} {version}", name = protocol.title, version = protocol.version),
        due.explain(calendar),
    ];
    Some(Appointment {
        key: format!("{}-{}-{}", row.label, serial.0, timestamp(row.opened_at).as_second()),
        label: row.label.clone(),
        what: if is_visit { say!("visit: {what}", what) } else { what },
        text: lines.join("\n"),
        due: due.at,
        last_day: last_day(calendar, due.at),
        first_day: one.not_before.map(|at| calendar.date(at)),
        provisional: due.why.provisional(),
        overdue: one.overdue,
        changed_at: timestamp(row.touched_at),
        version: row.version,
    })
}

/// A term that ends at midnight has the day before as its last one.
fn last_day(calendar: &Calendar, end: Timestamp) -> Option<Date> {
    let local = calendar.local(end);
    if local.time() == Time::midnight() { local.date().yesterday().ok() } else { None }
}
