//! What the checks suspect, decided over all cases: an error is told when a household can get there, with a case history
//! that was played on the engine with real dates.
//!
//! ```text
//!   checks ──▶ suspicions ──▶ probes in the pathway, a search for each group ──▶ told with a history | not confirmed | nothing
//! ```
//!
//! What no case comes to is not told, when all cases were looked at. When they were not, it is told, and said so.

mod again;
mod certain;
mod helped;
mod probes;
mod signs;
mod unheard;

use std::collections::BTreeSet;

use voordeur_diagnostics::{Diagnostic, Scene};
use voordeur_messages::say;
use voordeur_protocol::{
    Cause, Compiled, Load, Protocol, RuleId, Shows, Spans, StageId, Suspected, Suspicion, compile_judged,
};

use self::probes::Probed;
use self::signs::{Looking, MOST_STEPS};
use crate::explore::{Budget, Search, sharper};
use crate::inert::Watched;
use crate::naive::look_day_by_day;
use crate::replay::{History, scene};
use crate::side_by_side::each;

/// With more groups than so many one search looks for all suspicions.
const MOST_GROUPS: usize = 6;

/// Compiles a pathway file and all that it imports; what only some households could come to is decided over all cases.
#[must_use]
pub fn compile_with(name: &str, source: &str, load: &mut Load<'_>, budget: Budget) -> Compiled {
    compile_judged(name, source, load, &mut |suspected| judge(suspected, budget))
}

/// The same for the text of a file that imports no other.
///
/// ```
/// let compiled = voordeur_verify::compile("pathway small { lead nobody }");
/// assert!(compiled.has_errors());
/// ```
#[must_use]
pub fn compile(source: &str) -> Compiled {
    let mut none = |_: &str, _: &str| Err(say!("there is no such file or folder").into());
    compile_with("", source, &mut none, Budget::default())
}

/// The errors that are to be told.
fn judge(suspected: Suspected<'_>, budget: Budget) -> Vec<Diagnostic> {
    let Suspected { protocol, suspicions, spans } = suspected;
    let probed = Probed::of(protocol, &suspicions);
    let verdicts = verdicts(&probed, &suspicions, budget);
    let mut told = Vec::new();
    for (at, (suspicion, verdict)) in suspicions.iter().zip(&verdicts).enumerate() {
        let same =
            suspicions.iter().zip(&verdicts).enumerate().filter(|(_, (one, _))| is_same(one, suspicion));
        if representative(same) == Some(at) {
            let problem = verdict.tell(&probed.protocol, suspicion);
            let others = suspicions.iter().zip(&verdicts).filter(|(one, _)| is_same(one, suspicion));
            told.extend(problem.map(|problem| with_stages(problem, suspicion, others, spans)));
        }
    }
    told
}

/// An error that stands for several stages, with the others in which it was seen.
fn with_stages<'v>(
    problem: Diagnostic,
    told: &Suspicion,
    all: impl Iterator<Item = (&'v Suspicion, &'v Verdict)>,
    spans: &Spans,
) -> Diagnostic {
    let seen = all.filter(|(_, verdict)| matches!(verdict, Verdict::Shown(Some(_), true)));
    let stages: BTreeSet<StageId> = seen.filter_map(|(one, _)| one.stage).collect();
    let others = stages.into_iter().filter(|stage| Some(*stage) != told.stage);
    others.fold(problem, |problem, stage| {
        problem.label(*spans.stages.row(stage), say!("here it can come as well"))
    })
}

fn verdicts(probed: &Probed, suspicions: &[Suspicion], budget: Budget) -> Vec<Verdict> {
    let groups = groups(probed, suspicions);
    let found = each(&groups, |of| verdicts_of(probed, suspicions, of, budget));
    let mut numbered: Vec<(usize, Verdict)> =
        groups.into_iter().flatten().zip(found.into_iter().flatten()).collect();
    numbered.sort_by_key(|(at, _)| *at);
    numbered.into_iter().map(|(_, verdict)| verdict).collect()
}

/// The suspicions, by number, in groups: those of a group ask to look at the same beside the case. What runs beside it is looked at in
/// all its combinations, so that a search for each group takes less than one for all of them, unless there are many.
fn groups(probed: &Probed, suspicions: &[Suspicion]) -> Vec<Vec<usize>> {
    let mut groups: Vec<(Watched, Vec<usize>)> = Vec::new();
    for at in 0..suspicions.len() {
        let watched = Looking::new(probed, suspicions, &[at], 1).watched();
        match groups.iter_mut().find(|(own, _)| *own == watched) {
            Some((_, of)) => of.push(at),
            None => groups.push((watched, vec![at])),
        }
    }
    if groups.len() > MOST_GROUPS {
        return vec![(0..suspicions.len()).collect()];
    }
    groups.into_iter().map(|(_, of)| of).collect()
}

fn verdicts_of(probed: &Probed, suspicions: &[Suspicion], of: &[usize], budget: Budget) -> Vec<Verdict> {
    let looked = |mut search: Search<'_>, most: usize| {
        let mut looking = Looking::new(probed, suspicions, of, most);
        search.run(&mut looking);
        let all = search.incomplete.is_none();
        looking.wanted.iter().map(|one| one.verdict(&search, all)).collect::<Vec<Verdict>>()
    };
    let watched = Looking::new(probed, suspicions, of, 1).watched();
    let search = || Search::new(&probed.protocol, budget, &watched);
    let mut verdicts = looked(search(), 1);
    let is_doubtful = |verdict: &Verdict| matches!(verdict, Verdict::Shown(None, _));
    let mut closer = sharper(|| search().in_working_days().in_all_chains());
    while verdicts.iter().any(is_doubtful)
        && let Some(search) = closer.next()
    {
        for (verdict, found) in verdicts.iter_mut().zip(looked(search, MOST_STEPS)) {
            if is_doubtful(verdict) && !matches!(found, Verdict::Open | Verdict::Untried) {
                *verdict = found;
            }
        }
    }
    verdicts
}

