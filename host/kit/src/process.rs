//! What the kernel says of a host's process, and what it says itself.

use std::path::PathBuf;

use crate::stage::{Stage, until};

/// The latest warnings of a host that are printed if its test fails.
const WARNINGS: usize = 30;

impl Stage {
    /// The file of what a host warns of, unless the stage logs to a file of the test's.
    pub(crate) fn warnings_of(&self, node: usize) -> PathBuf {
        self.folder().join(format!("warnings-{node}.log"))
    }

    /// Prints the latest warnings of each host.
    pub(crate) fn print_warnings(&self) {
        for node in 0..self.count_of_nodes() {
            let warned = std::fs::read_to_string(self.warnings_of(node)).unwrap_or_default();
            let lines: Vec<&str> = warned.lines().collect();
            for line in &lines[lines.len().saturating_sub(WARNINGS)..] {
                println!("host {node}: {line}");
            }
        }
    }

    /// The resident memory of a running host, in bytes, now and at its peak since [`forget_peak`](Stage::forget_peak).
    pub fn resident(&self, node: usize) -> (usize, usize) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process_of(node))).expect("it runs");
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
            line.trim_matches(|c: char| !c.is_ascii_digit()).parse::<usize>().expect("a number") << 10
        };
        (bytes("VmRSS:"), bytes("VmHWM:"))
    }

    /// The anonymous memory of a running host, in bytes: what is in no file and nothing but this process can use. Pages of files count as
    /// dirty where files lie in memory.
    pub fn private(&self, node: usize) -> usize {
        let maps = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.process_of(node))).expect("it runs");
        let line = maps.lines().find_map(|line| line.strip_prefix("Anonymous:")).expect("a line");
        line.trim_matches(|c: char| !c.is_ascii_digit()).parse::<usize>().expect("a number") << 10
    }

    /// The same once it gets no less any more: what a start leaves behind is given back bit by bit.
    pub async fn settled_private(&self, node: usize) -> usize {
        let (mut least, mut still) = (usize::MAX, 0);
        until("its memory is still", async || {
            let now = self.private(node);
            still = if now < least { 0 } else { still + 1 };
            least = least.min(now);
            still == 40
        })
        .await;
        least
    }

    /// Makes the peak begin at what is resident now.
    pub fn forget_peak(&self, node: usize) {
        std::fs::write(format!("/proc/{}/clear_refs", self.process_of(node)), "5").expect("it is forgotten");
    }
}
