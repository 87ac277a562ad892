//! What a project counts of itself, from its journals: what each partner was asked and how soon it accepted, what was to be done
//! and how long that took, and for how many households there was a case before. Numbers only: no case is named.

use std::collections::BTreeMap;

use jiff::Timestamp;
use voordeur_engine::{Case, Entry, Serial};
use voordeur_protocol::{CheckedProtocol, Happening, Kind, Obligation, Spec};
use voordeur_store::{CaseRow, Status};

use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::rows::{journal, stored_case, timestamp};
use crate::watch::Watch;

/// How many cases are read at a time.
const PAGE: u32 = 256;

/// The figures of one pathway, all its versions together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// How many cases there were.
    pub cases: u64,
    /// How many of them are open.
    pub open: u64,
    /// How many were opened for a household that had a case before, or has another one.
    pub known: u64,
    /// By partner: what it was asked.
    pub partners: BTreeMap<String, Referred>,
    /// By obligation: visits, tasks, contacts, meetings and measures.
    pub work: BTreeMap<String, Worked>,
}

/// What a partner was asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Referred {
    /// For how many at once it has room, when the pathway says so.
    pub capacity: Option<u32>,
    /// How often.
    pub asked: u64,
    /// How many of these it accepted.
    pub accepted: u64,
    /// How many it accepted before its term had gone by.
    pub in_time: u64,
    /// How many it declined.
    pub declined: u64,
    /// Of how many the household was met.
    pub taken_up: u64,
    /// How many wait for an answer now.
    pub waiting: u64,
    /// From asking until accepting.
    pub until_accepted: Spans,
}

/// What was to be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Worked {
    /// How often it was asked for.
    pub asked: u64,
    /// How often it was done.
    pub done: u64,
    /// From asking until done.
    pub took: Spans,
}

/// How long something took, each time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spans(Vec<i64>);

impl Spans {
    fn add(&mut self, from: Timestamp, to: Timestamp) {
        self.0.push(to.duration_since(from).as_secs().max(0));
    }

