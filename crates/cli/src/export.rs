//! `voordeur export`: everything that is known about one household or in one case.

use std::io::{self, Write as _};

use anyhow::Result;
use serde_json::{Value as Json, json};
use voordeur_engine::{Case, Entry, Message, Teller};
use voordeur_messages::say;
use voordeur_protocol::{CheckedProtocol, FieldId, Value};
use voordeur_runtime::{Runtime, RuntimeError, timestamp};
use voordeur_store::{CaseRow, Status};

use crate::args::ExportArgs;
use crate::failure::{Outcome, Refused};
use crate::runtime::{explain, looking};
use crate::timeline::lines_by;
use crate::trouble::LeftOut;

pub(crate) async fn export(args: &ExportArgs) -> Result<Outcome> {
    let runtime = looking(&args.db).await?;
    let rows = match (&args.household, &args.case) {
        (Some(household), _) => runtime.household(household).await.map_err(explain)?.cases,
        (None, label) => {
            vec![runtime.row(label.as_deref().unwrap_or_default()).await.map_err(explain)?]
        }
    };
    if rows.is_empty() {
        let household = args.household.as_deref().unwrap_or_default();
        return Err(Refused(say!("there is no case of the household `{household}`", household)).into());
    }
    let (mut cases, mut left_out) = (Vec::new(), LeftOut::default());
    for row in &rows {
        let case = case(&runtime, row).await;
        let exported = match rows.len() {
            1 => Some(case?),
            // Of several the others are exported.
            _ => runtime.or_left_out(&row.label, case, &mut left_out).await?,
        };
        cases.extend(exported);
    }
    runtime.store().close().await;
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &json!({ "household": args.household, "cases": cases }))?;
    writeln!(out)?;
    Ok(left_out.outcome())
}

/// What one case holds: what it runs on, what is recorded now and was recorded before, what went to whom, everything
/// that happened, and the documents.
async fn case(runtime: &Runtime, row: &CaseRow) -> Result<Json, RuntimeError> {
    let protocol = runtime.protocols().usable(row.protocol)?;
    let state = runtime.case(row)?;
    let (mut recorded, mut handed, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    let erased = row.secret.is_none();
    let mut teller = Teller::default();
    for (step, entries) in runtime.history(row).await? {
        let at = timestamp(step.at);
        let protocol = runtime.protocols().running(row.protocol, &state, at).unwrap_or(protocol);
        for entry in &entries {
            match entry {
                Entry::Recorded { field, value } => {
                    recorded.push(json!({ "at": at, "field": name(protocol, *field), "value": shown(protocol, *field, value, erased) }));
                }
                Entry::Sent(message) => handed.extend(
                    handed_over(protocol, message)
                        .map(|(to, fields)| json!({ "at": at, "to": to, "fields": fields })),
                ),
                _ => {}
            }
        }
        lines.extend(lines_by(&mut teller, protocol, at, &entries));
    }
    let documents = runtime.documents(row).await?;
    let documents = documents.into_iter().map(|document| {
        json!({
            "name": document.name, "media_type": document.media_type, "made_at": timestamp(document.made_at),
            "text": document.text,
        })
    });
    Ok(json!({
        "case": row.label,
        "pathway": protocol.name,
        "title": protocol.title,
        "version": protocol.version,
        "purpose": protocol.goal,
        "kept_for": protocol.keep.map(|keep| keep.to_string()),
        "opened": timestamp(row.opened_at),
        "place": row.place,
        "ended": row.status == Status::Ended,
        "follows": state.ties.follows,
        "fields": fields(protocol, &state),
        "recorded": recorded,
        "handed_over": handed,
        "timeline": lines,
        "documents": documents.collect::<Vec<_>>(),
    }))
}

fn fields(protocol: &CheckedProtocol, state: &Case) -> Vec<Json> {
    let one = |(field, value): &(FieldId, Value)| {
        let row = protocol.fields.row(*field);
        json!({
            "field": row.name, "title": row.title, "sensitive": row.sensitive,
            "value": shown(protocol, *field, value, false),
        })
    };
    state.data.iter().map(one).collect()
}

fn name(protocol: &CheckedProtocol, field: FieldId) -> &str {
    &protocol.fields.row(field).name
}

fn shown(protocol: &CheckedProtocol, field: FieldId, value: &Value, erased: bool) -> String {
    match value {
        // Of a case without a key only references are left.
        Value::Text(text) if erased && text.starts_with('#') => say!("erased"),
        value => protocol.fields.row(field).ty.show(value),
    }
}

/// To whom a message hands which fields.
fn handed_over<'a>(protocol: &'a CheckedProtocol, message: &Message) -> Option<(&'a str, Vec<&'a str>)> {
    let (to, fields) = match message {
        Message::Refer { to, fields, .. } => (protocol.parties.row(*to).title.as_str(), fields),
        Message::Call { obligation, fields, .. } | Message::Start { obligation, fields, .. } => {
            (protocol.obligations.row(*obligation).name.as_str(), fields)
        }
        _ => return None,
    };
    (!fields.is_empty()).then(|| (to, fields.iter().map(|(field, _)| name(protocol, *field)).collect()))
}
