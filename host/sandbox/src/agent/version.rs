//! A version of an agent: one component, compiled, linked and described; each turn gets a fresh instance of it.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use wasmtime::{PoolConcurrencyLimitError, Store, Trap, UpdateDeadline};

use super::{
    bindings::AgentPre,
    capability::{Capability, Grants, wasi},
    convert::Convert,
    engine::{Compiled, Engine},
    limits::Limits,
    state::{HostCall, State, TurnHost},
};
use switchboard_core::{
    contract::{
        log::Level,
        types::{Failure, Outcome, Profile, Turn},
    },
    effect::Effect,
    name::is_agent_name,
};

/// The package that the contract is, up to its interfaces.
const PACKAGE: &str = "switchboard:agent/";

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

/// Why a component cannot be an agent here.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// It wants what it was not granted.
    #[error(
        "it imports `{0}`, which is not granted: add \"{0}\" to the agent's `capabilities` in plugins.toml if it may have it"
    )]
    NotGranted(String),
    /// It was built with a tool chain that wants WASI.
    #[error(
        "it imports `{0}`, and no WASI is granted: add \"wasi\" to the agent's `capabilities` in plugins.toml for an inert one, or \
         build it for the target wasm32-unknown-unknown, see agents/README.md"
    )]
    Wasi(String),
    /// It wants more of WASI than there is.
    #[error(
        "it imports `{0}`: the inert WASI has wasi:cli, clocks, filesystem, io, random and sockets of 0.2 and nothing else; build it \
         without, see docs/other-languages.md"
    )]
    WasiLacks(String),
    /// It imports what no version of the contract has.
    #[error("it imports `{0}`, which this host does not know; it serves switchboard:agent@1.0")]
    Unknown(String),
    /// It does not fit the contract.
    #[error("it is no agent of switchboard:agent@1.0: {0}")]
    World(String),
    /// It failed to describe itself.
    #[error("its `describe` failed: {0}")]
    Describe(String),
    /// Its profile is not usable.
    #[error("its profile is not usable: {0}")]
    Profile(String),
}

/// Why a turn has no outcome.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The agent said so.
    #[error("the agent failed: {}", failure(.0))]
    Failure(Failure),
    /// A trap: a panic, an access out of bounds.
    #[error("the agent trapped: {0}")]
    Trap(String),
    /// Too many instructions.
    #[error("the agent ran out of fuel")]
    Fuel,
    /// Too long on a processor.
    #[error("the agent took more processor time than a turn may")]
    Deadline,
    /// Too long altogether.
    #[error("the agent took longer than a turn may")]
    Wall,
    /// Memory or tables beyond the limit.
    #[error("the agent wanted more memory than a turn may have")]
    Memory,
    /// Calls too deep.
    #[error("the agent called too deep")]
    Stack,
    /// Too many calls of capabilities.
    #[error("the agent called more capabilities than a turn may")]
    HostCalls,
    /// The outcome, or what was handed to a capability, is too large.
    #[error("the agent's answer is larger than a turn may give")]
    Oversize,
    /// The host had no room for the turn.
    #[error("no sandbox is free")]
    Pool,
}

impl Stopped {
    /// A trap or a broken limit: the version's own doing, and another may do better.
    pub fn is_breach(&self) -> bool {
        !matches!(self, Stopped::Failure(_) | Stopped::Pool)
    }
}

fn failure(failure: &Failure) -> String {
    match failure {
        Failure::Invalid(text) => format!("invalid: {text}"),
        Failure::Internal(text) => text.clone(),
        Failure::Other(other) => other.kind.clone(),
    }
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

/// Which limit a turn ran into.
fn why(error: &wasmtime::Error, state: &State) -> Stopped {
    if error.downcast_ref::<PoolConcurrencyLimitError>().is_some() {
        return Stopped::Pool;
    }
    if state.calls_spent {
        return Stopped::HostCalls;
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => Stopped::Fuel,
        Some(Trap::Interrupt) => Stopped::Deadline,
        Some(Trap::StackOverflow) => Stopped::Stack,
        _ if state.meter.refused() => Stopped::Memory,
        Some(trap) => Stopped::Trap(trap.to_string()),
        None => {
            // Without the guest's backtrace, which wasmtime puts before it.
            let text = error.root_cause().to_string();
            // What crosses from guest to host is metered by wasmtime, which has no type for this error.
            if text.contains("hostcall") { Stopped::Oversize } else { Stopped::Trap(text) }
        }
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

/// The capabilities that a component imports, all of them granted.
fn imports(engine: &Engine, compiled: &Compiled, grants: Grants) -> Result<Vec<String>, Unfit> {
    let mut imports = Vec::new();
    for (import, _) in compiled.0.component_type().imports(engine.wasmtime()) {
        if import.starts_with("wasi:") {
            match grants.holds(Capability::Wasi) {
                _ if !wasi::has(import) => return Err(Unfit::WasiLacks(import.to_owned())),
                false => return Err(Unfit::Wasi(import.to_owned())),
                true if imports.iter().any(|import| import == "wasi") => {}
                true => imports.push("wasi".to_owned()),
            }
            continue;
        }
        let named = import.strip_prefix(PACKAGE).and_then(|rest| rest.split_once('@'));
        let Some((interface, version)) = named else { return Err(Unfit::Unknown(import.to_owned())) };
        if !version.starts_with("1.") {
            return Err(Unfit::Unknown(import.to_owned()));
        }
        match Capability::named(interface) {
            Some(Capability::Wasi) => return Err(Unfit::Unknown(import.to_owned())),
            Some(capability) if grants.holds(capability) => imports.push(interface.to_owned()),
            Some(_) => return Err(Unfit::NotGranted(interface.to_owned())),
            None if interface == "types" => {}
            None => return Err(Unfit::Unknown(import.to_owned())),
        }
    }
    Ok(imports)
}

fn check(profile: &Profile, expected: &str) -> Result<(), String> {
    if !is_agent_name(&profile.name) {
        return Err(format!("its name `{}` is not lower-case letters, digits and `_`", profile.name));
    }
    if profile.name != expected {
        return Err(format!(
            "it calls itself `{}`, but its file or entry is `{expected}`: name them alike",
            profile.name
        ));
    }
    let Some(title) = profile.titles.first() else { return Err("it has no title for the menu".into()) };
    if title.title.trim().is_empty() {
        return Err("its first title is empty".into());
    }
    if let Some(keyword) = profile.keywords.iter().find(|keyword| !(-5.0..=5.0).contains(&keyword.weight)) {
        return Err(format!("the keyword `{}` weighs {}; from -5 to 5", keyword.words, keyword.weight));
    }
    let mut flows: Vec<&str> = profile.flows.iter().map(|flow| flow.name.as_str()).collect();
    flows.sort_unstable();
    if let Some(twice) = flows.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!("it has two flows named `{}`", twice[0]));
    }
    if let Some(unknown) = profile.wants.iter().find(|want| Capability::named(want).is_none()) {
        return Err(format!("it wants `{unknown}`, which is no capability"));
    }
    Ok(())
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
