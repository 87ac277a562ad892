//! What a pathway declares around its machine, and that decides what a report, an event or an ending does: who may report, which
//! answers are taken, what is asked, what an end means, for which days a version is, what is shared and kept. The machines
//! side by side do not see it; here it is held against the other version row by row.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `reports.rs` | what decides whether a report is taken |
//! | `departures.rs` | who may depart from the protocol |
//! | `recorded.rs` | what rules record |
//! | `agreed.rs` | what is agreed on around it: roles, fields, the project |
//!
//! What somebody who reports, or an open case, cannot follow any more `breaks`.

mod agreed;
mod departures;
mod recorded;
mod reports;

use std::collections::BTreeMap;

use voordeur_messages::{Lang, say, speaking};
use voordeur_protocol::model::PartyKind;
use voordeur_protocol::{PartyId, Protocol, yes_or_no};
use voordeur_verify::{Difference, What};

use crate::level::Level;
use crate::structure::{Change, Kind};

/// Something that both versions declare, each in its own way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// What that asks.
    pub level: Level,
    /// What it is, in a word for programs: `trigger`, `field`, …
    pub what: &'static str,
    /// Its name, as it is now; empty for what has none.
    pub name: String,
    /// In what it differs, in a word for programs.
    pub aspect: &'static str,
    /// In the old version, in words; empty for nothing.
    pub old: String,
    /// In the new version, in words; empty for nothing.
    pub new: String,
    /// Both once more in plain English, for programs.
    pub plain: [String; 2],
    /// Its lines in the old file and in the new one, counted from 1.
    pub lines: [Option<u32>; 2],
}

/// Everything that differs; `is_same` when the machines are proven to answer alike.
pub(crate) fn declared(both: (&Protocol, &Protocol), changes: &[Change], is_same: bool) -> Vec<Declared> {
    let find = || {
        let mut found = Found::new(both, changes, is_same);
        found.pathway();
        found.reports();
        found.departures();
        found.recorded();
        found.agreed();
        found.all
    };
    let mut all = find();
    for (one, plain) in all.iter_mut().zip(speaking(Lang::En, find)) {
        one.plain = [plain.old, plain.new];
    }
    all
}

/// Collects what differs.
struct Found<'p> {
    old: &'p Protocol,
    new: &'p Protocol,
    /// What something of the old version is called now.
    now: BTreeMap<&'p str, &'p str>,
    changes: &'p [Change],
    is_same: bool,
    all: Vec<Declared>,
}

/// What a difference is about: a word, a name and its lines.
type Of<'n> = (&'static str, &'n str, [u32; 2]);

impl<'p> Found<'p> {
    fn new((old, new): (&'p Protocol, &'p Protocol), changes: &'p [Change], is_same: bool) -> Self {
        let now = new.renames.iter().map(|(now, then)| (then.as_str(), now.as_str())).collect();
        Self { old, new, now, changes, is_same, all: Vec::new() }
    }

    /// The name of today of something of the old version.
    fn today<'n>(&self, then: &'n str) -> &'n str
    where
        'p: 'n,
    {
        self.now.get(then).copied().unwrap_or(then)
    }

    fn add(
        &mut self,
        (what, name, lines): Of<'_>,
        aspect: &'static str,
        [old, new]: [String; 2],
        level: Level,
    ) {
        let changed = self
            .changes
            .iter()
            .find(|one| one.what == what && (one.name == name || name.is_empty()) && one.kind != Kind::Moved);
        let [before, after] = lines.map(|line| (line > 0).then_some(line));
        let lines = changed.map_or([before, after], |one| [one.old_line, one.new_line]);
        let name = name.to_owned();
        self.all.push(Declared { level, what, name, aspect, old, new, plain: Default::default(), lines });
    }

    /// Something else, when it is something else.
    fn other(&mut self, of: Of<'_>, aspect: &'static str, both: [String; 2], level: Level) {
        if both[0] != both[1] {
            self.add(of, aspect, both, level);
        }
    }

    /// Whether a change by declaration says already that it is gone.
    fn is_told_as_gone(&self, name: &str) -> bool {
        self.changes.iter().any(|one| one.kind == Kind::Removed && one.name == name)
    }

    /// The pathway has another name, and something in it is gone that open cases are in, or that is reported.
    fn pathway(&mut self) {
        let (then, now) = (&self.old.name, &self.new.name);
        if then != now && self.today(then) != now {
            self.add(("pathway", now, [0, 0]), "renamed", [then.clone(), now.clone()], Level::Breaks);
        }
        let (old, new) = (self.old, self.new);
        for row in old.obligations.rows() {
            let name = self.today(&row.name);
            let there = new.obligations.rows().find(|own| own.kind == row.kind && own.name == name);
            let kind = row.kind.word();
            let Some(there) = there else {
                if !self.is_told_as_gone(&row.name) {
                    let both = [row.name.clone(), String::new()];
                    self.add((kind, &row.name, [row.line, 0]), "gone", both, Level::Breaks);
                }
                continue;
            };
            let lost: Vec<&str> =
                row.named.iter().filter(|one| !there.named.contains(one)).map(String::as_str).collect();
            if !lost.is_empty() {
                let both = [row.named.join(", "), there.named.join(", ")];
                self.add((kind, name, [row.line, there.line]), "outcomes", both, Level::Breaks);
            }
            self.asks((kind, name, [row.line, there.line]), &row.asks, &there.asks);
        }
    }
}

