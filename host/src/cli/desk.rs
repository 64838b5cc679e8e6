//! `switchboard tickets`, `takeover` and `reports`: the desk of the business's staff, beside a running host.

use anyhow::bail;
use clap::{Args, Subcommand};
use uuid::Uuid;

use super::common::{person_of, store};
use crate::config::Config;
use switchboard_core::{contract::types::Speaker, text::is_blank};
use switchboard_store::{Store, Ticket};

/// The longest text for a person in characters: WhatsApp's limit less the host's own prefix.
const WORDS_MAX: usize = 3_500;

/// The subcommands of `tickets`.
#[derive(Subcommand)]
pub(super) enum TicketsCommand {
    /// List tickets, the most urgent first.
    List {
        /// Include closed tickets.
        #[arg(long)]
        all: bool,
    },
    /// Answer a ticket; the text is sent to the person.
    Answer { number: String, words: String },
    /// Close a ticket, with a final message to the person if given.
    Close { number: String, words: Option<String> },
}

/// The arguments of `takeover`.
#[derive(Args)]
pub(super) struct TakeoverArgs {
    /// A number (+250…), a user id, or the id that `tickets list` shows; without it, all people who are taken over are listed.
    person: Option<String>,
    #[command(subcommand)]
    action: Option<TakeoverAction>,
}

/// The subcommands of `takeover`.
#[derive(Subcommand)]
enum TakeoverAction {
    /// Silence the agents for this person from now on.
    Begin,
    /// Send a message to the person.
    Say { words: String },
    /// Let agents answer again.
    End,
}

/// The subcommands of `reports`.
#[derive(Subcommand)]
pub(super) enum ReportsCommand {
    /// List the listings that are hidden because of reports.
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
            println!("Agents are silent for {person}. The last messages:");
            for utterance in store.history_of(person).await?.iter().rev().take(6).rev() {
                println!(
                    "  {} {}",
                    if utterance.speaker == Speaker::Person { ">" } else { "<" },
                    utterance.text.replace('\n', "\n    ")
                );
            }
        }
        TakeoverAction::Say { words } => {
            check(&words)?;
            store.say(person, "", &words, store.now()).await?;
            println!(
                "It is sent within a second, if the host runs; after 24 hours of silence it waits until the person writes."
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
    store(&Config::for_command("tickets")?).await
}

fn check(words: &str) -> anyhow::Result<()> {
    match words.trim().chars().count() {
        _ if is_blank(words) => bail!("the text is empty: give it in quotes"),
        n if n > WORDS_MAX => bail!("that is {n} characters; at most {WORDS_MAX} fit"),
        _ => Ok(()),
    }
}

/// The operator's login name, for the audit.
fn whoami() -> String {
    crate::config::login().unwrap_or_else(|| "operator".to_owned())
}
