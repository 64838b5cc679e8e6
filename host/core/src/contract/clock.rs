//! The types of `clock`: local time in the person's time zone.

use serde::{Deserialize, Serialize};

/// The parts of a local time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LocalTime {
    /// The year.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 1 is Monday, 7 is Sunday.
    pub weekday: u8,
}
