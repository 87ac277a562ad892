//! A backtest as one page on its own: plots, and the table with the same numbers. No script, nothing from elsewhere, readable on
//! paper.

use std::fmt::Write as _;

use voordeur_diff::{html_escape, html_page};
use voordeur_messages::say;

use super::months::Counted;

/// How many months stand in one plot: so many fit on paper.
const MONTHS: usize = 12;

/// The size of a plot, and of what stands in it.
const LEFT: usize = 8;
const GROUP: usize = 76;
const BAR: usize = 30;
const HIGHEST: u64 = 120;
const TOP: u64 = 22;

/// A page with the plots and the table.
pub(super) fn page(counted: &Counted, title: &str) -> String {
    let mut body = String::new();
    let mut line = |text: std::fmt::Arguments<'_>| writeln!(body, "{text}").unwrap_or_default();
    line(format_args!("<h1>{}</h1>", html_escape(title)));
    for text in counted.closing() {
        line(format_args!("<p>{}</p>", html_escape(&text)));
    }
    for pair in counted.pairs().iter().filter(|pair| counted.most(pair) > 0) {
        let [was, then] = &pair.legend;
        let caption = say!("{title}: light {was}, dark {then}", title = pair.title, was, then);
        line(format_args!("<section><h2>{}</h2>", html_escape(&pair.title)));
        for rows in pair.rows.chunks(MONTHS) {
            let svg = plot(counted, rows, counted.most(pair), &caption);
            line(format_args!("<figure>{svg}<figcaption>{}</figcaption></figure>", html_escape(&caption)));
        }
        line(format_args!("</section>"));
    }
    line(format_args!("{}", table(counted)));
    html_page(title, &body)
}

/// Two bars a month. What is not told has no bar: its height would tell it.
fn plot(counted: &Counted, rows: &[(String, [u64; 2])], most: u64, caption: &str) -> String {
    let (width, floor) = (LEFT * 2 + rows.len() * GROUP, TOP + HIGHEST);
    let height = floor + 26;
    let label = html_escape(&format!("{caption}. {}", say!("The table below has the same numbers.")));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" style=\"max-width:100%\" font-size=\"13\" role=\"img\" aria-label=\"{label}\">"
    );
    for (at, (month, numbers)) in rows.iter().enumerate() {
        let x = LEFT + at * GROUP;
        for (side, (number, fill)) in numbers.iter().zip(["#dbe5f4", "#23477d"]).enumerate() {
            bar(&mut svg, counted, (x + 4 + side * (BAR + 4), floor), *number, most, fill);
        }
        let middle = x + 4 + BAR + 2;
        let text = html_escape(month);
        write!(svg, "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{text}</text>", floor + 18)
            .unwrap_or_default();
    }
    let end = width.saturating_sub(LEFT);
    write!(svg, "<path d=\"M{LEFT} {floor}H{end}\" stroke=\"#3a4250\"/></svg>").unwrap_or_default();
    svg
}

fn bar(svg: &mut String, counted: &Counted, (x, floor): (usize, u64), number: u64, most: u64, fill: &str) {
    let told = counted.told(number);
    let high = told.unwrap_or(0).saturating_mul(HIGHEST) / most.max(1);
    let (y, middle) = (floor.saturating_sub(high), x + BAR / 2);
    if high > 0 {
        write!(
            svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{BAR}\" height=\"{high}\" fill=\"{fill}\" stroke=\"#23477d\"/>"
        )
        .unwrap_or_default();
    }
    let (above, text) = (y.saturating_sub(5), html_escape(&counted.cell(number)));
    write!(svg, "<text x=\"{middle}\" y=\"{above}\" text-anchor=\"middle\">{text}</text>")
        .unwrap_or_default();
}

fn table(counted: &Counted) -> String {
    let mut out = format!("<table><caption>{}</caption>", html_escape(&say!("Month by month")));
    for (at, row) in counted.table().iter().enumerate() {
        out.push_str("<tr>");
        for (column, cell) in row.iter().enumerate() {
            let text = html_escape(cell);
            let cell = match (at, column) {
                (0, _) => format!("<th scope=\"col\">{text}</th>"),
                (_, 0) => format!("<th scope=\"row\">{text}</th>"),
                _ => format!("<td>{text}</td>"),
            };
            out.push_str(&cell);
        }
        out.push_str("</tr>\n");
    }
    out + "</table>"
}
