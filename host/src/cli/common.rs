//! What several commands share: the database, people by what they are known by, who acts, and times as people read them.

use anyhow::Context;
use uuid::Uuid;

use crate::config::{self, Config};
use switchboard_core::phone::Phone;
use switchboard_store::{Role, Store};

/// The database, for a command beside a running host.
pub(super) async fn store(config: &Config) -> anyhow::Result<Store> {
    Ok(Store::open(&config.database_url, config.store_options(Role::Tool)).await?)
}

/// The person of a number in any spelling, a user id or our own id.
pub(super) async fn person_of(store: &Store, known_by: &str) -> anyhow::Result<Uuid> {
    let phone = Phone::parse(known_by);
    let identity = phone.as_ref().map_or(known_by, |phone| phone.digits());
    store.person_of(identity).await?.with_context(|| format!("nobody is known by `{known_by}`"))
}

/// Who gives a command, for the audit: the name that was said, else the login name.
pub(super) fn actor(said: Option<String>) -> String {
    said.or_else(config::login).map_or_else(|| "cli".into(), |name| format!("cli:{name}"))
}

/// A time as a person reads it.
pub(super) fn time(ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(ms);
    at.map_or_else(|_| ms.to_string(), |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}
