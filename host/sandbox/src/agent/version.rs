//! A version of an agent: one component, compiled, linked and described; each turn gets a fresh instance of it.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use wasmtime::{Store, UpdateDeadline};

use super::{
    bindings::AgentPre,
    calls::HostCall,
    capability::Grants,
    ceiling::Ceiling,
    checks::{check, imports},
    convert::Convert,
    engine::{Compiled, Engine},
    errors::{Stopped, Unfit, functions, why},
    limits::Limits,
    measure::size,
    record::Record,
    recording::Recording,
    state::{State, TurnHost},
};
use crate::route::signals::lexicon_of;
use switchboard_core::{
    contract::{
        bounds::{self, Within, Wrong},
        log::Level,
        types::{Failure, Outcome, Profile, Turn},
    },
    effect::Effect,
    services::Access,
};
use switchboard_understand::lexicon::Lexicon;

/// The fuel for `describe`: far more than a profile takes.
const DESCRIBE_FUEL: u64 = 200_000_000;

/// A loaded component: compiled, linked, and its profile read.
pub struct Version {
    about: About,
    profile: Profile,
    imports: Vec<String>,
    /// The least of the operator's limits and of the author's.
    limits: Limits,
    engine: Arc<Engine>,
    pre: AgentPre<State>,
    name: Arc<str>,
    record: Record,
    /// What its texts are read by: its own concepts are in it.
    lexicon: Arc<Lexicon>,
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
    /// Those for single business numbers, whole.
    pub settings_of: BTreeMap<String, String>,
    /// What services it may call.
    pub access: Arc<Access>,
    /// Who signed it; none if it is not signed, or nothing says whose signatures count.
    pub signed_by: Option<SignedBy>,
}

/// Who signed a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBy {
    /// The key's name in `plugins.toml`.
    pub name: String,
    /// The public key, in minisign's base64.
    pub key: String,
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
    /// The bytes that the host holds for the turn now, what was held before this agent ran included.
    pub held: usize,
    /// The fuel used: roughly, wasm instructions.
    pub fuel_used: u64,
    /// When the agent was called, after instantiation; none if there was no free sandbox.
    pub began: Option<Instant>,
    /// When the call returned.
    pub over: Instant,
}

/// The result of a replay.
pub struct Replayed {
    /// What the component gave and asked now.
    pub ended: Ended,
    /// The places among its calls of those that the record has no answer to: they were told that it is unavailable.
    pub unknown: Vec<usize>,
}

impl Version {
    /// Links a compiled component with its granted capabilities and calls `describe`.
    pub async fn new(engine: Arc<Engine>, compiled: Compiled, about: About) -> Result<Version, Unfit> {
        let about_component = compiled.0.component_type();
        let imports = imports(about_component.imports(engine.wasmtime()).map(|(import, _)| import), about.grants)?;
        let world = |error: wasmtime::Error| Unfit::World(format!("{error:#}"));
        let linker = engine.linker(about.grants).map_err(world)?;
        let pre = linker.instantiate_pre(&compiled.0).and_then(AgentPre::new).map_err(world)?;
        let name: Arc<str> = about.name.as_str().into();
        let record = Record::default();
        let (profile, lexicon) = (empty_profile(), Lexicon::shared(Vec::new()));
        let limits = about.limits.clone();
        let mut version = Version { about, profile, imports, limits, engine, pre, name, record, lexicon };
        let profile = version.describe().await.map_err(|error| Unfit::Describe(format!("{error:#}")))?;
        version.profile = within(profile).map_err(|wrong| Unfit::Profile(wrong.to_string()))?;
        check(&version.profile, &version.about.name).map_err(Unfit::Profile)?;
        if let Some(ceiling) = Ceiling::of(&version.profile).map_err(Unfit::Profile)? {
            ceiling.check(&version.profile, &version.imports).map_err(Unfit::Ceiling)?;
            version.limits = ceiling.within(&version.about.limits);
        }
        version.lexicon = lexicon_of(&version.profile);
        Ok(version)
    }

    /// The same code with other grants, limits and settings, and a new record.
    pub async fn under(&self, about: About) -> Result<Version, Unfit> {
        let compiled = Compiled(self.pre.instance_pre().component().clone());
        Version::new(self.engine.clone(), compiled, about).await
    }

