//! What a file declares, clause by clause.

use std::ops::Range;

use voordeur_syntax::ast::{File, Item, Name, Pathway};
use voordeur_syntax::parse;

use crate::canonical::Canonical;
use crate::parts::{lines_of, parts};
use crate::token::{Token, tokens};

/// A part of a declaration: a statement, or what stands before or between them.
#[derive(Debug, Clone)]
pub(crate) struct Clause {
    pub(crate) words: Vec<String>,
    /// Its line in the file, counted from 1.
    pub(crate) line: u32,
    /// As the file spells it, where that is not English.
    pub(crate) spelled: Option<String>,
}

/// What is counted.
const COUNTED: [&str; 7] = ["minutes", "hours", "days", "weeks", "months", "years", "times"];

impl Clause {
    /// As one reads it.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for word in &self.words {
            let glued = text.is_empty() || text.ends_with('(') || matches!(word.as_str(), "," | ")" | ";");
            if !glued {
                text.push(' ');
            }
            text.push_str(word);
        }
        text
    }

    /// Its words, `1 time` and `1 times` alike: the other spelling has one word for both.
    pub(crate) fn in_one_number(&self) -> Vec<&str> {
        let is_number = |at: Option<usize>| {
            let word = at.and_then(|at| self.words.get(at));
            word.is_some_and(|word| word.chars().all(|one| one.is_ascii_digit()))
        };
        let plain = |(at, word): (usize, &'_ String)| {
            let counted = is_number(at.checked_sub(1)) || is_number(at.checked_sub(2));
            counted && COUNTED.contains(&word.as_str())
        };
        let all = self.words.iter().enumerate();
        all.map(|(at, word)| if plain((at, word)) { word.trim_end_matches('s') } else { word }).collect()
    }

    /// Whether it is the same but for what is only said to people.
    pub(crate) fn is_as(&self, other: &Self) -> bool {
        // The names of plugins, and what they are given, stand in quotes as well; so does what is imported.
        let means = ["plugin", "with", "import"];
        let unquoted = |one: &Self| {
            let all = one.words.iter().filter(|word| !word.starts_with('"'));
            all.cloned().collect::<Vec<_>>()
        };
        unquoted(self) == unquoted(other) && !self.words.iter().any(|word| means.contains(&word.as_str()))
    }
}

/// Something that a file declares.
#[derive(Debug, Clone)]
pub(crate) struct Declaration {
    /// The word of the language that it begins with, in English.
    pub(crate) kind: String,
    /// The same as the file spells it, where that is not English.
    pub(crate) spelled_kind: Option<String>,
    /// Its name; for what has none the number of its kind.
    pub(crate) name: String,
    /// In which pathway or module it stands.
    pub(crate) within: String,
    /// What it was called in the version before.
    pub(crate) was: Option<String>,
    pub(crate) clauses: Vec<Clause>,
    /// Its line in the file, counted from 1.
    pub(crate) line: u32,
}

/// Something that has another name than before, as the file says with `was`.
#[derive(Debug, Clone)]
pub(crate) struct Renaming {
    /// The word of the language before its name, in English.
    pub(crate) what: String,
    /// The same as the file spells it, where that is not English.
    pub(crate) spelled_what: Option<String>,
    pub(crate) now: String,
    pub(crate) then: String,
    /// Its line in the file, counted from 1.
    pub(crate) line: u32,
}

/// Everything that a file declares, in its order; and what has another name, wherever it stands.
pub(crate) fn declarations(canonical: &Canonical) -> (Vec<Declaration>, Vec<Renaming>) {
    let mut found = read(&canonical.file, &canonical.text, &canonical.lines);
    if !canonical.is_english() {
        spell(&mut found, read_as_spelled(canonical.as_spelled()));
    }
    found
}

/// The same of the file in its own spelling; its lines are not asked for.
fn read_as_spelled(text: &str) -> (Vec<Declaration>, Vec<Renaming>) {
    let lines = vec![0; tokens(text).len()];
    read(&parse(text).file, text, &lines)
}

