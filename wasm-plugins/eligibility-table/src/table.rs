//! Reading a table, and finding the one rule that applies.

use voordeur_plugin_kit::{Object, Value};

/// The number of the one rule that applies, counted from 1, and its outcome.
pub fn decide(table: &str, fields: &Object) -> Result<(usize, bool), String> {
    let mut lines = rows(table)?.into_iter();
    let columns = lines.next().ok_or("the table is empty")?;
    let outcome =
        columns.iter().position(|column| column == "outcome").ok_or("the table has no column `outcome`")?;
    let mut found = Vec::new();
    let mut count = 0;
    for (at, line) in lines.enumerate() {
        let rule = at + 1;
        count = rule;
        if line.len() != columns.len() {
            return Err(format!(
                "rule {rule} has {} cells, and there are {} columns",
                line.len(),
                columns.len()
            ));
        }
        let eligible = match line[outcome].as_str() {
            "yes" => true,
            "no" => false,
            _ => return Err(format!("the outcome of rule {rule} is `yes` or `no`")),
        };
        let mut applies = true;
        for (column, cell) in columns.iter().zip(&line).filter(|(column, _)| *column != "outcome") {
            let value = fields
                .get(column)
                .ok_or_else(|| format!("the action does not see `{column}`: add it to `sees`"))?;
            applies &= holds(cell, value)
                .ok_or_else(|| format!("rule {rule}: `{cell}` says nothing about `{column}`"))?;
        }
        if applies {
            found.push((rule, eligible));
        }
    }
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(format!("none of the {count} rules applies")),
        [(first, _), (second, _), ..] => Err(format!("rules {first} and {second} apply both")),
    }
}

/// Whether a value is as a cell says; nothing when the cell cannot be about such a value.
fn holds(cell: &str, value: &Value) -> Option<bool> {
    if cell.is_empty() {
        return Some(true);
    }
    match value {
        Value::Bool(yes) => match cell {
            "yes" => Some(*yes),
            "no" => Some(!*yes),
            _ => None,
        },
        Value::Number(number) => compared(cell, number.as_i64()?, |text| text.parse().ok()),
        Value::Object(amount) => compared(cell, amount.get("cents")?.as_i64()?, cents),
        Value::String(text) => match day(text) {
            Some(date) => compared(cell, date, day),
            None => Some(cell == text),
        },
        _ => None,
    }
}

fn compared(cell: &str, value: i64, read: impl Fn(&str) -> Option<i64>) -> Option<bool> {
    let with = |sign: &str| cell.strip_prefix(sign).map(|rest| read(rest.trim()));
    if let Some(bound) = with("<=") {
        return Some(value <= bound?);
    }
    if let Some(bound) = with(">=") {
        return Some(value >= bound?);
    }
    if let Some(bound) = with("<") {
        return Some(value < bound?);
    }
    if let Some(bound) = with(">") {
        return Some(value > bound?);
    }
    if let Some((low, high)) = cell.split_once("..") {
        return Some(read(low.trim())? <= value && value <= read(high.trim())?);
    }
    Some(value == read(cell)?)
}

/// `€900.00` or `€900` in cents.
fn cents(text: &str) -> Option<i64> {
    let (whole, part) = text.strip_prefix('€')?.split_once('.').unwrap_or((text.strip_prefix('€')?, "00"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() != 2 {
        return None;
    }
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(part.parse().ok()?)
}

/// A date as a number that grows with it.
fn day(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let shape = bytes.len() == 10
        && bytes
            .iter()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() });
    shape.then(|| text.replace('-', "").parse().ok()).flatten()
}

/// The cells of each line, as RFC 4180 has them: a cell with commas stands between quotes, a quote in it is doubled.
fn rows(table: &str) -> Result<Vec<Vec<String>>, String> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut letters = table.trim_end().chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell).trim().to_owned()),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell).trim().to_owned());
                rows.push(std::mem::take(&mut row));
            }
            '\r' if !quoted => {}
            other => cell.push(other),
        }
    }
    if quoted {
        return Err("a quote in the table has no end".to_owned());
    }
    row.push(cell.trim().to_owned());
    rows.push(row);
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use voordeur_plugin_kit::json;

    use super::*;

    fn decided(table: &str, fields: Value) -> Result<(usize, bool), String> {
        decide(table, fields.as_object().expect("an object"))
    }

    const TABLE: &str = "months,bailiff,arrears,outcome\n0..2,no,,no\n0..2,yes,,yes\n>= 3,,< €900.00,no\n>= 3,,>= €900.00,yes\n";

    #[test]
    fn exactly_one_rule_applies() {
        let case = |months: i64, bailiff: bool, cents: i64| {
            decided(TABLE, json!({ "months": months, "bailiff": bailiff, "arrears": { "cents": cents } }))
        };
        assert_eq!(case(2, false, 0), Ok((1, false)));
        assert_eq!(case(2, true, 0), Ok((2, true)));
        assert_eq!(case(3, true, 89_999), Ok((3, false)));
        assert_eq!(case(3, true, 90_000), Ok((4, true)));
        assert_eq!(case(-1, true, 0), Err("none of the 4 rules applies".to_owned()));
        assert_eq!(
            decided("a,outcome\n,yes\n1,no", json!({ "a": 1 })),
            Err("rules 1 and 2 apply both".to_owned())
        );
    }

    #[test]
    fn values_of_each_kind_are_compared() {
        let one =
            |cell: &str, value: Value| decided(&format!("a,outcome\n\"{cell}\",yes"), json!({ "a": value }));
        for (cell, value) in [
            ("averted", json!("averted")),
            ("2008-03-01..2008-03-31", json!("2008-03-31")),
            ("> 2008-02-29", json!("2008-03-01")),
            ("€900", json!({ "cents": 90_000 })),
            ("< 0", json!(-1)),
            ("no", json!(false)),
        ] {
            assert_eq!(one(cell, value), Ok((1, true)), "{cell}");
        }
        for (cell, value) in [
            ("maybe", json!(true)),
            ("€9.5", json!({ "cents": 1 })),
            ("three", json!(3)),
            ("march", json!("2008-03-01")),
        ] {
            assert!(one(cell, value).is_err_and(|why| why.contains("says nothing")), "{cell}");
        }
    }

    #[test]
    fn a_table_that_is_none_is_refused() {
        for table in
            ["", "a\n1", "a,outcome\n1", "a,outcome\n1,perhaps", "a,outcome\n\"1,yes", "b,outcome\n1,yes"]
        {
            assert!(decided(table, json!({ "a": 1 })).is_err(), "{table}");
        }
    }
}
