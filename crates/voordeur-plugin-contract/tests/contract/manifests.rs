//! Manifests.

use serde_json::{Value, json};
use voordeur_plugin_contract::{Idempotency, Manifest};

fn manifest() -> Value {
    json!({
        "id": "referral-http",
        "version": "1.0.0",
        "summary": "Sends a referral",
        "actions": [{
            "name": "send",
            "summary": "Sends it",
            "idempotency": "idempotent",
            "settings": [{ "name": "kind", "needed": true }, { "name": "title" }],
            "input": { "type": "object" },
            "output": { "type": "object", "additionalProperties": false },
        }],
        "wants": { "http": ["https://*"], "secrets": ["token"], "config": ["base"] },
        "made_with": "a member that this host does not know",
    })
}

fn read(manifest: &Value) -> Result<Manifest, String> {
    Manifest::read(&manifest.to_string()).map_err(|error| error.to_string())
}

#[test]
fn a_manifest_is_read() {
    let manifest = read(&manifest()).expect("a manifest");
    let action = manifest.action("send").expect("an action");
    assert_eq!(action.idempotency, Idempotency::Idempotent);
    let settings: Vec<_> =
        action.settings.iter().map(|setting| (setting.name.as_str(), setting.needed)).collect();
    assert_eq!(settings, [("kind", true), ("title", false)]);
    assert_eq!(manifest.wants.http.iter().map(ToString::to_string).collect::<Vec<_>>(), ["https://*"]);
    assert!(manifest.action("fill").is_none());
}

#[test]
fn what_is_not_as_agreed_is_told() {
    let with = |change: &dyn Fn(&mut Value)| {
        let mut manifest = manifest();
        change(&mut manifest);
        read(&manifest).expect_err("refused")
    };
    let wrong = [
        Manifest::read("no JSON").expect_err("refused").to_string(),
        with(&|manifest| manifest["id"] = json!("../letter")),
        with(&|manifest| manifest["version"] = json!("")),
        with(&|manifest| manifest["actions"][0]["idempotency"] = json!("sometimes")),
        with(&|manifest| manifest["actions"][0]["input"] = json!({ "type": "array" })),
        with(&|manifest| manifest["actions"][0]["settings"][0]["name"] = json!("Kind")),
        with(&|manifest| manifest["wants"]["files"] = json!(["/etc"])),
        with(&|manifest| manifest["wants"]["http"] = json!(["everything"])),
        with(&|manifest| {
            let twice = manifest["actions"][0].clone();
            manifest["actions"].as_array_mut().expect("a list").push(twice);
        }),
        with(&|manifest| manifest["summary"] = json!("x".repeat(300_000))),
    ];
    insta::assert_snapshot!(wrong.join("\n"));
}

/// The published schema says the same of a manifest as the program does.
#[test]
fn the_published_schema_knows_a_manifest() {
    let schema = include_str!("../../../../docs/schemas/plugin-manifest.schema.json");
    let schema: Value = serde_json::from_str(schema).expect("JSON");
    let validator = jsonschema::options().build(&schema).expect("a schema");
    assert!(validator.is_valid(&manifest()));
    for (pointer, wrong) in [
        ("/id", json!("../letter")),
        ("/version", json!("")),
        ("/actions/0/idempotency", json!("sometimes")),
        ("/actions/0/input", json!({ "type": "array" })),
        ("/actions/0/settings/0/name", json!("Kind")),
        ("/wants", json!({ "files": ["/etc"] })),
    ] {
        let mut manifest = manifest();
        *manifest.pointer_mut(pointer).expect("it is there") = wrong;
        assert!(!validator.is_valid(&manifest) && read(&manifest).is_err(), "{pointer}");
    }
}
