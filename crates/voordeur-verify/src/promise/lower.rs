//! From the syntax tree to promises: names are resolved against the pathway, conditions are read as in the pathway.

use voordeur_calendar::Length;
use voordeur_diagnostics::{Diagnostic, LineIndex, Rule as Finding, Sources, Span, closest};
use voordeur_messages::say;
use voordeur_protocol::guard::Expr;
use voordeur_protocol::{Anchor, CheckedProtocol, Happening, Kind, ObligationId, Occurrence, Reading};
use voordeur_syntax::ast::{self, Ending as WrittenEnding, Happens, Promised, Subject};

use super::model::{Deed, Ending, Form, Goal, Promise, Start, Statement};
use super::places::{all_of, attempted, deeds, happenings, named};
use crate::observe::Term;

/// Resolves the promises of a file against its pathways: one for each edition of a pathway. What cannot be resolved is
/// left out and reported.
#[must_use]
pub fn promises(
    written: &[ast::Promise],
    protocols: &[CheckedProtocol],
    sources: &Sources,
) -> (Vec<Promise>, Vec<Diagnostic>) {
    let lines = LineIndex::of(sources);
    let (mut made, mut problems) = (Vec::new(), Vec::new());
    for promise in written {
        let Some(protocol) = protocols.iter().find(|protocol| protocol.name == promise.pathway.text) else {
            problems.push(no_pathway(promise, protocols));
            continue;
        };
        if promise.statements.is_empty() {
            let message = say!("this promise promises nothing");
            let help = say!("write for instance `possible case ends stable`");
            problems.push(Diagnostic::error(Finding::MissingClause, promise.title.span, message).help(help));
        }
        for edition in protocol.editions_in_force() {
            let read = |statement| one(statement, edition, sources, &lines);
            let (statements, found): (Vec<_>, Vec<_>) = promise.statements.iter().map(read).unzip();
            problems.extend(found.into_iter().flatten());
            made.push(Promise {
                title: promise.title.text.clone(),
                protocol: edition.clone(),
                statements: statements.into_iter().flatten().collect(),
                span: promise.span,
            });
        }
    }
    problems.sort_by(|a, b| (a.span, a.rule, &a.message).cmp(&(b.span, b.rule, &b.message)));
    problems.dedup();
    (made, problems)
}

fn no_pathway(promise: &ast::Promise, protocols: &[CheckedProtocol]) -> Diagnostic {
    let name = &promise.pathway;
    let near = closest(&name.text, protocols.iter().map(|protocol| protocol.name.as_str()));
    let message = say!("there is no pathway `{name}` in this file", name = name.text);
    Diagnostic::error(Finding::UnknownName, name.span, message)
        .help(say!("a promise is about a pathway of the same file, or of one that it imports"))
        .did_you_mean(near)
}

fn one(
    written: &ast::Spanned<Promised>,
    protocol: &CheckedProtocol,
    sources: &Sources,
    lines: &LineIndex,
) -> (Option<Statement>, Vec<Diagnostic>) {
    let mut lower = Lower { reading: Reading::new(protocol, sources, lines), protocol, span: written.span };
    let forms = lower.forms(&written.node);
    let conditions: Vec<Expr> = forms
        .iter()
        .flatten()
        .map(|form| form.condition().clone())
        .filter(|when| *when != Expr::True)
        .collect();
    let (mut world, problems) = lower.reading.finish(conditions.get(..1).unwrap_or_default());
    // A history is dated where the settings have these values.
    world.version_from = world.version_from.max(protocol.edition());
    let sound = !problems.iter().any(Diagnostic::is_error);
    let statement = forms.filter(|_| sound).map(|forms| Statement {
        text: on_one_line(written.span.of(sources.text())),
        span: written.span,
        world,
        forms,
    });
    (statement, problems)
}

/// A piece of a file on one line, without comments.
fn on_one_line(text: &str) -> String {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// Lowers one statement.
pub(super) struct Lower<'a> {
    pub(super) reading: Reading<'a>,
    pub(super) protocol: &'a CheckedProtocol,
    /// The whole statement.
    pub(super) span: Span,
}

