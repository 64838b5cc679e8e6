//! Papers that people send: kept by their handles; read by a model where there is one.

use agent_sdk::{Answers, Flow, Language, Outcome, Result, Step, Turn, board, media, opt, store, tr, words};
use serde::{Deserialize, Serialize};

use crate::menu;

/// A paper on record.
#[derive(Serialize, Deserialize)]
pub(crate) struct Document {
    kind: String,
    files: Vec<String>,
    /// What a model read in the first of them.
    read: Option<String>,
}

pub(crate) const UPLOAD: Flow = Flow {
    name: "document_upload",
    steps: &[
        Step::choice(
            "kind",
            tr!("Paper", "Document", "Inyandiko", "Nyaraka"),
            tr!("Which paper is it?", "Quel document est-ce ?", "Ni iyihe nyandiko?", "Ni nyaraka gani?"),
            &[
                opt("carte_jaune", tr!("Yellow card", "Carte jaune", "Ikarita y'umuhondo", "Kadi ya njano")),
                opt("certificate", tr!("Insurance certificate", "Attestation", "Icyemezo", "Cheti cha bima")),
                opt("licence", tr!("Driving licence", "Permis de conduire", "Uruhushya", "Leseni")),
                opt("other", tr!("Something else", "Autre", "Ikindi", "Nyingine")),
            ],
        ),
        Step::files(
            "files",
            tr!("Files", "Fichiers", "Dosiye", "Faili"),
            tr!(
                "Send a photo of it or the file, up to five.",
                "Envoyez une photo ou le fichier, jusqu'à cinq.",
                "Ohereza ifoto cyangwa dosiye, kugeza kuri eshanu.",
                "Tuma picha au faili, hadi tano."
            ),
            5,
        ),
    ],
    confirm: None,
    word: Flow::CONFIRM,
    done: keep,
};

/// How far the host is with all files of a paper.
enum State {
    Kept,
    Pending,
    Refused,
}

/// The worst of them. A host that does not know the question has the files as it had them before it.
fn state_of(files: &[String]) -> State {
    let states: Vec<String> = files.iter().filter_map(|file| media::state(file).ok()).collect();
    if states.iter().any(|state| state == "refused") {
        return State::Refused;
    }
    if states.iter().any(|state| state == "pending") { State::Pending } else { State::Kept }
}

fn keep(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let language = Language::of(turn);
    let kind = answers.choice("kind").unwrap_or("other").to_owned();
    let files = answers.photos("files");
    let question = "Which paper is this, what is the number plate on it, and until when is it valid? One short sentence; say so if it cannot be read.";
    let read = files.first().and_then(|file| media::describe(file, question).ok()).map(|text| words::cut(&text, 300));
    let number = format!("D-{}", board::number(turn.seed));
    let body = match state_of(&files) {
        State::Kept => tr!(
            "📎 Received and kept under *{number}*.",
            "📎 Bien reçu, conservé sous *{number}*.",
            "📎 Byakiriwe, bibitswe kuri *{number}*.",
            "📎 Imepokelewa, imehifadhiwa kama *{number}*."
        ),
        State::Pending => tr!(
            "📎 Noted under *{number}*. WhatsApp has not given me all of it yet: please keep your copy.",
            "📎 Noté sous *{number}*. WhatsApp ne m'a pas encore tout donné : gardez votre copie.",
            "📎 Byanditswe kuri *{number}*. WhatsApp ntirampa byose: bika kopi yawe.",
            "📎 Imeandikwa kama *{number}*. WhatsApp haijanipa yote bado: tafadhali tunza nakala yako."
        ),
        State::Refused => {
            let text = tr!(
                "I could not keep this document. Please send it again as a photo or a PDF.",
                "Je n'ai pas pu garder ce document. Renvoyez-le en photo ou en PDF.",
                "Sinashoboye kubika iyi nyandiko. Yongere uyohereze nk'ifoto cyangwa PDF.",
                "Sikuweza kuhifadhi nyaraka hii. Tafadhali itume tena kama picha au PDF."
            );
            return Ok(menu(language, text.get(language)));
        }
    };
    let mut said = body.with(language, &[("number", &number)]);
    if let Some(read) = &read {
        let text = tr!("I read: {read}", "Je lis : {read}", "Nasomye: {read}", "Nimesoma: {read}");
        said = format!("{said}\n{}", text.with(language, &[("read", read)]));
    }
    store::put_mine("documents", &number, &Document { kind, files, read })?;
    Ok(menu(language, &said).tag("document", number))
}
