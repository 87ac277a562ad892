//! Opening the database and the plugins for a command.

use std::path::Path;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use voordeur_plugin_host::{Limits, PluginDirectory, PluginHost};
use voordeur_runtime::{Runtime, RuntimeError};
use voordeur_store::{Store, StoreError};

use crate::args::PluginArgs;
use crate::failure::Refused;

/// A runtime on a database that is there.
pub(crate) async fn existing(db: &Path, plugins: Option<&PluginArgs>) -> Result<Runtime> {
    runtime(Store::open(db).await?, plugins).await
}

/// A runtime on a database that is made when it is not there.
pub(crate) async fn created(db: &Path, plugins: &PluginArgs) -> Result<Runtime> {
    runtime(Store::create(db).await?, Some(plugins)).await
}

/// A runtime whose cases are gone when the command ends.
pub(crate) async fn in_memory(plugins: &PluginArgs) -> Result<Runtime> {
    runtime(Store::in_memory(), Some(plugins)).await
}

async fn runtime(store: Store, plugins: Option<&PluginArgs>) -> Result<Runtime> {
    let directory = plugins.map(|plugins| directory(&plugins.folders)).transpose()?;
    Ok(Runtime::new(store, directory).await?)
}

fn directory(folders: &[PathBuf]) -> Result<PluginDirectory> {
    let host = PluginHost::new(Limits::default()).context("plugins")?;
    Ok(PluginDirectory::new(host, folders.to_vec()))
}

/// What was asked for is not allowed (exit status 1), or could not be done (2).
pub(crate) fn explain(error: RuntimeError) -> anyhow::Error {
    let refused = match &error {
        RuntimeError::Refused(_) | RuntimeError::NoSuchCase { .. } | RuntimeError::BadLabel { .. } => true,
        RuntimeError::Store(store) => matches!(store, StoreError::Exists { .. }),
        _ => false,
    };
    if refused { Refused(error.to_string()).into() } else { error.into() }
}
