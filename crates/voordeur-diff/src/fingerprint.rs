//! What names a difference from one run to the next.
//!
//! Only names, keys and plain English go in: no line, no layout, no word of a message. So a difference keeps its
//! fingerprint when lines move, when a file is formatted or translated, and when the program speaks another language. The
//! values of the difference are part of it: who accepts four days has not accepted forty.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

/// A part of what is named.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part<'t> {
    /// A word of this program.
    Word(&'static str),
    /// Something that a file says.
    Text(&'t str),
}

/// Fingerprints, each only once.
#[derive(Debug, Default)]
pub(crate) struct Fingerprints {
    seen: BTreeMap<String, usize>,
}

impl Fingerprints {
    /// The fingerprint of these parts: twelve hexadecimal digits. What is alike in all of them is counted.
    pub(crate) fn next(&mut self, parts: &[Part<'_>]) -> String {
        let mut digest = Sha256::new();
        for part in parts {
            let (kind, text) = match part {
                Part::Word(word) => (1_u8, *word),
                Part::Text(text) => (2, *text),
            };
            digest.update([kind]);
            digest.update(text);
            digest.update([0]);
        }
        let hash = |digest: Sha256| -> String {
            digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
        };
        let own = hash(digest.clone());
        let count = self.seen.entry(own.clone()).or_insert(0);
        *count += 1;
        if *count == 1 {
            return own;
        }
        digest.update(count.to_string());
        hash(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::{Fingerprints, Part};

    #[test]
    fn each_is_there_once_and_the_same_each_time() {
        let all = |texts: [&str; 3]| {
            let mut marks = Fingerprints::default();
            texts.map(|text| marks.next(&[Part::Word("change"), Part::Text(text)]))
        };
        let [one, again, other] = all(["a", "a", "b"]);
        assert!(one != again && again != other && one != other);
        assert_eq!(one.len(), 12);
        assert_eq!(all(["a", "a", "b"]), [one, again, other]);
    }
}
