//! The compile cache: compiled components on disk. They are machine code that runs with the host's rights, so only
//! files with a valid HMAC, keyed by a secret in this folder, are read. Where it cannot be used, the host goes without.

use std::{
    fs,
    hash::Hasher,
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tracing::{info, warn};

use super::source;
use crate::agent::{Compiled, Engine};

/// The most files kept, the most recently used. A version has two, the code and its HMAC: a folder of 200 agents finds its code again at
/// the next start, and so do some versions before.
const FILES_MAX: usize = 1_024;

/// The most bytes of them. The code of an agent in Rust has one to two MB, in JavaScript or Python some 50.
const BYTES_MAX: u64 = 4 << 30;

/// The file with the HMAC key.
const KEY: &str = "key";

/// The extension of files that are being written.
const TEMPORARY: &str = ".tmp";

/// The most bytes that are read of compiled code: some ten times the largest component.
const CODE_BYTES_MAX: u64 = 512 << 20;

/// A folder of compiled code: `<sha-256>-<engine>.cwasm`, each with its HMAC beside it. Mode 0700.
pub(super) struct Cache {
    folder: PathBuf,
    /// None if the folder cannot be used.
    key: Option<[u8; 32]>,
    engine: u64,
    /// Why code was last not kept.
    trouble: Mutex<Option<String>>,
}

impl Cache {
    /// Opens a folder; creates it and its key if they do not exist. A folder that cannot be used is gone without.
    pub(super) fn open(folder: &Path, engine: &Engine) -> Cache {
        let mut hasher = std::hash::DefaultHasher::new();
        engine.fingerprint(&mut hasher);
        let key = open(folder);
        let (folder, engine) = (folder.to_owned(), hasher.finish());
        let cache = Cache { folder, key: key.as_ref().ok().copied(), engine, trouble: Mutex::default() };
        if let Err(error) = key {
            cache.note(Some(error.to_string()));
        }
        cache
    }

    /// Why compiled code is not kept, if it is not.
    pub(super) fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Maps the code of a component, if it is cached and its HMAC is valid.
    pub(super) fn get(&self, engine: &Engine, sha256: &str) -> Option<Compiled> {
        let key = self.key.as_ref()?;
        let path = self.path(sha256);
        let code = source::open(&path).ok()??;
        let seal = source::read(&path.with_extension("seal"), 1_024).ok()??;
        let mut mac = mac(key, sha256);
        let read = io::copy(&mut (&code).take(CODE_BYTES_MAX), &mut Updating(&mut mac)).ok()?;
        if read == CODE_BYTES_MAX || mac.verify_slice(&seal).is_err() {
            warn!(file = %path.display(), "cached code has an invalid HMAC; compiling the component again");
            return None;
        }
        let compiled = engine.map_compiled(&code).ok()?;
        for used in [&path, &path.with_extension("seal")] {
            // The modification time records the last use.
            let _ = fs::File::open(used).and_then(|file| file.set_modified(SystemTime::now()));
        }
        Some(compiled)
    }

    /// Stores the code of a component. An error is said once: without it, the component is compiled again next time.
    pub(super) fn put(&self, sha256: &str, code: &[u8]) {
        let Some(key) = &self.key else { return };
        let path = self.path(sha256);
        // The HMAC is written first: code without one is never read.
        let mut mac = mac(key, sha256);
        mac.update(code);
        let kept = replace(&path.with_extension("seal"), &mac.finalize().into_bytes())
            .and_then(|()| replace(&path, code))
            .and_then(|()| self.prune());
        self.note(kept.err().map(|error| error.to_string()));
    }

    /// Notes whether code can be kept; logs it when that changes.
    fn note(&self, now: Option<String>) {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        match &now {
            Some(error) if trouble.is_none() => {
                let folder = self.folder.display();
                warn!("{folder}: compiled code is not kept, each start compiles anew: {error}");
            }
            None if trouble.is_some() => info!("{}: compiled code is kept again", self.folder.display()),
            _ => {}
        }
        *trouble = now;
    }

    /// Removes the least recently used files.
    fn prune(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            // Another host may have removed the file in the meantime.
            if entry.file_name() != KEY
                && !is_temporary(&entry)
                && let Ok(about) = entry.metadata()
                && let Ok(used) = about.modified()
            {
                files.push((used, entry.path(), about.len()));
            }
        }
        files.sort_unstable();
        let mut bytes = 0;
        for (n, (_, path, size)) in files.iter().rev().enumerate() {
            bytes += size;
            // What was used last stays, however large it is.
            if n >= FILES_MAX || (bytes > BYTES_MAX && n >= 2) {
                let _ = fs::remove_file(path);
            }
        }
        Ok(())
    }

    fn path(&self, sha256: &str) -> PathBuf {
        self.folder.join(format!("{sha256}-{:016x}.cwasm", self.engine))
    }
}

