//! From tokens to lines: where each line ends, and how far it is indented.

use std::ops::Range;

use super::LINE_LENGTH;
use super::gap::Gap;
use super::line::{Kind, Line};
use super::measure::Measure;
use super::token::{Brace, LineEnd, Token};
use super::verbatim;
use crate::parse::Rule;

const STEP: usize = 2;

/// The lines of a file, not yet in columns.
pub(super) fn lines<'a>(text: &'a str, tokens: &[Token<'a>]) -> Vec<Line<'a>> {
    let regions = verbatim::regions(text, tokens);
    let mut writer = Writer {
        text,
        tokens,
        measure: Measure::of(tokens),
        regions: &regions,
        blocks: vec![FILE],
        done: Vec::new(),
        line: Line::new(Kind::First, 0),
        at: 0,
        end: 0,
    };
    writer.run();
    writer.done
}

/// A pair of braces that is open.
#[derive(Debug, Clone, Copy)]
struct Block {
    /// The indentation of the line it closes on, and of what it holds.
    indent: usize,
    content: usize,
    /// Whether it stands on several lines.
    is_open: bool,
    is_list: bool,
    /// Whether several short entries may share a line: when the writer did not put all of them on one.
    may_share: bool,
}

/// The file itself.
const FILE: Block = Block { content: 0, indent: 0, is_open: true, is_list: false, may_share: false };

struct Writer<'a, 'b> {
    text: &'a str,
    tokens: &'b [Token<'a>],
    measure: Measure,
    /// What cannot be read and comes next.
    regions: &'b [Range<usize>],
    blocks: Vec<Block>,
    done: Vec<Line<'a>>,
    line: Line<'a>,
    /// The token that is written next.
    at: usize,
    /// Up to where the text was written.
    end: usize,
}

