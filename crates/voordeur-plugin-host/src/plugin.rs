//! A loaded plugin and how it is called.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use voordeur_messages::say;
use voordeur_plugin_contract::{Action, Digest, Grant, Manifest};
use wasmtime::{Engine, PoolConcurrencyLimitError, Store, Trap};

use crate::access::Access;
use crate::bindings::exports::voordeur::plugin::action as wit;
use crate::bindings::{ActionPlugin, ActionPluginPre};
use crate::call::{Call, Outcome};
use crate::error::{ActionError, LoadError};
use crate::guest::{Guest, LogLine, LogSink};
use crate::host::{PluginHost, root};
use crate::http::{Exchange, Net, Transport};
use crate::imports::Needs;
use crate::limits::Limits;
use crate::wasi::Wasi;

/// A loaded plugin. Cheap to clone; calls do not share anything.
#[derive(Clone)]
pub struct Plugin(Arc<Loaded>);

struct Loaded {
    parts: Parts,
    access: Arc<Access>,
    manifest: Manifest,
    digest: Digest,
}

/// What a plugin is made of.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) host: PluginHost,
    pub(crate) engine: Engine,
    pub(crate) ready: ActionPluginPre<Guest>,
    pub(crate) needs: Needs,
    pub(crate) limits: Limits,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) sink: Option<LogSink>,
}

/// A call and all that can be told of it.
#[derive(Debug, Clone)]
pub struct Report {
    /// What came of it.
    pub result: Result<Outcome, ActionError>,
    /// The units of work it took: the same for the same call.
    pub fuel: u64,
    /// The lines it wrote.
    pub log: Vec<LogLine>,
    /// How many lines were too much.
    pub dropped: u64,
    /// The requests it made, in their order, as it saw them.
    pub exchanges: Vec<Exchange>,
}

impl Plugin {
    pub(crate) async fn new(name: &str, bytes: &[u8], parts: Parts) -> Result<Self, LoadError> {
        let digest = Digest::of(bytes);
        let mut loaded = Loaded { parts, access: Arc::default(), manifest: nameless(), digest };
        let described = loaded.describe().await;
        let text = described
            .map_err(|source| LoadError::NoManifest { name: name.to_owned(), source: Box::new(source) })?;
        loaded.manifest = Manifest::read(&text)
            .map_err(|source| LoadError::BadManifest { name: name.to_owned(), source })?;
        let (limits, access) = loaded.parts.host.access(&loaded.manifest);
        loaded.parts.limits = limits;
        loaded.access = Arc::new(access);
        Ok(Self(Arc::new(loaded)))
    }

    /// What it says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }

    /// The digest of its bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.0.digest
    }

    /// The limits on a call of it.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.0.parts.limits
    }

    /// Whether it brings the runtime of a language along, which asks for WASI.
    #[must_use]
    pub fn uses_wasi(&self) -> bool {
        self.0.parts.needs == Needs::Wasi
    }

    /// The same plugin with other rights and another network, as the cases of its author have them.
    #[must_use]
    pub fn granted(
        &self,
        grant: Grant,
        secrets: BTreeMap<String, String>,
        transport: Arc<dyn Transport>,
    ) -> Self {
        let manifest = self.0.manifest.clone();
        let access = Arc::new(Access::new(&manifest.id, manifest.wants.clone(), grant, secrets));
        let parts = Parts { transport, ..self.0.parts.clone() };
        Self(Arc::new(Loaded { parts, access, manifest, digest: self.0.digest }))
    }

    /// Calls an action.
    ///
    /// # Errors
    /// [`ActionError`]: what the plugin says, or which limit it met.
    pub async fn perform(&self, call: &Call) -> Result<Outcome, ActionError> {
        self.report(call).await.result
    }

    /// Calls an action and tells all of it.
    pub async fn report(&self, call: &Call) -> Report {
        let action = match self.0.checked(call) {
            Ok(action) => action,
            Err(error) => {
                return Report {
                    result: Err(error),
                    fuel: 0,
                    log: Vec::new(),
                    dropped: 0,
                    exchanges: Vec::new(),
                };
            }
        };
        let request = wit::Request {
            action: call.action.clone(),
            key: call.key.clone(),
            now: call.now.clone(),
            payload: call.payload(),
        };
        let (result, mut guest, fuel) = self
            .0
            .with_guest(&call.key, &call.now, async |plugin, store| {
                plugin.voordeur_plugin_action().call_perform(store, &request).await
            })
            .await;
        let most = self.0.parts.limits.output;
        let result = result
            .and_then(|answer| answer.map_err(said))
            .and_then(|text| Outcome::read(&text, most, action));
        if let Some(sink) = &self.0.parts.sink {
            guest.log.lines.iter().for_each(|line| sink(line.clone()));
        }
        Report {
            result,
            fuel,
            dropped: guest.log.dropped,
            log: guest.log.lines,
            exchanges: guest.net.exchanges(),
        }
    }
}

