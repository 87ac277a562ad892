//! `voordeur plugin lock`.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use voordeur_messages::say;
use voordeur_plugin_host::contract::{Digest, Lock, Pin};
use voordeur_plugin_host::{PluginDirectory, Setup};
use voordeur_protocol::Spec;

use crate::failure::Outcome;
use crate::plugins;
use crate::replace::replace_keeping_mark;
use crate::source;

pub(super) async fn lock(
    files: &[PathBuf],
    folders: &[PathBuf],
    path: &Path,
    update: bool,
) -> Result<Outcome> {
    let directory = PluginDirectory::new(plugins::host(Setup::default())?, folders.to_vec());
    let mut pins = if path.exists() { plugins::lock(path)? } else { Lock::default() };
    let mut changed = Vec::new();
    for file in files {
        let source = source::read(file)?;
        if source.compiled.has_errors() {
            bail!("{}", say!("{name}: the pathway has errors", name = source.name));
        }
        for protocol in source.compiled.own() {
            for row in protocol.obligations.rows() {
                let Spec::Action(action) = &row.spec else { continue };
                let digest = directory.plugin(&action.plugin).await?.digest();
                let one = One { pathway: &protocol.name, version: &protocol.version, plugin: &action.plugin };
                changed.extend(one.pin(&mut pins, digest, update));
            }
        }
    }
    if !path.exists() {
        std::fs::write(path, "").with_context(|| say!("{name}: cannot be written", name = path.display()))?;
    }
    replace_keeping_mark(path, &pins.write())?;
    let mut out = io::stdout().lock();
    for line in changed {
        writeln!(out, "{line}")?;
    }
    Ok(Outcome::Clean)
}

struct One<'a> {
    pathway: &'a str,
    version: &'a str,
    plugin: &'a str,
}

impl One<'_> {
    /// Pins a component, and says what changed.
    fn pin(&self, lock: &mut Lock, digest: Digest, update: bool) -> Option<String> {
        let Self { pathway, version, plugin } = self;
        match lock.pin(pathway, version, plugin) {
            Pin::Digest(same) if same == digest => None,
            Pin::Digest(_) if !update => Some(say!(
                "{pathway} {version}: `{plugin}` stays as it was pinned, and another component is there; `--update` pins that one",
                pathway,
                version,
                plugin
            )),
            _ => {
                lock.set(pathway, version, plugin, digest);
                Some(say!("{pathway} {version}: `{plugin}` is {digest}", pathway, version, plugin, digest))
            }
        }
    }
}
