//! What people are told: inboxes and deliveries, alike on every store, with time as an argument.

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use voordeur_engine::{Data, Event};
use voordeur_messages::{kept, say};
use voordeur_protocol::{CheckedProtocol, compile};
use voordeur_runtime::{
    Channel, Incident, Mark, Parcel, Posted, Remedy, Routes, Runtime, RuntimeError, Silent, Topic,
    Undelivered, micros,
};
use voordeur_store::{ItemQuery, Kind, Progress, Store, Upkeep, Waits, Whose, async_trait};
use voordeur_testing::Postgres;

static SERVER: LazyLock<Option<Postgres>> = LazyLock::new(Postgres::start);

pub(crate) fn pathway() -> CheckedProtocol {
    let source = r#"pathway door {
  version "1"
  goal "Nobody is given up unseen"
  office hours 09:00 to 17:00
  agency house
  agency care
  role worker of house
  role teamlead of house
  lead teamlead
  data { months count 0..12 shared with care }
  trigger knock from anyone { asks months -> first }
  stage first {
    must task talk by worker within 3 working days
    remind worker 1 working day before talk is due
    must refer to_care
    on talk done    -> good
    on talk overdue escalate late
    on to_care exhausted notify house
    after 6 months  -> bad
  }
  escalation late { at once notify teamlead  after 2 days notify house "still nothing" }
  referral to_care { to care hands over months accept within 2 weeks  declined or overdue: ask again once, then exhausted }
  end good success no aftercare because "a test stops here"
  end bad  failure
}
"#;
    compile(source).protocols.into_iter().next().expect("a pathway")
}

/// Keeps what comes, and answers as it was told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Letterbox {
    seen: Arc<Mutex<Vec<String>>>,
    answers: Arc<Mutex<VecDeque<Result<(), Undelivered>>>>,
}

#[async_trait]
impl Channel for Letterbox {
    async fn send(&self, parcel: &Parcel) -> Result<(), Undelivered> {
        let (key, party, topic) = (&parcel.notice.key, &parcel.party, parcel.topic.word());
        self.seen.lock().expect("not poisoned").push(format!("{key} {party} {topic}"));
        self.answers.lock().expect("not poisoned").pop_front().unwrap_or(Ok(()))
    }
}

impl Letterbox {
    pub(crate) fn taken(&self) -> Vec<String> {
        std::mem::take(&mut self.seen.lock().expect("not poisoned"))
    }

    fn answer(&self, answer: Result<(), Undelivered>) {
        self.answers.lock().expect("not poisoned").push_back(answer);
    }
}

pub(crate) async fn stores() -> Vec<(Store, tempfile::TempDir)> {
    let folder = || tempfile::tempdir().expect("a folder");
    let mut stores = vec![(Store::in_memory(), folder())];
    let place = folder();
    stores.push((Store::create(&place.path().join("a.db")).await.expect("made"), place));
    if let Some(server) = &*SERVER {
        stores.push((Store::create(server.database().as_ref()).await.expect("made"), folder()));
    }
    stores
}

pub(crate) fn at(text: &str) -> Timestamp {
    format!("{text}:00+01:00").parse().expect("a moment")
}

/// Everybody is reached by one channel.
fn routes(name: &str, channel: &Letterbox) -> Routes {
    let mut routes = Routes::default();
    routes.add(name, channel.clone());
    routes.reach("*", name);
    routes
}

/// A case that was opened on Monday the second of March at ten.
pub(crate) async fn opened(store: Store, channel: &Letterbox) -> Runtime {
    let routes = routes("box", channel);
    let mut runtime = Runtime::new(store, None).await.expect("a runtime").delivering(routes);
    let protocol = pathway();
    let now = at("2026-03-02T10:00");
    let id = runtime.add(protocol.clone(), now).await.expect("added");
    let answers = serde_json::json!({ "months": 3 });
    let data: Data = protocol.data_from_json(answers.as_object().expect("answers")).expect("answers");
    let trigger = protocol.trigger_named("knock").expect("a trigger");
    runtime
        .open(id, "case-a", &Event::Reported { trigger, data, by: None }, now, &mut Silent)
        .await
        .expect("opened");
    runtime
}

async fn round(runtime: &Runtime, now: Timestamp) -> Posted {
    runtime.advance(now, &mut Silent).await.expect("time goes by");
    runtime.deliver(now, &mut Silent).await.expect("planned");
    runtime.postman().round(now, "one").await.expect("sent")
}

