//! The plugin `letter`: fills in a letter from a template in the pathway.
//!
//! Action `fill`, settings `template` (with `{field}` for a value and `{{` for a brace), `name` (of the document) and
//! `language` (`nl` or `en`). The last line of a letter is its mark (kenmerk): the key of the call.

use voordeur_plugin_kit::words::Language;
use voordeur_plugin_kit::{Action, Answer, Failure, Input, Value, json, template};

struct Letter;

impl Action for Letter {
    fn describe() -> Value {
        json!({
            "id": "letter",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Fills in letters",
            "actions": [{
                "name": "fill",
                "summary": "Fills in a letter from a template",
                "idempotency": "pure",
                "settings": [{ "name": "template", "needed": true }, { "name": "name" }, { "name": "language" }],
                "input": { "type": "object" },
                "output": { "type": "object", "additionalProperties": false },
            }],
        })
    }

    fn perform(input: &Input) -> Result<Answer, Failure> {
        let language = Language::read(input.setting("language").unwrap_or("nl"))
            .ok_or_else(|| Failure::InvalidInput("the setting `language` is `nl` or `en`".to_owned()))?;
        let body = template::fill(input.needed("template")?, &input.fields, language)
            .map_err(Failure::InvalidInput)?;
        let mark = match language {
            Language::Dutch => "Kenmerk",
            Language::English => "Reference",
        };
        let text = format!("{}\n\n{mark}: {}\n", body.trim_end(), input.key);
        Ok(Answer::default().with_text(
            input.setting("name").unwrap_or("brief.txt"),
            "text/plain; charset=utf-8",
            &text,
        ))
    }
}

voordeur_plugin_kit::plugin!(Letter);
