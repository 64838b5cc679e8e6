//! Buying and selling: list a thing, find one, and reach its owner with consent.

mod search;
mod sell;

use agent_sdk::{
    Agent, Choice, Flow, Language, Outcome, Profile, Result, Runnable, Text, Turn,
    board::{self, Board, Does, Heard, Scope, Way},
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
        .keywords(
            Language::En,
            "market 1.5, looking for a pharmacy 2.5, need a pharmacy 2.5, find a pharmacy 2.5, nearest pharmacy 2.5, product, tv 2, gb 1, ram 1, shop 0.8, store 0.8, second hand 1.5, secondhand 1.5, pharmacy, samsung 1.5, tecno 1.5, infinix 1.5, itel 1.5, \
             huawei 1.5, hp 1.5, dell 1.5, lenovo 1.5, playstation 2, nike 2, adidas 2, dining table 5",
        )
        .keywords(Language::Fr, "tv 2, table à manger 5, achat 1, vente 0.8, marché 1.5, occasion 1, produit, boutique 0.8")
        .keywords(Language::Rw, "isoko 1.5, tv 2, caguwa 2, ameza yo kuriraho 4")
        .keywords(Language::Sw, "soko 1.5, tv 2, mitumba 2, meza ya kulia 4, meza ya chakula 4")
        .serves(
            "about:goods 2, goods 2, goods+sell 1.5, goods+buy 0.8, goods+price 0.8, parts 2, dining+sell 3, lost -2, account -2, quote -1, vehicle 0.6, vehicle+sell 2.5, vehicle+buy 2, vehicle+ride -1.6, vehicle+acquire 1.6, sell 1.5, buy 0.6, work -1.5, hire -1.5, ride -0.5, insure -2, claim -1.5, used 1.5, vehicle+used 2.5, business+cede -3, cede -1, business+acquire -1, reserve -1, grocery 2, grocery+buy 0.6",
        )
        .stores("What you list and save, whom you asked for contact, and your latest search.")
        .wants(&["log", "readings", "roster", "records", "listings", "applications", "matches", "outreach", "places", "preferences", "model"])
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        let handed = turn.handed().and_then(|context| context["words"].as_str().map(str::to_owned));
        match (turn.tap(), turn.text()) {
            (Some("sell"), _) => sell::SELL.begin(turn).ask(),
            (None, Some(text)) if turn.handoff.is_none() && offers(&Heard::of(text)) => sell::SELL.begin(turn).ask(),
            (None, _) if handed.as_deref().is_some_and(|words| offers(&Heard::of(words))) => {
                sell::SELL.begin(turn).hears(handed.as_deref().unwrap_or_default(), |begin, _| begin).ask()
            }
            _ => BOARD.handle(turn),
        }
    }
}

/// Whether somebody has something to sell: says so, or names a thing and its price.
fn offers(heard: &Heard) -> bool {
    let sells = heard.is_about(&["sell"]) && !heard.is_about(&["buy"]) && !heard.asks();
    heard.does("offer") || sells || heard.sets_price() && heard.things().next().is_some()
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
