//! Messages per second from webhook to settled outbox: the host against a naive pipeline and against the batched floor, each a
//! process of its own on the same two cores as the generator. Prints ratios; see `docs/performance.md`.

mod batched;
mod load;
mod naive;
mod product;
mod scene;

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use anyhow::Context;

/// The naive pipeline is slow: fewer messages show its rate.
const NAIVE_MESSAGES: usize = 4_000;

/// Enough that start and end do not count.
const MESSAGES: usize = 30_000;

/// Rounds, interleaved, so that whatever the machine does meets all alike.
const ROUNDS: usize = 3;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    match arguments.next().as_deref() {
        Some("serve-product") => {
            switchboard::telemetry::start_logs(false, "warn");
            runtime.block_on(product::serve())
        }
        Some("serve-naive") => runtime.block_on(naive::serve()),
        Some("serve-batched") => runtime.block_on(batched::serve()),
        _ => runtime.block_on(measure()),
    }
}

async fn measure() -> anyhow::Result<()> {
    switchboard::whatsapp::client::install_tls();
    scene::build_guest()?;
    println!("messages per second, webhook to settled, synchronous=FULL, 256 connections, {ROUNDS} rounds");
    let mut rates: [Vec<f64>; 3] = Default::default();
    for _ in 0..ROUNDS {
        for (index, (name, messages)) in
            [("naive", NAIVE_MESSAGES), ("batched", MESSAGES), ("product", MESSAGES)].into_iter().enumerate()
        {
            let server = Server::start(name)?;
            // The first messages make people, sessions and warm pages.
            load::closed(&server.address, 2_000, 0).await?;
            let rate = load::closed(&server.address, messages, 2_000).await?;
            println!("  {name:<8} {rate:>8.0}/s");
            rates[index].push(rate);
        }
    }
    let median = |rates: &[f64]| {
        let mut sorted = rates.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    };
    let [naive, batched, product] = [median(&rates[0]), median(&rates[1]), median(&rates[2])];
    println!("ratio to naive   {:.2}   (hard line: at least 8)", product / naive);
    println!("ratio to batched {:.2}   (aim: 0.7)", product / batched);

    let server = Server::start("product")?;
    load::closed(&server.address, 12_000, 0).await?;
    load::forget(&server.address).await?;
    load::open(&server.address, 1_000, 5, 100_000).await?;
    let metrics = load::metrics(&server.address).await?;
    println!("open loop, 1,000 messages a second for 5 s (server's own clock, milliseconds)");
    for (what, name) in
        [("webhook to settled", "switchboard_turn_seconds"), ("webhook answer", "switchboard_webhook_seconds")]
    {
        let at = |quantile: &str| {
            let line = metrics
                .lines()
                .find(|line| line.starts_with(name) && line.contains(&format!("quantile=\"{quantile}\"")));
            line.and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).unwrap_or(f64::NAN) * 1000.0
        };
        println!("  {what:<20} p50 {:.2}  p99 {:.2}", at("0.5"), at("0.99"));
    }
    Ok(())
}

/// A pipeline as a child process.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(name: &str) -> anyhow::Result<Server> {
        let program = std::env::current_exe()?;
        let mut child = Command::new(program).arg(format!("serve-{name}")).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().context("the child has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().to_owned();
        anyhow::ensure!(!address.is_empty(), "serve-{name} did not start");
        Ok(Server { child, address })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
