//! One writer for each open database: what waits is written together, in one transaction.
//!
//! Commands of people come first, and by themselves: a part of a sweep would hold them up. After them a part of a sweep has its turn,
//! with the commands that have come by then. Writes of different cases are merged,
//! so that a few statements serve them all; when one of them is refused, each is tried on its own, and only that one
//! fails.

use std::collections::HashSet;
use std::future::Future;
use std::marker::PhantomData;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use voordeur_messages::say;

use crate::error::StoreError;
use crate::post::{Delivery, DeliveryWrite, Item, Reach, Settled};
use crate::rows::{CaseWrite, Claim, ClaimedTimer, Key, Kind, Lane, OutboxRow, ProtocolRow, Retirement};
use crate::tables::{Tables, write};
use crate::upkeep::Upkeep;

/// How many jobs are written together.
const MOST_JOBS: usize = 256;

/// How many jobs of a lane may wait before who brings more has to wait too.
const QUEUE: usize = 1024;

/// After so many commands in one transaction as many are under way again.
const MANY: usize = 8;

/// For how long more of them are waited for after each, and for how long in all. Who comes alone waits for nobody.
const NEXT_ONE: Duration = Duration::from_millis(1);
const ALL_OF_THEM: Duration = Duration::from_millis(5);

/// How often a transaction is tried again that the database gave up on its own account.
const TRIES: u32 = 8;

/// Something to write.
enum Task {
    Commit(Vec<CaseWrite>),
    Protocol(ProtocolRow),
    Retire(Vec<i64>, Retirement),
    Finish(Vec<i64>, i64),
    Route(Vec<i64>, i64, Vec<DeliveryWrite>),
    Mark(Box<Item>),
    ClaimDeliveries(Claim, Reach),
    Settle(Vec<Settled>),
    Revive(Vec<i64>, i64),
    CloseDead(Settled),
    ClaimTimers(Claim),
    ClaimOutbox(Kind, Claim),
    Upkeep(Upkeep),
}

/// What came of it.
enum Answer {
    Numbers(Vec<i64>),
    Timers(Vec<ClaimedTimer>),
    Messages(Vec<OutboxRow>),
    Deliveries(Vec<Delivery>),
    Count(u64),
}

type Answered = Result<Answer, StoreError>;

struct Job {
    task: Task,
    answer: oneshot::Sender<Answered>,
}

/// A database that begins and ends transactions.
pub(crate) trait Backend: Send + Sync + 'static {
    /// A transaction that may write.
    type Tx: Tables;

    /// Begins one: it waits for its turn now, not halfway.
    fn begin(&self) -> impl Future<Output = Result<Self::Tx, StoreError>> + Send;

    /// Gives one up. A transaction that is only dropped is given up as well, with its connection.
    fn give_up(&self, tx: Self::Tx) -> impl Future<Output = ()> + Send;

    /// After a part of a sweep: other programs may like to write as well.
    fn rest(&self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }

    /// Ends one. `hinted`: others may like to know. When this fails nothing was written, unless it is said to be uncertain.
    fn commit(&self, tx: Self::Tx, hinted: bool) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// A database that is only looked at.
pub(crate) struct Looking<T> {
    path: String,
    tx: PhantomData<fn() -> T>,
}

impl<T> Looking<T> {
    pub(crate) fn at(path: &str) -> Self {
        Self { path: path.to_owned(), tx: PhantomData }
    }

    fn refuse<R>(&self) -> Result<R, StoreError> {
        let why = say!("it was opened to be looked at only");
        Err(StoreError::Denied { path: self.path.clone(), why })
    }
}

impl<T: Tables + 'static> Backend for Looking<T> {
    type Tx = T;

    async fn begin(&self) -> Result<T, StoreError> {
        self.refuse()
    }

    async fn give_up(&self, _tx: T) {}

    async fn commit(&self, _tx: T, _hinted: bool) -> Result<(), StoreError> {
        self.refuse()
    }
}

/// Where jobs are handed in.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    commands: mpsc::Sender<Job>,
    sweeps: mpsc::Sender<Job>,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Job")
    }
}

impl Writer {
    /// Starts the writer; it ends when nobody can hand in a job any more.
    pub(crate) fn start<B: Backend>(backend: B) -> Self {
        let (commands, waiting_commands) = mpsc::channel(QUEUE);
        let (sweeps, waiting_sweeps) = mpsc::channel(QUEUE);
        let queue =
            Queue { commands: waiting_commands, sweeps: waiting_sweeps, sweep_is_next: false, came: 0 };
        tokio::spawn(work(backend, queue));
        Self { commands, sweeps }
    }

