//! Reading of files that others put into the plugin folder: only regular files, never beyond a limit, never waiting.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use rustix::fs::OFlags;

/// A file was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is a folder, a pipe, a device or a socket.
    #[error("it is no regular file")]
    NotRegular,
    /// It is larger than the limit, in bytes.
    #[error("it has more than {0} bytes")]
    TooLarge(u64),
    /// The system refuses.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Reads a file of at most so many bytes, on the calling thread; none if there is no such file.
///
/// It is opened without waiting for the writer of a pipe, and what was opened is asked what it is, so that nothing can
/// be put in its place meanwhile.
pub fn read(path: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>, ReadError> {
    open(path)?.map(|file| read_open(file, bytes_max)).transpose()
}

/// Opens a file like [`read`]: a regular one; none if there is no such file.
pub(super) fn open(path: &Path) -> Result<Option<File>, ReadError> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = match OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        // A socket cannot be opened.
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) => {
            return Err(ReadError::NotRegular);
        }
        Err(error) => return Err(error.into()),
    };
    match file.metadata()?.is_file() {
        true => Ok(Some(file)),
        false => Err(ReadError::NotRegular),
    }
}

fn read_open(file: File, bytes_max: u64) -> Result<Vec<u8>, ReadError> {
    let about = file.metadata()?;
    if about.len() > bytes_max {
        return Err(ReadError::TooLarge(bytes_max));
    }
    // It may grow while it is read, and some files say that they have no length.
    let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or_default());
    file.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > bytes_max {
        return Err(ReadError::TooLarge(bytes_max));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::net::UnixListener};

    use super::*;

    #[test]
    fn only_regular_files_up_to_the_limit_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        fs::write(path("ten"), [7; 10]).expect("written");
        rustix::fs::mknodat(rustix::fs::CWD, path("pipe"), rustix::fs::FileType::Fifo, 0o600.into(), 0).expect("made");
        std::os::unix::fs::symlink("/dev/zero", path("zero")).expect("linked");
        let _socket = UnixListener::bind(path("socket")).expect("bound");
        assert_eq!(read(&path("ten"), 10).expect("read").map(|bytes| bytes.len()), Some(10));
        assert!(matches!(read(&path("ten"), 9), Err(ReadError::TooLarge(9))));
        assert!(matches!(read(&path("nothing"), 9), Ok(None)));
        for name in ["pipe", "zero", "socket", "."] {
            assert!(matches!(read(&path(name), 9), Err(ReadError::NotRegular)), "{name}");
        }
        // A regular file that says that it is empty, and is not.
        assert!(matches!(read(Path::new("/proc/self/maps"), 9), Err(ReadError::TooLarge(9))));
    }
}
