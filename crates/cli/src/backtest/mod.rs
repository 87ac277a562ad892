//! `voordeur backtest`: what a version would have meant for the cases that there were.
//!
//! | file | holds |
//! | --- | --- |
//! | `months.rs` | what is counted month by month, and what of it is told |
//! | `page.rs` | the page in HTML, with its plots |

mod months;
mod page;

use std::collections::BTreeMap;
use std::io::{self, Write};

use anyhow::Result;
use serde_json::{Value, json};
use voordeur_diff::markdown_text;
use voordeur_messages::say;
use voordeur_protocol::CheckedProtocol;
use voordeur_runtime::{NotTested, Runtime};

use crate::args::{BacktestArgs, BacktestFormat};
use crate::case::moment_of;
use crate::failure::{Outcome, Refused, unless_closed};
use crate::progress::Progress;
use crate::runtime::{explain, looking};
use crate::source::protocol;
use crate::trouble::LeftOut;
use months::{Counted, Month, NAMES, Pair};

/// How wide the longest bar of the plot is.
const WIDEST: u64 = 40;

pub(crate) async fn backtest(args: &BacktestArgs) -> Result<Outcome> {
    let runtime = looking(&args.db).await?;
    let new = protocol(&args.new, args.pathway.as_deref())?;
    if !runtime.protocols().iter().any(|(_, stored)| stored.name == new.name) {
        return Err(Refused(say!("the database has no cases of `{name}`", name = new.name)).into());
    }
    say_when_published(&runtime, &new)?;
    // What is written to be read elsewhere leaves the house.
    let leaves = matches!(args.format, BacktestFormat::Html | BacktestFormat::Markdown);
    let outside = args.for_publication || leaves;
    let until = args.at.as_deref().map(|at| moment_of(&runtime, Some(at))).transpose()?;
    let mut counted =
        Counted { months: BTreeMap::new(), skipped: NotTested::default(), until: String::new(), outside };
    let mut left_out = LeftOut::default();
    {
        let bar = Progress::of_cases(Some(runtime.store().counts().await?.cases));
        let add = |tested| counted.add(&tested);
        let found = runtime.backtest(&new, until, &mut left_out, add, |seen| bar.at(seen)).await;
        let (skipped, until) = found.map_err(explain)?;
        counted.skipped = skipped;
        // Something happened to a household at that moment: outside the house only the day is told.
        let shape = if outside { "%Y-%m-%d" } else { "%Y-%m-%dT%H:%M" };
        counted.until = new.calendar.local(until).strftime(shape).to_string();
    }
    runtime.store().close().await;
    unless_closed(write(&mut io::stdout().lock(), args.format, &counted, &new))?;
    Ok(left_out.outcome())
}

/// What is tried may have the label of a version that the cases ran on, and be another text: that is said, and no error.
fn say_when_published(runtime: &Runtime, new: &CheckedProtocol) -> Result<()> {
    let Some(what) = runtime.differs(new) else { return Ok(()) };
    let what = what.iter().take(3).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let text = say!(
        "note: version {version} of `{name}` is in the database with another text ({what} differs); this text is played as if it were a version of its own",
        version = new.version,
        name = new.name,
        what
    );
    Ok(writeln!(io::stderr(), "{text}")?)
}

fn write(
    out: &mut impl Write,
    format: BacktestFormat,
    counted: &Counted,
    new: &CheckedProtocol,
) -> Result<()> {
    match format {
        BacktestFormat::Json => return crate::diff::as_json(out, &as_json(counted)),
        BacktestFormat::Html => return Ok(write!(out, "{}", page::page(counted, &title(new)))?),
        BacktestFormat::Markdown => return markdown(out, counted, &title(new)),
        BacktestFormat::Text => {}
    }
    table(out, counted)?;
    counted.pairs().iter().try_for_each(|pair| plot(out, counted, pair))?;
    counted.closing().iter().try_for_each(|line| Ok(writeln!(out, "{line}")?))
}

fn title(new: &CheckedProtocol) -> String {
    say!("What version {version} of {name} would have meant", version = new.version, name = new.name)
}

fn table(out: &mut impl Write, counted: &Counted) -> Result<()> {
    let rows = counted.table();
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}"));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  "))?;
    }
    Ok(())
}

/// Two bars a month. What is not told has no bar: its length would tell it.
fn plot(out: &mut impl Write, counted: &Counted, pair: &Pair) -> Result<()> {
    let most = counted.most(pair);
    if most == 0 {
        return Ok(());
    }
    let [was, then] = &pair.legend;
    writeln!(out, "{}", say!("{title}: ░ {was}, █ {then}", title = pair.title, was, then))?;
    for (name, numbers) in &pair.rows {
        for (sign, number) in ['░', '█'].into_iter().zip(numbers) {
            let width = counted.told(*number).unwrap_or(0).saturating_mul(WIDEST).div_ceil(most);
            let bar: String = (0..width).map(|_| sign).collect();
            writeln!(out, "{name} {bar} {}", counted.cell(*number))?;
        }
    }
    Ok(())
}

fn markdown(out: &mut impl Write, counted: &Counted, title: &str) -> Result<()> {
    writeln!(out, "### {}\n", markdown_text(title))?;
    let rows = counted.table();
    for (at, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row.iter().map(|cell| markdown_text(cell)).collect();
        writeln!(out, "| {} |", cells.join(" | "))?;
        if at == 0 {
            writeln!(out, "|{}", " ---: |".repeat(row.len()))?;
        }
    }
    for pair in counted.pairs().iter().filter(|pair| counted.most(pair) > 0) {
        writeln!(out, "\n```text")?;
        plot(out, counted, pair)?;
        writeln!(out, "```")?;
    }
    counted.closing().iter().try_for_each(|line| Ok(writeln!(out, "\n{}", markdown_text(line))?))
}

fn as_json(counted: &Counted) -> Value {
    let numbers = |month: &Month| {
        let cells = NAMES.iter().zip(month.numbers());
        let cell = |(name, number): (&&str, u64)| {
            ((*name).to_owned(), counted.told(number).map_or_else(|| json!("<5"), |number| json!(number)))
        };
        Value::Object(cells.map(cell).collect())
    };
    let months = counted.months.iter().map(|(name, month)| {
        let mut all = json!({ "month": name });
        if let (Some(all), Value::Object(numbers)) = (all.as_object_mut(), numbers(month)) {
            all.extend(numbers);
        }
        all
    });
    let months: Vec<Value> = months.collect();
    if counted.outside {
        return json!({ "until": counted.until, "months": months });
    }
    let NotTested { came_over, erased } = counted.skipped;
    json!({
        "until": counted.until, "months": months, "all": numbers(&counted.whole()),
        "not_played": { "came_over": came_over, "erased": erased },
    })
}
