//! Words that somebody has written, as far as they are repeated: whoever mistypes a command may have typed a name.

/// How much is repeated at most, in characters.
const MOST: usize = 40;

/// How many digits in a row no name of a pathway has, and numbers of persons have.
const DIGITS: usize = 8;

/// A word as messages repeat it: cut off, and `…` when it may be the name or the number of a person. The names of a pathway, and
/// labels, have small letters.
///
/// ```
/// use voordeur_messages::shown;
/// assert_eq!(shown("first_visit done"), "first_visit done");
/// assert_eq!(shown("Jan de Vries"), "…");
/// assert_eq!(shown("123456782"), "…");
/// ```
#[must_use]
pub fn shown(text: &str) -> String {
    let of_names = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || " _-./:=,".contains(c);
    let longest = text.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
    match text.chars().all(of_names) && longest < DIGITS {
        true => text.chars().take(MOST).collect(),
        false => "…".to_owned(),
    }
}
