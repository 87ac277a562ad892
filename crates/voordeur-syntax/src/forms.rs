//! Slips in the form of a statement: parentheses that were forgotten, a kind that the language does not know, words
//! that are nearly a keyword, a part that stands in another place.

use voordeur_diagnostics::{Span, closest};
use voordeur_messages::{Lang, say};

use crate::parse::Rule;
use crate::slips::{Place, Slip, near_word};
use crate::vocabulary::{self, HAPPENINGS, KEYWORDS, STATES};

/// What `must` may open.
const KINDS: [Rule; 8] = [
    Rule::k_task,
    Rule::k_visit,
    Rule::k_series,
    Rule::k_call,
    Rule::k_refer,
    Rule::k_question,
    Rule::k_action,
    Rule::k_start,
];

/// What people call them.
const KIND_HABITS: [(&str, Rule); 17] = [
    ("afspraak", Rule::k_visit),
    ("appointment", Rule::k_visit),
    ("bellen", Rule::k_call),
    ("bezoek", Rule::k_visit),
    ("bezoeken", Rule::k_series),
    ("doorverwijzing", Rule::k_refer),
    ("gesprek", Rule::k_task),
    ("interview", Rule::k_task),
    ("meeting", Rule::k_visit),
    ("phone", Rule::k_call),
    ("programme", Rule::k_series),
    ("reeks", Rule::k_series),
    ("referral", Rule::k_refer),
    ("telefoontje", Rule::k_call),
    ("verwijzen", Rule::k_refer),
    ("verwijzing", Rule::k_refer),
    ("visits", Rule::k_series),
];

/// How often, in words.
const TIMES: [(&str, u8); 6] =
    [("twice", 2), ("thrice", 3), ("tweemaal", 2), ("driemaal", 3), ("twee keer", 2), ("drie keer", 3)];

fn word(rule: Rule, spelling: Lang) -> &'static str {
    vocabulary::keyword(rule).map_or("", |keyword| keyword.form(spelling, true))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The first word of a text, and what stands after it.
fn first_word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at_checked(end)).flatten()
}

/// Whether a text ends with a keyword, whatever its spelling.
fn ends_with(text: &str, rule: Rule) -> bool {
    let is_it = |form: &str| text.strip_suffix(form).is_some_and(|before| !before.ends_with(is_word));
    let forms = vocabulary::keyword(rule).map(|keyword| Lang::ALL.map(|lang| keyword.forms(lang)));
    forms.into_iter().flatten().flatten().any(|form| is_it(form))
}

fn contains(text: &str, rule: Rule) -> bool {
    Lang::ALL.iter().any(|lang| text.contains(word(rule, *lang)))
}

