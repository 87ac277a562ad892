//! Timelines: what happened to a case, and why, in words.

use std::fmt::Write as _;
use voordeur_calendar::moment_in_words;
use voordeur_messages::{say, translated};

use jiff::Timestamp;
use serde::Serialize;
use voordeur_calendar::Calendar;
use voordeur_engine::{Entry, Teller, Waiting, Weight};
use voordeur_protocol::{Protocol, TriggerId, state_in_words};

/// A line of a timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Line {
    /// The moment (UTC).
    pub(crate) at: Timestamp,
    /// The moment in the zone of the pathway.
    pub(crate) local: String,
    /// What happened.
    pub(crate) what: String,
    /// Why: rules with their lines, terms with their reasoning.
    pub(crate) why: Vec<String>,
}

/// A step in words. What caused something stands with the first thing that it caused.
pub(crate) fn lines(protocol: &Protocol, at: Timestamp, entries: &[Entry]) -> Vec<Line> {
    lines_by(&mut Teller::default(), protocol, at, entries)
}

/// The same, told by somebody who has told what came before.
pub(crate) fn lines_by(
    teller: &mut Teller,
    protocol: &Protocol,
    at: Timestamp,
    entries: &[Entry],
) -> Vec<Line> {
    let mut first = None;
    let mut lines: Vec<Line> = Vec::new();
    let mut why: Vec<String> = Vec::new();
    for entry in entries {
        if let Some(cause) = cause(protocol, entry) {
            why.push(cause);
        }
        let described = teller.describe(protocol, entry);
        first.get_or_insert_with(|| described.text.clone());
        if described.weight < Weight::Detail {
            let local = local(&protocol.calendar, at);
            lines.push(Line { at, local, what: described.text, why: std::mem::take(&mut why) });
        }
        if let Entry::Reported { trigger, branch, .. } = entry {
            why.extend(branch_text(protocol, *trigger, *branch));
        }
    }
    match lines.last_mut() {
        Some(last) => last.why.extend(why),
        None if why.is_empty() => {}
        None => {
            let what = first.unwrap_or_default();
            lines.push(Line { at, local: local(&protocol.calendar, at), what, why });
        }
    }
    lines
}

fn cause(protocol: &Protocol, entry: &Entry) -> Option<String> {
    match entry {
        Entry::TimerFired(timer) => Some(timer.due.explain(&protocol.calendar)),
        Entry::RuleFired { rule } => {
            let row = protocol.rules.row(*rule);
            Some(say!("line {line}: {what}", line = row.line, what = row.text))
        }
        _ => None,
    }
}

fn branch_text(protocol: &Protocol, trigger: TriggerId, branch: u16) -> Option<String> {
    let branch = protocol.triggers.row(trigger).branches.get(usize::from(branch))?;
    Some(say!("line {line}: {branch}", line = branch.line, branch = branch.text))
}

/// `Mon 2008-03-03 10:00`, in the zone of the pathway.
pub(crate) fn local(calendar: &Calendar, at: Timestamp) -> String {
    moment_in_words(calendar.local(at))
}

/// The lines as text; a date stands once.
pub(crate) fn text(lines: &[Line]) -> String {
    let mut out = String::new();
    let mut last = "";
    for line in lines {
        let date = if line.local == last { "" } else { &line.local };
        writeln!(out, "  {date:<20}  {}", line.what).unwrap_or_default();
        for why in &line.why {
            writeln!(out, "{}", say!("                          because {why}", why)).unwrap_or_default();
        }
        last = &line.local;
    }
    out
}

/// One thing that a case waits for, as a line for people.
pub(crate) fn waiting(protocol: &Protocol, waiting: &Waiting) -> String {
    let calendar = &protocol.calendar;
    let kind = waiting.kind.map_or_else(|| say!("rule"), voordeur_protocol::Kind::in_words);
    let title = if waiting.title.is_empty() || waiting.title == waiting.what {
        String::new()
    } else {
        format!(" ({})", waiting.title)
    };
    let doers = waiting.who.iter().chain(&waiting.with);
    let doers: Vec<&str> = doers.map(|who| protocol.parties.row(*who).name.as_str()).collect();
    let who = if doers.is_empty() { String::new() } else { say!(", by {name}", name = doers.join(" + ")) };
    // A rule has no lifecycle: it waits.
    let state = match waiting.kind {
        Some(_) => state_in_words(waiting.state).replace('_', " "),
        None => translated(waiting.state),
    };
    let mut out = format!("{kind} `{}`{title}{who}: {state}", waiting.what);
    write!(out, "{}", say!(", since {since}", since = local(calendar, waiting.since))).unwrap_or_default();
    if waiting.optional {
        out.push_str(&say!(", left to the worker's judgement"));
    }
    if let Some(from) = waiting.not_before.filter(|from| *from > waiting.since) {
        write!(out, "{}", say!(", not before {from}", from = local(calendar, from))).unwrap_or_default();
    }
    match &waiting.due {
        Some(_) if waiting.held => {
            out.push_str(&say!("\n      its clock is held until the case is back in its stage"));
        }
        Some(_) if let Some(since) = waiting.paused_since => {
            let since = local(calendar, since);
            out.push_str(&say!(
                "\n      its clock stands still since {since}; the term is longer by as many of the days that it runs",
                since
            ));
        }
        Some(due) => {
            write!(out, "{}", say!("\n      due: {why}", why = due.explain(calendar))).unwrap_or_default();
        }
        None if waiting.overdue => out.push_str(&say!("\n      its term has gone by")),
        None => out.push_str(&say!("\n      no term runs")),
    }
    out
}

/// As JSON.
pub(crate) fn waiting_json(protocol: &Protocol, waiting: &Waiting) -> serde_json::Value {
    serde_json::json!({
        "what": waiting.what,
        "kind": waiting.kind.map_or("rule", |kind| kind.word()),
        "title": waiting.title,
        "by": waiting.who.map(|who| protocol.parties.row(who).name.clone()),
        "state": waiting.state,
        "optional": waiting.optional,
        "since": waiting.since,
        "not_before": waiting.not_before,
        "due": waiting.due.map(|due| due.at),
        "reasoning": waiting.due.map(|due| due.explain(&protocol.calendar)),
        "provisional": waiting.due.is_some_and(|due| due.why.provisional()),
        "overdue": waiting.overdue,
        "held": waiting.held,
        "paused_since": waiting.paused_since,
    })
}
