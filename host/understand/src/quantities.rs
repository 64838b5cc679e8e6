//! Quantities: numbers with a unit.

use switchboard_core::contract::readings::Reading;

use crate::{Setting, words::Words};

/// Reads them.
pub fn read(_words: &Words<'_>, _setting: &Setting<'_>, _found: &mut Vec<Reading>) {}
