//! Schemas: what is taken, what fits, and the library `jsonschema` as the judge.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use voordeur_plugin_contract::{Mismatch, Schema, Shape};

fn read(schema: &Value) -> Schema {
    Schema::read("input", schema).expect("a schema")
}

fn debts() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What is owed",
        "type": "object",
        "properties": {
            "arrears": { "type": "object", "properties": { "cents": { "type": "integer" } }, "required": ["cents"], "additionalProperties": false },
            "months": { "type": "integer", "minimum": 0, "maximum": 120 },
            "since": { "type": "string", "format": "date", "description": "The first month" },
            "state": { "enum": ["pending", "averted"] },
            "known": { "type": "boolean" },
            "remark": { "type": "string", "maxLength": 4 },
        },
        "required": ["arrears", "months"],
        "additionalProperties": false,
    })
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().expect("an object").clone()
}

#[test]
fn what_fits_is_taken() {
    let schema = read(&debts());
    let whole = json!({ "arrears": { "cents": 90_000 }, "months": 3, "since": "2008-02-29", "state": "averted", "known": true, "remark": "één!" });
    assert_eq!(schema.check(&object(&whole)), Ok(()));
    assert_eq!(schema.check(&object(&json!({ "arrears": { "cents": -1 }, "months": 0 }))), Ok(()));
    assert!(schema.needs("months") && !schema.needs("since") && !schema.needs("other"));
}

#[test]
fn what_does_not_fit_is_named_and_its_value_is_not_shown() {
    let schema = read(&debts());
    let wrong = |value: Value| schema.check(&object(&value)).expect_err("a mismatch").to_string();
    insta::assert_snapshot!(
        [
            wrong(json!({ "months": 3 })),
            wrong(json!({ "arrears": { "cents": 1 }, "months": 121 })),
            wrong(json!({ "arrears": 900, "months": 3 })),
            wrong(json!({ "arrears": { "cents": 1, "euros": 1 }, "months": 3 })),
            wrong(json!({ "arrears": { "cents": 1 }, "months": 3.5 })),
            wrong(json!({ "arrears": { "cents": 1 }, "months": 3, "since": "2009-02-29" })),
            wrong(json!({ "arrears": { "cents": 1 }, "months": 3, "state": "evicted" })),
            wrong(json!({ "arrears": { "cents": 1 }, "months": 3, "known": "yes" })),
            wrong(json!({ "arrears": { "cents": 1 }, "months": 3, "remark": "vijf!" })),
            wrong(json!({ "arrears": { "cents": 1 }, "months": 3, "name": "somebody" })),
            wrong(json!({ "arrears": { "cents": 1 }, "months": 3, "bsn 123456782": true })),
        ]
        .join("\n")
    );
}

#[test]
fn what_has_no_counterpart_in_a_pathway_is_refused_with_its_place() {
    let property = |shape: Value| json!({ "type": "object", "properties": { "x": shape } });
    let wrong = |schema: Value| Schema::read("input", &schema).expect_err("refused").to_string();
    insta::assert_snapshot!(
        [
            wrong(json!(true)),
            wrong(json!({ "type": "array" })),
            wrong(json!({ "type": "object", "patternProperties": {} })),
            wrong(json!({ "type": "object", "required": ["x"] })),
            wrong(json!({ "type": "object", "required": "x" })),
            wrong(json!({ "type": "object", "properties": [] })),
            wrong(property(json!({ "type": "number" }))),
            wrong(property(json!({ "type": "string", "pattern": "(a+)+" }))),
            wrong(property(json!({ "type": "string", "format": "email" }))),
            wrong(property(json!({ "$ref": "https://example.nl/x" }))),
            wrong(property(json!({ "enum": [1, 2] }))),
            wrong(property(json!({ "enum": [] }))),
            wrong(property(json!({ "type": "integer", "minimum": 2, "maximum": 1 }))),
            wrong(property(json!({ "type": "integer", "minimum": 0.5 }))),
            wrong(property(json!({ "type": "object", "properties": { "street": { "type": "string" } } }))),
            wrong(json!({ "type": "object", "additionalProperties": { "type": "null" } })),
        ]
        .join("\n")
    );
}

