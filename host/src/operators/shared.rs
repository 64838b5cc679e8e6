//! The token of `OPERATOR_TOKEN`, which all who have it share.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The token as a SHA-256 hash, so that the comparison takes constant time for tokens of any length.
pub struct SharedToken([u8; 32]);

impl SharedToken {
    /// Hashes a token.
    pub fn new(text: &str) -> SharedToken {
        SharedToken(Sha256::digest(text).into())
    }

    /// Whether this is the token, compared in constant time.
    pub fn is(&self, given: &[u8]) -> bool {
        let given: [u8; 32] = Sha256::digest(given).into();
        self.0.ct_eq(&given).into()
    }
}
