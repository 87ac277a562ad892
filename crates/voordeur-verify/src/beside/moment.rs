//! Versions that differ in one moment alone: when one obligation is due, or one step of an escalation comes; or in whether one thing
//! must be done or may be. All that differs in what a household sees comes of that, and is told with it: the first difference is
//! enough, and nothing else has to be looked for.

use std::collections::BTreeSet;

use voordeur_protocol::{Id as _, OpeningId, Protocol, Spec};

use super::answer::Reader;
use super::aspects::{Aspect, aspects};
use super::clock::Openings;
use super::evened::says_the_same;
use super::evening::Evening;
use super::names::Names;
use super::report::{Difference, What};
use super::stage::opened_in;
use super::verdict::Verdict;

/// What two versions open otherwise that differ in one such moment and in nothing else; `None` where they do not.
pub(super) fn one_moment(old: &Protocol, new: &Protocol) -> Option<Vec<Openings>> {
    let names = Names::of(old, new);
    let pairs = in_order(&names, old, new)?;
    let mut variant = old.clone();
    let evening = Evening { names: &names, old, new };
    let apart: Vec<Openings> = pairs.into_iter().filter(|pair| evening.pair(*pair, &mut variant)).collect();
    let is_one = is_one(Reader { names: &names, old, new }, &evening, &apart) && says_the_same(&variant, new);
    is_one.then_some(apart)
}

/// The one moment is told of the first history that shows it, and is another one in every stage that opens it.
pub(super) fn in_every_stage(differences: &mut [Difference], apart: &[Openings], [old, new]: [&Protocol; 2]) {
    let own = differences.iter_mut().filter(|one| matches!(one.what, What::Aspect { .. }));
    for one in own {
        for (first, second) in apart {
            let place = [opened_in(old, *first), opened_in(new, *second)];
            if place.iter().all(Option::is_some) {
                one.is_also_in(place);
            }
        }
    }
}

/// The openings of both, where each has as many and opens the same with them.
pub(super) fn in_order(names: &Names, old: &Protocol, new: &Protocol) -> Option<Vec<Openings>> {
    let opens_the_same = |id: OpeningId| {
        let of = |protocol: &Protocol| protocol.openings.row(id).obligation;
        names.obligations.now(of(old).0) == Some(of(new).0)
    };
    let all: Vec<OpeningId> = old.openings.iter().map(|(id, _)| id).collect();
    let is_same = all.len() == new.openings.len() && all.iter().all(|id| opens_the_same(*id));
    is_same.then(|| all.into_iter().map(|id| (id, id)).collect())
}

/// Whether something is done as soon as it must be, and only offered where it may be: that is told with what goes out, in each stage.
fn goes_out(reader: Reader<'_>, (first, _): Openings) -> bool {
    let of = reader.old.openings.row(first).obligation;
    matches!(reader.old.obligations.row(of).spec, Spec::Referral(_) | Spec::Series(_))
}

/// Whether it is one thing in which they differ: said where it is declared, or at one place where it is opened.
fn is_one(reader: Reader<'_>, evening: &Evening<'_>, apart: &[Openings]) -> bool {
    let found: Vec<Aspect> = apart.iter().flat_map(|pair| aspects(reader, *pair)).collect();
    let goes_out = apart.iter().any(|pair| goes_out(reader, *pair));
    let decides = |one: &Aspect| {
        let is_seen = one.clock.is_some() || one.key == "duty" && !goes_out;
        is_seen && one.verdict != Verdict::NotComparable
    };
    let what: BTreeSet<_> = found.iter().map(|one| (one.key, &one.plain)).collect();
    let of: BTreeSet<usize> =
        apart.iter().map(|(first, _)| reader.old.openings.row(*first).obligation.index()).collect();
    let is_opened_otherwise = |(first, second): &Openings| {
        let (row, now) = (reader.old.openings.row(*first), reader.new.openings.row(*second));
        evening.opening(row, now) != *row
    };
    let at_openings = apart.iter().filter(|pair| is_opened_otherwise(pair)).count();
    what.len() == 1 && of.len() == 1 && found.iter().all(decides) && (at_openings == 0 || apart.len() == 1)
}
