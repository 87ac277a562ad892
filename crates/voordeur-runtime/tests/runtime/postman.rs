//! A postman in bad company: servers that never answer, a channel that breaks off, a holiday that was decreed since it started.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use voordeur_engine::{Data, Event};
use voordeur_protocol::compile;
use voordeur_runtime::{
    Channel, Clock, Notice, Parcel, Routes, Runtime, Silent, Undelivered, Watch, micros, timestamp,
};
use voordeur_store::{DecreeRow, Delivery, Progress, Store, async_trait};

use crate::reach::{Letterbox, at, opened, pathway, stores};

/// How many cases there are: more than go out at once by one channel.
const CASES: usize = 40;

/// How many servers never answer: they take all places that channels share.
const HANGING: usize = 6;

/// How many deliveries are under way at once by one channel.
const EACH: usize = 16;

/// Says the key of a message to a server, and waits for `ok`.
#[derive(Debug)]
struct Line(SocketAddr);

#[async_trait]
impl Channel for Line {
    async fn send(&self, parcel: &Parcel) -> Result<(), Undelivered> {
        let busy = || Undelivered::Later { why: "busy".to_owned(), wait: None };
        let mut stream = TcpStream::connect(self.0).await.map_err(|_| busy())?;
        let line = format!("{}\n", parcel.notice.key);
        stream.write_all(line.as_bytes()).await.map_err(|_| busy())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.map_err(|_| busy())?;
        if answer == "ok" { Ok(()) } else { Err(busy()) }
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(24 * 3600)
    }
}

/// A server on this machine, and the keys that it hears. It answers at once, or lets go of the line when it is let go.
async fn server(let_go: Option<watch::Receiver<bool>>) -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (hear, heard) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, hear.clone(), let_go.clone()));
        }
    });
    (address, heard)
}

async fn answer(
    mut stream: TcpStream,
    hear: mpsc::UnboundedSender<String>,
    let_go: Option<watch::Receiver<bool>>,
) {
    let mut key = String::new();
    BufReader::new(&mut stream).read_line(&mut key).await.expect("a key");
    hear.send(key.trim_end().to_owned()).expect("somebody asks");
    match let_go {
        None => stream.write_all(b"ok").await.expect("answered"),
        Some(mut let_go) => drop(let_go.wait_for(|gone| *gone).await.expect("let go")),
    }
}

/// A clock that somebody sets.
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        timestamp(self.0.load(Ordering::Relaxed))
    }
}

async fn report(runtime: &Runtime, id: i64, label: &str, now: Timestamp) {
    let protocol = pathway();
    let answers = serde_json::json!({ "months": 3 });
    let data: Data = protocol.data_from_json(answers.as_object().expect("answers")).expect("answers");
    let trigger = protocol.trigger_named("knock").expect("a trigger");
    let event = Event::Reported { trigger, data, by: None };
    runtime.open(id, label, &event, now, &mut Silent).await.expect("opened");
}

async fn open(runtime: &Runtime, id: i64, label: &str, now: Timestamp) {
    report(runtime, id, label, now).await;
    runtime.deliver(now, &mut Silent).await.expect("planned");
}

/// Keeps of each message when it counts and when it was written down.
#[derive(Debug, Clone, Default)]
struct Moments(Arc<Mutex<Vec<[Timestamp; 2]>>>);

impl Moments {
    fn add(&self, notice: &Notice) {
        self.0.lock().expect("not poisoned").push([notice.at, notice.written]);
    }

    fn taken(&self) -> Vec<[Timestamp; 2]> {
        std::mem::take(&mut self.0.lock().expect("not poisoned"))
    }
}

#[async_trait]
impl Channel for Moments {
    async fn send(&self, parcel: &Parcel) -> Result<(), Undelivered> {
        self.add(&parcel.notice);
        Ok(())
    }
}

impl Watch for Moments {
    fn notice(&mut self, notice: &Notice) {
        self.add(notice);
    }
}

