//! The command line: one file for each command. Errors are printed here, once.

mod agents;
mod alerts;
mod audit;
mod chat;
mod common;
mod compile;
mod db;
mod dead;
mod desk;
mod dev;
mod diff;
mod doctor;
mod emulator;
mod flags;
mod inbox;
mod numbers;
mod new;
mod operators;
mod person;
mod reload;
mod report;
mod rollout;
mod route;
mod serve;
mod test;
mod trace;
mod turns;
mod templates;
mod webhook;

use std::{future::Future, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{config::ConfigError, process};

/// The exit code for a wrong configuration (`EX_CONFIG` in sysexits.h).
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
    /// Chat with the agents from this terminal.
    Chat(chat::ChatArgs),
    /// Run the emulator of the Graph API as a process of its own.
    Emulator(emulator::EmulatorArgs),
    /// List and inspect agents; promote, roll back and pin their versions.
    #[command(subcommand)]
    Agents(agents::AgentsCommand),
    /// Show and change the flags: who is served, by which agents.
    #[command(subcommand)]
    Flags(flags::FlagsCommand),
    /// Start, watch and control the service's rollout, and release messages held for people outside it.
    #[command(subcommand)]
    Rollout(rollout::RolloutCommand),
    /// List, show, retry and discard messages, replies and forwards that were given up.
    #[command(subcommand)]
    Dead(dead::DeadCommand),
    /// Report what the host did lately: messages, errors, latency, sessions, handoffs, costs.
    Report(report::ReportArgs),
    /// Follow one message: what was received, which agent answered and why, what it asked, what was sent and what Meta said.
    Trace(trace::TraceArgs),
    /// List recorded turns, the latest first.
    Turns(turns::TurnsArgs),
    /// Show a recorded turn, play it again, or make a test of it.
    #[command(subcommand)]
    Turn(turns::TurnCommand),
    /// List the alerts that fire, and send a test to their receivers.
    #[command(subcommand)]
    Alerts(alerts::AlertsCommand),
    /// Check configuration, database, secrets and plugins.
    Doctor(doctor::DoctorArgs),
    /// Show or change the address that Meta sends this account's webhooks to.
    #[command(subcommand)]
    Webhook(webhook::WebhookCommand),
    /// List the account's message templates, and show what one needs.
    #[command(subcommand)]
    Templates(templates::TemplatesCommand),
    /// Evaluate keyword routing on labelled sentences, and print the confusion matrix.
    Route(route::RouteArgs),
    /// List who waits for a human: people who asked for one, open tickets, people whom a human has.
    Inbox(inbox::InboxArgs),
    /// Show a person's whole conversation; it does not take them over.
    Talk(inbox::TalkArgs),
    /// Take a person over, by number or ticket: you answer, and agents are silent meanwhile.
    Claim(inbox::ClaimArgs),
    /// Say something to a person in your name, and see whether it arrived.
    Say(inbox::SayArgs),
    /// Note something about a person; it is never sent.
    Note(inbox::NoteArgs),
    /// Let agents answer a person again.
    Release(inbox::ActArgs),
    /// End a talk: close the person's tickets, let agents answer again, and ask whether they were satisfied.
    Close(inbox::ActArgs),
    /// List business numbers, and set which agents serve there, in which languages, when people answer.
    #[command(subcommand)]
    Numbers(numbers::NumbersCommand),
    /// List, set and remove ready answers.
    #[command(subcommand)]
    Canned(inbox::CannedCommand),
    /// List, answer and close the tickets that people opened.
    #[command(subcommand)]
    Tickets(desk::TicketsCommand),
    /// Take a person over: you answer, and agents are silent meanwhile.
    Takeover(desk::TakeoverArgs),
    /// List and decide listings that people reported.
    #[command(subcommand)]
    Reports(desk::ReportsCommand),
    /// Make, list, change and revoke operators: names, roles and tokens for the admin API.
    #[command(subcommand)]
    Operators(operators::OperatorsCommand),
    /// Let the running host of this machine read its configuration again: secrets, tokens, log level, addresses. SIGHUP does the same.
    Reload(reload::ReloadArgs),
    /// List what operators did: who, by which way, what it was before.
    Audit(audit::AuditArgs),
    /// Show, export or delete the data stored about one person; keep who opted out.
    #[command(subcommand)]
    Person(person::PersonCommand),
    /// Migrate, adopt, copy or seed the database.
    #[command(subcommand)]
    Db(db::DbCommand),
    /// Test every component in the plugin folder: loading, conversations, hostile input, random walks.
    Test(test::TestArgs),
    /// Run an agent while it is being written: each change is built, played and live at once, beside a chat in this terminal.
    Dev(dev::DevArgs),
    /// Compile one component: what the host runs as a child process.
    #[command(hide = true, name = switchboard_sandbox::plugins::COMPILE_COMMAND)]
    Compile(compile::CompileArgs),
}

