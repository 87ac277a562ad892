//! `voordeur plan` and `voordeur migrate`: open cases under a new version.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anyhow::Result;
use jiff::Timestamp;
use serde_json::{Value, json};
use voordeur_calendar::{Calendar, moment_in_words};
use voordeur_engine::ChangedTerm;
use voordeur_messages::{mark, say, translated};
use voordeur_protocol::CheckedProtocol;
use voordeur_runtime::{ComesIn, Journey, Moves, Planned, Runtime, Sort};

use crate::args::{Common, Format, MigrateArgs, PlanArgs, VersionArgs};
use crate::case::moment_of;
use crate::clock::moment_to_write;
use crate::failure::{Outcome, Refused, unless_closed};
use crate::outside::{self, FEW};
use crate::progress::Progress;
use crate::runtime::{deciding_with, explain, looking, somebody};
use crate::source::{protocol, to_run};
use crate::timeline::local;
use crate::trouble::LeftOut;

/// How many cases of one sort are told one by one.
const TOLD: usize = 20;

pub(crate) async fn plan(args: &PlanArgs) -> Result<Outcome> {
    let runtime = looking(&args.common.db).await?;
    let (journey, new) = journey(&runtime, &args.versions)?;
    if let Some(outcome) = unsaid(&journey, &args.versions, &args.common)? {
        return Ok(outcome);
    }
    let now = moment_of(&runtime, args.versions.at.as_deref())?;
    let mut left_out = LeftOut::default();
    let planned = planned(&runtime, &journey, now, &mut left_out).await?;
    runtime.store().close().await;
    let named = args.versions.at.as_ref().map(|_| now);
    let report = Report { planned: &planned, calendar: &new.calendar, outside: args.for_publication, named };
    let most = if args.all { usize::MAX } else { TOLD };
    unless_closed(report.write(&mut io::stdout().lock(), args.common.format, most, None))?;
    Ok(report.outcome().and(left_out.outcome()))
}

pub(crate) async fn migrate(args: &MigrateArgs) -> Result<Outcome> {
    let (at, writes, by) = (args.versions.at.as_deref(), args.apply || args.undo, args.by.as_deref());
    if writes {
        somebody(by)?;
    }
    let plugins = args.apply.then_some(&args.plugins);
    let mut runtime = deciding_with(&args.common.db, plugins, by).await?;
    let (journey, new) = journey(&runtime, &args.versions)?;
    if args.apply && journey.is_one_version() {
        return Err(nothing_to_take_over(&new).into());
    }
    let now = if writes { moment_to_write(&runtime, at) } else { moment_of(&runtime, at) }?;
    if args.undo {
        return undo(&runtime, &journey, now, &args.common).await;
    }
    if let Some(outcome) = unsaid(&journey, &args.versions, &args.common)? {
        return Ok(outcome);
    }
    let mut left_out = LeftOut::default();
    let planned = planned(&runtime, &journey, now, &mut left_out).await?;
    let came = if args.apply {
        let bar = Progress::of_cases(Some(runtime.store().counts().await?.cases));
        let came = runtime.migrate(&journey, now, &mut left_out, |seen| bar.at(seen)).await;
        Some(came.map_err(explain)?)
    } else {
        None
    };
    runtime.store().close().await;
    let named = at.map(|_| now);
    let report = Report { planned: &planned, calendar: &new.calendar, outside: false, named };
    let most = if args.all { usize::MAX } else { TOLD };
    unless_closed(report.write(&mut io::stdout().lock(), args.common.format, most, Some(came)))?;
    Ok(report.outcome().and(left_out.outcome()))
}

fn journey(runtime: &Runtime, versions: &VersionArgs) -> Result<(Journey, CheckedProtocol)> {
    let old = protocol(&versions.old, versions.pathway.as_deref())?;
    let new = to_run(&versions.new, versions.pathway.as_deref().or(Some(&old.name)))?;
    let journey = runtime.journey(&old, &new).map_err(explain)?;
    Ok((journey, new))
}

async fn planned(
    runtime: &Runtime,
    journey: &Journey,
    now: Timestamp,
    left_out: &mut LeftOut,
) -> Result<Vec<Planned>> {
    let bar = Progress::of_cases(Some(runtime.store().counts().await?.cases));
    let mut planned = Vec::new();
    let done = runtime.plan(journey, now, left_out, |case| planned.push(case), |seen| bar.at(seen)).await;
    done.map_err(explain)?;
    Ok(planned)
}

