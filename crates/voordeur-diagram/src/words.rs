//! The words on the boxes and the edges.

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
            (Mode::May, _) => "may ",
            (Mode::Must, Some(_)) => "prefer ",
            (Mode::Must, None) => "must ",
        };
        let mode = if row.kind == Kind::Contact { "" } else { mode };
        let who = row.by.map_or(String::new(), |by| {
            let doers = std::iter::once(&by).chain(&row.with).map(|by| self.0.parties.row(*by).name.as_str());
            format!(" · {}", doers.collect::<Vec<_>>().join(" + "))
        });
        let term = self.deadline(opening).map_or(String::new(), |term| format!(" · {term}"));
        format!("{mode}{} {}{who}{term}", row.kind.word(), row.name)
    }

    /// Everything that limits an opening in time.
    pub(crate) fn deadline(&self, opening: &Opening) -> Option<String> {
        if let Some(after) = opening.planned_after {
            return Some(format!("after {after}"));
        }
        if let Spec::Referral(referral) = &self.0.obligations.row(opening.obligation).spec {
            let terms = [("accept", &referral.accept), ("contact", &referral.contact)];
            let each = terms
                .iter()
                .filter_map(|(word, term)| Some(format!("{word} {}", self.term((*term).as_ref()?))));
            let each: Vec<String> = each.collect();
            return (!each.is_empty()).then(|| each.join(", "));
        }
        if let Spec::Question(question) = &self.0.obligations.row(opening.obligation).spec {
            return Some(format!("silent after {}", question.silent_after));
        }
        match (&opening.preferred, &opening.term) {
            (Some(preferred), Some(term)) => {
                Some(format!("{}, else {}", self.term(preferred), self.term(term)))
            }
            (None, Some(term)) => Some(self.term(term)),
            _ => None,
        }
    }

    fn term(&self, term: &Term) -> String {
        let length = term.length.map_or("same day".to_owned(), |length| format!("within {length}"));
        match self.anchor(term.anchor) {
            Some(anchor) => format!("{length} of {anchor}"),
            None => length,
        }
    }

    fn anchor(&self, anchor: Anchor) -> Option<String> {
        match anchor {
            Anchor::Opening => None,
            Anchor::Report => Some("report".to_owned()),
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
            let when = step.after.map_or("at once".to_owned(), |after| format!("after {after}"));
            let effects: Vec<String> = step.effects.iter().map(|effect| self.effect(effect)).collect();
            format!("{when}: {}", effects.join(", "))
        };
        escalation.steps.iter().map(step).collect()
    }

    fn effect(&self, effect: &Effect) -> String {
        match effect {
            Effect::Notify { who, .. } => format!("notify {}", self.0.parties.row(*who).name),
            Effect::Open(opening) => self.opening(*opening).trim_start_matches("must ").to_owned(),
            Effect::Consent(given) => format!("record consent = {}", if *given { "yes" } else { "no" }),
            Effect::Record { field, .. } => format!("record {}", self.0.fields.row(*field).name),
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
