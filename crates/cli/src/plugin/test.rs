//! `voordeur plugin test`: plays the cases of a plugin, each twice.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;
use voordeur_messages::say;
use voordeur_plugin_host::testing::{Case, Problem, answer, play};
use voordeur_plugin_host::{Plugin, Setup};

use crate::failure::{Outcome, Refused};
use crate::plugins;
use crate::replace::replace_keeping_mark;

pub(super) async fn test(folder: &Path, update: bool) -> Result<Outcome> {
    if !folder.is_dir() {
        return Err(Refused(say!("{name}: there is no such folder", name = folder.display())).into());
    }
    let component = one_component(folder)?;
    let cases = files(&folder.join("cases"), "json")?;
    if cases.is_empty() {
        return Err(
            Refused(say!("{name}: there are no cases: `cases/*.json`", name = folder.display())).into()
        );
    }
    let plugin = plugins::host(Setup::default())?.load(&component).await?;
    let mut out = io::stdout().lock();
    let mut failed = 0;
    for path in &cases {
        let (text, case) = read(path)?;
        if update {
            write_answer(path, &text, answer(&plugin, &case).await)?;
        }
        let case = if update { read(path)?.1 } else { case };
        failed += usize::from(!told(&mut out, &plugin, path, &case).await?);
    }
    let (number, passed) = (cases.len(), cases.len() - failed);
    writeln!(out, "{}", say!("{passed} of {number} cases went as expected", passed, number))?;
    Ok(Outcome::clean_if(failed == 0))
}

/// Plays a case and says how it went.
async fn told(out: &mut impl Write, plugin: &Plugin, path: &Path, case: &Case) -> Result<bool> {
    let name = path.file_stem().map(|name| name.to_string_lossy()).unwrap_or_default().into_owned();
    let (problems, fuel) = play(plugin, case).await;
    if problems.is_empty() {
        writeln!(out, "ok      {name} ({})", say!("{fuel} units of work", fuel))?;
        return Ok(true);
    }
    writeln!(out, "failed  {name}")?;
    for problem in &problems {
        write!(out, "{}", in_words(problem))?;
    }
    Ok(false)
}

fn in_words(problem: &Problem) -> String {
    match problem {
        Problem::Different { expected, found } => {
            let (expected, found) = (format!("{expected:#}\n"), format!("{found:#}\n"));
            let diff = similar::TextDiff::from_lines(&expected, &found);
            let lines =
                diff.iter_all_changes().map(|change| format!("        {}{}", change.tag(), change.value()));
            lines.collect()
        }
        Problem::NotRepeatable(what) => {
            format!(
                "        {}\n",
                say!(
                    "the second time it went otherwise ({what}): the plugin keeps or draws something by itself",
                    what
                )
            )
        }
        Problem::NotAsked(number) => {
            format!("        {}\n", say!("{number} requests of the recording were not made", number))
        }
        Problem::LogTooLong(number) => {
            format!("        {}\n", say!("{number} lines of the log were too much", number))
        }
    }
}

fn read(path: &Path) -> Result<(String, Case)> {
    let text = plugins::text(path)?;
    let case = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    Ok((text, case))
}

/// Puts what came out in the place of what was expected, and leaves the rest of the file as it is.
fn write_answer(path: &Path, text: &str, answer: Value) -> Result<()> {
    let mut whole: Value = serde_json::from_str(text).with_context(|| path.display().to_string())?;
    if let Some(object) = whole.as_object_mut() {
        object.insert("expect".to_owned(), answer);
    }
    replace_keeping_mark(path, &format!("{whole:#}\n"))
}

fn one_component(folder: &Path) -> Result<PathBuf> {
    let mut found = files(folder, "wasm")?;
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (None, _) => Err(Refused(say!(
            "{name}: there is no component: build the plugin first",
            name = folder.display()
        ))
        .into()),
        (Some(_), false) => {
            Err(Refused(say!("{name}: there is more than one component", name = folder.display())).into())
        }
    }
}

/// The files of a folder that end so, in the order of their names.
fn files(folder: &Path, end: &str) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| folder.display().to_string()),
    };
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    let mut paths: Vec<_> =
        paths.into_iter().filter(|path| path.extension().is_some_and(|is| is == end)).collect();
    paths.sort();
    Ok(paths)
}
