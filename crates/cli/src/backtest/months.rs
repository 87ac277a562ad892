//! What a backtest counts, month by month, and what of it is told.

use std::collections::BTreeMap;

use voordeur_messages::say;
use voordeur_runtime::{NotTested, Tested};

use crate::outside::{self, FEW};

/// The cases that were reported in one month.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Month {
    pub(super) cases: u64,
    earlier: u64,
    later: u64,
    unvisited: u64,
    visits: (u64, u64),
    escalations: (u64, u64),
    elsewhere: u64,
    refused: u64,
}

impl Month {
    pub(super) fn add(&mut self, tested: &Tested) {
        self.cases += 1;
        let (was, would_be) = (&tested.was, &tested.would_be);
        match (was.first_visit_due, would_be.first_visit_due) {
            (Some(was), Some(would_be)) => {
                self.earlier += u64::from(would_be < was);
                self.later += u64::from(would_be > was);
            }
            // One where there was none is earlier; none where there was one is no visit that is later.
            (was, would_be) => {
                self.earlier += u64::from(was.is_none() && would_be.is_some());
                self.unvisited += u64::from(was.is_some() && would_be.is_none());
            }
        }
        self.visits.0 += u64::from(was.visits);
        self.visits.1 += u64::from(would_be.visits);
        self.escalations.0 += u64::from(was.escalations);
        self.escalations.1 += u64::from(would_be.escalations);
        self.elsewhere += u64::from(tested.place != tested.other_place);
        self.refused += u64::from(tested.refused > 0);
    }

    pub(super) fn join(mut self, other: &Self) -> Self {
        self.cases += other.cases;
        self.earlier += other.earlier;
        self.later += other.later;
        self.unvisited += other.unvisited;
        self.visits = (self.visits.0 + other.visits.0, self.visits.1 + other.visits.1);
        self.escalations =
            (self.escalations.0 + other.escalations.0, self.escalations.1 + other.escalations.1);
        self.elsewhere += other.elsewhere;
        self.refused += other.refused;
        self
    }

    pub(super) const fn numbers(&self) -> [u64; 10] {
        let (visits, escalations) = (self.visits, self.escalations);
        [
            self.cases,
            self.earlier,
            self.later,
            self.unvisited,
            visits.0,
            visits.1,
            escalations.0,
            escalations.1,
            self.elsewhere,
            self.refused,
        ]
    }
}

/// The names of the numbers of a month, as programs have them.
pub(super) const NAMES: [&str; 10] = [
    "cases",
    "visit_earlier",
    "visit_later",
    "not_visited",
    "visits",
    "visits_then",
    "escalations",
    "escalations_then",
    "elsewhere",
    "refused",
];

/// What was counted, and how much of it may be told.
pub(super) struct Counted {
    pub(super) months: BTreeMap<String, Month>,
    pub(super) skipped: NotTested,
    /// Until when open cases were played, local time.
    pub(super) until: String,
    /// Whether it leaves the house.
    pub(super) outside: bool,
}

/// Two numbers of each month, side by side: what was and what would be.
pub(super) struct Pair {
    /// What they are.
    pub(super) title: String,
    /// What the first one is, and the second.
    pub(super) legend: [String; 2],
    /// The month, and both numbers.
    pub(super) rows: Vec<(String, [u64; 2])>,
}

impl Counted {
    pub(super) fn add(&mut self, tested: &Tested) {
        let month = tested.reported.strftime("%Y-%m").to_string();
        self.months.entry(month).or_default().add(tested);
    }

    pub(super) fn whole(&self) -> Month {
        self.months.values().fold(Month::default(), Month::join)
    }

    /// A number as it is told; nothing when it is too small to be told outside.
    pub(super) fn told(&self, number: u64) -> Option<u64> {
        if self.outside { outside::told(number) } else { Some(number) }
    }

    pub(super) fn cell(&self, number: u64) -> String {
        self.told(number).map_or_else(|| format!("<{FEW}"), |number| number.to_string())
    }

    /// The table: its heads, and a row for each month.
    pub(super) fn table(&self) -> Vec<Vec<String>> {
        let head = [
            say!("month"),
            say!("cases"),
            say!("visit earlier"),
            say!("visit later"),
            say!("not visited"),
            say!("visits"),
            say!("then"),
            say!("escalations"),
            say!("then"),
            say!("elsewhere"),
            say!("refused"),
        ];
        let row = |(name, month): (&String, &Month)| {
            let cells = month.numbers().map(|number| self.cell(number));
            std::iter::once(name.clone()).chain(cells).collect()
        };
        std::iter::once(head.to_vec()).chain(self.months.iter().map(row)).collect()
    }

