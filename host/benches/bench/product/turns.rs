//! (a) One turn in a fresh sandbox, without host waits: the host's `handle` beside the bare loop, the native call and a living
//! instance, over the same component and the same turn, round by round.

use std::{
    future::Future,
    hint::black_box,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use anyhow::{Context, ensure};
use switchboard_core::contract::types::Turn;
use switchboard_sandbox::{
    agent::{TurnHost, Version},
    plugins::{Compiler, Plugins, PluginsConfig},
};

use super::reads;
use crate::{
    Size,
    baseline::wasm_loop::{self, Gate, Loop, Pool},
    child, guest,
    measure::{Percentiles, Spread, nanos, ratios, resident_kb},
    report::{Goal, Report},
};

/// Turns under way at once when both cores work.
const IN_FLIGHT: usize = 64;

/// Turns that hang at once: below the host's own bound of 900.
const SUSPENDED: u32 = 800;

/// Calls of one kind in a row, and how many of them go before they count.
const STRETCH: usize = 500;
const SETTLING: usize = 50;

/// Turns of one living instance: its guest never frees memory.
const LIVE_TURNS: usize = 50;

/// The host's version of an agent, by the host's own way of loading it.
pub async fn version(folder: &Path, name: &str) -> anyhow::Result<Arc<Version>> {
    let config =
        PluginsConfig { manifest: guest::plugins(folder)?, data_dir: folder.to_owned(), compiler: Compiler::InProcess };
    let plugins = Plugins::load_once(config).await?;
    plugins.current().get(name).cloned().with_context(|| format!("`{name}` was refused: {:?}", plugins.refusals()))
}

fn bare_turn(turn: &Turn) -> anyhow::Result<wasm_loop::Turn> {
    Ok(serde_json::from_value(serde_json::to_value(turn)?)?)
}

/// Measures and reports.
pub fn run(report: &mut Report, size: Size) -> anyhow::Result<()> {
    let rounds = size.pick(2, 5);
    let n = size.pick(2_000, 20_000);
    report.section(
        "(a) A turn in a fresh sandbox",
        "Store, instance, `handle` on one text, all dropped; the agent reads a kilobyte of JSON and logs a line. Times in µs, one \
         thread; the loop has the host's engine settings and none of its work.",
    );
    let one = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let two = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let folder = guest::scratch("turns")?;
    let version = one.block_on(version(&folder, "support"))?;
    let bare = Loop::new(&std::fs::read(guest::component("support"))?, Pool::Tuned)?;
    // A pool of its own: a living instance leaves many pages in its slot, and the instance that gets the slot next has to look at them.
    let living = Loop::new(&std::fs::read(guest::component("support"))?, Pool::Tuned)?;
    let stock = Loop::new(&std::fs::read(guest::component("support"))?, Pool::Stock)?;
    let turn = Arc::new(guest::turn(guest::TEXT));
    let bare_turn = Arc::new(bare_turn(&turn)?);
    let host = reads::host(None);
    one.block_on(check(&version, &bare, &turn, &bare_turn))?;

    let mut times: [Vec<Percentiles>; 5] = Default::default();
    let mut rates: [Vec<f64>; 2] = Default::default();
    for round in 0..rounds {
        let measured = one.block_on(async {
            let [mut native, mut live, mut fresh, mut default, mut ours] = [const { Vec::new() }; 5];
            for _ in 0..n {
                let began = Instant::now();
                black_box(guest::work::answer(black_box(guest::TEXT), black_box(&guest::SETTINGS))?);
                native.push(nanos(began));
            }
            for _ in 0..n / LIVE_TURNS {
                let mut instance = living.live().await?;
                for turn in 0..LIVE_TURNS {
                    let began = Instant::now();
                    black_box(instance.handle(&bare_turn).await?);
                    // The first call in an instance touches its pages.
                    if turn > 0 {
                        live.push(nanos(began));
                    }
                }
            }
            // In stretches, not call by call, and either first in turns: a call pays for what the one before did to the caches.
            for stretch in 0..n / STRETCH {
                for ours_now in [stretch % 2 == 0, stretch % 2 != 0] {
                    for call in 0..STRETCH {
                        let took = match ours_now {
                            true => timed(version.handle(&turn, host.clone())).await,
                            false => timed(bare.handle(&bare_turn)).await,
                        };
                        if call >= SETTLING {
                            if ours_now { ours.push(took) } else { fresh.push(took) }
                        }
                    }
                }
            }
            for call in 0..n {
                let took = timed(stock.handle(&bare_turn)).await;
                if call >= SETTLING {
                    default.push(took);
                }
            }
            anyhow::Ok([native, live, fresh, default, ours])
        })?;
        for (all, samples) in times.iter_mut().zip(measured) {
            all.push(Percentiles::of(samples));
        }
        let bare_rate = || {
            let (bare, turn) = (bare.clone(), bare_turn.clone());
            throughput(&two, n * 2, move || {
                let (bare, turn) = (bare.clone(), turn.clone());
                async move { drop(black_box(bare.handle(&turn).await)) }
            })
        };
        let host_rate = || {
            let (version, turn, host) = (version.clone(), turn.clone(), host.clone());
            throughput(&two, n * 2, move || {
                let (version, turn, host) = (version.clone(), turn.clone(), host.clone());
                async move { drop(black_box(version.handle(&turn, host).await)) }
            })
        };
        if round % 2 == 0 {
            rates[0].push(bare_rate());
            rates[1].push(host_rate());
        } else {
            rates[1].push(host_rate());
            rates[0].push(bare_rate());
        }
    }

    let p50 = |which: usize| -> Vec<f64> { times[which].iter().map(|run| run.p50).collect() };
    let both = |which: usize| {
        let p99 = Spread::of(times[which].iter().map(|run| run.p99));
        format!("p50 {}, p99 {p99}", Spread::of(p50(which)))
    };
    report.line("the work called natively", both(0));
    report.line("the bare loop in a living instance", both(1));
    report.line("the bare loop, fresh, the pool as it comes", both(3));
    report.line("the bare loop, fresh", both(2));
    report.line("the host, fresh", both(4));
    report.line("the host to the native call", format!("{}×", ratios(&p50(4), &p50(0))));
    report.line("the host to a living instance", format!("{}×", ratios(&p50(4), &p50(1))));
    let ratio = ratios(&p50(4), &p50(2));
    report.goal("the host to the bare loop", format!("{ratio}×"), Goal::at_most(ratio.median, 1.15, "×"));
    report.line("the bare loop on two cores, turns/s", Spread::of(rates[0].iter().copied()));
    report.line("the host on two cores, turns/s", Spread::of(rates[1].iter().copied()));
    let ratio = ratios(&rates[1], &rates[0]);
    report.goal("the same, host to loop", format!("{ratio}×"), Goal::at_least(ratio.median, 0.9, "×"));

    let [bare, ours] = ["loop", "host"].map(|which| -> anyhow::Result<f64> { child::figure(&["suspended", which]) });
    report.line("memory of a suspended turn, bare loop, KB", format!("{:.1}", bare?));
    let ours = ours?;
    report.goal("memory of a suspended turn, host, KB", format!("{ours:.1}"), Goal::at_most(ours, 64.0, " KB"));
    Ok(())
}

async fn timed<T>(call: impl Future<Output = T>) -> u64 {
    let began = Instant::now();
    black_box(call.await);
    nanos(began)
}

/// Both must answer, and alike: else their times mean nothing.
async fn check(version: &Version, bare: &Loop, turn: &Turn, bare_turn: &wasm_loop::Turn) -> anyhow::Result<()> {
    let ours = version.handle(turn, reads::host(None)).await.result?;
    let theirs = bare.handle(bare_turn).await?;
    ensure!(
        serde_json::to_value(&ours)? == serde_json::to_value(&theirs)? && ours.replies.len() == 1,
        "the host and the bare loop answer differently"
    );
    Ok(())
}

/// Calls a second, [`IN_FLIGHT`] at a time.
fn throughput<F, T>(runtime: &tokio::runtime::Runtime, n: usize, call: F) -> f64
where
    F: Fn() -> T + Clone + Send + 'static,
    T: Future<Output = ()> + Send,
{
    let left = Arc::new(AtomicUsize::new(n));
    let began = Instant::now();
    runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..IN_FLIGHT {
            let (left, call) = (left.clone(), call.clone());
            tasks.spawn(async move {
                while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                    call().await;
                    // As turns of many people would: no task keeps its core.
                    tokio::task::yield_now().await;
                }
            });
        }
        tasks.join_all().await;
    });
    n as f64 / began.elapsed().as_secs_f64()
}

