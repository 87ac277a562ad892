//! `case open`, `case event`, `case advance`.

use std::io::{self, Write as _};
use std::path::Path;
use voordeur_messages::{say, shown};

use anyhow::{Result, bail};
use jiff::Timestamp;
use serde_json::json;
use voordeur_protocol::CheckedProtocol;
use voordeur_runtime::{
    Clock as _, Happened, Opened, Runtime, RuntimeError, Silent, SystemClock, Trouble, Watch,
};

use crate::args::{Common, Format, PluginArgs, ReportArgs, TieArgs};
use crate::clock;
use crate::failure::{Outcome, Refused};
use crate::runtime::{created, existing, explain, in_memory};
use crate::timeline;
use crate::trouble::tell;
use crate::{source, values};

/// Shows what happens as soon as it is written.
pub(crate) struct Show {
    format: Format,
    label: String,
    troubled: bool,
}

impl Show {
    pub(crate) const fn new(format: Format) -> Self {
        Self { format, label: String::new(), troubled: false }
    }
}

impl Watch for Show {
    fn happened(&mut self, happened: &Happened) {
        let lines = timeline::lines(&happened.protocol, happened.at, &happened.entries);
        let mut out = io::stdout().lock();
        let shown = match self.format {
            Format::Json => lines
                .iter()
                .try_for_each(|line| writeln!(out, "{}", json!({ "case": happened.label, "line": line }))),
            Format::Text => {
                let head = if self.label == happened.label {
                    String::new()
                } else {
                    format!("{}\n", happened.label)
                };
                self.label.clone_from(&happened.label);
                write!(out, "{head}{}", timeline::text(&lines))
            }
        };
        // What is written to the database is done, whether or not anybody reads about it.
        shown.unwrap_or_default();
    }

    fn trouble(&mut self, trouble: &Trouble) {
        self.troubled = true;
        tell(trouble);
    }
}

pub(super) async fn open(
    label: &str,
    trigger: &str,
    report: &ReportArgs,
    pathway: Option<&Path>,
    ties: &TieArgs,
    common: &Common,
    plugins: &PluginArgs,
) -> Result<Outcome> {
    let added = pathway.map(|path| source::to_run(path, None)).transpose()?;
    if let Some(protocol) = added.as_ref().filter(|_| is_new(&common.db)) {
        try_in_memory(protocol, label, trigger, report, ties, plugins).await?;
    }
    let runtime = match &added {
        Some(_) => created(&common.db, plugins).await?,
        None => existing(&common.db, Some(plugins)).await?,
    };
    let mut runtime = clock::follow(runtime);
    let (id, protocol) = match added {
        Some(protocol) => {
            (runtime.add(protocol.clone(), SystemClock.now()).await.map_err(explain)?, protocol)
        }
        None => newest(&runtime, trigger)?,
    };
    let at = at(&protocol, report)?;
    let data = values::data(&protocol, &report.data)?;
    let event = values::reported(&protocol, trigger, true, data, report)?;
    let mut show = Show::new(common.format);
    let opened = Opened { household: ties.household.as_deref(), follows: ties.follows.as_deref() };
    runtime.open_tied(id, label, &event, at, opened, &mut show).await.map_err(explain)?;
    go_on(&runtime, label, at, &mut show).await?;
    close(&runtime).await;
    // A plugin that failed is called again, or waits for an operator; what was asked here is done.
    Ok(Outcome::Clean)
}

/// What comes of a report that is written by now. That the database is away from here on takes nothing of it away: who reports it
/// again because this failed would report it twice.
async fn go_on(runtime: &Runtime, label: &str, at: Timestamp, show: &mut Show) -> Result<()> {
    match runtime.advance_case(label, at, show).await {
        Err(RuntimeError::Store(error)) if error.is_passing() => {
            let text = say!("what was reported is written, and what comes of it waits: {error}", error);
            show.trouble(&Trouble { label: label.to_owned(), text });
            Ok(())
        }
        done => Ok(done.map(|_| ())?),
    }
}

/// Whether a file would be made.
fn is_new(db: &Path) -> bool {
    !db.exists() && !db.to_string_lossy().contains("://")
}

