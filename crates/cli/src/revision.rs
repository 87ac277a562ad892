//! Files and folders of a revision of git, as `REV:path`: read from git itself, and what is said where there is none.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use voordeur_messages::say;

/// Why nothing is read: in words for whoever named a revision.
#[derive(Debug)]
pub(crate) struct NotThere(String);

impl std::fmt::Display for NotThere {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotThere {}

/// The bytes of a file in a revision; `not_found` where no revision is meant.
pub(crate) fn blob(path: &Path, not_found: io::Error) -> io::Result<Vec<u8>> {
    let Some((name, revision, file)) = parts(path) else {
        return Err(in_words(not_found, alone(path)));
    };
    let found = if file.is_empty() { None } else { git(&["cat-file", "blob", name]) };
    found.ok_or_else(|| in_words(not_found, missing(revision, file)))
}

fn in_words(error: io::Error, why: Option<String>) -> io::Error {
    match why {
        Some(why) => io::Error::new(error.kind(), NotThere(why)),
        None => error,
    }
}

/// What is not there: the revision, or the file in it. Nothing where there is no repository.
fn missing(revision: &str, file: &str) -> Option<String> {
    git(&["rev-parse", "--git-dir"])?;
    if !is_revision(revision) {
        return Some(say!("git knows no revision `{revision}` here", revision));
    }
    Some(say!(
        "there is no file `{file}` in revision `{revision}`; from the folder that one stands in it is `{revision}:./…`",
        file,
        revision
    ))
}

/// A revision without a path.
fn alone(path: &Path) -> Option<String> {
    // What is called like a file of ours is none; git need not be asked.
    let is_file = path.extension().is_some_and(|own| own == "pathway" || own == "accepted");
    let name = path.to_str().filter(|name| !is_file && !name.starts_with('-') && is_revision(name))?;
    Some(say!(
        "it is a revision of git; a file of it is `{name}:path/to/file.pathway`, and all of it `{name}:`",
        name
    ))
}

fn is_revision(name: &str) -> bool {
    git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{name}^{{tree}}")]).is_some()
}

/// What `REV:path` names: the whole, the revision, and the path in it.
fn parts(path: &Path) -> Option<(&str, &str, &str)> {
    let name = path.to_str()?;
    let (revision, file) = name.split_once(':')?;
    // What begins with a dash would be an option of git.
    (!revision.is_empty() && !revision.starts_with('-')).then_some((name, revision, file))
}

/// What git answers; nothing when it fails.
fn git(words: &[&str]) -> Option<Vec<u8>> {
    let ran = Command::new("git").args(words).stderr(Stdio::null()).output().ok()?;
    ran.status.success().then_some(ran.stdout)
}

/// Whether it is a folder: here, or in a revision of git.
pub(crate) fn is_folder(path: &Path) -> bool {
    path.is_dir() || !path.exists() && tree(path).is_some()
}

fn tree(path: &Path) -> Option<&str> {
    let (name, ..) = parts(path)?;
    let kind = git(&["cat-file", "-t", name])?;
    (kind.trim_ascii() == b"tree").then_some(name)
}

/// A file of a folder, which may be one of a revision.
pub(crate) fn in_folder(folder: &Path, name: &Path) -> PathBuf {
    match parts(folder) {
        // The folder of all: `REV:`.
        Some((all, _, "")) if !folder.is_dir() => PathBuf::from(format!("{all}{}", name.display())),
        _ => folder.join(name),
    }
}

/// The pathways in a folder of a revision, sorted.
pub(crate) fn pathways_in(folder: &Path) -> Vec<PathBuf> {
    let listed = tree(folder).and_then(|name| git(&["ls-tree", "-r", "-z", "--full-tree", name]));
    let listed = String::from_utf8_lossy(listed.as_deref().unwrap_or_default()).into_owned();
    let mut found: Vec<PathBuf> = listed.split('\0').filter_map(pathway_of_tree).collect();
    found.sort();
    found
}

/// A line of `git ls-tree`: what is a file, and no link to one.
fn pathway_of_tree(line: &str) -> Option<PathBuf> {
    let (kind, path) = line.split_once('\t')?;
    let path = Path::new(path);
    let is_hidden = path.iter().any(|part| part.as_encoded_bytes().starts_with(b"."));
    let is_file = kind.contains(" blob ") && !kind.starts_with("120000");
    let is_pathway = path.extension().is_some_and(|extension| extension == "pathway");
    (is_file && is_pathway && !is_hidden).then(|| path.to_owned())
}
