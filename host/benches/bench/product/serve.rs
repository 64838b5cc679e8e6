//! (c) Messages a second from webhook to settled outbox: the host beside the naive pipeline and the batched floor. Its open loop is
//! [`steady`].
//!
//! The host is put together from its own parts as `serve::start` does it, but for the carrier: what is settled is counted, not
//! sent, as the floors do. The sender is the host's own; a row reaches it when its transaction is committed.

use std::{
    collections::{HashMap, VecDeque},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::future::BoxFuture;
use switchboard::{
    lane::LaneRunner,
    logs::{self, LogOptions},
    telemetry,
    watcher::Watcher,
};
use switchboard_core::inbox::{Delivery, Item};
use switchboard_edge::{
    outbox::{self, Carrier, Dispatcher, Outbox},
    webhook,
    whatsapp::client::SendOutcome,
};
use switchboard_store::{Begun, Outgoing, SendEnd, StoreError};

use super::{growth, handoff, steady};
use crate::{
    Size,
    child::{RECEIVED, Server, Tally, serve},
    load,
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
    async fn send(&self, row: &Outgoing) -> SendOutcome {
        let phone = row.to.as_ref().map(|to| to.as_str()).unwrap_or_default();
        match self.waiting.gone(phone) {
            Some(at) => self.tally.settled(at),
            None => eprintln!("a reply went out for which no message is waiting"),
        }
        SendOutcome::Sent { wamid: String::new() }
    }
}

impl Outbox for Noted {
    async fn begin(&self, rows: Vec<(i64, i64, bool)>, _: i64) -> anyhow::Result<Begun> {
        Ok(Begun { sending: rows.into_iter().map(|(id, ..)| id).collect(), barred: Vec::new() })
    }

    async fn finished(&self, _: SendEnd, _: i64) -> anyhow::Result<switchboard_store::Noted> {
        Ok(switchboard_store::Noted { fits: true, goes_on: true })
    }

    async fn claim(&self, _: Vec<i64>, _: i64) -> anyhow::Result<Vec<Outgoing>> {
        Ok(Vec::new())
    }

    async fn due(&self, _: i64, _: i64, _: i64) -> anyhow::Result<Vec<Outgoing>> {
        Ok(Vec::new())
    }

    async fn renew(&self, _: Vec<i64>, _: i64) -> anyhow::Result<usize> {
        Ok(1)
    }

    async fn rest(&self, _: &str, _: i64, _: &str, _: i64) -> anyhow::Result<()> {
        Ok(())
    }

    async fn window_closed(&self, _: i64, _: i64) -> anyhow::Result<()> {
        Ok(())
    }
    async fn took(&self, _: &str, _: i64) -> anyhow::Result<bool> {
        Ok(false)
    }
}

/// Serves the host until standard input ends, on a file in its folder or on the database of an address, with so many people in it before.
pub async fn host(folder: PathBuf, address: Option<&str>, people: Option<&str>) -> anyhow::Result<()> {
    let options = LogOptions { host: "bench", json: true, filter: "info", traces: None };
    let _logs = logs::start(&options).map_err(anyhow::Error::msg)?;
    telemetry::start_metrics()?;
    if let Some(people) = people {
        let file = format!("sqlite://{}/data/switchboard.db", folder.display());
        growth::fill(address.unwrap_or(&file), people.parse()?, 1).await?;
    }
    let app = Arc::new(handoff::app(&folder, address).await?);
    let noted = Noted { waiting: Waiting::default(), tally: Arc::new(Tally::default()) };
    let options = outbox::DispatchOptions {
        per_second: 1e9,
        pair: None,
        in_flight_max: usize::MAX,
        held_max: usize::MAX,
        ..outbox::DispatchOptions::default()
    };
    let sender = Dispatcher::start(noted.clone(), noted.clone(), options);
    let lanes = LaneRunner::new(app.clone(), sender.queue(), sender.queue());
    let watcher = Watcher::new(app.store.clone(), app.clock.clone());
    tokio::spawn(app.flags.clone().follow(watcher.looks()));
    tokio::spawn(lanes.clone().poll(watcher.looks()));
    tokio::spawn(watcher.watch(sender.queue(), sender.queue()));
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
    let clock = switchboard_core::clock::Clock::system();
    let edge =
        webhook::Edge::new(vec![load::SECRET.to_owned().into()], "bench".to_owned().into(), clock, Arc::new(ingest));
    serve(webhook::router(edge), noted.tally).await
}

/// A system under load.
struct System {
    /// What its process is asked for.
    words: &'static [&'static str],
    /// Messages of a closed-loop run: some seconds of work.
    n: usize,
}

const HOST: usize = 0;
const NAIVE: usize = 1;
const NAIVE_FULL: usize = 2;
const BATCHED: usize = 3;

/// Connections of a closed loop.
pub const CONNECTIONS: usize = 256;

/// Connections that warm a server.
const WARMING: usize = 64;

/// Measures and reports.
pub fn run(report: &mut Report, size: Size) -> anyhow::Result<()> {
    let rounds = size.pick(1, 3);
    let systems = [
        System { words: &["serve", "host"], n: size.pick(5_000, 60_000) },
        System { words: &["serve", "naive", "normal"], n: size.pick(1_500, 6_000) },
        System { words: &["serve", "naive", "full"], n: size.pick(1_000, 4_000) },
        System { words: &["serve", "batched"], n: size.pick(10_000, 80_000) },
    ];
    report.section(
        "(c) Messages a second, webhook to settled outbox",
        "SQLite. Signed bodies of a kilobyte from 10 000 phones, each of which has written before; generator and server on the same \
         cores. Closed loop: 256 connections, from the first request to the last commit. Open loop: 1 000 a second, due at fixed \
         times. The floors have no order, flags, people, sessions or recovery.",
    );
    let mut rates: [Vec<f64>; 4] = Default::default();
    for _ in 0..rounds {
        for (system, rates) in systems.iter().zip(&mut rates) {
            let mut server = warm(system.words, load::everybody(size))?;
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

    steady::run(report, size)
}

/// A server to which so many people have written, with its figures at zero.
pub fn warm(words: &[&str], people: usize) -> anyhow::Result<Server> {
    let mut server = Server::start(words)?;
    load::closed(server.port, &load::requests(people), WARMING)?;
    server.drained(people as u64)?;
    Ok(server)
}
