//! Clocks: a holiday that is decreed, a clock that stood still, a worker that was down, clocks that are set.

use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};
use voordeur_engine::{Case, Data, Entry, Event, Message, Rejection, Timer, TimerKind, waiting};
use voordeur_protocol::{CheckedProtocol, compile};
use voordeur_runtime::{Clock, Incident, Runtime, RuntimeError, Silent, journal, micros, stored_case};
use voordeur_store::{CaseWrite, DecreeRow, JournalRow, Lane, Store, StoreError};

use crate::draw::Dice;
use crate::incidents::unchanged;
use crate::world::{Faulty, at_once};

const PATHWAY: &str = r#"pathway clocks {
  version "1"
  lead    house
  agency  house
  role    worker of house
  data { waits yes_no }
  trigger knock from anyone { -> first }
  event papers from worker { asks waits }
  stage first {
    must task decide by worker within 4 working days paused while waits because "the client completes the request"
    must task look by worker within 2 weeks statutory
    must task call by worker within 30 hours
    remind worker 1 working day before decide is due
    remind worker 2 working days before decide is due
    on papers         notify worker
    on decide done    -> good
    on decide overdue notify house
    on look overdue   notify house
    on call overdue   notify house
    every 1 month     notify house "still here"
    after 6 months    -> bad
  }
  end good success no aftercare because "a test stops here"
  end bad  failure
}
"#;

