//! The file that says who is reached by what.
//!
//! ```toml
//! [system]
//! source = "urn:nld:oin:00000001234567890000:systeem:voordeur"
//! dataref = "https://voordeur.example.nl/cases/{case}"
//!
//! [mail]
//! server = "mail.example.nl"
//! from = "Voordeur <voordeur@example.nl>"
//! user = "voordeur"
//! password = { file = "/run/secrets/mail" }
//!
//! [channel.team]
//! mail = ["team@example.nl"]
//!
//! [channel.planning]
//! webhook = "https://planning.example.nl/hooks"
//! secret = { env = "PLANNING_SECRET" }
//! form = "cloudevents"
//!
//! [role]
//! worker = ["team", "planning"]
//! "eropaf.teamlead" = ["team"]
//!
//! [person.w-7]
//! roles = ["worker"]
//!
//! [calendar]
//! secret = { file = "calendar.secret" }
//! roles = ["worker"]
//! ```

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lettre::SmtpTransport;
use lettre::message::Mailbox;
use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;
use ureq::tls::RootCerts;
use url::{Host, Url};
use voordeur_messages::say;
use voordeur_runtime::Routes;

use crate::event::{Origin, check_source, digest};
use crate::feed::Feeds;
use crate::mail::{Mail, Security, Server, transport};
use crate::secret::Source;
use crate::webhook::{Form, Key, Webhook, roots};

/// What is wrong with the file: its name, the line, and what to do.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct ConfigError(String);

