//! A version of an agent: one component, compiled, linked and described; each turn gets a fresh instance of it.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use wasmtime::{Store, UpdateDeadline};

use super::{
    bindings::AgentPre,
    capability::Grants,
    checks::{check, imports},
    convert::Convert,
    engine::{Compiled, Engine},
    errors::{Stopped, Unfit, why},
    limits::Limits,
    state::{HostCall, State, TurnHost},
};
use switchboard_core::{
    contract::{
        bounds::{self, Within, Wrong},
        log::Level,
        types::{Outcome, Profile, Turn},
    },
    effect::Effect,
};

/// The fuel for `describe`: far more than a profile takes.
const DESCRIBE_FUEL: u64 = 200_000_000;

/// A loaded component: compiled, linked, and its profile read.
pub struct Version {
    about: About,
    profile: Profile,
    imports: Vec<String>,
    engine: Arc<Engine>,
    pre: AgentPre<State>,
    name: Arc<str>,
}

/// The metadata of a component: its file, hash, grants, limits and settings.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// The name that its profile must have.
    pub name: String,
    /// Its file in the plugin directory.
    pub file: String,
    /// The SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Its size in bytes.
    pub size: usize,
    /// How long it took to compile; none if its code came from the cache.
    pub compile_time: Option<Duration>,
    /// The capabilities it may import.
    pub grants: Grants,
    /// The resource limits of a turn.
    pub limits: Limits,
    /// Its settings from `plugins.toml`, a JSON object.
    pub settings: String,
}

/// The result of a turn. The effects are empty unless there is an outcome.
pub struct Ended {
    /// The agent's outcome, or why there is none.
    pub result: Result<Outcome, Stopped>,
    /// The agent's writes, to be committed with the turn.
    pub effects: Vec<Effect>,
    /// Its capability calls, in order.
    pub calls: Vec<HostCall>,
    /// Its log lines.
    pub log: Vec<(Level, String)>,
    /// The fuel used: roughly, wasm instructions.
    pub fuel_used: u64,
    /// When the agent was called, after instantiation; none if there was no free sandbox.
    pub began: Option<Instant>,
    /// When the call returned.
    pub over: Instant,
}

impl Version {
    /// Links a compiled component with its granted capabilities and calls `describe`.
    pub async fn new(engine: Arc<Engine>, compiled: Compiled, about: About) -> Result<Version, Unfit> {
        let imports = imports(&engine, &compiled, about.grants)?;
        let world = |error: wasmtime::Error| Unfit::World(format!("{error:#}"));
        let linker = engine.linker(about.grants).map_err(world)?;
        let pre = linker.instantiate_pre(&compiled.0).and_then(AgentPre::new).map_err(world)?;
        let name: Arc<str> = about.name.as_str().into();
        let mut version = Version { about, profile: empty_profile(), imports, engine, pre, name };
        let profile = version.describe().await.map_err(|error| Unfit::Describe(format!("{error:#}")))?;
        version.profile = within(profile).map_err(|wrong| Unfit::Profile(wrong.to_string()))?;
        check(&version.profile, &version.about.name).map_err(Unfit::Profile)?;
        Ok(version)
    }

    /// The same code with other grants, limits and settings.
    pub async fn under(&self, about: About) -> Result<Version, Unfit> {
        let compiled = Compiled(self.pre.instance_pre().component().clone());
        Version::new(self.engine.clone(), compiled, about).await
    }

    /// Its component's metadata.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// The agent's name.
    pub fn name(&self) -> &str {
        &self.about.name
    }

    /// The SHA-256 of the component's bytes, in hex.
    pub fn sha256(&self) -> &str {
        &self.about.sha256
    }

    /// The component's size in bytes.
    pub fn size(&self) -> usize {
        self.about.size
    }

    /// How long it took to compile; none if the code came from the cache.
    pub fn compile_time(&self) -> Option<Duration> {
        self.about.compile_time
    }

    /// Its profile, as `describe` returned it.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The contract's interfaces that it imports.
    pub fn imports(&self) -> &[String] {
        &self.imports
    }

    /// Whether it imports a capability. Everything it imports is granted.
    pub fn grants(&self, capability: &str) -> bool {
        self.imports.iter().any(|import| import == capability)
    }

    /// Its settings, a JSON object.
    pub fn settings(&self) -> &str {
        &self.about.settings
    }

