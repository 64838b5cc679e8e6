//! What is said of a value beyond its bound.

/// A value is beyond its bound: which one, and how.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {says}")]
pub struct Wrong {
    /// The field, for instance `replies[2].buttons.body`.
    at: String,
    says: String,
}

impl Wrong {
    pub(super) fn new(says: impl Into<String>) -> Wrong {
        Wrong { at: String::new(), says: says.into() }
    }

    /// The same, within a field of this name.
    pub(super) fn of(mut self, name: &str) -> Wrong {
        let dot = if self.at.is_empty() || self.at.starts_with('[') { "" } else { "." };
        self.at = format!("{}{dot}{}", kebab(name), self.at);
        self
    }
}

/// A name of ours as the contract writes it: `price_max` is `price-max`, `AskPlace` is `ask-place`, `match_` is `match`.
pub fn kebab(name: &str) -> String {
    let name = name.strip_prefix("r#").unwrap_or(name).trim_end_matches('_');
    let mut written = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !written.is_empty() {
            written.push('-');
        }
        written.push(if c == '_' { '-' } else { c.to_ascii_lowercase() });
    }
    written
}

/// Checks a length in bytes.
pub(super) fn bytes(text: &str, most: usize) -> Result<(), Wrong> {
    match text.len() {
        n if n > most => Err(Wrong::new(format!("has {n} bytes, at most {most}"))),
        _ => Ok(()),
    }
}
