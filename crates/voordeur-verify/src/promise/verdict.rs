//! What is said of a statement: whether it is kept, with the case histories that show it.

use jiff::Timestamp;
use voordeur_diagnostics::{Diagnostic, Rule as Finding, Span};
use voordeur_messages::say;
use voordeur_protocol::Protocol;

use super::confirm::{broken_at, exercised_in, reports_until_it_runs};
use super::model::{Form, Promise};
use super::search::{Break, Looker};
use super::together::together;
use crate::collect::Step;
use crate::edge::Edge;
use crate::explore::{Budget, Incomplete, MORE_ZONES, Search};
use crate::replay::{
    ANY_DAY, Effort, FEW_DAYS, History, Moment, Way, after_rounds, just_in_time, replay_where, scene,
    shortened, way_to, way_with, ways_with_rounds,
};

/// For so many ways to break a promise dates are looked for with effort.
const MOST_WITH_EFFORT: usize = 4;

/// So many more where the histories that take longest do not show it.
const FEW_PLAYED: u32 = 20_000;

/// So many steps are played on real dates to see one statement broken.
const MOST_PLAYED: u32 = 100_000;

/// What is said of a promise.
#[derive(Debug, Clone)]
pub struct Kept {
    /// What it is about, in words.
    pub title: String,
    /// What is said of each statement, in the order of the file.
    pub statements: Vec<Told>,
}

/// What is said of a statement.
#[derive(Debug, Clone)]
pub struct Told {
    /// As it is written, on one line.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// Whether it holds.
    pub verdict: Verdict,
    /// How many situations were looked at.
    pub situations: usize,
}

/// Whether a statement holds.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// Every case keeps it; with the shortest history that shows it at work, where one was asked for and found.
    Kept(Option<History>),
    /// A case breaks it: the shortest history, and when it is broken.
    Broken(History, Timestamp),
    /// What is to be possible is not.
    Impossible,
    /// No case ever comes to what it is about.
    Vacuous,
    /// Nobody knows.
    Undecided(Undecided),
}

/// Why nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undecided {
    /// Not everything was looked at.
    Incomplete(Incomplete),
    /// It may be broken, and no history with real dates was found that shows it.
    Unconfirmed,
}

/// Looks at every case for each statement of a promise; with `witness` also for the histories that show what is kept.
#[must_use]
pub fn keep(promise: &Promise, budget: Budget, witness: bool) -> Kept {
    kept(promise, None, budget, witness)
}

/// The same beside a search of all cases of the pathway, which has been run.
pub(crate) fn keep_beside(promise: &Promise, search: &mut Search<'_>, witness: bool) -> Kept {
    let budget = search.budget();
    kept(promise, Some(search), budget, witness)
}

fn kept(promise: &Promise, beside: Option<&mut Search<'_>>, budget: Budget, witness: bool) -> Kept {
    let known = together(&promise.statements, beside, budget, witness);
    let told = promise.statements.iter().zip(known).map(|(statement, known)| {
        let mut situations = 0;
        let mut verdict: Option<Verdict> = None;
        for (form, known) in statement.forms.iter().zip(known) {
            let (found, looked) = known.unwrap_or_else(|| look(&statement.world, form, budget, witness));
            situations += looked;
            verdict = Some(verdict.map_or(found.clone(), |known| worse(known, found)));
        }
        let verdict = verdict.unwrap_or(Verdict::Vacuous);
        Told { text: statement.text.clone(), span: statement.span, verdict, situations }
    });
    Kept { title: promise.title.clone(), statements: told.collect() }
}

/// What is said of both together: what is broken goes first, then what nobody knows, then what shows it at work.
fn worse(one: Verdict, other: Verdict) -> Verdict {
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Broken(history, _) => (0, history.moments.len()),
        Verdict::Impossible => (1, 0),
        Verdict::Undecided(_) => (2, 0),
        Verdict::Kept(history) => (3, history.as_ref().map_or(usize::MAX, |history| history.moments.len())),
        Verdict::Vacuous => (4, 0),
    };
    if rank(&other) < rank(&one) { other } else { one }
}

