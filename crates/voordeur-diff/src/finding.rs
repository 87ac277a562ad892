//! One thing to decide on: what every report is made from.

use voordeur_messages::say;
use voordeur_verify::{Days, Difference, Effect, Example, What};

use crate::acceptance::Acceptance;
use crate::behind::BEHIND;
use crate::comparison::{Comparison, Meant, Pathway};
use crate::declared::Declared;
use crate::fingerprint::{Fingerprints, Part};
use crate::level::Level;
use crate::promise::{Fate, Promised};
use crate::structure::{Change, Kind};
use crate::text::{aspect_in_words, because, what};

/// What is decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A pathway that only one version has.
    Pathway,
    /// A promise.
    Promise,
    /// What a household meets.
    Household,
    /// What is declared around the machine.
    Declared,
    /// What may differ, and for which no history with real dates was found.
    Unconfirmed,
    /// That not everything was compared.
    Incomplete,
    /// A change by declaration, by its place among them.
    Change(usize),
}

/// One thing to decide on.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What it is about.
    pub subject: Subject,
    /// The same for the same difference, in every language, spelling and layout; empty for what nobody can accept: that
    /// not everything was compared.
    pub fingerprint: String,
    /// How much it asks.
    pub level: Level,
    /// The pathway; empty for what is told of the file.
    pub pathway: String,
    /// What differs, in a line.
    pub title: String,
    /// In which stage, in the old version and in the new one, where that is known.
    pub stages: [Option<String>; 2],
    /// In which other stages it is the same, for the same reason.
    pub also: Vec<[Option<String>; 2]>,
    /// The line in the old file and in the new one, counted from 1, and the rule that stands there.
    pub causes: [Option<(u32, String)>; 2],
    /// The files of the causes, where that is one that is imported.
    pub files: [Option<String>; 2],
    /// The days of the reports for which it is so.
    pub days: Days,
    /// Case histories that were played in both versions.
    pub examples: Vec<Example>,
    /// Who has accepted it, and why.
    pub accepted: Option<Acceptance>,
}

impl Comparison {
    /// Everything there is to decide on, the most severe first; what is accepted is among it.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let mut marks = Fingerprints::default();
        let mut all = Vec::new();
        for name in &self.gone {
            let title = say!("{name}: this pathway is gone", name);
            let mark = marks.next(&[Part::Word("gone"), Part::Text(name)]);
            all.push(plain(Subject::Pathway, mark, (Level::Breaks, name), title));
        }
        for name in &self.added {
            let title = say!("{name}: this pathway is new", name);
            let mark = marks.next(&[Part::Word("added"), Part::Text(name)]);
            all.push(plain(Subject::Pathway, mark, (Level::Strengthens, name), title));
        }
        for pathway in &self.pathways {
            of_pathway(pathway, &mut marks, &mut all);
        }
        for one in &self.promises {
            let pathway = self.pathways.iter().find(|own| own.name == one.pathway);
            let pathway = pathway.or_else(|| self.pathways.first());
            all.push(of_promise(one, pathway, &mut marks));
        }
        for (number, change) in self.changes.iter().enumerate() {
            if let Some(level) = self.level_of(change) {
                all.push(of_change((number, change), level, &mut marks));
            }
        }
        all.sort_by_key(|one| (one.level, one.subject != Subject::Promise));
        for one in &mut all {
            one.accepted =
                self.acceptances.iter().find(|known| known.fingerprint == one.fingerprint).cloned();
        }
        all
    }

    /// The acceptances that are about nothing that is there; none while something was left undecided: it may be there all the same.
    #[must_use]
    pub fn unmatched(&self) -> Vec<&Acceptance> {
        let all = self.findings();
        if all.iter().any(|one| one.level == Level::Undecided) {
            return Vec::new();
        }
        let is_there = |known: &&Acceptance| all.iter().any(|one| one.fingerprint == known.fingerprint);
        self.acceptances.iter().filter(|known| !is_there(known)).collect()
    }
}