    pub(crate) async fn commit(&self, writes: Vec<CaseWrite>, lane: Lane) -> Result<Vec<i64>, StoreError> {
        match self.run(Task::Commit(writes), lane).await? {
            Answer::Numbers(ids) => Ok(ids),
            _ => Err(StoreError::Closed),
        }
    }

    pub(crate) async fn put_protocol(&self, row: &ProtocolRow) -> Result<i64, StoreError> {
        match self.run(Task::Protocol(row.clone()), Lane::Command).await? {
            Answer::Numbers(ids) => ids.first().copied().ok_or(StoreError::Closed),
            _ => Err(StoreError::Closed),
        }
    }

    pub(crate) async fn retire(&self, protocols: &[i64], retirement: &Retirement) -> Result<(), StoreError> {
        let task = Task::Retire(protocols.to_vec(), retirement.clone());
        self.run(task, Lane::Command).await.map(|_| ())
    }

    pub(crate) async fn finish(&self, messages: &[i64], at: i64) -> Result<(), StoreError> {
        self.run(Task::Finish(messages.to_vec(), at), Lane::Sweep).await.map(|_| ())
    }

    pub(crate) async fn claim_timers(&self, claim: &Claim) -> Result<Vec<ClaimedTimer>, StoreError> {
        match self.run(Task::ClaimTimers(claim.clone()), Lane::Sweep).await? {
            Answer::Timers(timers) => Ok(timers),
            _ => Err(StoreError::Closed),
        }
    }

    pub(crate) async fn claim_outbox(&self, kind: Kind, claim: &Claim) -> Result<Vec<OutboxRow>, StoreError> {
        match self.run(Task::ClaimOutbox(kind, claim.clone()), Lane::Sweep).await? {
            Answer::Messages(rows) => Ok(rows),
            _ => Err(StoreError::Closed),
        }
    }

    pub(crate) async fn upkeep(&self, what: Upkeep) -> Result<u64, StoreError> {
        match self.run(Task::Upkeep(what), Lane::Command).await? {
            Answer::Count(count) => Ok(count),
            _ => Err(StoreError::Closed),
        }
    }

    pub(crate) async fn route(
        &self,
        messages: &[i64],
        at: i64,
        deliveries: &[DeliveryWrite],
    ) -> Result<(), StoreError> {
        let task = Task::Route(messages.to_vec(), at, deliveries.to_vec());
        self.run(task, Lane::Sweep).await.map(|_| ())
    }

    pub(crate) async fn mark(&self, item: &Item) -> Result<(), StoreError> {
        self.run(Task::Mark(Box::new(item.clone())), Lane::Command).await.map(|_| ())
    }

    pub(crate) async fn claim_deliveries(
        &self,
        claim: &Claim,
        reach: &Reach,
    ) -> Result<Vec<Delivery>, StoreError> {
        match self.run(Task::ClaimDeliveries(claim.clone(), reach.clone()), Lane::Sweep).await? {
            Answer::Deliveries(rows) => Ok(rows),
            _ => Err(StoreError::Closed),
        }
    }

    pub(crate) async fn settle(&self, settled: &[Settled]) -> Result<(), StoreError> {
        self.run(Task::Settle(settled.to_vec()), Lane::Sweep).await.map(|_| ())
    }

    pub(crate) async fn revive(&self, deliveries: &[i64], now: i64) -> Result<u64, StoreError> {
        match self.run(Task::Revive(deliveries.to_vec(), now), Lane::Command).await? {
            Answer::Count(count) => Ok(count),
            _ => Err(StoreError::Closed),
        }
    }

    pub(crate) async fn close_dead(&self, settled: Settled) -> Result<bool, StoreError> {
        match self.run(Task::CloseDead(settled), Lane::Command).await? {
            Answer::Count(count) => Ok(count > 0),
            _ => Err(StoreError::Closed),
        }
    }

