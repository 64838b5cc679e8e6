//! Business opportunities: who seeks what, and introductions with consent. Legal and tax questions go to a human.

mod introduce;
mod opportunity;

use agent_sdk::{
    Agent, Choice, Flow, Language, Opt, Outcome, Profile, Result, Runnable, Text, Turn,
    board::{self, Board, Heard, Scope, attribute},
    export,
    listings::Listing,
    opt, reply, runs, tr, words,
};
use serde_json::json;

struct BusinessBroker;

export!(BusinessBroker);

/// What an opportunity is; also its category.
pub(crate) const TYPES: &[Opt] = &[
    opt(
        "seeking_investment",
        tr!("💵 Seeks investment", "💵 Cherche fonds", "💵 Ashaka igishoro", "💵 Anatafuta mtaji"),
    ),
    opt(
        "seeking_partner",
        tr!("🤝 Seeks a partner", "🤝 Cherche associé", "🤝 Umufatanyabikorwa", "🤝 Anatafuta mshirika"),
    ),
    opt("franchise_opportunity", tr!("🏪 Franchise", "🏪 Franchise", "🏪 Franchise", "🏪 Franchise")),
    opt(
        "acquisition",
        tr!("🔑 Business for sale", "🔑 Entreprise à vendre", "🔑 Ubucuruzi bugurishwa", "🔑 Biashara inauzwa"),
    ),
];

const MENU: Text = tr!(
    "💼 Business. What would you like to do?",
    "💼 Affaires. Que souhaitez-vous faire ?",
    "💼 Ubucuruzi. Urifuza iki?",
    "💼 Biashara. Ungependa nini?",
);

/// Words of questions that only a professional may answer.
const LEGAL: &[&str] = &[
    "legal",
    "lawyer",
    "law",
    "contract",
    "tax",
    "taxes",
    "vat",
    "licence",
    "license",
    "permit",
    "juridique",
    "avocat",
    "contrat",
    "impot",
    "impots",
    "tva",
    "fiscal",
    "amategeko",
    "umunyamategeko",
    "amasezerano",
    "umusoro",
    "imisoro",
    "sheria",
    "wakili",
    "mkataba",
    "kodi ya mapato",
    "ushuru",
];

