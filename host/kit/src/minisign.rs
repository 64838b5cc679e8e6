//! Keys and signatures in minisign's format, made without its program: what `minisign -G` and `minisign -S` give.

use base64::{Engine, engine::general_purpose::STANDARD};
use blake2::{Blake2b512, Digest};
use ring::signature::{Ed25519KeyPair, KeyPair};

/// The algorithm of keys.
const ED25519: &[u8] = b"Ed";

/// The algorithm of signatures of a file's hash.
const PREHASHED: &[u8] = b"ED";

/// A pair of keys.
pub struct Signer {
    id: [u8; 8],
    pair: Ed25519KeyPair,
}

impl Signer {
    /// A pair with this id, made from this seed.
    pub fn new(id: u8, seed: u8) -> Signer {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("a seed of 32 bytes");
        Signer { id: [id; 8], pair }
    }

    /// The public key, as the second line of `minisign.pub`.
    pub fn public_key(&self) -> String {
        STANDARD.encode([ED25519, &self.id, self.pair.public_key().as_ref()].concat())
    }

    /// The signature of these bytes, as `file.minisig`.
    pub fn sign(&self, bytes: &[u8]) -> String {
        let signature = self.pair.sign(&Blake2b512::digest(bytes));
        let comment = "timestamp:1767596400\tfile:jobs.wasm\thashed";
        let all = self.pair.sign(&[signature.as_ref(), comment.as_bytes()].concat());
        format!(
            "untrusted comment: signature from minisign secret key\n{}\ntrusted comment: {comment}\n{}\n",
            STANDARD.encode([PREHASHED, &self.id, signature.as_ref()].concat()),
            STANDARD.encode(all.as_ref())
        )
    }
}