const fn nameless() -> Manifest {
    let wants = voordeur_plugin_contract::Wants { http: Vec::new(), secrets: Vec::new(), config: Vec::new() };
    Manifest { id: String::new(), version: String::new(), summary: String::new(), actions: Vec::new(), wants }
}

impl Loaded {
    async fn describe(&self) -> Result<String, ActionError> {
        let (text, ..) = self
            .with_guest("", "", async |plugin, store| {
                plugin.voordeur_plugin_action().call_describe(store).await
            })
            .await;
        text
    }

    /// The action that is called, when what goes in fits it.
    fn checked(&self, call: &Call) -> Result<&Action, ActionError> {
        let action = self.manifest.action(&call.action).ok_or_else(|| {
            ActionError::WrongInput(say!("it has no action `{action}`", action = call.action))
        })?;
        let missing = action
            .settings
            .iter()
            .find(|setting| setting.needed && !call.settings.contains_key(&setting.name));
        if let Some(setting) = missing {
            let name = &setting.name;
            return Err(ActionError::WrongInput(say!(
                "the setting `{name}` is missing: write `with {name} = \"…\"`",
                name
            )));
        }
        action.input.check(&call.fields).map_err(|mismatch| ActionError::WrongInput(mismatch.to_string()))?;
        Ok(action)
    }

    /// Runs something in a fresh store, within the limits. The store is thrown away, whatever came of it.
    async fn with_guest<T>(
        &self,
        key: &str,
        now: &str,
        work: impl AsyncFnOnce(&ActionPlugin, &mut Store<Guest>) -> wasmtime::Result<T>,
    ) -> (Result<T, ActionError>, Guest, u64) {
        let limits = &self.parts.limits;
        let mut store = self.store(key, now);
        let run = async {
            store.set_fuel(limits.fuel)?;
            let plugin = self.parts.ready.instantiate_async(&mut store).await?;
            work(&plugin, &mut store).await
        };
        let result = match tokio::time::timeout(limits.time, run).await {
            Err(_) => Err(ActionError::TookTooLong(limits.time)),
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(self.why(&error, store.data().memory.refused)),
        };
        let fuel = limits.fuel.saturating_sub(store.get_fuel().unwrap_or(0));
        (result, store.into_data(), fuel)
    }

    fn store(&self, key: &str, now: &str) -> Store<Guest> {
        let limits = &self.parts.limits;
        let net = Net::new(self.parts.transport.clone(), limits.requests, limits.traffic, limits.time);
        let mut guest = Guest::new(&self.manifest.id, key, limits, self.access.clone(), net);
        if self.parts.needs == Needs::Wasi {
            guest.wasi = Some(Box::new(Wasi::new(key, since_1970(now))));
        }
        let mut store = Store::new(&self.parts.engine, guest);
        store.limiter(|guest| &mut guest.memory);
        store.set_hostcall_fuel(limits.output.max(limits.traffic).max(limits.log).saturating_add(64 << 10));
        store.epoch_deadline_async_yield_and_update(1);
        store
    }

    fn why(&self, error: &wasmtime::Error, memory_refused: bool) -> ActionError {
        let limits = &self.parts.limits;
        if error.is::<PoolConcurrencyLimitError>() {
            return ActionError::Busy;
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => ActionError::OutOfFuel(limits.fuel),
            _ if memory_refused => ActionError::TooMuchMemory(limits.memory),
            Some(trap) => ActionError::Trapped(trap.to_string()),
            None if root(error).contains("hostcalls") => ActionError::TooMuchOutput(limits.output),
            None => ActionError::Trapped(root(error)),
        }
    }
}

/// A moment that cannot be read is the beginning of 1970: it comes from the runtime, not from a plugin.
fn since_1970(now: &str) -> Duration {
    let moment: Option<Timestamp> = now.parse().ok();
    moment.and_then(|now| Duration::try_from(now.as_duration()).ok()).unwrap_or_default()
}

fn said(error: wit::Failure) -> ActionError {
    match error {
        wit::Failure::InvalidInput(why) => ActionError::InvalidInput(why),
        wit::Failure::Refused(why) => ActionError::Refused(why),
        wit::Failure::NeedsHuman(why) => ActionError::NeedsHuman(why),
        wit::Failure::Retryable(retry) => ActionError::Retryable {
            reason: retry.reason,
            after: retry.after_seconds.map(|seconds| Duration::from_secs(seconds.into())),
        },
    }
}