impl Agent for BusinessBroker {
    const FLOWS: &'static [&'static Flow] = &[&opportunity::SEARCH, &opportunity::POST, &introduce::INTRODUCE];
    const TOOLS: &'static [Runnable] =
        &[runs::<opportunity::FindOpportunities>(), runs::<opportunity::CreateOpportunity>()];
    const PERSONA: &'static str = "You bring people with business opportunities together, with discretion. Legal, tax and financial advice is not \
        yours to give: hand such questions to the agent `support` for a human. Never vouch for anybody.";

    fn profile() -> Profile {
        Profile::new("business_broker", env!("CARGO_PKG_VERSION"), "Business opportunities and introductions with consent.")
            .titled(
                tr!("🤝 Business", "🤝 Affaires", "🤝 Ubucuruzi", "🤝 Biashara"),
                tr!(
                    "Investors, partners, businesses for sale",
                    "Investisseurs, associés, entreprises",
                    "Abashoramari, abafatanyabikorwa",
                    "Wawekezaji, washirika, biashara"
                ),
            )
            .keywords(
                Language::En,
                "sell my company 4, sell my business 4, business 2.5, company 2.5, enterprise 2.5, startup 3, venture 3, broker 2, investment 3, investor 3.5, invest 3, \
                 partner 2.5, partnership 3, opportunity 2.5, franchise 3.5, acquisition 3, capital 2.5, shares 2, legal 2, tax 2.5, \
                 job -2, insurance -2",
            )
            .keywords(
                Language::Fr,
                "vendre ma société 4, vendre mon entreprise 4, entreprise 2.5, société 2, startup 3, investissement 3, investisseur 3.5, investir 3, associé 2.5, partenaire 2.5, \
                 partenariat 3, opportunité 2.5, franchise 3.5, capital 2.5, affaires 2.5, fonds 2, juridique 2, impôts 2.5, emploi -2",
            )
            .keywords(
                Language::Rw,
                "ubucuruzi 2.5, ishoramari 3.5, umushoramari 3.5, gushora 3, umufatanyabikorwa 3, igishoro 3, isosiyete 2.5, kampani 2.5, \
                 imisoro 2.5, amahirwe 1.5, salon yogosha 2",
            )
            .keywords(
                Language::Sw,
                "biashara 2.5, kampuni 2.5, uwekezaji 3.5, mwekezaji 3.5, kuwekeza 3, mshirika 3, ushirikiano 2.5, mtaji 3, fursa 2.5, \
                 ushuru 2.5, kazi -1",
            )
            .serves(
                "business 1.2, business+sell 2, business+buy 1.5, business+invest 1, business+partner 1, invest 3, partner 2.5, thing:investor 2, thing:investment 1.5, thing:partner 1.5, thing:shares 2, work -2, hire -3, serve -2, eat -1.5, reserve -1, business+acquire 2.5, business+cede 3, cede 2.5, used -0.5, supply -2",
            )
            .stores("The opportunities you post and save, your introductions, and your latest search.")
            .wants(&["log", "readings", "roster", "records", "listings", "applications", "matches", "outreach", "places", "preferences", "model"])
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        match (turn.tap(), turn.text()) {
            (Some("post"), _) => opportunity::POST.begin(turn).ask(),
            (None, Some(text)) if turn.handoff.is_none() && words::has_one_of(text, LEGAL) => {
                let context = json!({ "ticket": true, "subject": words::cut(text, 80) });
                Ok(Outcome::hand_to("support", "a legal or tax question is for a human", context))
            }
            (None, Some(text)) if turn.handoff.is_none() && opportunity::offers(&Heard::of(text)) => {
                opportunity::said(turn, text)
            }
            _ => BOARD.handle(turn),
        }
    }
}

pub(crate) const BOARD: Board = Board {
    menu,
    search: &opportunity::SEARCH,
    scope: Scope { kind: Some("service"), category: None },
    fillers: " business businesses opportunity opportunities company invest investment investments partner entreprise \
        opportunites opportunite investir affaires ubucuruzi gushora biashara fursa kuwekeza sale franchise \
        ishoramari ",
    hears: board::hears_nothing,
    radius_km: 100.0,
    found: tr!("Opportunities, best first:", "Opportunités :", "Amahirwe ahari:", "Fursa zilizopo:"),
    owner: tr!("the owner", "le porteur", "nyirayo", "mwenyewe"),
    facts,
    ways: introduce::WAYS,
    owner_ways: &[],
    asked: introduce::asked,
};

/// What it seeks, and in which industry.
fn facts(listing: &Listing, language: Language) -> Vec<String> {
    let kind = TYPES.iter().find(|known| listing.draft.category.as_deref() == Some(known.id));
    let mut lines: Vec<String> = kind.map(|kind| kind.title.get(language).to_owned()).into_iter().collect();
    lines.extend(attribute(&listing.draft.attributes, "industry").map(|industry| format!("🏭 {industry}")));
    lines.extend(board::facts(listing, language));
    lines
}

/// What can be done here.
fn menu(language: Language) -> (String, Vec<Choice>) {
    let choices = vec![
        reply::choice(
            "find",
            tr!("🔎 Find opportunities", "🔎 Chercher", "🔎 Shaka amahirwe", "🔎 Tafuta fursa").get(language),
        ),
        reply::choice("post", tr!("📣 Post one", "📣 Publier", "📣 Tangaza", "📣 Tangaza fursa").get(language)),
        reply::choice("mine", tr!("🗂️ Mine", "🗂️ Mes dossiers", "🗂️ Ibyanjye", "🗂️ Vyangu").get(language)),
    ];
    (MENU.get(language).to_owned(), choices)
}