impl Finding {
    /// The lines of its causes in the old version and in the new one, with the file where that is one that is imported.
    pub(crate) fn lines(&self) -> [String; 2] {
        let side = |(cause, file): (&Option<(u32, String)>, &Option<String>)| match (cause, file) {
            (None, _) => "–".to_owned(),
            (Some((line, _)), None) => line.to_string(),
            (Some((line, _)), Some(file)) => format!("{file}:{line}"),
        };
        let ([old, new], [before, after]) = (&self.causes, &self.files);
        [side((old, before)), side((new, after))]
    }
}

fn plain(subject: Subject, fingerprint: String, (level, pathway): (Level, &str), title: String) -> Finding {
    Finding {
        subject,
        fingerprint,
        level,
        pathway: pathway.to_owned(),
        title,
        stages: [None, None],
        also: Vec::new(),
        causes: [None, None],
        files: [None, None],
        days: Days::default(),
        examples: Vec::new(),
        accepted: None,
    }
}

fn of_pathway(pathway: &Pathway, marks: &mut Fingerprints, all: &mut Vec<Finding>) {
    let (name, compared) = (pathway.name.as_str(), &pathway.compared);
    for (number, one) in compared.differences.iter().enumerate().filter(|(_, one)| !one.follows) {
        let files = pathway.files.get(number).cloned().unwrap_or_default();
        let days = pathway.days.get(number).copied().unwrap_or_default();
        let found = of_difference(pathway, one, days, marks);
        all.push(Finding { files, level: pathway.level_of(one), ..found });
    }
    let is_told =
        |one: &&Declared| compared.differences.iter().any(|own| !own.follows && one.is_told_by(own));
    let declared = pathway.declared.iter().filter(|one| !is_told(one));
    all.extend(declared.map(|one| of_declared(name, one, marks)));
    for one in &compared.unconfirmed {
        let title = match one.key.as_str() {
            BEHIND => one.text.clone(),
            _ => say!("no history with real dates shows {what}", what = one.text),
        };
        let mut parts = vec![Part::Word("unconfirmed"), Part::Text(name), Part::Text(&one.key)];
        parts.extend(all_that_differs(pathway));
        let mark = marks.next(&parts);
        all.push(plain(Subject::Unconfirmed, mark, (Level::Undecided, name), title));
    }
    if let Some(why) = compared.incomplete {
        let (situations, why) = (compared.situations, because(why));
        let title = say!("{situations} situations were compared, and {why}", situations, why);
        all.push(plain(Subject::Incomplete, String::new(), (Level::Undecided, name), title));
    }
}

fn of_declared(pathway: &str, one: &Declared, marks: &mut Fingerprints) -> Finding {
    let [old, new] = &one.plain;
    let fingerprint = marks.next(&[
        Part::Word("declared"),
        Part::Text(pathway),
        Part::Word(one.what),
        Part::Text(&one.name),
        Part::Word(one.aspect),
        Part::Text(old),
        Part::Text(new),
    ]);
    let causes = one.lines.map(|line| line.map(|line| (line, String::new())));
    Finding { causes, ..plain(Subject::Declared, fingerprint, (one.level, pathway), one.title()) }
}

/// The days of the reports for which something is so, in words.
fn on_days(title: String, days: Days) -> String {
    match (days.from, days.until) {
        (None, None) => title,
        (Some(from), None) => say!("{what} (reported from {from})", what = title, from),
        (None, Some(until)) => say!("{what} (reported until {until})", what = title, until),
        (Some(from), Some(until)) => {
            say!("{what} (reported from {from} until {until})", what = title, from, until)
        }
    }
}

/// All that says something else in the two versions of a pathway.
fn all_that_differs(pathway: &Pathway) -> Vec<Part<'_>> {
    let is_meant = |one: &&Meant| one.name != "version";
    let each = pathway.parts.iter().filter(is_meant).flat_map(|one| {
        let [old, new] = &one.says;
        std::iter::once(Part::Text(&one.name)).chain(both(old, new))
    });
    each.chain(pathway.compared.free.iter().map(|days| Part::Text(days))).collect()
}

