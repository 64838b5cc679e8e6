//! The commands of the program, a file each. Errors are printed once, here.

mod agents;
mod chat;
mod common;
mod db;
mod desk;
mod doctor;
mod emulator;
mod flags;
mod person;
mod report;
mod rollout;
mod route;
mod serve;
mod test;
mod webhook;

use std::{future::Future, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::config::ConfigError;

/// Wrong configuration (`EX_CONFIG` of sysexits).
const EXIT_CONFIG: u8 = 78;

/// A WhatsApp number answered by sandboxed agents.
#[derive(Parser)]
#[command(version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer the business's number: webhook, agents, outbox.
    Serve,
    /// Talk to the agents from this terminal, as a phone would.
    Chat(chat::ChatArgs),
    /// Stand in for the Graph API, alone.
    Emulator(emulator::EmulatorArgs),
    /// Look at the agents.
    #[command(subcommand)]
    Agents(agents::AgentsCommand),
    /// Look at the rollout's flags and change them.
    #[command(subcommand)]
    Flags(flags::FlagsCommand),
    /// Follow a plan from few people to all, and look after messages of those outside.
    #[command(subcommand)]
    Rollout(rollout::RolloutCommand),
    /// What the host did lately: messages, errors, times, sessions, handoffs, costs.
    Report(report::ReportArgs),
    /// Check configuration, database, secrets and plugins.
    Doctor(doctor::DoctorArgs),
    /// Where Meta sends what people write: look, point it elsewhere, bring it back.
    #[command(subcommand)]
    Webhook(webhook::WebhookCommand),
    /// Try labelled sentences on the agents' words, and print the confusion matrix.
    Route(route::RouteArgs),
    /// What people want a human to look at.
    #[command(subcommand)]
    Tickets(desk::TicketsCommand),
    /// Answer a person yourself; agents are silent meanwhile.
    Takeover(desk::TakeoverArgs),
    /// Listings that people reported.
    #[command(subcommand)]
    Reports(desk::ReportsCommand),
    /// What is held about one person: print it, or end it.
    #[command(subcommand)]
    Person(person::PersonCommand),
    /// Look after the database.
    #[command(subcommand)]
    Db(db::DbCommand),
    /// Play every component in the plugin folder: loading, hostile input, conversations.
    Test(test::TestArgs),
}

/// Runs a command to its end.
pub fn run(cli: Cli) -> ExitCode {
    let outcome = match cli.command {
        Command::Serve => block_on(serve::run()),
        Command::Chat(args) => block_on(chat::run(args)),
        Command::Emulator(args) => block_on(emulator::run(args)),
        Command::Agents(args) => block_on(agents::run(args)),
        Command::Flags(args) => block_on(flags::run(args)),
        Command::Rollout(args) => block_on(rollout::run(args)),
        Command::Report(args) => block_on(report::run(args)),
        Command::Doctor(args) => block_on(doctor::run(args)),
        Command::Webhook(args) => block_on(webhook::run(args)),
        Command::Route(args) => block_on(route::run(args)),
        Command::Tickets(args) => block_on(desk::tickets(args)),
        Command::Takeover(args) => block_on(desk::takeover(args)),
        Command::Reports(args) => block_on(desk::reports(args)),
        Command::Person(args) => block_on(person::run(args)),
        Command::Db(args) => block_on(db::run(args)),
        Command::Test(args) => block_on(test::run(args)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("switchboard: {error:#}");
            ExitCode::from(if error.is::<ConfigError>() { EXIT_CONFIG } else { 1 })
        }
    }
}

fn block_on(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(command)
}
