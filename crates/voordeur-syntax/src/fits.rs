//! Whether a piece of text could stand in a pathway: what a message proposes must.

use voordeur_messages::Lang;

use crate::parse::{Rule, by_grammar};
use crate::vocabulary::{
    ANCHORS, DAY_FACTS, END_KINDS, EVENT_WORDS, EVENTS, GROUNDS, HAPPENINGS, KEYWORDS, PARTIES,
};

/// What a piece of text may be, and what that is called.
const PIECES: [(Rule, &str); 32] = [
    (Rule::only_item, "a declaration"),
    (Rule::only_statement, "a statement"),
    (Rule::only_aftercare, "a line of an aftercare"),
    (Rule::only_clause, "a clause"),
    (Rule::only_field, "a field"),
    (Rule::only_type, "a type"),
    (Rule::only_trigger, "a branch"),
    (Rule::only_step, "a step"),
    (Rule::only_closed, "a closed day"),
    (Rule::only_open, "what is said of open cases"),
    (Rule::only_fact, "a fact"),
    (Rule::only_line, "a line of a scenario"),
    (Rule::only_row, "a row"),
    (Rule::only_cell, "a cell"),
    (Rule::only_top, "a pathway"),
    (Rule::only_scenario, "a scenario"),
    (Rule::only_promise, "a promise"),
    (Rule::only_promised, "a part of a promise"),
    (Rule::only_effects, "an effect"),
    (Rule::only_guard, "a condition on a rule"),
    (Rule::only_target, "a target"),
    (Rule::only_condition, "a condition"),
    (Rule::only_anchor, "a moment to count from"),
    (Rule::only_length, "a length or a term"),
    (Rule::only_limit, "a limit"),
    (Rule::only_event, "an event"),
    (Rule::only_header, "the first line of a pathway"),
    (Rule::only_part, "a part of a declaration"),
    (Rule::only_term, "a term and a day"),
    (Rule::only_asks, "a question"),
    (Rule::only_reason, "a part of a declaration"),
    (Rule::names, "names"),
];

/// The signs of the language.
const SIGNS: [&str; 20] = [
    "{", "}", "(", ")", ",", ":", "..", "->", "=", "!=", "<", "<=", ">", ">=", "?", "|", "#", "\"", "_", "-",
];

/// What a piece of text could be in a pathway, in either spelling; `None` when it could stand nowhere. A
/// `…` stands for whatever fits there.
///
/// ```
/// use voordeur_syntax::fits;
/// assert_eq!(fits("on intake done -> …"), Some("a statement"));
/// assert_eq!(fits("at most 3 times, else -> bad"), Some("a limit"));
/// assert_eq!(fits("at most 3 times"), None);
/// ```
#[must_use]
pub fn fits(text: &str) -> Option<&'static str> {
    if SIGNS.contains(&text) || words_only(text) {
        return Some("words of the language");
    }
    filled(text, 4).iter().find_map(|text| {
        let whole = |rule: Rule| {
            by_grammar(rule, text)
                .is_ok_and(|mut pairs| pairs.next().is_some_and(|pair| pair.as_str().len() == text.len()))
        };
        PIECES.iter().find(|(rule, _)| whole(*rule)).map(|(_, name)| *name)
    })
}

/// What may stand for a `…`.
const FILLINGS: [&str; 9] =
    ["x", "2 weeks", "notify x", "\"x\"", "2", "x done", "on x done -> x", "by x", "-> x"];

/// The text with something in the place of each `…`, in every way.
fn filled(text: &str, most: usize) -> Vec<String> {
    if most == 0 || !text.contains('…') {
        return vec![text.to_owned()];
    }
    FILLINGS
        .iter()
        .flat_map(|filling| filled(&text.replacen('…', filling, 1), most.saturating_sub(1)))
        .collect()
}

/// Whether a text consists of words of the language: a keyword, or several behind each other.
fn words_only(text: &str) -> bool {
    let lists = [HAPPENINGS, PARTIES, ANCHORS, EVENTS, EVENT_WORDS, DAY_FACTS, END_KINDS, GROUNDS];
    let listed = lists.into_iter().flatten().flatten().copied();
    let keywords =
        KEYWORDS.iter().flat_map(|keyword| Lang::ALL.iter().flat_map(|lang| keyword.forms(*lang))).copied();
    let all: Vec<&str> = listed.chain(keywords).collect();
    made_of(text.trim(), &all)
}

/// Whether a text is made of these words, and of `…`.
fn made_of(text: &str, words: &[&str]) -> bool {
    let after = |word: &&str| {
        let rest = text.strip_prefix(*word)?;
        (rest.is_empty() || rest.starts_with(' ')).then(|| rest.trim_start())
    };
    words.iter().chain(&["…"]).filter_map(after).any(|rest| rest.is_empty() || made_of(rest, words))
}
