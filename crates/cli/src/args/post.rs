//! The arguments of the commands for what people are told.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Common, Format};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct InboxArgs {
    #[command(subcommand)]
    pub(crate) command: Option<InboxCommand>,
    #[command(flatten)]
    pub(crate) list: InboxListArgs,
}

/// Which items are listed.
#[derive(Debug, Args)]
pub(crate) struct InboxListArgs {
    /// Those of this party of the pathways; may be given more than once. Without it, and without a person: all.
    #[arg(long = "role", value_name = "PARTY")]
    pub(crate) roles: Vec<String>,
    /// Those that this person has taken, and those of their roles that nobody has taken: a reference, no name.
    #[arg(long, value_name = "PERSON")]
    pub(crate) person: Option<String>,
    /// The file that says who works in which role (and who is reached by what).
    #[arg(long, value_name = "FILE")]
    pub(crate) delivery: Option<PathBuf>,
    /// Also what is done, sleeps, or asks for nothing any more.
    #[arg(long)]
    pub(crate) all: bool,
    /// When, in the zone of the pathway: `2008-03-03T10:00`. Without it: now.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// The database: a SQLite file, or `postgres://USER@HOST/NAME`.
    #[arg(long, value_name = "PATH", required = true)]
    pub(crate) db: Option<PathBuf>,
    /// How the answer is written.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
}

#[derive(Debug, Subcommand)]
pub(crate) enum InboxCommand {
    /// Say that an item is done.
    Done {
        /// The key of the item.
        key: String,
        /// Who says so: a reference, no name.
        #[arg(long, value_name = "PERSON")]
        by: Option<String>,
        /// When, in the zone of the pathway: `2008-03-03T10:00`. Without it: now.
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Let an item sleep until a moment, a year ahead at most.
    Snooze {
        /// The key of the item.
        key: String,
        /// Until when, in the zone of the pathway: `2008-03-03T10:00`.
        #[arg(long, value_name = "TIME")]
        until: String,
        #[command(flatten)]
        common: Common,
    },
    /// Take an item: it leaves the inboxes of the others.
    Take {
        /// The key of the item.
        key: String,
        /// Who takes it: a reference, no name.
        #[arg(long, value_name = "PERSON")]
        person: String,
        #[command(flatten)]
        common: Common,
    },
    /// Give an item free: it is open, awake, and nobody's.
    Reopen {
        /// The key of the item.
        key: String,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DeliveryArgs {
    #[command(subcommand)]
    pub(crate) command: DeliveryCommand,
}

/// How far deliveries are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum State {
    Waiting,
    Sent,
    Dropped,
    Dead,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeliveryCommand {
    /// Look whether the file that says who is reached by what is right, and its secrets are there. Exit status 0: it is,
    /// 1: a role of it is in no pathway, 2: it cannot be used.
    Check {
        /// The file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// A database with the pathways whose parties it names.
        #[arg(long, value_name = "PATH")]
        db: Option<PathBuf>,
    },
    /// List what did not go out yet, and dead letters: what was tried in vain, with the reason.
    List {
        /// Only those that are so far.
        #[arg(long, value_enum)]
        state: Option<State>,
        #[command(flatten)]
        common: Common,
    },
    /// Let dead letters be tried anew: those of one message, or all. Deliveries of that message that wait are tried now as well.
    Retry {
        /// The key of the message.
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        key: Option<String>,
        /// All of them.
        #[arg(long)]
        all: bool,
        /// From when on, in the zone of the pathway: `2008-03-03T10:00`. Without it: now.
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Let messages stand in inboxes only from here on. Since a program ran with a file of channels, messages have waited for
    /// one that has it; stop those that still have one first.
    Stop {
        #[command(flatten)]
        common: Common,
    },
    /// Send what is due once, without following the clock. Exit status 1: there are new dead letters.
    Send {
        /// The file that says who is reached by what.
        #[arg(long, value_name = "FILE")]
        delivery: PathBuf,
        /// When, in the zone of the pathway: `2008-03-03T10:00`. Without it: now.
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, Args)]
pub(crate) struct CalendarArgs {
    /// The party of the pathways whose visits and deadlines they are.
    #[arg(long, value_name = "PARTY")]
    pub(crate) role: String,
    /// The database: a SQLite file, or `postgres://USER@HOST/NAME`.
    #[arg(long, value_name = "PATH", required_unless_present = "link")]
    pub(crate) db: Option<PathBuf>,
    /// Where to write it (`.ics`); without it: to standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
    /// Only tell the address under which `serve --delivery FILE` serves it. Whoever has the address sees the calendar.
    #[arg(long, requires = "delivery", conflicts_with = "to")]
    pub(crate) link: bool,
    /// The file that says which calendars are served.
    #[arg(long, value_name = "FILE")]
    pub(crate) delivery: Option<PathBuf>,
}
