//! Resource limits of one turn, and the limiter for memory and tables.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use wasmtime::ResourceLimiter;

/// The largest memory limit an agent can be given: the size of a slot in the instance pool.
pub const MEMORY_BYTES_CEILING: usize = 64 << 20;

/// The interval of epoch ticks: an agent yields its thread at every tick.
pub(super) const EPOCH_TICK: Duration = Duration::from_millis(5);

/// Log lines kept from one turn.
pub(super) const LINES_MAX: usize = 64;

/// The largest number of table elements in an instance. A Rust agent has a few hundred.
const TABLE_ELEMENTS_MAX: usize = 20_000;

/// Resource limits of one turn. A turn that exceeds one is stopped; later turns are not affected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all linear memories together.
    pub memory_bytes_max: usize,
    /// Fuel: roughly, wasm instructions.
    pub fuel: u64,
    /// CPU time. Waiting for capabilities is not counted.
    pub cpu: Duration,
    /// Wall-clock time, waiting included.
    pub wall: Duration,
    /// The number of capability calls.
    pub host_calls_max: u32,
    /// Bytes of all texts in an outcome.
    pub returned_bytes_max: usize,
    /// Bytes of everything that the host holds for a turn, as JSON: the turn's record, arguments and results of calls, effects, log lines,
    /// outcomes. All agents of the turn count together.
    pub held_bytes_max: usize,
    /// Bytes of an agent's effects in a turn, as JSON.
    pub written_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            memory_bytes_max: 16 << 20,
            fuel: 2_000_000_000,
            cpu: Duration::from_secs(1),
            wall: Duration::from_secs(30),
            host_calls_max: 256,
            returned_bytes_max: 256 << 10,
            held_bytes_max: 4 << 20,
            written_bytes_max: 1 << 20,
        }
    }
}

/// Limits as they are written, by their keys in `plugins.toml`: those of a turn, and those of loading, which hold for all components. What
/// is not written is left as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WrittenLimits {
    memory_bytes_max: Option<usize>,
    fuel: Option<u64>,
    cpu_ms: Option<u64>,
    wall_ms: Option<u64>,
    host_calls_max: Option<u32>,
    returned_bytes_max: Option<usize>,
    held_bytes_max: Option<usize>,
    written_bytes_max: Option<usize>,
    /// The size of a component, in bytes.
    pub(crate) component_bytes_max: Option<u64>,
    /// Processor seconds of compiling one.
    pub(crate) compile_cpu_seconds: Option<u32>,
    /// Bytes of memory of compiling one.
    pub(crate) compile_memory_bytes: Option<u64>,
}

impl WrittenLimits {
    /// The limits of a turn with those that are written here, and the rest of these.
    pub(crate) fn over(&self, base: &Limits) -> Limits {
        Limits {
            memory_bytes_max: self.memory_bytes_max.unwrap_or(base.memory_bytes_max),
            fuel: self.fuel.unwrap_or(base.fuel),
            cpu: self.cpu_ms.map_or(base.cpu, Duration::from_millis),
            wall: self.wall_ms.map_or(base.wall, Duration::from_millis),
            host_calls_max: self.host_calls_max.unwrap_or(base.host_calls_max),
            returned_bytes_max: self.returned_bytes_max.unwrap_or(base.returned_bytes_max),
            held_bytes_max: self.held_bytes_max.unwrap_or(base.held_bytes_max),
            written_bytes_max: self.written_bytes_max.unwrap_or(base.written_bytes_max),
        }
    }

    /// The first key of loading that is written, if one is: it holds for all components, and so stands in `[limits]` only.
    pub(crate) fn of_loading(&self) -> Option<&'static str> {
        let is_written = [
            ("component_bytes_max", self.component_bytes_max.is_some()),
            ("compile_cpu_seconds", self.compile_cpu_seconds.is_some()),
            ("compile_memory_bytes", self.compile_memory_bytes.is_some()),
        ];
        is_written.iter().find(|(_, is_written)| *is_written).map(|(key, _)| *key)
    }
}

impl Limits {
    /// The lower of each limit.
    pub(super) fn least(&self, other: &Limits) -> Limits {
        Limits {
            memory_bytes_max: self.memory_bytes_max.min(other.memory_bytes_max),
            fuel: self.fuel.min(other.fuel),
            cpu: self.cpu.min(other.cpu),
            wall: self.wall.min(other.wall),
            host_calls_max: self.host_calls_max.min(other.host_calls_max),
            returned_bytes_max: self.returned_bytes_max.min(other.returned_bytes_max),
            held_bytes_max: self.held_bytes_max.min(other.held_bytes_max),
            written_bytes_max: self.written_bytes_max.min(other.written_bytes_max),
        }
    }