/// What is decided of each suspicion, and whether a case comes to it that is followed day by day; for comparing the two
/// engines. `None` when there are more cases than so many.
#[doc(hidden)]
#[must_use]
pub fn judged_day_by_day(suspected: &Suspected<'_>, budget: Budget, most: usize) -> Option<Vec<Judged>> {
    let probed = Probed::of(suspected.protocol, &suspected.suspicions);
    let all: Vec<usize> = (0..suspected.suspicions.len()).collect();
    let mut looking = Looking::new(&probed, &suspected.suspicions, &all, 1);
    look_day_by_day(&probed.protocol, &mut looking, most)?;
    let fast = verdicts(&probed, &suspected.suspicions, budget);
    let all = suspected.suspicions.iter().zip(&fast).zip(&looking.wanted);
    // No single step shows what comes again.
    let all = all.filter(|((one, _), _)| !matches!(one.shows, Shows::Again(_)));
    Some(
        all.map(|((suspicion, verdict), wanted)| Judged::of(suspicion, verdict, wanted.is_seen_at_all()))
            .collect(),
    )
}

/// What both engines say of a suspicion.
#[doc(hidden)]
#[derive(Debug)]
pub struct Judged {
    /// The rule, and what is suspected.
    pub what: String,
    /// Whether the fast engine says that a case comes to it; `None` when it does not say.
    pub fast: Option<bool>,
    /// Whether its history was played on real dates.
    pub played: bool,
    /// Whether the naive engine says that a case comes to it.
    pub naive: bool,
}

impl Judged {
    fn of(suspicion: &Suspicion, verdict: &Verdict, naive: bool) -> Self {
        let what = format!(
            "{}: {} ({:?})",
            suspicion.problem.rule.name(),
            suspicion.problem.message,
            suspicion.shows
        );
        let fast = match verdict {
            Verdict::Shown(..) => Some(true),
            Verdict::Never => Some(false),
            Verdict::Open | Verdict::Untried => None,
        };
        let played = matches!(verdict, Verdict::Shown(Some(_), _));
        Self { what, fast, played, naive }
    }
}

/// What is decided of a suspicion.
enum Verdict {
    /// A case comes to it, with a history when one could be played on real dates; and whether in the stage that the
    /// error is about.
    Shown(Option<History>, bool),
    /// No case comes to it.
    Never,
    /// Not all cases were looked at.
    Open,
    /// It is not looked for.
    Untried,
}

impl Verdict {
    fn tell(&self, protocol: &Protocol, suspicion: &Suspicion) -> Option<Diagnostic> {
        let problem = &suspicion.problem;
        let doubt = match self {
            Self::Never => return None,
            Self::Untried => return Some(problem.clone()),
            Self::Shown(Some(history), _) => {
                return Some(problem.clone().history(shown(protocol, history, &suspicion.shows)));
            }
            Self::Shown(None, _) => {
                say!("no case history with real dates was found that shows it")
            }
            Self::Open => say!("not everything that can happen to a case was looked at"),
        };
        Some(problem.clone().doubt(doubt))
    }
}

/// A history with what it shows at its end, where the journal says nothing of it.
fn shown(protocol: &Protocol, history: &History, shows: &Shows) -> Vec<Scene> {
    let mut scenes = history.scenes(protocol);
    let Some(last) = history.moments.last().filter(|_| history.refused.is_none()) else { return scenes };
    let text = |rule: &RuleId| format!("`{}`", protocol.rules.row(*rule).text);
    let line = match shows {
        Shows::Both(one, other) => {
            say!("now {one} and {other} both apply", one = text(one), other = text(other))
        }
        Shows::None { .. } | Shows::Awaited { .. } => say!("now no rule applies"),
        _ => return scenes,
    };
    let end = scene(protocol, last.at, vec![line]);
    match scenes.last_mut().filter(|scene| scene.at == end.at) {
        Some(scene) => scene.lines.extend(end.lines),
        None => scenes.push(end),
    }
    scenes
}

/// Whether two suspicions are one error, found for two stages.
fn is_same(one: &Suspicion, other: &Suspicion) -> bool {
    one.shows == other.shows && one.problem.span == other.problem.span
}

/// Of suspicions that are one error the one that is told: that of the stage in which it was seen, or else the first.
fn representative<'v>(same: impl Iterator<Item = (usize, (&'v Suspicion, &'v Verdict))>) -> Option<usize> {
    let all: Vec<(usize, &Verdict)> = same.map(|(at, (_, verdict))| (at, verdict)).collect();
    let seen = all.iter().find(|(_, verdict)| matches!(verdict, Verdict::Shown(_, true)));
    seen.or(all.first()).map(|(at, _)| *at)
}

/// Whether a search can show it at all: what only a deviation or another case brings is not tried in full.
fn is_decided(protocol: &Protocol, shows: &Shows) -> bool {
    let rules: Vec<_> = match shows {
        Shows::Awaited { obligation, .. } => return !signs::is_foreign(protocol, *obligation),
        Shows::Both(one, other) => vec![*one, *other],
        Shows::None { rules, .. } => rules.clone(),
        Shows::Unrecorded(rule, _) => vec![*rule],
        _ => Vec::new(),
    };
    !rules.iter().any(|rule| match protocol.rules.row(*rule).cause {
        Cause::Obligation(of, _) => signs::is_foreign(protocol, of),
        _ => false,
    })
}
