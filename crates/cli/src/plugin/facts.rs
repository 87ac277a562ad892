//! `voordeur plugin inspect` and `diff`: what a plugin is, wants and may do, a line each, in a fixed order.

use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Result;
use serde_json::{Map, Value, json};
use voordeur_messages::say;
use voordeur_plugin_host::contract::{Action, Operator, Schema};
use voordeur_plugin_host::{Plugin, Setup};

use crate::args::Format;
use crate::failure::Outcome;
use crate::plugins;

pub(super) async fn inspect(file: &Path, operator: Option<&Path>, format: Format) -> Result<Outcome> {
    let operator = plugins::operator(operator)?;
    let host = plugins::host(Setup { operator: operator.clone(), ..Setup::default() })?;
    let plugin = host.load(file).await?;
    let mut facts = facts(&plugin);
    facts.push((say!("size"), say!("{bytes} bytes", bytes = std::fs::metadata(file)?.len())));
    facts.push((say!("digest"), plugin.digest().to_string()));
    facts.extend(granted(&plugin, &operator));
    let mut out = io::stdout().lock();
    match format {
        Format::Json => writeln!(out, "{:#}", as_json(&facts))?,
        Format::Text => {
            for (what, is) in facts {
                writeln!(out, "{what}: {is}")?;
            }
        }
    }
    Ok(Outcome::Clean)
}

pub(super) async fn diff(old: &Path, new: &Path) -> Result<Outcome> {
    let host = plugins::host(Setup::default())?;
    let lines = async |path: &Path| -> Result<String> {
        let facts = facts(&host.load(path).await?);
        Ok(facts.iter().map(|(what, is)| format!("{what}: {is}\n")).collect())
    };
    let (old, new) = (lines(old).await?, lines(new).await?);
    let changes = similar::TextDiff::from_lines(&old, &new);
    let mut out = io::stdout().lock();
    let mut changed = false;
    for change in changes.iter_all_changes().filter(|change| change.tag() != similar::ChangeTag::Equal) {
        changed = true;
        write!(out, "{}{}", change.tag(), change.value())?;
    }
    Ok(Outcome::clean_if(!changed))
}

/// What the plugin says of itself.
fn facts(plugin: &Plugin) -> Vec<(String, String)> {
    let manifest = plugin.manifest();
    let mut facts = vec![
        (say!("plugin"), manifest.id.clone()),
        (say!("version"), manifest.version.clone()),
        (say!("summary"), manifest.summary.clone()),
    ];
    let runtime = if plugin.uses_wasi() { say!("brings its own (WASI)") } else { say!("none") };
    facts.push((say!("language runtime"), runtime));
    manifest.actions.iter().for_each(|action| facts.extend(of_action(action)));
    let wants = &manifest.wants;
    facts.extend(wants.http.iter().map(|to| (say!("wants to reach"), to.to_string())));
    facts.extend(wants.secrets.iter().map(|name| (say!("wants the secret"), name.clone())));
    facts.extend(wants.config.iter().map(|name| (say!("reads the setting"), name.clone())));
    facts
}

fn of_action(action: &Action) -> Vec<(String, String)> {
    let name = &action.name;
    let mut facts =
        vec![(say!("action `{name}`", name), format!("{} ({})", action.summary, action.idempotency.word()))];
    facts.extend(action.settings.iter().map(|setting| {
        let needed = if setting.needed { say!("needed") } else { say!("may be left out") };
        (say!("action `{name}`, setting `{setting}`", name, setting = setting.name), needed)
    }));
    facts.extend(of_schema(&action.input, &say!("action `{name}`, takes", name)));
    facts.extend(of_schema(&action.output, &say!("action `{name}`, returns", name)));
    facts
}

fn of_schema(schema: &Schema, what: &str) -> Vec<(String, String)> {
    let field = |(name, shape, needed): (&str, &_, bool)| {
        let needed = if needed { String::new() } else { format!(", {}", say!("may be left out")) };
        (format!("{what} `{name}`"), format!("{shape}{needed}"))
    };
    let others = schema.others().map(|shape| (format!("{what} {}", say!("other fields")), shape.to_string()));
    schema.names().map(field).chain(others).collect()
}

/// What it wants, and whether the operator grants it.
fn granted(plugin: &Plugin, operator: &Operator) -> Vec<(String, String)> {
    let manifest = plugin.manifest();
    let grant = operator.grant(&manifest.id);
    let mut facts: Vec<(String, String)> = Vec::new();
    for reach in &grant.http {
        let private =
            if reach.private { say!("also in a private network") } else { say!("not in a private network") };
        facts.push((say!("may reach"), format!("{}, {private}", reach.to)));
    }
    facts.extend(grant.secrets.keys().map(|name| (say!("may use the secret"), name.clone())));
    let missing = |names: &[String], known: &dyn Fn(&String) -> bool| -> Vec<String> {
        names.iter().filter(|name| !known(name)).cloned().collect()
    };
    let secrets = missing(&manifest.wants.secrets, &|name| grant.secrets.contains_key(name));
    facts.extend(secrets.into_iter().map(|name| (say!("is not granted the secret"), name)));
    let config = missing(&manifest.wants.config, &|name| grant.config.contains_key(name));
    facts.extend(config.into_iter().map(|name| (say!("is not given the setting"), name)));
    if grant.http.is_empty() && !manifest.wants.http.is_empty() {
        facts.push((say!("may reach"), say!("nothing: the operator grants no address")));
    }
    let limits = plugin.limits();
    facts.push((say!("limits"), say!("{fuel} units of work, {seconds} s, {memory} bytes of memory, {output} bytes of answer, {log} bytes of log, {requests} requests, {traffic} bytes of traffic", fuel = limits.fuel, seconds = limits.time.as_secs(), memory = limits.memory, output = limits.output, log = limits.log, requests = limits.requests, traffic = limits.traffic)));
    facts
}

/// Facts with the same name are a list.
fn as_json(facts: &[(String, String)]) -> Value {
    let mut object = Map::new();
    for (what, is) in facts {
        match object.get_mut(what) {
            None => {
                object.insert(what.clone(), json!(is));
            }
            Some(Value::Array(list)) => list.push(json!(is)),
            Some(one) => *one = json!([one.clone(), is]),
        }
    }
    Value::Object(object)
}
