//! The arguments of every command.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use voordeur_messages::Lang;

/// Check, draw, run and serve outreach protocols.
#[derive(Debug, Parser)]
#[command(name = "voordeur", version, max_term_width = 100)]
pub(crate) struct Arguments {
    /// The language of all that is said: `en` or `nl`; without it that of the environment (`LC_ALL`,
    /// `LC_MESSAGES`, `LANG`). For `fmt` and `init` also the spelling of the pathway.
    #[arg(long, value_name = "LANGUAGE", global = true)]
    pub(crate) lang: Option<Lang>,
    /// A file with the key of the operator: 32 random bytes in Base64. The keys of cases are kept under it; without it
    /// they lie in the database as they are.
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) key_file: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a folder with a pathway that is clean and a scenario that passes.
    Init(InitArgs),
    /// Check pathway files. Exit status 0: clean, 1: findings, also warnings, 2: could not be read,
    /// 4: not everything could be looked at.
    Check(CheckArgs),
    /// Look at everything that can happen to a case, and tell how soon and how late it gets where. Exit status 0:
    /// nothing found, 1: findings, 4: not everything could be looked at.
    Verify(VerifyArgs),
    /// Explain a rule: what it finds, why, and how to mend it.
    Explain(ExplainArgs),
    /// Play the scenarios of pathway files. Exit status 0: all went as expected, 1: not.
    Test(TestArgs),
    /// Put pathway files in the one layout; with `--lang`: write them in the other spelling, layout as it is.
    Fmt(FmtArgs),
    /// Count a term: `voordeur date "6 weeks after 2026-04-02" --regime statutory`.
    Date(DateArgs),
    /// Tell which line carries out each fact of the source, as a Markdown page.
    Facts(FactsArgs),
    /// Draw the state machine of a pathway, with its deadlines on the edges.
    Graph(GraphArgs),
    /// Play dated events on a virtual clock and show what happens to each case.
    Run(RunArgs),
    /// Open cases, report events, and see what cases wait for.
    Case(CaseArgs),
    /// One household, one plan: see all its cases, and choose which of them leads.
    Household(HouseholdArgs),
    /// Retire a version of a pathway, and name who or what answers for its open cases.
    Retire(RetireArgs),
    /// Write the register of processing activities (AVG, article 30) that follows from pathways.
    Register(RegisterArgs),
    /// Give everything that is known about one household or in one case, as JSON: for the person it is about (AVG,
    /// articles 15 and 20).
    Export(ExportArgs),
    /// Erase the personal values of cases that ended and have been kept for as long as their pathway says.
    Retention(RetentionArgs),
    /// Erase the personal values of one household or one case that has ended, because somebody asks for it.
    Erase(EraseArgs),
    /// Follow the clock: fire timers, send reminders, run actions, until stopped with Ctrl-C.
    Serve(ServeArgs),
    /// Make cases of what other systems exchange.
    Import(ImportArgs),
    /// Look after a database.
    Db(DbArgs),
    /// Start, build, try, look at and pin plugins.
    Plugin(PluginCommandArgs),
}

#[derive(Debug, Args)]
pub(crate) struct PluginCommandArgs {
    #[command(subcommand)]
    pub(crate) command: PluginCommand,
}

