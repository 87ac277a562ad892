//! From the text of a file to protocols that may run.

use std::collections::BTreeSet;
use voordeur_messages::say;

use jiff::civil::Date;
use voordeur_diagnostics::{Diagnostic, LineIndex, Rule, Sources, Span};
use voordeur_syntax::ast;
use voordeur_syntax::vocabulary::HAPPENINGS;

use crate::allow::{self, Allow, Allowed};
use crate::assemble::{Assembled, Load, assemble};
use crate::checked::{CheckedProtocol, Edition};
use crate::checks::{self, Judge, believe};
use crate::editions::{in_force, is_in_each, of_editions};
use crate::fixes;
use crate::lower::{Lowered, Place, lower};
use crate::model::Protocol;
use crate::starting::circles;

/// So many errors are told.
const MOST_ERRORS: usize = 200;

/// What compiling a file gives.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// The pathways without errors, in the order of the file.
    pub protocols: Vec<CheckedProtocol>,
    /// The scenarios of the file, as written.
    pub scenarios: Vec<ast::Scenario>,
    /// The promises of the file, as written.
    pub promises: Vec<ast::Promise>,
    /// The files that were read.
    pub sources: Sources,
    /// How many of the pathways are of the first file.
    own: usize,
    /// All that was found, in the order of the file.
    pub problems: Vec<Diagnostic>,
    /// The warnings that the files allow: they are not among the problems.
    pub allowed: Vec<Allowed>,
    /// What the files allow, and until when.
    pub allows: Vec<Allow>,
    /// For each pathway what it seems to allow in vain: that is known when all cases have been looked at.
    later: Vec<(String, Diagnostic)>,
}

impl Compiled {
    /// Whether the file has an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(Diagnostic::is_error)
    }

    /// Adds a finding for whatever the files allow although its last day has passed. That is for whoever checks
    /// a file on that day; a pathway that runs goes on running.
    pub fn expire(&mut self, today: Date) {
        let expired = allow::expired(&self.allows, today);
        self.renew(today);
        let told = |problem: &Diagnostic| expired.iter().any(|expired| expired.span == problem.span);
        self.problems.retain(|problem| problem.rule != Rule::UnusedAllow || !told(problem));
        self.problems.extend(expired);
        self.in_order();
    }

    /// What an expired `allow` allowed is allowed by another one that covers it: the decision was renewed.
    fn renew(&mut self, today: Date) {
        self.allows.sort_by_key(|allow| allow.until < today);
        for allowed in &mut self.allowed {
            let Some(old) = self.allows.iter().find(|allow| allow.span == allowed.by) else { continue };
            let same = self.allows.iter().filter(|allow| allow.pathway == old.pathway).cloned();
            let (_, anew) = allow::sift(&same.collect::<Vec<_>>(), vec![allowed.warning.clone()]);
            if let Some(anew) = anew.into_iter().next() {
                *allowed = anew;
            }
        }
        self.forget_used();
    }

    /// What is used after all is not told as unused.
    fn forget_used(&mut self) {
        let used = |problem: &Diagnostic| {
            problem.rule == Rule::UnusedAllow && self.allowed.iter().any(|allowed| allowed.by == problem.span)
        };
        self.problems.retain(|problem| !used(problem));
    }

    /// To be said of a pathway when everything that can happen to its cases has been looked at, and what was found is
    /// admitted: then it is known what it allows in vain of what only that look finds.
    pub fn settle(&mut self, pathway: &str) {
        for last in [false, true] {
            let told = |span: Span| {
                let by = self.allowed.iter().any(|allowed| allowed.by == span);
                by || self.problems.iter().any(|one| one.rule == Rule::ExpiredAllow && one.span == span)
            };
            let about = |allow: &Allow| (allow.rule == Rule::UnusedAllow) == last;
            let round = |span: Span| self.allows.iter().any(|allow| allow.span == span && about(allow));
            let mine =
                self.later.iter().filter(|(of, one)| of == pathway && round(one.span) && !told(one.span));
            let findings = mine.map(|(_, one)| one.clone()).collect();
            self.admit(pathway, findings);
        }
        self.later.retain(|(of, _)| of != pathway);
    }

    /// Takes in what others have found in a pathway, unless the pathway allows it.
    pub fn admit(&mut self, pathway: &str, findings: Vec<Diagnostic>) {
        let allows: Vec<Allow> =
            self.allows.iter().filter(|allow| allow.pathway == pathway).cloned().collect();
        let (told, allowed) = allow::sift(&allows, findings);
        self.problems.extend(told);
        self.allowed.extend(allowed);
        self.forget_used();
        self.in_order();
    }

    /// More errors than anybody reads at once are counted: what comes after them follows from the first ones.
    fn limit(&mut self) {
        let mut errors = self.problems.iter().enumerate().filter(|(_, one)| one.is_error());
        let Some((last, span)) = errors.nth(MOST_ERRORS).map(|(at, one)| (at, one.span)) else { return };
        let more = self.problems.len() - last;
        self.problems.truncate(last);
        let message = say!("there are {more} more problems; mend these first", more);
        self.problems.push(Diagnostic::error(Rule::TooManyProblems, span, message));
    }

    fn in_order(&mut self) {
        self.problems.sort_by(|a, b| (a.span, a.rule, &a.message).cmp(&(b.span, b.rule, &b.message)));
        self.problems.dedup();
        let place = |allowed: &Allowed| (allowed.warning.span, allowed.warning.rule);
        self.allowed.sort_by_key(place);
        self.allowed.dedup();
    }
}

