//! What a component says when it panics: its message and place, for the error of its turn.

use super::interface;
use crate::agent::state::State;
use switchboard_core::{phone::mask_numbers, text::one_line};

impl interface::panics::Host for State {
    async fn panicked(&mut self, message: String, file: String, line: u32) -> wasmtime::Result<()> {
        // A component traps right after; one that goes on cannot make the host hold more than this.
        if self.panic.is_none() {
            let said = format!("at {file}:{line}: {message}");
            self.panic = Some(one_line(&mask_numbers(&said)).into_owned());
        }
        Ok(())
    }
}
