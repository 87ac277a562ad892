//! What may be written beside a case in the clear: references, and reasons without numbers of persons. Names cannot be recognised.

use std::mem::take;

use voordeur_engine::{Event, check_reason as says_something};
use voordeur_messages::say;

use crate::error::RuntimeError;

/// How many digits in a row no case, no day and no source has.
const LONGEST: usize = 8;

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

/// Whether a reason says something, and has no number of a person in it. Whatever is done for a reason is checked here.
///
/// # Errors
/// [`Rejection::NoReason`] when it says nothing, [`RuntimeError::BadReason`] when it has such a number; it is not repeated.
///
/// [`Rejection::NoReason`]: voordeur_engine::Rejection::NoReason
pub(crate) fn check_reason(text: &str) -> Result<(), RuntimeError> {
    says_something(text)?;
    match has_number_of_person(text) {
        true => Err(RuntimeError::BadReason { why: looks_like_number() }),
        false => Ok(()),
    }
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

/// Eight digits in a row; or, written with blanks, dots and hyphens in between, a citizen service number (BSN) or ten digits of which the
/// first is a zero, as a telephone and the end of an account have.
fn has_number_of_person(text: &str) -> bool {
    let longest = text.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
    let numbers = spaced_numbers(text);
    longest >= LONGEST || numbers.iter().any(|number| !is_of_year(number) && is_of_person(&number.concat()))
}

/// The digits of each number, in the parts between which something stands.
fn spaced_numbers(text: &str) -> Vec<Vec<String>> {
    let (mut found, mut parts, mut part) = (Vec::new(), Vec::new(), String::new());
    for c in text.chars().chain(['|']) {
        match c {
            '0'..='9' => part.push(c),
            // However many of them stand in between.
            ' ' | '.' | '-' => parts.extend(Some(take(&mut part)).filter(|part| !part.is_empty())),
            _ => {
                parts.extend(Some(take(&mut part)).filter(|part| !part.is_empty()));
                found.push(take(&mut parts));
            }
        }
    }
    found
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
    fn sources_days_and_moments_are_reasons() {
        for text in [
            "Stcrt. 2028, 1",
            "Stcrt. 2028, 12345",
            "2029-05-11",
            "from 2010-03-10T10:00 to 2010-03-12T10:00",
            "no answer since 3 January 2010",
            "the register was down",
        ] {
            check_reason(text).expect(text);
        }
    }

    #[test]
    fn a_person_is_a_reference() {
        for word in ["w-7", "M_17", "worker/m-17"] {
            check_person(word).expect(word);
        }
        for word in ["", "Jan Jansen", "jan@example.nl", "123456782", "06-12345678", "w-7\n"] {
            check_person(word).expect_err(word);
        }
    }
}
