//! The three stores are one: random sequences of commands, right ones and wrong ones, have the same answers and leave
//! the same rows in memory, on SQLite and on PostgreSQL.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;
use voordeur_store::{
    CaseWrite, Claim, DecreeRow, Delivery, DeliveryWrite, DocumentRow, Done, Gone, IncidentRow, ItemQuery,
    ItemWrite, Key, Kind, Lane, Lead, OutboxRow, Outgoing, Progress, Reach, SEVERAL, Settled, Status,
    StepWrite, TIMERS, TimerClaim, TimerWrite, Upkeep, Whose,
};

use crate::{Place, places};

/// One command. Cases are told apart by their labels: numbers may differ from one store to another.
#[derive(Debug, Clone)]
enum Command {
    Write(Vec<One>),
    ClaimTimers {
        now: u8,
        limit: u8,
    },
    ClaimCalls {
        now: u8,
        limit: u8,
    },
    /// Answers a call that was claimed, perhaps long ago.
    Answer {
        pick: u8,
        documents: u8,
    },
    Finish {
        pick: u8,
    },
    Look {
        now: u8,
    },
    Decree(u8),
    Deliver(bool),
    /// Timers of a case, or a message of it, are put aside, or are tried again.
    Incident {
        label: u8,
        pick: Option<u8>,
        resolve: bool,
    },
    Lead {
        chores: bool,
        holder: bool,
        now: u8,
    },
    Release {
        now: u8,
    },
    /// Plans deliveries of a message that was there once.
    Route {
        pick: u8,
        next: u8,
    },
    ClaimDeliveries {
        now: u8,
        limit: u8,
    },
    /// Settles a delivery that was claimed, perhaps long ago.
    Settle {
        pick: u8,
        progress: u8,
        next: u8,
    },
    Revive {
        pick: u8,
    },
    CloseDead {
        pick: u8,
        sent: bool,
    },
    /// Changes an item as it was read now, or one change ago.
    Mark {
        pick: u8,
        person: bool,
        snooze: u8,
        behind: bool,
    },
}

/// A write of one case.
#[derive(Debug, Clone)]
struct One {
    label: u8,
    new: bool,
    /// How far it is behind: 0 for the version that is there.
    behind: u8,
    steps: u8,
    ended: bool,
    set: Vec<(u8, u8, bool)>,
    cleared: Vec<u8>,
    /// How many cases its household has, as far as it knows.
    household_cases: Option<i64>,
    /// Which claim it rests on, of those that were given.
    claim: Option<u8>,
}

