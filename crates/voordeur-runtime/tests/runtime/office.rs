//! Who else is in a world of faults: a postman, a server that does not always take what it is sent, and an office that decrees
//! days.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use voordeur_runtime::{
    Channel, Parcel, Postman, Routes, Runtime, RuntimeError, Silent, Undelivered, timestamp,
};
use voordeur_store::{DecreeRow, Kind, Progress, Store, async_trait};

use crate::draw::Dice;
use crate::world::{Actor, Time, at_once, turn};

/// A server that takes most of what comes, asks to wait for some of it, and refuses some for good.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    dice: Arc<Mutex<Dice>>,
    /// How often it has taken each message, by its key.
    taken: Arc<Mutex<BTreeMap<String, usize>>>,
    refused: Arc<Mutex<BTreeSet<String>>>,
    pub(crate) well: Arc<AtomicBool>,
}

#[async_trait]
impl Channel for Server {
    async fn send(&self, parcel: &Parcel) -> Result<(), Undelivered> {
        let key = parcel.notice.key.clone();
        let chance = self.dice.lock().expect("one thread").below(200);
        let why = "the world".to_owned();
        match chance {
            _ if self.well.load(Ordering::Relaxed) => {}
            0 => {
                self.refused.lock().expect("one thread").insert(key);
                return Err(Undelivered::Never { why });
            }
            1..20 => return Err(Undelivered::Later { why, wait: None }),
            _ => {}
        }
        *self.taken.lock().expect("one thread").entry(key).or_insert(0) += 1;
        // It has it, and whoever has sent it may be gone before that is known.
        tokio::task::yield_now().await;
        Ok(())
    }
}

/// What became of the messages of a world.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Sent {
    pub(crate) sent: usize,
    pub(crate) twice: usize,
    pub(crate) dropped: usize,
    pub(crate) dead: usize,
}

impl Server {
    pub(crate) fn new(dice: Dice) -> Self {
        let dice = Arc::new(Mutex::new(dice));
        Self { dice, taken: Arc::default(), refused: Arc::default(), well: Arc::default() }
    }

    /// Everybody is reached by it.
    pub(crate) fn routes(&self) -> Routes {
        let mut routes = Routes::default();
        routes.add("server", self.clone());
        routes.reach("*", "server");
        routes
    }

    /// Every message to people has its delivery, none is left behind that could go, and the server has each that counts as sent.
    pub(crate) fn check(&self, store: &Store, now: i64, seed: u64) -> Sent {
        let (taken, refused) =
            (self.taken.lock().expect("one thread"), self.refused.lock().expect("one thread"));
        let mut all = Sent { twice: taken.values().filter(|times| **times > 1).count(), ..Sent::default() };
        let mut planned = BTreeSet::new();
        for case in at_once(store.cases("", 1000)).expect("read") {
            let inbox = at_once(store.post().items_of(case.id)).expect("read");
            let mut wanted: BTreeSet<String> = inbox.into_iter().map(|item| item.key).collect();
            for delivery in at_once(store.post().deliveries_of(case.id)).expect("read") {
                let key = delivery.key;
                assert!(wanted.remove(&key), "seed {seed}: {key} is planned twice, or is no message");
                match delivery.progress {
                    Progress::Waiting => assert!(delivery.next_at > now, "seed {seed}: {key} is left behind"),
                    Progress::Sent => {
                        assert!(taken.contains_key(&key), "seed {seed}: nobody has {key}");
                        all.sent += 1;
                    }
                    Progress::Dropped => {
                        assert_eq!(delivery.topic, "reminder", "seed {seed}: {key}");
                        all.dropped += 1;
                    }
                    Progress::Dead => {
                        assert!(
                            refused.contains(&key) || delivery.attempt == 10,
                            "seed {seed}: {key} is dead"
                        );
                        all.dead += 1;
                    }
                }
                planned.insert(key);
            }
            assert_eq!(wanted, BTreeSet::new(), "seed {seed}: not planned");
            let open = at_once(store.messages(case.id)).expect("read").into_iter();
            let open = open.filter(|message| message.kind == Kind::Notice && message.done_at.is_none());
            assert_eq!(open.count(), 0, "seed {seed}: a message of {} waits", case.label);
        }
        assert!(
            taken.keys().all(|key| planned.contains(key)),
            "seed {seed}: something was sent that is not there"
        );
        all
    }
}

/// Sends what is planned.
pub(crate) fn postman(started: impl Future<Output = Postman> + 'static, time: Time, off: i64) -> Actor {
    Box::pin(async move {
        let mut postman = started.await;
        loop {
            match postman.round(timestamp(time.micros() + off), "postman").await {
                Err(RuntimeError::Store(error)) if error.is_passing() => {}
                done => drop(done.expect("sent")),
            }
            turn().await;
        }
    })
}

/// Decrees what is asked for, and says so again when it did not come to an end.
pub(crate) fn office(
    started: impl Future<Output = Runtime> + 'static,
    time: Time,
    days: Rc<RefCell<VecDeque<DecreeRow>>>,
) -> Actor {
    Box::pin(async move {
        let mut runtime = started.await;
        loop {
            turn().await;
            let Some(day) = days.borrow().front().cloned() else { continue };
            match runtime.decree(vec![day], timestamp(time.micros()), &mut Silent, |_| {}).await {
                Err(RuntimeError::Store(error)) if error.is_passing() => continue,
                done => drop(done.expect("decreed")),
            }
            days.borrow_mut().pop_front();
        }
    })
}
