//! Configuration that changes without a restart: what may, how it is read again, and the tasks that begin anew with it.

mod reloader;
mod tasks;

pub use reloader::{LiveSettings, Reloaded, Reloader, restarting};
pub use tasks::{say_shared_token, tasks};
