//! Files as the Graph API knows them: what it says of one, its bytes, and why there is none.

use bytes::Bytes;

/// Bytes of the largest file that is fetched: Meta's limit of audio and video.
pub const BYTES_MAX: usize = 16 << 20;

/// A file and what it is.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// For instance `audio/ogg`, without parameters.
    pub mime_type: String,
    /// All of it.
    pub bytes: Bytes,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// Not a handle of a file.
    #[error("`{0}` is no handle of a file")]
    Handle(String),
    /// A type that is not fetched.
    #[error("files of the type {0} are not fetched")]
    Type(String),
    /// Too large.
    #[error("the file has more than {BYTES_MAX} bytes")]
    Size,
    /// Other bytes than the Graph API said.
    #[error("the bytes are not those whose SHA-256 was given")]
    Hash,
    /// An address to which our token does not go.
    #[error("the file lies where our token does not go")]
    Address,
    /// The Graph API.
    #[error("the Graph API did not give it: {0}")]
    Graph(String),
    /// The directory.
    #[error("it cannot be kept: {0}")]
    Directory(#[from] std::io::Error),
}

/// What the Graph API says of a file.
pub(crate) struct About {
    pub(crate) url: String,
    pub(crate) mime_type: String,
    pub(crate) sha256: String,
    pub(crate) size: u64,
}
