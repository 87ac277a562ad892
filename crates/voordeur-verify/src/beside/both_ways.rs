//! An example each way, where what the passing of a moment brings makes one household better off and another one worse: one that
//! falls out at that moment, and one to which something is promised sooner or later.

use voordeur_protocol::Happening;

use super::answer::Answer;
use super::clock::Openings;
use super::following::open_it;
use super::play::Shows;
use super::report::Example;
use super::search::Beside;
use super::telling::Telling;
use super::verdict::Counts;
use super::whom::whom;

impl Telling<'_> {
    /// As far as such a history was found.
    pub(super) fn shown_both_ways(&mut self, beside: &Beside<'_>) {
        for (number, pair, promised) in std::mem::take(&mut self.both_ways) {
            let fallen = self.falls_out(beside, pair);
            let Some((mut fallen, one)) = fallen.zip(self.differences.get_mut(number)) else { continue };
            fallen.effect = Some(promised.mirrored());
            one.examples.truncate(1);
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
