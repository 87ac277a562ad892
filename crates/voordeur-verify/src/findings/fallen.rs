//! What falls away with the end of a case, and referrals that are let go of while nobody knows whether the household arrives.
//!
//! Most referrals never change the way of a case, and many of them run beside each other: those are looked at one by one, so that
//! not all that can become of one is tried with all that can become of the others.

use std::collections::BTreeSet;

use voordeur_diagnostics::{Diagnostic, Rule as Finding};
use voordeur_engine::Entry;
use voordeur_messages::say;
use voordeur_protocol::{Effect, EndId, ObligationId, OpeningId, Protocol, Spec};

use super::{Found, after_one};
use crate::collect::Collected;
use crate::explore::{Budget, Incomplete, Search, sharper};
use crate::inert::Watched;
use crate::observe::Observer as _;
use crate::referred::is_referral;
use crate::replay::{History, Moment, first_seen, shortened};
use crate::side_by_side::each;

/// Whether the engine itself never lets go of it before it is closed: a warm one holds every good end, and where each one
/// keeps running, leaving its stage does not close it. Not so where it is made on the way to somewhere, which may be
/// an end, or by an escalation, with which it goes.
fn is_held(protocol: &Protocol, of: ObligationId) -> bool {
    let warm = matches!(&protocol.obligations.row(of).spec, Spec::Referral(referral) if referral.warm);
    let opens = |effects: &[Effect]| {
        effects.iter().any(|effect| matches!(effect, Effect::Open(opening) if protocol.openings.row(*opening).obligation == of))
    };
    let on_the_way = protocol.rules.rows().any(|rule| rule.target.is_some() && opens(&rule.effects));
    let by_a_step = protocol.obligations.rows().any(|row| match &row.spec {
        Spec::Escalation(escalation) => escalation.steps.iter().any(|step| opens(&step.effects)),
        _ => false,
    });
    let mut all = protocol.openings.rows().filter(|row| row.obligation == of);
    warm && !on_the_way && !by_a_step && all.all(|row| row.keeps_running)
}

impl Found<'_, '_> {
    /// What must be done and falls away with the case, and the referrals that are let go of.
    pub(super) fn fallen(&mut self, seen: &Collected, watched: &Watched, budget: Budget) {
        let search = self.search;
        let here = looked_closely(search, seen, None, watched, budget);
        let plain: &Protocol = search.protocol;
        let left_out: Vec<ObligationId> = self.left_out().into_iter().collect();
        // They have nothing to do with each other.
        let apart = each(&left_out, |of| look_at(plain, *of, budget));
        for looked in [here].into_iter().chain(apart) {
            for (opening, end, history) in looked.dropped {
                self.tell_dropped(opening, end, history);
            }
            for (opening, history) in looked.let_go {
                self.tell_let_go(opening, history);
            }
            self.incomplete = self.incomplete.or(looked.incomplete);
        }
    }

    /// Referrals that bind somebody and that the search left out.
    fn left_out(&self) -> BTreeSet<ObligationId> {
        let protocol = self.protocol;
        let bound = protocol.openings.iter().filter(|(id, _)| is_referral(protocol, *id));
        let bound = bound.map(|(_, row)| row.obligation);
        bound.filter(|of| self.search.looks.inert.obligation(*of) && !is_held(protocol, *of)).collect()
    }

    fn tell_let_go(&mut self, opening: OpeningId, history: Option<History>) {
        let obligation = self.protocol.obligations.row(self.protocol.openings.row(opening).obligation);
        let name = &obligation.name;
        let message = say!(
            "the case can go on while nobody knows whether `{name}` is taken up, and then nobody looks any more",
            name
        );
        let is_warm = matches!(&obligation.spec, Spec::Referral(referral) if referral.warm);
        let help = if is_warm {
            say!("wait for `on {name} …`, or let it go on with `keeps running`", name)
        } else {
            say!("wait for `on {name} …`, or call it `warm` and let it go on with `keeps running`", name)
        };
        let span = *self.protocol.spans().openings.row(opening);
        self.tell_history(Diagnostic::error(Finding::ColdHandover, span, message).help(help), history);
    }
}

/// What falls away, with the histories that show it.
struct Looked {
    dropped: Vec<(OpeningId, EndId, Option<History>)>,
    let_go: Vec<(OpeningId, Option<History>)>,
    incomplete: Option<Incomplete>,
}

