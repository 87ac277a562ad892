//! One finding.

use serde::Serialize;
use voordeur_messages::say;

use crate::closest::Near;
use crate::rules::Rule;
use crate::span::Span;

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The pathway cannot be run.
    Error,
    /// It can, but somebody should look.
    Warning,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which rule it comes from.
    pub rule: Rule,
    /// How serious it is.
    pub severity: Severity,
    /// Where.
    pub span: Span,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Other places that matter.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
    /// A case history that shows it, in order of time.
    pub history: Vec<Scene>,
    /// Why it is not confirmed: it is suspected, and whether a case ever comes to it is undecided.
    pub doubt: Option<String>,
    /// A change of the text that mends it.
    pub fix: Option<Fix>,
}

/// Another place that matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there.
    pub text: String,
}

/// What happened at one moment of a case history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scene {
    /// The moment, in the zone of the pathway: `2026-03-16T10:00:00`.
    pub at: String,
    /// The moment as people read it: `Mon 2026-03-16 10:00`.
    pub when: String,
    /// What happened, a line each.
    pub lines: Vec<String>,
}

impl Scene {
    /// The scene as lines, of which the first says when.
    pub fn told(&self) -> impl Iterator<Item = String> {
        let margin = " ".repeat(self.when.chars().count());
        self.lines.iter().enumerate().map(move |(at, line)| {
            let when = if at == 0 { &self.when } else { &margin };
            format!("{when}  {line}")
        })
    }
}

/// How far a fix can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Applicability {
    /// It says what was meant: a program may apply it.
    Safe,
    /// It may change what happens to a household: somebody has to ask for it.
    Unsafe,
    /// It shows the form of what is missing; people fill it in.
    ShowOnly,
}

impl Applicability {
    /// Its name in the formats for programs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
            Self::ShowOnly => "show_only",
        }
    }
}

/// One replacement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// What is replaced; an empty place is where something is put in.
    pub span: Span,
    /// By what.
    pub replacement: String,
}

/// A change of the text, in one place or in several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// How far it can be trusted.
    pub applicability: Applicability,
    /// What is replaced. No two of them overlap.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// A fix that replaces one thing.
    #[must_use]
    pub fn new(applicability: Applicability, span: Span, replacement: impl Into<String>) -> Self {
        Self { applicability, edits: vec![Edit { span, replacement: replacement.into() }] }
    }

    /// And another thing with it.
    #[must_use]
    pub fn and(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.edits.push(Edit { span, replacement: replacement.into() });
        self
    }
}

impl Diagnostic {
    /// A finding of a rule, as serious as the rule is.
    #[must_use]
    pub fn new(rule: Rule, span: Span, message: impl Into<String>) -> Self {
        Self { severity: rule.level(), ..Self::error(rule, span, message) }
    }

    /// An error.
    #[must_use]
    pub fn error(rule: Rule, span: Span, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            rule,
            severity: Severity::Error,
            span,
            message,
            labels: Vec::new(),
            help: None,
            history: Vec::new(),
            doubt: None,
            fix: None,
        }
    }

    /// A warning.
    #[must_use]
    pub fn warning(rule: Rule, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(rule, span, message) }
    }

    /// Adds another place.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Adds a case history that shows it.
    #[must_use]
    pub fn history(mut self, history: Vec<Scene>) -> Self {
        self.history = history;
        self
    }

    /// Says why it is not confirmed.
    #[must_use]
    pub fn doubt(mut self, why: impl Into<String>) -> Self {
        self.doubt = Some(why.into());
        self
    }

    /// What to do, and the case history that shows why, or why there is none: all that people are told below the message.
    #[must_use]
    pub fn explained(&self) -> Option<String> {
        let scenes: Vec<String> =
            self.history.iter().flat_map(Scene::told).map(|line| format!("\n  {line}")).collect();
        let shown = (!scenes.is_empty()).then(|| say!("this is how it can come about:") + &scenes.concat());
        let parts: Vec<String> = self.help.iter().cloned().chain(shown).chain(self.in_doubt()).collect();
        (!parts.is_empty()).then(|| parts.join("\n"))
    }

    /// That it is not confirmed, and why not, in words; nothing where it is.
    #[must_use]
    pub fn in_doubt(&self) -> Option<String> {
        self.doubt.as_ref().map(|why| say!("not confirmed: {why}", why))
    }

    /// Adds a change of the text that mends it.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Adds “did you mean” with its fix, when there is a near word.
    #[must_use]
    pub fn did_you_mean(self, near: Option<Near<'_>>) -> Self {
        let Some(near) = near else { return self };
        let span = self.span;
        let help = match &self.help {
            Some(help) => say!("did you mean `{near}`? {help}", near, help),
            None => say!("did you mean `{near}`?", near),
        };
        let applicability = if near.sure { Applicability::Safe } else { Applicability::Unsafe };
        self.help(help).fix(Fix::new(applicability, span, near.word))
    }

    /// Whether the pathway cannot be run because of it.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
