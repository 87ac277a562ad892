//! `voordeur retention` and `voordeur erase`: the personal values of cases that have ended.

use std::io::{self, Write as _};

use anyhow::Result;
use jiff::Timestamp;
use serde_json::json;
use voordeur_engine::Erasure;
use voordeur_messages::say;
use voordeur_runtime::{Expired, Runtime, RuntimeError};

use crate::args::{EraseArgs, Format, RetentionArgs};
use crate::case::moment_of;
use crate::clock::{self, moment_to_write};
use crate::failure::{Outcome, Refused};
use crate::progress::Progress;
use crate::runtime::{deciding, existing, explain, looking, somebody};
use crate::timeline::local;
use crate::trouble::{LeftOut, Troubles};

pub(crate) async fn retention(args: &RetentionArgs) -> Result<Outcome> {
    let db = &args.common.db;
    let runtime = if args.dry_run { looking(db).await } else { existing(db, None).await }?;
    let runtime = clock::follow(runtime);
    let at = args.at.as_deref();
    let now = if args.dry_run { moment_of(&runtime, at) } else { moment_to_write(&runtime, at) }?;
    let mut left_out = LeftOut::default();
    let mut expired = {
        let bar = Progress::of_cases(None);
        runtime.expired(now, &mut left_out, |seen| bar.at(seen)).await?
    };
    let mut outcome = Outcome::Clean;
    if !args.dry_run {
        let mut erased = Vec::new();
        for one in expired {
            match erased_one(&runtime, &one.label, Erasure::Term, now).await? {
                Outcome::Clean => erased.push(one),
                not => outcome = outcome.and(not),
            }
        }
        expired = erased;
    }
    let words = in_words(&runtime, &expired)?;
    runtime.store().close().await;
    let mut out = io::stdout().lock();
    match args.common.format {
        Format::Json => {
            let row = |one: &Expired| json!({ "case": one.label, "ended": one.ended_at, "kept_until": one.kept_until, "erased": !args.dry_run });
            serde_json::to_writer_pretty(&mut out, &expired.iter().map(row).collect::<Vec<_>>())?;
            writeln!(out)?;
        }
        Format::Text => tell(&mut out, &words, args.dry_run)?,
    }
    Ok(outcome.and(left_out.outcome()))
}

/// A line for each, with moments in the zone of its pathway.
fn in_words(runtime: &Runtime, expired: &[Expired]) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for Expired { label, protocol, ended_at, kept_until } in expired {
        let calendar = &runtime.protocols().usable(*protocol)?.calendar;
        let [ended, until] = [ended_at, kept_until].map(|at| local(calendar, *at));
        lines.push(format!("{label}: {}", say!("ended {ended}, kept until {until}", ended, until)));
    }
    Ok(lines)
}

fn tell(out: &mut impl io::Write, lines: &[String], dry_run: bool) -> Result<()> {
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    let number = lines.len();
    let verdict = if dry_run {
        say!("the term of {number} cases is over; nothing was erased", number)
    } else {
        say!("the personal values of {number} cases were erased", number)
    };
    Ok(writeln!(out, "{verdict}")?)
}

pub(crate) async fn erase(args: &EraseArgs) -> Result<Outcome> {
    somebody(args.by.as_deref())?;
    let runtime = deciding(&args.common.db, args.by.as_deref()).await?;
    let now = moment_to_write(&runtime, args.at.as_deref())?;
    let labels: Vec<String> = match (&args.household, &args.case) {
        (Some(household), _) => runtime
            .household(household)
            .await
            .map_err(explain)?
            .cases
            .into_iter()
            .map(|row| row.label)
            .collect(),
        (None, label) => label.iter().cloned().collect(),
    };
    if labels.is_empty() {
        let household = args.household.as_deref().unwrap_or_default();
        return Err(Refused(say!("there is no case of the household `{household}`", household)).into());
    }
    let mut outcome = Outcome::Clean;
    for label in &labels {
        if labels.len() == 1 {
            runtime.erase(label, Erasure::Request, now, &mut Troubles).await.map_err(explain)?;
        } else {
            // What has ended is erased, also when another case of the household runs.
            let erased = erased_one(&runtime, label, Erasure::Request, now).await?;
            outcome = outcome.and(erased);
            if erased != Outcome::Clean {
                continue;
            }
        }
        match args.common.format {
            Format::Json => writeln!(io::stdout(), "{}", json!({ "case": label, "erased": true }))?,
            Format::Text => writeln!(io::stdout(), "{label}: {}", say!("the personal values are erased"))?,
        }
    }
    runtime.store().close().await;
    Ok(outcome)
}

/// Erases one case of several: that one is refused, or cannot be done, keeps none of the others.
async fn erased_one(runtime: &Runtime, label: &str, why: Erasure, now: Timestamp) -> Result<Outcome> {
    let (outcome, why) = match runtime.erase(label, why, now, &mut Troubles).await {
        Ok(()) => return Ok(Outcome::Clean),
        Err(error) if error.is_of_case() && !matches!(error, RuntimeError::Refused(_)) => {
            (Outcome::Failed, error.to_string())
        }
        Err(error) => match explain(error) {
            error if error.is::<Refused>() => (Outcome::Findings, error.to_string()),
            error => return Err(error),
        },
    };
    writeln!(io::stderr(), "{label}: {why}")?;
    Ok(outcome)
}
