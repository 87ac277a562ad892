//! From the files to whole pathways: imports are read, modules and extended pathways are put in.
//!
//! A pathway gets, in this order, what the modules of imported files declare, what the pathway that it
//! extends says, and what it says itself. What comes later takes the place of what has the same name.

use std::collections::BTreeSet;
use voordeur_messages::say;

use voordeur_diagnostics::{Diagnostic, Rule, Sources, Span, closest};
use voordeur_syntax::ast::{self, Item, Pathway, Spanned, Statement};
use voordeur_syntax::parse_at;
use voordeur_syntax::vocabulary::{EVENT_WORDS, EVENTS, HAPPENINGS};

/// Gives the text of an imported file: the name of the file that imports it, and the path that it writes.
/// The answer is the name of the imported file and its text, or why it cannot be read.
pub type Load<'a> = dyn FnMut(&str, &str) -> Result<(String, String), NotLoaded> + 'a;

/// Why a file cannot be brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotLoaded {
    /// What is wrong.
    pub why: String,
    /// What to do; none when it could not be found or opened.
    pub help: Option<String>,
}

impl From<String> for NotLoaded {
    fn from(why: String) -> Self {
        Self { why, help: None }
    }
}

/// Everything that was read.
#[derive(Debug, Default)]
pub(crate) struct Assembled {
    pub(crate) sources: Sources,
    /// The pathways of all files, whole; those of the first file come first.
    pub(crate) pathways: Vec<Pathway>,
    /// How many of them are of the first file.
    pub(crate) own: usize,
    /// Whether the first file has something for others: then it needs no pathway.
    pub(crate) for_others: bool,
    pub(crate) scenarios: Vec<ast::Scenario>,
    pub(crate) promises: Vec<ast::Promise>,
    pub(crate) problems: Vec<Diagnostic>,
    /// What stands beside something that could not be read.
    pub(crate) unsure: Vec<Span>,
}

/// A file with where it came from.
struct Read {
    file: ast::File,
    /// The files that it imports, by their position.
    imports: Vec<usize>,
}

pub(crate) fn assemble(name: &str, text: &str, load: &mut Load<'_>) -> Assembled {
    let mut assembled = Assembled::default();
    let files = assembled.read_all(name, text, load);
    let mut pathways = Vec::new();
    for (position, read) in files.iter().enumerate() {
        for pathway in &read.file.pathways {
            let mut whole = assembled.extended(pathway, &files, &mut BTreeSet::new());
            whole.items = merged(shared(&files, position), &whole.items);
            // What is left out is told where it is missed.
            let without = pathway.items.iter().filter(|item| matches!(item.node, Item::Without(_)));
            whole.items.extend(without.cloned());
            pathways.push(whole);
        }
        if position == 0 {
            assembled.own = pathways.len();
            assembled.for_others = !read.file.modules.is_empty();
            assembled.scenarios.clone_from(&read.file.scenarios);
            assembled.promises.clone_from(&read.file.promises);
        }
    }
    assembled.named_twice(&pathways);
    assembled.pathways = pathways;
    assembled
}

impl Assembled {
    /// A scenario, a promise, a case: each names a pathway, and means one.
    fn named_twice(&mut self, pathways: &[Pathway]) {
        for (at, pathway) in pathways.iter().enumerate() {
            let name = &pathway.name;
            let Some(first) = pathways.iter().take(at).find(|one| one.name.text == name.text) else {
                continue;
            };
            let message = say!("the pathway `{name}` is declared more than once", name = name.text);
            let problem = Diagnostic::error(Rule::DeclaredTwice, name.span, message)
                .label(first.name.span, say!("it is declared here first"))
                .help(say!("give one of the two another name, or a file of its own"));
            self.problems.push(problem);
        }
    }

    /// Reads the file and all that it imports, each file once.
    fn read_all(&mut self, name: &str, text: &str, load: &mut Load<'_>) -> Vec<Read> {
        let mut names: Vec<String> = vec![name.to_owned()];
        let mut files: Vec<Read> = vec![self.read(name, text)];
        let mut next = 0;
        while let Some(read) = files.get(next) {
            let from = names.get(next).cloned().unwrap_or_default();
            let mut imports = Vec::new();
            for wanted in read.file.imports.clone() {
                match load(&from, &wanted.text) {
                    Err(not_loaded) => self.problems.push(cannot_import(&wanted, not_loaded)),
                    Ok((name, text)) => {
                        let known = names.iter().position(|known| *known == name);
                        imports.push(known.unwrap_or(names.len()));
                        if known.is_none() {
                            files.push(self.read(&name, &text));
                            names.push(name);
                        }
                    }
                }
            }
            if let Some(read) = files.get_mut(next) {
                read.imports = imports;
            }
            next += 1;
        }
        files
    }

