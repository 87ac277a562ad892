//! What a plugin says of itself.

use serde::Deserialize;
use serde_json::Value;
use voordeur_messages::say;

use crate::error::ManifestError;
use crate::pattern::Pattern;
use crate::schema::Schema;

/// The most bytes that a plugin may say of itself.
const MOST_BYTES: usize = 256 << 10;

/// What a plugin says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Its name: lower case letters, digits and `-`.
    pub id: String,
    /// Its version, such as `1.0.0`.
    pub version: String,
    /// What it is for, in one sentence.
    pub summary: String,
    /// Its actions.
    pub actions: Vec<Action>,
    /// What it asks the operator for.
    pub wants: Wants,
}

/// An action of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// The name after `does` in a pathway.
    pub name: String,
    /// What it is for, in one sentence.
    pub summary: String,
    /// What a second call does.
    pub idempotency: Idempotency,
    /// The settings that it knows.
    pub settings: Vec<Setting>,
    /// The fields that it takes: those that the action `sees`.
    pub input: Schema,
    /// The fields that it gives back: those that the action `returns`.
    pub output: Schema,
}

/// What a second call with the same key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Idempotency {
    /// The action only computes: it may be called as often as one likes.
    Pure,
    /// A second call with the same key does nothing more than the first.
    Idempotent,
    /// A second call may do it twice: after a crash somebody has to find out whether it happened.
    AtMostOnce,
}

/// A setting of an action: a text that the pathway gives with `with NAME = "…"`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Whether the action cannot do without.
    #[serde(default)]
    pub needed: bool,
}

/// What a plugin asks the operator for. It has it only when the operator grants it as well.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wants {
    /// The addresses that it wants to reach.
    #[serde(default)]
    pub http: Vec<Pattern>,
    /// The names of the secrets that it wants to use.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// The names of the settings of the operator that it reads.
    #[serde(default)]
    pub config: Vec<String>,
}

#[derive(Deserialize)]
struct Written {
    id: String,
    version: String,
    #[serde(default)]
    summary: String,
    actions: Vec<WrittenAction>,
    #[serde(default)]
    wants: Wants,
}

#[derive(Deserialize)]
struct WrittenAction {
    name: String,
    #[serde(default)]
    summary: String,
    idempotency: Idempotency,
    #[serde(default)]
    settings: Vec<Setting>,
    input: Option<Value>,
    output: Option<Value>,
}

impl Idempotency {
    /// The word in a manifest.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pure => "pure",
            Self::Idempotent => "idempotent",
            Self::AtMostOnce => "at-most-once",
        }
    }
}

impl Manifest {
    /// Reads what `describe` gave. Members that are not known are left out, so that a plugin may say more than this
    /// version of the host understands; what it `wants` has to be understood.
    ///
    /// # Errors
    /// [`ManifestError`] says what is not as agreed.
    pub fn read(text: &str) -> Result<Self, ManifestError> {
        if text.len() > MOST_BYTES {
            return Err(malformed(say!("it is larger than {most} bytes", most = MOST_BYTES)));
        }
        let written: Written = serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
        let actions = written.actions.into_iter().map(action).collect::<Result<Vec<_>, _>>()?;
        let manifest = Self {
            id: written.id,
            version: written.version,
            summary: written.summary,
            actions,
            wants: written.wants,
        };
        manifest.check_names()?;
        Ok(manifest)
    }

    /// The action with this name.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.name == name)
    }

    fn check_names(&self) -> Result<(), ManifestError> {
        let actions = self.actions.iter().map(|action| &action.name);
        let settings =
            self.actions.iter().flat_map(|action| action.settings.iter().map(|setting| &setting.name));
        let asked = self.wants.secrets.iter().chain(&self.wants.config);
        let names = std::iter::once(&self.id).chain(actions).chain(settings).chain(asked);
        if let Some(name) = names.into_iter().find(|name| !is_name(name)) {
            let name: String = name.chars().take(60).collect();
            return Err(malformed(say!(
                "`{name}` is no name: use lower case letters, digits, `_` and `-`",
                name
            )));
        }
        if self.version.is_empty()
            || self.version.len() > 60
            || !self.version.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(malformed(say!("its version is 1 to 60 visible characters")));
        }
        let twice = |(at, action): (usize, &Action)| {
            self.actions
                .iter()
                .take(at)
                .any(|earlier| earlier.name == action.name)
                .then(|| action.name.clone())
        };
        match self.actions.iter().enumerate().find_map(twice) {
            Some(name) => Err(malformed(say!("action `{name}` is there twice", name))),
            None => Ok(()),
        }
    }
}

fn malformed(why: String) -> ManifestError {
    ManifestError::Malformed(why)
}

fn is_name(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    !name.is_empty() && name.len() <= 60 && name.bytes().all(known)
}

fn action(written: WrittenAction) -> Result<Action, ManifestError> {
    let schema = |place: &str, schema: Option<&Value>| match schema {
        None => Ok(Schema::nothing()),
        Some(schema) => Schema::read(place, schema)
            .map_err(|source| ManifestError::Schema { action: written.name.clone(), source }),
    };
    Ok(Action {
        input: schema("input", written.input.as_ref())?,
        output: schema("output", written.output.as_ref())?,
        summary: written.summary,
        idempotency: written.idempotency,
        settings: written.settings,
        name: written.name,
    })
}
