//! What became of a message, in a sentence.

use super::time::time;
use switchboard_store::{Traced, TracedSend, Unanswered, host_of_node};

/// What became of the message.
pub(super) fn end(traced: &Traced) -> String {
    let Traced { message, sends, person, .. } = traced;
    let forwarded = sends.iter().any(|send| send.kind == "forward");
    match message.state.as_str() {
        "queued" => match (message.behind, &message.claimed_by) {
            (Some(before), _) => format!("it waits behind message {before} of the same person"),
            (None, Some(node)) => format!("it is being answered at {}", host_of_node(node)),
            (None, None) => format!("it waits to be answered; due at {}", time(message.ready_at)),
        },
        "held" => {
            "it is held: its person is outside the rollout, and there is no legacy service; `switchboard rollout \
                   release` answers those who are in since"
                .to_owned()
        }
        "dead" => {
            let error = message.error.as_deref().unwrap_or("no reason is stored");
            format!("its turn was given up: {error}; `switchboard dead show messages {}`", message.id)
        }
        _ if forwarded => format!("it was forwarded to the legacy service: {}", outcome(sends)),
        _ if !sends.is_empty() => format!("it was answered: {}", outcome(sends)),
        _ => match message.why.as_deref().and_then(Unanswered::parse) {
            Some(why) => format!("it has no answer: {}", why.sentence()),
            None if person.as_ref().is_some_and(|person| person.forgotten_at.is_some()) => {
                "its person asked to be forgotten: nothing more of it is kept".to_owned()
            }
            None if message.state == "stored" => "it is stored and wants no answer".to_owned(),
            None => "it was answered; the answer is not kept any more".to_owned(),
        },
    }
}

/// The worst state among sends, in a word or two.
fn outcome(sends: &[TracedSend]) -> String {
    let of = |send: &TracedSend| match send.state.as_str() {
        "sent" => {
            let latest = send.statuses.last().map(|status| status.status.as_str());
            (3, latest.unwrap_or("sent").to_owned())
        }
        state @ ("queued" | "sending" | "unknown") => {
            let why = send.rests.as_deref().map(|why| format!(", its number rests ({why})")).unwrap_or_default();
            (2, format!("{state}{why}"))
        }
        state => {
            let failed = send.statuses.iter().rev().find_map(|status| status.error.clone());
            let error = send.error.clone().or(failed).unwrap_or_default();
            (if state == "barred" { 1 } else { 0 }, format!("{state} in send, {error}"))
        }
    };
    sends.iter().map(of).min().map(|(_, words)| words).unwrap_or_default()
}