fn everything(now: Timestamp, all: bool) -> ItemQuery {
    ItemQuery { whose: Whose::Everybody, all, now: micros(now), after: 0, limit: 99 }
}

#[tokio::test]
async fn what_people_are_told_is_in_inboxes_and_goes_out_alike_on_every_store() {
    for (store, _folder) in stores().await {
        let channel = Letterbox::default();
        let runtime = opened(store, &channel).await;
        let posted = round(&runtime, at("2026-03-02T10:00")).await;
        assert_eq!(posted.sent, 2);
        assert_eq!(channel.taken(), ["1-1-0 worker task", "1-1-1 care referral"]);
        // The reminder is due on Wednesday at midnight, and office hours begin on the day itself.
        assert_eq!(round(&runtime, at("2026-03-04T08:59")).await.sent, 0);
        assert_eq!(round(&runtime, at("2026-03-05T09:00")).await.sent, 1);
        assert_eq!(channel.taken(), ["1-2-0 worker reminder"]);
        // Deadlines and escalations wait for nothing.
        assert_eq!(round(&runtime, at("2026-03-06T00:00")).await.sent, 1);
        assert_eq!(channel.taken(), ["1-3-0 teamlead escalation"]);
        assert_eq!(round(&runtime, at("2026-03-08T00:00")).await.sent, 1, "a Sunday");
        let told =
            runtime.inbox(&everything(at("2026-03-08T00:00"), false), &mut Silent).await.expect("read");
        let lines: Vec<String> =
            told.iter().map(|told| format!("{} {}", told.item.party, told.topic.word())).collect();
        assert_eq!(
            lines,
            ["worker task", "care referral", "worker reminder", "teamlead escalation", "house escalation"]
        );
        let referral: serde_json::Value = serde_json::from_str(&told[1].item.message).expect("JSON");
        assert_eq!(referral["refer"]["fields"], serde_json::json!([]), "no value is in an inbox");
        runtime.store().close().await;
    }
}

#[tokio::test]
async fn a_reminder_of_what_is_done_is_dropped_and_its_item_asks_for_nothing() {
    for (store, _folder) in stores().await {
        let channel = Letterbox::default();
        let runtime = opened(store, &channel).await;
        round(&runtime, at("2026-03-02T10:00")).await;
        channel.taken();
        let night = at("2026-03-04T20:00");
        runtime.advance(night, &mut Silent).await.expect("time goes by");
        runtime.deliver(night, &mut Silent).await.expect("planned");
        let protocol = pathway();
        let what = protocol.occurrence_named("talk done").expect("it can happen");
        let done = Event::Occurred { what, data: Data::new(), by: None };
        runtime.occur("case-a", &done, night, &mut Silent).await.expect("done");
        let posted = round(&runtime, at("2026-03-05T09:00")).await;
        // The case waits for its referral, and the lead is told so.
        assert_eq!((posted.dropped, posted.sent), (1, 1));
        assert_eq!(channel.taken(), ["1-3-0 teamlead attention"]);
        let told = runtime.inbox(&everything(night, true), &mut Silent).await.expect("read");
        let reminder = told.iter().find(|told| told.topic == Topic::Reminder).expect("it stands there");
        assert!(reminder.over);
        runtime.store().close().await;
    }
}

#[tokio::test]
async fn a_reminder_that_could_not_go_out_before_its_term_is_dropped() {
    for (store, _folder) in stores().await {
        let channel = Letterbox::default();
        let runtime = opened(store, &channel).await;
        round(&runtime, at("2026-03-02T10:00")).await;
        channel.answer(Err(Undelivered::Later {
            why: "busy".to_owned(),
            wait: Some(Duration::from_secs(20 * 3600)),
        }));
        assert_eq!(round(&runtime, at("2026-03-05T09:00")).await.postponed, 1);
        channel.taken();
        // The term ended at midnight: behind the escalation a reminder makes no sense.
        let posted = round(&runtime, at("2026-03-06T09:30")).await;
        assert_eq!((posted.dropped, posted.sent), (1, 1));
        assert_eq!(channel.taken(), ["1-3-0 teamlead escalation"]);
        runtime.store().close().await;
    }
}

