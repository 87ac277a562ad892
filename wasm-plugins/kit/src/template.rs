//! Templates: `{field}` for a value, `{{` and `}}` for a brace.

use serde_json::{Map, Value};

use crate::words::{Language, show};

/// Replaces each `{field}` by its value.
pub fn fill(template: &str, fields: &Map<String, Value>, language: Language) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let (brace, after) = rest[at..].split_at(1);
        if let Some(after) = after.strip_prefix(brace) {
            text.push_str(brace);
            rest = after;
        } else {
            let (name, after) = placeholder(brace, after)?;
            let value = fields.get(name).ok_or_else(|| {
                format!("the template names `{{{name}}}`, which the action does not see: add it to `sees`")
            })?;
            text.push_str(&show(value, language));
            rest = after;
        }
    }
    text.push_str(rest);
    Ok(text)
}

fn placeholder<'a>(brace: &str, after: &'a str) -> Result<(&'a str, &'a str), String> {
    match after.split_once('}') {
        Some((name, rest)) if brace == "{" => Ok((name.trim(), rest)),
        _ => {
            Err("a brace in the template stands alone; write `{{` or `}}` for a brace in the letter"
                .to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str, fields: Value) -> Result<String, String> {
        fill(template, fields.as_object().expect("an object"), Language::Dutch)
    }

    #[test]
    fn fields_stand_where_their_names_are() {
        let fields = serde_json::json!({ "arrears": { "cents": 90_000 }, "since": "2008-03-07" });
        let letter = filled("{arrears} sinds { since } | {{x}}", fields);
        assert_eq!(letter.as_deref(), Ok("€ 900,00 sinds 7 maart 2008 | {x}"));
    }

    #[test]
    fn what_the_action_may_not_see_is_named() {
        assert!(filled("{name}", serde_json::json!({})).is_err_and(|why| why.contains("`{name}`")));
        assert!(filled("open {", serde_json::json!({})).is_err());
        assert!(filled("close }", serde_json::json!({})).is_err());
    }
}
