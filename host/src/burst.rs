//! Which messages wait for more of their thought, and which end that wait: see [`Burst`].

use switchboard_core::contract::types::Content;
use switchboard_sandbox::route::command;
use switchboard_store::Burst;
use switchboard_understand::{Analysis, acts::Act};

/// Acts that are answered at once.
const URGENT: [Act; 9] = [
    Act::OptOut,
    Act::MaybeOptOut,
    Act::OptIn,
    Act::Human,
    Act::Emergency,
    Act::Distress,
    Act::Menu,
    Act::MyData,
    Act::ForgetMe,
];

/// Whether a message waits: words, photos, videos and documents do, but for commands, the wish for a human and trouble, which are answered
/// at once, and with them what came before.
pub fn waits(content: &Content) -> bool {
    Burst::is_of_words(content) && content.words().is_none_or(|words| !is_urgent(words))
}

fn is_urgent(text: &str) -> bool {
    let text = Analysis::of(text);
    let is_command = [false, true].into_iter().any(|in_flow| command::of_analysis(&text, in_flow).is_some());
    is_command || text.said.acts.iter().any(|found| URGENT.contains(&found.act))
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchboard_core::contract::types::{Place, Reaction, Tap};

    #[test]
    fn only_words_wait_and_commands_never() {
        let text = |words: &str| Content::Text(words.into());
        for waiting in ["hi", "i need a job", "2", "stop by my shop tomorrow"] {
            assert!(waits(&text(waiting)), "{waiting}");
        }
        for command in ["stop", "STOP!", "menu", "cancel", "start", "forget me", "Arrêt"] {
            assert!(!waits(&text(command)), "{command}");
        }
        let tap = Content::Tap(Tap { id: "jobs/start".into(), title: "Jobs".into() });
        let place = Content::Place(Place { point: None, name: Some("Kimironko".into()), address: None });
        let reaction = Content::Reaction(Reaction { message: None, emoji: Some("👍".into()) });
        for other in [tap, place, reaction, Content::Unsupported("poll_creation".into())] {
            assert!(!waits(&other), "{other:?}");
        }
    }
}
