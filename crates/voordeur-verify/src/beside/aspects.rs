//! In what an obligation that both versions open differs: its term, who does it, and what belongs to its kind.

mod visits;

use jiff::civil::Time;
use voordeur_calendar::{Length, Regime};
use voordeur_messages::{Lang, language, say, speaking};
use voordeur_protocol::model::{Action, Back, Hours, Plan, Referral};
use voordeur_protocol::{
    Anchor, FieldId, Mode, Obligation, Opening, OpeningId, PartyId, Plain, Protocol, Spec, Term,
};

use super::answer::{Reader, Side};
use super::clock::Clock;
use super::verdict::{Verdict, of_lengths, of_terms};

/// In what an obligation differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aspect {
    /// A word for programs: `term`, `who`, `attempts`, …
    pub key: &'static str,
    /// In the old version, in words; empty for nothing.
    pub old: String,
    /// In the new version, in words; empty for nothing.
    pub new: String,
    /// What that means for the household.
    pub verdict: Verdict,
    /// Both once more in plain English, whatever is spoken and however the files are spelled: for programs.
    pub plain: [String; 2],
    /// The moment that it decides, where it decides one.
    pub(crate) clock: Option<Clock>,
    /// Whether it is how long before a first visit the household hears of it: who hears later is visited sooner, and the other way round.
    pub(crate) is_notice: bool,
}

/// Collects what differs.
struct Found<'r> {
    reader: Reader<'r>,
    all: Vec<Aspect>,
    /// How the names of what happens are spelled; without it as the file spells them.
    spelling: Option<Lang>,
}

/// In what two openings of the same obligation differ.
pub(super) fn aspects(reader: Reader<'_>, pair: (OpeningId, OpeningId)) -> Vec<Aspect> {
    let mut all = found(reader, pair, None);
    let plain = speaking(Lang::En, || found(reader, pair, Some(Lang::En)));
    for (aspect, plain) in all.iter_mut().zip(plain) {
        aspect.plain = [plain.old, plain.new];
    }
    all
}

fn found(reader: Reader<'_>, (first, second): (OpeningId, OpeningId), spelling: Option<Lang>) -> Vec<Aspect> {
    let (old, new) = (reader.old, reader.new);
    let (before, after) = (old.openings.row(first), new.openings.row(second));
    let (one, two) = (old.obligations.row(before.obligation), new.obligations.row(after.obligation));
    let mut found = Found { reader, all: Vec::new(), spelling };
    found.of_openings(before, after);
    found.of_obligations(one, two);
    found.of_specs(&one.spec, &two.spec);
    found.all
}