/// What would be refused makes no file.
async fn try_in_memory(
    protocol: &CheckedProtocol,
    label: &str,
    trigger: &str,
    report: &ReportArgs,
    ties: &TieArgs,
    plugins: &PluginArgs,
) -> Result<()> {
    let mut runtime = clock::follow(in_memory(plugins).await?);
    let id = runtime.add(protocol.clone(), SystemClock.now()).await.map_err(explain)?;
    let at = at(protocol, report)?;
    let event = values::reported(protocol, trigger, true, values::data(protocol, &report.data)?, report)?;
    let opened = Opened { household: ties.household.as_deref(), follows: ties.follows.as_deref() };
    runtime.open_tied(id, label, &event, at, opened, &mut Silent).await.map_err(explain)
}

/// What is written stands in the one file when this returns, so that it can be copied.
async fn close(runtime: &Runtime) {
    runtime.store().close().await;
}

/// The newest stored pathway with this trigger; two pathways with one trigger must be told apart.
fn newest(runtime: &Runtime, trigger: &str) -> Result<(i64, CheckedProtocol)> {
    let with = |(id, protocol): &(i64, &CheckedProtocol)| {
        runtime.protocols().retirement(*id).is_none() && protocol.find_trigger(trigger).is_some()
    };
    let found: Vec<(i64, &CheckedProtocol)> = runtime.protocols().iter().filter(with).collect();
    let Some((id, protocol)) = found.last() else {
        bail!(
            "{}",
            say!(
                "no pathway in the database has a trigger `{trigger}`; give the file with --pathway",
                trigger = shown(trigger)
            )
        );
    };
    if let Some((_, other)) = found.iter().find(|(_, other)| other.name != protocol.name) {
        bail!(
            "{}",
            say!(
                "`{trigger}` is a trigger of `{name}` and of `{name_2}`; give the file with --pathway",
                trigger,
                name = other.name,
                name_2 = protocol.name
            )
        );
    }
    Ok((*id, (*protocol).clone()))
}

fn at(protocol: &CheckedProtocol, report: &ReportArgs) -> Result<Timestamp> {
    match &report.at {
        Some(text) => clock::not_ahead(values::moment(&protocol.calendar, text)?, &protocol.calendar),
        None => Ok(SystemClock.now()),
    }
}

/// When something counts that is about no case in particular: now, or a moment in the zone of the stored pathways.
pub(crate) fn moment_of(runtime: &Runtime, at: Option<&str>) -> Result<Timestamp> {
    let Some(text) = at else { return Ok(SystemClock.now()) };
    let Some((_, protocol)) = runtime.protocols().iter().last() else {
        return Err(Refused(say!("the database has no cases")).into());
    };
    values::moment(&protocol.calendar, text)
}

pub(super) async fn event(
    label: &str,
    name: &str,
    report: &ReportArgs,
    common: &Common,
    plugins: &PluginArgs,
) -> Result<Outcome> {
    let runtime = clock::follow(existing(&common.db, Some(plugins)).await?);
    let row = runtime.row(label).await.map_err(explain)?;
    let protocol = runtime.protocols().usable(row.protocol)?.clone();
    let at = at(&protocol, report)?;
    let data = values::data(&protocol, &report.data)?;
    let event = values::reported(&protocol, name, false, data, report)?;
    let mut show = Show::new(common.format);
    let at = match report.at {
        Some(_) => runtime.occur(label, &event, at, &mut show).await.map(|()| at),
        None => runtime.occur_now(label, &event, &SystemClock, &mut show).await,
    };
    let at = at.map_err(explain)?;
    go_on(&runtime, label, at, &mut show).await?;
    close(&runtime).await;
    // As when a case is opened.
    Ok(Outcome::Clean)
}

pub(super) async fn advance(
    label: Option<&str>,
    until: &str,
    common: &Common,
    plugins: &PluginArgs,
) -> Result<Outcome> {
    let runtime = clock::follow(existing(&common.db, Some(plugins)).await?);
    let Some(protocol) = runtime.protocols().iter().last().map(|(_, protocol)| protocol.clone()) else {
        return Err(Refused(say!("the database has no cases")).into());
    };
    let until = clock::until_to_write(&protocol.calendar, until)?;
    let mut show = Show::new(common.format);
    let advanced = match label {
        Some(label) => runtime.advance_case(label, until, &mut show).await.map_err(explain)?,
        None => runtime.advance(until, &mut show).await?,
    };
    close(&runtime).await;
    if common.format == Format::Text {
        let (timers, calls) = (advanced.timers, advanced.calls);
        writeln!(
            io::stdout(),
            "{}",
            say!("{timers} timers fired, {calls} plugin calls made", timers, calls)
        )?;
    }
    Ok(Outcome::clean_if(!show.troubled))
}
