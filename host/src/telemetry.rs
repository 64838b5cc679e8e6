//! Logs and metrics: how they are set up, and the names of what is counted.
//!
//! A log line reads alone and names things in dotted fields. Never in a log: a phone number, a message's text, a secret.

use std::time::Duration;

use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::store::{Counts, Event};

/// Seconds; the same on every node, so that nodes add up.
const SECONDS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 30.0];

/// Starts logging to standard error. `RUST_LOG`-style filters come from the caller.
pub fn start_logs(json: bool, filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start in one process (tests) keeps the first.
    let _ = if json { builder.json().flatten_event(true).try_init() } else { builder.with_target(false).try_init() };
}

/// Starts counting; the handle renders what `/metrics` answers.
pub fn start_metrics() -> Result<PrometheusHandle, BuildError> {
    let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)?;
    builder.install_recorder()
}

/// A turn has settled, this long after its message came.
pub fn turn(event: &Event, took: Duration) {
    let outcome = if event.failed { "error" } else { "ok" };
    let labels = [("agent", event.agent.clone()), ("reason", event.intent.clone()), ("outcome", outcome.to_owned())];
    counter!("switchboard_turns_total", &labels).increment(1);
    histogram!("switchboard_turn_seconds", "agent" => event.agent.clone()).record(took);
}

/// What waits, and what was given up.
pub fn queues(counts: &Counts) {
    gauge!("switchboard_messages", "state" => "queued").set(counts.queued as f64);
    gauge!("switchboard_messages", "state" => "held").set(counts.held as f64);
    gauge!("switchboard_messages", "state" => "dead").set(counts.dead as f64);
    gauge!("switchboard_outbox", "state" => "waiting").set(counts.outbox_waiting as f64);
    gauge!("switchboard_outbox", "state" => "dead").set(counts.outbox_dead as f64);
    gauge!("switchboard_oldest_queued_seconds").set(counts.oldest_queued_ms as f64 / 1000.0);
}
