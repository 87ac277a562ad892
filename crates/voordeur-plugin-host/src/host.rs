//! The virtual machine that all plugins share.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use voordeur_messages::say;
use voordeur_plugin_contract::{Keys, Operator};
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{
    Cache, CacheConfig, Config, Enabled, Engine, EngineWeak, InstanceAllocationStrategy,
    PoolingAllocationConfig,
};

use crate::access::Access;
use crate::bindings::{ActionPlugin, ActionPluginPre};
use crate::error::{HostError, LoadError};
use crate::guest::{Guest, LogSink};
use crate::http::{Live, Transport};
use crate::imports::{Needs, needs};
use crate::limits::Limits;
use crate::plugin::{Parts, Plugin};

/// How often a running plugin is made to let others run, so that its time limit can take effect.
const TICK: Duration = Duration::from_millis(10);

/// How many calls can be under way at once. Their memories and stacks are set apart beforehand.
const CALLS: u32 = 64;

/// The virtual machine with what plugins may do on it. Cheap to clone.
#[derive(Clone)]
pub struct PluginHost(Arc<Shared>);

struct Shared {
    engine: Engine,
    plain: Linker<Guest>,
    with_wasi: Linker<Guest>,
    keys: Keys,
    setup: Setup,
}

/// How a host is set up.
#[derive(Clone)]
pub struct Setup {
    /// The limits of a plugin for which the operator gives no others.
    pub limits: Limits,
    /// The folder for compiled components, which only this program may write to. Without one nothing is kept.
    pub cache: Option<PathBuf>,
    /// What plugins may do. By default they may do nothing but compute.
    pub operator: Operator,
    /// The values of the secrets that the operator names: by plugin and name.
    pub secrets: BTreeMap<(String, String), String>,
    /// What carries requests.
    pub transport: Arc<dyn Transport>,
    /// Where the lines of plugins go; without one they are dropped.
    pub log: Option<LogSink>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            cache: None,
            operator: Operator::default(),
            secrets: BTreeMap::new(),
            transport: Arc::new(Live::default()),
            log: None,
        }
    }
}

impl PluginHost {
    /// A host on which plugins may do nothing but compute.
    ///
    /// # Errors
    /// [`HostError`] when this machine cannot run it.
    pub fn new(limits: Limits) -> Result<Self, HostError> {
        Self::with(Setup { limits, ..Setup::default() })
    }

    /// A host that is set up in another way.
    ///
    /// # Errors
    /// [`HostError`] when this machine cannot run it, or a key of the operator is none.
    pub fn with(setup: Setup) -> Result<Self, HostError> {
        let keys = Keys::read(&setup.operator.plugins.keys).map_err(|error| HostError(error.to_string()))?;
        let engine = engine(&setup)?;
        let mut plain = Linker::new(&engine);
        ActionPlugin::add_to_linker::<_, HasSelf<_>>(&mut plain, |guest| guest)?;
        let mut with_wasi = plain.clone();
        wasmtime_wasi::p2::add_to_linker_async(&mut with_wasi)?;
        tick(engine.weak());
        Ok(Self(Arc::new(Shared { engine, plain, with_wasi, keys, setup })))
    }

    /// Loads a plugin from a file. When the operator trusts keys, one of them must have signed it.
    ///
    /// # Errors
    /// [`LoadError`] names the file and what is wrong with it.
    pub async fn load(&self, path: &Path) -> Result<Plugin, LoadError> {
        let bytes =
            std::fs::read(path).map_err(|source| LoadError::Unreadable { path: path.to_owned(), source })?;
        let name = path.display().to_string();
        self.check_signature(&name, path, &bytes)?;
        self.load_bytes(&name, &bytes).await
    }

    /// Loads a plugin from bytes, whoever signed them; `name` stands in messages.
    ///
    /// # Errors
    /// [`LoadError`] says what is wrong with it.
    pub async fn load_bytes(&self, name: &str, bytes: &[u8]) -> Result<Plugin, LoadError> {
        let component = self.compile(name, bytes).await?;
        let fits =
            |error: wasmtime::Error| LoadError::DoesNotFit { name: name.to_owned(), why: root(&error) };
        let needs = needs(&self.0.engine, &component)
            .map_err(|import| LoadError::MissingImport { name: name.to_owned(), import })?;
        let linker = match needs {
            Needs::Contract => &self.0.plain,
            Needs::Wasi => &self.0.with_wasi,
        };
        let linked = linker.instantiate_pre(&component).map_err(fits)?;
        let ready = ActionPluginPre::new(linked).map_err(fits)?;
        Plugin::new(name, bytes, self.parts(ready, needs)).await
    }

    /// What the operator lets a plugin do, with what it asks for.
    pub(crate) fn access(&self, manifest: &voordeur_plugin_contract::Manifest) -> (Limits, Access) {
        let setup = &self.0.setup;
        let grant = setup.operator.grant(&manifest.id);
        let limits = setup.limits.with(grant.limits);
        let secrets = grant.secrets.keys().filter_map(|name| {
            let value = setup.secrets.get(&(manifest.id.clone(), name.clone()))?;
            Some((name.clone(), value.clone()))
        });
        let secrets = secrets.collect();
        (limits, Access::new(&manifest.id, manifest.wants.clone(), grant, secrets))
    }

