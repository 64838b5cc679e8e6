//! The process-wide wasmtime engine: its configuration, instance pool, epoch ticker, and one linker for each set of
//! granted capabilities.

use std::{
    collections::HashMap,
    fs::File,
    os::fd::AsRawFd,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::Semaphore;
use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, RegallocAlgorithm,
    WasmBacktraceDetails, WasmFeatures,
    component::{Component, Linker},
};

use super::{
    capability::{self, Grants},
    limits::{EPOCH_TICK, MEMORY_BYTES_CEILING},
    slots::Slots,
    state::State,
};

/// Slots of the pooling allocator. Each slot that was used keeps six memory mappings, so this stays far below the
/// kernel's usual limit of 65 530.
const SLOTS: u32 = 1_000;

/// Turns that may hold a slot. Fewer than slots, because a slot is freed a little after its turn ends. How many run is bounded before
/// that by the memory that they may take together, see [`Limits::memory_bytes`](super::Limits::memory_bytes).
const TURNS_MAX: usize = 900;

/// Turns of one agent that may run concurrently, so that others find a sandbox however long they take.
const TURNS_EACH: usize = TURNS_MAX / 2;
/// Core instances of one component, nested ones included. A component built from Rust has three.
pub(crate) const CORE_INSTANCES_MAX: u32 = 50;

/// Memories of one component.
pub(crate) const MEMORIES_MAX: u32 = 1;

/// Tables of one component. A component built from Rust has two.
pub(crate) const TABLES_MAX: u32 = 20;

/// The largest wasm stack, in bytes.
const STACK_BYTES_MAX: usize = 512 << 10;

/// The size of a turn's fiber stack: the wasm stack, and room for the host functions it calls.
const STACK_BYTES: usize = 2 << 20;

/// The number of the settings that decide what a turn gives: code generation, features, stack, fuel. It goes up when one of them
/// changes, or wasmtime counts fuel another way; journals hold it, so that a replay that differs can say why.
pub const ENGINE_SETTINGS: u32 = 1;

/// The engine could not be built.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox cannot start: {0:#}; it needs about 70 GB of address space (see `ulimit -v`)")]
pub struct EngineError(wasmtime::Error);

/// Compiles components and runs them. One for the process, shared by all agents.
pub struct Engine {
    engine: wasmtime::Engine,
    linkers: Mutex<HashMap<Grants, Arc<Linker<State>>>>,
    turns: Semaphore,
    slots: Arc<Slots>,
    ticks: Arc<AtomicU64>,
}

impl Engine {
    /// The engine of this process; built when first asked for, dropped with the last agent.
    pub fn of_process() -> Result<Arc<Engine>, EngineError> {
        static ENGINE: Mutex<Weak<Engine>> = Mutex::new(Weak::new());
        let mut kept = ENGINE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(engine) = kept.upgrade() {
            return Ok(engine);
        }
        let engine = Arc::new(Engine::new().map_err(EngineError)?);
        *kept = Arc::downgrade(&engine);
        Ok(engine)
    }

    fn new() -> wasmtime::Result<Engine> {
        let engine = wasmtime::Engine::new(&config())?;
        let ticks = Arc::new(AtomicU64::new(0));
        tick(&engine, ticks.clone())?;
        let slots = Arc::new(Slots::new(Slots::threads(), TURNS_EACH));
        Ok(Engine { engine, linkers: Mutex::default(), turns: Semaphore::new(TURNS_MAX), slots, ticks })
    }

    pub(super) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.engine
    }

    /// The semaphore that limits concurrent turns to [`TURNS_MAX`].
    pub(super) fn turns(&self) -> &Semaphore {
        &self.turns
    }

    /// The shares of the threads that turns run on.
    pub(super) fn slots(&self) -> &Arc<Slots> {
        &self.slots
    }

    /// The number of epoch ticks so far.
    pub(super) fn ticks(&self) -> &Arc<AtomicU64> {
        &self.ticks
    }

    /// The linker that provides exactly these capabilities. Built once for each set and cached.
    pub(super) fn linker(&self, grants: Grants) -> wasmtime::Result<Arc<Linker<State>>> {
        let mut linkers = self.linkers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(linker) = linkers.get(&grants) {
            return Ok(linker.clone());
        }
        let mut linker = Linker::new(&self.engine);
        capability::link(&mut linker, grants)?;
        let linker = Arc::new(linker);
        linkers.insert(grants, linker.clone());
        Ok(linker)
    }

    /// Whether these bytes are precompiled wasmtime code. Only our own cache may supply such code, since it runs
    /// unchecked.
    pub(crate) fn is_precompiled(bytes: &[u8]) -> bool {
        wasmtime::Engine::detect_precompiled(bytes).is_some()
    }

    /// Hashes everything that decides whether compiled code is compatible with this engine.
    pub(crate) fn fingerprint(&self, hasher: &mut impl std::hash::Hasher) {
        use std::hash::Hash;
        self.engine.precompile_compatibility_hash().hash(hasher);
    }

    /// Deserializes compiled code.
    ///
    /// The bytes must be exactly what [`compile`] returned: they are machine code that runs with the host's rights.
    pub(crate) fn read_compiled(&self, code: &[u8]) -> wasmtime::Result<Compiled> {
        // SAFETY: the caller is `plugins::load`, which has them from `compile` in this process or in a child of it.
        #[allow(unsafe_code)]
        unsafe { Component::deserialize(&self.engine, code) }.map(Compiled)
    }

    /// Maps compiled code from its file: the system reads a page when it runs and lets go of it when memory is short, so that code takes
    /// no memory of the process's own.
    ///
    /// The file must hold exactly what [`compile`] returned, and never change: it is machine code that runs with the host's rights. It may
    /// be removed.
    pub(crate) fn map_compiled(&self, file: &File) -> wasmtime::Result<Compiled> {
        // The open file, not whatever may have its path by now.
        let open = format!("/proc/self/fd/{}", file.as_raw_fd());
        // SAFETY: the caller is `plugins::cache`, which has verified the HMAC of what this open file holds, made with a key that only our
        // user can read. Files of the cache lie in a folder that only our user can reach, and are replaced by renaming, never changed.
        #[allow(unsafe_code)]
        unsafe { Component::deserialize_file(&self.engine, open) }.map(Compiled)
    }
}

