//! (c) Messages a second from webhook to settled outbox: the host beside the naive pipeline and the batched floor.
//!
//! The host is put together from its own parts as `serve::start` does it, but for the carrier: what is settled is counted, not
//! sent, as the floors do. The sender is the host's own; a row reaches it when its transaction is committed.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::future::BoxFuture;
use switchboard::{
    inbox::{Delivery, Item},
    lane::Lanes,
    outbox::{self, Carrier, Outbox, Sender},
    store::{Outgoing, SendResult, StoreError},
    telemetry, webhook,
    whatsapp::client::Answer,
};

use super::{growth, handoff};
use crate::{
    Size,
    child::{RECEIVED, Server, Stats, Tally, serve},
    guest, load,
    measure::{Spread, ratios},
    report::{Goal, Report},
};

/// When the messages came that are not settled yet, by phone: a lane answers them in that order.
#[derive(Clone, Default)]
struct Waiting(Arc<Mutex<HashMap<String, VecDeque<i64>>>>);

impl Waiting {
    fn came(&self, phone: &str, at: i64) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.entry(phone.to_owned()).or_default().push_back(at);
    }

    fn gone(&self, phone: &str) -> Option<i64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_mut(phone)?.pop_front()
    }
}

/// A carrier and an outbox that note the time and do nothing else.
#[derive(Clone)]
struct Noted {
    waiting: Waiting,
    tally: Arc<Tally>,
}

impl Carrier for Noted {
    async fn send(&self, row: &Outgoing) -> Answer {
        let phone = row.phone.as_ref().map(|phone| phone.digits()).unwrap_or_default();
        match self.waiting.gone(phone) {
            Some(at) => self.tally.settled(at),
            None => eprintln!("a reply went out for which no message is waiting"),
        }
        Answer::Sent { wamid: String::new() }
    }
}

impl Outbox for Noted {
    async fn begin(&self, ids: Vec<i64>, _: i64) -> anyhow::Result<Vec<i64>> {
        Ok(ids)
    }

    async fn finished(&self, _: i64, _: SendResult, _: i64) -> anyhow::Result<()> {
        Ok(())
    }

    async fn due(&self, _: i64, _: i64) -> anyhow::Result<Vec<Outgoing>> {
        Ok(Vec::new())
    }
}

/// Serves the host until standard input ends, on a file of its own or on the database of an address, with so many people in it before.
pub async fn host(address: Option<&str>, people: Option<&str>) -> anyhow::Result<()> {
    let _logs = telemetry::start_logs(true, "info");
    telemetry::start_metrics()?;
    let folder = match address {
        // Several nodes at once, each with a folder of its own.
        Some(_) => guest::scratch(&format!("node-{}", std::process::id()))?,
        None => guest::scratch("host")?,
    };
    if let Some(people) = people {
        growth::fill(&folder, address, people).await?;
    }
    let app = Arc::new(handoff::app(&folder, address).await?);
    let noted = Noted { waiting: Waiting::default(), tally: Arc::new(Tally::default()) };
    let options = outbox::Options {
        per_second: 1e9,
        pair_burst: 1e9,
        in_flight_max: usize::MAX,
        held_max: usize::MAX,
        ..outbox::Options::default()
    };
    let sender = Sender::start(noted.clone(), noted.clone(), options);
    let lanes = Lanes::new(app.clone(), sender.queue(), sender.queue());
    tokio::spawn(app.flags.clone().follow());
    tokio::spawn(lanes.clone().poll());
    let waiting = noted.waiting.clone();
    let store = app.store.clone();
    let ingest = move |delivery: Delivery| -> BoxFuture<'static, Result<(), StoreError>> {
        for item in &delivery.items {
            if let Item::Message(message) = item
                && let Some(phone) = &message.sender.phone
            {
                waiting.came(phone.digits(), RECEIVED.get());
            }
        }
        let (store, lanes) = (store.clone(), lanes.clone());
        let stored = tokio::spawn(async move {
            let ingested = store.ingest(delivery).await?;
            lanes.run(ingested.claimed, std::time::Instant::now());
            Ok(())
        });
        Box::pin(async move { stored.await.unwrap_or(Err(StoreError::Closed)) })
    };
    let edge = webhook::Edge {
        secrets: vec![load::SECRET.to_owned()],
        verify_token: "bench".into(),
        ingest: Arc::new(ingest),
        clock: switchboard::app::Clock::system(),
    };
    serve(webhook::router(edge), noted.tally).await
}

/// A system under load.
pub struct System {
    /// What its process is asked for.
    pub words: Vec<String>,
    /// Messages of a closed-loop run: some seconds of work.
    pub n: usize,
}

/// What a child is asked for.
pub fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

const HOST: usize = 0;
const NAIVE: usize = 1;
const NAIVE_FULL: usize = 2;
const BATCHED: usize = 3;

/// Connections of a closed loop.
pub const CONNECTIONS: usize = 256;

