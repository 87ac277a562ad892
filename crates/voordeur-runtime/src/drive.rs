//! Opening cases, reporting events, letting time go by.

use std::sync::Arc;

use jiff::Timestamp;
use voordeur_engine::{Case, Entry, Event, Stepper};
use voordeur_plugin_host::contract::misfits;
use voordeur_plugin_host::{For, PluginDirectory};
use voordeur_protocol::{CheckedProtocol, Spec};
use voordeur_store::{CaseRow, Lane, Retirement, Store, StoreError, TIMERS};

use crate::channel::Routes;
use crate::clock::Clock;
use crate::decreed::Decreed;
use crate::elsewhere::Elsewhere;
use crate::error::RuntimeError;
use crate::households::Opened;
use crate::library::Library;
use crate::pace::Pace;
use crate::postman::Postman;
use crate::references::{check_label, check_person};
use crate::rewrap::KnownKeys;
use crate::rows::micros;
use crate::session::Session;
use crate::together::Together;
use crate::vault::Vault;
use crate::watch::Watch;
use crate::write::{Write, tell};

/// How many cases are written in one transaction.
pub(crate) const BATCH: u32 = 256;

/// How often a step is tried again when another program changed the case at the same moment.
pub(crate) const TRIES: u32 = 5;

/// Drives the cases of one database.
pub struct Runtime {
    pub(crate) store: Store,
    pub(crate) library: Library,
    pub(crate) plugins: Option<PluginDirectory>,
    pub(crate) clock: Option<Arc<dyn Clock>>,
    pub(crate) acting: Option<Arc<str>>,
    pub(crate) pace: Pace,
    pub(crate) vault: Arc<Vault>,
    pub(crate) elsewhere: Elsewhere,
    pub(crate) retirements: Together<Option<Retirement>>,
    pub(crate) decreed: Decreed,
    pub(crate) keys: KnownKeys,
}

/// What letting time go by has brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Advanced {
    /// How many timers fired.
    pub timers: u64,
    /// How many calls of plugins were made.
    pub calls: u64,
}

impl Runtime {
    /// Drives the cases of a database, with the protocols that it holds.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be read. A stored protocol that cannot be used holds up only its own cases
    /// ([`Library::unusable`]).
    pub async fn new(store: Store, plugins: Option<PluginDirectory>) -> Result<Self, RuntimeError> {
        let library = Library::load(&store).await?;
        Ok(Self {
            store,
            library,
            plugins,
            clock: None,
            acting: None,
            vault: Arc::default(),
            elsewhere: Elsewhere::default(),
            pace: Pace::default(),
            retirements: Together::default(),
            decreed: Decreed::default(),
            keys: KnownKeys::default(),
        })
    }

