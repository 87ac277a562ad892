//! “Did you mean”: the known word nearest to an unknown one.

use std::fmt;

/// A known word near to an unknown one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Near<'a> {
    /// The known word.
    pub word: &'a str,
    /// Whether it can only have been a slip of the pen: one letter is off, no other known word is near, and
    /// no number would become another one.
    pub sure: bool,
}

impl Near<'_> {
    /// The word by itself.
    #[must_use]
    pub fn to_word(self) -> String {
        self.word.to_owned()
    }
}

impl fmt::Display for Near<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word)
    }
}

/// The candidate that a typing slip could have turned into `word`; none when nothing is near.
///
/// ```
/// use voordeur_diagnostics::closest;
/// let near = closest("teamleed", ["worker", "teamlead"]).unwrap();
/// assert_eq!((near.word, near.sure), ("teamlead", true));
/// assert!(!closest("stage_3", ["stage_1"]).unwrap().sure);
/// assert_eq!(closest("bailiff", ["worker", "teamlead"]), None);
/// ```
#[must_use]
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<Near<'a>> {
    let most = word.chars().count().div_ceil(3).min(3);
    let near = candidates.into_iter().map(|candidate| (distance(word, candidate), candidate));
    let mut near: Vec<(usize, &str)> = near.filter(|(distance, _)| *distance <= most).collect();
    near.sort_unstable();
    near.dedup();
    let (distance, best) = *near.first()?;
    let sure = near.len() == 1 && distance == 1 && word.chars().count() >= 4 && digits(word) == digits(best);
    Some(Near { word: best, sure })
}

fn digits(word: &str) -> String {
    word.chars().filter(char::is_ascii_digit).collect()
}

/// How many characters must be added, left out, changed or swapped with their neighbour
/// (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let cell = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
            let mut best =
                (cell(&last, j) + usize::from(x != y)).min(cell(&last, j + 1) + 1).min(cell(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(cell(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(usize::MAX)
}
