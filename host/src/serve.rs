//! The host's start and stop: binds ports, opens the database, and starts senders, background tasks and servers; stops them in the order
//! of a message's path.

use std::{
    collections::HashMap,
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use axum::{Json, Router, extract::State, response::IntoResponse, routing::get};
use futures_util::future::BoxFuture;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{
    net::TcpListener,
    sync::{Mutex, watch},
    task::{JoinHandle, JoinSet},
};
use tracing::info;

use crate::{
    api,
    app::App,
    config::{Config, Mode, Variables},
    console::{ConsoleHandle, ConsoleSettings},
    flags::{Document, Flags, LiveFlags, Source},
    gauges, health,
    health::PublicHealth,
    lane::LaneRunner,
    listen::{self, PortLimits},
    memory::TurnMemory,
    numbers::{self, LiveNumbers},
    phone::Phone,
    process,
    profiles::LiveProfiles,
    reload::{self, LiveSettings, Reloader},
    rollout::{Controller, reconciler::Reconciler},
    services::NetworkServices,
    share::ComponentReplicator,
    slots, telemetry,
    vitals::{Vitals, Watched},
    watcher::{Looks, Watcher},
};
use switchboard_core::{
    failure::Failure,
    inbox::{Delivery, Item},
    model::{Model, NoModel},
    rate_limit::RateLimiter,
};
use switchboard_edge::{
    legacy::{self, Forwarder, LegacyWatch},
    media::Media,
    model::{Budget, LanguageModel},
    outbox::{self, Courier, Dispatcher, Queue, Rows},
    receipts::Receipts,
    webhook,
    whatsapp::client::GraphClient,
};
use switchboard_sandbox::plugins::{LockPolicy, Plugins};
use switchboard_store::{Role, Store, StoreError};

/// The grace period for running turns after a stop signal.
const DRAIN: Duration = Duration::from_secs(10);

/// The most messages in flight to the legacy service.
const FORWARDS_MAX: usize = 64;

/// The most connections of the operator's port.
const OPERATORS_MAX: usize = 128;

/// How often expired rows are deleted.
const SWEEP: Duration = Duration::from_secs(15 * 60);

/// How often it is noted which messages refused deliveries named.
const REFUSED_NOTED: Duration = Duration::from_secs(5);

/// How often erasures that wait for a last answer are tried again.
const FORGET_AGAIN: Duration = Duration::from_secs(1);

/// A running host.
pub struct Host {
    /// The application state.
    pub app: Arc<App>,
    /// Reads the configuration again.
    pub reloader: Arc<Reloader>,
    lanes: LaneRunner,
    sender: Dispatcher,
    forwarder: Dispatcher,
    stop: watch::Sender<bool>,
    servers: Vec<JoinHandle<()>>,
    background: Background,
}

/// Starts a host. Ports are bound before this returns; they are bound first, so that a port in use is reported before anything else.
pub async fn start(config: &Config, variables: Variables, metrics: PrometheusHandle) -> anyhow::Result<Host> {
    let live = LiveSettings::new(config);
    let connections = process::connections(config.edge.connections_max);
    process::own_folder(&config.data_dir);
    let webhook_port = TcpListener::bind(config.listen).await.with_context(|| busy("LISTEN_ADDR", config.listen))?;
    let operator_port =
        TcpListener::bind(config.operator).await.with_context(|| busy("OPERATOR_ADDR", config.operator))?;

    let store = Store::open(&config.database_url, config.store_options(Role::Serve))
        .await
        .context("the database cannot be used")?;
    guarded(config, &store).await?;
    if !config.phone_number_id.is_empty() {
        store
            .ensure_number(&config.phone_number_id, config.clock.now())
            .await
            .context("the business number cannot be noted")?;
    }
    let graph = GraphClient::new(&config.graph_url, &config.graph_version, live.access_token.clone())?;
    let phone = match config.console_phone {
        true => {
            let (webhook, secrets) = (webhook_port.local_addr()?, live.app_secrets.clone());
            Some(Phone::start(&config.host_name, webhook, secrets, store.clone(), config.clock.clone()).await?)
        }
        false => None,
    };
    let graph = match &phone {
        Some(phone) => phone.reached_by(graph)?,
        None => graph,
    };
    let files = Media::new(graph.clone(), store.clone(), config.media_options());
    let courier = Courier::new(graph.clone(), files.clone());
    let vitals = Vitals::new(Watched::of(config));
    let forwarder = forwarder(config, &store, &live, vitals.legacy.clone())?;
    if let Err(error) = files.note_folder().await {
        tracing::warn!("the folder of files cannot be used: {error}");
    }
    let receipts = if config.read_receipts { Receipts::start(graph.clone()) } else { Receipts::off() };
    // The tables that messages are read by are made while everything else starts.
    let tables = tokio::task::spawn_blocking(switchboard_understand::prepare);
    let app = app(config, &live, store, files, receipts, vitals).await?;
    tables.await?;
    let sender = sender(config, &app, courier);
    let reconciler = Reconciler::begin(app.store.clone(), app.plugins.clone(), app.clock.clone()).await;
    let lanes = LaneRunner::new(app.clone(), sender.queue(), forwarder.queue());
    let (stop, stopped) = watch::channel(false);
    let console = ConsoleHandle::new(app.clone(), console_settings(config, &live, &phone, stopped.clone()));
    let mut background = background(&app, &lanes, reconciler, &console, (sender.queue(), forwarder.queue()));
    let reloader = Arc::new(Reloader::new(variables, config, live.clone(), app.store.clone()));
    for (name, task) in reload::tasks(config, &app, &graph, &live, &reloader) {
        background.spawn(name, task);
    }
    reload::say_shared_token(config, &app.store).await;

    background.spawn("refused deliveries", note_refused(app.clone()));
    let public = public_router(config, &live, app.clone(), lanes.clone(), sender.queue());
    let operator = operator_router(app.clone(), metrics)
        .merge(api::router(app.clone(), api_settings(config, &live, reloader.clone())))
        .merge(console.router());
    let servers = vec![
        tokio::spawn(listen::serve(webhook_port, public, PortLimits::new("public", connections), stopped.clone())),
        tokio::spawn(listen::serve(operator_port, operator, PortLimits::new("operator", OPERATORS_MAX), stopped)),
    ];
    info!(listen = %config.listen, operator = %config.operator, "the host serves");
    Ok(Host { app, reloader, lanes, sender, forwarder, stop, servers, background })
}

/// The sender of replies, rate-limited as Meta demands.
fn sender(config: &Config, app: &App, courier: Courier) -> Dispatcher {
    let options = outbox::DispatchOptions { per_second: f64::from(config.number_rate), ..sending(config) };
    Dispatcher::start(Rows::for_people(app.store.clone(), app.numbers.template_of()), courier, options)
}

/// The sender of messages to the legacy service, without a rate limit.
fn forwarder(
    config: &Config,
    store: &Store,
    live: &LiveSettings,
    watch: Arc<LegacyWatch>,
) -> anyhow::Result<Dispatcher> {
    let options = outbox::DispatchOptions {
        per_second: 1e6,
        pair: None,
        numbers_rest: false,
        in_flight_max: FORWARDS_MAX,
        ..sending(config)
    };
    let forwarder = Forwarder::new(live.app_secrets.clone())?.watched(watch);
    Ok(Dispatcher::start(Rows::for_legacy(store.clone()), forwarder, options))
}

fn sending(config: &Config) -> outbox::DispatchOptions {
    let clock = config.clock.clone();
    outbox::DispatchOptions {
        unknown_wait: Duration::from_millis(u64::try_from(config.unknown_wait_ms).unwrap_or_default()),
        clock: Arc::new(move || clock.now()),
        // The watcher says when something is due.
        poll: Duration::from_secs(10),
        ..outbox::DispatchOptions::default()
    }
}

/// Builds the application state.
async fn app(
    config: &Config,
    live: &LiveSettings,
    store: Store,
    files: Media,
    receipts: Receipts,
    vitals: Vitals,
) -> anyhow::Result<Arc<App>> {
    let model: Arc<dyn Model> = match &config.model {
        Some(model) => {
            let budget = Budget::new(model.caps, store.clone());
            let provider = model.provider.client(&model.url, &model.name, live.model_key.clone())?;
            Arc::new(LanguageModel::new(provider, Arc::new(budget), config.clock.clone()).with_files(files.clone()))
        }
        None => Arc::new(NoModel),
    };
    Ok(Arc::new(App {
        reads: Arc::new(store.clone()),
        model,
        services: NetworkServices::new(config.agent_secrets.clone())?,
        files: Some(files),
        flags: LiveFlags::start(store.clone(), without_row(config)).await?,
        memory: TurnMemory::new(config.turn_memory_bytes),
        plugins: plugins(config)?,
        profiles: LiveProfiles::start(store.clone()).await?,
        numbers: LiveNumbers::start(store.clone(), &config.defaults).await?,
        legacy: live.legacy.clone(),
        receipts,
        rate_limiter: RateLimiter::new(config.flood_per_minute),
        defaults: config.defaults.clone(),
        clock: config.clock.clone(),
        vitals,
        store,
    }))
}

/// The plugins, with what runs kept in the data directory. In production, a version that asks for more than the one before waits.
fn plugins(config: &Config) -> anyhow::Result<Plugins> {
    let plugins = Plugins::open(config.plugins_config()).context("the agents cannot be loaded")?;
    let policy = match config.mode {
        Mode::Production => LockPolicy::Ask,
        Mode::Development => LockPolicy::Accept,
    };
    plugins.keep_lock(policy)?;
    Ok(plugins)
}

/// Starts the background tasks.
fn background(
    app: &Arc<App>,
    lanes: &LaneRunner,
    reconciler: Reconciler,
    console: &ConsoleHandle,
    queues: (Queue, Queue),
) -> Background {
    let mut tasks = Background::default();
    let watcher = Watcher::new(app.store.clone(), app.clock.clone());
    tasks.spawn("flags", app.flags.clone().follow(watcher.looks()));
    tasks.spawn("profiles", app.profiles.clone().follow(watcher.looks()));
    tasks.spawn("numbers", app.numbers.clone().follow(watcher.looks()));
    tasks.spawn("lanes", lanes.clone().poll(watcher.looks()));
    tasks.spawn("console", console.clone().follow(watcher.looks()));
    tasks.spawn("sweep", sweep(app.clone()));
    tasks.spawn("slots", slots::follow(app.clone()));
    if let Some(files) = &app.files {
        tasks.spawn("files", fetch_files(files.clone(), watcher.looks()));
    }
    tasks.spawn("rollout", Controller::new(app.clone()).follow());
    tasks.spawn("versions", reconciler.follow(watcher.looks()));
    if app.store.is_shared() {
        tasks.spawn("share", ComponentReplicator::new(app.store.clone(), app.plugins.clone()).follow(watcher.looks()));
    }
    let (sender, forwarder) = queues;
    tasks.spawn("watcher", watcher.watch(sender, forwarder));
    tasks
}

/// Fetches files when they are due, until the task is dropped.
async fn fetch_files(files: Media, mut looks: Looks) {
    while let Some(look) = looks.next().await {
        if look.files {
            files.fetch_due().await;
        }
    }
}

/// The background tasks. None of them ends by itself: one that ends has panicked, and the host must stop.
#[derive(Default)]
struct Background {
    tasks: JoinSet<()>,
    names: HashMap<tokio::task::Id, &'static str>,
}

impl Background {
    fn spawn(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let id = self.tasks.spawn(task).id();
        self.names.insert(id, name);
    }

    /// Waits until a task ends; returns its name.
    async fn failed(&mut self) -> &'static str {
        match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => self.names.get(&id).copied().unwrap_or_default(),
            Some(Err(error)) => self.names.get(&error.id()).copied().unwrap_or_default(),
            None => std::future::pending().await,
        }
    }
}

