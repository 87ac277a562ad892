//! Changing a file in place.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use tempfile::NamedTempFile;
use voordeur_messages::say;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Writes beside the file and renames, so that it is the old one or the new one and never half of it. A link stays
/// a link, and who may read the file stays as it was; a byte order mark stays too.
pub(crate) fn replace(path: &Path, text: &str) -> Result<()> {
    write_beside(path, text).with_context(|| say!("{path}: cannot be written", path = path.display()))
}

/// The same, also where no file is yet.
pub(crate) fn put(path: &Path, text: &str) -> Result<()> {
    if path.exists() { replace(path, text) } else { make(path, text) }
        .with_context(|| say!("{path}: cannot be written", path = path.display()))
}

fn make(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut beside = NamedTempFile::new_in(folder)?;
    beside.write_all(text.as_bytes())?;
    beside.as_file().sync_all()?;
    beside.persist(path)?;
    Ok(())
}

fn write_beside(path: &Path, text: &str) -> Result<()> {
    let path = path.canonicalize()?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut beside = NamedTempFile::new_in(folder)?;
    if fs::read(&path)?.starts_with(BYTE_ORDER_MARK) {
        beside.write_all(BYTE_ORDER_MARK)?;
    }
    beside.write_all(text.as_bytes())?;
    beside.as_file().set_permissions(fs::metadata(&path)?.permissions())?;
    beside.as_file().sync_all()?;
    beside.persist(&path)?;
    Ok(())
}
