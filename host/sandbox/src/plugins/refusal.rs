//! Why a component is refused.

use super::signature::SignatureError;
use crate::agent::Unfit;

/// A component is refused.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// It is larger than the limit, in bytes.
    #[error("it has more bytes than component_bytes_max = {0} in plugins.toml")]
    TooLarge(u64),
    /// Its SHA-256 is not the one pinned in `plugins.toml`.
    #[error("its sha-256 is {0}, but plugins.toml pins another: update the pin if this file is meant")]
    Pinned(String),
    /// Its signature does not do.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// It is precompiled machine code, which is never accepted.
    #[error("it is code that was already compiled; give the component itself")]
    Precompiled,
    /// It is a core module, not a component.
    #[error("it is a core module, not a component: link it with wasm-component-ld, see agents/README.md")]
    CoreModule,
    /// It is not a valid WebAssembly file.
    #[error("it is no WebAssembly, or not whole: {0}")]
    NoComponent(String),
    /// Its structure is beyond a bound: see `docs/configuration.md`.
    #[error("{0}")]
    Structure(String),
    /// Compiling it takes more than plugins.toml allows.
    #[error("compiling it takes more than {0} of [limits] in plugins.toml")]
    Compiling(String),
    /// The compiler failed, which is not its fault.
    #[error("it could not be compiled, and is tried again within a minute: {0}")]
    Compiler(String),
    /// It cannot be loaded as an agent.
    #[error(transparent)]
    Unfit(#[from] Unfit),
}

/// A file was not loaded.
pub(super) enum NotLoaded {
    /// For what it is.
    Refused(String),
    /// Through no fault of its own: another time it may be.
    Failed(String),
}

impl From<Refusal> for NotLoaded {
    fn from(refusal: Refusal) -> NotLoaded {
        match refusal {
            Refusal::Compiler(_) => NotLoaded::Failed(refusal.to_string()),
            _ => NotLoaded::Refused(refusal.to_string()),
        }
    }
}