impl<'a> Writer<'a, '_> {
    fn run(&mut self) {
        while let Some(token) = self.tokens.get(self.at) {
            match self.regions.first().filter(|region| token.end > region.start) {
                Some(region) => {
                    self.unread(region.clone());
                    self.regions = self.regions.get(1..).unwrap_or_default();
                }
                None => {
                    self.token(token);
                    self.end = token.end;
                    self.at += 1;
                }
            }
        }
        let gap = self.gap(self.text.len());
        self.remarks(&gap, 0, true);
        self.end_line();
    }

    fn gap(&self, until: usize) -> Gap<'a> {
        Gap::read(self.text.get(self.end..until).unwrap_or_default())
    }

    fn block(&self) -> Block {
        self.blocks.last().copied().unwrap_or(FILE)
    }

    /// The indentation of the entry that is being written.
    fn entry_indent(&self) -> usize {
        self.blocks.iter().rev().find(|block| !block.is_list).map_or(0, |block| block.content)
    }

    fn end_line(&mut self) {
        let line = std::mem::replace(&mut self.line, Line::new(Kind::First, 0));
        if !line.cells.is_empty() || line.kind == Kind::Comment {
            self.done.push(line);
        }
    }

    fn start_line(&mut self, kind: Kind, indent: usize, blank_before: bool) {
        self.end_line();
        self.line = Line { blank_before, ..Line::new(kind, indent) };
    }

    /// Writes the comments of a gap; `between` when it lies between two entries.
    fn remarks(&mut self, gap: &Gap<'a>, indent: usize, between: bool) {
        for remark in &gap.remarks {
            if remark.line_ends == 0 && !self.line.cells.is_empty() && self.line.comment.is_none() {
                self.line.comment = Some(remark.text);
                continue;
            }
            let blank = between && remark.line_ends > 1 && !self.is_first_of_block();
            self.end_line();
            self.done.push(Line { blank_before: blank, ..Line::comment(indent, remark.text) });
        }
    }

    /// Whether nothing stands in the block yet.
    fn is_first_of_block(&self) -> bool {
        let last = if self.line.cells.is_empty() { self.done.last() } else { Some(&self.line) };
        last.is_none_or(|line| {
            line.kind != Kind::Comment && line.kind != Kind::Verbatim && self.after_brace()
        })
    }

    fn after_brace(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        before.is_none_or(|before| matches!(before.brace, Brace::OpenBlock { .. }))
    }

    /// Writes lines that cannot be read as they are.
    fn unread(&mut self, region: Range<usize>) {
        let gap = self.gap(region.start);
        let indent = self.block().content;
        self.remarks(&gap, indent, true);
        self.start_line(Kind::Verbatim, 0, gap.line_ends > 1 && !self.is_first_of_block());
        self.line.push(None, 0, self.text.get(region.clone()).unwrap_or_default(), 0);
        self.end_line();
        while let Some(token) = self.tokens.get(self.at).filter(|token| token.start < region.end) {
            match token.brace {
                Brace::OpenBlock { .. } | Brace::OpenList => {
                    self.open(true, self.indent_at(token.start), token.brace == Brace::OpenList);
                }
                Brace::CloseBlock | Brace::CloseList => self.close(),
                Brace::None => {}
            }
            self.at += 1;
        }
        self.end = region.end;
    }

    /// The indentation of the line that this place is on.
    fn indent_at(&self, place: usize) -> usize {
        let line = self.text.get(..place).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
        line.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
    }

    fn open(&mut self, is_open: bool, indent: usize, is_list: bool) {
        let content = if is_open { indent + STEP } else { self.entry_indent() };
        self.blocks.push(Block {
            indent,
            content,
            is_open,
            is_list,
            may_share: self.starts_new_line(self.at),
        });
    }

    fn close(&mut self) {
        if self.blocks.len() > 1 {
            self.blocks.pop();
        }
    }

    fn token(&mut self, token: &Token<'a>) {
        let gap = self.gap(token.start);
        let block = self.block();
        let is_close = token.brace == Brace::CloseBlock;
        let between = token.entry.is_some() || is_close;
        let indent = if between || block.is_list { block.content } else { self.more_indent() };
        self.remarks(&gap, indent, between);
        let must = !gap.remarks.is_empty();
        let blank = between && !is_close && gap.line_ends > 1 && !self.is_first_of_block();
        if let Some((kind, indent)) = self.new_line(token, &gap, must) {
            self.start_line(kind, indent, blank);
        } else if token.entry.is_some() && block.is_open {
            self.line.group = None;
        }
        if token.brace == Brace::CloseBlock || token.brace == Brace::CloseList {
            self.close();
        }
        self.put(token);
        match token.brace {
            Brace::OpenBlock { may_be_one_line } => {
                let one_line = may_be_one_line && self.stays_on_line(token, true);
                if !one_line {
                    self.line.group = None;
                }
                self.open(!one_line, self.line.indent, false);
            }
            Brace::OpenList => self.open(!self.stays_on_line(token, false), self.line.indent, true),
            _ => {}
        }
    }

    fn put(&mut self, token: &Token<'a>) {
        if self.line.cells.is_empty() && self.line.kind == Kind::First {
            self.line.group = token.entry.and_then(|entry| entry.group);
        }
        if token.rule == Rule::row && !token.text.contains('#') {
            return self.row(token);
        }
        self.line.push(token.column, token.blanks, &token.text, token.width);
    }

    /// A row of a table: its cells, without the blanks that stood around them.
    fn row(&mut self, token: &Token<'a>) {
        let inside = token.text.trim().trim_start_matches('|');
        let inside = inside.strip_suffix('|').unwrap_or(inside);
        for (column, cell) in (0..).zip(inside.split('|')) {
            let text = format!("| {}", cell.trim());
            self.line.push(Some(column), 1, text.trim_end(), text.trim_end().chars().count());
        }
        self.line.push(Some(u8::MAX), 1, "|", 1);
    }

    /// Whether what the braces that open here hold stays on this line.
    fn stays_on_line(&self, token: &Token<'a>, is_block: bool) -> bool {
        let close = self.tokens.get(token.partner);
        let until = close.map_or(token.end, |close| close.end);
        let next = self.tokens.get(self.at + 1).map_or(until, |next| next.start);
        let holds_one = close.is_some_and(|close| close.start <= next);
        let after = if is_block {
            token.partner + 1
        } else {
            self.measure.part_end(token.partner, LineEnd::WhenTooLong)
        };
        let fits = self.line.width() + self.measure.width(self.at + 1..after) <= LINE_LENGTH;
        let unread = self.regions.first().is_some_and(|region| region.start < until);
        fits && !unread
            && !self.has_comment(self.at, token.partner)
            && (!is_block || !self.starts_new_line(self.at) || holds_one)
    }

    /// Whether the writer ended the line after this token.
    fn starts_new_line(&self, at: usize) -> bool {
        let ends = self.tokens.get(at).zip(self.tokens.get(at + 1));
        ends.and_then(|(one, next)| self.text.get(one.end..next.start)).is_some_and(|gap| gap.contains('\n'))
    }

    fn has_comment(&self, from: usize, to: usize) -> bool {
        let inside = self.tokens.get(from..=to).unwrap_or_default();
        inside.windows(2).any(|pair| match pair {
            [one, other] => self.text.get(one.end..other.start).is_some_and(|gap| gap.contains('#')),
            _ => false,
        })
    }

    /// The line that has to start before this token, and its indentation.
    fn new_line(&self, token: &Token<'a>, gap: &Gap<'a>, must: bool) -> Option<(Kind, usize)> {
        let block = self.block();
        let nothing_yet = self.line.cells.is_empty();
        match token.brace {
            Brace::CloseBlock => {
                return (block.is_open || must || nothing_yet).then_some((Kind::Close, block.indent));
            }
            Brace::CloseList => {
                return (block.is_open || must || nothing_yet).then_some((Kind::Rest, block.indent));
            }
            _ => {}
        }
        if let Some(entry) = token.entry {
            let here = entry.may_share_line
                && block.may_share
                && gap.line_ends == 0
                && !must
                && !nothing_yet
                && !self.after_brace();
            let here = here && self.fits(self.entry_end());
            return (block.is_open && !here).then_some((Kind::First, block.content));
        }
        let must = must || nothing_yet;
        if block.is_list {
            let first = block.is_open
                && self
                    .tokens
                    .get(self.at.wrapping_sub(1))
                    .is_some_and(|before| before.brace == Brace::OpenList);
            let new =
                must || first || (block.is_open && token.may_end_line() && !self.fits(self.part_end(token)));
            return new.then_some((Kind::Rest, block.content));
        }
        if token.starts_clause() {
            let kind = if token.line_end == LineEnd::Effect { Kind::Effect } else { Kind::Clause };
            let new = must || gap.line_ends > 0 || !self.clause_fits();
            return new.then(|| (kind, self.entry_indent() + STEP));
        }
        (must || (token.may_end_line() && !self.fits(self.part_end(token))))
            .then(|| (Kind::Rest, self.more_indent()))
    }

    /// The indentation of a line that goes on with what stands on this one.
    fn more_indent(&self) -> usize {
        let more = match self.line.kind {
            Kind::First | Kind::Clause | Kind::Effect if !self.line.cells.is_empty() => {
                self.line.indent + STEP
            }
            _ => self.line.indent,
        };
        more.max(self.entry_indent() + STEP)
    }

    fn part_end(&self, token: &Token<'a>) -> usize {
        self.measure.part_end(self.at, token.line_end)
    }

    /// Where the entry that starts here ends: before the next one, or the end of the block.
    fn entry_end(&self) -> usize {
        let rest = self.tokens.iter().enumerate().skip(self.at + 1);
        let mut ends = rest.filter(|(_, token)| token.entry.is_some() || token.brace == Brace::CloseBlock);
        ends.next().map_or(self.tokens.len(), |(at, _)| at)
    }

    fn fits(&self, until: usize) -> bool {
        self.line.width() + self.measure.width(self.at..until) <= LINE_LENGTH
    }

    /// Whether the clause that starts here fits; one that holds a list which is too long for any line has to fit
    /// up to the brace of the list only.
    fn clause_fits(&self) -> bool {
        let until = self.measure.clause_end(self.at);
        if self.fits(until) {
            return true;
        }
        let alone = self.entry_indent() + STEP + self.measure.width(self.at..until);
        let inside = self.tokens.get(self.at..until).unwrap_or_default();
        let list = inside.iter().position(|token| token.brace == Brace::OpenList);
        alone > LINE_LENGTH && list.is_some_and(|list| self.fits(self.at + list + 1))
    }
}
