//! Random events played on the engine in two versions, with what a household sees of them day by day. It reads the journal by
//! itself, not as the comparison reads it.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time, date};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use voordeur_engine::{Case, Entry, Event, Message, step};
use voordeur_protocol::{FieldId, Happening, OpeningId, Protocol, Value};

use crate::random::Dice;

/// What is seen on each day, in no order.
pub(crate) type Days = BTreeMap<Date, Vec<String>>;

/// So many events are reported.
const EVENTS: u64 = 7;

struct Play<'a> {
    protocol: &'a Protocol,
    case: Case,
    days: Days,
}

/// The same random events in both versions.
pub(crate) fn played(old: &Protocol, new: &Protocol, seed: u64) -> [Days; 2] {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(11));
    dice.roll(2);
    let play = |protocol| Play { protocol, case: Case::default(), days: Days::new() };
    let mut both = [play(old), play(new)];
    let mut day = date(2026, 1, 5).checked_add(days(dice.roll(300))).expect("a day");
    let born = day.checked_sub(days(dice.roll(12))).expect("a day");
    let born = born.checked_sub(jiff::Span::new().years(18)).expect("a day");
    let first = answers(&mut dice, born);
    let at = moment(old, day, 10);
    both.iter_mut().for_each(|one| one.report("t", &first, at));
    let mut last = at;
    for _ in 0..EVENTS {
        day = day.checked_add(days(dice.roll(4))).expect("a day");
        let hour = [10, 14, 19].get(usize::try_from(dice.roll(3)).unwrap_or(0)).copied().unwrap_or(10);
        let soon = last.checked_add(SignedDuration::from_mins(1)).expect("a moment");
        last = moment(old, day, hour).max(soon);
        both.iter_mut().for_each(|one| one.wait(last));
        let [first, _] = &both;
        let what = first.pick(&mut dice);
        let answers = answers(&mut dice, born);
        both.iter_mut().for_each(|one| one.happens(&what, &answers, last));
    }
    let end = last.checked_add(SignedDuration::from_hours(24 * 60)).expect("a moment");
    both.iter_mut().for_each(|one| one.wait(end));
    both.map(|one| one.days)
}

fn days(n: u64) -> jiff::Span {
    i64::try_from(n).unwrap_or(0).days()
}

fn moment(protocol: &Protocol, day: Date, hour: i8) -> Timestamp {
    protocol.calendar.resolve(day.to_datetime(Time::constant(hour, 0, 0, 0))).expect("an hour of the day")
}

/// An answer to whatever is asked.
fn answers(dice: &mut Dice, born: Date) -> BTreeMap<&'static str, Value> {
    let months = i64::try_from(dice.roll(10)).unwrap_or(0);
    BTreeMap::from([
        ("urgent", Value::YesNo(dice.one_in(2))),
        ("months", Value::Count(months)),
        ("born", Value::Date(born)),
    ])
}

impl Play<'_> {
    fn asked(&self, asks: &[FieldId], answers: &BTreeMap<&str, Value>) -> Vec<(FieldId, Value)> {
        let one = |field: &FieldId| {
            let name = self.protocol.fields.row(*field).name.as_str();
            Some((*field, answers.get(name)?.clone()))
        };
        asks.iter().filter_map(one).collect()
    }

    fn report(&mut self, trigger: &str, answers: &BTreeMap<&str, Value>, at: Timestamp) {
        let protocol = self.protocol;
        let (trigger, row) = protocol.triggers.iter().find(|(_, row)| row.name == trigger).expect("it");
        let data = self.asked(&row.asks, answers);
        self.make(&Event::Reported { trigger, data, by: None }, at);
    }

    /// Something that can be reported here, most of the time about what is open.
    fn pick(&self, dice: &mut Dice) -> String {
        let open = u64::try_from(self.case.open.len()).unwrap_or(0);
        let number = usize::try_from(dice.roll(open + 1)).unwrap_or(0);
        let Some(instance) = self.case.open.get(number) else { return "rang".to_owned() };
        let row = instance.obligation(self.protocol);
        let on: Vec<Happening> = Happening::all().filter(|on| on.is_reported()).collect();
        let on = on.get(usize::try_from(dice.roll(on.len() as u64)).unwrap_or(0));
        let on = if dice.one_in(2) { Some(&Happening::Done) } else { on };
        on.map(|on| format!("{} {}", row.name, row.happening_name(*on, self.protocol.spelling)))
            .unwrap_or_default()
    }

    fn happens(&mut self, what: &str, answers: &BTreeMap<&str, Value>, at: Timestamp) {
        use voordeur_protocol::Occurrence;
        let Ok(what) = self.protocol.occurrence_named(what) else { return };
        let asks = match what {
            Occurrence::Obligation(of, _) => self.protocol.obligations.row(of).asks.clone(),
            Occurrence::Event(of) => self.protocol.events.row(of).asks.clone(),
        };
        let data = self.asked(&asks, answers);
        self.make(&Event::Occurred { what, data, by: None }, at);
    }

    /// Time goes by until a moment.
    fn wait(&mut self, until: Timestamp) {
        for _ in 0..1_000 {
            let Some(timer) = self.case.next_timer().filter(|timer| timer.due.at <= until) else { return };
            let (id, at) = (timer.id, timer.due.at.max(self.case.touched_at));
            self.make(&Event::TimerDue(id), at);
        }
    }

    fn make(&mut self, event: &Event, at: Timestamp) {
        let Ok(done) = step(self.protocol, &self.case, event, at) else { return };
        self.case = done.case;
        let day = self.protocol.calendar.date(at);
        let seen: Vec<String> = done.entries.iter().filter_map(|entry| self.seen(entry)).collect();
        if !seen.is_empty() {
            let all = self.days.entry(day).or_default();
            all.extend(seen);
            all.sort();
        }
    }

    fn seen(&self, entry: &Entry) -> Option<String> {
        let protocol = self.protocol;
        let obligation =
            |opening: OpeningId| &protocol.obligations.row(protocol.openings.row(opening).obligation).name;
        let party = |who| &protocol.parties.row(who).name;
        Some(match entry {
            Entry::Opened { opening, .. } => format!("opened {}", obligation(*opening)),
            Entry::Moved { opening, on, .. } => format!("{} {on:?}", obligation(*opening)),
            Entry::Sent(Message::Notify { who, .. }) => format!("told {}", party(*who)),
            Entry::Sent(Message::Refer { obligation, .. }) => {
                format!("referred {}", protocol.obligations.row(*obligation).name)
            }
            Entry::Ended { end } => format!("ended {}", protocol.ends.row(*end).name),
            _ => return None,
        })
    }
}