    fn read(&mut self, name: &str, text: &str) -> Read {
        let offset = self.sources.add(name, text);
        let parsed = parse_at(text, offset);
        self.problems.extend(parsed.problems);
        self.unsure.extend(parsed.unsure);
        Read { file: parsed.file, imports: Vec::new() }
    }

    /// A pathway with what it extends put in.
    fn extended(&mut self, pathway: &Pathway, files: &[Read], seen: &mut BTreeSet<String>) -> Pathway {
        let Some(base) = &pathway.extends else { return pathway.clone() };
        let all = || files.iter().flat_map(|read| &read.file.pathways);
        if !seen.insert(pathway.name.text.clone()) {
            let message = say!("`{name}` extends itself", name = pathway.name.text);
            self.problems.push(
                Diagnostic::error(Rule::EndlessLoop, base.span, message).help(say!("extend another pathway")),
            );
            return pathway.clone();
        }
        let Some(found) = all().find(|other| other.name.text == base.text) else {
            let near = closest(&base.text, all().map(|other| other.name.text.as_str()));
            let problem = Diagnostic::error(
                Rule::UnknownName,
                base.span,
                say!("there is no pathway `{base}`", base = base.text),
            )
            .help(say!("it stands in the same file, or in one that is imported"))
            .did_you_mean(near);
            self.problems.push(problem);
            return pathway.clone();
        };
        let mut whole = self.extended(found, files, seen);
        // Facts are told where they are carried out; what extends a pathway may leave that out.
        whole.items.retain(|item| !matches!(item.node, Item::Facts(_)));
        self.check_without(pathway, &whole);
        Pathway {
            title: pathway.title.clone().or(whole.title),
            items: merged(whole.items, &pathway.items),
            renames: whole.renames.into_iter().chain(pathway.renames.iter().cloned()).collect(),
            ..pathway.clone()
        }
    }

    /// `without x` names something that is there.
    fn check_without(&mut self, pathway: &Pathway, base: &Pathway) {
        let known: Vec<&str> =
            base.items.iter().filter_map(|item| name_of(&item.node)).map(|name| name.text.as_str()).collect();
        for item in &pathway.items {
            let Item::Without(names) = &item.node else { continue };
            for name in names.iter().filter(|name| !known.contains(&name.text.as_str())) {
                let message =
                    say!("`{name}` is not declared in `{name_2}`", name = name.text, name_2 = base.name.text);
                let near = closest(&name.text, known.iter().copied());
                self.problems
                    .push(Diagnostic::error(Rule::UnknownName, name.span, message).did_you_mean(near));
            }
        }
    }
}

fn cannot_import(wanted: &ast::Text, not_loaded: NotLoaded) -> Diagnostic {
    let why = not_loaded.why;
    let message = say!("{wanted} cannot be imported: {why}", wanted = format!("{:?}", wanted.text), why);
    let from_there = || say!("the path is taken from the folder of the file that imports it");
    Diagnostic::error(Rule::ImportFailed, wanted.span, message)
        .help(not_loaded.help.unwrap_or_else(from_there))
}

/// What the modules declare that a file sees: those of the files that it imports, and of those that they import.
fn shared(files: &[Read], position: usize) -> Vec<Spanned<Item>> {
    let mut seen = BTreeSet::from([position]);
    let mut waiting: Vec<usize> = files.get(position).map(|read| read.imports.clone()).unwrap_or_default();
    let mut items: Vec<Spanned<Item>> = own_modules(files, position);
    while let Some(next) = waiting.pop() {
        if seen.insert(next) {
            items = merged(own_modules(files, next), &items);
            waiting.extend(files.get(next).map(|read| read.imports.clone()).unwrap_or_default());
        }
    }
    items
}

fn own_modules(files: &[Read], position: usize) -> Vec<Spanned<Item>> {
    let modules = files.get(position).into_iter().flat_map(|read| &read.file.modules);
    modules.flat_map(|module| module.items.iter().cloned()).collect()
}

/// The second list put over the first: what has the same name takes its place, the rest is added. Two of the
/// same name in the second list both stay: that is a mistake, and is found later.
fn merged(base: Vec<Spanned<Item>>, over: &[Spanned<Item>]) -> Vec<Spanned<Item>> {
    let mut places: Vec<Option<Spanned<Item>>> = base.into_iter().map(Some).collect();
    let mut added: Vec<Spanned<Item>> = Vec::new();
    let mut replaced: BTreeSet<usize> = BTreeSet::new();
    for item in over {
        match &item.node {
            Item::Without(names) => leave_out(&mut places, names),
            Item::Data(fields) if add_fields(&mut places, fields) => {}
            Item::Always(rules) => {
                if !(replaced.insert(ALWAYS) && add_rules(&mut places, rules, item)) {
                    added.push(item.clone());
                }
            }
            _ => {
                let same =
                    |old: &Option<Spanned<Item>>| old.as_ref().is_some_and(|old| same(&old.node, &item.node));
                match places.iter().position(same).filter(|position| replaced.insert(*position)) {
                    Some(position) => put(&mut places, position, item),
                    None => added.push(item.clone()),
                }
            }
        }
    }
    places.into_iter().flatten().chain(added).collect()
}