/// Makes a folder ready; returns its key.
fn open(folder: &Path) -> io::Result<[u8; 32]> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let about = fs::metadata(folder)?;
    if about.uid() != rustix::process::geteuid().as_raw() {
        // Whose folder it is, they can put their own code and key into it.
        return Err(io::Error::other("the folder is another user's"));
    }
    if about.mode() & 0o777 != 0o700 {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    sweep(folder)?;
    let path = folder.join(KEY);
    if let Ok(Some(key)) = source::read(&path, 32)
        && let Ok(key) = key.try_into()
    {
        return Ok(key);
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| io::Error::other(error.to_string()))?;
    replace(&path, &key)?;
    Ok(key)
}

/// Removes what processes that were killed left half-written. Who writes a file holds its lock.
fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if is_temporary(&entry) && fs::File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

fn is_temporary(entry: &fs::DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().ends_with(TEMPORARY.as_bytes())
}

/// The HMAC of a component's code, before the code.
fn mac(key: &[u8; 32], sha256: &str) -> Hmac<Sha256> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
    mac.update(sha256.as_bytes());
    mac
}

/// Gives what is written to an HMAC.
struct Updating<'a>(&'a mut Hmac<Sha256>);

impl Write for Updating<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes a file atomically, by renaming: a file that is mapped must never change under its reader. What fails leaves
/// nothing behind.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().suffix(TEMPORARY).tempfile_in(folder)?;
    file.as_file().lock()?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn what_was_used_longest_ago_is_removed_and_never_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path(), &Engine::of_process().unwrap());
        let put = |name: &str, second: u64| {
            let path = folder.path().join(name);
            let file = fs::File::create_new(&path).or_else(|_| fs::File::open(&path)).unwrap();
            file.set_modified(UNIX_EPOCH + Duration::from_secs(second)).unwrap();
        };
        put(KEY, 0);
        for n in 0..FILES_MAX as u64 + 3 {
            put(&format!("{n}.cwasm"), 5_000 - n);
        }
        cache.prune().unwrap();
        let is_there = |name: &str| folder.path().join(name).exists();
        assert!(is_there(KEY) && is_there("0.cwasm") && is_there(&format!("{}.cwasm", FILES_MAX - 1)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), FILES_MAX + 1);
        // Three large ones are beyond the bytes that are kept: the last two stay.
        for n in 0..3 {
            let file = fs::File::options().write(true).open(folder.path().join(format!("{n}.cwasm"))).unwrap();
            file.set_len(BYTES_MAX / 2 - 8).unwrap();
            file.set_modified(UNIX_EPOCH + Duration::from_secs(9_000 - n)).unwrap();
        }
        cache.prune().unwrap();
        assert!(is_there(KEY) && is_there("0.cwasm") && is_there("1.cwasm") && !is_there("2.cwasm"));
    }

    #[test]
    fn what_was_left_half_written_is_removed_and_what_fails_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::of_process().unwrap();
        fs::write(folder.path().join(".left.tmp"), "half").unwrap();
        let busy = fs::File::create(folder.path().join(".busy.tmp")).unwrap();
        busy.lock().unwrap();
        let cache = Cache::open(folder.path(), &engine);
        let left = || {
            let mut names: Vec<_> =
                fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            names.sort_unstable();
            names
        };
        assert_eq!(left(), [".busy.tmp", KEY], "who writes still is left alone");
        // It cannot be renamed to the name of a folder that is not empty.
        let path = cache.path("7");
        fs::create_dir_all(path.join("inside")).unwrap();
        cache.put("7", b"code");
        assert!(cache.trouble().is_some());
        let seal = path.with_extension("seal");
        let mut expected = [".busy.tmp".as_ref(), path.file_name().unwrap(), seal.file_name().unwrap(), KEY.as_ref()];
        expected.sort_unstable();
        assert_eq!(left(), expected);
        fs::remove_dir_all(&path).unwrap();
        cache.put("7", b"code");
        assert_eq!(cache.trouble(), None);
    }

    #[test]
    fn a_folder_that_is_none_is_gone_without() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cache");
        fs::write(&file, "a file").unwrap();
        let engine = Engine::of_process().unwrap();
        for folder in [file.as_path(), Path::new("/proc")] {
            let cache = Cache::open(folder, &engine);
            cache.put("7", b"code");
            assert!(cache.trouble().is_some() && cache.get(&engine, "7").is_none(), "{}", folder.display());
        }
    }
}
