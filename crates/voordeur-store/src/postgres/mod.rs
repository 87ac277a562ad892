//! Cases on a PostgreSQL server: any number of programs beside each other.

mod hint;
mod line;
mod link;
mod open;
mod post;
mod probe;
mod read;
mod statements;
mod write;

pub(crate) use open::PostgresStore;

/// Whose cases they are. One for now; every key begins with it, so that more may come.
const TENANT: i64 = 1;

/// The channel on which hints go.
const CHANNEL: &str = "voordeur";
