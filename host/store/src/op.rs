//! What callers hand to the writer.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::{
    SettleError, StoreError,
    claims::Claimed,
    effects::Mark,
    prepared::Prepared,
    types::{Begun, Ingested, Noted, SendEnd, Settled, Settlement},
    value::Arg,
};
use switchboard_core::inbox::Delivery;

/// A settled turn, its lane's next claim, and the claims of the lanes that it woke.
pub(crate) type SettledRows = (Settled, Option<Claimed>, Vec<Claimed>);

/// Something to write, and where its answer goes; claims go there unread, see [`claims`](super::claims).
pub(crate) enum Op {
    Ingest(Delivery, oneshot::Sender<Result<(Ingested, Vec<Claimed>), StoreError>>),
    Settle {
        settlement: Arc<Settlement>,
        /// None once a batch has used it up: if that fails, it is made again.
        prepared: Option<Box<Prepared>>,
        answer: oneshot::Sender<Result<SettledRows, SettleError>>,
    },
    /// Lanes that nobody woke: due retries, leases run out.
    Claim {
        lanes: Vec<i64>,
        now: i64,
        answer: oneshot::Sender<Result<Vec<Claimed>, StoreError>>,
    },
    /// Notices whose time has come, and what is written with them (rows of [`effects`](super::effects)).
    Queue {
        notices: Vec<Queued>,
        marks: Vec<Mark>,
        now: i64,
        answer: oneshot::Sender<Result<Vec<Claimed>, StoreError>>,
    },
    /// Outbox rows to begin: id, version, whether it is a probe.
    SendBegins {
        rows: Vec<(i64, i64, bool)>,
        now: i64,
        answer: oneshot::Sender<Result<Begun, StoreError>>,
    },
    SendEnded {
        end: SendEnd,
        now: i64,
        answer: oneshot::Sender<Result<Noted, StoreError>>,
    },
    /// Lanes for this host's sender; gives those that it has then.
    ClaimSends {
        lanes: Vec<i64>,
        now: i64,
        answer: oneshot::Sender<Result<Vec<i64>, StoreError>>,
    },
    /// Any other statement, in the batch's turn but in a transaction of its own.
    Plain(Statement, oneshot::Sender<Result<u64, StoreError>>),
}

/// A notice to put into a person's lane.
#[derive(Clone)]
pub(crate) struct Queued {
    pub(crate) agent: String,
    pub(crate) person: uuid::Uuid,
    pub(crate) business: String,
    /// The contract's content, as JSON.
    pub(crate) content: String,
}

/// A statement with its values: for what is rare.
pub(crate) struct Statement {
    pub(crate) sql: &'static str,
    pub(crate) values: Vec<Arg>,
}
