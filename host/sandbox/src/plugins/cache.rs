//! The compile cache: compiled components on disk. They are machine code that runs with the host's rights, so only
//! files with a valid HMAC, keyed by a secret in this folder, are read.

use std::{
    fs,
    hash::Hasher,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::SystemTime,
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::agent::{Compiled, Engine};

/// The most files kept, the most recently used. A version has two: the code (one to two MB) and its HMAC.
const FILES_MAX: usize = 256;

/// The file with the HMAC key.
const KEY: &str = "key";

/// A folder of compiled code: `<sha-256>-<engine>.cwasm`, each with its HMAC beside it. Mode 0700.
pub(super) struct Cache {
    folder: PathBuf,
    key: [u8; 32],
    engine: u64,
}

impl Cache {
    /// Opens a folder; creates it and its key if they do not exist.
    pub(super) fn open(folder: &Path, engine: &Engine) -> io::Result<Cache> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // The folder may have existed before, with other permissions.
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
        let path = folder.join(KEY);
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

    /// Reads the code of a component, if it is cached and its HMAC is valid.
    pub(super) fn get(&self, engine: &Engine, sha256: &str) -> Option<Compiled> {
        let path = self.path(sha256);
        let code = fs::read(&path).ok()?;
        let seal = fs::read(path.with_extension("seal")).ok()?;
        if self.mac(sha256, &code).verify_slice(&seal).is_err() {
            tracing::warn!(file = %path.display(), "cached code has an invalid HMAC; compiling the component again");
            return None;
        }
        let compiled = engine.read_compiled(&code).ok()?;
        for used in [&path, &path.with_extension("seal")] {
            // The modification time records the last use.
            let _ = fs::File::open(used).and_then(|file| file.set_modified(SystemTime::now()));
        }
        Some(compiled)
    }

    /// Stores the code of a component. Errors are only logged: it is compiled again next time.
    pub(super) fn put(&self, sha256: &str, compiled: &Compiled) {
        let kept = compiled.serialize().map_err(|error| io::Error::other(format!("{error:#}"))).and_then(|code| {
            let path = self.path(sha256);
            // The HMAC is written first: code without one is never read.
            replace(&path.with_extension("seal"), &self.mac(sha256, &code).finalize().into_bytes())?;
            replace(&path, &code)?;
            self.prune()
        });
        if let Err(error) = kept {
            tracing::warn!("compiled code could not be cached: {error}");
        }
    }

    /// Removes the least recently used files.
    fn prune(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            // Another host may have removed the file in the meantime.
            if entry.file_name() != KEY
                && let Ok(used) = entry.metadata().and_then(|about| about.modified())
            {
                files.push((used, entry.path()));
            }
        }
        files.sort_unstable();
        for (_, path) in files.iter().rev().skip(FILES_MAX) {
            let _ = fs::remove_file(path);
        }
        Ok(())
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

/// Writes a file atomically, by renaming: a file that is mapped must never change under its reader.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension(format!("{}.tmp", uuid::Uuid::now_v7().simple()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn what_was_used_longest_ago_is_removed_and_never_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path(), &Engine::of_process().unwrap()).unwrap();
        let put = |name: &str, second: u64| {
            let path = folder.path().join(name);
            let file = fs::File::create_new(&path).or_else(|_| fs::File::open(&path)).unwrap();
            file.set_modified(UNIX_EPOCH + Duration::from_secs(second)).unwrap();
        };
        put(KEY, 0);
        for n in 0..FILES_MAX as u64 + 3 {
            put(&format!("{n}.cwasm"), 1_000 - n);
        }
        cache.prune().unwrap();
        let is_there = |name: &str| folder.path().join(name).exists();
        assert!(is_there(KEY) && is_there("0.cwasm") && is_there(&format!("{}.cwasm", FILES_MAX - 1)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), FILES_MAX + 1);
    }
}
