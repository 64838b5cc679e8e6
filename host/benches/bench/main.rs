//! `make bench`: the host against its floors, in one run, as ratios. What is measured, and how, is in `docs/performance.md`.
//!
//! `cargo bench -p switchboard -- [quick] [a] [b] [c] [d] [e] [f] [g] [h] [i]` measures all parts or those named; only a full run is written down.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod baseline;
mod child;
mod guest;
mod load;
mod measure;
mod product;
mod report;

use anyhow::{Context, bail};
use product::{agents, growth, handoff, nodes, pages, reading, serve, swap, turns};

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Enough to see that it works; the figures mean little.
    Quick,
    /// Enough to write down.
    Full,
}

impl Size {
    fn pick(self, quick: usize, full: usize) -> usize {
        if self == Size::Quick { quick } else { full }
    }
}

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["--child", words @ ..] => as_child(words),
        words => bench(words),
    }
}

fn bench(words: &[&str]) -> anyhow::Result<()> {
    if let Some(unknown) =
        words.iter().find(|word| !["quick", "a", "b", "c", "d", "e", "f", "g", "h", "i"].contains(word))
    {
        bail!("`{unknown}` is nothing to measure; give `quick`, or parts: a to i");
    }
    let size = if words.contains(&"quick") { Size::Quick } else { Size::Full };
    let all = !words.iter().any(|word| *word != "quick");
    let asked = |part: &str| all || words.contains(&part);
    guest::build()?;
    println!("{}", report::machine());
    let mut report = report::Report::default();
    type Part = fn(&mut report::Report, Size) -> anyhow::Result<()>;
    let parts: [(&str, Part); 9] = [
        ("a", turns::run),
        ("b", handoff::run),
        ("c", serve::run),
        ("d", swap::run),
        ("e", agents::run),
        ("f", nodes::run),
        ("g", growth::run),
        ("h", reading::run),
        ("i", pages::run),
    ];
    for (name, part) in parts {
        if asked(name) {
            part(&mut report, size).with_context(|| format!("part ({name})"))?;
        }
    }
    println!("\n{} goals were missed.", report.n_missed());
    if all && size == Size::Full {
        report.write(&guest::root().join("docs/performance.md"), "make bench")?;
    }
    Ok(())
}

/// This process is one that another asked for.
fn as_child(words: &[&str]) -> anyhow::Result<()> {
    if let ["suspended", which] = words {
        println!("{}", turns::suspended(which)?);
        return Ok(());
    }
    // Several at once, each with a folder of its own.
    let node = || guest::scratch(&format!("node-{}", std::process::id()));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        match words {
            ["serve", "host"] => serve::host(guest::scratch("host")?, None, None).await,
            ["serve", "host", folder] => serve::host(folder.into(), None, None).await,
            ["serve", "node", address] => serve::host(node()?, Some(address), None).await,
            ["serve", "grown", people] => serve::host(guest::scratch("host")?, None, Some(people)).await,
            ["serve", "grown", people, address] => serve::host(node()?, Some(address), Some(people)).await,
            ["serve", "naive-postgres", address] => baseline::postgres::naive(address).await,
            ["serve", "batched-postgres", address] => baseline::postgres::batched(address).await,
            ["serve", "naive", "normal"] => baseline::naive::run(false).await,
            ["serve", "naive", "full"] => baseline::naive::run(true).await,
            ["serve", "batched"] => baseline::batched::run(guest::scratch("batched")?).await,
            ["serve", "batched", folder] => baseline::batched::run(folder.into()).await,
            ["swaps", n] => {
                println!("{}", serde_json::to_string(&swap::measure(n.parse()?).await?)?);
                Ok(())
            }
            _ => bail!("no such child: {}", words.join(" ")),
        }
    })
}
