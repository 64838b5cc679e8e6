//! What a sender takes from the outbox, and what it brings back.

use switchboard_core::phone::Address;

/// A row of the outbox in the hands of a sender.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// `outbox.outbox_id`.
    pub id: i64,
    /// The row as it was read: it begins only as that.
    pub version: i64,
    /// What names the row at Meta (`biz_opaque_callback_data`); statuses bring it back.
    pub reference: String,
    /// Rows of one lane go out one after the other.
    pub lane_id: i64,
    /// Meta's `phone_number_id`.
    pub business: String,
    /// Where it goes; none if nothing is known of its person any more.
    pub to: Option<Address>,
    /// Graph API body from `type` on, as JSON text; of what is forwarded, the body whole.
    pub body: String,
    /// Forwarded to this webhook of the legacy service; none: to the person, by the Graph API.
    pub url: Option<String>,
    /// Attempts charged so far.
    pub attempts: i64,
    /// Sends of unknown outcome charged so far.
    pub losses: i64,
    /// When it was due, in milliseconds: the longest due goes first.
    pub due_at: i64,
    /// The pace towards the person: had one message been sent every interval, the next could go then. In milliseconds.
    pub pair_at: i64,
    /// It goes though its number rests, to see whether that is over.
    pub probe: bool,
}

/// What came of a send: the events of the outbox's table ([`TRANSITIONS`](crate::TRANSITIONS)) that a sender brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendResult {
    /// Meta took it, under this wamid.
    Taken {
        /// Meta's id of the message.
        wamid: String,
    },
    /// Nothing was taken, for a reason that is not the row's: it is due again at this time (milliseconds).
    PutBack {
        /// When to retry.
        at: i64,
        /// The error, for the operator.
        error: String,
    },
    /// Nothing was taken: an attempt is charged, and the row is due again at this time (milliseconds).
    Refused {
        /// When to retry.
        at: i64,
        /// The error, for the operator.
        error: String,
    },
    /// Nobody knows. The row waits for a status until this time (milliseconds).
    Lost {
        /// When to stop waiting.
        until: i64,
        /// The error, for the operator.
        error: String,
        /// Whether it counts against the row: not where the other side as a whole is in trouble.
        charged: bool,
    },
    /// It will never go.
    Failed {
        /// The error, for the operator.
        error: String,
    },
}

/// The end of a send.
#[derive(Clone, Debug)]
pub struct SendEnd {
    /// The row.
    pub id: i64,
    /// Its version since it was begun.
    pub version: i64,
    /// Its lane.
    pub lane_id: i64,
    /// The pace towards the person after it: see [`Outgoing::pair_at`].
    pub pair_at: i64,
    /// What came of it.
    pub result: SendResult,
}

/// Rows that a sender may send, and rows that may never be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Begun {
    /// Marked as being sent.
    pub sending: Vec<i64>,
    /// The person has opted out, or the 24-hour window is closed.
    pub barred: Vec<i64>,
}

/// How the end of a send was noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noted {
    /// Whether the row was as the sender had it. If not, nothing was changed.
    pub fits: bool,
    /// Whether the lane has more that is due; if so it stays with this sender, else it was let go.
    pub goes_on: bool,
}
