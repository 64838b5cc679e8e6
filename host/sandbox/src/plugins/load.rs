//! The loader of components: checks the bytes, has them compiled, links the code and reads the profile.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};
use tokio::sync::{OnceCell, Semaphore};
use tracing::info;

use super::{
    cache::Cache,
    compile::{CompileError, CompileLimits, Compiler},
    manifest::Entry,
    refusal::Refusal,
    structure,
};
use crate::agent::{self, About, Compiled, Engine, SignedBy, Version};

/// How often it is said that a component is still being compiled.
const STILL: Duration = Duration::from_secs(5);

/// Refusals by the compiler that are remembered, so that the same bytes cost their limits once.
const REMEMBERED_MAX: usize = 64;

/// A component's code, and how long it took to compile; none if it came from the cache.
type Code = (Compiled, Option<Duration>);

/// Compiling of one component, for all that wait for it.
type Flight = Arc<OnceCell<Result<Code, Refusal>>>;

/// Loads components, with a cache of compiled code.
pub(super) struct Loader {
    engine: Arc<Engine>,
    pub(super) cache: Arc<Cache>,
    compiler: Compiler,
    /// As many compile at once as there are cores; turns go before them.
    compiling: Semaphore,
    /// What is being compiled, and what the compiler has refused, by SHA-256 and the limits it had.
    flights: Mutex<HashMap<(String, CompileLimits), Flight>>,
}

/// Bytes that passed all checks that are made before compiling.
pub(super) struct Checked {
    wasm: Arc<[u8]>,
    pub(super) sha256: String,
    signed_by: Option<SignedBy>,
}

impl Loader {
    pub(super) fn new(engine: Arc<Engine>, cache: Cache, compiler: Compiler) -> Loader {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Loader { engine, cache: Arc::new(cache), compiler, compiling: Semaphore::new(cores), flights: Mutex::default() }
    }

    /// Checks bytes against the contract's form and an entry of the manifest. Takes some milliseconds of the calling thread.
    pub(super) fn check(wasm: Arc<[u8]>, entry: &Entry, signature: Option<&str>) -> Result<Checked, Refusal> {
        if Engine::is_precompiled(&wasm) {
            return Err(Refusal::Precompiled);
        }
        // The binary's version field is 1 for a core module, and 13 with layer 1 for a component.
        if wasm.starts_with(b"\0asm\x01\0\0\0") {
            return Err(Refusal::CoreModule);
        }
        let imports = structure::check(&wasm)?;
        let sha256 = hex::encode(Sha256::digest(&wasm));
        entry.pinned(&sha256)?;
        let signed_by = entry.trust.check(&entry.component, &wasm, signature)?;
        agent::imports(imports.iter().map(String::as_str), entry.grants)?;
        Ok(Checked { wasm, sha256, signed_by })
    }

    /// Loads a version from checked bytes, with an entry's grants, limits and settings.
    pub(super) async fn load(
        &self,
        checked: Checked,
        entry: &Entry,
        limits: CompileLimits,
    ) -> Result<Version, Refusal> {
        let Checked { wasm, sha256, signed_by } = checked;
        let size = wasm.len();
        let (compiled, compile_time) = self.compile(wasm, &sha256, &entry.component, limits).await?;
        let about = about(entry, sha256, size, compile_time, signed_by);
        Ok(Version::new(self.engine.clone(), compiled, about).await?)
    }

    /// Applies an entry to a loaded version: none if nothing changes.
    pub(super) async fn hold(&self, version: &Version, entry: &Entry) -> Result<Option<Version>, Refusal> {
        let is = version.about();
        entry.pinned(&is.sha256)?;
        entry.trust.still(&entry.component, is.signed_by.as_ref())?;
        let about = about(entry, is.sha256.clone(), is.size, is.compile_time, is.signed_by.clone());
        Ok(if about == *is { None } else { Some(version.under(about).await?) })
    }

