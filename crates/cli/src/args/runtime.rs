//! The arguments of the commands that drive cases or look after a database.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::Format;

/// Where plugins are.
#[derive(Debug, Args)]
pub(crate) struct PluginArgs {
    /// A folder with plugins; may be given more than once.
    #[arg(long = "plugins", value_name = "FOLDER", default_value = "wasm-plugins")]
    pub(crate) folders: Vec<PathBuf>,
    /// What the operator lets plugins do: hosts, secrets, limits, trusted keys. Without it they only compute.
    #[arg(long, value_name = "FILE")]
    pub(crate) operator: Option<PathBuf>,
    /// The lock file that says which component each version of a pathway runs. Without it: any of that name.
    #[arg(long, value_name = "FILE")]
    pub(crate) lock: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// A pathway file.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Dated events, one JSON object a line.
    #[arg(long, value_name = "EVENTS.jsonl")]
    pub(crate) events: PathBuf,
    /// A database to write to; without it nothing is kept. What it keeps has happened: dates that have not come yet ask for
    /// `--virtual-clock`.
    #[arg(long, value_name = "PATH")]
    pub(crate) db: Option<PathBuf>,
    /// Until when time goes by after the last event: `2009-12-31` or `2009-12-31T12:00`.
    #[arg(long, value_name = "DATE")]
    pub(crate) until: Option<String>,
    /// How the timelines are written.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) plugins: PluginArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CaseArgs {
    #[command(subcommand)]
    pub(crate) command: CaseCommand,
}

/// The database and the format, the same on every `case` command.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The database: a SQLite file, or `postgres://USER@HOST/NAME`.
    #[arg(long, value_name = "PATH")]
    pub(crate) db: PathBuf,
    /// How the answer is written.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
}

/// Who reports, when, and what was answered.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// What was answered: `months_in_arrears=3 arrears=€900.00 bailiff_involved=no`.
    #[arg(value_name = "FIELD=VALUE")]
    pub(crate) data: Vec<String>,
    /// Who reports: a party of the pathway, and a reference of the person if the organisation has one: `worker`,
    /// `worker/m-17`. No name, no number of a person.
    #[arg(long, value_name = "PARTY[/PERSON]")]
    pub(crate) by: Option<String>,
    /// Why: needed for a deviation (`"skip take_in"`). It stands in the journal: no personal data.
    #[arg(long, value_name = "REASON")]
    pub(crate) because: Option<String>,
    /// When, in the zone of the pathway: `2008-03-03T10:00`. Without it: now.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
}

