//! Work: find it, post it, apply for it, and answer those who apply.

mod apply;
mod post;
mod search;

use agent_sdk::{
    Agent, Choice, Flow, Language, Opt, Outcome, Profile, Result, Runnable, Text, Turn,
    board::{self, Board, Heard, Scope},
    export, opt, reply, runs, tr,
};

struct Jobs;

export!(Jobs);

/// What the kinds of work are called; also how a job is found.
pub(crate) const CATEGORIES: &[Opt] = &[
    opt("driving", tr!("🚗 Driver", "🚗 Chauffeur", "🚗 Umushoferi", "🚗 Dereva")),
    opt("security", tr!("🛡️ Security", "🛡️ Sécurité", "🛡️ Umutekano", "🛡️ Ulinzi")),
    opt("sales", tr!("🛒 Sales", "🛒 Vente", "🛒 Ubucuruzi", "🛒 Mauzo")),
    opt("it", tr!("💻 IT", "💻 Informatique", "💻 Ikoranabuhanga", "💻 Teknolojia")),
    opt("hospitality", tr!("🍽️ Hospitality", "🍽️ Hôtellerie", "🍽️ Amahoteli", "🍽️ Hoteli")),
    opt("construction", tr!("🧱 Construction", "🧱 Construction", "🧱 Ubwubatsi", "🧱 Ujenzi")),
    opt("cleaning", tr!("🧹 Home & cleaning", "🧹 Maison et ménage", "🧹 Mu rugo", "🧹 Usafi")),
    opt("teaching", tr!("📚 Teaching", "📚 Enseignement", "📚 Kwigisha", "📚 Ualimu")),
    opt("health", tr!("🩺 Health", "🩺 Santé", "🩺 Ubuzima", "🩺 Afya")),
    opt("other", tr!("✨ Other", "✨ Autre", "✨ Ibindi", "✨ Nyingine")),
];

const MENU: Text = tr!(
    "💼 Jobs. What would you like to do?",
    "💼 Emploi. Que souhaitez-vous faire ?",
    "💼 Akazi. Urifuza iki?",
    "💼 Kazi. Ungependa nini?",
);

impl Agent for Jobs {
    const FLOWS: &'static [&'static Flow] = &[&search::SEARCH, &post::POST, &apply::APPLY];
    const TOOLS: &'static [Runnable] = &[runs::<search::SearchJobs>(), runs::<post::CreateJobListing>()];
    const PERSONA: &'static str =
        "People find work, post jobs and apply here. You may give short advice on CVs and interviews.";

    fn profile() -> Profile {
        Profile::new("jobs", env!("CARGO_PKG_VERSION"), "Finds work, posts jobs and carries applications.")
            .titled(
                tr!("💼 Jobs", "💼 Emploi", "💼 Akazi", "💼 Kazi"),
                tr!(
                    "Find work or hire someone",
                    "Trouver un emploi ou recruter",
                    "Shaka akazi cyangwa umukozi",
                    "Tafuta kazi au mfanyakazi"
                ),
            )
            .keywords(
                Language::En,
                "job 3, work 1.5, hire 2, hiring 2, career 1.5, vacancy 2, employment 2, employ 1.5, employer 2, recruit 2, cv 1.5, \
                 resume 1.5, salary, wage, interview, internship 2, carpenter 1.5",
            )
            .keywords(
                Language::Fr,
                "emploi 3, travail 2, boulot 2, embaucher 2, recruter 2, recrutement 2, poste 0.2, stage 1.5, salaire, candidature 2, cv 1.5",
            )
            .keywords(Language::Rw, "akazi 3, umukozi 2, umushahara 1.5, gukora 0.5, gusaba akazi 3")
            .keywords(Language::Sw, "kazi 3, ajira 3, mfanyakazi 2, mshahara 1.5, kuajiri 2")
            .serves(
                "about:work 2, trade 2, trade+hire 2, trade+work 2, trade+buy 0.5, hire 2.5, work 2.5, service 1, thing:cv 3, ride -1.5, drive -2, sell -0.5, thing:employer 2.5, business+acquire -2, business+cede -2",
            )
            .stores("The jobs you post, your seeker profile, what you apply for, and your latest search.")
            .wants(&["log", "readings", "roster", "records", "listings", "applications", "matches", "outreach", "places", "preferences", "model"])
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        match (turn.tap(), turn.text()) {
            (Some("post"), _) => post::POST.begin(turn).ask(),
            (None, Some(text)) if turn.handoff.is_none() && hires(&Heard::of(text)) => post::said(turn, text),
            (None, Some(text)) => {
                apply::notes_years(&Heard::of(text))?;
                BOARD.handle(turn)
            }
            _ => BOARD.handle(turn),
        }
    }
}

