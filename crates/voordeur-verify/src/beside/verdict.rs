//! What a difference means for the household: it gets more or sooner, less or later, or something else.

use jiff::ToSpan as _;
use jiff::civil::date;
use voordeur_calendar::{Calendar, Length, Regime};
use voordeur_protocol::model::EndKind;
use voordeur_protocol::{Anchor, Spec, Term};

use super::answer::{About, Answer, Reader, Side};

/// What a difference means for the household.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It gets less, later, or nothing.
    Weaker,
    /// One household is better off, another one worse.
    Mixed,
    /// It gets something else.
    NotComparable,
    /// It gets more, or sooner.
    Stronger,
}

impl Verdict {
    /// The same difference with the versions the other way round.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        match self {
            Self::Weaker => Self::Stronger,
            Self::Stronger => Self::Weaker,
            other => other,
        }
    }

    /// Of two things that differ together.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (one, another) if one == another => one,
            (Self::NotComparable, _) | (_, Self::NotComparable) => Self::NotComparable,
            _ => Self::Mixed,
        }
    }

    /// More of something is better for the household.
    pub(super) fn of_more<T: PartialOrd>(old: &T, new: &T) -> Self {
        if new < old { Self::Weaker } else { Self::Stronger }
    }
}

/// Two lengths that begin together, each in its own calendar, on every day of six years: which ends first; `None` when
/// they always end together. Later is worse for the household. Whether both calendars say the same is known beforehand.
pub(super) fn of_lengths(
    (before, old): (&Calendar, (Length, Regime)),
    (after, new): (&Calendar, (Length, Regime)),
    is_same_calendar: bool,
) -> Option<Verdict> {
    if is_same_calendar && old == new {
        return None;
    }
    let ((one, regime), (two, other_regime)) = (old, new);
    // More of the same never ends sooner: one day on which they differ tells.
    let is_ordered = is_same_calendar
        && regime == other_regime
        && (one.unit, one.rounded_up) == (two.unit, two.rounded_up);
    let (mut sooner, mut later) = (false, false);
    for n in 0..2_192_i64 {
        let Ok(day) = date(2024, 1, 1).checked_add(n.days()) else { break };
        let Ok(noon) = before.resolve(day.at(12, 0, 0, 0)) else { continue };
        let end = before.deadline(noon, old.0, old.1).at;
        let other = after.deadline(noon, new.0, new.1).at;
        sooner |= other < end;
        later |= other > end;
        if sooner && later || is_ordered && (sooner || later) {
            break;
        }
    }
    match (sooner, later) {
        (false, false) => None,
        (true, false) => Some(Verdict::Stronger),
        (false, true) => Some(Verdict::Weaker),
        (true, true) => Some(Verdict::Mixed),
    }
}

/// Two terms; no term at all is worst. Terms that count from different things are not compared.
pub(super) fn of_terms(
    (before, old): (&Calendar, Option<Term>),
    (after, new): (&Calendar, Option<Term>),
    (same_anchor, is_same_calendar): (bool, bool),
) -> Option<Verdict> {
    match (old, new) {
        (None, None) => None,
        (None, Some(_)) => Some(Verdict::Stronger),
        (Some(_), None) => Some(Verdict::Weaker),
        (Some(old), Some(new)) if same_anchor && old.back == new.back => match (old.length, new.length) {
            (Some(one), Some(two)) if old.back.is_none() => {
                of_lengths((before, (one, old.regime)), (after, (two, new.regime)), is_same_calendar)
            }
            (None, Some(_)) => Some(Verdict::Weaker),
            (Some(_), None) => Some(Verdict::Stronger),
            (Some(one), Some(two)) if is_more_of_the_same((one, old.regime), (two, new.regime)) => {
                // Counted back from a day, what is longer ends sooner.
                (one != two || !is_same_calendar).then(|| match is_same_calendar {
                    true => Verdict::of_more(&one.amount, &two.amount),
                    false => Verdict::NotComparable,
                })
            }
            (one, two) => (one != two || old.regime != new.regime).then_some(Verdict::NotComparable),
        },
        // Or earlier, where the day is none on which anybody works: sooner, and never later.
        (Some(old), Some(new)) if same_anchor && is_same_calendar && is_only_or_earlier(old, new) => {
            let earlier = new.back.is_some_and(|back| back.or_earlier);
            Some(if earlier { Verdict::Stronger } else { Verdict::Weaker })
        }
        (Some(old), Some(new)) => {
            let lengths = match (old.length, new.length) {
                (Some(one), Some(two)) if old.back.is_none() && new.back.is_none() => {
                    of_lengths((before, (one, old.regime)), (after, (two, new.regime)), is_same_calendar)
                }
                _ => Some(Verdict::NotComparable),
            };
            Some(match (of_anchors(old.anchor, new.anchor), lengths) {
                (Some(verdict), None) => verdict,
                (Some(verdict), Some(other)) if verdict == other => verdict,
                _ => Verdict::NotComparable,
            })
        }
    }
}

/// What is counted from the report ends sooner than what is counted from when it is opened: nothing is opened before the report.
const fn of_anchors(old: Anchor, new: Anchor) -> Option<Verdict> {
    match (old, new) {
        (Anchor::Opening, Anchor::Report) => Some(Verdict::Stronger),
        (Anchor::Report, Anchor::Opening) => Some(Verdict::Weaker),
        _ => None,
    }
}