impl Found<'_> {
    fn add(&mut self, key: &'static str, old: String, new: String, verdict: Verdict) {
        let clock = clock_of(key);
        self.all.push(Aspect { key, old, new, verdict, plain: Default::default(), clock, is_notice: false });
    }

    fn of_openings(&mut self, old: &Opening, new: &Opening) {
        self.term("term", old.term, new.term);
        self.term("preferred-term", old.preferred, new.preferred);
        self.length("planned", old.planned_after, new.planned_after);
        let must = |mode: Mode| if mode == Mode::Must { say!("must") } else { say!("may") };
        if old.mode != new.mode {
            let verdict = if new.mode == Mode::Must { Verdict::Stronger } else { Verdict::Weaker };
            self.add("duty", must(old.mode), must(new.mode), verdict);
        }
        // What does not keep running is let go of with its stage.
        self.yes("keeps-running", old.keeps_running, new.keeps_running, Verdict::Stronger);
        let types = (self.reader.old, self.reader.new);
        let paused = |one: &Opening| one.paused.as_ref().map(|(condition, _)| condition.clone());
        let there = new.paused.as_ref().map(|(condition, _)| self.reader.names.condition(condition, types));
        if there != paused(old).map(Some) {
            let before = self.pause(self.reader.old, old);
            let after = match self.pause(self.reader.new, new) {
                same if same == before => say!("stands still at other times"),
                other => other,
            };
            // A clock that stands still at times ends later, and never sooner.
            let verdict = match (paused(old), paused(new)) {
                (None, Some(_)) => Verdict::Weaker,
                (Some(_), None) => Verdict::Stronger,
                _ => Verdict::NotComparable,
            };
            self.add("pause", before, after, verdict);
        }
        let reminders = |side, one: &Opening| {
            let each = one.reminders.iter();
            let all = each.map(|one| format!("{} {}", self.party(side, Some(one.who)), one.before));
            all.collect::<Vec<_>>().join(", ")
        };
        let (before, after) = (reminders(Side::Old, old), reminders(Side::New, new));
        self.other("reminder", before, after);
    }

    fn of_obligations(&mut self, old: &Obligation, new: &Obligation) {
        self.people(old, new);
        let (before, after) = (self.fields(Side::Old, &old.asks), self.fields(Side::New, &new.asks));
        self.other("asks", before, after);
        self.yes("consent", old.needs_consent, new.needs_consent, Verdict::NotComparable);
    }

    /// Who does it, and how many of them: one thing where somebody comes with whoever does it already.
    fn people(&mut self, old: &Obligation, new: &Obligation) {
        let who = |side, one: &Obligation| -> Vec<String> {
            one.by.iter().chain(&one.with).map(|who| self.party(side, Some(*who))).collect()
        };
        let (before, after) = (who(Side::Old, old), who(Side::New, new));
        let has_all = |all: &[String], of: &[String]| of.iter().all(|one| all.contains(one));
        let (fewer, more) = if old.people < new.people { (&before, &after) } else { (&after, &before) };
        if old.people != new.people && before != after && has_all(more, fewer) {
            let verdict = Verdict::of_more(&old.people, &new.people);
            return self.add("who", before.join(", "), after.join(", "), verdict);
        }
        // Who takes up a referral is to whom it goes.
        if !matches!(old.spec, Spec::Referral(_)) {
            self.other("who", before.join(", "), after.join(", "));
        }
        self.more("people", old.people, new.people);
    }

    fn of_specs(&mut self, old: &Spec, new: &Spec) {
        match (old, new) {
            (Spec::Visit(old), Spec::Visit(new)) => self.of_visits(old, new),
            (Spec::Series(old), Spec::Series(new)) => {
                self.plan(old.plan, new.plan);
                self.length("apart", old.spaced, new.spaced);
                self.of_visits(&old.visit, &new.visit);
            }
            (Spec::Referral(old), Spec::Referral(new)) => {
                let to = |side, who| self.party(side, who);
                let (there, here) = (to(Side::Old, Some(old.to)), to(Side::New, Some(new.to)));
                let (via, through) = (to(Side::Old, old.via), to(Side::New, new.via));
                self.other("to", there, here);
                self.other("via", via, through);
                self.yes("warm", old.warm, new.warm, Verdict::Stronger);
                self.term("accept", old.accept, new.accept);
                self.term("contact", old.contact, new.contact);
                self.more("ask-again", old.ask_again, new.ask_again);
                let fields =
                    (self.fields(Side::Old, &old.hands_over), self.fields(Side::New, &new.hands_over));
                self.other("hands-over", fields.0, fields.1);
                // That the receiver is reminded says where it goes.
                let of_receiver =
                    |one: &Referral| one.remind.filter(|(who, _)| *who == one.to).map(|(_, before)| before);
                if of_receiver(old).is_none() || of_receiver(old) != of_receiver(new) {
                    let (before, after) = (self.remind(Side::Old, old), self.remind(Side::New, new));
                    self.other("reminder", before, after);
                }
            }
            (Spec::Question(old), Spec::Question(new)) => {
                self.length("silent", Some(old.silent_after), Some(new.silent_after));
            }
            (Spec::Action(old), Spec::Action(new)) => {
                self.other(
                    "plugin",
                    format!("{} {}", old.plugin, old.does),
                    format!("{} {}", new.plugin, new.does),
                );
                self.more("retries", old.retries, new.retries);
                let (there, here) = (self.party(Side::Old, old.to), self.party(Side::New, new.to));
                self.other("to", there, here);
                self.other("settings", settings(old), settings(new));
                let fields = (self.fields(Side::Old, &old.sees), self.fields(Side::New, &new.sees));
                self.other("hands-over", fields.0, fields.1);
            }
            (Spec::Escalation(old), Spec::Escalation(new)) => {
                // Where there are more or fewer, one of another number that does something else is another step.
                let as_many = old.steps.len() == new.steps.len();
                for (number, (old, new)) in (0_u8..).zip(old.steps.iter().zip(&new.steps)) {
                    if as_many || self.reader.bring_the_same(old, new) {
                        self.step(number, (old.after, new.after));
                    }
                }
            }
            (Spec::Contact(old), Spec::Contact(new)) => {
                let how = |visit: bool| if visit { say!("visit") } else { say!("call") };
                if old.visit != new.visit {
                    let verdict = if new.visit { Verdict::Stronger } else { Verdict::Weaker };
                    self.add("how", how(old.visit), how(new.visit), verdict);
                }
                // A window that opens sooner before the day that is planned opens later.
                self.bound("window-before", (old.before, new.before), Verdict::mirrored);
                self.bound("window-after", (old.after, new.after), |verdict| verdict);
            }
            (Spec::Sub(old), Spec::Sub(new)) => {
                self.other("pathway", old.pathway.clone(), new.pathway.clone());
            }
            _ => {}
        }
    }

    /// Who is reminded before each term of a referral.
    fn remind(&self, side: Side, one: &Referral) -> String {
        one.remind
            .map(|(who, before)| format!("{} {before}", self.party(side, Some(who))))
            .unwrap_or_default()
    }

    /// A bound of a window, that counts as a length does or the other way round.
    fn bound(
        &mut self,
        key: &'static str,
        (old, new): (Length, Length),
        counts: impl Fn(Verdict) -> Verdict,
    ) {
        if let Some(verdict) = self.lengths(old, new) {
            self.by_calendar(key, old.to_string(), new.to_string(), counts(verdict));
        }
    }

    fn plan(&mut self, old: Plan, new: Plan) {
        if old == new {
            return;
        }
        let verdict = match (old, new) {
            (Plan::Number { count, within }, Plan::Number { count: more, within: other })
                if within == other =>
            {
                Verdict::of_more(&count, &more)
            }
            // As many, and all of them made sooner or later.
            (Plan::Number { count, within }, Plan::Number { count: more, within: other })
                if count == more =>
            {
                self.lengths(within, other).unwrap_or(Verdict::NotComparable)
            }
            (Plan::Rate { per, lasting, .. }, Plan::Rate { per: period, lasting: longer, .. })
                if per == period && lasting.unit == longer.unit =>
            {
                of_rates(old, new)
            }
            _ => Verdict::NotComparable,
        };
        self.add("plan", old.in_words(), new.in_words(), verdict);
    }

    /// A step of an escalation comes at another moment.
    fn step(&mut self, number: u8, (old, new): (Option<Length>, Option<Length>)) {
        if old == new {
            return;
        }
        // Two steps that come so much later are two things.
        let step = u32::from(number) + 1;
        let word = |length: Option<Length>| {
            let length = length.map_or_else(|| say!("at once"), |length| length.to_string());
            say!("{length} (step {step})", length, step)
        };
        let verdict = match (old, new) {
            (None, _) => Some(Verdict::Weaker),
            (_, None) => Some(Verdict::Stronger),
            (Some(old), Some(new)) => self.lengths(old, new),
        };
        if let Some(verdict) = verdict {
            self.by_calendar("step", word(old), word(new), verdict);
            self.all.iter_mut().rev().take(1).for_each(|one| one.clock = Some(Clock::Step(number)));
        }
    }

    fn lengths(&self, old: Length, new: Length) -> Option<Verdict> {
        let (before, after) = (&self.reader.old.calendar, &self.reader.new.calendar);
        let is_same = self.reader.names.days.count_alike(&(old, new));
        of_lengths((before, (old, Regime::OwnNorm)), (after, (new, Regime::OwnNorm)), is_same)
    }

    fn length(&mut self, key: &'static str, old: Option<Length>, new: Option<Length>) {
        let word = |length: Option<Length>| length.map(|length| length.to_string()).unwrap_or_default();
        let verdict = match (old, new) {
            (Some(old), Some(new)) => self.lengths(old, new),
            (None, None) => None,
            _ => Some(Verdict::NotComparable),
        };
        if let Some(verdict) = verdict {
            self.by_calendar(key, word(old), word(new), verdict);
        }
    }

    fn term(&mut self, key: &'static str, old: Option<Term>, new: Option<Term>) {
        let types = (self.reader.old, self.reader.new);
        let same = match (old, new) {
            (Some(old), Some(new)) => self.reader.names.anchor(types, new.anchor) == Some(old.anchor),
            _ => true,
        };
        let (before, after) = (&self.reader.old.calendar, &self.reader.new.calendar);
        let is_same_calendar = self.reader.names.days.count_alike(&(old, new));
        if let Some(verdict) = of_terms((before, old), (after, new), (same, is_same_calendar)) {
            let words = |protocol, term| term_in_words(protocol, term, self.spelling);
            let (old, new) = (words(self.reader.old, old), words(self.reader.new, new));
            self.by_calendar(key, old, new, verdict);
        }
    }

    /// A length that both count in their own calendar; where only the days of those differ they are told.
    fn by_calendar(&mut self, key: &'static str, old: String, new: String, verdict: Verdict) {
        let days = &self.reader.names.days;
        let is_plain = self.spelling.is_some();
        let (old, new) = match (days.is_empty(), is_plain, old == new) {
            (false, true, _) => {
                let plain = |side, length| format!("{length}, {}", days.plain(side));
                (plain(Side::Old, old), plain(Side::New, new))
            }
            (false, false, true) => (days.in_words(Side::Old, &old), days.in_words(Side::New, &new)),
            _ => (old, new),
        };
        self.add(key, old, new, verdict);
    }

    fn yes(&mut self, key: &'static str, old: bool, new: bool, better: Verdict) {
        if old != new {
            let word = |yes: bool| if yes { say!("yes") } else { say!("no") };
            self.add(key, word(old), word(new), if new { better } else { better.mirrored() });
        }
    }

    fn more(&mut self, key: &'static str, old: u32, new: u32) {
        if old != new {
            self.add(key, old.to_string(), new.to_string(), Verdict::of_more(&old, &new));
        }
    }

    /// When a clock stands still: for people only that it does, for programs with its condition.
    fn pause(&self, protocol: &Protocol, of: &Opening) -> String {
        let Some((condition, _)) = &of.paused else { return String::new() };
        match self.spelling {
            Some(_) => Plain::of(protocol).condition(condition),
            None => say!("stands still at times"),
        }
    }

    /// Something else, which is neither more nor less.
    fn other(&mut self, key: &'static str, old: String, new: String) {
        if old != new {
            self.add(key, old, new, Verdict::NotComparable);
        }
    }

    /// A party as it is called now; the same one has the same name.
    fn party(&self, side: Side, who: Option<PartyId>) -> String {
        let Some(who) = who else { return String::new() };
        match side {
            Side::Old => match self.reader.names.party_in_new(who) {
                Some(now) => self.reader.new.parties.row(now).name.clone(),
                None => self.reader.old.parties.row(who).name.clone(),
            },
            Side::New => self.reader.new.parties.row(who).name.clone(),
        }
    }

    fn fields(&self, side: Side, fields: &[FieldId]) -> String {
        let name = |field: &FieldId| match side {
            Side::Old => match self.reader.names.field_in_new(*field) {
                Some(now) => self.reader.new.fields.row(now).name.clone(),
                None => self.reader.old.fields.row(*field).name.clone(),
            },
            Side::New => self.reader.new.fields.row(*field).name.clone(),
        };
        let mut all: Vec<String> = fields.iter().map(name).collect();
        all.sort();
        all.join(", ")
    }
}

