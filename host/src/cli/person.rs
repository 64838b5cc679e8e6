//! `switchboard person`: exports or deletes the data stored about one person, or makes two persons one.

use clap::Subcommand;

use super::common::{actor, ask, person_of, store};
use crate::{
    config::Config,
    person::{self, Party},
};
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
    /// Make two persons one: everything of the second becomes the first's. It cannot be undone.
    Merge {
        /// Who stays: their phone number, user id or person id.
        stays: String,
        /// Who goes.
        goes: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
        /// Your name for the audit; by default your login name.
        #[arg(long = "as")]
        actor: Option<String>,
    },
}

pub(super) async fn run(command: PersonCommand) -> anyhow::Result<()> {
    let config = Config::from_environment()?;
    let store = store(&config).await?;
    if let PersonCommand::Merge { stays, goes, yes, actor: name } = &command {
        let (first, second) = person::parties(&store, stays, goes).await?;
        println!("stays: {}\ngoes:  {}", line(&first), line(&second));
        ask(*yes, "this gives everything of the second to the first, for good")?;
        person::merge(&store, (&first, &second), &actor(name.clone())).await?;
        println!("They are one person now: {}", first.person);
        return Ok(());
    }
    let (PersonCommand::Export { person } | PersonCommand::Forget { person }) = &command else {
        return Ok(());
    };
    let person = person_of(&store, person).await?;
    match command {
        PersonCommand::Export { .. } => println!("{}", serde_json::to_string_pretty(&store.export(person).await?)?),
        PersonCommand::Forget { .. } => {
            let files = store.files_of(person).await?;
            store.forget(person, store.now()).await?;
            let graph = GraphClient::new(&config.graph_url, &config.graph_version, &config.access_token)?;
            Media::new(graph, store.clone(), config.media_options()).forget(&files).await?;
            println!("Their data was deleted; their number goes once nothing is left to send to them.");
        }
        PersonCommand::Merge { .. } => {}
    }
    Ok(())
}

/// A person as one line: id, name, what is held about them.
fn line(party: &Party) -> String {
    let held = party.held.iter().filter(|(_, count)| *count > 0).map(|(what, count)| format!("{count} {what}"));
    let held = held.collect::<Vec<_>>().join(", ");
    format!("{}  {}  {held}", party.person, party.name.as_deref().unwrap_or("-"))
}
