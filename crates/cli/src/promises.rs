//! What `verify` and `check` say of the promises of a file.

use serde_json::{Value, json};
use voordeur_diagnostics::{Sources, Span};
use voordeur_messages::say;
use voordeur_protocol::Compiled;
use voordeur_verify::{Kept, Promise, Told, Undecided, Verdict};

use crate::verify::{edition_name, in_words};

/// A promise, and what is said of it.
pub(crate) struct Answer {
    pub(crate) promise: Promise,
    pub(crate) kept: Kept,
}

impl Answer {
    /// Adds what is broken or says nothing to the findings.
    pub(crate) fn admit(&self, compiled: &mut Compiled) {
        let findings = self.kept.statements.iter().filter_map(|told| told.finding(&self.promise)).collect();
        compiled.admit(&self.promise.protocol.name, findings);
    }

    pub(crate) fn is_undecided(&self) -> bool {
        self.kept.statements.iter().any(|told| matches!(told.verdict, Verdict::Undecided(_)))
    }

    /// What was left undecided, and why.
    pub(crate) fn undecided(&self) -> Vec<String> {
        let name = &self.promise.protocol.name;
        let lines = self.kept.statements.iter().filter_map(|told| {
            let (text, situations) = (&told.text, told.situations);
            match told.verdict {
                Verdict::Undecided(Undecided::Incomplete(why)) => Some(say!(
                    "{name}: undecided: `{text}`: {situations} situations were looked at, and {why}",
                    name,
                    text,
                    situations,
                    why = in_words(why)
                )),
                Verdict::Undecided(Undecided::Unconfirmed) => Some(say!(
                    "{name}: undecided: `{text}`: no history with real dates was found that shows it",
                    name,
                    text
                )),
                _ => None,
            }
        });
        lines.collect()
    }

    /// The promise with the verdict on each of its statements, and the histories that were asked for.
    pub(crate) fn lines(&self) -> Vec<String> {
        let name = edition_name(&self.promise.protocol);
        let title = say!("{name}: promise “{title}”", name, title = self.kept.title);
        let verdicts = self.kept.statements.iter().map(|told| spoken(&told.verdict));
        let width = verdicts.map(|word| word.chars().count()).max().unwrap_or(0);
        let statements = self.kept.statements.iter().flat_map(|told| {
            let line = format!("  {:width$}  {}", spoken(&told.verdict), told.text);
            std::iter::once(line).chain(self.at_work(told))
        });
        std::iter::once(title).chain(statements).collect()
    }

    /// The history of a promise that is kept; that of a broken one stands with its finding.
    fn at_work(&self, told: &Told) -> Vec<String> {
        let Verdict::Kept(Some(history)) = &told.verdict else { return Vec::new() };
        history.lines(&self.promise.protocol).into_iter().map(|line| format!("      {line}")).collect()
    }

    pub(crate) fn json(&self, sources: &Sources) -> Value {
        let statements: Vec<Value> =
            self.kept.statements.iter().map(|told| self.statement(told, sources)).collect();
        json!({
            "promise": self.kept.title,
            "pathway": self.promise.protocol.name,
            "edition": self.promise.protocol.edition(),
            "statements": statements,
        })
    }

    fn statement(&self, told: &Told, sources: &Sources) -> Value {
        let shown = match &told.verdict {
            Verdict::Kept(Some(history)) | Verdict::Broken(history, _) => {
                json!(history.lines(&self.promise.protocol))
            }
            _ => Value::Null,
        };
        let (_, line) = sources.line(told.span.start);
        json!({
            "text": told.text,
            "line": line,
            "verdict": word(&told.verdict),
            "situations": told.situations,
            "history": shown,
        })
    }
}

/// What some case has to come to may come in one edition of a pathway and not in another: then it comes.
pub(crate) fn settle_editions(answers: &mut [Answer]) {
    let never = |verdict: &Verdict| matches!(verdict, Verdict::Impossible | Verdict::Vacuous);
    let known: Vec<(Span, Verdict)> = answers
        .iter()
        .flat_map(|answer| &answer.kept.statements)
        .filter(|told| !never(&told.verdict))
        .map(|told| (told.span, told.verdict.clone()))
        .collect();
    for told in answers.iter_mut().flat_map(|answer| &mut answer.kept.statements) {
        if let Some((_, verdict)) = known.iter().find(|(span, _)| never(&told.verdict) && *span == told.span)
        {
            told.verdict = match verdict {
                Verdict::Undecided(why) => Verdict::Undecided(*why),
                _ => Verdict::Kept(None),
            };
        }
    }
}

const fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Kept(_) => "kept",
        Verdict::Broken(..) | Verdict::Impossible => "broken",
        Verdict::Vacuous => "vacuous",
        Verdict::Undecided(_) => "undecided",
    }
}

fn spoken(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Kept(_) => say!("kept"),
        Verdict::Broken(..) | Verdict::Impossible => say!("broken"),
        Verdict::Vacuous => say!("vacuous"),
        Verdict::Undecided(_) => say!("undecided"),
    }
}
