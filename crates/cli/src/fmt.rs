//! `voordeur fmt`: a pathway file in the other spelling.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use voordeur_messages::{Lang, say};
use voordeur_syntax::{Untranslatable, translate};

use crate::args::FmtArgs;
use crate::failure::{Outcome, Refused};
use crate::source::{Source, read};

pub(crate) fn fmt(args: &FmtArgs, lang: Option<Lang>) -> Result<Outcome> {
    let Some(lang) = lang else {
        bail!("{}", say!("say which spelling: `--lang en` or `--lang nl`"));
    };
    if !args.write && args.files.len() > 1 {
        bail!("{}", say!("several files can only be changed in place; add `--write`"));
    }
    // All of them are read before the first is written: then a mistake in the last leaves nothing half done.
    let done = args.files.iter().map(|path| translated(path, lang)).collect::<Result<Vec<_>>>()?;
    for (path, text) in args.files.iter().zip(done) {
        if args.write {
            replace(path, &text)?;
        } else {
            io::stdout().lock().write_all(text.as_bytes())?;
        }
    }
    Ok(Outcome::Clean)
}

fn translated(path: &Path, lang: Lang) -> Result<String> {
    let source = read(path)?;
    if source.text.is_empty() && source.compiled.has_errors() {
        return Err(unreadable(&source));
    }
    translate(&source.text, lang).map_err(|why| match why {
        Untranslatable::HasMistakes(_) => unreadable(&source),
        Untranslatable::NameIsWord { name, line } => {
            let message = say!("{name}:{line}: `{name_2}` is a word of the language in the other spelling; give it another name first", name = source.name, line, name_2 = name);
            Refused(message).into()
        }
    })
}

fn unreadable(source: &Source) -> anyhow::Error {
    write!(io::stderr(), "{}", source.show(false)).unwrap_or_default();
    Refused(say!("{name}: it has mistakes, so it stays as it is", name = source.name)).into()
}

/// Writes beside the file and renames, so that it is the old one or the new one and never half of it.
fn replace(path: &Path, text: &str) -> Result<()> {
    let name = || say!("{path}: cannot be written", path = path.display());
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    fs::write(&beside, text).with_context(name)?;
    fs::rename(&beside, path).with_context(name)
}