pub(super) fn look(world: &Protocol, form: &Form, budget: Budget, witness: bool) -> (Verdict, usize) {
    let mut search = Search::new(world, budget, &form.watched(world));
    let mut looker = Looker::new(world, form);
    search.run(&mut looker);
    decided(&search, &looker, (world, form), witness)
}

/// What follows from a search for a form. Where moments were taken together a break may be seen that no case comes to, or only on a way
/// that was not kept: it is looked at once more with each moment by itself.
pub(super) fn decided(
    search: &Search<'_>,
    looker: &Looker<'_>,
    (world, form): (&Protocol, &Form),
    witness: bool,
) -> (Verdict, usize) {
    let looked = search.looked_at();
    let (whole, closer) = (search.budget(), search.budget().closer());
    let search_again = |budget: Budget| {
        Search::new(world, budget, &form.watched(world)).in_working_days().in_hours().in_all_chains()
    };
    let is_close = search.looks.working_days > 0 || search.looks.hours > 0 || search.looks.uneven;
    if !looker.breaks.is_empty() && form.term().is_some() && is_close {
        // Terms in working days or in hours, one after the other, take less than each of them by itself may take.
        if let Some((kept, more)) = kept_closely(search_again(closer), form, witness) {
            return (kept, looked + more);
        }
    }
    let verdict = judged(search, form, (looker, &[]), witness);
    if !matches!(verdict, Verdict::Undecided(Undecided::Unconfirmed)) {
        return (verdict, looked);
    }
    // Where cases can go round without end there is no end to single moments: that nothing breaks it may show in fewer.
    for zones in MORE_ZONES {
        if let Some((kept, more)) = kept_closely(search_again(closer).telling_apart(zones), form, witness) {
            return (kept, looked + more);
        }
    }
    let mut precise = search_again(whole).precisely();
    let mut seen = Looker::again(world, form);
    precise.run(&mut seen);
    let looked = looked + precise.looked_at();
    let ways = looker.breaks.iter().map(|one| way_of(search, one));
    let tried: Vec<Vec<Edge>> = ways.map(|way| way.into_iter().map(|(edge, _)| edge).collect()).collect();
    match judged(&precise, form, (&seen, &tried), witness) {
        Verdict::Undecided(_) => (broken_by_rounds(world, form, closer).unwrap_or(verdict), looked),
        sharper => (sharper, looked),
    }
}

/// What is said where nothing breaks it in a search that looks at everything, and how many situations that took.
fn kept_closely(mut search: Search<'_>, form: &Form, witness: bool) -> Option<(Verdict, usize)> {
    let mut seen = Looker::again(search.protocol, form);
    search.run(&mut seen);
    let is_kept = seen.breaks.is_empty() && search.incomplete.is_none();
    let verdict = is_kept.then(|| judged(&search, form, (&seen, &[]), witness));
    let verdict = verdict.filter(|verdict| !matches!(verdict, Verdict::Undecided(_)));
    Some((verdict?, search.states.len()))
}

/// Whether a history breaks it.
fn shows_it_broken(protocol: &Protocol, form: &Form, moments: &[Moment]) -> bool {
    let mut history = History { moments: moments.to_vec(), ..History::default() };
    broken_at(protocol, form, &mut history).is_some()
}

