//! `switchboard person`: shows, exports or deletes the data stored about one person, makes two persons one, and keeps who opted out.

use clap::{Subcommand, ValueEnum};

use super::common::{As, ask, store, time};
use crate::{
    config::Config,
    person::{self, Party},
};
use switchboard_edge::{media::Media, whatsapp::client::GraphClient};
use switchboard_store::Store;

/// The subcommands.
#[derive(Subcommand)]
pub(super) enum PersonCommand {
    /// Show who a person is, and how much is stored about them.
    Show {
        /// Their phone number, user id or person id.
        person: String,
    },
    /// Print all data stored about a person.
    Export {
        /// Their phone number, user id or person id.
        person: String,
        /// As JSON for programs, or as text for the person.
        #[arg(long, value_enum, default_value_t = Format::Json)]
        format: Format,
        #[command(flatten)]
        by: As,
    },
    /// Delete their data, as *forget me* does. It cannot be undone.
    Forget {
        /// Their phone number, user id or person id.
        person: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        by: As,
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
        #[command(flatten)]
        by: As,
    },
    /// List, add and remove people who want no messages that they did not ask for.
    #[command(subcommand)]
    OptOut(OptOutCommand),
}

/// The subcommands of `opt-out`.
#[derive(Subcommand)]
pub(super) enum OptOutCommand {
    /// List who has opted out.
    List,
    /// Send somebody no more notices and templates.
    Add {
        /// Their phone number, user id or person id; a number need not have written yet.
        person: String,
        #[command(flatten)]
        by: As,
    },
    /// Let notices and templates go to them again.
    Remove {
        /// Their phone number, user id or person id.
        person: String,
        #[command(flatten)]
        by: As,
    },
}

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For programs.
    Json,
    /// For people.
    Text,
}

pub(super) async fn run(command: PersonCommand) -> anyhow::Result<()> {
    let config = Config::for_command("person")?;
    let store = store(&config).await?;
    match command {
        PersonCommand::Show { person } => println!("{}", line(&person::held(&store, &person).await?)),
        PersonCommand::Export { person, format, by } => {
            let person = person::held(&store, &person).await?.person;
            let export = person::export(&store, person, &by.actor()).await?;
            match format {
                Format::Json => println!("{}", serde_json::to_string_pretty(&export)?),
                Format::Text => print!("{}", person::export_as_text(&export)),
            }
        }
        PersonCommand::Forget { person, yes, by } => {
            let party = person::held(&store, &person).await?;
            println!("{}", line(&party));
            ask(yes, "this deletes all of it, for good")?;
            let graph = GraphClient::new(&config.graph_url, &config.graph_version, &config.access_token)?;
            let files = Media::new(graph, store.clone(), config.media_options());
            person::forget(&store, &files, party.person, &by.actor()).await?;
            println!("Their data was deleted; their number goes once nothing is left to send to them.");
        }
        PersonCommand::Merge { stays, goes, yes, by } => {
            let (first, second) = person::parties(&store, &stays, &goes).await?;
            println!("stays: {}\ngoes:  {}", line(&first), line(&second));
            ask(yes, "this gives everything of the second to the first, for good")?;
            person::merge(&store, (&first, &second), &by.actor()).await?;
            println!("They are one person now: {}", first.person);
        }
        PersonCommand::OptOut(command) => opt_out(&store, command).await?,
    }
    Ok(())
}

async fn opt_out(store: &Store, command: OptOutCommand) -> anyhow::Result<()> {
    let (known_by, is_out, by) = match command {
        OptOutCommand::List => {
            let (people, hashes) = store.opted_out().await?;
            for out in &people {
                println!("{}  {}  {}", time(out.at), out.person, out.name.as_deref().unwrap_or("-"));
            }
            println!("{} people have opted out; {hashes} more numbers are remembered by their hash.", people.len());
            return Ok(());
        }
        OptOutCommand::Add { person, by } => (person, true, by),
        OptOutCommand::Remove { person, by } => (person, false, by),
    };
    let changed = person::opt_out(store, &known_by, is_out, &by.actor()).await?;
    println!(
        "{}",
        match (is_out, changed) {
            (true, true) => "They get no more notices and templates; answers to what they write go on.",
            (false, true) => "Notices and templates go to them again.",
            (true, false) => "They have opted out already.",
            (false, false) => "They have not opted out.",
        }
    );
    Ok(())
}

/// A person as one line: id, name, what is held about them.
fn line(party: &Party) -> String {
    let held = party.held.iter().filter(|(_, count)| *count > 0).map(|(what, count)| format!("{count} {what}"));
    let held = held.collect::<Vec<_>>().join(", ");
    format!("{}  {}  {held}", party.person, party.name.as_deref().unwrap_or("-"))
}
