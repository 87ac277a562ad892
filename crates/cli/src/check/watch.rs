//! `check --watch`: checks again when a file changes, until stopped.
//!
//! The folders of the files are watched and not the files themselves: an editor that writes beside a file and
//! renames would leave a watch on what was there before.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use voordeur_messages::say;

use super::{Read, plugins, sources_of, write};
use crate::args::CheckArgs;
use crate::colour::colour;
use crate::failure::{Outcome, in_words};
use crate::source;
use voordeur_verify::Budget;

/// An editor writes in several steps; after so long without another one it is done.
const QUIET: Duration = Duration::from_millis(40);

/// Goes to the top of an empty screen.
const CLEAR: &str = "\x1b[2J\x1b[H";

/// However much is written meanwhile, no longer than this is waited.
const LONGEST: Duration = Duration::from_secs(1);

pub(super) fn watch(args: &CheckArgs) -> Result<Outcome> {
    let (mut watched, changes) = Watched::new()?;
    let mut before = None;
    loop {
        let shown = watched.report(args)?;
        // A change that changes nothing is not told: some editors touch a file several times.
        if before.as_ref() != Some(&shown) {
            show(&shown)?;
        }
        before = Some(shown);
        if !next_change(&changes, &watched) {
            return Ok(Outcome::Clean);
        }
    }
}

/// What is watched.
struct Watched {
    watcher: RecommendedWatcher,
    folders: BTreeSet<PathBuf>,
    files: BTreeSet<PathBuf>,
}

/// What is shown, and what it was made of.
#[derive(PartialEq, Eq, Default)]
struct Shown {
    out: String,
    err: Vec<String>,
    texts: Vec<String>,
}

impl Watched {
    fn new() -> Result<(Self, Receiver<notify::Result<Event>>)> {
        let (sender, changes) = channel();
        let watcher = notify::recommended_watcher(sender).with_context(|| say!("files cannot be watched"))?;
        Ok((Self { watcher, folders: BTreeSet::new(), files: BTreeSet::new() }, changes))
    }

    /// Reads and checks. The folders are watched before they are read for the last time, so that no change is
    /// missed in between.
    fn report(&mut self, args: &CheckArgs) -> Result<Shown> {
        self.folders.clear();
        args.files.iter().try_for_each(|file| self.add(file))?;
        loop {
            let before = self.folders.len();
            let shown = match self.look(args) {
                Ok(shown) => shown,
                // A file may be away for a moment; who watches waits for it.
                Err(error) => Shown { err: vec![in_words(&error)], ..Shown::default() },
            };
            if self.folders.len() == before {
                return Ok(shown);
            }
        }
    }

    /// Does what `check` does, and watches all that it reads or asks for.
    fn look(&mut self, args: &CheckArgs) -> Result<Shown> {
        let files = source::files(&args.files)?;
        files.iter().try_for_each(|file| self.add(file))?;
        let mut read = Read::of(files, Budget { states: args.budget })?;
        let asked = read.sources.iter().flat_map(|(_, source)| source.imports.clone()).collect::<Vec<_>>();
        asked.iter().try_for_each(|file| self.add(Path::new(file)))?;
        plugins::compare(sources_of(&mut read.sources), &args.plugins)?;
        let mut out = Vec::new();
        write(&mut out, &read, args.format, colour(&io::stdout()))?;
        let texts = read.sources.iter().map(|(_, source)| source.compiled.sources.text().to_owned());
        let (texts, err) = (texts.collect(), read.undecided().cloned().collect());
        Ok(Shown { out: String::from_utf8_lossy(&out).into_owned(), err, texts })
    }

    /// Watches the folder of a file, or a folder; of a link also what it leads to.
    fn add(&mut self, file: &Path) -> Result<()> {
        self.add_one(file)?;
        match file.canonicalize() {
            Ok(real) if file.is_symlink() => self.add_one(&real),
            _ => Ok(()),
        }
    }

    fn add_one(&mut self, file: &Path) -> Result<()> {
        self.files.extend(file.file_name().map(PathBuf::from));
        if file.is_dir() {
            self.folder(file)?;
        }
        // Of what is not there that is watched in which it can come.
        let folders =
            file.ancestors().skip(1).map(|one| if one == Path::new("") { Path::new(".") } else { one });
        match folders.into_iter().find(|folder| folder.is_dir()) {
            Some(folder) => self.folder(folder),
            None => Ok(()),
        }
    }

    /// A folder is watched anew each time: one that was made again is another one.
    fn folder(&mut self, folder: &Path) -> Result<()> {
        let cannot = || say!("{folder}: cannot be watched", folder = folder.display());
        let whole = std::path::absolute(folder).with_context(cannot)?;
        if self.folders.insert(whole.clone()) {
            self.watcher.watch(&whole, RecursiveMode::NonRecursive).with_context(cannot)?;
        }
        Ok(())
    }

    /// Whether a change may be one of a file that is checked. Reading a file is no change.
    fn concerns(&self, change: &notify::Result<Event>) -> bool {
        let Ok(event) = change else { return true };
        let writes = matches!(
            event.kind,
            EventKind::Any | EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_)
        );
        writes && (event.paths.is_empty() || event.paths.iter().any(|path| self.is_meant(path)))
    }

    /// A file that is read, a pathway that came, or a folder that comes or goes.
    fn is_meant(&self, path: &Path) -> bool {
        let named = path.file_name().is_some_and(|name| self.files.contains(Path::new(name)));
        let pathway = path.extension().is_some_and(|extension| extension == "pathway");
        named || pathway || path.is_dir() || self.folders.contains(path)
    }
}

/// Waits for a change and until it is done; `false` when nothing can come any more.
fn next_change(changes: &Receiver<notify::Result<Event>>, watched: &Watched) -> bool {
    while let Ok(change) = changes.recv() {
        if watched.concerns(&change) {
            settle(changes, watched);
            return true;
        }
    }
    false
}

/// Waits until nothing that concerns the files has come for a moment; other files may change as they like.
fn settle(changes: &Receiver<notify::Result<Event>>, watched: &Watched) {
    let start = Instant::now();
    let (mut until, latest) = (start + QUIET, start + LONGEST);
    loop {
        let left = until.saturating_duration_since(Instant::now());
        match changes.recv_timeout(left) {
            Ok(change) if watched.concerns(&change) => until = latest.min(Instant::now() + QUIET),
            Ok(_) => {}
            Err(_) => return,
        }
        if left.is_zero() {
            return;
        }
    }
}

fn show(shown: &Shown) -> Result<()> {
    let mut out = io::stdout().lock();
    if colour(&out) {
        out.write_all(CLEAR.as_bytes())?;
    }
    out.write_all(shown.out.as_bytes())?;
    out.flush()?;
    for line in &shown.err {
        writeln!(io::stderr(), "{line}")?;
    }
    Ok(())
}
