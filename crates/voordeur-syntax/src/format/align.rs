//! The columns of lines that follow each other, and the text of them all.

use super::LINE_LENGTH;
use super::entry::Group;
use super::line::{Kind, Line};

/// By how much a line with a comment may be longer than the next shorter one, and still move the comments of all.
const COMMENT_LEEWAY: usize = 24;

/// The text of these lines.
pub(super) fn text_of(mut lines: Vec<Line<'_>>) -> String {
    columns(&mut lines);
    under_effects(&mut lines);
    let comments = comment_columns(&lines);
    let mut text = String::new();
    for (line, column) in lines.iter().zip(comments) {
        write(&mut text, line, column);
    }
    text
}

/// Puts the lines of each run in columns.
fn columns(lines: &mut [Line<'_>]) {
    let mut run: Vec<usize> = Vec::new();
    let mut runs: Vec<Vec<usize>> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let before = run.last().and_then(|last| lines.get(*last));
        let goes_on = before.is_some_and(|before| before.group == line.group && before.indent == line.indent);
        match line.kind {
            Kind::First if line.group.is_some() && goes_on && !line.blank_before => run.push(at),
            Kind::First => {
                runs.push(std::mem::take(&mut run));
                run.extend(line.group.is_some().then_some(at));
            }
            Kind::Close | Kind::Verbatim => runs.push(std::mem::take(&mut run)),
            Kind::Comment if line.blank_before => runs.push(std::mem::take(&mut run)),
            Kind::Clause | Kind::Effect | Kind::Rest | Kind::Comment => {}
        }
    }
    runs.push(run);
    runs.iter().filter(|run| run.len() > 1).for_each(|run| widen(lines, run));
}

/// Moves the cells of these lines, column by column from the left.
fn widen(lines: &mut [Line<'_>], run: &[usize]) {
    let Some(group) = run.first().and_then(|first| lines.get(*first)?.group) else { return };
    let mut used: Vec<u8> = run.iter().filter_map(|at| lines.get(*at)).flat_map(columns_of).collect();
    used.sort_unstable();
    used.dedup();
    for column in used.into_iter().filter(|column| *column > 0) {
        let Some(goal) = goal(lines, run, group, column) else { continue };
        for at in run {
            lines.get_mut(*at).into_iter().for_each(|line| move_to(line, column, goal, group));
        }
    }
}

fn columns_of<'a>(line: &'a Line<'_>) -> impl Iterator<Item = u8> + 'a {
    line.cells.iter().map(|cell| cell.column)
}

/// Where the column starts: after the widest of the cells before it, but for those that are far wider.
fn goal(lines: &[Line<'_>], run: &[usize], group: Group, column: u8) -> Option<usize> {
    let starts = run.iter().filter_map(|at| start(lines.get(*at)?, column)).collect();
    widest(starts, group.leeway(column))
}

/// The largest of these numbers, from the middle one on, before the first that lies further from the one before it
/// than the leeway.
fn widest(mut numbers: Vec<usize>, leeway: usize) -> Option<usize> {
    numbers.sort_unstable();
    let upper = numbers.get(numbers.len().saturating_sub(1) / 2..)?;
    let mut last = *upper.first()?;
    let near = upper.iter().map_while(|number| {
        let is_near = number.saturating_sub(last) <= leeway;
        last = *number;
        is_near.then_some(last)
    });
    near.last()
}

/// Where the column starts in a line now.
fn start(line: &Line<'_>, column: u8) -> Option<usize> {
    let before = line.cells.iter().position(|cell| cell.column == column)?;
    let cells = line.cells.get(..before)?;
    let own = line.cells.get(before)?.blanks;
    Some(cells.iter().map(|cell| cell.blanks + cell.width).sum::<usize>() + own)
}

fn move_to(line: &mut Line<'_>, column: u8, goal: usize, group: Group) {
    let Some(more) = start(line, column).and_then(|start| goal.checked_sub(start)) else { return };
    if line.width() + more > LINE_LENGTH && !group.keeps(column) {
        return;
    }
    let cell = line.cells.iter_mut().find(|cell| cell.column == column);
    cell.into_iter().for_each(|cell| cell.blanks += more);
}

/// Puts an effect that stands on a line of its own under the first one of its entry.
fn under_effects(lines: &mut [Line<'_>]) {
    let mut first = None;
    for line in lines {
        match line.kind {
            Kind::First => first = start(line, 1).map(|start| line.indent + start),
            Kind::Effect => {
                let width = line.width() - line.indent;
                line.indent = first.filter(|first| first + width <= LINE_LENGTH).unwrap_or(line.indent);
            }
            _ => {}
        }
    }
}

/// Where the comment of each line starts.
fn comment_columns(lines: &[Line<'_>]) -> Vec<usize> {
    let mut columns = Vec::with_capacity(lines.len());
    for run in lines.chunk_by(|one, other| has_comment(one) && has_comment(other) && !other.blank_before) {
        let widths = run.iter().filter(|line| has_comment(line)).map(Line::width);
        let goal = widest(widths.collect(), COMMENT_LEEWAY).unwrap_or(0);
        columns.extend(run.iter().map(|line| line.width().max(goal) + 2));
    }
    columns
}

/// Whether a comment stands behind something.
fn has_comment(line: &Line<'_>) -> bool {
    line.comment.is_some() && line.kind != Kind::Comment
}

fn write(text: &mut String, line: &Line<'_>, comment_column: usize) {
    if line.blank_before && !text.is_empty() {
        text.push('\n');
    }
    blanks(text, line.indent);
    for cell in &line.cells {
        blanks(text, cell.blanks);
        text.push_str(&cell.text);
    }
    if let Some(comment) = line.comment {
        let gap = if line.kind == Kind::Comment { 0 } else { comment_column.saturating_sub(line.width()) };
        blanks(text, gap);
        text.push_str(comment);
    }
    text.push('\n');
}

fn blanks(text: &mut String, count: usize) {
    text.extend(std::iter::repeat_n(' ', count));
}
