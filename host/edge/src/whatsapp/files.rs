//! Media files of the Graph API: metadata, bytes and errors.

use std::time::Duration;

use bytes::Bytes;

use super::file_types;
use switchboard_core::failure::Failure;
use switchboard_store::StoreError;

/// A file with its MIME type.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// The MIME type without parameters, for instance `audio/ogg`.
    pub mime_type: String,
    /// The content.
    pub bytes: Bytes,
}

/// The type that a file is kept as, by the MIME type that is said of it and its first bytes; none if it is not kept.
pub fn kept_as(mime: &str, head: &[u8]) -> Option<&'static str> {
    file_types::sniffed(file_types::named(mime)?, head).map(|found| found.mime)
}

/// A file is unavailable.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The handle is invalid.
    #[error("`{0}` is no handle of a file")]
    Handle(String),
    /// The MIME type is not accepted.
    #[error("files of the type {0} are not kept")]
    Type(String),
    /// The first bytes are not those of the type.
    #[error("it is said to be {0}, and its bytes are not")]
    Poses(&'static str),
    /// The file is too large.
    #[error("it has more than {0} bytes, the most of its type")]
    Size(u64),
    /// No more is kept: of its person, or in all.
    #[error("it does not fit into the quotas: see FILES_PER_PERSON, FILES_PERSON_MIB and FILES_MAX_MIB")]
    Quota,
    /// Meta did not give it in time.
    #[error("Meta did not give it while it keeps files")]
    Gone,
    /// It was refused before.
    #[error("the file is not kept")]
    NotKept,
    /// The bytes came too slowly.
    #[error("its bytes came too slowly")]
    Slow,
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
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

impl MediaError {
    /// Whether another fetch would end in the same way.
    pub(crate) fn is_final(&self) -> bool {
        matches!(
            self,
            MediaError::Handle(_)
                | MediaError::Type(_)
                | MediaError::Poses(_)
                | MediaError::Size(_)
                | MediaError::Quota
                | MediaError::Gone
                | MediaError::NotKept
        )
    }

    /// The word for a metric of files that are not kept.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            MediaError::Type(_) | MediaError::Poses(_) => "type",
            MediaError::Size(_) => "size",
            MediaError::Quota => "quota",
            _ => "lost",
        }
    }
}

/// A file's metadata from the Graph API.
pub(crate) struct About {
    pub(crate) url: String,
    pub(crate) mime_type: String,
    pub(crate) sha256: String,
    pub(crate) size: u64,
}
