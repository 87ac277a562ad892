//! The arguments of every command.
//!
//! | file | holds |
//! | --- | --- |
//! | `mod.rs` | the commands, and the arguments of those that read pathways |
//! | `git.rs` | the arguments of `git` |
//! | `post.rs` | the arguments of the commands for what people are told |
//! | `plugin.rs` | the arguments of `plugin` |
//! | `runtime.rs` | the arguments of the commands that drive cases or look after a database |

mod git;
mod plugin;
mod post;
mod runtime;
mod versions;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use voordeur_messages::Lang;

pub(crate) use self::git::*;
pub(crate) use self::plugin::*;
pub(crate) use self::post::*;
pub(crate) use self::runtime::*;
pub(crate) use self::versions::*;

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
    /// Time is virtual: what is written may be dated later than now, and nothing is late. To play what will happen.
    #[arg(long, global = true)]
    pub(crate) virtual_clock: bool,
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
    /// Tell what is different between two versions of a pathway, and for which households. Exit status 0: nothing at
    /// or above `--fail-on`, 1: something, 2: could not be carried out, 3: the two could not be compared, 4: not everything
    /// could be looked at.
    Diff(DiffArgs),
    /// Pathways in `git diff` and `git log -p`.
    Git(GitArgs),
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
    /// Tell what becomes of each open case under a new version. Nothing is changed. Exit status 0: all can come over, 1:
    /// some cannot.
    Plan(PlanArgs),
    /// Take open cases over to a new version, as `plan` tells; take that back with `--undo`.
    Migrate(MigrateArgs),
    /// Tell what a version would have meant for the cases that there were: their histories are played on it.
    Backtest(BacktestArgs),
    /// Count what a project asks of itself: what partners were asked and how soon they accepted, what was to be done and how
    /// long that took.
    Figures(FiguresArgs),
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
    /// Tell which timers move when a holiday is decreed, and move them with `--apply`.
    Decree(DecreeArgs),
    /// See what does not go on by itself, and mend it: try again, skip, carry out by hand.
    Incidents(IncidentArgs),
    /// What people have been told and are not done with: the inbox of a role or of a person.
    Inbox(InboxArgs),
    /// Reach people and programs: check the file that says how, send, and see what did not go out.
    Delivery(DeliveryArgs),
    /// Write the visits and deadlines of a role as iCalendar.
    Calendar(CalendarArgs),
    /// Make cases of what other systems exchange.
    Import(ImportArgs),
    /// Look after a database.
    Db(DbArgs),
    /// Start, build, try, look at and pin plugins.
    Plugin(PluginCommandArgs),
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
    /// Pathway files, or folders with them; `-` is what comes in.
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
    #[arg(long, value_name = "SITUATIONS", default_value_t = 150_000)]
    pub(crate) budget: usize,
    #[command(flatten)]
    pub(crate) plugins: PluginArgs,
}

// How many situations two versions are compared in, unless somebody says otherwise.
pub(crate) const DIFF_BUDGET: usize = 40_000;

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The old version: a pathway file, or one of a revision of git as `REV:path`; or a folder, against another folder.
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,
    /// The new version.
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,
    /// How it is told: `markdown` for a comment on a pull request, `html` as a page with both machines drawn, the others for
    /// programs.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: DiffFormat,
    /// What was accepted: a line each, `accept FINGERPRINT by "who" on DATE because "why"`. Without it the file beside the new
    /// version whose name ends in `.accepted`, where there is one.
    #[arg(long, value_name = "FILE")]
    pub(crate) accepted: Option<PathBuf>,
    /// From which level on the exit status is 1.
    #[arg(long, value_name = "LEVEL", value_enum, default_value = "strengthens")]
    pub(crate) fail_on: FailOn,
    /// How many situations are compared before the rest is left undecided.
    #[arg(long, value_name = "SITUATIONS", default_value_t = DIFF_BUDGET)]
    pub(crate) budget: usize,
}

/// How a comparison is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    Text,
    Markdown,
    Html,
    Json,
    Sarif,
    Github,
    Junit,
}

/// From which level on a difference counts, the most severe first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Breaks,
    Weakens,
    Shifts,
    Strengthens,
    Editorial,
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
    #[arg(long, value_name = "SITUATIONS", default_value_t = 150_000)]
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
