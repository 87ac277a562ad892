//! WASI for the guests of languages that bring a runtime along (JavaScript, Python): a clock that stands at the moment
//! of the step, random bytes that follow from the key of the call, and nothing else: no files, no environment, no
//! sockets. A plugin that asks for none of it does not get it.

use std::time::Duration;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::random::Deterministic;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxView, WasiView};

use crate::guest::Guest;
use crate::random::Random;

/// After so many bytes the random bytes of WASI begin anew.
const RANDOM: usize = 4096;

pub(crate) struct Wasi {
    context: WasiCtx,
    table: ResourceTable,
}

/// The moment of the step, since 1970.
struct Still(Duration);

impl HostWallClock for Still {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn now(&self) -> Duration {
        self.0
    }
}

impl HostMonotonicClock for Still {
    fn resolution(&self) -> u64 {
        1_000_000_000
    }

    fn now(&self) -> u64 {
        0
    }
}

impl Wasi {
    /// `now` is the moment of the step, since 1970.
    pub(crate) fn new(key: &str, now: Duration) -> Self {
        let mut random = Random::new(key);
        let mut seed = [0; 16];
        seed.iter_mut().zip(random.bytes(16)).for_each(|(to, from)| *to = from);
        let context = WasiCtx::builder()
            .wall_clock(Still(now))
            .monotonic_clock(Still(Duration::ZERO))
            .secure_random(Deterministic::new(random.bytes(RANDOM)))
            .insecure_random(Deterministic::new(random.bytes(RANDOM)))
            .insecure_random_seed(u128::from_le_bytes(seed))
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .build();
        Self { context, table: ResourceTable::new() }
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        // Only a plugin that asks for WASI can come here, and for those it is made before the call.
        let wasi = self.wasi.get_or_insert_with(|| Box::new(Wasi::new("", Duration::ZERO)));
        WasiCtxView { ctx: &mut wasi.context, table: &mut wasi.table }
    }
}