/// Says how each part is spelled, where both were read alike.
fn spell(
    (found, renamings): &mut (Vec<Declaration>, Vec<Renaming>),
    (spelled, others): (Vec<Declaration>, Vec<Renaming>),
) {
    if found.len() == spelled.len() {
        for (one, own) in found.iter_mut().zip(spelled) {
            // What begins with no word of its own in the one spelling has none in the other.
            let first = own.clauses.first().and_then(|clause| clause.words.first()).cloned();
            one.spelled_kind = if OF_THE_FILE.contains(&one.kind.as_str()) { first } else { Some(own.kind) };
            if one.clauses.len() == own.clauses.len() {
                one.clauses.iter_mut().zip(own.clauses).for_each(|(one, own)| one.spelled = Some(own.text()));
            }
        }
    }
    if renamings.len() == others.len() {
        renamings.iter_mut().zip(others).for_each(|(one, own)| one.spelled_what = Some(own.what));
    }
}

fn read(file: &File, text: &str, lines: &[u32]) -> (Vec<Declaration>, Vec<Renaming>) {
    let all = tokens(text);
    let read = Reader { all: &all, lines };
    let mut found = Vec::new();
    let renamings = file.pathways.iter().flat_map(|pathway| &pathway.renames);
    let renamings = renamings.map(|(now, then)| read.renaming(now, then)).collect();
    for pathway in &file.pathways {
        pathway_itself(&read, pathway, &mut found);
        let home = Home { within: &pathway.name.text, renames: &pathway.renames };
        let items = pathway.items.iter().map(|item| (&item.node, item.span.range()));
        items.for_each(|(item, range)| declared(&read, home, item, range, &mut found));
    }
    for module in &file.modules {
        let home = Home { within: &module.name.text, renames: &[] };
        let items = module.items.iter().map(|item| (&item.node, item.span.range()));
        items.for_each(|(item, range)| declared(&read, home, item, range, &mut found));
    }
    for import in &file.imports {
        found.extend(read.declaration(Home::file(), "import", &import.text, (import.span.range(), &[])));
    }
    for one in &file.scenarios {
        let lines = lines_of(&one.lines);
        found.extend(read.declaration(Home::file(), "scenario", &one.title.text, (one.span.range(), &lines)));
    }
    for one in &file.promises {
        let lines = lines_of(&one.statements);
        found.extend(read.declaration(Home::file(), "promise", &one.title.text, (one.span.range(), &lines)));
    }
    numbered(&mut found);
    (found, renamings)
}

/// What is said before the first brace.
fn pathway_itself(read: &Reader<'_>, pathway: &Pathway, found: &mut Vec<Declaration>) {
    let start = pathway.span.range().start;
    let brace = read.all.iter().find(|token| token.at >= start && token.text == "{").map(|token| token.at);
    let end = brace.unwrap_or(pathway.span.range().end);
    found.extend(read.declaration(Home::file(), "pathway", &pathway.name.text, (start..end, &[])));
}

/// In which pathway or module something stands, and what has another name there.
#[derive(Clone, Copy)]
struct Home<'a> {
    within: &'a str,
    renames: &'a [(Name, Name)],
}

impl Home<'_> {
    const fn file() -> Self {
        Self { within: "", renames: &[] }
    }
}

fn declared(
    read: &Reader<'_>,
    home: Home<'_>,
    item: &Item,
    range: Range<usize>,
    found: &mut Vec<Declaration>,
) {
    if let Item::Data(fields) = item {
        let all = fields.iter();
        return found.extend(
            all.filter_map(|one| read.declaration(home, "field", &one.name.text, (one.span.range(), &[]))),
        );
    }
    let mut words = read.within(&range).map(|(token, _)| token.text);
    let kind = words.next().unwrap_or_default();
    let name = if is_named(item) { words.next().unwrap_or_default() } else { "" };
    found.extend(read.declaration(home, kind, name, (range.clone(), &parts(item))));
}

const fn is_named(item: &Item) -> bool {
    matches!(
        item,
        Item::Agency { .. }
            | Item::Measure(_)
            | Item::Role(_)
            | Item::Trigger(_)
            | Item::Event { .. }
            | Item::Obligation(_)
            | Item::Escalation(_)
            | Item::Stage(_)
            | Item::Aftercare(_)
            | Item::End { .. }
            | Item::Setting { .. }
    )
}

