//! From the pairs of the grammar to tokens that know where a line may end before them.

use pest::iterators::{Pair, Pairs};

use super::entry::{self, Entry};
use super::gap::Gap;
use super::token::{Brace, LineEnd, Token};
use crate::parse::Rule;

/// The tokens of a file, in order.
pub(super) fn tokens<'a>(text: &'a str, pairs: Pairs<'a, Rule>) -> Vec<Token<'a>> {
    let mut reader = Reader { text, tokens: Vec::new(), open: Vec::new(), parens: 0 };
    for file in pairs {
        for child in file.into_inner().filter(|child| child.as_rule() != Rule::EOI) {
            reader.entry(child, Rule::file);
        }
    }
    reader.blanks();
    reader.tokens
}

struct Reader<'a> {
    text: &'a str,
    tokens: Vec<Token<'a>>,
    /// The braces that are open.
    open: Vec<usize>,
    /// How many parentheses are open.
    parens: usize,
}

impl<'a> Reader<'a> {
    fn entry(&mut self, outer: Pair<'a, Rule>, holder: Rule) {
        let first = self.tokens.len();
        let outer_rule = outer.as_rule();
        let inner = entry::unwrapped(outer);
        let columns = entry::columns(outer_rule, &inner, holder);
        self.walk(&inner, true);
        for token in self.tokens.iter_mut().skip(first) {
            let here = columns.starts.iter().find(|(_, place)| *place == token.start);
            token.column = here.map(|(column, _)| *column).or(token.column);
        }
        if let Some(token) = self.tokens.get_mut(first) {
            let may_share_line = entry::is_clause(outer_rule);
            token.entry = Some(Entry { group: columns.group, may_share_line });
        }
    }

    /// Reads a pair; `clauses` when clauses of the entry may stand in it.
    fn walk(&mut self, pair: &Pair<'a, Rule>, clauses: bool) {
        let rule = pair.as_rule();
        let mut children = pair.clone().into_inner().peekable();
        if children.peek().is_none() || entry::is_token(rule) {
            return self.token(pair);
        }
        let braces = Braces::of(pair);
        let mut in_block = false;
        for child in children {
            match (child.as_rule(), braces) {
                (Rule::open_brace, _) => {
                    self.open(&child, braces);
                    in_block = braces != Braces::List;
                }
                (Rule::close_brace, _) => {
                    self.close(&child, braces);
                    in_block = false;
                }
                _ if in_block => self.entry(child, rule),
                _ => self.part(&child, rule, clauses),
            }
        }
    }

    fn part(&mut self, child: &Pair<'a, Rule>, parent: Rule, clauses: bool) {
        let (first, rule) = (self.tokens.len(), child.as_rule());
        self.walk(child, clauses && matches!(rule, Rule::opened | Rule::open | Rule::effect));
        let (before, rest) = self.tokens.split_at_mut_checked(first).unwrap_or_default();
        if let (Some(before), Some(token)) = (before.last(), rest.first_mut()) {
            let found = line_end(rule, parent, clauses, before, token);
            let in_parens = self.parens > usize::from(rule == Rule::open_paren);
            let found = if in_parens { found.min(LineEnd::InParens) } else { found };
            token.line_end = token.line_end.max(found);
        }
    }

    fn token(&mut self, pair: &Pair<'a, Rule>) {
        match pair.as_rule() {
            Rule::open_paren => self.parens += 1,
            Rule::close_paren => self.parens = self.parens.saturating_sub(1),
            _ => {}
        }
        let start = pair.as_span().start();
        let mut from = self.tokens.last().map_or(0, |last| last.end);
        // A sign without a name of its own is a token as well.
        while let Some((at, text)) = self.text.get(from..start).and_then(|gap| Gap::read(gap).other) {
            self.tokens.push(Token::new(Rule::EOI, text, from + at));
            from += at + text.len();
        }
        self.tokens.push(Token::new(pair.as_rule(), pair.as_str(), start));
    }

