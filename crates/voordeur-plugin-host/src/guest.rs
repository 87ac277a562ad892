//! What the host keeps for one call, and what it answers the plugin.

use std::sync::Arc;

use crate::access::Access;
use crate::bindings::voordeur::plugin::{config, http, log, random, secrets};
use crate::http::{Failure, Net, Request};
use crate::limits::{Limits, Memory};
use crate::random::Random;
use crate::wasi::Wasi;

/// The most random bytes at a time.
const MOST_RANDOM: u32 = 65_536;

/// A line that a plugin writes for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The plugin.
    pub plugin: String,
    /// `debug`, `info`, `warn` or `error`.
    pub level: &'static str,
    /// The line.
    pub text: String,
}

/// Where the lines of plugins go.
pub type LogSink = Arc<dyn Fn(LogLine) + Send + Sync>;

/// What the host keeps for one call.
pub(crate) struct Guest {
    pub(crate) memory: Memory,
    pub(crate) log: Log,
    pub(crate) net: Net,
    pub(crate) wasi: Option<Box<Wasi>>,
    access: Arc<Access>,
    key: String,
    random: Random,
}

/// The lines of one call.
pub(crate) struct Log {
    plugin: String,
    left: usize,
    pub(crate) dropped: u64,
    pub(crate) lines: Vec<LogLine>,
}

impl Log {
    fn write(&mut self, level: &'static str, text: String) {
        match self.left.checked_sub(text.len().max(1)) {
            Some(left) => {
                self.left = left;
                self.lines.push(LogLine { plugin: self.plugin.clone(), level, text });
            }
            None => self.dropped += 1,
        }
    }
}

impl Guest {
    pub(crate) fn new(plugin: &str, key: &str, limits: &Limits, access: Arc<Access>, net: Net) -> Self {
        Self {
            memory: Memory::new(limits.memory),
            log: Log { plugin: plugin.to_owned(), left: limits.log, dropped: 0, lines: Vec::new() },
            net,
            wasi: None,
            access,
            key: key.to_owned(),
            random: Random::new(key),
        }
    }
}

impl log::Host for Guest {
    async fn write(&mut self, level: log::Level, text: String) {
        let level = match level {
            log::Level::Debug => "debug",
            log::Level::Info => "info",
            log::Level::Warn => "warn",
            log::Level::Error => "error",
        };
        self.log.write(level, text);
    }
}

impl config::Host for Guest {
    async fn get(&mut self, name: String) -> Option<String> {
        self.access.config(&name)
    }
}

impl random::Host for Guest {
    async fn bytes(&mut self, count: u32) -> Vec<u8> {
        self.random.bytes(usize::try_from(count.min(MOST_RANDOM)).unwrap_or_default())
    }
}

impl secrets::Host for Guest {
    async fn placeholder(&mut self, name: String) -> Option<String> {
        self.access.placeholder(&self.key, &name)
    }
}

impl http::Host for Guest {
    async fn send(&mut self, request: http::Request) -> Result<http::Response, http::Failure> {
        let url = url::Url::parse(&request.url).map_err(|error| {
            http::Failure::Invalid(voordeur_messages::say!("no address: {why}", why = error))
        })?;
        let headers =
            request.headers.into_iter().map(|header| (header.name.to_ascii_lowercase(), header.value));
        let request = Request { method: request.method, url, headers: headers.collect(), body: request.body };
        let response = self.net.send(&self.access, &self.key, request).await.map_err(failure)?;
        let header = |(name, value)| http::Header { name, value };
        Ok(http::Response {
            status: response.status,
            headers: response.headers.into_iter().map(header).collect(),
            body: response.body,
        })
    }
}

fn failure(failure: Failure) -> http::Failure {
    match failure {
        Failure::Denied(why) => http::Failure::Denied(why),
        Failure::Invalid(why) => http::Failure::Invalid(why),
        Failure::Unreachable(why) => http::Failure::Unreachable(why),
        Failure::TimedOut => http::Failure::TimedOut,
        Failure::TooMuch(why) => http::Failure::TooMuch(why),
    }
}
