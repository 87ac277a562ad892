//! What runs beside a case without ever changing its way: it is left out of the states.
//!
//! A task that an escalation opens and that no rule looks at, a term after which somebody is only told: whatever
//! becomes of them, the case goes on as it would have gone on.

use std::collections::BTreeSet;

use voordeur_engine::{Case, Entry, Message, Reason, TimerKind};
use voordeur_protocol::guard::Expr;
use voordeur_protocol::model::{Deviation, Obligation};
use voordeur_protocol::{
    Anchor, Cause, Effect, Happening, Id as _, ObligationId, Opening, Protocol, Rule, RuleId, Spec,
};

use crate::begun::asked_whether_begun;
use crate::cells::recorded_by_rules;

/// What is inert in a pathway.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Inert {
    obligations: Vec<bool>,
    rules: Vec<bool>,
    /// Happenings that change nothing when they come.
    quiet: BTreeSet<(ObligationId, Happening)>,
    /// Referrals of which only what people do about them can change the way of a case.
    by_people: Vec<bool>,
    /// The actions of which it makes a difference whether they were begun.
    begun: BTreeSet<ObligationId>,
}

/// What is looked at although it may be inert.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Watched {
    /// Obligations, with all that happens to them.
    pub(crate) obligations: BTreeSet<ObligationId>,
    /// Obligations, with what people do about them.
    pub(crate) followed: BTreeSet<ObligationId>,
    /// What time brings to an obligation.
    pub(crate) happenings: BTreeSet<(ObligationId, Happening)>,
    /// Rules that time brings.
    pub(crate) rules: BTreeSet<RuleId>,
    /// Obligations, or what time brings to one, that would be left out but for what they open, and are: what they open is looked
    /// at where something else opens it.
    pub(crate) aside: BTreeSet<(ObligationId, Option<Happening>)>,
}

impl Inert {
    pub(crate) fn of(protocol: &Protocol, watched: &Watched) -> Self {
        let mut inert = Self {
            obligations: vec![true; protocol.obligations.len()],
            rules: vec![false; protocol.rules.len()],
            quiet: BTreeSet::new(),
            by_people: Vec::new(),
            begun: asked_whether_begun(protocol, watched),
        };
        let mut used = Used::of(protocol);
        let by_people = protocol.obligations.iter().map(|(id, row)| used.is_by_people(protocol, id, row));
        let by_people: Vec<bool> = by_people.collect();
        used.watch(watched);
        // What something that matters opens may matter; what only tells does not.
        loop {
            let before = inert.obligations.clone();
            for (id, row) in protocol.obligations.iter() {
                let own = match &row.spec {
                    Spec::Escalation(escalation) => escalation
                        .steps
                        .iter()
                        .flat_map(|step| &step.effects)
                        .all(|effect| inert.tells(protocol, effect)),
                    Spec::Sub(_) | Spec::Contact(_) => false,
                    _ => row.asks.iter().all(|field| !used.fields.contains(field)),
                };
                let rules = protocol.rules.rows().filter(|rule| is_about(rule, id));
                let told = rules.into_iter().all(|rule| inert.only_tells(protocol, rule));
                let is_aside = watched.aside.contains(&(id, None)) && !watched.obligations.contains(&id);
                if let Some(slot) = inert.obligations.get_mut(id.index()) {
                    *slot = *slot && (is_aside || own && told && !used.obligations.contains(&id));
                }
            }
            if inert.obligations == before {
                break;
            }
        }
        for (id, rule) in protocol.rules.iter() {
            let tells = inert.only_tells(protocol, rule);
            if let Some(slot) = inert.rules.get_mut(id.index()) {
                *slot = tells && !watched.rules.contains(&id);
            }
        }
        inert.quiet = quiet(protocol, &inert, &used, watched);
        let tells = |(id, by_people): (usize, bool)| {
            let mut about = protocol
                .rules
                .rows()
                .filter(|rule| matches!(&rule.cause, Cause::Obligation(of, _) if of.index() == id));
            by_people && about.all(|rule| inert.only_tells(protocol, rule))
        };
        inert.by_people = by_people.into_iter().enumerate().map(tells).collect();
        inert
    }

    /// Whether only what people do about a referral can change the way of a case, and no term of it.
    pub(crate) fn is_by_people(&self, id: ObligationId) -> bool {
        self.by_people.get(id.index()).copied().unwrap_or(false)
    }

    fn tells(&self, protocol: &Protocol, effect: &Effect) -> bool {
        match effect {
            Effect::Notify { .. } => true,
            Effect::Open(opening) => self.obligation(protocol.openings.row(*opening).obligation),
            Effect::Consent(_) | Effect::Record { .. } => false,
        }
    }

