//! The plugin `letter`: fills in a letter from a template in the pathway.
//!
//! Action `fill`, settings `template` (with `{field}` for a value and `{{` for a brace) and `name` (of the
//! document). The last line of a letter is its mark (kenmerk): the key of the call.

// The contract has names that only a linker for WebAssembly takes; the templates are tested without it.
#[cfg(target_arch = "wasm32")]
mod plugin;
pub mod template;