    /// These by their keys in `plugins.toml`.
    pub(crate) fn by_key(&self) -> BTreeMap<String, u64> {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        [
            ("memory_bytes_max", self.memory_bytes_max as u64),
            ("fuel", self.fuel),
            ("cpu_ms", millis(self.cpu)),
            ("wall_ms", millis(self.wall)),
            ("host_calls_max", self.host_calls_max.into()),
            ("returned_bytes_max", self.returned_bytes_max as u64),
            ("held_bytes_max", self.held_bytes_max as u64),
            ("written_bytes_max", self.written_bytes_max as u64),
        ]
        .map(|(key, limit)| (key.to_owned(), limit))
        .into()
    }

    /// Bytes that one call from guest to host may carry: an outcome at its limit, its lists, and 64 KiB of slack.
    pub(super) fn crossing_bytes_max(&self) -> usize {
        self.returned_bytes_max.saturating_mul(2).saturating_add(64 << 10)
    }

    /// The bytes of memory that a turn under these limits takes at most: what the host holds for it and what crosses in one call; beside
    /// that, first the guest's memory, and when that is free again the rows that are made of the turn and its journal.
    pub fn memory_bytes(&self) -> usize {
        let guest_or_rows = self.memory_bytes_max.max(self.held_bytes_max.saturating_mul(3));
        self.held_bytes_max.saturating_add(self.crossing_bytes_max()).saturating_add(guest_or_rows)
    }
}

/// A component asked for more memory or table elements than its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OverMemory {
    /// Bytes of memory: what it would have then, and the limit.
    #[error("{bytes} of {max} bytes (`memory_bytes_max` in plugins.toml)")]
    Bytes {
        /// What it would have.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// Elements of tables: what it would have then.
    #[error("{0} of {TABLE_ELEMENTS_MAX} table elements")]
    Elements(usize),
    /// The system gave no more.
    #[error("the system gave no more of it")]
    System,
}

/// The limits that decide what a turn gives, as journals hold them: all but those of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RecordedLimits {
    /// Fuel: roughly, wasm instructions.
    pub fuel: u64,
    /// Bytes of all linear memories together.
    pub memory: usize,
    /// The number of capability calls.
    pub calls: u32,
    /// Bytes of all texts in an outcome.
    pub returned: usize,
    /// Bytes of everything that the host holds for a turn.
    pub held: usize,
    /// Bytes of an agent's effects in a turn.
    pub written: usize,
}

/// The time that a replay may take: far more than a turn, since a machine may be slower than the one that recorded.
const REPLAY_TIME: Duration = Duration::from_secs(20);

impl From<&Limits> for RecordedLimits {
    fn from(limits: &Limits) -> RecordedLimits {
        RecordedLimits {
            fuel: limits.fuel,
            memory: limits.memory_bytes_max,
            calls: limits.host_calls_max,
            returned: limits.returned_bytes_max,
            held: limits.held_bytes_max,
            written: limits.written_bytes_max,
        }
    }
}

impl From<RecordedLimits> for Limits {
    /// The limits of a replay.
    fn from(recorded: RecordedLimits) -> Limits {
        Limits {
            memory_bytes_max: recorded.memory,
            fuel: recorded.fuel,
            cpu: REPLAY_TIME,
            wall: REPLAY_TIME,
            host_calls_max: recorded.calls,
            returned_bytes_max: recorded.returned,
            held_bytes_max: recorded.held,
            written_bytes_max: recorded.written,
        }
    }
}

/// The resource limiter of a store. It counts all memories and tables together; wasmtime's own limiter checks one
/// memory at a time.
#[derive(Debug)]
pub(super) struct Meter {
    memory_bytes: usize,
    memory_bytes_max: usize,
    table_elements: usize,
    refused: Option<OverMemory>,
}

impl Meter {
    pub(super) fn new(memory_bytes_max: usize) -> Meter {
        Meter { memory_bytes: 0, memory_bytes_max, table_elements: 0, refused: None }
    }

    /// The growth that it refused, if any. Most guests abort on that, so it explains the trap that follows.
    pub(super) fn refused(&self) -> Option<OverMemory> {
        self.refused
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.memory_bytes.saturating_add(desired.saturating_sub(current));
        let fits = total <= self.memory_bytes_max;
        if fits {
            self.memory_bytes = total;
        } else {
            self.refused = Some(OverMemory::Bytes { bytes: total, max: self.memory_bytes_max });
        }
        Ok(fits)
    }

    // A failed growth stays counted: counting too much is safe, and a guest cannot gain memory by failing.
    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.refused = Some(OverMemory::System);
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.table_elements.saturating_add(desired.saturating_sub(current));
        let fits = total <= TABLE_ELEMENTS_MAX;
        if fits {
            self.table_elements = total;
        } else {
            self.refused = Some(OverMemory::Elements(total));
        }
        Ok(fits)
    }

    fn table_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.refused = Some(OverMemory::System);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_count_together() {
        let mut meter = Meter::new(100);
        assert!(meter.memory_growing(0, 60, None).expect("no error"));
        assert!(!meter.memory_growing(0, 60, None).expect("no error"));
        let over = meter.refused().expect("it was refused").to_string();
        assert_eq!(over, "120 of 100 bytes (`memory_bytes_max` in plugins.toml)");
        assert!(meter.memory_growing(60, 100, None).expect("no error"));
    }
}
