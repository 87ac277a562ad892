//! `voordeur git`: pathways in `git diff` and `git log -p`.
//!
//! `install` writes a section of its own into `.gitattributes` and settings of its own into the repository's
//! `.git/config`; both are taken out again by `install --uninstall`, and nothing else of these files is touched. What
//! `git` calls afterwards stands here too, and never fails: a file that is no pathway may not break a log.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, Result, bail};
use similar::TextDiff;
use voordeur_messages::say;
use voordeur_syntax::{decode, format};

use crate::args::{GitArgs, GitCommand};
use crate::diff::between;
use crate::failure::{Outcome, unless_closed};
use crate::replace::put;
use crate::source::bytes;

/// What stands before and after our lines in `.gitattributes`.
const BEGIN: &str = "# voordeur: begin";
const END: &str = "# voordeur: end";

/// The first line of a declaration stands at the head of each part that differs. It goes to `git`, which has no `\t`.
const HEADS: &str = "^[ \t]*((pathway|traject|module|stage|fase|trigger|aanleiding|promise|belofte|scenario|visit|huisbezoek|referral|doorverwijzing|escalation|opschaling|aftercare|nazorg|always|altijd)[ \t{].*)$";

const COMMAND: &str = "diff.pathway.command";
const TEXTCONV: &str = "diff.pathway.textconv";
const XFUNCNAME: &str = "diff.pathway.xfuncname";

