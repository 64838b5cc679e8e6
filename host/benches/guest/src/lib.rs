//! The agent that `make bench` measures with. It does what the smallest real agent does: reads its settings, logs a line,
//! answers one text. `to desk` hands the turn over, `wait` asks a capability that the benchmark lets hang.

pub mod work;

use agent_sdk::{Failure, Handoff, Language, Next, Outcome, Profile, Result, Turn, log, records, reply, tr};

/// What the agent says of itself, under one of its two names.
pub fn profile(name: &str) -> Profile {
    Profile::new(name, env!("CARGO_PKG_VERSION"), "Answers what it hears.")
        .titled(tr!("Echo", "Écho"), tr!("Says what you say", "Répète"))
        .keywords(Language::En, "order, status")
}

/// One text for one text.
pub fn handle(turn: &Turn) -> Result<Outcome> {
    let text = turn.text().unwrap_or("nothing");
    log::write(log::Level::Info, "hi");
    // What came by a handoff is answered, or two agents would give it to each other for ever.
    if let (Some(agent), None) = (text.strip_prefix("to "), &turn.handoff) {
        return Ok(handed(agent));
    }
    if text == "wait" {
        records::get(records::Owner::Person, "bench", "wait")?;
    }
    let answer = work::answer(text, &turn.settings).map_err(|error| Failure::Internal(error.to_string()))?;
    Ok(Outcome::say(reply::text(answer)))
}

fn handed(agent: &str) -> Outcome {
    let handoff = Handoff { agent: agent.to_owned(), reason: "asked for".to_owned(), context: "{}".to_owned() };
    Outcome { replies: Vec::new(), next: Next::Idle, handoff: Some(handoff), tags: Vec::new(), extras: Vec::new() }
}