impl Looked {
    /// What a search has seen; of one obligation, or of all.
    fn of(search: &Search<'_>, seen: &Collected, only: Option<ObligationId>) -> Self {
        let of = |opening: OpeningId| search.protocol.openings.row(opening).obligation;
        let dropped =
            seen.dropped.iter().filter(|((opening, _), _)| only.is_none_or(|only| of(*opening) == only));
        Self {
            dropped: dropped
                .map(|((opening, end), steps)| {
                    let history = after_one(search, steps, &|moments| ends_in(moments, *end));
                    let falls = |seen: &Collected| seen.dropped.contains_key(&(*opening, *end));
                    (*opening, *end, history.map(|history| shortest(search.protocol, history, &falls)))
                })
                .collect(),
            let_go: (seen.let_go.iter())
                .map(|(opening, steps)| {
                    let is_let_go = |seen: &Collected| seen.let_go.contains_key(opening);
                    let history = after_one(search, steps, &|_| true);
                    (*opening, history.map(|history| shortest(search.protocol, history, &is_let_go)))
                })
                .collect(),
            incomplete: search.incomplete,
        }
    }

    /// What a sharper search shows of it: where that looked at everything, nothing else falls away.
    fn sharpened(self, sharper: Self) -> Self {
        if sharper.incomplete.is_none() {
            return sharper;
        }
        let histories =
            |known: &Option<History>, found: Option<&History>| known.clone().or_else(|| found.cloned());
        let mut own = self;
        for (opening, end, history) in &mut own.dropped {
            let found = sharper.dropped.iter().find(|(own, at, _)| (own, at) == (opening, end));
            *history = histories(history, found.and_then(|(.., found)| found.as_ref()));
        }
        for (opening, history) in &mut own.let_go {
            let found = sharper.let_go.iter().find(|(own, _)| own == opening);
            *history = histories(history, found.and_then(|(_, found)| found.as_ref()));
        }
        own
    }

    fn is_confirmed(&self) -> bool {
        self.dropped.iter().all(|(.., history)| history.is_some())
            && self.let_go.iter().all(|(_, history)| history.is_some())
    }
}

/// Whether the case has ended when its history is over: what the search leaves out may hold the end back, and an attempt that comes
/// too soon does not count.
fn ends_in(moments: &[Moment], end: EndId) -> bool {
    let ended = |entry: &Entry| matches!(entry, Entry::Ended { end: own } if *own == end);
    moments.last().is_some_and(|moment| moment.entries.iter().any(ended))
}

/// What is left of a history when nothing is in it that is not needed to show it.
fn shortest(protocol: &Protocol, history: History, shows: &dyn Fn(&Collected) -> bool) -> History {
    shortened(protocol, history, &|history: &mut History| {
        let mut seen = Collected::default();
        let at = first_seen(protocol, &history.moments, &mut |step| {
            (protocol, &mut seen).look(step);
            shows(&seen)
        });
        at.map(|at| history.moments.truncate(at + 1)).is_some()
    })
}

/// The same; where moments are taken together something may seem to fall away that does not, and what has no history is looked for
/// once more with every moment by itself.
fn looked_closely(
    search: &Search<'_>,
    seen: &Collected,
    only: Option<ObligationId>,
    watched: &Watched,
    budget: Budget,
) -> Looked {
    let looked = Looked::of(search, seen, only);
    if looked.is_confirmed() || search.incomplete.is_some() {
        return looked;
    }
    let mut looked = looked;
    for mut sharper in sharper(|| Search::new(search.protocol, budget, watched)) {
        let mut again = Collected::default();
        sharper.run(&mut (search.protocol, &mut again));
        looked = looked.sharpened(Looked::of(&sharper, &again, only));
        if looked.is_confirmed() {
            break;
        }
    }
    looked
}

/// All cases, with all that becomes of one referral.
fn look_at(protocol: &Protocol, of: ObligationId, budget: Budget) -> Looked {
    let watched = Watched { obligations: [of].into(), ..Watched::default() };
    let mut own = Search::new(protocol, budget, &watched);
    let mut seen = Collected::default();
    own.run(&mut (protocol, &mut seen));
    looked_closely(&own, &seen, Some(of), &watched, budget)
}
