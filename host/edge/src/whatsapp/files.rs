//! Media files of the Graph API: metadata, bytes and errors.

use std::time::Duration;

use bytes::Bytes;

use switchboard_core::failure::Failure;

/// The size limit of a file in bytes: Meta's limit for audio and video.
pub const BYTES_MAX: usize = 16 << 20;

/// A file with its MIME type.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// The MIME type without parameters, for instance `audio/ogg`.
    pub mime_type: String,
    /// The content.
    pub bytes: Bytes,
}

/// A file is unavailable.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The handle is invalid.
    #[error("`{0}` is no handle of a file")]
    Handle(String),
    /// The MIME type is not accepted.
    #[error("files of the type {0} are not fetched")]
    Type(String),
    /// The file is too large.
    #[error("the file has more than {BYTES_MAX} bytes")]
    Size,
    /// The SHA-256 does not match the Graph API's.
    #[error("the bytes are not those whose SHA-256 was given")]
    Hash,
    /// The URL is not on one of Meta's hosts.
    #[error("the file lies where our token does not go")]
    Address,
    /// The Graph API failed.
    #[error("the Graph API did not give it: {0}")]
    Graph(String),
    /// The Graph API did not take it.
    #[error("the Graph API did not take it: {error}")]
    Upload {
        /// What the refusal concerns. Nothing was sent to anybody.
        why: Failure,
        /// How long Meta asks to wait.
        retry_after: Option<Duration>,
        /// The error, for the operator.
        error: String,
    },
    /// The file could not be stored.
    #[error("it cannot be kept: {0}")]
    Directory(#[from] std::io::Error),
}

/// A file's metadata from the Graph API.
pub(crate) struct About {
    pub(crate) url: String,
    pub(crate) mime_type: String,
    pub(crate) sha256: String,
    pub(crate) size: u64,
}
