//! The host's start and stop: binds ports, opens the database, and starts senders, background tasks and servers; stops them in the order
//! of a message's path.

mod background;
mod routers;

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tracing::info;

use crate::{
    api,
    app::App,
    config::{Config, Mode, Variables},
    console::{ConsoleHandle, ConsoleSettings},
    flags::{Document, Flags, LiveFlags, Source},
    lane::LaneRunner,
    listen::{self, PortLimits},
    memory::TurnMemory,
    numbers::LiveNumbers,
    phone::Phone,
    process,
    profiles::LiveProfiles,
    reload::{self, LiveSettings, Reloader},
    rollout::reconciler::Reconciler,
    services::NetworkServices,
    vitals::{Vitals, Watched},
};
use background::{Background, background};
use routers::{operator_router, public_router};
use switchboard_core::{
    model::{Model, NoModel},
    rate_limit::RateLimiter,
};
use switchboard_edge::{
    legacy::{Forwarder, LegacyWatch},
    media::Media,
    model::{Budget, LanguageModel},
    outbox::{self, Courier, Dispatcher, Rows},
    receipts::Receipts,
    whatsapp::client::GraphClient,
};
use switchboard_sandbox::plugins::{LockPolicy, Plugins};
use switchboard_store::{Role, Store};

/// The grace period for running turns after a stop signal.
const DRAIN: Duration = Duration::from_secs(10);

/// The most messages in flight to the legacy service.
const FORWARDS_MAX: usize = 64;

/// The most connections of the operator's port.
const OPERATORS_MAX: usize = 128;

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
        rates: config.rates.clone(),
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

impl Host {
    /// Waits until a background task fails; returns its name. The host must then be stopped and restarted.
    pub async fn failed(&mut self) -> &'static str {
        self.background.failed().await
    }

    /// Stops gracefully: accepts no deliveries, lets running turns and sends end, and releases the leases.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        let store = self.app.store.clone();
        self.background.stop();
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

fn api_settings(config: &Config, live: &LiveSettings, reloader: Arc<Reloader>) -> api::ApiSettings {
    api::ApiSettings { token: live.operator_token.clone(), reloader, bucket_of: config.bucket_hash.function() }
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
