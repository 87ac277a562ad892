//! `voordeur fmt`: pathway files in the one layout, or in the other spelling.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use similar::TextDiff;
use voordeur_diagnostics::{Diagnostic, Sources, text_of};
use voordeur_messages::{Lang, say};
use voordeur_syntax::{MAX_BYTES, Unformattable, Untranslatable, decode, format, parse, translate};

use crate::args::FmtArgs;
use crate::failure::{Outcome, Refused, tell, unless_closed};
use crate::replace::{may_be_replaced, replace};
use crate::source::{self, read};

/// A text, and what it becomes.
struct Done {
    name: String,
    path: Option<PathBuf>,
    before: Vec<u8>,
    after: String,
    /// What could not be read and stayed as it was.
    mistakes: Vec<Diagnostic>,
}

pub(crate) fn fmt(args: &FmtArgs, lang: Option<Lang>) -> Result<Outcome> {
    let files = source::files(&args.files)?;
    if files.len() > 1 && !(args.write || args.check || args.diff) {
        bail!("{}", say!("several files at once need `--write`, `--check` or `--diff`"));
    }
    // All of them are read before the first is written: then a mistake in the last leaves nothing half done.
    let mut inputs = Vec::new();
    if args.stdin {
        inputs.push((args.name.clone(), None, standard_input(&args.name)?));
    }
    for path in files {
        let name = path.display().to_string();
        let bytes = source::bytes(&path).with_context(|| say!("{name}: cannot be read", name))?;
        inputs.push((name, Some(path), bytes));
    }
    let (done, all) = work(args, lang, inputs)?;
    for path in done.iter().filter(|one| args.write && one.changes()).filter_map(|one| one.path.as_ref()) {
        may_be_replaced(path)?;
    }
    for one in &done {
        unless_closed(one.deliver(args))?;
    }
    let is_clean = |one: &Done| one.mistakes.is_empty() && !(only_looks(args) && one.changes());
    Ok(Outcome::clean_if(all && done.iter().all(is_clean)))
}

const fn only_looks(args: &FmtArgs) -> bool {
    args.check || args.diff
}

/// What becomes of each text, and whether that is all of them: who only looks wants to hear of the others too.
fn work(
    args: &FmtArgs,
    lang: Option<Lang>,
    inputs: Vec<(String, Option<PathBuf>, Vec<u8>)>,
) -> Result<(Vec<Done>, bool)> {
    let (mut done, mut all) = (Vec::new(), true);
    for (name, path, bytes) in inputs {
        let before = bytes.clone();
        match worked(args, lang, name, path, bytes).map_err(|error| as_it_was(args, lang, &before, error)) {
            Ok(one) => done.push(one),
            Err(error) if only_looks(args) && error.is::<Refused>() => {
                tell(&error);
                all = false;
            }
            Err(error) => return Err(error),
        }
    }
    Ok((done, all))
}

/// The layout that is refused leaves the text as it is, also where it goes on to somebody else: an editor would
/// otherwise put nothing in its place.
fn as_it_was(args: &FmtArgs, lang: Option<Lang>, before: &[u8], error: anyhow::Error) -> anyhow::Error {
    let passes_on = !args.write && !only_looks(args) && lang.is_none();
    if passes_on && error.is::<Refused>() {
        io::stdout().lock().write_all(before).unwrap_or_default();
    }
    error
}

fn standard_input(name: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let read = io::stdin().lock().take(most).read_to_end(&mut bytes);
    read.with_context(|| say!("{name}: cannot be read", name))?;
    Ok(bytes)
}

/// Translates, lays out, or both.
fn worked(
    args: &FmtArgs,
    lang: Option<Lang>,
    name: String,
    path: Option<PathBuf>,
    before: Vec<u8>,
) -> Result<Done> {
    let text = match decode(&before) {
        Ok(text) => text,
        Err(problem) => {
            let problem = Diagnostic { span: voordeur_diagnostics::Span::default(), ..*problem };
            return Err(unreadable(&name, "", &[problem]));
        }
    };
    let spelled = match lang {
        Some(lang) => translated(&name, path.as_deref(), text, lang)?,
        None => text.to_owned(),
    };
    if lang.is_some() && !args.layout {
        return Ok(Done { name, path, before, after: spelled, mistakes: Vec::new() });
    }
    let (after, mistakes) = laid_out(&name, &spelled)?;
    Ok(Done { name, path, before, after, mistakes })
}

fn laid_out(name: &str, text: &str) -> Result<(String, Vec<Diagnostic>)> {
    match format(text) {
        Ok(done) if done.has_unread => Ok((done.text, parse(text).problems)),
        Ok(done) => Ok((done.text, Vec::new())),
        Err(Unformattable::NoStructure(problems)) => Err(unreadable(name, text, &problems)),
        Err(Unformattable::WouldChange) => Err(Refused(say!("{name}: in the one layout it would not mean the same, so it stays as it is; this is a mistake of `fmt`, please report it", name)).into()),
    }
}

fn translated(name: &str, path: Option<&Path>, text: &str, lang: Lang) -> Result<String> {
    translate(text, lang).map_err(|why| match (why, path) {
        (Untranslatable::NameIsWord { name: word, line }, _) => {
            let message = say!("{name}:{line}: `{name_2}` is a word of the language in the other spelling; give it another name first", name, line, name_2 = word);
            Refused(message).into()
        }
        // A file is compiled with what it imports, so that all of its mistakes are told at once.
        (Untranslatable::HasMistakes(_), Some(path)) => read(path).map_or_else(
            |error| error,
            |source| refused(name, &source.show(false)),
        ),
        (Untranslatable::HasMistakes(problems), None) => unreadable(name, text, &problems),
    })
}

fn unreadable(name: &str, text: &str, problems: &[Diagnostic]) -> anyhow::Error {
    refused(name, &text_of(&Sources::one(name, text), problems, false))
}

fn refused(name: &str, told: &str) -> anyhow::Error {
    write!(io::stderr(), "{told}").unwrap_or_default();
    Refused(say!("{name}: it has mistakes, so it stays as it is", name)).into()
}

impl Done {
    fn changes(&self) -> bool {
        self.before != self.after.as_bytes()
    }

    fn deliver(&self, args: &FmtArgs) -> Result<()> {
        self.tell_mistakes()?;
        let mut out = io::stdout().lock();
        if args.check {
            if self.changes() {
                writeln!(out, "{}", self.name)?;
            }
        } else if args.diff {
            self.show_difference(&mut out)?;
        } else if let (true, Some(path)) = (args.write, &self.path) {
            if self.changes() {
                replace(path, &self.after)?;
            }
        } else {
            out.write_all(self.after.as_bytes())?;
        }
        Ok(())
    }

    fn tell_mistakes(&self) -> Result<()> {
        if self.mistakes.is_empty() {
            return Ok(());
        }
        let text = decode(&self.before).unwrap_or_default();
        let mut err = io::stderr().lock();
        write!(err, "{}", text_of(&Sources::one(&self.name, text), &self.mistakes, false))?;
        writeln!(err, "{}", say!("{name}: what cannot be read stays as it is", name = self.name))?;
        Ok(())
    }

    fn show_difference(&self, out: &mut impl io::Write) -> Result<()> {
        let before = String::from_utf8_lossy(&self.before);
        let diff = TextDiff::from_lines(before.as_ref(), self.after.as_str());
        let (old, new) = (format!("a/{}", self.name), format!("b/{}", self.name));
        write!(out, "{}", diff.unified_diff().header(&old, &new))?;
        Ok(())
    }
}
