//! For tests only: a PostgreSQL server of their own, in a folder that goes away with it.
//!
//! ```text
//! let Some(server) = Postgres::start() else { return };   // no PostgreSQL on this machine
//! let url = server.database("mine");
//! ```
//!
//! Where no PostgreSQL is found, the tests that need one say so and do nothing: the project asks for Rust and a C
//! compiler only. With `VOORDEUR_TEST_POSTGRES=1` (the server that decides whether work lands sets it) they fail.

#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a panic in a test is a failing test, and it tells"
)]

mod wire;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

pub use wire::{Cut, Wire};

/// When this is set, a test that needs PostgreSQL fails where there is none.
pub const DEMAND: &str = "VOORDEUR_TEST_POSTGRES";

/// The number of the user `nobody`: a PostgreSQL server does not run as root.
const NOBODY: u32 = 65534;

/// A server. It ends, and its folder goes away, when this is dropped or the test ends in any other way.
#[derive(Debug)]
pub struct Postgres {
    folder: TempDir,
    programs: PathBuf,
    server: Option<Server>,
    databases: AtomicU32,
    port: u16,
    /// At which address it listens, beside its socket.
    listens: &'static str,
    /// Whether what is acknowledged survives a loss of power.
    fsync: &'static str,
}

/// A running server, behind a shell that ends it when its own input ends.
#[derive(Debug)]
struct Server {
    shell: Child,
    input: ChildStdin,
}