/// What happened in March is entered in June: since then it waits.
#[tokio::test]
async fn what_is_reported_afterwards_waits_since_it_was_written_down() {
    let (counts, entered) = (at("2026-03-02T10:00"), at("2026-06-01T09:00"));
    for (store, _place) in stores().await {
        let mut moments = Moments::default();
        let mut routes = Routes::default();
        routes.add("box", moments.clone());
        routes.reach("*", "box");
        let clock = Hands(AtomicI64::new(micros(entered)));
        let runtime = Runtime::new(store.clone(), None).await.expect("a runtime");
        let mut runtime = runtime.delivering(routes).recorded_by(clock);
        let id = runtime.add(pathway(), entered).await.expect("added");
        report(&runtime, id, "case-a", counts).await;
        assert_eq!(store.pulse().await.expect("read").oldest_notice, Some(micros(entered)));
        let told = runtime.deliver(entered, &mut moments).await.expect("planned");
        assert!(told > 0, "somebody is told");
        assert_eq!(moments.taken()[..], [[counts, entered]].repeat(size(told)), "as it is logged");
        let posted = runtime.postman().round(entered, "postman").await.expect("sent");
        assert!(posted.sent > 0, "{posted:?}");
        assert_eq!(moments.taken()[..], [[counts, entered]].repeat(size(posted.sent)), "as it is sent");
        assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults, []);
    }
}

fn size(count: u64) -> usize {
    usize::try_from(count).expect("few")
}

async fn waiting(runtime: &Runtime) -> Vec<Delivery> {
    runtime.store().post().deliveries(Some(Progress::Waiting), 0, 9999).await.expect("read")
}

#[tokio::test]
async fn a_server_that_does_not_answer_holds_up_nothing_but_what_is_for_it() {
    let (let_go, gone) = watch::channel(false);
    let mut routes = Routes::default();
    let mut hanging = Vec::new();
    for number in 0..HANGING {
        let (address, heard) = server(Some(gone.clone())).await;
        // They come first, in whichever order names stand.
        routes.add(&format!("a-{number}"), Line(address));
        routes.reach("worker", &format!("a-{number}"));
        hanging.push(heard);
    }
    let (address, mut heard) = server(None).await;
    routes.add("fast", Line(address));
    routes.reach("worker", "fast");
    let mut runtime = Runtime::new(Store::in_memory(), None).await.expect("a runtime").delivering(routes);
    let (start, later) = (at("2026-03-02T10:00"), at("2026-03-02T11:00"));
    let id = runtime.add(pathway(), start).await.expect("added");
    for number in 0..CASES {
        open(&runtime, id, &format!("case-{number}"), start).await;
    }
    let (clock, mut postman) = (Hands(AtomicI64::new(micros(start))), runtime.postman());
    let (stop, stopped) = oneshot::channel::<()>();
    let following = postman.follow(&clock, "one", async { drop(stopped.await) });
    let looking = async {
        let mut keys = BTreeSet::new();
        while keys.len() < CASES {
            keys.insert(heard.recv().await.expect("a key"));
        }
        // What is planned while the others do not answer goes out as well.
        open(&runtime, id, "late", start).await;
        assert!(keys.insert(heard.recv().await.expect("a key")), "a new one");
        stop.send(()).expect("it follows");
        clock.0.store(micros(later), Ordering::Relaxed);
        let_go.send(true).expect("they wait");
    };
    let (followed, ()) = tokio::join!(following, looking);
    followed.expect("it ends when those have let go that did not answer");
    let left = waiting(&runtime).await;
    assert!(left.iter().all(|delivery| delivery.channel != "fast"), "{left:#?}");
    for (number, mut heard) in hanging.into_iter().enumerate() {
        let mut keys = BTreeSet::new();
        while let Ok(key) = heard.try_recv() {
            assert!(keys.insert(key.clone()), "{key} went there twice");
        }
        assert!((1..=EACH).contains(&keys.len()), "{} at once by one channel", keys.len());
        let own = left.iter().filter(|delivery| delivery.channel == format!("a-{number}"));
        let (tried, rest): (Vec<&Delivery>, Vec<&Delivery>) =
            own.partition(|delivery| keys.contains(&delivery.key));
        assert_eq!((tried.len(), tried.len() + rest.len()), (keys.len(), CASES + 1));
        // The wait begins when it is known that nobody answered.
        let soonest = micros(later + SignedDuration::from_secs(5));
        assert!(tried.iter().all(|one| one.attempt == 1 && one.next_at >= soonest), "{tried:#?}");
        // Who is asked to stop takes nothing more.
        assert!(rest.iter().all(|one| (one.attempt, one.epoch) == (0, 0)), "{rest:#?}");
    }
}