/// A compiled component.
#[derive(Clone)]
pub struct Compiled(pub(super) Component);

/// Compiles a component to machine code for [`Engine::read_compiled`], on the calling thread: 100 ms or more. The engine
/// that does it has no instance pool, which reserves 70 GB of address space.
pub(crate) fn compile(wasm: &[u8], how: Compiling) -> wasmtime::Result<Vec<u8>> {
    let mut config = code_config();
    config.parallel_compilation(how != Compiling::OneThread);
    if how == Compiling::Quick {
        config.cranelift_opt_level(OptLevel::None).cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass);
    }
    wasmtime::Engine::new(&config)?.precompile_component(wasm)
}

/// How a component is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compiling {
    /// Optimised, on the calling thread alone.
    OneThread,
    /// Optimised, on all cores.
    AllCores,
    /// Not optimised, on all cores: sooner there, and slower. It gives the same results for the same fuel.
    Quick,
}

/// The configuration of the engine that runs components.
fn config() -> Config {
    let mut config = code_config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
    config
}

/// The configuration that decides what machine code is made.
fn code_config() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .epoch_interruption(true)
        .consume_fuel(true)
        .memory_init_cow(true)
        // The contract has no streams or futures; without support for them a turn takes a third less time.
        .concurrency_support(false)
        .cranelift_opt_level(OptLevel::Speed)
        // Deterministic: a turn gives the same result on every machine.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .max_wasm_stack(STACK_BYTES_MAX)
        .async_stack_size(STACK_BYTES)
        .memory_reservation(MEMORY_BYTES_CEILING as u64)
        .memory_reservation_for_growth(0)
        .memory_guard_size(1 << 20)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable);
    // Wasm features that agents do not need are off.
    let unused = WasmFeatures::THREADS
        | WasmFeatures::SHARED_EVERYTHING_THREADS
        | WasmFeatures::MEMORY64
        | WasmFeatures::GC
        | WasmFeatures::EXCEPTIONS
        | WasmFeatures::LEGACY_EXCEPTIONS
        | WasmFeatures::RELAXED_SIMD
        | WasmFeatures::STACK_SWITCHING;
    config.wasm_features(unused, false);
    config
}

fn pool() -> PoolingAllocationConfig {
    // Zeroing memory instead of remapping it is cheap only where the kernel (6.7 and later) can tell which pages were
    // touched.
    let keep = if PoolingAllocationConfig::is_pagemap_scan_available() { 1 << 20 } else { 64 << 10 };
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(SLOTS)
        .total_memories(SLOTS)
        .total_stacks(SLOTS)
        .total_core_instances(4 * SLOTS)
        .total_tables(4 * SLOTS)
        .max_memories_per_component(MEMORIES_MAX)
        .max_core_instances_per_component(CORE_INSTANCES_MAX)
        .max_tables_per_component(TABLES_MAX)
        .table_elements(20_000)
        .max_memory_size(MEMORY_BYTES_CEILING)
        .linear_memory_keep_resident(keep)
        .table_keep_resident(keep)
        .async_stack_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    pool
}

/// Starts the thread that increments the epoch (epoch interruption). It is a thread and not a task, because tasks do
/// not run while all workers are busy, which is when interruption is needed. It ends with the engine.
fn tick(engine: &wasmtime::Engine, ticks: Arc<AtomicU64>) -> wasmtime::Result<()> {
    let weak = engine.weak();
    std::thread::Builder::new().name("epoch".into()).spawn(move || {
        loop {
            std::thread::sleep(EPOCH_TICK);
            let Some(engine) = weak.upgrade() else { break };
            ticks.fetch_add(1, Ordering::Relaxed);
            engine.increment_epoch();
        }
    })?;
    Ok(())
}
