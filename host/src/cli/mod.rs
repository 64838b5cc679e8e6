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
    Chat(chat::Options),
    /// Stand in for the Graph API, alone.
    Emulator(emulator::Options),
    /// Look at the agents.
    #[command(subcommand)]
    Agents(agents::Options),
    /// Look at the rollout's flags and change them.
    #[command(subcommand)]
    Flags(flags::Options),
    /// Follow a plan from few people to all, and look after messages of those outside.
    #[command(subcommand)]
    Rollout(rollout::Options),
    /// What the host did lately: messages, errors, times, sessions, handoffs, costs.
    Report(report::Options),
    /// Check configuration, database, secrets and plugins.
    Doctor(doctor::Options),
    /// Where Meta sends what people write: look, point it elsewhere, bring it back.
    #[command(subcommand)]
    Webhook(webhook::Options),
    /// Try labelled sentences on the agents' words, and print the confusion matrix.
    Route(route::Options),
    /// What people want a human to look at.
    #[command(subcommand)]
    Tickets(desk::Tickets),
    /// Answer a person yourself; agents are silent meanwhile.
    Takeover(desk::Takeover),
    /// Listings that people reported.
    #[command(subcommand)]
    Reports(desk::Reports),
    /// What is held about one person: print it, or end it.
    #[command(subcommand)]
    Person(person::Options),
    /// Look after the database.
    #[command(subcommand)]
    Db(db::Options),
    /// Play every component in the plugin folder: loading, hostile input, conversations.
    Test(test::Options),
}

/// Runs a command to its end.
pub fn run(cli: Cli) -> ExitCode {
    let outcome = match cli.command {
        Command::Serve => block_on(serve::run()),
        Command::Chat(options) => block_on(chat::run(options)),
        Command::Emulator(options) => block_on(emulator::run(options)),
        Command::Agents(options) => block_on(agents::run(options)),
        Command::Flags(options) => block_on(flags::run(options)),
        Command::Rollout(options) => block_on(rollout::run(options)),
        Command::Report(options) => block_on(report::run(options)),
        Command::Doctor(options) => block_on(doctor::run(options)),
        Command::Webhook(options) => block_on(webhook::run(options)),
        Command::Route(options) => block_on(route::run(options)),
        Command::Tickets(options) => block_on(desk::tickets(options)),
        Command::Takeover(options) => block_on(desk::takeover(options)),
        Command::Reports(options) => block_on(desk::reports(options)),
        Command::Person(options) => block_on(person::run(options)),
        Command::Db(options) => block_on(db::run(options)),
        Command::Test(options) => block_on(test::run(options)),
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
