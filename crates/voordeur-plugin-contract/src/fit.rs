//! Whether the actions of a pathway fit the plugins that are to carry them out.

use thiserror::Error;
use voordeur_diagnostics::{Diagnostic, Rule, Sources, Span, closest};
use voordeur_messages::say;
use voordeur_protocol::model::{Action as Wanted, Field, Obligation};
use voordeur_protocol::{FieldId, FieldType, Protocol, Spec};

use crate::manifest::{Action, Manifest};
use crate::shape::Shape;

/// Why an action of a pathway does not fit its plugin.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Misfit {
    /// The plugin does not have the action.
    #[error("{}", say!("the plugin `{plugin}` has no action `{action}`; it has {known}", plugin, action, known))]
    NoSuchAction {
        /// The plugin.
        plugin: String,
        /// The action.
        action: String,
        /// What it has.
        known: String,
    },
    /// The action needs a setting that the pathway does not give.
    #[error("{}", say!("the action `{obligation}` needs `with {setting} = \"…\"` for the plugin `{plugin}`", obligation, setting, plugin))]
    NoSetting {
        /// The obligation.
        obligation: String,
        /// The setting.
        setting: String,
        /// The plugin.
        plugin: String,
    },
    /// The pathway gives a setting that the action does not know.
    #[error("{}", say!("the plugin `{plugin}` knows no setting `{setting}`", plugin, setting))]
    NoSuchSetting {
        /// The setting.
        setting: String,
        /// The plugin.
        plugin: String,
        /// One that is near.
        near: Option<String>,
    },
    /// The action sees a field that the plugin does not take.
    #[error("{}", say!("the plugin `{plugin}` does not take `{field}`", plugin, field))]
    NotTaken {
        /// The field.
        field: String,
        /// The plugin.
        plugin: String,
    },
    /// The plugin needs a field that the action does not see.
    #[error("{}", say!("the plugin `{plugin}` needs `{field}`, {wanted}, and the action does not see it", plugin, field, wanted))]
    NotSeen {
        /// The field.
        field: String,
        /// The plugin.
        plugin: String,
        /// What it should be.
        wanted: Shape,
    },
    /// The plugin needs a field that may stay unknown.
    #[error("{}", say!("the plugin `{plugin}` needs `{field}`, which may stay unknown", plugin, field))]
    MayBeUnknown {
        /// The field.
        field: String,
        /// The plugin.
        plugin: String,
    },
    /// The field can have values that the plugin does not take.
    #[error("{}", say!("`{field}` is {given}, and the plugin `{plugin}` takes {wanted}", field, given, plugin, wanted))]
    TakesOther {
        /// The field.
        field: String,
        /// What it is.
        given: Shape,
        /// The plugin.
        plugin: String,
        /// What the plugin takes.
        wanted: Shape,
    },
    /// The action returns a field that the plugin does not give.
    #[error("{}", say!("the plugin `{plugin}` does not return `{field}`", plugin, field))]
    NotReturned {
        /// The field.
        field: String,
        /// The plugin.
        plugin: String,
    },
    /// The plugin need not give a field that the pathway counts on.
    #[error("{}", say!("the plugin `{plugin}` may leave out `{field}`, and the pathway counts on it", plugin, field))]
    MayBeLeftOut {
        /// The field.
        field: String,
        /// The plugin.
        plugin: String,
    },
    /// The plugin may give values that the field cannot have.
    #[error("{}", say!("the plugin `{plugin}` returns `{field}` as {given}, and the field is {wanted}", plugin, field, given, wanted))]
    ReturnsOther {
        /// The field.
        field: String,
        /// What the plugin gives.
        given: Shape,
        /// The plugin.
        plugin: String,
        /// What the field is.
        wanted: Shape,
    },
}

impl Misfit {
    fn help(&self) -> Option<String> {
        match self {
            Self::NoSuchSetting { near, .. } => {
                near.as_ref().map(|near| say!("did you mean `{near}`?", near))
            }
            Self::NotTaken { field, .. } => Some(say!("leave `{field}` out of `sees`", field)),
            Self::NotSeen { field, .. } => Some(say!("add `{field}` to `sees`", field)),
            Self::NotReturned { field, .. } => Some(say!("leave `{field}` out of `returns`", field)),
            Self::MayBeLeftOut { .. } => Some(say!("declare the field with `?`: it may stay unknown")),
            _ => None,
        }
    }
}