/// What a new case is tied to.
#[derive(Debug, Args)]
pub(crate) struct TieArgs {
    /// The household that it is about: a reference, no name and no number of a person. Of several open cases of one
    /// household one leads.
    #[arg(long, value_name = "HOUSEHOLD")]
    pub(crate) household: Option<String>,
    /// The case that ended and that it follows upon: a relapse. Without it: the last one of the household in this
    /// pathway.
    #[arg(long, value_name = "CASE")]
    pub(crate) follows: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CaseCommand {
    /// Open a case: somebody reports a household.
    Open {
        /// The label of the case: no name, no number of a person.
        label: String,
        /// Through which trigger.
        trigger: String,
        #[command(flatten)]
        report: ReportArgs,
        /// The pathway file; needed the first time, and for a new version.
        #[arg(long, value_name = "FILE")]
        pathway: Option<PathBuf>,
        #[command(flatten)]
        ties: TieArgs,
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        plugins: PluginArgs,
    },
    /// Report what happened: `voordeur case event --db PATH household-a "take_in done" visit_needed=yes`.
    Event {
        /// The label of the case.
        label: String,
        /// What happened.
        event: String,
        #[command(flatten)]
        report: ReportArgs,
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        plugins: PluginArgs,
    },
    /// List the cases.
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Show the timeline of a case and its documents.
    Show {
        /// The label of the case.
        label: String,
        #[command(flatten)]
        common: Common,
    },
    /// Say what a case waits for, since when, what is due next, and why on that date.
    Why {
        /// The label of the case.
        label: String,
        #[command(flatten)]
        common: Common,
    },
    /// Let time go by: fire every timer until a date that has come, or with `--virtual-clock` until any.
    Advance {
        /// The label of one case; without it all of them.
        label: Option<String>,
        /// Until when: `2009-12-31` or `2009-12-31T12:00`.
        #[arg(long, value_name = "DATE")]
        until: String,
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        plugins: PluginArgs,
    },
}

#[derive(Debug, Args)]
pub(crate) struct HouseholdArgs {
    #[command(subcommand)]
    pub(crate) command: HouseholdCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HouseholdCommand {
    /// The cases of a household as one plan: which leads, and what each waits for.
    Show {
        /// The household.
        household: String,
        #[command(flatten)]
        common: Common,
    },
    /// Choose which open case leads.
    Lead {
        /// The household.
        household: String,
        /// The label of the case.
        case: String,
        /// Who decides: a reference of the organisation, as `m-17`, and no name. It stands in the journal.
        #[arg(long, value_name = "PERSON")]
        by: Option<String>,
        /// When, in the zone of the pathway: `2008-03-03T10:00`. Without it: now.
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, Args)]
pub(crate) struct FiguresArgs {
    /// Only this pathway, by its name.
    #[arg(long, value_name = "NAME")]
    pub(crate) pathway: Option<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("heir").required(true))]
pub(crate) struct RetireArgs {
    /// The name of the pathway.
    pub(crate) pathway: String,
    /// The version on which no new cases are to run.
    pub(crate) version: String,
    /// The version that its open cases go over to.
    #[arg(long, value_name = "VERSION", group = "heir")]
    pub(crate) successor: Option<String>,
    /// The party of the pathway that answers for its open cases.
    #[arg(long, value_name = "PARTY", group = "heir")]
    pub(crate) owner: Option<String>,
    /// Who decides: a reference of the organisation, as `m-17`, and no name. It stands in the journal of each case.
    #[arg(long, value_name = "PERSON")]
    pub(crate) by: Option<String>,
    /// When, in the zone of the pathway: `2008-03-03T10:00`. Without it: now.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct RegisterArgs {
    /// Pathway files, or folders with them.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// How the register is written: `text` is a Markdown page.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("whose").required(true))]
pub(crate) struct ExportArgs {
    /// The household: all its cases.
    #[arg(long, value_name = "HOUSEHOLD", group = "whose")]
    pub(crate) household: Option<String>,
    /// One case.
    #[arg(long, value_name = "CASE", group = "whose")]
    pub(crate) case: Option<String>,
    /// The database: a SQLite file, or `postgres://USER@HOST/NAME`.
    #[arg(long, value_name = "PATH")]
    pub(crate) db: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct RetentionArgs {
    /// Only tell which cases it would be.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// When, in the zone of the pathway: `2008-03-03T10:00`. Without it: now.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("whose").required(true))]
pub(crate) struct EraseArgs {
    /// The household: all its cases.
    #[arg(long, value_name = "HOUSEHOLD", group = "whose")]
    pub(crate) household: Option<String>,
    /// One case.
    #[arg(long, value_name = "CASE", group = "whose")]
    pub(crate) case: Option<String>,
    /// Who decides: a reference of the organisation, as `m-17`, and no name. It stands in the journal of each case.
    #[arg(long, value_name = "PERSON")]
    pub(crate) by: Option<String>,
    /// When, in the zone of the pathway: `2008-03-03T10:00`. Without it: now.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Pathway files to add before serving.
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The database: a SQLite file, or `postgres://USER@HOST/NAME`.
    #[arg(long, value_name = "PATH")]
    pub(crate) db: PathBuf,
    /// How lines are written.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
    /// How the log is written, to standard error. As JSON it has an object a line, and never anything personal.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) log: Format,
    /// Answer `/health`, `/ready` and `/metrics` at this address. It should be one that only the machine itself or the
    /// network of the operator can reach.
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = "127.0.0.1:9464")]
    pub(crate) http: Option<SocketAddr>,
    /// The file that says who is reached by what, and which calendars are served. Without it messages stand in inboxes
    /// only.
    #[arg(long, value_name = "FILE")]
    pub(crate) delivery: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) plugins: PluginArgs,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true))]
