//! WASI as the runtimes of languages find it: the moment of the step, random bytes that follow from the call, no files.

use voordeur_plugin_host::{Call, Plugin};

use crate::small::manifest;
use crate::{host, nothing};

/// A component that asks for a clock and for random bytes by way of WASI, and gives back what it was told, as letters.
fn curious() -> Vec<u8> {
    let manifest = manifest().to_string();
    let escaped: String = manifest.bytes().map(|byte| format!("\\{byte:02x}")).collect();
    let described: String = [16384_u32, u32::try_from(manifest.len()).expect("small")]
        .iter()
        .flat_map(|n| n.to_le_bytes())
        .map(|byte| format!("\\{byte:02x}"))
        .collect();
    let before = r#"{"documents":[{"name":"a","media_type":"t","text":""#;
    let opening: String = before.bytes().map(|byte| format!("\\{byte:02x}")).collect();
    let closing: String = r#""}]}"#.bytes().map(|byte| format!("\\{byte:02x}")).collect();
    let length = before.len();
    let text = format!(
        r#"(component
  (import "wasi:clocks/wall-clock@0.2.6" (instance $clock
    (type $datetime (record (field "seconds" u64) (field "nanoseconds" u32)))
    (export "datetime" (type $exported (eq $datetime)))
    (export "now" (func (result $exported)))))
  (import "wasi:random/random@0.2.6" (instance $random
    (export "get-random-u64" (func (result u64)))))
  (core module $memory (memory (export "memory") 2)
    (global $next (mut i32) (i32.const 65536))
    (func (export "room") (param i32 i32 i32 i32) (result i32)
      (local $at i32) (local.set $at (global.get $next))
      (global.set $next (i32.add (local.get $at) (i32.and (i32.add (local.get 3) (i32.const 15)) (i32.const -16))))
      (local.get $at)))
  (core instance $m (instantiate $memory))
  (core func $now (canon lower (func $clock "now") (memory (core memory $m "memory"))))
  (core func $lot (canon lower (func $random "get-random-u64")))
  (core module $plugin
    (import "m" "memory" (memory 2))
    (import "w" "now" (func $now (param i32)))
    (import "w" "lot" (func $lot (result i64)))
    (data (i32.const 1024) "{described}") (data (i32.const 16384) "{escaped}")
    (data (i32.const 4096) "{opening}") (data (i32.const 4200) "{closing}")
    (func $letters (param $value i64) (param $to i32)
      (local $n i32)
      (loop $next
        (i32.store8 (local.get $to) (i32.add (i32.const 97) (i32.wrap_i64 (i64.and (local.get $value) (i64.const 15)))))
        (local.set $value (i64.shr_u (local.get $value) (i64.const 4)))
        (local.set $to (i32.add (local.get $to) (i32.const 1)))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br_if $next (i32.lt_s (local.get $n) (i32.const 16)))))
    (func (export "describe") (result i32) (i32.const 1024))
    (func (export "perform") (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
      (call $now (i32.const 3000))
      (memory.copy (i32.const 8192) (i32.const 4096) (i32.const {length}))
      (call $letters (i64.load (i32.const 3000)) (i32.add (i32.const 8192) (i32.const {length})))
      (call $letters (call $lot) (i32.add (i32.const 8208) (i32.const {length})))
      (memory.copy (i32.add (i32.const 8224) (i32.const {length})) (i32.const 4200) (i32.const 4))
      (i32.store (i32.const 2048) (i32.const 0))
      (i32.store (i32.const 2052) (i32.const 8192))
      (i32.store (i32.const 2056) (i32.add (i32.const 36) (i32.const {length})))
      (i32.const 2048)))
  (core instance $p (instantiate $plugin
    (with "m" (instance $m))
    (with "w" (instance (export "now" (func $now)) (export "lot" (func $lot))))))
  (type $request (record (field "action" string) (field "key" string) (field "now" string) (field "payload" string)))
  (type $retry (record (field "reason" string) (field "after-seconds" (option u32))))
  (component $shim
    (type $request (record (field "action" string) (field "key" string) (field "now" string) (field "payload" string)))
    (type $retry (record (field "reason" string) (field "after-seconds" (option u32))))
    (import "import-type-request" (type $request1 (eq $request)))
    (import "import-type-retry" (type $retry1 (eq $retry)))
    (type $failure (variant (case "invalid-input" string) (case "refused" string) (case "retryable" $retry1) (case "needs-human" string)))
    (import "import-type-failure" (type $failure1 (eq $failure)))
    (import "import-func-describe" (func $d (result string)))
    (import "import-func-perform" (func $p (param "request" $request1) (result (result string (error $failure1)))))
    (export $request2 "request" (type $request))
    (export $retry2 "retry" (type $retry))
    (type $failure3 (variant (case "invalid-input" string) (case "refused" string) (case "retryable" $retry2) (case "needs-human" string)))
    (export $failure2 "failure" (type $failure3))
    (export "describe" (func $d))
    (export "perform" (func $p) (func (param "request" $request2) (result (result string (error $failure2))))))
  (type $failure (variant (case "invalid-input" string) (case "refused" string) (case "retryable" $retry) (case "needs-human" string)))
  (func $describe (result string) (canon lift (core func $p "describe") (memory (core memory $m "memory"))))
  (func $perform (param "request" $request) (result (result string (error $failure)))
    (canon lift (core func $p "perform") (memory (core memory $m "memory")) (realloc (core func $m "room"))))
  (instance $action (instantiate $shim
    (with "import-type-request" (type $request)) (with "import-type-retry" (type $retry)) (with "import-type-failure" (type $failure))
    (with "import-func-describe" (func $describe)) (with "import-func-perform" (func $perform))))
  (export "voordeur:plugin/action@1.0.0" (instance $action)))"#
    );
    wat::parse_str(text).expect("a component")
}

/// The clock and the random number that the plugin was given.
async fn told(plugin: &Plugin, call: &Call) -> (u64, u64) {
    let outcome = serde_json::to_value(plugin.perform(call).await.expect("an answer")).expect("JSON");
    let text = outcome["documents"][0]["text"].as_str().expect("a text").to_owned();
    let number = |letters: &str| letters.bytes().rev().fold(0, |n, letter| n << 4 | u64::from(letter - b'a'));
    (number(&text[..16]), number(&text[16..]))
}

#[tokio::test]
async fn the_clock_stands_at_the_moment_of_the_step_and_random_follows_from_the_key() {
    let plugin = host().load_bytes("curious", &curious()).await.expect("a plugin");
    assert!(plugin.uses_wasi());
    let first = told(&plugin, &nothing()).await;
    let moment: jiff::Timestamp = "2008-03-11T18:00:00Z".parse().expect("a moment");
    assert_eq!(first.0, u64::try_from(moment.as_second()).expect("after 1970"));
    assert_eq!(told(&plugin, &nothing()).await, first, "the same call is told the same");
    let mut other = nothing();
    other.key = "voordeur-17-4".to_owned();
    other.now = "2008-03-12T18:00:00Z".to_owned();
    let second = told(&plugin, &other).await;
    assert_eq!(second.0, first.0 + 24 * 60 * 60);
    assert_ne!(second.1, first.1);
}
