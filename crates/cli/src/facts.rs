//! `voordeur facts`: which line of a pathway carries out each fact of its source, as a Markdown page.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;
use voordeur_messages::say;

use anyhow::Result;
use voordeur_diagnostics::Sources;
use voordeur_protocol::CheckedProtocol;
use voordeur_protocol::model::{Carrier, Fact};

use crate::args::FactsArgs;
use crate::failure::{Outcome, Refused};
use crate::source::{self, Source};

pub(crate) fn facts(args: &FactsArgs) -> Result<Outcome> {
    let mut page = String::new();
    for file in source::files(&args.paths)? {
        let source = source::read(&file)?;
        if source.compiled.has_errors() {
            write!(io::stderr(), "{}", source.show(false))?;
            let message =
                say!("{name}: the pathway has errors, so it carries nothing yet", name = source.name);
            return Err(Refused(message).into());
        }
        source.compiled.own().iter().for_each(|protocol| section(&mut page, &source, protocol));
    }
    io::stdout().lock().write_all(page.as_bytes())?;
    Ok(Outcome::Clean)
}

/// The facts of one pathway. Those it takes from the pathway it extends are told where they stand.
fn section(page: &mut String, source: &Source, protocol: &CheckedProtocol) {
    let sources = &source.compiled.sources;
    let own = |fact: &&Fact| sources.line(fact.declared.start).0.name == source.name;
    let facts: Vec<&Fact> = protocol.facts.iter().filter(own).collect();
    if facts.is_empty() {
        return;
    }
    let title = &protocol.title;
    let gap = if page.is_empty() { "" } else { "\n" };
    let heading = say!("{title}: what the source says, and what carries it", title);
    let _ = write!(page, "{gap}# {heading}\n\n");
    let head = say!("| fact | the source says | carried by |");
    let _ = writeln!(page, "{head}\n| --- | --- | --- |");
    for fact in facts {
        let carried = carried(fact, sources);
        let _ = writeln!(page, "| {} | {} | {carried} |", cell(&fact.id), cell(&fact.text));
    }
}

fn carried(fact: &Fact, sources: &Sources) -> String {
    let lines = fact.shown_in.iter().map(|carrier| link(carrier, sources));
    let decided = fact.because.iter().map(|decision| say!("decided: {decision}", decision = cell(decision)));
    // Two parts of one declaration may stand on one line.
    let mut all: Vec<String> = Vec::new();
    for one in lines.chain(decided) {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    if all.is_empty() { say!("context, nothing to carry out") } else { all.join("<br>") }
}

/// `[line 12](eropaf.pathway#L12) ` + "`agency meldpunt \"Meldpunt Eropaf\"`"
fn link(carrier: &Carrier, sources: &Sources) -> String {
    let (file, line) = sources.line(carrier.declared.start);
    let name = Path::new(file.name).file_name().unwrap_or_default().to_string_lossy();
    let index = usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1);
    let text = file.text.lines().nth(index).unwrap_or_default();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("[{name}:{line}]({name}#L{line}) `{}`", cell(text.trim_end_matches(['{', ' '])))
}

/// Text that stays in its cell of the table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('`', "'")
}
