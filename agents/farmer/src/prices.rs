//! What produce costs: from the listings that are really there, and never from anywhere else.

use agent_sdk::{
    Answers, Did, Flow, Language, Money, Outcome, Result, Run, Step, Turn, board::attribute, listings, money, reply,
    tool, tr, words,
};
use serde_json::json;

use crate::BOARD;

/// Listings looked at.
const LISTINGS_MAX: u32 = 50;

tool! {
    "check_market_prices": "The lowest, middle and highest price of a produce in the listings that are online now.",
    pub(crate) struct CheckMarketPrices {
        crop: String = "The produce, in the singular.",
    }
}

pub(crate) const PRICES: Flow = Flow {
    name: "market_prices",
    steps: &[Step::words(
        "produce",
        tr!("Produce", "Produit", "Umusaruro", "Zao"),
        tr!("The price of which produce?", "Le prix de quel produit ?", "Igiciro cy'iki?", "Bei ya zao gani?"),
        2,
        60,
    )],
    confirm: None,
    word: Flow::CONFIRM,
    done: |turn, answers: &Answers| show(turn, answers.words("produce").unwrap_or_default()),
};

/// What the listings say of one produce and unit.
struct Figures {
    unit: String,
    count: usize,
    low: Money,
    middle: Money,
    high: Money,
}

/// The price asked for in a sentence.
pub(crate) fn said(turn: &Turn, text: &str) -> Result<Outcome> {
    let produce = BOARD.wanted(text);
    if produce.is_empty() { PRICES.begin(turn).ask() } else { show(turn, &produce) }
}

/// What a price is for, as it is said after it.
pub(crate) fn unit(unit: &str, language: Language) -> &'static str {
    match unit {
        "kg" => tr!("per kilo", "le kilo", "ku kilo", "kwa kilo"),
        "bag" => tr!("per bag", "le sac", "ku mufuka", "kwa gunia"),
        _ => tr!("apiece", "la pièce", "kimwe", "kimoja"),
    }
    .get(language)
}

fn show(turn: &Turn, produce: &str) -> Result<Outcome> {
    let language = Language::of(turn);
    let produce = words::cut(produce, 60);
    let figures = figures(&produce)?;
    let body = if figures.is_empty() {
        tr!(
            "Nobody lists *{produce}* with a price right now, so I do not know what it costs.",
            "Personne ne propose *{produce}* avec un prix en ce moment : je ne connais donc pas son prix.",
            "Nta wugurisha *{produce}* ashyizeho igiciro ubu, sinzi rero igiciro cyayo.",
            "Hakuna anayeuza *{produce}* kwa bei sasa, kwa hiyo sijui bei yake."
        )
        .with(language, &[("produce", &produce)])
    } else {
        let heading = tr!(
            "📈 *{produce}*, from what is listed now:",
            "📈 *{produce}*, d'après les annonces actuelles :",
            "📈 *{produce}*, dukurikije ibyatangajwe ubu:",
            "📈 *{produce}*, kwa matangazo ya sasa:"
        );
        let lines = figures.iter().map(|figures| {
            let line = match figures.count {
                1 => tr!(
                    "{low} {unit} (1 listing)",
                    "{low} {unit} (1 annonce)",
                    "{low} {unit} (itangazo 1)",
                    "{low} {unit} (tangazo 1)"
                ),
                _ if figures.low == figures.high => tr!(
                    "{low} {unit} ({count} listings)",
                    "{low} {unit} ({count} annonces)",
                    "{low} {unit} (amatangazo {count})",
                    "{low} {unit} (matangazo {count})"
                ),
                _ => tr!(
                    "{low} to {high} {unit}, mostly around {middle} ({count} listings)",
                    "de {low} à {high} {unit}, le plus souvent vers {middle} ({count} annonces)",
                    "{low} kugeza {high} {unit}, akenshi hafi {middle} (amatangazo {count})",
                    "{low} hadi {high} {unit}, mara nyingi karibu {middle} (matangazo {count})"
                ),
            };
            let (low, high, middle) =
                (money::format(&figures.low), money::format(&figures.high), money::format(&figures.middle));
            let (count, unit) = (figures.count.to_string(), unit(&figures.unit, language));
            line.with(
                language,
                &[("unit", unit), ("low", &low), ("high", &high), ("middle", &middle), ("count", &count)],
            )
        });
        let heading = heading.with(language, &[("produce", &produce)]);
        std::iter::once(heading).chain(lines).collect::<Vec<_>>().join("\n")
    };
    let choices = vec![
        reply::choice("find", tr!("🔎 Find produce", "🔎 Chercher", "🔎 Shaka", "🔎 Tafuta").get(language)),
        reply::choice("sell", tr!("🧺 Sell produce", "🧺 Vendre", "🧺 Gurisha", "🧺 Uza").get(language)),
        reply::menu_choice(language),
    ];
    Ok(Outcome::say(reply::choices(language, body, choices)).tag("prices", produce))
}

/// The figures for each unit that the listings have.
fn figures(produce: &str) -> Result<Vec<Figures>> {
    let found = listings::search(&listings::Query {
        words: produce.to_owned(),
        kind: Some("produce".to_owned()),
        category: None,
        attributes: Vec::new(),
        price_min: Some(1),
        price_max: None,
        near: None,
        radius_km: None,
        limit: LISTINGS_MAX,
        offset: 0,
    })?;
    let mut figures = Vec::new();
    for unit in ["kg", "bag", "item"] {
        let of_unit = |listing: &&listings::Listing| {
            let said = attribute(&listing.draft.attributes, "unit");
            said.as_deref().or(listing.draft.price_unit.as_deref()) == Some(unit)
        };
        let prices = found.iter().filter(of_unit).filter_map(|listing| listing.draft.price.clone());
        let mut prices: Vec<Money> = prices.collect();
        prices.sort_by_key(|price| price.hundredths);
        let (Some(low), Some(high)) = (prices.first().cloned(), prices.last().cloned()) else { continue };
        let middle = prices[prices.len() / 2].clone();
        figures.push(Figures { unit: unit.to_owned(), count: prices.len(), low, middle, high });
    }
    Ok(figures)
}

impl Run for CheckMarketPrices {
    fn run(self, _: &Turn) -> Result<Did> {
        let figures = figures(&words::cut(&self.crop, 60))?;
        let units = figures.iter().map(|figures| {
            json!({
                "per": figures.unit,
                "low": money::format(&figures.low),
                "middle": money::format(&figures.middle),
                "high": money::format(&figures.high),
                "listings": figures.count,
            })
        });
        Ok(Did::Told(json!({ "source": "listings online now", "prices": units.collect::<Vec<_>>() })))
    }
}
