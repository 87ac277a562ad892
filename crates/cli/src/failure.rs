//! How a command ends, and how a failure reaches the user.

use std::io::{self, Write as _};
use std::process::ExitCode;
use voordeur_diagnostics::Diagnostic;
use voordeur_messages::say;

use crate::revision::NotThere;

/// How a command that was carried out ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing to say.
    Clean,
    /// There are warnings, and everything was looked at.
    Warnings,
    /// There are errors, or something was refused.
    Findings,
    /// No error was found, and not everything was looked at.
    Undecided,
    /// Two versions could not be compared, because one of them is no pathway.
    NotComparable,
    /// A part could not be carried out, and that was told.
    Failed,
}

impl Outcome {
    /// The worse of two: an error counts more than what was left undecided, and that more than a warning.
    pub(crate) const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::NotComparable, _) | (_, Self::NotComparable) => Self::NotComparable,
            (Self::Failed, _) | (_, Self::Failed) => Self::Failed,
            (Self::Findings, _) | (_, Self::Findings) => Self::Findings,
            (Self::Undecided, _) | (_, Self::Undecided) => Self::Undecided,
            (Self::Warnings, _) | (_, Self::Warnings) => Self::Warnings,
            (Self::Clean, Self::Clean) => Self::Clean,
        }
    }

    /// What is suspected and not confirmed leaves it undecided.
    pub(crate) fn of_findings(found: &[Diagnostic]) -> Self {
        let of = |one: &Diagnostic| match (&one.doubt, one.is_error()) {
            (Some(_), _) => Self::Undecided,
            (None, true) => Self::Findings,
            (None, false) => Self::Warnings,
        };
        found.iter().map(of).fold(Self::Clean, Self::and)
    }

    pub(crate) const fn clean_if(clean: bool) -> Self {
        if clean { Self::Clean } else { Self::Findings }
    }
}

/// A refusal: the command was understood, and what it asked for is not allowed.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) String);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// What the system says of a file, in the language that is spoken; what is rare stays as the system has it.
pub(crate) fn of_the_system(error: &io::Error) -> String {
    let own = error.get_ref().and_then(|own| own.downcast_ref::<NotThere>());
    match error.kind() {
        _ if own.is_some() => error.to_string(),
        io::ErrorKind::NotFound => say!("there is no such file or folder"),
        io::ErrorKind::PermissionDenied => say!("it may not be opened"),
        io::ErrorKind::IsADirectory => say!("it is a folder"),
        io::ErrorKind::NotADirectory => say!("it is no folder"),
        io::ErrorKind::AlreadyExists => say!("it is there already"),
        _ => error.to_string(),
    }
}

/// Whether the reader has gone away; JSON keeps that in an error of its own.
fn is_closed(cause: &(dyn std::error::Error + 'static)) -> bool {
    let own = cause.downcast_ref::<io::Error>().map(io::Error::kind);
    let kind = own.or_else(|| cause.downcast_ref::<serde_json::Error>()?.io_error_kind());
    kind == Some(io::ErrorKind::BrokenPipe)
}

/// Who stops reading, as in `voordeur check … | head`, takes nothing away from what was found.
pub(crate) fn unless_closed(written: anyhow::Result<()>) -> anyhow::Result<()> {
    written.or_else(|error| if error.chain().any(is_closed) { Ok(()) } else { Err(error) })
}

/// Tells what went wrong and gives the exit status.
pub(crate) fn tell(error: &anyhow::Error) -> ExitCode {
    // A reader that has gone away is no failure of ours.
    if error.chain().any(is_closed) {
        return ExitCode::SUCCESS;
    }
    writeln!(io::stderr(), "{}", in_words(error)).unwrap_or_default();
    ExitCode::from(if error.is::<Refused>() { 1 } else { 2 })
}

/// What went wrong, with its causes, on one line.
pub(crate) fn in_words(error: &anyhow::Error) -> String {
    let mut words: Vec<String> = Vec::new();
    let in_words = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().map_or_else(|| cause.to_string(), of_the_system)
    };
    for cause in error.chain().map(in_words) {
        if !words.iter().any(|earlier| earlier.contains(&cause)) {
            words.push(cause);
        }
    }
    without_passwords(&say!("error: {words}", words = words.join(": ")))
}

/// Whoever gives the address of a server where a file should be does not find its password in what is told.
fn without_passwords(text: &str) -> String {
    let mut parts = text.split("://");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |told, part| format!("{told}://{}", without_password(part)))
}

/// What stands after `://`: an address as far as there is no space.
fn without_password(part: &str) -> String {
    let end = part.find(char::is_whitespace).unwrap_or(part.len());
    let (address, rest) = part.split_at_checked(end).unwrap_or((part, ""));
    match address.rsplit_once('@') {
        Some((who, place)) => format!("{}@{place}{rest}", who.split(':').next().unwrap_or_default()),
        None => part.to_owned(),
    }
}