    /// Its component's metadata.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// The limits of a turn: the least of those of `plugins.toml` and of the author's ceiling.
    pub fn limits(&self) -> &Limits {
        &self.limits
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

    /// The record of its turns at this host.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// The contract's interfaces that it imports.
    pub fn imports(&self) -> &[String] {
        &self.imports
    }

    /// Whether it imports a capability. Everything it imports is granted.
    pub fn grants(&self, capability: &str) -> bool {
        self.imports.iter().any(|import| import == capability)
    }

    /// Its settings for a business number, a JSON object.
    pub fn settings(&self, business: &str) -> &str {
        self.about.settings_of.get(business).unwrap_or(&self.about.settings)
    }

    fn store(&self, turn: Option<&Turn>, host: Option<TurnHost>, fuel: u64) -> wasmtime::Result<Store<State>> {
        let limits = &self.limits;
        let mut state =
            State::new(self.name.clone(), self.lexicon.clone(), turn, host, limits, self.engine.ticks().clone());
        state.access = self.about.access.clone();
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
        described.map_err(|error| match (state.panic.take(), state.log.pop()) {
            (Some(panic), _) => wasmtime::format_err!("it panicked {panic}"),
            (None, Some((_, last))) => wasmtime::format_err!("{error:#}; it printed: {last}"),
            (None, None) => error,
        })
    }

    /// Runs one turn in a fresh instance, which is dropped before this returns.
    pub async fn handle(&self, turn: &Turn, host: TurnHost) -> Ended {
        let held = host.held;
        self.run(turn, Some(host), held, None).await.0
    }

    /// Plays a recorded turn in a fresh instance: `calls` answer what it asks, and nothing is read, written or asked of a model. `held`
    /// are the bytes that the host held for the turn already, of agents that ran in it before.
    pub async fn replay(&self, turn: &Turn, calls: &[HostCall], held: usize) -> Replayed {
        let recording = Some(Box::new(Recording::new(calls)));
        let (ended, recording) = self.run(turn, None, held, recording).await;
        Replayed { ended, unknown: recording.map_or_else(Vec::new, |recording| recording.unknown) }
    }

    /// Runs one turn, with the host's capabilities or with a recording of them.
    async fn run(
        &self,
        turn: &Turn,
        host: Option<TurnHost>,
        held: usize,
        recording: Option<Box<Recording>>,
    ) -> (Ended, Option<Box<Recording>>) {
        let limits = &self.limits;
        // Neither semaphore is ever closed.
        let of_agent = self.engine.slots().turns(&self.name);
        let _share = of_agent.acquire().await;
        let _permit = self.engine.turns().acquire().await;
        let mut store = match self.store(Some(turn), host, limits.fuel) {
            Ok(store) => store,
            Err(error) => return (ended(Stopped::Trap(format!("{error:#}")), held), None),
        };
        if let Err(over) = store.data_mut().begin(recording, held, size(turn)) {
            return (ended(Stopped::Held(over), held), None);
        }
        let mut began = None;
        let call = async {
            let agent = self.pre.instantiate_async(&mut store).await?;
            began = Some(Instant::now());
            agent.call_handle(&mut store, &turn.clone().convert()).await.map(Convert::convert)
        };
        let called = tokio::time::timeout(limits.wall, self.engine.slots().run(&self.name, call)).await;
        let over = Instant::now();
        let fuel_used = limits.fuel - store.get_fuel().unwrap_or(0);
        let mut state = store.into_data();
        state.log_rest();
        let functions = called.as_ref().ok().and_then(|called| functions(called.as_ref().err()?));
        let result = match called {
            Err(_) => Err(Stopped::Wall(limits.wall)),
            Ok(Err(error)) => Err(why(&error, &state, limits)),
            Ok(Ok(returned)) => match returned.as_ref().map_or_else(size, size) {
                bytes if bytes > limits.returned_bytes_max => Err(Stopped::Oversize(bytes, limits.returned_bytes_max)),
                bytes => match state.budget.charge(bytes) {
                    Ok(()) => given(returned),
                    Err(over) => Err(Stopped::Held(over)),
                },
            },
        };
        let effects = if result.is_ok() { state.effects } else { Vec::new() };
        let mut log = state.log;
        if state.log_dropped > 0 {
            log.push((Level::Warn, format!("{} more lines were dropped", state.log_dropped)));
        }
        // Beside the reason, which is compared when the turn is played again.
        log.extend(functions.map(|functions| (Level::Error, format!("stopped in {functions}"))));
        let ended =
            Ended { result, effects, calls: state.calls, log, held: state.budget.held(), fuel_used, began, over };
        (ended, state.recording)
    }
}

/// The end of a turn that did not begin.
fn ended(stopped: Stopped, held: usize) -> Ended {
    Ended {
        result: Err(stopped),
        effects: Vec::new(),
        calls: Vec::new(),
        log: Vec::new(),
        held,
        fuel_used: 0,
        began: None,
        over: Instant::now(),
    }
}

/// What an agent returned, held to its bounds.
fn given(returned: Result<Outcome, Failure>) -> Result<Outcome, Stopped> {
    match returned {
        Ok(outcome) => within(outcome).map_err(Stopped::Bounds),
        Err(failure) => Err(within(failure).map_or_else(Stopped::Bounds, Stopped::Failure)),
    }
}

/// Holds a value to its bounds.
fn within<T: Within>(mut value: T) -> Result<T, Wrong> {
    bounds::check(&mut value).map(|()| value)
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
