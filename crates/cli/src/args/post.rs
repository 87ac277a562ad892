//! The arguments of the commands for what people are told.

use clap::{Args, Subcommand};

use super::Common;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct InboxArgs {
    #[command(subcommand)]
    pub(crate) command: Option<InboxCommand>,
    #[command(flatten)]
    pub(crate) list: Option<InboxListArgs>,
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
    /// Also what is done, sleeps, or asks for nothing any more.
    #[arg(long)]
    pub(crate) all: bool,
    /// When, in the zone of the pathway: `2008-03-03T10:00`. Without it: now.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    #[command(flatten)]
    pub(crate) common: Common,
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
    /// Let an item sleep until a moment.
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
