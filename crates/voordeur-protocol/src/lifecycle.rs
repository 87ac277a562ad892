//! The lifecycle of each kind of obligation, as data.
//!
//! One table per kind lists its states and moves. The engine looks moves up, the pictures in the
//! documentation are drawn from the same table, and [`Lifecycle::graph`] gives it as a petgraph graph.
//! Nothing here knows about one pathway.

use petgraph::graph::DiGraph;
use serde::{Deserialize, Serialize};
use voordeur_messages::{Lang, language, mark, translated};
use voordeur_syntax::vocabulary::{HAPPENINGS, STATES};

/// The kinds of obligation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A piece of work for a person (taak).
    Task,
    /// A home visit (huisbezoek).
    Visit,
    /// A series of planned visits (bezoekreeks).
    Series,
    /// A referral to another agency (doorverwijzing).
    Referral,
    /// A question to the client, such as a letter with a reply card (vraag).
    Question,
    /// The work of a plugin (actie).
    Action,
    /// A ladder of warnings (opschaling).
    Escalation,
    /// A contact in aftercare (nazorgcontact).
    Contact,
    /// Cases of another pathway (deeltraject).
    Sub,
}

/// What can happen to an obligation. People and agencies report some of these; time brings others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// The worker takes up what was offered, or the plugin starts.
    Begun,
    /// The worker decides not to do what was offered.
    Waived,
    /// It was done.
    Done,
    /// The client refused the visit.
    Refused,
    /// Nobody opened.
    NotHome,
    /// A visit was announced after the attempts were used up.
    Announced,
    /// The last attempt, or the last time of asking, has been used.
    Exhausted,
    /// The preferred term has gone by.
    Slipped,
    /// The term has gone by.
    Overdue,
    /// The receiving agency accepted.
    Accepted,
    /// The receiving agency declined.
    Declined,
    /// The receiving agency has confirmed contact with the client.
    TakenUp,
    /// The referral was sent once more.
    AskedAgain,
    /// The plugin gave its answer.
    Returned,
    /// The plugin failed; it may be tried again.
    Failed,
    /// The plugin is called once more.
    Retried,
    /// The plugin failed for the last time.
    GaveUp,
    /// The window of a contact has closed.
    Missed,
    /// The client did not answer in time.
    Silent,
    /// Who stands in between has passed the referral on.
    PassedOn,
    /// What comes before a visit has been done.
    Prepared,
    /// Every visit of a series has been made, or its time is over.
    AllDone,
    /// The time of a series is over, and not every visit was made.
    Over,
    /// The first of several cases has ended.
    AnyEnded,
    /// All of them have ended.
    AllEnded,
    /// A step of an escalation was reached.
    Step,
    /// What the escalation was about is over.
    Resolved,
    /// The case moved on.
    Cancelled,
    /// An outcome or an answer that the file names; the number counts in the obligation's own list.
    Named(u8),
}

/// One state of a lifecycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Its name, as tables and timelines show it.
    pub name: &'static str,
    /// Whether nothing more is expected in it.
    pub closed: bool,
}

/// What messages call a state, in the language that is spoken: the word with which a file asks for it.
#[must_use]
pub fn state_in_words(name: &str) -> &str {
    let pair = STATES.iter().chain(HAPPENINGS).find(|pair| pair.first() == Some(&name));
    pair.and_then(|pair| pair.get(language().pick(0, 1))).copied().unwrap_or(name)
}

/// The number of a state within its lifecycle. The first state is where an obligation starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StateId(pub u8);

/// One move of a lifecycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// From this state,
    pub from: StateId,
    /// when this happens,
    pub on: Happening,
    /// to this one.
    pub to: StateId,
}

/// The states and moves of one kind of obligation.
#[derive(Debug, Clone, Copy)]
pub struct Lifecycle {
    /// Of which kind.
    pub kind: Kind,
    /// Its states; the first is the start; one that is called `offered` is the start under `may`.
    pub states: &'static [State],
    /// Its moves.
    pub moves: &'static [Move],
}

const fn open(name: &'static str) -> State {
    State { name, closed: false }
}
const fn closed(name: &'static str) -> State {
    State { name, closed: true }
}
const fn go(from: u8, on: Happening, to: u8) -> Move {
    Move { from: StateId(from), on, to: StateId(to) }
}
/// Any outcome that the file names: lookups treat every `Named` alike.
const NAMED: Happening = Happening::Named(0);

