//! A history in both versions, moment by moment beside each other.

use std::collections::BTreeMap;

use voordeur_diagnostics::Scene;
use voordeur_verify::Example;

/// What happens at one moment in the old version and in the new one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Row {
    /// Local time without a zone.
    pub(crate) at: String,
    /// In words.
    pub(crate) when: String,
    pub(crate) old: Vec<String>,
    pub(crate) new: Vec<String>,
}

impl Row {
    pub(crate) fn differs(&self) -> bool {
        self.old != self.new
    }
}

/// The moments of both in order.
pub(crate) fn timeline(example: &Example) -> Vec<Row> {
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    let [old, new] = &example.scenes;
    for (scenes, is_old) in [(old, true), (new, false)] {
        for Scene { at, when, lines } in scenes {
            let row = rows.entry(at).or_default();
            row.at.clone_from(at);
            row.when.clone_from(when);
            let side = if is_old { &mut row.old } else { &mut row.new };
            side.extend(lines.iter().cloned());
        }
    }
    rows.into_values().collect()
}
