//! `voordeur retire`: no new cases on a version, and somebody who answers for each open one.

use std::io::{self, Write as _};

use anyhow::Result;
use serde_json::json;
use voordeur_messages::say;
use voordeur_runtime::Heir;

use crate::args::{Format, RetireArgs};
use crate::clock::moment_to_write;
use crate::failure::Outcome;
use crate::progress::Progress;
use crate::runtime::{deciding, explain, somebody};
use crate::trouble::LeftOut;

pub(crate) async fn retire(args: &RetireArgs) -> Result<Outcome> {
    let heir = match (&args.successor, &args.owner) {
        (Some(version), _) => Heir::Version(version),
        (None, owner) => Heir::Owner(owner.as_deref().unwrap_or_default()),
    };
    somebody(args.by.as_deref())?;
    let mut runtime = deciding(&args.common.db, args.by.as_deref()).await?;
    let now = moment_to_write(&runtime, args.at.as_deref())?;
    let mut left_out = LeftOut::default();
    let told = {
        let bar = Progress::of_cases(None);
        let (name, version) = (&args.pathway, &args.version);
        let told = runtime.retire(name, version, heir, now, &mut left_out, |seen| bar.at(seen)).await;
        told.map_err(explain)?
    };
    runtime.store().close().await;
    let mut out = io::stdout().lock();
    match args.common.format {
        Format::Json => writeln!(
            out,
            "{}",
            json!({ "pathway": args.pathway, "version": args.version, "open_cases_told": told })
        )?,
        Format::Text => writeln!(
            out,
            "{}",
            say!(
                "version {version} of `{name}` is retired; open cases that know who answers for them: {told}",
                version = args.version,
                name = args.pathway,
                told
            )
        )?,
    }
    Ok(left_out.outcome())
}
