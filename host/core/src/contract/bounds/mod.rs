//! Bounds of what an agent hands to the host: each text, number and list of an argument, an outcome or a profile has one, in [`table`].
//!
//! The sandbox checks a value before anything else sees it: arguments in the adapter of each capability, an outcome and a profile when
//! they are lifted. What is beyond its bound is refused with the field's name, or cut where the table says so. What the database would
//! refuse (NULs, half surrogate pairs, numbers beyond `numeric`) is refused or cut here too.

mod json;
mod table;
mod within;
mod wrong;

pub use table::{LOG_LINE_BYTES_MAX, MODEL_ENTRIES_BYTES_MAX, TABLE, TIMER_AHEAD_MS, bound, functions};
pub use within::{Bound, Item, Within, check};
pub use wrong::{Wrong, kebab};

#[cfg(test)]
mod tests;
