//! `check --watch`: checks again when a file changes, until stopped.
//!
//! The folders of the files are watched and not the files themselves: an editor that writes beside a file and
//! renames would leave a watch on what was there before.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use anyhow::{Context as _, Result};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use voordeur_messages::say;

use super::{looked_at, sources, write};
use crate::args::CheckArgs;
use crate::failure::Outcome;
use crate::source::Source;
use voordeur_verify::Budget;

/// An editor writes in several steps; after so long without another one it is done.
const QUIET: Duration = Duration::from_millis(40);

/// Goes to the top of an empty screen.
const CLEAR: &str = "\x1b[2J\x1b[H";

pub(super) fn watch(args: &CheckArgs) -> Result<Outcome> {
    let (mut watched, changes) = Watched::new()?;
    let mut shown: Option<String> = None;
    loop {
        let report = watched.report(args)?;
        // A change that changes nothing is not told: some editors touch a file several times.
        if shown.as_ref() != Some(&report.text) || report.changed {
            show(&report.text)?;
            shown = Some(report.text);
        }
        if !next_change(&changes, &watched) {
            return Ok(Outcome::Clean);
        }
    }
}

/// What is watched, and what was read at last.
struct Watched {
    watcher: RecommendedWatcher,
    folders: BTreeSet<PathBuf>,
    files: BTreeSet<PathBuf>,
    texts: Vec<String>,
}

/// What is shown.
struct Shown {
    text: String,
    /// Whether a text was read that is another than before.
    changed: bool,
}

impl Watched {
    fn new() -> Result<(Self, Receiver<notify::Result<Event>>)> {
        let (sender, changes) = channel();
        let watcher = notify::recommended_watcher(sender).with_context(|| say!("files cannot be watched"))?;
        let none = BTreeSet::new;
        Ok((Self { watcher, folders: none(), files: none(), texts: Vec::new() }, changes))
    }

    /// Reads and checks. The folders are watched before they are read for the last time, so that no change is
    /// missed in between.
    fn report(&mut self, args: &CheckArgs) -> Result<Shown> {
        args.files.iter().try_for_each(|file| self.add(file))?;
        let budget = Budget { states: args.budget };
        loop {
            let sources = match sources(&args.files, budget) {
                Ok(sources) => looked_at(sources, budget).0,
                // A file may be away for a moment; who watches waits for it.
                Err(error) => return Ok(Shown { text: format!("{error:#}\n"), changed: false }),
            };
            let before = self.folders.len();
            for file in sources.iter().flat_map(|source| source.compiled.sources.files()) {
                self.add(Path::new(file.name))?;
            }
            if self.folders.len() == before {
                return self.shown(args, &sources);
            }
        }
    }

    fn shown(&mut self, args: &CheckArgs, sources: &[Source]) -> Result<Shown> {
        let mut out = Vec::new();
        write(&mut out, sources, args.format, io::stdout().is_terminal())?;
        let texts = sources.iter().map(|source| source.compiled.sources.text().to_owned()).collect();
        let changed = self.texts != texts;
        self.texts = texts;
        Ok(Shown { text: String::from_utf8_lossy(&out).into_owned(), changed })
    }

    /// Watches the folder of a file.
    fn add(&mut self, file: &Path) -> Result<()> {
        let folder = match file.parent() {
            Some(folder) if folder != Path::new("") => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        if !self.folders.contains(&folder) {
            let watched = self.watcher.watch(&folder, RecursiveMode::NonRecursive);
            watched.with_context(|| say!("{folder}: cannot be watched", folder = folder.display()))?;
            self.folders.insert(folder);
        }
        self.files.extend(file.file_name().map(PathBuf::from));
        Ok(())
    }

    /// Whether a change may be one of a file that is checked. Reading a file is no change.
    fn concerns(&self, change: &notify::Result<Event>) -> bool {
        let Ok(event) = change else { return true };
        let writes = matches!(
            event.kind,
            EventKind::Any | EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_)
        );
        let named =
            |path: &PathBuf| path.file_name().is_some_and(|name| self.files.contains(Path::new(name)));
        writes && (event.paths.is_empty() || event.paths.iter().any(named))
    }
}

/// Waits for a change and until it is done; `false` when nothing can come any more.
fn next_change(changes: &Receiver<notify::Result<Event>>, watched: &Watched) -> bool {
    while let Ok(change) = changes.recv() {
        if watched.concerns(&change) {
            while changes.recv_timeout(QUIET).is_ok() {}
            return true;
        }
    }
    false
}

fn show(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    if out.is_terminal() {
        out.write_all(CLEAR.as_bytes())?;
    }
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}
