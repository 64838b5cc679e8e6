//! WASI clocks that always show the turn's time, and sleeps that return at once.

use std::time::Duration;

use wasmtime::component::Resource;
use wasmtime_wasi::{
    async_trait,
    p2::{
        DynPollable, Pollable,
        bindings::clocks::{monotonic_clock, wall_clock},
        subscribe,
    },
};

use crate::agent::wasi::Wasi;

/// The resolution of both clocks.
const RESOLUTION: Duration = Duration::from_millis(1);

impl wall_clock::Host for Wasi {
    fn now(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        Ok(datetime(Duration::from_millis(self.now)))
    }

    fn resolution(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        Ok(datetime(RESOLUTION))
    }
}

fn datetime(since: Duration) -> wall_clock::Datetime {
    wall_clock::Datetime { seconds: since.as_secs(), nanoseconds: since.subsec_nanos() }
}

impl monotonic_clock::Host for Wasi {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(self.now.saturating_mul(1_000_000))
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(RESOLUTION.as_nanos() as u64)
    }

    fn subscribe_instant(&mut self, _: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.over()
    }

    fn subscribe_duration(&mut self, _: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.over()
    }
}

impl Wasi {
    /// A pollable that is ready at once: waiting would not be in the journal, so a turn never sleeps.
    fn over(&mut self) -> wasmtime::Result<Resource<DynPollable>> {
        let over = self.handles.push(Over)?;
        subscribe(&mut self.handles, over)
    }
}

struct Over;

#[async_trait]
impl Pollable for Over {
    async fn ready(&mut self) {}
}
