//! A running host: everything started in the order of a message, and stopped in the same order.

use std::{
    collections::HashSet,
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
    task::JoinHandle,
};
use tracing::info;

use crate::{
    alert::Teller,
    api,
    app::App,
    config::Config,
    desk,
    flags::{Document, Flags, LiveFlags, Source},
    health,
    lane::Lanes,
    profiles::LiveProfiles,
    rollout::{Controller, agents::Steering},
    share::Share,
    telemetry,
};
use switchboard_core::{
    inbox::Delivery,
    model::{Model, NoModel},
    rate_limit::Flood,
    session::LIFE_MS,
};
use switchboard_edge::{
    legacy::{self, Forwarder},
    media::Media,
    model::{Budget, Gemini, LanguageModel},
    outbox::{self, Courier, Forwards, Sender},
    webhook,
    whatsapp::client::GraphClient,
};
use switchboard_sandbox::plugins::Plugins;
use switchboard_store::{Role, Store, StoreError};

/// How long running turns may take to end after a stop is asked for.
const DRAIN: Duration = Duration::from_secs(10);

/// Messages on their way to the service before at one time.
const FORWARDS_MAX: usize = 64;

/// How often old rows are cleared away.
const SWEEP: Duration = Duration::from_secs(15 * 60);

/// How often what waits for a forgotten person's last answer is looked at.
const FORGET_AGAIN: Duration = Duration::from_secs(1);

/// How often billed sends are counted for the metrics.
const BILLED: Duration = Duration::from_secs(60);

/// A host that serves until it is stopped.
pub struct Host {
    /// The parts.
    pub app: Arc<App>,
    lanes: Lanes,
    sender: Sender,
    forwarder: Sender,
    stop: watch::Sender<bool>,
    servers: Vec<JoinHandle<anyhow::Result<()>>>,
    background: Vec<JoinHandle<()>>,
}

/// Starts a host. Ports are bound before this returns.
pub async fn start(config: &Config, metrics: PrometheusHandle) -> anyhow::Result<Host> {
    let clock = config.clock.clone();
    let webhook_port = TcpListener::bind(config.listen).await.with_context(|| busy("LISTEN_ADDR", config.listen))?;
    let operator_port =
        TcpListener::bind(config.operator).await.with_context(|| busy("OPERATOR_ADDR", config.operator))?;

    let store = Store::open(&config.database_url, config.store_options(Role::Serve))
        .await
        .context("the database cannot be used")?;
    let flags = LiveFlags::start(store.clone(), without_row(config)).await?;
    let plugins = Plugins::start(config.plugins_config()).await.context("the plugins cannot be watched")?;
    let steering = Steering::start(store.clone(), plugins.clone(), clock.clone()).await;
    let graph = GraphClient::new(&config.graph_url, &config.graph_version, &config.access_token)?;
    let sending = {
        let clock = clock.clone();
        outbox::Options {
            per_second: f64::from(config.number_rate),
            unknown_wait: Duration::from_millis(u64::try_from(config.unknown_wait_ms).unwrap_or_default()),
            clock: Arc::new(move || clock.now()),
            ..outbox::Options::default()
        }
    };
    let files = Media::new(graph.clone(), config.data_dir.join("media"));
    let sender = Sender::start(store.clone(), Courier::new(graph.clone(), files.clone(), clock.clone()), sending);
    let forwarder = {
        let clock = clock.clone();
        // As fast as the service before takes it.
        let options = outbox::Options {
            per_second: 1e6,
            pair_burst: 1e6,
            in_flight_max: FORWARDS_MAX,
            unknown_wait: Duration::from_millis(u64::try_from(config.unknown_wait_ms).unwrap_or_default()),
            clock: Arc::new(move || clock.now()),
            ..outbox::Options::default()
        };
        Sender::start(Forwards(store.clone()), Forwarder::new(&config.app_secrets)?, options)
    };
    let profiles = LiveProfiles::start(store.clone()).await?;
    let model: Arc<dyn Model> = match &config.model {
        Some(model) => {
            let budget = Budget::load(model.caps, store.clone(), clock.now()).await?;
            let gemini = Gemini::new(&model.url, &model.name, &model.key)?;
            Arc::new(LanguageModel::new(gemini, Arc::new(budget), clock.clone()).with_files(files.clone()))
        }
        None => Arc::new(NoModel),
    };
    let app = Arc::new(App {
        reads: Arc::new(store.clone()),
        model,
        files: Some(files),
        store,
        flags,
        plugins,
        profiles: profiles.clone(),
        legacy: config.legacy.clone(),
        flood: Flood::new(config.flood_per_minute),
        defaults: config.defaults.clone(),
        clock,
    });
    let lanes = Lanes::new(app.clone(), sender.queue(), forwarder.queue());
    let (stop, stopped) = watch::channel(false);

    let mut background = vec![
        tokio::spawn(app.flags.clone().follow()),
        tokio::spawn(profiles.follow()),
        tokio::spawn(lanes.clone().poll()),
        tokio::spawn(sweep(app.clone())),
        tokio::spawn(Controller::new(app.clone()).follow()),
        tokio::spawn(steering.follow()),
    ];
    if let Some(url) = config.tickets_webhook.clone() {
        background.push(tokio::spawn(desk::tell(app.clone(), url, reqwest::Client::builder().build()?)));
    }
    if let Some(alerts) = &config.alerts {
        let teller = Teller::new(app.clone(), alerts, &graph, &config.phone_number_id)?;
        background.push(tokio::spawn(teller.follow()));
    }
    if app.store.is_shared() {
        background.push(tokio::spawn(Share::new(app.store.clone(), app.plugins.clone()).follow()));
    }
    let public = public_router(config, app.clone(), lanes.clone());
    let operator = operator_router(app.clone(), metrics).merge(api::router(app.clone(), api_settings(config)));
    let servers = vec![
        tokio::spawn(listen(webhook_port, public, stopped.clone())),
        tokio::spawn(listen(operator_port, operator, stopped)),
    ];
    info!(listen = %config.listen, operator = %config.operator, "the host serves");
    Ok(Host { app, lanes, sender, forwarder, stop, servers, background })
}