fn both<'t>(old: &'t [String], new: &'t [String]) -> impl Iterator<Item = Part<'t>> {
    let side = |word, all: &'t [String]| {
        std::iter::once(Part::Word(word)).chain(all.iter().map(|text| Part::Text(text)))
    };
    side("old", old).chain(side("new", new))
}

/// What a difference is, with the values that bring it about: those that its history meets, or else all that differ.
fn named<'t>(pathway: &'t Pathway, one: &'t Difference) -> Vec<Part<'t>> {
    let mut parts = vec![Part::Word("difference"), Part::Text(&pathway.name)];
    match &one.what {
        What::Aspect { of, aspect } => {
            let [old, new] = &aspect.plain;
            parts.extend([Part::Text(of), Part::Word(aspect.key), Part::Text(old), Part::Text(new)]);
            if old == new {
                parts.extend(all_that_differs(pathway));
            }
        }
        What::Answers { old, new } => {
            parts.push(Part::Word("old"));
            parts.extend(old.iter().map(|done| Part::Text(&done.key)));
            parts.push(Part::Word("new"));
            parts.extend(new.iter().map(|done| Part::Text(&done.key)));
            let [old, new] = &one.met;
            parts.extend(both(old, new));
            if old.is_empty() && new.is_empty() {
                parts.extend(all_that_differs(pathway));
            }
        }
    }
    parts
}

fn of_difference(pathway: &Pathway, one: &Difference, days: Days, marks: &mut Fingerprints) -> Finding {
    let mut parts = named(pathway, one);
    let bounds = [("from", days.from), ("until", days.until)];
    let bounds = bounds.map(|(word, day)| (word, day.map(|day| day.to_string())));
    for (word, day) in &bounds {
        if let Some(day) = day {
            parts.extend([Part::Word(word), Part::Text(day)]);
        }
    }
    let fingerprint = marks.next(&parts);
    let (stages, also, causes) = (one.stages.clone(), one.also.clone(), one.causes.clone());
    let level = Level::of(one.verdict);
    let examples = one.examples.iter().map(|example| with_what_differs(example, &one.what)).collect();
    Finding {
        stages,
        also,
        causes,
        examples,
        days,
        ..plain(Subject::Household, fingerprint, (level, &pathway.name), on_days(told(one), days))
    }
}

/// What differs, and that it is not the same for all.
fn told(one: &Difference) -> String {
    let what = what(one);
    if one.verdict != Effect::Mixed {
        return what;
    }
    if one.examples.len() > 1 {
        return say!("{what} (mixed: one household is worse off, another one better)", what);
    }
    say!("{what} (mixed: better in one thing, worse in another)", what)
}

/// An example in which both versions write the same, with what differs at the moment at which they part.
fn with_what_differs(example: &Example, what: &What) -> Example {
    let mut told = example.clone();
    let ([old, new], What::Aspect { of, aspect }) = (&mut told.scenes, what) else { return told };
    if old != new {
        return told;
    }
    for (scenes, value) in [(old, &aspect.old), (new, &aspect.new)] {
        let value = if value.is_empty() { say!("nothing") } else { value.clone() };
        let line = say!("{of}, {aspect}: {value}", of, aspect = aspect_in_words(aspect.key), value);
        if let Some(scene) = scenes.iter_mut().find(|scene| scene.at == example.at) {
            scene.lines.push(line);
        }
    }
    told
}

