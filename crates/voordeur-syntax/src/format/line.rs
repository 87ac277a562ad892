//! A line of the new text, in cells that can be widened to columns.

use super::entry::Group;

/// What a line is, for the columns of the lines around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The first line of an entry.
    First,
    /// It goes on with an entry, at a clause.
    Clause,
    /// As `Clause`, under the first effect of the entry when it fits there.
    Effect,
    /// It goes on somewhere else, or closes a list.
    Rest,
    Comment,
    /// The end of a block.
    Close,
    /// It cannot be read, and stays as it is.
    Verbatim,
}

#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) column: u8,
    pub(super) text: String,
    pub(super) width: usize,
    /// How many blanks stand before it.
    pub(super) blanks: usize,
}

#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) kind: Kind,
    pub(super) indent: usize,
    pub(super) blank_before: bool,
    pub(super) cells: Vec<Cell>,
    pub(super) comment: Option<&'a str>,
    pub(super) group: Option<Group>,
}

impl<'a> Line<'a> {
    pub(super) const fn new(kind: Kind, indent: usize) -> Self {
        Self { kind, indent, blank_before: false, cells: Vec::new(), comment: None, group: None }
    }

    pub(super) fn comment(indent: usize, text: &'a str) -> Self {
        Self { comment: Some(text), ..Self::new(Kind::Comment, indent) }
    }

    /// Adds to the last cell, or starts one.
    pub(super) fn push(&mut self, column: Option<u8>, blanks: usize, text: &str, width: usize) {
        let starts = self.cells.is_empty() || (column.is_some() && self.kind == Kind::First);
        match self.cells.last_mut().filter(|_| !starts) {
            Some(cell) => {
                cell.text.extend(std::iter::repeat_n(' ', blanks));
                cell.text.push_str(text);
                cell.width += blanks + width;
            }
            None => {
                let (column, blanks) =
                    if self.cells.is_empty() { (0, 0) } else { (column.unwrap_or(0), blanks) };
                self.cells.push(Cell { column, text: text.to_owned(), width, blanks });
            }
        }
    }

    /// How wide it is, without its comment.
    pub(super) fn width(&self) -> usize {
        self.indent + self.cells.iter().map(|cell| cell.blanks + cell.width).sum::<usize>()
    }
}
