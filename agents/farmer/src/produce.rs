//! Selling and finding produce.

use agent_sdk::{
    Answer, Answers, Did, Flow, Language, Outcome, Result, Run, Step, Turn,
    board::{self, NEAR, Search},
    listings::{self, Draft},
    money::Amount,
    opt, talk, tool, tr,
    understand::{Found, Said},
};
use serde_json::json;

use crate::BOARD;

tool! {
    "create_produce_listing": "Lists the person's produce for sale.",
    pub(crate) struct CreateProduceListing {
        produce_name: String = "What is sold, for instance `Irish potatoes`.",
        quantity: Option<String> = "How much there is, with its unit, for instance `200 kg`.",
        price: Option<u64> = "Per unit, in the currency's unit.",
        location_text: Option<String> = "Where it is.",
    }
}

tool! {
    "search_produce": "Searches produce for sale near a place.",
    pub(crate) struct SearchProduce {
        produce_name: String = "What is looked for, in the language it was said in.",
        location_text: Option<String> = "Near which place.",
        price_max: Option<u64> = "At most per unit, in the currency's unit.",
    }
}

pub(crate) const SELL: Flow = Flow {
    name: "produce_listing",
    steps: &[
        Step::words(
            "produce",
            tr!("Produce", "Produit", "Umusaruro", "Zao"),
            tr!("What do you sell?", "Que vendez-vous ?", "Uragurisha iki?", "Unauza nini?"),
            3,
            60,
        )
        .thing(),
        Step::words(
            "quantity",
            tr!("Quantity", "Quantité", "Ingano", "Kiasi"),
            tr!(
                "How much is there? For instance 200 kg, 10 bags.",
                "Quelle quantité ? Par exemple 200 kg, 10 sacs.",
                "Hari ingahe? Urugero ibiro 200, imifuka 10.",
                "Kuna kiasi gani? Kwa mfano kilo 200, magunia 10."
            ),
            1,
            40,
        ),
        Step::price(
            "price",
            tr!("Price", "Prix", "Igiciro", "Bei"),
            tr!(
                "What is the price of one?",
                "Quel est le prix de l'unité ?",
                "Igiciro cya kimwe ni angahe?",
                "Bei ya kimoja ni kiasi gani?"
            ),
        ),
        Step::choice(
            "unit",
            tr!("Sold by", "Vendu par", "Ugurisha ku", "Kipimo"),
            tr!(
                "Is your price per kilo, per bag or per piece?",
                "Votre prix est-il au kilo, au sac ou à la pièce ?",
                "Igiciro ni ku kilo, ku mufuka cyangwa ku kimwe?",
                "Bei ni kwa kilo, kwa gunia au kwa kimoja?"
            ),
            &[
                opt("kg", tr!("Per kilo", "Au kilo", "Ku kilo", "Kwa kilo")),
                opt("bag", tr!("Per bag", "Au sac", "Ku mufuka", "Kwa gunia")),
                opt("item", tr!("Per piece", "À la pièce", "Ku kimwe", "Kwa kimoja")),
            ],
        )
        .infers(unit),
        board::PLACE,
        board::PHOTOS,
        board::CONTACT,
    ],
    confirm: Some(tr!("Your produce:", "Votre produit :", "Umusaruro wawe:", "Mazao yako:")),
    word: Flow::POST,
    done: create,
};

pub(crate) const BUY: Flow = Flow {
    name: "produce_search",
    steps: &[
        Step::words(
            "words",
            tr!("Produce", "Produit", "Umusaruro", "Zao"),
            tr!(
                "Which produce do you look for?",
                "Quel produit cherchez-vous ?",
                "Urashaka umusaruro ki?",
                "Unatafuta zao gani?"
            ),
            2,
            60,
        ),
        NEAR,
    ],
    confirm: None,
    word: Flow::CONFIRM,
    done: find,
};

fn create(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let quantity = answers.words("quantity").unwrap_or_default();
    let unit = answers.choice("unit").unwrap_or("kg");
    let id = listings::create(&Draft {
        // The contract prices by the kilo or by the piece; what else it is stands in the attributes.
        price_unit: Some(if unit == "kg" { "kg" } else { "item" }.to_owned()),
        attributes: json!({ "quantity": quantity, "unit": unit }).to_string(),
        ..board::draft("produce", answers.words("produce").unwrap_or_default(), answers)
    })?;
    Ok(BOARD.listed(&id, Language::of(turn)))
}

fn find(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let said = answers.words("words").unwrap_or_default();
    let wanted = BOARD.wanted(said);
    let words = if wanted.is_empty() { said.to_owned() } else { wanted };
    BOARD.find(turn, Search { words, place: answers.place("place").cloned(), ..Search::default() })
}

/// The units of what there is.
pub(crate) const UNITS: &[&str] =
    &["kg", "t", "l", "bag", "tray", "piece", "bunch", "box", "crate", "bundle", "basket"];

/// Whether a thing of this kind is sold here.
pub(crate) fn is_produce(kind: &str) -> bool {
    matches!(kind, "produce" | "animal" | "input" | "crop")
}