fn one() -> impl Strategy<Value = One> {
    let timers = prop::collection::vec((0..4_u8, 0..40_u8, prop::bool::weighted(0.8)), 0..3);
    let rest = (
        prop::bool::weighted(0.1),
        timers,
        prop::collection::vec(0..4_u8, 0..2),
        prop::option::of(any::<u8>()),
        prop::option::weighted(0.3, 0..3_i64),
    );
    let first = (0..6_u8, prop::bool::weighted(0.3), prop::sample::select(vec![0, 0, 0, 0, 1]), 0..4_u8);
    (first, rest).prop_map(|((label, new, behind, steps), (ended, set, cleared, claim, household_cases))| {
        let set: BTreeMap<u8, (u8, bool)> =
            set.into_iter().map(|(n, due, armed)| (n, (due, armed))).collect();
        let cleared = cleared.into_iter().filter(|n| !set.contains_key(n)).collect();
        let set = set.into_iter().map(|(n, (due, armed))| (n, due, armed)).collect();
        One { label, new, behind, steps, ended, set, cleared, household_cases, claim }
    })
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        6 => prop::collection::vec(one(), 1..4).prop_map(Command::Write),
        2 => (0..60_u8, 0..4_u8).prop_map(|(now, limit)| Command::ClaimTimers { now, limit }),
        2 => (0..60_u8, 0..4_u8).prop_map(|(now, limit)| Command::ClaimCalls { now, limit }),
        2 => (any::<u8>(), 0..3_u8).prop_map(|(pick, documents)| Command::Answer { pick, documents }),
        1 => any::<u8>().prop_map(|pick| Command::Finish { pick }),
        1 => (0..60_u8).prop_map(|now| Command::Look { now }),
        1 => (1..9_u8).prop_map(Command::Decree),
        1 => any::<bool>().prop_map(Command::Deliver),
        2 => (0..6_u8, prop::option::of(any::<u8>()), any::<bool>())
            .prop_map(|(label, pick, resolve)| Command::Incident { label, pick, resolve }),
        1 => (any::<bool>(), any::<bool>(), 0..60_u8)
            .prop_map(|(chores, holder, now)| Command::Lead { chores, holder, now }),
        1 => (0..60_u8).prop_map(|now| Command::Release { now }),
        2 => (any::<u8>(), 0..40_u8).prop_map(|(pick, next)| Command::Route { pick, next }),
        2 => (0..60_u8, 0..4_u8).prop_map(|(now, limit)| Command::ClaimDeliveries { now, limit }),
        2 => (any::<u8>(), 0..4_u8, 0..60_u8)
            .prop_map(|(pick, progress, next)| Command::Settle { pick, progress, next }),
        1 => any::<u8>().prop_map(|pick| Command::Revive { pick }),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(pick, sent)| Command::CloseDead { pick, sent }),
        2 => (any::<u8>(), any::<bool>(), 0..60_u8, prop::bool::weighted(0.2))
            .prop_map(|(pick, person, snooze, behind)| Command::Mark { pick, person, snooze, behind }),
    ]
}

/// A store while commands are tried on it, with what it has answered.
pub(crate) struct Trial {
    pub(crate) place: Place,
    labels: BTreeMap<i64, String>,
    claims: Vec<(i64, TimerClaim)>,
    calls: Vec<OutboxRow>,
    deliveries: Vec<Delivery>,
    pub(crate) said: String,
}

impl Trial {
    pub(crate) fn label(&self, id: i64) -> &str {
        self.labels.get(&id).map_or("?", String::as_str)
    }

    /// A key begins with the number of its case.
    pub(crate) fn key(&self, case: i64, key: &str) -> String {
        key.strip_prefix(&case.to_string())
            .map_or_else(|| key.to_owned(), |rest| format!("{}{rest}", self.label(case)))
    }

    async fn perform(&mut self, command: &Command) {
        match command {
            Command::Write(all) => self.write(all).await,
            Command::ClaimTimers { now, limit } => {
                let taken = self.place.store.claim_timers(&claim(*now, *limit)).await.expect("taken");
                for timer in taken {
                    let label = self.label(timer.case_id).to_owned();
                    writeln!(self.said, "timer {label} {} {:?}", timer.due_at, timer.claim).expect("written");
                    self.claims.push((timer.case_id, timer.claim));
                }
            }
            Command::ClaimCalls { now, limit } => {
                let taken =
                    self.place.store.claim_outbox(Kind::Call, &claim(*now, *limit)).await.expect("taken");
                for call in taken {
                    let key = self.key(call.case_id, &call.key);
                    writeln!(self.said, "call {key} {}", call.epoch).expect("written");
                    self.calls.push(call);
                }
            }
            Command::Answer { pick, documents } => self.answer(*pick, *documents).await,
            Command::Finish { pick } => {
                let Some(call) = picked(&self.calls, *pick).cloned() else { return };
                self.place.store.finish(&[call.id], 33).await.expect("finished");
            }
            Command::Look { now } => self.look(i64::from(*now)).await,
            Command::Decree(day) => {
                let row =
                    DecreeRow {
                        what: format!("2030-01-0{day}"), because: "‘it’s’".to_owned(), added_at: 3
                    };
                let year = DecreeRow { what: "2030".to_owned(), ..row.clone() };
                self.upkeep(Upkeep::Decree(vec![row, year])).await;
            }
            Command::Deliver(yes) => {
                self.upkeep(Upkeep::Deliver(*yes)).await;
                assert_eq!(self.place.store.delivers().await.expect("read"), *yes);
            }
            Command::Incident { label, pick, resolve } => self.incident(*label, *pick, *resolve).await,
            Command::Lead { chores, holder, now } => {
                let what = if *chores { Lead::Chores } else { Lead::Upkeep };
                let (now, holder) = (i64::from(*now), if *holder { "one" } else { "two" }.to_owned());
                self.upkeep(Upkeep::Lead { what, holder, now, until: now + 9 }).await;
            }
            Command::Release { now } => {
                self.upkeep(Upkeep::Release { holder: "one".to_owned(), now: i64::from(*now) }).await;
            }
            _ => self.post(command).await,
        }
    }

