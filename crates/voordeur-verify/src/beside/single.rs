//! The moments that an obligation says, one by one: each can be made as another version has it without the others.

use voordeur_protocol::model::Visit;
use voordeur_protocol::{Opening, Spec};

/// One moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Single {
    /// Within which term, where it is opened.
    Term,
    /// The preferred one.
    Preferred,
    /// When a contact is planned.
    Planned,
    /// Within which term a referral is accepted.
    Accept,
    /// Within which there is contact.
    Contact,
    /// When a question counts as not answered.
    Silent,
    /// When a step of an escalation comes, counted from 0.
    Step(usize),
    /// How long before the planned day a contact may be made.
    Before,
    /// How long after it counts as missed.
    After,
    /// How far apart attempts are.
    Apart,
}

impl Single {
    /// Those that may differ where it is opened.
    pub(super) const OPENED: [Self; 3] = [Self::Term, Self::Preferred, Self::Planned];

    /// Those that may differ where it is declared.
    pub(super) fn declared(spec: &Spec) -> Vec<Self> {
        match spec {
            Spec::Referral(_) => vec![Self::Accept, Self::Contact],
            Spec::Question(_) => vec![Self::Silent],
            Spec::Escalation(escalation) => (0..escalation.steps.len()).map(Self::Step).collect(),
            Spec::Contact(_) => vec![Self::Before, Self::After],
            Spec::Visit(_) | Spec::Series(_) => vec![Self::Apart],
            _ => Vec::new(),
        }
    }

    /// Gives an obligation, and a place where it is opened, the moment of another one.
    pub(super) fn put(self, (opening, spec): (&mut Opening, &mut Spec), (from, other): (&Opening, &Spec)) {
        match (self, spec, other) {
            (Self::Term, ..) => opening.term = from.term,
            (Self::Preferred, ..) => opening.preferred = from.preferred,
            (Self::Planned, ..) => opening.planned_after = from.planned_after,
            (Self::Accept, Spec::Referral(own), Spec::Referral(other)) => own.accept = other.accept,
            (Self::Contact, Spec::Referral(own), Spec::Referral(other)) => own.contact = other.contact,
            (Self::Silent, Spec::Question(own), Spec::Question(other)) => {
                own.silent_after = other.silent_after;
            }
            (Self::Step(at), Spec::Escalation(own), Spec::Escalation(other))
                if own.steps.len() == other.steps.len() =>
            {
                let both = own.steps.get_mut(at).zip(other.steps.get(at));
                both.into_iter().for_each(|(own, other)| own.after = other.after);
            }
            (Self::Before, Spec::Contact(own), Spec::Contact(other)) => own.before = other.before,
            (Self::After, Spec::Contact(own), Spec::Contact(other)) => own.after = other.after,
            (Self::Apart, own, other) => put_apart(own, other),
            _ => {}
        }
    }
}

/// Two bounds are moments; that there are any is something else.
fn put_apart(own: &mut Spec, other: &Spec) {
    let put = |own: &mut Visit, other: &Visit| {
        if own.apart.is_some() && other.apart.is_some() {
            own.apart = other.apart;
        }
    };
    match (own, other) {
        (Spec::Visit(own), Spec::Visit(other)) => put(own, other),
        (Spec::Series(own), Spec::Series(other)) => put(&mut own.visit, &other.visit),
        _ => {}
    }
}
