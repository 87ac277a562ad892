//! Making a component of a module, for guests whose compiler gives modules.

use wit_component::ComponentEncoder;

/// The component of a module that `wit-bindgen` made its contract for, as compilers for `wasm32-unknown-unknown` give it.
///
/// # Errors
/// What is wrong with the module.
pub fn component_of(module: &[u8]) -> Result<Vec<u8>, String> {
    let encoder = ComponentEncoder::default().validate(true).module(module).map_err(|error| cause(&error))?;
    let mut encoder = encoder;
    encoder.encode().map_err(|error| cause(&error))
}

fn cause(error: &dyn std::fmt::Display) -> String {
    format!("{error:#}").lines().next().unwrap_or_default().to_owned()
}