/// What has no name is told apart by its place among its kind.
fn numbered(all: &mut [Declaration]) {
    let mut seen: Vec<(String, String, String)> = Vec::new();
    for one in all {
        let key = (one.within.clone(), one.kind.clone(), one.name.clone());
        let before = seen.iter().filter(|known| **known == key).count();
        seen.push(key);
        if before > 0 {
            one.name = format!("{} {}", one.name, before + 1).trim().to_owned();
        }
    }
}

/// What is called so whatever word it begins with.
const OF_THE_FILE: [&str; 4] = ["pathway", "import", "scenario", "promise"];

/// What an aftercare begins with, in each spelling.
const AFTERCARE: [&str; 2] = ["aftercare", "nazorg"];

/// What a contact of it begins with.
const HOW: [&str; 4] = ["visit", "call", "huisbezoek", "bel"];

/// The word for a visit or a call, taken from the end of what stands before a contact.
fn with_how(clauses: &mut Vec<(Option<usize>, Clause)>) -> Option<String> {
    let (_, before) = clauses.last_mut().filter(|(part, _)| part.is_none())?;
    let how = before.words.pop_if(|word| HOW.contains(&word.as_str()));
    if before.words.is_empty() {
        clauses.pop();
    }
    how
}

struct Reader<'t> {
    all: &'t [Token<'t>],
    lines: &'t [u32],
}

impl<'t> Reader<'t> {
    fn within(&self, range: &Range<usize>) -> impl Iterator<Item = (&'t Token<'t>, u32)> {
        let range = range.clone();
        self.all.iter().zip(self.lines.iter().copied()).filter(move |(token, _)| range.contains(&token.at))
    }

    fn renaming(&self, now: &Name, then: &Name) -> Renaming {
        let at = self.all.iter().position(|token| token.at >= now.span.range().start);
        let what = at.and_then(|at| self.all.get(at.checked_sub(1)?)).map_or("", |token| token.text);
        let line = at.and_then(|at| self.lines.get(at)).copied().unwrap_or(1);
        let (now, then) = (now.text.clone(), then.text.clone());
        Renaming { what: what.to_owned(), spelled_what: None, now, then, line }
    }

    fn declaration(
        &self,
        home: Home<'_>,
        kind: &str,
        name: &str,
        (range, parts): (Range<usize>, &[Range<usize>]),
    ) -> Option<Declaration> {
        let Home { within, renames } = home;
        let mut clauses: Vec<(Option<usize>, Clause)> = Vec::new();
        let mut skip = 0;
        let all: Vec<_> = self.within(&range).collect();
        for (at, (token, line)) in all.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| all.get(at)).map(|(token, _)| token.text);
            let is_renamed = |(now, _): &(Name, Name)| Some(now.text.as_str()) == before;
            if token.text == "was" && renames.iter().any(is_renamed) {
                skip = 2;
            }
            let part = parts.iter().position(|part| part.contains(&token.at));
            let frames = part.is_none() && matches!(token.text, "{" | "}");
            if skip > 0 || frames {
                skip = u32::saturating_sub(skip, 1);
                continue;
            }
            match clauses.last_mut().filter(|(own, _)| *own == part) {
                Some((_, clause)) => clause.words.push(token.text.to_owned()),
                None => {
                    // A contact is read from its name on: what it is, a visit or a call, stands before that.
                    let is_contact = part.is_some() && AFTERCARE.contains(&kind);
                    let how = if is_contact { with_how(&mut clauses) } else { None };
                    let words = how.into_iter().chain([token.text.to_owned()]).collect();
                    clauses.push((part, Clause { words, line: *line, spelled: None }));
                }
            }
        }
        let line = clauses.first()?.1.line;
        let was = renames.iter().find(|(now, _)| now.text == name).map(|(_, then)| then.text.clone());
        let clauses = clauses.into_iter().map(|(_, clause)| clause).collect();
        let (kind, name, within) = (kind.to_owned(), name.to_owned(), within.to_owned());
        Some(Declaration { kind, spelled_kind: None, name, within, was, clauses, line })
    }
}