/// What does not fit between an action of a pathway and its plugin.
#[must_use]
pub fn misfits(protocol: &Protocol, obligation: &Obligation, manifest: &Manifest) -> Vec<Misfit> {
    let Spec::Action(wanted) = &obligation.spec else { return Vec::new() };
    let Some(action) = manifest.action(&wanted.does) else {
        let known: Vec<String> = manifest.actions.iter().map(|known| format!("`{}`", known.name)).collect();
        return vec![Misfit::NoSuchAction {
            plugin: wanted.plugin.clone(),
            action: wanted.does.clone(),
            known: known.join(", "),
        }];
    };
    let field = |id: &FieldId| protocol.fields.row(*id);
    let mut found = settings(obligation, wanted, action);
    found.extend(wanted.sees.iter().filter_map(|id| seen(field(id), wanted, action)));
    let is_seen = |name: &str| wanted.sees.iter().any(|id| field(id).name == name);
    let needed = action.input.names().filter(|(name, _, needed)| *needed && !is_seen(name));
    found.extend(needed.map(|(name, shape, _)| Misfit::NotSeen {
        field: name.to_owned(),
        plugin: wanted.plugin.clone(),
        wanted: shape.clone(),
    }));
    found.extend(wanted.returns.iter().filter_map(|id| returned(field(id), wanted, action)));
    found
}

fn settings(obligation: &Obligation, wanted: &Wanted, action: &Action) -> Vec<Misfit> {
    let given = |name: &str| wanted.with.iter().any(|(setting, _)| setting == name);
    let missing = action.settings.iter().filter(|setting| setting.needed && !given(&setting.name));
    let missing = missing.map(|setting| Misfit::NoSetting {
        obligation: obligation.name.clone(),
        setting: setting.name.clone(),
        plugin: wanted.plugin.clone(),
    });
    let known = || action.settings.iter().map(|setting| setting.name.as_str());
    let strange = wanted.with.iter().filter(|(name, _)| !known().any(|known| known == name));
    let strange = strange.map(|(name, _)| Misfit::NoSuchSetting {
        setting: name.clone(),
        plugin: wanted.plugin.clone(),
        near: closest(name, known()).map(voordeur_diagnostics::Near::to_word),
    });
    missing.chain(strange).collect()
}

fn seen(field: &Field, wanted: &Wanted, action: &Action) -> Option<Misfit> {
    let (name, plugin) = (field.name.clone(), wanted.plugin.clone());
    let Some(takes) = action.input.shape(&field.name) else {
        return Some(Misfit::NotTaken { field: name, plugin });
    };
    let given = shape(&field.ty);
    if !given.is_within(takes) {
        return Some(Misfit::TakesOther { field: name, given, plugin, wanted: takes.clone() });
    }
    (field.optional && action.input.needs(&field.name))
        .then_some(Misfit::MayBeUnknown { field: name, plugin })
}

fn returned(field: &Field, wanted: &Wanted, action: &Action) -> Option<Misfit> {
    let (name, plugin) = (field.name.clone(), wanted.plugin.clone());
    let Some(gives) = action.output.shape(&field.name) else {
        return Some(Misfit::NotReturned { field: name, plugin });
    };
    let needed = shape(&field.ty);
    if !gives.is_within(&needed) {
        return Some(Misfit::ReturnsOther { field: name, given: gives.clone(), plugin, wanted: needed });
    }
    (!field.optional && !action.output.needs(&field.name))
        .then_some(Misfit::MayBeLeftOut { field: name, plugin })
}

/// The shape that the values of a type have.
fn shape(ty: &FieldType) -> Shape {
    match ty {
        FieldType::YesNo => Shape::YesNo,
        FieldType::Count { low, high } => Shape::Whole { low: *low, high: *high },
        FieldType::Money => Shape::Money,
        FieldType::Date | FieldType::Birthdate => Shape::Date,
        FieldType::OneOf(words) => Shape::OneOf(words.clone()),
        FieldType::Text => Shape::Text { most: None },
    }
}

/// What does not fit, as a finding at the name of the action.
#[must_use]
pub fn finding(misfit: &Misfit, obligation: &Obligation, sources: &Sources) -> Diagnostic {
    let found =
        Diagnostic::error(Rule::PluginMismatch, place(&obligation.name, sources.text()), misfit.to_string());
    match misfit.help() {
        Some(help) => found.help(help),
        None => found,
    }
}

/// Where an action is declared: its name behind the word for an action.
fn place(name: &str, text: &str) -> Span {
    let mut from = 0;
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    while let Some(found) = text.get(from..).and_then(|rest| rest.find(name)) {
        let (start, end) = (from + found, from + found + name.len());
        let before = text.get(..start).unwrap_or_default();
        let whole = !text.get(end..).unwrap_or_default().starts_with(is_word);
        if whole
            && before.split_whitespace().next_back().is_some_and(|word| word == "action" || word == "actie")
        {
            return Span::new(start, end);
        }
        from = end;
    }
    Span::new(0, 0)
}
