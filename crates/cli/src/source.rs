//! Reading pathway files.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use voordeur_messages::say;

use anyhow::{Context as _, Result, bail};
use voordeur_diagnostics::{Diagnostic, Sources, text_of};
use voordeur_protocol::{CheckedProtocol, Compiled, NotLoaded, Spec, beside, compile};
use voordeur_scenario::Scenario;
use voordeur_syntax::{MAX_BYTES, decode};
use voordeur_verify::{Budget, Promise, both, compile_with};

use crate::colour::colour;
use crate::failure::{self, Refused};
use crate::revision;
use crate::today::today;
use crate::verify;

/// How findings name what comes in.
const STDIN: &str = "<stdin>";

/// A file with what was found in it.
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) compiled: Compiled,
    pub(crate) scenarios: Vec<Scenario>,
    pub(crate) promises: Vec<Promise>,
    /// What was left undecided, and why.
    pub(crate) undecided: Vec<String>,
    /// The files that were asked for, whether or not they are there.
    pub(crate) imports: Vec<String>,
}

/// Reads and compiles a file with what it imports. What cannot be decoded is a finding; what cannot be read
/// is a failure.
pub(crate) fn read(path: &Path) -> Result<Source> {
    read_within(path, Budget::default())
}

/// The same, with so much to look at before a possible fault is told without having been shown.
pub(crate) fn read_within(path: &Path, budget: Budget) -> Result<Source> {
    let (name, bytes) = named(path)?;
    Ok(of_bytes(name, &bytes, budget))
}

/// Two of them: what comes in is read in order, and compiled side by side.
pub(crate) fn read_both(old: &Path, new: &Path, budget: Budget) -> Result<(Source, Source)> {
    let ((first, before), (second, after)) = (named(old)?, named(new)?);
    Ok(both(|| of_bytes(first, &before, budget), || of_bytes(second, &after, budget)))
}

/// How findings name a file, and what is in it.
pub(crate) fn named(path: &Path) -> Result<(String, Vec<u8>)> {
    let name = if is_stdin(path) { STDIN.to_owned() } else { path.display().to_string() };
    let bytes = bytes(path).with_context(|| say!("{name}: cannot be read", name))?;
    Ok((name, bytes))
}

fn of_bytes(name: String, bytes: &[u8], budget: Budget) -> Source {
    let text = match decode(bytes) {
        Ok(text) => text.to_owned(),
        Err(problem) => {
            let mut compiled = compile("");
            compiled.sources = Sources::one(&name, "");
            compiled.problems = vec![at_start(*problem)];
            let (scenarios, promises) = (Vec::new(), Vec::new());
            let text = String::new();
            return Source {
                name,
                text,
                compiled,
                scenarios,
                promises,
                undecided: Vec::new(),
                imports: Vec::new(),
            };
        }
    };
    read_text(Path::new(&name), text, budget)
}

/// Whether what comes in is to be read instead of a file.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Compiles a text as if it stood in that file, with what it imports.
pub(crate) fn read_text(path: &Path, text: String, budget: Budget) -> Source {
    let name = path.display().to_string();
    let mut imports = Vec::new();
    let mut load = |from: &str, path: &str| {
        imports.push(beside(from, path));
        imported(from, path)
    };
    let mut compiled = compile_with(&name, &text, &mut load, budget);
    let (scenarios, problems) = voordeur_scenario::compile(&compiled.scenarios, &compiled.protocols);
    let (promises, wrong) =
        voordeur_verify::promises(&compiled.promises, &compiled.protocols, &compiled.sources);
    // A pathway with errors is no pathway yet: then its scenarios and promises have to wait.
    if !compiled.has_errors() {
        compiled.problems.extend(problems.into_iter().chain(wrong));
        compiled.problems.sort_by_key(|problem| problem.span);
    }
    Source { name, text, compiled, scenarios, promises, undecided: Vec::new(), imports }
}

/// A file that another one imports.
fn imported(from: &str, path: &str) -> Result<(String, String), NotLoaded> {
    let name = beside(from, path);
    let bytes = bytes(Path::new(&name)).map_err(|error| failure::of_the_system(&error))?;
    let text = decode(&bytes).map_err(|problem| NotLoaded { why: problem.message, help: problem.help })?;
    Ok((name, text.to_owned()))
}

/// The bytes of a file, not many more than a pathway may have; `-` is what comes in. What is no file may be one of a
/// revision of git, as `REV:path`.
pub(crate) fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    if is_stdin(path) {
        io::stdin().take(most).read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    match File::open(path) {
        Ok(file) => file.take(most).read_to_end(&mut bytes)?,
        Err(error) => return revision::blob(path, error),
    };
    Ok(bytes)
}

