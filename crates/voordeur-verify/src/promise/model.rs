//! A promise with its names resolved.

use voordeur_diagnostics::Span;
use voordeur_protocol::guard::Expr;
use voordeur_protocol::model::{EndKind, Mode};
use voordeur_protocol::{
    CheckedProtocol, Effect, EndId, EventId, Happening, ObligationId, Protocol, Spec, StageId, TriggerId,
};

use crate::inert::Watched;
use crate::observe::Term;

/// A promise about one pathway.
#[derive(Debug, Clone)]
pub struct Promise {
    /// What it is about, in words.
    pub title: String,
    /// The pathway, with the settings of one day.
    pub protocol: CheckedProtocol,
    /// What is promised, in the order of the file.
    pub statements: Vec<Statement>,
    /// The whole promise.
    pub span: Span,
}

/// One thing that is promised.
#[derive(Debug, Clone)]
pub struct Statement {
    /// As it is written, on one line.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// The pathway with what the condition reads.
    pub(super) world: Protocol,
    /// What is looked at: one form for each obligation that is promised something by itself.
    pub(super) forms: Vec<Form>,
}

/// What is looked at.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Form {
    /// From the first opening that is not answered yet: one of these happens in time.
    Response { of: ObligationId, outcomes: Vec<Happening>, term: Term, when: Expr },
    /// A case does not end so before one of these has happened.
    Before { ending: Ending, deeds: Vec<Deed>, when: Expr },
    /// A case does not end so while this is open.
    While { ending: Ending, open: ObligationId, when: Expr },
    /// None of these happens once one of those has happened.
    Absence { never: Vec<Deed>, after: Vec<Deed> },
    /// While a case is in the stage, one of these happens again and again.
    Recurrence { stage: StageId, deeds: Vec<Deed>, term: Term },
    /// So often at most.
    Bounded { most: u32, counted: Vec<Deed>, anew: Option<ObligationId>, before: Vec<Deed> },
    /// One of these happens in time, counted from a moment.
    Existence { deeds: Vec<Deed>, from: Start, term: Term, when: Expr },
    /// Some case gets there.
    Possible(Goal),
    /// No two of these are open at once.
    NeverTwo(Vec<ObligationId>),
}

/// Which endings of a case are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The pathway itself closes the case, well or badly: no withdrawal, no death, no move.
    Closed,
    /// This one.
    In(EndId),
}

/// Something that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// To an obligation.
    Happened(ObligationId, Happening),
    /// An obligation is opened.
    Opened(ObligationId),
    /// To the case.
    Event(EventId),
}

/// What a term counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// The report.
    Report,
    /// A report through one trigger.
    Trigger(TriggerId),
    /// The first time that this happens.
    Deed(Deed),
}

/// Where some case gets to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Goal {
    /// To an end.
    End(EndId),
    /// Into a stage.
    Stage(StageId),
    /// To where one of these happens.
    Deeds(Vec<Deed>),
}

impl Ending {
    /// Whether a case that ends so is meant.
    pub(super) fn means(self, protocol: &Protocol, end: EndId) -> bool {
        match self {
            Self::In(of) => of == end,
            Self::Closed => matches!(protocol.ends.row(end).kind, EndKind::Success | EndKind::Failure),
        }
    }
}

impl Promise {
    /// Whether it is about this edition of this pathway.
    #[must_use]
    pub fn is_about(&self, pathway: &CheckedProtocol) -> bool {
        self.protocol.name == pathway.name && self.protocol.edition() == pathway.edition()
    }

    /// Whether it has to be kept in time.
    pub(crate) fn has_terms(&self) -> bool {
        self.statements.iter().flat_map(|one| &one.forms).any(|form| form.term().is_some())
    }
}

impl Statement {
    /// Whether no part of it is under a condition: its world is that of every other such statement.
    pub(super) fn is_unconditional(&self) -> bool {
        self.forms.iter().all(|form| *form.condition() == Expr::True)
    }
}

impl Form {
    /// The obligations that it looks at: they are followed even when they change nothing.
    pub(super) fn watched(&self, world: &Protocol) -> Watched {
        let mut watched = Watched::default();
        let mut deeds = |deeds: &[Deed]| deeds.iter().for_each(|deed| deed.watch(world, &mut watched));
        match self {
            Self::Response { of, outcomes, .. } => {
                outcomes.iter().for_each(|on| deeds(&[Deed::Happened(*of, *on)]));
                watched.followed.insert(*of);
            }
            Self::Before { deeds: own, .. } | Self::Recurrence { deeds: own, .. } => deeds(own),
            Self::While { open, .. } => {
                watched.followed.insert(*open);
            }
            Self::NeverTwo(open) => watched.followed.extend(open),
            Self::Absence { never, after } => {
                deeds(never);
                deeds(after);
            }
            Self::Bounded { counted, anew, before, .. } => {
                deeds(counted);
                deeds(before);
                watched.followed.extend(anew);
            }
            Self::Existence { deeds: own, from, .. } => {
                deeds(own);
                if let Start::Deed(from) = from {
                    deeds(&[*from]);
                }
            }
            Self::Possible(Goal::Deeds(own)) => deeds(own),
            Self::Possible(_) => {}
        }
        watched
    }

    /// The term that it keeps.
    pub(super) const fn term(&self) -> Option<Term> {
        match self {
            Self::Response { term, .. } | Self::Recurrence { term, .. } | Self::Existence { term, .. } => {
                Some(*term)
            }
            _ => None,
        }
    }

    /// The endings of a case that it asks about, where it asks about nothing else.
    pub(super) const fn ending(&self) -> Option<Ending> {
        match self {
            Self::Before { ending, .. } | Self::While { ending, .. } => Some(*ending),
            _ => None,
        }
    }

    /// The condition that it is under.
    pub(super) const fn condition(&self) -> &Expr {
        match self {
            Self::Response { when, .. }
            | Self::Before { when, .. }
            | Self::While { when, .. }
            | Self::Existence { when, .. } => when,
            _ => &Expr::True,
        }
    }
}

/// Whether it is only offered somewhere.
fn is_offered(world: &Protocol, of: ObligationId) -> bool {
    world.openings.rows().any(|row| row.obligation == of && row.mode == Mode::May)
}

impl Deed {
    /// That something is opened with its stage shows in the journal, whether or not it is followed; what a rule or an escalation opens
    /// does so only where that is. What is only offered is opened when it is begun.
    fn watch(&self, world: &Protocol, watched: &mut Watched) {
        let mut follow = |of: ObligationId, on: Happening| {
            watched.followed.insert(of);
            watched.happenings.insert((of, on));
        };
        match *self {
            Self::Happened(of, on) => follow(of, on),
            Self::Opened(of) if is_offered(world, of) => follow(of, Happening::Begun),
            Self::Opened(of) if is_opened_on_the_way(world, of) => {
                watched.followed.insert(of);
            }
            Self::Opened(_) | Self::Event(_) => {}
        }
    }
}

/// Whether a rule or a step of an escalation opens it.
fn is_opened_on_the_way(world: &Protocol, of: ObligationId) -> bool {
    let of_rules = world.rules.rows().flat_map(|rule| &rule.effects);
    let of_steps = world.obligations.rows().filter_map(|row| match &row.spec {
        Spec::Escalation(escalation) => Some(escalation.steps.iter().flat_map(|step| &step.effects)),
        _ => None,
    });
    let opens = |effect: &Effect| matches!(effect, Effect::Open(opening) if world.openings.row(*opening).obligation == of);
    of_rules.chain(of_steps.flatten()).any(opens)
}