/// Compiles the text of a pathway file that imports no other: reads it, resolves its names, checks it.
///
/// ```
/// let compiled = voordeur_protocol::compile("pathway small { lead nobody }");
/// assert!(compiled.has_errors());
/// assert!(compiled.protocols.is_empty());
/// ```
#[must_use]
pub fn compile(source: &str) -> Compiled {
    compile_with("", source, &mut |_, _| Err(say!("there is no such file or folder").into()))
}

/// The protocols of a text that names only what it declares, whether or not they pass the checks: for those who try
/// the checks themselves.
#[must_use]
pub fn unchecked(source: &str) -> Vec<Protocol> {
    let Assembled { sources, pathways, problems, .. } =
        assemble("", source, &mut |_, _| Err(say!("there is no such file or folder").into()));
    let lines = LineIndex::of(&sources);
    let lowered = pathways.iter().map(|pathway| {
        let (pathways, promises) = (pathways.as_slice(), [].as_slice());
        lower(Place { source: sources.text(), lines: &lines, pathways, promises, on: None }, pathway)
    });
    let sound = |lowered: &Lowered| !lowered.problems.iter().any(Diagnostic::is_error);
    let readable = !problems.iter().any(Diagnostic::is_error);
    lowered.filter(|lowered| readable && sound(lowered)).map(|lowered| lowered.protocol).collect()
}

/// Compiles a pathway file and all that it imports. Whatever the checks suspect is told.
#[must_use]
pub fn compile_with(name: &str, source: &str, load: &mut Load<'_>) -> Compiled {
    compile_judged(name, source, load, &mut believe)
}

/// The same, with somebody who decides what is so of what the checks suspect.
#[must_use]
pub fn compile_judged(name: &str, source: &str, load: &mut Load<'_>, judge: &mut Judge<'_>) -> Compiled {
    compile_for(Purpose::New, name, source, load, judge)
}

/// What a pathway is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// It is to run from now on: everything that is found counts.
    New,
    /// It runs already, and was checked by the program that stored it. What a later program finds in it, and
    /// what changes nothing of its meaning, is no reason to give up its cases.
    Stored,
}

fn compile_for(
    purpose: Purpose,
    name: &str,
    source: &str,
    load: &mut Load<'_>,
    judge: &mut Judge<'_>,
) -> Compiled {
    let Assembled { sources, pathways, own, for_others, scenarios, promises, problems, unsure } =
        assemble(name, source, load);
    let lines = LineIndex::of(&sources);
    let gaps = Gaps { readable: !problems.iter().any(Diagnostic::is_error), unsure };
    let mut compiled = Compiled {
        sources,
        protocols: Vec::new(),
        own,
        scenarios,
        promises,
        problems,
        allowed: Vec::new(),
        allows: Vec::new(),
        later: Vec::new(),
    };
    let bundle = bundle(&compiled.sources);
    let mut making = Making { purpose, bundle: &bundle, lines: &lines, pathways: &pathways, gaps, judge };
    for pathway in &pathways {
        compiled.pathway(&mut making, pathway);
    }
    if purpose == Purpose::New {
        compiled.without_circles();
    }
    if compiled.problems.is_empty() && pathways.is_empty() && !for_others {
        let problem =
            Diagnostic::error(Rule::MissingClause, Span::new(0, 0), say!("there is no pathway in this file"));
        compiled.problems.push(problem.help(say!("a file begins with `pathway name \"Title\" {`")));
    }
    compiled.in_order();
    compiled.limit();
    compiled
}

