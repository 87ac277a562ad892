//! Which language is spoken, and the help of the command line in it.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

use clap::error::{ContextKind, ErrorKind};
use clap::{Arg, Command, CommandFactory as _, Error, FromArgMatches as _, ValueEnum as _};
use voordeur_messages::{Lang, dutch, language, say, set_language};

use crate::args::{Arguments, GuestLanguage};

/// Reads the arguments and speaks the language that they, or else the environment, ask for.
pub(crate) fn arguments() -> Result<Arguments, ExitCode> {
    let words = with_guest_language(std::env::args_os().collect());
    set_language(asked_for(&words).unwrap_or_else(of_environment));
    let command = spoken(Arguments::command(), language());
    let matches = command.try_get_matches_from(words);
    matches.and_then(|matches| Arguments::from_arg_matches(&matches)).map_err(|error| tell(&error))
}

/// `--lang nl` or `--lang=nl`, wherever it stands: also what is wrong with the arguments is said in it.
fn asked_for(words: &[OsString]) -> Option<Lang> {
    let words: Vec<Cow<'_, str>> = words.iter().map(|word| word.to_string_lossy()).collect();
    let after = words.iter().skip_while(|word| *word != "--lang").nth(1);
    let joined = words.iter().find_map(|word| word.strip_prefix("--lang="));
    joined.or(after.map(AsRef::as_ref)).and_then(|code| code.parse().ok())
}

/// `plugin new NAME --lang js`: whoever starts a plugin means the language that it is written in, and there are no
/// messages in JavaScript.
fn with_guest_language(mut words: Vec<OsString>) -> Vec<OsString> {
    let place = |word: &str| words.iter().position(|found| found == word);
    if !matches!((place("plugin"), place("new")), (Some(plugin), Some(new)) if plugin < new) {
        return words;
    }
    let named = |word: &OsString| GuestLanguage::value_variants().iter().any(|known| is_named(*known, word));
    for at in 0..words.len() {
        let followed = words.get(at + 1).is_some_and(named);
        let Some(word) = words.get_mut(at) else { break };
        let joined = word.to_str().and_then(|word| word.strip_prefix("--lang=")).map(OsString::from);
        if *word == "--lang" && followed {
            *word = "--in".into();
        } else if let Some(language) = joined.filter(named) {
            *word = "--in=".into();
            word.push(language);
        }
    }
    words
}

fn is_named(language: GuestLanguage, word: &OsStr) -> bool {
    language.to_possible_value().is_some_and(|value| word == value.get_name())
}

/// As gettext has it: the first of these that says something.
#[expect(clippy::disallowed_methods, reason = "the command line reads the environment")]
fn of_environment() -> Lang {
    let settings = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|name| std::env::var(name).ok());
    settings
        .into_iter()
        .find(|locale| !locale.is_empty())
        .map_or(Lang::En, |locale| Lang::from_locale(&locale))
}

/// The command with its help in a language. What `clap` says itself is English.
fn spoken(command: Command, lang: Lang) -> Command {
    if lang == Lang::En {
        return command;
    }
    // Help and version are added by `clap` when the command is built; their words come with it.
    let about = command.get_about().map(|about| in_dutch(&about.to_string()));
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let command = command
        .mut_args(|arg| {
            let heading = if arg.is_positional() { "Argumenten" } else { "Opties" };
            argument(arg).help_heading(heading)
        })
        .disable_help_flag(true)
        .arg(
            Arg::new("help")
                .short('h')
                .long("help")
                .action(clap::ArgAction::Help)
                .help("Toont deze hulp")
                .help_heading("Opties"),
        )
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .subcommand_help_heading("Opdrachten")
        .help_template("{before-help}{about-with-newline}\nGebruik: {usage}\n\n{all-args}{after-help}");
    let command = if command.get_version().is_some() {
        let version = Arg::new("version").short('V').long("version").action(clap::ArgAction::Version);
        command.arg(version.help("Toont de versie").help_heading("Opties"))
    } else {
        command
    };
    let command = match about {
        Some(about) => command.about(about),
        None => command,
    };
    names.iter().fold(command, |command, name| command.mut_subcommand(name, |sub| spoken(sub, lang)))
}

fn argument(arg: Arg) -> Arg {
    let (help, long) =
        (arg.get_help().map(ToString::to_string), arg.get_long_help().map(ToString::to_string));
    let arg = match help {
        Some(help) => arg.help(in_dutch(&help)),
        None => arg,
    };
    match long {
        Some(long) => arg.long_help(in_dutch(&long)),
        None => arg,
    }
}

fn in_dutch(text: &str) -> String {
    dutch(text).unwrap_or(text).to_owned()
}

/// Tells what is wrong with the arguments; help and version are no mistakes.
fn tell(error: &Error) -> ExitCode {
    let ours = language() == Lang::Nl && error.use_stderr();
    if ours {
        eprint_lines(&in_own_words(error), error);
    } else {
        error.print().unwrap_or_default();
    }
    ExitCode::from(if error.use_stderr() { 2 } else { 0 })
}

fn eprint_lines(message: &str, error: &Error) {
    use std::io::Write as _;
    let usage = error.get(ContextKind::Usage).map(ToString::to_string).unwrap_or_default();
    let usage = usage.replace("Usage:", "Gebruik:");
    let more = say!("`--help` tells more");
    // A wrong value comes without the usage.
    let usage = if usage.is_empty() { usage } else { format!("\n{usage}\n") };
    writeln!(std::io::stderr(), "{}\n{usage}\n{more}", say!("error: {words}", words = message))
        .unwrap_or_default();
}

fn in_own_words(error: &Error) -> String {
    let part = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let (arg, value) = (part(ContextKind::InvalidArg), part(ContextKind::InvalidValue));
    match error.kind() {
        ErrorKind::UnknownArgument => say!("there is no argument `{arg}` here", arg),
        ErrorKind::InvalidSubcommand => {
            say!("there is no command `{name}`", name = part(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingRequiredArgument => say!("this is missing: {arg}", arg),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation if value.is_empty() => {
            say!("`{arg}` needs a value", arg)
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let message = say!("`{value}` does not fit `{arg}`", value, arg);
            let possible = part(ContextKind::ValidValue);
            if possible.is_empty() {
                message
            } else {
                format!("{message}; {}", say!("it can be {possible}", possible))
            }
        }
        ErrorKind::ArgumentConflict => say!("`{arg}` does not go together with the other arguments", arg),
        _ => say!("these arguments cannot be read"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(command: &Command, found: &mut Vec<String>) {
        found.extend(command.get_about().map(ToString::to_string));
        for arg in command.get_arguments() {
            found.extend(arg.get_help().map(ToString::to_string));
            found.extend(arg.get_long_help().map(ToString::to_string));
        }
        command.get_subcommands().for_each(|sub| texts(sub, found));
    }

    #[test]
    fn all_help_has_its_dutch() {
        let mut found = Vec::new();
        texts(&Arguments::command(), &mut found);
        found.retain(|text| dutch(text).is_none());
        assert!(found.is_empty(), "{found:#?}");
        spoken(Arguments::command(), Lang::Nl).debug_assert();
    }
}