    /// How long a call of any plugin may take at most.
    pub(crate) fn longest_call(&self) -> Duration {
        let setup = &self.0.setup;
        let operator = &setup.operator;
        let named = operator.named().filter_map(|plugin| operator.grant(plugin).limits.time());
        let general = operator.plugins.limits.time().unwrap_or(setup.limits.time);
        named.chain([general]).max().unwrap_or(setup.limits.time)
    }

    fn parts(&self, ready: ActionPluginPre<Guest>, needs: Needs) -> Parts {
        let setup = &self.0.setup;
        Parts {
            host: self.clone(),
            engine: self.0.engine.clone(),
            ready,
            needs,
            limits: setup.limits,
            transport: setup.transport.clone(),
            sink: setup.log.clone(),
        }
    }

    async fn compile(&self, name: &str, bytes: &[u8]) -> Result<Component, LoadError> {
        let wrong = |why: String| LoadError::NotAComponent { name: name.to_owned(), why };
        if let Some(why) = other_than_a_component(bytes) {
            return Err(wrong(why));
        }
        let (engine, owned) = (self.0.engine.clone(), bytes.to_vec());
        match tokio::task::spawn_blocking(move || Component::new(&engine, owned)).await {
            Ok(compiled) => compiled.map_err(|error| wrong(root(&error))),
            Err(error) => Err(wrong(error.to_string())),
        }
    }

    fn check_signature(&self, name: &str, path: &Path, bytes: &[u8]) -> Result<(), LoadError> {
        if self.0.keys.is_empty() {
            return Ok(());
        }
        let mut beside = path.as_os_str().to_owned();
        beside.push(".minisig");
        let beside = PathBuf::from(beside);
        let signature = match std::fs::read_to_string(&beside) {
            Ok(signature) => signature,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(LoadError::NotSigned { name: name.to_owned(), path: beside });
            }
            Err(source) => return Err(LoadError::Unreadable { path: beside, source }),
        };
        let checked = self.0.keys.check(bytes, &signature);
        checked.map_err(|source| LoadError::Signature { name: name.to_owned(), source })
    }
}

/// What most often stands in such a file instead.
fn other_than_a_component(bytes: &[u8]) -> Option<String> {
    if !bytes.starts_with(b"\0asm") {
        return Some(say!("it does not begin as WebAssembly does"));
    }
    let module = bytes.get(4..8) == Some(&[1, 0, 0, 0]);
    module.then(|| say!("it is a module, of which `voordeur plugin component MODULE FILE` makes a component"))
}

/// Where there is not enough room in the address space for the pool, memory is taken as it is needed.
fn engine(setup: &Setup) -> Result<Engine, HostError> {
    let mut config = config();
    if let Some(folder) = &setup.cache {
        let mut cache = CacheConfig::new();
        cache.with_directory(folder);
        let cache = Cache::new(cache)
            .map_err(|error| HostError(format!("{}: {}", folder.display(), root(&error))))?;
        config.cache(Some(cache));
    }
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(most_memory(setup))));
    match Engine::new(&config) {
        Ok(engine) => Ok(engine),
        Err(_) => {
            config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
            Ok(Engine::new(&config)?)
        }
    }
}

fn config() -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true).consume_fuel(true).epoch_interruption(true);
    // The same call must give the same answer on every machine.
    config.cranelift_nan_canonicalization(true).wasm_relaxed_simd(false);
    config
}

fn pool(memory: usize) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(CALLS)
        .total_stacks(CALLS)
        .total_memories(CALLS * 4)
        .total_tables(CALLS * 8)
        .total_core_instances(CALLS * 16)
        .max_memory_size(memory)
        // The runtimes of languages are large: Spin sets much the same apart.
        .max_core_instance_size(10 << 20)
        .max_component_instance_size(10 << 20)
        .max_core_instances_per_component(200)
        .max_memories_per_component(16)
        .max_tables_per_component(64)
        .max_tables_per_module(16)
        .table_elements(100_000)
        .table_keep_resident(16 << 10);
    // A memory is as good as new after each call. Where Linux tells which pages were touched, only those are written
    // anew, and they stay. Without that the first pages would be, and those are mostly others than a plugin has used.
    if PoolingAllocationConfig::is_pagemap_scan_available() {
        pool.pagemap_scan(Enabled::Yes).linear_memory_keep_resident(256 << 10);
    }
    pool
}

/// The largest memory that any plugin may have, in whole pages.
fn most_memory(setup: &Setup) -> usize {
    let operator = &setup.operator;
    let granted = operator.named().filter_map(|plugin| operator.grant(plugin).limits.memory);
    let general = operator.plugins.limits.memory.unwrap_or(setup.limits.memory);
    let most = granted.chain([general, setup.limits.memory]).max().unwrap_or(0);
    most.next_multiple_of(64 << 10)
}

/// Ticks as long as the engine lives.
fn tick(engine: EngineWeak) {
    thread::spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    });
}

/// The first cause in a chain of errors, on one line.
pub(crate) fn root(error: &wasmtime::Error) -> String {
    let words: Vec<String> = error.chain().map(ToString::to_string).collect();
    words.join(": ").lines().next().unwrap_or_default().to_owned()
}
