//! Inquiring about a home, and the landlord's answer.

use agent_sdk::{
    Answers, Flow, Language, Outcome, Result, Step, Turn,
    applications::Application,
    board::{Does, Way, always, attribute, knows_nothing},
    tr, words,
};
use serde_json::json;

use crate::BOARD;

pub(crate) const INQUIRE: Flow = Flow {
    name: "property_inquiry",
    steps: &[
        Step::words(
            "move_in",
            tr!("From when", "À partir de", "Guhera", "Kuanzia"),
            tr!(
                "From when, and for how long?",
                "À partir de quand, et pour combien de temps ?",
                "Guhera ryari, kandi igihe kingana iki?",
                "Kuanzia lini, na kwa muda gani?"
            ),
            2,
            120,
        ),
        Step::words(
            "message",
            tr!("Your message", "Votre message", "Ubutumwa bwawe", "Ujumbe wako"),
            tr!(
                "What should the landlord know? For instance how many people, and when you could visit.",
                "Que doit savoir le propriétaire ? Par exemple combien de personnes, et quand visiter.",
                "Nyirinzu yamenya iki? Urugero umubare w'abantu n'igihe mwasura.",
                "Mwenye nyumba ajue nini? Kwa mfano watu wangapi, na lini utatembelea."
            ),
            3,
            1_000,
        )
        .or_skip(),
    ],
    confirm: Some(tr!(
        "Your inquiry. If the landlord accepts it, you get each other's contact.",
        "Votre demande. Si le propriétaire l'accepte, vous recevez vos contacts l'un et l'autre.",
        "Ubusabe bwawe. Nyirinzu nabwemera, muzahana nimero.",
        "Ombi lako. Mwenye nyumba akilikubali, mtapeana namba."
    )),
    word: Flow::SEND,
    done: finish,
};

pub(crate) const WAYS: &[Way] = &[Way {
    title: tr!("✉️ Inquire", "✉️ Se renseigner", "✉️ Baza", "✉️ Uliza"),
    does: Does::Apply {
        flow: &INQUIRE,
        told: tr!(
            "📬 {name} inquires about *{title}*",
            "📬 {name} demande *{title}*",
            "📬 {name} arabaza *{title}*",
            "📬 {name} anauliza *{title}*"
        ),
        knows: knows_nothing,
    },
    fits: always,
}];

fn finish(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let attributes = json!({ "move_in_date": answers.words("move_in") });
    BOARD.apply(turn, answers, INQUIRE.name, "", answers.words("message").unwrap_or_default(), attributes)
}

/// What a landlord reads of an inquiry beyond its message.
pub(crate) fn asked(application: &Application, _: Language) -> Vec<String> {
    let from = attribute(&application.attributes, "move_in_date");
    from.map(|from| format!("📅 {}", words::cut(&from, 120))).into_iter().collect()
}
