//! The capability `log`: lines for the operator's log, bounded and with phone numbers masked.

use super::interface;
use crate::agent::{limits::LINES_MAX, state::State, wasi::Wasi};
use switchboard_core::{
    contract::{bounds::LOG_LINE_BYTES_MAX, log::Level},
    phone::mask_numbers,
    text::one_line,
};

/// What a line is charged beside its text, in bytes.
const LINE_COST: usize = 64;

impl interface::log::Host for State {
    async fn write(&mut self, level: Level, text: String) -> wasmtime::Result<()> {
        // Not counted as a capability call: an agent that logs too much loses lines, not its turn. Fuel and time
        // limit the rest.
        self.log_printed();
        self.note(level, &text);
        Ok(())
    }
}

impl State {
    /// Moves the lines the guest has printed so far into the log, to keep the order.
    fn log_printed(&mut self) {
        if let Some(printed) = self.wasi_in_use().map(Wasi::take_lines) {
            self.log_lines(printed);
        }
    }

    /// Moves everything the guest has printed into the log, at the end of a turn: also a last line without a newline.
    pub(in crate::agent) fn log_rest(&mut self) {
        if let Some(printed) = self.wasi_in_use().map(Wasi::take_rest) {
            self.log_lines(printed);
        }
    }

    fn log_lines(&mut self, (lines, dropped): (Vec<(Level, String)>, u32)) {
        lines.iter().for_each(|(level, text)| self.note(*level, text));
        self.log_dropped = self.log_dropped.saturating_add(dropped);
    }

    fn note(&mut self, level: Level, text: &str) {
        let line = (self.log.len() < LINES_MAX).then(|| line(text));
        match line.filter(|line| self.budget.fits(line.len() + LINE_COST)) {
            Some(line) => self.log.push((level, line)),
            None => self.log_dropped = self.log_dropped.saturating_add(1),
        }
    }
}

/// A log line from an agent's text: cut to [`LOG_LINE_BYTES_MAX`], numbers masked, and on one line, so that it forges none.
fn line(text: &str) -> String {
    let cut = &text[..text.floor_char_boundary(LOG_LINE_BYTES_MAX)];
    one_line(&mask_numbers(cut)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_masked_and_lines_cut() {
        assert_eq!(line("call +250 788 123 456 now"), "call [number] now");
        assert_eq!(line("0788123456"), "[number]");
        assert_eq!(line("0788123456 0788123457 or 0788123458"), "[number] or [number]");
        assert_eq!(line("5 rows, 12000 RWF\n[x]"), "5 rows, 12000 RWF [x]");
        assert_eq!(line(&"é".repeat(1_000)).len(), 1_024);
        assert_eq!(line(""), "");
        assert_eq!(line("a+"), "a+");
        assert_eq!(line("a\u{2028}ERROR b\u{202e}c\u{85}d"), "a ERROR b c d");
    }
}
