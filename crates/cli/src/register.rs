//! `voordeur register`: the register of processing activities (AVG, article 30) as far as pathways say what it asks. What
//! they do not say is named as missing, never guessed.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use anyhow::Result;
use serde::Serialize;
use voordeur_messages::say;
use voordeur_protocol::model::{Basis, Field, PartyKind};
use voordeur_protocol::{CheckedProtocol, FieldId, PartyId, Spec};

use crate::args::{Format, RegisterArgs};
use crate::failure::{Outcome, Refused};
use crate::source;

/// One processing activity: a pathway in one version.
#[derive(Debug, Serialize)]
struct Activity {
    pathway: String,
    title: String,
    version: String,
    /// Article 30(1)(a).
    controller: String,
    /// (b).
    purpose: Option<String>,
    /// Article 6.
    grounds: Vec<String>,
    /// (c).
    data_subjects: Option<String>,
    /// (c).
    data: Vec<Datum>,
    /// (d).
    recipients: Vec<Receiver>,
    /// Who processes for the controller.
    plugins: Vec<Receiver>,
    /// (f).
    kept_for: Option<String>,
}

/// A category of personal data.
#[derive(Debug, Serialize)]
struct Datum {
    field: String,
    title: String,
    /// About health, crime or violence: articles 9 and 10.
    sensitive: bool,
}

/// Who gets which fields.
#[derive(Debug, Serialize)]
struct Receiver {
    name: String,
    fields: Vec<String>,
}

pub(crate) fn register(args: &RegisterArgs) -> Result<Outcome> {
    let mut activities = Vec::new();
    for file in source::files(&args.paths)? {
        let source = source::read(&file)?;
        if source.compiled.has_errors() {
            write!(io::stderr(), "{}", source.show(false))?;
            let message = say!("{name}: the pathway has errors, so it says nothing yet", name = source.name);
            return Err(Refused(message).into());
        }
        activities.extend(source.compiled.own().iter().map(activity));
    }
    let mut out = io::stdout().lock();
    match args.format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &activities)?;
            writeln!(out)?;
        }
        Format::Text => out.write_all(page(&activities).as_bytes())?,
    }
    Ok(Outcome::Clean)
}

fn activity(protocol: &CheckedProtocol) -> Activity {
    let recorded = protocol.fields.rows().filter(|field| field.derived.is_none());
    let datum = |field: &Field| Datum {
        field: field.name.clone(),
        title: field.title.clone(),
        sensitive: field.sensitive,
    };
    Activity {
        pathway: protocol.name.clone(),
        title: protocol.title.clone(),
        version: protocol.version.clone(),
        controller: party(protocol, agency(protocol, protocol.lead)),
        purpose: protocol.goal.clone(),
        grounds: protocol.bases.iter().map(ground).collect(),
        data_subjects: protocol.project.for_whom.clone(),
        data: recorded.map(datum).collect(),
        recipients: recipients(protocol),
        plugins: plugins(protocol),
        kept_for: protocol.keep.map(|keep| keep.to_string()),
    }
}

fn ground(basis: &Basis) -> String {
    let words = [Some(basis.ground.replace('_', " ")), basis.text.clone(), basis.law.clone()];
    words.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn agency(protocol: &CheckedProtocol, party: PartyId) -> PartyId {
    match protocol.parties.row(party).kind {
        PartyKind::Role { of } => of,
        _ => party,
    }
}

fn party(protocol: &CheckedProtocol, party: PartyId) -> String {
    protocol.parties.row(party).title.clone()
}

/// The other agencies, with what may be shared with them.
fn recipients(protocol: &CheckedProtocol) -> Vec<Receiver> {
    let mut all: Vec<Receiver> = Vec::new();
    for field in protocol.fields.rows() {
        for with in &field.shared_with {
            add(&mut all, party(protocol, agency(protocol, *with)), &field.name);
        }
    }
    all
}

/// Plugins with what they see.
fn plugins(protocol: &CheckedProtocol) -> Vec<Receiver> {
    let mut all = Vec::new();
    for obligation in protocol.obligations.rows() {
        let Spec::Action(action) = &obligation.spec else { continue };
        for field in &action.sees {
            add(&mut all, action.plugin.clone(), &name(protocol, *field));
        }
    }
    all
}

fn name(protocol: &CheckedProtocol, field: FieldId) -> String {
    protocol.fields.row(field).name.clone()
}

fn add(all: &mut Vec<Receiver>, name: String, field: &str) {
    let position = all.iter().position(|one| one.name == name).unwrap_or_else(|| {
        all.push(Receiver { name, fields: Vec::new() });
        all.len().saturating_sub(1)
    });
    if let Some(one) = all.get_mut(position).filter(|one| !one.fields.iter().any(|known| known == field)) {
        one.fields.push(field.to_owned());
    }
}

fn page(activities: &[Activity]) -> String {
    let mut page = format!("# {}\n", say!("Register of processing activities (AVG, article 30)"));
    for one in activities {
        let _ = write!(page, "\n## {} (`{}` {})\n\n", cell(&one.title), one.pathway, one.version);
        let _ = writeln!(page, "| | |\n| --- | --- |");
        for (what, said) in rows(one) {
            let _ = writeln!(page, "| {what} | {said} |");
        }
    }
    page
}

fn rows(one: &Activity) -> [(String, String); 9] {
    let not_said = || say!("*the pathway does not say*");
    let words = |text: &Option<String>| text.as_deref().map_or_else(not_said, cell);
    [
        (say!("controller (1a)"), cell(&one.controller)),
        (say!("purpose (1b)"), words(&one.purpose)),
        (say!("ground (article 6)"), list(one.grounds.iter().map(|ground| cell(ground)))),
        (say!("data subjects (1c)"), words(&one.data_subjects)),
        (say!("personal data (1c)"), list(one.data.iter().map(datum))),
        (say!("recipients (1d)"), list(one.recipients.iter().map(receiver))),
        (say!("plugins that see data"), list(one.plugins.iter().map(receiver))),
        (say!("outside the European Union (1e), security (1g)"), not_said()),
        (say!("kept for (1f)"), words(&one.kept_for)),
    ]
}

fn datum(datum: &Datum) -> String {
    let mark = if datum.sensitive { say!(" **(sensitive)**") } else { String::new() };
    let title = if datum.title == datum.field { String::new() } else { format!(" {}", cell(&datum.title)) };
    format!("`{}`{title}{mark}", datum.field)
}

fn receiver(receiver: &Receiver) -> String {
    let fields: Vec<String> = receiver.fields.iter().map(|field| format!("`{field}`")).collect();
    format!("{}: {}", cell(&receiver.name), fields.join(", "))
}

fn list(words: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = words.collect();
    if all.is_empty() { say!("none") } else { all.join("<br>") }
}

/// Text that stays in its cell of the table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
