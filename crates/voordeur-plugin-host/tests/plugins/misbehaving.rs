//! Plugins that break each limit, written as core modules and wrapped into components here.

use std::path::Path;

use voordeur_plugin_host::{ActionError, LoadError, Plugin, PluginHost};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::{host, narrow_host, nothing};

/// A component whose `perform` has this body. `describe` answers with an empty manifest.
fn component(imports: &str, data: &str, body: &str) -> Vec<u8> {
    let module = format!(
        r#"(module
  {imports}
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 8192))
  {data}
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
    (global.set $next (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  (func (export "voordeur:plugin/action@1.0.0#describe") (result i32) (i32.const 1024))
  (func (export "voordeur:plugin/action@1.0.0#perform")
    (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    {body}))"#
    );
    let mut module = wat::parse_str(&module).expect("a module");
    let mut resolve = Resolve::default();
    let wit = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/wit"));
    let (package, _) = resolve.push_dir(wit).expect("the contract");
    let world = resolve.select_world(&[package], Some("action-plugin")).expect("the world");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("metadata");
    ComponentEncoder::default().module(&module).expect("fits").encode().expect("a component")
}

async fn plugin(host: &PluginHost, data: &str, body: &str) -> Plugin {
    host.load_bytes("small", &component("", data, body)).await.expect("a plugin")
}

const LOOP: &str = "(loop $again (br $again)) (unreachable)";

#[tokio::test]
async fn an_endless_loop_uses_up_its_fuel() {
    let error = plugin(&host(), "", LOOP).await.perform(&nothing()).await;
    assert_eq!(error, Err(ActionError::OutOfFuel(20_000_000)));
}

#[tokio::test]
async fn with_fuel_enough_it_meets_the_limit_on_time() {
    let error = plugin(&narrow_host(), "", LOOP).await.perform(&nothing()).await;
    assert!(matches!(error, Err(ActionError::TookTooLong(_))), "{error:?}");
}

#[tokio::test]
async fn memory_is_limited_as_a_whole() {
    let grow =
        "(if (i32.eq (memory.grow (i32.const 200)) (i32.const -1)) (then (unreachable))) (i32.const 2048)";
    let error = plugin(&narrow_host(), "", grow).await.perform(&nothing()).await;
    assert_eq!(error, Err(ActionError::TooMuchMemory(4 << 20)));
}

#[tokio::test]
async fn a_trap_is_told() {
    let error = plugin(&host(), "", "(unreachable)").await.perform(&nothing()).await;
    assert!(matches!(error, Err(ActionError::Trapped(_))), "{error:?}");
}

#[tokio::test]
async fn an_answer_that_is_no_json_is_refused() {
    // The answer `ok` at 2048, with a text at 4096.
    let data =
        r#"(data (i32.const 2048) "\00\00\00\00\00\10\00\00\05\00\00\00") (data (i32.const 4096) "hello")"#;
    let error = plugin(&host(), data, "(i32.const 2048)").await.perform(&nothing()).await;
    assert!(matches!(error, Err(ActionError::BadOutput(_))), "{error:?}");
}

#[tokio::test]
async fn an_answer_may_not_be_endless() {
    let data = r#"(data (i32.const 2048) "\00\00\00\00\00\10\00\00\00\20\00\00")"#;
    let error = plugin(&narrow_host(), data, "(i32.const 2048)").await.perform(&nothing()).await;
    assert!(matches!(error, Err(ActionError::BadOutput(_))), "{error:?}");
}

#[tokio::test]
async fn a_document_is_a_file_name_and_no_path() {
    let text = r#"{"documents":[{"name":"../x","media_type":"t","text":""}]}"#;
    let (escaped, length) = (text.replace('"', r"\22"), text.len());
    let answer = format!(r#"(data (i32.const 2048) "\00\00\00\00\00\10\00\00\{length:02x}\00\00\00")"#);
    let data = format!(r#"{answer} (data (i32.const 4096) "{escaped}")"#);
    let error = plugin(&host(), &data, "(i32.const 2048)").await.perform(&nothing()).await;
    let Err(ActionError::BadOutput(why)) = error else { panic!("{error:?}") };
    assert!(why.contains("no file name"), "{why}");
}

#[tokio::test]
async fn what_the_plugin_says_itself_comes_through() {
    let said = |kind: u8, more: &str| {
        format!(
            r#"(data (i32.const 2048) "\01\00\00\00\0{kind}\00\00\00\00\10\00\00\05\00\00\00{more}") (data (i32.const 4096) "later")"#
        )
    };
    let answers = [(0, ""), (1, ""), (2, r"\01\00\00\00\3c\00\00\00"), (3, "")];
    for (kind, more) in answers {
        let error = plugin(&host(), &said(kind, more), "(i32.const 2048)").await.perform(&nothing()).await;
        let error = error.expect_err("an error");
        assert!(error.to_string().contains("later"), "{error}");
        assert_eq!(error.is_retryable(), kind == 2);
        assert_eq!(error.wait().map(|wait| wait.as_secs()), (kind == 2).then_some(60));
    }
}

#[tokio::test]
async fn what_it_may_not_have_is_named() {
    let clock = wat::parse_str(
        r#"(component (import "wasi:clocks/wall-clock@0.2.0" (instance (export "now" (func)))))"#,
    )
    .expect("a component");
    let error = host().load_bytes("curious", &clock).await.err().expect("an error");
    assert!(matches!(error, LoadError::DoesNotFit { .. }), "{error}");
    assert!(error.to_string().contains("wasi:clocks/wall-clock"), "{error}");
}

#[tokio::test]
async fn another_version_of_the_contract_is_refused() {
    let error = host().load_bytes("old", &wat::parse_str("(component)").expect("a component")).await;
    let error = error.err().expect("an error");
    assert!(error.to_string().contains("voordeur:plugin/action@1.0.0"), "{error}");
}