impl Postgres {
    /// Starts a server; nothing when there is no PostgreSQL on this machine and nobody demands it.
    ///
    /// # Panics
    /// When it is demanded and not there, or when it does not start.
    #[must_use]
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(
                !demanded(),
                "{DEMAND} is set, and there is no PostgreSQL: install it (Debian: postgresql), or set the path to `initdb`"
            );
            eprintln!(
                "skipped: no PostgreSQL (initdb, postgres) on this machine; set {DEMAND}=1 to demand it"
            );
            return None;
        };
        let mut postgres = Self::at(programs);
        postgres.make();
        postgres.run();
        Some(postgres)
    }

    /// A server that is as careful as one at work, for benchmarks; nothing when there is no PostgreSQL on this machine.
    #[must_use]
    pub fn durable() -> Option<Self> {
        let mut postgres = Self::at(programs()?);
        postgres.fsync = "on";
        postgres.make();
        postgres.run();
        Some(postgres)
    }

    /// A folder for a server that is not made yet.
    fn at(programs: PathBuf) -> Self {
        let folder = tempfile::Builder::new().prefix("vd-pg").tempdir_in("/tmp").expect("a folder");
        if is_root() {
            std::os::unix::fs::chown(folder.path(), Some(NOBODY), Some(NOBODY)).expect("given away");
        }
        Self {
            folder,
            programs,
            server: None,
            databases: AtomicU32::new(0),
            port: 5432,
            listens: "",
            fsync: "off",
        }
    }

    /// A second server that follows this one, change by change. From here on nothing is acknowledged that it does not
    /// have.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn standby(&self) -> Self {
        let mut standby = Self::at(self.programs.clone());
        let mut copy = standby.command("pg_basebackup");
        copy.args([
            "--username=voordeur",
            "--write-recovery-conf",
            "--checkpoint=fast",
            "--no-sync",
            "--host",
        ]);
        let copied = copy.arg(self.folder()).arg("--pgdata").arg(standby.data()).output().expect("it runs");
        assert!(copied.status.success(), "pg_basebackup: {}", String::from_utf8_lossy(&copied.stderr));
        standby.run();
        self.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'");
        self.sql("postgres", "SELECT pg_reload_conf()");
        while self.sql("postgres", "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")
            != "1"
        {}
        standby
    }

    /// Makes a standby the one that writes.
    pub fn promote(&self) {
        assert_eq!(self.sql("postgres", "SELECT pg_promote()"), "t");
    }

    /// Where its socket is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn make(&self) {
        let mut make = self.command("initdb");
        make.args([
            "--auth=trust",
            "--username=voordeur",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--pgdata",
        ]);
        let made = make.arg(self.data()).output().expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    }

    /// Starts the server anew, after [`Postgres::kill`].
    pub fn run(&mut self) {
        let mut shell = self.command_of("sh");
        // Without fsync: the machine does not lose its power in a test, and what a killed server has written stays.
        // When the test has gone, so do the server and its folder, also after Ctrl-C.
        let script = r#"trap "" INT TERM HUP; exec 3<&0
            "$1" -D "$2" -k "$3" -c listen_addresses="$4" -c port="$5" -c max_connections=60 -c fsync="$6" 2>&1 </dev/null &
            server=$!
            { read -r keep <&3; kill -QUIT $server 2>/dev/null; [ "$keep" ] || rm -rf "$3"; } &
            wait"#;
        let mut shell = shell
            .args(["-c", script, "sh"])
            .arg(self.programs.join("postgres"))
            .arg(self.data())
            .arg(self.folder.path())
            .args([self.listens, &self.port.to_string(), self.fsync])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh runs");
        let input = shell.stdin.take().expect("its input");
        let mut said = BufReader::new(shell.stdout.take().expect("its output"));
        let mut lines = String::new();
        while !lines.contains("ready to accept") {
            let before = lines.len();
            said.read_line(&mut lines).expect("text");
            assert!(lines.len() > before, "the server did not start: {lines}");
        }
        // What it says later is read, so that it does not stop, and thrown away.
        std::thread::spawn(move || said.read_to_end(&mut Vec::new()));
        self.server = Some(Server { shell, input });
    }

    /// Ends the server at once, as a crash would: clients lose their connections in the middle of anything.
    pub fn kill(&mut self) {
        if let Some(Server { mut shell, mut input }) = self.server.take() {
            input.write_all(b"keep\n").expect("it listens");
            shell.wait().expect("it ends");
        }
    }

    /// Starts the server anew on the loopback address, with a certificate and its key; gives the port.
    ///
    /// # Panics
    /// When it does not start.
    pub fn over_tls(&mut self, certificate: &str, key: &str) -> u16 {
        self.kill();
        for (name, text) in [("server.crt", certificate), ("server.key", key)] {
            let file = self.data().join(name);
            std::fs::write(&file, text).expect("written");
            std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600))
                .expect("set");
            if is_root() {
                std::os::unix::fs::chown(&file, Some(NOBODY), Some(NOBODY)).expect("given away");
            }
        }
        let mut settings = std::fs::OpenOptions::new().append(true).open(self.data().join("postgresql.conf"));
        settings.as_mut().expect("its settings").write_all(b"ssl = on\n").expect("written");
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        self.port = free.local_addr().expect("an address").port();
        self.listens = "127.0.0.1";
        drop(free);
        self.run();
        self.port
    }

    /// Makes an empty database and gives its address.
    #[must_use]
    pub fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        self.url(&name)
    }

    /// The address of a database.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        format!("postgres://voordeur@localhost/{name}?host={}", self.folder.path().display())
    }

    /// Runs a statement as an operator would, and gives what it answers, a line for each row.
    ///
    /// # Panics
    /// When the server refuses it.
    pub fn sql(&self, database: &str, text: &str) -> String {
        let mut single = self.command("psql");
        single.args([
            "--no-psqlrc",
            "--tuples-only",
            "--no-align",
            "--set=ON_ERROR_STOP=1",
            "--username=voordeur",
            "--host",
        ]);
        single.arg(self.folder.path()).args(["--port", &self.port.to_string()]);
        single.args(["--dbname", database, "--command", text]);
        let ran = single.output().expect("psql runs");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).expect("UTF-8").trim_end().to_owned()
    }

    /// Runs a line as an operator would in a shell, in a folder that goes away with the server.
    ///
    /// # Panics
    /// When it fails.
    pub fn shell(&self, line: &str) {
        let mut shell = self.command_of("sh");
        let path = format!("{}:/usr/bin:/bin", self.programs.display());
        let ran = shell.args(["-c", line]).env("PATH", path).output().expect("sh runs");
        assert!(ran.status.success(), "{line}: {}", String::from_utf8_lossy(&ran.stderr));
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, name: &str) -> Command {
        self.command_of(self.programs.join(name))
    }

    fn command_of(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        use std::os::unix::process::CommandExt as _;
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).env("LC_ALL", "C");
        if is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.kill();
    }
}

#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says whether a server is demanded")]
fn demanded() -> bool {
    std::env::var_os(DEMAND).is_some_and(|value| !value.is_empty() && value != "0")
}

/// The folder with `initdb` and `postgres`: on the path, or where Debian keeps them.
fn programs() -> Option<PathBuf> {
    let has = |folder: &Path| ["initdb", "postgres", "psql"].iter().all(|name| folder.join(name).exists());
    let mut debian: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    debian.sort();
    path().into_iter().chain(debian.into_iter().rev()).find(|folder| has(folder))
}

#[expect(clippy::disallowed_methods, reason = "programs are looked for where the shell would")]
fn path() -> Vec<PathBuf> {
    std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0)
}
