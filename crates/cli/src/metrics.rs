//! What `serve` tells Prometheus: how far behind the work is, what was done, how many cases are where, and how long which
//! partner lets people wait. Numbers only; no label of a case.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use voordeur_runtime::{Beat, Census, timestamp};
use voordeur_store::Waits;

/// Without a sign of life for so long a worker is not healthy.
const SILENCE: Duration = Duration::from_secs(30);

/// The last that is known, for whoever asks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Metrics(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    started: Option<Timestamp>,
    beat: Option<Beat>,
    /// Why the database did not answer when it was last asked, apart from all work.
    silent: Option<String>,
    census: Option<Census>,
    /// What waits to be delivered, by channel.
    waiting: BTreeMap<String, Waits>,
    /// How many tries were in vain, by channel.
    failures: BTreeMap<String, u64>,
    steps: u64,
    messages: u64,
    troubles: u64,
}

impl Known {
    /// Why the database cannot be worked with.
    fn away(&self) -> Option<&str> {
        self.silent.as_deref().or_else(|| self.beat.as_ref()?.away.as_deref())
    }
}

impl Metrics {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first sign of life.
    pub(crate) fn starts(&self, now: Timestamp) {
        self.known().started = Some(now);
    }

    pub(crate) fn step(&self) {
        let mut known = self.known();
        known.steps = known.steps.saturating_add(1);
    }

    pub(crate) fn message(&self) {
        let mut known = self.known();
        known.messages = known.messages.saturating_add(1);
    }

    pub(crate) fn trouble(&self) {
        let mut known = self.known();
        known.troubles = known.troubles.saturating_add(1);
    }

    /// Channels of which nothing waits any more stay on the page.
    pub(crate) fn waiting(&self, waiting: &BTreeMap<String, Waits>) {
        let mut known = self.known();
        known.waiting.values_mut().for_each(|waits| *waits = Waits::NONE);
        known.waiting.extend(waiting.iter().map(|(channel, waits)| (channel.clone(), *waits)));
    }

    pub(crate) fn failed(&self, channel: &str) {
        let mut known = self.known();
        let count = known.failures.entry(channel.to_owned()).or_default();
        *count = count.saturating_add(1);
    }

    /// Gives why the database cannot be worked with, or that it can again, when that is news.
    pub(crate) fn beat(&self, beat: &Beat) -> Option<Option<String>> {
        self.news(|known| known.beat = Some(beat.clone()))
    }

    /// What the database has answered to whoever only asks whether it is there; gives the same.
    pub(crate) fn answered(&self, silent: Option<String>) -> Option<Option<String>> {
        self.news(|known| known.silent = silent)
    }

    fn news(&self, change: impl FnOnce(&mut Known)) -> Option<Option<String>> {
        let mut known = self.known();
        let was = known.away().is_none();
        change(&mut known);
        let away = known.away();
        (was != away.is_none()).then(|| away.map(str::to_owned))
    }

    pub(crate) fn census(&self, census: &Census) {
        self.known().census = Some(census.clone());
    }

    /// Whether the loop goes round.
    pub(crate) fn is_healthy(&self, now: Timestamp) -> bool {
        let known = self.known();
        let sign = known.beat.as_ref().map(|beat| beat.at).or(known.started);
        sign.is_some_and(|at| now.duration_since(at).unsigned_abs() < SILENCE)
    }

    /// Whether it does its work: the database is there.
    pub(crate) fn is_ready(&self, now: Timestamp) -> bool {
        let works = || {
            let known = self.known();
            known.beat.is_some() && known.away().is_none()
        };
        self.is_healthy(now) && works()
    }

    /// The text format of Prometheus.
    pub(crate) fn text(&self, now: Timestamp) -> String {
        let known = self.known();
        let mut page = Page::default();
        if let Some(beat) = &known.beat {
            page.beat(beat);
            let there = u8::from(known.away().is_none());
            page.one("voordeur_database_up", "gauge", "Whether the database can be worked with.", there);
            page.pulse(beat, now);
        }
        page.one("voordeur_steps_total", "counter", "Steps that this program has written.", known.steps);
        page.one(
            "voordeur_messages_total",
            "counter",
            "Messages that this program has sent.",
            known.messages,
        );
        page.one(
            "voordeur_troubles_total",
            "counter",
            "Troubles that this program has told.",
            known.troubles,
        );
        page.deliveries(&known, now);
        if let Some(census) = &known.census {
            page.census(census);
        }
        page.0
    }
}