    async fn upkeep(&mut self, what: Upkeep) {
        let count = self.place.store.upkeep(what).await.expect("done");
        writeln!(self.said, "upkeep {count}").expect("written");
    }

    async fn incident(&mut self, label: u8, pick: Option<u8>, resolve: bool) {
        let row = self.place.store.case_labelled(&format!("case-{label}")).await.expect("read");
        let Some(row) = row else { return };
        let call = pick.and_then(|pick| picked(&self.calls, pick)).filter(|call| call.case_id == row.id);
        let key = call.map_or_else(|| TIMERS.to_owned(), |call| format!("message-{}", call.id));
        let (case_id, why) = (row.id, "‘it’s’ so".to_owned());
        self.upkeep(match resolve {
            true => Upkeep::Resolve { case_id, key },
            false => Upkeep::Incident(IncidentRow { case_id, key, why, since: 4, again: 0 }),
        })
        .await;
    }

    async fn post(&mut self, command: &Command) {
        let post = self.place.store.post();
        match command {
            Command::Route { pick, next } => {
                let waiting = self.place.store.outbox(Kind::Notice, 0, 99).await.expect("read");
                let Some(message) = picked(&waiting, *pick).cloned() else { return };
                let write = |channel: &str| DeliveryWrite {
                    case_id: message.case_id,
                    key: message.key.clone(),
                    channel: channel.to_owned(),
                    party: "party".to_owned(),
                    topic: "task".to_owned(),
                    created_at: message.created_at,
                    next_at: i64::from(*next),
                    message: "{}".to_owned(),
                };
                // Sometimes the program ends in between, and it is planned again later.
                let done = if pick.is_multiple_of(3) { vec![] } else { vec![message.id] };
                post.route(&done, 22, &[write("one"), write("two")]).await.expect("planned");
            }
            Command::ClaimDeliveries { now, limit } => {
                let channels = if limit.is_multiple_of(2) { vec!["one".to_owned()] } else { vec![] };
                let busy = if *limit == 3 { vec!["two".to_owned()] } else { vec![] };
                let reach = Reach { channels, left_since: i64::from(*now).saturating_sub(5), busy };
                let taken = post.claim_deliveries(&claim(*now, *limit), &reach).await.expect("taken");
                for delivery in taken {
                    let key = self.key(delivery.case_id, &delivery.key);
                    let (channel, epoch) = (&delivery.channel, delivery.epoch);
                    writeln!(self.said, "delivery {key} {channel} {epoch}").expect("written");
                    self.deliveries.push(delivery);
                }
            }
            Command::Settle { pick, progress, next } => {
                let Some(delivery) = picked(&self.deliveries, *pick) else { return };
                let progress = Progress::ALL[usize::from(*progress)];
                let settled = Settled {
                    delivery: delivery.id,
                    epoch: delivery.epoch,
                    progress,
                    attempt: delivery.attempt + 1,
                    next_at: i64::from(*next),
                    done_at: (progress != Progress::Waiting).then_some(44),
                    said: (progress == Progress::Dead).then(|| "‘gone’".to_owned()),
                };
                post.settle(&[settled]).await.expect("settled");
            }
            Command::CloseDead { pick, sent } => {
                let Some(delivery) = picked(&self.deliveries, *pick).cloned() else { return };
                let (progress, because) =
                    if *sent { (Progress::Sent, None) } else { (Progress::Dropped, Some("nobody there")) };
                let closed = post.close_dead(delivery.id, progress, 13, because).await.expect("closed");
                writeln!(self.said, "closed {closed}").expect("written");
            }
            Command::Revive { pick } => {
                let Some(delivery) = picked(&self.deliveries, *pick) else { return };
                let revived = post.revive(&[delivery.id], 12).await.expect("revived");
                writeln!(self.said, "revived {revived}").expect("written");
            }
            Command::Mark { pick, person, snooze, behind } => {
                self.mark(*pick, *person, *snooze, *behind).await;
            }
            _ => {}
        }
    }

