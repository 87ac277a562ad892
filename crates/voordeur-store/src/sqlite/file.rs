//! The file itself, apart from what is in it: whether it is still the one that was opened, and whether its disk takes anything.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use voordeur_messages::say;

use crate::error::StoreError;

/// How much has to fit on the disk: more than a step takes.
const ROOM: usize = 64 * 1024;

/// A file, and which one it was when it was opened.
#[derive(Debug, Clone)]
pub(super) struct Known {
    file: PathBuf,
    mark: Option<(u64, u64)>,
}

impl Known {
    pub(super) fn new(file: &Path) -> Self {
        // A program that changes its folder finds its file all the same.
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        Self { mark: mark(&file), file }
    }

    fn path(&self) -> String {
        self.file.display().to_string()
    }

    /// Whoever writes on after the file was taken away writes where nobody finds it.
    pub(super) fn is_there(&self) -> Result<(), StoreError> {
        match self.mark {
            Some(_) if mark(&self.file) != self.mark => Err(StoreError::Replaced { path: self.path() }),
            _ => Ok(()),
        }
    }

    /// Whether it is there, and could grow: asked with a file that has no name, so that nothing is left of it.
    pub(super) fn probe(&self) -> Result<(), StoreError> {
        self.is_there()?;
        let Some(folder) = self.file.parent() else { return Ok(()) };
        let wrote = tempfile::tempfile_in(folder).and_then(|mut file| file.write_all(&[0; ROOM]));
        let Err(error) = wrote else { return Ok(()) };
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Err(StoreError::Full { path: self.path() }),
            ErrorKind::ReadOnlyFilesystem => {
                Err(StoreError::Unwritable { path: self.path(), why: say!("its disk is read only") })
            }
            // As the database itself says it.
            ErrorKind::FileTooLarge => {
                let why = say!("the disk fails ({why})", why = error);
                Err(StoreError::Unwritable { path: self.path(), why })
            }
            // Whether a file may be made beside it says nothing of the file itself.
            _ => Ok(()),
        }
    }

    /// The log beside it, when something is in it.
    pub(super) fn has_log(&self) -> bool {
        let mut log = self.file.clone().into_os_string();
        log.push("-wal");
        std::fs::metadata(log).is_ok_and(|about| about.len() > 0)
    }
}

/// What tells one file from another under the same name.
#[cfg(unix)]
fn mark(file: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;

    std::fs::metadata(file).ok().map(|about| (about.dev(), about.ino()))
}

/// A file that is open cannot be taken away there.
#[cfg(not(unix))]
fn mark(_file: &Path) -> Option<(u64, u64)> {
    None
}
