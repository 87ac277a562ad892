//! `voordeur test`: plays the scenarios of pathway files.
//!
//! | file | does |
//! | --- | --- |
//! | `mod.rs` | plays, and decides how the command ends |
//! | `told.rs` | tells what went well and what did not |
//! | `cover.rs` | coverage as text, JSON and a page with the drawn machine |

mod cover;
mod told;

use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Result;
use serde_json::json;
use voordeur_protocol::CheckedProtocol;
use voordeur_scenario::{Coverage, Played, Scenario, play};

use crate::args::{CoverageFormat, Format, TestArgs};
use crate::failure::{Outcome, unless_closed};
use crate::source::{self, Source, read};

/// One file with its scenarios played.
struct Tested {
    source: Source,
    scenarios: Vec<(Scenario, Vec<Played>)>,
    /// The pathways of the file, with what the scenarios have shown of each.
    coverage: Vec<(CheckedProtocol, Coverage)>,
}

pub(crate) fn test(args: &TestArgs) -> Result<Outcome> {
    cover::can_be_reached(args.min_coverage)?;
    let files = source::files(&args.paths)?;
    let tested = files.iter().map(|file| one(file)).collect::<Result<Vec<Tested>>>()?;
    let all_well =
        tested.iter().all(|tested| tested.source.compiled.problems.is_empty() && tested.failures() == 0);
    unless_closed(tell(&tested, args))?;
    let enough = cover::enough(&tested, args.min_coverage)?;
    Ok(Outcome::clean_if(all_well && enough))
}

fn tell(tested: &[Tested], args: &TestArgs) -> Result<()> {
    match (args.coverage, args.format) {
        (Some(CoverageFormat::Html), _) => write!(io::stdout(), "{}", cover::page(tested))?,
        (Some(CoverageFormat::Json), _) => {
            print_json(&json!(tested.iter().map(cover::json).collect::<Vec<_>>()))?;
        }
        (coverage, Format::Text) => {
            told::text(tested, coverage.is_some())?;
        }
        (_, Format::Json) => print_json(&json!(tested.iter().map(told::json).collect::<Vec<_>>()))?,
    }
    Ok(())
}

fn print_json(value: &serde_json::Value) -> Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    Ok(())
}

fn one(path: &Path) -> Result<Tested> {
    let source = read(path)?.expired_today()?;
    let played = source.scenarios.iter().map(|scenario| {
        let played = scenario.examples.iter().map(|example| play(&scenario.protocol, example)).collect();
        (scenario.clone(), played)
    });
    let scenarios: Vec<(Scenario, Vec<Played>)> = played.collect();
    let protocols = source.compiled.own().iter();
    let coverage = protocols.map(|protocol| (protocol.clone(), covered(protocol, &scenarios))).collect();
    Ok(Tested { source, scenarios, coverage })
}

fn covered(protocol: &CheckedProtocol, scenarios: &[(Scenario, Vec<Played>)]) -> Coverage {
    let mut coverage = Coverage::of(protocol);
    for (_, played) in scenarios.iter().filter(|(scenario, _)| scenario.protocol.name == protocol.name) {
        played.iter().for_each(|played| coverage.add(protocol, played));
    }
    coverage
}

impl Tested {
    fn failures(&self) -> usize {
        self.scenarios.iter().flat_map(|(_, played)| played).filter(|played| played.failure.is_some()).count()
    }
}
