//! `switchboard db`: the database's own matters.

use clap::Subcommand;

use super::store;
use crate::config::Config;

#[derive(Subcommand)]
pub(super) enum Options {
    /// Bring the schema up to this program's version. `serve` does so by itself.
    Migrate,
}

pub(super) async fn run(options: Options) -> anyhow::Result<()> {
    let config = Config::from_environment()?;
    match options {
        Options::Migrate => {
            // Opening a store migrates it.
            store(&config).await?;
            println!("The database has this program's schema.");
        }
    }
    Ok(())
}