async fn undo(runtime: &Runtime, journey: &Journey, now: Timestamp, common: &Common) -> Result<Outcome> {
    let mut left_out = LeftOut::default();
    let undone = {
        let bar = Progress::of_cases(Some(runtime.store().counts().await?.cases));
        runtime.undo(journey, now, &mut left_out, |seen| bar.at(seen)).await.map_err(explain)?
    };
    runtime.store().close().await;
    let mut out = io::stdout().lock();
    match common.format {
        Format::Json => writeln!(out, "{}", json!({ "back": undone.back, "moved_on": undone.stay }))?,
        Format::Text => writeln!(
            out,
            "{}",
            say!(
                "{back} cases are on the old version again; {stay} have moved on and stay",
                back = undone.back,
                stay = undone.stay
            )
        )?,
    }
    Ok(Outcome::clean_if(undone.stay == 0).and(left_out.outcome()))
}

/// Cases of a version are on it already, whatever else its file says.
fn nothing_to_take_over(new: &CheckedProtocol) -> Refused {
    let (name, version) = (&new.name, &new.version);
    Refused(say!(
        "both files are version {version} of `{name}`: there is nothing to take over; give the new one a version of its own",
        version,
        name
    ))
}

/// A term that has changed, and of which the new version says nothing, is an error.
fn unsaid(journey: &Journey, versions: &VersionArgs, common: &Common) -> Result<Option<Outcome>> {
    let terms: Vec<ChangedTerm> =
        journey.changed_terms().into_iter().filter(|term| term.said.is_none()).collect();
    let unknown = journey.unknown_stages();
    if terms.is_empty() && unknown.is_empty() {
        return Ok(None);
    }
    unless_closed(tell_unsaid((&terms, &unknown), journey, versions, common))?;
    Ok(Some(Outcome::Findings))
}

fn tell_unsaid(
    (terms, unknown): (&[ChangedTerm], &[String]),
    journey: &Journey,
    versions: &VersionArgs,
    common: &Common,
) -> Result<()> {
    let file = versions.new.display();
    let nothing = || say!("nothing");
    let (known, line) = (journey.old_stages(), journey.open_cases_line());
    let mut out = io::stdout().lock();
    if common.format == Format::Json {
        let term = |term: &ChangedTerm| json!({ "name": term.name, "before": term.before, "now": term.now, "line": term.line });
        let all = json!({ "unsaid": terms.iter().map(term).collect::<Vec<_>>(), "unknown_stages": unknown });
        return crate::diff::as_json(&mut out, &all);
    }
    for ChangedTerm { name, before, now, line, .. } in terms {
        let before = before.clone().unwrap_or_else(nothing);
        let now = now.clone().unwrap_or_else(nothing);
        let text = say!(
            "the term of `{name}` changes ({before} becomes {now}), and nothing is said of deadlines that run",
            name,
            before,
            now
        );
        writeln!(out, "{file}:{line}: {text}")?;
    }
    for stage in unknown {
        let text = say!(
            "`open cases` names the stage `{stage}`, which the old version does not have; it has {known}",
            stage,
            known = known.join(", ")
        );
        writeln!(out, "{file}:{line}: {text}")?;
    }
    if !terms.is_empty() {
        let help = say!(
            "say `keep deadlines`, `recompute from start` or `recompute from today` in `open cases`, for all of them or for some"
        );
        writeln!(out, "{help}")?;
    }
    Ok(())
}

/// What becomes of the open cases.
struct Report<'a> {
    planned: &'a [Planned],
    calendar: &'a Calendar,
    /// Whether it leaves the house.
    outside: bool,
    /// The moment at which the cases come over, where somebody has named one (UTC).
    named: Option<Timestamp>,
}

