//! Webhooks: POST, signed as Standard Webhooks has it. The receiver answers with a status of 200 to 299, or it comes again.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use jiff::Timestamp;
use serde::Deserialize;
use sha2::Sha256;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};
use ureq::{Agent, Error};
use url::Url;
use voordeur_messages::{kept, say};
use voordeur_runtime::{Channel, Clock as _, Parcel, SystemClock, Undelivered};
use voordeur_store::async_trait;

use crate::event::{Origin, cloud_event, plain};
use crate::secret::Secret;

/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The fewest bytes of a key that Standard Webhooks asks for.
const LEAST_KEY: usize = 24;

/// The form of what is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Form {
    /// `type`, `timestamp`, `data`.
    #[default]
    Standard,
    /// A CloudEvent in one JSON object.
    Cloudevents,
    /// A CloudEvent with its attributes as header fields.
    CloudeventsBinary,
}

/// A webhook.
#[derive(Debug)]
pub(crate) struct Webhook {
    address: Url,
    form: Form,
    key: Key,
    origin: Arc<Origin>,
    agent: Agent,
}

/// The key of the signatures.
#[derive(Debug, Clone)]
pub(crate) struct Key(Vec<u8>);

impl Drop for Key {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

impl Key {
    /// From Base64, with or without `whsec_` before it.
    pub(crate) fn new(secret: &Secret) -> Result<Self, String> {
        let text = secret.text();
        let bytes = STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text)).ok();
        bytes.filter(|bytes| bytes.len() >= LEAST_KEY).map(Self).ok_or_else(|| {
            say!("the secret is no key of a webhook: at least 24 random bytes in Base64, with `whsec_` before it or not")
        })
    }

    /// `v1,` and the HMAC-SHA256 of `id.timestamp.body` in Base64.
    fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> Option<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

/// What is sent: header fields and body.
struct Letter {
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Webhook {
    pub(crate) fn new(address: Url, form: Form, key: Key, origin: Arc<Origin>, roots: RootCerts) -> Self {
        let config = Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(concat!("voordeur/", env!("CARGO_PKG_VERSION")))
            .timeout_global(Some(PATIENCE))
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .build();
        Self { address, form, key, origin, agent: Agent::new_with_config(config) }
    }

    fn letter(&self, parcel: &Parcel) -> Option<Letter> {
        let mut letter = match self.form {
            Form::Standard => of_json("application/json", &plain(parcel))?,
            Form::Cloudevents => {
                let media_type = "application/cloudevents+json; charset=utf-8";
                of_json(media_type, &cloud_event(&self.origin, parcel))?
            }
            Form::CloudeventsBinary => binary(&self.origin, parcel)?,
        };
        // By the real clock, whatever moment it is in the cases: receivers refuse what was signed minutes ago.
        let (id, timestamp) = (self.origin.unique(&parcel.notice.key), SystemClock.now().as_second());
        let signature = self.key.sign(&id, timestamp, &letter.body)?;
        letter.headers.extend([
            ("webhook-id", id),
            ("webhook-timestamp", timestamp.to_string()),
            ("webhook-signature", signature),
        ]);
        Some(letter)
    }
}

fn of_json(media_type: &str, value: &impl serde::Serialize) -> Option<Letter> {
    let headers = vec![("content-type", media_type.to_owned())];
    Some(Letter { headers, body: serde_json::to_vec(value).ok()? })
}

/// Attributes are header fields, percent-encoded where they are not plain; the data is the body.
fn binary(origin: &Origin, parcel: &Parcel) -> Option<Letter> {
    let event = cloud_event(origin, parcel);
    let mut letter = of_json(event.datacontenttype, &event.data)?;
    letter.headers.extend([
        ("ce-specversion", event.specversion.to_owned()),
        ("ce-type", event.r#type.to_owned()),
        ("ce-source", encoded(event.source)),
        ("ce-subject", encoded(event.subject)),
        ("ce-id", encoded(event.id)),
        ("ce-time", event.time.to_string()),
    ]);
    letter.headers.extend(event.dataref.map(|dataref| ("ce-dataref", encoded(&dataref))));
    Some(letter)
}

/// As the HTTP binding of CloudEvents has it: space, quote, percent sign and all that is not visible ASCII.
fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && byte != b'"' && byte != b'%' {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").unwrap_or_default();
        }
    }
    out
}

