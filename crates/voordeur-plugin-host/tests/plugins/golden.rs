//! A component of every released version of the contract runs for ever. `tests/golden` holds them; none is ever
//! replaced. `UPDATE_GOLDEN=1` writes the one of a version that has none yet.

use std::fs;
use std::path::PathBuf;

use serde_json::json;
use voordeur_plugin_host::contract::Operator;
use voordeur_plugin_host::{ActionError, PluginHost, Setup};

use crate::nothing;
use crate::small::{TELL_ALL, component, data, manifest, numbers, tell_all_data};

/// It asks each interface of version 1.0.0 something, and tells as `refused` the configuration that it found.
fn version_1_0_0() -> Vec<u8> {
    let mut manifest = manifest();
    manifest["id"] = json!("golden");
    manifest["wants"] = json!({ "config": ["name"] });
    let imports = r#"
      (import "voordeur:plugin/log@1.0.0" "write" (func $log (param i32 i32 i32)))
      (import "voordeur:plugin/config@1.0.0" "get" (func $config (param i32 i32 i32)))
      (import "voordeur:plugin/random@1.0.0" "bytes" (func $random (param i32 i32)))
      (import "voordeur:plugin/secrets@1.0.0" "placeholder" (func $secret (param i32 i32 i32)))
      (import "voordeur:plugin/http@1.0.0" "send" (func $send (param i32 i32 i32 i32 i32 i32 i32 i32 i32)))"#;
    let data = data(3300, "name")
        + &data(3400, "GET")
        + &data(3500, "https://example.nl/")
        + &numbers(2048, &[1, 1, 0, 0]);
    let body = "
      (call $log (i32.const 2) (i32.const 3300) (i32.const 4))
      (call $random (i32.const 8) (i32.const 3000))
      (if (i32.ne (i32.load (i32.const 3004)) (i32.const 8)) (then (unreachable)))
      (call $secret (i32.const 3300) (i32.const 4) (i32.const 3000))
      (if (i32.load8_u (i32.const 3000)) (then (unreachable)))
      (call $send (i32.const 3400) (i32.const 3) (i32.const 3500) (i32.const 19) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 4000))
      (if (i32.ne (i32.load8_u (i32.const 4000)) (i32.const 1)) (then (unreachable)))
      (if (i32.ne (i32.load8_u (i32.const 4004)) (i32.const 0)) (then (unreachable)))
      (call $config (i32.const 3300) (i32.const 4) (i32.const 3000))
      (i32.store (i32.const 2056) (i32.load (i32.const 3004)))
      (i32.store (i32.const 2060) (i32.load (i32.const 3008)))
      (i32.const 2048)";
    component(&manifest, imports, &data, body)
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a test may be told to write what is not there yet")]
async fn a_component_of_version_1_0_0_runs() {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/plugin-1.0.0.wasm"));
    if !path.exists() && std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(&path, version_1_0_0()).expect("written");
    }
    let operator =
        Operator::read("voordeur.toml", "[plugin.golden]\nconfig = { name = \"found\" }").expect("a file");
    let host = PluginHost::with(Setup { operator, ..Setup::default() }).expect("a host");
    let plugin = host.load(&path).await.expect("it still loads");
    assert_eq!((plugin.manifest().id.as_str(), plugin.manifest().version.as_str()), ("golden", "1.0.0"));
    let report = plugin.report(&nothing()).await;
    assert_eq!(report.result, Err(ActionError::Refused("found".to_owned())));
    assert_eq!(report.log.len(), 1);
    assert_eq!(report.exchanges.len(), 1);
}

/// The tests of the whole program have small plugins that misbehave: they are those that stand here.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test may be told to write what has changed")]
fn the_plugins_of_the_other_tests_are_made_here() {
    let once = |id: &str| {
        let mut manifest = manifest();
        manifest["id"] = json!(id);
        manifest["actions"][0]["idempotency"] = json!("at-most-once");
        manifest
    };
    let mut telling = manifest();
    telling["id"] = json!("telling");
    let made = [
        ("endless", component(&once("endless"), "", "", "(loop $again (br $again)) (unreachable)")),
        ("telling", component(&telling, "", &tell_all_data(), TELL_ALL)),
    ];
    for (name, bytes) in made {
        let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/plugins"))
            .join(format!("{name}.wasm"));
        if fs::read(&path).unwrap_or_default() != bytes {
            assert!(std::env::var_os("UPDATE_GOLDEN").is_some(), "{name}.wasm is not what is made here");
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(&path, bytes).expect("written");
        }
    }
}
