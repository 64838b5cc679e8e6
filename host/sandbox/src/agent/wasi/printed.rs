//! Capture of a guest's stdout and stderr as lines for the agent's log.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use wasmtime_wasi::{
    async_trait,
    p2::{DynOutputStream, OutputStream, Pollable, StreamResult},
};

use crate::agent::limits::LINES_MAX;
use switchboard_core::contract::bounds::LOG_LINE_BYTES_MAX;
use switchboard_core::contract::log::Level;

/// The most bytes in one write.
const WRITE_BYTES_MAX: usize = 16 << 10;

/// The captured output of stdout and stderr. Shared with the stream handles, which have no access to the turn's
/// state.
#[derive(Default)]
pub(super) struct Printed(Arc<Mutex<Lines>>);

#[derive(Default)]
struct Lines {
    whole: Vec<(Level, String)>,
    dropped: u32,
    /// The incomplete last lines of stdout and stderr.
    open: [Vec<u8>; 2],
}

impl Printed {
    /// A stream handle whose lines get this level.
    pub(super) fn stream(&self, level: Level) -> DynOutputStream {
        Box::new(Stream { level, lines: self.0.clone() })
    }

    /// Completes the lines that have no newline.
    pub(super) fn end(&self) {
        let mut lines = lock(&self.0);
        lines.close(Level::Info);
        lines.close(Level::Warn);
    }

    /// Takes the complete lines, and the number of lines dropped.
    pub(super) fn take(&self) -> (Vec<(Level, String)>, u32) {
        let mut lines = lock(&self.0);
        (std::mem::take(&mut lines.whole), std::mem::take(&mut lines.dropped))
    }
}

impl Lines {
    fn print(&mut self, level: Level, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, ends) = match piece.split_last() {
                Some((b'\n', text)) => (text, true),
                _ => (piece, false),
            };
            let open = self.open(level);
            // A little more than the log keeps of a line, so that the cut there never falls on half a character.
            let room = (LOG_LINE_BYTES_MAX + 4).saturating_sub(open.len());
            open.extend_from_slice(&text[..text.len().min(room)]);
            if ends {
                self.close(level);
            }
        }
    }

    fn close(&mut self, level: Level) {
        let line = std::mem::take(self.open(level));
        if line.trim_ascii().is_empty() {
            return;
        }
        if self.whole.len() < LINES_MAX {
            self.whole.push((level, String::from_utf8_lossy(&line).trim_end().to_owned()));
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    fn open(&mut self, level: Level) -> &mut Vec<u8> {
        &mut self.open[usize::from(level == Level::Warn)]
    }
}

fn lock(lines: &Mutex<Lines>) -> MutexGuard<'_, Lines> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Stream {
    level: Level,
    lines: Arc<Mutex<Lines>>,
}

impl OutputStream for Stream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        lock(&self.lines).print(self.level, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_BYTES_MAX)
    }
}

#[async_trait]
impl Pollable for Stream {
    async fn ready(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_put_together_and_cut() {
        let mut lines = Lines::default();
        lines.print(Level::Info, b"call +25078");
        lines.print(Level::Warn, b"oh\n\n \nno");
        lines.print(Level::Info, b"8000002\nand\r\n");
        lines.close(Level::Warn);
        let said: Vec<&str> = lines.whole.iter().map(|(_, line)| line.as_str()).collect();
        assert_eq!(said, ["oh", "call +250788000002", "and", "no"]);

        let mut lines = Lines::default();
        (0..1_000).for_each(|_| lines.print(Level::Info, &[b'x'; 1_000]));
        assert_eq!(lines.open(Level::Info).len(), LOG_LINE_BYTES_MAX + 4);
        (0..100).for_each(|_| lines.print(Level::Info, b"y\n"));
        assert_eq!((lines.whole.len(), lines.dropped), (LINES_MAX, 36));
    }
}
