//! The plugin `debt-budget`: what a household is free to spend in a month.
//!
//! Action `free_to_spend`: the income less the fixed costs (`rent`, `energy`, `health_insurance`), less what is paid to
//! debts. `free` may be negative: then `short` is true. All amounts are a month's, in whole cents; nothing is rounded.

use voordeur_plugin_kit::{Action, Answer, Failure, Input, Value, json};

struct DebtBudget;

/// What goes off the income. Each may be left out: then it is nothing.
const COSTS: [&str; 4] = ["rent", "energy", "health_insurance", "debt_payments"];

fn money() -> Value {
    json!({ "type": "object", "properties": { "cents": { "type": "integer" } }, "required": ["cents"], "additionalProperties": false })
}

impl Action for DebtBudget {
    fn describe() -> Value {
        let names = COSTS.iter().chain(&["income"]);
        let properties: voordeur_plugin_kit::Object =
            names.map(|name| ((*name).to_owned(), money())).collect();
        json!({
            "id": "debt-budget",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Computes what a household is free to spend",
            "actions": [{
                "name": "free_to_spend",
                "summary": "The income less fixed costs and payments to debts, in a month",
                "idempotency": "pure",
                "input": { "type": "object", "properties": properties, "required": ["income"], "additionalProperties": false },
                "output": {
                    "type": "object",
                    "properties": { "free": money(), "short": { "type": "boolean" } },
                    "required": ["free", "short"],
                    "additionalProperties": false,
                },
            }],
        })
    }

    fn perform(input: &Input) -> Result<Answer, Failure> {
        let too_large =
            || Failure::InvalidInput("the amounts together are larger than can be counted".to_owned());
        let mut free =
            input.cents("income").ok_or_else(|| Failure::InvalidInput("`income` is missing".to_owned()))?;
        for cost in COSTS {
            let cents = input.cents(cost).unwrap_or(0);
            if cents < 0 {
                return Err(Failure::InvalidInput(format!("`{cost}` is less than nothing")));
            }
            free = free.checked_sub(cents).ok_or_else(too_large)?;
        }
        Ok(Answer::default().returning("free", json!({ "cents": free })).returning("short", json!(free < 0)))
    }
}

voordeur_plugin_kit::plugin!(DebtBudget);

#[cfg(test)]
mod tests {
    use super::*;

    fn free(fields: &Value) -> Result<Answer, Failure> {
        let payload = json!({ "fields": fields, "settings": {} }).to_string();
        DebtBudget::perform(&Input::read("free_to_spend".into(), "k".into(), String::new(), &payload)?)
    }

    #[test]
    fn amounts_are_counted_in_cents() {
        let answer = free(&json!({ "income": { "cents": 150_000 }, "rent": { "cents": 65_001 }, "energy": { "cents": 20_000 } })).expect("an answer");
        assert_eq!(
            answer.to_string(),
            r#"{"documents":[],"returned":{"free":{"cents":64999},"short":false}}"#
        );
        let answer = free(&json!({ "income": { "cents": 10 }, "rent": { "cents": 11 } })).expect("an answer");
        assert!(answer.to_string().contains(r#""free":{"cents":-1},"short":true"#));
        assert!(free(&json!({ "income": { "cents": i64::MIN }, "rent": { "cents": 1 } })).is_err());
        assert!(free(&json!({ "income": { "cents": 1 }, "rent": { "cents": -1 } })).is_err());
    }
}
