//! The states of rows, as they are stored.

use crate::value::Arg;

/// The state of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageState {
    /// Waits for its turn.
    Queued,
    /// Its turn ended.
    Answered,
    /// Waits until its person is let in.
    Held,
    /// Kept without a turn.
    Stored,
    /// Given up.
    Dead,
}

impl MessageState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            MessageState::Queued => "queued",
            MessageState::Answered => "answered",
            MessageState::Held => "held",
            MessageState::Stored => "stored",
            MessageState::Dead => "dead",
        }
    }
}

impl From<MessageState> for Arg {
    fn from(state: MessageState) -> Arg {
        state.as_str().into()
    }
}
