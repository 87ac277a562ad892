//! The words on the boxes and the edges.

use voordeur_messages::say;
use voordeur_protocol::{
    Anchor, Cause, Effect, Happening, Kind, Mode, ObligationId, Opening, OpeningId, Protocol, Rule, Spec,
    Stage, Term,
};

pub(crate) struct Words<'a>(pub(crate) &'a Protocol);

impl Words<'_> {
    /// `must task take_in · worker · within 2 working days`
    pub(crate) fn opening(&self, id: OpeningId) -> String {
        let opening = self.0.openings.row(id);
        let row = self.0.obligations.row(opening.obligation);
        let mode = match (opening.mode, opening.preferred) {
            _ if row.kind == Kind::Contact => String::new(),
            (Mode::May, _) => say!("may") + " ",
            (Mode::Must, Some(_)) => say!("prefer") + " ",
            (Mode::Must, None) => say!("must") + " ",
        };
        let who = row.by.map_or(String::new(), |by| {
            let doers = std::iter::once(&by).chain(&row.with).map(|by| self.0.parties.row(*by).name.as_str());
            format!(" · {}", doers.collect::<Vec<_>>().join(" + "))
        });
        let term = self.deadline(opening).map_or(String::new(), |term| format!(" · {term}"));
        format!("{mode}{} {}{who}{term}", row.kind.in_words(), row.name)
    }

    /// Everything that limits an opening in time.
    pub(crate) fn deadline(&self, opening: &Opening) -> Option<String> {
        if let Some(after) = opening.planned_after {
            return Some(say!("after {length}", length = after));
        }
        if let Spec::Referral(referral) = &self.0.obligations.row(opening.obligation).spec {
            let accept = referral.accept.as_ref().map(|term| say!("accept {term}", term = self.term(term)));
            let contact =
                referral.contact.as_ref().map(|term| say!("contact {term}", term = self.term(term)));
            let each: Vec<String> = accept.into_iter().chain(contact).collect();
            return (!each.is_empty()).then(|| each.join(", "));
        }
        if let Spec::Question(question) = &self.0.obligations.row(opening.obligation).spec {
            return Some(say!("silent after {length}", length = question.silent_after));
        }
        match (&opening.preferred, &opening.term) {
            (Some(preferred), Some(term)) => Some(say!(
                "{preferred}, else {term}",
                preferred = self.term(preferred),
                term = self.term(term)
            )),
            (None, Some(term)) => Some(self.term(term)),
            _ => None,
        }
    }

    fn term(&self, term: &Term) -> String {
        let length = term.length.map_or_else(|| say!("same day"), |length| say!("within {length}", length));
        match self.anchor(term.anchor) {
            Some(anchor) => say!("{length} of {anchor}", length, anchor),
            None => length,
        }
    }

    fn anchor(&self, anchor: Anchor) -> Option<String> {
        match anchor {
            Anchor::Opening => None,
            Anchor::Report => Some(say!("report")),
            Anchor::Happened(obligation, on) => Some(self.happened(obligation, on)),
            Anchor::Field(field) => Some(self.0.fields.row(field).name.clone()),
            Anchor::Event(event) => Some(self.0.events.row(event).name.clone()),
        }
    }

    fn happened(&self, obligation: ObligationId, on: Happening) -> String {
        let row = self.0.obligations.row(obligation);
        format!("{} {}", row.name, row.happening_name(on, self.0.spelling))
    }

    /// What a moving rule waits for, with the term that runs meanwhile.
    pub(crate) fn way(&self, stage: Option<&Stage>, rule: &Rule) -> Vec<String> {
        let head = rule.text.split("->").next().unwrap_or_default().trim();
        let mut lines = vec![head.to_owned()];
        if let (Cause::Obligation(obligation, _), Some(stage)) = (&rule.cause, stage) {
            let here =
                stage.opens.iter().map(|id| self.0.openings.row(*id)).find(|o| o.obligation == *obligation);
            lines.extend(here.and_then(|opening| self.deadline(opening)).map(|term| format!("({term})")));
        }
        lines
    }

    /// An escalation, a step a line.
    pub(crate) fn steps(&self, obligation: ObligationId) -> Vec<String> {
        let Spec::Escalation(escalation) = &self.0.obligations.row(obligation).spec else {
            return Vec::new();
        };
        let step = |step: &voordeur_protocol::model::Step| {
            let when =
                step.after.map_or_else(|| say!("at once"), |after| say!("after {length}", length = after));
            let effects: Vec<String> = step.effects.iter().map(|effect| self.effect(effect)).collect();
            format!("{when}: {}", effects.join(", "))
        };
        escalation.steps.iter().map(step).collect()
    }

    fn effect(&self, effect: &Effect) -> String {
        match effect {
            Effect::Notify { who, .. } => say!("notify {who}", who = self.0.parties.row(*who).name),
            Effect::Open(opening) => {
                let told = self.opening(*opening);
                told.strip_prefix(&(say!("must") + " ")).unwrap_or(&told).to_owned()
            }
            Effect::Consent(given) => {
                say!("record consent = {answer}", answer = voordeur_protocol::yes_or_no(*given))
            }
            Effect::Record { field, .. } => say!("record {name}", name = self.0.fields.row(*field).name),
        }
    }
}

/// Breaks a text into lines of at most so many characters.
pub(crate) fn wrap(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
