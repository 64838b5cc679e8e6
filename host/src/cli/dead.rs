//! `switchboard dead`: lists, shows, retries and discards messages, replies and forwards that were given up.

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::common::{As, ask, store, time};
use crate::{
    config::Config,
    dead::{self, Filters, LIMIT},
};
use switchboard_store::{DeadEvent, DeadKind, DeadLetter, Store};

/// The subcommands.
#[derive(Subcommand)]
pub(super) enum DeadCommand {
    /// List dead letters, the oldest first: of one kind, or of all.
    List {
        what: Option<What>,
        #[command(flatten)]
        filters: FilterArgs,
        /// How many of a kind, at most.
        #[arg(long, default_value_t = LIMIT)]
        limit: i64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show one: its reason, its content, and what was done with it before.
    Show {
        what: What,
        id: i64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Queue them again: attempts begin anew, and each keeps its place in its lane.
    Retry(DecideArgs),
    /// Give them up for good. By its id also a reply or forward that is queued or of unknown outcome.
    Discard(DecideArgs),
}

/// What was given up.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum What {
    /// Messages of people that no turn could answer.
    Messages,
    /// Replies, notices and templates that were not sent.
    Replies,
    /// Messages that the legacy service did not take.
    Forwards,
}

/// The filters.
#[derive(Args)]
pub(super) struct FilterArgs {
    /// Those whose error begins with this code of Meta's: 131047, 100/33.
    #[arg(long)]
    code: Option<String>,
    /// Those of this agent.
    #[arg(long)]
    agent: Option<String>,
    /// Those of this person: a number (+250…), a user id or a person's id.
    #[arg(long)]
    person: Option<String>,
    /// Those older than this: 30m, 4h, 7d.
    #[arg(long)]
    older: Option<String>,
    /// Those not older than this.
    #[arg(long)]
    since: Option<String>,
}

/// The arguments of `retry` and `discard`.
#[derive(Args)]
pub(super) struct DecideArgs {
    what: What,
    /// One, by its id; without it, all that fit the filters.
    #[arg(conflicts_with_all = ["code", "agent", "person", "older", "since"])]
    id: Option<i64>,
    #[command(flatten)]
    filters: FilterArgs,
    /// Do not ask where many are meant.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    by: As,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl What {
    fn kind(self) -> DeadKind {
        match self {
            What::Messages => DeadKind::Message,
            What::Replies => DeadKind::Reply,
            What::Forwards => DeadKind::Forward,
        }
    }
}

impl From<FilterArgs> for Filters {
    fn from(FilterArgs { code, agent, person, older, since }: FilterArgs) -> Filters {
        Filters { code, agent, person, older, since }
    }
}

pub(super) async fn run(command: DeadCommand) -> anyhow::Result<()> {
    let config = Config::for_command("dead")?;
    let store = store(&config).await?;
    match command {
        DeadCommand::List { what, filters, limit, json } => list(&store, what, &filters.into(), limit, json).await,
        DeadCommand::Show { what, id, json } => show(&store, what.kind(), id, json).await,
        DeadCommand::Retry(args) => decide(&store, DeadEvent::Retried, args).await,
        DeadCommand::Discard(args) => decide(&store, DeadEvent::Discarded, args).await,
    }
}

async fn list(store: &Store, what: Option<What>, filters: &Filters, limit: i64, as_json: bool) -> anyhow::Result<()> {
    let kinds = what.map_or(DeadKind::ALL.to_vec(), |what| vec![what.kind()]);
    let mut letters = Vec::new();
    for kind in kinds {
        let choice = filters.choice(store, kind, store.now()).await?;
        letters.extend(store.dead_letters(&choice, 0, limit).await?);
    }
    if as_json {
        println!("{:#}", letters.iter().map(dead::letter).collect::<Value>());
        return Ok(());
    }
    if letters.is_empty() {
        println!("Nothing is dead.");
    }
    letters.iter().for_each(|letter| println!("{}", line(letter)));
    Ok(())
}

/// A letter as one line.
fn line(letter: &DeadLetter) -> String {
    let person = letter.person.map_or("-".into(), |person| person.to_string());
    let agent = Some(letter.agent.as_str()).filter(|agent| !agent.is_empty()).unwrap_or("-");
    let error = letter.error.as_deref().unwrap_or("-");
    let (kind, id, state, what) = (letter.kind.as_str(), letter.id, &letter.state, &letter.what);
    format!("{kind} {id}  {}  {state}  {what}  {agent}  {person}  {error}", time(letter.at_ms))
}

async fn show(store: &Store, kind: DeadKind, id: i64, as_json: bool) -> anyhow::Result<()> {
    let letter = one(store, kind, id).await?;
    let changes = store.dead_changes(kind, id).await?;
    let shown = dead::whole(&letter, &changes);
    if as_json {
        println!("{shown:#}");
        return Ok(());
    }
    println!("{}\n{:#}", line(&letter), shown["body"]);
    for change in changes {
        println!("{} {} by {}", time(change.at), change.event, change.who);
    }
    Ok(())
}

async fn one(store: &Store, kind: DeadKind, id: i64) -> anyhow::Result<DeadLetter> {
    let name = kind.as_str();
    store.dead_letter(kind, id).await?.with_context(|| format!("there is no dead {name} {id}: see `dead list`"))
}

async fn decide(store: &Store, event: DeadEvent, args: DecideArgs) -> anyhow::Result<()> {
    let (kind, actor) = (args.what.kind(), args.by.actor());
    let (found, done) = match args.id {
        Some(id) => {
            let letter = one(store, kind, id).await?;
            let done = store.decide_dead(std::slice::from_ref(&letter), event, &actor).await?;
            if done == 0 {
                bail!("{} {id} cannot be {} as it is: {}", kind.as_str(), event.as_str(), line(&letter));
            }
            (1, done)
        }
        None => {
            let choice = Filters::from(args.filters).choice(store, kind, store.now()).await?;
            let first = store.dead_letters(&choice, 0, LIMIT).await?;
            if !first.is_empty() {
                let more = if first.len() as i64 == LIMIT { " or more" } else { "" };
                let verb = if event == DeadEvent::Retried { "queues" } else { "discards" };
                ask(args.yes, &format!("this {verb} {}{more} dead letters ({})", first.len(), kind.as_str()))?;
            }
            store.decide_all_dead(&choice, event, &actor).await?
        }
    };
    if args.json {
        println!("{}", json!({ "found": found, event.as_str(): done }));
    } else {
        println!("{done} of {found} {}", event.as_str());
    }
    Ok(())
}
