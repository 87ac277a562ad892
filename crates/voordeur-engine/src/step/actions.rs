//! What becomes of the calls of plugins: their answers, and what people decide about those that do not go on by themselves.

use std::sync::Arc;

use voordeur_protocol::{Happening, Kind, Obligation, Protocol, Spec};

use super::Work;
use super::deciding::check_reason;
use super::report::asked;
use crate::case::{Case, Instance, Serial};
use crate::entry::{Entry, Mended};
use crate::event::{ActionAnswer, By, Data, Mending};
use crate::rejection::Rejection;
use crate::timer::TimerKind;

impl Work<'_> {
    pub(super) fn action_answered(&mut self, serial: Serial, answer: &ActionAnswer) -> Result<(), Rejection> {
        self.check_running()?;
        let row = action(self.protocol, self.case, serial)?;
        let on = match answer {
            ActionAnswer::Begun => Happening::Begun,
            ActionAnswer::Returned(data) => {
                self.check_answers(&row.name, asked(row), asked(row), data)?;
                self.check_lifecycle(serial, Happening::Returned)?;
                self.record_all(data);
                Happening::Returned
            }
            ActionAnswer::Failed { wait } => {
                self.check_lifecycle(serial, Happening::Failed)?;
                self.log(Entry::Counted { serial, part: 0 });
                self.retry_wait = *wait;
                Happening::Failed
            }
            ActionAnswer::GaveUp => self.given_up(serial, row),
        };
        self.check_lifecycle(serial, on)?;
        self.happen(serial, on, None);
        Ok(())
    }

    /// Those who work with the household decide about an action that has failed. Who that was stands in the journal, and so does that
    /// no plugin did it.
    pub(super) fn action_mended(
        &mut self,
        serial: Serial,
        how: &Mending,
        because: Option<&Arc<str>>,
        by: By,
    ) -> Result<(), Rejection> {
        self.check_running()?;
        self.by_people = true;
        let row = action(self.protocol, self.case, serial)?;
        if let Some(by) = by.filter(|by| !self.works_with_it(*by)) {
            return Err(self.not_theirs(&row.name, &[self.protocol.lead], by));
        }
        match how {
            Mending::Retried => {
                self.check_lifecycle(serial, Happening::Retried)?;
                self.log_mended(serial, Mended::Retried, because, by);
                self.retry_now(serial);
            }
            Mending::GivenUp => {
                self.check_lifecycle(serial, Happening::GaveUp)?;
                check_reason(because.map_or("", |because| &**because))?;
                self.log_mended(serial, Mended::GivenUp, because, by);
                self.happen(serial, Happening::GaveUp, by);
            }
            Mending::ByHand(data) => self.done_by_hand(serial, row, data, because, by)?,
        }
        Ok(())
    }

    /// It is as if the plugin had answered, and nothing is called.
    fn done_by_hand(
        &mut self,
        serial: Serial,
        row: &Obligation,
        data: &Data,
        because: Option<&Arc<str>>,
        by: By,
    ) -> Result<(), Rejection> {
        self.check_lifecycle(serial, Happening::Retried)?;
        self.check_answers(&row.name, asked(row), asked(row), data)?;
        self.log_mended(serial, Mended::ByHand, because, by);
        self.record_all(data);
        self.clear_timers(|timer| timer.kind == TimerKind::Retry(serial));
        self.happen(serial, Happening::Retried, by);
        self.happen(serial, Happening::Returned, by);
        Ok(())
    }

    pub(super) fn log_mended(&mut self, serial: Serial, how: Mended, because: Option<&Arc<str>>, by: By) {
        self.log(Entry::ActionMended { serial, how, because: because.cloned(), by });
    }

    /// An action that stops waits for somebody, who may give it up then.
    fn given_up(&mut self, serial: Serial, row: &Obligation) -> Happening {
        let lifecycle = row.kind.lifecycle();
        let fails = |instance: &Instance| lifecycle.next(instance.state, Happening::Failed).is_some();
        let stops = matches!(&row.spec, Spec::Action(action) if action.stops);
        if stops && self.case.instance(serial).is_some_and(fails) {
            self.log(Entry::Counted { serial, part: 0 });
            self.for_good = true;
            return Happening::Failed;
        }
        Happening::GaveUp
    }
}

fn action<'p>(protocol: &'p Protocol, case: &Case, serial: Serial) -> Result<&'p Obligation, Rejection> {
    let row = case.instance(serial).map(|instance| instance.obligation(protocol));
    row.filter(|row| row.kind == Kind::Action).ok_or(Rejection::NoSuchAction)
}
