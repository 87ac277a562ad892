//! `voordeur explain`: the page of a rule.

use std::io::{self, Write as _};

use anstyle::{AnsiColor, Style};
use anyhow::{Result, bail};
use voordeur_diagnostics::{Rule, Severity, closest};
use voordeur_messages::{Lang, language, said, say};

use crate::args::ExplainArgs;
use crate::colour::colour;
use crate::failure::Outcome;

pub(crate) fn explain(args: &ExplainArgs) -> Result<Outcome> {
    let Some(name) = &args.rule else { return list() };
    let Some(rule) = Rule::from_name(name) else { bail!("{}", unknown(name)) };
    if language() != Lang::En {
        writeln!(io::stderr(), "{}", say!("the pages of the rules are in English"))?;
    }
    let mut out = io::stdout().lock();
    let page = rule.page_text();
    if colour(&out) {
        out.write_all(rendered(page).as_bytes())?;
    } else {
        out.write_all(page.as_bytes())?;
    }
    Ok(Outcome::Clean)
}

fn unknown(name: &str) -> String {
    match closest(name, Rule::ALL.iter().map(|rule| rule.name())) {
        Some(near) => say!("there is no rule `{name}`; did you mean `{near}`?", name, near),
        None => say!("there is no rule `{name}`; `voordeur explain --list` names every rule", name),
    }
}

/// Every rule on a line: name, level, since when, and what it says.
fn list() -> Result<Outcome> {
    let mut out = io::stdout().lock();
    let width = Rule::ALL.iter().map(|rule| rule.name().len()).max().unwrap_or(0);
    for rule in Rule::ALL {
        let (name, since, summary) = (rule.name(), rule.since(), said(rule.summary(), &[]));
        let level = if rule.level() == Severity::Error { say!("error") } else { say!("warning") };
        writeln!(out, "{name:width$}  {level:13}  {since}  {summary}")?;
    }
    Ok(Outcome::Clean)
}

/// A page for a terminal: headings and examples stand out, and what is only there for Markdown is gone.
fn rendered(page: &str) -> String {
    let (heading, code) = (Style::new().bold(), AnsiColor::Cyan.on_default());
    let mut out = String::new();
    let mut fenced = false;
    for line in page.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            out.push_str(&format!("    {code}{line}{code:#}\n"));
        } else if line.starts_with('#') {
            out.push_str(&format!("{heading}{}{heading:#}\n", line.trim_start_matches('#').trim_start()));
        } else {
            out.push_str(&inline(line, heading, code));
            out.push('\n');
        }
    }
    out
}

/// `**strong**` and `` `code` `` within a line.
fn inline(line: &str, strong: Style, code: Style) -> String {
    let marked = |text: &str, mark: &str, style: Style| {
        let parts = text.split(mark).enumerate();
        parts
            .map(
                |(number, part)| {
                    if number % 2 == 1 { format!("{style}{part}{style:#}") } else { part.to_owned() }
                },
            )
            .collect::<String>()
    };
    marked(&marked(line, "`", code), "**", strong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_shows_what_markdown_marks() {
        let page = "# a-rule\n\n**error**, see `x`\n\n```text\n| # y\n```\n";
        let plain = anstyle_stripped(&rendered(page));
        assert_eq!(plain, "a-rule\n\nerror, see x\n\n    | # y\n");
        assert!(rendered(page).contains("\u{1b}[1ma-rule"));
    }

    /// Without its colours.
    fn anstyle_stripped(text: &str) -> String {
        let mut parts = text.split('\u{1b}');
        let first = parts.next().unwrap_or_default().to_owned();
        first + &parts.map(|part| part.split_once('m').expect("a colour ends").1).collect::<String>()
    }
}
