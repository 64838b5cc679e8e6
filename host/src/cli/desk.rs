//! `switchboard tickets`, `takeover` and `reports`: the desk of the business's staff, beside a running host.

use anyhow::bail;
use clap::{Args, Subcommand};
use uuid::Uuid;

use super::{
    common::store,
    inbox::{by, closes, print, says_to},
};
use crate::{
    config::Config,
    desk::{self, DeskError, Says},
};
use switchboard_core::act::Actor;
use switchboard_store::{Store, Ticket};

/// The subcommands of `tickets`.
#[derive(Subcommand)]
pub(super) enum TicketsCommand {
    /// List tickets, the most urgent first.
    List {
        /// Include closed tickets.
        #[arg(long)]
        all: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show a ticket with what both sides said.
    Show {
        /// Its number.
        number: String,
    },
    /// Answer a ticket; the text is sent to the person.
    Answer {
        /// Its number.
        number: String,
        /// The text.
        words: String,
        /// Your name, by default that of your login.
        #[arg(long = "as", value_name = "NAME")]
        who: Option<String>,
    },
    /// Close a ticket, with a final message to the person if given.
    Close {
        /// Its number.
        number: String,
        /// The message.
        words: Option<String>,
        /// Your name, by default that of your login.
        #[arg(long = "as", value_name = "NAME")]
        who: Option<String>,
    },
}

/// The arguments of `takeover`.
#[derive(Args)]
pub(super) struct TakeoverArgs {
    /// A number (+250…), a user id, or the id that `tickets list` shows; without it, all people who are taken over are listed.
    person: Option<String>,
    /// Your name, by default that of your login.
    #[arg(long = "as", value_name = "NAME", global = true)]
    who: Option<String>,
    /// Take the person over also from a human who has them.
    #[arg(long, global = true)]
    take: bool,
    #[command(subcommand)]
    action: Option<TakeoverAction>,
}

/// The subcommands of `takeover`.
#[derive(Subcommand)]
enum TakeoverAction {
    /// Silence the agents for this person from now on.
    Begin,
    /// Send a message to the person.
    Say {
        /// The text.
        words: String,
    },
    /// Let agents answer again.
    End,
}

/// The subcommands of `reports`.
#[derive(Subcommand)]
pub(super) enum ReportsCommand {
    /// List the listings that are hidden because of reports.
    List,
    /// Show a listing again.
    Keep {
        /// The listing's id.
        listing: Uuid,
        /// Your name, by default that of your login.
        #[arg(long = "as", value_name = "NAME")]
        who: Option<String>,
    },
    /// Take a listing down.
    Remove {
        /// The listing's id.
        listing: Uuid,
        /// Your name, by default that of your login.
        #[arg(long = "as", value_name = "NAME")]
        who: Option<String>,
    },
}

pub(super) async fn tickets(command: TicketsCommand) -> anyhow::Result<()> {
    let (store, time_zone) = open().await?;
    match command {
        TicketsCommand::List { all, json } => {
            let tickets = store.tickets_all(all).await?;
            if json {
                let tickets: serde_json::Value = tickets.iter().map(desk::ticket).collect();
                println!("{tickets:#}");
                return Ok(());
            }
            if tickets.is_empty() {
                println!("There are no tickets.");
            }
            tickets.iter().for_each(|ticket| print_ticket(ticket, store.now()));
        }
        TicketsCommand::Show { number } => {
            let ticket = desk::find(&store, &numbered(&number)?).await?.ticket;
            let ticket = ticket.ok_or_else(|| DeskError::NoTicket(number))?;
            print_ticket(&ticket, store.now());
            for word in store.ticket_words(&ticket.number).await? {
                let who = word.who.map_or_else(|| ">".to_owned(), |who| format!("< {who} (staff):"));
                println!("    {} {who} {}", desk::clock(word.at, &time_zone), word.words.replace('\n', "\n        "));
            }
        }
        TicketsCommand::Answer { number, words, who } => {
            let number = numbered(&number)?;
            says_to(&store, &number, Says::Words(&words), who, &time_zone).await?;
            println!("{number} is answered.");
        }
        TicketsCommand::Close { number, words, who } => {
            let number = numbered(&number)?;
            if let Some(words) = &words {
                says_to(&store, &number, Says::Words(words), who.clone(), &time_zone).await?;
            }
            closes(&store, &number, who).await?;
        }
    }
    Ok(())
}

/// A ticket's number as it is stored; an error if it cannot be one.
fn numbered(number: &str) -> Result<String, DeskError> {
    let number = number.trim().to_uppercase();
    if number.starts_with("T-") { Ok(number) } else { Err(DeskError::NoTicket(number)) }
}

fn print_ticket(ticket: &Ticket, now: i64) {
    let name = ticket.name.as_deref().unwrap_or("(no name)");
    let at = jiff::Timestamp::from_millisecond(ticket.opened_at).unwrap_or_default().strftime("%Y-%m-%d %H:%M");
    let claimed = ticket.claimed_by.as_ref().map_or_else(String::new, |by| format!("  {by} has them"));
    println!(
        "{}  {}  {}  {at}  {} old  {}  {name}  {}{claimed}",
        ticket.number,
        ticket.status,
        ticket.priority,
        desk::period(now - ticket.opened_at),
        ticket.agent,
        ticket.person
    );
    println!("    {}", ticket.subject);
    ticket.details.lines().for_each(|line| println!("    | {line}"));
}

pub(super) async fn takeover(command: TakeoverArgs) -> anyhow::Result<()> {
    let (store, time_zone) = open().await?;
    let Some(known_by) = command.person else {
        if command.action.is_some() {
            bail!("say whom: a number such as +250788123456, a user id, a person's id or a ticket, before the action");
        }
        let taken = store.taken_over().await?;
        if taken.is_empty() {
            println!("Nobody is taken over.");
        }
        for (person, name, by) in taken {
            println!("{person}  {}  by {by}", name.as_deref().unwrap_or("(no name)"));
        }
        return Ok(());
    };
    let of = desk::find(&store, &known_by).await?;
    let actor: Actor = by(command.who.clone());
    match command.action.unwrap_or(TakeoverAction::Begin) {
        TakeoverAction::Begin => {
            desk::claim(&store, &of, command.take, &actor).await?;
            println!("Agents are silent for {}. The last messages:", of.person);
            print(&store.talk(of.person, i64::MAX, 6).await?, &time_zone);
        }
        TakeoverAction::Say { words } => {
            says_to(&store, &known_by, Says::Words(&words), command.who, &time_zone).await?;
        }
        TakeoverAction::End => {
            desk::release(&store, &of, &actor).await?;
            println!("Agents answer {} again.", of.person);
        }
    }
    Ok(())
}

pub(super) async fn reports(command: ReportsCommand) -> anyhow::Result<()> {
    let (store, _) = open().await?;
    let (listing, keep, who) = match command {
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
        ReportsCommand::Keep { listing, who } => (listing, true, who),
        ReportsCommand::Remove { listing, who } => (listing, false, who),
    };
    if !store.report_decided(listing, keep, &by(who)).await? {
        bail!("no listing {listing} is hidden; `switchboard reports list` shows those that are");
    }
    println!("The listing is {}.", if keep { "shown again" } else { "taken down" });
    Ok(())
}

/// The database, and the business's time zone.
async fn open() -> anyhow::Result<(Store, String)> {
    let config = Config::for_command("tickets")?;
    Ok((store(&config).await?, config.defaults.time_zone))
}
