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
        log::Level,
        types::{Outcome, Profile, Turn},
    },
    effect::Effect,
};

/// What a component may use to describe itself: far more than a profile takes.
const DESCRIBE_FUEL: u64 = 200_000_000;

/// A component in service.
pub struct Version {
    about: About,
    profile: Profile,
    imports: Vec<String>,
    engine: Arc<Engine>,
    pre: AgentPre<State>,
    name: Arc<str>,
}

/// What is known of a component before it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// The name that it is expected to give itself.
    pub name: String,
    /// The file it came from, in the plugin directory.
    pub file: String,
    /// Of its bytes, in hex.
    pub sha256: String,
    /// In bytes.
    pub size: usize,
    /// None if its code came from the cache.
    pub compile_time: Option<Duration>,
    /// What it may import.
    pub grants: Grants,
    /// What a turn may use.
    pub limits: Limits,
    /// From `plugins.toml`, a JSON object.
    pub settings: String,
}

/// What came of a turn. The effects are empty unless there is an outcome.
pub struct Ended {
    /// What the agent made of it.
    pub result: Result<Outcome, Stopped>,
    /// What it wrote.
    pub effects: Vec<Effect>,
    /// The capabilities it called.
    pub calls: Vec<HostCall>,
    /// What it logged.
    pub log: Vec<(Level, String)>,
    /// Instructions, roughly.
    pub fuel_used: u64,
    /// When it was called, its sandbox ready; none if it came to no sandbox.
    pub began: Option<Instant>,
    /// When the call was over.
    pub over: Instant,
}

impl Version {
    /// Links a compiled component with what it was granted, and asks it to describe itself.
    pub async fn new(engine: Arc<Engine>, compiled: Compiled, about: About) -> Result<Version, Unfit> {
        let imports = imports(&engine, &compiled, about.grants)?;
        let world = |error: wasmtime::Error| Unfit::World(format!("{error:#}"));
        let linker = engine.linker(about.grants).map_err(world)?;
        let pre = linker.instantiate_pre(&compiled.0).and_then(AgentPre::new).map_err(world)?;
        let name: Arc<str> = about.name.as_str().into();
        let mut version = Version { about, profile: empty_profile(), imports, engine, pre, name };
        version.profile = version.describe().await.map_err(|error| Unfit::Describe(format!("{error:#}")))?;
        check(&version.profile, &version.about.name).map_err(Unfit::Profile)?;
        Ok(version)
    }

    /// The same code under other grants, limits and settings.
    pub async fn under(&self, about: About) -> Result<Version, Unfit> {
        let compiled = Compiled(self.pre.instance_pre().component().clone());
        Version::new(self.engine.clone(), compiled, about).await
    }

    /// What is known of its component, and what it may do.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// The agent's name.
    pub fn name(&self) -> &str {
        &self.about.name
    }

    /// Of the component's bytes, in hex.
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

    /// What it says of itself.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The contract's interfaces that it imports.
    pub fn imports(&self) -> &[String] {
        &self.imports
    }

    /// Whether it imports a capability; what it imports, it was granted.
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
        // At each tick the agent steps aside for others, until it has none left.
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
        // A tool chain's own words are the last that it printed.
        described.map_err(|error| match state.log.pop() {
            Some((_, last)) => wasmtime::format_err!("{error:#}; it printed: {last}"),
            None => error,
        })
    }

    /// Answers one turn in a fresh instance. Nothing of it is left when this returns, but what it returns.
    pub async fn handle(&self, turn: &Turn, host: TurnHost) -> Ended {
        let limits = &self.about.limits;
        // The engine lives as long as this version, so its semaphore is never closed.
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
            Ok(Ok(Err(failure))) => Err(Stopped::Failure(failure)),
            Ok(Ok(Ok(outcome))) if size(&outcome) > limits.returned_bytes_max => Err(Stopped::Oversize),
            Ok(Ok(Ok(outcome))) => Ok(outcome),
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

/// The bytes of an outcome, as JSON: all of its texts, and a little.
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
