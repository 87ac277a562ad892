//! The plugin `letter`: fills in a letter from a template in the pathway.
//!
//! Action `fill`, settings `template` (with `{field}` for a value and `{{` for a brace; an empty line between paragraphs),
//! `name` (of the document), `language` (`nl` or `en`) and `format` (`text`, `html` or `pdf`, a tagged one). The last line of a
//! letter is its mark (kenmerk): the key of the call.

use voordeur_plugin_kit::words::Language;
use voordeur_plugin_kit::{Action, Answer, Failure, Input, Value, json, pdf, template};

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
                "settings": [{ "name": "template", "needed": true }, { "name": "name" }, { "name": "language" }, { "name": "format" }],
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
        written(input.setting("format").unwrap_or("text"), input.setting("name"), &text, language)
    }
}

/// The letter in a format.
fn written(format: &str, name: Option<&str>, text: &str, language: Language) -> Result<Answer, Failure> {
    let answer = Answer::default();
    match format {
        "text" => Ok(answer.with_text(name.unwrap_or("brief.txt"), "text/plain; charset=utf-8", text)),
        "html" => Ok(answer.with_text(
            name.unwrap_or("brief.html"),
            "text/html; charset=utf-8",
            &html(text, language),
        )),
        "pdf" => {
            let bytes = pdf::letter("Brief", text, language).map_err(Failure::InvalidInput)?;
            Ok(answer.with_bytes(name.unwrap_or("brief.pdf"), "application/pdf", &bytes))
        }
        _ => Err(Failure::InvalidInput("the setting `format` is `text`, `html` or `pdf`".to_owned())),
    }
}

/// A page with a paragraph for each paragraph; nothing of the text is markup.
fn html(text: &str, language: Language) -> String {
    let plain = text.trim_end().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let paragraph = |text: &str| format!("<p>{}</p>\n", text.replace('\n', "<br>\n"));
    let body: String = plain.split("\n\n").map(paragraph).collect();
    let code = language.code();
    format!(
        "<!doctype html>\n<html lang=\"{code}\">\n<meta charset=\"utf-8\">\n<title>Brief</title>\n{body}</html>\n"
    )
}

voordeur_plugin_kit::plugin!(Letter);
