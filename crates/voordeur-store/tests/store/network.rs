//! What a network may do to a server's answers: a commit whose answer is lost, a connection that is cut before it, one
//! whose other side falls silent. Each write is there once, and is acknowledged.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use voordeur_store::{Key, Store, StoreError};
use voordeur_testing::Postgres;

use crate::{SERVER, place, protocol};

/// What happens next to the connection that brings a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mishap {
    /// The server carries it out; its answer does not arrive, and nothing else does.
    AnswerLost,
    /// The connection ends before the server hears of it.
    Cut,
    /// Nothing goes either way any more, from the first word on.
    Silence,
    /// Not once but always: the server is another one, and does not know a setting.
    Strange,
}

type Next = Arc<Mutex<Option<Mishap>>>;

/// Stands between a program and the server; gives its port.
async fn proxy(socket: PathBuf, next: Next) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = UnixStream::connect(&socket).await.expect("the server");
            tokio::spawn(pass(client, server, Arc::clone(&next)));
        }
    });
    port
}

async fn pass(client: TcpStream, server: UnixStream, next: Next) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let silent = Arc::new(Mutex::new(false));
    let answers = async {
        let mut bytes = vec![0; 65536];
        while let Ok(count @ 1..) = from_server.read(&mut bytes).await {
            if *silent.lock().expect("one at a time") {
                std::future::pending::<()>().await;
            }
            to_client.write_all(&bytes[..count]).await.expect("passed on");
        }
    };
    let questions = async {
        let mut bytes = vec![0; 65536];
        while let Ok(count @ 1..) = from_client.read(&mut bytes).await {
            if *next.lock().expect("one at a time") == Some(Mishap::Strange) {
                forget(&mut bytes[..count]);
            }
            let commits = bytes[..count].windows(6).any(|word| word == b"COMMIT");
            let mishap = {
                let mut next = next.lock().expect("one at a time");
                let now = next
                    .filter(|mishap| (commits && *mishap != Mishap::Strange) || *mishap == Mishap::Silence);
                *next = if now.is_some() { None } else { *next };
                now
            };
            match mishap {
                Some(Mishap::Cut) => return,
                Some(Mishap::Silence) => std::future::pending().await,
                Some(Mishap::AnswerLost) => *silent.lock().expect("one at a time") = true,
                Some(Mishap::Strange) | None => {}
            }
            to_server.write_all(&bytes[..count]).await.expect("passed on");
        }
    };
    tokio::select! {
        () = answers => {}
        () = questions => {}
    }
}

/// A setting becomes one that no server knows.
fn forget(bytes: &mut [u8]) {
    const KNOWN: &[u8] = b"enable_seqscan";
    let found = bytes.windows(KNOWN.len()).position(|word| word == KNOWN);
    if let Some(found) = found {
        bytes[found..found + KNOWN.len()].copy_from_slice(b"enable_whateve");
    }
}

/// As relatives of PostgreSQL may be.
#[tokio::test]
async fn a_server_that_does_not_know_a_setting_is_good_enough() {
    let Some(server) = &*SERVER else { return };
    let url = server.database();
    let name = url.split(['/', '?']).nth(3).expect("a name");
    let next: Next = Arc::new(Mutex::new(Some(Mishap::Strange)));
    let port = proxy(server.folder().join(".s.PGSQL.5432"), next).await;
    let url = format!("postgres://voordeur@127.0.0.1:{port}/{name}?sslmode=disable");
    let place = place("postgres", Some(&url)).await;
    let id = place.open("a").await;
    assert_eq!(place.store.journal(id).await.expect("read").len(), 1);
}

#[tokio::test]
async fn whatever_the_network_does_a_write_is_there_once_and_acknowledged() {
    let Some(server) = &*SERVER else { return };
    let url = server.database();
    let name = url.split(['/', '?']).nth(3).expect("a name");
    let next: Next = Arc::default();
    let port = proxy(server.folder().join(".s.PGSQL.5432"), Arc::clone(&next)).await;
    let url = format!("postgres://voordeur@127.0.0.1:{port}/{name}?sslmode=disable&tcp_user_timeout=400");
    let place = place("postgres", Some(&url)).await;
    let id = place.open("a").await;
    let mishaps = [Mishap::AnswerLost, Mishap::Cut, Mishap::Silence];
    for (version, mishap) in (1..10).zip(mishaps.into_iter().cycle()) {
        *next.lock().expect("one at a time") = Some(mishap);
        let written = place.commit(place.write(Key::Stored { id, version }, "on", 1)).await;
        assert!(written.is_ok(), "{mishap:?}: {written:?}");
        assert_eq!(*next.lock().expect("one at a time"), None, "{mishap:?} has happened");
        let again = place.commit(place.write(Key::Stored { id, version }, "on", 1)).await;
        assert!(matches!(again, Err(StoreError::Conflict)), "{mishap:?}: {again:?}");
    }
    let steps: Vec<i64> =
        place.store.journal(id).await.expect("read").into_iter().map(|row| row.step).collect();
    assert_eq!(steps, (1..=10).collect::<Vec<_>>());
}

/// Somebody else takes every connection that the server has room for.
#[tokio::test]
async fn a_server_without_room_is_waited_for() {
    let Some(server) = Postgres::start() else { return };
    let url = server.database();
    let store = Store::create(Path::new(&url)).await.expect("made");
    store.put_protocol(&protocol("one")).await.expect("written");
    let mut taken = Vec::new();
    while let Ok(connection) = PgConnection::connect(&url).await {
        taken.push(connection);
    }
    assert!(taken.len() > 20, "{}", taken.len());
    let refused = Store::open(Path::new(&url)).await.expect_err("there is no room");
    assert!(matches!(refused, StoreError::Unreachable { .. }) && refused.is_passing(), "{refused}");
    store.put_protocol(&protocol("two")).await.expect("the writer has its own connection");
    let reading = tokio::spawn({
        let store = store.clone();
        async move { store.protocols().await }
    });
    tokio::task::yield_now().await;
    for connection in taken {
        connection.close().await.expect("given back");
    }
    assert_eq!(reading.await.expect("it ends").expect("read once there is room").len(), 2);
    store.close().await;
}

/// Whoever works has patience with a server that starts anew; whoever watches knows at once.
#[tokio::test]
async fn a_server_that_is_gone_is_known_when_it_is_asked() {
    let Some(mut server) = Postgres::start() else { return };
    let url = server.database();
    let store = Store::create(Path::new(&url)).await.expect("made");
    store.probe().await.expect("it answers");
    server.kill();
    let answer = store.probe().await;
    assert!(matches!(answer, Err(StoreError::Unreachable { .. })), "{answer:?}");
    server.run();
    store.probe().await.expect("it answers again");
    store.close().await;
}
