//! `allow RULE until DATE because "…"`: warnings that are known and accepted, for a reason and for a time.
//!
//! An `allow` holds for its pathway, or for the block in which it stands. Nothing here knows which day it is:
//! a pathway that runs goes on running when an `allow` ends, and only who checks it asks what has expired.

use jiff::civil::Date;
use voordeur_diagnostics::{Diagnostic, Rule, Span, closest};
use voordeur_messages::say;
use voordeur_syntax::ast::{self, Item, Statement};

/// An `allow` that may stand: it names a rule that warns, and a day that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allow {
    /// The pathway in which it stands.
    pub pathway: String,
    /// The rule whose warnings it allows.
    pub rule: Rule,
    /// The last day on which it holds.
    pub until: Date,
    /// Why.
    pub because: String,
    /// The whole line.
    pub span: Span,
    /// Where it holds: a block; `None` is the whole pathway.
    pub within: Option<Span>,
}

/// A warning that is not told, because an `allow` says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// The warning.
    pub warning: Diagnostic,
    /// Why it is not told.
    pub because: String,
    /// Until when, that day included.
    pub until: Date,
    /// The `allow`.
    pub by: Span,
}

impl Allow {
    fn covers(&self, finding: &Diagnostic) -> bool {
        let inside = finding.span != self.span
            && self.within.is_none_or(|block| {
                block.start <= finding.span.start && finding.span.start < block.end.max(block.start + 1)
            });
        !finding.is_error() && finding.rule == self.rule && inside
    }

    fn silence(&self, warning: Diagnostic) -> Allowed {
        Allowed { warning, because: self.because.clone(), until: self.until, by: self.span }
    }

    /// The finding that it has expired, when that is so on this day.
    fn expired(&self, today: Date) -> Option<Diagnostic> {
        let message = say!(
            "`{rule}` was allowed until {until}, and that day has passed",
            rule = self.rule,
            until = self.until
        );
        let problem = Diagnostic::new(Rule::ExpiredAllow, self.span, message);
        (self.until < today).then(|| {
            problem.help(say!("mend what it is about, or decide anew: {because}", because = self.because))
        })
    }

    fn unused(&self) -> Diagnostic {
        Diagnostic::new(
            Rule::UnusedAllow,
            self.span,
            say!("there is no warning `{rule}` here that is allowed by this", rule = self.rule),
        )
        .help(say!("take the line out"))
    }
}

/// Every `allow` of a pathway, and what is wrong with those that may not stand.
pub(crate) fn of(pathway: &ast::Pathway) -> (Vec<Allow>, Vec<Diagnostic>) {
    let (mut allows, mut problems) = (Vec::new(), Vec::new());
    for (written, within) in written(pathway) {
        match one(&pathway.name.text, written, within) {
            Ok(allow) => allows.extend(allow),
            Err(problem) => problems.push(*problem),
        }
    }
    (allows, problems)
}

/// As written, with the block in which it stands.
fn written(pathway: &ast::Pathway) -> Vec<(&ast::Allow, Option<Span>)> {
    let mut found = Vec::new();
    for item in &pathway.items {
        let statements = match &item.node {
            Item::Allow(allow) => {
                found.push((allow, None));
                continue;
            }
            Item::Stage(stage) => &stage.statements,
            Item::Always(statements) => statements,
            Item::Aftercare(care) => &care.statements,
            _ => continue,
        };
        found.extend(statements.iter().filter_map(|statement| match &statement.node {
            Statement::Allow(allow) => Some((allow, Some(item.span))),
            _ => None,
        }));
    }
    found
}