    /// The code of a component: compiled once, however many ask for it.
    async fn compile(&self, wasm: Arc<[u8]>, sha256: &str, file: &str, limits: CompileLimits) -> Result<Code, Refusal> {
        let key = (sha256.to_owned(), limits);
        let flight = self.flights().entry(key.clone()).or_default().clone();
        let made = flight.get_or_try_init(|| self.compile_once(wasm, sha256, file, limits)).await.cloned();
        drop(flight);
        let mut flights = self.flights();
        let refused = flights.get(&key).and_then(|flight| flight.get()).is_some_and(Result::is_err);
        if !refused || flights.len() > REMEMBERED_MAX {
            flights.remove(&key);
        }
        drop(flights);
        made?
    }

    /// Takes the code from the cache, or has it compiled; an outer error is not remembered.
    async fn compile_once(
        &self,
        wasm: Arc<[u8]>,
        sha256: &str,
        file: &str,
        limits: CompileLimits,
    ) -> Result<Result<Code, Refusal>, Refusal> {
        if let Some(compiled) = self.cached(sha256).await {
            return Ok(Ok((compiled, None)));
        }
        // The semaphore is never closed.
        let _permit = self.compiling.acquire().await;
        let started = Instant::now();
        info!(file, sha256, "compiling {file}");
        let code = self.compiler.compile(&wasm, limits);
        tokio::pin!(code);
        let code = loop {
            match tokio::time::timeout(STILL, &mut code).await {
                Ok(code) => break code,
                Err(_) => info!(file, sha256, "still compiling {file}: {} s", started.elapsed().as_secs()),
            }
        };
        let code = match code {
            Ok(code) => code,
            Err(CompileError::Refused(error)) => return Ok(Err(Refusal::NoComponent(error))),
            Err(CompileError::Beyond(limit)) => return Ok(Err(Refusal::Compiling(limit))),
            Err(CompileError::Code(code)) => return Ok(Err(Refusal::Structure(code))),
            Err(CompileError::Failed(error)) => return Err(Refusal::Compiler(error)),
        };
        let took = started.elapsed();
        let (engine, cache, sha256) = (self.engine.clone(), self.cache.clone(), sha256.to_owned());
        let read = move || {
            cache.put(&sha256, &code);
            // Code that is mapped from the cache takes no memory of this process's own.
            let mapped = cache.get(&engine, &sha256).map(Ok);
            mapped.unwrap_or_else(|| {
                engine.read_compiled(&code).map_err(|error| Refusal::NoComponent(format!("{error:#}")))
            })
        };
        match tokio::task::spawn_blocking(read).await {
            Ok(compiled) => Ok(compiled.map(|compiled| (compiled, Some(took)))),
            Err(error) => Err(Refusal::Compiler(error.to_string())),
        }
    }

    async fn cached(&self, sha256: &str) -> Option<Compiled> {
        let (engine, cache, sha256) = (self.engine.clone(), self.cache.clone(), sha256.to_owned());
        tokio::task::spawn_blocking(move || cache.get(&engine, &sha256)).await.ok()?
    }

    fn flights(&self) -> std::sync::MutexGuard<'_, HashMap<(String, CompileLimits), Flight>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn pinned(&self, sha256: &str) -> Result<(), Refusal> {
        match &self.sha256 {
            Some(pin) if pin != sha256 => Err(Refusal::Pinned(sha256.to_owned())),
            _ => Ok(()),
        }
    }
}

fn about(
    entry: &Entry,
    sha256: String,
    size: usize,
    compile_time: Option<Duration>,
    signed_by: Option<SignedBy>,
) -> About {
    About {
        name: entry.name.clone(),
        file: entry.component.clone(),
        sha256,
        size,
        compile_time,
        grants: entry.grants,
        limits: entry.limits.clone(),
        settings: entry.settings.clone(),
        signed_by,
        settings_of: entry.settings_of.clone(),
        access: entry.access.clone(),
    }
}
