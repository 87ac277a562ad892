//! What may be written beside a case in the clear: references, and reasons without numbers of persons. Names cannot be recognised.

use std::mem::take;

use voordeur_engine::{Event, check_reason as says_something};
use voordeur_messages::say;

use crate::error::RuntimeError;

/// How many digits in a row no case, no day and no source has.
const LONGEST: usize = 8;

/// How many characters a reason has at most: it is a sentence or two.
const LONGEST_REASON: usize = 1_000;

/// How many characters the number of an account (IBAN) has at least and at most, and how many of them are digits at least.
const ACCOUNT: (usize, usize) = (15, 34);
const DIGITS_OF_ACCOUNT: usize = 10;

/// A label is no name and no number of a person.
pub(crate) fn check_label(label: &str) -> Result<(), RuntimeError> {
    no_label(label).map_or(Ok(()), |why| Err(RuntimeError::BadLabel { why }))
}

/// A household is named as a case is.
pub(crate) fn check_household(household: &str) -> Result<(), RuntimeError> {
    no_label(household).map_or(Ok(()), |why| Err(RuntimeError::BadHousehold { why }))
}

/// Why a word is no label.
fn no_label(word: &str) -> Option<String> {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if word.is_empty() || word.len() > 40 || !word.chars().all(known) {
        return Some(say!("use 1 to 40 lower case letters, digits and `-`, and no name"));
    }
    has_number_of_person(word).then(looks_like_number)
}

/// Whether a word may refer to a person, in the journal and in an inbox: letters, digits, `-`, `_` and `/`.
///
/// # Errors
/// [`RuntimeError::BadPerson`] says what is wrong with it, and does not repeat it.
pub fn check_person(word: &str) -> Result<(), RuntimeError> {
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/');
    if word.is_empty() || word.len() > 40 || !word.chars().all(known) {
        let why = say!("use 1 to 40 letters, digits, `-`, `_` and `/`, and no name");
        return Err(RuntimeError::BadPerson { why });
    }
    match has_number_of_person(word) {
        true => Err(RuntimeError::BadPerson { why: looks_like_number() }),
        false => Ok(()),
    }
}

/// Whether a reason says something, on one line, and has no number of a person in it. Whatever is done for a reason is checked here.
///
/// # Errors
/// [`Rejection::NoReason`] when it says nothing, [`RuntimeError::BadReason`] when it has such a number, several lines or signs that
/// steer a screen, or is long; it is not repeated.
///
/// [`Rejection::NoReason`]: voordeur_engine::Rejection::NoReason
pub(crate) fn check_reason(text: &str) -> Result<(), RuntimeError> {
    says_something(text)?;
    let why = if text.chars().any(steers) {
        say!("it has to be one line, without signs that steer a screen")
    } else if text.chars().count() > LONGEST_REASON {
        say!("it has more than {most} characters", most = LONGEST_REASON)
    } else if has_number_of_person(text) {
        looks_like_number()
    } else {
        return Ok(());
    };
    Err(RuntimeError::BadReason { why })
}

/// A line that is made up would look like one of the journal; so would one that is written from right to left.
fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What an event says of people in the clear: who reports it, and why.
pub(crate) fn check_words_of(event: &Event) -> Result<(), RuntimeError> {
    match event {
        Event::Deviated { because, .. } | Event::ActionMended { because: Some(because), .. } => {
            check_reason(because)
        }
        Event::ByPerson { person, event } => check_person(person).and_then(|()| check_words_of(event)),
        _ => Ok(()),
    }
}

fn looks_like_number() -> String {
    say!("it looks like a citizen service number (BSN), or the number of a telephone or an account")
}

/// Eight digits in a row; or, written with blanks and other signs in between, a citizen service number (BSN), ten digits of which the
/// first is a zero, as a telephone and the end of an account have, or the number of an account.
fn has_number_of_person(text: &str) -> bool {
    let text: &str = &text.chars().map(plain).collect::<String>();
    let longest = text.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
    let numbers = spaced_numbers(text);
    longest >= LONGEST
        || numbers.iter().any(|number| !is_of_year(number) && is_of_person(&number.concat()))
        || has_account(text)
}

