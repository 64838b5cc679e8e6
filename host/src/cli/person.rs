//! `switchboard person`: exports or deletes the data stored about one person.

use clap::Subcommand;

use super::common::{person_of, store};
use crate::config::Config;
use switchboard_edge::{media::Media, whatsapp::client::GraphClient};

/// The subcommands.
#[derive(Subcommand)]
pub(super) enum PersonCommand {
    /// Print all data stored about a person, as JSON.
    Export {
        /// Their phone number, user id or person id.
        person: String,
    },
    /// Delete their data, as *forget me* does.
    Forget {
        /// Their phone number, user id or person id.
        person: String,
    },
}

pub(super) async fn run(command: PersonCommand) -> anyhow::Result<()> {
    let config = Config::from_environment()?;
    let store = store(&config).await?;
    let (PersonCommand::Export { person } | PersonCommand::Forget { person }) = &command;
    let person = person_of(&store, person).await?;
    match command {
        PersonCommand::Export { .. } => println!("{}", serde_json::to_string_pretty(&store.export(person).await?)?),
        PersonCommand::Forget { .. } => {
            let files = store.files_of(person).await?;
            store.forget(person, store.now()).await?;
            let graph = GraphClient::new(&config.graph_url, &config.graph_version, &config.access_token)?;
            Media::new(graph, config.data_dir.join("media")).forget(&files).await?;
            println!("Their data was deleted; their number goes once nothing is left to send to them.");
        }
    }
    Ok(())
}
