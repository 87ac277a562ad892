//! A small pathway to which a test adds its stages, and what is told of two versions of it.

use voordeur_diff::{Comparison, Version, compared};
use voordeur_protocol::{Compiled, compile_with};
use voordeur_verify::Budget;

/// What is told of two texts.
pub(crate) fn told(old: &str, new: &str) -> Comparison {
    let compiled = |text: &str| compile_with("p.pathway", text, &mut |_, path| Err(path.to_owned().into()));
    let (old, new): (Compiled, Compiled) = (compiled(old), compiled(new));
    assert!(!old.has_errors() && !new.has_errors(), "{:#?} {:#?}", old.problems, new.problems);
    let texts = |one: &Compiled| -> Vec<(String, String)> {
        one.sources.files().map(|file| (file.name.to_owned(), file.text.to_owned())).collect()
    };
    let (before, after) = (texts(&old), texts(&new));
    compared(version(&old, &before), version(&new, &after), Budget::default())
}

fn version<'a>(one: &'a Compiled, texts: &'a [(String, String)]) -> Version<'a> {
    Version { texts, pathways: one.own(), promises: &one.promises, sources: &one.sources }
}

/// What is told of a text and the same with something else in it, and the other way round.
pub(crate) fn both_ways(old: &str, (from, to): (&str, &str)) -> [Comparison; 2] {
    let new = old.replacen(from, to, 1);
    assert_ne!(old, new, "{from} is there");
    [told(old, &new), told(&new, old)]
}

const HEAD: &str = r#"pathway door "At the door" {
  version "1"
  lead house
  agency house "House"
  role worker "Worker" of house
"#;

const ENDS: &str = r#"
  end good "Good" success no aftercare because "a test"
  end bad "Bad" failure
}
"#;

pub(crate) fn pathway(body: &str) -> String {
    format!("{HEAD}{body}{ENDS}")
}
