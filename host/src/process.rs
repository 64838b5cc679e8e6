//! What the process asks of the system for itself: open files, and the rights of the files that it makes.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::{
    fs::Mode,
    process::{Resource, Rlimit, geteuid, getrlimit, setrlimit, umask},
};

/// Open files that are not connections of the public port: the database, components, connections to Meta, the operator's.
const FILES_KEPT: usize = 256;

/// 128 and the number of SIGPIPE.
const EXIT_CLOSED_PIPE: i32 = 141;

/// Fewest connections of the public port, however few files may be open.
const CONNECTIONS_MIN: usize = 16;

/// The name of this machine, as far as it is of letters, digits, dots and hyphens.
pub(crate) fn machine_name() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || ".-_".contains(*c)).take(64).collect();
    if name.is_empty() { "host".to_owned() } else { name }
}

/// Makes all files and folders that are made from now on the owner's alone.
pub(crate) fn own_files_only() {
    umask(Mode::RWXG | Mode::RWXO);
}

/// Lets a command end quietly when the reader of its output goes away: `println!` panics then, and the panic says why. The exit code is
/// what a shell shows of a program that SIGPIPE ended; the signal itself stays ignored, since connections are written to as well.
pub(crate) fn end_at_closed_pipe() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let said = panic.payload_as_str().unwrap_or_default();
        if said.starts_with("failed printing to stdout") && said.contains("Broken pipe") {
            std::process::exit(EXIT_CLOSED_PIPE);
        }
        report(panic);
    }));
}

/// Raises the limit of open files as far as the system lets this process. Gives how many connections the public port may have, of those
/// that are wanted.
pub(crate) fn connections(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }) {
        tracing::warn!(%error, "the limit of open files cannot be raised");
    }
    let files = getrlimit(Resource::Nofile).current.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX);
    let most = files.saturating_sub(FILES_KEPT).max(CONNECTIONS_MIN);
    if most < wanted {
        tracing::warn!(
            files,
            connections = most,
            "the limit of open files allows fewer connections than CONNECTIONS_MAX: raise LimitNOFILE or `ulimit -n`"
        );
    }
    wanted.min(most)
}

/// The first of a folder and what is in it that other users may read or change, if they may enter the folder itself; none if all is the
/// owner's alone. A folder that is not there yet will be.
pub(crate) fn readable_by_others(folder: &Path) -> io::Result<Option<PathBuf>> {
    let is_open =
        |path: &Path| -> io::Result<bool> { Ok(fs::symlink_metadata(path)?.permissions().mode() & 0o077 != 0) };
    match is_open(folder) {
        Ok(true) => {}
        Ok(false) => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.is_symlink() && is_open(&path)? {
            return Ok(Some(path));
        }
    }
    Ok(Some(folder.to_owned()))
}

/// Makes the data folder, and takes the rights of others from it if it is this user's: what is in it may have been made before they were
/// taken from all new files. The working folder stays as it is, since more than data may be in it.
pub(crate) fn own_folder(folder: &Path) {
    if folder == Path::new(".") {
        return;
    }
    let made = fs::create_dir_all(folder).and_then(|()| {
        let now = fs::metadata(folder)?;
        let mode = now.permissions().mode();
        match mode & 0o077 != 0 && now.uid() == geteuid().as_raw() {
            true => fs::set_permissions(folder, fs::Permissions::from_mode(mode & 0o700)),
            false => Ok(()),
        }
    });
    if let Err(error) = made {
        tracing::warn!(folder = %folder.display(), "the data folder may be readable by other users: {error}");
    }
}
