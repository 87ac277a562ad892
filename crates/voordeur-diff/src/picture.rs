//! A history in both versions as a picture: two lines with the moments at which something happens, the same moments below each
//! other. The numbers are those of the rows of the table below it, which says all that the picture shows.

use std::fmt::Write as _;

use jiff::civil::DateTime;
use voordeur_messages::say;
use voordeur_verify::Example;

use crate::html::escape;
use crate::timeline::{Row, timeline};

/// Between two moments at least.
const LEAST: i64 = 34;

/// Where the first moment is, and how wide all of them are when there are few.
const LEFT: i64 = 150;
const WIDE: i64 = 620;

/// How high the lines of the old and of the new version are.
const LANES: [i64; 2] = [46, 106];

/// As SVG.
pub(crate) fn picture(example: &Example) -> String {
    let rows = timeline(example);
    let places = places(&rows);
    let width = places.last().copied().unwrap_or(LEFT) + 90;
    let told = say!("Both versions on one line of time; the table below says the same.");
    let mut out = String::new();
    let mut line = |text: std::fmt::Arguments<'_>| writeln!(out, "{text}").unwrap_or_default();
    line(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"times\" viewBox=\"0 0 {width} 160\" width=\"{width}\" height=\"160\" role=\"img\" aria-label=\"{}\">",
        escape(&told)
    ));
    let parts = rows.iter().zip(&places).find(|(row, _)| row.at == example.at);
    if let Some((_, x)) = parts {
        line(format_args!("<path class=\"parting\" d=\"M{x} 14 V138\"/>"));
    }
    for (y, which) in LANES.iter().zip([say!("old version"), say!("new version")]) {
        line(format_args!("<text x=\"8\" y=\"{}\">{}</text>", y + 5, escape(&which)));
        let end = width - 70;
        line(format_args!("<path class=\"lane\" d=\"M{} {y} H{end}\"/>", LEFT - 18));
    }
    for ((number, row), x) in (1..).zip(&rows).zip(&places) {
        for (y, said) in LANES.iter().zip([&row.old, &row.new]).filter(|(_, said)| !said.is_empty()) {
            let class = if row.differs() { "moment differs" } else { "moment" };
            let words = escape(&format!("{}: {}", row.when, said.join("; ")));
            line(format_args!(
                "<g class=\"{class}\"><title>{words}</title><circle cx=\"{x}\" cy=\"{y}\" r=\"12\"/><text x=\"{x}\" y=\"{}\">{number}</text></g>",
                y + 5
            ));
        }
    }
    for (x, day) in days(&rows, &places) {
        line(format_args!("<text class=\"day\" x=\"{x}\" y=\"152\">{}</text>", escape(&day)));
    }
    out.push_str("</svg>\n");
    out
}

/// How far to the right each moment is: as far apart as they are in time, and never on top of each other.
fn places(rows: &[Row]) -> Vec<i64> {
    let minutes = |row: &Row| -> Option<i64> {
        let at: DateTime = row.at.parse().ok()?;
        let days = at.date() - jiff::civil::date(2000, 1, 1);
        Some(i64::from(days.get_days()) * 1_440 + i64::from(at.hour()) * 60 + i64::from(at.minute()))
    };
    let all: Vec<i64> = rows.iter().filter_map(minutes).collect();
    let (first, last) = (all.first().copied().unwrap_or(0), all.last().copied().unwrap_or(0));
    let mut places: Vec<i64> = Vec::new();
    for at in all {
        let own = LEFT + (at - first).saturating_mul(WIDE) / (last - first).max(1);
        places.push(places.last().map_or(own, |before| own.max(before + LEAST)));
    }
    places
}

/// The day under each moment, where there is room for it.
fn days(rows: &[Row], places: &[i64]) -> Vec<(i64, String)> {
    let mut days: Vec<(i64, String)> = Vec::new();
    for (row, x) in rows.iter().zip(places) {
        let day = row.at.get(..10).unwrap_or_default().to_owned();
        let fits = days.last().is_none_or(|(before, known)| x - before >= 84 && *known != day);
        if fits {
            days.push((*x, day));
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::places;
    use crate::timeline::Row;

    #[test]
    fn moments_stand_apart_and_in_order() {
        let row = |at: &str| Row { at: at.to_owned(), ..Row::default() };
        let all =
            ["2026-03-16T10:00:00", "2026-03-16T10:30:00", "2026-03-19T00:00:00", "2027-03-19T00:00:00"];
        let places = places(&all.map(row));
        assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= super::LEAST), "{places:?}");
        assert_eq!(places.len(), 4);
    }
}
