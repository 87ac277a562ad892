//! What every case of a pathway can come to, decided over its whole state space.
//!
//! ```text
//!   Protocol ──▶ explore: engine's step + zones ──▶ findings, each with a dated case history
//! ```
//!
//! The search drives the engine's own `step`; time is kept in zones, so that the length of a term does not
//! matter. A naive explorer that goes day by day is the permanent oracle of the tests, and every history is
//! replayed with real dates before it is shown. No I/O and no clock here.

mod ages;
mod apart;
mod asked;
mod begun;
mod beside;
mod between;
mod birthdays;
mod bounds;
mod cells;
mod chain;
mod classes;
mod collect;
mod comes;
mod edge;
mod endings;
mod explore;
mod extent;
mod facts;
mod findings;
mod follow;
mod held;
mod holder;
mod inert;
mod interned;
mod judge;
mod key;
mod looks;
mod moments;
mod moves;
mod naive;
mod naive_hours;
mod normal;
mod observe;
mod passing;
mod periods;
mod points;
mod promise;
mod pump;
mod recipe;
mod referred;
mod replay;
mod shelf;
mod side_by_side;
mod since;
mod situation;
mod sliding;
mod states;
mod waiting;
mod walk;
mod ways;
mod working;
mod zone;

pub use beside::{
    Aspect, Compared, Days, Difference, Done, Effect, Example, Unconfirmed, What, answers_apart,
    answers_apart_day_by_day, compare, compare_between, compare_on, compare_together, in_its_stage_too,
    is_of_one_place, is_told_by, means_both,
};
pub use bounds::{Bounds, Milestone, bounds};
pub use explore::{Budget, Incomplete, Mistake};
pub use facts::{Facts, facts};
pub use findings::{Report, verify, verify_with};
pub use judge::{Judged, compile, compile_with, judged_day_by_day};
pub use naive::{FirstAndLast, bounds_day_by_day, facts_day_by_day};
pub use naive_hours::facts_hour_by_hour;
pub use promise::{Kept, Promise, Statement, Told, Undecided, Verdict, keep, promises};
pub use replay::{History, Moment};
pub use side_by_side::{both, each};
pub use walk::facts_of_walks;