#[tokio::test]
async fn tries_go_on_until_one_succeeds_and_a_dead_letter_waits_for_people() {
    for (store, _folder) in stores().await {
        let channel = Letterbox::default();
        let runtime = opened(store, &channel).await;
        let start = at("2026-03-02T10:00");
        let later = || Undelivered::Later { why: "busy".to_owned(), wait: Some(Duration::from_secs(60)) };
        channel.answer(Err(later()));
        channel.answer(Err(Undelivered::Never { why: "gone".to_owned() }));
        let posted = round(&runtime, start).await;
        assert_eq!((posted.postponed, posted.dead), (1, 1));
        let troubled = runtime.postman();
        assert_eq!(troubled.troubles().await, [], "another postman tells its own");
        assert_eq!(round(&runtime, at("2026-03-02T10:00")).await, Posted::default());
        assert_eq!(round(&runtime, at("2026-03-02T10:01")).await.sent, 1);
        let dead = runtime.store().post().deliveries(Some(Progress::Dead), 0, 9).await.expect("read");
        assert_eq!(dead.iter().map(|row| row.said.as_deref()).collect::<Vec<_>>(), [Some("gone")]);
        let ids: Vec<i64> = dead.iter().map(|row| row.id).collect();
        assert_eq!(runtime.store().post().revive(&ids, micros(start)).await.expect("revived"), 1);
        assert_eq!(round(&runtime, at("2026-03-02T10:01")).await.sent, 1);
        let mut keys = channel.taken();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 2, "the same keys on every try: {keys:?}");
        runtime.store().close().await;
    }
}

#[tokio::test]
async fn a_dead_letter_is_an_incident_until_it_is_sent_left_out_or_said_in_another_way() {
    for (store, _folder) in stores().await {
        let channel = Letterbox::default();
        let runtime = opened(store, &channel).await;
        let now = at("2026-03-02T10:00");
        let gone = || Err(Undelivered::Never { why: kept(|| say!("there is no such host")) });
        channel.answer(gone());
        channel.answer(gone());
        assert_eq!(round(&runtime, now).await.dead, 2);
        assert_eq!(runtime.store().pulse().await.expect("felt").dead, 2);
        let found = runtime.incidents().await.expect("read");
        let letter = |one: &Incident| one.letter.clone().map(|letter| (letter.message, letter.party));
        let told = |message: &str, party: &str| Some((message.to_owned(), party.to_owned()));
        let both: Vec<_> = found.iter().map(letter).collect();
        assert_eq!(both, [told("1-1-0", "worker"), told("1-1-1", "care")]);
        assert!(found.iter().all(|one| one.why == "there is no such host"), "{found:?}");
        let mend = async |one: &Incident, remedy: Remedy| {
            runtime.mend(&one.label, &one.key, &remedy, None, now, &mut Silent).await
        };
        let answer = pathway().data_from_json(serde_json::json!({ "months": 3 }).as_object().expect("one"));
        let refused = mend(&found[0], Remedy::ByHand { data: answer.expect("data") }).await;
        assert!(matches!(refused, Err(RuntimeError::NoAnswer { .. })), "{refused:?}");
        // Tried again, it goes out under its own key.
        channel.taken();
        mend(&found[0], Remedy::Retry).await.expect("tried again");
        assert_eq!(round(&runtime, now).await.sent, 1);
        assert_eq!(channel.taken(), ["1-1-0 worker task"]);
        let again = mend(&found[0], Remedy::Retry).await;
        assert!(matches!(again, Err(RuntimeError::NoSuchIncident { .. })), "{again:?}");
        // Left out, or said by telephone: it does not go out any more, and the row says what became of it.
        mend(&found[1], Remedy::Skip { because: "they moved".into() }).await.expect("left out");
        assert_eq!(runtime.incidents().await.expect("read"), []);
        let post = runtime.store().post();
        let dropped = post.deliveries(Some(Progress::Dropped), 0, 9).await.expect("read").remove(0);
        assert_eq!((dropped.key.as_str(), dropped.said.as_deref()), ("1-1-1", Some("they moved")));
        channel.answer(gone());
        assert_eq!(round(&runtime, at("2026-03-05T09:00")).await.dead, 1);
        let third = runtime.incidents().await.expect("read").remove(0);
        mend(&third, Remedy::ByHand { data: Data::new() }).await.expect("said by telephone");
        assert_eq!(runtime.incidents().await.expect("read"), []);
        let sent = post.deliveries(Some(Progress::Sent), 0, 9).await.expect("read");
        assert_eq!(sent.len(), 2);
        assert_eq!(round(&runtime, at("2026-03-05T09:00")).await, Posted::default());
        assert_eq!(runtime.store().pulse().await.expect("felt").dead, 0);
        runtime.store().close().await;
    }
}

