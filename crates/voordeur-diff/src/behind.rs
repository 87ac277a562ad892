//! What lies behind the differences that were found: where both versions part they are followed no further, and something else that has
//! changed may come only then. It is looked for one change at a time.

use voordeur_messages::say;
use voordeur_protocol::{CheckedProtocol, Protocol};
use voordeur_verify::{Budget, Compared, Days, Difference, Unconfirmed, What, is_told_by};

use crate::comparison::Version;
use crate::editions::compare_step;
use crate::step_by_step::{Steps, between};

/// What was found, with what lies behind it.
pub(crate) fn behind(
    (old, new): (Version<'_>, Version<'_>),
    whole: [&CheckedProtocol; 2],
    (mut all, mut days): (Compared, Vec<Days>),
    budget: Budget,
) -> (Compared, Vec<Days>) {
    if all.is_whole || all.incomplete.is_some() {
        return (all, days);
    }
    let Some(steps) = between(old, new, whole) else {
        all.unconfirmed.push(not_followed());
        return (all, days);
    };
    let mut is_whole = true;
    // With one change between them nothing lies behind it, and both were compared already.
    for step in pairs(&steps, whole).filter(|_| !steps.pathways.is_empty()) {
        let (found, on) = compare_step(whole, step, budget);
        is_whole &= found.is_whole || steps.is_one_by_one;
        join((&mut all, &mut days), (found, on), (whole, step));
    }
    if !is_whole && all.incomplete.is_none() {
        all.unconfirmed.push(not_followed());
    }
    (all, days)
}

fn pairs<'a>(
    steps: &'a Steps,
    [before, after]: [&'a CheckedProtocol; 2],
) -> impl Iterator<Item = [&'a CheckedProtocol; 2]> {
    let from = std::iter::once(before).chain(&steps.pathways);
    let to = steps.pathways.iter().chain([after]);
    from.zip(to).map(|(from, to)| [from, to])
}

/// What was not told yet.
fn join(
    (all, days): (&mut Compared, &mut Vec<Days>),
    (found, on): (Compared, Vec<Days>),
    (whole, [before, _]): ([&CheckedProtocol; 2], [&CheckedProtocol; 2]),
) {
    let [old, _] = whole;
    for (mut one, day) in found.differences.into_iter().zip(on) {
        in_place(&mut one, whole);
        let is_told =
            all.differences.iter().filter(|known| !known.follows).any(|known| is_told_by(&one, known));
        if one.follows || is_told {
            continue;
        }
        if matches!(one.what, What::Aspect { .. }) {
            let evened: Vec<String> =
                old.meaning().differences(&before.meaning()).into_iter().map(str::to_owned).collect();
            one.examples.iter_mut().for_each(|example| example.evened.clone_from(&evened));
        }
        all.differences.push(one);
        days.push(day);
    }
    let is_open = |one: &Unconfirmed| all.unconfirmed.iter().any(|known| known.key == one.key);
    let open: Vec<Unconfirmed> = found.unconfirmed.into_iter().filter(|one| !is_open(one)).collect();
    all.unconfirmed.extend(open);
    all.situations += found.situations;
    all.incomplete = all.incomplete.or(found.incomplete);
}

/// Its causes with the lines that they have in both versions themselves.
fn in_place(one: &mut Difference, [old, new]: [&CheckedProtocol; 2]) {
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
    Unconfirmed { text, key: BEHIND.to_owned() }
}