/// So many visits in each period, and for so long: more of any of these is more.
fn of_rates(old: Plan, new: Plan) -> Verdict {
    let numbers = |plan: Plan| match plan {
        Plan::Rate { least, most, lasting, .. } => [i64::from(least), i64::from(most), lasting.amount.into()],
        Plan::Number { .. } => [0; 3],
    };
    let both = numbers(old).into_iter().zip(numbers(new)).filter(|(old, new)| old != new);
    both.map(|(old, new)| Verdict::of_more(&old, &new)).reduce(Verdict::and).unwrap_or(Verdict::NotComparable)
}

/// The moment that an aspect decides.
fn clock_of(key: &str) -> Option<Clock> {
    Some(match key {
        "term" | "accept" => Clock::Term,
        "preferred-term" => Clock::Preferred,
        "contact" => Clock::Contact,
        "silent" => Clock::Silent,
        "planned" | "window-after" => Clock::Window,
        "window-before" => Clock::NotBefore,
        "apart" | "announced" => Clock::Again,
        _ => return None,
    })
}

/// What a plugin is given: the texts of its letters are words to a household.
fn settings(of: &Action) -> String {
    let mut all: Vec<String> = of.with.iter().map(|(name, value)| format!("{name} = {value:?}")).collect();
    all.sort();
    all.join(", ")
}

