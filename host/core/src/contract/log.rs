//! The types of `log`: lines for the operator's log, with phone numbers masked.

use serde::{Deserialize, Serialize};

/// The log level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Level {
    /// For debugging.
    Debug,
    /// Information.
    Info,
    /// A warning.
    Warn,
    /// An error.
    Error,
}
