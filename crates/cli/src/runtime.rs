//! Opening the database and the plugins for a command.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use anyhow::{Context as _, Result};
use voordeur_messages::{say, shown};
use voordeur_runtime::{Runtime, RuntimeError, Vault};
use voordeur_store::{Store, StoreError};

use crate::args::PluginArgs;
use crate::clock;
use crate::failure::Refused;
use crate::plugins;

/// Whether a pathway of the database has this party: a mistyped one has nothing, for ever.
pub(crate) fn check_party(runtime: &Runtime, role: &str) -> Result<()> {
    let mut all = runtime.protocols().iter().flat_map(|(_, protocol)| protocol.parties.rows());
    match all.any(|party| party.name == role) {
        true => Ok(()),
        false => Err(Refused(say!("no pathway has a party `{role}`", role = shown(role))).into()),
    }
}

/// What an operator does to cases is done by somebody.
pub(crate) fn somebody(by: Option<&str>) -> Result<()> {
    match by {
        Some(_) => Ok(()),
        None => Err(Refused(say!(
            "say who decides this, with `--by`: a reference of your organisation, such as `m-17`, and no name"
        ))
        .into()),
    }
}

/// The runtime of a database for what an operator decides: the journal has when it was done, and by whom where that is said.
pub(crate) async fn deciding(db: &Path, by: Option<&str>) -> Result<Runtime> {
    deciding_with(db, None, by).await
}

/// The same, where plugins are called by what is decided.
pub(crate) async fn deciding_with(
    db: &Path,
    plugins: Option<&PluginArgs>,
    by: Option<&str>,
) -> Result<Runtime> {
    let runtime = clock::follow(existing(db, plugins).await?);
    match by {
        Some(person) => runtime.acting_for(person).map_err(explain),
        None => Ok(runtime),
    }
}

/// A runtime on a database that is there.
pub(crate) async fn existing(db: &Path, plugins: Option<&PluginArgs>) -> Result<Runtime> {
    runtime(opened(Store::open(db).await?), plugins).await
}

/// A runtime on a database that is made when it is not there.
pub(crate) async fn created(db: &Path, plugins: &PluginArgs) -> Result<Runtime> {
    runtime(opened(Store::create(db).await?), Some(plugins)).await
}

/// A runtime on a database that is there, to look at it as it is at this moment: nothing is written, and nothing can be.
pub(crate) async fn looking(db: &Path) -> Result<Runtime> {
    runtime(viewed(db).await?, None).await
}

/// The same database, without looking at what is in it.
pub(crate) async fn viewed(db: &Path) -> Result<Store> {
    Ok(opened(Store::view(db).await?))
}

/// Every database that this command has opened.
static OPENED: Mutex<Vec<Store>> = Mutex::new(Vec::new());

fn opened(store: Store) -> Store {
    OPENED.lock().unwrap_or_else(PoisonError::into_inner).push(store.clone());
    store
}

/// A command that has ended with an error leaves nothing open either: the log beside a file has in it what was destroyed.
pub(crate) async fn close_all() {
    let opened = std::mem::take(&mut *OPENED.lock().unwrap_or_else(PoisonError::into_inner));
    for store in opened {
        store.close().await;
    }
}

/// A runtime whose cases are gone when the command ends.
pub(crate) async fn in_memory(plugins: &PluginArgs) -> Result<Runtime> {
    runtime(Store::in_memory(), Some(plugins)).await
}

async fn runtime(store: Store, plugins: Option<&PluginArgs>) -> Result<Runtime> {
    let directory = plugins.map(plugins::directory).transpose()?;
    Ok(Runtime::new(store, directory).await?.sealed_by(vault()?))
}

/// Where the key of the operator is, for every command.
static KEY_FILE: OnceLock<PathBuf> = OnceLock::new();

pub(crate) fn use_key_of(file: Option<PathBuf>) {
    if let Some(file) = file {
        // It is set once, before any command begins.
        KEY_FILE.set(file).unwrap_or_default();
    }
}

fn vault() -> Result<Vault> {
    KEY_FILE.get().map_or_else(|| Ok(Vault::default()), |file| vault_of(file))
}

/// The key of the operator that a file has.
pub(crate) fn vault_of(file: &Path) -> Result<Vault> {
    let name = file.display();
    let text = std::fs::read_to_string(file).with_context(|| say!("{name}: cannot be read", name))?;
    Vault::new(&text).with_context(|| name.to_string())
}

/// What was asked for is not allowed (exit status 1), or could not be done (2).
pub(crate) fn explain(error: RuntimeError) -> anyhow::Error {
    let refused = match &error {
        RuntimeError::Refused(_)
        | RuntimeError::NoSuchCase { .. }
        | RuntimeError::BadLabel { .. }
        | RuntimeError::BadHousehold { .. }
        | RuntimeError::BadPerson { .. }
        | RuntimeError::BadReason { .. }
        | RuntimeError::HouseholdKnown { .. }
        | RuntimeError::StillOpen { .. }
        | RuntimeError::NotOfHousehold { .. }
        | RuntimeError::NotSealed { .. }
        | RuntimeError::KeyMissing { .. }
        | RuntimeError::OtherKey { .. }
        | RuntimeError::Retired { .. }
        | RuntimeError::NotDecreed { .. }
        | RuntimeError::NoSuchIncident { .. }
        | RuntimeError::NoRemedy { .. }
        | RuntimeError::NoSuchVersion { .. }
        | RuntimeError::Unsaid { .. }
        | RuntimeError::BadSuccessor { .. }
        | RuntimeError::BadOwner { .. }
        | RuntimeError::OtherHousehold { .. }
        | RuntimeError::EndedLater { .. }
        | RuntimeError::NoSuchItem { .. }
        | RuntimeError::Taken { .. }
        | RuntimeError::NotThereYet { .. }
        | RuntimeError::DoneAlready { .. }
        | RuntimeError::SleepsTooLong { .. }
        | RuntimeError::Input(_) => true,
        RuntimeError::Store(store) => matches!(store, StoreError::Exists { .. }),
        _ => false,
    };
    if refused { Refused(error.to_string()).into() } else { error.into() }
}
