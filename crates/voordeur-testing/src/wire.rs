//! A network between a program and its server that breaks where a test says so: before a statement reaches the server, or
//! after the server has carried it out and before its answer arrives.

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::Postgres;

/// What happens to a connection that brings a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Nothing: this one goes by.
    Never,
    /// It ends before the server hears of the statement.
    Before,
    /// It ends when the server has answered, and the answer does not arrive.
    After,
}

/// A way to a server. What is to happen is said beforehand, in order.
#[derive(Debug)]
pub struct Wire {
    port: u16,
    plan: Arc<Mutex<Plan>>,
}

#[derive(Debug, Default)]
struct Plan {
    cuts: VecDeque<(Cut, &'static str)>,
    /// When all of that has happened, the server is away.
    then_away: bool,
    is_away: bool,
}

impl Plan {
    /// What happens to these bytes of a program.
    fn meets(&mut self, bytes: &[u8]) -> Cut {
        if self.is_away {
            return Cut::Before;
        }
        let Some((cut, word)) = self.cuts.front().copied() else { return Cut::Never };
        let has = word.is_empty() || bytes.windows(word.len()).any(|part| part == word.as_bytes());
        if !has {
            return Cut::Never;
        }
        self.cuts.pop_front();
        self.is_away = self.then_away && self.cuts.is_empty();
        cut
    }
}

fn held(plan: &Mutex<Plan>) -> MutexGuard<'_, Plan> {
    plan.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Wire {
    /// A way to this server.
    ///
    /// # Panics
    /// When there is no port.
    #[must_use]
    pub fn to(server: &Postgres) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let plan: Arc<Mutex<Plan>> = Arc::default();
        let (planned, socket) = (Arc::clone(&plan), server.folder().join(".s.PGSQL.5432"));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (plan, socket) = (Arc::clone(&planned), socket.clone());
                thread::spawn(move || pass(&client, &socket, &plan));
            }
        });
        Self { port, plan }
    }

    /// The address of a database by this way; `settings` as they stand in an address.
    #[must_use]
    pub fn url(&self, name: &str, settings: &str) -> String {
        format!("postgres://voordeur@127.0.0.1:{}/{name}?sslmode=disable&{settings}", self.port)
    }

    /// What happens to the next statements that have these words, one after the other; an empty word is in every one. After the
    /// last of them the server is away, if `then_away`.
    pub fn plan(&self, cuts: &[(Cut, &'static str)], then_away: bool) {
        *held(&self.plan) = Plan { cuts: cuts.iter().copied().collect(), then_away, is_away: false };
    }

    /// Nothing happens any more; gives whether all has happened that was planned.
    pub fn mend(&self) -> bool {
        std::mem::take(&mut *held(&self.plan)).cuts.is_empty()
    }
}

fn pass(client: &TcpStream, socket: &Path, plan: &Mutex<Plan>) {
    if held(plan).is_away {
        return;
    }
    let server = UnixStream::connect(socket).expect("the server");
    // Whether what the server says next is not passed on.
    let swallows = Mutex::new(false);
    let end = || {
        client.shutdown(Shutdown::Both).unwrap_or_default();
        server.shutdown(Shutdown::Both).unwrap_or_default();
    };
    thread::scope(|both| {
        both.spawn(|| {
            let mut bytes = vec![0; 65536];
            while let Ok(count @ 1..) = (&server).read(&mut bytes) {
                let said = bytes.get(..count).unwrap_or_default();
                if *swallows.lock().expect("one at a time") || (&*client).write_all(said).is_err() {
                    break;
                }
            }
            end();
        });
        let mut bytes = vec![0; 65536];
        while let Ok(count @ 1..) = (&*client).read(&mut bytes) {
            let asked = bytes.get(..count).unwrap_or_default();
            match held(plan).meets(asked) {
                Cut::Never => {}
                Cut::Before => break,
                Cut::After => *swallows.lock().expect("one at a time") = true,
            }
            if (&server).write_all(asked).is_err() {
                break;
            }
        }
        end();
    });
}