/// A digit as this alphabet writes it.
fn plain(c: char) -> char {
    let zero = [0x660, 0x6f0, 0xff10].into_iter().find(|zero| (*zero..*zero + 10).contains(&u32::from(c)));
    let digit = zero.and_then(|zero| char::from_digit(u32::from(c).saturating_sub(zero), 10));
    digit.unwrap_or(c)
}

/// What may stand between the digits of a number.
const fn is_between(c: char) -> bool {
    matches!(c, ' ' | '.' | ',' | '-' | '/' | '_' | '(' | ')')
}

/// Whether a word, with what follows, is the number of an account (IBAN): two letters, two digits, and what those digits prove.
fn has_account(text: &str) -> bool {
    let mut starts = text.char_indices().scan(' ', |before, (at, c)| {
        let is_start = !before.is_ascii_alphanumeric() && c.is_ascii_alphabetic();
        *before = c;
        Some((at, is_start))
    });
    starts.any(|(at, is_start)| is_start && text.get(at..).is_some_and(begins_with_account))
}

fn begins_with_account(text: &str) -> bool {
    let own =
        text.chars().filter(|c| !is_between(*c)).take_while(char::is_ascii_alphanumeric).take(ACCOUNT.1);
    let own: Vec<char> = own.collect();
    let [one, two, three, four, ..] = own.as_slice() else { return false };
    let is_one = one.is_ascii_alphabetic() && two.is_ascii_alphabetic();
    let is_one = is_one && three.is_ascii_digit() && four.is_ascii_digit();
    let proved = |length: usize| {
        own.get(..length).is_some_and(|own| {
            own.iter().filter(|c| c.is_ascii_digit()).count() >= DIGITS_OF_ACCOUNT && remainder(own) == 1
        })
    };
    is_one && (ACCOUNT.0..=ACCOUNT.1).any(proved)
}

/// What is left of it after division by 97, with its first four signs last and letters as numbers from ten on (ISO 7064, MOD 97-10).
fn remainder(own: &[char]) -> u32 {
    let (first, rest) = own.split_at(own.len().min(4));
    rest.iter().chain(first).filter_map(|c| c.to_digit(36)).fold(0, |left, digit| {
        let shifted = if digit < 10 { left * 10 } else { left * 100 };
        (shifted + digit) % 97
    })
}

/// The digits of each number, in the parts between which something stands.
fn spaced_numbers(text: &str) -> Vec<Vec<String>> {
    let (mut found, mut parts, mut part) = (Vec::new(), Vec::new(), String::new());
    for c in text.chars().chain(['|']) {
        match c {
            '0'..='9' => part.push(c),
            // However many of them stand in between.
            c if is_between(c) => parts.extend(Some(take(&mut part)).filter(|part| !part.is_empty())),
            _ => {
                parts.extend(Some(take(&mut part)).filter(|part| !part.is_empty()));
                found.extend(without_days(&take(&mut parts)));
            }
        }
    }
    found
}

/// What stands before, between and after days: `05-01-2026, 10` is no number of ten digits.
fn without_days(parts: &[String]) -> Vec<Vec<String>> {
    let (mut found, mut number, mut rest) = (Vec::new(), Vec::new(), parts);
    while let [part, others @ ..] = rest {
        match rest {
            [one, two, three, after @ ..] if is_day(one, two, three) => {
                found.push(take(&mut number));
                rest = after;
            }
            _ => {
                number.push(part.clone());
                rest = others;
            }
        }
    }
    found.push(number);
    found
}

fn is_day(one: &str, two: &str, three: &str) -> bool {
    let within = |part: &str, most: u8| part.len() <= 2 && (1..=most).contains(&part.parse().unwrap_or(0));
    let is_year = |part: &str| part.len() == 4 && (part.starts_with("19") || part.starts_with("20"));
    within(two, 12) && (is_year(one) && within(three, 31) || within(one, 31) && is_year(three))
}