    async fn mark(&mut self, pick: u8, person: bool, snooze: u8, behind: bool) {
        let post = self.place.store.post();
        let items = post.items(&everything(0)).await.expect("read");
        let Some(mut item) = picked(&items, pick).cloned() else { return };
        item.version -= i64::from(behind);
        item.person = person.then(|| "w-1".to_owned());
        item.snoozed_until = Some(i64::from(snooze));
        item.done_at = snooze.is_multiple_of(4).then_some(31);
        item.done_by = item.done_at.map(|_| "w-2".to_owned());
        let answer = post.mark(&item).await;
        writeln!(self.said, "marked {answer:?}").expect("written");
    }

    async fn write(&mut self, all: &[One]) {
        let mut writes = Vec::new();
        for one in all {
            writes.push(self.one(one).await);
        }
        let answer = self.place.store.commit(writes, Lane::Command).await;
        let words = match answer {
            Ok(ids) => {
                for (id, one) in ids.iter().zip(all) {
                    self.labels.insert(*id, format!("case-{}", one.label));
                }
                ids.iter().map(|id| self.label(*id).to_owned()).collect::<Vec<_>>().join(" ")
            }
            Err(error) => format!("{error:?}"),
        };
        writeln!(self.said, "written {words}").expect("written");
    }

    async fn one(&self, one: &One) -> CaseWrite {
        let label = format!("case-{}", one.label);
        let row = self.place.store.case_labelled(&label).await.expect("read");
        let key = match &row {
            Some(row) if !one.new => Key::Stored { id: row.id, version: row.version - i64::from(one.behind) },
            _ => Key::New(label),
        };
        let id = row.map(|row| row.id);
        let claim =
            one.claim.and_then(|pick| picked(&self.claims, pick)).filter(|(case, _)| Some(*case) == id);
        let steps = i64::from(one.steps);
        CaseWrite {
            arrives: one.steps > 0,
            key,
            protocol: self.place.protocol,
            status: if one.ended { Status::Ended } else { Status::Running },
            place: format!("place-{}", one.steps),
            opened_at: 7,
            touched_at: 8 + steps,
            household: one.label.is_multiple_of(2).then(|| format!("h-{}", one.label % 3)),
            household_cases: one.household_cases,
            secret: (!one.ended).then(|| format!("key-{}", one.steps)),
            sealed: (one.steps > 0).then(|| "{\"é\":1}".to_owned()),
            next_due: one.set.first().map(|(_, due, _)| i64::from(*due)),
            state: format!("{{\"é\":\"{}\"}}", one.label),
            steps: (0..steps).map(step).collect(),
            timers: one
                .set
                .iter()
                .map(|(n, due, armed)| TimerWrite {
                    timer: i64::from(*n),
                    due_at: i64::from(*due),
                    armed: *armed,
                    party: ["", "party-1", SEVERAL, "party-1"][usize::from(*n)].to_owned(),
                })
                .collect(),
            cleared: one.cleared.iter().copied().map(i64::from).collect(),
            claims: claim.map(|(_, claim)| *claim).into_iter().collect(),
            done: Vec::new(),
            incidents: (one.steps == 2)
                .then(|| ("action-1".to_owned(), "it failed".to_owned()))
                .into_iter()
                .collect(),
            resolved: (one.steps == 1).then(|| "action-1".to_owned()).into_iter().collect(),
        }
    }

