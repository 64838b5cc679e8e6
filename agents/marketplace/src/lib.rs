//! Buying and selling: list a thing, find one, and reach its owner with consent.

mod contact;
mod mine;
mod search;
mod sell;

use agent_sdk::{Agent, Flow, Language, Outcome, Profile, Result, Text, Tool, Turn, export, reply, tr, words};

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
            &[
                ("buy", 2.0),
                ("sell", 2.0),
                ("selling", 2.0),
                ("buying", 2.0),
                ("market", 1.5),
                ("product", 1.0),
                ("shop", 1.0),
                ("store", 1.0),
                ("for sale", 2.0),
                ("purchase", 1.5),
                ("second hand", 1.5),
                ("looking for", 0.6),
                ("pharmacy", 1.0),
                ("job", -1.0),
            ],
        )
        .keywords(
            Language::Fr,
            &[
                ("acheter", 2.0),
                ("vendre", 2.0),
                ("vends", 2.0),
                ("achat", 1.5),
                ("vente", 1.0),
                ("marché", 1.5),
                ("à vendre", 2.0),
                ("occasion", 1.0),
                ("produit", 1.0),
                ("boutique", 1.0),
                ("cherche", 0.6),
            ],
        )
        .keywords(
            Language::Rw,
            &[("kugura", 2.0), ("kugurisha", 2.0), ("gura", 1.5), ("ndagurisha", 2.0), ("isoko", 1.5)],
        )
        .keywords(
            Language::Sw,
            &[("kununua", 2.0), ("kuuza", 2.0), ("nunua", 1.5), ("uza", 1.5), ("nauza", 2.0), ("soko", 1.5)],
        )
        .tools(&[sell::CreateListing::about(), search::SearchListings::about(), contact::NotifyMatches::about()])
        .stores("What you list, whom you asked for contact, and your latest search.")
        .wants(&["listings", "matches", "outreach", "records", "places"])
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        let language = Language::of(turn);
        if let Some(notice) = turn.notice() {
            return contact::notice(turn, notice, language);
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
        Some(("item", listing)) => search::show(listing, language),
        Some(("contact", listing)) => contact::ask(listing, language),
        Some(("more", offset)) => search::again(turn, language, offset.parse().unwrap_or(0)),
        Some(("own", listing)) => mine::one(listing, language),
        Some(("sold", listing)) => mine::set(listing, mine::SOLD, language),
        Some(("remove", listing)) => mine::set(listing, mine::REMOVED, language),
        Some(("restore", listing)) => mine::set(listing, mine::ACTIVE, language),
        Some(("share", found)) => contact::answer(turn, found, true, language),
        Some(("decline", found)) => contact::answer(turn, found, false, language),
        _ => match id {
            "sell" => sell::SELL.begin(turn).ask(),
            "buy" => search::BUY.begin(turn).ask(),
            "mine" => mine::all(language),
            "results" => search::again(turn, language, 0),
            _ => Ok(menu(language, "")),
        },
    }
}

fn said(turn: &Turn, language: Language, text: &str) -> Result<Outcome> {
    if words::has_one_of(
        text,
        &["my listings", "my listing", "my ads", "mes annonces", "mon annonce", "ibyo ngurisha", "matangazo yangu"],
    ) {
        return mine::all(language);
    }
    if words::has_one_of(text, sell::WORDS) {
        return sell::begin(turn, text);
    }
    let wanted = search::wanted(text);
    if !wanted.is_empty() {
        return search::by_words(turn, language, &wanted);
    }
    if words::has_one_of(text, search::WORDS) {
        return search::BUY.begin(turn).ask();
    }
    Ok(menu(language, ""))
}

/// What can be done here, with words before it.
pub(crate) fn menu(language: Language, before: &str) -> Outcome {
    let body =
        if before.is_empty() { MENU.get(language).to_owned() } else { format!("{before}\n\n{}", MENU.get(language)) };
    let choices = vec![
        reply::choice("buy", tr!("🔎 Find", "🔎 Chercher", "🔎 Shaka", "🔎 Tafuta").get(language)),
        reply::choice("sell", tr!("🏷️ Sell", "🏷️ Vendre", "🏷️ Gurisha", "🏷️ Uza").get(language)),
        reply::choice("mine", tr!("🗂️ My listings", "🗂️ Mes annonces", "🗂️ Ibyanjye", "🗂️ Yangu").get(language)),
    ];
    Outcome::say(reply::choices(language, body, choices))
}
