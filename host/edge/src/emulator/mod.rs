//! An emulator of the Graph API and of phones, in memory. What the outbox sends is checked against Meta's limits and
//! lands on a phone; what a phone sends is posted to the webhook, signed as Meta signs it.

mod account;
mod templates;
mod envelope;
mod faults;
mod gemini;
mod graph;
mod media;
mod phones;
mod post;
mod screen;
mod screens;
mod state;

use std::net::SocketAddr;

use anyhow::Context;
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Query, State},
    routing::{get, post as on_post},
};
use serde::Deserialize;
use serde_json::{Value, json};

pub use faults::{Fail, Faults, FileFault, FileHow, Forged, How, StatusFault, Statuses};
pub use gemini::{Asked, ModelServer, Says};
pub use phones::{NoMessage, Told};
pub use screen::{Entry, Shown, Tick};
pub use state::{Emulator, Log, Sent, Settings};

/// A running emulator. It ends when this is dropped.
pub struct Running {
    /// The address it listens on.
    pub address: SocketAddr,
    /// The emulator.
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
    serve(address, emulator, Emulator::router).await
}

/// Serves the emulator behind a host's own phone, on a free port of this machine: Meta's routes alone, since anyone who could reach the phones'
/// could have anything signed.
pub async fn start_phone(emulator: Emulator) -> anyhow::Result<Running> {
    serve(SocketAddr::from(([127, 0, 0, 1], 0)), emulator, Emulator::graph).await
}

async fn serve(address: SocketAddr, emulator: Emulator, routes: fn(&Emulator) -> Router) -> anyhow::Result<Running> {
    let port = tokio::net::TcpListener::bind(address).await;
    let port = port.with_context(|| {
        format!("the emulator cannot listen on {address}: another program has it, or it is not this machine's")
    })?;
    let address = port.local_addr()?;
    let router = routes(&emulator);
    let task = tokio::spawn(async move { axum::serve(port, router).await });
    Ok(Running { address, emulator, task })
}

impl Emulator {
    /// The routes: Meta's under `/{version}`, the phones' under `/emulator`, and `/health`.
    pub fn router(&self) -> Router {
        self.graph().merge(
            Router::new()
                .route("/emulator/phones/{number}/messages", on_post(phones::say).get(phones::hear))
                .route("/emulator/media/{id}", axum::routing::put(media::put).delete(media::expire))
                .route("/emulator/faults", get(get_faults).post(set_faults))
                .route("/emulator/templates", axum::routing::put(account::set_templates))
                .route("/emulator/sends", get(sends))
                .route("/emulator/log", get(log))
                .layer(DefaultBodyLimit::max(crate::webhook::BODY_BYTES_MAX))
                .with_state(self.clone()),
        )
    }

    /// Meta's routes.
    fn graph(&self) -> Router {
        Router::new()
            .route("/{version}/{business}/messages", on_post(graph::messages))
            .route("/{version}/{business}/media", on_post(media::upload))
            .route("/{version}/{account}/subscribed_apps", get(account::subscribed).post(account::subscribe))
            .route("/{version}/{account}/message_templates", get(account::templates))
            .route("/{version}/{id}", get(media::about))
            .route("/{version}/{id}/bytes", get(media::bytes))
            .route("/health", get(|| async { Json(json!({ "status": "healthy", "service": "emulator" })) }))
            .layer(DefaultBodyLimit::max(crate::webhook::BODY_BYTES_MAX))
            .with_state(self.clone())
    }
}

async fn set_faults(State(emulator): State<Emulator>, Json(faults): Json<Faults>) -> Json<Value> {
    emulator.set_faults(faults);
    Json(json!({ "success": true }))
}

async fn get_faults(State(emulator): State<Emulator>) -> Json<Faults> {
    Json(emulator.world().faults.clone())
}

/// The query of the messages taken.
#[derive(Deserialize)]
struct After {
    /// Only those after the Nth.
    #[serde(default)]
    after: usize,
}

async fn sends(State(emulator): State<Emulator>, Query(After { after }): Query<After>) -> Json<Value> {
    let sends = emulator.sends(after);
    Json(json!({ "last": after + sends.len(), "sends": sends }))
}

async fn log(State(emulator): State<Emulator>) -> Json<Log> {
    Json(emulator.log())
}
