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
}

impl Way {
    /// Its name in the audit.
    pub fn as_str(self) -> &'static str {
        match self {
            Way::Command => "command",
            Way::Api => "api",
            Way::Console => "console",
            Way::Host => "host",
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
