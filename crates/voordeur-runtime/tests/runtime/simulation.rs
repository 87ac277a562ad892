//! Years of cases in a world of faults: every acknowledged event is there once, every timer fires once, nothing is
//! stuck, and every journal gives its case. `VOORDEUR_SEED=17` plays one world alone.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use jiff::{Timestamp, ToSpan as _};
use voordeur_engine::{Entry, Event, Status};
use voordeur_protocol::{CheckedProtocol, compile_bundle};
use voordeur_runtime::{Opened, Runtime, RuntimeError, Silent, journal, micros, stored_case, timestamp};
use voordeur_store::{CaseRow, DecreeRow, Status as Stored, Store, StoreError};

use crate::draw::{Dice, SOURCES, event, report};
use crate::office::{Sent, Server, office, postman};
use crate::world::{Actor, Faulty, Time, at_once, poll, turn};

const WORLDS: u64 = 32;
const CASES: usize = 250;
const HOUSEHOLDS: usize = 40;
/// Which of those who work in a world sends what is planned.
const POSTMAN: usize = 4;
const HOUR: i64 = 3_600_000_000;
const YEAR: i64 = 365 * 24 * HOUR;

/// What a user wants, and how it ended.
struct Wish {
    label: String,
    event: Event,
    opens: Option<Opening>,
    at: Timestamp,
}

/// A case that is to be opened: in which pathway, and for which household.
struct Opening {
    pathway: i64,
    household: Option<String>,
}

#[derive(Default)]
struct Desk {
    wishes: VecDeque<Wish>,
    /// By case and moment: whether it was acknowledged, refused, or nobody knows.
    answers: BTreeMap<(String, i64), Answer>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Acknowledged,
    Refused,
    Unknown,
}

struct World {
    dice: Dice,
    time: Time,
    real: Store,
    faulty: Faulty,
    /// Two pathways: a household may be in both.
    protocols: Vec<(i64, CheckedProtocol)>,
    desk: Rc<RefCell<Desk>>,
    server: Server,
    /// The days that are to be decreed.
    days: Rc<RefCell<VecDeque<DecreeRow>>>,
    /// Sends side by side, on this thread.
    tokio: tokio::runtime::Runtime,
    moment: i64,
    opened: usize,
    kills: usize,
}

/// Names the seed of a world that did not keep its promises, wherever that came out.
struct Named(u64);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("this world is played again with VOORDEUR_SEED={}", self.0);
        }
    }
}

#[derive(Debug, Default)]
struct Summary {
    years: f64,
    steps: usize,
    timers: usize,
    acknowledged: usize,
    kills: usize,
    ties: usize,
    recounts: usize,
    sent: Sent,
}

#[test]
fn promises_are_kept_in_a_world_of_faults() {
    let seeds: Vec<u64> = match seed() {
        Some(seed) => vec![seed],
        None => (0..WORLDS).collect(),
    };
    let mut all = Summary::default();
    let halves: Vec<_> = seeds.chunks(seeds.len().div_ceil(2)).map(<[u64]>::to_vec).collect();
    let threads = halves.into_iter().map(|seeds| {
        std::thread::spawn(move || {
            seeds.into_iter().map(|seed| World::new(seed).live(seed)).collect::<Vec<_>>()
        })
    });
    for thread in threads.collect::<Vec<_>>() {
        for one in thread.join().expect("the seed is named above") {
            all.years += one.years;
            all.steps += one.steps;
            all.timers += one.timers;
            all.acknowledged += one.acknowledged;
            all.kills += one.kills;
            all.ties += one.ties;
            all.recounts += one.recounts;
            all.sent.sent += one.sent.sent;
            all.sent.twice += one.sent.twice;
            all.sent.dropped += one.sent.dropped;
            all.sent.dead += one.sent.dead;
        }
    }
    println!("{all:?}");
    assert!(
        seed().is_some()
            || (all.timers > 1000 && all.acknowledged > 1000 && all.kills > 100 && all.ties > 1000),
        "{all:?}"
    );
    assert!(seed().is_some() || all.years > 10_000.0, "{all:?}");
    assert!(seed().is_some() || (all.sent.sent > 1000 && all.sent.dead > 10 && all.recounts > 30), "{all:?}");
}

#[test]
fn a_seed_gives_the_same_world_again() {
    let world = |seed| {
        let mut world = World::new(seed);
        world.play();
        (world.told(), world.kills)
    };
    let (first, other) = (world(17), world(18));
    assert!(first.0.len() > 500 && first.1 > 0, "{} steps, {} kills", first.0.len(), first.1);
    assert_eq!(world(17), first);
    assert_ne!(first, other);
}