use Happening as H;

const TASK: Lifecycle = Lifecycle {
    kind: Kind::Task,
    states: &[
        open("open"),
        open("offered"),
        closed("done"),
        closed("ended"),
        closed("waived"),
        closed("cancelled"),
    ],
    moves: &[
        go(0, H::Waived, 4),
        go(0, H::Done, 2),
        go(0, NAMED, 3),
        go(0, H::Slipped, 0),
        go(0, H::Overdue, 0),
        go(0, H::Cancelled, 5),
        go(1, H::Begun, 0),
        go(1, H::Done, 2),
        go(1, NAMED, 3),
        go(1, H::Waived, 4),
        go(1, H::Slipped, 1),
        go(1, H::Overdue, 1),
        go(1, H::Cancelled, 5),
    ],
};

const VISIT: Lifecycle = Lifecycle {
    kind: Kind::Visit,
    states: &[
        open("planned"),
        open("offered"),
        open("attempted"),
        open("announced"),
        closed("done"),
        closed("refused"),
        closed("exhausted"),
        closed("waived"),
        closed("cancelled"),
    ],
    moves: &[
        go(0, H::Waived, 7),
        go(2, H::Waived, 7),
        go(3, H::Waived, 7),
        go(0, H::Prepared, 0),
        go(1, H::Prepared, 1),
        go(2, H::Prepared, 2),
        go(3, H::Prepared, 3),
        go(0, H::Done, 4),
        go(0, H::Refused, 5),
        go(0, H::NotHome, 2),
        go(0, H::Slipped, 0),
        go(0, H::Overdue, 0),
        go(0, H::Cancelled, 8),
        go(1, H::Begun, 0),
        go(1, H::Done, 4),
        go(1, H::Refused, 5),
        go(1, H::NotHome, 2),
        go(1, H::Waived, 7),
        go(1, H::Slipped, 1),
        go(1, H::Overdue, 1),
        go(1, H::Cancelled, 8),
        go(2, H::Done, 4),
        go(2, H::Refused, 5),
        go(2, H::NotHome, 2),
        go(2, H::Announced, 3),
        go(2, H::Exhausted, 6),
        go(2, H::Slipped, 2),
        go(2, H::Overdue, 2),
        go(2, H::Cancelled, 8),
        go(3, H::Done, 4),
        go(3, H::Refused, 5),
        go(3, H::NotHome, 3),
        go(3, H::Exhausted, 6),
        go(3, H::Overdue, 3),
        go(3, H::Cancelled, 8),
    ],
};

const SERIES: Lifecycle = Lifecycle {
    kind: Kind::Series,
    states: &[
        open("running"),
        open("offered"),
        closed("all_done"),
        closed("over"),
        closed("refused"),
        closed("waived"),
        closed("cancelled"),
    ],
    moves: &[
        go(0, H::Waived, 5),
        go(0, H::Prepared, 0),
        go(0, H::Done, 0),
        go(0, H::NotHome, 0),
        go(0, H::Missed, 0),
        go(0, H::AllDone, 2),
        go(0, H::Over, 3),
        go(0, H::Refused, 4),
        go(0, H::Cancelled, 6),
        go(1, H::Begun, 0),
        go(1, H::Waived, 5),
        go(1, H::Cancelled, 6),
    ],
};

const REFERRAL: Lifecycle = Lifecycle {
    kind: Kind::Referral,
    states: &[
        open("sent"),
        open("accepted"),
        open("declined"),
        closed("taken_up"),
        closed("exhausted"),
        closed("cancelled"),
        open("offered"),
        open("passed_on"),
        closed("waived"),
    ],
    moves: &[
        go(6, H::Begun, 0),
        go(6, H::Waived, 8),
        go(6, H::Cancelled, 5),
        go(0, H::Waived, 8),
        go(1, H::Waived, 8),
        go(0, H::PassedOn, 7),
        go(7, H::Accepted, 1),
        go(7, H::Declined, 2),
        go(7, H::TakenUp, 3),
        go(7, H::Overdue, 7),
        go(7, H::AskedAgain, 0),
        go(7, H::Exhausted, 4),
        go(7, H::Cancelled, 5),
        go(0, H::Accepted, 1),
        go(0, H::Declined, 2),
        go(0, H::TakenUp, 3),
        go(0, H::Overdue, 0),
        go(0, H::AskedAgain, 0),
        go(0, H::Exhausted, 4),
        go(0, H::Cancelled, 5),
        go(1, H::Declined, 2),
        go(1, H::TakenUp, 3),
        go(1, H::Overdue, 1),
        go(1, H::AskedAgain, 0),
        go(1, H::Exhausted, 4),
        go(1, H::Cancelled, 5),
        go(2, H::AskedAgain, 0),
        go(2, H::Exhausted, 4),
        go(2, H::Cancelled, 5),
    ],
};

