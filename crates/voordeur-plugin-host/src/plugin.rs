//! A loaded plugin and how it is called.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use wasmtime::{Engine, Store, Trap};

use crate::bindings::exports::voordeur::plugin::action as wit;
use crate::bindings::voordeur::plugin::host::{Host, Level};
use crate::bindings::{ActionPlugin, ActionPluginPre};
use crate::call::{Call, Outcome};
use crate::error::{ActionError, LoadError};
use crate::host::root;
use crate::limits::{Limits, Memory};

/// What a plugin says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Its name.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Its actions.
    pub actions: Vec<Action>,
}

/// An action of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// The name after `does` in a pathway.
    pub name: String,
    /// What it is for.
    pub summary: String,
    /// Whether a second call with the same key does nothing more than the first.
    pub idempotent: bool,
    /// The settings that it knows.
    pub settings: Vec<Setting>,
}

/// A setting of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Whether the action cannot do without.
    pub needed: bool,
}

/// A loaded plugin. Cheap to clone; calls do not share anything.
#[derive(Clone)]
pub struct Plugin(Arc<Loaded>);

struct Loaded {
    engine: Engine,
    ready: ActionPluginPre<Guest>,
    limits: Limits,
    manifest: Manifest,
    digest: String,
    sink: Option<LogSink>,
}

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
    memory: Memory,
    plugin: String,
    log: usize,
    sink: Option<LogSink>,
}

impl Host for Guest {
    async fn log(&mut self, level: Level, text: String) {
        let Some(left) = self.log.checked_sub(text.len()) else { return };
        self.log = left;
        if let Some(sink) = &self.sink {
            sink(LogLine { plugin: self.plugin.clone(), level: word(level), text });
        }
    }
}

const fn word(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    }
}

impl Plugin {
    pub(crate) async fn new(
        name: &str,
        bytes: &[u8],
        engine: Engine,
        ready: ActionPluginPre<Guest>,
        limits: Limits,
        sink: Option<LogSink>,
    ) -> Result<Self, LoadError> {
        let digest = Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap_or_default();
            hex
        });
        let nothing = Manifest { id: String::new(), version: String::new(), actions: Vec::new() };
        let mut loaded = Loaded { engine, ready, limits, manifest: nothing, digest, sink };
        let described = loaded.describe().await;
        loaded.manifest =
            described.map_err(|source| LoadError::NoManifest { name: name.to_owned(), source })?;
        Ok(Self(Arc::new(loaded)))
    }

    /// What it says about itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }

    /// The SHA-256 digest of its bytes, in hexadecimal.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.0.digest
    }

    /// Calls an action.
    ///
    /// # Errors
    /// [`ActionError`]: what the plugin says, or which limit it met.
    pub async fn perform(&self, call: &Call) -> Result<Outcome, ActionError> {
        self.perform_counted(call).await.map(|(outcome, _)| outcome)
    }

    /// As [`Self::perform`], with the fuel it took: the same call takes the same fuel.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn perform_counted(&self, call: &Call) -> Result<(Outcome, u64), ActionError> {
        let limits = self.0.limits;
        let request = wit::Request {
            action: call.action.clone(),
            key: call.key.clone(),
            now: call.now.clone(),
            payload: call.payload(),
        };
        let (answer, fuel) = self
            .0
            .with_guest(async |plugin, store| {
                plugin.voordeur_plugin_action().call_perform(store, &request).await
            })
            .await?;
        let outcome = answer.map_err(said)?;
        Ok((Outcome::read(&outcome.payload, limits.output)?, fuel))
    }
}

impl Loaded {
    async fn describe(&self) -> Result<Manifest, ActionError> {
        let (manifest, _) = self
            .with_guest(async |plugin, store| plugin.voordeur_plugin_action().call_describe(store).await)
            .await?;
        Ok(read_manifest(manifest))
    }

    /// Runs something in a fresh store, within the limits.
    async fn with_guest<T>(
        &self,
        work: impl AsyncFnOnce(&ActionPlugin, &mut Store<Guest>) -> wasmtime::Result<T>,
    ) -> Result<(T, u64), ActionError> {
        let mut store = self.store().map_err(|error| ActionError::Trapped(root(&error)))?;
        let run = async {
            let plugin = self.ready.instantiate_async(&mut store).await?;
            work(&plugin, &mut store).await
        };
        let result = tokio::time::timeout(self.limits.time, run).await;
        match result {
            Err(_) => Err(ActionError::TookTooLong(self.limits.time)),
            Ok(Ok(value)) => {
                let left = store.get_fuel().unwrap_or(0);
                Ok((value, self.limits.fuel.saturating_sub(left)))
            }
            Ok(Err(error)) => Err(self.why(&error, store.data().memory.refused)),
        }
    }

    fn store(&self) -> wasmtime::Result<Store<Guest>> {
        let guest = Guest {
            memory: Memory::new(self.limits.memory),
            plugin: self.manifest.id.clone(),
            log: self.limits.log,
            sink: self.sink.clone(),
        };
        let mut store = Store::new(&self.engine, guest);
        store.limiter(|guest| &mut guest.memory);
        store.set_fuel(self.limits.fuel)?;
        store.epoch_deadline_async_yield_and_update(1);
        Ok(store)
    }

    fn why(&self, error: &wasmtime::Error, memory_refused: bool) -> ActionError {
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => ActionError::OutOfFuel(self.limits.fuel),
            _ if memory_refused => ActionError::TooMuchMemory(self.limits.memory),
            Some(trap) => ActionError::Trapped(trap.to_string()),
            None => ActionError::Trapped(root(error)),
        }
    }
}

fn said(error: wit::ActionError) -> ActionError {
    match error {
        wit::ActionError::InvalidInput(why) => ActionError::InvalidInput(why),
        wit::ActionError::Refused(why) => ActionError::Refused(why),
        wit::ActionError::NeedsHuman(why) => ActionError::NeedsHuman(why),
        wit::ActionError::Retryable(retry) => ActionError::Retryable {
            reason: retry.reason,
            after: retry.after_seconds.map(|seconds| Duration::from_secs(seconds.into())),
        },
    }
}

fn read_manifest(manifest: wit::Manifest) -> Manifest {
    let setting = |setting: wit::Setting| Setting { name: setting.name, needed: setting.needed };
    let action = |action: wit::ActionDescription| Action {
        name: action.name,
        summary: action.summary,
        idempotent: action.idempotent,
        settings: action.settings.into_iter().map(setting).collect(),
    };
    Manifest {
        id: manifest.id,
        version: manifest.version,
        actions: manifest.actions.into_iter().map(action).collect(),
    }
}
