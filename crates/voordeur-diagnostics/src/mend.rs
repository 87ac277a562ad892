//! Applying fixes to a text.

use crate::diagnostic::{Applicability, Diagnostic, Edit};
use crate::rules::Rule;

/// A text with fixes applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// The text.
    pub text: String,
    /// The rules whose findings were mended, with the byte of the old text where the finding stood.
    pub mended: Vec<(Rule, u32)>,
}

/// Applies the fixes of findings in `text`, up to and including an applicability. Of fixes that touch the same
/// place the first one counts; `None` when there is nothing to do.
#[must_use]
pub fn mend(text: &str, findings: &[Diagnostic], most: Applicability) -> Option<Mended> {
    let mut edits: Vec<&Edit> = Vec::new();
    let mut mended = Vec::new();
    for finding in findings {
        let Some(fix) = finding.fix.as_ref().filter(|fix| fix.applicability <= most) else { continue };
        let fits = fix.edits.iter().all(|edit| {
            text.get(edit.span.range()).is_some() && !edits.iter().any(|taken| touches(taken, edit))
        });
        if fits && !fix.edits.is_empty() {
            edits.extend(&fix.edits);
            mended.push((finding.rule, finding.span.start));
        }
    }
    edits.sort_by_key(|edit| edit.span);
    (!mended.is_empty()).then(|| Mended { text: edited(text, &edits), mended })
}

/// Two insertions at the same place touch as well: nobody could say which goes first.
const fn touches(one: &Edit, other: &Edit) -> bool {
    one.span.start <= other.span.end && other.span.start <= one.span.end
}

/// The text with edits in it that are in order and apart.
fn edited(text: &str, edits: &[&Edit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        let place = edit.span.range();
        out.push_str(text.get(done..place.start).unwrap_or_default());
        out.push_str(&edit.replacement);
        done = place.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Fix;
    use crate::span::Span;

    fn finding(fix: Fix) -> Diagnostic {
        Diagnostic::new(Rule::UnknownName, Span::new(0, 1), "x").fix(fix)
    }

    #[test]
    fn fixes_are_applied_together_and_none_twice_in_one_place() {
        let safe = |start, end, text: &str| Fix::new(Applicability::Safe, Span::new(start, end), text);
        let findings = [
            finding(safe(4, 7, "2").and(Span::new(0, 3), "1")),
            finding(safe(6, 7, "no")),
            finding(safe(8, 8, "3 ")),
            finding(Fix::new(Applicability::Unsafe, Span::new(12, 12), "!")),
            finding(safe(90, 91, "beyond")),
        ];
        let mended = mend("one two four", &findings, Applicability::Safe).expect("something to do");
        assert_eq!((mended.text.as_str(), mended.mended.len()), ("1 2 3 four", 2));
        let more = mend("one two four", &findings, Applicability::Unsafe).expect("something to do");
        assert_eq!(more.text, "1 2 3 four!");
        assert_eq!(mend("one", &[], Applicability::Unsafe), None);
    }
}
