//! Numbers, in digits of all scripts and in words.

use switchboard_core::contract::readings::Reading;

use crate::words::Words;

/// Reads them.
pub fn read(_words: &Words<'_>, _found: &mut Vec<Reading>) {}
