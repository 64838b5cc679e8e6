//! Why a reply cannot be sent, and the checks that several kinds of replies share.

use super::limits;
use switchboard_core::text::is_blank;

/// A reply cannot be sent. The sentence is for the agent's author.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// A required text is empty.
    #[error("the {0} is empty; WhatsApp sends no empty ones")]
    Empty(&'static str),
    /// A text is too long.
    #[error("the {0} has {1} characters, and WhatsApp takes {2}")]
    TooLong(&'static str, usize, usize),
    /// There are too many of something.
    #[error("there are {1} {0}, and WhatsApp takes {2}")]
    TooMany(&'static str, usize, usize),
    /// Two choices have the same id or title.
    #[error("two choices have the {0} `{1}`")]
    Twice(&'static str, String),
    /// A section has no title.
    #[error("a list of several sections needs a title on each")]
    Untitled,
    /// The link is not an `https` address.
    #[error("the link is no https address: {0}")]
    NotHttps(String),
    /// The media handle is unknown.
    #[error("the media handle `{0}` is none that the host gave out")]
    UnknownMedia(String),
    /// The match's contact may not be shown.
    #[error("there is no contact card for the match `{0}`; it must exist, be this person's and be accepted")]
    NoCard(String),
    /// A template's parts cannot be read.
    #[error("the reply of kind `template` cannot be read: {0}")]
    Template(String),
    /// The kind of reply is unknown.
    #[error("the reply kind `{0}` is none that this host knows")]
    Unknown(String),
}

/// A text without blanks around it, if it is not empty and has no more characters than these.
pub(super) fn filled(what: &'static str, words: &str, max: usize) -> Result<String, ReplyError> {
    let words = words.trim().replace('\0', "");
    match limits::length(&words) {
        _ if is_blank(&words) => Err(ReplyError::Empty(what)),
        n if n > max => Err(ReplyError::TooLong(what, n, max)),
        _ => Ok(words),
    }
}

/// An https address with a host.
pub(super) fn https(url: &str) -> Result<reqwest::Url, ReplyError> {
    let address = reqwest::Url::parse(url).ok().filter(|url| url.scheme() == "https" && url.has_host());
    address.ok_or_else(|| ReplyError::NotHttps(limits::cut(url, 80)))
}
