//! (f) The same on Postgres: one, two and three nodes beside a naive pipeline and the batched floor on the same server.

use super::{serve::CONNECTIONS, steady::Runs};
use crate::{
    Size,
    child::Server,
    load,
    measure::{Spread, ratios},
    report::{Goal, Report},
};
use switchboard_kit::cluster::Cluster;

/// Nodes, at the most.
const NODES: usize = 3;

/// Measures and reports.
pub fn run(report: &mut Report, size: Size) -> anyhow::Result<()> {
    let rounds = size.pick(1, 3);
    let everybody = load::everybody(size);
    report.section(
        "(f) Postgres: messages a second, webhook to settled outbox",
        "As (c), on a cluster of PostgreSQL on the same two cores with `fsync` on. Naive: 16 connections, 8 workers, `skip locked`, a row at a \
         time. Floor: two writers, `unnest`. Nodes share the phones.",
    );
    let cluster = Cluster::start(true);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let database = || runtime.block_on(cluster.database());
    let (mut naive, mut floor) = (Vec::new(), Vec::new());
    let mut nodes: [Vec<f64>; NODES] = Default::default();
    for _ in 0..rounds {
        naive.push(rate(&["naive-postgres"], &database(), 1, everybody, size.pick(1_500, 6_000))?);
        floor.push(rate(&["batched-postgres"], &database(), 1, everybody, size.pick(8_000, 60_000))?);
        for (count, rates) in (1..).zip(&mut nodes) {
            rates.push(rate(&["node"], &database(), count, everybody, size.pick(5_000, 40_000))?);
        }
    }
    report.line("naive pipeline on Postgres, messages/s", Spread::of(naive.iter().copied()));
    report.line("batched floor on Postgres, messages/s", Spread::of(floor.iter().copied()));
    for (count, rates) in (1..).zip(&nodes) {
        report.line(&format!("the host on Postgres, nodes: {count}, messages/s"), Spread::of(rates.iter().copied()));
    }
    let to_naive = ratios(&nodes[0], &naive);
    report.goal(
        "one node to the naive pipeline on Postgres",
        format!("{to_naive}×"),
        Goal::at_least(to_naive.median, 8.0, "×"),
    );
    let to_floor = ratios(&nodes[0], &floor);
    report.goal(
        "one node to the batched floor on Postgres",
        format!("{to_floor}×"),
        Goal::at_least(to_floor.median, 0.7, "×"),
    );

    let address = database();
    let mut runs = Runs::default();
    for _ in 0..rounds {
        runs.add(&["serve", "node", &address], everybody, size)?;
    }
    let (p50, p99) = (Spread::of(runs.p50()), Spread::of(runs.p99()));
    report.goal("one node on Postgres at 1 000/s, settled, p50 ms", p50, Goal::at_most(p50.median, 1.5, " ms"));
    report.goal("one node on Postgres at 1 000/s, settled, p99 ms", p99, Goal::at_most(p99.median, 5.0, " ms"));
    report.line("its webhook answer, p99 ms", Spread::of(runs.answer()));
    Ok(())
}

/// Messages a second of so many processes on one database, to which so many people have written.
fn rate(which: &[&str], address: &str, nodes: usize, people: usize, n: usize) -> anyhow::Result<f64> {
    let words = [&["serve"], which, &[address]].concat();
    let mut servers = (0..nodes).map(|_| Server::start(&words)).collect::<anyhow::Result<Vec<_>>>()?;
    drive(&mut servers, people)?;
    let (first_us, last_us) = drive(&mut servers, n)?;
    Ok(n as f64 * 1e6 / (last_us - first_us).max(1) as f64)
}

/// Has so many messages answered; gives when the first was sent and the last was settled.
fn drive(servers: &mut [Server], n: usize) -> anyhow::Result<(i64, i64)> {
    let shards = load::shards(n, servers.len());
    let connections = CONNECTIONS / servers.len();
    let loads = std::thread::scope(|scope| {
        let drive = |(server, shard): (&Server, &_)| load::closed(server.port, shard, connections);
        let threads: Vec<_> = servers.iter().zip(&shards).map(|pair| scope.spawn(move || drive(pair))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a generator failed"))))
            .collect::<anyhow::Result<Vec<_>>>()
    })?;
    let mut last_us = 0;
    for (server, shard) in servers.iter_mut().zip(&shards) {
        last_us = last_us.max(server.drained(shard.len() as u64)?.last_us);
    }
    Ok((loads.iter().map(|load| load.first_us).min().unwrap_or(0), last_us))
}
