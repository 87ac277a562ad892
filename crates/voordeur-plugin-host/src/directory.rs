//! Finds plugins by name, and loads each once.

use std::collections::BTreeMap;
use std::path::PathBuf;

use tokio::sync::Mutex;

use crate::error::LoadError;
use crate::host::PluginHost;
use crate::plugin::Plugin;

/// Folders with plugins: `letter` is `FOLDER/letter.wasm` or `FOLDER/letter/letter.wasm`.
pub struct PluginDirectory {
    host: PluginHost,
    folders: Vec<PathBuf>,
    loaded: Mutex<BTreeMap<String, Plugin>>,
}

impl PluginDirectory {
    /// Plugins in these folders; the first folder that has one wins.
    #[must_use]
    pub fn new(host: PluginHost, folders: Vec<PathBuf>) -> Self {
        Self { host, folders, loaded: Mutex::new(BTreeMap::new()) }
    }

    /// The plugin with this name.
    ///
    /// # Errors
    /// [`LoadError`] when there is none, or when it does not fit.
    pub async fn plugin(&self, name: &str) -> Result<Plugin, LoadError> {
        let mut loaded = self.loaded.lock().await;
        if let Some(plugin) = loaded.get(name) {
            return Ok(plugin.clone());
        }
        let plugin = self.host.load(&self.path(name)?).await?;
        loaded.insert(name.to_owned(), plugin.clone());
        Ok(plugin)
    }

    fn path(&self, name: &str) -> Result<PathBuf, LoadError> {
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || !name.chars().all(known) {
            return Err(LoadError::BadName(name.to_owned()));
        }
        let file = format!("{name}.wasm");
        let places = |folder: &PathBuf| [folder.join(&file), folder.join(name).join(&file)];
        let looked: Vec<PathBuf> = self.folders.iter().flat_map(places).collect();
        match looked.iter().find(|path| path.is_file()) {
            Some(path) => Ok(path.clone()),
            None => Err(LoadError::NotFound { name: name.to_owned(), looked }),
        }
    }
}
