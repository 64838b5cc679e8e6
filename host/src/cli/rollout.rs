//! `switchboard rollout`: starts, shows and controls the service's rollout, and releases messages held for people outside it.

use anyhow::Context;
use clap::Subcommand;

use super::{
    common::{As, ask_percent, store, time},
    flags::agents_of_first_row,
};
use crate::{
    config::Config,
    flags::{self, FirstRow},
    prices::Rates,
    report::StepCosts,
    rollout::{self, RolloutOrder},
    serve::without_row,
};
use switchboard_core::{
    act::Actor,
    plan::{Plan, SERVICE_ROLLOUT},
};
use switchboard_store::{Decided, Store};

/// The subcommands.
#[derive(Subcommand)]
pub(super) enum RolloutCommand {
    /// Start a rollout: its first step is in force within a second, and the host follows the plan, by default the deployment checklist's.
    Start {
        /// A plan as JSON; `rollout plan` prints the default one.
        #[arg(long)]
        plan: Option<std::path::PathBuf>,
        /// Do not ask whether as many people are to be served.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        by: As,
    },
    /// Print the default plan, that of the deployment checklist, as a template.
    Plan,
    /// Show the rollout's state and its decisions, with their figures.
    Status,
    /// Go to the next step now, whatever the figures.
    Advance {
        /// Do not ask whether as many people are to be served.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        by: As,
    },
    /// Stay at this step until `resume`. The host still aborts if a limit is exceeded.
    Hold {
        /// Why, for the audit.
        #[arg(default_value = "by hand")]
        reason: String,
        #[command(flatten)]
        by: As,
    },
    /// Set the percentage to 0, within a second: in every state, also where there is no rollout or the flags' row does not fit.
    Abort {
        /// Why, for the audit.
        #[arg(default_value = "by hand")]
        reason: String,
        #[command(flatten)]
        by: As,
    },
    /// Continue at the step where it was held or aborted.
    Resume {
        /// Do not ask whether as many people are to be served.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        by: As,
    },
    /// Queue the held messages again. Those of people who are still outside are held again, or forwarded to the legacy service.
    Release {
        #[command(flatten)]
        by: As,
    },
    /// Retry messages that could not be forwarded to the legacy service.
    Retry {
        #[command(flatten)]
        by: As,
    },
}

pub(super) async fn run(command: RolloutCommand) -> anyhow::Result<()> {
    let config = Config::for_command("rollout")?;
    let store = store(&config).await?;
    let now = config.clock.now();
    let (order, yes, by) = match command {
        RolloutCommand::Start { plan, yes, by } => {
            return start(&config, &store, plan, yes, &by.actor()).await;
        }
        RolloutCommand::Plan => {
            println!("{}", serde_json::to_string_pretty(&Plan::default())?);
            return Ok(());
        }
        RolloutCommand::Status => return status(&store, &config.rates, now).await,
        RolloutCommand::Retry { by } => return retry(&store, &by.actor(), now).await,
        RolloutCommand::Release { by } => return release(&store, &by.actor(), now).await,
        RolloutCommand::Advance { yes, by } => (RolloutOrder::Advance, yes, by),
        RolloutCommand::Hold { reason, by } => (RolloutOrder::Hold(reason), true, by),
        RolloutCommand::Abort { reason, by } => (RolloutOrder::Abort(reason), true, by),
        RolloutCommand::Resume { yes, by } => (RolloutOrder::Resume, yes, by),
    };
    if let Some((before, after)) = rollout::percent_after(&store, &order).await? {
        ask_percent(yes, before, after)?;
    }
    let (agents, without_row) = (agents_of_first_row(&config, &store).await?, without_row(&config));
    let first = FirstRow { agents: &agents, without_row: &without_row };
    let moved = rollout::order(&store, first, &order, &by.actor(), now).await?;
    println!("{}: {} %, in force within a second", moved.outcome, moved.percent);
    Ok(())
}

async fn start(
    config: &Config,
    store: &Store,
    plan: Option<std::path::PathBuf>,
    yes: bool,
    actor: &Actor,
) -> anyhow::Result<()> {
    let now = config.clock.now();
    let plan = match plan {
        Some(path) => {
            let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            Plan::parse(&text).map_err(anyhow::Error::msg).with_context(|| path.display().to_string())?
        }
        None => Plan::default(),
    };
    let agents = agents_of_first_row(config, store).await?;
    let without_row = without_row(config);
    let in_force = flags::in_force(store, &without_row, None).await?.flags.document.served_percent();
    let is_under_way = store.rollout(SERVICE_ROLLOUT).await?.is_some_and(|rollout| rollout.state.is_under_way());
    if let Some(step) = plan.steps.first().filter(|_| !is_under_way) {
        ask_percent(yes, in_force, step.percent)?;
    }
    rollout::start(store, FirstRow { agents: &agents, without_row: &without_row }, plan, actor, now).await?;
    status(store, &config.rates, now).await
}

async fn retry(store: &Store, actor: &Actor, now: i64) -> anyhow::Result<()> {
    match store.retry_forwards(actor, now).await? {
        0 => println!("There are no dead forwards to retry."),
        n => println!("{n} messages are queued for the legacy service again."),
    }
    Ok(())
}

async fn release(store: &Store, actor: &Actor, now: i64) -> anyhow::Result<()> {
    match store.release_held(actor, now).await? {
        0 => println!("No message is held."),
        n => println!("{n} held messages are queued again; the running host answers them within a second."),
    }
    Ok(())
}

async fn status(store: &Store, rates: &Rates, now: i64) -> anyhow::Result<()> {
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
    if let Some(costs) = StepCosts::of(store, &rollout, rates, now).await? {
        let dollars =
            |dollars: Option<f64>| dollars.map_or("not known".to_owned(), |sum| format!("{sum:.2} US dollars"));
        let next = costs.next.map_or(String::new(), |(percent, sum)| format!("; at {percent} %: {}", dollars(sum)));
        println!("messages cost a day, at {} %: {}{next}", rollout.percent, dollars(costs.now));
    }
    println!("\nDecided:");
    for decided in store.decisions(SERVICE_ROLLOUT, 20).await? {
        println!("  {}", line(&decided));
    }
    Ok(())
}

/// Formats a decision as one line.
pub(super) fn line(decided: &Decided) -> String {
    let percent = |percent: Option<f64>| percent.map_or("-".into(), |percent| percent.to_string());
    let figures =
        decided.figures.as_deref().and_then(|json| serde_json::from_str::<switchboard_store::Figures>(json).ok());
    let figures = figures.map(|figures| {
        let p95 = figures.p95_ms.map_or("-".into(), |ms| ms.to_string());
        let between =
            figures.error_interval().map(|(low, high)| format!(" ({low:.2}–{high:.2} %)")).unwrap_or_default();
        let errors = figures.error_percent();
        format!(" ({} messages, {errors:.2} % errors{between}, p95 {p95} ms)", figures.messages)
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
