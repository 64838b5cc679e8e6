//! A Graph API and a world of phones in one process: what the outbox sends is checked as Meta checks it and lands on a phone,
//! what a phone says reaches the webhook signed as Meta signs it. Everything is in memory.

mod account;
mod envelope;
mod faults;
mod gemini;
mod graph;
mod media;
mod phones;
mod post;

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicUsize},
};

use anyhow::Context;
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    routing::{get, post as on_post},
};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::whatsapp::signature::Secrets;
pub use faults::{Fail, Faults};
pub use gemini::{Asked, ModelServer, Says};

/// The business number as people see it.
const DISPLAY: &str = "250788999000";

/// What an emulator is made of.
#[derive(Clone)]
pub struct Settings {
    /// Where deliveries go, for instance `http://127.0.0.1:8080/webhook`. Several are taken in turn, as a load balancer does; one
    /// that nobody answers at is passed over.
    pub webhooks: Vec<String>,
    /// The app secret they are signed with.
    pub app_secret: String,
    /// `phone_number_id` of the business number that phones write to.
    pub phone_number_id: String,
}

/// A served emulator. It ends when this is dropped.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it is.
    pub emulator: Emulator,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves an emulator. The port is bound before this returns; port 0 takes a free one.
pub async fn start(address: SocketAddr, settings: Settings) -> anyhow::Result<Running> {
    let emulator = Emulator::new(settings)?;
    let port = tokio::net::TcpListener::bind(address).await;
    let port = port.with_context(|| {
        format!("the emulator cannot listen on {address}: another program has it, or it is not this machine's")
    })?;
    let address = port.local_addr()?;
    let router = emulator.router();
    let task = tokio::spawn(async move { axum::serve(port, router).await });
    Ok(Running { address, emulator, task })
}

/// The emulator, shared by its routes.
#[derive(Clone)]
pub struct Emulator(Arc<Inner>);

struct Inner {
    settings: Settings,
    secrets: Secrets,
    http: reqwest::Client,
    world: Mutex<World>,
    /// Rings when a phone receives something.
    bell: Notify,
    /// Deliveries so far.
    turn: AtomicUsize,
}

/// Everything that has happened.
#[derive(Default)]
struct World {
    phones: HashMap<String, Vec<Received>>,
    last_word_ms: HashMap<String, i64>,
    faults: Faults,
    log: Log,
    /// Where webhooks go instead of where the settings say.
    override_url: Option<String>,
    /// Files that phones have sent, by id: type and bytes.
    media: HashMap<String, (String, bytes::Bytes)>,
}

/// A message on a phone.
#[derive(Clone, Debug, Serialize)]
struct Received {
    /// Counts the messages of this phone, from 1.
    n: usize,
    /// Its wamid.
    id: String,
    /// Milliseconds since 1970.
    at: i64,
    /// The business number it came from.
    business: String,
    /// The body as it was posted.
    body: Value,
}

/// What tests count.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Log {
    /// Requests to send.
    pub requests: u64,
    /// Messages taken.
    pub accepted: u64,
    /// Requests refused, by Graph code.
    pub refused: BTreeMap<i64, u64>,
    /// Messages taken, by our reference: more than one is a double.
    pub references: BTreeMap<String, u64>,
    /// Posts to the webhook, by HTTP status; 0 where nobody answered.
    pub webhook: BTreeMap<u16, u64>,
}

impl Emulator {
    /// Makes one. It does nothing until its routes are served.
    pub fn new(settings: Settings) -> Result<Emulator, reqwest::Error> {
        crate::whatsapp::client::install_tls();
        let http = reqwest::Client::builder().no_proxy().timeout(std::time::Duration::from_secs(10)).build()?;
        let secrets = Secrets::new([&settings.app_secret]);
        let inner =
            Inner { settings, secrets, http, world: Mutex::default(), bell: Notify::new(), turn: AtomicUsize::new(0) };
        Ok(Emulator(Arc::new(inner)))
    }

    /// The routes: Meta's under `/{version}`, the phones' under `/emulator`, and `/health`.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/{version}/{business}/messages", on_post(graph::messages))
            .route("/emulator/phones/{number}/messages", on_post(phones::say).get(phones::hear))
            .route("/{version}/{business}/media", on_post(media::upload))
            .route("/{version}/{account}/subscribed_apps", get(account::subscribed).post(account::subscribe))
            .route("/{version}/{id}", get(media::about))
            .route("/{version}/{id}/bytes", get(media::bytes))
            .route("/emulator/media/{id}", axum::routing::put(media::put).delete(media::expire))
            .route("/emulator/faults", on_post(set_faults))
            .route("/emulator/log", get(log))
            .route("/health", get(|| async { Json(json!({ "status": "healthy", "service": "emulator" })) }))
            .layer(DefaultBodyLimit::max(crate::webhook::BODY_BYTES_MAX))
            .with_state(self.clone())
    }

    /// A phone has sent this file.
    pub fn put_file(&self, id: &str, kind: &str, bytes: bytes::Bytes) {
        self.world().media.insert(id.to_owned(), (kind.to_owned(), bytes));
    }

    /// What happened so far.
    pub fn log(&self) -> Log {
        self.world().log.clone()
    }

    /// Misbehave like this from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.world().faults = faults;
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn set_faults(State(emulator): State<Emulator>, Json(faults): Json<Faults>) -> Json<Value> {
    emulator.set_faults(faults);
    Json(json!({ "success": true }))
}

async fn log(State(emulator): State<Emulator>) -> Json<Log> {
    Json(emulator.log())
}

/// `+250 788 000 001` and `250788000001` are one phone; a user id stays as it is.
fn handle(number: &str) -> String {
    switchboard_core::phone::Phone::parse(number)
        .map_or_else(|_| number.trim().to_owned(), |phone| phone.digits().to_owned())
}

fn new_wamid() -> String {
    format!("wamid.{}", uuid::Uuid::now_v7().simple().to_string().to_uppercase())
}

fn new_media_id() -> String {
    uuid::Uuid::now_v7().as_u128().to_string()
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}
