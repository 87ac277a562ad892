//! The labels of cases that other cases start: `household-a-talks-1`. One that would be no label, because it is too long or has a
//! letter that none has, is made shorter, and has letters in it that stand for what was left out:
//! `550e8400-e29b-41d-qkzgvtwm-talks-1`.

use sha2::{Digest as _, Sha256};

use crate::references::check_label;

/// How much is left of the label of the other case, and of the name of its obligation: then there is room for a thousand of them.
const HEAD: usize = 16;
const NAME: usize = 9;

/// How many letters stand for what was left out.
const LETTERS: usize = 8;

/// The labels of what one obligation of a case starts, first, second and so on.
pub(crate) struct Labels {
    /// What comes before the number: as it reads, shorter, and shorter still.
    before: [String; 3],
}

impl Labels {
    pub(crate) fn of(parent: &str, obligation: &str) -> Self {
        let name = obligation.replace('_', "-").to_lowercase();
        let long = format!("{parent}-{name}");
        let letters = letters_of(&long);
        let short = format!("{}-{letters}-{}", cut(parent, HEAD), cut(&name, NAME));
        Self { before: [long, short, format!("case-{letters}")] }
    }

    /// As they are made: the first of the three that is a label. What is left of two words may look like the number of a person.
    pub(crate) fn fitting(&self) -> impl Iterator<Item = String> {
        (1_u64..).map(|number| {
            let mut all = self.before.iter().map(|before| format!("{before}-{number}"));
            let fits = all.find(|label| check_label(label).is_ok());
            fits.unwrap_or_else(|| format!("{number}"))
        })
    }

    /// As older programs made them too, where those are no labels. They came after the ones that are.
    pub(crate) fn unfit(&self) -> impl Iterator<Item = String> {
        let [long, ..] = &self.before;
        let is_unfit = |number: &u64| check_label(&format!("{long}-{number}")).is_err();
        let first = [1, 10, 100, 1000].into_iter().find(is_unfit);
        first.into_iter().flat_map(move |first| (first..).map(move |number| format!("{long}-{number}")))
    }
}

/// The beginning of a word, of what a label may have; it ends with none of the signs in between.
fn cut(word: &str, most: usize) -> String {
    let known = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-';
    let kept: String = word.chars().filter(known).take(most).collect();
    kept.trim_end_matches('-').to_owned()
}

/// The same letters for the same text. No digits: several of them in a row could be the number of a person.
fn letters_of(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(LETTERS).map(|byte| char::from(b'a'.saturating_add(byte % 26))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_short_label_is_as_it_reads() {
        let labels = Labels::of("household-a", "first_talks");
        assert_eq!(labels.fitting().nth(1).as_deref(), Some("household-a-first-talks-2"));
        assert_eq!(labels.unfit().next(), None);
    }

    #[test]
    fn every_label_that_is_made_is_a_label() {
        let long = "550e8400-e29b-41d4-a716-446655440000";
        let forty = "a".repeat(40);
        let mut seen = BTreeSet::new();
        for parent in ["a", "h-12", long, forty.as_str(), "123-456", "-", "2026-00123"] {
            for name in ["talks", "één_gesprek", "a_very_long_name_of_what_is_to_be_done", "t78", "talks_2"]
            {
                let labels = Labels::of(parent, name);
                for label in labels.fitting().take(3).chain(labels.fitting().nth(998)) {
                    check_label(&label).unwrap_or_else(|why| panic!("{label}: {why}"));
                    assert!(seen.insert(label.clone()), "{label} twice");
                }
            }
        }
        let first = Labels::of(long, "talks").fitting().next().expect("a label");
        assert!(first.starts_with("550e8400-e29b-41") && first.ends_with("-talks-1"), "{first}");
        let older = Labels::of(long, "talks").unfit().next().expect("a label");
        assert_eq!(older, format!("{long}-talks-1"));
    }

    #[test]
    fn a_number_that_makes_it_too_long_makes_it_shorter() {
        let parent = "b".repeat(36);
        let labels = Labels::of(&parent, "t");
        let made: Vec<String> = labels.fitting().take(10).collect();
        assert_eq!(made[0], format!("{parent}-t-1"));
        assert!(made[9].len() <= 40 && made[9].ends_with("-t-10"), "{}", made[9]);
        assert_eq!(labels.unfit().next(), Some(format!("{parent}-t-10")));
    }
}
