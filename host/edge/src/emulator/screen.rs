//! What a phone shows: the messages of both sides with their ticks, and whether the business is typing.

use std::collections::VecDeque;

use serde_json::Value;

/// A phone's screen.
#[derive(Debug, Default)]
pub(super) struct Screen {
    pub(super) entries: VecDeque<Entry>,
    /// Until when the business is typing, in milliseconds.
    pub(super) typing_until: i64,
}

/// A message on a phone.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its wamid.
    pub wamid: String,
    /// When it was sent, in milliseconds since 1970.
    pub at: i64,
    /// Whether the phone's person said it.
    pub is_own: bool,
    /// What it says: of the person's as Meta delivers it, of the business's as it was posted.
    pub body: Value,
    /// How far it came.
    pub tick: Tick,
}

/// How far a message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// The webhook has not answered yet.
    Waits,
    /// The webhook refused it with this HTTP status; 0 without an answer.
    Refused(u16),
    /// Of the person's: the webhook took it. Of the business's: it is on the phone.
    Stored,
    /// The other side has read it.
    Read,
}

/// What a phone shows now.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// The messages, the oldest first.
    pub entries: Vec<Entry>,
    /// Whether the business is typing.
    pub is_typing: bool,
}
