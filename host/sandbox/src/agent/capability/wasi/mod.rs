//! The capability `wasi`: an inert WASI 0.2, for components of tool chains that import it.
//!
//! There are no environment variables, arguments, files or sockets; stdin is at its end. Clock and random numbers
//! come from the turn, so that it can be replayed. The state is made at the first call, so a guest that makes none
//! pays nothing.

mod time;

use wasmtime::component::{HasData, Linker};
use wasmtime_wasi::{
    WasiCtxView, WasiView,
    p2::{self, DynOutputStream, bindings},
};

use crate::agent::{state::State, wasi::Wasi};
use switchboard_core::contract::log::Level;

/// The WASI packages that are provided, at least in part.
const PACKAGES: [&str; 6] = ["cli", "clocks", "filesystem", "io", "random", "sockets"];

/// Whether an import of `wasi:…` may be linked.
pub(in crate::agent) fn has(import: &str) -> bool {
    let Some((package, rest)) = import.strip_prefix("wasi:").and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let version = rest.split_once('@').map_or("", |(_, version)| version);
    PACKAGES.contains(&package) && version.starts_with("0.2.")
}

/// Links all provided interfaces.
pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    use bindings::{cli, clocks, random};

    p2::add_to_linker_async(linker)?;
    // Our deterministic implementations replace the crate's, which would use the machine's clock and randomness.
    linker.allow_shadowing(true);
    clocks::wall_clock::add_to_linker::<State, Wasi>(linker, State::wasi)?;
    clocks::monotonic_clock::add_to_linker::<State, Wasi>(linker, State::wasi)?;
    random::random::add_to_linker::<State, Wasi>(linker, State::wasi)?;
    random::insecure::add_to_linker::<State, Wasi>(linker, State::wasi)?;
    random::insecure_seed::add_to_linker::<State, Wasi>(linker, State::wasi)?;
    cli::stdout::add_to_linker::<State, Wasi>(linker, State::wasi)?;
    cli::stderr::add_to_linker::<State, Wasi>(linker, State::wasi)?;
    linker.allow_shadowing(false);
    Ok(())
}

impl HasData for Wasi {
    type Data<'a> = &'a mut Wasi;
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let wasi = self.wasi();
        WasiCtxView { ctx: &mut wasi.ctx, table: &mut wasi.handles }
    }
}

// One sequence for all three random interfaces: it is deterministic, so no agent may use it for secrets.
impl bindings::random::random::Host for Wasi {
    fn get_random_bytes(&mut self, count: u64) -> wasmtime::Result<Vec<u8>> {
        self.random_bytes(count)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.draw())
    }
}

impl bindings::random::insecure::Host for Wasi {
    fn get_insecure_random_bytes(&mut self, count: u64) -> wasmtime::Result<Vec<u8>> {
        self.random_bytes(count)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.draw())
    }
}

impl bindings::random::insecure_seed::Host for Wasi {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        Ok((self.draw(), self.draw()))
    }
}

impl bindings::cli::stdout::Host for Wasi {
    fn get_stdout(&mut self) -> wasmtime::Result<wasmtime::component::Resource<DynOutputStream>> {
        let stream = self.stream(Level::Info);
        Ok(self.handles.push(stream)?)
    }
}

impl bindings::cli::stderr::Host for Wasi {
    fn get_stderr(&mut self) -> wasmtime::Result<wasmtime::component::Resource<DynOutputStream>> {
        let stream = self.stream(Level::Warn);
        Ok(self.handles.push(stream)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_packages_of_0_2_are_there() {
        for import in ["wasi:cli/stdout@0.2.9", "wasi:io/poll@0.2.0", "wasi:sockets/udp@0.2.6"] {
            assert!(has(import), "{import}");
        }
        for import in
            ["wasi:http/types@0.2.0", "wasi:cli/stdout@0.3.0", "wasi:cli/stdout", "wasi:cli", "wasip:cli/x@0.2.0"]
        {
            assert!(!has(import), "{import}");
        }
    }
}
