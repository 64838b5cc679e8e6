//! `log`: lines for the operator, bounded and without phone numbers.

use super::interface;
use crate::agent::{
    limits::{LINE_BYTES_MAX, LINES_MAX},
    state::State,
    wasi::Wasi,
};
use switchboard_core::contract::log::Level;

impl interface::log::Host for State {
    async fn write(&mut self, level: Level, text: String) -> wasmtime::Result<()> {
        // Not a counted call: a chatty agent loses lines, not its turn. Fuel and time bound the rest.
        self.log_printed();
        self.note(level, &text);
        Ok(())
    }
}

impl State {
    /// What was printed comes into the log in its place.
    fn log_printed(&mut self) {
        if let Some(printed) = self.wasi_in_use().map(Wasi::take_lines) {
            self.log_lines(printed);
        }
    }

    /// The turn is over: also what was printed and not ended.
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
        if self.log.len() < LINES_MAX {
            self.log.push((level, line(text)));
        } else {
            self.log_dropped = self.log_dropped.saturating_add(1);
        }
    }
}

fn line(text: &str) -> String {
    let cut = &text[..text.floor_char_boundary(LINE_BYTES_MAX)];
    let mut line = String::with_capacity(cut.len());
    let mut rest = cut;
    while let Some(at) = rest.find(|c: char| c == '+' || c.is_ascii_digit()) {
        plain(&rest[..at], &mut line);
        rest = &rest[at..];
        let run = number_run(rest);
        if is_phone_like(&rest[..run]) {
            line.push_str("[number]")
        } else {
            line.push_str(&rest[..run])
        }
        rest = &rest[run..];
    }
    plain(rest, &mut line);
    line
}

/// The length of the run of digits and the marks that people put between them; it ends with a digit.
fn number_run(text: &str) -> usize {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && !matches!(c, '+' | ' ' | '-' | '.' | '(' | ')'))
        .unwrap_or(text.len());
    text[..end].rfind(|c: char| c.is_ascii_digit()).map_or(1, |last| last + 1)
}

/// A number has 15 digits at the most (E.164), but several may stand in a row.
fn is_phone_like(run: &str) -> bool {
    run.bytes().filter(u8::is_ascii_digit).count() >= 7
}

/// Control characters could forge lines.
fn plain(text: &str, line: &mut String) {
    line.extend(text.chars().map(|c| if c.is_control() { ' ' } else { c }));
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
    }
}
