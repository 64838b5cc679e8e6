//! What one turn has of WASI: the turn's clock, random numbers from its seed, and what the guest printed. Nothing of the machine.

mod printed;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, p2::DynOutputStream};

use super::draw::Draws;
use printed::Printed;
use switchboard_core::contract::log::Level;

/// Handles that a turn may hold at once.
const HANDLES_MAX: usize = 4_096;

/// Random bytes of one call; a guest that asks for more is stopped.
const RANDOM_BYTES_MAX: u64 = 64 << 10;

/// What one turn has of WASI.
pub(super) struct Wasi {
    /// The empty rest.
    pub(super) ctx: WasiCtx,
    pub(super) handles: ResourceTable,
    /// In milliseconds since 1970.
    pub(super) now: u64,
    draws: Draws,
    printed: Printed,
}

impl Wasi {
    pub(super) fn new(now: u64, draws: Draws) -> Wasi {
        let ctx = WasiCtx::builder().allow_tcp(false).allow_udp(false).allow_ip_name_lookup(false).build();
        let mut handles = ResourceTable::new();
        handles.set_max_capacity(HANDLES_MAX);
        Wasi { ctx, handles, now, draws, printed: Printed::default() }
    }

    /// The whole lines printed so far, and how many were too many.
    pub(super) fn take_lines(&mut self) -> (Vec<(Level, String)>, u32) {
        self.printed.take()
    }

    /// The same at the end of a turn: also what no newline came after.
    pub(super) fn take_rest(&mut self) -> (Vec<(Level, String)>, u32) {
        self.printed.end();
        self.printed.take()
    }

    pub(super) fn random_bytes(&mut self, count: u64) -> wasmtime::Result<Vec<u8>> {
        wasmtime::ensure!(count <= RANDOM_BYTES_MAX, "{count} random bytes are more than {RANDOM_BYTES_MAX}");
        let words = count.div_ceil(8);
        let mut bytes: Vec<u8> = (0..words).flat_map(|_| self.draws.draw().to_le_bytes()).collect();
        bytes.truncate(count as usize);
        Ok(bytes)
    }

    /// The next random number.
    pub(super) fn draw(&mut self) -> u64 {
        self.draws.draw()
    }

    /// A stream whose lines go to the log at this level.
    pub(super) fn stream(&self, level: Level) -> DynOutputStream {
        self.printed.stream(level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_is_of_the_asked_length_and_goes_on() {
        let mut wasi = Wasi::new(0, Draws::new(7));
        let (first, second) = (wasi.random_bytes(13).expect("few"), wasi.random_bytes(13).expect("few"));
        assert_eq!((first.len(), second.len()), (13, 13));
        assert_ne!(first, second);
        assert_eq!(Wasi::new(0, Draws::new(7)).random_bytes(13).expect("few"), first);
        assert!(wasi.random_bytes(0).expect("none").is_empty());
        assert!(wasi.random_bytes(u64::MAX).is_err());
    }
}
