//! Messages for what the grammar could not read.

use pest::error::{Error, ErrorVariant, InputLocation};
use voordeur_diagnostics::{Applicability, Diagnostic, Fix, Near, Rule as Finding, Span};

use voordeur_messages::{Lang, mark, say, translated};

use crate::parse::{Rule, by_grammar};
use crate::slips::{near_word, slip};
use crate::{spelling, vocabulary};

/// How many expected things a message names at most.
const MOST_NAMED: usize = 8;

/// Words that people write out of habit, where the language has another.
const HABITS: [(&str, &str); 16] = [
    ("als", "zodra"),
    ("bool", "yes_no"),
    ("boolean", "yes_no"),
    ("getal", "aantal 0..9"),
    ("geheel", "aantal 0..9"),
    ("goto", "->"),
    ("if", "when"),
    ("int", "count 0..9"),
    ("integer", "count 0..9"),
    ("naar", "->"),
    ("number", "count 0..9"),
    ("silence", "silent after"),
    ("stil", "stilte na"),
    ("string", "text"),
    ("workday", "working day"),
    ("workdays", "working days"),
];

/// The message for a line that fits nothing. It is read once more, strictly and together with what
/// stands before it on the same line, because that is often where the slip is.
pub(crate) fn explain(source: &str, strict: Rule, bad: Span, before: Option<Span>) -> Diagnostic {
    let region = before.filter(|before| joins(source, *before, bad)).map_or(bad, |before| before.to(bad));
    match by_grammar(strict, region.of(source)) {
        // Read on its own it is right: then it stands in the wrong place.
        Ok(_) => {
            let found = first_word(bad.of(source));
            let span = Span { end: bad.start.saturating_add(length(found)), ..bad };
            Diagnostic::error(Finding::SyntaxError, span, say!("`{found}` does not belong here", found))
        }
        Err(error) => from_error(source, region, &error),
    }
}

/// The message for a text that holds nothing.
pub(crate) fn unreadable(source: &str) -> Diagnostic {
    Diagnostic::error(Finding::SyntaxError, Span::new(0, source.len()), say!("this cannot be read"))
}

/// The message of the grammar itself.
pub(crate) fn from_error(source: &str, region: Span, error: &Error<Rule>) -> Diagnostic {
    let spelling = spelling::guess(source);
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => length_of(at).saturating_add(region.start),
    };
    let rest = Span { start: at, end: length_of(source.len()) }.of(source);
    // What must stand on the line of its word is missed at the end of that line.
    let line_ends = rest.trim_start_matches([' ', '\t']).starts_with(['\n', '\r', '#']);
    let found = if line_ends { "" } else { first_word(rest) };
    let span = Span { start: at, end: at.saturating_add(length(found)) };
    let expected = expected(error, spelling);
    let habit = HABITS.iter().find(|(word, _)| *word == found).map(|(_, meant)| *meant);
    let near = near_word(found, expected.iter().filter_map(|word| word.strip_prefix('`')?.strip_suffix('`')));
    // What people write out of habit may be meant in several ways.
    let habit = habit.map(|word| Near { word, sure: false });
    // A word of the language is no slip of the pen for another one.
    let is_word = vocabulary::HAPPENINGS.iter().flatten().any(|word| *word == found);
    let near = habit.or(near.filter(|_| !is_word)).or_else(|| near_keyword(found, spelling));
    let what = if line_ends {
        say!("this line ends too early")
    } else if found.is_empty() {
        say!("here the text ends too early")
    } else {
        say!("`{found}` does not fit here", found)
    };
    let mut message = Diagnostic::error(Finding::SyntaxError, span, what);
    if let Some(slip) = slip(source, at, &positives(error), spelling) {
        message = message.help(slip.help);
        let fix = |(span, meant): (Span, String)| Fix::new(Applicability::Unsafe, span, meant);
        return slip.fix.into_iter().fold(message, |message, meant| message.fix(fix(meant)));
    }
    if !expected.is_empty() {
        message = message.help(say!("expected {expected}", expected = either(&expected)));
    }
    message.did_you_mean(near)
}

/// The keyword of the language that is nearest to a word that is none.
fn near_keyword(found: &str, spelling: Lang) -> Option<Near<'static>> {
    let keywords: Vec<&'static str> =
        vocabulary::KEYWORDS.iter().flat_map(|keyword| keyword.forms(spelling)).copied().collect();
    if found.chars().count() < 3 || keywords.contains(&found) {
        return None;
    }
    near_word(found, keywords.into_iter().filter(|word| !word.contains(' ')))
}

