//! The letter plugin. `VOORDEUR_PLUGINS` names a folder with other builds of the plugins to try.

use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::json;
use tokio::sync::OnceCell;
use voordeur_plugin_host::{ActionError, LoadError, Plugin};

use crate::{call, host};

fn bytes() -> Vec<u8> {
    std::fs::read(built("letter")).expect("the built letter")
}

/// The built component of a plugin.
#[expect(clippy::disallowed_methods, reason = "a test may be told which build to try")]
pub(crate) fn built(plugin: &str) -> PathBuf {
    let committed = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wasm-plugins")).join(plugin);
    std::env::var_os("VOORDEUR_PLUGINS").map_or(committed, PathBuf::from).join(format!("{plugin}.wasm"))
}

/// Compiled once for all tests.
async fn letter() -> Plugin {
    static LETTER: OnceCell<Plugin> = OnceCell::const_new();
    LETTER.get_or_init(|| async { host().load(&built("letter")).await.expect("a plugin") }).await.clone()
}

#[tokio::test]
async fn a_letter_is_filled_from_the_fields_it_may_see() {
    let call = call(
        &json!({ "arrears": { "cents": 123_450 }, "since": "2008-03-01", "bailiff": true }),
        &json!({ "name": "brief.txt", "template": "Achterstand {arrears} sinds {since}; deurwaarder: {bailiff}." }),
    );
    let outcome = letter().await.perform(&call).await.expect("a letter");
    insta::assert_json_snapshot!(
        json!({ "payload": { "fields": call.fields, "settings": call.settings }, "outcome": outcome })
    );
}

#[tokio::test]
async fn it_says_what_it_is() {
    insta::assert_debug_snapshot!(letter().await.manifest());
}

#[tokio::test]
async fn what_it_may_not_see_it_cannot_write() {
    let refused = letter().await.perform(&call(&json!({}), &json!({ "template": "{name}" }))).await;
    let Err(ActionError::InvalidInput(why)) = refused else { panic!("{refused:?}") };
    insta::assert_snapshot!(why);
    let refused = letter().await.perform(&call(&json!({}), &json!({}))).await;
    let Err(ActionError::WrongInput(why)) = refused else { panic!("{refused:?}") };
    insta::assert_snapshot!(why);
}

#[tokio::test]
async fn the_same_call_gives_the_same_answer_with_the_same_work() {
    let call = call(&json!({ "n": 3 }), &json!({ "template": "{n}" }));
    let first = letter().await.report(&call).await;
    let second = letter().await.report(&call).await;
    assert_eq!((&first.result, first.fuel), (&second.result, second.fuel));
    assert!(first.fuel > 0 && first.result.is_ok());
}

#[tokio::test]
async fn a_file_that_is_no_plugin_is_named() {
    let host = host();
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("letter.wasm");
    assert!(matches!(host.load(&missing).await, Err(LoadError::Unreadable { .. })));
    assert!(matches!(host.load_bytes("text", b"hello").await, Err(LoadError::NotAComponent { .. })));
    assert!(matches!(host.load_bytes("empty", b"").await, Err(LoadError::NotAComponent { .. })));
    let empty = host.load_bytes("bare", b"(component)").await.err().expect("an error");
    assert!(empty.to_string().starts_with("bare: "), "{empty}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Damaged bytes give an error, or a plugin that still keeps the contract; never a panic.
    #[test]
    fn damaged_bytes_do_no_harm(cut in 0..4000_usize, at in 0..4000_usize, byte in any::<u8>()) {
        let mut bytes = bytes();
        bytes.truncate(cut.max(8));
        if let Some(slot) = bytes.get_mut(at) {
            *slot = byte;
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        prop_assert!(runtime.block_on(host().load_bytes("damaged", &bytes)).is_err());
    }
}
