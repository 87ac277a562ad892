//! The schema of what goes into an action, or comes out of it: an object with named values.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};
use voordeur_messages::say;

use crate::error::SchemaError;
use crate::shape::{Shape, only, wrong};

/// The names that may stand in an object, and the shape of each value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    named: BTreeMap<String, (Shape, bool)>,
    others: Option<Shape>,
}

/// Why an object does not fit a schema. It names fields and never shows a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// A name that has to be there is not.
    Missing(String),
    /// A name that may not be there.
    Unknown(String),
    /// A value of another shape.
    Shape {
        /// The name.
        name: String,
        /// What it should be.
        wanted: Shape,
    },
}

impl Schema {
    /// A schema for nothing at all.
    #[must_use]
    pub const fn nothing() -> Self {
        Self { named: BTreeMap::new(), others: None }
    }

    /// Reads a JSON Schema. Only what has a counterpart in the pathway language is taken: an object, and in it
    /// the shapes that [`Shape`] lists.
    ///
    /// # Errors
    /// [`SchemaError`] names the place and the keyword that is not taken.
    pub fn read(place: &str, schema: &Value) -> Result<Self, SchemaError> {
        let Some(object) = schema.as_object() else {
            return Err(wrong(place, say!("it is an object")));
        };
        only(place, object, &["$schema", "type", "properties", "required", "additionalProperties"])?;
        if object.get("type").and_then(Value::as_str) != Some("object") {
            return Err(wrong(place, say!("its `type` is `object`")));
        }
        let needed = names(place, object.get("required"))?;
        let mut named = BTreeMap::new();
        for (name, shape) in properties(place, object.get("properties"))? {
            let shape = Shape::read(&format!("{place}.{name}"), shape)?;
            named.insert(name.clone(), (shape, needed.contains(&name.as_str())));
        }
        if let Some(strange) = needed.iter().find(|name| !named.contains_key(**name)) {
            return Err(wrong(place, say!("`{name}` is required, and no property", name = strange)));
        }
        let others = match object.get("additionalProperties") {
            None => Some(Shape::Any),
            Some(Value::Bool(false)) => None,
            Some(shape) => Some(Shape::read(&format!("{place}.*"), shape)?),
        };
        Ok(Self { named, others })
    }

    /// The shape of the value with this name; `None` when it may not be there.
    #[must_use]
    pub fn shape(&self, name: &str) -> Option<&Shape> {
        self.named.get(name).map(|(shape, _)| shape).or(self.others.as_ref())
    }

    /// Whether the value with this name has to be there.
    #[must_use]
    pub fn needs(&self, name: &str) -> bool {
        self.named.get(name).is_some_and(|(_, needed)| *needed)
    }

    /// The names that it knows, in order, with their shapes and whether they have to be there.
    pub fn names(&self) -> impl Iterator<Item = (&str, &Shape, bool)> {
        self.named.iter().map(|(name, (shape, needed))| (name.as_str(), shape, *needed))
    }

    /// The shape of names that it does not know; `None` when there may be none.
    #[must_use]
    pub const fn others(&self) -> Option<&Shape> {
        self.others.as_ref()
    }

    /// Whether an object fits.
    ///
    /// # Errors
    /// [`Mismatch`], the first in the order of names.
    pub fn check(&self, object: &Map<String, Value>) -> Result<(), Mismatch> {
        if let Some((name, ..)) =
            self.names().find(|(name, _, needed)| *needed && !object.contains_key(*name))
        {
            return Err(Mismatch::Missing(name.to_owned()));
        }
        for (name, value) in object {
            match self.shape(name) {
                None => return Err(Mismatch::Unknown(name.clone())),
                Some(shape) if !shape.holds(value) => {
                    return Err(Mismatch::Shape { name: name.clone(), wanted: shape.clone() });
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::Missing(name) => say!("`{name}` is missing", name),
            Self::Unknown(name) => say!("`{name}` may not be there", name = shown(name)),
            Self::Shape { name, wanted } => say!("`{name}` is not {wanted}", name = shown(name), wanted),
        };
        f.write_str(&words)
    }
}

/// A name that a plugin made up could hold anything: only what can be the name of a field is shown.
fn shown(name: &str) -> &str {
    let plain = name.len() <= 60 && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    if plain && !name.chars().any(|c| c.is_ascii_digit()) { name } else { "…" }
}

fn names<'a>(place: &str, value: Option<&'a Value>) -> Result<Vec<&'a str>, SchemaError> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let names =
        value.as_array().and_then(|names| names.iter().map(Value::as_str).collect::<Option<Vec<_>>>());
    names.ok_or_else(|| wrong(place, say!("`required` is a list of names")))
}

fn properties<'a>(
    place: &str,
    value: Option<&'a Value>,
) -> Result<impl Iterator<Item = (&'a String, &'a Value)>, SchemaError> {
    let object = match value {
        None => None,
        Some(Value::Object(object)) => Some(object),
        Some(_) => return Err(wrong(place, say!("`properties` is an object"))),
    };
    Ok(object.into_iter().flatten())
}