/// The paths of the pathways in a folder, from that folder on. That there are none is a mistake.
pub(crate) fn pathways_below(folder: &Path) -> Result<Vec<PathBuf>> {
    if folder.is_dir() {
        let found = files(&[folder.to_owned()])?;
        return Ok(found
            .iter()
            .filter_map(|path| path.strip_prefix(folder).ok())
            .map(Path::to_owned)
            .collect());
    }
    let found = revision::pathways_in(folder);
    if found.is_empty() {
        return Err(no_pathway(folder).into());
    }
    Ok(found)
}

fn no_pathway(folder: &Path) -> Refused {
    Refused(say!("{path}: there is no pathway in this folder", path = folder.display()))
}

/// The text is not shown, so the place in it is not either.
fn at_start(problem: Diagnostic) -> Diagnostic {
    Diagnostic { span: voordeur_diagnostics::Span::new(0, 0), ..problem }
}

impl Source {
    /// What the file allows although its last day has passed is a finding for whoever checks it; a pathway that
    /// runs goes on.
    pub(crate) fn expired_today(mut self) -> Result<Self> {
        self.compiled.expire(today()?);
        Ok(self)
    }

    pub(crate) fn show(&self, colour: bool) -> String {
        text_of(&self.compiled.sources, &self.compiled.problems, colour)
    }
}

/// The one pathway of a file, without errors. Findings go to the error stream.
pub(crate) fn protocol(path: &Path, name: Option<&str>) -> Result<CheckedProtocol> {
    chosen(&read(path)?, name)
}

/// The same to run it: then no case of it may come to what an error is about, and what it promises is kept.
pub(crate) fn to_run(path: &Path, name: Option<&str>) -> Result<CheckedProtocol> {
    let mut source = read(path)?;
    if !source.compiled.has_errors() {
        verify::look(&mut source, Budget::default(), false);
    }
    chosen(&source, name)
}

fn chosen(source: &Source, name: Option<&str>) -> Result<CheckedProtocol> {
    if !source.compiled.problems.is_empty() {
        let colour = colour(&io::stderr());
        write!(io::stderr(), "{}", source.show(colour))?;
    }
    if source.compiled.has_errors() {
        return Err(
            Refused(say!("{name}: the pathway has errors, so it cannot run", name = source.name)).into()
        );
    }
    let known: Vec<String> = source.compiled.own().iter().map(|p| p.name.clone()).collect();
    // A pathway whose cases another one starts is not what is meant.
    let started: Vec<String> = source.compiled.own().iter().flat_map(started_by).collect();
    let meant = |p: &CheckedProtocol| name.map_or(!started.contains(&p.name), |name| p.name == name);
    let mut wanted = source.compiled.own().iter().filter(|p| meant(p)).cloned();
    match (wanted.next(), wanted.next()) {
        (Some(protocol), None) => Ok(protocol),
        (None, _) => bail!(
            "{}",
            say!(
                "{name}: there is no pathway `{wanted}`; it holds {known}",
                name = source.name,
                wanted = name.unwrap_or_default(),
                known = known.join(", ")
            )
        ),
        (Some(_), Some(_)) => {
            bail!(
                "{}",
                say!(
                    "{name}: the file holds several pathways ({known}); put each in a file of its own",
                    name = source.name,
                    known = known.join(", ")
                )
            )
        }
    }
}

/// The pathways whose cases this one starts.
fn started_by(protocol: &CheckedProtocol) -> Vec<String> {
    let started = protocol.obligations.rows().filter_map(|row| match &row.spec {
        Spec::Sub(sub) if sub.pathway != protocol.name => Some(sub.pathway.clone()),
        _ => None,
    });
    started.collect()
}

/// Every pathway of these files.
pub(crate) fn protocols(paths: &[PathBuf]) -> Result<Vec<CheckedProtocol>> {
    paths.iter().map(|path| to_run(path, None)).collect()
}

/// The pathway files that are meant: a folder stands for those in it, and in the folders in it.
/// A file that is reached in several ways is taken once. What is hidden is not looked at, unless it is named.
pub(crate) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for path in paths {
        if path.is_dir() {
            let before = found.len();
            below(path, &mut BTreeSet::new(), &mut found)?;
            if found.len() == before {
                return Err(no_pathway(path).into());
            }
        } else {
            found.push(path.clone());
        }
    }
    found.retain(|path: &PathBuf| path.canonicalize().map_or(true, |real| seen.insert(real)));
    Ok(found)
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// A link may lead back to a folder that has been `seen`.
fn below(folder: &Path, seen: &mut BTreeSet<PathBuf>, found: &mut Vec<PathBuf>) -> Result<()> {
    let unreadable = || say!("{folder}: cannot be read", folder = folder.display());
    if !seen.insert(folder.canonicalize().with_context(unreadable)?) {
        return Ok(());
    }
    let entries = std::fs::read_dir(folder).with_context(unreadable)?;
    let mut paths =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    paths.sort();
    for path in paths.into_iter().filter(|path| !is_hidden(path)) {
        if path.is_dir() {
            below(&path, seen, found)?;
        } else if path.extension().is_some_and(|extension| extension == "pathway") {
            found.push(path);
        }
    }
    Ok(())
}
