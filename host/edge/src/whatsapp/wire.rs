//! Wire ids of choices: `<agent>/<choice id>`. The host adds and strips the agent.

use switchboard_core::contract::types::Choice;

/// The choice id that opens another agent.
pub const START: &str = "start";

/// The name that choices of the host itself bear in the place of an agent's.
pub const HOST: &str = "host";

/// The wire id of an agent's choice.
pub fn id(agent: &str, choice: &Choice) -> String {
    match &choice.agent {
        Some(host) if host == HOST => format!("{HOST}/{}", choice.id),
        Some(other) if other != agent => format!("{other}/{START}"),
        _ => format!("{agent}/{}", choice.id),
    }
}

/// Parses a wire id into agent and choice id; none if it is not ours, as for a template's button or the legacy
/// service's list.
pub fn parse(wire: &str) -> Option<(&str, &str)> {
    let (agent, choice) = wire.split_once('/')?;
    let named = !agent.is_empty() && agent.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    (named && !choice.is_empty()).then_some((agent, choice))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_back_as_it_went() {
        let mut choice = Choice { id: "a/b".into(), title: "T".into(), description: None, agent: None };
        assert_eq!(parse(&id("jobs", &choice)), Some(("jobs", "a/b")));
        choice.agent = Some("support".into());
        assert_eq!(parse(&id("jobs", &choice)), Some(("support", START)));
        for foreign in ["", "menu", "/x", "jobs/", "Jobs/x", "Yes please/no"] {
            assert_eq!(parse(foreign), None, "{foreign}");
        }
    }
}