impl Host {
    /// Waits until a background task fails; returns its name. The host must then be stopped and restarted.
    pub async fn failed(&mut self) -> &'static str {
        self.background.failed().await
    }

    /// Stops gracefully: accepts no deliveries, lets running turns and sends end, and releases the leases.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        let store = self.app.store.clone();
        self.background.tasks.abort_all();
        let drained = tokio::time::timeout(DRAIN, async {
            for server in self.servers {
                let _ = server.await;
            }
            self.lanes.drain().await;
            tokio::join!(self.sender.stop(), self.forwarder.stop());
        });
        match drained.await {
            Ok(()) => info!("the host has stopped"),
            Err(_) => info!(
                "the host stops while turns are still running; their messages will be answered by another host, or after the next start"
            ),
        }
        if let Err(error) = store.let_go().await {
            tracing::warn!("the leases of running lanes could not be released, and will expire: {error}");
        }
        if let Err(error) = store.leave().await {
            tracing::warn!("the host could not say that it has ended, and is taken for dead in half a minute: {error}");
        }
    }
}

fn busy(name: &str, address: std::net::SocketAddr) -> String {
    format!("{address} cannot be listened on: another program uses it, or it is not this machine's; set {name}")
}

/// The flags that apply while the database never had a flags' row: the environment's, else nobody in production and everybody in
/// development.
pub(crate) fn without_row(config: &Config) -> Flags {
    match &config.flags_without_row {
        (None, None) => match config.mode {
            Mode::Development => Flags::of(Document::everything_on(), Source::Default),
            Mode::Production => Flags::of(Document::nobody(), Source::Default),
        },
        (enabled, percent) => Flags::of(Document::from_environment(*enabled, *percent), Source::Environment),
    }
}