/// Breaks off whatever it is to send.
#[derive(Debug)]
struct Broken;

#[async_trait]
impl Channel for Broken {
    async fn send(&self, parcel: &Parcel) -> Result<(), Undelivered> {
        panic!("this channel breaks off: {}", parcel.notice.key)
    }
}

#[tokio::test]
async fn what_a_channel_breaks_off_is_tried_again_as_any_other_try_in_vain() {
    let mut routes = Routes::default();
    routes.add("broken", Broken);
    routes.reach("*", "broken");
    let runtime = opened(Store::in_memory(), &Letterbox::default()).await.delivering(routes);
    let now = at("2026-03-02T10:00");
    runtime.deliver(now, &mut Silent).await.expect("planned");
    let mut postman = runtime.postman();
    assert_eq!(postman.round(now, "one").await.expect("tried").postponed, 2);
    let left = waiting(&runtime).await;
    assert!(left.iter().all(|one| one.attempt == 1 && one.next_at > micros(now)), "{left:#?}");
    assert_eq!(postman.failures().await.len(), 2);
}

const EARLY: &str = r#"pathway early {
  version "1"
  office hours 09:00 to 17:00
  agency house
  role worker of house
  lead house
  trigger knock from anyone { -> first }
  stage first {
    must task talk by worker within 3 working days
    remind worker 2 working days before talk is due
    on talk done    -> good
    on talk overdue notify house
    after 6 months  -> bad
  }
  end good success no aftercare because "a test stops here"
  end bad  failure
}
"#;

#[tokio::test]
async fn who_sends_hears_of_a_holiday_that_was_decreed_since() {
    let protocol = compile(EARLY).protocols.into_iter().next().expect("a pathway");
    let channel = Letterbox::default();
    let mut routes = Routes::default();
    routes.add("box", channel.clone());
    routes.reach("*", "box");
    let mut runtime = Runtime::new(Store::in_memory(), None).await.expect("a runtime").delivering(routes);
    let (monday, wednesday) = (at("2026-03-02T10:00"), at("2026-03-04T00:00"));
    let id = runtime.add(protocol.clone(), monday).await.expect("added");
    let trigger = protocol.trigger_named("knock").expect("a trigger");
    let event = Event::Reported { trigger, data: Data::new(), by: None };
    runtime.open(id, "case-a", &event, monday, &mut Silent).await.expect("opened");
    let mut postman = runtime.postman();
    // The reminder is planned for the office hours of Wednesday, and then that day is a holiday.
    runtime.advance(wednesday, &mut Silent).await.expect("time goes by");
    runtime.deliver(wednesday, &mut Silent).await.expect("planned");
    assert_eq!(postman.round(wednesday, "one").await.expect("sent").sent, 1, "the task");
    channel.taken();
    let because = "Stcrt. 2026, 1".to_owned();
    let day = DecreeRow { what: "2026-03-04".to_owned(), because, added_at: micros(wednesday) };
    runtime.decree(vec![day], wednesday, &mut Silent, |_| {}).await.expect("decreed");
    let posted = postman.round(at("2026-03-04T09:00"), "one").await.expect("asked");
    assert_eq!((posted.postponed, posted.sent, channel.taken()), (1, 0, Vec::new()));
    let held = waiting(&runtime).await;
    assert_eq!(held.iter().map(|one| timestamp(one.next_at)).collect::<Vec<_>>(), [at("2026-03-05T09:00")]);
    assert_eq!(postman.round(at("2026-03-05T09:00"), "one").await.expect("sent").sent, 1);
    assert_eq!(channel.taken(), ["1-2-0 worker reminder"]);
}
