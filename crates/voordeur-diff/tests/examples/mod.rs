//! The example pathways.

use std::path::{Path, PathBuf};

/// The files of all examples, in order.
pub(crate) fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dsl-examples");
    let mut found = Vec::new();
    let mut open = vec![folder];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path())
        {
            if entry.is_dir() {
                open.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "pathway") {
                found.push(entry);
            }
        }
    }
    found.sort();
    assert!(found.len() > 15, "{found:?}");
    found
}
