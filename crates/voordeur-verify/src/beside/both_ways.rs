//! An example each way, where what the passing of a moment brings makes one household better off and another one worse: one that
//! falls out at that moment, and one to which something is promised sooner or later.

use voordeur_engine::Entry;
use voordeur_protocol::Happening;
use voordeur_protocol::model::EndKind;

use super::answer::{Answer, Side};
use super::clock::Openings;
use super::following::{entries, open_it};
use super::play::{Shows, Witness};
use super::report::Example;
use super::search::Beside;
use super::telling::Telling;
use super::verdict::{Counts, Verdict};
use super::whom::whom;
use crate::replay::Moment;

/// A difference that is mixed because of what the passing of a moment brings.
pub(super) struct BothWays {
    /// Its number.
    pub(super) at: usize,
    pub(super) pair: Openings,
    /// What it would mean for a promise alone.
    pub(super) promised: Verdict,
}

impl Telling<'_> {
    /// As far as such a history was found.
    pub(super) fn shown_both_ways(&mut self, beside: &Beside<'_>) {
        for BothWays { at, pair, promised } in std::mem::take(&mut self.both_ways) {
            let fallen = self.falls_out(beside, pair);
            let failing = if fallen.is_none() { self.fails_in_the_end(beside, pair) } else { None };
            let Some(one) = self.differences.get_mut(at) else { continue };
            let Some(mut fallen) = fallen.or_else(|| failing.clone()) else { continue };
            fallen.effect = Some(promised.mirrored());
            one.examples.truncate(1);
            if let Some(failing) = failing {
                one.examples = vec![failing];
            }
            one.examples.iter_mut().for_each(|example| {
                until_they_part(example);
                example.effect = Some(promised);
            });
            one.examples.push(fallen);
            one.examples.sort_by_key(|example| example.effect);
        }
    }

    /// A history in which somebody falls out when a clock of what both open runs out.
    fn falls_out(&self, beside: &Beside<'_>, pair: Openings) -> Option<Example> {
        let of = u32::from(self.reader.old.openings.row(pair.0).obligation.0);
        let (shows, played) = self.roots.iter().find(|(shows, played)| {
            self.is_falling_out(shows) && self.ran_out(played).contains(&of) && open_it(played, pair)
        })?;
        Some(Example { whom: whom(beside, shows, played), ..self.example(played) })
    }

    /// A history in which that is asked again or told, and the case fails when nobody comes: in both versions, in one of them later.
    fn fails_in_the_end(&self, beside: &Beside<'_>, pair: Openings) -> Option<Example> {
        let of = u32::from(self.reader.old.openings.row(pair.0).obligation.0);
        let is_it = |played: &Witness| {
            self.ran_out(played).contains(&of) && open_it(played, pair) && self.fails_in_both(played)
        };
        let (shows, played) = self.roots.iter().find(|(_, played)| is_it(played))?;
        Some(Example { whom: whom(beside, shows, played), ..self.example(played) })
    }

    /// Whether a case fails in both versions.
    fn fails_in_both(&self, played: &Witness) -> bool {
        let fails = |(moments, side): (&Vec<Moment>, Side)| {
            let ends = &self.reader.protocol(side).ends;
            let is_failure = |entry: &Entry| matches!(entry, Entry::Ended { end } if ends.row(*end).kind == EndKind::Failure);
            entries(moments).any(|(_, entry)| is_failure(entry))
        };
        played.moments.iter().zip([Side::Old, Side::New]).all(fails)
    }

    fn is_falling_out(&self, shows: &Shows) -> bool {
        let Shows::Apart(old, new) = shows else { return false };
        let cancelled = u32::from(Happening::Cancelled.code());
        let is_harm = |answer: &Answer| match answer {
            Answer::Ended(_) => true,
            Answer::Happened(_, code) => *code == cancelled,
            _ => matches!(self.reader.counts(*answer), Counts::Harms),
        };
        old.iter().chain(new).any(is_harm)
    }
}

/// What comes later is that nobody has done anything: of what is promised the moment at which it is tells enough.
fn until_they_part(example: &mut Example) {
    let at = &example.at;
    example.scenes.iter_mut().for_each(|scenes| scenes.retain(|scene| scene.at <= *at));
}
