//! Conditions that divide a field on both sides of one value: exactly there a household is treated one way by one rule
//! and the other way by the next.

use voordeur_diagnostics::{Diagnostic, Rule as Finding};
use voordeur_messages::say;

use super::Context;
use crate::spans::Threshold;

impl Context<'_> {
    pub(super) fn thresholds(&mut self) {
        let all = &self.spans.thresholds;
        for (position, one) in all.iter().enumerate() {
            let before = all.get(..position).unwrap_or_default();
            let is_first = !before.iter().any(|other| other.below == one.below && same_value(one, other));
            let other = before.iter().find(|other| other.below != one.below && same_value(one, other));
            // Where the value has a rule of its own, neither side has to have it.
            let own =
                self.spans.exact.iter().any(|(field, value)| (*field, value) == (one.field, &one.value));
            if let Some(other) = other.filter(|_| is_first && !own) {
                self.touching(one, other);
            }
        }
    }

    fn touching(&mut self, one: &Threshold, other: &Threshold) {
        let row = self.protocol.fields.row(one.field);
        let (name, value) = (&row.name, row.ty.show(&one.value));
        let message = if one.below {
            say!(
                "`{name}` of exactly {value} counts as the higher side here, and as the lower side elsewhere",
                name,
                value
            )
        } else {
            say!(
                "`{name}` of exactly {value} counts as the lower side here, and as the higher side elsewhere",
                name,
                value
            )
        };
        let problem = Diagnostic::new(Finding::TouchingThresholds, one.span, message)
            .label(other.span, say!("here it is on the other side"))
            .help(say!("write `>=` with `<`, or `>` with `<=`, in both places"));
        self.problems.push(problem);
    }
}

fn same_value(one: &Threshold, other: &Threshold) -> bool {
    one.field == other.field && one.value == other.value
}
