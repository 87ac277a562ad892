//! Plays a case from a few lines of text and shows what happened, so that a test reads as a story.
//!
//! `2008-03-03 10:00 take_in done by worker visit_needed=yes` reports an event, `… plugin 2 returned`
//! answers a call, `until 2008-06-01` lets time go by. Timers fire when they are due.

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::{Map, Value as Json, json};
use voordeur_engine::{ActionAnswer, Case, Entry, Event, Serial, Weight, apply, describe, step, waiting};
use voordeur_protocol::{CheckedProtocol, Occurrence, compile};

pub(crate) struct Play {
    pub(crate) protocol: CheckedProtocol,
    pub(crate) case: Case,
    pub(crate) journal: Vec<(Timestamp, Entry)>,
    /// The same, step by step.
    pub(crate) steps: Vec<(Timestamp, Vec<Entry>)>,
    pub(crate) shown: Vec<String>,
}

pub(crate) fn protocol(source: &str) -> CheckedProtocol {
    let compiled = compile(source);
    assert!(compiled.problems.is_empty(), "{:#?}", compiled.problems);
    compiled.protocols.into_iter().next().expect("one pathway")
}

/// Plays the script and gives it back with what happened below each line.
pub(crate) fn play(source: &str, script: &str) -> String {
    let mut play = Play::new(protocol(source));
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        play.shown.push(format!("> {line}"));
        play.line(line);
    }
    play.check_fold();
    play.show_waiting();
    play.shown.join("\n")
}

impl Play {
    pub(crate) fn new(protocol: CheckedProtocol) -> Self {
        Self { protocol, case: Case::default(), journal: Vec::new(), steps: Vec::new(), shown: Vec::new() }
    }

    pub(crate) fn line(&mut self, line: &str) {
        if let Some(date) = line.strip_prefix("until ") {
            let until = self.moment(&format!("{date} 00:00"));
            return self.let_pass(until);
        }
        let (date, rest) = (&line[..16], &line[17..]);
        let at = self.moment(date);
        self.let_pass(at);
        let event = self.event(rest);
        self.step(&event, at);
    }

    fn moment(&self, text: &str) -> Timestamp {
        let local: DateTime = text.replace(' ', "T").parse().expect("a local time");
        self.protocol.calendar.resolve(local).expect("one moment")
    }

    pub(crate) fn let_pass(&mut self, until: Timestamp) {
        while let Some((id, at)) = self.case.next_timer().map(|timer| (timer.id, timer.due.at)) {
            if at > until {
                break;
            }
            self.step(&Event::TimerDue(id), at.max(self.case.touched_at));
        }
    }

    fn event(&self, text: &str) -> Event {
        let words: Vec<&str> = text.split(' ').collect();
        if let ["plugin", serial, answer] = words[..] {
            let serial = Serial(serial.parse().expect("a serial"));
            let answer = match answer {
                "begun" => ActionAnswer::Begun,
                "returned" => ActionAnswer::Returned(Vec::new()),
                "failed" => ActionAnswer::Failed { wait: None },
                _ => ActionAnswer::GaveUp,
            };
            return Event::ActionAnswered { serial, answer };
        }
        let data: Map<String, Json> =
            words.iter().filter_map(|word| word.split_once('=')).map(data).collect();
        let data = self.protocol.data_from_json(&data).expect("data");
        let by = words.iter().position(|word| *word == "by").map(|at| words[at + 1]);
        let by = by.map(|by| self.protocol.party_named(by).expect("a party"));
        let names: Vec<&str> =
            words.iter().take_while(|word| **word != "by" && !word.contains('=')).copied().collect();
        match self.protocol.trigger_named(names[0]) {
            Ok(trigger) => Event::Reported { trigger, data, by },
            Err(_) => Event::Occurred { what: self.occurrence(&names.join(" ")), data, by },
        }
    }

    fn occurrence(&self, names: &str) -> Occurrence {
        self.protocol.occurrence_named(names).unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn step(&mut self, event: &Event, at: Timestamp) {
        match step(&self.protocol, &self.case, event, at) {
            Err(refused) => self.shown.push(format!("    refused: {refused}")),
            Ok(transition) => {
                self.steps.push((at, transition.entries.clone()));
                for entry in transition.entries {
                    self.show(&entry, at);
                    self.journal.push((at, entry));
                }
                self.case = transition.case;
            }
        }
    }

    fn show(&mut self, entry: &Entry, at: Timestamp) {
        let line = describe(&self.protocol, entry);
        if line.weight < Weight::Detail {
            let local = self.protocol.calendar.local(at).strftime("%a %Y-%m-%d %H:%M");
            self.shown.push(format!("    {local}  {}", line.text));
        }
    }

    fn show_waiting(&mut self) {
        for waiting in waiting(&self.protocol, &self.case) {
            let due = waiting.due.map(|due| due.explain(&self.protocol.calendar));
            self.shown.push(format!(
                "  waits for {} ({}): {}",
                waiting.what,
                waiting.state,
                due.as_deref().unwrap_or("no term")
            ));
        }
    }

    /// The journal alone gives the case.
    pub(crate) fn check_fold(&self) {
        let mut folded = Case::default();
        for (at, entry) in &self.journal {
            apply(&self.protocol, &mut folded, *at, entry);
        }
        assert_eq!(folded, self.case);
    }
}

fn data((name, value): (&str, &str)) -> (String, Json) {
    (name.to_owned(), value.parse::<i64>().map_or_else(|_| json!(value), |number| json!(number)))
}

/// The next version of a pathway: each first text becomes the second, and `open cases` says so much.
pub(crate) fn newer(old: &str, says: &str, changes: &[(&str, &str)]) -> CheckedProtocol {
    let changed = changes.iter().fold(old.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    let says = format!("  lead house\n  open cases {{ {says} }}\n");
    protocol(&changed.replace("version \"1\"", "version \"2\"").replace("  lead house\n", &says))
}
