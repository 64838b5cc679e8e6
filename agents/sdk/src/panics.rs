//! The panic hook of every agent: it tells the host what a panic says and where it is in the source, before the component traps.

use std::panic::PanicHookInfo;

use crate::bindings::switchboard::agent::panics;

/// Installs the hook; [`export!`](crate::export) calls it before anything of an agent runs.
pub fn hook() {
    if cfg!(target_arch = "wasm32") {
        std::panic::set_hook(Box::new(tell));
    }
}

fn tell(panic: &PanicHookInfo<'_>) {
    let (file, line) = panic.location().map_or(("?", 0), |location| (location.file(), location.line()));
    panics::panicked(panic.payload_as_str().unwrap_or("a value that is no text"), file, line);
}
