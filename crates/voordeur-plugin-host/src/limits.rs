//! What a call may use at most.

use std::time::Duration;

use voordeur_plugin_contract::Limits as Given;

/// Limits on one call of a plugin.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Units of work of the virtual machine; about one per instruction. The same call uses the same amount.
    pub fuel: u64,
    /// Wall time, against a plugin that waits.
    pub time: Duration,
    /// Bytes of memory, all memories and tables of the plugin together.
    pub memory: usize,
    /// Bytes of the answer.
    pub output: usize,
    /// Bytes of log lines; the rest is dropped.
    pub log: usize,
    /// Requests over the network.
    pub requests: u32,
    /// Bytes of all requests and responses together.
    pub traffic: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel: 2_000_000_000,
            time: Duration::from_secs(30),
            memory: 64 << 20,
            output: 4 << 20,
            log: 64 << 10,
            requests: 20,
            traffic: 8 << 20,
        }
    }
}

impl Limits {
    /// These limits, with what an operator gives in their place.
    #[must_use]
    pub fn with(self, given: Given) -> Self {
        Self {
            fuel: given.fuel.unwrap_or(self.fuel),
            time: given.time().unwrap_or(self.time),
            memory: given.memory.unwrap_or(self.memory),
            output: given.output.unwrap_or(self.output),
            log: given.log.unwrap_or(self.log),
            requests: given.requests.unwrap_or(self.requests),
            traffic: given.traffic.unwrap_or(self.traffic),
        }
    }
}

/// Counts what all memories and tables take together: wasmtime's own limiter counts each alone.
#[derive(Debug)]
pub(crate) struct Memory {
    most: usize,
    used: usize,
    pub(crate) refused: bool,
}

impl Memory {
    pub(crate) const fn new(most: usize) -> Self {
        Self { most, used: 0, refused: false }
    }

    fn grow(&mut self, current: usize, desired: usize) -> bool {
        let used = self.used.saturating_add(desired.saturating_sub(current));
        let fits = used <= self.most;
        if fits {
            self.used = used;
        } else {
            self.refused = true;
        }
        fits
    }
}

/// The bytes that one element of a table takes in the host.
const ELEMENT: usize = size_of::<usize>();

impl wasmtime::ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _most: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.grow(current, desired))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _most: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.grow(current.saturating_mul(ELEMENT), desired.saturating_mul(ELEMENT)))
    }
}