/// Whether somebody has work for others: says so, or needs somebody of a trade and no work.
fn hires(heard: &Heard) -> bool {
    let names = |kind: &str| heard.things().any(|thing| thing.kind == kind);
    let needs = names("trade") && (heard.is_about(&["buy"]) || names("business"));
    let seeks = heard.does("seek") && heard.has(" job jobs emploi boulot travail akazi ");
    heard.does("offer") || !seeks && (heard.is_about(&["hire"]) || needs) && !heard.is_about(&["work"])
}

pub(crate) const BOARD: Board = Board {
    menu,
    search: &search::SEARCH,
    scope: Scope { kind: Some("job"), category: None },
    fillers: " job jobs work as recherche emploi travail boulot comme akazi ka kazi ajira ya career vacancy vacancies menu \
        new ",
    hears: search::hears,
    radius_km: 50.0,
    found: tr!(
        "Open jobs, best first:",
        "Offres d'emploi, les meilleures d'abord :",
        "Akazi gahari:",
        "Kazi zilizopo:"
    ),
    owner: tr!("the employer", "l'employeur", "umukoresha", "mwajiri"),
    facts: board::facts,
    ways: apply::WAYS,
    owner_ways: &[],
    asked: apply::asked,
};

/// What can be done here.
fn menu(language: Language) -> (String, Vec<Choice>) {
    let choices = vec![
        reply::choice("find", tr!("🔎 Find work", "🔎 Trouver", "🔎 Shaka akazi", "🔎 Tafuta kazi").get(language)),
        reply::choice(
            "post",
            tr!("📣 Post a job", "📣 Publier une offre", "📣 Tanga akazi", "📣 Tangaza kazi").get(language),
        ),
        reply::choice("mine", tr!("🗂️ Mine", "🗂️ Mes dossiers", "🗂️ Ibyanjye", "🗂️ Zangu").get(language)),
    ];
    (MENU.get(language).to_owned(), choices)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_is_left_of_a_sentence() {
        let wanted = |text| BOARD.wanted(text);
        assert_eq!(wanted("I am looking for a driver job in Kigali"), "driver");
        assert_eq!(wanted("Je cherche un emploi de chauffeur à Huye"), "chauffeur");
        assert_eq!(wanted("I need a job"), "");
        assert_eq!(wanted("Nshaka akazi"), "");
    }

    #[test]
    fn who_hires_is_told_from_who_looks_for_work() {
        for text in [
            "we are hiring a cook for our restaurant in Huye, 90k per month",
            "je cherche une nounou à Remera",
            "nkeneye abubatsi batatu i Kabuga",
            "tunahitaji dereva wa lori Rubavu",
        ] {
            assert!(hires(&Heard::of(text)), "{text}");
        }
        for text in [
            "I am looking for a job as a driver",
            "je cherche un emploi de maçon à Kigali",
            "ndashaka akazi k'ubushoferi",
            "natafuta kazi ya ulinzi",
        ] {
            assert!(!hires(&Heard::of(text)), "{text}");
        }
    }
}
