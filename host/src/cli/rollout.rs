//! `switchboard rollout`: what was kept from people outside the rollout.

use clap::Subcommand;

use super::{now, store};
use crate::config::Config;

#[derive(Subcommand)]
pub(super) enum Options {
    /// Put the messages that were held back into their lanes. Those of people who are still outside are held again.
    Release,
    /// Give what could not be forwarded to the service before another try.
    Retry,
}

pub(super) async fn run(options: Options) -> anyhow::Result<()> {
    let store = store(&Config::from_environment()?).await?;
    match options {
        Options::Retry => match store.retry_forwards(now()).await? {
            0 => println!("Nothing is dead that was to be forwarded."),
            n => println!("{n} messages are on their way to the service before again."),
        },
        Options::Release => {
            let n = store.release_held(now()).await?;
            match n {
                0 => println!("Nothing is held."),
                n => println!(
                    "{n} held messages are back in their lanes; the running host answers them within a second."
                ),
            }
        }
    }
    Ok(())
}
