//! Why an event was refused. A refused event changes nothing.

use jiff::civil::{Date, DateTime};
use thiserror::Error;
use voordeur_calendar::moment_in_words;
use voordeur_messages::say;
use voordeur_protocol::{Protocol, RuleId, state_in_words};

/// Why an event was refused, in words that name no values.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Rejection {
    /// The case has been reported before.
    #[error("{}", say!("this case has been reported already; use another name for a new case"))]
    AlreadyReported,
    /// The report is made on a day for which this version of the pathway is not.
    #[error("{}", say!("version {version} of the pathway is for reports {valid}; this one is of {day}", version, valid = valid(*from, *until), day))]
    NotValid {
        /// Which version.
        version: String,
        /// The first day.
        from: Option<Date>,
        /// The last day.
        until: Option<Date>,
        /// The day of the report.
        day: Date,
    },
    /// The case has not been reported.
    #[error("{}", say!("this case has not been reported yet; it starts with a trigger"))]
    NotReported,
    /// The case has ended.
    #[error("{}", say!("this case has ended in `{end}`; report it anew to start again", end))]
    Ended {
        /// In which end.
        end: String,
    },
    /// The event is dated before the last one.
    #[error("{}", say!("this is dated {now}, before the last thing that happened to the case ({last}); events come in order of time", now = exactly(*now, *last), last = exactly(*last, *now)))]
    BeforeLast {
        /// The date of the event, in the zone of the pathway.
        now: DateTime,
        /// The last date, there too.
        last: DateTime,
    },
    /// The obligation is not open.
    #[error("{}", say!("`{obligation}` is not open in this case{open}", obligation, open = open_list(open)))]
    NotOpen {
        /// Which.
        obligation: String,
        /// What is open.
        open: Vec<String>,
    },
    /// The lifecycle does not allow it.
    #[error("{}", say!("`{obligation}` is {state} and cannot become `{happening}` now", obligation, state = state_in_words(state), happening))]
    CannotHappen {
        /// Which.
        obligation: String,
        /// Its state.
        state: String,
        /// What was reported.
        happening: String,
    },
    /// The pathway says nothing that this could be about.
    #[error("{}", say!("`{obligation}` is not {happening} here: the pathway says no `{clause}`", obligation, happening, clause))]
    NotForeseen {
        /// Which obligation.
        obligation: String,
        /// What was reported.
        happening: String,
        /// The clause that it would need.
        clause: String,
    },
    /// It is too early for a contact.
    #[error("{}", say!("it is too early for `{obligation}`: its window opens {opens}", obligation, opens))]
    TooEarly {
        /// Which.
        obligation: String,
        /// When, in the zone of the pathway.
        opens: String,
    },
    /// The pathway does not allow this deviation here, or not to this party.
    #[error("{}", say!("the pathway does not allow this deviation here{allowed}", allowed = allowed_list(allowed)))]
    NoDeviation {
        /// Who may.
        allowed: Vec<String>,
    },
    /// The case would end well while nobody knows whether the household arrives.
    #[error("{}", say!("this would end the case while `{referral}` is open; it can end when that is accepted, or closed", referral))]
    ReferralOpen {
        /// Which referral.
        referral: String,
    },
    /// A decision without a reason, or with one that says nothing.
    #[error("{}", say!("a reason that says nothing is none: say why, or where it was published"))]
    NoReason,
    /// `must` obliges: only a deviation that the pathway allows sets it aside.
    #[error("{}", say!("`{obligation}` must be done; only a deviation that the pathway allows sets it aside", obligation))]
    Obliged {
        /// Which.
        obligation: String,
    },
    /// What comes before a visit has not been done.
    #[error("{}", say!("`{visit}` comes after {by}; report `{visit} {prepared}` first", visit, by, prepared))]
    NotPrepared {
        /// Which visit.
        visit: String,
        /// What comes before it.
        by: String,
        /// How the pathway says that it has been done.
        prepared: String,
    },
    /// This party may not report it.
    #[error("{}", say!("`{by}` does not report `{what}`; {expected} does", by, what, expected = either(expected)))]
    NotTheirs {
        /// Who reported.
        by: String,
        /// What.
        what: String,
        /// Who may.
        expected: Vec<String>,
    },
    /// A value of a sensitive field from volunteers, or something that they cannot report without one.
    #[error("{}", say!("`{by}` are volunteers, and `{field}`, which `{what}` asks, is sensitive: let a professional answer it", by, field, what))]
    NotForVolunteers {
        /// Who reported.
        by: String,
        /// What.
        what: String,
        /// The field.
        field: String,
    },
    /// What becomes of a case that was started is reported there.
    #[error("{}", say!("what becomes of `{what}` comes from the cases that it has started: report it there", what))]
    OfItsCases {
        /// What started them.
        what: String,
    },
    /// This party does not decide about what stands still.
    #[error("{}", say!("`{by}` does not decide about this; `{lead}` does, and so does whoever does something in the pathway", by, lead))]
    NotToDecide {
        /// Who decided.
        by: String,
        /// The party of the lead.
        lead: String,
    },
    /// Answers are missing.
    #[error("{}", say!("`{what}` needs an answer to {fields}", what, fields = list(fields)))]
    MissingAnswers {
        /// What was reported.
        what: String,
        /// The fields.
        fields: Vec<String>,
    },
    /// An answer was given that is not asked here.
    #[error("{}", say!("`{field}` is not asked with `{what}`; it asks {asked}", field, what, asked = list(asked)))]
    NotAsked {
        /// What was reported.
        what: String,
        /// The field.
        field: String,
        /// What is asked.
        asked: Vec<String>,
    },
    /// A day that is more than a century away.
    #[error("{}", say!("the day of `{field}` is more than a century away; look at the year", field))]
    TooFar {
        /// The field.
        field: String,
    },
    /// A day of birth on which nobody is born who is alive or expected.
    #[error("{}", say!("the day of `{field}` is more than 150 years ago, or more than a year ahead; look at the year", field))]
    NotBorn {
        /// The field.
        field: String,
    },
    /// A condition needs a field that is not recorded.
    #[error("{}", say!("`{field}` has not been recorded, and the rule on line {line} needs it", field, line))]
    Unrecorded {
        /// The field.
        field: String,
        /// The line of the rule in the file, counted from 1.
        line: u32,
    },
    /// `-> back` in a stage that did not interrupt another.
    #[error("{}", say!("the rule on line {line} goes back, but no stage was interrupted", line))]
    NowhereBack {
        /// The line of the rule in the file, counted from 1.
        line: u32,
    },
    /// No rule answers the event in this stage.
    #[error("{}", say!("nothing in the stage `{stage}` answers `{event}`, nor does `always`", stage, event))]
    Unanswered {
        /// The event.
        event: String,
        /// The stage.
        stage: String,
    },
    /// The action was cancelled, or never asked for.
    #[error("{}", say!("the case does not wait for this action"))]
    NoSuchAction,
    /// Two rules match; a checked protocol has no such rules.
    #[error("{}", say!("the rules on lines {first} and {second} both match; the pathway must be checked again", first, second))]
    Ambiguous {
        /// A line in the file, counted from 1.
        first: u32,
        /// Another.
        second: u32,
    },
    /// Rules set each other off without end; a checked protocol has no such rules.
    #[error("{}", say!("the rules set each other off without end; the pathway must be checked again"))]
    DoesNotSettle,
    /// What ties a case to others is written down once.
    #[error("{}", say!("the case has that tie already, or another one of its kind; it stays as it is"))]
    TiedAlready,
    /// Personal values of a case that runs.
    #[error("{}", say!("the case has not ended: its personal values are needed; let it end first"))]
    StillRuns,
    /// One report of two persons.
    #[error("{}", say!("one person reports one thing"))]
    TwoPersons,
    /// The case has no such timer.
    #[error("{}", say!("the case has no such timer"))]
    NoSuchTimer,
    /// The timer is held, or due later.
    #[error("{}", say!("the timer is not due yet"))]
    NotDue,
}

