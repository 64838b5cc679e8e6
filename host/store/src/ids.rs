//! Ids of rows, given out by the program.

use std::{collections::VecDeque, ops::Range};

/// Ids to be given out, in order, so that a batch needs no answer from the database to link its rows. One counter serves
/// deliveries, messages, lanes, replies and batches.
pub(crate) struct Ids {
    /// SQLite has one writer: all that are left. Postgres: those that this batch reserved.
    free: VecDeque<Range<i64>>,
}

impl Ids {
    /// All ids after this one.
    pub(crate) fn after(last: i64) -> Ids {
        Ids { free: std::iter::once(last + 1..i64::MAX).collect() }
    }

    /// Those that were reserved.
    pub(crate) fn reserved(free: VecDeque<Range<i64>>) -> Ids {
        Ids { free }
    }

    pub(crate) fn next(&mut self) -> i64 {
        while let Some(range) = self.free.front_mut() {
            if let Some(id) = range.next() {
                return id;
            }
            self.free.pop_front();
        }
        tracing::error!("a batch needs more ids than it reserved: it fails as a whole");
        0
    }

    /// The one that is next.
    pub(crate) fn peek(&self) -> i64 {
        self.free.iter().find(|range| !range.is_empty()).map_or(0, |range| range.start)
    }
}