impl Lower<'_> {
    pub(super) fn error(&mut self, rule: Finding, span: Span, message: String, help: String) {
        self.reading.problem(Diagnostic::error(rule, span, message).help(help));
    }

    fn forms(&mut self, written: &Promised) -> Option<Vec<Form>> {
        match written {
            Promised::Response { subject, outcomes, length, regime, when } => {
                self.responses(subject, outcomes, length, regime.as_ref(), when.as_ref())
            }
            Promised::While { ending, open, when } => self.whiles(ending, open, when.as_ref()),
            _ => self.form(written).map(|form| vec![form]),
        }
    }

    /// One form for each of them: what becomes of the others need not be followed beside it.
    fn whiles(
        &mut self,
        ending: &WrittenEnding,
        open: &Subject,
        when: Option<&ast::Expr>,
    ) -> Option<Vec<Form>> {
        let (ending, open) = (self.ending(ending), named(self, open));
        let (ending, when) = (ending?, self.when(when));
        Some(open?.into_iter().map(|open| Form::While { ending, open, when: when.clone() }).collect())
    }

    fn form(&mut self, written: &Promised) -> Option<Form> {
        Some(match written {
            Promised::Response { .. } | Promised::While { .. } => return None,
            Promised::Before { ending, cause, when } => {
                let (ending, deeds) = (self.ending(ending), deeds(self, cause));
                let when = self.when(when.as_ref());
                Form::Before { ending: ending?, deeds: deeds?, when }
            }
            Promised::Absence { subject, what, after } => {
                let (never, after) = (self.absent(subject, what), deeds(self, after));
                Form::Absence { never: never?, after: after? }
            }
            Promised::Recurrence { stage, cause, every } => {
                let (stage, term) = (self.reading.stage(stage), self.term(every, None));
                let deeds = deeds(self, cause);
                Form::Recurrence { stage: stage?, deeds: deeds?, term }
            }
            Promised::Attempts { most, of, before } => self.attempts(most, of, before.as_ref())?,
            Promised::AtMost { most, cause, before } => {
                let most = self.reading.number(most);
                let (counted, before) = (deeds(self, cause), self.before(before.as_ref()));
                Form::Bounded { most, counted: counted?, anew: None, before: before? }
            }
            Promised::Existence { cause, length, of, regime, when } => {
                let deeds = deeds(self, cause);
                let (term, from) = (self.term(length, regime.as_ref()), self.start(of.as_ref()));
                let when = self.when(when.as_ref());
                Form::Existence { deeds: deeds?, from: from?, term, when }
            }
            Promised::PossibleEnd(name) => Form::Possible(Goal::End(self.reading.end(name)?)),
            Promised::PossibleStage(name) => Form::Possible(Goal::Stage(self.reading.stage(name)?)),
            Promised::Possible(cause) => Form::Possible(Goal::Deeds(deeds(self, cause)?)),
            Promised::NeverTwoOfKind(kind) => {
                let mut all = all_of(self, *kind)?;
                all.sort_unstable();
                all.dedup();
                Form::NeverTwo(all)
            }
            Promised::NeverTwoOf(names) => {
                let found: Vec<_> = names.iter().filter_map(|name| self.reading.obligation(name)).collect();
                (found.len() == names.len()).then_some(())?;
                Form::NeverTwo(self.two(found)?)
            }
        })
    }

    /// Two of one are never open at once.
    fn two(&mut self, mut found: Vec<ObligationId>) -> Option<Vec<ObligationId>> {
        found.sort_unstable();
        found.dedup();
        if found.len() > 1 {
            return Some(found);
        }
        let message = say!("there is only one, and it is never open twice");
        self.error(Finding::BadNumber, self.span, message, say!("name two or more, or take it out"));
        None
    }

    fn responses(
        &mut self,
        subject: &Subject,
        outcomes: &[ast::Name],
        length: &ast::Length,
        regime: Option<&ast::Name>,
        when: Option<&ast::Expr>,
    ) -> Option<Vec<Form>> {
        let term = self.term(length, regime);
        let when = self.when(when);
        let all = named(self, subject)?;
        let words: Option<Vec<Vec<Happening>>> =
            all.iter().map(|of| happenings(self, *of, outcomes)).collect();
        let form = |(of, outcomes)| Form::Response { of, outcomes, term, when: when.clone() };
        Some(all.into_iter().zip(words?).map(form).collect())
    }

    fn absent(&mut self, subject: &Subject, what: &[Happens]) -> Option<Vec<Deed>> {
        let mut never = Vec::new();
        for of in named(self, subject)? {
            for one in what {
                never.push(match one {
                    Happens::Opened => Deed::Opened(of),
                    Happens::Word(word) => Deed::Happened(of, self.reading.happening(of, word)?),
                });
            }
        }
        Some(never)
    }

    fn attempts(
        &mut self,
        most: &ast::Count,
        of: &ast::Name,
        before: Option<&ast::PromisedCause>,
    ) -> Option<Form> {
        let most = self.reading.number(most);
        let before = self.before(before)?;
        let id = self.reading.obligation(of)?;
        if self.protocol.obligations.row(id).kind != Kind::Visit {
            let message = say!("`{name}` is no visit, and only visits are attempted", name = of.text);
            let word = self.reading.usual_word(id);
            let help = say!("write for instance `at most 3 times {name} is {word}`", name = of.text, word);
            self.error(Finding::WrongKind, of.span, message, help);
            return None;
        }
        Some(Form::Bounded { most, counted: attempted(id), anew: Some(id), before })
    }

    fn before(&mut self, before: Option<&ast::PromisedCause>) -> Option<Vec<Deed>> {
        before.map_or(Some(Vec::new()), |before| deeds(self, before))
    }

    fn ending(&mut self, ending: &WrittenEnding) -> Option<Ending> {
        match ending {
            WrittenEnding::Closed => Some(Ending::Closed),
            WrittenEnding::In(name) => self.reading.end(name).map(Ending::In),
        }
    }

    fn start(&mut self, of: Option<&ast::Anchor>) -> Option<Start> {
        let Some(of) = of else { return Some(Start::Report) };
        let trigger = self.protocol.find_trigger(&of.name.text);
        match self.reading.anchor(of)? {
            Anchor::Report if trigger.is_some() => trigger.map(Start::Trigger),
            Anchor::Report => Some(Start::Report),
            Anchor::Happened(of, on) => Some(Start::Deed(Deed::Happened(of, on))),
            Anchor::Event(event) => Some(Start::Deed(Deed::Event(event))),
            Anchor::Opening | Anchor::Field(_) => None,
        }
    }

    fn term(&mut self, length: &ast::Length, regime: Option<&ast::Name>) -> Term {
        let length: Length = self.reading.length(length);
        Term { length, regime: self.reading.regime(regime) }
    }

    fn when(&mut self, when: Option<&ast::Expr>) -> Expr {
        when.map_or(Expr::True, |when| self.reading.condition(when))
    }
}

impl From<Occurrence> for Deed {
    fn from(occurrence: Occurrence) -> Self {
        match occurrence {
            Occurrence::Obligation(of, on) => Self::Happened(of, on),
            Occurrence::Event(event) => Self::Event(event),
        }
    }
}
