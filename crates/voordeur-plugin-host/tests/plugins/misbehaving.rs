//! Plugins that break each limit: each gives a failure of its own kind, and the next call is as if nothing happened.

use std::time::Duration;

use serde_json::{Value, json};
use voordeur_plugin_host::{ActionError, LoadError, Policy};

use crate::small::{
    TELL_ALL, answering, component, data, encoded, load, manifest, numbers, plugin, tell_all_data,
};
use crate::{call, host, narrow_host, nothing};

const LOOP: &str = "(loop $again (br $again)) (unreachable)";

#[tokio::test]
async fn an_endless_loop_uses_up_its_fuel() {
    let plugin = plugin(&host(), "", LOOP).await;
    let report = plugin.report(&nothing()).await;
    assert_eq!(report.result, Err(ActionError::OutOfFuel(20_000_000)));
    assert_eq!(report.fuel, 20_000_000);
    assert_eq!(plugin.report(&nothing()).await.result, report.result);
}

#[tokio::test]
async fn with_fuel_enough_it_meets_the_limit_on_time() {
    let error = plugin(&narrow_host(), "", LOOP).await.perform(&nothing()).await.expect_err("an error");
    assert!(matches!(error, ActionError::TookTooLong(_)), "{error:?}");
    assert_eq!(error.policy(), Policy::Retry);
}

#[tokio::test]
async fn memory_is_limited_as_a_whole() {
    let grow =
        "(if (i32.eq (memory.grow (i32.const 200)) (i32.const -1)) (then (unreachable))) (i32.const 2048)";
    let error = plugin(&narrow_host(), "", grow).await.perform(&nothing()).await;
    assert_eq!(error, Err(ActionError::TooMuchMemory(4 << 20)));
}

#[tokio::test]
async fn a_bomb_of_little_pieces_meets_the_same_limit() {
    let grow =
        "(loop $again (br_if $again (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (unreachable)";
    let error = plugin(&narrow_host(), "", grow).await.perform(&nothing()).await;
    assert_eq!(error, Err(ActionError::TooMuchMemory(4 << 20)));
}

#[tokio::test]
async fn a_trap_is_told() {
    let error = plugin(&host(), "", "(unreachable)").await.perform(&nothing()).await.expect_err("an error");
    assert!(matches!(error, ActionError::Trapped(_)), "{error:?}");
    assert_eq!(error.policy(), Policy::Stop);
}

#[tokio::test]
async fn a_stack_without_an_end_is_a_trap() {
    let manifest = manifest();
    let imports = "";
    let deep = "(func $deep (param i32) (result i32) (i32.add (call $deep (local.get 0)) (i32.const 1)))";
    let bytes = component(&manifest, imports, deep, "(call $deep (i32.const 0))");
    let error = load(&host(), &bytes).await.perform(&nothing()).await;
    assert!(matches!(error, Err(ActionError::Trapped(_))), "{error:?}");
}

#[tokio::test]
async fn an_answer_that_is_no_json_is_refused() {
    let (data, body) = answering("hello");
    let error = plugin(&host(), &data, body).await.perform(&nothing()).await;
    assert!(matches!(error, Err(ActionError::BadOutput(_))), "{error:?}");
}

#[tokio::test]
async fn an_answer_may_not_be_endless() {
    let answer = numbers(2048, &[0, 4096, 8192]);
    let error = plugin(&narrow_host(), &answer, "(i32.const 2048)").await.perform(&nothing()).await;
    assert_eq!(error, Err(ActionError::TooMuchOutput(1000)));
    // Not even read: more than a host copies for any plugin.
    let flood = numbers(2048, &[0, 0, 20 << 20]);
    let body = "(drop (memory.grow (i32.const 400))) (i32.const 2048)";
    let error = plugin(&host(), &flood, body).await.perform(&nothing()).await;
    assert_eq!(error, Err(ActionError::TooMuchOutput(4 << 20)));
}

#[tokio::test]
async fn lines_that_are_too_many_are_dropped_and_counted() {
    let imports = r#"(import "voordeur:plugin/log@1.0.0" "write" (func $log (param i32 i32 i32)))"#;
    let (answer, _) = answering("{}");
    let body = "(local $n i32)
      (loop $again
        (call $log (i32.const 1) (i32.const 3000) (i32.const 10))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br_if $again (i32.lt_s (local.get $n) (i32.const 50))))
      (i32.const 2048)";
    let bytes = component(&manifest(), imports, &(answer + &data(3000, "0123456789")), body);
    let report = load(&narrow_host(), &bytes).await.report(&nothing()).await;
    assert!(report.result.is_ok(), "{:?}", report.result);
    assert_eq!((report.log.len(), report.dropped), (10, 40));
    assert_eq!(report.log.first().map(|line| (line.plugin.as_str(), line.level)), Some(("small", "info")));
}

