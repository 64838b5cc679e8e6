//! Produce: sell it, find it near, see what it costs in real listings, and read the season.

mod prices;
mod produce;
mod season;

use agent_sdk::{
    Agent, Choice, Flow, Language, Outcome, Profile, Result, Runnable, Text, Turn,
    board::{self, Board, Does, Heard, Scope, Way, attribute},
    export,
    listings::Listing,
    reply, runs, tr, words,
};

struct Farmer;

export!(Farmer);

const MENU: Text = tr!(
    "🌾 Farm produce. What would you like to do?",
    "🌾 Produits agricoles. Que souhaitez-vous faire ?",
    "🌾 Umusaruro. Urifuza iki?",
    "🌾 Mazao. Ungependa nini?",
);

impl Agent for Farmer {
    const FLOWS: &'static [&'static Flow] = &[&produce::SELL, &produce::BUY, &prices::PRICES];
    const TOOLS: &'static [Runnable] = &[
        runs::<produce::CreateProduceListing>(),
        runs::<produce::SearchProduce>(),
        runs::<prices::CheckMarketPrices>(),
        runs::<season::SeasonAdvice>(),
    ];
    const PERSONA: &'static str = "Farmers sell produce and buyers find it near them. Prices come from the listings by the tool, seasons from \
        the calendar by the tool; on pests or soil give short, careful advice and suggest the sector agronomist.";

    fn profile() -> Profile {
        Profile::new("farmer", env!("CARGO_PKG_VERSION"), "Sells and finds farm produce, shows prices and seasons.")
            .titled(
                tr!("🌾 Farmer", "🌾 Agriculture", "🌾 Ubuhinzi", "🌾 Kilimo"),
                tr!(
                    "Sell or find produce, prices, seasons",
                    "Vendre ou trouver des produits, prix, saisons",
                    "Gurisha cyangwa ushake umusaruro, ibiciro",
                    "Uza au tafuta mazao, bei, misimu"
                ),
            )
            .keywords(
                Language::En,
                "farm 2.5, farmer 2.5, farming 2.5, produce 2, crop 2.5, harvest 2.5, agriculture 3, vegetable 2.5, fruit 2.5, maize 3, \
                 beans 3, cassava 3, potato 3, irish potato 3, sweet potato 3, tomato 3, cabbage 3, banana 2.5, rice 2, onion 2.5, \
                 carrot 2.5, avocado 2.5, sorghum 3, wheat 2.5, milk 1.5, eggs 2, goat 2, cow 2, chicken 1.5, planting 2.5, plant 2, \
                 sow 2, season 1.5, fertilizer 3, seeds 2.5, pest 2, kg 1, kilo 1",
            )
            .keywords(
                Language::Fr,
                "ferme 2.5, agriculteur 2.5, agriculture 3, récolte 2.5, légumes 2.5, fruits 2, maïs 3, haricots 3, manioc 3, \
                 pommes de terre 3, patates 2.5, tomates 3, choux 3, bananes 2.5, riz 2, oignons 2.5, carottes 2.5, avocats 2.5, \
                 sorgho 3, semences 2.5, semer 2.5, planter 2, engrais 3, vaches 2, chèvres 2, lait 1.5, oeufs 2, cultiver 2.5, kg 1, \
                 saison 1.5",
            )
            .keywords(
                Language::Rw,
                "umusaruro 3, ubuhinzi 3, umuhinzi 3, guhinga 2.5, ibigori 3, ibishyimbo 3, imyumbati 3, ibirayi 3, ibijumba 3, inyanya 3, \
                 amashu 3, ibitoki 3, imineke 2.5, umuceri 2, ibitunguru 3, karoti 2.5, avoka 2.5, amasaka 3, imboga 2.5, imbuto 2, \
                 ifumbire 3, gutera 2, gusarura 2.5, inka 2, ihene 2, amata 1.5, amagi 2, igihembwe 2",
            )
            .keywords(
                Language::Sw,
                "mazao 3, kilimo 3, mkulima 3, kulima 2.5, mahindi 3, maharage 3, mihogo 3, viazi 3, nyanya 3, kabichi 3, ndizi 2.5, \
                 mchele 2, vitunguu 3, karoti 2.5, parachichi 2.5, mtama 3, mboga 2.5, matunda 2.5, mbegu 2.5, mbolea 3, kupanda 2, \
                 kuvuna 2.5, ng'ombe 2, mbuzi 2, maziwa 1.5, mayai 2, msimu 2",
            )
            .serves(
                "about:farm 2, produce 2.2, animal 2.2, input 2.2, crop 2.2, produce+sell 1, animal+sell 1, produce+buy 0.5, input+buy 0.5, produce+price 1, animal+price 1, produce+grow 1, crop+grow 1, grow 1.5, supply 1.2, lead -2, quote -1.5, order -0.5, eat -0.5, work -1, claim -2.5, chat -3, cheated -1, grocery 1, produce+acquire 2, animal+acquire 1",
            )
            .stores("The produce you list and save, whom you asked for contact, and your latest search.")
            .wants(&["log", "clock", "readings", "roster", "records", "listings", "applications", "matches", "outreach", "places", "preferences", "model"])
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        let language = Language::of(turn);
        match (turn.tap(), turn.text()) {
            (Some("sell"), _) => produce::SELL.begin(turn).ask(),
            (Some("prices"), _) => prices::PRICES.begin(turn).ask(),
            (Some("season"), _) => Ok(season::show(turn, language)),
            (None, Some(text)) if turn.handoff.is_none() => said(turn, text, language),
            _ => BOARD.handle(turn),
        }
    }
}

