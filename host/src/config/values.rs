//! Variables of one value each, with what they may be.

use super::env::Env;
use crate::{
    logs::traces::TracesOptions,
    prices::{Prices, Rates},
    process,
};

/// The filter of log lines, in the language of `tracing_subscriber::EnvFilter`.
pub(super) fn log_filter(env: &mut Env<'_>) -> String {
    let filter = env.text("RUST_LOG", "info");
    if let Err(error) = tracing_subscriber::EnvFilter::try_new(&filter) {
        env.wrong.push(format!(
            "RUST_LOG is `{filter}` ({error}); it must be a level such as info, or info,switchboard=debug"
        ));
    }
    filter
}

/// Where traces go, by the variables that OpenTelemetry names.
pub(super) fn traces(env: &mut Env<'_>) -> Option<TracesOptions> {
    let ratio = env.parsed("OTEL_TRACES_SAMPLER_ARG", "1", "a part of the turns, from 0 to 1").unwrap_or(1.0);
    if !(0.0..=1.0).contains(&ratio) {
        env.wrong.push(format!("OTEL_TRACES_SAMPLER_ARG is {ratio}; it must be a part of the turns, from 0 to 1"));
    }
    let endpoint = env.http_address("OTEL_EXPORTER_OTLP_ENDPOINT")?;
    Some(TracesOptions { endpoint, ratio })
}

/// The version in the paths of the Graph API.
pub(super) fn graph_version(env: &mut Env<'_>) -> String {
    let version = env.text("GRAPH_API_VERSION", "v26.0");
    let numbers = version.strip_prefix('v').and_then(|numbers| numbers.split_once('.'));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !numbers.is_some_and(|(major, minor)| is_number(major) && is_number(minor)) {
        env.wrong.push(format!("GRAPH_API_VERSION is `{version}`; it must be a version such as v26.0"));
    }
    version
}

/// The name of this host: a word, as it stands in keys and in labels.
pub(super) fn host_name(env: &mut Env<'_>) -> String {
    let named = env.text("HOST_NAME", "");
    if !named.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c)) || named.len() > 64 {
        env.wrong.push(format!(
            "HOST_NAME is `{named}`; it must be at most 64 letters, digits, dots, hyphens and underscores"
        ));
    }
    if named.is_empty() { process::machine_name() } else { named }
}

/// The memory for turns, in bytes. The default leaves 384 MiB of the container of 1 GiB in `deploy/kubernetes/hosts.yaml` for all else.
pub(super) fn turn_memory(env: &mut Env<'_>) -> usize {
    let mib = env.number("MEMORY_MAX_MIB", "640");
    if mib == 0 {
        env.wrong.push("MEMORY_MAX_MIB is 0; it must be the memory in MiB that turns may take together".into());
    }
    (mib as usize).saturating_mul(1 << 20)
}

/// After how many hours without a word a takeover ends.
pub(super) fn takeover_hours(env: &mut Env<'_>) -> i64 {
    let hours = env.number("TAKEOVER_HOURS", "12");
    if hours == 0 {
        env.wrong.push("TAKEOVER_HOURS is 0; it must be at least 1, or a takeover would end at once".into());
    }
    hours.into()
}

/// Names of hosts, with commas between them; each without a scheme, a port or a path.
pub(super) fn console_hosts(env: &mut Env<'_>) -> Vec<String> {
    let names = env.text("CONSOLE_HOSTS", "");
    let names: Vec<String> =
        names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    for name in names.iter().filter(|name| name.contains(['/', ':', ' ', '*'])) {
        env.wrong.push(format!("CONSOLE_HOSTS has `{name}`; it must be names of hosts such as console.example.org"));
    }
    names
}

/// What the model and messages cost.
pub(super) fn rates(env: &mut Env<'_>) -> Rates {
    let name = "MODEL_PRICE_PER_MILLION_TOKENS";
    let model = env.get(name).and_then(|_| env.parsed(name, "", "a price in US dollars such as 0.30"));
    let Some(path) = env.get("PRICES_FILE") else { return Rates { model, messages: Prices::default() } };
    let read = std::fs::read_to_string(path).map_err(|error| error.to_string());
    let read = read.and_then(|text| text.parse::<Prices>().map_err(|error| error.to_string()));
    let messages = read.map_err(|error| env.wrong.push(format!("PRICES_FILE: {path}: {error}"))).unwrap_or_default();
    Rates { model, messages }
}
