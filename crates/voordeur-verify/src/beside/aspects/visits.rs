//! In what visits differ: how often they are attempted, how far apart, at what hours, and what comes before them.

use voordeur_calendar::Length;
use voordeur_messages::say;
use voordeur_protocol::model::Visit;

use super::{Found, Verdict, when};

impl Found<'_> {
    pub(super) fn of_visits(&mut self, old: &Visit, new: &Visit) {
        if old.attempts != new.attempts {
            let word = |n: Option<u32>| n.map_or_else(|| say!("without limit"), |n| n.to_string());
            let most = |n: Option<u32>| n.unwrap_or(u32::MAX);
            let verdict = Verdict::of_more(&most(old.attempts), &most(new.attempts));
            self.add("attempts", word(old.attempts), word(new.attempts), verdict);
        }
        if old.lasts != new.lasts {
            let word = |length: Option<Length>| length.map(|length| length.to_string()).unwrap_or_default();
            let verdict = match (old.lasts, new.lasts) {
                (Some(old), Some(new)) if old.unit == new.unit => Verdict::of_more(&old.amount, &new.amount),
                _ => Verdict::NotComparable,
            };
            self.add("lasts", word(old.lasts), word(new.lasts), verdict);
        }
        let apart = |visit: &Visit| {
            visit.apart.map(|(least, most)| say!("{least} to {most}", least, most)).unwrap_or_default()
        };
        match (old.apart, new.apart) {
            (Some((least, most)), Some((fewest, longest))) => {
                let bounds = [self.lengths(least, fewest), self.lengths(most, longest)];
                if let Some(verdict) = bounds.into_iter().flatten().reduce(Verdict::and) {
                    self.add("apart", apart(old), apart(new), verdict);
                }
            }
            _ => self.other("apart", apart(old), apart(new)),
        }
        self.yes("unannounced", old.unannounced.is_some(), new.unannounced.is_some(), Verdict::NotComparable);
        self.yes("parts-of-day", old.different_parts_of_day, new.different_parts_of_day, Verdict::Stronger);
        self.announced(old, new);
        let prepared = |visit: &Visit| {
            visit.prepared.as_ref().map(|(how, before)| format!("{how}, {before}")).unwrap_or_default()
        };
        match (&old.prepared, &new.prepared) {
            (Some((how, one)), Some((way, other))) if how == way => {
                self.notice("prepared", [prepared(old), prepared(new)], (*one, *other));
            }
            _ => self.other("prepared", prepared(old), prepared(new)),
        }
        if old.hours != new.hours {
            self.add("hours", when(old.hours), when(new.hours), Verdict::NotComparable);
        }
        self.yes("break-off", old.may_break_off, new.may_break_off, Verdict::NotComparable);
    }

    /// How it is announced; an attempt that is to be made once more is made later when it is to come longer after that.
    fn announced(&mut self, old: &Visit, new: &Visit) {
        let announce = |visit: &Visit| {
            let once_more = visit.announce.as_ref();
            let once_more =
                once_more.map(|(how, after)| say!("{how}, and once more after {after}", how, after));
            let first = visit.announced.as_ref();
            let first =
                first.map(|(how, before)| say!("{how}, {before} before", how = how.join(", "), before));
            once_more.into_iter().chain(first).collect::<Vec<_>>().join("; ")
        };
        let (before, after) = (announce(old), announce(new));
        if let (Some((how, one)), Some((way, other))) = (&old.announced, &new.announced)
            && (how, &old.announce) == (way, &new.announce)
        {
            return self.notice("announced", [before, after], (*one, *other));
        }
        match (&old.announce, &new.announce) {
            (Some((how, one)), Some((way, other))) if how == way && old.announced == new.announced => {
                self.lead("announced", [before, after], (*one, *other));
            }
            // One attempt more, after a letter, or one less.
            (None, Some(_)) if old.announced == new.announced => {
                self.add("announced", before, after, Verdict::Stronger);
            }
            (Some(_), None) if old.announced == new.announced => {
                self.add("announced", before, after, Verdict::Weaker);
            }
            // Who hears of it, and waits for it, or is visited sooner and does not.
            (one, other) if one == other && old.announced.is_some() != new.announced.is_some() => {
                self.noticing(|found| found.other("announced", before, after));
            }
            _ => self.other("announced", before, after),
        }
    }

    /// How long before a first visit the household hears of it.
    fn notice(&mut self, key: &'static str, words: [String; 2], lengths: (Length, Length)) {
        self.noticing(|found| found.lead(key, words, lengths));
    }

    fn noticing(&mut self, find: impl FnOnce(&mut Self)) {
        let known = self.all.len();
        find(self);
        self.all.iter_mut().skip(known).for_each(|one| one.is_notice = true);
    }

    /// How long it takes until a visit may be made: longer is later.
    fn lead(&mut self, key: &'static str, [before, after]: [String; 2], (old, new): (Length, Length)) {
        if let Some(verdict) = self.lengths(old, new) {
            self.add(key, before, after, verdict);
        }
    }
}
