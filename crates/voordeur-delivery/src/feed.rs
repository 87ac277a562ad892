//! Calendars over HTTP: for calendar programs that look every hour. Whoever has the address sees the calendar, so that each
//! has a part that nobody guesses: `/calendar/TOKEN.ics`.

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use tokio::net::TcpListener;
use voordeur_messages::say;
use voordeur_runtime::{Agenda, Clock as _, SystemClock};

use crate::agenda::agenda;

/// The fewest characters of the secret that the addresses are made of.
const LEAST_SECRET: usize = 32;

/// The calendars that are served.
#[derive(Clone)]
pub struct Feeds {
    address: SocketAddr,
    /// The party of each token.
    parties: HashMap<String, String>,
}

impl std::fmt::Debug for Feeds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feeds").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Feeds {
    pub(crate) fn new(address: SocketAddr, secret: &str, parties: Vec<String>) -> Result<Self, String> {
        if secret.len() < LEAST_SECRET {
            return Err(say!(
                "the secret is too short to make addresses of: write 32 random bytes in Base64, as `openssl rand -base64 32` does"
            ));
        }
        let parties = parties.into_iter().filter_map(|party| Some((token(secret, &party)?, party)));
        Ok(Self { address, parties: parties.collect() })
    }

    /// Where it is served.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The path of the calendar of a party; nothing when it is not served.
    #[must_use]
    pub fn path(&self, party: &str) -> Option<String> {
        let found = self.parties.iter().find(|(_, known)| *known == party);
        found.map(|(token, _)| format!("/calendar/{token}.ics"))
    }
}

/// Another one for each party. With another secret all of them change.
fn token(secret: &str, party: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(b"calendar ");
    mac.update(party.as_bytes());
    Some(URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

struct Served {
    feeds: Feeds,
    agenda: tokio::sync::Mutex<Agenda>,
}

/// Serves calendars until `stop` is ready.
///
/// # Errors
/// When nobody can be heard any more.
pub async fn serve(
    listener: TcpListener,
    feeds: Feeds,
    agenda: Agenda,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let served = Arc::new(Served { feeds, agenda: tokio::sync::Mutex::new(agenda) });
    let router = Router::new().route("/calendar/{name}", get(calendar)).with_state(served);
    axum::serve(listener, router).with_graceful_shutdown(stop).await
}

async fn calendar(State(served): State<Arc<Served>>, Path(name): Path<String>) -> Response {
    let party = name.strip_suffix(".ics").and_then(|token| served.feeds.parties.get(token));
    let Some(party) = party else { return StatusCode::NOT_FOUND.into_response() };
    // One at a time: whoever asks for many calendars at once does not hold up the cases.
    let appointed = served.agenda.lock().await.of(party).await;
    match appointed {
        Ok(appointed) => {
            let headers =
                [(CONTENT_TYPE, "text/calendar; charset=utf-8"), (CACHE_CONTROL, "private, no-store")];
            (headers, agenda(party, &appointed, SystemClock.now())).into_response()
        }
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
