//! (b) A handoff inside a turn: the turn engine over two agents, no database touched.

use std::{hint::black_box, sync::Arc, time::Instant};

use anyhow::ensure;
use switchboard::{
    app::App,
    config::Defaults,
    flags::{Document, Flags, LiveFlags, Source},
    memory::TurnMemory,
    numbers::LiveNumbers,
    prices::Rates,
    profiles::LiveProfiles,
    turn,
    vitals::Vitals,
};
use switchboard_core::{clock::Clock, contract::types::Content, model::NoModel};
use switchboard_sandbox::plugins::{Compiler, Plugins, PluginsConfig};
use switchboard_store::{Claim, Lane, Message, Person, Role, Store, StoreOptions};
use uuid::Uuid;

use crate::{
    Size, guest,
    measure::{Percentiles, Spread, nanos},
    report::{Goal, Report},
};

/// The parts of a host, on a file of its own, or on the database of an address.
pub async fn app(folder: &std::path::Path, address: Option<&str>) -> anyhow::Result<App> {
    let options = StoreOptions { role: Role::Serve, ..StoreOptions::default() };
    let data_dir = folder.join("data");
    let file = format!("sqlite://{}/switchboard.db", data_dir.display());
    let store = Store::open(address.unwrap_or(&file), options).await?;
    let without_row = Flags::of(Document::everything_on(), Source::Default);
    let config = PluginsConfig { manifest: guest::plugins(folder)?, data_dir, compiler: Compiler::InProcess };
    let plugins = Plugins::start(config).await?;
    ensure!(plugins.current().iter().count() == 2, "the guests were refused: {:?}", plugins.refusals());
    Ok(App {
        reads: Arc::new(store.clone()),
        model: Arc::new(NoModel),
        services: Arc::new(switchboard::services::NoOutbound),
        files: None,
        flags: LiveFlags::start(store.clone(), without_row).await?,
        profiles: LiveProfiles::start(store.clone()).await?,
        rates: Rates::default(),
        numbers: LiveNumbers::start(store.clone(), &Defaults::rwanda()).await?,
        store,
        plugins,
        memory: TurnMemory::new(usize::MAX),
        legacy: Default::default(),
        receipts: switchboard_edge::receipts::Receipts::off(),
        rate_limiter: switchboard_core::rate_limit::RateLimiter::new(u32::MAX - 1),
        defaults: Defaults::rwanda(),
        clock: Clock::system(),
        vitals: Vitals::default(),
    })
}

fn claim(text: &str) -> Claim {
    let now = Clock::system().now();
    Claim {
        address: None,
        wrote_at: now,
        lane: Lane { id: 1, epoch: 1 },
        message: Message {
            id: 1,
            business: "106540352242922".into(),
            wamid: Some("wamid.bench".into()),
            kind: switchboard_core::inbox::Kind::Message,
            content: Content::Text(text.into()),
            agent: None,
            sent_at: now,
            received_at: now,
            waited_ms: None,
            extras: Vec::new(),
            is_on_last: false,
            failures: 0,
            crashes: 0,
            template: None,
            until: None,
            depth: 0,
            quotes: None,
        },
        person: Person {
            id: Uuid::from_u128(1),
            bucket: 0,
            phone: None,
            user_id: Some("bench".into()),
            name: Some("Sheena Nelson".into()),
            language: Some("en".into()),
            place: None,
            opted_out: false,
            created_at: now,
            taken_over: false,
            no_marketing: false,
            ticket: None,
        },
        session: None,
        newer_waits: false,
        burst: Vec::new(),
    }
}

/// Measures and reports.
pub fn run(report: &mut Report, size: Size) -> anyhow::Result<()> {
    report.section(
        "(b) A handoff inside a turn",
        "The whole turn engine on one thread: flags, route, the first agent, the handoff, the second agent, session, journal \
         and rows to write; no database. Times in µs.",
    );
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let app = app(&guest::scratch("handoff")?, None).await?;
        let claims = [claim("hello"), claim("to desk")];
        for (claim, agent) in claims.iter().zip(["support", "desk"]) {
            let settlement = turn::answer(&app, claim).await?.settlement;
            let session = settlement.session.map(|session| session.agent);
            ensure!(session.as_deref() == Some(agent), "the turn ended with {session:?} instead of `{agent}`");
        }
        let mut p50: [Vec<f64>; 2] = Default::default();
        let mut p99: [Vec<f64>; 2] = Default::default();
        for _ in 0..size.pick(2, 5) {
            let mut samples: [Vec<u64>; 2] = Default::default();
            for _ in 0..size.pick(1_000, 10_000) {
                for (claim, samples) in claims.iter().zip(&mut samples) {
                    let began = Instant::now();
                    black_box(turn::answer(&app, claim).await?);
                    samples.push(nanos(began));
                }
            }
            for (which, samples) in samples.into_iter().enumerate() {
                let run = Percentiles::of(samples);
                p50[which].push(run.p50);
                p99[which].push(run.p99);
            }
        }
        let both = |which: usize| {
            let (p50, p99) = (Spread::of(p50[which].iter().copied()), Spread::of(p99[which].iter().copied()));
            format!("p50 {p50}, p99 {p99}")
        };
        report.line("a turn of one agent", both(0));
        let more = Spread::of(p50[1].iter().zip(&p50[0]).map(|(two, one)| two - one));
        report.line("what the handoff adds", format!("p50 {more}"));
        let whole = Spread::of(p50[1].iter().copied()).median;
        report.goal("a turn with a handoff", both(1), Goal::at_most(whole, 100.0, " µs"));
        Ok(())
    })
}
