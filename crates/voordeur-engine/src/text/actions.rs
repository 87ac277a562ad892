//! What people decided about actions, in words.

use voordeur_messages::say;

use super::Words;
use super::moments::reason_or_erased;
use crate::case::Serial;
use crate::entry::Mended;
use crate::event::By;

impl Words<'_> {
    pub(super) fn mended(&self, serial: Serial, how: Mended, because: Option<&str>, by: By) -> String {
        let by = self.by(by);
        let what = match how {
            Mended::Retried => self.about(
                serial,
                |of| say!("{obligation} is tried again{by}", obligation = of, by),
                || say!("the action is tried again{by}", by),
            ),
            Mended::GivenUp => self.about(
                serial,
                |of| say!("{obligation} is given up{by}", obligation = of, by),
                || say!("the action is given up{by}", by),
            ),
            Mended::ByHand => self.about(
                serial,
                |of| say!("{obligation} was carried out by people{by}", obligation = of, by),
                || say!("the action was carried out by people{by}", by),
            ),
        };
        because.map_or_else(
            || what.clone(),
            |because| say!("{what}, because {because}", what, because = reason_or_erased(because)),
        )
    }
}
