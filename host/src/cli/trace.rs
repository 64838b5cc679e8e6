//! `switchboard trace`: follows messages from receipt to Meta's last word.

use anyhow::bail;
use clap::Args;

use super::common::store;
use crate::{config::Config, trace};

/// The arguments.
#[derive(Args)]
pub(super) struct TraceArgs {
    /// A wamid (of a message or of a reply), a person's number (+250…), user id or id, or `turn-<id>`.
    of: String,
    /// Of a person: how many of their latest messages.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(i64).range(1..=trace::LAST_MAX))]
    last: i64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: TraceArgs) -> anyhow::Result<()> {
    let store = store(&Config::for_command("trace")?).await?;
    let found = trace::find(&store, &args.of, args.last).await?;
    if found.messages.is_empty() && found.refused.is_none() {
        bail!(trace::NOTHING);
    }
    if args.json {
        println!("{:#}", serde_json::to_value(&found)?);
        return Ok(());
    }
    let texts: Vec<String> = found.messages.iter().map(trace::text).collect();
    print!("{}", texts.join("\n"));
    if let Some(refused) = &found.refused {
        println!("{}", trace::refused_text(refused));
    }
    Ok(())
}
