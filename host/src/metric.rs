//! The metrics: names, kinds and descriptions, in one table; and what the process says of itself.

use std::{sync::OnceLock, time::Instant};

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge};

/// A kind of metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// It only grows, from zero at the host's start.
    Counter,
    /// It is of now.
    Gauge,
    /// Durations, by buckets.
    Histogram,
}

use MetricKind::{Counter, Gauge, Histogram};

/// All metrics: the name, the kind, and what it says.
pub const METRICS: &[(&str, MetricKind, &str)] = &[
    (
        "switchboard_turns_total",
        Counter,
        "Messages answered; outcome is ok, or error if the person did not get an agent's own answer; version is - if the host answered; reason is why this agent was chosen.",
    ),
    ("switchboard_turn_errors_total", Counter, "Those with outcome='error'; present from the start."),
    (
        "switchboard_turn_seconds",
        Histogram,
        "From receipt of a message, or from the end of its wait for others, to its settlement.",
    ),
    (
        "switchboard_turn_conflicts_total",
        Counter,
        "Turns that wrote nothing and run again, since another turn changed a document that they write on a condition.",
    ),
    (
        "switchboard_read_receipts_total",
        Counter,
        "Read receipts with a typing indicator: sent, failed (twice, or refused), left_out while Meta limits the rate or there are too many.",
    ),
    (
        "switchboard_burst_wait_seconds",
        Histogram,
        "How long messages waited for more of their thought (BURST_WAIT_MS) before their turn was due; not part of switchboard_turn_seconds.",
    ),
    (
        "switchboard_live_turns",
        Gauge,
        "Turns that are running, those that wait for a model included, and that are waiting for memory.",
    ),
    (
        "switchboard_turn_memory_bytes",
        Gauge,
        "Memory that turns have reserved, and the max that they may (MEMORY_MAX_MIB).",
    ),
    ("switchboard_memory_wait_seconds", Histogram, "How long turns waited for memory, of those that had to."),
    (
        "switchboard_calls_refused_total",
        Counter,
        "Calls of agents that the host refused: why is denied (it may not), or limit (a limit or quota is reached).",
    ),
    ("switchboard_sessions_created_total", Counter, "Sessions begun; agent answered their first message."),
    (
        "switchboard_sessions_failed_total",
        Counter,
        "Sessions that began with an apology, because their first message was given up.",
    ),
    (
        "switchboard_service_calls_total",
        Counter,
        "Calls of other services by agents; outcome is the class of the status, failed, limited, or refused (a private address).",
    ),
    (
        "switchboard_service_calls_refused_total",
        Counter,
        "Calls that plugins.toml does not grant; the log says which line to add.",
    ),
    (
        "switchboard_handoffs_total",
        Counter,
        "Handoffs from one agent to another; outcome is given or refused (then to is -).",
    ),
    (
        "switchboard_handoff_seconds",
        Histogram,
        "Time that the host needed between the end of one agent and the start of the next.",
    ),
    ("switchboard_flows_total", Counter, "Flows that ended: completed or cancelled."),
    ("switchboard_agent_in_service", Gauge, "1 while the agent is in service and its flag is on, then 0."),
    (
        "switchboard_rollout_percent",
        Gauge,
        "Percentage of people who are served, by the flags in force; 0 while the service is off.",
    ),
    ("switchboard_flags_refused", Gauge, "1 while the flags row is refused and the last good flags are in force."),
    (
        "switchboard_backup_age_seconds",
        Gauge,
        "Age of the newest backup that switchboard db backup made; absent if it never made one.",
    ),
    ("switchboard_swept_rows_total", Counter, "Rows deleted because they were kept long enough."),
    (
        "switchboard_sweep_longest_seconds",
        Gauge,
        "The longest statement of the last sweep of such rows, with its wait for the writer.",
    ),
    ("switchboard_messages", Gauge, "Messages that are queued, held (outside the rollout) or dead (given up)."),
    ("switchboard_oldest_queued_seconds", Gauge, "How long the longest-waiting message has waited."),
    ("switchboard_outbox", Gauge, "Replies that are waiting (including unknown, which may have been sent) or dead."),
    ("switchboard_forwards_dead", Gauge, "Messages given up that the legacy service did not take."),
    ("switchboard_oldest_reply_seconds", Gauge, "How long ago the oldest reply that is not yet sent was written."),
    ("switchboard_oldest_forward_seconds", Gauge, "The same of what is to be forwarded."),
    (
        "switchboard_oldest_notice_seconds",
        Gauge,
        "How long the oldest notice is due that is in no lane yet; not of those that wait for their person.",
    ),
    ("switchboard_notices", Gauge, "Notices that are due and not told yet; not those that wait for their person."),
    (
        "switchboard_notices_refused_total",
        Counter,
        "Notices that an agent wanted to cause and may not: agent, sender, recipient (the day's quotas), muted.",
    ),
    ("switchboard_agent_muted", Gauge, "1 while the agent's notices are muted, then 0."),
    (
        "switchboard_agent_rests",
        Gauge,
        "1 while this host has the agent out of service because it was stopped too often, then 0.",
    ),
    (
        "switchboard_number_rests_seconds",
        Gauge,
        "For how long nothing was sent from this number, because Meta takes nothing; 0 while it does not rest.",
    ),
    (
        "switchboard_storing_fails",
        Gauge,
        "1 while deliveries cannot be stored; a host whose last attempt failed makes another when it is asked, once a second at most.",
    ),
    ("switchboard_plugins_refused", Gauge, "Components that are refused, and plugins.toml if it is."),
    (
        "switchboard_cache_writable",
        Gauge,
        "0 while compiled agents cannot be kept on disk: each start compiles them anew.",
    ),
    ("switchboard_templates_lost", Gauge, "People whose last template, which asked them to write, could not be sent."),
    ("switchboard_billed_sends", Gauge, "Sends of the last 24 hours that Meta says it bills; recounted once a minute."),
    (
        "switchboard_forwards_total",
        Counter,
        "Attempts to forward to the legacy service: sent, refused (retried), unknown (no answer: tried once more), rejected.",
    ),
    (
        "switchboard_sends_total",
        Counter,
        "Attempts to send: sent, retry, unknown, dead; barred: not tried, opted out or outside the window.",
    ),
    ("switchboard_files", Gauge, "Files that people sent: pending are to be fetched, kept are kept."),
    ("switchboard_files_bytes", Gauge, "Bytes of kept files."),
    ("switchboard_file_fetches_total", Counter, "Fetches of files: kept, retry; not kept: type, size, quota, lost."),
    (
        "switchboard_outbox_misfits_total",
        Counter,
        "Results of sends that came too late to change their row: see outbox.md.",
    ),
    ("switchboard_send_seconds", Histogram, "How long the Graph API took."),
    ("switchboard_model_questions_total", Counter, "Questions to the language model: answered, declined, failed."),
    (
        "switchboard_model_turns_out_of_time_total",
        Counter,
        "Questions that were given up because the turn's 8 s for the model were over.",
    ),
    ("switchboard_model_tokens_total", Counter, "Tokens in and out."),
    (
        "switchboard_model_answers_stopped_total",
        Counter,
        "Answers of the model that were not shown: link, number, secret, amount, claim, code.",
    ),
    ("switchboard_connections", Gauge, "Open connections of the port public or operator."),
    (
        "switchboard_connections_closed_total",
        Counter,
        "Connections that the host closed: slow_head, idle, shed (made room), full (refused), stop.",
    ),
    (
        "switchboard_bodies_given_up_total",
        Counter,
        "Bodies of deliveries that were not read to their end: too_many_bytes (unverified ones together), body_too_slow.",
    ),
    (
        "switchboard_webhook_unanswered_total",
        Counter,
        "Signed items that are stored and not answered: too_old, unknown_number.",
    ),
    ("switchboard_webhook_answers_total", Counter, "What the webhook answered."),
    ("switchboard_webhook_seconds", Histogram, "How long the webhook took, storing included."),
    ("switchboard_webhook_unreadable_total", Counter, "Deliveries that could not be read, wholly or in part."),
    ("switchboard_problem", Gauge, "1 while a problem of this name stands at this host: the table below."),
    ("switchboard_number_resting", Gauge, "1 while nothing is sent from this number, by Meta's code; - without one."),
    (
        "switchboard_signatures_wrong",
        Gauge,
        "Deliveries since the last right signature that all had a wrong one; 0 while that is no problem.",
    ),
    ("switchboard_legacy_failures", Gauge, "Failures of the legacy service in a row; 0 while that is no problem."),
    ("switchboard_database_away", Gauge, "1 while the database does not answer."),
    ("switchboard_disk_free_bytes", Gauge, "Room on the disk of DATA_DIR and of FILES_DIR."),
    ("switchboard_disk_free_min_bytes", Gauge, "The least room that there should be (DISK_FREE_MIN_MIB)."),
    (
        "switchboard_clock_ahead_seconds",
        Gauge,
        "How far this host's clock is ahead of the database's; negative if it is behind.",
    ),
    ("switchboard_agents_serving", Gauge, "Agents that are in service here and on."),
    ("switchboard_agents_missing", Gauge, "Agents that are on by their flags and have no file here."),
    ("switchboard_agents_differ", Gauge, "Agents that the hosts serve in different versions, or with other settings."),
    (
        "switchboard_agent_failures",
        Gauge,
        "Turns of the last hour in a row that failed, up to the last one; of a host that reads figures.",
    ),
    (
        "switchboard_rollout_held",
        Gauge,
        "1 while the rollout service, or that of an agent's new version (agent:<name>), is held.",
    ),
    ("switchboard_rollout_aborted", Gauge, "1 for a day after it was ended before its last step."),
    (
        "switchboard_candidate_percent",
        Gauge,
        "Percentage of people who get the version that is tried; 0 while none is.",
    ),
    ("switchboard_tickets_open", Gauge, "Tickets that nobody has answered."),
    ("switchboard_oldest_ticket_seconds", Gauge, "How long the oldest of them has waited."),
    ("switchboard_takeovers", Gauge, "People whom a human answers now."),
    (
        "switchboard_model_failures",
        Gauge,
        "Questions to the model in a row that failed, while the circuit breaker is open; else 0.",
    ),
    (
        "switchboard_model_budget_used_ratio",
        Gauge,
        "Part of the day's cap on tokens that is used or reserved, by agent; all is the cap on all.",
    ),
    ("switchboard_meta_notices_total", Counter, "Notices of Meta's about the account, its numbers and its templates."),
    ("switchboard_meta_warnings", Gauge, "Those that stand: account, number, template, category, alert."),
    ("switchboard_build_info", Gauge, "Always 1; the program's version."),
    ("switchboard_uptime_seconds", Gauge, "How long the process has run."),
    ("process_start_time_seconds", Gauge, "When it started, in seconds since 1970."),
    ("process_open_fds", Gauge, "Files and connections that it has open."),
    ("process_resident_memory_bytes", Gauge, "Memory that it uses."),
];

