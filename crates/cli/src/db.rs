//! `voordeur db`: looking after a database.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::json;
use voordeur_messages::say;
use voordeur_runtime::{Audit, Fault, Rewrap, SystemClock};
use voordeur_store::shown;

use crate::args::{Common, DbArgs, DbCommand, Format};
use crate::failure::{Outcome, Refused};
use crate::progress::Progress;
use crate::runtime::{existing, explain, looking, vault_of, viewed};

pub(crate) async fn db(args: &DbArgs) -> Result<Outcome> {
    match &args.command {
        DbCommand::Verify { common } => verify(&common.db, common.format).await,
        DbCommand::Rewrap { new_key_file, common } => rewrap(new_key_file, common).await,
        DbCommand::Backup { to, common } => backup(to, common).await,
    }
}

/// Changes the key of the operator.
async fn rewrap(new_key_file: &Path, common: &Common) -> Result<Outcome> {
    let new = vault_of(new_key_file)?;
    let runtime = existing(&common.db, None).await?;
    let done = {
        let bar = Progress::of_cases(None);
        runtime.rewrap(&new, |seen| bar.at(seen)).await
    };
    runtime.store().close().await;
    let Rewrap { moved, kept, left } = done?;
    let mut out = io::stdout().lock();
    if common.format == Format::Json {
        serde_json::to_writer_pretty(&mut out, &json!({ "moved": moved, "kept": kept, "left": left }))?;
        writeln!(out)?;
        return Ok(Outcome::clean_if(left.is_empty()));
    }
    for label in &left {
        let what = say!(
            "its key is not kept under the new key: `--key-file` does not open it, or a program wrote it meanwhile; stop what works on the database and give the command again"
        );
        writeln!(out, "{label}: {what}")?;
    }
    writeln!(
        out,
        "{}",
        say!(
            "{moved} keys moved; {kept} of {all} are kept under the new key",
            moved,
            kept,
            all = kept.saturating_add(left.len() as u64)
        )
    )?;
    Ok(Outcome::clean_if(left.is_empty()))
}

/// A copy that was not proved is no backup.
async fn backup(to: &Path, common: &Common) -> Result<Outcome> {
    if to.exists() {
        return Err(Refused(say!("{name}: it is there already", name = shown(to))).into());
    }
    // It is only read: also on a disk that is read only, where a copy is wanted most.
    let store = viewed(&common.db).await?;
    // Under another name until it is whole: half a copy is none. Whoever was killed halfway has left one.
    let part = beside(to, ".part");
    forget(&part);
    let copied = store.copy_to(&part).await;
    store.close().await;
    let outcome = match copied {
        Ok(()) => verify(&part, common.format).await,
        Err(error) => Err(error.into()),
    };
    // A copy with faults is no backup either: nobody may take it for one.
    if !matches!(outcome, Ok(Outcome::Clean)) {
        forget(&part);
        return outcome;
    }
    std::fs::rename(&part, to).with_context(|| shown(to))?;
    outcome
}

/// With what the database keeps beside a file: a journal that stayed behind would be taken for one of the next copy.
fn forget(file: &Path) {
    for end in ["", "-journal", "-wal", "-shm"] {
        std::fs::remove_file(beside(file, end)).unwrap_or_default();
    }
}

fn beside(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}

async fn verify(db: &Path, format: Format) -> Result<Outcome> {
    let runtime = looking(db).await?.recorded_by(SystemClock);
    let audit = {
        let bar = Progress::of_cases(Some(0));
        runtime.verify(|done, all| bar.at_of(done, all)).await.map_err(explain)?
    };
    runtime.store().close().await;
    match format {
        Format::Json => show_json(&audit)?,
        Format::Text => show(&audit)?,
    }
    Ok(Outcome::clean_if(audit.faults.is_empty()))
}

fn show(audit: &Audit) -> Result<()> {
    let mut out = io::stdout().lock();
    for fault in &audit.faults {
        match &fault.case {
            Some(case) => writeln!(out, "{case}: {}", fault.what)?,
            None => writeln!(out, "{}", fault.what)?,
        }
    }
    let seen = audit.looked_at;
    let seen = say!(
        "{cases} cases, {steps} steps, {timers} timers, {messages} messages",
        cases = seen.cases,
        steps = seen.steps,
        timers = seen.timers,
        messages = seen.messages
    );
    let verdict = match audit.faults.len() {
        0 => say!("the journal gives every row"),
        faults => say!("{faults} faults; put back a copy, and ask what changed the database", faults),
    };
    Ok(writeln!(out, "{seen}: {verdict}")?)
}

fn show_json(audit: &Audit) -> Result<()> {
    let fault = |fault: &Fault| json!({ "case": fault.case, "what": fault.what });
    let seen = audit.looked_at;
    let all = json!({
        "looked_at": {
            "cases": seen.cases, "steps": seen.steps, "timers": seen.timers, "messages": seen.messages,
        },
        "faults": audit.faults.iter().map(fault).collect::<Vec<_>>(),
    });
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &all)?;
    Ok(writeln!(out)?)
}
