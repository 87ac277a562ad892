//! Components written here as text: core modules that keep the contract, or break it.

use std::path::Path;

use serde_json::{Value, json};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use voordeur_plugin_host::{Plugin, PluginHost};

/// The manifest of a small plugin: one action that takes and gives anything.
pub(crate) fn manifest() -> Value {
    let anything = json!({ "type": "object" });
    json!({
        "id": "small", "version": "1.0.0",
        "actions": [{ "name": "fill", "idempotency": "pure", "input": anything, "output": anything }],
    })
}

/// What stands in the memory of a module: from an address on, these bytes.
pub(crate) fn data(at: u32, text: &str) -> String {
    let escaped: String = text.bytes().map(|byte| format!("\\{byte:02x}")).collect();
    format!("(data (i32.const {at}) \"{escaped}\")\n")
}

/// Numbers of four bytes, from an address on.
pub(crate) fn numbers(at: u32, numbers: &[u32]) -> String {
    let escaped: String =
        numbers.iter().flat_map(|n| n.to_le_bytes()).map(|byte| format!("\\{byte:02x}")).collect();
    format!("(data (i32.const {at}) \"{escaped}\")\n")
}

/// A component that describes itself with this manifest, and whose `perform` has this body.
pub(crate) fn component(manifest: &Value, imports: &str, data_and_more: &str, body: &str) -> Vec<u8> {
    let manifest = manifest.to_string();
    let described = numbers(1024, &[16384, u32::try_from(manifest.len()).expect("small")]);
    let text = data(16384, &manifest);
    encoded(&format!(
        r#"(module
  {imports}
  (memory (export "memory") 2)
  (global $next (mut i32) (i32.const 65536))
  {described} {text} {data_and_more}
  (func $room (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
    (global.set $next (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  (func (export "voordeur:plugin/action@1.0.0#describe") (result i32) (i32.const 1024))
  (func (export "voordeur:plugin/action@1.0.0#perform")
    (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    {body}))"#
    ))
}

/// A module in text as a component of the contract.
pub(crate) fn encoded(module: &str) -> Vec<u8> {
    let mut module = wat::parse_str(module).expect("a module");
    let mut resolve = Resolve::default();
    let wit = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/wit/v1"));
    let (package, _) = resolve.push_dir(wit).expect("the contract");
    let world = resolve.select_world(&[package], Some("action-plugin")).expect("the world");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("metadata");
    ComponentEncoder::default().module(&module).expect("fits").encode().expect("a component")
}

/// The body and the data of a `perform` that answers with this text.
pub(crate) fn answering(text: &str) -> (String, &'static str) {
    let answer = numbers(2048, &[0, 4096, u32::try_from(text.len()).expect("small")]);
    (answer + &data(4096, text), "(i32.const 2048)")
}

/// A `perform` that gives the whole payload back as a document: whatever it was shown comes to light.
/// Quotes would have to be escaped in JSON, so each becomes a `'`.
pub(crate) const TELL_ALL: &str = r#"
    (local $from i32) (local $left i32) (local $to i32) (local $byte i32) (local $start i32)
    (local.set $from (local.get 6)) (local.set $left (local.get 7))
    (local.set $start (call $room (i32.const 0) (i32.const 0) (i32.const 1) (i32.add (local.get $left) (i32.const 200))))
    (memory.copy (local.get $start) (i32.const 4096) (i32.const 62))
    (local.set $to (i32.add (local.get $start) (i32.const 62)))
    (block $done (loop $next
      (br_if $done (i32.eqz (local.get $left)))
      (local.set $byte (i32.load8_u (local.get $from)))
      (if (i32.eq (local.get $byte) (i32.const 34)) (then (local.set $byte (i32.const 39))))
      (i32.store8 (local.get $to) (local.get $byte))
      (local.set $to (i32.add (local.get $to) (i32.const 1)))
      (local.set $from (i32.add (local.get $from) (i32.const 1)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br $next)))
    (memory.copy (local.get $to) (i32.const 4200) (i32.const 4))
    (local.set $to (i32.add (local.get $to) (i32.const 4)))
    (i32.store (i32.const 2052) (local.get $start))
    (i32.store (i32.const 2056) (i32.sub (local.get $to) (local.get $start)))
    (i32.const 2048)"#;

/// The data for [`TELL_ALL`].
pub(crate) fn tell_all_data() -> String {
    let before = r#"{"documents":[{"name":"all","media_type":"text/plain","text":""#;
    assert_eq!(before.len(), 62);
    data(4096, before) + &data(4200, r#""}]}"#) + &numbers(2048, &[0, 0, 0])
}

pub(crate) async fn load(host: &PluginHost, bytes: &[u8]) -> Plugin {
    host.load_bytes("small", bytes).await.expect("a plugin")
}

/// A plugin with this data and this body of `perform`.
pub(crate) async fn plugin(host: &PluginHost, data: &str, body: &str) -> Plugin {
    load(host, &component(&manifest(), "", data, body)).await
}