impl Place<'_> {
    pub(crate) fn form(&self, expected: &[Rule]) -> Option<Slip> {
        let found = self.no_parentheses().or_else(|| self.kind()).or_else(|| self.which_birthday());
        let found = found.or_else(|| self.rate()).or_else(|| self.no_before(expected));
        found
            .or_else(|| self.reason_of_a_deviation())
            .or_else(|| self.rounded_up())
            .or_else(|| self.nothing_expected())
            .or_else(|| self.times())
            .or_else(|| self.near_words())
    }

    /// `when all of talk, look done`
    fn no_parentheses(&self) -> Option<Slip> {
        let (span, meant) = self.without_parentheses()?;
        let help = say!("put what belongs together in parentheses: `{meant}`", meant);
        Some(Slip { help, fix: Some((span, meant)) })
    }

    /// The list without parentheses in which the place lies, and how it is written.
    pub(crate) fn without_parentheses(&self) -> Option<(Span, String)> {
        let start = self.line_start()?;
        let starts = self.line.char_indices().filter(|(at, c)| {
            let before = self.line.get(..*at).unwrap_or_default();
            is_word(*c) && !before.ends_with(is_word) && !before.ends_with('-')
        });
        let mut lists = starts.filter_map(|(at, _)| {
            let (length, meant) = joined(self.line.get(at..)?)?;
            let from = start.checked_add(at)?;
            Some((from, from.checked_add(length)?, meant))
        });
        let (from, to, meant) = lists.find(|(from, to, _)| *from < self.at && self.at <= *to)?;
        Some((Span::new(from, to), meant))
    }

    /// `must meeting talk`
    fn kind(&self) -> Option<Slip> {
        let modes = [Rule::k_must, Rule::k_may, Rule::k_prefer];
        modes.iter().find(|rule| ends_with(self.before.trim_end(), **rule))?;
        let found = self.next_word();
        let kinds: Vec<&str> = KINDS.iter().map(|rule| word(*rule, self.spelling)).collect();
        if found.is_empty() || kinds.contains(&found) {
            return None;
        }
        let listed: Vec<String> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
        let kinds_named = listed.join(", ");
        let habit = KIND_HABITS.iter().find(|(habit, _)| *habit == found);
        let near = habit.map(|(_, rule)| word(*rule, self.spelling));
        match near.or_else(|| near_word(found, kinds.iter().copied()).map(|near| near.word)) {
            Some(near) => Some(Slip {
                help: say!("did you mean `{near}`? these can be opened: {kinds_named}", near, kinds_named),
                fix: Some((self.next(found.len()), near.to_owned())),
            }),
            None => Some(Slip { help: say!("say what it is: {kinds_named}", kinds_named), fix: None }),
        }
    }

    /// `on birthday of born`
    fn which_birthday(&self) -> Option<Slip> {
        let before = self.before.trim_end();
        let of = Lang::ALL.iter().find_map(|lang| before.strip_suffix(word(Rule::k_of, *lang)))?;
        if !ends_with(of.trim_end(), Rule::k_birthday) || self.next_word().is_empty() {
            return None;
        }
        let [on, birthday, of] =
            [Rule::k_on, Rule::k_birthday, Rule::k_of].map(|rule| word(rule, self.spelling));
        let meant = format!("{on} {birthday} 18 {of} {}", self.next_word());
        Some(Slip { help: say!("say which birthday: `{meant}`", meant), fix: None })
    }

    /// `{ at most 2 per week }`
    fn rate(&self) -> Option<Slip> {
        let after = |text, rule| Lang::ALL.iter().find_map(|lang| str::strip_prefix(text, word(rule, *lang)));
        let (number, rest) = first_word(after(self.rest, Rule::k_at_most)?)?;
        number.parse::<u32>().ok()?;
        let rest = rest.trim_start();
        let rest = after(rest, Rule::k_visits).unwrap_or(rest).trim_start();
        let (unit, _) = first_word(after(rest, Rule::k_per)?)?;
        let [to, visits, per, lasting] =
            [Rule::k_until, Rule::k_visits, Rule::k_per, Rule::k_for].map(|rule| word(rule, self.spelling));
        let meant = format!("1 {to} {number} {visits} {per} {unit} {lasting} …");
        Some(Slip { help: say!("say how many there must be and for how long: `{meant}`", meant), fix: None })
    }

    /// `announced by letter at least 5 days`
    fn no_before(&self, expected: &[Rule]) -> Option<Slip> {
        let of_a_visit =
            contains(self.before, Rule::k_announced_by) || contains(self.before, Rule::k_prepared_by);
        if !of_a_visit || !expected.contains(&Rule::k_before_day) {
            return None;
        }
        let before = word(Rule::k_before_day, self.spelling);
        let end = self.line_start()?.checked_add(self.before.trim_end().len())?;
        let help = say!("write `{before}` behind the length: so long before the visit", before);
        Some(Slip { help, fix: Some((Span::new(end, end), format!(" {before}"))) })
    }

    /// `deviation lead may skip talk because "…"`
    fn reason_of_a_deviation(&self) -> Option<Slip> {
        let because = Lang::ALL.iter().map(|lang| word(Rule::k_because, *lang));
        if !contains(self.before, Rule::k_deviation)
            || !because.into_iter().any(|word| word == self.next_word())
        {
            return None;
        }
        let start = self.line_start()?.checked_add(self.before.trim_end().len())?;
        let reason = self.rest.split('"').nth(1).filter(|_| self.rest.matches('"').count() > 1)?;
        let end = self.rest.find('"')?.checked_add(reason.len())?.checked_add(2)?;
        Some(Slip {
            help: say!("leave the reason out: whoever deviates gives one each time"),
            fix: Some((Span::new(start, self.at.checked_add(end)?), String::new())),
        })
    }

    /// `1 month before 2026-03-31 rounded up`
    fn rounded_up(&self) -> Option<Slip> {
        let rounded = Lang::ALL.iter().map(|lang| word(Rule::k_rounded_up, *lang));
        let rounded = rounded.into_iter().find(|rounded| self.rest.starts_with(*rounded))?;
        let words: Vec<&str> = self.before.split_whitespace().collect();
        let turn = [Rule::k_before_day, Rule::k_after];
        let at = words.iter().position(|found| turn.iter().any(|rule| ends_with(found, *rule)))?;
        let (length, rest) = words.split_at_checked(at)?;
        let meant = format!("{} {rounded} {}", length.join(" "), rest.join(" "));
        Some(Slip { help: say!("it belongs to the length: `{meant}`", meant), fix: None })
    }

    /// `expect and nothing else`
    fn nothing_expected(&self) -> Option<Slip> {
        // `and nothing` is read as something that happens.
        let after = |text, rule| Lang::ALL.iter().find_map(|lang| str::strip_prefix(text, word(rule, *lang)));
        let expected = after(self.line.trim_start(), Rule::k_expect)?;
        after(expected.trim_start(), Rule::k_and_nothing_else)?;
        let [expect, nothing] =
            [Rule::k_expect, Rule::k_and_nothing_else].map(|rule| word(rule, self.spelling));
        let meant = format!("{expect} … {nothing}");
        Some(Slip { help: say!("say what there is to expect: `{meant}`", meant), fix: None })
    }

    /// `ask again twice`
    fn times(&self) -> Option<Slip> {
        let (number, found) = TIMES.iter().find_map(|(found, number)| {
            let rest = self.rest.strip_prefix(found)?;
            (!rest.starts_with(is_word)).then_some((number, found))
        })?;
        let meant = format!("{number} {}", word(Rule::k_times, self.spelling));
        let help = say!("write the number in digits: `{meant}`", meant);
        Some(Slip { help, fix: Some((self.next(found.len()), meant)) })
    }

    /// `needs consents`, `suspended while urgent`
    fn near_words(&self) -> Option<Slip> {
        let forms = KEYWORDS.iter().flat_map(|keyword| keyword.forms(self.spelling)).copied();
        let several: Vec<&str> = forms.filter(|form| form.contains(' ')).collect();
        (2..=4).rev().find_map(|count| {
            let found = words_of(self.rest, count)?;
            let alike = || several.iter().copied().filter(|form| form.split(' ').count() == count);
            if alike().any(|form| form == found) {
                return None;
            }
            let near = closest(found, alike()).map(|near| near.word).or_else(|| same_end(found, alike()))?;
            let help = say!("did you mean `{near}`?", near);
            Some(Slip { help, fix: Some((self.next(found.len()), near.to_owned())) })
        })
    }

    fn next(&self, length: usize) -> Span {
        Span::new(self.at, self.at.saturating_add(length))
    }
}

