//! Calls of a plugin, next to bare calls of the same component with wasmtime, in the same run; many components from the
//! cache; and what is left in memory.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and a mistake in it may stop it"
)]

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::runtime::Runtime;
use voordeur_plugin_host::{Call, Plugin, PluginHost, Setup};
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};

/// The contract, without limits, rights, or anything else around it.
mod bare {
    wasmtime::component::bindgen!({ path: "wit/v1", world: "action-plugin" });

    use voordeur::plugin::{config, http, log, random, secrets};

    pub(crate) struct Nothing;

    impl log::Host for Nothing {
        fn write(&mut self, _: log::Level, _: String) {}
    }
    impl config::Host for Nothing {
        fn get(&mut self, _: String) -> Option<String> {
            None
        }
    }
    impl random::Host for Nothing {
        fn bytes(&mut self, _: u32) -> Vec<u8> {
            Vec::new()
        }
    }
    impl secrets::Host for Nothing {
        fn placeholder(&mut self, _: String) -> Option<String> {
            None
        }
    }
    impl http::Host for Nothing {
        fn send(&mut self, _: http::Request) -> Result<http::Response, http::Failure> {
            Err(http::Failure::TimedOut)
        }
    }
}

const CALLS: u32 = 10_000;
const COMPONENTS: u32 = 1_000;

fn built(plugin: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wasm-plugins"))
        .join(plugin)
        .join(format!("{plugin}.wasm"))
}

fn call() -> Call {
    let object = |value: serde_json::Value| value.as_object().cloned().unwrap_or_default();
    Call {
        action: "free_to_spend".to_owned(),
        key: "voordeur-1-1".to_owned(),
        now: "2026-03-02T09:00:00Z".to_owned(),
        fields: object(json!({ "income": { "cents": 150_000 }, "rent": { "cents": 65_000 } })),
        settings: object(json!({})),
    }
}

/// The median of many.
fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn host(cache: Option<&Path>) -> PluginHost {
    PluginHost::with(Setup { cache: cache.map(Path::to_owned), ..Setup::default() }).expect("a host")
}

/// One call after the other, on this host.
fn ours(runtime: &Runtime, plugin: &Plugin) -> Duration {
    let call = call();
    runtime.block_on(async {
        let mut times = Vec::new();
        for _ in 0..CALLS {
            let start = Instant::now();
            black_box(plugin.perform(&call).await).expect("an answer");
            times.push(start.elapsed());
        }
        median(times)
    })
}

/// The same with nothing but wasmtime: a store, an instance from the same kind of pool, a call.
fn bare(bytes: &[u8]) -> Duration {
    let mut config = Config::new();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(PoolingAllocationConfig::new()));
    let engine = Engine::new(&config).expect("an engine");
    let mut linker = Linker::new(&engine);
    bare::ActionPlugin::add_to_linker::<_, HasSelf<_>>(&mut linker, |nothing| nothing).expect("linked");
    let component = Component::new(&engine, bytes).expect("a component");
    let ready = bare::ActionPluginPre::new(linker.instantiate_pre(&component).expect("fits")).expect("fits");
    let call = call();
    let payload = json!({ "fields": call.fields, "settings": call.settings }).to_string();
    let request = bare::exports::voordeur::plugin::action::Request {
        action: call.action,
        key: call.key,
        now: call.now,
        payload,
    };
    let mut times = Vec::new();
    for _ in 0..CALLS {
        let start = Instant::now();
        let mut store = Store::new(&engine, bare::Nothing);
        let plugin = ready.instantiate(&mut store).expect("an instance");
        let answer = plugin.voordeur_plugin_action().call_perform(&mut store, &request);
        black_box(answer).expect("no trap").expect("an answer");
        times.push(start.elapsed());
    }
    median(times)
}

/// Components that differ in a custom section, each loaded by a host that finds them compiled.
fn from_the_cache(runtime: &Runtime, bytes: &[u8]) -> Duration {
    let folder = tempfile::tempdir().expect("a folder");
    let component = |n: u32| {
        let mut bytes = bytes.to_vec();
        bytes.extend([0, 6, 1, b'n']);
        bytes.extend(n.to_le_bytes());
        bytes
    };
    let load_all = |host: PluginHost| {
        let start = Instant::now();
        runtime.block_on(async {
            for n in 0..COMPONENTS {
                black_box(host.load_bytes("golden", &component(n)).await).expect("a plugin");
            }
        });
        start.elapsed()
    };
    load_all(host(Some(folder.path())));
    load_all(host(Some(folder.path())))
}

/// The memory that this program has, in kilobytes.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn main() {
    let runtime = Runtime::new().expect("a runtime");
    let bytes = fs::read(built("debt-budget")).expect("built");
    let plugin = runtime.block_on(host(None).load(&built("debt-budget"))).expect("a plugin");
    let warm = [(); 3].map(|()| (bare(&bytes), ours(&runtime, &plugin)));
    for (bare, ours) in warm {
        println!(
            "warm call: {ours:.2?}; bare wasmtime {bare:.2?}; ratio {:.2}",
            ours.as_secs_f64() / bare.as_secs_f64()
        );
    }
    let before = memory();
    ours(&runtime, &plugin);
    println!("memory before {CALLS} more calls {before} kB, after {} kB", memory());
    // A small one: what is measured is finding it, and a thousand large ones take many minutes to compile at first.
    let small = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/plugin-1.0.0.wasm");
    let took = from_the_cache(&runtime, &fs::read(small).expect("there"));
    println!("{COMPONENTS} components from the cache: {took:.2?}");
}