/// The rows of the outbox that statuses of a delivery say were refused outside the customer service window.
fn outside_window(store: &Store, delivery: &Delivery) -> Vec<i64> {
    let row = |item: &Item| match item {
        Item::Status(status) if status.failure == Some(Failure::Window) => {
            store.row_of_reference(status.reference.as_deref()?)
        }
        _ => None,
    };
    delivery.items.iter().filter_map(row).collect()
}

/// The public router: webhook and health checks.
fn public_router(config: &Config, live: &LiveSettings, app: Arc<App>, lanes: LaneRunner, sender: Queue) -> Router {
    let store = app.store.clone();
    let (clock, legacy_now, template_of) = (app.clock.clone(), app.legacy.clone(), app.numbers.template_of());
    let ingest = move |mut delivery: Delivery| -> BoxFuture<'static, Result<(), StoreError>> {
        let (store, lanes, sender, since) = (store.clone(), lanes.clone(), sender.clone(), Instant::now());
        let (template_of, forwards) = (template_of.clone(), !legacy_now.get().is_empty());
        // Spawned, so that a client that disconnects does not cancel lanes that are claimed.
        let stored = tokio::spawn(async move {
            if forwards {
                legacy::prepare(&mut delivery, |reference| store.row_of_reference(reference).is_some());
            }
            let closed = outside_window(&store, &delivery);
            let now = delivery.received_at;
            let ingested = store.ingest(delivery).await?;
            lanes.run(ingested.claimed, since);
            lanes.run_later(ingested.bursts);
            for row in closed {
                store.window_closed(row, &*template_of, now).await?;
            }
            sender.wake(ingested.waiting);
            Ok(())
        });
        Box::pin(async move { stored.await.unwrap_or(Err(StoreError::Closed)) })
    };
    let edge = webhook::Edge {
        secrets: live.app_secrets.clone(),
        verify_token: live.verify_token.clone(),
        ingest: Arc::new(ingest),
        keep_notices: numbers::notices(app.store.clone()),
        clock,
        signatures: app.vitals.signatures.clone(),
        unknown_number: config.edge.unknown_numbers,
        our_numbers: numbers::ours(app.numbers.clone()),
    };
    let health = Arc::new(PublicHealth::new(app));
    let check = async |State(health): State<Arc<PublicHealth>>| health.answer().await;
    let checks = Router::new().route("/health", get(check)).with_state(health);
    checks.merge(live_router()).merge(webhook::router(edge))
}

