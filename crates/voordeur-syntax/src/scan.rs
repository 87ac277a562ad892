//! A first look at the text, before the grammar: comments, nesting, and braces without a partner.
//!
//! A missing brace would make the grammar misread everything after it. So it is found here, by the
//! indentation that people keep, and mended in a copy of the same length: all places stay as they are.

use voordeur_diagnostics::{Applicability, Diagnostic, Fix, Rule, Span};
use voordeur_messages::say;

/// How deep blocks and parentheses may be nested.
pub(crate) const MAX_DEPTH: usize = 64;

/// What the first look found.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub(crate) comments: Vec<Span>,
    pub(crate) problems: Vec<Diagnostic>,
    /// Bytes to put elsewhere than they are, for the grammar only.
    pub(crate) mends: Vec<(usize, u8)>,
    /// How many closing braces to add at the end.
    pub(crate) missing_at_end: usize,
    pub(crate) too_deep: bool,
    /// Whether every brace has a partner when nobody looks at the indentation.
    pub(crate) is_balanced: bool,
}

/// An opened block.
#[derive(Debug, Clone, Copy)]
struct Open {
    at: usize,
    /// The indentation of its line, when nothing on that line closed it.
    indent: usize,
    /// Where the first line stands that is no deeper than the block.
    sibling: Option<usize>,
    /// The start of that line.
    sibling_line: usize,
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the current line starts, how far it is indented, and whether something stood on it already.
    line_start: usize,
    indent: usize,
    line_is_blank: bool,
    in_parens: usize,
    /// How many `not` stand one after the other.
    nots: usize,
    open: Vec<Open>,
    /// How many blocks are open when nobody looks at the indentation; none when one was closed too often.
    depth: Option<usize>,
    scan: Scan,
}

pub(crate) fn scan(text: &str) -> Scan {
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: 0,
        line_start: 0,
        indent: 0,
        line_is_blank: true,
        in_parens: 0,
        nots: 0,
        open: Vec::new(),
        depth: Some(0),
        scan: Scan::default(),
    };
    scanner.run();
    scanner.scan
}

