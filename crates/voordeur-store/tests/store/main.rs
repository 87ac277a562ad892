//! What a store promises, tried on all three: all of a transaction or nothing, no writer over another, claims that
//! pass to somebody else.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a panic in a test is a failing test")]

mod alike;
mod broken;
mod claims;
mod dump;
mod group;
mod network;
mod promises;
mod room;
mod schema;
mod statements;
mod tls;
mod view;

use std::sync::LazyLock;

use tempfile::TempDir;
use voordeur_store::{CaseWrite, Key, Kind, Outgoing, ProtocolRow, Status, StepWrite, Store, TimerWrite};
use voordeur_testing::Postgres;

/// One server for all tests; each has a database of its own.
static SERVER: LazyLock<Option<Postgres>> = LazyLock::new(Postgres::start);

/// An empty database with one protocol, and where it is.
struct Place {
    name: &'static str,
    store: Store,
    protocol: i64,
    address: std::path::PathBuf,
    _folder: TempDir,
}

/// One of each kind that there is on this machine.
async fn places() -> Vec<Place> {
    let mut places = vec![place("memory", None).await];
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.db").display().to_string();
    places.push(Place { _folder: folder, ..place("sqlite", Some(&file)).await });
    if let Some(server) = &*SERVER {
        places.push(place("postgres", Some(&server.database())).await);
    }
    places
}

async fn place(name: &'static str, address: Option<&str>) -> Place {
    let store = match address {
        Some(address) => Store::create(address.as_ref()).await.expect("made"),
        None => Store::in_memory(),
    };
    let protocol = store.put_protocol(&protocol("one")).await.expect("stored");
    let address = address.unwrap_or_default().into();
    Place { name, store, protocol, address, _folder: tempfile::tempdir().expect("a folder") }
}

fn protocol(digest: &str) -> ProtocolRow {
    let text = |text: &str| text.to_owned();
    ProtocolRow {
        id: 0,
        name: text("a"),
        version: text("1"),
        digest: text(digest),
        layout: text("l"),
        source: text("s"),
        added_at: 5,
        retirement: None,
    }
}

impl Place {
    /// A write of a case with so many steps, each with a notice and a call, and a timer that is due at 9.
    fn write(&self, key: Key, place: &str, steps: usize) -> CaseWrite {
        let outgoing =
            |kind, payload: &str| Outgoing { kind, payload: payload.to_owned(), item: None, gone: None };
        let step = StepWrite {
            at: 7,
            recorded_at: 8,
            due_at: None,
            entries: "[]".to_owned(),
            sealed: None,
            outgoing: vec![outgoing(Kind::Notice, "\"n\""), outgoing(Kind::Call, "\"c\"")],
        };
        CaseWrite {
            arrives: matches!(key, Key::New(_)),
            key,
            protocol: self.protocol,
            status: Status::Running,
            place: place.to_owned(),
            opened_at: 7,
            touched_at: 7,
            next_due: Some(9),
            household: None,
            household_cases: None,
            secret: None,
            sealed: None,
            state: "{}".to_owned(),
            steps: vec![step; steps],
            timers: vec![TimerWrite { timer: 1, due_at: 9, armed: true, party: "worker".to_owned() }],
            cleared: Vec::new(),
            claims: Vec::new(),
            done: Vec::new(),
            incidents: Vec::new(),
            resolved: Vec::new(),
        }
    }

    /// Somebody changes the tables by other means.
    async fn change(&self, text: &str) {
        match (self.name, &*SERVER) {
            ("postgres", Some(server)) => {
                let url = self.address.display().to_string();
                server.sql(url.split(['/', '?']).nth(3).expect("a name"), text);
            }
            _ => schema::run(&self.address, text).await,
        }
    }

    fn new_case(&self, label: &str) -> CaseWrite {
        self.write(Key::New(label.to_owned()), "first", 1)
    }

    async fn open(&self, label: &str) -> i64 {
        self.commit(self.new_case(label)).await.expect("written")
    }

    async fn commit(&self, write: CaseWrite) -> Result<i64, voordeur_store::StoreError> {
        let ids = self.store.commit(vec![write], voordeur_store::Lane::Command).await?;
        Ok(ids.first().copied().expect("one number for one case"))
    }
}
