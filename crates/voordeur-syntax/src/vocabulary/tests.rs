//! `words.pest` and the page of words are written from the table.

use std::fmt::Write as _;

use super::*;

const HEAD: &str = "// Words of the language in both spellings. Written from `vocabulary.rs` by its test: change that one.\n\n";

/// A form as the grammar reads it; between its words any blanks may stand.
fn pattern(form: &str) -> String {
    form.split(' ').map(|word| format!("{word:?}")).collect::<Vec<_>>().join(" ~ sp ~ ")
}

/// Alternatives, the longer ones first, so that `days` is not read as `day`.
fn alternatives<'a>(forms: impl Iterator<Item = &'a str>) -> String {
    let mut forms: Vec<&str> = forms.collect();
    forms.sort_by_key(|form| (std::cmp::Reverse(form.len()), *form));
    forms.dedup();
    forms.into_iter().map(pattern).collect::<Vec<_>>().join(" | ")
}

fn words_pest() -> String {
    let mut out = HEAD.to_owned();
    for word in KEYWORDS {
        let forms = alternatives(word.english.iter().chain(word.dutch).copied());
        writeln!(out, "{:?} = @{{ ({forms}) ~ !word_char }}", word.rule).expect("a string takes it");
    }
    let forms = alternatives(HAPPENINGS.iter().flatten().copied());
    writeln!(out, "happening = @{{ ({forms}) ~ !word_char }}").expect("a string takes it");
    let forms = alternatives(EVENT_WORDS.iter().flatten().copied());
    writeln!(out, "event_state = @{{ ({forms}) ~ !word_char }}").expect("a string takes it");
    out
}

#[test]
fn the_grammar_has_the_words_of_the_table() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/words.pest");
    #[expect(clippy::disallowed_methods, reason = "whoever runs the tests says whether to write the file")]
    if std::env::var_os("UPDATE_WORDS").is_some() {
        std::fs::write(file, words_pest()).expect("the grammar can be written");
    }
    assert_eq!(include_str!("../words.pest"), words_pest(), "run the tests once with UPDATE_WORDS=1");
}

/// The page for designers: every word in both spellings, in the order of the English ones.
fn keywords_page() -> String {
    let mut out = KEYWORDS_HEAD.to_owned();
    let mut rows: Vec<(String, String)> =
        KEYWORDS.iter().map(|word| (forms_shown(word.english), forms_shown(word.dutch))).collect();
    table(&mut out, "Words of the language", &mut rows);
    let lists: [(&str, &[[&str; 2]]); 8] = [
        ("What can happen to an obligation", HAPPENINGS),
        ("How an obligation stands", STATES),
        ("Parties of every pathway", PARTIES),
        ("Moments of every pathway", ANCHORS),
        ("Events of every pathway", EVENTS),
        ("What can happen to consent", EVENT_WORDS),
        ("The day and the hour", DAY_FACTS),
        ("What an end means", END_KINDS),
    ];
    for (title, list) in lists {
        let shown = |word: &str| format!("`{word}`");
        table(&mut out, title, &mut list.iter().map(|[en, nl]| (shown(en), shown(nl))).collect());
    }
    let shown = |word: &str| format!("`{word}`");
    table(
        &mut out,
        "Grounds for data about people",
        &mut GROUNDS.iter().map(|[en, nl]| (shown(en), shown(nl))).collect(),
    );
    out
}

const KEYWORDS_HEAD: &str = "# Words in English and in Dutch\n\nEvery word of the language has both spellings; a file uses one of them throughout, and `voordeur fmt --lang nl FILE` or `--lang en` turns one into\nthe other. An English word that stands twice has two meanings, and so two Dutch words: `by worker` is `door medewerker`, `announced by letter` is\n`aangekondigd per brief`. What each word means is told in [language.md](language.md). This page is written from the table of the program by its tests.\n";

fn forms_shown(forms: &[&str]) -> String {
    let mut shown: Vec<String> = Vec::new();
    for form in forms {
        let form = format!("`{form}`");
        if !shown.contains(&form) {
            shown.push(form);
        }
    }
    shown.join(", ")
}

fn table(out: &mut String, title: &str, rows: &mut Vec<(String, String)>) {
    rows.sort();
    rows.dedup();
    write!(out, "\n## {title}\n\n| English | Dutch |\n| --- | --- |\n").expect("a string takes it");
    for (english, dutch) in rows {
        writeln!(out, "| {english} | {dutch} |").expect("a string takes it");
    }
}

#[test]
fn the_page_of_words_has_the_words_of_the_table() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/keywords.md");
    #[expect(clippy::disallowed_methods, reason = "whoever runs the tests says whether to write the file")]
    if std::env::var_os("UPDATE_WORDS").is_some() {
        std::fs::write(file, keywords_page()).expect("the page can be written");
    }
    let page = std::fs::read_to_string(file).unwrap_or_default();
    assert_eq!(page, keywords_page(), "run the tests once with UPDATE_WORDS=1");
}

#[test]
fn a_word_of_a_list_means_one_thing_in_both_spellings() {
    for list in [HAPPENINGS, STATES, PARTIES, ANCHORS, EVENTS, EVENT_WORDS, DAY_FACTS, END_KINDS, GROUNDS] {
        for [english, dutch] in list {
            let crossed =
                list.iter().any(|[en, nl]| (nl == english || en == dutch) && (en, nl) != (english, dutch));
            assert!(!crossed, "{english} and {dutch}");
        }
    }
}