    fn only_tells(&self, protocol: &Protocol, rule: &Rule) -> bool {
        rule.target.is_none() && rule.effects.iter().all(|effect| self.tells(protocol, effect))
    }

    pub(crate) fn obligation(&self, id: ObligationId) -> bool {
        self.obligations.get(id.index()).copied().unwrap_or(false)
    }

    /// Whether something that time brings to an obligation changes nothing.
    pub(crate) fn is_quiet(&self, of: ObligationId, on: Happening) -> bool {
        self.quiet.contains(&(of, on))
    }

    /// Whether nothing but telling follows from it when an interrupted stage comes back.
    pub(crate) fn only_tells_on_return(
        &self,
        protocol: &Protocol,
        obligation: ObligationId,
        on: Happening,
    ) -> bool {
        let cause = Cause::Obligation(obligation, on);
        self.obligation(obligation)
            || protocol.rules.iter().filter(|(_, rule)| rule.cause == cause).all(|(id, _)| self.rule(id))
    }

    /// Whether a rule only tells somebody something.
    pub(crate) fn rule(&self, id: RuleId) -> bool {
        self.rules.get(id.index()).copied().unwrap_or(false)
    }

    /// Whether an entry says what becomes of something that was open before and is left out.
    pub(crate) fn leaves_out(&self, protocol: &Protocol, before: &Case, entry: &Entry) -> bool {
        let of = match entry {
            Entry::Moved { opening, .. } => protocol.openings.row(*opening).obligation,
            Entry::Sent(Message::Notify { reason, .. }) => match reason {
                Reason::Step { obligation, .. }
                | Reason::Unanswered { obligation, .. }
                | Reason::Stopped { obligation }
                | Reason::CalledOff { obligation } => *obligation,
                Reason::Rule { .. } | Reason::NoConsent { .. } | Reason::Withheld { .. } => return false,
            },
            _ => return false,
        };
        let is_open = || before.open.iter().any(|one| one.opening(protocol).obligation == of);
        self.obligation(of) && is_open()
    }

    /// Whether what a timer brings is not looked at: it only tells somebody something, or belongs to what is left out.
    pub(crate) fn hides(&self, protocol: &Protocol, case: &Case, kind: TimerKind) -> bool {
        let instance = kind.serial().and_then(|serial| case.instance(serial));
        let is_left_out = instance.is_some_and(|one| self.obligation(one.opening(protocol).obligation));
        is_left_out || self.timer(protocol, case, kind)
    }

    /// Whether a timer only tells somebody something when its time comes.
    pub(crate) fn timer(&self, protocol: &Protocol, case: &Case, kind: TimerKind) -> bool {
        let happening = match kind {
            TimerKind::Remind { .. }
            | TimerKind::RemindAccept(_)
            | TimerKind::RemindContact(_)
            | TimerKind::WindowOpens(_) => return true,
            TimerKind::Every { rule, .. } | TimerKind::After(rule) => return self.rule(rule),
            TimerKind::Slipped(_) => Happening::Slipped,
            TimerKind::Overdue(_) => Happening::Overdue,
            _ => return false,
        };
        let instance = kind.serial().and_then(|serial| case.instance(serial));
        instance.is_some_and(|one| self.quiet.contains(&(one.opening(protocol).obligation, happening)))
    }
}

fn is_about(rule: &Rule, obligation: ObligationId) -> bool {
    matches!(&rule.cause, Cause::Obligation(of, _) if *of == obligation)
}

/// What conditions, terms and deviations look at.
struct Used {
    obligations: BTreeSet<ObligationId>,
    happenings: BTreeSet<(ObligationId, Happening)>,
    fields: BTreeSet<voordeur_protocol::FieldId>,
}

impl Used {
    fn of(protocol: &Protocol) -> Self {
        let mut used =
            Self { obligations: BTreeSet::new(), happenings: BTreeSet::new(), fields: BTreeSet::new() };
        let guards = protocol.rules.rows().map(|rule| &rule.guard);
        let paused = protocol.openings.rows().filter_map(|row| Some(&row.paused.as_ref()?.0));
        for guard in guards.chain(paused) {
            guard.walk(&mut |part| match part {
                Expr::Happened { obligations, happening, .. } => {
                    used.obligations.extend(obligations);
                    used.happenings.extend(obligations.iter().map(|obligation| (*obligation, *happening)));
                }
                Expr::Range { field, .. } | Expr::In { field, .. } | Expr::Known(field) => {
                    used.read(protocol, *field);
                }
                Expr::True | Expr::And(_) | Expr::Or(_) | Expr::Not(_) | Expr::AtLeast { .. } => {}
            });
        }
        used.terms(protocol);
        used.fields.extend(recorded_by_rules(protocol));
        used
    }