/// The settings, with how the program is called in them.
fn settings(program: &str) -> [(&'static str, String); 3] {
    [
        (COMMAND, if_there(program, "diff", &lines_only())),
        (TEXTCONV, if_there(program, "textconv", "cat \"$1\"")),
        (XFUNCNAME, HEADS.to_owned()),
    ]
}

/// What our settings begin with, as the shell passes over it.
const OURS: &str = ": voordeur; ";

/// What `git` gives to a shell: our command, or something else where the program has gone since, or does not run any more. A log does not
/// break on that.
fn if_there(program: &str, command: &str, or_else: &str) -> String {
    format!(
        "{OURS}f() {{ if {program} --version >/dev/null 2>&1; then {program} git {command} \"$@\"; else {or_else}; fi; }}; f"
    )
}

/// The lines that differ, as any shell shows them, and why it is no more than that. `git` gives a path, both files with their versions and
/// modes, and of a file with another name that name and what it says of it; of a file that is not merged a path alone.
fn lines_only() -> String {
    let why = say!(
        "this program does not run where it was, so only the lines are shown: do `voordeur git install` again"
    );
    let why = quoted(&why);
    [
        &format!("printf '%s: %s\\n' \"$1\" {why}"),
        "if test $# -ge 9; then printf 'diff --git a/%s b/%s\\n' \"$1\" \"$8\"; printf '%s\\n' \"$9\" | grep -v '^index '; fi",
        "old=\"a/$1\"; new=\"b/${8:-$1}\"",
        "test \"$2\" != /dev/null || old=/dev/null; test \"$5\" != /dev/null || new=/dev/null",
        "if test $# -ge 7; then diff -u -L \"$old\" -L \"$new\" \"$2\" \"$5\" || true; fi",
    ]
    .join("; ")
}

/// As one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// How a shell finds the program: by its name, or where that is not on the path, by where it lies.
fn program() -> Result<String> {
    let by_name = Command::new("voordeur").arg("--version").output();
    if by_name.is_ok_and(|ran| ran.status.success()) {
        return Ok("voordeur".to_owned());
    }
    let here = std::env::current_exe().with_context(|| say!("this program cannot say where it lies"))?;
    // A shell of git takes slashes, also on Windows.
    let here = here.display().to_string().replace('\\', "/");
    Ok(quoted(&here))
}

pub(crate) fn git(args: &GitArgs) -> Result<Outcome> {
    match &args.command {
        GitCommand::Install { uninstall: false } => install(),
        GitCommand::Install { uninstall: true } => uninstall(),
        GitCommand::Diff { words } => unless_closed(diff(words)),
        GitCommand::Textconv { file } => unless_closed(textconv(file)),
    }?;
    Ok(Outcome::Clean)
}

/// Everything that may be refused is looked at before the first is written.
fn install() -> Result<()> {
    let top = top()?;
    let attributes = top.join(".gitattributes");
    if attributes.is_symlink() {
        let name = attributes.display();
        bail!(
            "{}",
            say!(
                "{name}: `git` does not follow a symbolic link there; put the file itself in its place",
                name
            )
        );
    }
    let (text, _) = without_ours(&attributes)?;
    let settings = settings(&program()?);
    for (key, _) in &settings {
        if let Some(value) = setting(key)?.filter(|value| is_foreign(key, value)) {
            bail!(
                "{}",
                say!(
                    "`{key}` is `{value}` already; take that out first: `git config --local --unset-all {key}`",
                    key,
                    value
                )
            );
        }
    }
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    put(&attributes, &format!("{text}{gap}{BEGIN}\n*.pathway diff=pathway\n{END}\n"))?;
    for (key, value) in &settings {
        configured(&["--replace-all", key, value], key)?;
    }
    if !is_heeded(&top)? {
        taken_out()?;
        let name = attributes.display();
        bail!(
            "{}",
            say!(
                "{name}: `git check-attr diff a.pathway` says something else than what stands there; look at `.git/info/attributes`",
                name
            )
        );
    }
    let done = say!(
        "from now on `git diff` says here what changes for households in `*.pathway`; commit `.gitattributes`"
    );
    writeln!(io::stdout(), "{done}")?;
    for name in said_otherwise(&top)? {
        let but =
            say!("but not in {name}, of which something else is said: `git check-attr diff {name}`", name);
        writeln!(io::stdout(), "{but}")?;
    }
    Ok(())
}

/// The pathways of which something else is said.
fn said_otherwise(top: &Path) -> Result<Vec<String>> {
    let top = top.display().to_string();
    let all = ["-C", &top, "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let which = ["--", "*.pathway", ":(exclude,attr:diff=pathway)"];
    let names = String::from_utf8_lossy(&asked(&[&all[..], &which].concat())?.stdout).into_owned();
    Ok(names.split_terminator('\0').map(str::to_owned).collect())
}

/// Whether `git` takes what was written: something else may say otherwise.
fn is_heeded(top: &Path) -> Result<bool> {
    let top = top.display().to_string();
    let asked = asked(&["-C", &top, "check-attr", "diff", "a.pathway"])?;
    Ok(String::from_utf8_lossy(&asked.stdout).trim_end().ends_with(": pathway"))
}

fn uninstall() -> Result<()> {
    taken_out()?;
    writeln!(io::stdout(), "{}", say!("`git` shows pathways as any other text here"))?;
    Ok(())
}

/// Takes out what is ours.
fn taken_out() -> Result<()> {
    let attributes = top()?.join(".gitattributes");
    let (text, found) = without_ours(&attributes)?;
    if found && text.is_empty() {
        let name = attributes.display();
        std::fs::remove_file(&attributes).with_context(|| say!("{path}: cannot be written", path = name))?;
    } else if found {
        put(&attributes, &text)?;
    }
    for key in [COMMAND, TEXTCONV, XFUNCNAME] {
        if setting(key)?.is_some_and(|value| !is_foreign(key, &value)) {
            configured(&["--unset-all", key], key)?;
        }
    }
    Ok(())
}

/// Whether somebody else has set it. The heads of another version of this program are ours, and what calls it where it lay, also with
/// its number behind its name.
fn is_foreign(key: &str, value: &str) -> bool {
    let called = value.rsplit_once(" git ").map(|(program, _)| program.trim_matches('\''));
    let name = called.and_then(|program| program.rsplit('/').next());
    let is_called = name.is_some_and(|name| name.starts_with("voordeur"));
    key != XFUNCNAME && !value.starts_with(OURS) && !is_called
}

/// What differs between two versions of a file: what it means first, then the lines, as `git apply` takes them.
fn diff(words: &[OsString]) -> Result<()> {
    let mut out = io::stdout().lock();
    let [path, old, _, old_mode, new, _, new_mode, ..] = words else {
        let path = words.first().map(|path| path.display().to_string()).unwrap_or_default();
        return Ok(writeln!(out, "{}", say!("{path}: is not merged yet", path))?);
    };
    // Behind the versions of a file that was renamed stands its new name.
    let renamed = words.get(7).unwrap_or(path);
    let read = |file: &OsString| bytes(Path::new(file)).unwrap_or_default();
    let (before, after) = (read(old), read(new));
    writeln!(out, "diff {}", renamed.display())?;
    let is_readable = !is_binary(&before) && !is_binary(&after);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (before, after) = (text(&before), text(&after));
    if is_readable && let Some(told) = between(Path::new(renamed), &before, &after) {
        write!(out, "{told}")?;
    }
    let header = Header { names: [path, renamed], files: [old, new], modes: [old_mode, new_mode] };
    header.write(&mut out, words.get(8))?;
    let (old, new) = (side("a", old, path), side("b", new, renamed));
    if !is_readable {
        return Ok(writeln!(out, "Binary files {old} and {new} differ")?);
    }
    let lines = TextDiff::from_lines(&before, &after);
    write!(out, "{}", lines.unified_diff().header(&old, &new))?;
    Ok(())
}

/// What `git apply` has to know of a file beside its lines.
struct Header<'w> {
    names: [&'w OsString; 2],
    files: [&'w OsString; 2],
    modes: [&'w OsString; 2],
}

impl Header<'_> {
    /// Nothing where only lines differ: the names of both sides say enough then. `moved` is what `git` says of another name.
    fn write(&self, out: &mut impl io::Write, moved: Option<&OsString>) -> Result<()> {
        let [old, new] = self.names;
        let [before, after] = self.modes;
        let is_there = self.files.iter().all(|file| *file != "/dev/null");
        let is_other_mode = is_there && before != after;
        if moved.is_none() && !is_other_mode {
            return Ok(());
        }
        writeln!(out, "diff --git a/{} b/{}", old.display(), new.display())?;
        if is_other_mode {
            writeln!(out, "old mode {}", before.display())?;
            writeln!(out, "new mode {}", after.display())?;
        }
        // Blobs that only `git` knows are not named: the lines are the patch.
        let said = moved.map(|moved| moved.display().to_string()).unwrap_or_default();
        for line in said.lines().filter(|line| !line.starts_with("index ")) {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}

/// Whether it is no text, as `git` tells: its first 8,000 bytes have a zero among them.
fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(8_000).any(|byte| *byte == 0)
}

/// A version as a patch names it. What is not there is nothing.
fn side(side: &str, file: &OsString, path: &OsString) -> String {
    if file == "/dev/null" { "/dev/null".to_owned() } else { format!("{side}/{}", path.display()) }
}

/// A pathway in the one layout; what cannot be read as it is, and of what is no text only how long it is.
fn textconv(file: &Path) -> Result<()> {
    let bytes = bytes(file).unwrap_or_default();
    if is_binary(&bytes) {
        let told = say!("{number} bytes that are no text", number = bytes.len());
        return Ok(writeln!(io::stdout().lock(), "{told}")?);
    }
    let laid_out = decode(&bytes).ok().and_then(|text| format(text).ok()).map(|done| done.text);
    io::stdout().lock().write_all(laid_out.as_ref().map_or(&bytes, |text| text.as_bytes()))?;
    Ok(())
}

fn asked(words: &[&str]) -> Result<Output> {
    Command::new("git").args(words).output().with_context(|| say!("`git` cannot be started"))
}

/// The top of the working copy that one stands in.
fn top() -> Result<PathBuf> {
    let asked = asked(&["rev-parse", "--show-toplevel"])?;
    if !asked.status.success() {
        let why = String::from_utf8_lossy(&asked.stderr).lines().next().unwrap_or_default().to_owned();
        bail!("{}", say!("this folder is in no working copy of a repository of git ({why}); go to one", why));
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&asked.stdout).trim_end_matches(['\r', '\n'])))
}

/// What a setting of this repository is, where it is set.
fn setting(key: &str) -> Result<Option<String>> {
    let asked = asked(&["config", "--local", "--get", key])?;
    let value = String::from_utf8_lossy(&asked.stdout).trim_end_matches(['\r', '\n']).to_owned();
    Ok(asked.status.success().then_some(value))
}

fn configured(words: &[&str], key: &str) -> Result<()> {
    let done = asked(&[&["config", "--local"], words].concat())?;
    if done.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&done.stderr).trim_end().to_owned();
    bail!("{}", say!("`git` does not set `{key}`: {why}", key, why))
}

/// What stands in the file but for our lines; and whether they were there.
fn without_ours(path: &Path) -> Result<(String, bool)> {
    let name = path.display();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((String::new(), false)),
        Err(error) => return Err(error).with_context(|| say!("{name}: cannot be read", name)),
    };
    let (mut rest, mut within, mut found) = (String::new(), false, false);
    for line in text.split_inclusive('\n') {
        match line.trim_end() {
            BEGIN => (within, found) = (true, true),
            END if within => within = false,
            _ if !within => rest.push_str(line),
            _ => {}
        }
    }
    if within {
        bail!("{}", say!("{name}: `{begin}` stands there without `{end}`", name, begin = BEGIN, end = END));
    }
    Ok((rest, found))
}
