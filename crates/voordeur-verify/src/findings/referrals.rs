//! Referrals that are let go of while nobody knows whether the household arrives.
//!
//! Most referrals never change the way of a case, and many of them run beside each other: those are looked at one by one, so that
//! not all that can become of one is tried with all that can become of the others.

use std::collections::BTreeSet;

use voordeur_diagnostics::{Diagnostic, Rule as Finding};
use voordeur_messages::say;
use voordeur_protocol::model::Mode;
use voordeur_protocol::{ObligationId, Protocol, Spec};

use super::{Found, after};
use crate::collect::Collected;
use crate::explore::{Budget, Search};
use crate::inert::Watched;

impl Found<'_, '_> {
    pub(super) fn referrals(&mut self, seen: &Collected, budget: Budget) {
        let search = self.search;
        self.let_go(search, seen);
        for of in self.left_out() {
            let plain: &Protocol = search.protocol;
            let watched = Watched { obligations: [of].into(), ..Watched::default() };
            let mut own = Search::new(plain, budget, &watched);
            let mut seen = Collected::default();
            own.run(&mut (plain, &mut seen));
            let is_it = |opening| plain.openings.row(opening).obligation == of;
            seen.dropped.retain(|(opening, _), _| is_it(*opening));
            self.dropped(&own, &seen);
            self.let_go(&own, &seen);
            self.incomplete = self.incomplete.or(own.incomplete);
        }
    }

    /// Referrals that bind somebody and that the search left out.
    fn left_out(&self) -> BTreeSet<ObligationId> {
        let protocol = self.protocol;
        let bound = protocol.openings.rows().filter(|row| row.mode == Mode::Must).map(|row| row.obligation);
        let referral = |of: &ObligationId| matches!(protocol.obligations.row(*of).spec, Spec::Referral(_));
        bound.filter(|of| referral(of) && self.search.looks.inert.obligation(*of)).collect()
    }

    fn let_go(&mut self, search: &Search<'_>, seen: &Collected) {
        for (opening, step) in &seen.let_go {
            let name = &self.protocol.obligations.row(self.protocol.openings.row(*opening).obligation).name;
            let message = say!(
                "the case can go on while nobody knows whether `{name}` is taken up, and then nobody looks any more",
                name
            );
            let help = say!("wait for `on {name} …`, or let it go on with `keeps running`", name);
            let span = *self.protocol.spans().openings.row(*opening);
            let problem = Diagnostic::error(Finding::ColdHandover, span, message).help(help);
            self.tell_history(problem, after(search, step));
        }
    }
}
