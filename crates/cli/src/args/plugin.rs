//! The arguments of `voordeur plugin`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Format;

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
