//! E-mail, over TLS unless the server is on this machine. It says which case and what about; it has no personal values.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Message, SmtpTransport, Transport as _};
use serde::Deserialize;
use voordeur_messages::{kept, say};
use voordeur_runtime::{Channel, Parcel, Undelivered};
use voordeur_store::async_trait;

use crate::event::Origin;
use crate::secret::Secret;

/// How long the server may take with each of its answers.
const PATIENCE: Duration = Duration::from_secs(10);

/// Codes that are about the login (RFC 4954).
const LOGIN: [&str; 4] = ["530", "534", "535", "538"];

/// How many answers there are, about.
const ANSWERS: u32 = 3;

/// How the line to the server is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Security {
    /// From the first byte on (port 465).
    Tls,
    /// After a few words (port 587). A server that does not offer it gets no mail.
    #[default]
    Starttls,
    /// Not at all: for a server on this machine only.
    None,
}

impl Security {
    pub(crate) const fn port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::Starttls => 587,
            Self::None => 25,
        }
    }
}

/// How the server is reached.
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: Security,
    pub(crate) login: Option<(String, Secret)>,
    pub(crate) authority: Option<Vec<u8>>,
}

/// The server as a library knows it.
///
/// # Errors
/// What is wrong with the certificate or the name of the server.
pub(crate) fn transport(server: &Server) -> Result<SmtpTransport, String> {
    let tls = || -> Result<TlsParameters, lettre::transport::smtp::Error> {
        let mut tls = TlsParameters::builder(server.host.clone());
        if let Some(pem) = &server.authority {
            tls = tls.add_root_certificate(Certificate::from_pem(pem)?);
        }
        tls.build()
    };
    let tls = match server.security {
        Security::None => Ok(Tls::None),
        Security::Tls => tls().map(Tls::Wrapper),
        Security::Starttls => tls().map(Tls::Required),
    };
    let tls = tls.map_err(|error| error.to_string())?;
    let mut builder = SmtpTransport::builder_dangerous(server.host.clone())
        .port(server.port)
        .tls(tls)
        .hello_name(ClientId::Domain("voordeur.invalid".to_owned()))
        .timeout(Some(PATIENCE));
    if let Some((user, password)) = &server.login {
        builder = builder.credentials(Credentials::new(user.clone(), password.text().to_owned()));
    }
    Ok(builder.build())
}

/// Mail to one address: what a server says about another one is no matter of this.
#[derive(Debug)]
pub(crate) struct Mail {
    pub(crate) name: String,
    pub(crate) server: SmtpTransport,
    pub(crate) from: Mailbox,
    pub(crate) to: Mailbox,
    pub(crate) origin: Arc<Origin>,
}

/// A program wrote it: nobody's holiday answers it (RFC 3834).
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

impl Mail {
    fn message(&self, parcel: &Parcel) -> Result<Message, lettre::error::Error> {
        let domain = self.from.email.domain();
        // The same on every try, so that a mailbox knows a message that comes twice.
        let id = self.origin.unique(&parcel.notice.key);
        let id = format!("<{id}.{}@{domain}>", self.name.replace('/', "."));
        let (topic, label) = (parcel.topic.title(), &parcel.notice.label);
        Message::builder()
            .from(self.from.clone())
            .to(self.to.clone())
            .message_id(Some(id))
            .subject(format!("{label}: {topic}"))
            .date(moment(parcel.notice.at))
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .body(self.text(parcel))
    }

    fn text(&self, parcel: &Parcel) -> String {
        let protocol = &parcel.notice.protocol;
        let mut lines = vec![
            parcel.text(),
            String::new(),
            say!("Case: {label}", label = parcel.notice.label),
            say!("Pathway: {name} {version}", name = protocol.title, version = protocol.version),
        ];
        lines.extend(self.origin.dataref(&parcel.notice.label));
        lines.push(String::new());
        lines.push(say!("The inbox has this message under {key}.", key = parcel.notice.key));
        lines.join("\n") + "\n"
    }
}

fn moment(at: Timestamp) -> std::time::SystemTime {
    chrono::DateTime::from_timestamp(at.as_second(), 0).unwrap_or_default().into()
}

#[async_trait]
impl Channel for Mail {
    async fn send(&self, parcel: &Parcel) -> Result<(), Undelivered> {
        let message = self.message(parcel).map_err(|_| Undelivered::Never {
            why: kept(|| say!("the message cannot be written as mail")),
        })?;
        let server = self.server.clone();
        let sent = tokio::task::spawn_blocking(move || server.send(&message)).await;
        match sent {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(failure(&error)),
            Err(_) => Err(Undelivered::Later {
                why: kept(|| say!("the conversation with the server broke off")),
                wait: None,
            }),
        }
    }

    fn patience(&self) -> Duration {
        PATIENCE.saturating_mul(ANSWERS)
    }
}

/// Without what the server says: it may repeat addresses.
fn failure(error: &lettre::transport::smtp::Error) -> Undelivered {
    let code = error.status().map(|code| code.to_string());
    let answered = |code: &str| kept(|| say!("the mail server answered with code {code}", code));
    match code {
        // A password can be mended, an address that is gone cannot.
        Some(code) if error.is_permanent() && !LOGIN.contains(&code.as_str()) => {
            Undelivered::Never { why: answered(&code) }
        }
        Some(code) => Undelivered::Later { why: answered(&code), wait: None },
        None => Undelivered::Later { why: kept(|| unanswered(error)), wait: None },
    }
}

fn unanswered(error: &lettre::transport::smtp::Error) -> String {
    if error.is_timeout() {
        say!("the mail server did not answer in time")
    } else if error.is_tls() {
        say!("the mail server is not who it says it is, or does not encrypt")
    } else {
        say!("the mail server cannot be reached, or does not offer what is asked")
    }
}