/// So many words from the start of a text, with only blanks between them.
fn words_of(text: &str, count: usize) -> Option<&str> {
    let mut rest = text;
    for _ in 0..count {
        rest = first_word(rest)?.1;
    }
    let found = text.get(..text.len().checked_sub(rest.len())?)?;
    found.chars().all(|c| is_word(c) || c == ' ').then_some(found)
}

/// The one keyword of two words whose second word is that of another pair.
fn same_end<'a>(found: &str, forms: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let (_, end) = found.split_once(' ').filter(|(_, end)| end.len() >= 5 && !end.contains(' '))?;
    let by_itself =
        |keyword: &vocabulary::Keyword| Lang::ALL.iter().any(|lang| keyword.forms(*lang).contains(&end));
    // `while` by itself is a word of promises alone.
    let is_of_promises = |keyword: &&vocabulary::Keyword| keyword.rule == Rule::k_while;
    if KEYWORDS.iter().filter(|keyword| !is_of_promises(keyword)).any(by_itself) {
        return None;
    }
    let mut alike = forms.filter(|form| form.split_once(' ').is_some_and(|(_, last)| last == end));
    alike.next().filter(|_| alike.next().is_none())
}

/// `all of a, b done` at the start of a text: how long it is, and the same with parentheses. Also `all of a b done`,
/// `all of (a b) done`, `all of a, b, done` and `all of (a, b) are done` are read; what is right is no slip.
fn joined(text: &str) -> Option<(usize, String)> {
    let (head, after) = head(text)?;
    let done = if head.ends_with("of") { "done" } else { "gedaan" };
    let inner = after.trim_start().strip_prefix('(');
    let mut list = List { parts: Vec::new(), rest: inner.unwrap_or(after) };
    list.read();
    if let Some(after) = inner.and_then(|_| list.rest.trim_start().strip_prefix(')')) {
        list.rest = after;
        list.state_of_all();
    }
    let length = text.len().checked_sub(list.rest.len())?;
    let meant = in_parentheses(head, &list.parts, done);
    let is_right = text.get(..length)?.split_whitespace().eq(meant.split_whitespace());
    (!list.parts.is_empty() && !is_right).then_some((length, meant))
}

