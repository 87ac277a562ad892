//! `voordeur backtest`: what a version would have meant for the cases that there were.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anyhow::Result;
use serde_json::{Value, json};
use voordeur_messages::say;
use voordeur_runtime::{NotTested, Tested};

use crate::args::{BacktestArgs, Format};
use crate::failure::{Outcome, Refused, unless_closed};
use crate::progress::Progress;
use crate::runtime::{existing, explain};
use crate::source::protocol;

/// Numbers below this are not told outside.
const FEW: u64 = 5;

/// How wide the longest bar of the plot is.
const WIDEST: u64 = 40;

pub(crate) async fn backtest(args: &BacktestArgs) -> Result<Outcome> {
    let runtime = existing(&args.common.db, None).await?;
    let new = protocol(&args.new, args.pathway.as_deref())?;
    if !runtime.protocols().iter().any(|(_, stored)| stored.name == new.name) {
        return Err(Refused(say!("the database has no cases of `{name}`", name = new.name)).into());
    }
    let mut report =
        Report { months: BTreeMap::new(), skipped: NotTested::default(), outside: args.for_publication };
    {
        let bar = Progress::of_cases(Some(runtime.store().counts().await?.cases));
        let months = &mut report.months;
        let add = |tested: Tested| {
            let month = tested.reported.strftime("%Y-%m").to_string();
            months.entry(month).or_default().add(&tested);
        };
        report.skipped = runtime.backtest(&new, add, |seen| bar.at(seen)).await.map_err(explain)?;
    }
    runtime.store().close().await;
    unless_closed(report.write(&mut io::stdout().lock(), args.common.format))?;
    Ok(Outcome::Clean)
}

/// The cases that were reported in one month.
#[derive(Debug, Clone, Copy, Default)]
struct Month {
    cases: u64,
    earlier: u64,
    later: u64,
    visits: (u64, u64),
    escalations: (u64, u64),
    elsewhere: u64,
    refused: u64,
}

impl Month {
    fn add(&mut self, tested: &Tested) {
        self.cases += 1;
        let (was, would_be) = (&tested.was, &tested.would_be);
        match (was.first_visit_due, would_be.first_visit_due) {
            (Some(was), Some(would_be)) => {
                self.earlier += u64::from(would_be < was);
                self.later += u64::from(would_be > was);
            }
            // No visit is later than any, and one where there was none is earlier.
            (was, would_be) => {
                self.earlier += u64::from(was.is_none() && would_be.is_some());
                self.later += u64::from(was.is_some() && would_be.is_none());
            }
        }
        self.visits.0 += u64::from(was.visits);
        self.visits.1 += u64::from(would_be.visits);
        self.escalations.0 += u64::from(was.escalations);
        self.escalations.1 += u64::from(would_be.escalations);
        self.elsewhere += u64::from(tested.place != tested.other_place);
        self.refused += u64::from(tested.refused > 0);
    }

    fn join(mut self, other: &Self) -> Self {
        self.cases += other.cases;
        self.earlier += other.earlier;
        self.later += other.later;
        self.visits = (self.visits.0 + other.visits.0, self.visits.1 + other.visits.1);
        self.escalations =
            (self.escalations.0 + other.escalations.0, self.escalations.1 + other.escalations.1);
        self.elsewhere += other.elsewhere;
        self.refused += other.refused;
        self
    }

    const fn numbers(&self) -> [u64; 9] {
        let (visits, escalations) = (self.visits, self.escalations);
        [
            self.cases,
            self.earlier,
            self.later,
            visits.0,
            visits.1,
            escalations.0,
            escalations.1,
            self.elsewhere,
            self.refused,
        ]
    }
}

/// The names of the numbers of a month, as programs have them.
const NAMES: [&str; 9] = [
    "cases",
    "visit_earlier",
    "visit_later",
    "visits",
    "visits_then",
    "escalations",
    "escalations_then",
    "elsewhere",
    "refused",
];

struct Report {
    months: BTreeMap<String, Month>,
    skipped: NotTested,
    /// Whether it leaves the house.
    outside: bool,
}

impl Report {
    fn whole(&self) -> Month {
        self.months.values().fold(Month::default(), Month::join)
    }