const QUESTION: Lifecycle = Lifecycle {
    kind: Kind::Question,
    states: &[open("sent"), closed("answered"), closed("silent"), closed("cancelled")],
    moves: &[go(0, NAMED, 1), go(0, H::Silent, 2), go(0, H::Cancelled, 3)],
};

const ACTION: Lifecycle = Lifecycle {
    kind: Kind::Action,
    states: &[
        open("requested"),
        open("running"),
        open("failed"),
        closed("returned"),
        closed("gave_up"),
        closed("cancelled"),
    ],
    moves: &[
        go(0, H::Begun, 1),
        go(0, H::Returned, 3),
        go(0, H::Failed, 2),
        go(0, H::GaveUp, 4),
        go(0, H::Overdue, 0),
        go(0, H::Cancelled, 5),
        go(1, H::Begun, 1),
        go(1, H::Returned, 3),
        go(1, H::Failed, 2),
        go(1, H::GaveUp, 4),
        go(1, H::Overdue, 1),
        go(1, H::Cancelled, 5),
        go(2, H::Retried, 0),
        go(2, H::GaveUp, 4),
        go(2, H::Overdue, 2),
        go(2, H::Cancelled, 5),
    ],
};

const ESCALATION: Lifecycle = Lifecycle {
    kind: Kind::Escalation,
    states: &[open("running"), closed("resolved"), closed("cancelled")],
    moves: &[go(0, H::Step, 0), go(0, H::Resolved, 1), go(0, H::Cancelled, 2)],
};

const SUB: Lifecycle = Lifecycle {
    kind: Kind::Sub,
    states: &[open("running"), closed("ended"), closed("cancelled")],
    moves: &[go(0, NAMED, 0), go(0, H::AnyEnded, 0), go(0, H::AllEnded, 1), go(0, H::Cancelled, 2)],
};

const CONTACT: Lifecycle = Lifecycle {
    kind: Kind::Contact,
    states: &[open("planned"), closed("done"), closed("missed"), closed("cancelled")],
    moves: &[go(0, H::Done, 1), go(0, H::Missed, 2), go(0, H::Cancelled, 3)],
};

impl Kind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Self; 9] = [
        Self::Sub,
        Self::Visit,
        Self::Series,
        Self::Task,
        Self::Question,
        Self::Referral,
        Self::Action,
        Self::Escalation,
        Self::Contact,
    ];

    /// The lifecycle of this kind.
    #[must_use]
    pub const fn lifecycle(self) -> &'static Lifecycle {
        match self {
            Self::Task => &TASK,
            Self::Visit => &VISIT,
            Self::Sub => &SUB,
            Self::Series => &SERIES,
            Self::Referral => &REFERRAL,
            Self::Question => &QUESTION,
            Self::Action => &ACTION,
            Self::Escalation => &ESCALATION,
            Self::Contact => &CONTACT,
        }
    }

    /// The word for this kind in messages and timelines.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Task => mark!("task"),
            Self::Visit => mark!("visit"),
            Self::Sub => mark!("sub-pathway"),
            Self::Series => mark!("series"),
            Self::Referral => mark!("referral"),
            Self::Question => mark!("question"),
            Self::Action => mark!("action"),
            Self::Escalation => mark!("escalation"),
            Self::Contact => mark!("contact"),
        }
    }

    /// What messages call it, in the language that is spoken.
    #[must_use]
    pub fn in_words(self) -> String {
        translated(self.word())
    }
}

impl Lifecycle {
    /// Where an obligation starts; `offered` under `may`, where the kind knows that state.
    #[must_use]
    pub fn start(&self, offered: bool) -> StateId {
        let state = self.states.iter().position(|state| offered && state.name == "offered");
        StateId(state.and_then(|position| u8::try_from(position).ok()).unwrap_or(0))
    }

