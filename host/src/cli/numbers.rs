//! `switchboard numbers`: business numbers, and what is said of each.

use clap::{Args, Subcommand};
use serde_json::Value;

use super::common::{As, ask, hosted_agents, store};
use crate::{
    config::Config,
    numbers::{self, NumberPatch},
};
use switchboard_store::BusinessNumber;

/// The subcommands.
#[derive(Subcommand)]
pub(super) enum NumbersCommand {
    /// List business numbers: which agents serve there, in which languages, when people answer, whether it rests.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Add a business number, or change what is said of one; what is not given stays. In force on the running hosts within a second.
    Set(SetArgs),
    /// Remove a business number. With UNKNOWN_NUMBERS=store or refuse it is not answered any more.
    Remove {
        /// Meta's phone number id.
        business: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        by: As,
    },
}

/// The arguments of `numbers set`. An empty value is as the configuration says for all numbers.
#[derive(Args)]
pub(super) struct SetArgs {
    /// Meta's phone number id.
    business: String,
    /// What it is called here.
    #[arg(long)]
    name: Option<String>,
    /// The languages that it answers in, separated by commas, the first in doubt; empty for all, the first as DEFAULT_LANGUAGE says.
    #[arg(long, value_name = "CODES")]
    languages: Option<String>,
    /// The agents that serve there, separated by commas, beside the menu's; empty for all.
    #[arg(long, value_name = "NAMES")]
    agents: Option<String>,
    /// When people of the business answer there, such as `Mon-Fri 08:00-18:00`; empty: as BUSINESS_HOURS says.
    #[arg(long)]
    hours: Option<String>,
    /// The approved template that asks people to write again, `name:language`; empty: as NOTICE_TEMPLATE says.
    #[arg(long, value_name = "NAME:LANGUAGE")]
    notice_template: Option<String>,
    #[command(flatten)]
    by: As,
}

pub(super) async fn run(command: NumbersCommand) -> anyhow::Result<()> {
    let config = Config::for_command("numbers")?;
    let store = store(&config).await?;
    match command {
        NumbersCommand::List { json } => {
            let all = store.numbers().await?;
            if json {
                let all: Value = all.iter().map(numbers::json).collect();
                println!("{all:#}");
                return Ok(());
            }
            if all.is_empty() {
                println!(
                    "There are no business numbers; one gets its row with its first answer, or by `switchboard numbers set`."
                );
            }
            all.iter().for_each(|number| println!("{}", line(number)));
        }
        NumbersCommand::Set(args) => {
            let known = hosted_agents(&store).await?;
            let patch = NumberPatch {
                name: args.name.map(some),
                languages: args.languages.map(|text| list(&text)),
                agents: args.agents.map(|text| list(&text)),
                hours: args.hours.map(some),
                notice_template: args.notice_template.map(some),
            };
            let defaults = (&config.defaults, known.as_slice());
            let set = numbers::set(&store, defaults, &args.business, patch, &args.by.actor()).await?;
            println!("{}\nIn force on the running hosts within a second.", line(&set));
        }
        NumbersCommand::Remove { business, yes, by } => {
            ask(yes, &format!("this removes business number {business}, and what is said of it"))?;
            numbers::remove(&store, &business, &by.actor()).await?;
            println!("{business} is removed.");
        }
    }
    Ok(())
}

/// A text that is not empty.
fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.trim().is_empty())
}

/// The entries of a list with commas; none if it is empty.
fn list(text: &str) -> Option<Vec<String>> {
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned);
    Some(entries.collect::<Vec<_>>()).filter(|entries| !entries.is_empty())
}

/// A number as one line, and one for each thing that is said of it.
fn line(number: &BusinessNumber) -> String {
    let row = &number.settings;
    let mut text = number.business.clone();
    if let Some(name) = &row.name {
        text.push_str(&format!("  {name}"));
    }
    if let Some(reason) = &number.rest_reason {
        text.push_str(&format!("\n    rests: {reason}"));
    }
    let said = [
        ("languages", row.languages.as_deref().unwrap_or("all, the first as DEFAULT_LANGUAGE says")),
        ("agents", row.agents.as_deref().unwrap_or("all")),
        ("hours", row.hours.as_deref().unwrap_or("as BUSINESS_HOURS says")),
        ("notice template", row.notice_template.as_deref().unwrap_or("as NOTICE_TEMPLATE says")),
    ];
    said.iter().for_each(|(what, value)| text.push_str(&format!("\n    {what}: {value}")));
    text
}
