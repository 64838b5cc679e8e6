//! Why a replay could not be made.

use switchboard_store::StoreError;

/// A replay could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The component that ran is not there any more.
    #[error(
        "the component of agent `{agent}` with the sha-256 {sha256} is not kept any more: give its file with --with"
    )]
    NoComponent {
        /// The agent.
        agent: String,
        /// The SHA-256 of its component.
        sha256: String,
    },
    /// The loader refuses the component.
    #[error("agent `{0}`: {1}")]
    Refused(String, String),
    /// The agent did not run in the turn.
    #[error("agent `{0}` did not run in this turn: {1} did")]
    NotThere(String, String),
    /// A component's file cannot be read.
    #[error("{0}: {1}")]
    File(String, String),
    /// What was meant is no version, or several.
    #[error(
        "`{0}` is the beginning of no kept version's sha-256, or of several ({1} others): `agents history` lists them; or give the path of \
         a .wasm file"
    )]
    NotOne(String, usize),
    /// No replay of the version is stored.
    #[error("no replay of agent `{0}` with a version {1} is stored, or of several: `agents history {0}` lists them")]
    NotPlayed(String, String),
    /// A task of the replay ended early.
    #[error("the replay was broken off: {0}")]
    Task(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
