//! Plugins as the runtime meets them: the built letter, and small ones that misbehave.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a panic in a test is a failing test"
)]

mod cached;
mod folders;
mod golden;
mod letter;
mod misbehaving;
mod network;
mod small;
mod wasi;

use std::time::Duration;

use serde_json::{Value, json};
use voordeur_plugin_host::{Call, Limits, PluginHost};

fn host() -> PluginHost {
    PluginHost::new(Limits { fuel: 20_000_000, ..Limits::default() }).expect("a host")
}

/// A host with little time: only for plugins that are meant to meet a limit.
fn narrow_host() -> PluginHost {
    let limits = Limits {
        fuel: u64::MAX / 2,
        time: Duration::from_millis(200),
        memory: 4 << 20,
        output: 1000,
        log: 100,
        ..Limits::default()
    };
    PluginHost::new(limits).expect("a host")
}

fn call(fields: &Value, settings: &Value) -> Call {
    Call {
        action: "fill".to_owned(),
        key: "voordeur-17-3".to_owned(),
        now: "2008-03-11T18:00:00Z".to_owned(),
        fields: fields.as_object().expect("an object").clone(),
        settings: settings.as_object().expect("an object").clone(),
    }
}

fn nothing() -> Call {
    call(&json!({}), &json!({}))
}
