//! Slips that many people make, with what they most likely meant.

use voordeur_diagnostics::{Near, Span, closest};
use voordeur_messages::{Lang, say};

use crate::parse::Rule;
use crate::vocabulary::{DAY_FACTS, EVENTS, HAPPENINGS, KEYWORDS, spelled};

/// Numbers in words, English and Dutch.
const NUMBERS: [[&str; 2]; 12] = [
    ["one", "een"],
    ["two", "twee"],
    ["three", "drie"],
    ["four", "vier"],
    ["five", "vijf"],
    ["six", "zes"],
    ["seven", "zeven"],
    ["eight", "acht"],
    ["nine", "negen"],
    ["ten", "tien"],
    ["eleven", "elf"],
    ["twelve", "twaalf"],
];

/// What was most likely meant.
#[derive(Debug)]
pub(crate) struct Slip {
    /// What to do.
    pub(crate) help: String,
    /// A change of the text that does it.
    pub(crate) fix: Option<(Span, String)>,
}

/// The text around the place at which the grammar stopped.
pub(crate) struct Place<'a> {
    pub(crate) at: usize,
    /// The line, up to there, and from there on.
    pub(crate) line: &'a str,
    pub(crate) before: &'a str,
    pub(crate) rest: &'a str,
    pub(crate) spelling: Lang,
}

/// The slip that was made where the grammar stopped, when it is one of those.
pub(crate) fn slip(source: &str, at: u32, expected: &[Rule], spelling: Lang) -> Option<Slip> {
    let place = Place::new(source, usize::try_from(at).ok()?, spelling)?;
    let found = place
        .several_rules()
        .or_else(|| place.number_in_words())
        .or_else(|| place.part_of_a_unit())
        .or_else(|| place.amount());
    found.or_else(|| place.two_words()).or_else(|| place.no_else(expected)).or_else(|| place.form(expected))
}

/// The number that a word means: `three` and `drie` are 3.
#[must_use]
pub fn number_in_words(word: &str) -> Option<usize> {
    NUMBERS.iter().position(|pair| pair.contains(&word)).map(|at| at.saturating_add(1))
}

impl<'a> Place<'a> {
    pub(crate) fn new(source: &'a str, at: usize, spelling: Lang) -> Option<Self> {
        let before = source.get(..at)?.rsplit('\n').next().unwrap_or_default();
        let rest = source.get(at..)?.split('\n').next().unwrap_or_default();
        let start = at.checked_sub(before.len())?;
        let line = source.get(start..at.checked_add(rest.len())?)?;
        Some(Self { at, line, before, rest, spelling })
    }

    /// Where the line starts.
    pub(crate) fn line_start(&self) -> Option<usize> {
        self.at.checked_sub(self.before.len())
    }

    /// The last word before the place, and where it starts.
    fn last_word(&self) -> Option<(&str, usize)> {
        let line = self.before.trim_end();
        let word =
            line.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().filter(|w| !w.is_empty())?;
        let start =
            self.at.checked_sub(self.before.len())?.checked_add(line.len())?.checked_sub(word.len())?;
        Some((word, start))
    }

    pub(crate) fn next_word(&self) -> &str {
        let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        self.rest.get(..end).unwrap_or_default()
    }

    /// `on a done -> x; on b done -> y`
    fn several_rules(&self) -> Option<Slip> {
        let help = || say!("each rule stands on a line of its own");
        self.rest.starts_with(';').then(|| Slip { help: help(), fix: None })
    }

    /// `within two weeks`
    fn number_in_words(&self) -> Option<Slip> {
        let (word, start) = self.last_word()?;
        let number = number_in_words(word)?;
        let unit = self.next_word();
        if !is_unit(unit) {
            return None;
        }
        let help = say!("write the number in digits: `{number} {unit}`", number, unit);
        Some(Slip {
            help,
            fix: Some((Span::new(start, start.saturating_add(word.len())), number.to_string())),
        })
    }