/// Compiles what [`CheckedProtocol::source`] gave: one file, or several as JSON. It was checked when it was
/// stored: what a later program would find in it does not count.
#[must_use]
pub fn compile_bundle(bundle: &str) -> Compiled {
    let one = |text: &str| {
        compile_for(
            Purpose::Stored,
            "",
            text,
            &mut |_, _| Err(say!("there is no such file or folder").into()),
            &mut believe,
        )
    };
    let Ok(files) = serde_json::from_str::<Vec<(String, String)>>(bundle) else { return one(bundle) };
    let Some((name, text)) = files.first() else { return one("") };
    let mut load = |from: &str, path: &str| {
        let wanted = beside(from, path);
        let found = files.iter().find(|(name, _)| *name == wanted);
        found.cloned().ok_or_else(|| say!("it was not stored").into())
    };
    compile_for(Purpose::Stored, name, text, &mut load, &mut believe)
}

/// The name of a file that another one imports: the path, from the folder of that one.
#[must_use]
pub fn beside(from: &str, path: &str) -> String {
    let folder = from.rsplit_once('/').map(|(folder, _)| folder);
    let mut parts: Vec<&str> = folder.map(|folder| folder.split('/').collect()).unwrap_or_default();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// One file as it is, several as a JSON array of names and texts.
fn bundle(sources: &Sources) -> String {
    let mut files = sources.files();
    match (files.next(), files.next()) {
        (Some(only), None) => only.text.to_owned(),
        _ => {
            let all: Vec<(&str, &str)> = sources.files().map(|file| (file.name, file.text)).collect();
            serde_json::to_string(&all).unwrap_or_default()
        }
    }
}

/// What the pathways of a file are made with.
struct Making<'m, 'j> {
    purpose: Purpose,
    bundle: &'m str,
    lines: &'m LineIndex,
    pathways: &'m [ast::Pathway],
    gaps: Gaps,
    judge: &'m mut Judge<'j>,
}

impl Compiled {
    /// Names are resolved also in a file with a slip of the pen, but what is missing because of it is not
    /// held against the rest; the checks need the whole.
    fn pathway(&mut self, making: &mut Making<'_, '_>, pathway: &ast::Pathway) {
        let Making { purpose, bundle, lines, pathways, ref gaps, ref mut judge } = *making;
        let mut looked = Vec::new();
        let (allows, mut found) = allow::of(pathway);
        let mut whole = true;
        let all = editions_of(pathway);
        for (from, is_in_force) in all.iter().copied().zip(in_force(&all, days_of_version(pathway))) {
            let (source, promises) = (self.sources.text(), self.promises.as_slice());
            let place = Place { source, lines, pathways, promises, on: from };
            let Lowered { protocol, spans, mut problems, contradictions, known } = lower(place, pathway);
            if purpose == Purpose::New {
                problems.extend(contradictions);
            }
            if !gaps.readable {
                problems.retain(|problem| !gaps.cause(self.sources.text(), problem));
            }
            let sound = gaps.readable && !problems.iter().any(Diagnostic::is_error);
            // Nobody can be reported under the others: of them only what is written is looked at.
            whole &= sound
                && purpose == Purpose::New
                && (!is_in_force || checks::run((&protocol, from), &spans, *judge, &mut problems));
            looked.push((sound, is_in_force, (from, protocol, spans, known), problems));
        }
        let of = |wanted: bool| -> Vec<Vec<Diagnostic>> {
            let all = looked.iter().filter(|(_, in_force, ..)| *in_force == wanted);
            all.map(|(.., problems)| problems.clone()).collect()
        };
        let (each, others) = (of(true), of(false));
        let wrong =
            |problems: &[Diagnostic]| problems.iter().any(|one| one.is_error() && is_in_each(one, &each));
        let is_usable = looked.iter().all(|(sound, .., problems)| *sound && !wrong(problems));
        // Cases of one edition are not played with the values of another one.
        let editions: Vec<Edition> =
            looked.into_iter().filter(|_| is_usable).map(|(_, _, edition, _)| edition).collect();
        found.extend(of_editions(&each));
        for problem in others.into_iter().flatten() {
            if !found.contains(&problem) {
                found.push(problem);
            }
        }
        self.sift(pathway, allows, found, whole);
        self.protocols.extend(CheckedProtocol::with_editions(editions, bundle));
    }

    /// Takes out the pathways whose cases start each other without end.
    fn without_circles(&mut self) {
        let found = circles(&self.protocols);
        let wrong: BTreeSet<usize> = found.iter().map(|(at, _)| *at).collect();
        self.problems.extend(found.into_iter().map(|(_, problem)| problem));
        self.own -= wrong.iter().filter(|at| **at < self.own).count();
        let mut numbers = 0..;
        self.protocols.retain(|_| numbers.next().is_none_or(|number| !wrong.contains(&number)));
    }

    /// Keeps what is found in a pathway; what it allows goes apart. Of a pathway that was not looked at as a
    /// `whole` nobody knows what it allows in vain.
    fn sift(&mut self, pathway: &ast::Pathway, allows: Vec<Allow>, found: Vec<Diagnostic>, whole: bool) {
        let (mut told, mut allowed) = allow::sift(&allows, found);
        // What an error hides may be what is allowed.
        if whole && !told.iter().any(Diagnostic::is_error) {
            let (unused, mut later) = allow::unused(pathway.span, &allows, &mut allowed);
            told.extend(unused);
            fixes::add(self.sources.text(), pathway, &mut later);
            self.later.extend(later.into_iter().map(|one| (pathway.name.text.clone(), one)));
        }
        fixes::add(self.sources.text(), pathway, &mut told);
        self.problems.extend(told);
        self.allowed.extend(allowed);
        self.allows.extend(allows);
    }

    /// The pathways of the first file; the others are of files that it imports.
    #[must_use]
    pub fn own(&self) -> &[CheckedProtocol] {
        self.protocols.get(..self.own.min(self.protocols.len())).unwrap_or_default()
    }
}

/// The first and the last day of the reports that a version takes, where it names them.
fn days_of_version(pathway: &ast::Pathway) -> [Option<Date>; 2] {
    let dates = pathway.items.iter().find_map(|item| match &item.node {
        ast::Item::Version { from, until, .. } => Some([from, until]),
        _ => None,
    });
    let day = |date: &Option<ast::Spanned<ast::Date>>| {
        let ast::Date { year, month, day } = date.as_ref()?.node;
        Date::new(year, month, day).ok()
    };
    dates.map_or([None, None], |dates| dates.map(day))
}

/// The days from which a setting has another value; first of all there is what holds before them.
fn editions_of(pathway: &ast::Pathway) -> Vec<Option<Date>> {
    let values = pathway.items.iter().filter_map(|item| match &item.node {
        ast::Item::Setting { values, .. } => Some(values),
        _ => None,
    });
    let mut days: Vec<Option<Date>> = values
        .flatten()
        .filter_map(|(from, _)| from.and_then(|day| Date::new(day.year, day.month, day.day).ok()))
        .map(Some)
        .collect();
    days.push(None);
    days.sort();
    days.dedup();
    days
}

/// What could not be read.
struct Gaps {
    /// Whether everything could.
    readable: bool,
    /// What stands beside something that could not.
    unsure: Vec<Span>,
}

impl Gaps {
    /// Whether a problem may be there only because a part of the file could not be read.
    fn cause(&self, source: &str, problem: &Diagnostic) -> bool {
        let beside = |gap: &Span| gap.start <= problem.span.start && problem.span.end <= gap.end;
        // A word of the language is no slip of the pen for another one.
        let is_word = || HAPPENINGS.iter().flatten().any(|word| *word == problem.span.of(source));
        match problem.rule {
            Rule::MisplacedClause => true,
            Rule::UnknownName | Rule::MissingClause if problem.fix.is_none() || is_word() => true,
            _ => self.unsure.iter().any(beside),
        }
    }
}