#[tokio::test]
async fn of_two_senders_at_once_each_message_is_sent_by_one() {
    for (store, _folder) in stores().await {
        let channel = Letterbox::default();
        let runtime = opened(store, &channel).await;
        let now = at("2026-03-02T10:00");
        runtime.deliver(now, &mut Silent).await.expect("planned");
        let (mut one, mut two) = (runtime.postman(), runtime.postman());
        let (first, second) = tokio::join!(one.round(now, "one"), two.round(now, "two"));
        assert_eq!(first.expect("sent").sent + second.expect("sent").sent, 2);
        let mut seen = channel.taken();
        seen.sort();
        assert_eq!(seen, ["1-1-0 worker task", "1-1-1 care referral"]);
        runtime.store().close().await;
    }
}

#[tokio::test]
async fn two_people_do_not_take_the_same_item() {
    for (store, _folder) in stores().await {
        let runtime = opened(store, &Letterbox::default()).await;
        let take = |person: &str| Mark::Take { person: person.to_owned() };
        let (first, second) = (take("w-1"), take("w-2"));
        let (one, two) = tokio::join!(runtime.mark("1-1-0", &first), runtime.mark("1-1-0", &second));
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        // Nor is anybody else done with it.
        let now = at("2026-03-02T11:00");
        let done = |by: &str| Mark::Done { by: Some(by.to_owned()), at: now };
        let refused = runtime.mark("1-1-0", &done("w-3")).await;
        assert!(matches!(refused, Err(RuntimeError::Taken { .. })), "{refused:?}");
        let taker = if one.is_ok() { "w-1" } else { "w-2" };
        runtime.mark("1-1-0", &done(taker)).await.expect("theirs");
        runtime.store().close().await;
    }
}

#[tokio::test]
async fn an_item_is_done_after_it_was_there_and_sleeps_for_a_year_at_most() {
    for (store, _folder) in stores().await {
        let runtime = opened(store, &Letterbox::default()).await;
        let now = at("2026-03-02T11:00");
        let snooze = |until: &str| Mark::Snooze { until: at(until), now };
        let refused = runtime.mark("1-1-0", &snooze("2027-03-04T11:00")).await;
        assert!(matches!(refused, Err(RuntimeError::SleepsTooLong { .. })), "{refused:?}");
        runtime.mark("1-1-0", &snooze("2027-03-02T11:00")).await.expect("a year");
        let done = |when: &str| Mark::Done { by: None, at: at(when) };
        let refused = runtime.mark("1-1-0", &done("2026-03-02T09:59")).await;
        assert!(matches!(refused, Err(RuntimeError::NotThereYet { .. })), "{refused:?}");
        assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults, []);
        runtime.mark("1-1-0", &done("2026-03-02T11:00")).await.expect("done");
        let refused = runtime.mark("1-1-0", &snooze("2026-03-03T11:00")).await;
        assert!(matches!(refused, Err(RuntimeError::DoneAlready { .. })), "{refused:?}");
        runtime.mark("1-1-0", &Mark::Reopen).await.expect("open");
        runtime.mark("1-1-0", &snooze("2026-03-03T11:00")).await.expect("it sleeps");
        runtime.store().close().await;
    }
}

#[tokio::test]
async fn a_program_without_channels_leaves_messages_to_one_that_has_some() {
    for (store, _folder) in stores().await {
        let channel = Letterbox::default();
        let mut runtime = opened(store, &channel).await;
        let start = at("2026-03-02T10:00");
        runtime.work(start, "with", &mut Silent).await.expect("done");
        channel.answer(Err(Undelivered::Later { why: "busy".to_owned(), wait: None }));
        runtime.postman().round(start, "with").await.expect("tried");
        channel.taken();
        let mut plain = Runtime::new(runtime.store().clone(), None).await.expect("a runtime");
        let late = at("2026-03-06T00:00");
        assert_eq!(plain.work(late, "without", &mut Silent).await.expect("done").timers, 2);
        assert_eq!(plain.deliver(late, &mut Silent).await.expect("left"), 0);
        assert_eq!(plain.postman().round(late, "without").await.expect("left"), Posted::default());
        runtime.work(late, "with", &mut Silent).await.expect("done");
        assert_eq!(
            runtime.postman().round(late, "with").await.expect("sent").sent,
            2,
            "a try and what is new"
        );
        // Whoever says that messages stand in inboxes only is believed by programs without channels.
        let store = runtime.store();
        store.upkeep(Upkeep::Deliver(false)).await.expect("said");
        plain.work(at("2026-03-08T00:00"), "without", &mut Silent).await.expect("done");
        assert_eq!(store.outbox(Kind::Notice, 0, 9).await.expect("read"), []);
        store.close().await;
    }
}

