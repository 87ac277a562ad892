//! The arguments of `voordeur git`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct GitArgs {
    #[command(subcommand)]
    pub(crate) command: GitCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GitCommand {
    /// Let `git diff` say in this repository what changes for households.
    Install {
        /// Undo that.
        #[arg(long)]
        uninstall: bool,
    },
    /// What `git` calls to compare a file: its path, then file, name and mode of both versions.
    Diff {
        /// As `git` gives them.
        #[arg(required = true, num_args = 1.., allow_hyphen_values = true, value_name = "WORD")]
        words: Vec<OsString>,
    },
    /// What `git` calls to lay a file out before lines are compared. It never fails: what is no pathway stays as it is.
    Textconv {
        /// A file that `git` made.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}
