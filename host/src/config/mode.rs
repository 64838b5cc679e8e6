//! Production or development.

/// Where the host runs, and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is made up: a missing secret refuses to start.
    Production,
    /// DevelopmentSecrets are made in the data folder, and replies go to the built-in emulator.
    Development,
}