fn of_promise(one: &Promised, pathway: Option<&Pathway>, marks: &mut Fingerprints) -> Finding {
    let (text, title) = (&one.text, &one.title);
    let (word, said) = match one.fate {
        Fate::Broken => {
            ("broken", say!("promise “{title}”: `{text}` was kept and is broken now", title, text))
        }
        Fate::Mended => {
            ("mended", say!("promise “{title}”: `{text}` was broken and is kept now", title, text))
        }
        Fate::Dropped => ("dropped", of_dropped(one)),
        Fate::Added => ("added", of_added(one)),
        Fate::Open if one.is_kept == Some(false) => (
            "open",
            say!(
                "promise “{title}”: `{text}` is broken now; whether it was kept before was not decided",
                title,
                text
            ),
        ),
        Fate::Open => {
            ("open", say!("promise “{title}”: whether `{text}` is kept was not decided", title, text))
        }
    };
    let mut parts = vec![
        Part::Word("promise"),
        Part::Word(word),
        Part::Text(&one.pathway),
        Part::Text(&one.title),
        Part::Text(&one.plain),
    ];
    // What breaks it may be anything that has changed: who accepts it has seen that.
    let is_kept = one.is_kept == Some(true) || one.fate == Fate::Mended;
    parts.extend(pathway.filter(|_| !is_kept).into_iter().flat_map(all_that_differs));
    let mark = marks.next(&parts);
    let examples = one.history.last().map(|last| Example {
        scenes: [Vec::new(), one.history.clone()],
        when: last.when.clone(),
        at: last.at.clone(),
        whom: Vec::new(),
        effect: None,
        evened: Vec::new(),
    });
    let causes = one.lines.map(|line| line.map(|line| (line, String::new())));
    let examples = examples.into_iter().collect();
    Finding { causes, examples, ..plain(Subject::Promise, mark, (one.level, &one.pathway), said) }
}

fn of_dropped(one: &Promised) -> String {
    let (text, title) = (&one.text, &one.title);
    if one.is_about_nothing {
        return say!(
            "promise “{title}”: `{text}` is no longer promised; what it is about is gone",
            title,
            text
        );
    }
    match one.is_kept {
        Some(true) if one.was_kept == Some(false) => say!(
            "promise “{title}”: `{text}` is no longer promised; it was broken, and is kept now",
            title,
            text
        ),
        Some(true) if one.was_kept.is_none() => {
            say!("promise “{title}”: `{text}` is no longer promised; it is kept now", title, text)
        }
        Some(true) => {
            say!("promise “{title}”: `{text}` is no longer promised; it is still kept", title, text)
        }
        Some(false) => say!("promise “{title}”: `{text}` is no longer promised, and not kept", title, text),
        None => say!(
            "promise “{title}”: `{text}` is no longer promised; whether it is kept now was not decided",
            title,
            text
        ),
    }
}

fn of_added(one: &Promised) -> String {
    let (text, title) = (&one.text, &one.title);
    match one.is_kept {
        Some(true) => say!("promise “{title}”: `{text}` is new, and kept", title, text),
        Some(false) => say!("promise “{title}”: `{text}` is new, and broken", title, text),
        None => {
            say!("promise “{title}”: `{text}` is new, and whether it is kept was not decided", title, text)
        }
    }
}

fn of_change((number, change): (usize, &Change), level: Level, marks: &mut Fingerprints) -> Finding {
    let (kind, title) = crate::text::of_kind(change);
    let mut parts = vec![Part::Word("change"), Part::Word(kind), Part::Text(&change.what)];
    parts.push(Part::Text(&change.name));
    // What is gone is gone, whatever it said.
    let edits = change.edits.iter().filter(|_| change.kind != Kind::Removed);
    for edit in edits {
        for side in [&edit.old, &edit.new] {
            parts.push(Part::Text(side.as_ref().map_or("", |(_, text)| text)));
        }
    }
    let fingerprint = marks.next(&parts);
    let line = |line: Option<u32>| line.map(|line| (line, String::new()));
    Finding {
        causes: [line(change.old_line), line(change.new_line)],
        files: [change.file.clone(), change.file.clone()],
        ..plain(Subject::Change(number), fingerprint, (level, ""), title)
    }
}
