//! Lines for the operator's log. Numbers that look like phone numbers are masked.

use serde::{Deserialize, Serialize};

/// How loud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Level {
    Debug,
    Info,
    Warn,
    Error,
}
