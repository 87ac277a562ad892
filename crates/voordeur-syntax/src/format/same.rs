//! Whether two texts mean the same: the grammar makes the same of them, and they hold the same comments.

use std::borrow::Cow;

use pest::iterators::{Pair, Pairs};

use super::gap::Gap;
use super::token::{Token, one_blank};
use crate::parse::Rule;
use crate::vocabulary;

/// Whether two texts, with what the grammar makes of them, mean the same.
pub(super) fn same(one: (&str, Pairs<'_, Rule>), other: (&str, Pairs<'_, Rule>)) -> bool {
    one.1.clone().flatten().map(node).eq(other.1.clone().flatten().map(node))
        && comments(one) == comments(other)
}

/// A rule of the grammar, and its text when it has no parts.
fn node(pair: Pair<'_, Rule>) -> (Rule, Cow<'_, str>) {
    let (rule, text) = (pair.as_rule(), pair.as_str());
    let is_leaf = pair.into_inner().next().is_none();
    let text = match rule {
        _ if !is_leaf => Cow::Borrowed(""),
        Rule::cell => Cow::Borrowed(text.trim()),
        Rule::bad_line => Cow::Borrowed(text.trim_end()),
        _ if vocabulary::keyword(rule).is_some() => one_blank(text),
        _ => Cow::Borrowed(text),
    };
    (rule, text)
}

/// The comments between the tokens. Those inside of what cannot be read belong to it.
fn comments<'a>((text, pairs): (&'a str, Pairs<'a, Rule>)) -> Vec<&'a str> {
    let tokens = super::read::tokens(text, pairs);
    let mut end = 0;
    let mut found = Vec::new();
    for (start, next) in
        tokens.iter().map(|token: &Token<'_>| (token.start, token.end)).chain([(text.len(), 0)])
    {
        let gap = Gap::read(text.get(end..start).unwrap_or_default());
        found.extend(gap.remarks.iter().map(|remark| remark.text));
        end = next;
    }
    found
}