    /// Writes in the journal by this clock when each step was done. Without it time is virtual: a step is done at
    /// the moment at which it counts.
    #[must_use]
    pub fn recorded_by(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Writes in the journal who decides what the operator does to cases: which of them leads, what becomes of a retired version,
    /// what is erased, and what a decree moves. `person` is a reference that the organisation can look up, and no name.
    ///
    /// # Errors
    /// [`RuntimeError::BadPerson`] when it is no reference.
    pub fn acting_for(mut self, person: &str) -> Result<Self, RuntimeError> {
        check_person(person)?;
        self.acting = Some(person.into());
        Ok(self)
    }

    /// An event with the person who decides it, where one is known.
    pub(crate) fn with_person(&self, event: Event) -> Event {
        match &self.acting {
            Some(person) => Event::ByPerson { person: Arc::clone(person), event: Box::new(event) },
            None => event,
        }
    }

    /// The person who decides, as the journal has it; nothing where nobody is known.
    pub(crate) fn decider(&self) -> Option<Entry> {
        self.acting.as_ref().map(|person| Entry::ByPerson { person: Arc::clone(person) })
    }

    /// Keeps the keys of cases under the key of the operator.
    #[must_use]
    pub fn sealed_by(mut self, vault: Vault) -> Self {
        self.vault = Arc::new(vault);
        self
    }

    /// Lets messages reach people elsewhere too. Without it they stand in inboxes only, unless some other program on this
    /// database has channels: then they wait for it.
    #[must_use]
    pub fn delivering(mut self, routes: Routes) -> Self {
        self.elsewhere = Elsewhere::by(routes);
        self
    }

    /// Who sends what is planned.
    #[must_use]
    pub fn postman(&self) -> Postman {
        Postman::new(self.store.clone(), self.library.clone(), self.elsewhere.routes().cloned())
    }

    /// Adds a protocol, after trying that its plugins are there; gives its number.
    ///
    /// # Errors
    /// [`RuntimeError`] when a plugin is missing or does not have what the pathway names.
    pub async fn add(&mut self, protocol: CheckedProtocol, now: Timestamp) -> Result<i64, RuntimeError> {
        self.absorb_decrees();
        self.check_plugins(&protocol).await?;
        self.add_siblings(&protocol, now).await?;
        self.library.add(&self.store, protocol, now).await
    }

    /// The pathways of the same file whose cases this one starts.
    async fn add_siblings(&mut self, protocol: &CheckedProtocol, now: Timestamp) -> Result<(), RuntimeError> {
        let starts = protocol.obligations.rows().any(|row| matches!(row.spec, Spec::Sub(_)));
        if !starts {
            return Ok(());
        }
        for sibling in voordeur_protocol::compile_bundle(protocol.source()).protocols {
            if sibling.name != protocol.name {
                self.check_plugins(&sibling).await?;
                self.library.add(&self.store, sibling, now).await?;
            }
        }
        Ok(())
    }

    async fn check_plugins(&self, protocol: &CheckedProtocol) -> Result<(), RuntimeError> {
        let Some(plugins) = &self.plugins else { return Ok(()) };
        for row in protocol.obligations.rows() {
            let Spec::Action(action) = &row.spec else { continue };
            let version = For { pathway: &protocol.name, version: &protocol.version };
            let plugin = plugins.plugin_for(&action.plugin, version).await?;
            if let Some(misfit) = misfits(protocol, row, plugin.manifest()).into_iter().next() {
                return Err(misfit.into());
            }
        }
        Ok(())
    }

    /// The protocols.
    #[must_use]
    pub fn protocols(&self) -> &Library {
        &self.library
    }

    /// The database.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Opens a case.
    ///
    /// # Errors
    /// [`RuntimeError`] when the label is taken or the engine refuses the report.
    pub async fn open(
        &self,
        protocol: i64,
        label: &str,
        event: &Event,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        self.open_tied(protocol, label, event, now, Opened::default(), watch).await
    }

    /// Opens a case with its whole history, oldest first: all of it in one transaction, or nothing.
    /// Timers in between fire; plugins are called later.
    ///
    /// # Errors
    /// [`RuntimeError`] when the label is taken or the engine refuses one of the events.
    pub async fn import(
        &self,
        protocol: i64,
        label: &str,
        events: &[(Timestamp, Event)],
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        match self.imported(protocol, label, events).await {
            Ok(session) => {
                let done = self.write(vec![session], watch).await;
                self.or_retired(protocol, done).await
            }
            Err(error) => Err(self.taken_or(label, error).await?),
        }
    }

    async fn imported(
        &self,
        protocol: i64,
        label: &str,
        events: &[(Timestamp, Event)],
    ) -> Result<Session, RuntimeError> {
        let reported = events.first().map(|(at, _)| *at);
        let mut session = self.new_session(protocol, label, reported).await?;
        let mut stepper = Stepper::default();
        for (at, event) in events {
            session.fire_all(&mut stepper, *at)?;
            session.step(&mut stepper, event, *at)?;
        }
        Ok(session)
    }

    /// Why a case could not be opened: when its label is taken, that comes first. A label that is free is taken by the write,
    /// which tells as well when it was not.
    pub(crate) async fn taken_or(
        &self,
        label: &str,
        error: RuntimeError,
    ) -> Result<RuntimeError, RuntimeError> {
        let taken = self.stored(label).await?.is_some();
        Ok(if taken { StoreError::Exists { label: label.to_owned() }.into() } else { error })
    }

    /// A case that is not there yet, on the edition of the day of its report.
    pub(crate) async fn new_session(
        &self,
        protocol: i64,
        label: &str,
        reported: Option<Timestamp>,
    ) -> Result<Session, RuntimeError> {
        check_label(label)?;
        tokio::try_join!(self.check_open(protocol), self.hear_decrees())?;
        let base = self.protocol(protocol)?;
        let day = reported.map(|at| base.calendar.date(at));
        let protocol = day.map_or(protocol, |day| self.library.edition(protocol, day));
        let checked = self.protocol(protocol)?;
        Ok(Session::new(label, protocol, checked, &self.vault))
    }

    /// The row of a case.
    ///
    /// # Errors
    /// [`RuntimeError::NoSuchCase`] when there is none, [`RuntimeError::BadLabel`] when there can be none.
    pub async fn row(&self, label: &str) -> Result<CaseRow, RuntimeError> {
        // What is there is found, also under a label that no new case gets.
        if let Some(row) = self.stored(label).await? {
            return Ok(row);
        }
        check_label(label)?;
        Err(self.no_such_case(label).await?)
    }

    /// The case with a label, if there is one. No database has signs in a label that no text has.
    async fn stored(&self, label: &str) -> Result<Option<CaseRow>, RuntimeError> {
        match label.contains(char::is_control) {
            true => Ok(None),
            false => Ok(self.store.case_labelled(label).await?),
        }
    }

    async fn no_such_case(&self, label: &str) -> Result<RuntimeError, RuntimeError> {
        let known = self.store.cases("", 1000).await?;
        let near = voordeur_diagnostics::closest(label, known.iter().map(|row| row.label.as_str()));
        Ok(RuntimeError::NoSuchCase {
            label: label.to_owned(),
            near: near.map(voordeur_diagnostics::Near::to_word),
        })
    }

    /// Drives one case up to and including this moment.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be used.
    pub async fn advance_case(
        &self,
        label: &str,
        until: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<Advanced, RuntimeError> {
        self.recount_first(label, until, watch).await?;
        let mut advanced = Advanced::default();
        loop {
            let row = self.row(label).await?;
            let calls = self.run_calls(Some(row.id), None, watch).await?;
            let row = if calls.all > 0 { self.row(label).await? } else { row };
            let due = row.next_due.is_some_and(|due| due <= micros(until));
            let timers = if due { self.fire(vec![row], until, watch).await? } else { 0 };
            advanced.timers += timers;
            advanced.calls += calls.called;
            if timers == 0 && calls.all == 0 {
                return Ok(advanced);
            }
        }
    }

    /// Drives every case up to and including this moment.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be used.
    pub async fn advance(&self, until: Timestamp, watch: &mut dyn Watch) -> Result<Advanced, RuntimeError> {
        self.hear_decrees().await?;
        let mut advanced = Advanced::default();
        loop {
            let calls = self.run_calls(None, None, watch).await?;
            let rows = self.store.due(micros(until), BATCH).await?;
            let (timers, aside) = self.fire_or_aside(rows, until, watch).await?;
            advanced.timers += timers;
            advanced.calls += calls.called;
            if timers == 0 && calls.all == 0 && aside == 0 {
                return Ok(advanced);
            }
        }
    }

    /// Fires what is due in these cases; one that cannot go on is put aside, and the others go on. Gives how many timers fired
    /// and how many cases were put aside.
    async fn fire_or_aside(
        &self,
        rows: Vec<CaseRow>,
        until: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<(u64, u64), RuntimeError> {
        let (mut fired, mut aside) = match self.fire(rows.clone(), until, watch).await {
            Err(error) if error.is_of_case() => (0, 0),
            done => return done.map(|fired| (fired, 0)),
        };
        for row in rows {
            let id = row.id;
            match self.fire(vec![row], until, watch).await {
                Ok(timers) => fired += timers,
                Err(error) => {
                    self.put_aside(id, TIMERS, error, until, watch).await?;
                    aside += 1;
                }
            }
        }
        Ok((fired, aside))
    }

    /// Fires what is due in these cases and writes it together.
    pub(crate) async fn fire(
        &self,
        rows: Vec<CaseRow>,
        until: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<u64, RuntimeError> {
        // Who follows a clock fires late when it has stood still; on a virtual clock nothing is late.
        let late = self.clock.as_ref().map(|_| until);
        let sessions = rows.into_iter().map(|row| Ok(self.session(row)?.late_by(late)));
        let sessions = sessions.collect::<Result<Vec<_>, RuntimeError>>()?;
        match self.fire_all(sessions, until, watch).await {
            // Another program was first with one of them: nothing was written, and all is read anew.
            Err(RuntimeError::Store(StoreError::Conflict)) => Ok(1),
            done => done,
        }
    }

    /// Fires what is due in cases that are in hand, and writes it together; gives how many timers fired.
    pub(crate) async fn fire_all(
        &self,
        mut sessions: Vec<Session>,
        until: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<u64, RuntimeError> {
        let fired = fire(&mut sessions, until)?;
        self.write_in(Lane::Sweep, sessions, watch).await.map(|()| fired)
    }

    pub(crate) fn session(&self, row: CaseRow) -> Result<Session, RuntimeError> {
        let protocol = self.protocol(row.protocol)?;
        Session::stored(row, protocol, &self.vault)
    }

    pub(crate) fn protocol(&self, id: i64) -> Result<CheckedProtocol, RuntimeError> {
        self.on_calendar(id)
    }

    /// The protocol on which something happened to a case.
    pub(crate) fn protocol_at(
        &self,
        row: &CaseRow,
        case: &Case,
        at: Timestamp,
    ) -> Result<CheckedProtocol, RuntimeError> {
        match self.library.running(row.protocol, case, at) {
            Some(protocol) => Ok(protocol.clone()),
            None => self.protocol(row.protocol),
        }
    }

    pub(crate) async fn write(
        &self,
        sessions: Vec<Session>,
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        self.write_in(Lane::Command, sessions, watch).await
    }

    /// Writes what was done with these cases, all of it or nothing.
    pub(crate) async fn write_in(
        &self,
        lane: Lane,
        sessions: Vec<Session>,
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        let sessions = self.begin_write(lane, sessions).await?.done().await?;
        tell(sessions, watch);
        Ok(())
    }

    /// Hands in what was done with these cases; what comes of it is waited for later.
    pub(crate) async fn begin_write(
        &self,
        lane: Lane,
        mut sessions: Vec<Session>,
    ) -> Result<Write, RuntimeError> {
        let recorded = self.clock.as_ref().map(|clock| clock.now());
        let writes = sessions.iter_mut().filter_map(|session| session.write(recorded).transpose());
        let writes = writes.collect::<Result<Vec<_>, RuntimeError>>()?;
        for session in sessions.iter().filter(|session| session.has_new_key()) {
            match session.lies_open() {
                true => self.check_open_key(&session.label).await?,
                false => self.check_new_key(&session.label).await?,
            }
        }
        Ok(Write::begun(self.store.clone(), writes, lane, sessions).await)
    }
}

/// Fires what is due in these cases; gives how many timers that were.
pub(crate) fn fire(sessions: &mut [Session], until: Timestamp) -> Result<u64, RuntimeError> {
    let mut stepper = Stepper::default();
    sessions.iter_mut().map(|session| session.fire(&mut stepper, until)).sum()
}
