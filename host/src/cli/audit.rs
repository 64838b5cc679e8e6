//! `switchboard audit`: what operators did, the latest first.

use serde_json::json;

use super::common::store;
use crate::{
    config::Config,
    operators::audit::{self, AuditChoice, LIMIT},
    report::milliseconds,
};

/// The arguments.
#[derive(clap::Args)]
pub(super) struct AuditArgs {
    /// Not older than this: 30m, 4h, 7d.
    #[arg(long, value_parser = milliseconds)]
    since: Option<i64>,
    /// Of this operator.
    #[arg(long)]
    who: Option<String>,
    /// This act, or all of a part: dead.retry, dead.
    #[arg(long)]
    act: Option<String>,
    /// Done to this: a person's id, an agent's name, `reply 12`.
    #[arg(long)]
    subject: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = LIMIT)]
    limit: usize,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: AuditArgs) -> anyhow::Result<()> {
    let config = Config::for_command("audit")?;
    let store = store(&config).await?;
    let AuditArgs { since, who, act, subject, limit, json } = args;
    let since = since.map_or(0, |back| store.now() - back);
    let acts = audit::read(&store, &AuditChoice { since, before: None, who, act, subject, limit }).await?;
    if json {
        println!("{:#}", json!({ "acts": acts }));
        return Ok(());
    }
    if acts.is_empty() {
        println!("Nothing was done.");
    }
    for entry in acts {
        let changed = match (&entry.before, &entry.after) {
            (None, None) => String::new(),
            (before, after) => {
                let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
                format!("  {} → {}", shown(before), shown(after))
            }
        };
        println!("{}  {}:{}  {}  {}{changed}", entry.at, entry.way, entry.who, entry.act, entry.subject);
    }
    Ok(())
}
