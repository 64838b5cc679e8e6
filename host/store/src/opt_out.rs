//! Keyed hashes of numbers and user ids: by them it is remembered who said stop and was forgotten after it, or has not written yet.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::dialect::{postgres_only, sqlite_only};

/// The database's own key for them: the row `opt_out` of the table `secret`.
#[derive(Clone, Default)]
pub(crate) struct Key(Vec<u8>);

impl Key {
    /// SQL: the key, in hex.
    pub(crate) const SQLITE: &str = sqlite_only("select hex(value) from secret where name = 'opt_out'");
    /// As `SQLITE`.
    pub(crate) const POSTGRES: &str =
        postgres_only("select encode(value, 'hex') from switchboard.secret where name = 'opt_out'");

    /// Reads a key in hex.
    pub(crate) fn read(hex: &str) -> Key {
        Key(hex::decode(hex).unwrap_or_default())
    }

    /// A number or user id as the table `opt_out` knows it: HMAC-SHA256, in hex.
    pub(crate) fn hash(&self, known_by: &str) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return String::new() };
        mac.update(known_by.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }
}
