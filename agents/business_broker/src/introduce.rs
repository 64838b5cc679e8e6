//! Being introduced to the owner of an opportunity.

use agent_sdk::{
    Answers, Flow, Language, Outcome, Result, Step, Turn,
    applications::Application,
    board::{Does, Way, always, attribute, knows_nothing},
    tr, words,
};
use serde_json::json;

use crate::BOARD;

pub(crate) const INTRODUCE: Flow = Flow {
    name: "introduction",
    steps: &[
        Step::words(
            "about",
            tr!("About you", "À propos de vous", "Kuri wowe", "Kukuhusu"),
            tr!(
                "Who are you, and what do you bring? The owner reads this.",
                "Qui êtes-vous, et qu'apportez-vous ? Le porteur lira ceci.",
                "Uri nde, kandi uzana iki? Nyirayo azabisoma.",
                "Wewe ni nani, na unaleta nini? Mwenyewe atasoma hii."
            ),
            10,
            500,
        ),
        Step::words(
            "message",
            tr!("Your message", "Votre message", "Ubutumwa bwawe", "Ujumbe wako"),
            tr!(
                "What would you like to know or propose?",
                "Que voulez-vous savoir ou proposer ?",
                "Urifuza kumenya cyangwa gutanga iki?",
                "Ungependa kujua au kupendekeza nini?"
            ),
            5,
            1_000,
        )
        .or_skip(),
    ],
    confirm: Some(tr!(
        "Your introduction. If the owner accepts it, you get each other's contact.",
        "Votre mise en relation. Si elle est acceptée, vous recevez vos contacts l'un et l'autre.",
        "Ubusabe bwawe bwo guhuzwa. Nibwemerwa, muzahana nimero.",
        "Utambulisho wako. Ukikubaliwa, mtapeana namba."
    )),
    word: Flow::SEND,
    done: finish,
};

pub(crate) const WAYS: &[Way] = &[Way {
    title: tr!("🤝 Introduce me", "🤝 Me présenter", "🤝 Mpuza nawe", "🤝 Nitambulishe"),
    does: Does::Apply {
        flow: &INTRODUCE,
        told: tr!(
            "📬 {name} would like to be introduced: *{title}*",
            "📬 {name} souhaite être mis en relation : *{title}*",
            "📬 {name} arashaka guhuzwa nawe: *{title}*",
            "📬 {name} anataka kutambulishwa: *{title}*"
        ),
        knows: knows_nothing,
    },
    fits: always,
}];

fn finish(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let attributes = json!({ "about": answers.words("about") });
    BOARD.apply(turn, answers, INTRODUCE.name, "", answers.words("message").unwrap_or_default(), attributes)
}

/// What an owner reads of somebody beyond the message.
pub(crate) fn asked(application: &Application, _: Language) -> Vec<String> {
    attribute(&application.attributes, "about")
        .map(|about| format!("👤 {}", words::cut(&about, 500)))
        .into_iter()
        .collect()
}