/// What follows from one search for a form; on ways that were tried there are no dates.
fn judged(
    search: &Search<'_>,
    form: &Form,
    (looker, tried): (&Looker<'_>, &[Vec<Edge>]),
    witness: bool,
) -> Verdict {
    let is_exercised = !looker.exercised.is_empty();
    let at_work: Vec<&Step> = looker.exercised.iter().chain(&looker.started).collect();
    let shown = || shown(search, form, &at_work, is_exercised);
    match (form, at_work.first()) {
        _ if !looker.breaks.is_empty() => broken(search, form, &looker.breaks, tried),
        (Form::Possible(_), Some(_)) => match shown() {
            Some(history) => Verdict::Kept(witness.then_some(history)),
            None => Verdict::Undecided(Undecided::Unconfirmed),
        },
        _ if search.incomplete.is_some() => {
            Verdict::Undecided(Undecided::Incomplete(search.incomplete.unwrap_or(Incomplete::Budget)))
        }
        (Form::Possible(_), None) => Verdict::Impossible,
        (_, None) => Verdict::Vacuous,
        (_, Some(_)) => Verdict::Kept(if witness { shown() } else { None }),
    }
}

/// The first break that can be played with real dates.
fn broken(search: &Search<'_>, form: &Form, breaks: &[Break], tried: &[Vec<Edge>]) -> Verdict {
    let is_broken = |moments: &[Moment]| shows_it_broken(search.protocol, form, moments);
    let is_tried = |way: &Way| tried.iter().any(|known| known.iter().eq(way.iter().map(|(edge, _)| edge)));
    let ways = breaks.iter().map(|one| way_of(search, one)).filter(|way| !is_tried(way));
    let ways: Vec<Way> = ways.collect();
    search.patience.set(MOST_PLAYED);
    let at_a_glance = || ways.iter().find_map(|way| replay_where(search, way, &is_broken, Effort::Glance));
    let by_days = || {
        let mut tried = Vec::new();
        ways.iter().find_map(|way| overdue(search, form, (way, &mut tried), &is_broken))
    };
    let closely = || {
        if form.term().is_some() {
            // The histories that take longest have been played.
            let few = if tried.is_empty() { FEW_PLAYED } else { FEW_PLAYED / 4 };
            search.patience.set(search.patience.get().min(few));
        }
        ways.iter().enumerate().find_map(|(number, way)| {
            let effort = if number < MOST_WITH_EFFORT { Effort::Full } else { Effort::Little };
            replay_where(search, way, &is_broken, effort)
        })
    };
    let played = at_a_glance().or_else(by_days).or_else(closely);
    search.patience.set(u32::MAX);
    let told = played.and_then(|history| told(search.protocol, form, history));
    told.unwrap_or(Verdict::Undecided(Undecided::Unconfirmed))
}

/// What is said of a history that breaks it: the shortest that does.
fn told(protocol: &Protocol, form: &Form, mut history: History) -> Option<Verdict> {
    let at = broken_at(protocol, form, &mut history)?;
    let shown = |history: &mut History| broken_at(protocol, form, history).is_some();
    let mut shortest = shortened(protocol, history.clone(), &shown);
    Some(match broken_at(protocol, form, &mut shortest) {
        Some(at) => Verdict::Broken(shortest, at),
        None => Verdict::Broken(history, at),
    })
}

/// A term may be over, or a clock run out, only when a case goes round more often than a way shows: it is looked at whether a history with
/// many rounds breaks it.
fn broken_by_rounds(world: &Protocol, form: &Form, budget: Budget) -> Option<Verdict> {
    let mut search = Search::new(world, budget, &form.watched(world));
    let mut seen = Looker::new(world, form);
    search.run_keeping_steps(&mut seen);
    let is_broken = |moments: &[Moment]| shows_it_broken(world, form, moments);
    search.patience.set(MOST_PLAYED);
    let history = seen.breaks.iter().find_map(|one| match one {
        Break::Step(from, edge) => after_rounds(&search, &(*from, edge.clone()), &is_broken),
        Break::Overdue(at) => {
            let at_once = at_once(&search, form, &way_to(&search, *at))?;
            let mut ways = ways_with_rounds(&search, *at).into_iter();
            ways.find_map(|way| just_in_time(&search, &way, (at_once, FEW_DAYS), &is_broken))
        }
    })?;
    told(world, form, history)
}

fn way_of(search: &Search<'_>, one: &Break) -> Way {
    match one {
        Break::Step(from, edge) => way_with(search, *from, edge),
        Break::Overdue(at) => way_to(search, *at),
    }
}

/// The history of a way on which the term is over by as many days as can be, where that breaks the promise. Ways that go on alike
/// once the term runs take as long: one of them is tried.
fn overdue<'w>(
    search: &Search<'_>,
    form: &Form,
    (way, tried): (&'w Way, &mut Vec<Vec<&'w Edge>>),
    is_broken: &dyn Fn(&[Moment]) -> bool,
) -> Option<History> {
    form.term()?;
    let at_once = at_once(search, form, way)?;
    let goes_on = edges_after(way, at_once);
    if tried.contains(&goes_on) {
        return None;
    }
    tried.push(goes_on);
    just_in_time(search, way, (at_once, ANY_DAY), is_broken)
}