#[derive(Debug, Default)]
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}").unwrap_or_default();
    }

    fn value(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let labels: Vec<String> =
            labels.iter().map(|(label, text)| format!("{label}=\"{}\"", escaped(text))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        writeln!(self.0, "{name}{labels} {value}").unwrap_or_default();
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.head(name, kind, help);
        self.value(name, &[], value);
    }

    fn beat(&mut self, beat: &Beat) {
        let leads = u8::from(beat.leads);
        self.one("voordeur_leader", "gauge", "Whether this program leads in upkeep.", leads);
        let fired = beat.advanced.timers;
        self.one("voordeur_timers_fired_total", "counter", "Timers that this program has fired.", fired);
        let calls = beat.advanced.calls;
        self.one("voordeur_calls_total", "counter", "Calls of plugins that this program has made.", calls);
        let unusable = beat.unusable;
        let help = "Stored pathways that this program cannot use.";
        self.one("voordeur_pathways_unusable", "gauge", help, unusable);
    }

    fn pulse(&mut self, beat: &Beat, now: Timestamp) {
        let Some(pulse) = beat.pulse else { return };
        let age = |since: Option<i64>| {
            since.map_or(0.0, |since| now.duration_since(timestamp(since)).as_secs_f64().max(0.0))
        };
        let lag = age(pulse.first_due);
        self.one("voordeur_timer_lag_seconds", "gauge", "For how long the earliest timer is overdue.", lag);
        self.head("voordeur_outbox_age_seconds", "gauge", "For how long the oldest message or call waits.");
        self.value("voordeur_outbox_age_seconds", &[("kind", "notice")], age(pulse.oldest_notice));
        self.value("voordeur_outbox_age_seconds", &[("kind", "call")], age(pulse.oldest_call));
        // As `incidents list` has them: dead letters wait for an operator too.
        let waiting = pulse.incidents.saturating_add(pulse.dead);
        self.one("voordeur_incidents", "gauge", "What waits for an operator.", waiting);
        self.one("voordeur_dead_letters", "gauge", "Messages that could not be delivered.", pulse.dead);
    }

    fn deliveries(&mut self, known: &Known, now: Timestamp) {
        self.head("voordeur_deliveries_waiting", "gauge", "Deliveries that wait, by channel.");
        for (channel, waits) in &known.waiting {
            self.value("voordeur_deliveries_waiting", &[("channel", channel)], waits.count);
        }
        let help = "For how long the oldest delivery waits that should have gone out.";
        self.head("voordeur_delivery_age_seconds", "gauge", help);
        for (channel, waits) in &known.waiting {
            let age = now.duration_since(timestamp(waits.since)).as_secs_f64().max(0.0);
            self.value("voordeur_delivery_age_seconds", &[("channel", channel)], age);
        }
        let help = "Tries of this program to deliver that were in vain.";
        self.head("voordeur_delivery_failures_total", "counter", help);
        for channel in known.waiting.keys().filter(|channel| !known.failures.contains_key(*channel)) {
            self.value("voordeur_delivery_failures_total", &[("channel", channel)], 0);
        }
        for (channel, count) in &known.failures {
            self.value("voordeur_delivery_failures_total", &[("channel", channel)], count);
        }
    }

    fn census(&mut self, census: &Census) {
        let at = census.at.as_second();
        self.one("voordeur_census_timestamp_seconds", "gauge", "When cases were counted.", at);
        let steps = census.steps;
        self.one(
            "voordeur_journal_steps_total",
            "counter",
            "Steps of all programs: the rate is that of commands and timers.",
            steps,
        );
        self.head("voordeur_open_cases", "gauge", "Open cases by stage.");
        for ((pathway, stage), count) in &census.open {
            self.value("voordeur_open_cases", &[("pathway", pathway), ("stage", stage)], count);
        }
        type Of = fn(&voordeur_runtime::Partner) -> Option<f64>;
        let gauges: [(&str, &str, Of); 5] = [
            ("voordeur_referrals_open", "Referrals that are open.", |p| Some(p.open as f64)),
            ("voordeur_referrals_unaccepted", "Referrals that are not accepted yet.", |p| {
                Some(p.unaccepted as f64)
            }),
            (
                "voordeur_referral_waiting_seconds",
                "For how long unaccepted referrals have been waiting, together.",
                |p| Some(p.waiting),
            ),
            ("voordeur_referral_longest_seconds", "For how long the longest of them has.", |p| {
                Some(p.longest)
            }),
            (
                "voordeur_partner_capacity",
                "For how many referrals at once the pathway says there is room.",
                |p| p.capacity.map(f64::from),
            ),
        ];
        for (name, help, of) in gauges {
            self.head(name, "gauge", help);
            for ((pathway, partner), waits) in &census.partners {
                if let Some(value) = of(waits) {
                    self.value(name, &[("pathway", pathway), ("partner", partner)], value);
                }
            }
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