    /// `1.5 days`
    fn part_of_a_unit(&self) -> Option<Slip> {
        let decimals = self.rest.strip_prefix(['.', ','])?;
        let digit = |c: char| c.is_ascii_digit();
        if !decimals.starts_with(digit) || !self.before.ends_with(digit) {
            return None;
        }
        let unit = decimals.trim_start_matches(digit).trim_start();
        is_unit(unit.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default()).then(|| Slip {
            help: say!(
                "a length is a whole number; take a smaller unit, as in `36 {hours}`",
                hours = spelled("hours", self.spelling)
            ),
            fix: None,
        })
    }

    /// `€1.000` and `€12,50`
    fn amount(&self) -> Option<Slip> {
        let written = self.rest.strip_prefix('€')?.trim_start_matches(' ');
        let end =
            written.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(written.len());
        let written = written.get(..end)?.trim_end_matches(['.', ',']);
        let mut parts: Vec<&str> = written.split(['.', ',']).collect();
        let cents = parts.pop_if(|last| last.len() == 2).filter(|_| !parts.is_empty());
        let (first, thousands) = parts.split_first()?;
        if first.is_empty() || thousands.iter().any(|part| part.len() != 3) {
            return None;
        }
        let whole = parts.concat();
        let meant = cents.map_or(format!("€{whole}"), |cents| format!("€{whole}.{cents}"));
        let length = self.rest.find(written)?.saturating_add(written.len());
        let help = say!("write the amount as `{meant}`", meant);
        Some(Slip { help, fix: Some((Span::new(self.at, self.at.saturating_add(length)), meant)) })
    }

    /// `on talk taken up`
    fn two_words(&self) -> Option<Slip> {
        let (word, start) = self.last_word()?;
        let next = self.next_word();
        let joined = format!("{word}_{next}");
        let known = [HAPPENINGS, EVENTS, DAY_FACTS].into_iter().flatten().flatten();
        known.into_iter().find(|known| **known == joined)?;
        let help = say!("did you mean `{near}`?", near = joined);
        Some(Slip { help, fix: Some((Span::new(start, self.at.saturating_add(next.len())), joined)) })
    }

    /// `stage x at most 3 times {`, `eligible when urgent`
    fn no_else(&self, expected: &[Rule]) -> Option<Slip> {
        let begins = |english: &str| {
            Lang::ALL.iter().any(|lang| self.before.contains(spelled(english, *lang).as_str()))
        };
        if !expected.contains(&Rule::comma) || !(begins("at most") || begins("eligible when")) {
            return None;
        }
        let word = spelled("else", self.spelling);
        Some(Slip { help: say!("say where the case goes instead: add `, {word} -> …`", word), fix: None })
    }
}

fn is_unit(word: &str) -> bool {
    let units = KEYWORDS.iter().filter(|keyword| {
        matches!(
            keyword.rule,
            Rule::k_unit_minutes
                | Rule::k_unit_hours
                | Rule::k_unit_days
                | Rule::k_unit_working_days
                | Rule::k_unit_weeks
                | Rule::k_unit_months
                | Rule::k_unit_teaching_weeks
                | Rule::k_unit_years
        )
    });
    let forms = units.flat_map(|keyword| Lang::ALL.iter().flat_map(|lang| keyword.forms(*lang)));
    let mut firsts = forms.filter_map(|form| form.split(' ').next());
    !word.is_empty() && firsts.any(|first| first == word)
}

/// The word of the language that a typing slip could have turned into `found`. Short words lie near to many
/// others, and a slip seldom hits the first letter.
pub(crate) fn near_word<'a>(found: &str, words: impl Iterator<Item = &'a str>) -> Option<Near<'a>> {
    let first = found.chars().next().filter(|c| c.is_alphabetic())?;
    let length = found.chars().count();
    let alike = |word: &&str| {
        let change = word.chars().count().abs_diff(length);
        word.starts_with(first) && (length > 4 || change <= 1 && shared(found, word) + 1 >= length)
    };
    closest(found, words.filter(alike))
}

/// How many letters of one word stand in the other as well, each at most once.
fn shared(one: &str, other: &str) -> usize {
    let mut rest: Vec<char> = other.chars().collect();
    let taken =
        one.chars().filter(|c| rest.iter().position(|r| r == c).map(|at| rest.swap_remove(at)).is_some());
    taken.count()
}