    /// Whether it is a referral of which nothing is looked at but what people do about it.
    fn is_by_people(&self, protocol: &Protocol, id: ObligationId, row: &Obligation) -> bool {
        use voordeur_protocol::model::Derived;
        let of_people = [Happening::TakenUp, Happening::Accepted, Happening::PassedOn];
        let derived = |row: &voordeur_protocol::model::Field| matches!(row.derived, Some(Derived::Number(of) | Derived::State(of, _)) if of == id);
        let mut openings = protocol.openings.rows().filter(|row| row.obligation == id);
        matches!(row.spec, Spec::Referral(_))
            && self.happenings.iter().all(|(of, on)| *of != id || of_people.contains(on))
            && !protocol.fields.rows().any(derived)
            && openings.all(|row| row.paused.is_none())
    }

    fn watch(&mut self, watched: &Watched) {
        self.obligations.extend(&watched.followed);
        self.happenings.extend(&watched.happenings);
        for obligation in &watched.obligations {
            self.obligations.insert(*obligation);
            self.happenings.extend([Happening::Slipped, Happening::Overdue].map(|on| (*obligation, on)));
        }
    }

    fn read(&mut self, protocol: &Protocol, field: voordeur_protocol::FieldId) {
        use voordeur_protocol::Occurrence;
        use voordeur_protocol::model::{Derived, Start};
        self.fields.insert(field);
        match protocol.fields.row(field).derived {
            Some(Derived::Age(of) | Derived::Sum { of, .. }) => {
                self.fields.insert(of);
            }
            Some(Derived::Number(of) | Derived::State(of, _)) => {
                self.obligations.insert(of);
            }
            Some(Derived::Since(Start::From(Anchor::Happened(of, on)), _)) => {
                self.obligations.insert(of);
                self.happenings.insert((of, on));
            }
            Some(Derived::Since(Start::From(Anchor::Field(of)), _)) => {
                self.fields.insert(of);
            }
            Some(Derived::Tally { of: Occurrence::Obligation(of, on), .. }) => {
                self.obligations.insert(of);
                self.happenings.insert((of, on));
            }
            _ => {}
        }
    }

    fn terms(&mut self, protocol: &Protocol) {
        let terms = protocol.openings.rows().flat_map(|row| row.term.into_iter().chain(row.preferred));
        let after = protocol.rules.rows().filter_map(|rule| match rule.cause {
            Cause::After(_, anchor) => Some(anchor),
            _ => None,
        });
        for anchor in terms.map(|term| term.anchor).chain(after) {
            match anchor {
                Anchor::Happened(of, on) => {
                    self.obligations.insert(of);
                    self.happenings.insert((of, on));
                }
                Anchor::Field(field) => {
                    self.fields.insert(field);
                }
                Anchor::Opening | Anchor::Report | Anchor::Event(_) => {}
            }
        }
        let skipped = protocol.deviations.iter().filter_map(|row| match row.what {
            Deviation::Skip(of) | Deviation::Repeat(of) => Some(of),
            Deviation::MoveTo(_) => None,
        });
        self.obligations.extend(skipped);
        self.obligations.extend(
            protocol.openings.rows().filter(|row| holds_the_end(protocol, row)).map(|row| row.obligation),
        );
    }
}

/// A warm referral that is made keeps a case from ending well until it is closed, any other until it is
/// accepted. One with a term for each of those states is so in the end by itself: the case ends as without it.
fn holds_the_end(protocol: &Protocol, row: &Opening) -> bool {
    matches!(&protocol.obligations.row(row.obligation).spec,
        Spec::Referral(referral) if row.paused.is_some()
            || if referral.warm { referral.contact.is_none() } else { referral.accept.is_none() })
}

/// The ends of terms that only tell somebody.
fn quiet(
    protocol: &Protocol,
    inert: &Inert,
    used: &Used,
    watched: &Watched,
) -> BTreeSet<(ObligationId, Happening)> {
    let mut quiet = BTreeSet::new();
    for (id, row) in protocol.obligations.iter() {
        // What is overdue is asked once more, or is over.
        let acts = matches!(row.spec, Spec::Referral(_));
        for on in [Happening::Slipped, Happening::Overdue] {
            let mut rules = protocol.rules.rows().filter(|rule| rule.cause == Cause::Obligation(id, on));
            let is_aside = watched.aside.contains(&(id, Some(on)));
            let told = is_aside || rules.all(|rule| inert.only_tells(protocol, rule));
            if told && !acts && !used.happenings.contains(&(id, on)) {
                quiet.insert((id, on));
            }
        }
    }
    quiet
}
