//! The rule for agents' names, which the contract, `plugins.toml` and the flags share.

/// Whether a text is an agent's name: lower-case letters, digits and `_`, up to 40.
pub fn is_agent_name(name: &str) -> bool {
    (1..=40).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && !name.starts_with('_')
}
