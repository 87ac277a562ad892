//! What wasmtime makes of the contract in `wit/`.

wasmtime::component::bindgen!({
    path: "wit",
    world: "action-plugin",
    imports: { default: async },
    exports: { default: async },
});