/// `None` when its day does not exist: that has been told where it was read.
fn one(pathway: &str, written: &ast::Allow, within: Option<Span>) -> Result<Option<Allow>, Box<Diagnostic>> {
    let rule = rule(&written.rule)?;
    if written.because.text.trim().is_empty() {
        let problem = Diagnostic::new(
            Rule::MissingClause,
            written.because.span,
            say!("it does not say why `{rule}` is allowed", rule),
        );
        return Err(Box::new(problem.help(say!("write the reason between the quotes"))));
    }
    let ast::Date { year, month, day } = written.until.node;
    let Ok(until) = Date::new(year, month, day) else { return Ok(None) };
    let (pathway, because) = (pathway.to_owned(), written.because.text.clone());
    Ok(Some(Allow { pathway, rule, until, because, span: written.span, within }))
}

/// The rule that is named, when it is one that warns.
fn rule(name: &ast::Name) -> Result<Rule, Box<Diagnostic>> {
    let warns = |rule: &&Rule| rule.level() == Rule::UnusedAllow.level();
    match Rule::from_name(&name.text) {
        Some(rule) if warns(&&rule) => Ok(rule),
        Some(rule) => {
            let message = say!("`{rule}` is an error, and an error cannot be allowed", rule);
            let problem = Diagnostic::new(Rule::NotAllowable, name.span, message);
            Err(Box::new(problem.help(say!("mend it; only warnings are a matter of choice"))))
        }
        None => {
            let message = say!("there is no rule `{name}`", name = name.text);
            let near = closest(&name.text, Rule::ALL.iter().filter(warns).map(|rule| rule.name()));
            let problem = Diagnostic::new(Rule::UnknownName, name.span, message)
                .help(say!("`voordeur explain --list` names every rule"));
            Err(Box::new(problem.did_you_mean(near)))
        }
    }
}

/// Takes out the warnings that are allowed.
pub(crate) fn sift(allows: &[Allow], findings: Vec<Diagnostic>) -> (Vec<Diagnostic>, Vec<Allowed>) {
    let (mut told, mut allowed) = (Vec::new(), Vec::new());
    for finding in findings {
        match allows.iter().find(|allow| allow.covers(&finding)) {
            Some(allow) => allowed.push(allow.silence(finding)),
            None => told.push(finding),
        }
    }
    (told, allowed)
}

/// What is only found when everything that can happen to a case is looked at.
const fn is_found_later(rule: Rule) -> bool {
    matches!(rule, Rule::AlwaysOvertaken | Rule::VacuousPromise)
}

/// A warning for each `allow` that has nothing to allow, unless another one allows that: those that are known, and
/// those that are known when all cases have been looked at. What a pathway has from the one that it extends is not
/// held against it.
pub(crate) fn unused(
    pathway: Span,
    allows: &[Allow],
    allowed: &mut Vec<Allowed>,
) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
    let idle = |allowed: &[Allowed], last: bool| -> Vec<&Allow> {
        let own = |allow: &&Allow| pathway.start <= allow.span.start && allow.span.end <= pathway.end;
        let idle = |allow: &&Allow| !allowed.iter().any(|allowed| allowed.by == allow.span);
        let round = |allow: &&Allow| (allow.rule == Rule::UnusedAllow) == last;
        allows.iter().filter(own).filter(idle).filter(round).collect()
    };
    let told = |these: Vec<&Allow>| these.into_iter().map(Allow::unused).collect::<Vec<_>>();
    let (later, known): (Vec<_>, Vec<_>) =
        idle(allowed, false).into_iter().partition(|allow| is_found_later(allow.rule));
    let (mut known, more) = sift(allows, told(known));
    allowed.extend(more);
    let last = told(idle(allowed, true));
    let mut later = told(later);
    // Whether that is allowed in vain is known when the others are.
    if later.is_empty() {
        known.extend(last);
    } else {
        later.extend(last);
    }
    (known, later)
}

/// A finding for each `allow` whose last day has passed.
pub(crate) fn expired(allows: &[Allow], today: Date) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = allows.iter().filter_map(|allow| allow.expired(today)).collect();
    found.sort_by_key(|finding| finding.span);
    found.dedup();
    found
}
