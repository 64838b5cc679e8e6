//! Work: find it, post it, apply for it, and answer those who apply.

mod apply;
mod mine;
mod post;
mod search;

use agent_sdk::{Agent, Flow, Language, Outcome, Profile, Result, Text, Tool, Turn, export, reply, tr, words};

struct Jobs;

export!(Jobs);

/// What the kinds of work are called; also how a job is found.
pub(crate) const CATEGORIES: &[agent_sdk::Opt] = &[
    agent_sdk::opt("driving", tr!("🚗 Driver", "🚗 Chauffeur", "🚗 Umushoferi", "🚗 Dereva")),
    agent_sdk::opt("security", tr!("🛡️ Security", "🛡️ Sécurité", "🛡️ Umutekano", "🛡️ Ulinzi")),
    agent_sdk::opt("sales", tr!("🛒 Sales", "🛒 Vente", "🛒 Ubucuruzi", "🛒 Mauzo")),
    agent_sdk::opt("it", tr!("💻 IT", "💻 Informatique", "💻 Ikoranabuhanga", "💻 Teknolojia")),
    agent_sdk::opt("hospitality", tr!("🍽️ Hospitality", "🍽️ Hôtellerie", "🍽️ Amahoteli", "🍽️ Hoteli")),
    agent_sdk::opt("construction", tr!("🧱 Construction", "🧱 Construction", "🧱 Ubwubatsi", "🧱 Ujenzi")),
    agent_sdk::opt("cleaning", tr!("🧹 Home & cleaning", "🧹 Maison et ménage", "🧹 Mu rugo", "🧹 Usafi")),
    agent_sdk::opt("teaching", tr!("📚 Teaching", "📚 Enseignement", "📚 Kwigisha", "📚 Ualimu")),
    agent_sdk::opt("health", tr!("🩺 Health", "🩺 Santé", "🩺 Ubuzima", "🩺 Afya")),
    agent_sdk::opt("other", tr!("✨ Other", "✨ Autre", "✨ Ibindi", "✨ Nyingine")),
];

const MENU: Text = tr!(
    "💼 Jobs. What would you like to do?",
    "💼 Emploi. Que souhaitez-vous faire ?",
    "💼 Akazi. Urifuza iki?",
    "💼 Kazi. Ungependa nini?",
);

impl Agent for Jobs {
    const FLOWS: &'static [&'static Flow] = &[&search::SEARCH, &post::POST, &apply::APPLY];

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
                &[
                    ("job", 3.0),
                    ("work", 1.5),
                    ("hire", 2.0),
                    ("hiring", 2.0),
                    ("career", 1.5),
                    ("vacancy", 2.0),
                    ("employment", 2.0),
                    ("employ", 1.5),
                    ("recruit", 2.0),
                    ("cv", 1.5),
                    ("resume", 1.5),
                    ("salary", 1.0),
                    ("wage", 1.0),
                    ("interview", 1.0),
                    ("carpenter", 1.5),
                ],
            )
            .keywords(
                Language::Fr,
                &[
                    ("emploi", 3.0),
                    ("travail", 2.0),
                    ("boulot", 2.0),
                    ("embaucher", 2.0),
                    ("recruter", 2.0),
                    ("recrutement", 2.0),
                    ("poste", 1.0),
                    ("stage", 1.0),
                    ("salaire", 1.0),
                    ("candidature", 2.0),
                    ("cv", 1.5),
                ],
            )
            .keywords(Language::Rw, &[("akazi", 3.0), ("umukozi", 2.0), ("umushahara", 1.0), ("gukora", 0.5)])
            .keywords(Language::Sw, &[("kazi", 3.0), ("ajira", 3.0), ("mfanyakazi", 2.0), ("mshahara", 1.0)])
            .tools(&[search::SearchJobs::about(), post::CreateJobListing::about(), apply::ApplyToJob::about()])
            .stores("The jobs you post, what you apply for, and your latest search.")
            .wants(&["listings", "applications", "matches", "outreach", "records", "places"])
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        let language = Language::of(turn);
        if let Some(notice) = turn.notice() {
            return apply::notice(turn, notice, language);
        }
        if let Some(id) = turn.tap() {
            return tapped(turn, language, id);
        }
        match turn.text() {
            Some(text) => said(turn, language, text),
            None => Ok(menu(language, "")),
        }
    }
}

fn tapped(turn: &Turn, language: Language, id: &str) -> Result<Outcome> {
    match id.split_once(':') {
        Some(("job", job)) => search::show(job, language),
        Some(("apply", job)) => apply::begin(turn, job, language),
        Some(("more", offset)) => search::again(turn, language, offset.parse().unwrap_or(0)),
        Some(("posted", job)) => mine::posted(job, language),
        Some(("close", job)) => mine::close(job, language),
        Some(("reopen", job)) => mine::reopen(job, language),
        Some(("who", ids)) => mine::applicant(ids, language),
        Some(("accept", ids)) => apply::answer(ids, true, language),
        Some(("reject", ids)) => apply::answer(ids, false, language),
        _ => match id {
            "find" => search::SEARCH.begin(turn).ask(),
            "post" => post::POST.begin(turn).ask(),
            "mine" => mine::all(language),
            "results" => search::again(turn, language, 0),
            _ => Ok(menu(language, "")),
        },
    }
}

fn said(turn: &Turn, language: Language, text: &str) -> Result<Outcome> {
    if words::has_one_of(
        text,
        &[
            "my jobs",
            "my job",
            "my applications",
            "my application",
            "mes offres",
            "mes candidatures",
            "akazi kanjye",
            "kazi zangu",
        ],
    ) {
        return mine::all(language);
    }
    let posts = [
        "hire",
        "hiring",
        "recruit",
        "post a job",
        "employer",
        "vacancy",
        "embaucher",
        "recruter",
        "publier",
        "employee",
        "umukozi",
        "mfanyakazi",
        "i need a",
        "je cherche un chauffeur",
    ];
    let seeks = ["job", "jobs", "work", "emploi", "travail", "boulot", "akazi", "kazi", "ajira", "career", "vacancies"];
    if words::has_one_of(text, &posts) && !words::has_one_of(text, &seeks[..2])
        || words::has_one_of(text, &["post a job", "publier une offre"])
    {
        return post::POST.begin(turn).ask();
    }
    let wanted = search::wanted(text);
    if !wanted.is_empty() {
        return search::by_words(turn, language, &wanted);
    }
    if words::has_one_of(text, &seeks) {
        return search::SEARCH.begin(turn).ask();
    }
    Ok(menu(language, ""))
}

/// What can be done here, with words before it.
pub(crate) fn menu(language: Language, before: &str) -> Outcome {
    let body =
        if before.is_empty() { MENU.get(language).to_owned() } else { format!("{before}\n\n{}", MENU.get(language)) };
    let choices = vec![
        reply::choice("find", tr!("🔎 Find work", "🔎 Trouver", "🔎 Shaka akazi", "🔎 Tafuta kazi").get(language)),
        reply::choice(
            "post",
            tr!("📣 Post a job", "📣 Publier une offre", "📣 Tanga akazi", "📣 Tangaza kazi").get(language),
        ),
        reply::choice("mine", tr!("🗂️ Mine", "🗂️ Mes dossiers", "🗂️ Ibyanjye", "🗂️ Zangu").get(language)),
    ];
    Outcome::say(reply::choices(language, body, choices))
}
