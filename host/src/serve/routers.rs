//! The two routers: the public one, with the webhook, and the operator's, with metrics and health.

use std::{sync::Arc, time::Instant};

use axum::{Json, Router, extract::State, response::IntoResponse, routing::get};
use futures_util::future::BoxFuture;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::Mutex;

use crate::{
    app::App, config::Config, gauges, health, health::PublicHealth, lane::LaneRunner, numbers, reload::LiveSettings,
};
use switchboard_core::{
    failure::Failure,
    inbox::{Delivery, Item},
};
use switchboard_edge::{legacy, outbox::Queue, webhook};
use switchboard_store::{Store, StoreError};

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
pub(super) fn public_router(
    config: &Config,
    live: &LiveSettings,
    app: Arc<App>,
    lanes: LaneRunner,
    sender: Queue,
) -> Router {
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

/// The operator's router: metrics and health, without authentication.
pub(super) fn operator_router(app: Arc<App>, metrics: PrometheusHandle) -> Router {
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
