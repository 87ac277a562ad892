//! Running the program.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder of its own, with the examples and the plugins beside it.
pub(crate) struct Place {
    folder: TempDir,
}

/// What a run of the program gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) fn top() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["dsl-examples", "wasm-plugins"] {
            let target = top().join(name).canonicalize().expect("there");
            std::os::unix::fs::symlink(target, folder.path().join(name)).expect("a link");
        }
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path().join(name), content).expect("written");
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_voordeur"));
        command.args(words).current_dir(self.path()).env("LC_ALL", "C");
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        Ran::from(self.command(words).output().expect("it runs"))
    }

    /// With something on standard input.
    pub(crate) fn run_with(&self, words: &[&str], input: &str) -> Ran {
        let mut command = self.command(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it runs");
        let mut pipe = child.stdin.take().expect("a pipe");
        pipe.write_all(input.as_bytes()).expect("it reads");
        drop(pipe);
        Ran::from(child.wait_with_output().expect("it ends"))
    }

    /// Opens a case of Eropaf in the database `a.db`.
    pub(crate) fn open(&self, label: &str) -> Ran {
        let pathway = "dsl-examples/eropaf/eropaf.pathway";
        self.run(&[
            "case",
            "open",
            "--db",
            "a.db",
            "--pathway",
            pathway,
            label,
            "other_report",
            "--by",
            "worker",
            "--at",
            "2008-03-03T10:00",
        ])
    }

    /// A line as in a shell, with pipes; `voordeur` is the program.
    pub(crate) fn shell(&self, line: &str) -> Ran {
        let program = Path::new(env!("CARGO_BIN_EXE_voordeur")).parent().expect("a folder");
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", program.display());
        let mut command = Command::new("bash");
        command.args(["-c", line]).current_dir(self.path()).env("PATH", path);
        Ran::from(command.output().expect("it runs"))
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Self {
            status: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}
