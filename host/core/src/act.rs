//! Human acts: what an operator did, for the audit.

use std::fmt;

/// The way by which an operator acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A command in a terminal.
    Command,
    /// The admin API.
    Api,
    /// The console.
    Console,
    /// The host itself, where a rule of the business's ends what a human began.
    Host,
    /// A statement in the database's own shell.
    Sql,
}

impl Way {
    /// Its name in the audit.
    pub fn as_str(self) -> &'static str {
        match self {
            Way::Command => "command",
            Way::Api => "api",
            Way::Console => "console",
            Way::Host => "host",
            Way::Sql => "sql",
        }
    }
}

/// Who acts, and by which way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The operator's name.
    pub name: String,
    /// The way by which they act.
    pub way: Way,
}

impl Actor {
    /// An operator at a terminal.
    pub fn at_terminal(name: impl Into<String>) -> Actor {
        Actor { name: name.into(), way: Way::Command }
    }

    /// The host itself.
    pub fn host() -> Actor {
        Actor { name: "host".to_owned(), way: Way::Host }
    }
}

impl Actor {
    /// An operator at the admin API.
    pub fn at_api(name: impl Into<String>) -> Actor {
        Actor { name: name.into(), way: Way::Api }
    }

    /// An operator at the console.
    pub fn at_console(name: impl Into<String>) -> Actor {
        Actor { name: name.into(), way: Way::Console }
    }

    /// Reads the text that rows of flags, rollouts and merges hold: what `Display` gives, with ` as <database role>` behind it on
    /// Postgres; `cli:…` and `api` of older versions; a name alone is the host's own, or else a role of the database.
    pub fn parse(text: &str) -> Actor {
        let (text, _) = text.split_once(" as ").unwrap_or((text, ""));
        let (way, name) = match text.split_once(':') {
            Some(("command" | "cli", name)) => (Way::Command, name),
            Some(("api", name)) => (Way::Api, name),
            Some(("console", name)) => (Way::Console, name),
            Some(("host", name)) => (Way::Host, name),
            _ => match text {
                "api" => (Way::Api, "operator"),
                "cli" => (Way::Command, "unknown"),
                text if HOST_NAMES.contains(&text) => (Way::Host, text),
                text => (Way::Sql, text),
            },
        };
        Actor { name: name.to_owned(), way }
    }
}

/// What the host calls itself where it changes flags and rollouts by itself.
const HOST_NAMES: [&str; 4] = ["controller", "file", "rollout", "host"];

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.way.as_str(), self.name)
    }
}

/// An act, as a row of the audit has it. It holds no words of people, and no number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// What was done, such as `desk.claim`: the part of the program, a dot, and a verb.
    pub name: &'static str,
    /// What it was done to: a person's id, a ticket's number, an agent's name.
    pub subject: String,
    /// What it was before.
    pub before: Option<String>,
    /// What it is now.
    pub after: Option<String>,
}

impl Act {
    /// An act without a value before and after.
    pub fn on(name: &'static str, subject: impl Into<String>) -> Act {
        Act { name, subject: subject.into(), before: None, after: None }
    }

    /// The act that changed one value into another.
    pub fn changes(self, before: Option<String>, after: Option<String>) -> Act {
        Act { before, after, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_read_as_it_was_written() {
        for (text, name, way) in [
            ("command:ann", "ann", Way::Command),
            ("command:ann as switchboard_host", "ann", Way::Command),
            ("cli:ann", "ann", Way::Command),
            ("api:operator/ann as owner", "operator/ann", Way::Api),
            ("api", "operator", Way::Api),
            ("host:host", "host", Way::Host),
            ("controller", "controller", Way::Host),
            ("rollout as switchboard_host", "rollout", Way::Host),
            ("sql", "sql", Way::Sql),
            ("owner", "owner", Way::Sql),
        ] {
            assert_eq!(Actor::parse(text), Actor { name: name.to_owned(), way }, "{text}");
        }
        let actor = Actor::at_api("ann");
        assert_eq!(Actor::parse(&actor.to_string()), actor);
    }
}
