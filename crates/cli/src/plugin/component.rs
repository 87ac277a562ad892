//! `voordeur plugin component`.

use std::path::Path;

use anyhow::{Context as _, Result};
use voordeur_messages::say;
use voordeur_plugin_host::Setup;

use crate::failure::Outcome;
use crate::plugins;

pub(super) async fn component(module: &Path, file: &Path) -> Result<Outcome> {
    let name = module.display();
    let bytes = std::fs::read(module).with_context(|| say!("{name}: cannot be read", name))?;
    let component = voordeur_plugin_host::component_of(&bytes)
        .map_err(|why| anyhow::anyhow!(say!("{name}: no module of a plugin: {why}", name, why)))?;
    // What is no plugin is not written.
    plugins::host(Setup::default())?.load_bytes(&name.to_string(), &component).await?;
    let name = file.display();
    std::fs::write(file, component).with_context(|| say!("{name}: cannot be written", name))?;
    Ok(Outcome::Clean)
}
