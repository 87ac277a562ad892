//! Which moment of a contact of an aftercare is which in the new version: a contact has no names for its moments, so the same
//! length is the same moment, and of the others the nearest between those.

use smallvec::SmallVec;
use voordeur_calendar::{Length, Unit};

/// How well moments fit: how many have the same length, how many have a counterpart at all, and how far those lie apart
/// (minutes, negative). More comes first.
type Fit = (usize, usize, i64);

/// For each moment of the old version its place among those of the new one; nothing where it is gone.
type Places = SmallVec<[Option<usize>; 4]>;

/// The best that there is for the first moments of both versions.
type Best = (Fit, Places);

/// Moments never change places.
pub(super) fn paired(old: &[Option<Length>], new: &[Option<Length>]) -> Places {
    let mut best: Vec<Best> = vec![Best::default(); new.len() + 1];
    for length in old {
        best = with_one_more(&best, *length, new);
    }
    best.pop().map(|(_, places)| places).unwrap_or_default()
}

/// With one moment more of the old version: it is gone, or one of the new version is new, or they are the same.
fn with_one_more(best: &[Best], length: Option<Length>, new: &[Option<Length>]) -> Vec<Best> {
    let mut row: Vec<Best> = Vec::with_capacity(best.len());
    for (upto, (fit, places)) in best.iter().enumerate() {
        let gone = (*fit, and(places, None));
        let is_new = row.last().cloned();
        let same = upto.checked_sub(1).and_then(|place| {
            let ((fit, places), other) = (best.get(place)?, new.get(place)?);
            Some((with(*fit, length, *other), and(places, Some(place))))
        });
        let all = std::iter::once(gone).chain(is_new).chain(same);
        row.extend(all.max_by_key(|(fit, _)| *fit));
    }
    row
}

fn and(places: &Places, place: Option<usize>) -> Places {
    places.iter().copied().chain([place]).collect()
}

fn with((same, all, apart): Fit, old: Option<Length>, new: Option<Length>) -> Fit {
    let minutes = |length: Option<Length>| length.map_or(0, in_minutes);
    let further = minutes(old).saturating_sub(minutes(new)).saturating_abs();
    (same + usize::from(old == new), all + 1, apart.saturating_sub(further))
}

/// About how long it is: enough to say what is nearer.
fn in_minutes(length: Length) -> i64 {
    const DAY: i64 = 24 * 60;
    let one = match length.unit {
        Unit::Minutes => 1,
        Unit::Hours => 60,
        Unit::Days => DAY,
        Unit::WorkingDays => DAY * 7 / 5,
        Unit::Weeks | Unit::TeachingWeeks => 7 * DAY,
        Unit::Months => 30 * DAY,
        Unit::Years => 365 * DAY,
    };
    one.saturating_mul(i64::from(length.amount))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn months(all: &[u32]) -> Vec<Option<Length>> {
        all.iter().map(|amount| Some(Length::new(*amount, Unit::Months))).collect()
    }

    fn told(old: &[u32], new: &[u32]) -> String {
        let places = paired(&months(old), &months(new));
        let one = |(length, place): (&u32, &Option<usize>)| match place {
            Some(place) => format!("{length} -> {}", new[*place]),
            None => format!("{length} gone"),
        };
        old.iter().zip(&places).map(one).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn the_same_length_is_the_same_moment_and_else_the_nearest() {
        assert_eq!(told(&[3, 6], &[3, 6]), "3 -> 3, 6 -> 6");
        assert_eq!(told(&[3, 6], &[1, 3, 6]), "3 -> 3, 6 -> 6");
        assert_eq!(told(&[1, 3, 6], &[3, 6]), "1 gone, 3 -> 3, 6 -> 6");
        assert_eq!(told(&[3, 6], &[6, 9]), "3 gone, 6 -> 6");
        assert_eq!(told(&[3, 6], &[4, 7, 12]), "3 -> 4, 6 -> 7");
        assert_eq!(told(&[3, 6], &[1, 4, 6]), "3 -> 4, 6 -> 6");
        assert_eq!(told(&[1, 3, 6], &[3, 5]), "1 gone, 3 -> 3, 6 -> 5");
        assert_eq!(told(&[3, 6], &[5]), "3 gone, 6 -> 5");
        assert_eq!(told(&[3], &[]), "3 gone");
        assert_eq!(told(&[], &[3]), "");
    }
}