/// What a price is for, as a text says or implies it: `350 per kilo`, `2 tons for 350`, `5 goats at 40k`.
fn unit(said: &Said<'_>) -> Option<&'static str> {
    let amount = said.amounts().next()?;
    let there = || said.quantities().map(|found| found.what.unit.as_str()).find(|unit| UNITS.contains(unit));
    let animals = || said.things().any(|found| found.what.kind == "animal");
    match amount.what.per.as_deref().or_else(there) {
        Some("kg" | "t") => Some("kg"),
        Some("bag") => Some("bag"),
        Some(_) => Some("item"),
        None => animals().then_some("item"),
    }
}

/// Begins with what the person already said is for sale.
pub(crate) fn sell(turn: &Turn, text: &str) -> Result<Outcome> {
    let said = Said::of(turn, text);
    let produce = title(&said);
    let begin = SELL.begin(turn).hears(text, |mut begin, _| {
        if let Some(produce) = produce {
            begin = begin.known("produce", Answer::Words(produce));
        }
        match quantity(&said) {
            Some(quantity) => begin.known("quantity", Answer::Words(quantity)),
            None => begin,
        }
    });
    begin.ask()
}

/// What is sold, without how much: it begins with the produce's own name.
fn title(said: &Said<'_>) -> Option<String> {
    let mut taken: Vec<_> = said.quantities().map(|found| found.span).collect();
    taken.extend(said.things().find(|found| is_produce(&found.what.kind)).map(|found| 0..found.span.start));
    said.title(&taken).filter(|title| (3..=60).contains(&title.chars().count()))
}

/// How much there is, in digits and the person's unit: `tani mbili` is `tani 2`; without a unit, the number beside what is sold.
fn quantity(said: &Said<'_>) -> Option<String> {
    if let Some(found) = said.quantities().find(|found| UNITS.contains(&found.what.unit.as_str())) {
        let text = said.text.get(found.span.clone())?;
        let number = said.numbers().find(|it| found.span.start <= it.span.start && it.span.end <= found.span.end);
        let digits = found.what.amount.to_string();
        return Some(match number.and_then(|it| said.text.get(it.span)) {
            Some(word) => text.replacen(word, &digits, 1),
            None => format!("{digits} {}", found.what.unit),
        });
    }
    let is_price = |at: usize| said.amounts().any(|amount| amount.span.contains(&at));
    let counts = |number: &Found<f64>| {
        let near = said.things().find(|thing| thing.what.kind == "animal");
        !is_price(number.span.start)
            && near.is_some_and(|thing| {
                thing.span.start.abs_diff(number.span.end) <= 12 || number.span.start.abs_diff(thing.span.end) <= 2
            })
    };
    said.numbers().find(counts).map(|number| number.what.to_string())
}

impl Run for CreateProduceListing {
    fn run(self, turn: &Turn) -> Result<Did> {
        let mut begin = SELL.begin(turn);
        if (3..=60).contains(&self.produce_name.chars().count()) {
            begin = begin.known("produce", Answer::Words(self.produce_name));
        }
        if let Some(quantity) = self.quantity.filter(|text| (1..=40).contains(&text.chars().count())) {
            begin = begin.known("quantity", Answer::Words(quantity));
        }
        if let Some(price) = talk::money(turn, self.price) {
            begin = begin.known("price", Answer::Amount(Amount::Exactly(price)));
        }
        if let Some(place) = talk::place(self.location_text.as_deref()) {
            begin = begin.known("place", Answer::Place(place));
        }
        begin.ask().map(Did::Answered)
    }
}

impl Run for SearchProduce {
    fn run(self, turn: &Turn) -> Result<Did> {
        let search = Search {
            words: BOARD.wanted(&self.produce_name),
            place: talk::place(self.location_text.as_deref()),
            price_max: talk::money(turn, self.price_max).map(|money| money.hundredths),
            ..Search::default()
        };
        BOARD.find(turn, search).map(Did::Answered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use agent_sdk::board::Heard;

    #[test]
    fn a_sentence_holds_produce_quantity_and_unit() {
        for (text, produce, there, per) in [
            ("I want to sell 200 kg of Irish potatoes", "Irish potatoes", Some("200 kg"), None),
            ("nimevuna mahindi tani mbili Nyagatare, nauza 400 kwa kilo", "Mahindi", Some("tani 2"), Some("kg")),
            ("j'ai dix sacs de haricots, 45.000 le sac", "Haricots", Some("10 sacs"), Some("bag")),
            ("Ndagurisha imifuka 10 y'ibigori", "Ibigori", Some("imifuka 10"), None),
            ("selling 5 goats at 40k each", "Goats", Some("5"), Some("item")),
        ] {
            let said = Said::in_kigali(text);
            assert_eq!(quantity(&said).as_deref(), there, "{text}");
            assert_eq!(unit(&said), per, "{text}");
            assert_eq!(title(&said).as_deref(), Some(produce), "{text}");
            assert!(crate::offers(&Heard::of(text)), "{text}");
        }
    }
}