/// Says whether the process answers.
fn live_router() -> Router {
    Router::new().route("/health/live", get(|| async { "alive\n" }))
}

fn api_settings(config: &Config, live: &LiveSettings, reloader: Arc<Reloader>) -> api::ApiSettings {
    api::ApiSettings {
        token: live.operator_token.clone(),
        reloader,
        bucket_of: config.bucket_hash.function(),
        rates: config.rates.clone(),
    }
}

fn console_settings(
    config: &Config,
    live: &LiveSettings,
    phone: &Option<Arc<Phone>>,
    stopped: watch::Receiver<bool>,
) -> ConsoleSettings {
    ConsoleSettings {
        token: live.operator_token.clone(),
        in_development: config.mode == Mode::Development && config.operator.ip().is_loopback(),
        hosts: config.console_hosts.clone(),
        bucket_of: config.bucket_hash.function(),
        address: config.operator,
        phone: phone.clone(),
        stopped,
    }
}

/// Refuses an operator's port that others than this machine can reach, while nobody has a credential for it.
async fn guarded(config: &Config, store: &Store) -> anyhow::Result<()> {
    let is_wide = !config.operator.ip().is_loopback();
    if is_wide && config.operator_token.is_none() && !store.has_operators().await? {
        anyhow::bail!(
            "OPERATOR_ADDR is {}, which other machines may reach, and there is no operator: make the first with `switchboard operators add <name> --role admin`, or set OPERATOR_TOKEN, or leave OPERATOR_ADDR on 127.0.0.1",
            config.operator
        );
    }
    Ok(())
}

