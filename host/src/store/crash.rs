//! For the crash tests, in debug builds alone: the process ends without a word at a commit, as a power cut would have it.

/// The commit, counted from 1, that does not happen.
const CRASH_AT_COMMIT: &str = "SWITCHBOARD_CRASH_AT_COMMIT";

/// Counts the commits of this connection from now on, if the crash tests ask for it.
// A switch of the tests is nobody's configuration.
#[allow(clippy::disallowed_methods)]
pub(super) fn arm(connection: &rusqlite::Connection) -> rusqlite::Result<()> {
    let Some(mut left) = std::env::var(CRASH_AT_COMMIT).ok().and_then(|n| n.parse::<u64>().ok()) else {
        return Ok(());
    };
    let count = move || {
        left = left.saturating_sub(1);
        if left == 0 {
            std::process::abort();
        }
        false
    };
    connection.commit_hook(Some(count))
}
