//! What starts an entry of a block, and which entries that follow each other stand in columns together.

use pest::iterators::Pair;

use crate::parse::Rule;
use crate::vocabulary;

/// Entries of the same group stand in columns when they follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// `version`, `goal`, `lead`, and what else a pathway says about itself.
    Header,
    Party,
    /// What has a name and a title, by its first words.
    Declaration(Rule, Rule),
    Field,
    /// The contacts of an aftercare, and who makes them.
    Contact,
    /// Rules that start with the same word, with a condition or without one.
    Rule(Rule, bool),
    Branch,
    Step,
    Clause,
    Fact,
    Table,
}

impl Group {
    /// By how much a cell may be wider than the next narrower one, and still widen the column.
    pub(super) const fn leeway(self, column: u8) -> usize {
        match (self, column) {
            (Self::Table, _) => usize::MAX,
            (Self::Rule(..), _) => 9,
            (Self::Header | Self::Clause, _) | (Self::Field, 1 | 2) => 12,
            _ => 20,
        }
    }

    /// Whether a column is kept even when a line becomes too long by it.
    pub(super) const fn keeps(self, column: u8) -> bool {
        matches!(self, Self::Table)
            || (column == 1 && !matches!(self, Self::Rule(..) | Self::Branch | Self::Step))
    }
}

/// What is known about an entry where it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) group: Option<Group>,
    /// It may stand on the line of the entry before it, when the writer put it there.
    pub(super) may_share_line: bool,
}

/// An entry, and where its columns start: number and place.
pub(super) struct Columns {
    pub(super) group: Option<Group>,
    pub(super) starts: Vec<(u8, usize)>,
}

/// Whether entries of this rule are short things that may stand on one line together.
pub(super) const fn is_clause(rule: Rule) -> bool {
    matches!(rule, Rule::clause | Rule::asks | Rule::branch)
}