    /// The state after something happened; `None` when it cannot happen in this state.
    #[must_use]
    pub fn next(&self, from: StateId, on: Happening) -> Option<StateId> {
        let on = on.family();
        self.moves.iter().find(|m| m.from == from && m.on == on).map(|m| m.to)
    }

    /// The state itself. A number from elsewhere that fits no state is treated as closed.
    #[must_use]
    pub fn state(&self, id: StateId) -> State {
        self.states.get(usize::from(id.0)).copied().unwrap_or(closed("unknown"))
    }

    /// Whether something can happen anywhere in this lifecycle.
    #[must_use]
    pub fn knows(&self, on: Happening) -> bool {
        self.moves.iter().any(|m| m.on == on.family())
    }

    /// The lifecycle as a petgraph graph, for drawing and for graph algorithms.
    #[must_use]
    pub fn graph(&self) -> DiGraph<State, Happening> {
        let mut graph = DiGraph::new();
        let nodes: Vec<_> = self.states.iter().map(|state| graph.add_node(*state)).collect();
        for m in self.moves {
            if let (Some(from), Some(to)) = (nodes.get(usize::from(m.from.0)), nodes.get(usize::from(m.to.0)))
            {
                graph.add_edge(*from, *to, m.on);
            }
        }
        graph
    }
}

impl Happening {
    /// The words that a file and an event may use, with what they mean.
    const WORDS: [(&'static str, Self); 28] = [
        ("begun", H::Begun),
        ("waived", H::Waived),
        ("done", H::Done),
        ("refused", H::Refused),
        ("not_home", H::NotHome),
        ("announced", H::Announced),
        ("exhausted", H::Exhausted),
        ("slipped", H::Slipped),
        ("overdue", H::Overdue),
        ("accepted", H::Accepted),
        ("declined", H::Declined),
        ("taken_up", H::TakenUp),
        ("asked_again", H::AskedAgain),
        ("returned", H::Returned),
        ("failed", H::Failed),
        ("retried", H::Retried),
        ("gave_up", H::GaveUp),
        ("missed", H::Missed),
        ("silent", H::Silent),
        ("step", H::Step),
        ("resolved", H::Resolved),
        ("cancelled", H::Cancelled),
        ("passed_on", H::PassedOn),
        ("prepared", H::Prepared),
        ("all_done", H::AllDone),
        ("over", H::Over),
        ("any_ended", H::AnyEnded),
        ("all_ended", H::AllEnded),
    ];

    /// Every happening that has a word of the language.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::WORDS.iter().map(|(_, happening)| *happening)
    }

    /// The happening that a word names, in either spelling; names that a file gives are not among them.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let pair = HAPPENINGS.iter().find(|pair| pair.contains(&word))?;
        Self::WORDS.iter().find(|(name, _)| pair.first() == Some(name)).map(|(_, happening)| *happening)
    }

    /// Its word in a spelling; `None` for an outcome that the file names.
    #[must_use]
    pub fn word_in(self, spelling: Lang) -> Option<&'static str> {
        let word = self.word()?;
        let [english, dutch] = HAPPENINGS.iter().find(|pair| pair.first() == Some(&word))?;
        Some(spelling.pick(english, dutch))
    }

    /// Its English word; `None` for an outcome that the file names.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        Self::WORDS.iter().find(|(_, happening)| *happening == self).map(|(name, _)| *name)
    }

    /// Whether people, agencies or plugins report it. The others come from time or from the engine.
    #[must_use]
    pub const fn is_reported(self) -> bool {
        matches!(
            self,
            H::Begun
                | H::Waived
                | H::Done
                | H::Refused
                | H::NotHome
                | H::Accepted
                | H::Declined
                | H::TakenUp
                | H::PassedOn
                | H::Prepared
                | H::Returned
                | H::Failed
                | H::GaveUp
                | H::Retried
                | H::Named(_)
        )
    }

    /// All named outcomes count as one in the tables of moves.
    pub(crate) const fn family(self) -> Self {
        match self {
            H::Named(_) => NAMED,
            other => other,
        }
    }

    /// A number that orders and identifies happenings: 0 to 27 for the words, 32 and up for names.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            H::Named(index) => 32 + u16::from(index),
            other => Self::WORDS
                .iter()
                .position(|(_, happening)| *happening == other)
                .and_then(|index| u16::try_from(index).ok())
                .unwrap_or(0),
        }
    }
}
