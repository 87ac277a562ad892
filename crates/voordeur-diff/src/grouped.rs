//! What is told once: the same in several stages, or a part of what is told already.

use voordeur_verify::{Days, Difference, Done, What};

use crate::structure::Change;

/// A difference, and for the reports of which days it is.
type Told = (Difference, Days);

/// Tells once what is the same in several stages, for the same reason; and what shows at a line that stands as it did as well, with
/// the line that has changed.
pub(crate) fn grouped(all: Vec<Told>, changes: &[Change]) -> Vec<Told> {
    let all = by_line(all);
    let into: Vec<Option<usize>> = all.iter().map(|one| told_at_a_change(&all, one, changes)).collect();
    let mut told: Vec<Option<Told>> = all.into_iter().map(Some).collect();
    for (at, known) in (0..).zip(into) {
        let Some(known) = known else { continue };
        let one = told.get_mut(at).and_then(Option::take);
        if let (Some((one, _)), Some(Some((known, _)))) = (one, told.get_mut(known)) {
            one.places().for_each(|stages| known.is_also_in(stages.clone()));
        }
    }
    told.into_iter().flatten().collect()
}

/// The only one that says the same at a line that has changed, of what shows at a line that has not.
fn told_at_a_change(all: &[Told], (one, days): &Told, changes: &[Change]) -> Option<usize> {
    if is_changed(one, changes) {
        return None;
    }
    let says_it =
        |(known, own): &Told| own == days && means_the_same(known, one) && is_changed(known, changes);
    let mut same = (0..).zip(all).filter(|(_, known)| says_it(known)).map(|(at, _)| at);
    same.next().filter(|_| same.next().is_none())
}

/// Whether a line has changed that is its cause.
fn is_changed(one: &Difference, changes: &[Change]) -> bool {
    let edits = || changes.iter().filter(|change| change.file.is_none()).flat_map(|change| &change.edits);
    let has = |side: &Option<(u32, String)>, own: Option<u32>| {
        own.is_some() && side.as_ref().map(|(line, _)| *line) == own
    };
    let [before, after] = lines(one);
    edits().any(|edit| has(&edit.old, before) || has(&edit.new, after))
}

/// Whether what is done differs in the same way.
fn means_the_same(known: &Difference, one: &Difference) -> bool {
    matches!(one.what, What::Answers { .. })
        && (known.follows, known.verdict) == (one.follows, one.verdict)
        && is_same(&known.what, &one.what)
}

/// What is the same in several stages, once for each line.
fn by_line(all: Vec<Told>) -> Vec<Told> {
    let mut groups: Vec<Told> = Vec::new();
    for (one, days) in all {
        let same = |(known, own): &&mut Told| {
            *own == days
                && (known.follows, known.verdict, lines(known)) == (one.follows, one.verdict, lines(&one))
                && is_same(&known.what, &one.what)
        };
        let is_told = groups.iter().any(|(known, own)| *own == days && is_more_of(known, &one));
        match groups.iter_mut().find(same) {
            Some((known, _)) => one.places().for_each(|stages| known.is_also_in(stages.clone())),
            None if is_told => {}
            None => groups.push((one, days)),
        }
    }
    groups
}

/// The lines of its causes.
fn lines(one: &Difference) -> [Option<u32>; 2] {
    one.causes.each_ref().map(|cause| cause.as_ref().map(|(line, _)| *line))
}

/// Whether something is a part of what is known, or that and more, in the same stage and for the same reason.
fn is_more_of(known: &Difference, one: &Difference) -> bool {
    let is_here = known.places().any(|stages| *stages == one.stages);
    let is_for_the_same = known.causes.iter().any(Option::is_some) && known.causes == one.causes;
    let (What::Answers { old, new }, What::Answers { old: before, new: after }) = (&known.what, &one.what)
    else {
        return false;
    };
    let within =
        |one: &[Done], other: &[Done]| one.iter().all(|done| other.iter().any(|own| own.key == done.key));
    let is_part = within(old, before) && within(new, after) || within(before, old) && within(after, new);
    is_here && is_for_the_same && is_part && (known.follows, known.verdict) == (one.follows, one.verdict)
}

/// Whether it is the same, whenever the other version does it.
fn is_same(one: &What, other: &What) -> bool {
    let keys = |all: &[Done]| all.iter().map(|done| done.key.clone()).collect::<Vec<_>>();
    match (one, other) {
        (What::Answers { old, new }, What::Answers { old: before, new: after }) => {
            (keys(old), keys(new)) == (keys(before), keys(after))
        }
        _ => one == other,
    }
}
