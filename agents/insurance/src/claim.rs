//! A claim: taken down in full, and given to a human at once.

use agent_sdk::{
    Answer, Answers, Did, Flow, Language, Outcome, Result, Run, Step, Turn, board, store, tickets, tool, tr,
    understand::Said, words,
};
use serde::{Deserialize, Serialize};

use crate::{PLATE, is_plate, menu, plate, with_plate};

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
        Step::words(
            "happened",
            tr!("What happened", "Que s'est-il passé", "Byagenze bite", "Nini kilitokea"),
            tr!(
                "What happened, when and where? If anybody is hurt, call 112 first.",
                "Que s'est-il passé, quand et où ? En cas de blessé, appelez d'abord le 112.",
                "Byagenze bite, ryari kandi he? Niba hari uwakomeretse, banza uhamagare 112.",
                "Nini kilitokea, lini na wapi? Kama kuna aliyeumia, piga 112 kwanza."
            ),
            10,
            1_500,
        ),
        PLATE,
        board::PHOTOS,
    ],
    confirm: Some(tr!("Your claim:", "Votre déclaration :", "Imenyesha ryawe:", "Dai lako:")),
    word: Flow::SEND,
    done: submit,
};

/// Words that name a claim.
pub(crate) const WORDS: &[&str] = &[
    "claim",
    "claims",
    "sinistre",
    "declarer un sinistre",
    "kumenyesha",
    "madai",
    "dai",
    "fidia",
    "indishyi",
    "indemnisation",
    "compensation",
];

/// Words that tell of an accident, a damage or a theft.
pub(crate) const HAPPENED: &[&str] = &[
    "accident",
    "accidents",
    "crash",
    "crashed",
    "collision",
    "hit",
    "knocked",
    "bumped",
    "scratched",
    "dent",
    "damaged",
    "broken",
    "broke",
    "smashed",
    "stolen",
    "stole",
    "robbed",
    "burnt",
    "burned",
    "flooded",
    "vole",
    "volee",
    "casse",
    "cassee",
    "brise",
    "embouti",
    "emboutie",
    "percute",
    "percutee",
    "heurte",
    "accroche",
    "accrochage",
    "abime",
    "abimee",
    "endommage",
    "brule",
    "impanuka",
    "bangongeye",
    "yangonze",
    "bagonze",
    "nagonze",
    "yagonze",
    "bangonze",
    "yagonzwe",
    "twagonganye",
    "yangiritse",
    "cyamenetse",
    "yamenetse",
    "bayibye",
    "banyibye",
    "yibwe",
    "bibye",
    "yahiye",
    "ajali",
    "limegongwa",
    "imegongwa",
    "nimegongwa",
    "amenigonga",
    "wamenigonga",
    "nimegonga",
    "kimevunjika",
    "imevunjika",
    "limevunjika",
    "limeharibika",
    "imeharibika",
    "limeibiwa",
    "imeibiwa",
    "wameiba",
    "wameniibia",
    "limeungua",
];

/// Begins with what a sentence says: what happened and the plate; when and where stand in it.
pub(crate) fn said(turn: &Turn, text: &str) -> Result<Outcome> {
    let mut begin = with_plate(CLAIM.begin(turn), text);
    let n_words = text.split_whitespace().count();
    if words::has_one_of(text, HAPPENED) && n_words >= 4 && text.chars().count() <= 1_500 {
        begin = begin.known("happened", Answer::Words(text.to_owned()));
    }
    begin.ask()
}

/// When and where it was, in the person's words.
fn when_and_where(turn: &Turn, text: &str) -> String {
    let said = Said::of(turn, text);
    let mut spans: Vec<_> = said.times().map(|found| found.span).chain(said.places().map(|found| found.span)).collect();
    spans.sort_by_key(|span| span.start);
    spans.dedup_by(|later, earlier| later.start < earlier.end);
    let parts: Vec<&str> = spans.into_iter().filter_map(|span| text.get(span)).collect();
    words::cut(&parts.join(", "), 200)
}

fn submit(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let language = Language::of(turn);
    let happened = answers.words("happened").unwrap_or_default();
    let claim = Claim {
        plate: plate(answers.words("plate").unwrap_or_default()),
        happened: happened.to_owned(),
        when: when_and_where(turn, happened),
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