/// `on working days, 09:00 until 20:00`; `at all hours`.
fn when(hours: Hours) -> String {
    let time = |time: Time| time.strftime("%H:%M").to_string();
    let between = hours.between.map(|(from, to)| say!("{from} until {to}", from = time(from), to = time(to)));
    let all = [
        hours.working_days.then(|| say!("on working days")),
        between,
        hours.not_in_school_holidays.then(|| say!("not in school holidays")),
    ];
    let all: Vec<String> = all.into_iter().flatten().collect();
    if all.is_empty() { say!("at all hours") } else { all.join(", ") }
}

/// `within 2 working days of report`
fn term_in_words(protocol: &Protocol, term: Option<Term>, spelling: Option<Lang>) -> String {
    let Some(term) = term else { return say!("no term") };
    let length = term.length.map_or_else(|| say!("same day"), |length| length.to_string());
    let length = match term.regime {
        Regime::OwnNorm => length,
        Regime::Statutory => say!("{length} by the act on terms", length),
        Regime::Eu => say!("{length} by the regulation of the EU", length),
    };
    let of = match term.anchor {
        Anchor::Opening => return length,
        Anchor::Report => say!("the report"),
        Anchor::Happened(of, on) => {
            let row = protocol.obligations.row(of);
            format!("{} {}", row.name, row.happening_name(on, spelling.unwrap_or_else(language)))
        }
        Anchor::Field(field) => protocol.fields.row(field).name.clone(),
        Anchor::Event(event) => protocol.events.row(event).name.clone(),
    };
    match term.back {
        Some(Back { or_earlier: true }) => say!("{length} before {of} or earlier", length, of),
        Some(Back { or_earlier: false }) => say!("{length} before {of}", length, of),
        None => say!("{length} of {of}", length, of),
    }
}