    fn store(&self, turn: Option<&Turn>, host: Option<TurnHost>, fuel: u64) -> wasmtime::Result<Store<State>> {
        let limits = &self.about.limits;
        let state = State::new(self.name.clone(), turn, host, limits, self.engine.ticks().clone());
        let mut store = Store::new(self.engine.wasmtime(), state);
        store.limiter(|state| &mut state.meter);
        store.set_fuel(fuel)?;
        store.set_hostcall_fuel(limits.crossing_bytes_max());
        store.set_epoch_deadline(1);
        // The agent yields at each epoch tick, until its CPU time is used up.
        store.epoch_deadline_callback(|mut store| {
            let goes_on = store.data_mut().spend_tick();
            Ok(if goes_on { UpdateDeadline::Yield(1) } else { UpdateDeadline::Interrupt })
        });
        Ok(store)
    }

    async fn describe(&self) -> wasmtime::Result<Profile> {
        let mut store = self.store(None, None, DESCRIBE_FUEL)?;
        let described = async {
            let agent = self.pre.instantiate_async(&mut store).await?;
            agent.call_describe(&mut store).await.map(Convert::convert)
        };
        let described = described.await;
        let mut state = store.into_data();
        state.log_rest();
        // A tool chain prints the reason of a failure last.
        described.map_err(|error| match state.log.pop() {
            Some((_, last)) => wasmtime::format_err!("{error:#}; it printed: {last}"),
            None => error,
        })
    }

    /// Runs one turn in a fresh instance, which is dropped before this returns.
    pub async fn handle(&self, turn: &Turn, host: TurnHost) -> Ended {
        let limits = &self.about.limits;
        // The engine outlives this version, so its semaphore is never closed.
        let _permit = self.engine.turns().acquire().await;
        let mut store = match self.store(Some(turn), Some(host), limits.fuel) {
            Ok(store) => store,
            Err(error) => return ended(Err(Stopped::Trap(format!("{error:#}")))),
        };
        let mut began = None;
        let call = async {
            let agent = self.pre.instantiate_async(&mut store).await?;
            began = Some(Instant::now());
            agent.call_handle(&mut store, &turn.clone().convert()).await.map(Convert::convert)
        };
        let called = tokio::time::timeout(limits.wall, call).await;
        let over = Instant::now();
        let fuel_used = limits.fuel - store.get_fuel().unwrap_or(0);
        let mut state = store.into_data();
        state.log_rest();
        let result = match called {
            Err(_) => Err(Stopped::Wall),
            Ok(Err(error)) => Err(why(&error, &state)),
            Ok(Ok(Err(failure))) => Err(within(failure).map_or_else(Stopped::Bounds, Stopped::Failure)),
            Ok(Ok(Ok(outcome))) if size(&outcome) > limits.returned_bytes_max => Err(Stopped::Oversize),
            Ok(Ok(Ok(outcome))) => within(outcome).map_err(Stopped::Bounds),
        };
        let effects = if result.is_ok() { state.effects } else { Vec::new() };
        let mut log = state.log;
        if state.log_dropped > 0 {
            log.push((Level::Warn, format!("{} more lines were dropped", state.log_dropped)));
        }
        Ended { result, effects, calls: state.calls, log, fuel_used, began, over }
    }
}

fn ended(result: Result<Outcome, Stopped>) -> Ended {
    Ended {
        result,
        effects: Vec::new(),
        calls: Vec::new(),
        log: Vec::new(),
        fuel_used: 0,
        began: None,
        over: Instant::now(),
    }
}

/// Holds a value to its bounds.
fn within<T: Within>(mut value: T) -> Result<T, Wrong> {
    bounds::check(&mut value).map(|()| value)
}

/// The size of an outcome as JSON, in bytes.
fn size(outcome: &Outcome) -> usize {
    struct Counter(usize);
    impl io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    let _ = serde_json::to_writer(&mut counter, outcome);
    counter.0
}

fn empty_profile() -> Profile {
    Profile {
        name: String::new(),
        version: String::new(),
        about: String::new(),
        titles: Vec::new(),
        keywords: Vec::new(),
        flows: Vec::new(),
        tools: Vec::new(),
        stores: String::new(),
        wants: Vec::new(),
        extras: Vec::new(),
    }
}
