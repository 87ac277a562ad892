//! Changing a file in place.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use tempfile::NamedTempFile;
use voordeur_messages::say;

use crate::failure::Refused;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Writes beside the file and renames, so that it is the old one or the new one and never half of it. A link stays
/// a link; mode, owner and group stay as they were, or nothing is written. What is no plain file, and what may not
/// be written, is refused. Access lists, other attributes and hard links do not come along.
pub(crate) fn replace(path: &Path, text: &str) -> Result<()> {
    write_beside(path, text.as_bytes()).with_context(|| cannot(path))
}

/// The same, also where no file is yet.
pub(crate) fn put(path: &Path, text: &str) -> Result<()> {
    if path.exists() { replace(path, text) } else { make(path, text).with_context(|| cannot(path)) }
}

fn make(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut beside = NamedTempFile::new_in(folder)?;
    beside.write_all(text.as_bytes())?;
    beside.as_file().sync_all()?;
    beside.persist(path)?;
    Ok(())
}

/// The same; a byte order mark stays.
pub(crate) fn replace_keeping_mark(path: &Path, text: &str) -> Result<()> {
    let marked = fs::read(path).with_context(|| cannot(path))?.starts_with(BYTE_ORDER_MARK);
    let mark = if marked { BYTE_ORDER_MARK } else { &[] };
    write_beside(path, &[mark, text.as_bytes()].concat()).with_context(|| cannot(path))
}

/// Refuses what [`replace`] would refuse, before anything is written.
pub(crate) fn may_be_replaced(path: &Path) -> Result<()> {
    let may = || -> Result<()> { may_be_written(path, &fs::metadata(path)?) };
    may().with_context(|| cannot(path))
}

fn cannot(path: &Path) -> String {
    say!("{path}: cannot be written", path = path.display())
}

fn may_be_written(path: &Path, old: &Metadata) -> Result<()> {
    if !old.is_file() {
        return Err(Refused(say!("it is no plain file")).into());
    }
    if old.permissions().readonly() {
        return Err(Refused(say!("it may only be read")).into());
    }
    OpenOptions::new().write(true).open(path).map(drop)?;
    Ok(())
}

fn write_beside(path: &Path, bytes: &[u8]) -> Result<()> {
    let path = path.canonicalize()?;
    let old = fs::metadata(&path)?;
    may_be_written(&path, &old)?;
    let mut beside = NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    beside.write_all(bytes)?;
    // First the owner: changing it takes away bits of the mode.
    keep_owner(beside.as_file(), &old).with_context(|| say!("its owner and group cannot be kept"))?;
    beside.as_file().set_permissions(old.permissions())?;
    beside.as_file().sync_all()?;
    beside.persist(&path)?;
    Ok(())
}

#[cfg(unix)]
fn keep_owner(file: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let new = file.metadata()?;
    let owner = (new.uid() != old.uid()).then_some(old.uid());
    let group = (new.gid() != old.gid()).then_some(old.gid());
    if owner.is_some() || group.is_some() { fchown(file, owner, group) } else { Ok(()) }
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}
