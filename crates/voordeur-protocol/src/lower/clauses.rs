//! Which clause fits which kind of obligation, and which it needs.

use voordeur_diagnostics::{Rule, Span};
use voordeur_messages::{mark, say, translated};
use voordeur_syntax::ast::{Clause, Obligation};
use voordeur_syntax::vocabulary::spelled;

use super::Lower;
use crate::lifecycle::Kind;

/// More clauses than this are no obligation that anybody could read.
const MOST_CLAUSES: usize = 500;

/// Whether a clause says something about one opening; the others say something about the obligation.
pub(super) const fn belongs_to_opening(clause: &Clause) -> bool {
    matches!(
        clause,
        Clause::Within(_)
            | Clause::ElseWithin(_)
            | Clause::KeepsRunning
            | Clause::Repeatable
            | Clause::Paused { .. }
    )
}

/// The word by which messages call a clause.
pub(super) const fn word(clause: &Clause) -> &'static str {
    match clause {
        Clause::By { .. } => "by",
        Clause::To(_) => "to",
        Clause::Within(_) => "within",
        Clause::ElseWithin(_) => "else within",
        Clause::Asks(_) => "asks",
        Clause::Outcomes(_) => "outcomes",
        Clause::Unannounced { .. } => "unannounced",
        Clause::Announced => "announced",
        Clause::Lasts(_) => "lasts",
        Clause::Attempts { .. } => "attempts",
        Clause::ThenAnnounce { .. } => "then announce",
        Clause::HandsOver(_) => "hands over",
        Clause::Warm => "warm",
        Clause::Accept(_) => "accept",
        Clause::Contact(_) => "contact",
        Clause::RemindBeforeEach { .. } => "remind … before each",
        Clause::AskAgain { .. } => "ask again",
        Clause::Plugin(_) => "by plugin",
        Clause::Does(_) => "does",
        Clause::Sees(_) => "sees",
        Clause::Returns(_) => "returns",
        Clause::With { .. } => "with",
        Clause::Retries(_) => "retries",
        Clause::OnFailure(_) => "on failure",
        Clause::Answers(_) => "answers",
        Clause::SilentAfter(_) => "silent after",
        Clause::AnnouncedBy { .. } => "announced by",
        Clause::Prepared { .. } => "prepared by",
        Clause::Only { .. } => "only",
        Clause::NotInSchoolHolidays => "not in school holidays",
        Clause::Number { .. } | Clause::Rate { .. } => "visits",
        Clause::Spaced(_) => "at least … apart",
        Clause::Via(_) => "via",
        Clause::MayBreakOff => "may break off",
        Clause::NeedsConsent => "needs consent",
        Clause::Repeatable => "repeatable",
        Clause::Paused { .. } => "paused while",
        Clause::SubPathway(_) => "pathway",
        Clause::Through(_) => "through",
        Clause::ForEach(_) => "for each",
        Clause::AfterClosing(_) => "after closing",
        Clause::OnlyFor(_) => "for",
        Clause::KeepsRunning => "keeps running",
        Clause::After(_) => "after",
        Clause::Window { .. } => "window",
    }
}

const fn allowed(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Task => &[
            "by",
            "within",
            "else within",
            "asks",
            "outcomes",
            "needs consent",
            "repeatable",
            "paused while",
            "keeps running",
        ],
        Kind::Series => &[
            "visits",
            "by",
            "asks",
            "lasts",
            "at least … apart",
            "prepared by",
            "only",
            "not in school holidays",
            "may break off",
            "needs consent",
            "keeps running",
        ],
        Kind::Visit => &[
            "by",
            "within",
            "else within",
            "asks",
            "unannounced",
            "announced",
            "announced by",
            "prepared by",
            "only",
            "not in school holidays",
            "may break off",
            "needs consent",
            "repeatable",
            "paused while",
            "lasts",
            "attempts",
            "then announce",
            "keeps running",
        ],
        Kind::Referral => &[
            "to",
            "via",
            "needs consent",
            "repeatable",
            "paused while",
            "hands over",
            "warm",
            "accept",
            "contact",
            "remind … before each",
            "ask again",
            "keeps running",
        ],
        Kind::Question => &["answers", "silent after", "asks", "keeps running"],
        Kind::Action => &[
            "by plugin",
            "does",
            "to",
            "sees",
            "returns",
            "with",
            "within",
            "retries",
            "on failure",
            "needs consent",
            "keeps running",
        ],
        Kind::Escalation => &[],
        Kind::Sub => &["pathway", "through", "for each", "hands over", "needs consent", "keeps running"],
        Kind::Contact => &["by", "after", "after closing", "for", "window", "asks", "needs consent"],
    }
}

