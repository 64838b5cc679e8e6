//! Validation of agents' names, shared by the contract, `plugins.toml` and the flags.

/// Whether a text is a valid agent name: 1 to 40 lower-case letters, digits and `_`, not starting with `_`.
pub fn is_agent_name(name: &str) -> bool {
    (1..=40).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && !name.starts_with('_')
}