/// A language that plugins are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GuestLanguage {
    Rust,
    Js,
    Py,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Start a folder with a plugin that works, and cases that pass.
    New {
        /// The folder to make; its name becomes that of the plugin: lower case letters, digits and `-`.
        #[arg(value_name = "NAME")]
        name: PathBuf,
        /// The language to write it in; `--lang rust`, `js` or `py` says the same.
        #[arg(long = "in", value_enum, value_name = "LANGUAGE")]
        language: GuestLanguage,
    },
    /// Make a component of a WebAssembly module, as compilers for `wasm32-unknown-unknown` give it.
    Component {
        /// The module.
        #[arg(value_name = "MODULE")]
        module: PathBuf,
        /// The component to write.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Play the cases of a plugin: `cases/*.json` in its folder, each twice. Exit status 0: all went as expected, 1: not.
    Test {
        /// The folder of the plugin, with one component in it.
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
        /// Write what comes out into the cases as what is expected; read them afterwards.
        #[arg(long)]
        update: bool,
    },
    /// Show what a plugin is, what it wants, and what the operator lets it do.
    Inspect {
        /// A component.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// What the operator lets plugins do.
        #[arg(long, value_name = "FILE")]
        operator: Option<PathBuf>,
        /// How the answer is written.
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Show what changed between two builds of a plugin, in what it is and wants. Exit status 1: something did.
    Diff {
        /// The component before.
        #[arg(value_name = "OLD")]
        old: PathBuf,
        /// The component now.
        #[arg(value_name = "NEW")]
        new: PathBuf,
    },
    /// Pin the plugins of pathways, by their digests, in a lock file. What was pinned stays as it is.
    Lock {
        /// Pathway files.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// A folder with plugins; may be given more than once.
        #[arg(long = "plugins", value_name = "FOLDER", default_value = "wasm-plugins")]
        folders: Vec<PathBuf>,
        /// The lock file.
        #[arg(long, value_name = "FILE", default_value = "voordeur.lock")]
        lock: PathBuf,
        /// Pin the components that are there now, also where others were pinned.
        #[arg(long)]
        update: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The folder to make; its name becomes that of the pathway.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
}

/// Text for people or JSON for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    Text,
    Concise,
    Json,
    Sarif,
    Github,
    Junit,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Pathway files, or folders with them.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// How findings are written.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: CheckFormat,
    /// Mend what can only be meant in one way, and check again. A file never gets more errors by it.
    #[arg(long)]
    pub(crate) fix: bool,
    /// Mend also what may be meant otherwise; look at the change afterwards.
    #[arg(long)]
    pub(crate) unsafe_fixes: bool,
    /// Check again whenever a file changes, until stopped with Ctrl-C.
    #[arg(long, conflicts_with_all = ["fix", "unsafe_fixes"])]
    pub(crate) watch: bool,
    /// How many situations are looked at before the rest is left undecided.
    #[arg(long, value_name = "SITUATIONS", default_value_t = 20_000)]
    pub(crate) budget: usize,
    #[command(flatten)]
    pub(crate) plugins: PluginArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A rule: the name between the brackets of a finding.
    #[arg(value_name = "RULE", required_unless_present = "list")]
    pub(crate) rule: Option<String>,
    /// List every rule with its level, the version that first had it, and what it says.
    #[arg(long, conflicts_with = "rule")]
    pub(crate) list: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Pathway files.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// How the answer is written.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
    /// How many situations are looked at before the rest is left undecided.
    #[arg(long, value_name = "SITUATIONS", default_value_t = 20_000)]
    pub(crate) budget: usize,
    /// Show for each promise that is kept the shortest case history in which it is at work.
    #[arg(long)]
    pub(crate) witness: bool,
}

/// How coverage is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CoverageFormat {
    Text,
    Json,
    Html,
}

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Pathway files, or folders with them.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// How results are written.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
    /// Tell what the scenarios have shown of the pathway, and what not; `html` draws it.
    #[arg(long, value_enum, num_args = 0..=1, default_missing_value = "text", value_name = "FORMAT")]
    pub(crate) coverage: Option<CoverageFormat>,
    /// Fail when less of a pathway has been shown.
    #[arg(long, value_name = "PERCENT")]
    pub(crate) min_coverage: Option<u8>,
}

