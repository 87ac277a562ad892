//! What is read where nobody has recorded it: by a rule, or by a branch of a trigger, which refuses the report then.

use voordeur_diagnostics::{Diagnostic, Rule as Finding, Span};
use voordeur_engine::Rejection;
use voordeur_messages::say;
use voordeur_protocol::model::Derived;

use super::Found;
use crate::collect::Collected;
use crate::replay::{Way, refused_after, way_to};

impl Found<'_, '_> {
    pub(super) fn unrecorded(&mut self, seen: &Collected) {
        for ((field, line), step) in &seen.unrecorded {
            let span = self.span_of_condition(*line);
            let message = say!("`{field}` is needed here, and nobody has recorded it", field);
            let problem = Diagnostic::error(Finding::MayBeUnrecorded, span, message).help(say!(
                "ask it on that way (`asks {name}`), or test `known {name}` first",
                name = self.behind(field)
            ));
            let (before, edge) = step;
            let way = before.map_or_else(Way::new, |before| way_to(self.search, before));
            let is_it =
                |why: &Rejection| matches!(why, Rejection::Unrecorded { field: own, .. } if own == field);
            let history = refused_after(self.search, &way, edge, is_it);
            self.tell_history(problem, history);
        }
    }

    /// What has to be asked for a field to be known: an age is that of a day of birth.
    fn behind<'n>(&'n self, field: &'n str) -> &'n str {
        let fields = &self.protocol.fields;
        match fields.rows().find(|row| row.name == field).and_then(|row| row.derived) {
            Some(Derived::Age(of)) => &fields.row(of).name,
            _ => field,
        }
    }

    /// The rule, or the branch of a trigger, that stands on a line.
    fn span_of_condition(&self, line: u32) -> Span {
        let spans = self.protocol.spans();
        if let Some((id, _)) = self.protocol.rules.iter().find(|(_, rule)| rule.line == line) {
            return *spans.rules.row(id);
        }
        let branches = self.protocol.triggers.iter().flat_map(|(id, row)| {
            row.branches.iter().zip(spans.branches.row(id)).filter(|(branch, _)| branch.line == line)
        });
        branches.map(|(_, span)| *span).next().unwrap_or_default()
    }
}