impl Scanner<'_> {
    fn run(&mut self) {
        while let Some(byte) = self.bytes.get(self.at).copied() {
            if self.line_is_blank && !byte.is_ascii_whitespace() && !matches!(byte, b'#' | b'}') {
                self.sibling();
            }
            match byte {
                b'\n' => self.new_line(),
                b'#' => self.comment(),
                b'"' => self.string(),
                b'{' => self.open_block(),
                b'}' => self.close_block(),
                b'(' => self.in_parens += 1,
                b')' => self.in_parens = self.in_parens.saturating_sub(1),
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(),
                _ => {}
            }
            if self.open.len() + self.in_parens + self.nots > MAX_DEPTH {
                return self.too_deep();
            }
            self.line_is_blank &= byte.is_ascii_whitespace();
            self.at += 1;
        }
        self.finish();
    }

    /// Passes over a word; `not not not …` is nesting too.
    fn word(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        self.nots = if rest.get(..length) == Some(b"not") { self.nots + 1 } else { 0 };
        self.at += length.saturating_sub(1);
    }

    fn new_line(&mut self) {
        self.line_start = self.at + 1;
        self.line_is_blank = true;
        let rest = self.bytes.get(self.line_start..).unwrap_or_default();
        self.indent = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        // A parenthesis does not go on over more than a few lines; a forgotten one must not add up.
        self.in_parens = if self.open.is_empty() { 0 } else { self.in_parens };
    }

    fn rest_of_line(&self) -> &[u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        rest.split(|byte| *byte == b'\n').next().unwrap_or_default()
    }

    fn comment(&mut self) {
        let line = self.rest_of_line();
        let length = line.strip_suffix(b"\r").unwrap_or(line).len();
        self.scan.comments.push(Span::new(self.at, self.at + length));
        self.at += length.saturating_sub(1);
    }

    fn string(&mut self) {
        let line = self.rest_of_line();
        let mut length = 1;
        while let Some(byte) = line.get(length) {
            match byte {
                b'\\' => length += 2,
                b'"' => {
                    self.at += length;
                    return;
                }
                _ => length += 1,
            }
        }
        let end = self.at + line.len();
        let found =
            Diagnostic::error(Rule::SyntaxError, Span::new(self.at, end), say!("this text is not closed"));
        self.scan.problems.push(found.help(say!("write a second quote `\"` on the same line")));
        self.at = end.saturating_sub(1);
    }

    fn open_block(&mut self) {
        self.depth = self.depth.map(|depth| depth + 1);
        self.open.push(Open { at: self.at, indent: self.indent, sibling: None, sibling_line: 0 });
    }

    /// A closing brace at the start of its line, less indented than the block it would close, closes an
    /// outer one: then the inner one was not closed.
    fn close_block(&mut self) {
        self.depth = self.depth.and_then(|depth| depth.checked_sub(1));
        if self.line_is_blank {
            while self.open.last().is_some_and(|open| open.indent > self.indent && self.closes_an_outer()) {
                self.unclosed();
            }
        }
        if self.open.pop().is_none() {
            let span = Span::new(self.at, self.at + 1);
            self.scan.problems.push(
                Diagnostic::error(Rule::MissingBrace, span, say!("this brace closes nothing"))
                    .help(say!("leave it out, or look for a block above that was closed too early"))
                    .fix(Fix::new(Applicability::Unsafe, span, "")),
            );
            self.scan.mends.push((self.at, b' '));
        }
    }

    fn closes_an_outer(&self) -> bool {
        self.open.iter().any(|open| open.indent == self.indent)
    }

    /// A line that stands no deeper than the block it is in: there the block was meant to end.
    fn sibling(&mut self) {
        let (indent, place) = (self.indent, self.line_start);
        if let Some(open) = self.open.last_mut().filter(|open| open.at < place && open.indent >= indent) {
            // A blank of the indentation becomes the brace; without indentation the end of the line before.
            if open.sibling.is_none() {
                open.sibling_line = place;
            }
            open.sibling = open.sibling.or(Some(if indent > 0 { place } else { place.saturating_sub(1) }));
        }
    }

    fn unclosed(&mut self) {
        let Some(open) = self.open.pop() else { return };
        let line = if open.sibling.is_some() { open.sibling_line } else { self.line_start };
        self.scan.problems.push(unclosed_problem(open.at).fix(brace_before(line, open.indent)));
        // Else the blank before the brace, or the line end before it, becomes the missing brace.
        let used = self.scan.mends.iter().filter(|(at, _)| *at >= self.line_start.saturating_sub(1)).count();
        if let Some(place) = open.sibling.or_else(|| self.at.checked_sub(1 + used)) {
            self.scan.mends.push((place, b'}'));
        }
    }

    fn too_deep(&mut self) {
        let span = Span::new(self.at, self.at + 1);
        let message = say!("this is nested more than {max_depth} deep", max_depth = MAX_DEPTH);
        let problem = Diagnostic::error(Rule::NestedTooDeep, span, message);
        let help = say!("record a part of the condition in a field of its own, or take parentheses out");
        self.scan.problems.push(problem.help(help));
        self.scan.too_deep = true;
    }

    /// Nothing but the end of the file can be meant.
    fn brace_at_the_end(&self, indent: usize) -> Fix {
        let end = self.bytes.len();
        let line_end = if self.bytes.last() == Some(&b'\n') { "" } else { "\n" };
        let brace = format!("{line_end}{}}}\n", " ".repeat(indent));
        Fix::new(Applicability::Safe, Span::new(end, end), brace)
    }

    fn finish(&mut self) {
        self.scan.is_balanced = self.depth == Some(0);
        for open in std::mem::take(&mut self.open) {
            let problem = unclosed_problem(open.at);
            match open.sibling {
                Some(place) => {
                    self.scan.problems.push(problem.fix(brace_before(open.sibling_line, open.indent)));
                    self.scan.mends.push((place, b'}'));
                }
                None => {
                    self.scan.problems.push(problem.fix(self.brace_at_the_end(open.indent)));
                    self.scan.missing_at_end += 1;
                }
            }
        }
    }
}

fn unclosed_problem(at: usize) -> Diagnostic {
    Diagnostic::error(
        Rule::MissingBrace,
        Span::new(at, at + 1),
        say!("the block that starts here is not closed"),
    )
    .help(say!("write `}` where it ends"))
}

impl Scan {
    /// Forgets what the indentation seemed to say about the braces.
    pub(crate) fn trust_braces(&mut self) {
        self.mends.clear();
        self.missing_at_end = 0;
        self.problems.retain(|problem| problem.rule != Rule::MissingBrace);
    }
}

/// The indentation says where the block was meant to end; what stands in which block decides what happens to a
/// household, so somebody has to look.
fn brace_before(line: usize, indent: usize) -> Fix {
    Fix::new(Applicability::Unsafe, Span::new(line, line), format!("{}}}\n", " ".repeat(indent)))
}

/// The text for the grammar: mended, of the same length but for braces added at the end.
pub(crate) fn mend(text: &str, scan: &Scan) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for (at, byte) in &scan.mends {
        // Only blanks and braces are replaced, so that the text stays UTF-8.
        if let Some(slot) = bytes.get_mut(*at).filter(|slot| slot.is_ascii_whitespace() || **slot == b'}') {
            *slot = *byte;
        }
    }
    if scan.missing_at_end > 0 {
        bytes.push(b'\n');
        bytes.extend(std::iter::repeat_n(b'}', scan.missing_at_end));
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}