/// Whether two lengths differ in nothing but how many there are.
fn is_more_of_the_same((one, regime): (Length, Regime), (two, other): (Length, Regime)) -> bool {
    regime == other && (one.unit, one.rounded_up) == (two.unit, two.rounded_up)
}

/// Whether both are counted back by the same, and only one of them to a day before it where that is free.
fn is_only_or_earlier(old: Term, new: Term) -> bool {
    old.back.is_some() && new.back.is_some() && (old.length, old.regime) == (new.length, new.regime)
}

/// Whether it is help itself, and not only work for it.
pub(super) const fn is_help(spec: &Spec) -> bool {
    matches!(spec, Spec::Visit(_) | Spec::Series(_) | Spec::Referral(_))
}

/// What differs, weighed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Weighed {
    /// Whether something of it is worse.
    pub(super) worse: bool,
    /// Whether something of it is better.
    pub(super) better: bool,
    /// Whether help of the old version never comes in the new one.
    gone: bool,
    /// Whether help of the new version never came in the old one.
    new: bool,
}

impl Weighed {
    fn helps(&mut self, is_new: bool, is_only_there: bool) {
        let (counts, only) =
            if is_new { (&mut self.better, &mut self.new) } else { (&mut self.worse, &mut self.gone) };
        *counts = true;
        *only |= is_only_there;
    }

    /// Whether one help is in the place of another one. Where the one was to come anyway, and now comes sooner, it makes up for nothing.
    pub(super) const fn is_another(self) -> bool {
        self.worse && self.better && self.gone == self.new
    }
}

/// What something means for a household.
pub(super) enum Counts {
    Helps,
    Harms,
    Neither,
}

impl Reader<'_> {
    /// What it would mean by itself, whatever comes after it.
    pub(super) fn leaning(self, old: &[Answer], new: &[Answer]) -> Verdict {
        let none = |_, _| false;
        match self.weighed((old, new), none, none) {
            Weighed { worse: true, better: false, .. } => Verdict::Weaker,
            Weighed { worse: false, better: true, .. } => Verdict::Stronger,
            _ => Verdict::NotComparable,
        }
    }

    /// What of it is worse, and what is better; what harms says nothing where the other version does it too (`comes_too`), and help that
    /// the other version brings all the same (`later`) is not gone.
    pub(super) fn weighed(
        self,
        (old, new): (&[Answer], &[Answer]),
        comes_too: impl Fn(Answer, Side) -> bool,
        later: impl Fn(Answer, Side) -> bool,
    ) -> Weighed {
        let mut all = Weighed::default();
        let counts = |one: &Answer| !matches!(self.counts(*one), Counts::Neither);
        let weighs = |one: &&Answer| !matches!(one, Answer::Happened(..)) && !self.is_minor(**one);
        let is_weighty = old.iter().chain(new).filter(weighs).any(counts);
        for (said, other, is_new) in [(old, Side::New, false), (new, Side::Old, true)] {
            for answer in said.iter().filter(|one| !(is_weighty && self.is_minor(**one))) {
                match self.counts(*answer) {
                    Counts::Helps => all.helps(is_new, !later(*answer, other)),
                    Counts::Harms if comes_too(*answer, other) => {}
                    Counts::Harms => *(if is_new { &mut all.worse } else { &mut all.better }) = true,
                    Counts::Neither => {}
                }
            }
        }
        all
    }

    /// What makes up for nothing that is to be done, or for an end: that somebody hears of it, or looks back afterwards. That a case goes
    /// back says no more than what comes of that.
    fn is_minor(self, answer: Answer) -> bool {
        match answer {
            Answer::Told(..) | Answer::Returned => true,
            Answer::Opened(of) => self.looks_back(of),
            _ => false,
        }
    }

    /// Whether an obligation is a contact of an aftercare, or one that is measured after the end.
    fn looks_back(self, of: u32) -> bool {
        let (protocol, id) = self.obligation_of(of);
        id.is_some_and(|id| matches!(protocol.obligations.row(id).spec, Spec::Contact(_)))
    }

    pub(super) fn counts(self, answer: Answer) -> Counts {
        match answer {
            // Whoever hears that something is let go of does nothing for it.
            Answer::Told(_, About::CalledOff(_)) => Counts::Neither,
            Answer::Reported(_)
            | Answer::Opened(_)
            | Answer::Told(..)
            | Answer::Announced(_)
            | Answer::Referred(..)
            | Answer::Asked(_)
            | Answer::Started(_)
            | Answer::Called(_)
            | Answer::Returned => Counts::Helps,
            Answer::NotOpened(_) => Counts::Harms,
            Answer::Happened(..)
            | Answer::WentOn
            | Answer::Passed
            | Answer::Entered(_)
            | Answer::Left(_)
            | Answer::Interrupted(_)
            | Answer::Back(_) => Counts::Neither,
            Answer::Ended(end) => match self.end(end).map(|(protocol, end)| protocol.ends.row(end).kind) {
                Some(EndKind::Failure) => Counts::Harms,
                _ => Counts::Neither,
            },
        }
    }
}
