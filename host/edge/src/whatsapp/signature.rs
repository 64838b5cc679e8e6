//! Verification of Meta's webhook signature: HMAC-SHA256 with the app secret over the raw body.
//!
//! There is no bypass: no other header, no older digest, no option.

use axum::http::{HeaderMap, HeaderValue};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The header that carries the signature.
pub const HEADER: &str = "x-hub-signature-256";

/// The valid app secrets, more than one during rotation. Never printed.
#[derive(Clone)]
pub struct Secrets(Vec<Hmac<Sha256>>);

/// The parsed signature header: a 32-byte HMAC that is not verified yet.
#[derive(Clone, Copy)]
pub struct SignatureHeader([u8; 32]);

/// The signature is missing or invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The header is missing.
    #[error("missing_signature")]
    Missing,
    /// Not `sha256=` and 64 hexadecimal digits, or made with a secret that is not ours.
    #[error("invalid_signature")]
    Invalid,
}

impl Secrets {
    /// Takes every secret that is not blank. Without any, nothing is accepted.
    pub fn new<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Secrets {
        let keyed = secrets.into_iter().filter_map(|secret| {
            let secret = secret.as_ref().trim();
            (!secret.is_empty()).then(|| Hmac::new_from_slice(secret.as_bytes()).ok()).flatten()
        });
        Secrets(keyed.collect())
    }

    /// Whether there is no secret.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Verifies a signature in constant time, against every secret.
    pub fn check(&self, signature: SignatureHeader, body: &[u8]) -> Result<(), SignatureError> {
        let mut fits = false;
        for keyed in &self.0 {
            fits |= keyed.clone().chain_update(body).verify_slice(&signature.0).is_ok();
        }
        if fits { Ok(()) } else { Err(SignatureError::Invalid) }
    }

    /// Signs a body with the first secret and returns the header's value, for forwarding, the emulator and tests.
    pub fn sign(&self, body: &[u8]) -> String {
        let digest = self.0.first().map(|keyed| keyed.clone().chain_update(body).finalize().into_bytes());
        format!("sha256={}", digest.map(hex::encode).unwrap_or_default())
    }
}

/// Parses the signature header, before the body is read.
pub fn from_headers(headers: &HeaderMap) -> Result<SignatureHeader, SignatureError> {
    let value = headers.get(HEADER).ok_or(SignatureError::Missing)?;
    read(value).ok_or(SignatureError::Invalid)
}

fn read(value: &HeaderValue) -> Option<SignatureHeader> {
    let digits = value.as_bytes().strip_prefix(b"sha256=")?;
    let mut digest = [0; 32];
    hex::decode_to_slice(digits, &mut digest).ok()?;
    Some(SignatureHeader(digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(value: &[u8]) -> Result<SignatureHeader, SignatureError> {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_bytes(value).expect("a header's bytes"));
        from_headers(&headers)
    }

    #[test]
    fn a_known_vector_fits_under_any_of_the_secrets() {
        // RFC 4231, test case 2.
        let body = b"what do ya want for nothing?";
        let value = b"sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let signature = parsed(value).expect("64 digits");
        assert_eq!(Secrets::new(["Jefe"]).check(signature, body), Ok(()));
        assert_eq!(Secrets::new(["new", "Jefe"]).check(signature, body), Ok(()));
        assert_eq!(Secrets::new(["new"]).check(signature, body), Err(SignatureError::Invalid));
        assert_eq!(Secrets::new(["Jefe"]).check(signature, b"what do ya want"), Err(SignatureError::Invalid));
        assert_eq!(Secrets::new(["", " "]).check(signature, body), Err(SignatureError::Invalid));
        assert_eq!(Secrets::new(["Jefe"]).sign(body).as_bytes(), value);
    }

    #[test]
    fn what_is_not_64_digits_is_refused_before_the_body() {
        assert_eq!(from_headers(&HeaderMap::new()).err(), Some(SignatureError::Missing));
        let long = format!("sha256={}", "a".repeat(65));
        let short = format!("sha256={}", "a".repeat(63));
        let sha1 = format!("sha1={}", "a".repeat(40));
        for value in
            [&b""[..], b"sha256=", b"sha256=zz", b"sha256=\xe9\xe9", long.as_bytes(), short.as_bytes(), sha1.as_bytes()]
        {
            assert_eq!(parsed(value).err(), Some(SignatureError::Invalid), "{value:?}");
        }
        assert!(parsed(format!("sha256={}", "A".repeat(64)).as_bytes()).is_ok());
    }
}
