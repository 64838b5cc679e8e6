//! The journal of a turn, read: what a message's turn saw, asked and gave. The trace, the console and replay read it here; turns write it in
//! [`turn`](crate::turn).

use std::io::Read as _;

use serde::{Deserialize, Serialize};

use switchboard_core::contract::{
    log::Level,
    types::{Outcome, Turn},
};
use switchboard_sandbox::agent::{HostCall, RecordedLimits};
use switchboard_store::Reply;

/// The version of the format that is written. In 2, long arguments of calls are digests and equal results of an agent's calls stand once.
/// In 3 there are the host's version, the sandbox's settings, where the conversation stood before and after, and of each agent its limits,
/// time, log and refusal. The types read all.
pub const FORMAT: u32 = 3;

/// The largest journal that is read, in bytes of JSON: four times what a turn may hold.
const BYTES_MAX: u64 = 64 << 20;

/// The first bytes of a zstd frame.
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The journal of one turn.
#[derive(Clone, Debug, Deserialize)]
pub struct Journal {
    /// The version of the format.
    pub format: u32,
    /// The message's id.
    pub message: i64,
    /// How often the message had been tried before.
    #[serde(default)]
    pub attempts: i64,
    /// The time of the turn, in milliseconds.
    pub now: i64,
    /// Which agent answers, and why.
    pub route: Routed,
    /// One for each agent that ran.
    pub links: Vec<Link>,
    /// Why there was no answer of an agent, if an error or a stop prevented it.
    pub error: Option<String>,
    /// What was sent, as bodies for the Graph API.
    pub replies: Vec<Reply>,
    /// The version of the program that wrote it; unknown before format 3.
    #[serde(default)]
    pub host: Option<String>,
    /// The number of the sandbox's settings; unknown before format 3.
    #[serde(default)]
    pub engine: Option<u32>,
    /// Where the conversation stood before; unknown before format 3.
    #[serde(default)]
    pub before: Option<Stand>,
    /// Where it stood then; unknown before format 3.
    #[serde(default)]
    pub after: Option<Stand>,
}

/// Where a conversation stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stand {
    /// The agent that answered last; empty if there is no session.
    pub agent: String,
    /// The open flow.
    #[serde(default)]
    pub flow: Option<String>,
    /// Its open step.
    #[serde(default)]
    pub step: Option<String>,
}

/// The route of a message.
#[derive(Clone, Debug, Deserialize)]
pub struct Routed {
    /// The agent's name.
    pub agent: String,
    /// Why it answers, such as `keywords` or `flow`.
    pub reason: String,
    /// The confidence, 0 to 1.
    pub confidence: f32,
    /// The keywords that matched for it.
    pub keywords: Vec<String>,
}

/// One agent's run.
#[derive(Clone, Debug, Deserialize)]
pub struct Link {
    /// Its name.
    pub agent: String,
    /// The SHA-256 of its component, in hex.
    pub sha256: String,
    /// What it was given.
    pub turn: Turn,
    /// What it asked the host, in order.
    pub calls: Vec<HostCall>,
    /// What it gave; none if it was stopped.
    pub outcome: Option<Outcome>,
    /// Why it was stopped.
    pub stopped: Option<String>,
    /// The words of a refusal of what the person gave; unknown before format 3.
    #[serde(default)]
    pub refused: Option<String>,
    /// The fuel that it used.
    pub fuel: u64,
    /// How long it ran, in microseconds; 0 before format 3.
    #[serde(default)]
    pub micros: u64,
    /// The limits that it ran under; unknown before format 3.
    #[serde(default)]
    pub limits: Option<RecordedLimits>,
    /// What it logged; unknown before format 3.
    #[serde(default)]
    pub log: Vec<(Level, String)>,
}

/// Why a journal cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The bytes are not what a turn wrote.
    #[error("the journal cannot be decompressed: {0}")]
    Bytes(#[from] std::io::Error),
    /// The JSON is not a journal.
    #[error("the journal cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// A later program wrote it.
    #[error("the journal has format {0}; this program reads formats up to {FORMAT}: use a newer program")]
    Newer(u32),
}

impl Journal {
    /// Reads what a turn wrote: JSON, under zstd unless compression had failed.
    pub fn read(body: &[u8]) -> Result<Journal, JournalError> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let mut json = Vec::new();
        if body.starts_with(&ZSTD) {
            zstd::Decoder::new(body)?.take(BYTES_MAX).read_to_end(&mut json)?;
        } else {
            json.extend_from_slice(body);
        }
        let Head { format } = serde_json::from_slice(&json)?;
        if format > FORMAT {
            return Err(JournalError::Newer(format));
        }
        Ok(serde_json::from_slice(&json)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"format":1,"message":7,"attempts":1,"now":5,"route":{"agent":"jobs","reason":"keywords","confidence":0.5,"keywords":["job"]},
        "links":[],"error":"why","replies":[{"agent":"jobs","body":"{}","url":null}]}"#;

    #[test]
    fn plain_and_compressed_journals_are_read() {
        let compressed = zstd::encode_all(JSON.as_bytes(), 1).expect("it is compressed");
        for body in [JSON.as_bytes(), &compressed] {
            let journal = Journal::read(body).expect("it is read");
            assert_eq!((journal.message, journal.attempts, journal.route.reason.as_str()), (7, 1, "keywords"));
            assert_eq!(journal.replies.len(), 1);
        }
    }

    #[test]
    fn what_is_no_journal_says_so() {
        assert!(matches!(Journal::read(b"{}"), Err(JournalError::Json(_))));
        assert!(matches!(Journal::read(&[0x28, 0xb5, 0x2f, 0xfd, 9, 9]), Err(JournalError::Bytes(_))));
        let later = JSON.replace("\"format\":1", "\"format\":4");
        assert!(matches!(Journal::read(later.as_bytes()), Err(JournalError::Newer(4))));
    }
}
