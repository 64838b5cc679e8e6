//! `switchboard rollout`: the plan from few people to all, followed by the host and moved by hand; and what was kept from people
//! outside it.

use anyhow::Context;
use clap::Subcommand;

use super::{
    common::{self, store, time},
    flags::agents_of_first_row,
};
use crate::{
    config::Config,
    rollout::{self, Order},
};
use switchboard_core::plan::{Plan, SERVICE_ROLLOUT};
use switchboard_store::{Decided, Store};

#[derive(Subcommand)]
pub(super) enum Options {
    /// Begin: the first step is in force within a second, and the host follows the plan. Without a file: the deployment checklist's.
    Start {
        /// A plan as JSON; `rollout plan` prints the default one.
        #[arg(long)]
        plan: Option<std::path::PathBuf>,
        /// Who does it, for the audit; your login name if not given.
        #[arg(long = "as")]
        actor: Option<String>,
    },
    /// Print the plan of the deployment checklist, to make another of it.
    Plan,
    /// Where it stands, and what was decided, with the figures.
    Status,
    /// On to the next step now, whatever the figures.
    Advance {
        /// Who does it, for the audit; your login name if not given.
        #[arg(long = "as")]
        actor: Option<String>,
    },
    /// Stay at this step until `resume`. The host still aborts if the limits are broken.
    Hold {
        /// Why, for the audit.
        #[arg(default_value = "by hand")]
        reason: String,
        /// Who does it, for the audit; your login name if not given.
        #[arg(long = "as")]
        actor: Option<String>,
    },
    /// Nobody any more: the percentage is 0 within a second.
    Abort {
        /// Why, for the audit.
        #[arg(default_value = "by hand")]
        reason: String,
        /// Who does it, for the audit; your login name if not given.
        #[arg(long = "as")]
        actor: Option<String>,
    },
    /// Go on at the step where it was held or aborted.
    Resume {
        /// Who does it, for the audit; your login name if not given.
        #[arg(long = "as")]
        actor: Option<String>,
    },
    /// Put the messages that were held back into their lanes. Those of people who are still outside are held again, or go to the
    /// service before.
    Release,
    /// Give what could not be forwarded to the service before another try.
    Retry,
}

pub(super) async fn run(options: Options) -> anyhow::Result<()> {
    let config = Config::from_environment()?;
    let store = store(&config).await?;
    let now = config.clock.now();
    let (order, actor) = match options {
        Options::Start { plan, actor } => return start(&config, &store, plan, now, &common::actor(actor)).await,
        Options::Plan => {
            println!("{}", serde_json::to_string_pretty(&Plan::default())?);
            return Ok(());
        }
        Options::Status => return status(&store, now).await,
        Options::Retry => return retry(&store, now).await,
        Options::Release => return release(&store, now).await,
        Options::Advance { actor } => (Order::Advance, actor),
        Options::Hold { reason, actor } => (Order::Hold(reason), actor),
        Options::Abort { reason, actor } => (Order::Abort(reason), actor),
        Options::Resume { actor } => (Order::Resume, actor),
    };
    let moved = rollout::order(&store, &order, &common::actor(actor), now).await?;
    println!("{}: {} %, in force within a second", moved.outcome, moved.percent);
    Ok(())
}

async fn start(
    config: &Config,
    store: &Store,
    plan: Option<std::path::PathBuf>,
    now: i64,
    who: &str,
) -> anyhow::Result<()> {
    let plan = match plan {
        Some(path) => {
            let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            Plan::parse(&text).map_err(anyhow::Error::msg).with_context(|| path.display().to_string())?
        }
        None => Plan::default(),
    };
    let agents = agents_of_first_row(config, store).await?;
    rollout::start(store, &agents, plan, who, now).await?;
    status(store, now).await
}

async fn retry(store: &Store, now: i64) -> anyhow::Result<()> {
    match store.retry_forwards(now).await? {
        0 => println!("Nothing is dead that was to be forwarded."),
        n => println!("{n} messages are on their way to the service before again."),
    }
    Ok(())
}

async fn release(store: &Store, now: i64) -> anyhow::Result<()> {
    match store.release_held(now).await? {
        0 => println!("Nothing is held."),
        n => println!("{n} held messages are back in their lanes; the running host takes them up within a second."),
    }
    Ok(())
}

async fn status(store: &Store, now: i64) -> anyhow::Result<()> {
    let Some(rollout) = store.rollout(SERVICE_ROLLOUT).await? else {
        println!("There is no rollout: `switchboard rollout start` begins one, by the deployment checklist.");
        return Ok(());
    };
    println!(
        "{}: {} %, step {} of {}",
        rollout.state.as_str(),
        rollout.percent,
        rollout.step + 1,
        rollout.plan.steps.len()
    );
    for (n, step) in rollout.plan.steps.iter().enumerate() {
        let hours = (now - rollout.step_since) as f64 / 3_600_000.0;
        let here = match n == rollout.step && rollout.state.is_under_way() {
            true => format!("  <- since {} ({hours:.1} h)", time(rollout.step_since)),
            false => String::new(),
        };
        println!(
            "  {:>6} %  {:>5} h  errors below {} %, at least {} messages{here}",
            step.percent, step.hours, step.max_error_percent, step.min_messages
        );
    }
    println!("{}: {}", rollout.outcome, rollout.reason);
    println!("\nDecided:");
    for decided in store.decisions(SERVICE_ROLLOUT, 20).await? {
        println!("  {}", line(&decided));
    }
    Ok(())
}

/// A decision as a person reads it.
pub(super) fn line(decided: &Decided) -> String {
    let percent = |percent: Option<f64>| percent.map_or("-".into(), |percent| percent.to_string());
    let figures =
        decided.figures.as_deref().and_then(|json| serde_json::from_str::<switchboard_store::Figures>(json).ok());
    let figures = figures.map(|figures| {
        let p95 = figures.p95_ms.map_or("-".into(), |ms| ms.to_string());
        format!(" ({} messages, {:.2} % errors, p95 {p95} ms)", figures.messages, figures.error_percent())
    });
    format!(
        "{} {} by {}: {} % → {} %: {}{}",
        time(decided.at),
        decided.outcome,
        decided.who,
        percent(decided.percent.0),
        percent(decided.percent.1),
        decided.reason,
        figures.unwrap_or_default()
    )
}
