//! `switchboard inbox`, `talk`, `claim`, `say`, `note`, `release`, `close` and `canned`: the desk of the business's staff, beside a running host.

use std::{collections::HashSet, time::Duration};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use uuid::Uuid;

use super::common::store;
use crate::{
    config::{self, Config},
    desk::{self, PAGE, PATIENCE, Says},
};
use switchboard_core::act::Actor;
use switchboard_store::{Side, Store, TalkEntry, Waiting};

/// How often a conversation that is followed is read.
const FOLLOW: Duration = Duration::from_secs(1);

/// The arguments of `inbox`.
#[derive(Args)]
pub(super) struct InboxArgs {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// The arguments of `talk`.
#[derive(Args)]
pub(super) struct TalkArgs {
    /// A number (+250…), a user id, a person's id, or a ticket (T-7KQ2MX).
    person: String,
    /// Go on printing what is said.
    #[arg(long, conflicts_with_all = ["before", "json"])]
    follow: bool,
    /// Show what was said before this time, such as 2026-11-27T08:00:00Z: the first time of a page gives the page before it.
    #[arg(long)]
    before: Option<jiff::Timestamp>,
    /// How many entries.
    #[arg(long, default_value_t = PAGE)]
    limit: usize,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Whom an act at the desk is about, and who does it.
#[derive(Args)]
pub(super) struct ActArgs {
    /// A number (+250…), a user id, a person's id, or a ticket (T-7KQ2MX).
    person: String,
    /// Your name, by default that of your login.
    #[arg(long = "as", value_name = "NAME")]
    who: Option<String>,
}

/// The arguments of `claim`.
#[derive(Args)]
pub(super) struct ClaimArgs {
    #[command(flatten)]
    act: ActArgs,
    /// Take the person over also from a human who has them.
    #[arg(long)]
    take: bool,
}

/// The arguments of `say`.
#[derive(Args)]
pub(super) struct SayArgs {
    #[command(flatten)]
    act: ActArgs,
    /// The text.
    #[arg(required_unless_present = "canned")]
    words: Option<String>,
    /// The ready answer of this name, in the place of a text.
    #[arg(long, value_name = "NAME", conflicts_with = "words")]
    canned: Option<String>,
}

/// The arguments of `note`.
#[derive(Args)]
pub(super) struct NoteArgs {
    #[command(flatten)]
    act: ActArgs,
    /// The note.
    words: String,
}

/// The subcommands of `canned`.
#[derive(Subcommand)]
pub(super) enum CannedCommand {
    /// List ready answers.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Set a ready answer; `{name}` stands for the person's name.
    Set {
        /// Its name.
        name: String,
        /// The text.
        words: String,
        /// The language that it is in; without it, it is for every language that has none of its own.
        #[arg(long)]
        language: Option<String>,
        /// Your name, by default that of your login.
        #[arg(long = "as", value_name = "NAME")]
        who: Option<String>,
    },
    /// Remove a ready answer, in one language or in all.
    Remove {
        /// Its name.
        name: String,
        /// In this language only.
        #[arg(long)]
        language: Option<String>,
        /// Your name, by default that of your login.
        #[arg(long = "as", value_name = "NAME")]
        who: Option<String>,
    },
}

/// Who acts: the given name, else the login name.
pub(super) fn by(given: Option<String>) -> Actor {
    Actor::at_terminal(given.or_else(config::login).unwrap_or_else(|| "operator".to_owned()))
}

async fn open() -> anyhow::Result<(Store, String)> {
    let config = Config::from_environment()?;
    Ok((store(&config).await?, config.defaults.time_zone))
}

pub(super) async fn inbox(args: InboxArgs) -> anyhow::Result<()> {
    let (store, _) = open().await?;
    let (all, now) = (store.inbox().await?, store.now());
    if args.json {
        let all: serde_json::Value = all.iter().map(|one| desk::waiting(one, now)).collect();
        println!("{all:#}");
        return Ok(());
    }
    if all.is_empty() {
        println!("Nobody waits for a human.");
    }
    all.iter().for_each(|one| println!("{}", line(one, now)));
    Ok(())
}

/// Somebody in the inbox, as one line and one for each ticket.
fn line(one: &Waiting, now: i64) -> String {
    let age = one.since().map_or_else(|| "-".to_owned(), |since| desk::period(now - since));
    let claimed = one.claimed_by.as_ref().map_or_else(|| "nobody has them".to_owned(), |by| format!("{by} has them"));
    let agent = one.tickets.first().map(|ticket| ticket.agent.as_str()).or(one.agent.as_deref()).unwrap_or("-");
    let mut text = format!(
        "{age:>8}  {} unread  {}  {}  {}  {agent}  to {}  {claimed}",
        one.unread,
        desk::why(one),
        one.person,
        one.name.as_deref().unwrap_or("(no name)"),
        one.business.as_deref().unwrap_or("-"),
    );
    for ticket in &one.tickets {
        text.push_str(&format!("\n          {}  {}  {}", ticket.number, ticket.priority, ticket.subject));
    }
    text
}

pub(super) async fn talk(args: TalkArgs) -> anyhow::Result<()> {
    let (store, time_zone) = open().await?;
    let of = desk::find(&store, &args.person).await?;
    let before = args.before.map_or(i64::MAX, jiff::Timestamp::as_millisecond);
    let entries = store.talk(of.person, before, args.limit.max(1)).await?;
    if args.json {
        let entries: serde_json::Value = entries.iter().map(desk::entry).collect();
        println!("{entries:#}");
        return Ok(());
    }
    if entries.is_empty() && !args.follow {
        println!("Nothing was said.");
    }
    print(&entries, &time_zone);
    if !args.follow {
        return Ok(());
    }
    let mut known: HashSet<String> = entries.into_iter().map(|entry| entry.id).collect();
    loop {
        tokio::time::sleep(FOLLOW).await;
        let entries = store.talk(of.person, i64::MAX, PAGE).await?;
        let new: Vec<TalkEntry> = entries.into_iter().filter(|entry| known.insert(entry.id.clone())).collect();
        print(&new, &time_zone);
    }
}

/// Prints entries of a conversation, with the day where it changes.
pub(super) fn print(entries: &[TalkEntry], time_zone: &str) {
    let mut day = String::new();
    for entry in entries {
        let on = desk::day(entry.at, time_zone);
        if on != day {
            println!("{on}");
            day = on;
        }
        println!("{}", said(entry, time_zone));
    }
}

fn said(entry: &TalkEntry, time_zone: &str) -> String {
    let name = entry.name.as_deref().unwrap_or_default();
    let who = match entry.side {
        Side::Person => "> ".to_owned(),
        Side::Agent => format!("< [{name}] "),
        Side::Staff => format!("< {name} (staff): "),
        Side::App => "< (from the business's own app) ".to_owned(),
        Side::Template => "< ".to_owned(),
        Side::Note => format!("  note of {name}: "),
    };
    let ticket = entry.number.as_ref().map_or_else(String::new, |number| format!("({number}) "));
    let text = desk::text(&entry.words).replace('\n', "\n           ");
    let fate = match &entry.fate {
        Some(fate) => format!("\n           {}", desk::words(fate, time_zone)),
        None => String::new(),
    };
    format!("{} {who}{ticket}{text}{fate}", desk::clock(entry.at, time_zone))
}

pub(super) async fn claim(args: ClaimArgs) -> anyhow::Result<()> {
    let (store, time_zone) = open().await?;
    let of = desk::find(&store, &args.act.person).await?;
    let actor = by(args.act.who);
    desk::claim(&store, &of, args.take, &actor).await?;
    println!("{} is with you, {}: agents are silent. The last messages:", of.person, actor.name);
    print(&store.talk(of.person, i64::MAX, 6).await?, &time_zone);
    Ok(())
}

pub(super) async fn say(args: SayArgs) -> anyhow::Result<()> {
    let (store, time_zone) = open().await?;
    let says = match (&args.words, &args.canned) {
        (Some(words), _) => Says::Words(words),
        (None, Some(name)) => Says::Canned(name),
        (None, None) => bail!("say what: a text, or --canned NAME"),
    };
    says_to(&store, &args.act.person, says, args.act.who, &time_zone).await
}

/// Says something and prints what became of it. An error if it does not reach the person.
pub(super) async fn says_to(
    store: &Store,
    person: &str,
    says: Says<'_>,
    who: Option<String>,
    time_zone: &str,
) -> anyhow::Result<()> {
    let of = desk::find(store, person).await?;
    let word: Uuid = desk::say(store, &of, says, None, &by(who)).await?;
    let outcome = desk::outcome(store, of.person, word, PATIENCE)
        .await
        .context("it is said, but what became of it cannot be read")?;
    let sentence = outcome.sentence(time_zone);
    if outcome.is_refused() {
        bail!("{sentence}");
    }
    println!("{sentence}");
    Ok(())
}

pub(super) async fn note(args: NoteArgs) -> anyhow::Result<()> {
    let (store, _) = open().await?;
    let of = desk::find(&store, &args.act.person).await?;
    desk::note(&store, &of, &args.words, &by(args.act.who)).await?;
    println!("Noted. The person does not see it.");
    Ok(())
}

pub(super) async fn release(args: ActArgs) -> anyhow::Result<()> {
    let (store, _) = open().await?;
    let of = desk::find(&store, &args.person).await?;
    desk::release(&store, &of, &by(args.who)).await?;
    println!("Agents answer {} again.", of.person);
    Ok(())
}

pub(super) async fn close(args: ActArgs) -> anyhow::Result<()> {
    let (store, _) = open().await?;
    closes(&store, &args.person, args.who).await
}

/// Ends a talk and says what ended.
pub(super) async fn closes(store: &Store, person: &str, who: Option<String>) -> anyhow::Result<()> {
    let of = desk::find(store, person).await?;
    let closed = desk::close(store, &of, &by(who)).await?;
    for number in &closed.tickets {
        println!("{number} is closed.");
    }
    if closed.taken_from.is_some() {
        println!("Agents answer {} again.", of.person);
    }
    println!("They are asked whether they were satisfied.");
    Ok(())
}

pub(super) async fn canned(command: CannedCommand) -> anyhow::Result<()> {
    let (store, _) = open().await?;
    match command {
        CannedCommand::List { json } => {
            let all = store.canned().await?;
            if json {
                let all: serde_json::Value = all.iter().map(desk::canned).collect();
                println!("{all:#}");
                return Ok(());
            }
            if all.is_empty() {
                println!("There are no ready answers.");
            }
            for one in all {
                let language = if one.language.is_empty() { "every language" } else { &one.language };
                println!("{}  ({language})  {}", one.name, one.words.replace('\n', "\n    "));
            }
        }
        CannedCommand::Set { name, words, language, who } => {
            desk::set_canned(&store, &name, language.as_deref().unwrap_or_default(), &words, &by(who)).await?;
            println!("{name} is set.");
        }
        CannedCommand::Remove { name, language, who } => {
            desk::remove_canned(&store, &name, language.as_deref(), &by(who)).await?;
            println!("{name} is removed.");
        }
    }
    Ok(())
}
