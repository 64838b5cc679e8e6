//! `switchboard operators`: makes operators with a role and a token, gives them passwords, lists, changes and revokes them.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::{Context, ensure};
use clap::{Subcommand, ValueEnum};

use super::common::{As, store, time};
use crate::{config::Config, operators};
use switchboard_core::{operator::OperatorRole, secret::Secret};

/// The subcommands.
#[derive(Subcommand)]
pub(super) enum OperatorsCommand {
    /// List operators: name, role, by whom they were made, when their token was last used.
    List,
    /// Make an operator, and print their token. It is shown this once.
    Add {
        /// Their name for the audit, in lower case.
        name: String,
        /// What they may do.
        #[arg(long, value_enum)]
        role: RoleArg,
        #[command(flatten)]
        by: As,
    },
    /// Give an operator another role; it counts from their next request on.
    Role {
        /// Their name.
        name: String,
        /// What they may do from now on.
        #[arg(value_enum)]
        role: RoleArg,
        #[command(flatten)]
        by: As,
    },
    /// Give an operator another token, and print it; the one before ends at once.
    Token {
        /// Their name.
        name: String,
        #[command(flatten)]
        by: As,
    },
    /// Give an operator a password for the console: asked for on a terminal, else the first line of the standard input.
    Password {
        /// Their name.
        name: String,
        #[command(flatten)]
        by: As,
    },
    /// End what an operator may do, at once.
    Revoke {
        /// Their name.
        name: String,
        #[command(flatten)]
        by: As,
    },
}

/// A role on the command line.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum RoleArg {
    /// Reads figures, flags, agents, dead letters, the audit.
    Viewer,
    /// Also reads and answers people.
    Support,
    /// Also changes flags, rollouts and agents, and retries dead letters.
    Operator,
    /// Does everything: people's data, operators, configuration.
    Admin,
}

impl From<RoleArg> for OperatorRole {
    fn from(role: RoleArg) -> OperatorRole {
        match role {
            RoleArg::Viewer => OperatorRole::Viewer,
            RoleArg::Support => OperatorRole::Support,
            RoleArg::Operator => OperatorRole::Operator,
            RoleArg::Admin => OperatorRole::Admin,
        }
    }
}

pub(super) async fn run(command: OperatorsCommand) -> anyhow::Result<()> {
    let config = Config::for_command("operators")?;
    let store = store(&config).await?;
    match command {
        OperatorsCommand::List => {
            let all = store.operators().await?;
            if all.is_empty() {
                println!("There are no operators: `switchboard operators add <name> --role admin` makes the first.");
            }
            for one in &all {
                let used = one.used_at.map_or("never used".into(), |at| format!("last used {}", time(at)));
                let state = one.revoked_at.map_or(used, |at| format!("revoked {}", time(at)));
                println!("{}  {}  made {} by {}  {state}", one.name, one.role, time(one.created_at), one.created_by);
            }
            if config.operator_token.is_some() && all.iter().any(|one| one.revoked_at.is_none()) {
                println!("OPERATOR_TOKEN is set too: whoever has it is an admin. Unset it once everybody has a token.");
            }
        }
        OperatorsCommand::Add { name, role, by } => {
            let role = OperatorRole::from(role);
            let token = operators::add(&store, &name, role, &by.actor()).await?;
            println!("{name} is an operator with the role {role}. Their token, shown this once:\n{}", &*token);
        }
        OperatorsCommand::Role { name, role, by } => {
            let role = OperatorRole::from(role);
            let before = operators::set_role(&store, &name, role, &by.actor()).await?;
            println!("{name}: {before} → {role}");
        }
        OperatorsCommand::Token { name, by } => {
            let token = operators::renew_token(&store, &name, &by.actor()).await?;
            println!("The token before has ended. The new token of {name}, shown this once:\n{}", &*token);
        }
        OperatorsCommand::Password { name, by } => {
            operators::password::set(&store, &name, new_password(&name)?, &by.actor()).await?;
            println!(
                "{name} has a new password. They sign in at http://{}/; older sessions have ended.",
                config.operator
            );
        }
        OperatorsCommand::Revoke { name, by } => {
            operators::revoke(&store, &name, &by.actor()).await?;
            println!("{name} may do nothing any more.");
        }
    }
    Ok(())
}

/// Asks for a new password twice, without showing it; or reads it from the standard input.
fn new_password(name: &str) -> anyhow::Result<Secret> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return read_line();
    }
    let first = without_echo(&format!("New password for {name}: "))?;
    let second = without_echo("Once more: ")?;
    ensure!(*first == *second, "the two are not the same: nothing was changed");
    Ok(first)
}

/// Asks on the terminal for a line that is not shown.
fn without_echo(question: &str) -> anyhow::Result<Secret> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    print!("{question}");
    std::io::stdout().flush()?;
    let stdin = std::io::stdin();
    let shown = tcgetattr(&stdin).context("the terminal cannot be asked")?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&stdin, OptionalActions::Flush, &hidden).context("the terminal cannot hide a password")?;
    let line = read_line();
    tcsetattr(&stdin, OptionalActions::Now, &shown).context("the terminal cannot be set back")?;
    println!();
    line
}

fn read_line() -> anyhow::Result<Secret> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("the password cannot be read")?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned().into())
}