    /// A number as it is told; nothing when it is too small to be told outside.
    fn told(&self, number: u64) -> Option<u64> {
        (!self.outside || number == 0 || number >= FEW).then_some(number)
    }

    fn cell(&self, number: u64) -> String {
        self.told(number).map_or_else(|| format!("<{FEW}"), |number| number.to_string())
    }

    fn write(&self, out: &mut impl Write, format: Format) -> Result<()> {
        if format == Format::Json {
            return crate::diff::as_json(out, &self.json());
        }
        self.table(out)?;
        self.plot(out)?;
        let whole = self.whole();
        // A sum would tell what is left out of the months.
        if !self.outside {
            let [cases, earlier, later, visits, visits_then, escalations, then, elsewhere, refused] =
                whole.numbers();
            writeln!(
                out,
                "{}",
                say!(
                    "{cases} cases played on the new version: a first visit due earlier for {earlier} and later for {later}; visits asked for {visits} → {visits_then}, escalations {escalations} → {then}; {elsewhere} would be elsewhere now, and of {refused} something would have been refused",
                    cases,
                    earlier,
                    later,
                    visits,
                    visits_then,
                    escalations,
                    then,
                    elsewhere,
                    refused
                )
            )?;
        }
        let NotTested { came_over, erased } = self.skipped;
        if came_over + erased > 0 && !self.outside {
            let text = say!(
                "not played: {came_over} that came over from another version, {erased} that were erased",
                came_over,
                erased
            );
            writeln!(out, "{text}")?;
        }
        let text =
            say!("what people did is taken as it was; only terms and rules are those of the new version");
        Ok(writeln!(out, "{text}")?)
    }

    fn table(&self, out: &mut impl Write) -> Result<()> {
        let head = [
            say!("month"),
            say!("cases"),
            say!("visit earlier"),
            say!("visit later"),
            say!("visits"),
            say!("then"),
            say!("escalations"),
            say!("then"),
            say!("elsewhere"),
            say!("refused"),
        ];
        let mut rows: Vec<Vec<String>> = vec![head.to_vec()];
        for (name, month) in &self.months {
            let cells = month.numbers().map(|number| self.cell(number));
            rows.push(std::iter::once(name.clone()).chain(cells).collect());
        }
        let width = |column: usize| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..head.len()).map(width).collect();
        for row in &rows {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}"));
            writeln!(out, "{}", cells.collect::<Vec<_>>().join("  "))?;
        }
        Ok(())
    }

    /// Escalations month by month: as they were, and as they would have been.
    fn plot(&self, out: &mut impl Write) -> Result<()> {
        let most =
            self.months.values().map(|month| month.escalations.0.max(month.escalations.1)).max().unwrap_or(0);
        if most == 0 {
            return Ok(());
        }
        writeln!(out, "{}", say!("escalations per month: ░ as it was, █ on the new version"))?;
        for (name, month) in &self.months {
            for (sign, number) in [('░', month.escalations.0), ('█', month.escalations.1)] {
                let shown = self.told(number);
                let width = shown.unwrap_or(0).saturating_mul(WIDEST).div_ceil(most);
                let bar: String = (0..width).map(|_| sign).collect();
                writeln!(out, "{name} {bar} {}", self.cell(number))?;
            }
        }
        Ok(())
    }

    fn json(&self) -> Value {
        let numbers = |month: &Month| {
            let cells = NAMES.iter().zip(month.numbers());
            let cell = |(name, number): (&&str, u64)| {
                ((*name).to_owned(), self.told(number).map_or_else(|| json!("<5"), |number| json!(number)))
            };
            Value::Object(cells.map(cell).collect())
        };
        let months = self.months.iter().map(|(name, month)| {
            let mut all = json!({ "month": name });
            if let (Some(all), Value::Object(numbers)) = (all.as_object_mut(), numbers(month)) {
                all.extend(numbers);
            }
            all
        });
        let months: Vec<Value> = months.collect();
        if self.outside {
            return json!({ "months": months });
        }
        let NotTested { came_over, erased } = self.skipped;
        json!({
            "months": months, "all": numbers(&self.whole()),
            "not_played": { "came_over": came_over, "erased": erased },
        })
    }
}
