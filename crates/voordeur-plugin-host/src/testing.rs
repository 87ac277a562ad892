//! Cases for a plugin: what goes in, which requests are answered how, and what has to come out. Each is played twice, to
//! find what a plugin keeps or draws by itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use voordeur_plugin_contract::{Grant, Reachable};

use crate::call::{Call, Outcome};
use crate::error::ActionError;
use crate::http::{Exchange, Recording};
use crate::plugin::{Plugin, Report};

/// A case, as it stands in a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Which action.
    pub action: String,
    /// The key of the call.
    #[serde(default = "key")]
    pub key: String,
    /// The moment of the step, RFC 3339 in UTC.
    #[serde(default = "now")]
    pub now: String,
    /// The fields that the action sees.
    #[serde(default)]
    pub fields: Map<String, Value>,
    /// The settings of the pathway.
    #[serde(default)]
    pub settings: Map<String, Value>,
    /// The settings of the operator.
    #[serde(default)]
    pub config: BTreeMap<String, String>,
    /// The requests that it makes, in their order, with the responses.
    #[serde(default)]
    pub http: Vec<Exchange>,
    /// What has to come out: `{"returned": {…}, "documents": […]}` or `{"failure": "needs-human", "why": "…"}`.
    pub expect: Value,
}

fn key() -> String {
    "voordeur-1-1".to_owned()
}

fn now() -> String {
    "2026-03-02T09:00:00Z".to_owned()
}

/// What is wrong with a case.
#[derive(Debug, Clone, PartialEq)]
pub enum Problem {
    /// Something else came out.
    Different {
        /// What has to come out.
        expected: Value,
        /// What did.
        found: Value,
    },
    /// The second time it went otherwise: in its answer, its log, its requests, or its work.
    NotRepeatable(&'static str),
    /// Requests in the recording that it did not make.
    NotAsked(usize),
    /// Lines that were more than the limit on its log.
    LogTooLong(u64),
}

/// Plays a case twice, and tells what is wrong, and the units of work that it took.
pub async fn play(plugin: &Plugin, case: &Case) -> (Vec<Problem>, u64) {
    let (first, left) = once(plugin, case).await;
    let (second, _) = once(plugin, case).await;
    let mut problems = Vec::new();
    let found = told(&first.result);
    let expected = expected(&case.expect, &found);
    if expected != found {
        problems.push(Problem::Different { expected, found });
    }
    let same = [
        ("answer", first.result == second.result),
        ("log", first.log == second.log),
        ("requests", first.exchanges == second.exchanges),
        ("work", first.fuel == second.fuel),
    ];
    problems.extend(same.into_iter().filter(|(_, same)| !same).map(|(what, _)| Problem::NotRepeatable(what)));
    problems.extend((left > 0).then_some(Problem::NotAsked(left)));
    problems.extend((first.dropped > 0).then_some(Problem::LogTooLong(first.dropped)));
    (problems, first.fuel)
}

/// What comes out of a case, as it would stand in its file.
pub async fn answer(plugin: &Plugin, case: &Case) -> Value {
    told(&once(plugin, case).await.0.result)
}

async fn once(plugin: &Plugin, case: &Case) -> (Report, usize) {
    let wants = &plugin.manifest().wants;
    // In a case everything that the plugin asks for is granted, and nothing leaves this machine.
    let http = wants.http.iter().map(|to| Reachable { to: to.clone(), private: true }).collect();
    let grant = Grant { http, config: case.config.clone(), ..Grant::default() };
    let secrets = wants.secrets.iter().map(|name| (name.clone(), format!("the secret {name}"))).collect();
    let recording = Arc::new(Recording::new(case.http.clone()));
    let call = Call {
        action: case.action.clone(),
        key: case.key.clone(),
        now: case.now.clone(),
        fields: case.fields.clone(),
        settings: case.settings.clone(),
    };
    let report = plugin.granted(grant, secrets, recording.clone()).report(&call).await;
    (report, recording.left().len())
}

fn told(result: &Result<Outcome, ActionError>) -> Value {
    match result {
        Ok(outcome) => json!(outcome),
        Err(error) => json!({ "failure": error.word(), "why": error.to_string() }),
    }
}

/// What the file expects, in the form of what was found: what it leaves out is empty, or does not matter (`why`).
fn expected(expect: &Value, found: &Value) -> Value {
    let mut whole = expect.clone();
    let Some(object) = whole.as_object_mut() else { return whole };
    if object.contains_key("failure") {
        if let (false, Some(why)) = (object.contains_key("why"), found.get("why")) {
            object.insert("why".to_owned(), why.clone());
        }
        return whole;
    }
    object.entry("returned").or_insert_with(|| json!({}));
    object.entry("documents").or_insert_with(|| json!([]));
    whole
}