#[expect(clippy::disallowed_methods, reason = "a failing seed is played again on its own")]
fn seed() -> Option<u64> {
    std::env::var("VOORDEUR_SEED").ok()?.parse().ok()
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let first = dice.below(SOURCES.len());
        let start: Timestamp = "2022-03-07T09:00:00Z".parse().expect("a moment");
        let real = Store::in_memory();
        let faulty = Faulty::new(real.clone(), Dice(dice.roll()));
        let server = Server::new(Dice(dice.roll()));
        let tokio = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let mut runtime = at_once(Runtime::new(real.clone(), None)).expect("a runtime");
        let mut protocols = Vec::new();
        for source in [SOURCES[first], SOURCES[(first + 1) % SOURCES.len()]] {
            let protocol = compile_bundle(source).protocols.into_iter().next().expect("a pathway");
            let id = at_once(runtime.add(protocol.clone(), start)).expect("added");
            protocols.push((id, protocol));
        }
        Self {
            dice,
            time: Time::new(micros(start)),
            real,
            faulty,
            protocols,
            desk: Rc::default(),
            server,
            days: Rc::default(),
            tokio,
            moment: 0,
            opened: 0,
            kills: 0,
        }
    }

    /// A clock may be an hour off.
    fn off(&mut self) -> i64 {
        [0, 0, 0, HOUR, -HOUR][self.dice.below(5)]
    }

    /// One of those who work in it.
    fn actor(&mut self, who: usize) -> Actor {
        let store = Store::new(self.faulty.clone());
        match who {
            0..3 => self.worker(who),
            3 => self.user(),
            POSTMAN => {
                let (off, routes) = (self.off(), self.server.routes());
                let started = async move { started(&store).await.delivering(routes).postman() };
                postman(started, self.time.clone(), off)
            }
            _ => {
                let started = async move { started(&store).await };
                office(started, self.time.clone(), Rc::clone(&self.days))
            }
        }
    }

    /// A worker; its clock may be an hour off.
    fn worker(&mut self, number: usize) -> Actor {
        let (store, time) = (Store::new(self.faulty.clone()), self.time.clone());
        let (off, routes) = (self.off(), self.server.routes());
        Box::pin(async move {
            let holder = format!("worker-{number}");
            let mut runtime = started(&store).await.delivering(routes);
            loop {
                let now = timestamp(time.micros() + off);
                match runtime.work(now, &holder, &mut Silent).await {
                    Ok(_) => {}
                    Err(RuntimeError::Store(error)) if error.is_passing() => {}
                    Err(error) => panic!("{error}"),
                }
                turn().await;
            }
        })
    }

    fn user(&self) -> Actor {
        let (store, desk) = (Store::new(self.faulty.clone()), Rc::clone(&self.desk));
        Box::pin(async move {
            let mut runtime = started(&store).await;
            let mut known = 0;
            loop {
                turn().await;
                let Some(wish) = desk.borrow_mut().wishes.pop_front() else { continue };
                // A command of a program of its own, that knows what was decreed when it began.
                if let Some(decreed) = store.decrees().await.ok().filter(|rows| rows.len() != known) {
                    (runtime, known) = (started(&store).await, decreed.len());
                }
                let key = (wish.label.clone(), micros(wish.at));
                desk.borrow_mut().answers.insert(key.clone(), Answer::Unknown);
                let done = if let Some(Opening { pathway, household }) = &wish.opens {
                    let tied = Opened { household: household.as_deref(), follows: None };
                    let (label, event) = (&wish.label, &wish.event);
                    runtime.open_tied(*pathway, label, event, wish.at, tied, &mut Silent).await
                } else {
                    runtime.occur(&wish.label, &wish.event, wish.at, &mut Silent).await
                };
                let answer = match done {
                    Ok(()) => Answer::Acknowledged,
                    Err(RuntimeError::Store(StoreError::Unreachable { .. } | StoreError::Conflict))
                    | Err(
                        RuntimeError::Refused(_)
                        | RuntimeError::NoSuchCase { .. }
                        | RuntimeError::HouseholdKnown { .. },
                    ) => Answer::Refused,
                    Err(error) => panic!("{error}"),
                };
                desk.borrow_mut().answers.insert(key, answer);
            }
        })
    }

    fn live(mut self, seed: u64) -> Summary {
        let _named = Named(seed);
        self.play();
        Summary { kills: self.kills, ..self.check(seed) }
    }

    /// Twelve years, and an end without faults.
    fn play(&mut self) {
        let mut actors: Vec<Actor> = (0..6).map(|who| self.actor(who)).collect();
        let mut still = vec![0_usize; actors.len()];
        let end = self.time.micros() + 12 * YEAR;
        while self.time.micros() < end {
            self.pass();
            for _ in 0..60 {
                let who = self.dice.below(actors.len());
                if still[who] > 0 {
                    still[who] -= 1;
                    continue;
                }
                if self.dice.once_in(1000) {
                    still[who] = self.dice.below(200);
                }
                if self.dice.once_in(4000) {
                    self.kills += 1;
                    actors[who] = self.actor(who);
                }
                self.poll(who, &mut actors[who]);
            }
        }
        self.settle(&mut actors);
    }

    /// A turn of one of them, and of what a postman has begun side by side.
    fn poll(&self, who: usize, actor: &mut Actor) {
        if who != POSTMAN {
            return poll(actor);
        }
        let begun = self.tokio.enter();
        poll(actor);
        drop(begun);
        self.tokio.block_on(tokio::task::yield_now());
    }

    /// Every step of every case.
    fn told(&self) -> Vec<(String, i64, i64, Option<i64>, String)> {
        let mut all = Vec::new();
        for row in at_once(self.real.cases("", 1000)).expect("read") {
            for step in at_once(self.real.journal(row.id)).expect("read") {
                all.push((row.label.clone(), step.step, step.at, step.due_at, step.entries));
            }
        }
        all
    }

    /// Time goes by, and somebody wants something.
    fn pass(&mut self) {
        if !self.desk.borrow().wishes.is_empty() && !self.dice.once_in(6) {
            return;
        }
        let now = self.time.micros();
        let later = i64::try_from(self.dice.below(60)).expect("small") * HOUR;
        let next = at_once(self.real.next_due(now)).expect("read");
        self.time.set(match next {
            Some(next) if self.dice.once_in(2) => next.max(now),
            _ => now + later,
        });
        self.moment += 1;
        let at = timestamp(self.time.micros() + self.moment % 1000 + 1);
        if self.dice.once_in(100) {
            self.want_holiday(at);
        }
        if self.opened < CASES && self.dice.once_in(8) {
            let (pathway, protocol) = &self.protocols[self.dice.below(2)];
            let event = report(protocol, &mut self.dice);
            let label = format!("case-{}", self.opened);
            let household = self.dice.once_in(2).then(|| format!("h-{}", self.dice.below(HOUSEHOLDS)));
            self.opened += 1;
            let opens = Some(Opening { pathway: *pathway, household });
            self.desk.borrow_mut().wishes.push_back(Wish { label, event, opens, at });
        } else if self.opened > 0 && self.dice.once_in(2) {
            let label = format!("case-{}", self.dice.below(self.opened));
            let Some(row) = at_once(self.real.case_labelled(&label)).expect("read") else { return };
            let case = stored_case(&row).expect("a case");
            let mut dice = Dice(self.dice.roll());
            if let Some(event) = event(self.protocol(&row), &case, &mut dice) {
                self.desk.borrow_mut().wishes.push_back(Wish { label, event, opens: None, at });
            }
        }
    }

    /// A day that is about to be decreed: the one at whose end something is due, or one of the next weeks.
    fn want_holiday(&mut self, at: Timestamp) {
        let calendar = &self.protocols[0].1.calendar;
        let next = at_once(self.real.next_due(micros(at))).expect("read");
        let day = match next {
            Some(next) if self.dice.once_in(2) => calendar.date(timestamp(next - 1)),
            _ => calendar.date(at) + i32::try_from(self.dice.below(20)).expect("small").days(),
        };
        let (what, because) = (day.to_string(), "‘the law’".to_owned());
        self.days.borrow_mut().push_back(DecreeRow { what, because, added_at: micros(at) });
    }

    fn protocol(&self, row: &CaseRow) -> &CheckedProtocol {
        &self.protocols.iter().find(|(id, _)| *id == row.protocol).expect("one of the two").1
    }

    /// The faults end; everybody goes on, and after the last lease a worker finds nothing left behind.
    fn settle(&mut self, actors: &mut [Actor]) {
        self.faulty.fails.store(0, std::sync::atomic::Ordering::Relaxed);
        self.server.well.store(true, std::sync::atomic::Ordering::Relaxed);
        for round in 0..30_000 {
            self.poll(round % 6, &mut actors[round % 6]);
        }
        assert_eq!(self.days.borrow().len(), 0, "a day was not decreed");
        self.time.set(self.time.micros() + 4 * HOUR);
        let last = at_once(Runtime::new(self.real.clone(), None)).expect("a runtime");
        let mut last = last.delivering(self.server.routes());
        let now = timestamp(self.time.micros());
        // As whoever leads does a minute after a decree, for what was under way by then.
        at_once(last.decree(Vec::new(), now, &mut Silent, |_| {})).expect("counted");
        at_once(last.work(now, "last", &mut Silent)).expect("done");
        let mut moves = 0;
        at_once(last.recount_preview(&[], &mut Silent, |_| moves += 1, |_| {})).expect("read");
        assert_eq!(moves, 0, "something is due at another moment than the calendar says");
        self.tokio.block_on(last.postman().round(now, "last")).expect("sent");
        let due = at_once(self.real.due(self.time.micros(), 10)).expect("read");
        assert_eq!(due, [], "a timer was left behind");
        let audit = at_once(last.verify(|_, _| {})).expect("read");
        assert_eq!(audit.faults, [], "the journals do not give the rows");
    }

    fn check(&self, seed: u64) -> Summary {
        let mut summary = Summary::default();
        let mut seen: BTreeSet<(String, i64)> = BTreeSet::new();
        for row in at_once(self.real.cases("", 1000)).expect("read") {
            summary.years += years(&row, self.time.micros());
            let mut fired = BTreeSet::new();
            for step in at_once(self.real.journal(row.id)).expect("read") {
                summary.steps += 1;
                let entries = journal(&step).expect("entries");
                match step.due_at {
                    // Ties come with a report, or from another case.
                    None if matches!(entries.first(), Some(Entry::Tied { .. })) => summary.ties += 1,
                    None if matches!(entries.first(), Some(Entry::Recounted { .. })) => summary.recounts += 1,
                    None => assert!(seen.insert((row.label.clone(), step.at)), "seed {seed}: doubled"),
                    Some(_) => {
                        summary.timers += 1;
                        for entry in entries {
                            let Entry::TimerFired(timer) = entry else { continue };
                            assert!(fired.insert(timer.id), "seed {seed}: {} fired twice", row.label);
                        }
                    }
                }
            }
        }
        self.check_households(seed);
        summary.sent = self.server.check(&self.real, self.time.micros(), seed);
        for (key, answer) in &self.desk.borrow().answers {
            match answer {
                Answer::Acknowledged => {
                    summary.acknowledged += 1;
                    assert!(seen.contains(key), "seed {seed}: {key:?} was acknowledged and is lost");
                }
                Answer::Refused => {
                    assert!(!seen.contains(key), "seed {seed}: {key:?} was refused and is there");
                }
                Answer::Unknown => {}
            }
        }
        summary
    }
}