/// What an entry is, without what the grammar wraps around it.
pub(super) fn unwrapped(pair: Pair<'_, Rule>) -> Pair<'_, Rule> {
    if matches!(pair.as_rule(), Rule::item | Rule::statement | Rule::clause) {
        let mut inner = pair.clone().into_inner();
        return inner.next().map_or(pair, unwrapped);
    }
    pair
}

/// The columns of an entry: `outer` as it stands in its block, `inner` without what is wrapped around it.
pub(super) fn columns(outer: Rule, inner: &Pair<'_, Rule>, holder: Rule) -> Columns {
    match (outer, inner.as_rule()) {
        (_, Rule::field) => by_rule(inner, Group::Field, field_column),
        (_, Rule::contact_declared) => contact(inner),
        (Rule::by_one, _) if holder == Rule::aftercare => second(inner, Group::Contact),
        (_, Rule::row) => Columns { group: Some(Group::Table), starts: Vec::new() },
        (_, Rule::fact) => second(inner, Group::Fact),
        (_, Rule::escalation_step) => effects(inner, Group::Step),
        (_, Rule::branch) => effects(inner, Group::Branch),
        (_, Rule::agency | Rule::role) => declaration(inner, Some(Group::Party)),
        (
            _,
            Rule::must
            | Rule::end
            | Rule::event
            | Rule::trigger
            | Rule::setting_item
            | Rule::declared
            | Rule::measure
            | Rule::stage
            | Rule::escalation,
        ) => declaration(inner, None),
        (Rule::clause | Rule::asks, _) => clause(inner),
        (Rule::item, _) => second(inner, Group::Header),
        _ => rule(inner),
    }
}

const NONE: Columns = Columns { group: None, starts: Vec::new() };

fn by_rule(pair: &Pair<'_, Rule>, group: Group, column: fn(Rule) -> Option<u8>) -> Columns {
    let children = pair.clone().into_inner();
    let starts = children.filter_map(|child| Some((column(child.as_rule())?, child.as_span().start())));
    Columns { group: Some(group), starts: starts.collect() }
}

const fn field_column(rule: Rule) -> Option<u8> {
    match rule {
        Rule::field_type => Some(1),
        Rule::text => Some(2),
        Rule::k_sensitive => Some(3),
        Rule::shared => Some(4),
        _ => None,
    }
}

/// Everything after the first token is the second column.
fn second(pair: &Pair<'_, Rule>, group: Group) -> Columns {
    let starts = leaves(pair).nth(1).map(|leaf| (1, leaf.as_span().start()));
    Columns { group: Some(group), starts: starts.into_iter().collect() }
}

/// `to agency`: the word, and what it says. After a colon nothing lines up.
fn clause(pair: &Pair<'_, Rule>) -> Columns {
    let mut leaves = leaves(pair);
    let starts_with_word = leaves.next().is_some_and(|leaf| is_keyword(leaf.as_rule()));
    let has_colon = leaves.next().is_some_and(|leaf| leaf.as_rule() == Rule::colon);
    if starts_with_word && !has_colon { second(pair, Group::Clause) } else { NONE }
}

/// What starts a rule, and what it brings about.
fn effects(pair: &Pair<'_, Rule>, group: Group) -> Columns {
    let is_effect = |child: &Pair<'_, Rule>| matches!(child.as_rule(), Rule::effect | Rule::target);
    let starts = pair.clone().into_inner().find(is_effect).map(|child| (1, child.as_span().start()));
    Columns { group: Some(group), starts: starts.into_iter().collect() }
}

/// A rule, by its first word; anything else has no columns.
fn rule(pair: &Pair<'_, Rule>) -> Columns {
    let has = |wanted: Rule| pair.clone().into_inner().any(|child| child.as_rule() == wanted);
    let first = leaves(pair).next().map(|leaf| leaf.as_rule());
    match first {
        Some(first) if has(Rule::effect) || has(Rule::target) => {
            effects(pair, Group::Rule(first, has(Rule::guard)))
        }
        _ => NONE,
    }
}

/// Words, name, title, and the rest.
fn declaration(pair: &Pair<'_, Rule>, group: Option<Group>) -> Columns {
    let words: Vec<Rule> =
        leaves(pair).map(|leaf| leaf.as_rule()).take_while(|rule| is_keyword(*rule)).collect();
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return NONE };
    let mut rest = leaves(pair).skip(words.len()).peekable();
    let mut starts = Vec::new();
    let mut add = |column: u8, leaf: Option<&Pair<'_, Rule>>| {
        starts.extend(leaf.map(|leaf| (column, leaf.as_span().start())));
    };
    add(1, rest.next().as_ref());
    if rest.next_if(|leaf| leaf.as_rule() == Rule::k_was).is_some() {
        rest.next();
    }
    add(2, rest.next_if(|leaf| leaf.as_rule() == Rule::text).as_ref());
    // What agencies and roles say after their names has nothing to do with each other.
    let last_column = if pair.as_rule() == Rule::agency { 4 } else { 3 };
    add(last_column, rest.next_if(|leaf| leaf.as_rule() != Rule::open_brace).as_ref());
    Columns { group: group.or(Some(Group::Declaration(*first, *last))), starts }
}

/// A contact of an aftercare: also the moments and the window stand in columns.
fn contact(pair: &Pair<'_, Rule>) -> Columns {
    let mut columns = declaration(pair, Some(Group::Contact));
    let windows = pair.clone().into_inner().filter(|child| {
        let inside = child.clone().into_inner().next().map(|child| child.as_rule());
        child.as_rule() == Rule::clause && inside == Some(Rule::window)
    });
    let windows: Vec<(u8, usize)> = windows.map(|window| (4, window.as_span().start())).collect();
    columns.starts.retain(|(_, place)| windows.iter().all(|(_, window)| window != place));
    columns.starts.extend(windows);
    columns
}

fn is_keyword(rule: Rule) -> bool {
    vocabulary::keyword(rule).is_some()
}

/// The tokens of a pair; a text is one token.
fn leaves<'a>(pair: &Pair<'a, Rule>) -> impl Iterator<Item = Pair<'a, Rule>> {
    let mut waiting = vec![pair.clone()];
    std::iter::from_fn(move || {
        loop {
            let next = waiting.pop()?;
            let inner: Vec<Pair<'a, Rule>> = next.clone().into_inner().collect();
            if inner.is_empty() || is_token(next.as_rule()) {
                return Some(next);
            }
            waiting.extend(inner.into_iter().rev());
        }
    })
}

/// What is one token although the grammar names its parts.
pub(super) const fn is_token(rule: Rule) -> bool {
    matches!(rule, Rule::text | Rule::row | Rule::placeholder)
}