    async fn answer(&mut self, pick: u8, documents: u8) {
        let Some(call) = picked(&self.calls, pick).cloned() else { return };
        let row = self.place.store.case(call.case_id).await.expect("read").expect("there");
        let document = |n: u8| DocumentRow {
            key: call.key.clone(),
            name: format!("{n}.txt"),
            media_type: "text/plain".to_owned(),
            text: "\"quoted\"\n€".to_owned(),
            made_at: 9,
        };
        let (set, cleared) = (Vec::new(), Vec::new());
        let one = One {
            label: 0,
            new: false,
            behind: 0,
            steps: 1,
            ended: false,
            set,
            cleared,
            household_cases: None,
            claim: None,
        };
        let mut write = self.one(&one).await;
        write.key = Key::Stored { id: row.id, version: row.version };
        let documents = (0..documents).map(document).collect();
        write.done = vec![Done { outbox: call.id, epoch: call.epoch, at: 21, documents }];
        let answer = self.place.store.commit(vec![write], Lane::Sweep).await;
        writeln!(self.said, "answered {:?}", answer.map(|_| ())).expect("written");
    }
}

pub(crate) fn everything(after: i64) -> ItemQuery {
    ItemQuery { whose: Whose::Everybody, all: true, now: 0, after, limit: 999 }
}

/// How a message goes out with its step: the store knows its case and its key.
fn gone(n: i64) -> Gone {
    let write = |channel: &str| DeliveryWrite {
        case_id: 0,
        key: String::new(),
        channel: channel.to_owned(),
        party: format!("party-{n}"),
        topic: "task".to_owned(),
        created_at: 7 + n,
        next_at: 11 + n,
        message: "{}".to_owned(),
    };
    Gone { at: 7 + n, deliveries: vec![write("one"), write("two")] }
}

fn step(n: i64) -> StepWrite {
    let item = |kind| {
        (kind == Kind::Notice).then(|| ItemWrite {
            party: format!("party-{n}"),
            topic: "task".to_owned(),
            visible_at: 10 + n,
            message: "{\"é\":1}".to_owned(),
        })
    };
    let outgoing = |kind| Outgoing { kind, payload: format!("{{\"n\":{n}}}"), item: item(kind), gone: None };
    // One of them goes out with its step.
    let gone = |outgoing| Outgoing { gone: (n == 2).then(|| gone(n)), ..outgoing };
    StepWrite {
        at: 7 + n,
        recorded_at: 9 + n,
        due_at: (n == 1).then_some(6),
        entries: format!("[\"{n} ‘it’s’\"]"),
        sealed: (n == 1).then(|| "sealed ‘it’s’".to_owned()),
        outgoing: if n == 0 {
            vec![outgoing(Kind::Call)]
        } else {
            vec![gone(outgoing(Kind::Notice)), outgoing(Kind::Call)]
        },
    }
}

fn claim(now: u8, limit: u8) -> Claim {
    let now = i64::from(now);
    Claim { holder: "one".to_owned(), now, until: now + 15, limit: limit.into() }
}

fn picked<T>(all: &[T], pick: u8) -> Option<&T> {
    all.get(usize::from(pick) % all.len().max(1))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_three_stores_are_one(commands in prop::collection::vec(command(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let told: Vec<(String, &str)> = runtime.block_on(async {
            let mut told = Vec::new();
            for place in places().await {
                let (labels, claims, calls) = (BTreeMap::new(), Vec::new(), Vec::new());
                let (deliveries, said) = (Vec::new(), String::new());
                let mut trial = Trial { place, labels, claims, calls, deliveries, said };
                for command in &commands {
                    trial.perform(command).await;
                }
                told.push(trial.dump().await);
            }
            told
        });
        for (other, name) in told.iter().skip(1) {
            prop_assert_eq!(&told[0].0, other, "memory and {}", name);
        }
    }
}
