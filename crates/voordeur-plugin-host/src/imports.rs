//! What a component asks its host for, looked at before it is linked.

use wasmtime::Engine;
use wasmtime::component::Component;

/// The interfaces of the contract.
const CONTRACT: [&str; 5] = [
    "voordeur:plugin/log",
    "voordeur:plugin/config",
    "voordeur:plugin/random",
    "voordeur:plugin/secrets",
    "voordeur:plugin/http",
];

/// The packages of WASI that the runtimes of languages ask for.
const WASI: [&str; 6] =
    ["wasi:cli/", "wasi:clocks/", "wasi:filesystem/", "wasi:io/", "wasi:random/", "wasi:sockets/"];

/// Which host functions a component needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Those of the contract alone.
    Contract,
    /// WASI as well.
    Wasi,
}

/// What it needs, or the first import that this host does not have.
pub(crate) fn needs(engine: &Engine, component: &Component) -> Result<Needs, String> {
    let mut needs = Needs::Contract;
    for (name, _) in component.component_type().imports(engine) {
        let (interface, version) = name.split_once('@').unwrap_or((name, ""));
        if CONTRACT.contains(&interface) && version.starts_with("1.") {
            continue;
        }
        if !WASI.iter().any(|package| interface.starts_with(package)) || !version.starts_with("0.2.") {
            return Err(name.to_owned());
        }
        needs = Needs::Wasi;
    }
    Ok(needs)
}