    /// The middle one, in days; `None` when there is none. Of an even number the lower of the two in the middle.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len().saturating_sub(1) / 2).map(|seconds| days(*seconds))
    }

    /// The longest one, in days.
    #[must_use]
    pub fn longest(&self) -> Option<f64> {
        self.0.iter().max().map(|seconds| days(*seconds))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a span of seconds is far below 2^52")]
fn days(seconds: i64) -> f64 {
    seconds as f64 / 86_400.0
}

/// What is open while a journal is read.
struct Open {
    since: Timestamp,
    late: bool,
    accepted: bool,
}

/// A case with its journal: each step with the version on which it happened.
struct Read {
    case: Case,
    protocol: CheckedProtocol,
    steps: Vec<(Timestamp, CheckedProtocol, Vec<Entry>)>,
}

impl Runtime {
    /// The figures of every pathway, by its name, from all cases, open or ended. One that cannot be read is in no figure, and that is
    /// told. `progress` hears how many cases were looked at.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be read.
    pub async fn figures(
        &self,
        watch: &mut dyn Watch,
        mut progress: impl FnMut(u64),
    ) -> Result<BTreeMap<String, Figures>, RuntimeError> {
        let (mut all, mut after, mut seen) = (BTreeMap::new(), String::new(), 0);
        loop {
            let page = self.store.cases(&after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(all) };
            after.clone_from(&last.label);
            for row in page {
                let read = self.read_case(&row).await;
                if let Some(read) = self.or_left_out(&row.label, read, watch).await? {
                    all.entry(read.protocol.name.clone()).or_default().count_case(&row, &read);
                }
                seen += 1;
            }
            progress(seen);
        }
    }

    async fn read_case(&self, row: &CaseRow) -> Result<Read, RuntimeError> {
        let (case, protocol) = (stored_case(row)?, self.protocol(row.protocol)?);
        let mut steps = Vec::new();
        for step in self.store.journal(row.id).await? {
            let at = timestamp(step.at);
            steps.push((at, self.protocol_at(row, &case, at)?, journal(&step)?));
        }
        Ok(Read { case, protocol, steps })
    }
}

/// Whether its household had a case before it, or has another one beside it.
fn is_known(case: &Case) -> bool {
    case.ties.follows.is_some() || case.ties.lead_case.is_some()
}

impl Figures {
    fn count_case(&mut self, row: &CaseRow, Read { case, protocol, steps }: &Read) {
        self.cases += 1;
        self.open += u64::from(row.status == Status::Running);
        self.known += u64::from(is_known(case));
        let mut open: BTreeMap<Serial, Open> = BTreeMap::new();
        for (at, protocol, entries) in steps {
            entries.iter().for_each(|entry| self.count(protocol, entry, *at, &mut open));
        }
        let waits = case.open.iter().filter(|instance| {
            Kind::Referral.lifecycle().next(instance.state, Happening::Accepted).is_some()
        });
        for instance in waits.filter(|_| case.fits(protocol)) {
            if let Some(partner) = self.partner(protocol, instance.obligation(protocol)) {
                partner.waiting += 1;
            }
        }
    }

    fn count(
        &mut self,
        protocol: &CheckedProtocol,
        entry: &Entry,
        at: Timestamp,
        open: &mut BTreeMap<Serial, Open>,
    ) {
        let of = |opening| protocol.obligations.row(protocol.openings.row(opening).obligation);
        match entry {
            Entry::Opened { serial, opening, state, .. } => {
                open.insert(*serial, Open { since: at, late: false, accepted: false });
                // What is only offered is not asked for yet.
                if of(*opening).kind.lifecycle().next(*state, Happening::Begun).is_none() {
                    self.asked(protocol, of(*opening));
                }
            }
            Entry::Moved { serial, opening, on, .. } => {
                if let Some(open) = open.get_mut(serial) {
                    self.moved(protocol, of(*opening), *on, at, open);
                }
            }
            _ => {}
        }
    }

    fn asked(&mut self, protocol: &CheckedProtocol, obligation: &Obligation) {
        if let Some(partner) = self.partner(protocol, obligation) {
            partner.asked += 1;
        } else if is_work(obligation.kind) {
            self.work.entry(obligation.name.clone()).or_default().asked += 1;
        }
    }

    fn moved(
        &mut self,
        protocol: &CheckedProtocol,
        obligation: &Obligation,
        on: Happening,
        at: Timestamp,
        open: &mut Open,
    ) {
        if on == Happening::Begun && is_asked_when_begun(obligation.kind) {
            open.since = at;
            self.asked(protocol, obligation);
        } else if let Some(partner) = self.partner(protocol, obligation) {
            partner.answered(on, at, open);
        } else if is_work(obligation.kind) && is_done(on) {
            let work = self.work.entry(obligation.name.clone()).or_default();
            work.done += 1;
            work.took.add(open.since, at);
        }
    }

    /// Who is asked by a referral.
    fn partner(&mut self, protocol: &CheckedProtocol, obligation: &Obligation) -> Option<&mut Referred> {
        let Spec::Referral(referral) = &obligation.spec else { return None };
        let party = protocol.parties.row(referral.to);
        let partner = self.partners.entry(party.name.clone()).or_default();
        partner.capacity = party.capacity;
        Some(partner)
    }
}

impl Referred {
    fn answered(&mut self, on: Happening, at: Timestamp, open: &mut Open) {
        match on {
            Happening::Overdue => open.late |= !open.accepted,
            Happening::Declined => self.declined += 1,
            // Whoever has met the household has accepted it.
            Happening::Accepted | Happening::TakenUp => {
                self.taken_up += u64::from(on == Happening::TakenUp);
                if !std::mem::replace(&mut open.accepted, true) {
                    self.accepted += 1;
                    self.in_time += u64::from(!open.late);
                    self.until_accepted.add(open.since, at);
                }
            }
            _ => {}
        }
    }
}

/// An action begins each time its plugin is called.
const fn is_asked_when_begun(kind: Kind) -> bool {
    matches!(kind, Kind::Referral) || is_work(kind)
}

/// What people do.
const fn is_work(kind: Kind) -> bool {
    matches!(kind, Kind::Task | Kind::Visit | Kind::Series | Kind::Contact)
}

const fn is_done(on: Happening) -> bool {
    matches!(on, Happening::Done | Happening::AllDone | Happening::Named(_))
}