/// Runs a command; prints its error if it fails.
pub fn run(cli: Cli) -> ExitCode {
    process::own_files_only();
    process::end_at_closed_pipe();
    let outcome = match cli.command {
        Command::Serve => block_on(serve::run()),
        Command::Chat(args) => block_on(chat::run(args)),
        Command::Emulator(args) => block_on(emulator::run(args)),
        Command::Agents(args) => block_on(agents::run(args)),
        Command::Flags(args) => block_on(flags::run(args)),
        Command::Rollout(args) => block_on(rollout::run(args)),
        Command::Dead(args) => block_on(dead::run(args)),
        Command::Report(args) => block_on(report::run(args)),
        Command::Trace(args) => block_on(trace::run(args)),
        Command::Turns(args) => block_on(turns::list(args)),
        Command::Turn(command) => block_on(turns::run(command)),
        Command::Alerts(args) => block_on(alerts::run(args)),
        Command::Doctor(args) => block_on(doctor::run(args)),
        Command::Webhook(args) => block_on(webhook::run(args)),
        Command::Templates(args) => block_on(templates::run(args)),
        Command::Route(args) => block_on(route::run(args)),
        Command::Inbox(args) => block_on(inbox::inbox(args)),
        Command::Talk(args) => block_on(inbox::talk(args)),
        Command::Claim(args) => block_on(inbox::claim(args)),
        Command::Say(args) => block_on(inbox::say(args)),
        Command::Note(args) => block_on(inbox::note(args)),
        Command::Release(args) => block_on(inbox::release(args)),
        Command::Close(args) => block_on(inbox::close(args)),
        Command::Numbers(args) => block_on(numbers::run(args)),
        Command::Canned(args) => block_on(inbox::canned(args)),
        Command::Tickets(args) => block_on(desk::tickets(args)),
        Command::Takeover(args) => block_on(desk::takeover(args)),
        Command::Reports(args) => block_on(desk::reports(args)),
        Command::Operators(args) => block_on(operators::run(args)),
        Command::Reload(args) => block_on(reload::run(args)),
        Command::Audit(args) => block_on(audit::run(args)),
        Command::Person(args) => block_on(person::run(args)),
        Command::Db(args) => block_on(db::run(args)),
        Command::Test(args) => block_on(test::run(args)),
        Command::Dev(args) => block_on(dev::run(args)),
        Command::Compile(args) => return compile::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("switchboard: {error:#}");
            ExitCode::from(if error.is::<ConfigError>() { EXIT_CONFIG } else { 1 })
        }
    }
}

/// The stack of each of the runtime's threads, in bytes. A turn that calls a model is deep: a program that is not optimised needs more than
/// two megabytes. What is not used is not taken.
const STACK: usize = 8 << 20;

fn block_on(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().thread_stack_size(STACK).enable_all().build()?.block_on(command)
}