    /// What is drawn: first visits, visits and escalations.
    pub(super) fn pairs(&self) -> [Pair; 3] {
        let was = || [say!("as it was"), say!("on the new version")];
        let pair = |title, legend, numbers: fn(&Month) -> [u64; 2]| {
            let rows = self.months.iter().map(|(name, month)| (name.clone(), numbers(month))).collect();
            Pair { title, legend, rows }
        };
        [
            pair(say!("first visits per month"), [say!("due earlier"), say!("due later")], |month| {
                [month.earlier, month.later]
            }),
            pair(say!("visits per month"), was(), |month| [month.visits.0, month.visits.1]),
            pair(say!("escalations per month"), was(), |month| [month.escalations.0, month.escalations.1]),
        ]
    }

    /// The largest number of a pair that is told. What is not told gives no scale either.
    pub(super) fn most(&self, pair: &Pair) -> u64 {
        pair.rows
            .iter()
            .flat_map(|(_, numbers)| numbers)
            .filter_map(|number| self.told(*number))
            .max()
            .unwrap_or(0)
    }

    /// All months in one sentence, and what was left out. Outside a sum would tell what is left out of the months.
    pub(super) fn closing(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.outside {
            lines.push(say!(
                "numbers below {few} are not told, and the others to the nearest multiple of {few}",
                few = FEW
            ));
        } else {
            lines.push(self.summary());
            let NotTested { came_over, erased } = self.skipped;
            if came_over + erased > 0 {
                lines.push(say!(
                    "not played: {came_over} that came over from another version, {erased} that were erased",
                    came_over,
                    erased
                ));
            }
        }
        if !self.months.is_empty() {
            lines.push(say!(
                "open cases are played until {until} on both versions, and closed ones until they were closed",
                until = self.until
            ));
        }
        lines.push(say!(
            "what people did is taken as it was; only terms and rules are those of the new version"
        ));
        lines
    }

    fn summary(&self) -> String {
        let [cases, earlier, later, unvisited, visits, visits_then, escalations, then, elsewhere, refused] =
            self.whole().numbers();
        say!(
            "{cases} cases played on the new version: a first visit due earlier for {earlier}, later for {later} and no visit any more for {unvisited}; visits asked for {visits} → {visits_then}, escalations {escalations} → {then}; {elsewhere} would be elsewhere now, and of {refused} something would have been refused",
            cases,
            earlier,
            later,
            unvisited,
            visits,
            visits_then,
            escalations,
            then,
            elsewhere,
            refused
        )
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::date;
    use voordeur_runtime::{Measured, NotTested, Tested};

    use super::{Counted, NAMES};

    fn counted(outside: bool) -> Counted {
        Counted { months: Default::default(), skipped: NotTested::default(), until: String::new(), outside }
    }

    fn tested(was: Option<i64>, would_be: Option<i64>) -> Tested {
        let measured = |due: Option<i64>| Measured {
            first_visit_due: due.and_then(|due| Timestamp::from_second(due).ok()),
            visits: u32::from(due.is_some()),
            escalations: 0,
        };
        Tested {
            reported: date(2026, 3, 16),
            was: measured(was),
            would_be: measured(would_be),
            place: String::new(),
            other_place: String::new(),
            refused: 0,
        }
    }

    /// 30 cases of which 28 are visited earlier: with the exact numbers beside it a hidden one could only be 1 or 2.
    #[test]
    fn what_is_hidden_cannot_be_worked_out() {
        let outside = counted(true);
        let told = [0, 1, 4, 5, 7, 8, 28, 30, 32, 33].map(|number| outside.told(number));
        let some = Some;
        let expected =
            [some(0), None, None, some(5), some(5), some(10), some(30), some(30), some(30), some(35)];
        assert_eq!(told, expected);
        assert_eq!(counted(false).told(28), Some(28));
    }

    #[test]
    fn who_is_not_visited_any_more_is_not_visited_later() {
        let mut all = counted(false);
        for (was, would_be) in [(Some(20), Some(10)), (Some(10), Some(20)), (Some(10), None), (None, Some(9))]
        {
            all.add(&tested(was, would_be));
        }
        let month = all.whole();
        let named: Vec<(&str, u64)> = NAMES.into_iter().zip(month.numbers()).collect();
        for expected in [("visit_earlier", 2), ("visit_later", 1), ("not_visited", 1), ("visits_then", 3)] {
            assert!(named.contains(&expected), "{expected:?}: {named:?}");
        }
    }
}
