//! `switchboard tickets`, `takeover` and `reports`: action the business's own people do, beside a running host.

use anyhow::bail;
use clap::{Args, Subcommand};
use uuid::Uuid;

use super::common::{person_of, store};
use crate::config::Config;
use switchboard_core::contract::types::Speaker;
use switchboard_store::{Store, Ticket};

/// Words of a message to a person, as WhatsApp takes them, less action the host puts before.
const WORDS_MAX: usize = 3_500;

#[derive(Subcommand)]
pub(super) enum TicketsCommand {
    /// List tickets, the most urgent first.
    List {
        /// Closed ones too.
        #[arg(long)]
        all: bool,
    },
    /// Answer a ticket; the person gets the words.
    Answer { number: String, words: String },
    /// Close a ticket, with a last word to the person if given.
    Close { number: String, words: Option<String> },
}

#[derive(Args)]
pub(super) struct TakeoverArgs {
    /// A number (+250…), a user id, or the id that `tickets list` shows; without it, everybody who is taken over.
    person: Option<String>,
    #[command(subcommand)]
    action: Option<TakeoverAction>,
}

#[derive(Subcommand)]
enum TakeoverAction {
    /// Agents are silent for this person from now on.
    Begin,
    /// Say something to the person.
    Say { words: String },
    /// Agents answer again.
    End,
}

#[derive(Subcommand)]
pub(super) enum ReportsCommand {
    /// List the listings that reports have hidden.
    List,
    /// Show a listing again.
    Keep { listing: Uuid },
    /// Take a listing down.
    Remove { listing: Uuid },
}

pub(super) async fn tickets(command: TicketsCommand) -> anyhow::Result<()> {
    let store = open().await?;
    match command {
        TicketsCommand::List { all } => {
            let tickets = store.tickets_all(all).await?;
            if tickets.is_empty() {
                println!("There are no tickets.");
            }
            tickets.iter().for_each(print);
        }
        TicketsCommand::Answer { number, words } => answer(&store, &number, Some(&words), false).await?,
        TicketsCommand::Close { number, words } => answer(&store, &number, words.as_deref(), true).await?,
    }
    Ok(())
}

async fn answer(store: &Store, number: &str, words: Option<&str>, closes: bool) -> anyhow::Result<()> {
    let number = number.trim().to_uppercase();
    if let Some(words) = words {
        check(words)?;
    }
    if !store.ticket_answer(&number, words, closes, &whoami(), store.now()).await? {
        bail!("there is no ticket `{number}` that is not closed; `switchboard tickets list --all` shows all");
    }
    println!("{number} is {}.", if closes { "closed" } else { "answered" });
    Ok(())
}

fn print(ticket: &Ticket) {
    let name = ticket.name.as_deref().unwrap_or("(no name)");
    let at = jiff::Timestamp::from_millisecond(ticket.opened_at).unwrap_or_default().strftime("%Y-%m-%d %H:%M");
    println!(
        "{}  {}  {}  {at}  {}  {name}  {}",
        ticket.number, ticket.status, ticket.priority, ticket.agent, ticket.person
    );
    println!("    {}", ticket.subject);
    ticket.details.lines().for_each(|line| println!("    | {line}"));
}

pub(super) async fn takeover(command: TakeoverArgs) -> anyhow::Result<()> {
    let store = open().await?;
    let Some(known_by) = command.person else {
        let taken = store.taken_over().await?;
        if taken.is_empty() {
            println!("Nobody is taken over.");
        }
        for (person, name, by) in taken {
            println!("{person}  {}  by {by}", name.as_deref().unwrap_or("(no name)"));
        }
        return Ok(());
    };
    let person = person_of(&store, &known_by).await?;
    match command.action.unwrap_or(TakeoverAction::Begin) {
        TakeoverAction::Begin => {
            store.take_over(person, Some(&whoami())).await?;
            println!("Agents are silent for {person}. TakeoverAction was said last:");
            for said in store.history_of(person).await?.iter().rev().take(6).rev() {
                println!(
                    "  {} {}",
                    if said.speaker == Speaker::Person { ">" } else { "<" },
                    said.text.replace('\n', "\n    ")
                );
            }
        }
        TakeoverAction::Say { words } => {
            check(&words)?;
            store.say(person, "", &words, store.now()).await?;
            println!(
                "It is said within a second, if the host runs; after 24 hours of silence it waits for the person."
            );
        }
        TakeoverAction::End => {
            store.take_over(person, None).await?;
            println!("Agents answer {person} again.");
        }
    }
    Ok(())
}

pub(super) async fn reports(command: ReportsCommand) -> anyhow::Result<()> {
    let store = open().await?;
    let (listing, keep) = match command {
        ReportsCommand::List => {
            let reported = store.reported().await?;
            if reported.is_empty() {
                println!("No listing is hidden.");
            }
            for one in reported {
                println!("{}  {}  {}: {}", one.id, one.domain, one.title, one.reasons);
            }
            return Ok(());
        }
        ReportsCommand::Keep { listing } => (listing, true),
        ReportsCommand::Remove { listing } => (listing, false),
    };
    if !store.report_decided(listing, keep).await? {
        bail!("no listing {listing} is hidden; `switchboard reports list` shows those that are");
    }
    println!("The listing is {}.", if keep { "shown again" } else { "taken down" });
    Ok(())
}

async fn open() -> anyhow::Result<Store> {
    store(&Config::from_environment()?).await
}

fn check(words: &str) -> anyhow::Result<()> {
    match words.trim().chars().count() {
        0 => bail!("there is nothing to say: give the words in quotes"),
        n if n > WORDS_MAX => bail!("that is {n} characters; at most {WORDS_MAX} fit"),
        _ => Ok(()),
    }
}

/// Who works at this terminal, for the record.
fn whoami() -> String {
    crate::config::login().unwrap_or_else(|| "operator".to_owned())
}