/// Connections of an open loop.
const CONNECTIONS_OPEN: usize = 64;

/// Messages a second of an open loop.
pub const RATE: f64 = 1000.0;

/// Measures and reports.
pub fn run(report: &mut Report, size: Size) -> anyhow::Result<()> {
    let rounds = size.pick(1, 3);
    let systems = [
        System { words: words(&["serve", "host"]), n: size.pick(5_000, 60_000) },
        System { words: words(&["serve", "naive", "normal"]), n: size.pick(1_500, 6_000) },
        System { words: words(&["serve", "naive", "full"]), n: size.pick(1_000, 4_000) },
        System { words: words(&["serve", "batched"]), n: size.pick(10_000, 80_000) },
    ];
    report.section(
        "(c) Messages a second, webhook to settled outbox",
        "SQLite. Signed bodies of a kilobyte from 10 000 phones, generator and server on the same cores. Closed loop: 256 \
         connections, from the first request to the last commit. Open loop: 1 000 a second, due at fixed times. The floors have \
         no order, flags, sessions or recovery.",
    );
    let mut rates: [Vec<f64>; 4] = Default::default();
    for _ in 0..rounds {
        for (system, rates) in systems.iter().zip(&mut rates) {
            let mut server = warm(&system.words, size)?;
            let requests = load::requests(system.n);
            let load = load::closed(server.port, &requests, CONNECTIONS)?;
            let stats = server.drained(system.n as u64)?;
            rates.push(system.n as f64 * 1e6 / (stats.last_us - load.first_us).max(1) as f64);
        }
    }
    report.line("naive pipeline, `synchronous=NORMAL`, messages/s", Spread::of(rates[NAIVE].iter().copied()));
    report.line("naive pipeline, `synchronous=FULL`, messages/s", Spread::of(rates[NAIVE_FULL].iter().copied()));
    report.line("batched floor, `synchronous=FULL`, messages/s", Spread::of(rates[BATCHED].iter().copied()));
    report.line("the host, `synchronous=FULL`, messages/s", Spread::of(rates[HOST].iter().copied()));
    let ratio = |to: usize| ratios(&rates[HOST], &rates[to]);
    for (to, name) in [(NAIVE, "NORMAL"), (NAIVE_FULL, "FULL")] {
        let ratio = ratio(to);
        let words = format!("the host to the naive pipeline ({name})");
        report.goal(&words, format!("{ratio}×"), Goal::at_least(ratio.median, 8.0, "×"));
    }
    let aim = ratio(BATCHED);
    report.goal("the host to the batched floor", format!("{aim}×"), Goal::at_least(aim.median, 0.7, "×"));

    for (which, name) in [(BATCHED, "batched floor"), (HOST, "host")] {
        let runs = open_loop(&systems[which], size, rounds)?;
        let of = |figure: &dyn Fn(&Stats) -> f64| Spread::of(runs.iter().map(|(stats, _)| figure(stats) / 1e3));
        let (p50, p99) = (of(&|stats| stats.settle.p50), of(&|stats| stats.settle.p99));
        let answer = of(&|stats| stats.answer.p99);
        let seen = Spread::of(runs.iter().map(|(_, load)| load.answer.p99 / 1e3));
        if which == HOST {
            report.goal("the host at 1 000/s, settled, p50 ms", p50, Goal::at_most(p50.median, 1.0, " ms"));
            report.goal("the host at 1 000/s, settled, p99 ms", p99, Goal::at_most(p99.median, 5.0, " ms"));
            report.goal("the host's webhook answer, p99 ms", answer, Goal::at_most(answer.median, 5.0, " ms"));
            let memory = Spread::of(runs.iter().map(|(stats, _)| stats.resident_kb / 1024.0));
            report.line("the host's resident memory after that, MB", memory);
        } else {
            report.line(&format!("{name} at 1 000/s, settled, ms"), format!("p50 {p50}, p99 {p99}"));
            report.line(&format!("{name}, webhook answer, p99 ms"), answer);
        }
        report.line(&format!("{name}, answer as the generator saw it, p99 ms"), seen);
    }
    Ok(())
}

/// A server that has done some work, with its figures at zero.
pub fn warm(words: &[String], size: Size) -> anyhow::Result<Server> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut server = Server::start(&words)?;
    let n = size.pick(300, 2_000);
    load::closed(server.port, &load::requests(n), CONNECTIONS_OPEN)?;
    server.drained(n as u64)?;
    Ok(server)
}

pub fn open_loop(system: &System, size: Size, rounds: usize) -> anyhow::Result<Vec<(Stats, load::Load)>> {
    let mut runs = Vec::new();
    for _ in 0..rounds {
        let mut server = warm(&system.words, size)?;
        let requests = load::requests(size.pick(2_000, 10_000));
        let load = load::open(server.port, &requests, CONNECTIONS_OPEN, RATE)?;
        runs.push((server.drained(requests.len() as u64)?, load));
    }
    Ok(runs)
}