fn put(places: &mut [Option<Spanned<Item>>], position: usize, item: &Spanned<Item>) {
    if let Some(place) = places.get_mut(position) {
        *place = Some(item.clone());
    }
}

fn leave_out(places: &mut [Option<Spanned<Item>>], names: &[ast::Name]) {
    for place in places {
        if place.as_ref().and_then(|item| name_of(&item.node)).is_some_and(|name| names.contains(name)) {
            *place = None;
        }
    }
}

/// Fields are changed one by one; `false` when there are none yet.
fn add_fields(places: &mut [Option<Spanned<Item>>], fields: &[ast::Field]) -> bool {
    let data = places.iter_mut().flatten().find_map(|old| match &mut old.node {
        Item::Data(data) => Some(data),
        _ => None,
    });
    let Some(data) = data else { return false };
    data.retain(|old| !fields.iter().any(|field| field.name == old.name));
    data.extend(fields.iter().cloned());
    true
}

/// Stands for `always` among the places that have been replaced: a second one of the same file is a mistake.
const ALWAYS: usize = usize::MAX;

/// The rules of `always` are changed one by one: one on the same cause under the same condition takes the
/// place of the other, the rest stays. `false` when there are none yet.
fn add_rules(
    places: &mut [Option<Spanned<Item>>],
    rules: &[Spanned<Statement>],
    item: &Spanned<Item>,
) -> bool {
    let always = places.iter_mut().flatten().find(|old| matches!(old.node, Item::Always(_)));
    let Some(Spanned { node: Item::Always(old), span }) = always else { return false };
    old.retain(|old| !rules.iter().any(|rule| same_rule(&old.node, &rule.node)));
    old.extend(rules.iter().cloned());
    *span = item.span;
    true
}

/// Whether two rules wait for the same, under the same condition.
fn same_rule(one: &Statement, other: &Statement) -> bool {
    use Statement::{After, Deviation, On, OnBirthday, When};
    match (one, other) {
        (On { event: a, case: c, .. }, On { event: b, case: d, .. }) => same_event(a, b) && c == d,
        (When { condition: a, .. }, When { condition: b, .. }) => a == b,
        (After { length: a, of: c, .. }, After { length: b, of: d, .. }) => a == b && c == d,
        (OnBirthday { ages: a, every: c, of: e, .. }, OnBirthday { ages: b, every: d, of: f, .. }) => {
            a == b && c == d && e == f
        }
        (Deviation { .. }, Deviation { .. }) => one == other,
        _ => false,
    }
}

/// A pathway may extend one in the other spelling: `deceased` and `overleden` are the same event.
fn same_event(one: &ast::EventName, other: &ast::EventName) -> bool {
    let lists = [EVENTS, EVENT_WORDS, HAPPENINGS];
    let pair = |a: &str, b: &str| lists.iter().any(|list| list.contains(&[a, b]) || list.contains(&[b, a]));
    let same = |a: &ast::Name, b: &ast::Name| a == b || pair(&a.text, &b.text);
    let what = match (&one.what, &other.what) {
        (Some(a), Some(b)) => same(a, b),
        (a, b) => a.is_none() && b.is_none(),
    };
    what && same(&one.subject, &other.subject)
}

/// Whether one declaration takes the place of the other: it has its name, or it can stand only once.
fn same(one: &Item, other: &Item) -> bool {
    match (name_of(one), name_of(other)) {
        (Some(one), Some(other)) => one == other,
        (None, None) => {
            let many = matches!(
                one,
                Item::Basis { .. } | Item::Without(_) | Item::Consultation { .. } | Item::Allow(_)
            );
            let once = !many;
            once && std::mem::discriminant(one) == std::mem::discriminant(other)
        }
        _ => false,
    }
}

/// The name that a declaration declares.
const fn name_of(item: &Item) -> Option<&ast::Name> {
    match item {
        Item::Agency { name, .. }
        | Item::Event { name, .. }
        | Item::End { name, .. }
        | Item::Setting { name, .. } => Some(name),
        Item::Role(role) => Some(&role.name),
        Item::Trigger(trigger) => Some(&trigger.name),
        Item::Obligation(obligation) | Item::Measure(obligation) => Some(&obligation.name),
        Item::Escalation(escalation) => Some(&escalation.name),
        Item::Stage(stage) => Some(&stage.name),
        Item::Aftercare(care) => Some(&care.name),
        _ => None,
    }
}
