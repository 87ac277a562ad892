//! The contract, as wit-bindgen makes it: only for WebAssembly, since its names are none for other linkers.

/// The contract and the bridge to it.
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../crates/voordeur-plugin-host/wit/v1",
        world: "action-plugin",
        pub_export_macro: true,
    });

    pub use exports::voordeur::plugin::action::{Failure as WitFailure, Guest, Request, Retry};
    pub use voordeur::plugin::{config, http, log, random, secrets};

    use crate::{Action, Failure, Input};

    /// What a plugin says of itself.
    pub fn described<A: Action>() -> String {
        A::describe().to_string()
    }

    /// Carries an action out.
    pub fn performed<A: Action>(request: Request) -> Result<String, WitFailure> {
        let Request { action, key, now, payload } = request;
        let input = Input::read(action, key, now, &payload).map_err(failure)?;
        A::perform(&input).map(|answer| answer.to_string()).map_err(failure)
    }

    fn failure(failure: Failure) -> WitFailure {
        match failure {
            Failure::InvalidInput(why) => WitFailure::InvalidInput(why),
            Failure::Refused(why) => WitFailure::Refused(why),
            Failure::Retryable(reason, after_seconds) => {
                WitFailure::Retryable(Retry { reason, after_seconds })
            }
            Failure::NeedsHuman(why) => WitFailure::NeedsHuman(why),
        }
    }
}
