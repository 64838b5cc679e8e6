//! The parser of host commands, in every language: menu, stop, start, my data, forget me.

use switchboard_core::text::fold;
use switchboard_understand::{Analysis, acts::Act};

/// A host command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Leave any flow and show the menu.
    Menu,
    /// Opt out of proactive messages.
    Stop,
    /// Perhaps opt out: ask.
    AskStop,
    /// Opt in again.
    Start,
    /// Show what is held about the person.
    Data,
    /// Leave any flow and ask whether all that is held about the person is to be deleted.
    Forget,
}

/// Words that opt in again outside flows, as the answer to an opt-out teaches them. Inside a flow they may mean anything.
const START: &[&str] = &["start", "commencer", "reprendre", "tangira", "anza"];

/// Words for the menu.
const MENU: &[&str] = &["home", "exit", "accueil", "sortir", "ahabanza", "gusohoka", "mwanzo", "toka"];

/// Words that are taught to end a form, and that say *stop* as well: inside a flow they end it, outside one they are asked back.
const CANCEL_OR_STOP: &[&str] =
    &["hagarika", "muhagarike", "simamisha", "acha", "acheni", "arret", "arrete", "arreter", "arretez", "end"];

/// The longest command, in bytes.
const LENGTH_MAX: usize = 80;

/// Parses a text that consists of a command and nothing else.
pub fn of(text: &str, in_flow: bool) -> Option<Command> {
    // What is too long is not even analysed.
    if text.len() > LENGTH_MAX { None } else { of_analysis(&Analysis::of(text), in_flow) }
}

/// The same of a text that is analysed already.
pub fn of_analysis(analysis: &Analysis<'_>, in_flow: bool) -> Option<Command> {
    let text = analysis.text();
    if text.len() > LENGTH_MAX {
        return None;
    }
    if is_start(text) {
        return (!in_flow).then_some(Command::Start);
    }
    if !in_flow && CANCEL_OR_STOP.contains(&fold(text).join(" ").as_str()) {
        return Some(Command::AskStop);
    }
    match analysis.said.whole? {
        Act::OptOut => Some(Command::Stop),
        Act::MaybeOptOut if !in_flow => Some(Command::AskStop),
        Act::OptIn => Some(Command::Start),
        Act::Menu | Act::Leave if names_menu(text) => Some(Command::Menu),
        Act::Back | Act::Leave if !in_flow => Some(Command::Menu),
        Act::MyData => Some(Command::Data),
        Act::ForgetMe => Some(Command::Forget),
        _ => None,
    }
}

/// Whether a text is a word that leads to the menu; *help* and the like are for the agent.
fn names_menu(text: &str) -> bool {
    let words = fold(text);
    MENU.contains(&words.join(" ").as_str()) || words.iter().any(|word| word == "menu" || word == "menyu")
}

/// Whether a text is a word that opts in again, for anyone who opted out.
pub fn is_start(text: &str) -> bool {
    text.len() <= LENGTH_MAX && START.contains(&fold(text).join(" ").as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_bare_word_is_a_command() {
        let cases = [
            ("Menu", false, Some(Command::Menu)),
            (" STOP! ", true, Some(Command::Stop)),
            ("unsubscribe", true, Some(Command::Stop)),
            ("Arrêt", false, Some(Command::AskStop)),
            ("Hagarika", false, Some(Command::AskStop)),
            ("hagarika", true, None),
            ("acha", false, Some(Command::AskStop)),
            ("back", false, Some(Command::Menu)),
            ("back", true, None),
            ("annuler", true, None),
            ("kureka", false, Some(Command::Menu)),
            ("exit", true, Some(Command::Menu)),
            ("start", true, None),
            ("start", false, Some(Command::Start)),
            ("Forget me!", true, Some(Command::Forget)),
            ("Oubliez-moi", false, Some(Command::Forget)),
            ("nyibagirwa", true, Some(Command::Forget)),
            ("nisahau", true, Some(Command::Forget)),
            ("my data", true, Some(Command::Data)),
            ("forget me not, a picture", true, None),
            ("the menu of the restaurant", false, None),
            ("", false, None),
        ];
        for (text, in_flow, command) in cases {
            assert_eq!(of(text, in_flow), command, "{text}");
        }
    }
}