/// Any one of each list must be there.
const fn needed(kind: Kind) -> &'static [(&'static str, &'static str)] {
    match kind {
        Kind::Task | Kind::Visit => &[("by", mark!("`by worker` says who does it"))],
        Kind::Series => &[
            ("by", mark!("`by worker` says who makes the visits")),
            (
                "visits",
                mark!("`6 visits in 18 months` or `1 to 2 visits per week for 9 months` says how many"),
            ),
        ],
        Kind::Referral => &[("to", mark!("`to agency` says who receives it"))],
        Kind::Question => &[
            ("answers", mark!("`answers yes_please, no_thanks` names the answers")),
            ("silent after", mark!("`silent after 3 weeks` says when no answer is an answer too")),
        ],
        Kind::Action => &[
            ("by plugin", mark!("`by plugin \"letter\"` names the plugin")),
            ("does", mark!("`does fill` names which of its actions")),
        ],
        Kind::Contact => &[],
        Kind::Sub => &[
            ("pathway", mark!("`pathway child_talk` names the pathway that is started")),
            ("through", mark!("`through found` names its trigger")),
        ],
        Kind::Escalation => &[],
    }
}

impl Lower<'_> {
    /// A word of the language as this file spells it.
    pub(super) fn in_spelling(&self, english: &str) -> String {
        spelled(english, self.spelling)
    }

    /// Reports clauses that do not fit, stand twice or are missing.
    pub(super) fn check_clauses(&mut self, kind: Kind, obligation: &Obligation) {
        let mut seen: Vec<(&str, Span)> = Vec::new();
        if let Some(beyond) = obligation.clauses.get(MOST_CLAUSES) {
            let message = say!(
                "`{name}` has more than {most_clauses} clauses",
                name = obligation.name.text,
                most_clauses = MOST_CLAUSES
            );
            return self.error(Rule::TooLarge, beyond.span, message, say!("leave some out"));
        }
        for clause in &obligation.clauses {
            let word = word(&clause.node);
            if !allowed(kind).contains(&word) {
                self.misplaced(kind, word, clause.span);
            } else if let Some((_, first)) = seen.iter().find(|(other, _)| *other == word && word != "with") {
                let problem = voordeur_diagnostics::Diagnostic::error(
                    Rule::MisplacedClause,
                    clause.span,
                    say!("`{word}` stands here again", word = self.in_spelling(word)),
                );
                self.problems
                    .push(problem.label(*first, say!("it stands here first")).help(say!("join the two")));
            }
            seen.push((word, clause.span));
        }
        self.announced_or_not(&seen);
        self.retries_once(&seen);
        for (word, help) in needed(kind) {
            if !seen.iter().any(|(other, _)| other == word) {
                let message = say!(
                    "the {kind} `{name}` has no `{word}`",
                    kind = kind.in_words(),
                    name = obligation.name.text,
                    word = self.in_spelling(word)
                );
                self.error(Rule::MissingClause, obligation.name.span, message, translated(help));
            }
        }
    }

    /// A visit cannot be both.
    fn announced_or_not(&mut self, seen: &[(&str, Span)]) {
        let place =
            |words: &[&str]| seen.iter().find(|(word, _)| words.contains(word)).map(|(_, place)| *place);
        let (Some(first), Some(second)) = (place(&["announced", "announced by"]), place(&["unannounced"]))
        else {
            return;
        };
        let problem = voordeur_diagnostics::Diagnostic::error(
            Rule::MisplacedClause,
            first.max(second),
            say!("a visit is announced, or it is not"),
        );
        let problem = problem.label(first.min(second), say!("here it says otherwise"));
        self.contradictions.push(problem.help(say!("leave one of the two out")));
    }

    /// `on failure` says how often an action is tried again, too.
    fn retries_once(&mut self, seen: &[(&str, Span)]) {
        let place = |word: &str| seen.iter().find(|(other, _)| *other == word).map(|(_, place)| *place);
        let (Some(first), Some(second)) = (place("retries"), place("on failure")) else { return };
        let problem = voordeur_diagnostics::Diagnostic::error(
            Rule::MisplacedClause,
            first.max(second),
            say!("`on failure` says how often it is tried again, too"),
        );
        let problem = problem.label(first.min(second), say!("it stands here first"));
        self.problems.push(problem.help(say!("write `on failure retry 5 times`, and leave `retries` out")));
    }

    fn misplaced(&mut self, kind: Kind, word: &str, span: Span) {
        let fitting: Vec<String> =
            allowed(kind).iter().map(|word| format!("`{}`", self.in_spelling(word))).collect();
        let message = say!(
            "`{word}` has no meaning for a {kind}",
            word = self.in_spelling(word),
            kind = kind.in_words()
        );
        let help = say!("a {kind} can have {fitting}", kind = kind.in_words(), fitting = fitting.join(", "));
        self.error(Rule::MisplacedClause, span, message, help);
    }
}
