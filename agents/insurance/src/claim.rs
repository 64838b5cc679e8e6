//! A claim: taken down in full, and given to a human at once.

use agent_sdk::{
    Answer, Answers, Did, Flow, Language, Outcome, Result, Run, Step, Turn, board, store, tickets, tool, tr, words,
};
use serde::{Deserialize, Serialize};

use crate::{PLATE, is_plate, menu, plate};

tool! {
    "submit_claim": "Takes down a claim after an accident, damage or theft.",
    pub(crate) struct SubmitClaim {
        policy_number: Option<String> = "The vehicle's plate.",
        description: Option<String> = "What happened.",
    }
}

/// A claim on record.
#[derive(Serialize, Deserialize)]
pub(crate) struct Claim {
    pub(crate) plate: String,
    happened: String,
    when: String,
    photos: Vec<String>,
}

pub(crate) const CLAIM: Flow = Flow {
    name: "insurance_claim",
    steps: &[
        PLATE,
        Step::words(
            "happened",
            tr!("What happened", "Que s'est-il passé", "Byagenze bite", "Nini kilitokea"),
            tr!(
                "What happened? If anybody is hurt, call 112 first.",
                "Que s'est-il passé ? En cas de blessé, appelez d'abord le 112.",
                "Byagenze bite? Niba hari uwakomeretse, banza uhamagare 112.",
                "Nini kilitokea? Kama kuna aliyeumia, piga 112 kwanza."
            ),
            10,
            1_500,
        ),
        Step::words(
            "when",
            tr!("When and where", "Quand et où", "Ryari n'aho", "Lini na wapi"),
            tr!("When and where was it?", "Quand et où était-ce ?", "Byabaye ryari kandi he?", "Ilikuwa lini na wapi?"),
            3,
            200,
        ),
        board::PHOTOS,
    ],
    confirm: Some(tr!("Your claim:", "Votre déclaration :", "Imenyesha ryawe:", "Dai lako:")),
    word: Flow::CONFIRM,
    done: submit,
};

fn submit(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let language = Language::of(turn);
    let claim = Claim {
        plate: plate(answers.words("plate").unwrap_or_default()),
        happened: answers.words("happened").unwrap_or_default().to_owned(),
        when: answers.words("when").unwrap_or_default().to_owned(),
        photos: answers.photos("photos"),
    };
    let number = format!("C-{}", board::number(turn.seed));
    let details = format!("{number}\n{}\n{}\nphotos: {}", claim.happened, claim.when, claim.photos.len());
    let ticket = tickets::open(&format!("Claim {}", claim.plate), &details, tickets::Priority::High)?;
    store::put_mine("claims", &number, &claim)?;
    let body = tr!(
        "🚨 Your claim is *{number}*, and our team has it (ticket *{ticket}*). Keep the police report and all receipts; nobody but the insurer decides on it.",
        "🚨 Votre déclaration est la *{number}*, notre équipe l'a reçue (ticket *{ticket}*). Gardez le constat et les reçus ; seul l'assureur décide.",
        "🚨 Imenyesha ryawe ni *{number}*, itsinda ryacu ryaribonye (*{ticket}*). Bika raporo ya polisi n'inyemezabuguzi; umwishingizi ni we ufata icyemezo.",
        "🚨 Dai lako ni *{number}*, timu yetu imelipata (tiketi *{ticket}*). Tunza ripoti ya polisi na risiti; kampuni ya bima ndiyo inayoamua."
    );
    Ok(menu(language, &body.with(language, &[("number", &number), ("ticket", &ticket)])).tag("claim", number))
}

impl Run for SubmitClaim {
    fn run(self, turn: &Turn) -> Result<Did> {
        let mut begin = CLAIM.begin(turn);
        if let Some(plate) = self.policy_number.filter(|text| is_plate(text)) {
            begin = begin.known("plate", Answer::Words(plate));
        }
        if let Some(text) = self.description.filter(|text| text.chars().count() >= 10) {
            begin = begin.known("happened", Answer::Words(words::cut(&text, 1_500)));
        }
        begin.ask().map(Did::Answered)
    }
}