#[tokio::test]
async fn a_document_is_a_file_name_and_no_path() {
    for name in ["../x", "/etc/passwd", "", ".hidden", "a\\u0000b", "a\\\\b"] {
        let text = format!(r#"{{"documents":[{{"name":"{name}","media_type":"t","text":""}}]}}"#);
        let (data, body) = answering(&text);
        let error = plugin(&host(), &data, body).await.perform(&nothing()).await;
        let Err(ActionError::BadOutput(why)) = error else { panic!("{name}: {error:?}") };
        assert!(why.contains("no file name"), "{why}");
    }
}

#[tokio::test]
async fn a_document_is_text_or_bytes() {
    for content in [r#""base64":"no!""#, r#""text":"a","base64":"YQ==""#, r#""html":"a""#] {
        let (data, body) =
            answering(&format!(r#"{{"documents":[{{"name":"x","media_type":"t",{content}}}]}}"#));
        let error = plugin(&host(), &data, body).await.perform(&nothing()).await;
        assert!(matches!(error, Err(ActionError::BadOutput(_))), "{content}: {error:?}");
    }
}

/// A plugin whose action takes and gives what these schemas say, and gives back this answer.
async fn with_schemas(input: Value, output: Value, answer: &str) -> voordeur_plugin_host::Plugin {
    let mut manifest = manifest();
    manifest["actions"][0]["input"] = input;
    manifest["actions"][0]["output"] = output;
    let (data, body) = answering(answer);
    load(&host(), &component(&manifest, "", &data, body)).await
}

#[tokio::test]
async fn what_it_gives_back_is_held_against_its_own_schema() {
    let closed = json!({ "type": "object", "properties": { "months": { "type": "integer", "maximum": 120 } }, "required": ["months"], "additionalProperties": false });
    let anything = json!({ "type": "object" });
    let given = [
        (r#"{"returned":{"months":3}}"#, None),
        (r#"{"returned":{"months":121}}"#, Some("`months` is not a whole number up to 120")),
        (r#"{"returned":{}}"#, Some("`months` is missing")),
        (r#"{"returned":{"months":3,"arrears":1}}"#, Some("`arrears` may not be there")),
    ];
    for (answer, wrong) in given {
        let result = with_schemas(anything.clone(), closed.clone(), answer).await.perform(&nothing()).await;
        match wrong {
            None => assert!(result.is_ok(), "{result:?}"),
            Some(why) => assert_eq!(result, Err(ActionError::BadOutput(why.to_owned()))),
        }
    }
}

#[tokio::test]
async fn what_does_not_fit_does_not_reach_it() {
    let closed = json!({ "type": "object", "properties": { "months": { "type": "integer" } }, "required": ["months"], "additionalProperties": false });
    let plugin = with_schemas(closed, json!({ "type": "object" }), "{}").await;
    let given = [
        (json!({ "months": 3 }), None),
        (json!({}), Some("`months` is missing")),
        (json!({ "months": "three" }), Some("`months` is not a whole number")),
        (json!({ "months": 3, "name": "somebody" }), Some("`name` may not be there")),
    ];
    for (fields, wrong) in given {
        let report = plugin.report(&call(&fields, &json!({}))).await;
        match wrong {
            None => assert!(report.result.is_ok() && report.fuel > 0),
            Some(why) => {
                assert_eq!(report.result, Err(ActionError::WrongInput(why.to_owned())));
                assert_eq!(report.fuel, 0, "it was not called");
            }
        }
    }
}

/// It looks through all that it gets: there is nothing but the fields that it may see.
#[tokio::test]
async fn it_is_given_the_fields_and_settings_and_nothing_else() {
    let bytes = component(&manifest(), "", &tell_all_data(), TELL_ALL);
    let outcome =
        load(&host(), &bytes).await.perform(&call(&json!({ "months": 3 }), &json!({ "kind": "a" }))).await;
    let outcome = serde_json::to_value(outcome.expect("an answer")).expect("JSON");
    assert_eq!(outcome["documents"][0]["text"], "{'fields':{'months':3},'settings':{'kind':'a'}}");
}

#[tokio::test]
async fn what_the_plugin_says_itself_comes_through() {
    let answers = [(0, Policy::Stop), (1, Policy::Stop), (2, Policy::Retry), (3, Policy::Task)];
    for (kind, policy) in answers {
        let said = numbers(2048, &[1, kind, 4096, 5, u32::from(kind == 2), 60]) + &data(4096, "later");
        let error = plugin(&host(), &said, "(i32.const 2048)").await.perform(&nothing()).await;
        let error = error.expect_err("an error");
        assert!(error.to_string().contains("later"), "{error}");
        assert_eq!(error.policy(), policy);
        assert_eq!(error.wait().map(|wait| wait.as_secs()), (kind == 2).then_some(60));
    }
}

#[tokio::test]
async fn an_action_that_it_does_not_have_is_not_asked_of_it() {
    let (data, body) = answering("{}");
    let mut other = nothing();
    other.action = "burn".to_owned();
    let error = plugin(&host(), &data, body).await.perform(&other).await;
    assert_eq!(error, Err(ActionError::WrongInput("it has no action `burn`".to_owned())));
}

#[tokio::test]
async fn what_it_may_not_have_is_named() {
    for import in [
        "wasi:http/outgoing-handler@0.2.0",
        "voordeur:plugin/files@1.0.0",
        "voordeur:plugin/log@2.0.0",
        "evil:host/all@1.0.0",
    ] {
        let bytes =
            wat::parse_str(format!(r#"(component (import "{import}" (instance (export "now" (func)))))"#));
        let error = host().load_bytes("curious", &bytes.expect("a component")).await.err().expect("an error");
        assert!(
            matches!(&error, LoadError::MissingImport { import: named, .. } if named == import),
            "{error}"
        );
    }
    // An interface that is there, with a function that is not: made for a later version of the contract.
    let later = r#"(component (import "voordeur:plugin/log@1.7.0" (instance (export "draw" (func)))))"#;
    let error = host()
        .load_bytes("later", &wat::parse_str(later).expect("a component"))
        .await
        .err()
        .expect("an error");
    assert!(matches!(error, LoadError::DoesNotFit { .. }) && error.to_string().contains("draw"), "{error}");
}

#[tokio::test]
async fn another_version_of_the_contract_is_refused() {
    let error = host().load_bytes("old", &wat::parse_str("(component)").expect("a component")).await;
    let error = error.err().expect("an error");
    assert!(error.to_string().contains("voordeur:plugin/action@1.0.0"), "{error}");
}

#[tokio::test]
async fn what_cannot_describe_itself_is_no_plugin() {
    let (data, body) = answering("{}");
    let broken = component(&json!({ "id": "small" }), "", &data, body);
    let error = host().load_bytes("broken", &broken).await.err().expect("an error");
    assert!(matches!(error, LoadError::BadManifest { .. }), "{error}");
    let bad = json!({ "type": "object", "properties": { "x": { "type": "array" } } });
    let mut manifest = manifest();
    manifest["actions"][0]["input"] = bad;
    let error =
        host().load_bytes("broken", &component(&manifest, "", &data, body)).await.err().expect("an error");
    assert!(error.to_string().contains("action `fill`: the schema of input.x"), "{error}");
    let mute = encoded(
        r#"(module (memory (export "memory") 1)
          (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (unreachable))
          (func (export "voordeur:plugin/action@1.0.0#describe") (result i32) (unreachable))
          (func (export "voordeur:plugin/action@1.0.0#perform") (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (unreachable)))"#,
    );
    let error = host().load_bytes("mute", &mute).await.err().expect("an error");
    assert!(matches!(error, LoadError::NoManifest { .. }), "{error}");
}

/// The page says of each failure whether trying again may help.
#[test]
fn what_the_page_says_of_each_failure_is_so() {
    let why = || "why".to_owned();
    let time = Duration::from_secs(1);
    let all = [
        ActionError::WrongInput(why()),
        ActionError::InvalidInput(why()),
        ActionError::Refused(why()),
        ActionError::Retryable { reason: why(), after: None },
        ActionError::NeedsHuman(why()),
        ActionError::Trapped(why()),
        ActionError::OutOfFuel(1),
        ActionError::TookTooLong(time),
        ActionError::TooMuchMemory(1),
        ActionError::TooMuchOutput(1),
        ActionError::BadOutput(why()),
        ActionError::Busy,
    ];
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/plugins.md"))
        .expect("the page");
    let table = page.split_once("| failure | when | trying again |").expect("the table").1;
    let table = table.split_once("\n\n").expect("its end").0;
    for failure in all {
        let named = format!("`{}`", failure.word());
        let row =
            table.lines().find(|row| row.contains(&named)).unwrap_or_else(|| panic!("{named} is not there"));
        let helps = !row.ends_with("| does not help |");
        assert_eq!(failure.is_retryable(), helps, "{row}");
        assert_eq!(failure.policy() == Policy::Task, matches!(failure, ActionError::NeedsHuman(_)));
    }
}
