//! Whether what a history shows shows as well when something else is answered in it.

use jiff::Timestamp;
use voordeur_protocol::Effect;

use super::answer::{About, Answer, Side, apart};
use super::ask::Report;
use super::play::{AtOnce, MOST_STEPS, Player, Shows, Two, answers, is_same};
use super::search::Beside;

/// Whether it shows as well when this is reported.
pub(super) fn shows_again(
    beside: &Beside<'_>,
    shows: &Shows,
    ahead: Option<i64>,
    told: &[(Timestamp, Report)],
) -> bool {
    let mut player = Player { beside, shows, steps: MOST_STEPS, ahead };
    player.again(told).unwrap_or(false)
}

impl Player<'_, '_> {
    fn again(&mut self, told: &[(Timestamp, Report)]) -> Option<bool> {
        let mut two = Two::default();
        let last = told.len().saturating_sub(1);
        for (number, (at, report)) in told.iter().enumerate() {
            self.pass(&mut two, *at)?;
            let said = self.report(&mut two, report, *at)?;
            if number == last && (self.is_shown(&two, &said) || self.is_shown_but_for_notices(&said)) {
                return Some(true);
            }
            if !is_same(&said) {
                return Some(false);
            }
        }
        Some(self.until_it_shows(two).is_some())
    }

    /// Whether it shows but for what rules that are not looked at tell somebody: with which answers they do the search does not tell
    /// apart.
    fn is_shown_but_for_notices(&self, [old, new]: &AtOnce) -> bool {
        let Shows::Apart(only_old, only_new) = self.shows else { return false };
        let (before, after, _) = apart(old, new);
        let else_of = |side: Side, mut said: Vec<Answer>| {
            said.retain(|one| !self.is_told_unlooked(side, *one));
            said
        };
        let wanted = [else_of(Side::Old, only_old.clone()), else_of(Side::New, only_new.clone())];
        let said = [else_of(Side::Old, answers(&before)), else_of(Side::New, answers(&after))];
        said == wanted && said.iter().any(|said| !said.is_empty())
    }

    /// Whether a rule that is not looked at tells somebody this.
    fn is_told_unlooked(&self, side: Side, answer: Answer) -> bool {
        let (protocol, inert) = (self.protocol(side), &self.search(side).looks.inert);
        let tells = |effect: &Effect| {
            matches!(effect, Effect::Notify { who, .. }
                if answer == Answer::Told(self.beside.reader.party(side, *who), About::Rule))
        };
        protocol.rules.iter().any(|(id, rule)| inert.rule(id) && rule.effects.iter().any(tells))
    }
}
