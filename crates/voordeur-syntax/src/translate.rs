//! From one spelling to the other, word by word: what is no word of the language stays as it is, to the
//! byte, comments and layout included.

use std::borrow::Cow;

use pest::iterators::Pair;
use voordeur_diagnostics::Diagnostic;
use voordeur_messages::Lang;

use crate::parse::{Rule, by_grammar, parse};
use crate::vocabulary::{self, other_word};

/// Why a file cannot be written in the other spelling.
#[derive(Debug, Clone, PartialEq)]
pub enum Untranslatable {
    /// It has mistakes; they come first.
    HasMistakes(Vec<Diagnostic>),
    /// A name of the file is a word of the language in the other spelling, so that it would be read as such.
    NameIsWord {
        /// The name.
        name: String,
        /// Its line in the file, counted from 1.
        line: usize,
    },
}

/// A text in the other spelling; one that has that spelling already is given back as it is.
///
/// # Errors
/// [`Untranslatable`]: the text has mistakes, or a name in it would become a word of the language.
///
/// ```
/// use voordeur_messages::Lang;
/// let dutch = voordeur_syntax::translate("pathway p { lead a  agency a }  # note", Lang::Nl);
/// assert_eq!(dutch.unwrap(), "traject p { regie a  instantie a }  # note");
/// ```
pub fn translate(text: &str, to: Lang) -> Result<String, Untranslatable> {
    let parsed = parse(text);
    if !parsed.problems.is_empty() {
        return Err(Untranslatable::HasMistakes(parsed.problems));
    }
    if parsed.spelling == to {
        return Ok(text.to_owned());
    }
    let translated = words_replaced(text, parsed.spelling);
    // Reading it back must give the same text; only then has no name become a word.
    let back = words_replaced(&translated, to);
    let difference = if back == text { None } else { Some((tokens(text), tokens(&back))) };
    let difference = difference.as_ref().and_then(|(own, other)| first_difference(own, other));
    match difference {
        None => match parse(&translated).problems {
            none if none.is_empty() => Ok(translated),
            problems => Err(Untranslatable::HasMistakes(problems)),
        },
        Some(token) => Err(Untranslatable::NameIsWord {
            name: token.text.to_owned(),
            line: text.get(..token.at).unwrap_or_default().matches('\n').count() + 1,
        }),
    }
}

/// What a text is made of. Of keywords only which one it is: `1 days` may come back as `1 day`.
#[derive(Debug)]
struct Token<'a> {
    rule: Rule,
    text: &'a str,
    at: usize,
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let pairs = by_grammar(Rule::file, text).into_iter().flat_map(pest::iterators::Pairs::flatten);
    let leaves = pairs.filter(|pair| pair.clone().into_inner().next().is_none());
    leaves
        .map(|pair| Token { rule: pair.as_rule(), text: pair.as_str(), at: pair.as_span().start() })
        .collect()
}

fn first_difference<'a>(one: &'a [Token<'a>], other: &[Token<'_>]) -> Option<&'a Token<'a>> {
    let same = |one: &Token<'_>, other: &Token<'_>| {
        one.rule == other.rule && (vocabulary::keyword(one.rule).is_some() || one.text == other.text)
    };
    let differs = one.iter().zip(other).find(|(one, other)| !same(one, other)).map(|(one, _)| one);
    differs.or_else(|| one.get(other.len()).or(if other.len() > one.len() { one.last() } else { None }))
}

/// The text with every word of the language replaced by the same word in the other spelling.
fn words_replaced(text: &str, from: Lang) -> String {
    let mut words = Words { text, from, number: 0, done: 0, out: String::with_capacity(text.len()) };
    for pair in by_grammar(Rule::file, text).into_iter().flatten() {
        words.walk(&pair, Rule::file, Rule::file);
    }
    words.out.push_str(text.get(words.done..).unwrap_or_default());
    words.out
}

struct Words<'a> {
    text: &'a str,
    from: Lang,
    /// The last number that was passed: it decides between `day` and `days`.
    number: i64,
    /// Up to where the text has been written.
    done: usize,
    out: String,
}

impl Words<'_> {
    fn walk(&mut self, pair: &Pair<'_, Rule>, parent: Rule, grandparent: Rule) {
        if pair.as_rule() == Rule::integer {
            self.number = pair.as_str().parse().unwrap_or(0);
        } else if pair.as_rule() == Rule::k_per {
            self.number = 1;
        }
        if let Some(word) = self.replacement(pair, parent, grandparent) {
            let place = pair.as_span();
            self.out.push_str(self.text.get(self.done..place.start()).unwrap_or_default());
            self.out.push_str(&spaced(word, pair.as_str()));
            self.done = place.end();
        }
        for child in pair.clone().into_inner() {
            self.walk(&child, pair.as_rule(), parent);
        }
    }

    fn replacement(&self, pair: &Pair<'_, Rule>, parent: Rule, grandparent: Rule) -> Option<&'static str> {
        let (text, from) = (pair.as_str(), self.from);
        match pair.as_rule() {
            Rule::happening => other_word(vocabulary::HAPPENINGS, text, from),
            Rule::event_word
            | Rule::state_word
            | Rule::happened_word
            | Rule::counted_word
            | Rule::promised_word => {
                let lists = [vocabulary::HAPPENINGS, vocabulary::EVENT_WORDS, vocabulary::STATES];
                lists.iter().find_map(|list| other_word(list, text, from))
            }
            Rule::event_state => other_word(vocabulary::EVENT_WORDS, text, from),
            Rule::name => lists_of(parent, grandparent).iter().find_map(|list| other_word(list, text, from)),
            rule => vocabulary::keyword(rule).map(|word| word.translated(text, from, self.number != 1)),
        }
    }
}

/// Words with the blanks that stood between the words they replace, when they are as many.
fn spaced<'a>(words: &'a str, found: &str) -> Cow<'a, str> {
    if !words.contains(' ') || words.split(' ').count() != found.split_whitespace().count() {
        return Cow::Borrowed(words);
    }
    let blanks = found.split(|c: char| !c.is_whitespace()).filter(|blank| !blank.is_empty());
    let parts = words.split(' ').zip(blanks.chain([""]));
    Cow::Owned(parts.map(|(word, blank)| format!("{word}{blank}")).collect())
}

/// The words of the language that may stand in the place of a name there.
const fn lists_of(parent: Rule, grandparent: Rule) -> &'static [&'static [[&'static str; 2]]] {
    match (parent, grandparent) {
        (Rule::by | Rule::by_one | Rule::to | Rule::notify | Rule::remind | Rule::remind_each, _)
        | (Rule::names, Rule::trigger | Rule::event | Rule::shared)
        | (Rule::slot, Rule::told | Rule::reminded) => &[vocabulary::PARTIES],
        (Rule::anchor | Rule::since, _) => &[vocabulary::ANCHORS, vocabulary::EVENTS],
        (Rule::bare, _) => &[vocabulary::DAY_FACTS],
        (
            Rule::state
            | Rule::counts
            | Rule::record
            | Rule::event_name
            | Rule::happens
            | Rule::cause
            | Rule::deed,
            _,
        ) => &[vocabulary::EVENTS],
        (Rule::end_kind, _) => &[vocabulary::END_KINDS],
        (Rule::basis, _) => &[vocabulary::GROUNDS],
        (Rule::quorum, _) => &[vocabulary::HAPPENINGS, vocabulary::STATES],
        _ => &[],
    }
}