impl Rejection {
    pub(crate) fn ambiguous(protocol: &Protocol, first: RuleId, second: RuleId) -> Self {
        Self::Ambiguous { first: protocol.rules.row(first).line, second: protocol.rules.row(second).line }
    }
}

/// A moment for people, as exactly as it takes to tell it from another one.
fn exactly(moment: DateTime, other: DateTime) -> String {
    let words = moment_in_words(moment);
    if words == moment_in_words(other) { format!("{words}{}", moment.strftime(":%S%.f")) } else { words }
}

fn valid(from: Option<Date>, until: Option<Date>) -> String {
    match (from, until) {
        (Some(from), Some(until)) => say!("from {from} to {until}", from, until),
        (Some(from), None) => say!("from {from} on", from),
        (None, Some(until)) => say!("until {until}", until),
        (None, None) => String::new(),
    }
}

/// One of several.
fn either(names: &[String]) -> String {
    match names.split_last() {
        None => say!("nobody"),
        Some((last, [])) => format!("`{last}`"),
        Some((last, others)) => say!("{others} or `{last}`", others = list(others), last),
    }
}

fn list(names: &[String]) -> String {
    match names {
        [] => say!("nothing"),
        names => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}

fn allowed_list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        names => say!(" to this party; to {names}", names = list(names)),
    }
}

fn open_list(names: &[String]) -> String {
    match names {
        [] => say!("; nothing is"),
        names => say!("; open are {names}", names = list(names)),
    }
}