impl World {
    /// One household, one plan: of several open cases all know the same one that leads, and it is one of them; a
    /// household is in a pathway once at a time, and each time knows the one before.
    fn check_households(&self, seed: u64) {
        for household in 0..HOUSEHOLDS {
            let rows = at_once(self.real.cases_of(&format!("h-{household}"))).expect("read");
            let cases: Vec<_> =
                rows.iter().map(|row| (row, stored_case(row).expect("a case").ties)).collect();
            let open: Vec<_> = cases.iter().filter(|(row, _)| row.status == Stored::Running).collect();
            let leads: BTreeSet<_> = open.iter().map(|(_, ties)| ties.lead_case.clone()).collect();
            match leads.into_iter().collect::<Vec<_>>().as_slice() {
                [] => {}
                [None] => assert!(open.len() == 1, "seed {seed}: h-{household} has no lead"),
                [Some(lead)] => assert!(
                    open.iter().any(|(row, _)| row.label == lead.as_ref()),
                    "seed {seed}: `{lead}` leads in h-{household} and is not open"
                ),
                several => panic!("seed {seed}: {several:?} lead in h-{household}"),
            }
            for (pathway, _) in &self.protocols {
                let of_it: Vec<_> = cases.iter().filter(|(row, _)| row.protocol == *pathway).collect();
                let open = of_it.iter().filter(|(row, _)| row.status == Stored::Running).count();
                assert!(open <= 1, "seed {seed}: h-{household} is in one pathway {open} times");
                for pair in of_it.windows(2) {
                    let [(before, known), (after, ties)] = pair else { continue };
                    assert_eq!(ties.follows.as_deref(), Some(before.label.as_str()), "seed {seed}");
                    assert_eq!(known.followed_by, [after.label.as_str().into()], "seed {seed}");
                }
            }
        }
    }
}

async fn started(store: &Store) -> Runtime {
    loop {
        if let Ok(runtime) = Runtime::new(store.clone(), None).await {
            return runtime;
        }
    }
}

/// For how long a case has run.
fn years(row: &CaseRow, now: i64) -> f64 {
    let case = stored_case(row).expect("a case");
    let end = match case.status {
        Status::Ended { at, .. } => micros(at),
        _ => now,
    };
    (timestamp(end).duration_since(timestamp(row.opened_at)).as_secs_f64()) / (365.0 * 24.0 * 3600.0)
}
