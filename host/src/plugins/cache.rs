//! Compiled code on disk. It is machine code and runs with all our rights: only what this folder's own key signed is read.

use std::{
    fs,
    hash::Hasher,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::agent::{Compiled, Engine};

/// A folder of compiled code: `<sha-256>-<engine>.cwasm`, each with its seal beside it. Mode 0700.
pub(super) struct Cache {
    folder: PathBuf,
    key: [u8; 32],
    engine: u64,
}

impl Cache {
    /// Opens a folder, and makes it and its key if they are not there.
    pub(super) fn open(folder: &Path, engine: &Engine) -> io::Result<Cache> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // It may have been there before, made by somebody else's hand.
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
        let path = folder.join("key");
        let key = match fs::read(&path).map(<[u8; 32]>::try_from) {
            Ok(Ok(key)) => key,
            _ => {
                let mut key = [0; 32];
                getrandom::fill(&mut key).map_err(|error| io::Error::other(error.to_string()))?;
                replace(&path, &key)?;
                key
            }
        };
        let mut hasher = std::hash::DefaultHasher::new();
        engine.fingerprint(&mut hasher);
        Ok(Cache { folder: folder.to_owned(), key, engine: hasher.finish() })
    }

    /// The code of a component, if it is here and unchanged.
    pub(super) fn get(&self, engine: &Engine, sha256: &str) -> Option<Compiled> {
        let path = self.path(sha256);
        let code = fs::read(&path).ok()?;
        let seal = fs::read(path.with_extension("seal")).ok()?;
        if self.mac(sha256, &code).verify_slice(&seal).is_err() {
            tracing::warn!(file = %path.display(), "cached code was changed by somebody else; it is compiled anew");
            return None;
        }
        engine.read_compiled(&code).ok()
    }

    /// Keeps the code of a component. Failing to is no failure: it is compiled again next time.
    pub(super) fn put(&self, sha256: &str, compiled: &Compiled) {
        let kept = compiled.serialize().map_err(|error| io::Error::other(format!("{error:#}"))).and_then(|code| {
            let path = self.path(sha256);
            // The seal first: code without one is never read.
            replace(&path.with_extension("seal"), &self.mac(sha256, &code).finalize().into_bytes())?;
            replace(&path, &code)
        });
        if let Err(error) = kept {
            tracing::warn!("compiled code could not be kept: {error}");
        }
    }

    fn path(&self, sha256: &str) -> PathBuf {
        self.folder.join(format!("{sha256}-{:016x}.cwasm", self.engine))
    }

    fn mac(&self, sha256: &str, code: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key)
            .unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
        mac.update(sha256.as_bytes());
        mac.update(code);
        mac
    }
}

/// Writes a file whole, by renaming: a file that is mapped must never change under its reader.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension(format!("{}.tmp", uuid::Uuid::now_v7().simple()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}
