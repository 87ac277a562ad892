//! The plugin `referral-http`: makes a referral a case of the ZGW Zaken API, or a Task of a FHIR server.
//!
//! Action `refer`, settings `title` and `explanation` (with `{field}` for a value). The operator gives `base` (the address of
//! the API), `api` (`zgw` or `fhir`), for ZGW `organisation` (the RSIN) and `case_type` (the address of the zaaktype), and the
//! secret `token`. Returns `reference`: the address of what was made.
//!
//! A second call makes nothing new: for ZGW the key of the call is the `identificatie`, which is unique in an organisation;
//! for FHIR the key is an identifier, and the update is conditional on it.

mod api;

use voordeur_plugin_kit::{Action, Answer, Failure, Input, Value, json};

struct Referral;

impl Action for Referral {
    fn describe() -> Value {
        json!({
            "id": "referral-http",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Makes a referral a case of the ZGW Zaken API, or a Task of a FHIR server",
            "actions": [{
                "name": "refer",
                "summary": "Hands a referral over",
                "idempotency": "idempotent",
                "settings": [{ "name": "title", "needed": true }, { "name": "explanation" }],
                "input": { "type": "object" },
                "output": {
                    "type": "object",
                    "properties": { "reference": { "type": "string", "maxLength": 1000 } },
                    "required": ["reference"],
                    "additionalProperties": false,
                },
            }],
            "wants": {
                "http": ["https://*:*", "http://*:*"],
                "secrets": ["token"],
                "config": ["base", "api", "organisation", "case_type"],
            },
        })
    }

    fn perform(input: &Input) -> Result<Answer, Failure> {
        Ok(Answer::default().returning("reference", json!(api::refer(input)?)))
    }
}

voordeur_plugin_kit::plugin!(Referral);
