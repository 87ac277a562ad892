//! Events that do nothing but end a case, and say the same in both versions: to a case that is the same in both they bring the same, and
//! nothing follows. They are not looked at there.

use voordeur_engine::Event;
use voordeur_protocol::model::Target;
use voordeur_protocol::{Cause, EventId, Happening, Occurrence, Protocol, Rule, RuleId, Scope};

use super::answer::{Reader, Side};
use super::ask::Report;
use super::reach::Reach;
use crate::explore::Search;

/// Those events, each as it is in both versions.
#[derive(Debug, Default)]
pub(super) struct EndsAlike(Vec<[EventId; 2]>);

impl EndsAlike {
    pub(super) fn of(reader: Reader<'_>, reach: &Reach, [before, after]: [&Search<'_>; 2]) -> Self {
        let sides = [(Side::Old, reader.old), (Side::New, reader.new)];
        if reach.is_anywhere()
            || sides.iter().any(|(side, protocol)| hears_of_letting_go(reach, *side, protocol))
        {
            return Self::default();
        }
        let both = before.endings.events().iter().filter_map(|event| {
            let now = EventId(reader.names.events.now(event.0)?);
            let ends = after.endings.events().contains(&now) && reach.are_events_alike(*event, now);
            let is_same =
                |(side, protocol): &(Side, &Protocol), event| ends_the_same(reach, *side, protocol, event);
            let [old, new] = &sides;
            (ends && is_same(old, *event) && is_same(new, now)).then_some([*event, now])
        });
        Self(both.collect())
    }

    /// Whether a report ends a case that is the same in both in the same way.
    pub(super) fn has(&self, report: &Report) -> bool {
        match [event_of(report.old.as_deref()), event_of(report.new.as_deref())] {
            [Some(old), Some(new)] => self.0.contains(&[old, new]),
            _ => false,
        }
    }
}

fn event_of(event: Option<&Event>) -> Option<EventId> {
    match event {
        Some(Event::Occurred { what: Occurrence::Event(of), .. }) => Some(*of),
        _ => None,
    }
}

/// Whether what an event brings is said wherever a case is, and its end has not changed.
fn ends_the_same(reach: &Reach, side: Side, protocol: &Protocol, event: EventId) -> bool {
    let mut own = protocol.rules.rows().filter(|rule| rule.cause == Cause::Event(event));
    own.all(|rule: &Rule| match rule.target {
        Some(Target::End(end)) => rule.scope == Scope::Always && !reach.is_end_met(side, end),
        _ => false,
    })
}

/// Whether a rule that waits for something to be let go of is not the same in the other version.
fn hears_of_letting_go(reach: &Reach, side: Side, protocol: &Protocol) -> bool {
    let waits = |(id, rule): (RuleId, &Rule)| {
        matches!(rule.cause, Cause::Obligation(_, Happening::Cancelled)) && !reach.is_rule_alike(side, id)
    };
    protocol.rules.iter().any(waits)
}
