//! How far long work has come: a bar on a terminal, nothing in a pipe.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use voordeur_messages::say;

/// How often the bar is drawn when nothing else draws it.
const TICK: Duration = Duration::from_millis(200);

/// A bar on standard error. On anything but a terminal it draws nothing.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Of so many cases; of an unknown number it tells how many were looked at.
    pub(crate) fn of_cases(all: Option<u64>) -> Self {
        match all {
            Some(all) => {
                let words =
                    say!("{pos} of {len} cases, {eta} to go", pos = "{pos}", len = "{len}", eta = "{eta}");
                Self::new(ProgressBar::new(all), &format!("{{bar:30}} {words}"))
            }
            None => {
                let words = say!("{seen} cases looked at", seen = "{pos}");
                Self::new(ProgressBar::new_spinner(), &format!("{{spinner}} {words}"))
            }
        }
    }

    /// Of so many events.
    pub(crate) fn of_events(all: usize) -> Self {
        let words = say!("{number} of {all} events", number = "{pos}", all = "{len}");
        let all = u64::try_from(all).unwrap_or(u64::MAX);
        Self::new(ProgressBar::new(all), &format!("{{bar:30}} {words}"))
    }

    /// Of so many files.
    pub(crate) fn of_files(all: usize) -> Self {
        let words = say!("{number} of {all} files", number = "{pos}", all = "{len}");
        let all = u64::try_from(all).unwrap_or(u64::MAX);
        Self::new(ProgressBar::new(all), &format!("{{bar:30}} {words}"))
    }

    fn new(bar: ProgressBar, style: &str) -> Self {
        // A style that cannot be read leaves the one of the library.
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(TICK);
        Self(bar)
    }

    pub(crate) fn at(&self, done: u64) {
        self.0.set_position(done);
    }

    /// How many there are is known only now.
    pub(crate) fn at_of(&self, done: u64, all: u64) {
        self.0.set_length(all);
        self.0.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
