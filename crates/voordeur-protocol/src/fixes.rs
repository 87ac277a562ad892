//! Changes of the text that mend what the checks have found.
//!
//! A check sees the model and not the text. Here its findings meet the text again, by their places.

use voordeur_diagnostics::{Applicability, Diagnostic, Edit, Fix, Rule, Span};
use voordeur_messages::Lang;
use voordeur_syntax::ast::{self, Item, Statement, Target, When};
use voordeur_syntax::vocabulary::spelled;

/// Adds the fixes that can be told to the findings about a pathway.
pub(crate) fn add(text: &str, pathway: &ast::Pathway, findings: &mut [Diagnostic]) {
    let place = Place { text, pathway, spelling: pathway.spelling };
    for finding in findings.iter_mut().filter(|finding| finding.fix.is_none()) {
        finding.fix = match finding.rule {
            Rule::GapInGuards => place.otherwise(finding.span),
            Rule::DeadlineWithoutAnswer | Rule::UnhandledOutcome => place.answer(finding),
            Rule::UnusedAllow => Some(place.without_line(finding.span)),
            _ => None,
        };
    }
    whichever_was_meant(text, findings);
}

/// A name that is used more than once and declared nowhere, beside a name that is declared and used nowhere: the slip is
/// rather in the declaration. No fix of these is certain.
fn whichever_was_meant(text: &str, findings: &mut [Diagnostic]) {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let times = |word: &str| text.split(|c| !is_word(c)).filter(|one| *one == word).count();
    for finding in findings.iter_mut().filter(|finding| finding.rule == Rule::UnknownName) {
        let Some(fix) = &mut finding.fix else { continue };
        let spread = |edit: &Edit| times(&edit.replacement) == 1 && times(edit.span.of(text)) > 1;
        if fix.applicability == Applicability::Safe && fix.edits.iter().any(spread) {
            fix.applicability = Applicability::Unsafe;
        }
    }
}

/// Whether a help names a stage, and what it has to answer before it.
fn is_named(help: &str, stage: &str) -> bool {
    help.split('`').skip(3).step_by(2).any(|name| name == stage)
}

struct Place<'a> {
    text: &'a str,
    pathway: &'a ast::Pathway,
    spelling: Lang,
}

impl<'a> Place<'a> {
    /// A rule below the last one, for the households that are left. It only has to lead somewhere: where, people
    /// have to say.
    fn otherwise(&self, rule: Span) -> Option<Fix> {
        let otherwise = spelled("otherwise", self.spelling);
        let line = match self.guarded(rule)? {
            (condition, None) => {
                let before = Span { start: rule.start, end: condition.start }.of(self.text).trim_end();
                let cause = before.rsplit_once(char::is_whitespace)?.0.trim_end();
                format!("{cause} {otherwise} -> {}", self.an_end()?)
            }
            (_, Some(target)) => format!("{otherwise} -> {target}"),
        };
        Some(self.below(rule, &line))
    }

    /// The condition of a rule, and where it leads when it is a branch of a trigger.
    fn guarded(&self, rule: Span) -> Option<(Span, Option<&'a str>)> {
        let statement = self.statements().find(|statement| statement.span == rule);
        if let Some(Statement::On { case: When::If(condition), .. }) = statement.map(|found| &found.node) {
            return Some((condition.span, None));
        }
        let triggers = self.pathway.items.iter().filter_map(|item| match &item.node {
            Item::Trigger(trigger) => Some(&trigger.branches),
            _ => None,
        });
        let branch = triggers.flatten().find(|branch| branch.span == rule)?;
        match (&branch.case, &branch.target) {
            (When::If(condition), Target::Named(name)) => Some((condition.span, Some(&name.text))),
            _ => None,
        }
    }

