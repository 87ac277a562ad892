//! Finds plugins by name, and loads each once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::Mutex;
use voordeur_plugin_contract::{Digest, Lock, Pin};

use crate::error::LoadError;
use crate::host::PluginHost;
use crate::plugin::Plugin;

/// Folders with plugins: `letter` is `FOLDER/letter.wasm`, `FOLDER/letter/letter.wasm`, or, for a component that a lock
/// file pins, any `FOLDER/letter/*.wasm` with that digest: older ones can stay beside newer ones.
pub struct PluginDirectory {
    host: PluginHost,
    folders: Vec<PathBuf>,
    lock: Option<Lock>,
    loaded: Mutex<BTreeMap<PathBuf, Plugin>>,
}

/// For which version of a pathway a plugin is looked for.
#[derive(Debug, Clone, Copy)]
pub struct For<'a> {
    /// The name of the pathway.
    pub pathway: &'a str,
    /// Its version.
    pub version: &'a str,
}

impl PluginDirectory {
    /// Plugins in these folders; the first folder that has one wins.
    #[must_use]
    pub fn new(host: PluginHost, folders: Vec<PathBuf>) -> Self {
        Self { host, folders, lock: None, loaded: Mutex::new(BTreeMap::new()) }
    }

    /// Only the components that this lock pins are run.
    #[must_use]
    pub fn with_lock(mut self, lock: Lock) -> Self {
        self.lock = Some(lock);
        self
    }

    /// How long any call may take at most.
    #[must_use]
    pub fn longest_call(&self) -> Duration {
        self.host.longest_call()
    }

    /// The plugin with this name, whatever the lock says.
    ///
    /// # Errors
    /// [`LoadError`] when there is none, or when it does not fit.
    pub async fn plugin(&self, name: &str) -> Result<Plugin, LoadError> {
        self.load(name, &self.path(name)?).await
    }

    /// The plugin with this name for a version of a pathway: with a lock, the component that is pinned.
    ///
    /// # Errors
    /// [`LoadError`] when there is none, when it is another than the pinned one, or when it does not fit.
    pub async fn plugin_for(&self, name: &str, version: For<'_>) -> Result<Plugin, LoadError> {
        let Some(lock) = &self.lock else { return self.plugin(name).await };
        let Pin::Digest(pinned) = lock.pin(version.pathway, version.version, name) else {
            return Err(LoadError::NotPinned {
                name: name.to_owned(),
                pathway: version.pathway.to_owned(),
                version: version.version.to_owned(),
            });
        };
        let path = self.pinned(name, pinned)?;
        let plugin = self.load(name, &path).await?;
        if plugin.digest() == pinned {
            return Ok(plugin);
        }
        Err(LoadError::OtherDigest { name: name.to_owned(), pinned, found: vec![plugin.digest()] })
    }

    async fn load(&self, name: &str, path: &Path) -> Result<Plugin, LoadError> {
        let mut loaded = self.loaded.lock().await;
        if let Some(plugin) = loaded.get(path) {
            return Ok(plugin.clone());
        }
        let plugin = self.host.load(path).await?;
        if plugin.manifest().id != name {
            return Err(LoadError::OtherName { name: name.to_owned(), id: plugin.manifest().id.clone() });
        }
        loaded.insert(path.to_owned(), plugin.clone());
        Ok(plugin)
    }

    fn path(&self, name: &str) -> Result<PathBuf, LoadError> {
        let looked = self.places(name)?;
        match looked.iter().find(|path| path.is_file()) {
            Some(path) => Ok(path.clone()),
            None => Err(LoadError::NotFound { name: name.to_owned(), looked }),
        }
    }

    fn places(&self, name: &str) -> Result<Vec<PathBuf>, LoadError> {
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || !name.chars().all(known) {
            return Err(LoadError::BadName(name.to_owned()));
        }
        let file = format!("{name}.wasm");
        let places = |folder: &PathBuf| [folder.join(&file), folder.join(name).join(&file)];
        Ok(self.folders.iter().flat_map(places).collect())
    }

    /// The file with the pinned component.
    fn pinned(&self, name: &str, pinned: Digest) -> Result<PathBuf, LoadError> {
        let looked = self.places(name)?;
        let mut candidates: Vec<PathBuf> = looked.iter().filter(|path| path.is_file()).cloned().collect();
        for folder in &self.folders {
            candidates.extend(components(&folder.join(name)));
        }
        let mut found = Vec::new();
        for path in candidates {
            let bytes = std::fs::read(&path)
                .map_err(|source| LoadError::Unreadable { path: path.clone(), source })?;
            let digest = Digest::of(&bytes);
            if digest == pinned {
                return Ok(path);
            }
            if !found.contains(&digest) {
                found.push(digest);
            }
        }
        if found.is_empty() {
            return Err(LoadError::NotFound { name: name.to_owned(), looked });
        }
        Err(LoadError::OtherDigest { name: name.to_owned(), pinned, found })
    }
}

/// The components in a folder, in the order of their names.
fn components(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "wasm")).collect();
    paths.sort();
    paths
}
