//! Who is served, and where messages of others go: `UNIFIED_SERVICE_…`, `ROLLOUT_BUCKETS`, `LEGACY_WEBHOOK_…`.

use std::net::SocketAddr;

use super::env::Env;
use switchboard_core::bucket::Hash;
use switchboard_edge::legacy::Targets;

/// The flags of the environment. A value that was read as "nobody" or "everybody" by mistake is refused.
pub(super) fn flags_without_row(env: &mut Env<'_>) -> (Option<bool>, Option<f64>) {
    let (enabled, percent) = ("UNIFIED_SERVICE_ENABLED", "UNIFIED_SERVICE_ROLLOUT_PERCENT");
    let words = [("true", Some(true)), ("false", Some(false))];
    let enabled = env.choice(enabled, None, &words);
    let Some(text) = env.maybe(percent) else { return (enabled, None) };
    let number = text.parse().ok().filter(|number: &f64| (0.0..=100.0).contains(number));
    if number.is_none() {
        env.wrong.push(format!("{percent} is `{text}`; it must be a number from 0 to 100"));
    }
    (enabled, number)
}

pub(super) fn buckets(env: &mut Env<'_>) -> Hash {
    let name = env.text("ROLLOUT_BUCKETS", "murmur3");
    Hash::parse(&name).unwrap_or_else(|| {
        env.wrong.push(format!(
            "ROLLOUT_BUCKETS is `{name}`; it must be murmur3, or legacy or legacy+ for the hash of the legacy service"
        ));
        Hash::Murmur3
    })
}

pub(super) fn legacy(env: &mut Env<'_>, listen: Option<SocketAddr>) -> Targets {
    let targets = Targets::parse(env.get("LEGACY_WEBHOOK_URL"), env.get("LEGACY_WEBHOOK_URLS"), listen);
    targets.unwrap_or_else(|sentences| {
        env.wrong.extend(sentences);
        Targets::default()
    })
}
