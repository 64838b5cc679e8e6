//! Operators: their roles and their names.

use std::fmt;

/// What an operator may do. Each role may do all that the ones before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OperatorRole {
    /// Reads figures, flags, agents, dead letters without their words, and the audit.
    Viewer,
    /// Works at the desk: reads and answers people.
    Support,
    /// Runs the service: flags, rollouts, agents, dead letters.
    Operator,
    /// Does everything: people's data, operators, configuration.
    Admin,
}

impl OperatorRole {
    /// All roles, the least first.
    pub const ALL: [OperatorRole; 4] =
        [OperatorRole::Viewer, OperatorRole::Support, OperatorRole::Operator, OperatorRole::Admin];

    /// Its name in the database and in commands.
    pub fn as_str(self) -> &'static str {
        match self {
            OperatorRole::Viewer => "viewer",
            OperatorRole::Support => "support",
            OperatorRole::Operator => "operator",
            OperatorRole::Admin => "admin",
        }
    }

    /// The role of a name.
    pub fn parse(name: &str) -> Option<OperatorRole> {
        OperatorRole::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

impl fmt::Display for OperatorRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The longest name of an operator in bytes.
const NAME_MAX: usize = 32;

/// Names that mean something else in the audit.
const RESERVED: [&str; 6] = ["operator", "host", "api", "command", "console", "development"];

/// Checks the name of a new operator; a sentence if it is refused.
pub fn check_operator_name(name: &str) -> Result<(), String> {
    let is_word = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_".contains(&b));
    let begins = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    if !is_word || !begins || name.len() > NAME_MAX {
        return Err(format!(
            "`{name}` is not a name for an operator: it begins with a lower-case letter and has at most {NAME_MAX} lower-case letters, digits, dots, hyphens and underscores"
        ));
    }
    if RESERVED.contains(&name) {
        return Err(format!("`{name}` means something else in the audit: choose another name"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_ordered_and_read_by_their_names() {
        assert!(OperatorRole::ALL.is_sorted());
        for role in OperatorRole::ALL {
            assert_eq!(OperatorRole::parse(role.as_str()), Some(role));
        }
        assert_eq!(OperatorRole::parse("root"), None);
    }

    #[test]
    fn a_name_is_a_short_word() {
        for (name, fits) in [("ann", true), ("ann.b-2_c", true), ("", false), ("Ann", false), ("2ann", false)] {
            assert_eq!(check_operator_name(name).is_ok(), fits, "{name}");
        }
        for name in ["operator", "host", "a b", "a:b", "a\n", &"a".repeat(33)] {
            assert!(check_operator_name(name).is_err(), "{name}");
        }
    }
}
