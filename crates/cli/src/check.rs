//! `voordeur check`.

use std::io::{self, IsTerminal as _, Write as _};
use voordeur_messages::{mark, said, say};

use anyhow::Result;
use serde_json::Value;
use voordeur_diagnostics::json;

use crate::args::{CheckArgs, Format};
use crate::failure::Outcome;
use crate::source::{self, Source, read};

pub(crate) fn check(args: &CheckArgs) -> Result<Outcome> {
    let files = source::files(&args.files)?;
    let sources = files.iter().map(|path| read(path)).collect::<Result<Vec<Source>>>()?;
    let clean = sources.iter().all(|source| source.compiled.problems.is_empty());
    match args.format {
        Format::Text => as_text(&sources)?,
        Format::Json => as_json(&sources)?,
    }
    Ok(Outcome::clean_if(clean))
}

fn as_text(sources: &[Source]) -> Result<()> {
    let mut out = io::stdout().lock();
    let colour = out.is_terminal();
    for source in sources {
        write!(out, "{}", source.show(colour))?;
        writeln!(out, "{}", summary(source))?;
    }
    Ok(())
}

fn summary(source: &Source) -> String {
    let problems = &source.compiled.problems;
    if problems.is_empty() {
        let pathways = source.compiled.own().iter();
        let said = pathways.map(|p| {
            let (stages, ends) = (p.stages.len(), p.ends.len());
            let (obligations, rules) = (p.obligations.len(), p.rules.len());
            say!("{name}: clean ({name_2} {version}: {stages} stages, {ends} ends, {obligations} obligations, {rules} rules)", name = source.name, name_2 = p.name, version = p.version, stages, ends, obligations, rules)
        });
        let said: Vec<String> = said.collect();
        // A file may hold a module alone.
        return if said.is_empty() { say!("{name}: clean", name = source.name) } else { said.join("\n") };
    }
    let errors = problems.iter().filter(|problem| problem.is_error()).count();
    format!(
        "{}: {}, {}",
        source.name,
        count(errors, mark!("1 error"), mark!("{number} errors")),
        count(problems.len() - errors, mark!("1 warning"), mark!("{number} warnings"))
    )
}

pub(crate) fn count(number: usize, one: &'static str, many: &'static str) -> String {
    said(if number == 1 { one } else { many }, &[("number", &number)])
}

fn as_json(sources: &[Source]) -> Result<()> {
    let findings: Vec<Value> = sources
        .iter()
        .flat_map(|source| source.compiled.problems.iter().map(move |problem| (source, problem)))
        .flat_map(|(source, problem)| {
            let (file, local) = source.compiled.sources.locate(problem);
            json(file, &[local])
        })
        .collect();
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &findings)?;
    writeln!(out)?;
    Ok(())
}
