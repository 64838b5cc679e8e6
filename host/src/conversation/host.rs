//! The host that conversations are played in: the real store, turns and sandbox, without ports.

use std::sync::Arc;

use crate::{
    app::App,
    config::{Defaults, Template},
    flags::{Document, Flags, LiveFlags, Source},
    memory::TurnMemory,
    numbers::LiveNumbers,
    prices::Rates,
    profiles::LiveProfiles,
    vitals::Vitals,
};
use switchboard_core::{bucket, clock::Clock, model::NoModel};
use switchboard_sandbox::plugins::Plugins;
use switchboard_store::{Role, Store, StoreOptions};

/// Opens a host without ports on a database. A second one on the same database (a restart) takes no lock, since the first is idle and
/// dropped afterwards.
pub(super) async fn open(database: &str, plugins: Plugins, now: i64, role: Role) -> anyhow::Result<App> {
    let store = Store::open(database, StoreOptions { role, bucket: bucket::of, ..StoreOptions::default() }).await?;
    let template = Template { name: "news".into(), language: "en_US".into() };
    let everything = Flags::of(Document::everything_on(), Source::Default);
    // Makes scripts show the template that asks silent people to write.
    let defaults = Defaults { notice_template: Some(template), ..Defaults::rwanda() };
    Ok(App {
        reads: Arc::new(store.clone()),
        model: Arc::new(NoModel),
        services: Arc::new(crate::services::NoOutbound),
        files: None,
        flags: LiveFlags::start(store.clone(), everything).await?,
        profiles: LiveProfiles::start(store.clone()).await?,
        rates: Rates::default(),
        numbers: LiveNumbers::start(store.clone(), &defaults).await?,
        store,
        plugins,
        memory: TurnMemory::new(usize::MAX),
        legacy: Default::default(),
        receipts: switchboard_edge::receipts::Receipts::off(),
        rate_limiter: switchboard_core::rate_limit::RateLimiter::new(u32::MAX - 1),
        defaults,
        clock: Clock::at(now),
        vitals: Vitals::default(),
    })
}