/// A year and a number in it, as offices number their cases: `2026-00123`.
fn is_of_year(number: &[String]) -> bool {
    let is_year = |year: &String| year.len() == 4 && (year.starts_with("19") || year.starts_with("20"));
    matches!(number, [year, rest] if is_year(year) && rest.len() == 5)
}

fn is_of_person(digits: &str) -> bool {
    match digits.len() {
        9 => is_citizen_service_number(digits),
        10 => digits.starts_with('0'),
        11 => digits.starts_with("31"),
        // With the number of a country as it is dialled.
        13 => digits.starts_with("00"),
        _ => false,
    }
}

/// The proof by eleven: nine digits with the weights 9 to 2 and -1.
fn is_citizen_service_number(digits: &str) -> bool {
    let weights = [9, 8, 7, 6, 5, 4, 3, 2, -1];
    let digits = digits.bytes().map(|digit| i32::from(digit.saturating_sub(b'0')));
    let sum: i32 = digits.zip(weights).map(|(digit, weight)| digit.saturating_mul(weight)).sum();
    sum % 11 == 0
}

#[cfg(test)]
mod tests {
    use voordeur_engine::{Event, Mending, Serial};

    use super::{check_person, check_reason, check_words_of};

    #[test]
    fn numbers_of_persons_are_refused_and_not_repeated() {
        for text in [
            "123456782",
            "Jan 1234.56.782 moved",
            "123 456 782",
            "call 06-12345678",
            "06 12 34 56 78",
            "010-123 45 67",
            "+31 6 12345678",
            "06 - 12 34 56 78",
            "0031 6 1234 5678",
            "+31 6 12 34 56 78",
            "NL91ABNA0417164300",
            "NL91 ABNA 0417 1643 00",
            "(06) 12 34 56 78",
            "123/456/782",
            "123_456_782",
            "123,456,782",
            "\u{ff11}\u{ff12}\u{ff13}456782",
            "account BE71 0961 2345 6769 of the client",
            "BE71096123456769",
        ] {
            let refused = check_reason(text).expect_err(text).to_string();
            assert!(!refused.contains("12") && !refused.contains("0417"), "{refused}");
        }
    }

    #[test]
    fn whoever_gives_an_action_up_writes_no_number_of_a_person() {
        let given_up = |because: &str| Event::ActionMended {
            serial: Serial(1),
            how: Mending::GivenUp,
            because: Some(because.into()),
            by: None,
        };
        check_words_of(&given_up("call 06-12345678")).expect_err("a telephone");
        check_words_of(&given_up(" ")).expect_err("no reason");
        check_words_of(&given_up("nobody reads it")).expect("a reason");
    }

    #[test]
    fn a_reason_is_one_line() {
        for text in ["ok\n  Wed 2026-01-14 10:00  visit `talk` done, by bank", "a\u{1b}[2Kb", "a\u{202e}b"] {
            check_reason(text).expect_err(text);
        }
        check_reason(&"a".repeat(1_001)).expect_err("too long");
        check_reason(&"a".repeat(1_000)).expect("long");
    }

    #[test]
    fn sources_days_and_moments_are_reasons() {
        for text in [
            "Stcrt. 2028, 1",
            "Stcrt. 2028, 12345",
            "2029-05-11",
            "from 2010-03-10T10:00 to 2010-03-12T10:00",
            "no answer since 3 January 2010",
            "the register was down",
            "Stcrt. 2028/12345",
            "art. 7:650 BW, 3 to 5 days (of 14)",
            "ja, op 12-01-2026, 13-01-2026 en 14-01-2026",
            "05-01-2026, 10 uur",
            "2026-01-05 10:00, 3 keer",
        ] {
            check_reason(text).expect(text);
        }
    }

    #[test]
    fn a_person_is_a_reference() {
        for word in ["w-7", "M_17", "worker/m-17"] {
            check_person(word).expect(word);
        }
        for word in [
            "",
            "Jan Jansen",
            "jan@example.nl",
            "123456782",
            "06-12345678",
            "w-7\n",
            "123_456_782",
            "worker/123/456/782",
        ] {
            check_person(word).expect_err(word);
        }
    }
}
