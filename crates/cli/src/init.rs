//! `voordeur init`: a folder to start from, with a pathway that is clean and a scenario that passes.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use voordeur_messages::{Lang, say};
use voordeur_syntax::{format, translate};

use crate::args::InitArgs;
use crate::failure::{Outcome, Refused};

/// The pathway to start from, in English. The Dutch one is the same with Dutch texts.
const PATHWAY: &str = include_str!("init/start.pathway");
/// Its English texts, comments and (after `=`) names, and what they are in Dutch.
const TEXTS: &str = include_str!("init/texts.txt");

pub(crate) fn init(args: &InitArgs, lang: Lang) -> Result<Outcome> {
    let name = pathway_name(&args.name)?;
    let folder = PathBuf::from(&args.name);
    if folder.exists() {
        return Err(Refused(say!(
            "{folder}: this is there already; choose another name",
            folder = folder.display()
        ))
        .into());
    }
    let files =
        [(format!("{name}.pathway"), pathway(&name, lang)?), ("README.md".to_owned(), readme(&name, lang))];
    create(&folder, &files)?;
    let mut out = io::stdout().lock();
    for (file, _) in &files {
        writeln!(out, "{}", folder.join(file).display())?;
    }
    let command = format!("voordeur test {}", quoted(&folder.display().to_string()));
    writeln!(out, "{}", say!("next: {command}", command))?;
    Ok(Outcome::Clean)
}

/// A path as it is typed: between quotes when there is more in it than letters, digits and what separates them.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./\\:".contains(c);
    if path.chars().all(plain) { path.to_owned() } else { format!("\"{path}\"") }
}

/// The folder gives the pathway its name: the last part, as a name of the language.
fn pathway_name(given: &str) -> Result<String> {
    let last = Path::new(given).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let name: String = last.to_lowercase().replace(['-', ' ', '.'], "_");
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let fits = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if starts && fits {
        Ok(name)
    } else {
        let said = say!(
            "`{last}` cannot be the name of a pathway; use letters, digits and `-`, and begin with a letter",
            last
        );
        Err(Refused(said).into())
    }
}

fn pathway(name: &str, lang: Lang) -> Result<String> {
    let text = PATHWAY.replace("PATHWAY_NAME", name);
    if lang == Lang::En {
        return Ok(text);
    }
    let texts = TEXTS.lines().filter_map(|line| line.split_once(" | "));
    let dutch = texts.fold(text, |text, (english, dutch)| match english.strip_prefix('=') {
        Some(name) => renamed(&text, name, dutch),
        None => text.replace(english, dutch),
    });
    let dutch = translate(&dutch, lang).map_err(|why| {
        anyhow::anyhow!(
            "{}",
            say!("the pathway to start from has no Dutch spelling: {why}", why = format!("{:?}", why))
        )
    })?;
    // Dutch words have other lengths, so that other columns line up.
    Ok(format(&dutch).map_or(dutch, |done| done.text))
}

/// The text with one name changed wherever it stands as a whole word, outside quotes and comments.
fn renamed(text: &str, name: &str, to: &str) -> String {
    let line = |line: &str| {
        let (code, comment) = line.find('#').map_or((line, ""), |at| line.split_at(at));
        let parts = code
            .split('"')
            .enumerate()
            .map(|(at, part)| if at % 2 == 1 { part.to_owned() } else { words_renamed(part, name, to) });
        parts.collect::<Vec<_>>().join("\"") + comment
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

fn words_renamed(text: &str, name: &str, to: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(name) {
        let (before, from) = rest.split_at(at);
        let after = from.get(name.len()..).unwrap_or_default();
        let whole = !before.ends_with(is_word) && !after.starts_with(is_word);
        out.push_str(before);
        out.push_str(if whole { to } else { name });
        rest = after;
    }
    out + rest
}

fn readme(name: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!(
            "# {name}\n\n`{name}.pathway` is the protocol. After each change:\n\n```sh\nvoordeur check {name}.pathway\nvoordeur test {name}.pathway --coverage\nvoordeur graph {name}.pathway > {name}.svg\n```\n"
        ),
        Lang::Nl => format!(
            "# {name}\n\n`{name}.pathway` is het protocol. Na elke verandering:\n\n```sh\nvoordeur check {name}.pathway\nvoordeur test {name}.pathway --coverage\nvoordeur graph {name}.pathway > {name}.svg\n```\n"
        ),
    }
}

/// All of the folder or nothing of it.
fn create(folder: &Path, files: &[(String, String)]) -> Result<()> {
    let failed = || say!("{folder}: cannot be made", folder = folder.display());
    fs::create_dir_all(folder).with_context(failed)?;
    for (name, text) in files {
        if let Err(error) = fs::write(folder.join(name), text) {
            fs::remove_dir_all(folder).unwrap_or_default();
            return Err(error).with_context(failed);
        }
    }
    Ok(())
}