#[async_trait]
impl Channel for Webhook {
    async fn send(&self, parcel: &Parcel) -> Result<(), Undelivered> {
        let Some(letter) = self.letter(parcel) else {
            return Err(Undelivered::Never { why: kept(|| say!("the message cannot be written as JSON")) });
        };
        let (agent, address) = (self.agent.clone(), self.address.clone());
        let posted = tokio::task::spawn_blocking(move || post(&agent, &address, letter)).await;
        posted.unwrap_or_else(|_| Err(later(kept(|| say!("the request broke off")))))
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }
}

fn post(agent: &Agent, address: &Url, letter: Letter) -> Result<(), Undelivered> {
    let mut request = ureq::http::Request::builder().method("POST").uri(address.as_str());
    for (name, value) in &letter.headers {
        request = request.header(*name, value.as_str());
    }
    let request = request
        .body(letter.body)
        .map_err(|_| Undelivered::Never { why: kept(|| say!("the request cannot be made")) })?;
    let response = agent.run(request).map_err(|error| later(kept(|| failure(&error))))?;
    let status = response.status().as_u16();
    if (200..300).contains(&status) {
        return Ok(());
    }
    let why = kept(|| say!("the receiver answered with status {status}", status));
    if status == 410 {
        // As Standard Webhooks has it: nobody is there any more.
        return Err(Undelivered::Never { why });
    }
    let asked = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
    Err(Undelivered::Later { why, wait: asked.and_then(|asked| asked_wait(asked, SystemClock.now())) })
}

/// How long `Retry-After` asks to wait: seconds, or a moment (RFC 9110, section 10.2.3). Anything else asks nothing.
fn asked_wait(asked: &str, now: Timestamp) -> Option<Duration> {
    let asked = asked.trim();
    if !asked.is_empty() && asked.bytes().all(|byte| byte.is_ascii_digit()) {
        // More than fits in a number is long all the same.
        return Some(Duration::from_secs(asked.parse().unwrap_or(u64::MAX)));
    }
    let moment = Timestamp::try_from(httpdate::parse_http_date(asked).ok()?).ok()?;
    // What has gone by asks for no wait.
    Some(Duration::try_from(moment.duration_since(now)).unwrap_or_default())
}

fn later(why: String) -> Undelivered {
    Undelivered::Later { why, wait: None }
}

/// Without the address: its path may be a secret of the receiver.
fn failure(error: &Error) -> String {
    match error {
        Error::Timeout(_) => say!("the receiver did not answer in time"),
        Error::HostNotFound => say!("there is no such host"),
        Error::Io(error) => say!("the receiver cannot be reached: {why}", why = error.kind()),
        Error::Tls(_) | Error::Rustls(_) => {
            say!("the receiver is not who it says it is, or does not encrypt")
        }
        _ => say!("the request broke off"),
    }
}

/// The certificates of a PEM file.
pub(crate) fn roots(pem: &[u8]) -> Result<RootCerts, String> {
    let mut certificates: Vec<Certificate<'static>> = Vec::new();
    for item in ureq::tls::parse_pem(pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| error.to_string())? {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(say!("there is no certificate in it"));
    }
    Ok(RootCerts::Specific(Arc::new(certificates)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification of Standard Webhooks.
    #[test]
    fn a_signature_is_that_of_the_specification() {
        let key = Key(STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("Base64"));
        let signed = key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    #[test]
    fn retry_after_is_seconds_or_a_moment_and_rubbish_asks_nothing() {
        let now = Timestamp::from_second(784_111_700).expect("a moment");
        let wait = |asked: &str| asked_wait(asked, now).map(|wait| wait.as_secs());
        assert_eq!(wait("120"), Some(120));
        assert_eq!(wait(" 0 "), Some(0));
        assert_eq!(wait("99999999999999999999999"), Some(u64::MAX));
        // The three forms of a moment that RFC 9110 knows.
        for moment in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(wait(moment), Some(77), "{moment}");
        }
        assert_eq!(wait("Sun, 06 Nov 1988 08:49:37 GMT"), Some(0), "it has gone by");
        for rubbish in
            ["", "-5", "1.5", "+3", "soon", "Sun, 06 Nov 19994 08:49:37 GMT", "2026-03-02T10:00:00Z"]
        {
            assert_eq!(wait(rubbish), None, "{rubbish}");
        }
    }

    #[test]
    fn what_is_not_plain_is_encoded_in_header_fields() {
        assert_eq!(encoded("a b\"c%é"), "a%20b%22c%25%C3%A9");
        assert_eq!(encoded("urn:nld:oin:1"), "urn:nld:oin:1");
    }
}
