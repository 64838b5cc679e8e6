//! The token of `OPERATOR_TOKEN`.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The token as a SHA-256 hash, so that the comparison takes constant time for tokens of any length.
pub(super) struct Token([u8; 32]);

impl Token {
    /// Hashes a token.
    pub(super) fn new(text: &str) -> Token {
        Token(Sha256::digest(text).into())
    }

    /// Whether this is the token, compared in constant time.
    pub(super) fn is(&self, given: &[u8]) -> bool {
        let given: [u8; 32] = Sha256::digest(given).into();
        self.0.ct_eq(&given).into()
    }
}
