//! The bare wasmtime loop: a fresh store, an instance, one `handle`, all dropped; with the engine settings of the host and
//! nothing else of it.

use std::{sync::Arc, time::Duration};

use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, Store, StoreLimits,
    StoreLimitsBuilder, WasmBacktraceDetails,
    component::{Component, HasSelf, Linker},
};

pub use bindings::switchboard::agent::types::{Outcome, Reply, Turn};

#[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
pub mod bindings {
    wasmtime::component::bindgen!({
        path: "../agents-wit",
        world: "agent",
        imports: { default: async | trappable },
        exports: { default: async },
        additional_derives: [serde::Serialize, serde::Deserialize],
    });
}

/// How instances are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// As the host does: pages kept, and only those that were touched cleaned.
    Tuned,
    /// As the pool comes: what a first version would use.
    Stock,
}

/// What a store holds: a limiter, and where a call of `records.get` waits, if it does.
pub struct State {
    limits: StoreLimits,
    pub(super) gate: Option<Arc<Gate>>,
}

/// Where turns hang until all are there.
pub struct Gate {
    /// Counts those that came.
    pub arrived: tokio::sync::Semaphore,
    /// Lets them go on.
    pub open: tokio::sync::Semaphore,
}

impl Gate {
    /// Closed.
    pub fn closed() -> Gate {
        Gate { arrived: tokio::sync::Semaphore::new(0), open: tokio::sync::Semaphore::new(0) }
    }

    /// Says that one came, and waits.
    pub async fn wait(&self) {
        self.arrived.add_permits(1);
        // Never closed.
        let _permit = self.open.acquire().await;
    }
}

/// A component, ready to run.
#[derive(Clone)]
pub struct Loop {
    engine: Engine,
    pre: bindings::AgentPre<State>,
    gate: Option<Arc<Gate>>,
}

impl Loop {
    /// Compiles and links a component.
    pub fn new(wasm: &[u8], pool: Pool) -> anyhow::Result<Loop> {
        let engine = Engine::new(&config(pool))?;
        tick(&engine);
        let component = Component::from_binary(&engine, wasm)?;
        let mut linker = Linker::new(&engine);
        // What the guest imports, and nothing else.
        use bindings::switchboard::agent::{log, records, types};
        types::add_to_linker::<_, HasSelf<_>>(&mut linker, |state: &mut State| state)?;
        log::add_to_linker::<_, HasSelf<_>>(&mut linker, |state: &mut State| state)?;
        records::add_to_linker::<_, HasSelf<_>>(&mut linker, |state: &mut State| state)?;
        let pre = bindings::AgentPre::new(linker.instantiate_pre(&component)?)?;
        Ok(Loop { engine, pre, gate: None })
    }

    /// Where `records.get` waits from now on.
    pub fn at_gate(self, gate: Arc<Gate>) -> Loop {
        Loop { gate: Some(gate), ..self }
    }

    fn store(&self) -> anyhow::Result<Store<State>> {
        let limits = StoreLimitsBuilder::new().memory_size(16 << 20).build();
        let mut store = Store::new(&self.engine, State { limits, gate: self.gate.clone() });
        store.limiter(|state| &mut state.limits);
        store.set_fuel(2_000_000_000)?;
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        Ok(store)
    }

    /// One turn in a fresh instance.
    pub async fn handle(&self, turn: &Turn) -> anyhow::Result<Outcome> {
        let mut store = self.store()?;
        let agent = self.pre.instantiate_async(&mut store).await?;
        outcome(agent.call_handle(&mut store, turn).await?)
    }

    /// An instance that answers several turns, as no host should: what a sandbox costs beyond its making.
    pub async fn live(&self) -> anyhow::Result<Live> {
        let mut store = self.store()?;
        let agent = self.pre.instantiate_async(&mut store).await?;
        Ok(Live { store, agent })
    }
}

/// A living instance. The guest never frees memory, so it answers a few hundred turns and no more.
pub struct Live {
    store: Store<State>,
    agent: bindings::Agent,
}

impl Live {
    /// One more turn.
    pub async fn handle(&mut self, turn: &Turn) -> anyhow::Result<Outcome> {
        outcome(self.agent.call_handle(&mut self.store, turn).await?)
    }
}

fn outcome(answer: Result<Outcome, bindings::switchboard::agent::types::Failure>) -> anyhow::Result<Outcome> {
    answer.map_err(|failure| anyhow::anyhow!("the guest failed: {failure:?}"))
}

fn config(pool: Pool) -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .memory_init_cow(true)
        .concurrency_support(false)
        .epoch_interruption(true)
        .cranelift_opt_level(OptLevel::Speed)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        // What replay needs.
        .consume_fuel(true)
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        // The host's address space.
        .max_wasm_stack(512 << 10)
        .async_stack_size(2 << 20)
        .memory_reservation(64 << 20)
        .memory_reservation_for_growth(0)
        .memory_guard_size(1 << 20);
    let mut slots = PoolingAllocationConfig::new();
    slots
        .total_component_instances(1000)
        .total_memories(1000)
        .total_stacks(1000)
        .total_core_instances(4000)
        .total_tables(4000)
        .max_memories_per_component(1)
        .max_core_instances_per_component(50)
        .max_tables_per_component(20)
        .table_elements(20_000)
        .max_memory_size(64 << 20);
    if pool == Pool::Tuned {
        let keep = if PoolingAllocationConfig::is_pagemap_scan_available() { 1 << 20 } else { 64 << 10 };
        slots
            .linear_memory_keep_resident(keep)
            .table_keep_resident(keep)
            .async_stack_keep_resident(64 << 10)
            .pagemap_scan(Enabled::Auto);
    }
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(slots));
    config
}

fn tick(engine: &Engine) {
    let engine = engine.weak();
    std::thread::spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(Duration::from_millis(5));
        }
    });
}