/// Shapes with the JSON Schema that says the same.
fn shape() -> impl Strategy<Value = Value> {
    let whole = (proptest::option::of(-3..3_i64), proptest::option::of(3..6_i64)).prop_map(|(low, high)| {
        let mut schema = json!({ "type": "integer" });
        for (key, bound) in [("minimum", low), ("maximum", high)] {
            if let Some(bound) = bound {
                schema[key] = json!(bound);
            }
        }
        schema
    });
    let text = proptest::option::of(0..12_u64).prop_map(|most| match most {
        None => json!({ "type": "string" }),
        Some(most) => json!({ "type": "string", "maxLength": most }),
    });
    prop_oneof![
        Just(json!(true)),
        Just(json!({ "type": "boolean" })),
        whole,
        text,
        Just(json!({ "type": "string", "format": "date" })),
        proptest::sample::subsequence(vec!["a", "b", "2008-03-01", "langer woord"], 1..4)
            .prop_map(|words| json!({ "enum": words })),
        Just(
            json!({ "type": "object", "properties": { "cents": { "type": "integer" } }, "required": ["cents"], "additionalProperties": false })
        ),
    ]
}

fn schema() -> impl Strategy<Value = Value> {
    let others = prop_oneof![Just(json!(false)), Just(json!(true)), shape()];
    (proptest::collection::btree_map("[a-c]", (shape(), any::<bool>()), 0..3), others).prop_map(|(named, others)| {
        let required: Vec<&String> = named.iter().filter(|(_, (_, needed))| *needed).map(|(name, _)| name).collect();
        let properties: Map<String, Value> = named.iter().map(|(name, (shape, _))| (name.clone(), shape.clone())).collect();
        json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": others })
    })
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(|yes| json!(yes)),
        (-4..8_i64).prop_map(|n| json!(n)),
        proptest::sample::select(vec![
            "a",
            "b",
            "c",
            "2008-03-01",
            "2008-02-30",
            "2009-02-29",
            "langer woord",
            "ééé",
            "",
            "2008-3-1"
        ])
        .prop_map(|word| json!(word)),
        (-4..8_i64).prop_map(|cents| json!({ "cents": cents })),
        Just(json!({})),
        Just(json!({ "cents": "1" })),
        Just(json!({ "cents": 1, "more": 1 })),
        Just(json!(null)),
        Just(json!([1])),
        Just(json!(1.5)),
    ]
}

fn values() -> impl Strategy<Value = Map<String, Value>> {
    proptest::collection::btree_map("[a-d]", value(), 0..4).prop_map(|map| map.into_iter().collect())
}

fn judge(schema: &Value, object: &Map<String, Value>) -> bool {
    let validator = jsonschema::options().should_validate_formats(true).build(schema).expect("a schema");
    validator.is_valid(&Value::Object(object.clone()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    /// An object fits here when it fits for a validator that knows all of JSON Schema.
    #[test]
    fn a_full_validator_says_the_same(schema in schema(), object in values()) {
        prop_assert_eq!(read(&schema).check(&object).is_ok(), judge(&schema, &object), "{} {:?}", schema, object);
    }

    /// What lies within another shape holds no value that the other does not.
    #[test]
    fn what_is_within_is_accepted(one in shape(), other in shape(), value in value()) {
        let read_one = |shape: &Value| read(&json!({ "type": "object", "properties": { "x": shape } })).shape("x").cloned().expect("a shape");
        let (one, other): (Shape, Shape) = (read_one(&one), read_one(&other));
        prop_assert!(one.is_within(&one));
        if one.is_within(&other) && one.holds(&value) {
            prop_assert!(other.holds(&value), "{:?} {:?} {}", one, other, value);
        }
    }
}

#[test]
fn a_missing_name_comes_before_a_wrong_value() {
    let found = read(&debts()).check(&object(&json!({ "months": "three" })));
    assert_eq!(found, Err(Mismatch::Missing("arrears".to_owned())));
}
