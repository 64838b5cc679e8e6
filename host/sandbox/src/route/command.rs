//! The parser of host commands, in every language: menu, stop, start, forget me.

use switchboard_core::text::fold;

/// A host command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Leave any flow and show the menu.
    Menu,
    /// Opt out of proactive messages.
    Stop,
    /// Opt in again.
    Start,
    /// Leave any flow and ask whether all that is held about the person is to be deleted.
    Forget,
}

const MENU: &[&str] =
    &["menu", "home", "exit", "main menu", "accueil", "sortir", "menyu", "ahabanza", "gusohoka", "mwanzo", "toka"];

/// Words for the menu outside flows only. Inside a flow they are for the agent: go back, or end the flow.
const MENU_OUTSIDE_FLOWS: &[&str] =
    &["back", "cancel", "quit", "retour", "annuler", "quitter", "subira inyuma", "kureka", "rudi", "ghairi"];

const STOP: &[&str] = &["stop", "unsubscribe", "arret", "arreter", "desabonner", "acha", "simamisha"];

/// Words for `Stop` outside flows only. Inside a flow they are for the agent: end the flow.
const STOP_OUTSIDE_FLOWS: &[&str] = &["hagarika"];

const START: &[&str] = &["start", "unstop", "subscribe", "commencer", "reprendre", "tangira", "anza"];

/// As the agent `support` knows them; the host hears them inside any flow too.
const FORGET: &[&str] = &[
    "forget me",
    "delete my data",
    "delete everything",
    "erase my data",
    "remove my data",
    "oubliez moi",
    "supprimez mes donnees",
    "effacez mes donnees",
    "effacer mes donnees",
    "nyibagirwa",
    "siba amakuru yanjye",
    "nisahau",
    "futa data zangu",
];

/// Parses a text that consists of a command and nothing else.
pub fn of(text: &str, in_flow: bool) -> Option<Command> {
    if text.len() > 40 {
        return None;
    }
    let words = fold(text).join(" ");
    let is = |list: &[&str]| list.contains(&words.as_str());
    match () {
        () if is(STOP) || (!in_flow && is(STOP_OUTSIDE_FLOWS)) => Some(Command::Stop),
        () if is(MENU) || (!in_flow && is(MENU_OUTSIDE_FLOWS)) => Some(Command::Menu),
        () if !in_flow && is(START) => Some(Command::Start),
        () if is(FORGET) => Some(Command::Forget),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_bare_word_is_a_command() {
        let cases = [
            ("Menu", false, Some(Command::Menu)),
            (" STOP! ", true, Some(Command::Stop)),
            ("Arrêt", false, Some(Command::Stop)),
            ("Hagarika", false, Some(Command::Stop)),
            ("hagarika", true, None),
            ("back", false, Some(Command::Menu)),
            ("back", true, None),
            ("annuler", true, None),
            ("exit", true, Some(Command::Menu)),
            ("start", true, None),
            ("start", false, Some(Command::Start)),
            ("Forget me!", true, Some(Command::Forget)),
            ("Oubliez-moi", false, Some(Command::Forget)),
            ("forget me not, a picture", true, None),
            ("the menu of the restaurant", false, None),
            ("", false, None),
        ];
        for (text, in_flow, command) in cases {
            assert_eq!(of(text, in_flow), command, "{text}");
        }
    }
}