/// Counters that are rare: they are there from the start, so that Prometheus sees their first increment.
const FROM_THE_START: [&str; 2] = ["switchboard_sessions_failed_total", "switchboard_turn_errors_total"];

/// When this process began to count.
static STARTED: OnceLock<Instant> = OnceLock::new();

/// Describes all metrics to the recorder.
pub(crate) fn describe() {
    STARTED.get_or_init(Instant::now);
    for (name, kind, help) in METRICS {
        match kind {
            Counter => describe_counter!(*name, *help),
            Gauge => describe_gauge!(*name, *help),
            Histogram => describe_histogram!(*name, *help),
        }
    }
    for name in FROM_THE_START {
        counter!(name).increment(0);
    }
    gauge!("switchboard_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    let now = jiff::Timestamp::now().as_millisecond();
    gauge!("process_start_time_seconds").set(now as f64 / 1000.0);
}

/// Sets the gauges of the process: how long it runs, its memory and its open files.
pub(crate) fn process() {
    gauge!("switchboard_uptime_seconds").set(STARTED.get_or_init(Instant::now).elapsed().as_secs_f64());
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        // The folder that is being read is one of them.
        gauge!("process_open_fds").set(files.count().saturating_sub(1) as f64);
    }
    if let Some(bytes) = resident_bytes() {
        gauge!("process_resident_memory_bytes").set(bytes as f64);
    }
}

