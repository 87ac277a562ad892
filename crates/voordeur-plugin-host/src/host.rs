//! The virtual machine that all plugins share.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Config, Engine, EngineWeak};

use crate::bindings::{ActionPlugin, ActionPluginPre};
use crate::error::{HostError, LoadError};
use crate::limits::Limits;
use crate::plugin::{Guest, LogSink, Plugin};

/// How often a running plugin is made to let others run, so that its time limit can take effect.
const TICK: Duration = Duration::from_millis(10);

/// The virtual machine with its limits. Cheap to clone.
#[derive(Clone)]
pub struct PluginHost {
    engine: Engine,
    linker: Arc<Linker<Guest>>,
    limits: Limits,
    sink: Option<LogSink>,
}

impl PluginHost {
    /// Sets up the virtual machine.
    ///
    /// # Errors
    /// [`HostError`] when this machine cannot run it.
    pub fn new(limits: Limits) -> Result<Self, HostError> {
        let engine = Engine::new(&config())?;
        let mut linker = Linker::new(&engine);
        ActionPlugin::add_to_linker::<_, HasSelf<_>>(&mut linker, |guest| guest)?;
        tick(engine.weak());
        Ok(Self { engine, linker: Arc::new(linker), limits, sink: None })
    }

    /// Gives the lines that plugins write to this function; without one they are dropped.
    #[must_use]
    pub fn with_log(mut self, sink: LogSink) -> Self {
        self.sink = Some(sink);
        self
    }

    /// Loads a plugin from a file.
    ///
    /// # Errors
    /// [`LoadError`] names the file and what is wrong with it.
    pub async fn load(&self, path: &Path) -> Result<Plugin, LoadError> {
        let bytes =
            std::fs::read(path).map_err(|source| LoadError::Unreadable { path: path.to_owned(), source })?;
        self.load_bytes(&path.display().to_string(), &bytes).await
    }

    /// Loads a plugin from bytes; `name` stands in messages.
    ///
    /// # Errors
    /// [`LoadError`] says what is wrong with it.
    pub async fn load_bytes(&self, name: &str, bytes: &[u8]) -> Result<Plugin, LoadError> {
        let engine = self.engine.clone();
        let owned = bytes.to_vec();
        let compiled = tokio::task::spawn_blocking(move || Component::new(&engine, owned)).await;
        let component = match compiled {
            Ok(Ok(component)) => component,
            Ok(Err(error)) => {
                return Err(LoadError::NotAComponent { name: name.to_owned(), why: root(&error) });
            }
            Err(error) => {
                return Err(LoadError::NotAComponent { name: name.to_owned(), why: error.to_string() });
            }
        };
        let fits =
            |error: wasmtime::Error| LoadError::DoesNotFit { name: name.to_owned(), why: root(&error) };
        let linked = self.linker.instantiate_pre(&component).map_err(fits)?;
        let ready = ActionPluginPre::new(linked).map_err(fits)?;
        Plugin::new(name, bytes, self.engine.clone(), ready, self.limits, self.sink.clone()).await
    }
}

fn config() -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true).consume_fuel(true).epoch_interruption(true);
    // The same call must give the same answer on every machine.
    config.cranelift_nan_canonicalization(true).wasm_relaxed_simd(false);
    config
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
