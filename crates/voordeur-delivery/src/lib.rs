//! Reaches people and programs outside: by e-mail, by webhooks, as CloudEvents of the NL GOV profile, and by calendars.
//!
//! The runtime plans and counts deliveries ([`voordeur_runtime::Postman`]); here is how one is made. No message has
//! personal values, so none goes out; who may see those looks the case up.
//!
//! | file | has |
//! | --- | --- |
//! | `config.rs` | the file that says who is reached by what |
//! | `secret.rs` | passwords and keys, from files or the environment |
//! | `mail.rs` | e-mail, by lettre |
//! | `webhook.rs` | webhooks with the signatures of Standard Webhooks, by ureq |
//! | `event.rs` | what a program is told: CloudEvents, and the plain form of Standard Webhooks |
//! | `agenda.rs` | visits and deadlines of a party as iCalendar |
//! | `feed.rs` | the same over HTTP |

mod agenda;
mod config;
mod event;
mod feed;
mod mail;
mod secret;
mod webhook;

pub use agenda::agenda;
pub use config::{Config, ConfigError};
pub use feed::{Feeds, serve};
