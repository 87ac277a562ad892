//! The two interfaces: what is sent, and what the answer means.

use voordeur_plugin_kit::host::{NoResponse, Request, Response, config, secret, send};
use voordeur_plugin_kit::words::Language;
use voordeur_plugin_kit::{Failure, Input, Value, json, template};

/// The most characters of an `omschrijving` in the Zaken API.
const MOST_TITLE: usize = 80;
/// The most characters of a `toelichting`.
const MOST_EXPLANATION: usize = 1000;
/// The most characters of an `identificatie`.
const MOST_KEY: usize = 40;

/// Hands a referral over, and gives the address of what was made.
pub fn refer(input: &Input) -> Result<String, Failure> {
    let base = set("base")?;
    let base = base.trim_end_matches('/');
    match set("api")?.as_str() {
        "zgw" => zgw(input, base),
        "fhir" => fhir(input, base),
        _ => Err(Failure::NeedsHuman("the operator sets `api` to `zgw` or `fhir`".to_owned())),
    }
}

fn zgw(input: &Input, base: &str) -> Result<String, Failure> {
    let organisation = set("organisation")?;
    let response = exchange(&zgw_request(input, base, &organisation, &set("case_type")?)?)?;
    if response.status == 201 {
        return address(&response);
    }
    // An earlier call of the same key has made it.
    if response.status == 400 && response.body.contains("identificatie-niet-uniek") {
        let url = format!("{base}/zaken?identificatie={}&bronorganisatie={organisation}", input.key);
        let known = exchange(&Request {
            method: "GET",
            url,
            headers: headers("application/json"),
            body: String::new(),
        })?;
        let list: Value = serde_read(&known.body)?;
        let first = list.get("results").and_then(|results| results.get(0)).and_then(|case| case.get("url"));
        return first.and_then(Value::as_str).map(str::to_owned).ok_or_else(unclear);
    }
    Err(refused(&response))
}

fn zgw_request(input: &Input, base: &str, organisation: &str, case_type: &str) -> Result<Request, Failure> {
    if input.key.chars().count() > MOST_KEY {
        return Err(Failure::InvalidInput(
            "the key of the call is longer than an `identificatie` can be".to_owned(),
        ));
    }
    let body = json!({
        "identificatie": input.key,
        "bronorganisatie": organisation,
        "verantwoordelijkeOrganisatie": organisation,
        "zaaktype": case_type,
        "startdatum": input.today(),
        "omschrijving": written(input, "title", MOST_TITLE)?,
        "toelichting": written(input, "explanation", MOST_EXPLANATION)?,
    });
    let mut headers = headers("application/json");
    headers.extend([("accept-crs", "EPSG:4326".to_owned()), ("content-crs", "EPSG:4326".to_owned())]);
    Ok(Request { method: "POST", url: format!("{base}/zaken"), headers, body: body.to_string() })
}

fn fhir(input: &Input, base: &str) -> Result<String, Failure> {
    let response = exchange(&fhir_request(input, base)?)?;
    if !matches!(response.status, 200 | 201) {
        return Err(refused(&response));
    }
    let task: Value = serde_read(&response.body)?;
    let id = task.get("id").and_then(Value::as_str).ok_or_else(unclear)?;
    Ok(format!("{base}/Task/{id}"))
}

/// A conditional update: it makes the task, or changes the one that an earlier call of the same key has made.
fn fhir_request(input: &Input, base: &str) -> Result<Request, Failure> {
    let body = json!({
        "resourceType": "Task",
        "identifier": [{ "system": "urn:voordeur:call", "value": input.key }],
        "status": "requested",
        "intent": "order",
        "code": { "text": written(input, "title", MOST_TITLE)? },
        "description": written(input, "explanation", MOST_EXPLANATION)?,
        "authoredOn": input.now,
    });
    let url = format!("{base}/Task?identifier=urn:voordeur:call%7C{}", input.key);
    Ok(Request { method: "PUT", url, headers: headers("application/fhir+json"), body: body.to_string() })
}

fn set(name: &str) -> Result<String, Failure> {
    config(name).ok_or_else(|| {
        Failure::NeedsHuman(format!(
            "the operator does not set `{name}`: write it under `config` of `[plugin.referral-http]`"
        ))
    })
}

/// A setting of the pathway with its fields filled in; nothing when it is not given.
fn written(input: &Input, setting: &str, most: usize) -> Result<String, Failure> {
    let text = template::fill(input.setting(setting).unwrap_or_default(), &input.fields, Language::Dutch);
    let text = text.map_err(Failure::InvalidInput)?;
    if text.chars().count() > most {
        return Err(Failure::InvalidInput(format!("`{setting}` is longer than {most} characters")));
    }
    Ok(text)
}

fn headers(media_type: &str) -> Vec<(&'static str, String)> {
    let mut headers = vec![("accept", media_type.to_owned()), ("content-type", media_type.to_owned())];
    headers.extend(secret("token").map(|token| ("authorization", format!("Bearer {token}"))));
    headers
}

fn exchange(request: &Request) -> Result<Response, Failure> {
    let response = send(request).map_err(|no| match no {
        NoResponse::Denied(why) => Failure::NeedsHuman(why),
        NoResponse::Later(why) => Failure::Retryable(why, None),
    })?;
    match response.status {
        408 | 425 | 429 | 500..=599 => {
            Err(Failure::Retryable(format!("the server answers with status {}", response.status), Some(60)))
        }
        401 | 403 => {
            Err(Failure::NeedsHuman(format!("the server does not let us in: status {}", response.status)))
        }
        _ => Ok(response),
    }
}

/// What the server says could hold data: only the status is told.
fn refused(response: &Response) -> Failure {
    Failure::Refused(format!("the server refuses it with status {}", response.status))
}

fn unclear() -> Failure {
    Failure::NeedsHuman("the server says that it is there, and not where".to_owned())
}

fn address(response: &Response) -> Result<String, Failure> {
    let made: Value = serde_read(&response.body)?;
    made.get("url").and_then(Value::as_str).map(str::to_owned).ok_or_else(unclear)
}

fn serde_read(text: &str) -> Result<Value, Failure> {
    text.parse().map_err(|_| unclear())
}
