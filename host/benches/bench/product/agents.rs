//! (e) One turn of each of our agents, without host waits: a greeting, answered from nothing.

use std::{hint::black_box, sync::Arc, time::Instant};

use anyhow::ensure;
use switchboard_sandbox::plugins::{AgentSet, Compiler, Plugins, PluginsConfig};

use super::reads;
use crate::{
    Size, guest,
    measure::{Percentiles, Spread, nanos, ratios},
    report::{Goal, Report},
};

/// Turns of one agent that go before they count.
const SETTLING: usize = 20;

/// The agents of `plugins.toml`, compiled into a folder of this name.
pub(super) async fn loaded(folder: &str) -> anyhow::Result<Arc<AgentSet>> {
    let (manifest, data_dir) = (guest::root().join("plugins.toml"), guest::scratch(folder)?);
    let plugins = Plugins::load_once(PluginsConfig { manifest, data_dir, compiler: Compiler::InProcess }).await?;
    ensure!(plugins.refusals().is_empty(), "agents were refused: {:?}", plugins.refusals());
    let agents = plugins.current();
    ensure!(agents.iter().next().is_some(), "there is no agent in plugins/: `make agents` builds ours");
    Ok(agents)
}

/// Measures and reports.
pub fn run(report: &mut Report, size: Size) -> anyhow::Result<()> {
    let rounds = size.pick(2, 5);
    let n = size.pick(200, 2_000);
    report.section(
        "(e) A turn of each agent",
        "The host's `handle` on a greeting by each component of `plugins.toml`, fresh sandbox, capabilities that find nothing. p50 in µs, \
         one thread, and as a ratio to the native call of (a).",
    );
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let agents = runtime.block_on(loaded("agents"))?;
    let turn = guest::turn("hello");
    let p50 = |samples| Percentiles::of(samples).p50;
    let (mut native, mut ours) = (Vec::new(), vec![Vec::new(); agents.iter().count()]);
    for _ in 0..rounds {
        let calls = (0..n).map(|_| {
            let began = Instant::now();
            let _ = black_box(guest::work::answer(black_box(guest::TEXT), black_box(&guest::SETTINGS)));
            nanos(began)
        });
        native.push(p50(calls.collect()));
        for (agent, times) in agents.iter().zip(&mut ours) {
            let mut samples = Vec::with_capacity(n);
            runtime.block_on(async {
                for call in 0..n + SETTLING {
                    let began = Instant::now();
                    let outcome = agent.handle(&turn, reads::host(None)).await.result?;
                    let took = nanos(began);
                    ensure!(!outcome.replies.is_empty(), "`{}` said nothing", agent.name());
                    if call >= SETTLING {
                        samples.push(took);
                    }
                }
                Ok(())
            })?;
            times.push(p50(samples));
        }
    }
    for (agent, times) in agents.iter().zip(&ours) {
        let spread = Spread::of(times.iter().copied());
        let words = format!("{spread}, {}× the native call", ratios(times, &native));
        report.goal(agent.name(), words, Goal::at_most(spread.median, 300.0, " µs"));
    }
    Ok(())
}
