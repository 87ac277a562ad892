//! `voordeur plugin component`.

use std::path::Path;

use anyhow::{Context as _, Result};
use voordeur_messages::say;

use crate::failure::Outcome;

pub(super) fn component(module: &Path, file: &Path) -> Result<Outcome> {
    let name = module.display();
    let bytes = std::fs::read(module).with_context(|| say!("{name}: cannot be read", name))?;
    let component = voordeur_plugin_host::component_of(&bytes)
        .map_err(|why| anyhow::anyhow!(say!("{name}: no module of a plugin: {why}", name, why)))?;
    let name = file.display();
    std::fs::write(file, component).with_context(|| say!("{name}: cannot be written", name))?;
    Ok(Outcome::Clean)
}
