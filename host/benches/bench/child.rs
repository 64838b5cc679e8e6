//! What is measured in a process of its own: this very program, started again with other words. A server is driven over its
//! standard input, so that asking it for figures costs no request.

use std::{
    fs::File,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    guest,
    measure::{Percentiles, now_us, resident_kb},
};

/// A server that settles nothing for this long has come to a stand.
const STAND: Duration = Duration::from_secs(20);

tokio::task_local! {
    /// When the request that this task answers came in, in microseconds since 1970.
    pub static RECEIVED: i64;
}

/// What a server says of its work since it was last asked to begin anew.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Stats {
    /// Messages whose outbox rows are committed.
    pub n_settled: u64,
    /// When the last of them was, in microseconds since 1970.
    pub last_us: i64,
    /// From the webhook's first line of code to the commit.
    pub settle: Percentiles,
    /// The webhook's answer, from its first line of code to its last.
    pub answer: Percentiles,
    /// Resident memory.
    pub resident_kb: f64,
}

/// Counts what a server does.
#[derive(Default)]
pub struct Tally {
    n_settled: AtomicU64,
    last_us: AtomicI64,
    settle: Mutex<Vec<u64>>,
    answer: Mutex<Vec<u64>>,
}

fn push(samples: &Mutex<Vec<u64>>, since_us: i64, now: i64) {
    let nanos = u64::try_from(now - since_us).unwrap_or(0) * 1000;
    samples.lock().unwrap_or_else(PoisonError::into_inner).push(nanos);
}

impl Tally {
    /// The message that came in then is settled.
    pub fn settled(&self, received_us: i64) {
        let now = now_us();
        push(&self.settle, received_us, now);
        self.last_us.fetch_max(now, Ordering::Relaxed);
        self.n_settled.fetch_add(1, Ordering::Relaxed);
    }

    fn take(&self) -> Stats {
        let take = |samples: &Mutex<Vec<u64>>| {
            Percentiles::of(std::mem::take(&mut *samples.lock().unwrap_or_else(PoisonError::into_inner)))
        };
        Stats {
            n_settled: self.n_settled.swap(0, Ordering::Relaxed),
            last_us: self.last_us.swap(0, Ordering::Relaxed),
            settle: take(&self.settle),
            answer: take(&self.answer),
            resident_kb: resident_kb(),
        }
    }
}

/// Serves until standard input ends. Prints the port first, then answers `n` with the count and `take` with the figures.
pub async fn serve(router: Router, tally: Arc<Tally>) -> anyhow::Result<()> {
    use axum::serve::ListenerExt;
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", port.local_addr()?.port());
    let asked = tally.clone();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            match line.as_str() {
                "n" => println!("{}", asked.n_settled.load(Ordering::Relaxed)),
                _ => println!("{}", serde_json::to_string(&asked.take()).unwrap_or_default()),
            }
        }
        std::process::exit(0);
    });
    let router = router.layer(middleware::from_fn_with_state(tally, stamp));
    let port = port.tap_io(|socket| {
        let _ = socket.set_nodelay(true);
    });
    Ok(axum::serve(port, router).await?)
}

async fn stamp(State(tally): State<Arc<Tally>>, request: Request, next: Next) -> Response {
    let received = now_us();
    let response = RECEIVED.scope(received, next.run(request)).await;
    push(&tally.answer, received, now_us());
    response
}

fn again(words: &[&str]) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe().context("this program's own path is unknown")?);
    command.arg("--child").args(words).current_dir(guest::root());
    Ok(command)
}

/// A server in a process of its own.
pub struct Server {
    process: std::process::Child,
    answers: std::io::Lines<BufReader<std::process::ChildStdout>>,
    /// Where it listens.
    pub port: u16,
}

impl Server {
    /// Starts one; it listens when this returns. What it logs goes to a file, as a host's log does.
    pub fn start(words: &[&str]) -> anyhow::Result<Server> {
        let log = guest::scratch(&format!("log-{}", words.join("-")))?.join("log");
        let log = File::create(&log).with_context(|| format!("{} cannot be made", log.display()))?;
        let mut command = again(words)?;
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).spawn()?;
        let stdout = process.stdout.take().context("a server has no output")?;
        let mut server = Server { process, answers: BufReader::new(stdout).lines(), port: 0 };
        server.port = server.answer()?.parse().context("a server's first line is no port")?;
        Ok(server)
    }

    fn answer(&mut self) -> anyhow::Result<String> {
        Ok(self.answers.next().context("a server ended; its log is in target/tmp/bench")??)
    }

    fn ask<T: DeserializeOwned>(&mut self, word: &str) -> anyhow::Result<T> {
        let input = self.process.stdin.as_mut().context("a server has no input")?;
        writeln!(input, "{word}")?;
        Ok(serde_json::from_str(&self.answer()?)?)
    }

    /// Waits until so many are settled, and takes the figures.
    pub fn drained(&mut self, n: u64) -> anyhow::Result<Stats> {
        let (mut seen, mut moved) = (0, Instant::now());
        loop {
            let settled: u64 = self.ask("n")?;
            if settled >= n {
                let stats: Stats = self.ask("take")?;
                ensure!(stats.n_settled == n, "{n} messages went in and {} were settled", stats.n_settled);
                return Ok(stats);
            }
            if settled > seen {
                (seen, moved) = (settled, Instant::now());
            }
            if moved.elapsed() > STAND {
                bail!(
                    "a server came to a stand: {settled} of {n} messages are settled; its log is in target/tmp/bench"
                );
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs a measurement in a process of its own and reads its only line.
pub fn figure<T: DeserializeOwned>(words: &[&str]) -> anyhow::Result<T> {
    let output = again(words)?.stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "`{}` failed", words.join(" "));
    Ok(serde_json::from_slice(&output.stdout)?)
}
