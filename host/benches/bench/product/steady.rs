//! (c), its open loop: how long a message takes at a steady rate, and how much of that is the disk's.

use std::{fs::OpenOptions, os::unix::fs::FileExt, path::Path, time::Instant};

use super::serve::warm;
use crate::{
    Size,
    child::Stats,
    guest, load,
    measure::{Percentiles, Spread, nanos, ratios},
    report::{Goal, Report},
};

/// Connections.
const CONNECTIONS: usize = 64;

/// Messages a second.
const RATE: f64 = 1000.0;

/// A file system in memory, as Linux has it: a flush takes no time.
const MEMORY: &str = "/dev/shm";

/// Bytes of a flush: two pages, as a small commit has.
const FLUSHED: usize = 8192;

/// Runs of one system.
#[derive(Default)]
pub struct Runs(Vec<Run>);

/// A run: the server's figures, and the answer's p99 as the generator saw it, in µs.
struct Run {
    stats: Stats,
    seen_p99: f64,
}

impl Runs {
    /// One more: a server of its own, to which so many people have written, under an open loop.
    pub fn add(&mut self, server: &[&str], people: usize, size: Size) -> anyhow::Result<()> {
        let mut server = warm(server, people)?;
        let requests = load::requests(size.pick(2_000, 10_000));
        let load = load::open(server.port, &requests, CONNECTIONS, RATE)?;
        self.0.push(Run { stats: server.drained(requests.len() as u64)?, seen_p99: load.answer.p99 });
        Ok(())
    }

    /// A figure in µs of all runs, in ms.
    fn ms(&self, figure: impl Fn(&Run) -> f64) -> Vec<f64> {
        self.0.iter().map(|run| figure(run) / 1e3).collect()
    }

    /// p50 from webhook to settled, in ms.
    pub fn p50(&self) -> Vec<f64> {
        self.ms(|run| run.stats.settle.p50)
    }

    /// p99 from webhook to settled, in ms.
    pub fn p99(&self) -> Vec<f64> {
        self.ms(|run| run.stats.settle.p99)
    }

    /// p99 of the webhook's answer, in ms.
    pub fn answer(&self) -> Vec<f64> {
        self.ms(|run| run.stats.answer.p99)
    }

    fn lines(&self, report: &mut Report, name: &str) {
        let settled = format!("p50 {}, p99 {}", Spread::of(self.p50()), Spread::of(self.p99()));
        report.line(&format!("{name}, settled, ms"), settled);
        report.line(&format!("{name}, webhook answer, p99 ms"), Spread::of(self.answer()));
        let seen = Spread::of(self.ms(|run| run.seen_p99));
        report.line(&format!("{name}, answer as the generator saw it, p99 ms"), seen);
    }
}

/// Measures and reports: floor and host in turns, on the disk and in memory, and the host among people of whom it knows few.
pub fn run(report: &mut Report, size: Size) -> anyhow::Result<()> {
    let [mut floor, mut host, mut floor_in_memory, mut host_in_memory, mut host_among_new]: [Runs; 5] =
        Default::default();
    let everybody = load::everybody(size);
    let mut flushes = Vec::new();
    for _ in 0..size.pick(1, 3) {
        flushes.push(flush(&guest::scratch("flush")?, size)?);
        for (system, on_disk, in_memory) in
            [("batched", &mut floor, &mut floor_in_memory), ("host", &mut host, &mut host_in_memory)]
        {
            on_disk.add(&["serve", system], everybody, size)?;
            let folder = tempfile::tempdir_in(MEMORY)?;
            in_memory.add(&["serve", system, &folder.path().to_string_lossy()], everybody, size)?;
        }
        host_among_new.add(&["serve", "host"], everybody / 5, size)?;
    }
    let of = |figure: fn(&Percentiles) -> f64| Spread::of(flushes.iter().map(|flush| figure(flush) / 1e3));
    report.line("a flush of this disk, ms", format!("p50 {}, p99 {}", of(|flush| flush.p50), of(|flush| flush.p99)));
    floor.lines(report, "batched floor at 1 000/s");
    let (p50, p99, answer) = (Spread::of(host.p50()), Spread::of(host.p99()), Spread::of(host.answer()));
    report.goal("the host at 1 000/s, settled, p50 ms", p50, Goal::at_most(p50.median, 1.0, " ms"));
    report.goal("the host at 1 000/s, settled, p99 ms", p99, Goal::at_most(p99.median, 5.0, " ms"));
    report.goal("the host's webhook answer, p99 ms", answer, Goal::at_most(answer.median, 5.0, " ms"));
    let seen = Spread::of(host.ms(|run| run.seen_p99));
    report.line("the host's webhook answer as the generator saw it, p99 ms", seen);
    let to_floor = [ratios(&host.p50(), &floor.p50()), ratios(&host.p99(), &floor.p99())];
    report.line("the host to the floor at 1 000/s", format!("p50 {}×, p99 {}×", to_floor[0], to_floor[1]));
    let memory = Spread::of(host.0.iter().map(|run| run.stats.resident_kb / 1024.0));
    report.line("the host's resident memory after that, MB", memory);
    floor_in_memory.lines(report, "batched floor at 1 000/s, database in memory");
    host_in_memory.lines(report, "the host at 1 000/s, database in memory");
    host_among_new.lines(report, "the host at 1 000/s, four of five write for the first time");
    Ok(())
}

/// How long it takes to write over a part of a file and flush it, as a commit does with a log that need not grow.
fn flush(folder: &Path, size: Size) -> anyhow::Result<Percentiles> {
    const PARTS: u64 = 256;
    let file = OpenOptions::new().create(true).truncate(true).write(true).open(folder.join("flushed"))?;
    let mut samples = Vec::new();
    for n in 0..PARTS + size.pick(200, 2_000) as u64 {
        let begun = Instant::now();
        file.write_all_at(&[n as u8; FLUSHED], n % PARTS * FLUSHED as u64)?;
        file.sync_data()?;
        if n >= PARTS {
            samples.push(nanos(begun));
        }
    }
    Ok(Percentiles::of(samples))
}