pub(crate) struct DecreeArgs {
    /// The days that are equated with holidays: `2029-05-11`.
    #[arg(value_name = "DAY", group = "what")]
    pub(crate) days: Vec<String>,
    /// A year of which all equated days are known with this decree; dates in it are not provisional any more.
    #[arg(long = "year", value_name = "YEAR", group = "what")]
    pub(crate) years: Vec<String>,
    /// Where it was published: `"Stcrt. 2028, 1234"`. It stands in the journal of each case that changes.
    #[arg(long, value_name = "SOURCE")]
    pub(crate) because: String,
    /// The days and years were decreed by mistake, or are not any more: take them back. Previewed and applied as a decree is.
    #[arg(long)]
    pub(crate) take_back: bool,
    /// Write it down and count anew; without it the command only tells what would move.
    #[arg(long)]
    pub(crate) apply: bool,
    /// Who decides: a reference of the organisation, as `m-17`, and no name. It stands in the journal of each case.
    #[arg(long, value_name = "PERSON")]
    pub(crate) by: Option<String>,
    /// When, in the zone of the pathway: `2008-03-03T10:00`. Without it: now.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct IncidentArgs {
    #[command(subcommand)]
    pub(crate) command: IncidentCommand,
}

/// Which incident, and who mends it.
#[derive(Debug, Args)]
pub(crate) struct MendArgs {
    /// The incident, as the list names it: `household-a/action-3`, `household-a/delivery-7`.
    #[arg(value_name = "INCIDENT")]
    pub(crate) incident: String,
    /// Who decides: a party of the pathway, with who of it where that is to be known, as `worker/m-17`.
    #[arg(long, value_name = "PARTY")]
    pub(crate) by: Option<String>,
    /// When, in the zone of the pathway: `2008-03-03T10:00`. Without it: now.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IncidentCommand {
    /// List what waits for an operator. Exit status 0: nothing does, 1: something does.
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Try it again.
    Retry {
        #[command(flatten)]
        mend: MendArgs,
    },
    /// Leave it out: an action is given up, timers that cannot fire are taken away, a letter is not sent.
    Skip {
        #[command(flatten)]
        mend: MendArgs,
        /// Why. It stands in the journal, or with the letter: no personal data.
        #[arg(long, value_name = "REASON")]
        because: String,
    },
    /// Say what an action gave that people have carried out by hand, or that a letter reached its receiver in another way.
    Complete {
        #[command(flatten)]
        mend: MendArgs,
        /// What the action returns: `--answer letter_sent=yes`.
        #[arg(long = "answer", value_name = "FIELD=VALUE")]
        answers: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[command(subcommand)]
    pub(crate) source: ImportSource,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportSource {
    /// Early signals of payment arrears, in the exchange format DDAS 0.9.
    Ddas {
        /// A delivery, JSON.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The pathway file that the cases run on.
        #[arg(long, value_name = "FILE")]
        pathway: PathBuf,
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        plugins: PluginArgs,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DbArgs {
    #[command(subcommand)]
    pub(crate) command: DbCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DbCommand {
    /// Prove that the database is whole: the journal of every case, from its first step, gives its state, its timers and
    /// its messages. Exit status 0: it is, 1: it is not.
    Verify {
        #[command(flatten)]
        common: Common,
    },
    /// Keep the keys of all cases under another key of the operator, the one in `--new-key-file`; `--key-file` has the one under
    /// which they are kept now, if any. Stop what works on the database first. Stopped halfway, give it again. Exit status 1:
    /// some are not kept under the new key.
    Rewrap {
        /// A file with the new key: 32 random bytes in Base64.
        #[arg(long, value_name = "FILE")]
        new_key_file: PathBuf,
        #[command(flatten)]
        common: Common,
    },
    /// Copy a SQLite file as it is at one moment, while others go on, and prove the copy. Servers have tools of their own.
    Backup {
        /// The copy. Nothing is written over.
        #[arg(value_name = "FILE")]
        to: PathBuf,
        #[command(flatten)]
        common: Common,
    },
}