fn said(turn: &Turn, text: &str, language: Language) -> Result<Outcome> {
    if words::has_one_of(text, season::WORDS) {
        return Ok(season::show(turn, language));
    }
    let heard = Heard::of(text);
    if heard.does("price") && heard.amount().is_none() {
        return prices::said(turn, text);
    }
    if offers(&heard) {
        return produce::sell(turn, text);
    }
    BOARD.handle(turn)
}

/// Whether somebody has produce for others: says so, wants buyers, or says how much there is or what it costs and asks nothing.
fn offers(heard: &Heard) -> bool {
    let names = |is: fn(&str, &str) -> bool| heard.things().any(|thing| is(&thing.kind, &thing.concept));
    let sells = heard.is_about(&["sell"]) && !heard.is_about(&["buy"]);
    let is_there =
        !heard.asks() && (heard.sets_price() || produce::UNITS.iter().any(|unit| heard.quantity(unit).is_some()));
    heard.does("offer")
        || sells
        || names(|_, concept| matches!(concept, "buyer" | "customer"))
        || is_there && names(|kind, _| produce::is_produce(kind))
}

pub(crate) const BOARD: Board = Board {
    menu,
    search: &produce::BUY,
    scope: Scope { kind: Some("produce"), category: None },
    fillers: " buy buying farmer farmers farm produce fresh acheter produits agriculteur kugura umusaruro umuhinzi kununua \
        mazao mkulima kg kilo of who sells has find gushaka market price prices marche prix isoko igiciro soko bei ",
    hears: board::hears_nothing,
    radius_km: 50.0,
    found: tr!(
        "Farmers sell this, best first:",
        "Des agriculteurs vendent :",
        "Abahinzi bagurisha:",
        "Wakulima wanauza:"
    ),
    owner: tr!("the farmer", "l'agriculteur", "umuhinzi", "mkulima"),
    facts,
    ways: &[Way {
        title: tr!("📞 Contact farmer", "📞 Contacter", "📞 Vugana na we", "📞 Wasiliana"),
        does: Does::Contact,
        fits: board::always,
    }],
    owner_ways: &[],
    asked: board::nothing_more,
};

/// The quantity before the usual facts.
fn facts(listing: &Listing, language: Language) -> Vec<String> {
    let quantity = attribute(&listing.draft.attributes, "quantity");
    let mut lines: Vec<String> = quantity.map(|quantity| format!("⚖️ {quantity}")).into_iter().collect();
    if let Some(unit) = attribute(&listing.draft.attributes, "unit").filter(|unit| unit == "bag") {
        lines.push(format!("🏷️ {}", prices::unit(&unit, language)));
    }
    lines.extend(board::facts(listing, language));
    lines
}

/// What can be done here.
fn menu(language: Language) -> (String, Vec<Choice>) {
    let choices = vec![
        reply::choice(
            "find",
            tr!("🔎 Find produce", "🔎 Chercher", "🔎 Shaka umusaruro", "🔎 Tafuta mazao").get(language),
        ),
        reply::choice("sell", tr!("🧺 Sell produce", "🧺 Vendre", "🧺 Gurisha", "🧺 Uza mazao").get(language)),
        reply::choice("prices", tr!("📈 Prices", "📈 Prix", "📈 Ibiciro", "📈 Bei").get(language)),
        reply::choice("season", tr!("🌦️ Season", "🌦️ Saison", "🌦️ Igihembwe", "🌦️ Msimu").get(language)),
        reply::choice("mine", tr!("🗂️ Mine", "🗂️ Mes annonces", "🗂️ Ibyanjye", "🗂️ Vyangu").get(language)),
    ];
    (MENU.get(language).to_owned(), choices)
}
