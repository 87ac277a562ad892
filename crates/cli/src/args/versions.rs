//! The arguments of the commands that look at open cases under another version.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Common, PluginArgs};

/// Two versions of one pathway.
#[derive(Debug, Args)]
pub(crate) struct VersionArgs {
    /// The version on which the cases run: its pathway file.
    pub(crate) old: PathBuf,
    /// The new version: its pathway file.
    pub(crate) new: PathBuf,
    /// Which pathway, when the files have several.
    #[arg(long, value_name = "NAME")]
    pub(crate) pathway: Option<String>,
    /// When they come over, in the zone of the pathway: `2008-03-03T10:00`. Without it: now.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) versions: VersionArgs,
    /// For a report that leaves the house: no cases, and no numbers below five.
    #[arg(long)]
    pub(crate) for_publication: bool,
    /// Tell every case, however many there are.
    #[arg(long, conflicts_with = "for_publication")]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    #[command(flatten)]
    pub(crate) versions: VersionArgs,
    /// Take them over. Without it only the plan is told.
    #[arg(long, conflicts_with = "undo")]
    pub(crate) apply: bool,
    /// Take it back, for the cases to which nothing has happened since.
    #[arg(long)]
    pub(crate) undo: bool,
    /// Who decides: a reference of the organisation, as `m-17`, and no name. It stands in the journal of each case.
    #[arg(long, value_name = "PERSON")]
    pub(crate) by: Option<String>,
    /// Tell every case, however many there are.
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) plugins: PluginArgs,
}

#[derive(Debug, Args)]
pub(crate) struct BacktestArgs {
    /// The version: its pathway file.
    pub(crate) new: PathBuf,
    /// Which pathway, when the file has several.
    #[arg(long, value_name = "NAME")]
    pub(crate) pathway: Option<String>,
    /// Until when open cases are played, on both versions, in the zone of the pathway: `2008-03-03T10:00`. Without it: until something last
    /// happened to a case.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// For a report that leaves the house: no numbers below five. `html` and `markdown` never have them.
    #[arg(long)]
    pub(crate) for_publication: bool,
    /// The database: a SQLite file, or `postgres://USER@HOST/NAME`.
    #[arg(long, value_name = "PATH")]
    pub(crate) db: PathBuf,
    /// How the answer is written.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: BacktestFormat,
}

/// How a backtest is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BacktestFormat {
    Text,
    Markdown,
    Html,
    Json,
}
