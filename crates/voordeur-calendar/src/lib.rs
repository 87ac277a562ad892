//! Terms and dates: how long, counted from when, on which calendar, under which rules of law.
//!
//! * [`Calendar::deadline`] gives the end of a term. The day of the event does not count; a term in
//!   days, weeks, months or years ends at 24:00 of its last day, which is the start of the next one.
//! * [`Calendar::delay`] gives the moment after which something starts; it keeps the time of day.
//! * [`Calendar::before`] counts back and is never moved later.
//!
//! Every answer is a [`Due`]: the moment (UTC) together with its [`Reasoning`], which can be put in
//! words at any later time. Holidays are data with a window; beyond it a date is *provisional* and says
//! so. Nothing here knows a clock: moments come in as arguments. Arithmetic that would leave the range
//! of dates stops at its end instead of failing.

mod calendar;
mod counting;
mod day;
mod decrees;
mod holidays;
mod length;
mod local;
mod reasoning;
mod recount;
mod school;
mod secrecy;
mod standstill;
mod statute;
mod steps;
mod table;
mod words;

pub use calendar::Calendar;
pub use decrees::{Decreed, Decrees};
pub use holidays::{Holiday, Source};
pub use length::{Length, Regime, Unit};
pub use local::{LocalTimeError, PartOfDay};
pub use reasoning::{Doubt, Due, Method, Reasoning};
pub use school::{SchoolCalendar, SchoolClosed};
pub use secrecy::Secrecy;
pub use standstill::Lost;
pub use words::{day_in_words, moment_in_words};