#[derive(Debug, Args)]
pub(crate) struct FactsArgs {
    /// Pathway files, or folders with them.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct FmtArgs {
    /// Pathway files, or folders with them.
    #[arg(required_unless_present = "stdin", conflicts_with = "stdin", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Change the files in place; without it the text goes to standard output.
    #[arg(long, conflicts_with_all = ["check", "diff", "stdin"])]
    pub(crate) write: bool,
    /// Only name the files that would change. Exit status 1: there are some.
    #[arg(long, conflicts_with = "diff")]
    pub(crate) check: bool,
    /// Only show what would change. Exit status 1: something would.
    #[arg(long)]
    pub(crate) diff: bool,
    /// Read from standard input.
    #[arg(long)]
    pub(crate) stdin: bool,
    /// What messages call the text from standard input.
    #[arg(long, value_name = "NAME", default_value = "stdin", requires = "stdin")]
    pub(crate) name: String,
    /// With `--lang`: put the translated text in the one layout too. Without `--lang` that always happens.
    #[arg(long)]
    pub(crate) layout: bool,
}

/// Which rules of law move the end of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WrittenRegime {
    /// The project's own norm: it never moves.
    #[value(alias = "eigen")]
    Own,
    /// The Dutch general act on terms (Algemene termijnenwet).
    #[value(alias = "wettelijk")]
    Statutory,
    /// Regulation 1182/71.
    Eu,
}

#[derive(Debug, Args)]
pub(crate) struct DateArgs {
    /// `6 weeks after 2026-04-02`, `24 hours after 2026-03-28 14:00`, `5 days before 2026-05-18`.
    #[arg(value_name = "TERM")]
    pub(crate) term: String,
    /// Which rules of law move its end.
    #[arg(long, value_enum, default_value = "own")]
    pub(crate) regime: WrittenRegime,
    /// Counted back: a day that is no working day becomes the working day before it.
    #[arg(long)]
    pub(crate) or_earlier: bool,
    /// How the answer is written.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
}

/// A kind of picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Picture {
    Svg,
    Dot,
    Mermaid,
}

#[derive(Debug, Args)]
pub(crate) struct GraphArgs {
    /// A pathway file.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The kind of picture.
    #[arg(long, value_enum, default_value = "svg")]
    pub(crate) format: Picture,
    /// Which pathway, when the file holds several.
    #[arg(long, value_name = "NAME")]
    pub(crate) pathway: Option<String>,
}

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
    /// A database to write to; without it nothing is kept.
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
    /// Who reports: a party of the pathway.
    #[arg(long, value_name = "PARTY")]
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
    /// Let time go by on a virtual clock: fire every timer until a date.
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
        /// When, in the zone of the pathway: `2008-03-03T10:00`. Without it: now.
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RetireArgs {
    /// The name of the pathway.
    pub(crate) pathway: String,
    /// The version on which no new cases are to run.
    pub(crate) version: String,
    /// The version that its open cases go over to.
    #[arg(long, value_name = "VERSION", required_unless_present = "owner", conflicts_with = "owner")]
    pub(crate) successor: Option<String>,
    /// The party of the pathway that answers for its open cases.
    #[arg(long, value_name = "PARTY")]
    pub(crate) owner: Option<String>,
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
pub(crate) struct ExportArgs {
    /// The household: all its cases.
    #[arg(long, value_name = "HOUSEHOLD", required_unless_present = "case", conflicts_with = "case")]
    pub(crate) household: Option<String>,
    /// One case.
    #[arg(long, value_name = "CASE")]
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
pub(crate) struct EraseArgs {
    /// The household: all its cases.
    #[arg(long, value_name = "HOUSEHOLD", required_unless_present = "case", conflicts_with = "case")]
    pub(crate) household: Option<String>,
    /// One case.
    #[arg(long, value_name = "CASE")]
    pub(crate) case: Option<String>,
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
    #[command(flatten)]
    pub(crate) plugins: PluginArgs,
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
    /// Copy a SQLite file as it is at one moment, while others go on, and prove the copy. Servers have tools of their own.
    Backup {
        /// The copy. Nothing is written over.
        #[arg(value_name = "FILE")]
        to: PathBuf,
        #[command(flatten)]
        common: Common,
    },
}
