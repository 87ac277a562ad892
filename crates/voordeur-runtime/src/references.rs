//! What may be written beside a case in the clear: references, and reasons without numbers of persons. Names cannot be recognised.

use std::mem::take;

use voordeur_engine::Event;
use voordeur_messages::say;

use crate::error::RuntimeError;

/// How many digits in a row no case, no day and no source has.
const LONGEST: usize = 8;

/// Whether a word may refer to a person or a household: it is no name and no number of a person.
///
/// # Errors
/// [`RuntimeError::BadLabel`] says what is wrong with it.
pub fn check_reference(word: &str) -> Result<(), RuntimeError> {
    check_label(word)
}

/// A label is no name and no number of a person.
pub(crate) fn check_label(label: &str) -> Result<(), RuntimeError> {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let digits = label.chars().filter(char::is_ascii_digit).count();
    let longest = label.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
    if label.is_empty() || label.len() > 40 || !label.chars().all(known) {
        let why = say!("use 1 to 40 lower case letters, digits and `-`");
        return Err(RuntimeError::BadLabel { label: label.chars().take(60).collect(), why });
    }
    if longest >= 8 || (digits >= 9 && label.len() == digits) {
        let why = say!("it looks like a citizen service number (BSN) or another number of a person");
        return Err(RuntimeError::BadLabel { label: "…".to_owned(), why });
    }
    Ok(())
}

/// Whether a word may refer to a person in the marks of an inbox: letters, digits, `-`, `_` and `/`.
///
/// # Errors
/// [`RuntimeError::BadPerson`] says what is wrong with it, and does not repeat it.
pub(crate) fn check_person(word: &str) -> Result<(), RuntimeError> {
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

/// Whether a reason has no number of a person in it.
///
/// # Errors
/// [`RuntimeError::BadReason`] when it has; it is not repeated.
pub(crate) fn check_reason(text: &str) -> Result<(), RuntimeError> {
    match has_number_of_person(text) {
        true => Err(RuntimeError::BadReason { why: looks_like_number() }),
        false => Ok(()),
    }
}

/// The reason of an event that has one.
pub(crate) fn check_reason_of(event: &Event) -> Result<(), RuntimeError> {
    match event {
        Event::Deviated { because, .. } => check_reason(because),
        Event::ByPerson { event, .. } => check_reason_of(event),
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
    longest >= LONGEST || spaced_numbers(text).iter().any(|digits| is_of_person(digits))
}

/// The digits of each number, without what stands between them.
fn spaced_numbers(text: &str) -> Vec<String> {
    let (mut found, mut digits, mut between) = (Vec::new(), String::new(), 0);
    for c in text.chars().chain(['|']) {
        match c {
            '0'..='9' => {
                digits.push(c);
                between = 0;
            }
            ' ' | '.' | '-' if !digits.is_empty() && between == 0 => between = 1,
            _ => found.push(take(&mut digits)),
        }
    }
    found
}

fn is_of_person(digits: &str) -> bool {
    match digits.len() {
        9 => is_citizen_service_number(digits),
        10 => digits.starts_with('0'),
        11 => digits.starts_with("31"),
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
    use super::{check_person, check_reason};

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
            "+31 6 12 34 56 78",
            "NL91ABNA0417164300",
            "NL91 ABNA 0417 1643 00",
        ] {
            let refused = check_reason(text).expect_err(text).to_string();
            assert!(!refused.contains("12") && !refused.contains("0417"), "{refused}");
        }
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