/// What could have stood where the grammar stopped.
fn positives(error: &Error<Rule>) -> Vec<Rule> {
    match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives.clone(),
        ErrorVariant::CustomError { .. } => Vec::new(),
    }
}

fn expected(error: &Error<Rule>, spelling: Lang) -> Vec<String> {
    let mut words: Vec<String> =
        positives(error).into_iter().filter_map(|rule| in_words(rule, spelling)).collect();
    words.sort();
    words.dedup();
    words
}

/// What a rule of the grammar is called in messages; none for what helps nobody.
fn in_words(rule: Rule, spelling: Lang) -> Option<String> {
    if let Some(keyword) = vocabulary::keyword(rule) {
        return Some(format!("`{}`", keyword.form(spelling, true)));
    }
    let words = match rule {
        Rule::name | Rule::names => mark!("a name"),
        Rule::word | Rule::event_word | Rule::state_word | Rule::happening | Rule::event_state => {
            mark!("a word such as `done`")
        }
        Rule::rule_name => mark!("the name of a rule such as `dead-rule`"),
        Rule::text | Rule::quote | Rule::inner_text => mark!("a text in quotes"),
        Rule::integer => mark!("a number"),
        Rule::date | Rule::phrase_moment | Rule::phrase_date => mark!("a date such as 2008-03-01"),
        Rule::value | Rule::cents => mark!("a value"),
        Rule::length => mark!("a length such as `2 weeks`"),
        Rule::unit => mark!("a unit of time"),
        Rule::arrow | Rule::target => "`->`",
        Rule::open_brace => "`{`",
        Rule::close_brace => "`}`",
        Rule::open_paren => "`(`",
        Rule::close_paren => "`)`",
        Rule::comma => "`,`",
        Rule::colon => "`:`",
        Rule::dots => "`..`",
        Rule::equals => "`=`",
        Rule::operator => mark!("a comparison such as `<=`"),
        Rule::field_type => {
            mark!("a type such as `yes_no`, `count 0..9`, `money`, `date`, `one of { … }` or `text`")
        }
        Rule::condition | Rule::either | Rule::part => mark!("a condition"),
        Rule::clause => mark!("a clause such as `by`, `within` or `asks`"),
        Rule::effect => mark!("an effect such as `notify` or `escalate`"),
        Rule::statement => {
            mark!("a rule such as `on`, `when` or `after`, or an obligation such as `must task`")
        }
        Rule::item => mark!("a declaration such as `agency`, `stage` or `end`"),
        Rule::term => mark!("a term such as `within 2 weeks`"),
        Rule::guard => mark!("`when` or `otherwise`"),
        Rule::branch => mark!("`when`, `otherwise` or `->`"),
        Rule::asks => "`asks`",
        Rule::because => mark!("`because` and the reason"),
        Rule::fact => mark!("a fact such as `\"P1.1\" \"…\" in a_name`"),
        Rule::pathway => "`pathway`",
        Rule::EOI | Rule::COMMENT | Rule::WHITESPACE => return None,
        _ => return None,
    };
    Some(translated(words))
}

fn either(words: &[String]) -> String {
    let shown = words.get(..MOST_NAMED.min(words.len())).unwrap_or_default();
    let more = if words.len() > MOST_NAMED { say!(" and more") } else { String::new() };
    match shown.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) if more.is_empty() => say!("{rest} or {last}", rest = rest.join(", "), last),
        _ => format!("{}{more}", shown.join(", ")),
    }
}

/// What stands on the line of a bad region before it.
pub(crate) fn beside(source: &str, before: Span, bad: Span) -> Option<Span> {
    let upto = Span { start: 0, end: bad.start }.of(source);
    let line = length_of(upto.rfind('\n').map_or(0, |at| at.saturating_add(1)));
    joins(source, before, bad).then(|| Span { start: before.start.max(line), end: bad.end })
}

/// Whether two regions stand on one line.
fn joins(source: &str, before: Span, bad: Span) -> bool {
    before.end <= bad.start && !Span { start: before.end, end: bad.start }.of(source).contains('\n')
}

/// The word, or the sign, that a text starts with.
fn first_word(text: &str) -> &str {
    let text = text.trim_start();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let end = match text.chars().next() {
        Some(c) if is_word(c) => text.find(|c| !is_word(c)).unwrap_or(text.len()),
        Some(c) => c.len_utf8(),
        None => 0,
    };
    text.get(..end).unwrap_or_default()
}

fn length(text: &str) -> u32 {
    length_of(text.len())
}

fn length_of(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
