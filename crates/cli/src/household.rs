//! `voordeur household`: the cases of one household as one plan.

use std::io::{self, Write as _};

use anyhow::Result;
use serde_json::{Value, json};
use voordeur_engine::waiting;
use voordeur_messages::say;
use voordeur_runtime::{Runtime, RuntimeError};
use voordeur_store::{CaseRow, Status};

use crate::args::{Common, Format, HouseholdArgs, HouseholdCommand};
use crate::case::Show;
use crate::clock::moment_to_write;
use crate::failure::{Outcome, Refused};
use crate::runtime::{deciding, explain, looking, somebody};
use crate::timeline;
use crate::trouble::LeftOut;

pub(crate) async fn household(args: &HouseholdArgs) -> Result<Outcome> {
    match &args.command {
        HouseholdCommand::Show { household, common } => show(household, common).await,
        HouseholdCommand::Lead { household, case, by, at, common } => {
            lead((household, case), by.as_deref(), at.as_deref(), common).await
        }
    }
}

async fn lead(
    (household, case): (&str, &str),
    by: Option<&str>,
    at: Option<&str>,
    common: &Common,
) -> Result<Outcome> {
    somebody(by)?;
    let runtime = deciding(&common.db, by).await?;
    let mut show = Show::new(common.format);
    let now = moment_to_write(&runtime, at)?;
    runtime.choose_lead(household, case, now, &mut show).await.map_err(explain)?;
    runtime.store().close().await;
    Ok(Outcome::Clean)
}

async fn show(household: &str, common: &Common) -> Result<Outcome> {
    let runtime = looking(&common.db).await?;
    let found = runtime.household(household).await.map_err(explain)?;
    if found.cases.is_empty() {
        return Err(Refused(say!("there is no case of the household `{household}`", household)).into());
    }
    let (mut plan, mut left_out) = (Vec::new(), LeftOut::default());
    for row in &found.cases {
        let part = part(&runtime, row, found.lead.as_deref());
        plan.extend(runtime.or_left_out(&row.label, part, &mut left_out).await.map_err(explain)?);
    }
    let mut out = io::stdout().lock();
    match common.format {
        Format::Json => {
            let cases: Vec<Value> = plan.iter().map(Part::json).collect();
            let all = json!({ "household": household, "lead": found.lead, "cases": cases });
            serde_json::to_writer_pretty(&mut out, &all)?;
            writeln!(out)?;
        }
        Format::Text => plan.iter().try_for_each(|part| part.write(&mut out))?,
    }
    Ok(left_out.outcome())
}

/// One case in the plan.
struct Part {
    label: String,
    pathway: String,
    place: String,
    ended: bool,
    leads: bool,
    follows: Option<String>,
    waits: Vec<String>,
}

fn part(runtime: &Runtime, row: &CaseRow, lead: Option<&str>) -> Result<Part, RuntimeError> {
    let protocol = runtime.protocols().usable(row.protocol)?;
    let case = runtime.case(row)?;
    let ended = row.status == Status::Ended;
    let waits = if ended { Vec::new() } else { waiting(protocol, &case) };
    Ok(Part {
        label: row.label.clone(),
        pathway: format!("{} {}", protocol.name, protocol.version),
        place: row.place.clone(),
        ended,
        leads: lead == Some(row.label.as_str()),
        follows: case.ties.follows.as_deref().map(str::to_owned),
        waits: waits.iter().map(|waiting| timeline::waiting(protocol, waiting)).collect(),
    })
}

impl Part {
    fn json(&self) -> Value {
        json!({
            "case": self.label, "pathway": self.pathway, "place": self.place, "ended": self.ended,
            "leads": self.leads, "follows": self.follows, "waits_for": self.waits,
        })
    }

    fn write(&self, out: &mut impl io::Write) -> Result<()> {
        let leads = if self.leads { say!(", leads") } else { String::new() };
        let follows =
            self.follows.as_ref().map_or(String::new(), |label| say!(", follows upon `{label}`", label));
        let place = if self.ended {
            say!("ended in `{place}`", place = self.place)
        } else {
            say!("in `{name}`", name = self.place)
        };
        writeln!(out, "{} ({}): {place}{leads}{follows}", self.label, self.pathway)?;
        for waits in &self.waits {
            writeln!(out, "  {waits}")?;
        }
        Ok(())
    }
}
