//! WASI's state for one turn: the turn's clock, random numbers from its seed, and the guest's printed output. It has
//! no access to the machine.

mod printed;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, p2::DynOutputStream};

use super::draw::Draws;
use printed::Printed;
use switchboard_core::contract::log::Level;

/// The most resource handles of a turn.
const HANDLES_MAX: usize = 4_096;

/// What WASI's state of a turn holds at most, in bytes: a handle takes less than 256, and printed lines less than 256 KiB.
pub(super) const HELD_BYTES_MAX: usize = HANDLES_MAX * 256 + (256 << 10);

/// The most random bytes in one call; a guest that asks for more is stopped.
const RANDOM_BYTES_MAX: u64 = 64 << 10;

/// WASI's state for one turn.
pub(super) struct Wasi {
    /// The context of the crate, empty.
    pub(super) ctx: WasiCtx,
    pub(super) handles: ResourceTable,
    /// The turn's time, in milliseconds since 1970.
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

    /// Takes the complete lines printed so far, and the number of lines dropped.
    pub(super) fn take_lines(&mut self) -> (Vec<(Level, String)>, u32) {
        self.printed.take()
    }

    /// Takes all lines at the end of a turn, including a last one without a newline.
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

    /// An output stream whose lines go to the log at this level.
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
