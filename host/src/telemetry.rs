//! Logs and metrics: their set-up, and the functions that record each metric.
//!
//! Each log line is understandable by itself and has dotted field names. Never logged: phone numbers, texts of messages, secrets.

use std::{
    borrow::Cow,
    io::{self, BufWriter, Stderr, Write},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::{Level, Metadata};
use tracing_subscriber::{
    EnvFilter,
    fmt::{MakeWriter, format::JsonFields},
};

use crate::{log_format::JsonLines, metric};
use switchboard_core::{name::is_unseen, text::breaks_lines};
use switchboard_sandbox::agent::HostCall;
use switchboard_store::{Counts, Event, FileFigures, FlowStatus, Swept};

/// The histograms' bucket bounds in seconds; the same on every host, so that they can be summed.
const SECONDS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 30.0];

/// The label `version` of turns that the host answered itself.
const NO_VERSION: &str = "-";

/// The longest time that a line below `WARN` is buffered: lines are written in batches to save a system call in every turn.
const LINES_WAIT: Duration = Duration::from_millis(50);

/// Replaces the filter of the subscriber that was started.
type ReplaceFilter = Box<dyn Fn(EnvFilter) -> Result<(), tracing_subscriber::reload::Error> + Send + Sync>;

static FILTER: OnceLock<ReplaceFilter> = OnceLock::new();

/// Replaces the `RUST_LOG`-style filter from now on. An error is a sentence.
pub fn set_log_filter(filter: &str) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| error.to_string())?;
    let replace = FILTER.get().ok_or("no log was started")?;
    replace(filter).map_err(|error| error.to_string())
}

/// Starts logging to standard error with a `RUST_LOG`-style filter, as JSON with this host's name or as text. Dropping the returned guard
/// flushes buffered lines.
#[must_use = "buffered lines are lost if the guard is not kept until the program ends"]
pub fn start_logs(json: Option<&str>, filter: &str) -> Logs {
    let logs = Logs(Arc::new(Mutex::new(BufWriter::new(io::stderr()))));
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(Logs(logs.0.clone()));
    // It would say on standard error that it cannot write there, as on a full disk, and panic over that.
    let builder = builder.log_internal_errors(false);
    // A second start within one process (tests) keeps the first subscriber.
    let started = match json {
        Some(host) => {
            let lines = JsonLines { host: host.to_owned() };
            let builder = builder.fmt_fields(JsonFields::new()).event_format(lines).with_filter_reloading();
            let handle = builder.reload_handle();
            builder.try_init().map(|()| FILTER.set(Box::new(move |filter| handle.reload(filter))))
        }
        None => {
            let builder = builder.with_target(false).with_ansi(false).with_filter_reloading();
            let handle = builder.reload_handle();
            builder.try_init().map(|()| FILTER.set(Box::new(move |filter| handle.reload(filter))))
        }
    };
    if started.is_ok() {
        let waiting = logs.0.clone();
        let write = move || {
            loop {
                std::thread::sleep(LINES_WAIT);
                let _ = lock(&waiting).flush();
            }
        };
        let _ = std::thread::Builder::new().name("logs".into()).spawn(write);
    }
    logs
}

/// Buffered writer of log lines to standard error; a guard that flushes when dropped.
pub struct Logs(Arc<Mutex<BufWriter<Stderr>>>);

impl Drop for Logs {
    fn drop(&mut self) {
        let _ = lock(&self.0).flush();
    }
}

fn lock(lines: &Mutex<BufWriter<Stderr>>) -> MutexGuard<'_, BufWriter<Stderr>> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> MakeWriter<'a> for Logs {
    type Writer = Lines<'a>;

    fn make_writer(&'a self) -> Lines<'a> {
        Lines { lines: lock(&self.0), flush_now: true }
    }

    fn make_writer_for(&'a self, about: &Metadata<'_>) -> Lines<'a> {
        Lines { lines: lock(&self.0), flush_now: *about.level() <= Level::WARN }
    }
}

/// The writer of one log line.
pub struct Lines<'a> {
    lines: MutexGuard<'a, BufWriter<Stderr>>,
    flush_now: bool,
}

impl Write for Lines<'_> {
    /// Writes one line: it comes whole.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lines.write_all(&one_line(bytes))?;
        if self.flush_now {
            self.lines.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lines.flush()
    }
}

/// A line as it is written: what is in it may be a stranger's. Control characters, and characters that turn a line or are not seen, are
/// escaped as in JSON, so that nobody writes a line of their own in any format.
fn one_line(bytes: &[u8]) -> Cow<'_, [u8]> {
    let (line, end) = bytes.strip_suffix(b"\n").map_or((bytes, ""), |line| (line, "\n"));
    if line.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        return Cow::Borrowed(bytes);
    }
    let mut clean = String::with_capacity(bytes.len() + 16);
    for c in String::from_utf8_lossy(line).chars() {
        match c {
            '\n' => clean.push_str("\\n"),
            '\r' => clean.push_str("\\r"),
            '\t' => clean.push_str("\\t"),
            c if breaks_lines(c) || is_unseen(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = std::fmt::Write::write_fmt(&mut clean, format_args!("\\u{unit:04x}"));
                }
            }
            c => clean.push(c),
        }
    }
    Cow::Owned((clean + end).into_bytes())
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_log_begins_no_other() {
        let line = |event: &str| String::from_utf8(one_line(event.as_bytes()).into_owned()).expect("UTF-8");
        assert_eq!(
            line("a file x\n2026 ERROR y.wasm\u{2028}\u{202e}z\u{1b}[31m\r\n"),
            "a file x\\n2026 ERROR y.wasm\\u2028\\u202ez\\u001b[31m\\r\n"
        );
        assert_eq!(line("{\"message\":\"a\u{2029}b\"}\n"), "{\"message\":\"a\\u2029b\"}\n");
        assert_eq!(line("é 日本\n"), "é 日本\n");
    }
}