#[tokio::test]
async fn what_goes_by_a_channel_of_another_program_is_left_to_it_for_an_hour() {
    for (store, _folder) in stores().await {
        let channel = Letterbox::default();
        let runtime = opened(store, &channel).await;
        let start = at("2026-03-02T10:00");
        runtime.deliver(start, &mut Silent).await.expect("planned");
        let store = runtime.store().clone();
        let other = Runtime::new(store, None).await.expect("a runtime").delivering(routes("hook", &channel));
        let mut postman = other.postman();
        assert_eq!(postman.round(at("2026-03-02T10:59"), "other").await.expect("left"), Posted::default());
        assert_eq!(round(&runtime, at("2026-03-02T10:59")).await.sent, 2);
        round(&runtime, at("2026-03-03T10:00")).await;
        runtime.advance(at("2026-03-06T00:00"), &mut Silent).await.expect("time goes by");
        runtime.deliver(at("2026-03-06T00:00"), &mut Silent).await.expect("planned");
        assert!(postman.round(at("2026-03-06T01:00"), "other").await.expect("dead").dead > 0);
        runtime.store().close().await;
    }
}

#[tokio::test]
async fn a_channel_that_is_down_is_seen_from_its_first_try_on() {
    for (store, _folder) in stores().await {
        let channel = Letterbox::default();
        let runtime = opened(store, &channel).await;
        let start = at("2026-03-02T10:00");
        runtime.deliver(start, &mut Silent).await.expect("planned");
        let waiting = async || runtime.store().post().waiting().await.expect("read");
        assert_eq!(waiting().await["box"], Waits { count: 2, since: micros(start) });
        for _ in 0..2 {
            let why = kept(|| say!("there is no such host"));
            channel.answer(Err(Undelivered::Later { why, wait: Some(Duration::from_secs(7200)) }));
        }
        let mut postman = runtime.postman();
        assert_eq!(postman.round(start, "one").await.expect("tried").postponed, 2);
        // It is the oldest message that counts, and not the next try.
        assert_eq!(waiting().await["box"], Waits { count: 2, since: micros(start) });
        let mut failed = postman.failures().await;
        failed.sort_by_key(|one| one.key.clone());
        assert_eq!((failed.len(), postman.failures().await.len()), (2, 0), "each is told once");
        let first = failed.remove(0);
        assert_eq!((first.key.as_str(), first.channel.as_str(), first.tries), ("1-1-0", "box", 1));
        assert_eq!((first.label.as_str(), first.why.as_str()), ("case-a", "there is no such host"));
        assert_eq!(first.next, Some(at("2026-03-02T12:00")));
        // People read it in the zone of the pathway.
        assert_eq!(first.next_local.map(|next| next.to_string()).as_deref(), Some("2026-03-02T12:00:00"));
        channel.answer(Err(Undelivered::Never { why: "gone".to_owned() }));
        let posted = postman.round(at("2026-03-02T12:00"), "one").await.expect("tried");
        assert_eq!((posted.dead, posted.sent), (1, 1));
        let failed = postman.failures().await;
        assert_eq!(failed.iter().map(|one| (one.tries, one.next)).collect::<Vec<_>>(), [(2, None)]);
        assert_eq!(postman.troubles().await.len(), 1);
        assert!(waiting().await.is_empty());
        runtime.store().close().await;
    }
}

