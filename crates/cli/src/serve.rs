//! `voordeur serve`: follow the clock until stopped.

use std::collections::BTreeMap;
use std::future::Future;
use std::io::{self, Write as _};
use std::time::Duration;
use voordeur_messages::say;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use voordeur_delivery::{Config, Feeds};
use voordeur_engine::describe_message;
use voordeur_runtime::{
    Agenda, Beat, Census, Clock as _, FailedTry, Happened, Notice, SystemClock, Trouble, Watch,
};
use voordeur_store::{Store, Waits};

use crate::args::{Format, ServeArgs};
use crate::failure::{Outcome, Refused, in_words};
use crate::http;
use crate::log::Log;
use crate::metrics::Metrics;
use crate::runtime::{created, existing, explain};
use crate::source;
use crate::timeline;

/// Writes a line for each message that goes out, and for each step.
struct Console {
    format: Format,
    log: Log,
    metrics: Metrics,
}

impl Console {
    fn line(&self, case: &str, at: Timestamp, local: &str, kind: &str, to: Option<&str>, what: &str) {
        let mut out = io::stdout().lock();
        let written = match self.format {
            Format::Json => {
                writeln!(out, "{}", json!({ "at": at, "case": case, "kind": kind, "to": to, "what": what }))
            }
            Format::Text => {
                let to = to.map_or(String::new(), |to| say!(" to {to}", to));
                writeln!(out, "{local}  {case}  {kind}{to}: {what}")
            }
        };
        // The loop goes on when nobody reads along: the database is what counts.
        written.and_then(|()| out.flush()).unwrap_or_default();
    }
}

impl Watch for Console {
    fn happened(&mut self, happened: &Happened) {
        self.metrics.step();
        self.log.step(SystemClock.now(), happened);
        for line in timeline::lines(&happened.protocol, happened.at, &happened.entries) {
            self.line(&happened.label, line.at, &line.local, "step", None, &line.what);
        }
    }

    fn notice(&mut self, notice: &Notice) {
        self.metrics.message();
        self.log.message(SystemClock.now(), notice);
        let local = timeline::local(&notice.protocol.calendar, notice.at);
        let what = describe_message(&notice.protocol, &notice.message);
        self.line(
            &notice.label,
            notice.at,
            &local,
            "message",
            Some(notice.receiver(&notice.protocol)),
            &what,
        );
    }

    fn trouble(&mut self, trouble: &Trouble) {
        self.metrics.trouble();
        self.log.trouble(SystemClock.now(), trouble);
    }

    fn failed(&mut self, failed: &FailedTry) {
        self.metrics.failed(&failed.channel);
        self.log.delivery_failed(SystemClock.now(), failed);
    }

    fn waiting(&mut self, waiting: &BTreeMap<String, Waits>) {
        self.metrics.waiting(waiting);
    }

    fn beat(&mut self, beat: &Beat) {
        if let Some(away) = self.metrics.beat(beat) {
            self.log.database(beat.at, away.as_deref());
        }
    }

    fn census(&mut self, census: &Census) {
        self.metrics.census(census);
    }
}

/// How often the database is asked whether it is there, apart from all work: who waits for an answer of a server that has gone
/// learns of it late.
const ASK: Duration = Duration::from_millis(500);

/// Asks until it is dropped.
async fn ask_the_database(store: Store, metrics: Metrics, log: Log) {
    loop {
        let silent = store.probe().await.err().map(|error| error.to_string());
        if let Some(away) = metrics.answered(silent) {
            log.database(SystemClock.now(), away.as_deref());
        }
        tokio::time::sleep(ASK).await;
    }
}

pub(crate) async fn serve(args: &ServeArgs) -> Result<Outcome> {
    match served(args).await {
        // Whoever reads the log reads why it ended.
        Err(error) if args.log == Format::Json => {
            Log(args.log).failed(SystemClock.now(), &in_words(&error));
            Ok(if error.is::<Refused>() { Outcome::Findings } else { Outcome::Failed })
        }
        done => done,
    }
}

async fn served(args: &ServeArgs) -> Result<Outcome> {
    let stop = stop_signal()?;
    let config = args.delivery.as_deref().map(Config::load).transpose()?;
    let protocols = source::protocols(&args.files)?;
    let runtime = if protocols.is_empty() {
        existing(&args.db, Some(&args.plugins)).await?
    } else {
        created(&args.db, &args.plugins).await?
    };
    let mut runtime = runtime.recorded_by(SystemClock);
    // Without a file this program has no channels, and leaves messages to those that have some.
    let feeds = match config {
        Some(config) => {
            runtime = runtime.delivering(config.routes);
            config.feeds
        }
        None => None,
    };
    for protocol in protocols {
        runtime.add(protocol, SystemClock.now()).await.map_err(explain)?;
    }
    let pathways = runtime.protocols().iter().count();
    let (log, metrics) = (Log(args.log), Metrics::default());
    metrics.starts(SystemClock.now());
    if let Some(address) = args.http {
        let address = http::answer(address, metrics.clone()).await?;
        let words = say!("metrics at http://{address}/metrics", address);
        log.say(SystemClock.now(), "listening", &words, json!({ "address": address }));
    }
    let db = runtime.store().path();
    let words = say!("serving {db} with {pathways} pathways; Ctrl-C stops", db, pathways);
    log.say(SystemClock.now(), "started", &words, json!({ "database": db, "pathways": pathways }));
    let asking = tokio::spawn(ask_the_database(runtime.store().clone(), metrics.clone(), log));
    let mut console = Console { format: args.format, log, metrics };
    let calendars = match feeds {
        Some(feeds) => Some(Calendars::start(feeds, runtime.agenda(), log).await?),
        None => None,
    };
    let advanced = runtime.serve(&SystemClock, stop, &mut console).await;
    asking.abort();
    let advanced = advanced?;
    if let Some(calendars) = calendars {
        calendars.stop().await?;
    }
    runtime.store().close().await;
    let (timers, calls) = (advanced.timers, advanced.calls);
    let words = say!("stopped: {timers} timers fired, {calls} plugin calls made", timers, calls);
    log.say(SystemClock.now(), "stopped", &words, json!({ "timers": timers, "calls": calls }));
    Ok(Outcome::Clean)
}

/// The calendars that are served beside the loop.
struct Calendars {
    task: JoinHandle<io::Result<()>>,
    stop: oneshot::Sender<()>,
}

impl Calendars {
    async fn start(feeds: Feeds, agenda: Agenda, log: Log) -> Result<Self> {
        let address = feeds.address();
        let listener = TcpListener::bind(address).await;
        let listener = listener.with_context(|| say!("calendars cannot be served at {address}", address))?;
        let address = listener.local_addr()?;
        let words = say!("serving calendars at http://{address}", address);
        log.say(SystemClock.now(), "calendars", &words, json!({ "address": address }));
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(voordeur_delivery::serve(listener, feeds, agenda, async {
            drop(stopped.await);
        }));
        Ok(Self { task, stop })
    }

    async fn stop(self) -> Result<()> {
        drop(self.stop);
        Ok(self.task.await??)
    }
}

/// Ready when the user or the system asks to stop. From this call on they are heard, also while work goes on.
fn stop_signal() -> Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        // Without a way to be told, it runs until it is killed; the database survives that.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