/// The operator's router: metrics and health, without authentication.
fn operator_router(app: Arc<App>, metrics: PrometheusHandle) -> Router {
    let last = Arc::new(Mutex::new(gauges::ScrapeState::default()));
    let render = move |State(app): State<Arc<App>>| async move {
        gauges::update(&app, &mut *last.lock().await).await;
        metrics.render().into_response()
    };
    let check = async |State(app): State<Arc<App>>| {
        let (code, body) = health::report(&app).await;
        (code, Json(body))
    };
    Router::new().route("/metrics", get(render)).route("/health", get(check)).with_state(app).merge(live_router())
}

/// Notes what refused deliveries named, for traces.
async fn note_refused(app: Arc<App>) {
    loop {
        tokio::time::sleep(REFUSED_NOTED).await;
        let refused = app.vitals.signatures.take_refused();
        if !refused.is_empty()
            && let Err(error) = app.store.note_refused(&refused).await
        {
            tracing::warn!("what refused deliveries named could not be noted: {error}");
        }
    }
}

/// Deletes expired rows periodically.
async fn sweep(app: Arc<App>) {
    let mut next = Instant::now() + SWEEP;
    loop {
        tokio::time::sleep(FORGET_AGAIN).await;
        if app.store.is_forgetting()
            && let Err(error) = app.store.finish_forgetting(app.clock.now()).await
        {
            tracing::warn!("what a forgotten person is known by could not be erased yet: {error}");
        }
        if Instant::now() < next {
            continue;
        }
        next = Instant::now() + SWEEP;
        match app.store.sweep(app.clock.now()).await {
            Ok(swept) => telemetry::swept(&swept),
            Err(error) => tracing::warn!("expired rows could not be deleted: {error}"),
        }
        if let Some(files) = &app.files
            && let Err(error) = files.collect().await
        {
            tracing::warn!("files of nobody could not be deleted: {error}");
        }
    }
}
