//! The plugin `email`: writes e-mail to an agency, and hands it to the mail gateway of the operator.
//!
//! Action `compose` makes a message (RFC 5322) as a document, and sends nothing. Action `send` posts the same message to the
//! address that the operator gives as `gateway`, with the secret `token` when there is one; since nobody can tell whether a
//! message that got no answer went out, it is done at most once. Settings: `to`, `subject`, `body` (subject and body with
//! `{field}` for a value), `language`; the operator gives `from`.

mod message;

use voordeur_plugin_kit::host::{NoResponse, Request, config, secret, send};
use voordeur_plugin_kit::words::Language;
use voordeur_plugin_kit::{Action, Answer, Failure, Input, Value, json, template};

struct Email;

impl Action for Email {
    fn describe() -> Value {
        let action = |name: &str, summary: &str, idempotency: &str| {
            json!({
                "name": name,
                "summary": summary,
                "idempotency": idempotency,
                "settings": [
                    { "name": "to", "needed": true }, { "name": "subject", "needed": true }, { "name": "body", "needed": true },
                    { "name": "language" },
                ],
                "input": { "type": "object" },
                "output": { "type": "object", "additionalProperties": false },
            })
        };
        json!({
            "id": "email",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Writes e-mail to an agency, and hands it to a mail gateway",
            "actions": [
                action("compose", "Makes a message as a document", "pure"),
                action("send", "Hands a message to the mail gateway", "at-most-once"),
            ],
            "wants": { "http": ["https://*:*", "http://*:*"], "secrets": ["token"], "config": ["from", "gateway"] },
        })
    }

    fn perform(input: &Input) -> Result<Answer, Failure> {
        let message = composed(input, &config("from").unwrap_or_else(|| "voordeur@localhost".to_owned()))?;
        if input.action == "send" {
            handed_over(&message)?;
        }
        Ok(Answer::default().with_text("message.eml", "message/rfc822", &message))
    }
}

fn composed(input: &Input, from: &str) -> Result<String, Failure> {
    let language = Language::read(input.setting("language").unwrap_or("nl"))
        .ok_or_else(|| Failure::InvalidInput("the setting `language` is `nl` or `en`".to_owned()))?;
    let filled = |setting| {
        template::fill(input.needed(setting)?, &input.fields, language).map_err(Failure::InvalidInput)
    };
    let (subject, body) = (filled("subject")?, filled("body")?);
    let parts = message::Parts {
        from,
        to: input.needed("to")?,
        subject: &subject,
        body: &body,
        key: &input.key,
        now: &input.now,
    };
    parts.written(language).map_err(Failure::InvalidInput)
}

fn handed_over(message: &str) -> Result<(), Failure> {
    let gateway = config("gateway").ok_or_else(|| {
        Failure::NeedsHuman(
            "the operator does not set `gateway`: write it under `config` of `[plugin.email]`".to_owned(),
        )
    })?;
    let mut headers = vec![("content-type", "message/rfc822".to_owned())];
    headers.extend(secret("token").map(|token| ("authorization", format!("Bearer {token}"))));
    let sent = send(&Request { method: "POST", url: gateway, headers, body: message.to_owned() });
    match sent {
        Ok(response) if matches!(response.status, 200..=299) => Ok(()),
        Ok(response) if response.status == 429 => {
            Err(Failure::Retryable("the gateway has too much to do".to_owned(), Some(60)))
        }
        Ok(response) if matches!(response.status, 400..=499) => {
            Err(Failure::Refused(format!("the gateway refuses it with status {}", response.status)))
        }
        Ok(response) => Err(Failure::NeedsHuman(format!(
            "the gateway answers with status {}: was it sent?",
            response.status
        ))),
        Err(NoResponse::Denied(why)) => Err(Failure::NeedsHuman(why)),
        Err(NoResponse::Later(why)) => Err(Failure::NeedsHuman(format!("{why}: was it sent?"))),
    }
}

voordeur_plugin_kit::plugin!(Email);
