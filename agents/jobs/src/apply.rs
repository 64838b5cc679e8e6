//! Applying with a seeker profile. It is asked once and kept; the next application only needs its message.

use agent_sdk::{
    Answer, Answers, Begin, Flow, Language, Outcome, Result, Step, Turn,
    applications::Application,
    board::{Does, Heard, Way, always, attribute},
    listings::Listing,
    store, tr, words,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::BOARD;

pub(crate) const APPLY: Flow = Flow {
    name: "job_application",
    steps: &[
        Step::words(
            "skills",
            tr!("Skills", "Compétences", "Ubumenyi", "Ujuzi"),
            tr!(
                "What can you do? Name your skills, for instance: driving, English, customer service.",
                "Que savez-vous faire ? Citez vos compétences, par exemple : conduite, anglais, accueil.",
                "Ushobora gukora iki? Vuga ubumenyi bwawe, urugero: gutwara, icyongereza.",
                "Unaweza kufanya nini? Taja ujuzi wako, kwa mfano: udereva, kiingereza."
            ),
            2,
            300,
        )
        .or_skip(),
        Step::number(
            "years",
            tr!("Years of experience", "Années d'expérience", "Imyaka y'uburambe", "Miaka ya uzoefu"),
            tr!(
                "How many years of experience do you have?",
                "Combien d'années d'expérience avez-vous ?",
                "Ufite uburambe bw'imyaka ingahe?",
                "Una uzoefu wa miaka mingapi?"
            ),
            0,
            50,
        )
        .of(&["year"]),
        Step::words(
            "start",
            tr!("Your message", "Votre message", "Ubutumwa bwawe", "Ujumbe wako"),
            tr!(
                "Why are you a good fit? A few sentences.",
                "Pourquoi êtes-vous la bonne personne ? En quelques phrases.",
                "Kuki ukwiye aka kazi? Mu nteruro nke.",
                "Kwa nini unafaa? Kwa sentensi chache."
            ),
            5,
            1_000,
        )
        .or_skip(),
    ],
    confirm: Some(tr!(
        "Your application. If the employer accepts it, you get each other's contact.",
        "Votre candidature. Si l'employeur l'accepte, vous recevez vos contacts l'un et l'autre.",
        "Ubusabe bwawe. Umukoresha nabwemera, muzahana nimero.",
        "Ombi lako. Mwajiri akilikubali, mtapeana namba."
    )),
    word: Flow::SEND,
    done: finish,
};

pub(crate) const WAYS: &[Way] = &[Way {
    title: tr!("✅ Apply", "✅ Postuler", "✅ Saba", "✅ Omba"),
    does: Does::Apply {
        flow: &APPLY,
        told: tr!(
            "📬 {name} applied for *{title}*",
            "📬 {name} postule à *{title}*",
            "📬 {name} yasabye *{title}*",
            "📬 {name} ameomba *{title}*"
        ),
        knows: known,
    },
    fits: always,
}];

/// What a seeker is, kept for the next application.
#[derive(Serialize, Deserialize)]
struct Seeker {
    skills: String,
    years: i64,
}

fn finish(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let seeker = Seeker {
        skills: answers.words("skills").unwrap_or_default().to_owned(),
        years: answers.number("years").unwrap_or_default(),
    };
    store::put_mine("seeker", "profile", &seeker)?;
    let message = answers.words("start").unwrap_or_default();
    let attributes = json!({ "skills": seeker.skills, "years": seeker.years });
    BOARD.apply(turn, answers, APPLY.name, "", message, attributes)
}

/// Keeps the years of experience that somebody says while looking for work.
pub(crate) fn notes_years(heard: &Heard) -> Result<()> {
    let years = heard.quantity("year").filter(|years| heard.is_about(&["work"]) && (0.0..=50.0).contains(years));
    let Some(years) = years.map(|years| years as i64) else { return Ok(()) };
    let skills = store::mine::<Seeker>("seeker", "profile")?.map(|seeker| seeker.skills).unwrap_or_default();
    store::put_mine("seeker", "profile", &Seeker { skills, years })
}

/// What an employer reads of an applicant beyond the message.
pub(crate) fn asked(application: &Application, language: Language) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(skills) = attribute(&application.attributes, "skills") {
        lines.push(format!("🛠️ {}", words::cut(&skills, 300)));
    }
    if let Some(years) = attribute(&application.attributes, "years") {
        let text = tr!(
            "📅 {years} years of experience",
            "📅 {years} ans d'expérience",
            "📅 imyaka {years} y'uburambe",
            "📅 uzoefu wa miaka {years}"
        );
        lines.push(text.with(language, &[("years", &years)]));
    }
    lines
}

/// What the person's profile answers already.
fn known<'a>(begin: Begin<'a>, _: &Listing) -> Result<Begin<'a>> {
    Ok(match store::mine::<Seeker>("seeker", "profile")? {
        Some(Seeker { skills, years }) => {
            let begin = begin.known("years", Answer::Number(years));
            if skills.is_empty() { begin } else { begin.known("skills", Answer::Words(skills)) }
        }
        None => begin,
    })
}
