//! Why the phone did not send.

use switchboard_store::StoreError;

/// Why the phone did not send.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    /// There is no such choice any more.
    #[error("that choice is not on the screen any more: load the page again")]
    NoChoice,
    /// Nothing to send.
    #[error("there is nothing to send: write something, or choose a file")]
    Nothing,
    /// A file of a type that WhatsApp does not take.
    #[error("WhatsApp sends no files of the type {0}: choose a photo, a PDF, a video or a recording")]
    FileType(String),
    /// The webhook did not take it.
    #[error("the webhook did not take it (HTTP {0}); see the log")]
    Refused(u16),
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}
