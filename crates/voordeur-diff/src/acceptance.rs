//! What somebody has accepted: a line each, in a file beside the new version.
//!
//! ```text
//! # The council has agreed on 12 March.
//! accept 3f2a91c0d4e1 by "team lead" on 2026-03-16 until 2026-12-31 because "there are too few workers"
//! ```
//!
//! It is written after the text of the pathway is final, often by somebody else, and about two versions: so it does not
//! stand in the pathway itself.

use thiserror::Error;
use voordeur_messages::say;

/// Somebody has decided that a difference is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// Of which difference.
    pub fingerprint: String,
    /// Who: a function rather than a person.
    pub by: String,
    /// When: `2026-03-16`.
    pub on: String,
    /// The last day on which it holds; without one it does not end.
    pub until: Option<String>,
    /// Why.
    pub because: String,
    /// Its line in its file, counted from 1.
    pub line: u32,
}

impl Acceptance {
    /// Who has accepted it, when, and why.
    #[must_use]
    pub fn in_words(&self) -> String {
        let Self { by, on, because, .. } = self;
        say!("accepted by {by} on {on}: {because}", by, on, because)
    }
}

/// A line that is no acceptance.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", say!("line {line}: {why}; write `accept FINGERPRINT by \"who\" on 2026-03-16 because \"why\"`, with `until 2026-12-31` where it ends", line, why))]
pub struct NotAccepted {
    /// Its line, counted from 1.
    pub line: u32,
    /// What is wrong with it.
    pub why: String,
}

/// What is accepted on a day, and what has ended before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Acceptances {
    /// What holds.
    pub valid: Vec<Acceptance>,
    /// What has ended.
    pub expired: Vec<Acceptance>,
}

/// Reads a file of acceptances; `today` as `2026-03-16`.
///
/// # Errors
/// A line that is no acceptance: nothing of the file holds then.
pub fn acceptances(text: &str, today: &str) -> Result<Acceptances, NotAccepted> {
    let mut all = Acceptances::default();
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let one = one(line, number).map_err(|why| NotAccepted { line: number, why })?;
        if one.on.as_str() > today {
            let why = say!(
                "{on} is a day to come, and a decision is written down when it has been taken",
                on = one.on
            );
            return Err(NotAccepted { line: number, why });
        }
        // Dates in this form are ordered as texts are.
        let ended = one.until.as_deref().is_some_and(|until| until < today);
        if ended { all.expired.push(one) } else { all.valid.push(one) }
    }
    Ok(all)
}

fn one(line: &str, number: u32) -> Result<Acceptance, String> {
    let words = words(line)?;
    let mut words = words.iter();
    if !matches!(words.next(), Some(Word::Plain(word)) if word == "accept" || word == "aanvaard") {
        return Err(say!("it does not begin with `accept`"));
    }
    let fingerprint = match words.next() {
        Some(Word::Plain(mark)) if mark.len() == 12 && mark.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            mark.to_lowercase()
        }
        _ => return Err(say!("a fingerprint has twelve hexadecimal digits")),
    };
    let (mut by, mut on, mut until, mut because) = (None, None, None, None);
    while let Some(word) = words.next() {
        let Word::Plain(word) = word else { return Err(say!("a text stands where it has no meaning")) };
        let value = words.next();
        let (slot, value) = match (word.as_str(), value) {
            ("by" | "door", Some(Word::Quoted(text))) => (&mut by, text),
            ("because" | "omdat", Some(Word::Quoted(text))) => (&mut because, text),
            ("on" | "op", Some(Word::Plain(day))) if is_day(day) => (&mut on, day),
            ("until" | "tot-en-met", Some(Word::Plain(day))) if is_day(day) => (&mut until, day),
            _ => return Err(say!("`{word}` is not followed by what belongs to it", word)),
        };
        if value.trim().is_empty() || slot.replace(value.clone()).is_some() {
            return Err(say!("`{word}` says nothing, or stands there twice", word));
        }
    }
    match (by, on, because) {
        (Some(by), Some(on), Some(because)) => {
            Ok(Acceptance { fingerprint, by, on, until, because, line: number })
        }
        _ => Err(say!("it has to say who, when and why")),
    }
}

enum Word {
    Plain(String),
    Quoted(String),
}

fn words(line: &str) -> Result<Vec<Word>, String> {
    let mut all = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() && !rest.starts_with('#') {
        if let Some(quoted) = rest.strip_prefix('"') {
            let Some((text, after)) = quoted.split_once('"') else {
                return Err(say!("a text is not closed"));
            };
            all.push(Word::Quoted(text.to_owned()));
            rest = after.trim_start();
        } else {
            let end = rest.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            // `tot en met` is one word.
            all.push(Word::Plain(word.to_owned()));
            rest = after.trim_start();
            if word == "tot"
                && let Some(after) = rest.strip_prefix("en met")
            {
                all.pop();
                all.push(Word::Plain("tot-en-met".to_owned()));
                rest = after.trim_start();
            }
        }
    }
    Ok(all)
}

/// `2026-03-16`: dates in this form only, because they are ordered as texts are.
fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::{Acceptance, acceptances, is_day};

    #[test]
    fn both_spellings_say_the_same() {
        let english =
            "accept 3f2a91c0d4e1 by \"lead\" on 2026-03-16 until 2026-12-31 because \"why # not\" # so";
        let dutch = "# één\n\n  aanvaard 3F2A91C0D4E1 door \"lead\" op 2026-03-16 tot en met 2026-12-31 omdat \"why # not\"\r\n";
        let read = |text| acceptances(text, "2026-12-31").map(|all| all.valid);
        let one = Acceptance {
            fingerprint: "3f2a91c0d4e1".to_owned(),
            by: "lead".to_owned(),
            on: "2026-03-16".to_owned(),
            until: Some("2026-12-31".to_owned()),
            because: "why # not".to_owned(),
            line: 1,
        };
        assert_eq!(read(english), Ok(vec![one.clone()]));
        assert_eq!(read(dutch), Ok(vec![Acceptance { line: 3, ..one.clone() }]));
        assert_eq!(acceptances(english, "2027-01-01").map(|all| all.expired), Ok(vec![one]));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let all = [
            "reject 3f2a91c0d4e1",
            "accept 3f2a91c0d4e",
            "accept 3f2a91c0d4e1",
            "accept 3f2a91c0d4e1 by lead on 2026-03-16 because \"why\"",
            "accept 3f2a91c0d4e1 by \"lead\" on 2026-02-30 because \"why\"",
            "accept 3f2a91c0d4e1 by \"lead\" by \"lead\" on 2026-02-03 because \"why\"",
            "accept 3f2a91c0d4e1 by \"lead\" on 2026-02-03 because \" \"",
            "accept 3f2a91c0d4e1 by \"lead\" on 2026-02-03 because \"why",
            "accept 3f2a91c0d4e1 \"lead\"",
            "accept 3f2a91c0d4e1 by \"lead\" on 2026-03-17 because \"why\"",
        ];
        let told = all.map(|line| acceptances(&format!("\n{line}"), "2026-03-16").map_err(|e| e.to_string()));
        let told: Vec<String> = told.into_iter().filter_map(Result::err).collect();
        assert_eq!(told.len(), all.len());
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn a_day_that_is_none_is_told() {
        assert!(is_day("2024-02-29") && is_day("2026-12-31") && is_day("2000-02-29"));
        for day in
            ["2026-02-29", "2026-13-01", "2026-1-1", "2026-00-10", "20260101", "2100-02-29", "é026-01-01"]
        {
            assert!(!is_day(day), "{day}");
        }
    }
}