    /// A rule below the line that opens the obligation, or at the end of the stage in which it comes. The help names what
    /// it has to answer. To tell the lead is
    /// the least that can be done when a term is missed; after an outcome the case has to go on.
    fn answer(&self, finding: &Diagnostic) -> Option<Fix> {
        let name = finding.span.of(self.text);
        let statement = self.statements().find(|statement| {
            matches!(statement.node, Statement::Open { .. })
                && statement.span.start <= finding.span.start
                && finding.span.end <= statement.span.end
        })?;
        let (_, happening) = finding.help.as_ref()?.split_once(&format!(" {name} "))?;
        let happening: String = happening.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let answer = match finding.rule {
            Rule::DeadlineWithoutAnswer => self.tell_lead()?,
            _ => format!("-> {}", self.an_end()?),
        };
        let cause = format!("{} {name} {happening}", spelled("on", self.spelling));
        let within = |one: &ast::Spanned<Statement>| one.span == statement.span;
        let own = self.stages().find(|stage| stage.statements.iter().any(within));
        let meant = self
            .stages()
            .find(|stage| finding.help.as_ref().is_some_and(|help| is_named(help, &stage.name.text)));
        let stage = meant.or(own)?;
        let above = if stage.statements.iter().any(within) { statement } else { stage.statements.last()? };
        Some(match self.rule_beside(stage, &cause) {
            Some(rule) => {
                let end = rule.range().end;
                Fix::new(Applicability::ShowOnly, Span::new(end, end), format!(" {answer}"))
            }
            None => self.below(above.span, &format!("{cause} {answer}")),
        })
    }

    /// A rule of the same stage on a cause that leads nowhere yet.
    fn rule_beside(&self, stage: &ast::Stage, cause: &str) -> Option<Span> {
        let is_it = |one: &&ast::Spanned<Statement>| {
            let words = one.span.of(self.text).split_whitespace().take(3).collect::<Vec<_>>().join(" ");
            matches!(one.node, Statement::On { target: None, .. }) && words == cause
        };
        stage.statements.iter().find(is_it).map(|rule| rule.span)
    }

    fn stages(&self) -> impl Iterator<Item = &'a ast::Stage> {
        self.pathway.items.iter().filter_map(|item| match &item.node {
            Item::Stage(stage) => Some(stage),
            _ => None,
        })
    }

    fn tell_lead(&self) -> Option<String> {
        let lead = self.pathway.items.iter().find_map(|item| match &item.node {
            Item::Lead(name) => Some(&name.text),
            _ => None,
        })?;
        Some(format!("{} {lead}", spelled("notify", self.spelling)))
    }

    /// An end that does not claim success, when there is one.
    fn an_end(&self) -> Option<&'a str> {
        let ends = || {
            self.pathway.items.iter().filter_map(|item| match &item.node {
                Item::End { name, kind, .. } => Some((name.text.as_str(), kind.text.as_str())),
                _ => None,
            })
        };
        let success = |kind: &str| matches!(kind, "success" | "geslaagd");
        ends().find(|(_, kind)| !success(kind)).or_else(|| ends().next()).map(|(name, _)| name)
    }

    /// A line of its own below another one, as far from the edge.
    fn below(&self, above: Span, line: &str) -> Fix {
        let end = above.range().end;
        let line = format!("\n{}{line}", self.indent(above));
        Fix::new(Applicability::ShowOnly, Span::new(end, end), line)
    }

    /// The blanks before a place on its line.
    fn indent(&self, span: Span) -> String {
        let line = self.line_before(span);
        line.chars().take_while(|c| matches!(c, ' ' | '\t')).collect()
    }

    fn line_before(&self, span: Span) -> &'a str {
        let before = self.text.get(..span.range().start).unwrap_or_default();
        before.rsplit('\n').next().unwrap_or_default()
    }

    /// Takes something out, with its line when nothing else stands there. With a comment in it or behind it that is for people to do.
    fn without_line(&self, span: Span) -> Fix {
        let (before, range) = (self.line_before(span), span.range());
        let after = self.text.get(range.end..).unwrap_or_default();
        let rest = after.split_inclusive('\n').next().unwrap_or_default();
        let alone = before.trim().is_empty() && rest.trim().is_empty();
        let place = if alone { Span::new(range.start - before.len(), range.end + rest.len()) } else { span };
        // What stands behind it on its line says something of it as well.
        let comment = place.of(self.text).contains('#') || rest.trim_start().starts_with('#');
        Fix::new(if comment { Applicability::Unsafe } else { Applicability::Safe }, place, "")
    }

    fn statements(&self) -> impl Iterator<Item = &'a ast::Spanned<Statement>> {
        self.pathway.items.iter().flat_map(|item| match &item.node {
            Item::Stage(stage) => stage.statements.as_slice(),
            Item::Always(statements) => statements,
            Item::Aftercare(care) => &care.statements,
            _ => &[],
        })
    }
}
