//! The plugin `eligibility-table`: decides by a table that the pathway gives as CSV.
//!
//! Action `decide`, setting `table`. The first line names a column for each field that is looked at, and `outcome`; each
//! further line is a rule. A cell is empty (whatever it is), a value (`yes`, `3`, `averted`), a comparison (`<= 12`,
//! `>= €900.00`, `< 2008-03-01`) or a range (`3..12`, both ends included). Exactly one rule must apply: the table is
//! refused when none or several do, so that the order of lines never decides.
//!
//! Returns `eligible` (`outcome` is `yes` or `no`), and which line it was as `rule`.

mod table;

use voordeur_plugin_kit::{Action, Answer, Failure, Input, Value, json};

struct EligibilityTable;

impl Action for EligibilityTable {
    fn describe() -> Value {
        json!({
            "id": "eligibility-table",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Decides by a table in CSV",
            "actions": [{
                "name": "decide",
                "summary": "Finds the one rule that applies",
                "idempotency": "pure",
                "settings": [{ "name": "table", "needed": true }],
                "input": { "type": "object" },
                "output": {
                    "type": "object",
                    "properties": { "eligible": { "type": "boolean" }, "rule": { "type": "integer", "minimum": 1, "maximum": 10000 } },
                    "required": ["eligible", "rule"],
                    "additionalProperties": false,
                },
            }],
        })
    }

    fn perform(input: &Input) -> Result<Answer, Failure> {
        let (rule, eligible) =
            table::decide(input.needed("table")?, &input.fields).map_err(Failure::InvalidInput)?;
        Ok(Answer::default().returning("eligible", json!(eligible)).returning("rule", json!(rule)))
    }
}

voordeur_plugin_kit::plugin!(EligibilityTable);
