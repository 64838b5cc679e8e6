//! Homes: find one, list one, inquire about it; by the month or by the night.

mod inquire;
mod list;
mod search;

use agent_sdk::{
    Agent, Choice, Flow, Language, Opt, Outcome, Profile, Result, Runnable, Text, Turn,
    board::{self, Board, Heard, Scope, attribute},
    export,
    listings::Listing,
    opt, reply, runs, tr,
};

struct Property;

export!(Property);

/// The kinds of home; also the category of a listing.
pub(crate) const TYPES: &[Opt] = &[
    opt("apartment", tr!("🏢 Apartment", "🏢 Appartement", "🏢 Apartema", "🏢 Ghorofa")),
    opt("house", tr!("🏠 House", "🏠 Maison", "🏠 Inzu", "🏠 Nyumba")),
    opt("studio", tr!("🛋️ Studio", "🛋️ Studio", "🛋️ Sitidiyo", "🛋️ Studio")),
    opt("room", tr!("🛏️ Room", "🛏️ Chambre", "🛏️ Icyumba", "🛏️ Chumba")),
];

/// For how long: fewer than 30 nights is short.
pub(crate) const TERMS: &[Opt] = &[
    opt("long", tr!("📅 By the month", "📅 Au mois", "📅 Ku kwezi", "📅 Kwa mwezi")),
    opt("short", tr!("🌙 By the night", "🌙 À la nuit", "🌙 Ku ijoro", "🌙 Kwa usiku")),
];

const MENU: Text = tr!(
    "🏠 Property. What would you like to do?",
    "🏠 Logement. Que souhaitez-vous faire ?",
    "🏠 Amacumbi. Urifuza iki?",
    "🏠 Nyumba. Ungependa nini?",
);

impl Agent for Property {
    const FLOWS: &'static [&'static Flow] = &[&search::SEARCH, &list::LIST, &inquire::INQUIRE];
    const TOOLS: &'static [Runnable] = &[runs::<search::SearchProperties>(), runs::<list::CreatePropertyListing>()];
    const PERSONA: &'static str = "People find homes to rent and list theirs, by the month or by the night. Advise to visit before paying; \
        give no legal advice.";

    fn profile() -> Profile {
        Profile::new("property", env!("CARGO_PKG_VERSION"), "Finds and lists homes to rent, and carries inquiries.")
            .titled(
                tr!("🏠 Property", "🏠 Logement", "🏠 Amacumbi", "🏠 Nyumba"),
                tr!(
                    "Find a home or let one",
                    "Trouver ou louer un logement",
                    "Shaka inzu cyangwa ukodeshe",
                    "Tafuta au pangisha nyumba"
                ),
            )
            .keywords(
                Language::En,
                "house 2, apartment 3, rent 2, rental 2.5, room 1.5, studio 2, landlord 2.5, tenant 2.5, lease 2, bedroom 2.5, flat 2, \
                 property 2, real estate 3, accommodation 2, plot 1.5, airbnb 2",
            )
            .keywords(
                Language::Fr,
                "maison 2, appartement 3, louer 2, location 2, loyer 2.5, chambre 2, studio 2, logement 3, propriétaire 2, locataire 2.5, \
                 immobilier 3, villa 2",
            )
            .keywords(
                Language::Rw,
                "inzu 3, icyumba 2, gukodesha 2.5, apartema 3, ubukode 2.5, nkodesha 2.5, amacumbi 3, icumbi 2.5, ikibanza 2",
            )
            .keywords(
                Language::Sw,
                "nyumba 3, chumba 2, kupanga 2, kupangisha 2.5, kodi 2, ghorofa 2, mpangaji 2.5, kiwanja 1.5, pangisha 2.5, makazi 2",
            )
            .serves(
                "about:home 2, home 2.5, home+sell 1.5, home+buy 0.6, home+let 1.5, home+rent 1, home+price 0.5, let 1.5, rent 1.2, hire -0.5, work -1, cheated -1.5, stay 3",
            )
            .stores("The homes you list and save, your inquiries, and your latest search.")
            .wants(&["log", "readings", "roster", "records", "listings", "applications", "matches", "outreach", "places", "preferences", "model"])
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        match (turn.tap(), turn.text()) {
            (Some("list"), _) => list::LIST.begin(turn).ask(),
            (None, Some(text)) if turn.handoff.is_none() && lets(&Heard::of(text)) => list::said(turn, text),
            _ => BOARD.handle(turn),
        }
    }
}

/// Whether somebody has a home for others: says so, wants a tenant, or names a home and its rent.
fn lets(heard: &Heard) -> bool {
    if heard.things().any(|thing| thing.concept == "tenant") {
        return true;
    }
    let is_let = heard.is_about(&["let"]);
    let offers = heard.does("offer") && (is_let || !heard.is_about(&["rent"]) || !heard.is_about(&["sell"]));
    offers || heard.sets_price() && (is_let || heard.is_about(&["rent"]))
}

pub(crate) const BOARD: Board = Board {
    menu,
    search: &search::SEARCH,
    scope: Scope { kind: Some("rental"), category: None },
    fillers: " house houses rent rental property home homes place stay logement louer location inzu gukodesha nyumba kupanga \
        ya month mois per par with ",
    hears: search::hears,
    radius_km: 15.0,
    found: tr!("Homes to rent, best first:", "Logements à louer :", "Amacumbi ahari:", "Nyumba za kupanga:"),
    owner: tr!("the landlord", "le propriétaire", "nyirinzu", "mwenye nyumba"),
    facts,
    ways: inquire::WAYS,
    owner_ways: &[],
    asked: inquire::asked,
};

/// Rooms before the usual facts.
fn facts(listing: &Listing, language: Language) -> Vec<String> {
    let attribute = |name| attribute(&listing.draft.attributes, name).unwrap_or_else(|| "–".to_owned());
    let mut lines = vec![format!("🛏️ {} · 🛁 {}", attribute("bedrooms"), attribute("bathrooms"))];
    lines.extend(board::facts(listing, language));
    lines
}

/// What can be done here.
fn menu(language: Language) -> (String, Vec<Choice>) {
    let choices = vec![
        reply::choice("find", tr!("🔎 Find a home", "🔎 Chercher", "🔎 Shaka inzu", "🔎 Tafuta nyumba").get(language)),
        reply::choice("list", tr!("🔑 Let a home", "🔑 Mettre en location", "🔑 Kodesha", "🔑 Pangisha").get(language)),
        reply::choice("mine", tr!("🗂️ Mine", "🗂️ Mes dossiers", "🗂️ Ibyanjye", "🗂️ Vyangu").get(language)),
    ];
    (MENU.get(language).to_owned(), choices)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_lets_is_told_from_who_looks_for_a_home() {
        for text in [
            "studio for rent in Gikondo 120k per month",
            "je cherche un locataire pour ma maison à Kabuga",
            "mfite inzu ikodeshwa i Kanombe ibihumbi 200 ku kwezi",
            "napangisha nyumba vyumba viwili Remera laki mbili",
        ] {
            assert!(lets(&Heard::of(text)), "{text}");
        }
        for text in [
            "I am looking for a 2 bedroom house in Remera under 300k",
            "je cherche un studio à Kigali, max 100 000",
            "ndashaka inzu yo gukodesha i Kicukiro itarenze ibihumbi 300",
            "natafuta nyumba ya kupanga Gisozi",
        ] {
            assert!(!lets(&Heard::of(text)), "{text}");
        }
    }
}
