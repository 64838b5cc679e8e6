//! How a store is opened, and how long a lease lives.

use crate::StoreError;
use switchboard_core::{
    clock::Clock,
    contract::types::{Content, MediaKind},
    quota::Quotas,
};

/// A lease lives this long without being renewed.
pub(crate) const LEASE_MS: i64 = 15_000;

/// A host that has not been heard of for this long is taken for dead.
pub(crate) const ALIVE_MS: i64 = 30_000;

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// The name of this host: rows that it works on show it.
    pub host_name: String,
    /// Who opens it.
    pub role: Role,
    /// A tool may change the schema while hosts live on the database.
    pub migrates_beside_hosts: bool,
    /// A pooler before the server hands out its sessions for a transaction each: nothing may outlive one.
    pub pooled_by_transaction: bool,
    /// Is corrected to the time of a server's clock, by which leases and all else are counted.
    pub clock: Clock,
    /// The bucket of a normalised number or user id.
    pub bucket: fn(&str) -> u16,
    /// The calling code of the business's country: numbers may be given in its national form.
    pub country: Option<String>,
    /// How long a send of unknown outcome waits for its status.
    pub unknown_wait_ms: i64,
    /// How long journals are kept.
    pub journal_days: i64,
    /// How long raw deliveries are kept.
    pub raw_days: i64,
    /// How long events, ended sessions and daily counts of the model's tokens are kept: what reports are made of.
    pub event_days: i64,
    /// How long files are kept that no listing, application or record of their person names.
    pub file_days: i64,
    /// How many notices there may be in a day.
    pub quotas: Quotas,
    /// How long messages wait for more of their thought.
    pub burst: Burst,
    /// How long a person is taken over after the business has written to them from its own app; 0: not at all.
    pub takeover_ms: i64,
    /// Whether people of test numbers and others do not find each other's listings: where there are real people.
    pub tests_apart: bool,
    /// Parts of the path's statements on Postgres, in its words, and what is put wrongly in their place: so that tests can see that
    /// other tests notice. Without the feature `test-hooks` they are ignored.
    pub faults: &'static [(&'static str, &'static str)],
    /// The process aborts at the writer's commit of this number, counted from 1. SQLite only.
    #[cfg(feature = "test-hooks")]
    pub crash_at_commit: Option<u64>,
}

impl Default for StoreOptions {
    fn default() -> StoreOptions {
        StoreOptions {
            host_name: "host".to_owned(),
            role: Role::Tool,
            migrates_beside_hosts: false,
            pooled_by_transaction: false,
            clock: Clock::system(),
            bucket: switchboard_core::bucket::of,
            country: None,
            unknown_wait_ms: 60_000,
            journal_days: 30,
            raw_days: 30,
            event_days: 400,
            file_days: 90,
            quotas: Quotas::default(),
            burst: Burst::default(),
            takeover_ms: 60 * 60_000,
            tests_apart: false,
            faults: &[],
            #[cfg(feature = "test-hooks")]
            crash_at_commit: None,
        }
    }
}

/// How long messages that follow each other quickly wait, to be answered together.
#[derive(Clone, Copy, Debug)]
pub struct Burst {
    /// How long a message waits for the next one. 0: no message waits, and each has a turn of its own.
    pub wait_ms: i64,
    /// How long the first one waits, however many follow.
    pub longest_ms: i64,
    /// Whether a message waits. What does not ends the wait of those before it.
    pub waits: fn(&Content) -> bool,
}

impl Default for Burst {
    fn default() -> Burst {
        Burst { wait_ms: 0, longest_ms: 6_000, waits: Burst::is_of_words }
    }
}

impl Burst {
    /// Whether a message is made of words, photos, videos or documents.
    pub fn is_of_words(content: &Content) -> bool {
        match content {
            Content::Text(_) => true,
            Content::Media(media) => matches!(media.kind, MediaKind::Image | MediaKind::Video | MediaKind::Document),
            _ => false,
        }
    }
}

/// Who opens a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The host: one process at a time.
    Serve,
    /// A command beside it.
    Tool,
}

/// Whether the schema may change, from a version to another, while these hosts live: each with the milliseconds since it was heard of.
/// A tool must be told to do it. A host does it by itself, since several may start at once.
pub(crate) fn may_migrate(
    options: &StoreOptions,
    (has, wanted): (i64, i64),
    hosts: Vec<(String, i64)>,
) -> Result<(), StoreError> {
    let live = hosts.into_iter().filter(|(_, ago)| *ago < ALIVE_MS);
    let hosts: Vec<String> =
        live.map(|(node, ago)| format!("`{node}` (heard of {} s ago)", ago.max(0) / 1000)).collect();
    if hosts.is_empty() {
        return Ok(());
    }
    let hosts = hosts.join(", ");
    if options.role == Role::Tool && !options.migrates_beside_hosts {
        return Err(StoreError::HostsLive { has, wanted, hosts });
    }
    tracing::warn!("the schema is brought from {has} to {wanted} while hosts live on this database: {hosts}");
    Ok(())
}