    /// Hands in a job and waits until it is durable.
    async fn run(&self, task: Task, lane: Lane) -> Answered {
        let (answer, answered) = oneshot::channel();
        let queue = match lane {
            Lane::Command => &self.commands,
            Lane::Sweep => &self.sweeps,
        };
        queue.send(Job { task, answer }).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

struct Queue {
    commands: mpsc::Receiver<Job>,
    sweeps: mpsc::Receiver<Job>,
    /// Commands were written last: a sweep has its turn, however many of them come.
    sweep_is_next: bool,
    /// How many commands were written together last.
    came: usize,
}

/// What is written together.
struct Group {
    jobs: Vec<Job>,
    /// Whether a part of a sweep is among it.
    sweeps: bool,
}

impl Queue {
    /// What is written together next; nothing when nobody can hand in a job any more.
    async fn next(&mut self) -> Option<Group> {
        if std::mem::take(&mut self.sweep_is_next)
            && let Ok(job) = self.sweeps.try_recv()
        {
            return Some(Group { jobs: self.with_commands(job), sweeps: true });
        }
        let (first, sweeps) = tokio::select! {
            biased;
            Some(job) = self.commands.recv() => (job, false),
            Some(job) = self.sweeps.recv() => (job, true),
            else => return None,
        };
        self.sweep_is_next = !sweeps;
        let mut jobs = self.with_commands(first);
        if !sweeps {
            self.gather(&mut jobs).await;
            self.came = jobs.len();
        }
        Some(Group { jobs, sweeps })
    }

    /// The first of many who come back would be written alone, and all others after it: half of them are waited for, and the
    /// other half comes while these are written.
    async fn gather(&mut self, jobs: &mut Vec<Job>) {
        if self.came < MANY {
            return;
        }
        let gathering = async {
            while jobs.len() < self.came / 2
                && let Ok(Some(job)) = tokio::time::timeout(NEXT_ONE, self.commands.recv()).await
            {
                jobs.push(job);
            }
        };
        // However many keep coming: what has come is written.
        drop(tokio::time::timeout(ALL_OF_THEM, gathering).await);
    }

    fn with_commands(&mut self, first: Job) -> Vec<Job> {
        let mut group = vec![first];
        while group.len() < MOST_JOBS
            && let Ok(job) = self.commands.try_recv()
        {
            group.push(job);
        }
        group
    }
}

async fn work<B: Backend>(backend: B, mut queue: Queue) {
    while let Some(Group { jobs: group, sweeps }) = queue.next().await {
        let (tasks, answers): (Vec<Task>, Vec<_>) =
            group.into_iter().map(|job| (job.task, job.answer)).unzip();
        let done = persist(&backend, &tasks).await;
        let mut done = match done {
            Ok(done) => done.into_iter(),
            Err(error) => tasks.iter().map(|_| Err(error.clone())).collect::<Vec<_>>().into_iter(),
        };
        for answer in answers {
            // Who asked may have gone; what is written stays.
            drop(answer.send(done.next().unwrap_or(Err(StoreError::Closed))));
        }
        if sweeps && tasks.iter().any(hinted) {
            backend.rest().await;
        }
    }
}

/// Writes a group, again when the database gave it up (a deadlock, a serialisation failure).
async fn persist<B: Backend>(backend: &B, tasks: &[Task]) -> Result<Vec<Answered>, StoreError> {
    let mut tries = TRIES;
    loop {
        match attempt(backend, tasks).await {
            // Nothing of it was written: what broke off during a commit has been asked after, and is uncertain otherwise.
            Err(StoreError::Again { .. } | StoreError::Unreachable { .. }) if tries > 0 => tries -= 1,
            done => return done,
        }
    }
}

async fn attempt<B: Backend>(backend: &B, tasks: &[Task]) -> Result<Vec<Answered>, StoreError> {
    let mut tx = backend.begin().await?;
    match perform_all(&mut tx, tasks).await {
        Ok(answers) => {
            backend.commit(tx, tasks.iter().any(hinted)).await?;
            Ok(answers)
        }
        Err(error) => {
            if error.is_refusal() {
                backend.give_up(tx).await;
            }
            Err(error)
        }
    }
}

async fn perform_all<T: Tables>(tx: &mut T, tasks: &[Task]) -> Result<Vec<Answered>, StoreError> {
    if let [task] = tasks {
        return Ok(vec![Ok(perform(tx, task).await?)]);
    }
    let mut answers: Vec<Option<Answered>> = tasks.iter().map(|_| None).collect();
    let together = disjoint(tasks);
    merge(tx, tasks, &together, &mut answers).await?;
    for (task, answer) in tasks.iter().zip(&mut answers) {
        if answer.is_none() {
            *answer = Some(alone(tx, task).await?);
        }
    }
    Ok(answers.into_iter().map(|answer| answer.unwrap_or(Err(StoreError::Closed))).collect())
}

/// Whether others should look: a command may have set a timer or asked for a call.
const fn hinted(task: &Task) -> bool {
    matches!(task, Task::Commit(_))
}

/// The commits that touch different cases, and rest on different households, by position: those are written together.
fn disjoint(tasks: &[Task]) -> Vec<usize> {
    let mut seen = HashSet::new();
    let mut together = Vec::new();
    for (position, task) in tasks.iter().enumerate() {
        let Task::Commit(writes) = task else { continue };
        if writes.iter().flat_map(touched).all(|touched| !seen.contains(&touched)) {
            seen.extend(writes.iter().flat_map(touched));
            together.push(position);
        }
    }
    together
}

#[derive(PartialEq, Eq, Hash)]
enum Touched<'a> {
    Label(&'a str),
    Number(i64),
    Household(&'a str),
}

fn touched(write: &CaseWrite) -> impl Iterator<Item = Touched<'_>> {
    let case = match &write.key {
        Key::New(label) => Touched::Label(label),
        Key::Stored { id, .. } => Touched::Number(*id),
    };
    let household = write.rests_on().map(|(household, _)| Touched::Household(household));
    std::iter::once(case).chain(household)
}

/// Writes the commits that can be written together; when one of them is refused, none of them is written yet.
async fn merge<T: Tables>(
    tx: &mut T,
    tasks: &[Task],
    together: &[usize],
    answers: &mut [Option<Answered>],
) -> Result<(), StoreError> {
    if together.len() < 2 {
        return Ok(());
    }
    let parts: Vec<&[CaseWrite]> = together
        .iter()
        .filter_map(|position| match tasks.get(*position) {
            Some(Task::Commit(writes)) => Some(writes.as_slice()),
            _ => None,
        })
        .collect();
    let all: Vec<&CaseWrite> = parts.iter().copied().flatten().collect();
    tx.run("SAVEPOINT group_part").await?;
    match write(tx, &all).await {
        Ok(ids) => {
            tx.run("RELEASE SAVEPOINT group_part").await?;
            let mut ids = ids.into_iter();
            for (position, part) in together.iter().zip(parts) {
                if let Some(answer) = answers.get_mut(*position) {
                    *answer = Some(Ok(Answer::Numbers(ids.by_ref().take(part.len()).collect())));
                }
            }
            Ok(())
        }
        Err(error) if error.is_refusal() => tx.run("ROLLBACK TO SAVEPOINT group_part").await,
        Err(error) => Err(error),
    }
}

/// One task of several: when it is refused, the others are not.
async fn alone<T: Tables>(tx: &mut T, task: &Task) -> Result<Answered, StoreError> {
    tx.run("SAVEPOINT group_part").await?;
    match perform(tx, task).await {
        Ok(answer) => {
            tx.run("RELEASE SAVEPOINT group_part").await?;
            Ok(Ok(answer))
        }
        Err(error) if error.is_refusal() => {
            tx.run("ROLLBACK TO SAVEPOINT group_part").await?;
            Ok(Err(error))
        }
        Err(error) => Err(error),
    }
}

async fn perform<T: Tables>(tx: &mut T, task: &Task) -> Answered {
    match task {
        Task::Commit(writes) => {
            let writes: Vec<&CaseWrite> = writes.iter().collect();
            write(tx, &writes).await.map(Answer::Numbers)
        }
        Task::Protocol(row) => tx.put_protocol(row).await.map(|id| Answer::Numbers(vec![id])),
        Task::Retire(protocols, retirement) => {
            tx.retire(protocols, retirement).await?;
            Ok(Answer::Numbers(Vec::new()))
        }
        Task::Finish(messages, at) => {
            let rows: Vec<_> = messages.iter().map(|id| (*id, *at)).collect();
            tx.finish_outbox(&rows).await?;
            Ok(Answer::Numbers(Vec::new()))
        }
        Task::Upkeep(what) => tx.upkeep(what).await.map(Answer::Count),
        Task::Route(messages, at, deliveries) => {
            let rows: Vec<_> = messages.iter().map(|id| (*id, *at)).collect();
            tx.finish_outbox(&rows).await?;
            if !deliveries.is_empty() {
                tx.insert_deliveries(deliveries).await?;
            }
            Ok(Answer::Numbers(Vec::new()))
        }
        Task::Mark(item) => match tx.mark_item(item).await? {
            0 => Err(StoreError::Conflict),
            _ => Ok(Answer::Numbers(Vec::new())),
        },
        Task::ClaimDeliveries(claim, reach) => {
            tx.claim_deliveries(claim, reach).await.map(Answer::Deliveries)
        }
        Task::Settle(settled) => {
            tx.settle_deliveries(settled).await?;
            Ok(Answer::Numbers(Vec::new()))
        }
        Task::Revive(deliveries, now) => tx.revive_deliveries(deliveries, *now).await.map(Answer::Count),
        Task::CloseDead(settled) => tx.close_dead(settled).await.map(Answer::Count),
        Task::ClaimTimers(claim) => tx.claim_timers(claim).await.map(Answer::Timers),
        Task::ClaimOutbox(kind, claim) => tx.claim_outbox(*kind, claim).await.map(Answer::Messages),
    }
}