fn moment(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

fn pathway() -> CheckedProtocol {
    let compiled = compile(PATHWAY);
    assert!(!compiled.has_errors(), "{:?}", compiled.problems);
    compiled.protocols.into_iter().next().expect("a pathway")
}

struct Place {
    runtime: Runtime,
    id: i64,
}

impl Place {
    async fn new() -> Self {
        let mut runtime = Runtime::new(Store::in_memory(), None).await.expect("a runtime");
        let id = runtime.add(pathway(), moment("2024-01-01T09:00:00Z")).await.expect("added");
        Self { runtime, id }
    }

    async fn open(&self, label: &str, at: &str) {
        let trigger = pathway().trigger_named("knock").expect("a trigger");
        let event = Event::Reported { trigger, data: Data::new(), by: None };
        self.runtime.open(self.id, label, &event, moment(at), &mut Silent).await.expect("opened");
    }

    /// The client has to hand something in, or has done so.
    fn papers(&self, waits: bool) -> Event {
        let protocol = pathway();
        let data = serde_json::json!({ "waits": if waits { "yes" } else { "no" } });
        let data = protocol.data_from_json(data.as_object().expect("fields")).expect("data");
        Event::Occurred { what: protocol.occurrence_named("papers").expect("an event"), data, by: None }
    }

    async fn case(&self, label: &str) -> Case {
        stored_case(&self.runtime.row(label).await.expect("there")).expect("a case")
    }

    /// When the term of the first obligation ends.
    async fn due(&self, label: &str) -> Timestamp {
        let case = self.case(label).await;
        let first = case.open.first().expect("open").serial;
        let timer = case.timers.iter().find(|timer| timer.kind == TimerKind::Overdue(first));
        timer.expect("a term").due.at
    }

    async fn journal(&self, label: &str) -> Vec<(JournalRow, Vec<Entry>)> {
        let row = self.runtime.row(label).await.expect("there");
        let steps = self.runtime.store().journal(row.id).await.expect("read");
        steps.into_iter().map(|step| (step.clone(), journal(&step).expect("entries"))).collect()
    }

    async fn whole(&self) {
        assert_eq!(self.runtime.verify(|_, _| {}).await.expect("read").faults, []);
    }
}

fn decreed(what: &str) -> DecreeRow {
    DecreeRow { what: what.to_owned(), because: "Stcrt. 2028, 1".to_owned(), added_at: 1 }
}

#[tokio::test]
async fn a_decree_is_looked_at_first_and_then_moves_what_is_due_with_its_reminders() {
    let mut place = Place::new().await;
    place.open("a", "2029-05-07T09:00:00Z").await;
    place.open("b", "2029-03-05T09:00:00Z").await;
    assert_eq!(place.due("a").await, moment("2029-05-14T22:00:00Z"), "10 May is Ascension Day");
    let before = (place.case("a").await, place.case("b").await);
    let mut found = Vec::new();
    let rows = [decreed("2029-05-11")];
    let mut silent = Silent;
    let preview = place.runtime.recount_preview(&rows, &mut silent, |case| found.push(case), |_| {});
    preview.await.expect("looked at");
    let moved: Vec<_> = found.iter().map(|case| (case.label.as_str(), case.timers.len())).collect();
    assert_eq!(
        moved,
        [("a", 2)],
        "the term and the reminder of the day before, of one of the cases: {found:?}"
    );
    assert_eq!((place.case("a").await, place.case("b").await), before, "nothing was changed");
    let now = moment("2029-05-08T09:00:00Z");
    let rows = vec![decreed("2029-05-11"), decreed("2029")];
    place.runtime.decree(rows.clone(), now, &mut Silent, |_| {}).await.expect("decreed");
    assert_eq!(place.due("a").await, moment("2029-05-15T22:00:00Z"));
    let (_, last) = place.journal("a").await.pop().expect("a step");
    assert!(
        matches!(last.as_slice(), [Entry::Recounted { because, .. }] if &**because == "Stcrt. 2028, 1"),
        "{last:?}"
    );
    let certain = place.case("b").await.timers.iter().all(|timer| !timer.due.why.provisional());
    assert!(certain, "of the whole year everything is known now");
    let again = place.runtime.decree(rows, now, &mut Silent, |_| {}).await.expect("again");
    assert_eq!(again, 0, "given again it changes nothing");
    place.open("c", "2029-05-07T09:00:00Z").await;
    assert_eq!(place.due("c").await, moment("2029-05-15T22:00:00Z"), "new cases know it from the start");
    place.whole().await;
}

/// A decree stands somewhere. One that said nowhere would be a fault of the database for ever.
#[tokio::test]
async fn a_decree_that_says_not_where_it_stands_is_refused_and_nothing_is_written() {
    let mut place = Place::new().await;
    place.open("a", "2029-05-07T09:00:00Z").await;
    let now = moment("2029-05-08T09:00:00Z");
    for because in ["", " ", "\t\n", "\u{a0}", "\u{200b}"] {
        let rows = vec![DecreeRow { because: because.to_owned(), ..decreed("2029-05-11") }];
        let looked = place.runtime.recount_preview(&rows, &mut Silent, |_| {}, |_| {}).await;
        assert!(matches!(looked, Err(RuntimeError::Refused(Rejection::NoReason))), "{looked:?}");
        let done = place.runtime.decree(rows, now, &mut Silent, |_| {}).await;
        assert!(matches!(done, Err(RuntimeError::Refused(Rejection::NoReason))), "{done:?}");
    }
    assert_eq!(place.runtime.store().decrees().await.expect("read"), []);
    place.whole().await;
}

/// A program that only reports what happens, and one that decrees.
#[tokio::test]
async fn who_never_follows_the_clock_hears_of_a_decree_with_the_next_command() {
    let place = Place::new().await;
    let (reported, now) = ("2029-05-07T09:00:00Z", moment("2029-05-08T09:00:00Z"));
    place.open("a", reported).await;
    place.open("b", reported).await;
    // What another program decrees is stopped before it has come to the cases.
    let faulty = Faulty::new(place.runtime.store().clone(), Dice(1));
    faulty.fails.store(0, Ordering::Relaxed);
    let mut other = at_once(Runtime::new(Store::new(faulty.stopping_after(0)), None)).expect("a runtime");
    let halfway = at_once(other.decree(vec![decreed("2029-05-11")], now, &mut Silent, |_| {}));
    assert!(matches!(halfway, Err(RuntimeError::Store(StoreError::Closed))), "{halfway:?}");
    let (before, after) = (moment("2029-05-14T22:00:00Z"), moment("2029-05-15T22:00:00Z"));
    assert_eq!(place.due("a").await, before);
    // A new case, and something that happens to one.
    place.open("c", reported).await;
    assert_eq!(place.due("c").await, after, "what begins now counts with it");
    place.runtime.occur("a", &place.papers(false), now, &mut Silent).await.expect("it happens");
    assert_eq!(place.due("a").await, after, "what had begun is counted anew first");
    let recounted = |entry: &Entry| matches!(entry, Entry::Recounted { .. });
    let steps = place.journal("a").await;
    assert_eq!(steps.iter().filter(|(_, entries)| entries.iter().any(recounted)).count(), 1, "{steps:?}");
    place.runtime.advance_case("b", moment("2029-05-15T09:00:00Z"), &mut Silent).await.expect("it goes on");
    assert_eq!(place.due("b").await, after, "it was not over on the day on which it was due before");
    place.whole().await;
    // A pathway that is added later is on the same calendar.
    let mut runtime = place.runtime;
    let named = PATHWAY.replace("pathway clocks", "pathway later");
    let later = compile(&named).protocols.into_iter().next().expect("a pathway");
    let id = runtime.add(later, now).await.expect("added");
    let place = Place { runtime, id };
    place.open("d", reported).await;
    assert_eq!(place.due("d").await, after);
    place.whole().await;
}

#[tokio::test]
async fn a_decree_that_was_stopped_halfway_goes_on_with_the_rest() {
    let mut place = Place::new().await;
    for n in 0..300 {
        place.open(&format!("case-{n}"), "2029-05-07T09:00:00Z").await;
    }
    let now = moment("2029-05-08T09:00:00Z");
    let faulty = Faulty::new(place.runtime.store().clone(), Dice(1));
    faulty.fails.store(0, Ordering::Relaxed);
    let mut other = at_once(Runtime::new(Store::new(faulty.stopping_after(1)), None)).expect("a runtime");
    let halfway = at_once(other.decree(vec![decreed("2029-05-11")], now, &mut Silent, |_| {}));
    assert!(matches!(halfway, Err(RuntimeError::Store(StoreError::Closed))), "{halfway:?}");
    let rest = place.runtime.decree(vec![decreed("2029-05-11")], now, &mut Silent, |_| {}).await;
    assert_eq!(rest.expect("the rest"), 44, "256 were written together, before it was stopped");
    for n in [0, 150, 299] {
        assert_eq!(place.due(&format!("case-{n}")).await, moment("2029-05-15T22:00:00Z"));
    }
    place.whole().await;
}

/// Before the first commit somebody reports something of `a` and of `b`, and `a` is damaged.
fn meanwhile(store: &Store) {
    static ONCE: AtomicBool = AtomicBool::new(true);
    if !ONCE.swap(false, Ordering::Relaxed) {
        return;
    }
    let runtime = at_once(Runtime::new(store.clone(), None)).expect("a runtime");
    let what = pathway().occurrence_named("call done").expect("an event");
    let event = Event::Occurred { what, data: Data::new(), by: None };
    for label in ["a", "b"] {
        at_once(runtime.occur(label, &event, moment("2029-05-07T10:00:00Z"), &mut Silent)).expect("reported");
    }
    let a = at_once(store.case_labelled("a")).expect("read").expect("there");
    let write = CaseWrite { state: "{".to_owned(), ..unchanged(a) };
    at_once(store.commit(vec![write], Lane::Command)).expect("damaged");
}

#[tokio::test]
async fn a_case_that_cannot_be_read_does_not_stop_a_decree_when_others_write_meanwhile() {
    let place = Place::new().await;
    for label in ["a", "b", "c"] {
        place.open(label, "2029-05-07T09:00:00Z").await;
    }
    let faulty = Faulty::new(place.runtime.store().clone(), Dice(1)).calling(meanwhile);
    faulty.fails.store(0, Ordering::Relaxed);
    let mut other = at_once(Runtime::new(Store::new(faulty), None)).expect("a runtime");
    let now = moment("2029-05-08T09:00:00Z");
    let moved = at_once(other.decree(vec![decreed("2029-05-11")], now, &mut Silent, |_| {}));
    assert_eq!(moved.expect("it goes on"), 1, "`b` was counted anew with what was reported of it");
    for label in ["b", "c"] {
        assert_eq!(place.due(label).await, moment("2029-05-15T22:00:00Z"));
    }
    let incidents = place.runtime.incidents().await.expect("read");
    assert_eq!(incidents.iter().map(Incident::name).collect::<Vec<_>>(), ["a/timers"]);
}

#[tokio::test]
async fn a_decree_is_taken_back_as_it_was_made_and_may_be_made_again() {
    let mut place = Place::new().await;
    place.open("a", "2029-05-07T09:00:00Z").await;
    // A program that only reports what happens.
    let reporter = Runtime::new(place.runtime.store().clone(), None).await.expect("a runtime");
    let (now, day) = (moment("2029-05-08T09:00:00Z"), || vec![decreed("2029-05-11")]);
    let (before, after) = (moment("2029-05-14T22:00:00Z"), moment("2029-05-15T22:00:00Z"));
    let refused = place.runtime.taken_back(day()).await;
    assert!(
        matches!(&refused, Err(RuntimeError::NotDecreed { what }) if what == "2029-05-11"),
        "{refused:?}"
    );
    for round in 0..2 {
        place.runtime.decree(day(), now, &mut Silent, |_| {}).await.expect("decreed");
        assert_eq!(place.due("a").await, after, "{round}");
        let back = place.runtime.taken_back(day()).await.expect("it was decreed");
        let mut moved = Vec::new();
        place
            .runtime
            .recount_preview(&back, &mut Silent, |case| moved.push(case), |_| {})
            .await
            .expect("looked at");
        let whole = moved[0].timers.iter().find(|(what, ..)| what.starts_with("the term of task `decide`"));
        assert_eq!(whole.map(|(_, was, is)| (*was, *is)), Some((after, before)));
        assert_eq!(place.due("a").await, after, "only looked at");
        assert_eq!(place.runtime.decree(back, now, &mut Silent, |_| {}).await.expect("taken back"), 1);
        assert_eq!(place.due("a").await, before, "{round}");
        place.whole().await;
    }
    // Taken back already: nothing is left to do.
    let back = place.runtime.taken_back(day()).await.expect("it was decreed");
    assert_eq!(place.runtime.decree(back, now, &mut Silent, |_| {}).await.expect("again"), 0);
    let steps = place.journal("a").await;
    let recounted = |(_, entries): &&(JournalRow, Vec<Entry>)| {
        entries.iter().any(|entry| matches!(entry, Entry::Recounted { .. }))
    };
    assert_eq!(steps.iter().filter(recounted).count(), 4, "the journal has each of them");
    // Who has not heard of anything meanwhile counts as it is now.
    let papers = place.papers(false);
    reporter.occur("a", &papers, now, &mut Silent).await.expect("reported");
    assert_eq!(place.due("a").await, before);
}

#[tokio::test]
async fn a_clock_that_stood_still_is_counted_anew_over_the_same_days() {
    let mut place = Place::new().await;
    place.open("a", "2029-05-07T09:00:00Z").await;
    let still = place.papers(true);
    place.runtime.occur("a", &still, moment("2029-05-08T09:00:00Z"), &mut Silent).await.expect("asked");
    let stands = |case: &Case| case.timers.iter().filter(|timer| timer.paused).count();
    assert_eq!(stands(&place.case("a").await), 3, "the term and its reminders");
    let case = place.case("a").await;
    let decide = waiting(&pathway(), &case).into_iter().find(|one| one.what == "decide").expect("it waits");
    assert_eq!(
        decide.paused_since,
        Some(moment("2029-05-08T09:00:00Z")),
        "that its clock stands still is said"
    );
    let appointed = place.runtime.agenda().of("worker").await.expect("read");
    let named: Vec<&str> = appointed.appointments.iter().map(|one| one.what.as_str()).collect();
    assert!(
        !named.contains(&"decide") && named.contains(&"look"),
        "no calendar has a day that it is not: {named:?}"
    );
    assert_eq!(
        place.runtime.advance(moment("2029-05-25T09:00:00Z"), &mut Silent).await.expect("on").timers,
        2,
        "of others"
    );
    let runs = place.papers(false);
    place.runtime.occur("a", &runs, moment("2029-05-29T09:00:00Z"), &mut Silent).await.expect("answered");
    // Lost are 9, 11, 14-18, 22-25, 28 and 29 May; Whit Monday is the 21st. Left are three of four days.
    let end = place.due("a").await;
    assert_eq!(end, moment("2029-06-01T22:00:00Z"));
    place.whole().await;
    // With the 11th a holiday, one day less was lost, and it was no day of the term either.
    let rows = vec![decreed("2029-05-11"), decreed("2029-06-01")];
    let now = moment("2029-05-29T10:00:00Z");
    place.runtime.decree(rows, now, &mut Silent, |_| {}).await.expect("decreed");
    assert_eq!(place.due("a").await, moment("2029-06-04T22:00:00Z"), "only 1 June counts");
    place.whole().await;
}

#[tokio::test]
async fn after_downtime_deadlines_fire_with_their_due_time_and_reminders_without_sense_are_skipped() {
    let mut place = Place::new().await;
    place.open("over", "2024-03-04T09:00:00Z").await;
    place.open("nearly", "2024-03-05T09:00:00Z").await;
    // Down from before the first reminder until after the term of the one, and just before that of the other.
    let back = moment("2024-03-11T09:00:00Z");
    place.runtime.work(back, "worker", &mut Silent).await.expect("worked");
    let of = |journal: Vec<(JournalRow, Vec<Entry>)>| {
        let mut told = Vec::new();
        for (step, entries) in journal {
            for entry in &entries {
                match entry {
                    Entry::ReminderSkipped(timer) => {
                        assert_eq!(step.due_at, Some(micros(timer.due.at)), "its moment is on record");
                        told.push("skipped");
                    }
                    Entry::Sent(Message::Remind { .. }) => told.push("reminded"),
                    Entry::TimerFired(timer) => {
                        assert_eq!(step.due_at, Some(micros(timer.due.at)), "its moment is on record");
                    }
                    Entry::Sent(Message::Notify { .. }) if step.due_at.is_some() => told.push("told"),
                    _ => {}
                }
            }
        }
        told
    };
    // Of the second, the earlier reminder is skipped and the later one goes out.
    assert_eq!(of(place.journal("over").await), ["told", "skipped", "skipped", "told"]);
    assert_eq!(of(place.journal("nearly").await), ["told", "skipped", "reminded"]);
    place.whole().await;
}

/// What somebody is told every so long is not told for each time that nobody was there to tell it.
#[tokio::test]
async fn after_downtime_what_is_told_every_so_long_is_told_once() {
    let mut place = Place::new().await;
    place.open("a", "2024-03-04T09:00:00Z").await;
    place.runtime.work(moment("2024-07-10T09:00:00Z"), "worker", &mut Silent).await.expect("worked");
    let (mut told, mut skipped) = (0, 0);
    for (_, entries) in place.journal("a").await {
        let every = |timer: &Timer| matches!(timer.kind, TimerKind::Every { .. });
        skipped += entries
            .iter()
            .filter(|entry| matches!(entry, Entry::ReminderSkipped(timer) if every(timer)))
            .count();
        told +=
            entries.iter().filter(|entry| matches!(entry, Entry::TimerFired(timer) if every(timer))).count();
    }
    assert_eq!(
        (skipped, told),
        (3, 1),
        "of 4 April, 4 May and 4 June nobody hears; of 4 July the house does"
    );
    let next = place
        .case("a")
        .await
        .timers
        .iter()
        .find(|timer| matches!(timer.kind, TimerKind::Every { .. }))
        .map(|timer| timer.due.at);
    assert_eq!(next, Some(moment("2024-08-04T08:00:00Z")), "it goes on as it was planned, by local time");
    place.whole().await;
}

/// A clock that is set.
struct Set(Timestamp);

impl Clock for Set {
    fn now(&self) -> Timestamp {
        self.0
    }
}

#[tokio::test]
async fn a_clock_that_is_set_an_hour_either_way_loses_and_doubles_nothing() {
    for hours in [-1, 1] {
        let mut place = Place::new().await;
        place.open("a", "2024-03-04T09:00:00Z").await;
        let step = SignedDuration::from_hours(hours);
        // The term of `call` ends at 15:00 the day after; the clock is set one minute before.
        let end = moment("2024-03-05T15:00:00Z");
        let minute = SignedDuration::from_mins(1);
        let mut fired = 0;
        for now in [end - minute, end - minute + step, end, end + minute, end + SignedDuration::from_hours(2)]
        {
            fired += place.runtime.work(now, "worker", &mut Silent).await.expect("worked").timers;
        }
        assert_eq!(fired, 1, "{hours}");
        // What people report while the clock is behind is not refused.
        let behind = Set(end - SignedDuration::from_hours(1));
        let event = place.papers(true);
        let at = place.runtime.occur_now("a", &event, &behind, &mut Silent).await.expect("recorded");
        assert!(at >= end, "time runs one way in a case");
        place.whole().await;
    }
}

#[tokio::test]
async fn in_the_nights_in_which_the_clock_changes_each_term_ends_once_and_when_it_should() {
    // 30 hours are elapsed hours; working days end with a day, however long that is.
    for (report, call, decide) in [
        ("2026-03-28T08:00:00Z", "2026-03-29T14:00:00Z", "2026-04-02T22:00:00Z"),
        ("2026-10-24T08:00:00Z", "2026-10-25T14:00:00Z", "2026-10-29T23:00:00Z"),
    ] {
        let mut place = Place::new().await;
        place.open("a", report).await;
        assert_eq!(place.due("a").await, moment(decide), "{report}");
        let mut fired = Vec::new();
        let mut now = moment(report);
        while now < moment(decide) + SignedDuration::from_hours(2) {
            now += SignedDuration::from_mins(30);
            place.runtime.work(now, "worker", &mut Silent).await.expect("worked");
        }
        for (step, entries) in place.journal("a").await {
            for entry in entries {
                let Entry::TimerFired(timer) = entry else { continue };
                fired.push((timer.id, micros(timer.due.at)));
                assert_eq!(step.due_at, Some(micros(timer.due.at)));
            }
        }
        let mut once = fired.clone();
        once.dedup();
        assert_eq!(fired, once);
        for end in [call, decide] {
            assert!(fired.iter().any(|(_, at)| *at == micros(moment(end))), "{end}: {fired:?}");
        }
        place.whole().await;
    }
}