impl Report<'_> {
    /// A case to which something has happened after the moment that was named comes over when that happened.
    fn later_than_named(&self) -> Option<String> {
        let at = self.named?;
        let last =
            self.planned.iter().filter(|case| case.sort.comes_over()).map(|case| case.touched_at).max();
        let last = last.filter(|last| *last > at && !self.outside)?;
        let (at, last) = (local(self.calendar, at), local(self.calendar, last));
        Some(say!(
            "`--at` {at} is before the last thing that happened to some of them ({last}): each comes over no sooner than that",
            at,
            last
        ))
    }

    fn outcome(&self) -> Outcome {
        Outcome::clean_if(self.planned.iter().all(|case| case.sort.comes_over()))
    }

    fn count(&self, sort: Sort) -> u64 {
        let of_it = self.planned.iter().filter(|case| case.sort == sort).count();
        u64::try_from(of_it).unwrap_or(u64::MAX)
    }

    /// A number as it is told; nothing where it is too small to leave the house.
    fn told(&self, number: u64) -> Option<u64> {
        if self.outside { outside::told(number) } else { Some(number) }
    }

    fn number(&self, number: u64) -> String {
        self.told(number).map_or_else(|| say!("fewer than five"), |number| number.to_string())
    }

    /// `came`: of a migration, how many came over when it was applied.
    fn write(
        &self,
        out: &mut impl Write,
        format: Format,
        most: usize,
        came: Option<Option<u64>>,
    ) -> Result<()> {
        if format == Format::Json {
            return crate::diff::as_json(out, &self.json(came));
        }
        if self.outside {
            self.table(out)?;
        } else {
            Sort::ALL.iter().try_for_each(|sort| self.cases(out, *sort, most))?;
        }
        writeln!(out, "{}", self.closing_line())?;
        self.later_than_named().into_iter().try_for_each(|told| writeln!(out, "{told}"))?;
        match came {
            None => {}
            Some(None) => writeln!(out, "{}", say!("nothing was changed; `--apply` does it"))?,
            Some(Some(came)) => {
                writeln!(
                    out,
                    "{}",
                    say!("{came} cases came over; each journal says so, and `--undo` takes it back", came)
                )?;
            }
        }
        Ok(())
    }

    fn cases(&self, out: &mut impl Write, sort: Sort, most: usize) -> Result<()> {
        // Of what is due when it was there is nothing to tell, but what happens as soon as it comes over.
        let is_told = |case: &&Planned| sort != Sort::Unchanged || !case.on_arrival.is_empty();
        let of_it = || self.planned.iter().filter(|case| case.sort == sort).filter(is_told);
        if of_it().next().is_none() {
            return Ok(());
        }
        writeln!(out, "{}:", title(sort))?;
        for case in of_it().take(most) {
            writeln!(out, "  {} ({})", case.label, case.stage)?;
            if let Some(elsewhere) = &case.elsewhere {
                let text = say!(
                    "on the new version it would be in `{elsewhere}` by now; it stays in `{stage}`",
                    elsewhere,
                    stage = case.stage
                );
                writeln!(out, "    {text}")?;
            }
            if let Some(comes_in) = &case.comes_in {
                writeln!(out, "    {}", comes_in_words(comes_in))?;
            }
            case.moves.iter().try_for_each(|moves| writeln!(out, "    {}", self.moves(moves)))?;
            case.on_arrival.iter().try_for_each(|line| {
                writeln!(out, "    {}", say!("as soon as it comes over: {line}", line))
            })?;
            case.why.iter().try_for_each(|why| writeln!(out, "    {}", why.text()))?;
        }
        let more = of_it().count().saturating_sub(most);
        if more > 0 {
            writeln!(out, "  {}", say!("and {more} more; `--all` tells them", more))?;
        }
        Ok(())
    }

    fn moves(&self, moves: &Moves) -> String {
        let text = self.when(moves);
        if moves.held { say!("{text} (held until the case goes back)", text) } else { text }
    }

    fn when(&self, moves: &Moves) -> String {
        let at = |at: Timestamp| moment_in_words(self.calendar.local(at));
        let what = &moves.what;
        match (moves.before, moves.now) {
            (before, Some(now)) if moves.runs_on && before.is_none_or(|before| before == now) => {
                say!("{what}: its clock runs on, {now}", what, now = at(now))
            }
            (Some(before), Some(now)) if moves.runs_on => say!(
                "{what}: its clock runs on, {before} becomes {now}",
                what,
                before = at(before),
                now = at(now)
            ),
            (Some(before), Some(now)) => {
                say!("{what}: {before} becomes {now}", what, before = at(before), now = at(now))
            }
            (Some(before), None) => {
                say!("{what}: {before} is not waited for any more", what, before = at(before))
            }
            (None, Some(now)) => say!("{what}: new, {now}", what, now = at(now)),
            (None, None) => what.clone(),
        }
    }

    /// By stage and by what becomes of them, without numbers below five.
    fn table(&self, out: &mut impl Write) -> Result<()> {
        for (stage, of_stage) in self.by_stage() {
            for (sort, number) in of_stage {
                writeln!(out, "{stage}: {}: {}", title(sort), self.number(number))?;
            }
        }
        Ok(())
    }

    fn by_stage(&self) -> BTreeMap<&str, BTreeMap<Sort, u64>> {
        let mut all: BTreeMap<&str, BTreeMap<Sort, u64>> = BTreeMap::new();
        for case in self.planned {
            *all.entry(&case.stage).or_default().entry(case.sort).or_default() += 1;
        }
        all
    }

    fn closing_line(&self) -> String {
        let number = |sort| self.number(self.count(sort));
        let [same, later, earlier, overdue, other, decide, impossible] = Sort::ALL.map(number);
        // A sum would tell what is left out.
        let change =
            [Sort::Later, Sort::Earlier, Sort::Overdue, Sort::OtherStage].map(|sort| self.count(sort));
        let is_told = change.iter().all(|number| self.told(*number).is_some());
        let change = if is_told {
            say!("{change} to change: ", change = self.number(change.iter().sum()))
        } else {
            String::new()
        };
        say!(
            "Plan: {change}{later} later, {earlier} earlier, {overdue} overdue on arrival, {other} in another stage; {same} unchanged, {decide} need a decision, {impossible} impossible",
            change,
            later,
            earlier,
            overdue,
            other,
            same,
            decide,
            impossible
        )
    }

    fn json(&self, came: Option<Option<u64>>) -> Value {
        let counted =
            |number: u64| self.told(number).map_or_else(|| json!(format!("<{FEW}")), |number| json!(number));
        let summary: serde_json::Map<String, Value> =
            Sort::ALL.iter().map(|sort| (sort.word().to_owned(), counted(self.count(*sort)))).collect();
        if self.outside {
            let stages = self.by_stage().into_iter().map(|(stage, of_stage)| {
                let of_stage =
                    of_stage.into_iter().map(|(sort, number)| (sort.word().to_owned(), counted(number)));
                (stage.to_owned(), Value::Object(of_stage.collect()))
            });
            return json!({ "summary": summary, "stages": Value::Object(stages.collect()) });
        }
        let moved = |moves: &Moves| json!({ "what": moves.what, "before": moves.before, "now": moves.now, "runs_on": moves.runs_on, "held": moves.held });
        let case = |case: &Planned| {
            json!({
                "case": case.label, "stage": case.stage, "becomes": case.sort.word(), "elsewhere": case.elsewhere,
                "comes_in": case.comes_in.as_ref().map(|to| json!({ "place": to.place, "interrupted": to.interrupted })),
                "moves": case.moves.iter().map(moved).collect::<Vec<_>>(),
                "on_arrival": case.on_arrival,
                "why": case.why.iter().map(voordeur_engine::Obstacle::text).collect::<Vec<_>>(),
            })
        };
        let mut all =
            json!({ "summary": summary, "cases": self.planned.iter().map(case).collect::<Vec<_>>() });
        if let (Some(came), Some(all)) = (came, all.as_object_mut()) {
            all.insert("came_over".to_owned(), json!(came));
        }
        all
    }
}

fn comes_in_words(to: &ComesIn) -> String {
    let place = &to.place;
    match &to.interrupted {
        None => say!("it comes in `{place}`", place),
        Some(interrupted) => {
            say!("it comes in `{place}`, which interrupts `{interrupted}`", place, interrupted)
        }
    }
}

fn title(sort: Sort) -> String {
    translated(match sort {
        Sort::Unchanged => mark!("unchanged"),
        Sort::Later => mark!("later"),
        Sort::Earlier => mark!("earlier"),
        Sort::Overdue => mark!("overdue on arrival"),
        Sort::OtherStage => mark!("another stage"),
        Sort::NeedsDecision => mark!("needs a decision"),
        Sort::Impossible => mark!("impossible"),
    })
}
