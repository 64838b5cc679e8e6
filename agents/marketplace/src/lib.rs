//! Buying and selling: list a thing, find one, and reach its owner with consent.

mod search;
mod sell;

use agent_sdk::{
    Agent, Choice, Flow, Language, Outcome, Profile, Result, Runnable, Text, Turn,
    board::{self, Board, Does, Scope, Way},
    export, reply, runs, tr,
};

struct Marketplace;

export!(Marketplace);

const MENU: Text = tr!(
    "🛍️ Marketplace. What would you like to do?",
    "🛍️ Marché. Que souhaitez-vous faire ?",
    "🛍️ Isoko. Urifuza iki?",
    "🛍️ Soko. Ungependa nini?",
);

impl Agent for Marketplace {
    const FLOWS: &'static [&'static Flow] = &[&sell::SELL, &search::BUY];
    const TOOLS: &'static [Runnable] = &[runs::<sell::CreateListing>(), runs::<search::SearchListings>()];
    const PERSONA: &'static str = "People buy and sell things and services here, near them. Ask what is sold, for how much and where; \
        suggest a safe place to meet; never vouch for quality, and never give medical advice: prescription goods need a pharmacist.";

    fn profile() -> Profile {
        Profile::new(
            "marketplace",
            env!("CARGO_PKG_VERSION"),
            "Lists and finds things for sale, and connects the two sides with consent.",
        )
        .titled(
            tr!("🛍️ Marketplace", "🛍️ Marché", "🛍️ Isoko", "🛍️ Soko"),
            tr!(
                "Buy or sell near you",
                "Acheter ou vendre près de chez vous",
                "Gura cyangwa ugurishe",
                "Nunua au uza karibu nawe"
            ),
        )
        .keywords(Language::En, "buy 2, sell 2, selling 2, buying 2, market 1.5, product, shop, store, for sale 2, purchase 1.5, second hand 1.5, looking for 0.6, pharmacy, job -1")
        .keywords(Language::Fr, "acheter 2, vendre 2, vends 2, achat 1.5, vente, marché 1.5, à vendre 2, occasion, produit, boutique, cherche 0.6")
        .keywords(Language::Rw, "kugura 2, nagura 2, agura 2, ugurisha 2, kugurisha 2, gura 1.5, ndagurisha 2, isoko 1.5")
        .keywords(Language::Sw, "kununua 2, kuuza 2, nunua 1.5, uza 1.5, nauza 2, soko 1.5")
        .stores("What you list and save, whom you asked for contact, and your latest search.")
        .wants(&["listings", "matches", "outreach", "records", "places", "roster", "model", "log"])
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        match (turn.tap(), turn.text()) {
            (Some("sell"), _) => sell::SELL.begin(turn).ask(),
            (None, Some(text)) if board::offers(turn, text) => sell::SELL.begin(turn).ask(),
            _ => BOARD.handle(turn),
        }
    }
}

pub(crate) const BOARD: Board = Board {
    menu,
    search: &search::BUY,
    scope: Scope { kind: None, category: None },
    fillers: " would like buy buying market marketplace acheter marche kugura kununua isoko soko find search chercher \
        gushaka kutafuta ",
    hears: board::hears_nothing,
    radius_km: 30.0,
    found: tr!("This is for sale, best first:", "Voici ce qui est à vendre :", "Ibigurishwa:", "Vinavyouzwa:"),
    owner: tr!("the seller", "le vendeur", "nyiracyo", "muuzaji"),
    facts: board::facts,
    ways: &[Way {
        title: tr!("📞 Contact seller", "📞 Contacter", "📞 Vugana na we", "📞 Wasiliana"),
        does: Does::Contact,
        fits: board::always,
    }],
    owner_ways: &[],
    asked: board::nothing_more,
};

/// What can be done here.
fn menu(language: Language) -> (String, Vec<Choice>) {
    let choices = vec![
        reply::choice("find", tr!("🔎 Find", "🔎 Chercher", "🔎 Shaka", "🔎 Tafuta").get(language)),
        reply::choice("sell", tr!("🏷️ Sell", "🏷️ Vendre", "🏷️ Gurisha", "🏷️ Uza").get(language)),
        reply::choice("mine", tr!("🗂️ My listings", "🗂️ Mes annonces", "🗂️ Ibyanjye", "🗂️ Yangu").get(language)),
    ];
    (MENU.get(language).to_owned(), choices)
}
