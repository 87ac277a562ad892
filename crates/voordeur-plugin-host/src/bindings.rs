//! What wasmtime makes of the contract in `wit/v1`.

wasmtime::component::bindgen!({
    path: "wit/v1",
    world: "action-plugin",
    imports: { default: async },
    exports: { default: async },
});
