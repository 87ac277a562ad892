//! `voordeur plugin new`: a plugin that works, with cases that pass.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use voordeur_messages::say;

use crate::args::GuestLanguage;
use crate::failure::{Outcome, Refused};

const WIT: &str = include_str!("../../../voordeur-plugin-host/wit/v1/plugin.wit");

/// The files of a template; `NAME` in them is the name of the plugin.
const CASES: [(&str, &str); 3] = [
    ("cases/enough.json", include_str!("templates/cases/enough.json")),
    ("cases/too-little.json", include_str!("templates/cases/too-little.json")),
    ("cases/nothing-known.json", include_str!("templates/cases/nothing-known.json")),
];
const RUST: [(&str, &str); 2] = [
    ("Cargo.toml", include_str!("templates/rust/Cargo.toml.txt")),
    ("src/lib.rs", include_str!("templates/rust/src/lib.rs.txt")),
];
const JS: [(&str, &str); 2] = [
    ("package.json", include_str!("templates/js/package.json")),
    ("plugin.js", include_str!("templates/js/plugin.js")),
];
const PY: [(&str, &str); 1] = [("plugin.py", include_str!("templates/py/plugin.py"))];

pub(super) fn new(folder: &Path, language: GuestLanguage) -> Result<Outcome> {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty()
        || name.len() > 60
        || !name.bytes().all(known)
        || !name.starts_with(|c: char| c.is_ascii_lowercase())
    {
        let why = say!("`{why}` is no name of a plugin: use lower case letters, digits and `-`", why = name);
        return Err(Refused(why).into());
    }
    if folder.exists() {
        return Err(Refused(say!("{name}: it is there already", name = folder.display())).into());
    }
    let own: &[(&str, &str)] = match language {
        GuestLanguage::Rust => &RUST,
        GuestLanguage::Js => &JS,
        GuestLanguage::Py => &PY,
    };
    for (file, text) in own.iter().chain(&CASES) {
        write(&folder.join(file), &text.replace("NAME", name))?;
    }
    write(&folder.join("wit/plugin.wit"), WIT)?;
    let mut out = io::stdout().lock();
    for line in [
        say!("{folder}: a plugin that works; build it with", folder = folder.display()),
        format!("  cd {}", folder.display()),
    ] {
        writeln!(out, "{line}")?;
    }
    for command in commands(language, name) {
        writeln!(out, "  {command}")?;
    }
    Ok(Outcome::Clean)
}

/// How it is built and tried.
fn commands(language: GuestLanguage, name: &str) -> Vec<String> {
    let mut commands = match language {
        GuestLanguage::Rust => vec![
            "cargo build --release --target wasm32-unknown-unknown".to_owned(),
            format!(
                "voordeur plugin component target/wasm32-unknown-unknown/release/{}.wasm {name}.wasm",
                name.replace('-', "_")
            ),
        ],
        GuestLanguage::Js => vec!["npm install".to_owned(), "npm run build".to_owned()],
        GuestLanguage::Py => vec![
            "pip install componentize-py==0.25.1".to_owned(),
            format!("componentize-py -d wit -w action-plugin componentize plugin -o {name}.wasm"),
        ],
    };
    commands.push("voordeur plugin test .".to_owned());
    commands
}

fn write(path: &Path, text: &str) -> Result<()> {
    let cannot = || say!("{name}: cannot be written", name = path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(cannot)?;
    }
    fs::write(path, text).with_context(cannot)
}
