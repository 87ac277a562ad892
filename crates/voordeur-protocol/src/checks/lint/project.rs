//! The project as a whole: its goal, its end, its meetings, what comes first.

use voordeur_diagnostics::Rule as Finding;
use voordeur_messages::say;

use super::Context;
use super::ways::Place;

impl Context<'_> {
    pub(super) fn project(&mut self) {
        if self.protocol.goal.is_none() {
            let message = say!(
                "the pathway `{name}` has no goal: without one, helping becomes the goal and nobody knows when it is reached",
                name = self.protocol.name
            );
            let help = say!("add `goal \"…\"`, one that all partners support");
            self.found(Finding::NoGoal, self.spans.pathway, message, help);
        }
    }

    /// What a file says about meetings, priorities and its own end is judged whenever it says so.
    pub(super) fn project_end(&mut self) {
        self.ends_without_successor();
        self.one_more_meeting();
        self.acute_not_first();
    }

    /// Projects come and go; households stay.
    fn ends_without_successor(&mut self) {
        let project = &self.protocol.project;
        let Some(span) = self.spans.ends_on.filter(|_| project.successor.is_none()) else { return };
        let Some(day) = project.ends.or(project.funding_until) else { return };
        let message = say!(
            "on {day} it is over, and nothing says who goes on with the households that are still being helped",
            day
        );
        let help = say!("add `, open cases go to …` with the agency that takes over");
        self.found(Finding::EndsWithoutSuccessor, span, message, help);
    }

    fn one_more_meeting(&mut self) {
        let meetings = self.protocol.project.consultations.iter().zip(&self.spans.consultations);
        let new: Vec<_> = meetings.filter(|(row, _)| row.new && row.because.is_none()).collect();
        for (row, span) in new {
            let message = say!(
                "\"{title}\" is one more meeting, and nothing says why an existing one would not do",
                title = row.title
            );
            let help = say!("join an existing one (`existing`), or write `new because \"…\"`");
            self.found(Finding::OneMoreMeeting, *span, message, help);
        }
    }

    /// What is less urgent leads to what is more urgent: then the acute waits.
    fn acute_not_first(&mut self) {
        let order = &self.protocol.project.priorities;
        for (at, later) in order.iter().enumerate() {
            let follows = self.ways.follows(*later);
            let first = order.iter().take(at).find(|first| follows.contains_key(&Place::Stage(**first)));
            if let Some(first) = first {
                let message = say!(
                    "`{first}` has priority over `{later}` and comes after it: what is acute waits for the rest",
                    first = self.protocol.stages.row(*first).name,
                    later = self.protocol.stages.row(*later).name
                );
                let help = say!(
                    "let `{first}` lead on to `{later}`, or change the order of `priorities`",
                    first = self.protocol.stages.row(*first).name,
                    later = self.protocol.stages.row(*later).name
                );
                self.found(Finding::AcuteNotFirst, self.spans.priorities, message, help);
                return;
            }
        }
    }
}
