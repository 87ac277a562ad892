//! The plugins of a command: their folders, what the operator lets them do, and the lock file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use voordeur_messages::say;
use voordeur_plugin_host::contract::{Lock, Operator, SecretSource};
use voordeur_plugin_host::http::Live;
use voordeur_plugin_host::{PluginDirectory, PluginHost, Setup};

use crate::args::PluginArgs;

/// The folders with plugins, on a host of their own.
pub(crate) fn directory(args: &PluginArgs) -> Result<PluginDirectory> {
    let operator = operator(args.operator.as_deref())?;
    let secrets = secrets(&operator)?;
    let transport = Arc::new(transport(&operator)?);
    let host = host(Setup { operator, secrets, transport, ..Setup::default() })?;
    let directory = PluginDirectory::new(host, args.folders.clone());
    Ok(match &args.lock {
        Some(path) => directory.with_lock(lock(path)?),
        None => directory,
    })
}

/// A host that keeps what it compiles for the next command; where that cannot be, it compiles each time.
pub(crate) fn host(setup: Setup) -> Result<PluginHost> {
    let cache = cache_folder().filter(|folder| std::fs::create_dir_all(folder).is_ok());
    PluginHost::with(Setup { cache, ..setup }).context("plugins")
}

/// What the operator file says; nothing is granted where there is none.
pub(crate) fn operator(path: Option<&Path>) -> Result<Operator> {
    let Some(path) = path else { return Ok(Operator::default()) };
    Ok(Operator::read(&path.display().to_string(), &text(path)?)?)
}

/// The lock file.
pub(crate) fn lock(path: &Path) -> Result<Lock> {
    Ok(Lock::read(&path.display().to_string(), &text(path)?)?)
}

/// The text of a file.
pub(crate) fn text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| say!("{name}: cannot be read", name = path.display()))
}

/// The network, with the authorities that the operator trusts.
fn transport(operator: &Operator) -> Result<Live> {
    let files = &operator.plugins.authorities;
    if files.is_empty() {
        return Ok(Live::default());
    }
    let mut all = String::new();
    for file in files {
        let pem = text(file)?;
        let wrong = |why: String| {
            anyhow!(say!("{name}: no certificates of authorities: {why}", name = file.display(), why))
        };
        Live::default().with_roots(pem.as_bytes()).map_err(wrong)?;
        all.push_str(&pem);
        all.push('\n');
    }
    Live::default().with_roots(all.as_bytes()).map_err(|why| anyhow!(why))
}

/// The values of the secrets that the operator file names.
fn secrets(operator: &Operator) -> Result<BTreeMap<(String, String), String>> {
    let mut values = BTreeMap::new();
    for plugin in operator.named() {
        for (name, source) in operator.grant(plugin).secrets {
            let value = secret(&source)
                .with_context(|| say!("the secret `{name}` of the plugin `{plugin}`", name, plugin))?;
            values.insert((plugin.to_owned(), name), value);
        }
    }
    Ok(values)
}

#[expect(clippy::disallowed_methods, reason = "the operator file names the variable")]
fn secret(source: &SecretSource) -> Result<String> {
    match source {
        SecretSource::Env(name) => {
            std::env::var(name).with_context(|| say!("the variable `{name}` is not set", name))
        }
        SecretSource::File(path) => Ok(text(path)?.trim_end_matches(['\r', '\n']).to_owned()),
    }
}

/// Where compiled components are kept.
#[expect(clippy::disallowed_methods, reason = "the environment says where a user keeps such things")]
fn cache_folder() -> Option<PathBuf> {
    let given = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let base = given.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    base.filter(|base| base.is_absolute()).map(|base| base.join("voordeur/plugins"))
}