/// The names of a list, each with what happened to it when that is said.
struct List<'a> {
    parts: Vec<(&'a str, Option<&'a str>)>,
    rest: &'a str,
}

impl<'a> List<'a> {
    /// Up to the first word that is of the language, or that stands behind a state without a comma.
    fn read(&mut self) {
        let mut comma = true;
        while let Some((found, after)) = first_word(self.rest) {
            let open = self.parts.last_mut().filter(|(_, state)| state.is_none());
            match open {
                Some((_, state)) if is_state(found) => *state = Some(found),
                Some(_) if ARE.contains(&found) => {}
                last if (comma || last.is_some()) && !is_keyword(found) => self.parts.push((found, None)),
                _ => return,
            }
            let next = after.trim_start().strip_prefix(',');
            comma = next.is_some();
            self.rest = next.unwrap_or(after);
        }
    }

    /// `are done` behind the parentheses.
    fn state_of_all(&mut self) {
        let Some((found, mut after)) = first_word(self.rest) else { return };
        let mut state = found;
        if ARE.contains(&found) {
            let Some((next, rest)) = first_word(after) else { return };
            (state, after) = (next, rest);
        }
        if let Some((_, last)) = self.parts.last_mut().filter(|_| is_state(state)) {
            last.get_or_insert(state);
            self.rest = after;
        }
    }
}

/// What people write before a state.
const ARE: [&str; 3] = ["are", "is", "zijn"];

/// Whether it is a word of the language by itself.
fn is_keyword(found: &str) -> bool {
    let forms =
        |keyword: &vocabulary::Keyword| Lang::ALL.iter().any(|lang| keyword.forms(*lang).contains(&found));
    KEYWORDS.iter().any(forms)
}

fn in_parentheses(head: &str, parts: &[(&str, Option<&str>)], done: &str) -> String {
    let Some(((last, state), others)) = parts.split_last() else { return head.to_owned() };
    if others.iter().all(|(_, state)| state.is_none()) {
        let names: Vec<&str> = others.iter().map(|(name, _)| *name).chain([*last]).collect();
        return format!("{head} ({}) {}", names.join(", "), state.unwrap_or(done));
    }
    let each: Vec<String> =
        parts.iter().map(|(name, state)| format!("{name} {}", state.unwrap_or(done))).collect();
    format!("{head} ({})", each.join(", "))
}

/// `all of`, `any of`, `2 of`, and what comes after it.
fn head(text: &str) -> Option<(&str, &str)> {
    let (first, rest) = first_word(text)?;
    let (of, after) = first_word(rest)?;
    let number = first.chars().all(|c| c.is_ascii_digit());
    let fits = match of {
        "of" => number || matches!(first, "all" | "any"),
        "van" => number || matches!(first, "alle" | "een"),
        _ => false,
    };
    let head = text.get(..text.len().checked_sub(after.len())?)?;
    fits.then_some((head, after))
}

fn is_state(word: &str) -> bool {
    HAPPENINGS.iter().chain(STATES).flatten().any(|known| *known == word)
}
