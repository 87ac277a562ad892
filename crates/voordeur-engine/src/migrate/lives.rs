//! What lives in a stage of the new version: obligations from which something follows there, and rules that count from something.

use voordeur_protocol::{
    Anchor, Cause, Effect, Happening, ObligationId, OpeningId, Protocol, Scope, StageId, Target,
};

use crate::case::Case;

/// Whether a rule of a stage leads on so long after something that has not happened to the case, and that nothing there opens:
/// on the way of the new version it has happened before.
pub(super) fn counts_from_what_never_comes(new: &Protocol, stage: StageId, base: &Case) -> bool {
    let never = |of: ObligationId, on: Happening| {
        let happened = base.last(of).is_some_and(|last| last.on == Some(on));
        let open = base.open.iter().any(|one| one.opening(new).obligation == of);
        !happened && !open && !lives_in(new, stage, of)
    };
    new.stages.row(stage).timed.iter().map(|rule| new.rules.row(*rule)).any(|rule| {
        let leads = rule.target.is_some() || rule.effects.iter().any(|one| matches!(one, Effect::Open(_)));
        matches!(rule.cause, Cause::After(_, Anchor::Happened(of, on)) if leads && never(of, on))
    })
}

/// Whether something follows from an obligation in a stage: it is opened there, or a rule there or everywhere speaks of it.
pub(super) fn lives_in(protocol: &Protocol, stage: StageId, obligation: ObligationId) -> bool {
    let own = |opening: &OpeningId| protocol.openings.row(*opening).obligation == obligation;
    let row = protocol.stages.row(stage);
    let answered = row.dispatch.iter().chain(&protocol.always).any(
        |(_, rule)| matches!(protocol.rules.row(*rule).cause, Cause::Obligation(of, _) if of == obligation),
    );
    let opened = protocol.rules.rows().any(|rule| {
        let here = rule.scope == Scope::Stage(stage)
            || rule.scope == Scope::Always
            || rule.target == Some(Target::Stage(stage));
        here && rule.effects.iter().any(|effect| matches!(effect, Effect::Open(opening) if own(opening)))
    });
    row.opens.iter().any(own) || answered || opened
}