/// In a process of its own: kilobytes of resident memory for each turn that waits in a capability.
pub fn suspended(which: &str) -> anyhow::Result<f64> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let folder = guest::scratch(&format!("suspended-{which}"))?;
    let turn = Arc::new(guest::turn("wait"));
    runtime.block_on(async {
        let gate = Arc::new(Gate::closed());
        match which {
            "host" => {
                let version = version(&folder, "support").await?;
                let host: TurnHost = reads::host(Some(gate.clone()));
                let warm = guest::turn(guest::TEXT);
                version.handle(&warm, host.clone()).await.result?;
                hang(&gate, || {
                    let (version, turn, host) = (version.clone(), turn.clone(), host.clone());
                    async move { version.handle(&turn, host).await.result.is_ok() }
                })
                .await
            }
            _ => {
                let bare = Loop::new(&std::fs::read(guest::component("support"))?, Pool::Tuned)?.at_gate(gate.clone());
                let turn = Arc::new(bare_turn(&turn)?);
                bare.handle(&bare_turn(&guest::turn(guest::TEXT))?).await?;
                hang(&gate, || {
                    let (bare, turn) = (bare.clone(), turn.clone());
                    async move { bare.handle(&turn).await.is_ok() }
                })
                .await
            }
        }
    })
}

async fn hang<T>(gate: &Gate, call: impl Fn() -> T) -> anyhow::Result<f64>
where
    T: Future<Output = bool> + Send + 'static,
{
    let before = resident_kb();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..SUSPENDED {
        tasks.spawn(call());
    }
    let _all = gate.arrived.acquire_many(SUSPENDED).await?;
    let each = (resident_kb() - before) / f64::from(SUSPENDED);
    gate.open.add_permits(SUSPENDED as usize);
    ensure!(tasks.join_all().await.into_iter().all(|ended| ended), "a suspended turn did not end well");
    Ok(each)
}
