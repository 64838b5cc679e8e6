//! The loader of components: verifies the bytes, compiles them off the async threads, links them and reads the
//! profile.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::{cache::Cache, manifest::Entry};
use crate::agent::{About, Compiled, Engine, Unfit, Version};

/// A component is refused.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It is too large: its length, and the limit.
    #[error("{0} bytes are more than component_bytes_max = {1} in plugins.toml")]
    TooLarge(u64, u64),
    /// Its SHA-256 is not the one pinned in `plugins.toml`.
    #[error("its sha-256 is {0}, but plugins.toml pins another: update the pin if this file is meant")]
    Pinned(String),
    /// It is precompiled machine code, which is never accepted.
    #[error("it is code that was already compiled; give the component itself")]
    Precompiled,
    /// It is a core module, not a component.
    #[error("it is a core module, not a component: link it with wasm-component-ld, see agents/README.md")]
    CoreModule,
    /// It is not a valid WebAssembly file.
    #[error("it is no WebAssembly, or not whole: {0}")]
    NoComponent(String),
    /// It cannot be loaded as an agent.
    #[error(transparent)]
    Unfit(#[from] Unfit),
}

/// Compiles components, with a cache of compiled code.
pub(super) struct Loader {
    engine: Arc<Engine>,
    cache: Arc<Cache>,
    /// Limits concurrent compilations to fewer than the cores, so that turns go on.
    compiling: Semaphore,
}

impl Loader {
    pub(super) fn new(engine: Arc<Engine>, cache: Cache) -> Loader {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Loader { engine, cache: Arc::new(cache), compiling: Semaphore::new((cores - 1).max(1)) }
    }

    /// Loads a version from bytes, with an entry's grants, limits and settings.
    pub(super) async fn load(&self, wasm: Arc<[u8]>, entry: &Entry) -> Result<Version, Refusal> {
        if Engine::is_precompiled(&wasm) {
            return Err(Refusal::Precompiled);
        }
        // The binary's version field is 1 for a core module, and 13 with layer 1 for a component.
        if wasm.starts_with(b"\0asm\x01\0\0\0") {
            return Err(Refusal::CoreModule);
        }
        let sha256 = hex::encode(Sha256::digest(&wasm));
        entry.pinned(&sha256)?;
        let size = wasm.len();
        let (compiled, compile_time) = self.compile(wasm, &sha256).await?;
        let about = about(entry, sha256, size, compile_time);
        Ok(Version::new(self.engine.clone(), compiled, about).await?)
    }

    /// Applies an entry to a loaded version: none if nothing changes.
    pub(super) async fn hold(&self, version: &Version, entry: &Entry) -> Result<Option<Version>, Refusal> {
        let is = version.about();
        entry.pinned(&is.sha256)?;
        let about = about(entry, is.sha256.clone(), is.size, is.compile_time);
        Ok(if about == *is { None } else { Some(version.under(about).await?) })
    }

    async fn compile(&self, wasm: Arc<[u8]>, sha256: &str) -> Result<(Compiled, Option<Duration>), Refusal> {
        let (engine, cache, sha256) = (self.engine.clone(), self.cache.clone(), sha256.to_owned());
        // The semaphore is never closed.
        let _permit = self.compiling.acquire().await;
        let work = move || {
            if let Some(compiled) = cache.get(&engine, &sha256) {
                return Ok((compiled, None));
            }
            let started = Instant::now();
            let compiled = engine.compile(&wasm).map_err(|error| Refusal::NoComponent(format!("{error:#}")))?;
            let took = started.elapsed();
            // The cache is written in the background.
            let kept = compiled.clone();
            tokio::task::spawn_blocking(move || cache.put(&sha256, &kept));
            Ok((compiled, Some(took)))
        };
        tokio::task::spawn_blocking(work)
            .await
            .unwrap_or_else(|_| Err(Refusal::NoComponent("the compiler gave up on it".into())))
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

fn about(entry: &Entry, sha256: String, size: usize, compile_time: Option<Duration>) -> About {
    About {
        name: entry.name.clone(),
        file: entry.component.clone(),
        sha256,
        size,
        compile_time,
        grants: entry.grants,
        limits: entry.limits.clone(),
        settings: entry.settings.clone(),
    }
}
