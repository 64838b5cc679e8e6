//! What callers hand to the writer.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::{
    SettleError, StoreError,
    claims::Claimed,
    effect_rows::Written,
    effects::Mark,
    outbox::{Begun, Noted, SendEnd},
    prepared::Prepared,
    quota::Use,
    settlement::{Settled, Settlement},
    token_rows::TokensChange,
    types::Ingested,
    value::Arg,
};
use switchboard_core::inbox::Delivery;

/// A settled turn, and its lane's next claim.
pub(crate) type SettledRows = (Settled, Option<Claimed>);

/// A delivery, or a part of one with many items.
pub(crate) struct Part {
    /// Its items; its body only in the first part.
    pub(crate) delivery: Delivery,
    /// The id of the delivery that it continues. Its lanes are not claimed: they are found when they are looked for.
    pub(crate) of: Option<i64>,
}

/// Something to write, and where its answer goes; claims go there unread, see [`claims`](super::claims).
pub(crate) enum Op {
    Ingest(Part, oneshot::Sender<Result<(Ingested, Vec<Claimed>), StoreError>>),
    Settle {
        settlement: Arc<Settlement>,
        /// None once a batch has used it up: if that fails, it is made again.
        prepared: Option<Box<Prepared>>,
        /// What the agents wrote. It stays with the operation, so that nothing long is done with it in the writer.
        written: Arc<Written>,
        answer: oneshot::Sender<Result<SettledRows, SettleError>>,
    },
    /// Lanes that nobody woke: due retries, leases run out.
    Claim {
        lanes: Vec<i64>,
        now: i64,
        answer: oneshot::Sender<Result<Vec<Claimed>, StoreError>>,
    },
    /// Notices whose time has come, and effects of the host itself (rows of [`effects`](super::effects)).
    Queue {
        brought: Vec<Brought>,
        marks: Vec<Mark>,
        /// What of it counts against quotas.
        uses: Vec<Use>,
        now: i64,
        answer: oneshot::Sender<Result<Vec<Claimed>, StoreError>>,
    },
    /// A row of the outbox that Meta refused since the window was closed.
    WindowClosed {
        closed: Closed,
        now: i64,
        answer: oneshot::Sender<Result<(), StoreError>>,
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
    /// Dead letters that an operator retries or discards: id, version, event, who; gives how many.
    Letters {
        letters: Vec<serde_json::Value>,
        now: i64,
        answer: oneshot::Sender<Result<u64, StoreError>>,
    },
    /// Reservations of tokens of the model that begin or end.
    Tokens {
        change: Box<TokensChange>,
        now: i64,
        answer: oneshot::Sender<Result<(), StoreError>>,
    },
    /// An operator says that two persons are one.
    Merge {
        stays: uuid::Uuid,
        goes: uuid::Uuid,
        who: String,
        now: i64,
        answer: oneshot::Sender<Result<(), StoreError>>,
    },
    /// Any other statements, in the batch's turn but in a transaction of their own: none is kept if the first changes no row. Answers the
    /// number of rows that the first changed.
    Plain(Vec<Statement>, oneshot::Sender<Result<u64, StoreError>>),
}

/// What becomes of a row of `notice` whose time has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Brought {
    /// It goes into this lane of its person as a message; `instead` is the content that it gets in place of its own.
    Queue { notice: i64, lane: i64, instead: Option<String> },
    /// It is not told. What goes in its place says how many are not.
    Drop { notice: i64 },
    /// Its time is over: it is told to nobody.
    Pointless { notice: i64 },
    /// Its person has never written: it waits until they do.
    Park { notice: i64 },
    /// It waits until then: its agent's timers have fired for its person as often as they may in a day.
    Later { notice: i64, at: i64 },
}

/// A row of the outbox that Meta refused since the window was closed, and the template that goes in its place.
pub(crate) struct Closed {
    pub(crate) outbox_id: i64,
    pub(crate) template: Option<Template>,
}

/// A template that asks a person to write.
pub(crate) struct Template {
    pub(crate) person: uuid::Uuid,
    pub(crate) business: String,
    pub(crate) lane: i64,
    pub(crate) message: i64,
    pub(crate) agent: String,
    pub(crate) body: String,
}

/// A statement with its values: for what is rare.
pub(crate) struct Statement {
    pub(crate) sql: &'static str,
    pub(crate) values: Vec<Arg>,
}
