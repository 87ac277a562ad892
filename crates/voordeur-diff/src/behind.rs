//! What lies behind the differences that were found: where both versions part they are followed no further, and something else that has
//! changed may come only then. It is looked for one change at a time.

use std::collections::BTreeMap;

use voordeur_messages::say;
use voordeur_protocol::{CheckedProtocol, Protocol};
use voordeur_verify::{
    Budget, Compared, Days, Difference, Effect, Unconfirmed, What, each, in_its_stage_too, is_of_one_place,
    is_told_by, means_both,
};

use crate::canonical::Canonical;
use crate::comparison::Files;
use crate::editions::compare_step;
use crate::step_by_step::between;
use crate::structure::{Change, Edit, between as between_texts};

/// What is found between two steps, with the days of the reports for which it is so.
type Told = (Compared, Vec<Days>);

/// The line of what decides something, in both versions.
type Causes = [Option<(u32, String)>; 2];

/// What was found, with what lies behind it.
pub(crate) fn behind(
    files: [Files<'_>; 2],
    (whole, changes): ([&CheckedProtocol; 2], &[Change]),
    (mut all, mut days): Told,
    budget: Budget,
) -> Told {
    if all.is_whole {
        return (all, days);
    }
    let Some(steps) = between(files, whole) else {
        all.unconfirmed.push(not_followed());
        return (all, days);
    };
    // Several changes of which none could be taken alone were not looked at one by one.
    let mut is_whole = steps.is_one_by_one || !steps.pathways.is_empty();
    if steps.is_turned {
        turn(&mut all, &mut days);
    }
    let mut known = Known { seen: all.differences.len(), all, days, causes: BTreeMap::new() };
    // With one change between them nothing lies behind it, and both were compared already.
    let texts = steps.texts.iter().zip(steps.texts.iter().skip(1));
    let pairs: Vec<[&CheckedProtocol; 2]> =
        pairs(&steps.pathways, whole).filter(|_| !steps.pathways.is_empty()).collect();
    let compared = each(&pairs, |step| compare_step(whole, *step, budget));
    let is_decided = is_decided(&compared);
    for ((mut found, on), texts) in in_one_order(compared.into_iter().zip(texts), steps.is_turned) {
        is_whole &= found.is_whole || steps.is_one_by_one;
        let cause = cause_of(texts, changes);
        found.differences.iter_mut().for_each(|one| in_place(one, whole, cause.as_ref()));
        known.join((found, on));
    }
    let (mut all, days) = known.told();
    if is_decided {
        all.unconfirmed.clear();
        all.incomplete = None;
    }
    if !is_whole && all.incomplete.is_none() {
        all.unconfirmed.push(not_followed());
    }
    (all, days)
}

/// What is told once is told of what was found first: that is the same whichever version is the old one.
fn in_one_order<T>(steps: impl Iterator<Item = (Told, T)>, is_turned: bool) -> Vec<(Told, T)> {
    let mut all: Vec<(Told, T)> = steps.collect();
    if is_turned {
        all.reverse();
        all.iter_mut().for_each(|((found, days), _)| turn(found, days));
    }
    all
}

/// Puts what was found in the order in which it would have been found the other way round.
fn turn(found: &mut Compared, days: &mut Vec<Days>) {
    in_order(found, days, Effect::mirrored);
}

fn in_order(found: &mut Compared, days: &mut Vec<Days>, mean: impl Fn(Effect) -> Effect) {
    let differences = std::mem::take(&mut found.differences);
    let mut all: Vec<(Difference, Days)> = differences.into_iter().zip(std::mem::take(days)).collect();
    all.sort_by_key(|(one, _)| (one.follows, mean(one.verdict)));
    (found.differences, *days) = all.into_iter().unzip();
}

/// Whether every step was looked at to its end, and all that differs in it shown. Where both versions part, those of a step part there
/// or before: so what all changes together do is a part of what the steps do, and nothing of it is left open.
fn is_decided(steps: &[Told]) -> bool {
    !steps.is_empty() && steps.iter().all(|(one, _)| one.unconfirmed.is_empty() && one.incomplete.is_none())
}

/// Each with the next one.
fn pairs<'a>(
    between: &'a [CheckedProtocol],
    [first, last]: [&'a CheckedProtocol; 2],
) -> impl Iterator<Item = [&'a CheckedProtocol; 2]> {
    let from = std::iter::once(first).chain(between);
    let to = between.iter().chain([last]);
    from.zip(to).map(|(from, to)| [from, to])
}

/// The lines of the one thing that a step changes, in both versions.
fn cause_of((before, after): (&Canonical, &Canonical), changes: &[Change]) -> Option<Causes> {
    let meant = |change: &Change| -> Vec<(String, Edit)> {
        let edits = change.edits.iter().filter(|edit| !edit.wording);
        edits.map(|edit| (change.name.clone(), edit.clone())).collect()
    };
    let own: Vec<(String, Edit)> = between_texts(before, after).iter().flat_map(meant).collect();
    let [(name, edit)] = own.as_slice() else { return None };
    let mut own = changes.iter().filter(|change| change.file.is_none() && change.name == *name);
    own.find_map(|change| {
        let (olds, news) = (change.edits.iter().map(|one| &one.old), change.edits.iter().map(|one| &one.new));
        Some([same_line(&edit.old, olds, change.old_line)?, same_line(&edit.new, news, change.new_line)?])
    })
}

/// The line that says the same, among others; that of the whole declaration where there is nothing to say.
fn same_line<'a>(
    wanted: &Option<(u32, String)>,
    mut all: impl Iterator<Item = &'a Option<(u32, String)>>,
    whole: Option<u32>,
) -> Option<Option<(u32, String)>> {
    let Some((_, text)) = wanted else { return Some(whole.map(|line| (line, String::new()))) };
    all.find(|one| one.as_ref().is_some_and(|(_, own)| own == text)).cloned()
}