#[tokio::test]
async fn what_waits_is_brought_forward_and_no_receiver_parks_it_for_ever() {
    for (store, _folder) in stores().await {
        let channel = Letterbox::default();
        let runtime = opened(store, &channel).await;
        let start = at("2026-03-02T10:00");
        for _ in 0..2 {
            let wait = Some(Duration::from_secs(99_999_999_999));
            channel.answer(Err(Undelivered::Later { why: "busy".to_owned(), wait }));
        }
        assert_eq!(round(&runtime, start).await.postponed, 2);
        let post = runtime.store().post();
        let waiting = post.deliveries(Some(Progress::Waiting), 0, 9).await.expect("read");
        let next: Vec<i64> = waiting.iter().map(|row| row.next_at).collect();
        assert_eq!(next, [micros(at("2026-03-03T10:00")); 2]);
        let later = at("2026-03-02T11:00");
        assert_eq!(post.revive(&[waiting[0].id], micros(later)).await.expect("hastened"), 1);
        let hastened = post.deliveries(Some(Progress::Waiting), 0, 9).await.expect("read").remove(0);
        assert_eq!((hastened.attempt, hastened.epoch), (1, waiting[0].epoch), "what is under way goes on");
        channel.taken();
        assert_eq!(round(&runtime, later).await.sent, 1);
        assert_eq!(channel.taken(), [format!("{} {} {}", hastened.key, hastened.party, hastened.topic)]);
        assert_eq!(post.revive(&[hastened.id], micros(later)).await.expect("asked"), 0, "it is sent");
        runtime.store().close().await;
    }
}

/// Everybody is reached by a channel with these addresses.
fn addresses(all: &[(&str, &Letterbox)]) -> Routes {
    let mut routes = Routes::default();
    for (name, channel) in all {
        let whole = routes.add_address("box", name, |_| (*channel).clone());
        assert_eq!(whole, format!("box/{name}"));
    }
    routes.reach("*", "box");
    routes
}

#[tokio::test]
async fn what_is_wrong_with_one_address_is_no_matter_of_the_others() {
    for (store, _folder) in stores().await {
        let (good, bad, mended) = (Letterbox::default(), Letterbox::default(), Letterbox::default());
        let runtime = opened(store, &good).await;
        let runtime = runtime.delivering(addresses(&[("good", &good), ("bad", &bad)]));
        let start = at("2026-03-02T10:00");
        bad.answer(Err(Undelivered::Never { why: "no such user".to_owned() }));
        bad.answer(Err(Undelivered::Later { why: "busy".to_owned(), wait: None }));
        let posted = round(&runtime, start).await;
        assert_eq!((posted.sent, posted.dead, posted.postponed), (2, 1, 1));
        assert_eq!((good.taken().len(), bad.taken().len()), (2, 2));
        // The address is corrected: what it did not get goes there, and nowhere twice.
        let runtime = runtime.delivering(addresses(&[("good", &good), ("mended", &mended)]));
        let later = at("2026-03-02T12:00");
        let post = runtime.store().post();
        let dead = post.deliveries(Some(Progress::Dead), 0, 9).await.expect("read").remove(0);
        post.revive(&[dead.id], micros(start)).await.expect("revived");
        let posted = round(&runtime, later).await;
        assert_eq!((posted.sent, posted.dropped, posted.dead), (2, 2, 0));
        let mut seen = mended.taken();
        seen.sort();
        assert_eq!(seen, ["1-1-0 worker task", "1-1-1 care referral"]);
        assert_eq!((good.taken().len(), bad.taken().len()), (0, 0));
        runtime.store().close().await;
    }
}

#[tokio::test]
async fn what_the_version_before_planned_for_all_addresses_goes_to_each() {
    for (store, _folder) in stores().await {
        let (one, two) = (Letterbox::default(), Letterbox::default());
        let runtime = opened(store, &one).await;
        let start = at("2026-03-02T10:00");
        // That version knew one channel, whatever its addresses were.
        runtime.deliver(start, &mut Silent).await.expect("planned");
        let runtime = runtime.delivering(addresses(&[("one", &one), ("two", &two)]));
        two.answer(Err(Undelivered::Later { why: "busy".to_owned(), wait: None }));
        let posted = round(&runtime, start).await;
        assert_eq!((posted.sent, posted.postponed, posted.dropped), (3, 1, 2));
        assert_eq!(round(&runtime, at("2026-03-02T10:10")).await.sent, 1);
        let (one, mut two) = (one.taken(), two.taken());
        two.sort();
        two.dedup();
        assert_eq!((one.len(), two.len()), (2, 2));
        assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults, []);
        runtime.store().close().await;
    }
}
