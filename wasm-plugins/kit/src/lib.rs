//! What plugins written in Rust have in common.
//!
//! A plugin is a type that is an [`Action`]: it says what it is and carries an action out. `plugin!(Type)` makes it what
//! the engine calls. Everything here but the contract itself also runs outside WebAssembly, so that it can be tested there.

#[cfg(target_arch = "wasm32")]
mod contract;
pub mod host;
mod input;
pub mod pdf;
pub mod template;
pub mod words;

#[cfg(target_arch = "wasm32")]
pub use contract::bindings;
pub use input::{Answer, Failure, Input, base64};
pub use serde_json::{Value, json};

/// Named values.
pub type Object = serde_json::Map<String, Value>;

/// What a plugin does.
pub trait Action {
    /// What it is: the members stand in docs/plugins.md.
    fn describe() -> Value;

    /// Carries an action out.
    ///
    /// # Errors
    /// [`Failure`]: why not, and whether trying again may help.
    fn perform(input: &Input) -> Result<Answer, Failure>;
}

/// Makes a type that is an [`Action`] what the engine calls.
#[macro_export]
macro_rules! plugin {
    ($action:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Plugin;
            impl $crate::bindings::Guest for Plugin {
                fn describe() -> String {
                    $crate::bindings::described::<$action>()
                }
                fn perform(
                    request: $crate::bindings::Request,
                ) -> Result<String, $crate::bindings::WitFailure> {
                    $crate::bindings::performed::<$action>(request)
                }
            }
    $crate::bindings::export!(Plugin with_types_in $crate::bindings);
        };
    };
}
