//! The Dutch of every message: `nl.po`, in the format of gettext, which translators' tools read.

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The catalogue as it is written.
pub const DUTCH: &str = include_str!("../nl.po");

/// The Dutch of a message, when there is one.
#[must_use]
pub fn dutch(template: &str) -> Option<&'static str> {
    static READ: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    READ.get_or_init(|| entries(DUTCH).into_iter().collect()).get(template).map(String::as_str)
}

/// The messages of a catalogue with their translations, in the order of the file. Those without one are left out.
#[must_use]
pub fn entries(po: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let (mut id, mut text, mut in_text) = (String::new(), String::new(), false);
    for line in po.lines() {
        let line = line.trim();
        if let Some(quoted) = line.strip_prefix("msgid ") {
            keep(&mut found, std::mem::take(&mut id), std::mem::take(&mut text));
            (id, in_text) = (unquoted(quoted), false);
        } else if let Some(quoted) = line.strip_prefix("msgstr ") {
            (text, in_text) = (unquoted(quoted), true);
        } else if line.starts_with('"') {
            let part = if in_text { &mut text } else { &mut id };
            part.push_str(&unquoted(line));
        }
    }
    keep(&mut found, id, text);
    found
}

fn keep(found: &mut Vec<(String, String)>, id: String, text: String) {
    if !id.is_empty() && !text.is_empty() {
        found.push((id, text));
    }
}

/// The text between the quotes, with what `\` stands for.
fn unquoted(quoted: &str) -> String {
    let inner = quoted.trim().trim_start_matches('"');
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some(other) => out.push(other),
                None => {}
            },
            _ => out.push(c),
        }
    }
    out
}