/// The memory of this process that is in use; none where the system does not say.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    /// The names of metrics that a folder's files record.
    fn recorded(folder: &Path, names: &mut BTreeSet<String>) {
        for file in fs::read_dir(folder).expect("a folder").flatten() {
            let path = file.path();
            if path.is_dir() {
                recorded(&path, names);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("metric.rs") {
                let text = fs::read_to_string(&path).expect("a file");
                let words = text.split('"').filter(|word| word.starts_with("switchboard_"));
                let is_name = |word: &&str| word.chars().all(|c| c == '_' || c.is_ascii_lowercase());
                names.extend(words.filter(is_name).map(str::to_owned));
            }
        }
    }

    #[test]
    fn every_metric_is_described_here_and_in_the_document() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut names = BTreeSet::new();
        for folder in ["src", "edge/src", "sandbox/src", "store/src", "core/src"] {
            recorded(&here.join(folder), &mut names);
        }
        let described: BTreeSet<String> = METRICS.iter().map(|(name, ..)| (*name).to_owned()).collect();
        assert_eq!(described.len(), METRICS.len(), "none is there twice");
        let missing: Vec<&String> = names.difference(&described).collect();
        assert!(missing.is_empty(), "recorded and not described: {missing:?}");
        let document = fs::read_to_string(here.join("../docs/metrics.md")).expect("the document");
        for (name, kind, help) in METRICS {
            let word = match kind {
                Counter => "counter",
                Gauge => "gauge",
                Histogram => "histogram",
            };
            let row = document.lines().find(|line| line.starts_with(&format!("| `{name}` | {word}")));
            assert!(row.is_some() && help.ends_with('.'), "{name}: a {word} in docs/metrics.md");
        }
    }
}