/// How many reports come on a way until the term runs.
fn at_once(search: &Search<'_>, form: &Form, way: &Way) -> Option<usize> {
    let any = replay_where(search, way, &|_| true, Effort::Glance)?;
    reports_until_it_runs(search.protocol, form, &any)
}

/// What happens on a way after so many reports.
fn edges_after(way: &Way, reports: usize) -> Vec<&Edge> {
    let edges = way.iter().map(|(edge, _)| edge);
    let mut left = reports;
    let goes_on = edges.skip_while(|edge| {
        left = left.saturating_sub(usize::from(matches!(edge, Edge::Reported(_))));
        left > 0
    });
    goes_on.skip(1).collect()
}

/// The shortest history up to one of these steps and with it; where the steps show the promise at work, the history does so too.
fn shown(search: &Search<'_>, form: &Form, steps: &[&Step], exercised: bool) -> Option<History> {
    let protocol = search.protocol;
    let is_shown = |history: &History| !exercised || exercised_in(protocol, form, history);
    let shows = |moments: &[Moment]| is_shown(&History { moments: moments.to_vec(), ..History::default() });
    let ways: Vec<Way> = steps.iter().map(|(from, edge)| way_with(search, *from, edge)).collect();
    let play = |effort| {
        let shows = &shows;
        move |way: &Way| replay_where(search, way, shows, effort)
    };
    let at_a_glance = ways.iter().find_map(play(Effort::Glance));
    let history = at_a_glance.or_else(|| ways.iter().take(MOST_WITH_EFFORT).find_map(play(Effort::Full)))?;
    if !exercised {
        return Some(history);
    }
    Some(shortened(protocol, history, &|history: &mut History| is_shown(history)))
}

impl Told {
    /// What is wrong, with the history that shows it.
    #[must_use]
    pub fn finding(&self, promise: &Promise) -> Option<Diagnostic> {
        let (title, text) = (&promise.title, &self.text);
        match &self.verdict {
            Verdict::Broken(history, at) => {
                let protocol: &Protocol = &promise.protocol;
                let broken = say!("the promise “{title}” is broken", title);
                let scenes = history
                    .scenes(protocol)
                    .into_iter()
                    .chain([scene(protocol, *at, vec![broken])])
                    .collect();
                let message = say!("this is promised and not kept: `{text}`", text);
                let help = say!("mend the pathway, or promise less");
                let problem = Diagnostic::error(Finding::BrokenPromise, self.span, message);
                Some(problem.help(help).history(scenes))
            }
            Verdict::Impossible => {
                let message = say!("this is to be possible, and no case gets there: `{text}`", text);
                let help = say!("open a way to it in the pathway, or take the line out");
                Some(Diagnostic::error(Finding::BrokenPromise, self.span, message).help(help))
            }
            Verdict::Vacuous => {
                let message = say!("no case ever comes to what this is about: `{text}`", text);
                let help =
                    say!("the promise says nothing; look whether its names and its condition are meant");
                Some(Diagnostic::warning(Finding::VacuousPromise, self.span, message).help(help))
            }
            Verdict::Kept(_) | Verdict::Undecided(_) => None,
        }
    }
}
