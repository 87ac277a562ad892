//! The file itself, apart from what is in it: whether it is still the one that was opened, and whether its disk takes anything.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use voordeur_messages::say;

use crate::error::StoreError;

/// How much has to fit on the disk: more than a step takes.
const ROOM: usize = 64 * 1024;

/// Makes a file that is not there, for nobody but its owner: the keys of cases may lie in it. What SQLite keeps beside it gets
/// the same mode. One that is there stays as it is. Gives whether it was made.
pub(super) fn make(file: &Path) -> bool {
    let is_there = std::fs::metadata(file).map_or_else(|error| error.kind() != ErrorKind::NotFound, |_| true);
    let mut options = OpenOptions::new();
    for_its_owner(options.write(true).create(true).truncate(false));
    // What goes wrong here goes wrong again when it is opened, and is told then.
    !is_there && options.open(file).is_ok()
}

#[cfg(unix)]
fn for_its_owner(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;

    options.mode(0o600);
}

/// There a file has the rights of its folder.
#[cfg(not(unix))]
fn for_its_owner(_options: &mut OpenOptions) {}

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
