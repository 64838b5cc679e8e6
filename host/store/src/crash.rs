//! For crash tests: the process aborts at a chosen commit, as a power cut would have it.

/// Counts the commits of this connection from now on; the one of this number, counted from 1, does not happen.
pub(super) fn arm(connection: &rusqlite::Connection, at_commit: Option<u64>) -> rusqlite::Result<()> {
    let Some(mut left) = at_commit else { return Ok(()) };
    let count = move || {
        left = left.saturating_sub(1);
        if left == 0 {
            std::process::abort();
        }
        false
    };
    connection.commit_hook(Some(count))
}
