//! Bindings that wasmtime generates from `agents-wit/agent.wit`: the types of the component boundary, host traits and
//! linking.

#![allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]

wasmtime::component::bindgen!({
    path: "../../agents-wit",
    world: "agent",
    imports: { default: async | trappable },
    exports: { default: async },
});