/// What is told so far.
struct Known {
    all: Compared,
    days: Vec<Days>,
    /// So many of the first ones were found on both versions themselves.
    seen: usize,
    /// What brings about each of them, as the steps show it.
    causes: BTreeMap<usize, Vec<Causes>>,
}

impl Known {
    /// What was not told yet.
    fn join(&mut self, (found, on): Told) {
        for (one, day) in found.differences.into_iter().zip(on).filter(|(one, _)| !one.follows) {
            match self.told_by(&one) {
                Some(at) => self.is_told_with(at, one),
                None => {
                    self.all.differences.push(one);
                    self.days.push(day);
                }
            }
        }
        let all = &mut self.all;
        let is_open = |one: &Unconfirmed| all.unconfirmed.iter().any(|known| known.key == one.key);
        let open: Vec<Unconfirmed> = found.unconfirmed.into_iter().filter(|one| !is_open(one)).collect();
        all.unconfirmed.extend(open);
        // What was not shown with all else that has changed may be shown by itself.
        let told = |one: &Unconfirmed| all.differences.iter().any(|known| known.what.key() == one.key);
        all.unconfirmed.retain(|one| !told(one));
        all.situations += found.situations;
        all.incomplete = all.incomplete.or(found.incomplete);
    }

    /// The number of what tells of a difference already: of several that are the same in all but where, the one of the same stages.
    fn told_by(&self, one: &Difference) -> Option<usize> {
        let tells = |known: &Difference| !known.follows && is_told_by(one, known);
        let mut places = self.all.differences.iter().enumerate().filter(|(_, known)| tells(known));
        let first = places.next();
        let here = first.into_iter().chain(places).find(|(_, known)| known.stages == one.stages).or(first);
        here.map(|(at, _)| at)
    }

    fn is_told_with(&mut self, at: usize, one: Difference) {
        if let Some(known) = self.all.differences.get_mut(at) {
            in_its_stage_too(known, &one);
            if at >= self.seen && is_of_one_place(&one, known) {
                means_both(known, &one);
            }
        }
        let causes = self.causes.entry(at).or_default();
        if !causes.contains(&one.causes) {
            causes.push(one.causes);
        }
    }

    /// All of it, the worst first.
    fn told(mut self) -> Told {
        // What brings it about is known better now, where that is one thing.
        for (number, mut found) in self.causes {
            if let (Some(one), Some(only)) =
                (self.all.differences.get_mut(number), found.pop().filter(|_| found.is_empty()))
            {
                one.causes = only;
            }
        }
        in_order(&mut self.all, &mut self.days, |effect| effect);
        (self.all, self.days)
    }
}

/// Its causes: what the step changes, or else with the lines that they have in both versions themselves.
fn in_place(one: &mut Difference, [old, new]: [&CheckedProtocol; 2], cause: Option<&Causes>) {
    if let Some(cause) = cause {
        one.causes.clone_from(cause);
        return;
    }
    let of = match &one.what {
        What::Aspect { of, .. } => Some(of.clone()),
        What::Answers { .. } => None,
    };
    for (cause, protocol) in one.causes.iter_mut().zip([old, new]) {
        *cause = cause.take().and_then(|(_, text)| place(protocol, of.as_deref(), &text));
    }
}

fn place(protocol: &Protocol, of: Option<&str>, text: &str) -> Option<(u32, String)> {
    if let Some(name) = of {
        let (id, row) = protocol.obligations.iter().find(|(_, row)| row.name == name)?;
        let opened = protocol.openings.rows().find(|row| row.obligation == id && row.line > 0);
        return Some((opened.map_or(row.line, |opening| opening.line), String::new()));
    }
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let is_it = |said: &str| words(said) == words(text);
    let rule = protocol.rules.rows().find(|row| is_it(&row.text)).map(|row| (row.line, row.text.clone()));
    let branches = || protocol.triggers.rows().flat_map(|row| &row.branches);
    rule.or_else(|| branches().find(|row| is_it(&row.text)).map(|row| (row.line, row.text.clone())))
}

/// What it is called that something may lie behind what was found: for programs.
pub(crate) const BEHIND: &str = "behind";

/// That not everything was looked for.
fn not_followed() -> Unconfirmed {
    let text = say!(
        "more has changed at once than can be looked at one by one: what lies behind what was found may differ as well"
    );
    Unconfirmed::new(text, BEHIND.to_owned())
}
