//! Metrics: their set-up, and the functions that record each of them.

use std::time::Duration;

use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use crate::metric;
use switchboard_sandbox::agent::HostCall;
use switchboard_store::{Counts, Event, FileFigures, FlowStatus, Swept};

/// The histograms' bucket bounds in seconds; the same on every host, so that they can be summed.
const SECONDS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 30.0];

/// The label `version` of turns that the host answered itself.
const NO_VERSION: &str = "-";

/// Installs the metrics recorder; the handle renders the body of `/metrics`.
pub fn start_metrics() -> Result<PrometheusHandle, BuildError> {
    let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)?;
    let handle = builder.install_recorder()?;
    metric::describe();
    Ok(handle)
}

/// Records a settled turn; `took` is the time since its message arrived, or since its wait for others ended.
pub fn turn(event: &Event, took: Duration) {
    let outcome = if event.failed { "error" } else { "ok" };
    let version = event.version.as_deref().unwrap_or(NO_VERSION);
    let who = [("agent", event.agent.clone()), ("version", version.to_owned()), ("outcome", outcome.to_owned())];
    histogram!("switchboard_turn_seconds", &who).record(took);
    if let Some(waited) = event.waited_ms {
        histogram!("switchboard_burst_wait_seconds")
            .record(Duration::from_millis(u64::try_from(waited).unwrap_or_default()));
    }
    if event.failed {
        counter!("switchboard_turn_errors_total").increment(1);
    }
    let [agent, version, outcome] = who;
    let labels = [agent, version, outcome, ("reason", event.intent.clone())];
    counter!("switchboard_turns_total", &labels).increment(1);
    if let (Some(end @ (FlowStatus::Completed | FlowStatus::Cancelled)), false) = (event.next, event.failed) {
        counter!("switchboard_flows_total", "agent" => event.agent.clone(), "outcome" => end.as_str()).increment(1);
    }
    for handoff in &event.handoffs {
        let outcome = if handoff.refused { "refused" } else { "given" };
        let labels = [
            ("from", handoff.from.clone()),
            ("to", target_label(&handoff.to, handoff.refused)),
            ("outcome", outcome.into()),
        ];
        counter!("switchboard_handoffs_total", &labels).increment(1);
        if let Some(took) = handoff.took {
            histogram!("switchboard_handoff_seconds").record(took);
        }
    }
}

/// Counts the calls of an agent that the host refused: what it may not do, and what is beyond a limit; how many there were.
pub fn refused_calls(agent: &str, calls: &[HostCall]) -> u64 {
    let mut refused = 0;
    for call in calls.iter().filter(|call| !call.ok) {
        let Some(why @ ("denied" | "limit")) = call.result(calls).and_then(refusal) else { continue };
        let labels = [("agent", agent.to_owned()), ("call", call.name.to_string()), ("why", why.to_owned())];
        counter!("switchboard_calls_refused_total", &labels).increment(1);
        refused += 1;
    }
    refused
}

/// The kind of the problem that a call was answered with.
fn refusal(answer: &str) -> Option<&'static str> {
    let answer: serde_json::Value = serde_json::from_str(answer).ok()?;
    let kind = answer.get("Err")?.as_object()?.keys().next()?.to_lowercase();
    ["denied", "limit"].into_iter().find(|known| *known == kind)
}

/// The label `to` of a handoff: `-` if it was refused, since a refused name is arbitrary and would make the label's values unbounded.
fn target_label(to: &str, refused: bool) -> String {
    if refused { "-".to_owned() } else { to.to_owned() }
}

/// How long a turn may wait for memory and not be counted as waiting.
const AT_ONCE: Duration = Duration::from_millis(1);

/// Records that a turn has reserved its memory, if it had to wait for it.
pub fn memory_reserved(waited: Duration) {
    if waited > AT_ONCE {
        histogram!("switchboard_memory_wait_seconds").record(waited);
    }
}

/// Sets the gauges of the memory that turns may take, and have reserved, in bytes.
pub fn memory(max: usize, reserved: usize) {
    gauge!("switchboard_turn_memory_bytes", "state" => "max").set(max as f64);
    gauge!("switchboard_turn_memory_bytes", "state" => "reserved").set(reserved as f64);
}

/// Sets the gauges of the files that people sent.
pub fn files(files: &FileFigures) {
    gauge!("switchboard_files", "state" => "pending").set(files.pending as f64);
    gauge!("switchboard_files", "state" => "kept").set(files.kept as f64);
    gauge!("switchboard_files_bytes").set(files.bytes as f64);
}

/// Sets the gauges of turns that have memory, and that wait for it.
pub fn turns(running: usize, waiting: usize) {
    gauge!("switchboard_live_turns", "state" => "running").set(running as f64);
    gauge!("switchboard_live_turns", "state" => "waiting").set(waiting as f64);
}

/// Records a new session, and whether its first message was given up.
pub fn session(agent: &str, given_up: bool) {
    counter!("switchboard_sessions_created_total", "agent" => agent.to_owned()).increment(1);
    if given_up {
        counter!("switchboard_sessions_failed_total").increment(1);
    }
}

/// Sets the gauge of messages sent in the last 24 hours that Meta bills.
pub fn billed(sends: i64) {
    gauge!("switchboard_billed_sends").set(sends as f64);
}

/// Sets the gauge of the newest backup's age.
pub fn backup(age_ms: i64) {
    gauge!("switchboard_backup_age_seconds").set(age_ms as f64 / 1000.0);
}

/// What the last sweep of expired rows did.
pub fn swept(swept: &Swept) {
    counter!("switchboard_swept_rows_total").increment(swept.rows);
    gauge!("switchboard_sweep_longest_seconds").set(swept.longest.1.as_secs_f64());
}

/// Sets the gauges of queue lengths and of the oldest message's age.
pub fn queues(counts: &Counts) {
    gauge!("switchboard_messages", "state" => "queued").set(counts.queued as f64);
    gauge!("switchboard_messages", "state" => "held").set(counts.held as f64);
    gauge!("switchboard_messages", "state" => "dead").set(counts.dead as f64);
    gauge!("switchboard_outbox", "state" => "waiting").set(counts.outbox_waiting as f64);
    gauge!("switchboard_outbox", "state" => "unknown").set(counts.outbox_unknown as f64);
    gauge!("switchboard_outbox", "state" => "dead").set(counts.outbox_dead as f64);
    gauge!("switchboard_forwards_dead").set(counts.forwards_dead as f64);
    gauge!("switchboard_templates_lost").set(counts.templates_lost as f64);
    gauge!("switchboard_oldest_queued_seconds").set(counts.oldest_queued_ms as f64 / 1000.0);
    gauge!("switchboard_oldest_reply_seconds").set(counts.oldest_reply_ms as f64 / 1000.0);
    gauge!("switchboard_oldest_forward_seconds").set(counts.oldest_forward_ms as f64 / 1000.0);
    gauge!("switchboard_notices").set(counts.notices as f64);
    gauge!("switchboard_oldest_notice_seconds").set(counts.oldest_notice_ms as f64 / 1000.0);
}
