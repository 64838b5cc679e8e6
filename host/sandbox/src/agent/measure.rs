//! JSON that is measured while it is written: nothing longer than what may be held is built, and nothing is written twice.

use std::io;

use serde::Serialize;
use sha2::{Digest, Sha256};

/// The length of a value as JSON, in bytes. Nothing is built.
pub(super) fn size(value: &impl Serialize) -> usize {
    let mut counter = Counter(0);
    // The contract's types are plain data: none of them fails.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}

/// A value as JSON; the error is the length at which it passed `most` bytes.
pub(super) fn text(value: &impl Serialize, most: usize) -> Result<String, usize> {
    let mut writer = Bounded { text: Vec::new(), most, passed: 0 };
    match serde_json::to_writer(&mut writer, value) {
        Ok(()) => Ok(string(writer.text)),
        Err(_) => Err(writer.passed),
    }
}

/// A value's JSON, or what stands for it.
pub(super) enum Text {
    /// It is short.
    Whole(String),
    /// It is long: its SHA-256 in hex, and its length in bytes.
    Digest(String, usize),
}

/// A value as JSON if that has at most `whole` bytes, else its digest; the error is the length at which it passed `most` bytes. Holds
/// no more than `whole` bytes of it.
pub(super) fn digest(value: &impl Serialize, whole: usize, most: usize) -> Result<Text, usize> {
    let mut writer = Hashing { block: Vec::new(), whole, hasher: None, length: 0, most };
    if serde_json::to_writer(&mut writer, value).is_err() {
        return Err(writer.length);
    }
    Ok(match writer.hasher {
        None => Text::Whole(string(writer.block)),
        Some(hasher) => Text::Digest(hex::encode(hasher.chain_update(&writer.block).finalize()), writer.length),
    })
}

/// The SHA-256 of a text, in hex.
pub(super) fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// The room at the end of a text that is worth giving back, in bytes.
const SLACK: usize = 1 << 10;

/// `serde_json` writes UTF-8.
fn string(mut json: Vec<u8>) -> String {
    if json.capacity() - json.len() > SLACK {
        json.shrink_to_fit();
    }
    String::from_utf8(json).unwrap_or_default()
}

fn too_long() -> io::Error {
    io::ErrorKind::FileTooLarge.into()
}

/// Counts what is written.
struct Counter(usize);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps what is written, up to a limit.
struct Bounded {
    text: Vec<u8>,
    most: usize,
    /// The length at which it passed the limit.
    passed: usize,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.text.len() + bytes.len();
        if length > self.most {
            self.passed = length;
            return Err(too_long());
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Hashes what is written, in blocks of at most `whole` bytes.
struct Hashing {
    /// What is not hashed yet.
    block: Vec<u8>,
    whole: usize,
    /// None while all of it fits into one block.
    hasher: Option<Sha256>,
    length: usize,
    most: usize,
}

impl io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.length += bytes.len();
        if self.length > self.most {
            return Err(too_long());
        }
        if self.block.len() + bytes.len() <= self.whole {
            self.block.extend_from_slice(bytes);
            return Ok(bytes.len());
        }
        let hasher = self.hasher.get_or_insert_default();
        hasher.update(&self.block);
        hasher.update(bytes);
        self.block.clear();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_whole_up_to_its_limit() {
        assert_eq!(size(&"a\u{1}"), 9);
        assert_eq!(text(&"a\u{1}", 9).as_deref(), Ok("\"a\\u0001\""));
        assert_eq!(text(&"a\u{1}", 8), Err(9));
    }

    #[test]
    fn a_long_text_is_its_hash_and_length() {
        let long = ["\u{1}".repeat(1_000), "b".repeat(5_000), "c".into()];
        let json = serde_json::to_string(&long).expect("JSON");
        let Ok(Text::Digest(sha256, length)) = digest(&long, 4_096, usize::MAX) else { panic!("it is long") };
        assert_eq!((sha256, length), (hex::encode(Sha256::digest(&json)), json.len()));
        assert!(matches!(digest(&long, json.len(), usize::MAX), Ok(Text::Whole(whole)) if whole == json));
        assert!(digest(&long, 4_096, json.len()).is_ok());
        assert!(digest(&long, 4_096, json.len() - 1).is_err());
    }
}
