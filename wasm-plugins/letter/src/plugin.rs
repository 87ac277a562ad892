//! The letter as a plugin: what the engine calls.

use serde::Deserialize;
use serde_json::{Map, Value, json};

wit_bindgen::generate!({ path: "../../crates/voordeur-plugin-host/wit", world: "action-plugin" });

use exports::voordeur::plugin::action::{
    ActionDescription, ActionError, Guest, Manifest, Outcome, Request, Setting,
};

struct Letter;

#[derive(Deserialize)]
struct Payload {
    fields: Map<String, Value>,
    settings: Map<String, Value>,
}

impl Guest for Letter {
    fn describe() -> Manifest {
        let setting = |name: &str, needed| Setting { name: name.to_owned(), needed };
        Manifest {
            id: "letter".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            actions: vec![ActionDescription {
                name: "fill".to_owned(),
                summary: "Fills in a letter from a template".to_owned(),
                idempotent: true,
                settings: vec![setting("template", true), setting("name", false)],
            }],
        }
    }

    fn perform(request: Request) -> Result<Outcome, ActionError> {
        if request.action != "fill" {
            return Err(invalid(format!("there is no action `{}`; there is `fill`", request.action)));
        }
        let payload: Payload =
            serde_json::from_str(&request.payload).map_err(|_| invalid("the request is not as agreed".to_owned()))?;
        let body = crate::template::fill(text(&payload, "template")?, &payload.fields).map_err(invalid)?;
        let name = text(&payload, "name").unwrap_or("brief.txt");
        let document = json!({
            "name": name,
            "media_type": "text/plain; charset=utf-8",
            "text": format!("{}\n\nKenmerk: {}\n", body.trim_end(), request.key),
        });
        Ok(Outcome { payload: json!({ "returned": {}, "documents": [document] }).to_string() })
    }
}

fn text<'a>(payload: &'a Payload, setting: &str) -> Result<&'a str, ActionError> {
    let value = payload.settings.get(setting).and_then(Value::as_str);
    value.ok_or_else(|| invalid(format!("the setting `{setting}` is missing: write `with {setting} = \"…\"`")))
}

fn invalid(why: String) -> ActionError {
    ActionError::InvalidInput(why)
}

export!(Letter);