impl Found<'_> {
    /// A party in words, as it is called now.
    fn party(&self, protocol: &Protocol, who: PartyId) -> String {
        let row = protocol.parties.row(who);
        match row.kind {
            PartyKind::Anyone => say!("anyone"),
            PartyKind::Client => say!("the client"),
            _ => self.today(&row.name).to_owned(),
        }
    }
}

/// `yes` or `no`, in the language that is spoken.
fn yes(of: bool) -> String {
    yes_or_no(of)
}

impl Declared {
    /// Whether a difference in what households meet says the same, with an example.
    pub(crate) fn is_told_by(&self, one: &Difference) -> bool {
        let is_opened = !matches!(self.what, "trigger" | "event");
        let decides = || {
            one.causes
                .iter()
                .zip(self.lines)
                .any(|(cause, line)| cause.as_ref().map(|(line, _)| *line) == line && line.is_some())
        };
        match &one.what {
            _ if self.aspect == "recorded" => decides(),
            What::Aspect { of, aspect } => {
                is_opened && self.aspect == aspect.key && aspect.key == "asks" && self.name == *of
            }
            What::Answers { .. } => false,
        }
    }

    /// What differs, in a line.
    pub(crate) fn title(&self) -> String {
        let whole = || format!("{} {}", self.what, self.name);
        match self.aspect {
            "gone" => say!("{name} is gone", name = whole()),
            "renamed" => say!(
                "{what} {from} is gone, and {name} stands in its place; no `was` says that it is the same",
                what = self.what,
                from = self.old,
                name = self.name
            ),
            aspect => {
                let of = if self.name.is_empty() { self.what } else { &self.name };
                let shown = |value: &String| if value.is_empty() { say!("nothing") } else { value.clone() };
                let (old, new) = (shown(&self.old), shown(&self.new));
                say!("{of}, {aspect}: {old} becomes {new}", of, aspect = in_words(aspect), old, new)
            }
        }
    }
}

/// In what something differs, in words.
fn in_words(aspect: &str) -> String {
    match aspect {
        "from" => say!("who may report it"),
        "asks" => say!("what is asked"),
        "answers" => say!("which answers it takes"),
        "needed" => say!("must be answered"),
        "outcomes" => say!("what may come of it"),
        "kind" => say!("what the end means"),
        "selected" => say!("how households are selected"),
        "informed" => say!("how households hear that they were selected"),
        "first-day" => say!("for reports from"),
        "last-day" => say!("for reports until"),
        "agency" => say!("of which agency"),
        "volunteers" => say!("volunteers"),
        "trained" => say!("trained in"),
        "helps" => say!("may help by themselves"),
        "available" => say!("how much time there is"),
        "contact-person" => say!("the contact person"),
        "capacity" => say!("how many referrals there is room for"),
        "shared" => say!("with whom it may be shared"),
        "sensitive" => say!("sensitive"),
        "purpose" => say!("for what it is asked"),
        "keep" => say!("how long a closed case is kept"),
        "ground" => say!("on which ground data are processed"),
        "lead" => say!("who leads"),
        "funding" => say!("paid for until"),
        "ends" => say!("the last day of the project"),
        "successor" => say!("who takes over"),
        "priorities" => say!("what goes first"),
        "may-skip" => say!("who may skip it"),
        "may-repeat" => say!("who may repeat it"),
        "may-move" => say!("who may move a case there"),
        "offers" => say!("how much help it offers"),
        "recorded" => say!("what is recorded"),
        other => other.to_owned(),
    }
}
