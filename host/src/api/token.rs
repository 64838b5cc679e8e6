//! The operator's token.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The operator's token, by its hash: tokens of any length take the same time to compare.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl Token {
    /// Of its text.
    pub fn new(text: &str) -> Token {
        Token(Sha256::digest(text).into())
    }

    pub(super) fn is(&self, said: &[u8]) -> bool {
        let said: [u8; 32] = Sha256::digest(said).into();
        self.0.ct_eq(&said).into()
    }
}
