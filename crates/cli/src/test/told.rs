//! What the scenarios of a file showed, in words and as JSON.

use std::io::{self, Write};
use voordeur_messages::{mark, say};

use anyhow::Result;
use jiff::Timestamp;
use serde_json::{Value, json};
use voordeur_diagnostics::{Diagnostic, Rule, text_of as findings};
use voordeur_engine::Teller;
use voordeur_protocol::Protocol;
use voordeur_scenario::{Example, Failure, Played, Scenario};

use super::{Tested, cover};
use crate::check::count;
use crate::colour::colour;
use crate::timeline;

pub(super) fn text(tested: &[Tested], with_coverage: bool) -> Result<()> {
    let mut out = io::stdout().lock();
    let colour = colour(&out);
    let (mut played, mut failed) = (0, 0);
    for one in tested {
        writeln!(out, "{}", one.source.name)?;
        write!(out, "{}", one.source.show(colour))?;
        for (scenario, results) in &one.scenarios {
            for (example, result) in scenario.examples.iter().zip(results) {
                scenario_text(&mut out, one, scenario, example, result, colour)?;
            }
        }
        if with_coverage {
            cover::text(&mut out, one)?;
        }
        played += one.scenarios.iter().map(|(_, results)| results.len()).sum::<usize>();
        failed += one.failures();
    }
    writeln!(
        out,
        "{}",
        say!(
            "{played}, {failed} failed",
            played = count(played, mark!("1 scenario"), mark!("{number} scenarios")),
            failed
        )
    )?;
    Ok(())
}

fn scenario_text(
    out: &mut impl Write,
    tested: &Tested,
    scenario: &Scenario,
    example: &Example,
    played: &Played,
    colour: bool,
) -> Result<()> {
    let row = example.row.as_ref().map_or(String::new(), |row| format!(" ({row})"));
    let Some(failure) = &played.failure else {
        writeln!(out, "{}", say!("  ok      {title}{row}", title = scenario.title, row))?;
        return Ok(());
    };
    writeln!(out, "{}", say!("  FAILED  {title}{row}", title = scenario.title, row))?;
    write!(out, "{}", findings(&tested.source.compiled.sources, &[finding(failure)], colour))?;
    writeln!(out, "{}", say!("  what happened; `>` marks the first day that went otherwise:"))?;
    write!(out, "{}", marked(&scenario.protocol, played, failure))?;
    Ok(())
}

pub(crate) fn finding(failure: &Failure) -> Diagnostic {
    Diagnostic::error(Rule::ScenarioFailed, failure.span, failure.message.clone())
}

/// The timeline, with a mark on the day of the failure.
fn marked(protocol: &Protocol, played: &Played, failure: &Failure) -> String {
    let mut out = String::new();
    let day = |at: Timestamp| protocol.calendar.date(at);
    let wrong = day(failure.at);
    let mut marked = false;
    let mut teller = Teller::default();
    for moment in &played.timeline {
        let lines = timeline::lines_by(&mut teller, protocol, moment.at, &moment.entries);
        let refused = moment.refused.as_ref().map(|why| {
            say!("  {at}  refused: {why}\n", at = timeline::local(&protocol.calendar, moment.at), why)
        });
        let text = refused.unwrap_or_else(|| timeline::text(&lines));
        if !marked && day(moment.at) >= wrong {
            marked = true;
            out.push_str(&text.replacen("  ", "> ", 1));
        } else {
            out.push_str(&text);
        }
    }
    if !marked {
        out.push_str(&say!("> {at}  nothing more\n", at = timeline::local(&protocol.calendar, failure.at)));
    }
    out
}

pub(super) fn json(tested: &Tested) -> Value {
    let scenarios = tested.scenarios.iter().flat_map(|(scenario, results)| {
        scenario
            .examples
            .iter()
            .zip(results)
            .map(|(example, played)| result(tested, scenario, example, played))
    });
    let sources = &tested.source.compiled.sources;
    let found = tested.source.compiled.problems.iter().map(|problem| {
        let (file, local) = sources.locate(problem);
        voordeur_diagnostics::finding_json(file, &local)
    });
    json!({
        "file": tested.source.name,
        "findings": found.collect::<Vec<_>>(),
        "scenarios": scenarios.collect::<Vec<_>>(),
    })
}

fn result(tested: &Tested, scenario: &Scenario, example: &Example, played: &Played) -> Value {
    let protocol = &scenario.protocol;
    let sources = &tested.source.compiled.sources;
    let failure = played.failure.as_ref().map(|failure| {
        let (file, local) = sources.locate(&finding(failure));
        let place = voordeur_diagnostics::finding_json(file, &local);
        json!({ "finding": place, "day": protocol.calendar.date(failure.at).to_string() })
    });
    let mut teller = Teller::default();
    let timeline: Vec<timeline::Line> = played
        .timeline
        .iter()
        .flat_map(|moment| timeline::lines_by(&mut teller, protocol, moment.at, &moment.entries))
        .collect();
    json!({
        "title": scenario.title,
        "pathway": protocol.name,
        "row": example.row,
        "ok": played.failure.is_none(),
        "failure": failure,
        "timeline": timeline,
    })
}