/// Who is reached by what. Its secrets have been read.
#[derive(Debug)]
pub struct Config {
    /// The channels, and who is reached by them.
    pub routes: Routes,
    /// The calendars that are served, when the file has any.
    pub feeds: Option<Feeds>,
    /// The names of addresses that go by themselves.
    addresses: Vec<(String, String)>,
    /// The roles of each person.
    people: BTreeMap<String, Vec<String>>,
    /// The names of roles that the file has, with their lines.
    roles: Vec<(String, usize)>,
    path: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    system: Option<SystemPart>,
    mail: Option<Spanned<MailPart>>,
    #[serde(default)]
    channel: BTreeMap<String, Spanned<ChannelPart>>,
    #[serde(default)]
    role: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    #[serde(default)]
    person: BTreeMap<String, PersonPart>,
    calendar: Option<Spanned<CalendarPart>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SystemPart {
    source: Option<Spanned<String>>,
    dataref: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MailPart {
    server: String,
    port: Option<u16>,
    #[serde(default)]
    security: Security,
    from: Spanned<String>,
    user: Option<String>,
    password: Option<Spanned<Source>>,
    authority: Option<Spanned<PathBuf>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChannelPart {
    mail: Option<Vec<Spanned<String>>>,
    webhook: Option<Spanned<String>>,
    secret: Option<Spanned<Source>>,
    #[serde(default)]
    form: Form,
    authority: Option<Spanned<PathBuf>>,
    #[serde(default)]
    private: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonPart {
    #[serde(default)]
    roles: Vec<Spanned<String>>,
    #[serde(default)]
    channels: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarPart {
    listen: Option<Spanned<String>>,
    secret: Spanned<Source>,
    roles: Vec<String>,
    #[serde(default)]
    public: bool,
}

/// Reads a file while its errors get their places.
struct Reader<'a> {
    path: String,
    text: &'a str,
    folder: &'a Path,
}

impl Reader<'_> {
    fn line(&self, start: usize) -> usize {
        self.text.get(..start).map_or(1, |before| before.matches('\n').count() + 1)
    }

    fn at<T>(&self, place: &Spanned<T>, why: &str) -> ConfigError {
        let line = self.line(place.span().start);
        ConfigError(say!("{path}: line {line}: {why}", path = self.path, line, why))
    }

    fn file(&self, path: &Spanned<PathBuf>) -> Result<Vec<u8>, ConfigError> {
        let whole = self.folder.join(path.get_ref());
        std::fs::read(&whole).map_err(|error| {
            self.at(path, &say!("{file} cannot be read: {error}", file = whole.display(), error))
        })
    }
}

impl Config {
    /// Reads a file and the secrets that it names.
    ///
    /// # Errors
    /// [`ConfigError`] with the file, the line and the cause. No secret stands in it.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        let path = file.display().to_string();
        let text = std::fs::read_to_string(file)
            .map_err(|error| ConfigError(say!("{path}: cannot be read: {error}", path, error)))?;
        let folder = file.parent().unwrap_or_else(|| Path::new(""));
        let reader = Reader { path, text: &text, folder };
        let written: Written = toml::from_str(&text).map_err(|error| {
            let line = reader.line(error.span().map_or(0, |span| span.start));
            let why = error.message().lines().next().unwrap_or_default();
            ConfigError(say!("{path}: line {line}: {why}", path = reader.path, line, why))
        })?;
        reader.config(&written)
    }

    /// The roles that a person works in.
    #[must_use]
    pub fn roles_of(&self, person: &str) -> &[String] {
        self.people.get(person).map_or(&[], Vec::as_slice)
    }

    /// The addresses of channels with more than one, each with the name under which its deliveries are listed.
    #[must_use]
    pub fn addresses(&self) -> &[(String, String)] {
        &self.addresses
    }

    /// What is wrong when these are all the pathways with their parties: a role that none of them has reaches nobody.
    #[must_use]
    pub fn unknown_roles(&self, pathways: &[(String, Vec<String>)]) -> Vec<String> {
        let is_known = |role: &str| {
            role == "*"
                || pathways.iter().any(|(pathway, parties)| {
                    let own = role.strip_prefix(pathway.as_str()).and_then(|rest| rest.strip_prefix('.'));
                    parties.iter().any(|party| party == role || Some(party.as_str()) == own)
                })
        };
        let unknown = self.roles.iter().filter(|(role, _)| !is_known(role));
        let told = |(role, line): &(String, usize)| {
            let why = say!("no pathway has a party `{role}`", role);
            say!("{path}: line {line}: {why}", path = self.path, line, why)
        };
        unknown.map(told).collect()
    }
}

impl Reader<'_> {
    fn config(&self, written: &Written) -> Result<Config, ConfigError> {
        let origin = Arc::new(self.origin(written.system.as_ref())?);
        let server = written.mail.as_ref().map(|part| self.server(part)).transpose()?;
        let mut channels = Channels::default();
        for (name, part) in &written.channel {
            self.channel(&mut channels, name, part, server.as_ref(), &origin)?;
        }
        let Channels { mut routes, addresses } = channels;
        let mut roles = Vec::new();
        for (role, channels) in &written.role {
            roles.push((role.get_ref().clone(), self.line(role.span().start)));
            for channel in channels {
                self.reach(&mut routes, written, role.get_ref(), channel)?;
            }
        }
        for person in written.person.values() {
            for role in &person.roles {
                roles.push((role.get_ref().clone(), self.line(role.span().start)));
                for channel in &person.channels {
                    self.reach(&mut routes, written, role.get_ref(), channel)?;
                }
            }
        }
        let names = |part: &PersonPart| part.roles.iter().map(|role| role.get_ref().clone()).collect();
        let people = written.person.iter().map(|(name, part)| (name.clone(), names(part))).collect();
        let feeds = written.calendar.as_ref().map(|part| self.feeds(part)).transpose()?;
        Ok(Config { routes, feeds, addresses, people, roles, path: self.path.clone() })
    }

    fn reach(
        &self,
        routes: &mut Routes,
        written: &Written,
        role: &str,
        channel: &Spanned<String>,
    ) -> Result<(), ConfigError> {
        if !written.channel.contains_key(channel.get_ref()) {
            let why = say!("there is no channel `{channel}`", channel = channel.get_ref());
            return Err(self.at(channel, &why));
        }
        routes.reach(role, channel.get_ref());
        Ok(())
    }

    fn origin(&self, part: Option<&SystemPart>) -> Result<Origin, ConfigError> {
        let source = part.and_then(|part| part.source.as_ref());
        if let Some(source) = source {
            check_source(source.get_ref()).map_err(|why| self.at(source, &why))?;
        }
        let dataref = part.and_then(|part| part.dataref.as_ref());
        if let Some(template) = dataref {
            let url = Url::parse(&template.get_ref().replace("{case}", "a"));
            if url.is_err() || !template.get_ref().contains("{case}") {
                let why =
                    say!("`dataref` is an address in which the case stands as the word `case` in braces");
                return Err(self.at(template, &why));
            }
        }
        Ok(Origin {
            source: source.map(|source| source.get_ref().clone()).unwrap_or_default(),
            dataref: dataref.map(|dataref| dataref.get_ref().clone()),
        })
    }

    fn server(&self, part: &Spanned<MailPart>) -> Result<(SmtpTransport, Mailbox), ConfigError> {
        let MailPart { server, port, security, from, user, password, authority } = part.get_ref();
        if *security == Security::None && !is_own_machine(server) {
            let why = say!("mail goes out without encryption only to a server on this machine");
            return Err(self.at(part, &why));
        }
        let login = match (user, password) {
            (Some(user), Some(source)) => {
                let secret = source.get_ref().read(self.folder).map_err(|why| self.at(source, &why))?;
                Some((user.clone(), secret))
            }
            (None, None) => None,
            _ => return Err(self.at(part, &say!("`user` and `password` belong together"))),
        };
        let authority = authority.as_ref().map(|file| self.file(file)).transpose()?;
        let (host, port) = (server.clone(), port.unwrap_or(security.port()));
        let server = Server { host, port, security: *security, login, authority };
        let transport = transport(&server).map_err(|why| self.at(part, &why))?;
        Ok((transport, self.mailbox(from)?))
    }

    fn mailbox(&self, text: &Spanned<String>) -> Result<Mailbox, ConfigError> {
        let parsed = text.get_ref().parse();
        parsed.map_err(|_| self.at(text, &say!("this is no address of e-mail: write `team@example.nl`")))
    }

    fn channel(
        &self,
        channels: &mut Channels,
        name: &str,
        part: &Spanned<ChannelPart>,
        server: Option<&(SmtpTransport, Mailbox)>,
        origin: &Arc<Origin>,
    ) -> Result<(), ConfigError> {
        let known = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || !name.chars().all(known) {
            return Err(self.at(part, &say!("the name of a channel has letters, digits, `-` and `_`")));
        }
        match (&part.get_ref().mail, &part.get_ref().webhook) {
            (Some(to), None) => {
                let Some((server, from)) = server else {
                    return Err(self.at(part, &say!("mail needs a server: write `[mail]`")));
                };
                let to = to.iter().map(|to| self.mailbox(to)).collect::<Result<Vec<_>, _>>()?;
                if to.is_empty() {
                    return Err(self.at(part, &say!("mail needs an address to go to")));
                }
                channels.add_mail(name, &to, |name, to| {
                    let (server, from, to) = (server.clone(), from.clone(), to.clone());
                    Mail { name: name.to_owned(), server, from, to, origin: Arc::clone(origin) }
                });
            }
            (None, Some(address)) => channels.routes.add(name, self.webhook(part, address, origin)?),
            _ => return Err(self.at(part, &say!("a channel has either `mail` or `webhook`"))),
        }
        Ok(())
    }

    fn webhook(
        &self,
        part: &Spanned<ChannelPart>,
        address: &Spanned<String>,
        origin: &Arc<Origin>,
    ) -> Result<Webhook, ConfigError> {
        let ChannelPart { secret, form, authority, private, .. } = part.get_ref();
        let url = Url::parse(address.get_ref()).ok().filter(Url::has_host);
        let url = url
            .ok_or_else(|| self.at(address, &say!("this is no address: write `https://example.nl/hooks`")))?;
        if url.scheme() != "https" && !(*private && url.scheme() == "http") {
            let why = say!("write `https`, or add `private = true` when the receiver is in your own network");
            return Err(self.at(address, &why));
        }
        if *form != Form::Standard && origin.source.is_empty() {
            return Err(self.at(part, &say!("CloudEvents need a source: write `source` under `[system]`")));
        }
        let Some(source) = secret else {
            return Err(self.at(part, &say!("a webhook is signed: write where its `secret` is")));
        };
        let secret = source.get_ref().read(self.folder).map_err(|why| self.at(source, &why))?;
        let key = Key::new(&secret).map_err(|why| self.at(source, &why))?;
        let roots = match authority {
            Some(file) => roots(&self.file(file)?).map_err(|why| self.at(file, &why))?,
            None => RootCerts::WebPki,
        };
        Ok(Webhook::new(url, *form, key, Arc::clone(origin), roots))
    }

    fn feeds(&self, part: &Spanned<CalendarPart>) -> Result<Feeds, ConfigError> {
        let CalendarPart { listen, secret, roles, public } = part.get_ref();
        let own = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8765);
        let address = match listen {
            Some(text) => text.get_ref().parse().map_err(|_| {
                self.at(text, &say!("this is no address to listen on: write `127.0.0.1:8765`"))
            })?,
            None => own,
        };
        if !address.ip().is_loopback() && !public {
            let why = say!(
                "others than this machine could reach the calendars: put a server with TLS before them, or add `public = true`"
            );
            return Err(self.at(part, &why));
        }
        let source = secret.get_ref().read(self.folder).map_err(|why| self.at(secret, &why))?;
        Feeds::new(address, source.text(), roles.clone()).map_err(|why| self.at(secret, &why))
    }
}

/// The channels of a file.
#[derive(Default)]
struct Channels {
    routes: Routes,
    addresses: Vec<(String, String)>,
}

impl Channels {
    /// Each address goes by itself, under a name that stays when others come and go. One alone has the name of its channel, and
    /// the other one too: something may wait for it since there were more.
    fn add_mail(&mut self, name: &str, to: &[Mailbox], mail: impl Fn(&str, &Mailbox) -> Mail) {
        let part = |to: &Mailbox| digest(&format!("{name} {to}", to = to.email));
        let parts: BTreeMap<String, &Mailbox> = to.iter().map(|to| (part(to), to)).collect();
        if let [only] = parts.values().collect::<Vec<_>>().as_slice() {
            self.routes.add(name, mail(name, only));
        }
        for (part, to) in &parts {
            let whole = self.routes.add_address(name, part, |whole| mail(whole, to));
            if parts.len() > 1 {
                self.addresses.push((whole, to.email.to_string()));
            }
        }
    }
}

/// Whether a host is this machine, by its name or number.
fn is_own_machine(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(address)) => address.is_loopback(),
        Ok(Host::Domain(name)) => name == "localhost",
        Err(_) => false,
    }
}
