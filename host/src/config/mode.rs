//! The mode: production or development.

/// The mode that a host runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is generated: a host with a missing secret does not start.
    Production,
    /// Secrets are generated in the data folder, and replies go to the built-in emulator.
    Development,
}

impl Mode {
    /// The word of `SWITCHBOARD_ENV`.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Production => "production",
            Mode::Development => "development",
        }
    }
}