impl Host {
    /// Stops: no new deliveries, running turns end, what is being sent is sent.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let store = self.app.store.clone();
        for task in &self.background {
            task.abort();
        }
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
                "the host stops with turns still running; their messages are answered by another, or after the next start"
            ),
        }
        if let Err(error) = store.let_go().await {
            tracing::warn!(
                "the lanes of running turns could not be let go; they are free when their leases end: {error}"
            );
        }
    }
}

fn busy(name: &str, address: std::net::SocketAddr) -> String {
    format!("{address} cannot be listened on: another program has it, or it is not this machine's; set {name}")
}

/// The flags where the database has no row of them.
pub(crate) fn without_row(config: &Config) -> Flags {
    match &config.flags_without_row {
        (None, None) => Flags::of(Document::everything_on(), Source::Default),
        (enabled, percent) => {
            let document = Document::from_environment(enabled.as_deref(), percent.as_deref());
            Flags::of(document, Source::Environment)
        }
    }
}

/// The webhook and the health checks.
fn public_router(config: &Config, app: Arc<App>, lanes: Lanes) -> Router {
    let store = app.store.clone();
    let (clock, forwards) = (app.clock.clone(), !app.legacy.is_empty());
    let ingest = move |mut delivery: Delivery| -> BoxFuture<'static, Result<(), StoreError>> {
        let (store, lanes, since) = (store.clone(), lanes.clone(), Instant::now());
        // A task of its own: a sender that hangs up must not take claimed lanes with it.
        let stored = tokio::spawn(async move {
            if forwards {
                legacy::prepare(&mut delivery);
            }
            let ingested = store.ingest(delivery).await?;
            lanes.run(ingested.claimed, since);
            Ok(())
        });
        Box::pin(async move { stored.await.unwrap_or(Err(StoreError::Closed)) })
    };
    let edge = webhook::Edge {
        secrets: config.app_secrets.clone(),
        verify_token: config.verify_token.clone(),
        ingest: Arc::new(ingest),
        clock,
    };
    health_router(app).merge(webhook::router(edge))
}

fn health_router(app: Arc<App>) -> Router {
    let check = |State(app): State<Arc<App>>| async move {
        let (code, body) = health::report(&app).await;
        (code, Json(body))
    };
    Router::new().route("/health", get(check)).route("/health/live", get(|| async { "alive\n" })).with_state(app)
}

fn api_settings(config: &Config) -> api::Settings {
    api::Settings {
        token: config.operator_token.as_deref().map(api::Token::new),
        bucket_of: config.bucket_hash.function(),
        model_price: config.model_price,
    }
}

/// Metrics and health, for the operator only; they want no token.
fn operator_router(app: Arc<App>, metrics: PrometheusHandle) -> Router {
    let said = Arc::new(Mutex::new(Said::default()));
    let render = move |State(app): State<Arc<App>>| async move {
        gauges(&app, &mut *said.lock().await).await;
        metrics.render().into_response()
    };
    Router::new().route("/metrics", get(render)).with_state(app.clone()).merge(health_router(app))
}

/// What the last scrape was told, where it matters for the next.
#[derive(Default)]
struct Said {
    agents: HashSet<String>,
    billed: Option<Instant>,
}

/// Brings up to date what is read when it is asked for.
async fn gauges(app: &App, said: &mut Said) {
    let now = app.clock.now();
    let state = app.flags.state();
    let agents = app.plugins.current();
    let on = agents.iter().map(|version| version.name()).filter(|name| state.flags.agent_is_on(name));
    let document = &state.flags.document;
    let percent = if document.unified_service_enabled { document.unified_service_rollout_percent } else { 0.0 };
    telemetry::service(state.error.is_some(), percent, on.map(str::to_owned).collect(), &mut said.agents);
    if let Ok(counts) = app.store.counts(now).await {
        telemetry::queues(&counts);
    }
    // It reads all of a day's statuses: not at every scrape.
    if said.billed.is_none_or(|at| at.elapsed() >= BILLED)
        && let Ok(billed) = app.store.billed(now - LIFE_MS, now).await
    {
        telemetry::billed(billed);
        said.billed = Some(Instant::now());
    }
}

async fn listen(port: TcpListener, router: Router, mut stopped: watch::Receiver<bool>) -> anyhow::Result<()> {
    use axum::serve::ListenerExt;
    // Answers are small: they must not wait for Nagle.
    let port = port.tap_io(|socket| {
        let _ = socket.set_nodelay(true);
    });
    let until = async move {
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    Ok(axum::serve(port, router).with_graceful_shutdown(until).await?)
}

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
        if let Err(error) = app.store.sweep(app.clock.now()).await {
            tracing::warn!("old rows could not be cleared away: {error}");
        }
    }
}