    fn open(&mut self, pair: &Pair<'a, Rule>, braces: Braces) {
        self.token(pair);
        let here = self.tokens.len() - 1;
        self.open.push(here);
        if let Some(token) = self.tokens.last_mut() {
            token.brace = match braces {
                Braces::List => Brace::OpenList,
                Braces::Block { may_be_one_line } => Brace::OpenBlock { may_be_one_line },
            };
        }
    }

    fn close(&mut self, pair: &Pair<'a, Rule>, braces: Braces) {
        self.token(pair);
        let here = self.tokens.len() - 1;
        let partner = self.open.pop().unwrap_or(here);
        if let Some(token) = self.tokens.last_mut() {
            token.brace = if braces == Braces::List { Brace::CloseList } else { Brace::CloseBlock };
            token.partner = partner;
        }
        if let Some(token) = self.tokens.get_mut(partner) {
            token.partner = here;
        }
    }

    fn blanks(&mut self) {
        let mut before: Option<&Token<'a>> = None;
        for token in &mut self.tokens {
            token.blanks = before.map_or(0, |before| blanks(before, token));
            before = Some(token);
        }
    }
}

/// What the braces of a pair hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Braces {
    List,
    Block { may_be_one_line: bool },
}

impl Braces {
    fn of(pair: &Pair<'_, Rule>) -> Self {
        let children = pair.clone().into_inner().map(|child| child.as_rule());
        let inside = children.skip_while(|rule| *rule != Rule::open_brace).skip(1);
        let inside: Vec<Rule> = inside.take_while(|rule| *rule != Rule::close_brace).collect();
        let known = matches!(pair.as_rule(), Rule::one_of | Rule::among | Rule::given);
        if known || inside.iter().any(|rule| matches!(rule, Rule::comma | Rule::names)) {
            return Self::List;
        }
        let may_be_one_line = inside.len() <= 1 || inside.iter().all(|rule| entry::is_clause(*rule));
        Self::Block { may_be_one_line }
    }
}

/// Whether a line may end before what is read by this rule.
fn line_end(rule: Rule, parent: Rule, clauses: bool, before: &Token<'_>, token: &Token<'_>) -> LineEnd {
    let is_clause = matches!(
        rule,
        Rule::clause
            | Rule::after_each
            | Rule::guard
            | Rule::shared
            | Rule::law
            | Rule::limit
            | Rule::because
            | Rule::contact_person
            | Rule::capacity
    );
    let is_effect = matches!(rule, Rule::effect | Rule::target) && before.rule != Rule::k_else;
    let joins = matches!(rule, Rule::k_and | Rule::k_or | Rule::k_because | Rule::answer | Rule::promised_if);
    let starts_part =
        token.is_keyword() && token.rule != rule && rule != Rule::unit && is_end_of_thought(before);
    if clauses && is_effect {
        LineEnd::Effect
    } else if (clauses && is_clause) || (parent == Rule::fact && token.rule == rule && token.is_keyword()) {
        LineEnd::Clause
    } else if before.rule == Rule::comma || joins || starts_part {
        LineEnd::WhenTooLong
    } else {
        LineEnd::Never
    }
}

/// Whether a line may end after this token.
fn is_end_of_thought(token: &Token<'_>) -> bool {
    matches!(token.rule, Rule::name | Rule::text | Rule::close_brace | Rule::close_paren | Rule::date)
}

/// How many blanks stand between two tokens on one line.
fn blanks(before: &Token<'_>, token: &Token<'_>) -> usize {
    let shares = token.entry.is_some_and(|entry| entry.may_share_line);
    match (before.rule, token.rule) {
        (Rule::open_brace, _) | (_, Rule::open_brace | Rule::close_brace) => 1,
        (Rule::EOI, _) | (_, Rule::EOI) => usize::from(before.end < token.start),
        (Rule::open_paren | Rule::dots, _) => 0,
        (_, Rule::comma | Rule::colon | Rule::close_paren | Rule::dots) => 0,
        (_, rule) if shares && rule != Rule::arrow => 2,
        _ => 1,
    }
}
