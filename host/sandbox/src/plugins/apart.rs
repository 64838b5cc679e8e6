//! Versions that never serve: loaded beside those in service, to play recorded turns.

use std::sync::Arc;

use super::{
    load::Loader,
    manifest::{Entry, Update},
    refusal::Refusal,
    registry::Plugins,
    signature::Trust,
};
use crate::agent::{Capability, Limits, Version};

impl Plugins {
    /// Loads a component apart from those in service, under these limits. It may import every capability, since a recording answers its
    /// calls; the manifest's limits of compiling hold for it as for any other.
    pub async fn load_apart(&self, name: &str, wasm: Arc<[u8]>, limits: Limits) -> Result<Version, Refusal> {
        let bytes_max = self.component_bytes_max();
        if wasm.len() as u64 > bytes_max {
            return Err(Refusal::TooLarge(bytes_max));
        }
        let entry = Entry {
            name: name.to_owned(),
            component: format!("{name}.wasm"),
            grants: Capability::ALL.iter().copied().collect(),
            limits,
            settings: "{}".to_owned(),
            settings_of: Default::default(),
            access: Arc::default(),
            sha256: None,
            update: Update::Instant,
            is_gated: false,
            // It was accepted when it served, or never serves.
            trust: Trust::default(),
        };
        let checked = {
            let entry = entry.clone();
            let check = tokio::task::spawn_blocking(move || Loader::check(wasm, &entry, None));
            check.await.unwrap_or_else(|error| Err(Refusal::Compiler(error.to_string())))?
        };
        let compiling = self.inner.manifest.load().compiling;
        self.inner.loader.load(checked, &entry, compiling).await
    }
}
