//! What becomes of the cases that run when a version comes.
//!
//! The stages of the version before are not known here: what is said of them is looked up when the two meet.

use voordeur_diagnostics::{Diagnostic, Rule, Span};
use voordeur_messages::say;
use voordeur_syntax::ast::{self, SaysOfOpen};

use super::Lower;
use super::names::{Symbol, Wanted};
use crate::model::{ComesTo, Deadlines, OpenCases};

impl Lower<'_> {
    pub(super) fn open_cases(&mut self, block: &ast::OpenCases, span: Span) {
        let mut lowered = OpenCases { line: self.line(span), ..OpenCases::default() };
        for said in &block.says {
            match &said.node {
                SaysOfOpen::Deadlines { how, of } if of.is_empty() => {
                    if lowered.deadlines.replace(deadlines(*how)).is_some() {
                        self.said_twice(said.span);
                    }
                }
                SaysOfOpen::Deadlines { how, of } => {
                    for name in of {
                        let Some(obligation) = self.obligation(name) else { continue };
                        if lowered.of.iter().any(|(known, _)| *known == obligation) {
                            self.said_twice(name.span);
                        }
                        lowered.of.push((obligation, deadlines(*how)));
                    }
                }
                SaysOfOpen::Stage { from, to } => {
                    if lowered.stage(&from.text).is_some() {
                        self.said_twice(from.span);
                    }
                    let to = self.stage_of_open(to);
                    lowered.stages.extend(to.map(|to| (from.text.clone(), to)));
                }
            }
        }
        self.protocol.open_cases = Some(lowered);
    }

    fn stage_of_open(&mut self, to: &ast::Target) -> Option<ComesTo> {
        let ast::Target::Named(name) = to else { return Some(ComesTo::Back) };
        match self.resolve(name, Wanted::Stage)? {
            Symbol::Stage(id) => Some(ComesTo::Stage(id)),
            _ => None,
        }
    }

    fn said_twice(&mut self, span: Span) {
        let message = say!("what becomes of these open cases has been said already");
        let problem = Diagnostic::error(Rule::DeclaredTwice, span, message);
        self.problems.push(problem.help(say!("say it once")));
    }
}

const fn deadlines(how: ast::Deadlines) -> Deadlines {
    match how {
        ast::Deadlines::Keep => Deadlines::Keep,
        ast::Deadlines::FromStart => Deadlines::FromStart,
        ast::Deadlines::FromToday => Deadlines::FromToday,
    }
}
