//! Signatures of components, in minisign's format, by the keys of `plugins.toml`. The signature of `jobs.wasm` is the file
//! `jobs.wasm.minisig` beside it, as `minisign -Sm jobs.wasm` writes it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use minisign_verify::{Error, PublicKey, Signature};

use crate::agent::SignedBy;

/// What is added to a component's file name for its signature's.
pub(super) const ENDING: &str = ".minisig";

/// The most bytes of a signature's file.
pub(super) const BYTES_MAX: u64 = 4_096;

/// The public keys of `plugins.toml`, by name, in minisign's base64.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Keys(BTreeMap<String, (String, PublicKey)>);

/// Whose signature a component must have.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Trust {
    /// The keys that may sign it.
    pub(super) keys: Keys,
    /// Whether it must be signed.
    pub(super) is_required: bool,
}

/// A signature does not do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is none.
    #[error(
        "it is not signed, and plugins.toml has require_signatures: sign it with `minisign -Sm {0}`, and put {0}.minisig beside it"
    )]
    Missing(String),
    /// It cannot be read.
    #[error("its signature is none that minisign writes: sign it again with `minisign -Sm {0}`")]
    Unreadable(String),
    /// It is by another key.
    #[error("its signature is by a key that may not sign it: plugins.toml lets {0} sign it")]
    OtherKey(String),
    /// It is not of these bytes, or not by the key that it names.
    #[error(
        "its signature by `{0}` does not fit: the file was changed after it was signed, the signature is another file's, or another key \
         made it; sign it again"
    )]
    Wrong(String),
}

impl Keys {
    /// Reads keys; the error is a sentence.
    pub(super) fn read(keys: &BTreeMap<String, String>) -> Result<Keys, String> {
        let read = |(name, key): (&String, &String)| {
            let key = key.trim();
            let public = PublicKey::from_base64(key).map_err(|_| {
                format!("[keys]: `{name}` is no public key of minisign: it is the second line of minisign.pub, such as \"RWQ…\"")
            })?;
            Ok((name.clone(), (key.to_owned(), public)))
        };
        keys.iter().map(read).collect::<Result<_, String>>().map(Keys)
    }

    /// Those of these names; the error is the name of one that is not there.
    pub(super) fn named(&self, names: &[String]) -> Result<Keys, String> {
        let named = |name: &String| Some((name.clone(), self.0.get(name)?.clone()));
        names.iter().map(|name| named(name).ok_or_else(|| name.clone())).collect::<Result<_, _>>().map(Keys)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Their names, in words.
    pub(super) fn names(&self) -> String {
        let names: Vec<String> = self.0.keys().map(|name| format!("`{name}`")).collect();
        if names.is_empty() { "no key".to_owned() } else { names.join(", ") }
    }
}

impl Trust {
    /// Who signed these bytes; none if they are not signed and need not be. A signature that is there must fit, where there are keys.
    pub(super) fn check(
        &self,
        file: &str,
        wasm: &[u8],
        signature: Option<&str>,
    ) -> Result<Option<SignedBy>, SignatureError> {
        let Some(signature) = signature else {
            return if self.is_required { Err(SignatureError::Missing(file.to_owned())) } else { Ok(None) };
        };
        if self.keys.is_empty() && !self.is_required {
            return Ok(None);
        }
        let unreadable = || SignatureError::Unreadable(file.to_owned());
        let signature = Signature::decode(signature).map_err(|_| unreadable())?;
        for (name, (key, public)) in &self.keys.0 {
            match public.verify(wasm, &signature, false) {
                Ok(()) => return Ok(Some(SignedBy { name: name.clone(), key: key.clone() })),
                // Two keys may have the same id, which anybody can choose.
                Err(Error::UnexpectedKeyId) => {}
                Err(Error::UnexpectedAlgorithm | Error::InvalidEncoding) => return Err(unreadable()),
                Err(_) => return Err(SignatureError::Wrong(name.clone())),
            }
        }
        Err(SignatureError::OtherKey(self.keys.names()))
    }

    /// Whether a component that was signed so may go on under these keys.
    pub(super) fn still(&self, file: &str, signed: Option<&SignedBy>) -> Result<(), SignatureError> {
        match signed {
            Some(signed) if self.keys.0.values().any(|(key, _)| *key == signed.key) => Ok(()),
            Some(_) if self.is_required => Err(SignatureError::OtherKey(self.keys.names())),
            None if self.is_required => Err(SignatureError::Missing(file.to_owned())),
            _ => Ok(()),
        }
    }
}

/// The path of a component's signature.
pub(super) fn beside(component: &Path) -> PathBuf {
    let mut path = component.as_os_str().to_owned();
    path.push(ENDING);
    path.into()
}

/// The component that a signature's path belongs to; none if the path is none of a signature.
pub(super) fn component_of(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?.strip_suffix(ENDING)?;
    Some(path.with_file_name(name))
}
