//! Days equated with holidays by decree (article 3(3) of the Algemene termijnenwet): data, not algorithm.
//!
//! Bridge days are a choice of each decree and cannot be computed: Monday 4 May 2015 was equated,
//! Monday 4 May 2026 is not. A decree may add a day to a year that was covered already (24 December
//! 2007 was added three months before), so each day carries the date of its decree where it is known.

use jiff::civil::{Date, date};

/// A day equated with a holiday, and the decree that did so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Equated {
    pub(crate) day: Date,
    /// The date of the decree; `None` where only the days are known (cited in secondary sources).
    pub(crate) decreed: Option<Date>,
}

/// What is known of the decrees for a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decreed {
    /// The decree for this year is in the data.
    Known,
    /// A decree was made, or may have been, but is not in the data.
    NotFound,
    /// The decree is still to be made.
    NotYet,
}

/// What was decreed after this program was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decrees {
    /// The days that were equated with holidays.
    pub days: Vec<Date>,
    /// The years of which all decrees are known now.
    pub years: Vec<i16>,
}

/// The last year for which a decree is known.
pub(crate) const LAST_DECREED_YEAR: i16 = 2028;

/// What is known of the decrees for a year.
pub(crate) fn known_for(year: i16) -> Decreed {
    match year {
        1990..=1992 | 2005..=2016 | 2023..=LAST_DECREED_YEAR => Decreed::Known,
        ..=LAST_DECREED_YEAR => Decreed::NotFound,
        _ => Decreed::NotYet,
    }
}

const D1990: Date = date(1990, 1, 12);
const D2003: Date = date(2003, 11, 26);
const D2007: Date = date(2007, 9, 27);
const D2010: Date = date(2010, 6, 7);
const D2013: Date = date(2013, 6, 17);

const fn by(decreed: Date, year: i16, month: i8, day: i8) -> Equated {
    Equated { day: date(year, month, day), decreed: Some(decreed) }
}

const fn cited(year: i16, month: i8, day: i8) -> Equated {
    Equated { day: date(year, month, day), decreed: None }
}

/// The equated days, in order.
pub(crate) const EQUATED: [Equated; 43] = [
    by(D1990, 1990, 5, 25),
    by(D1990, 1990, 12, 24),
    by(D1990, 1990, 12, 31),
    by(D1990, 1991, 5, 10),
    by(D1990, 1991, 12, 27),
    by(D1990, 1992, 5, 1),
    by(D1990, 1992, 5, 29),
    by(D2003, 2005, 5, 6),
    by(D2003, 2006, 5, 26),
    by(D2003, 2007, 5, 18),
    by(D2007, 2007, 12, 24),
    by(D2003, 2007, 12, 27),
    by(D2003, 2007, 12, 28),
    by(D2003, 2007, 12, 31),
    by(D2007, 2008, 5, 2),
    by(D2007, 2009, 1, 2),
    by(D2007, 2009, 5, 1),
    by(D2007, 2009, 5, 4),
    by(D2007, 2009, 5, 22),
    by(D2007, 2010, 5, 14),
    by(D2010, 2011, 5, 6),
    by(D2010, 2011, 6, 3),
    by(D2010, 2012, 5, 18),
    by(D2010, 2012, 12, 24),
    by(D2010, 2012, 12, 31),
    by(D2010, 2013, 4, 29),
    by(D2010, 2013, 5, 10),
    by(D2010, 2013, 12, 27),
    by(D2013, 2014, 5, 30),
    by(D2013, 2015, 1, 2),
    by(D2013, 2015, 5, 4),
    by(D2013, 2015, 5, 15),
    by(D2013, 2016, 5, 6),
    cited(2023, 4, 28),
    cited(2023, 5, 19),
    cited(2024, 5, 10),
    cited(2024, 12, 27),
    cited(2025, 5, 30),
    cited(2026, 1, 2),
    cited(2026, 5, 15),
    cited(2027, 5, 7),
    cited(2028, 4, 28),
    cited(2028, 5, 26),
];
