//! Selling and finding produce.

use agent_sdk::{
    Answer, Answers, Did, Flow, Language, Outcome, Result, Run, Step, Turn,
    board::{self, NEAR, Search},
    listings::{self, Draft},
    money::Amount,
    opt, talk, tool, tr, words,
};
use serde_json::json;

use crate::{BOARD, SELLS};

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
        ),
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
        Step::choice(
            "unit",
            tr!("Sold by", "Vendu par", "Ugurisha ku", "Kipimo"),
            tr!(
                "Is your price per kilo or per piece?",
                "Votre prix est-il au kilo ou à la pièce ?",
                "Igiciro ni ku kilo cyangwa ku kimwe?",
                "Bei ni kwa kilo au kwa kimoja?"
            ),
            &[
                opt("kg", tr!("Per kilo", "Au kilo", "Ku kilo", "Kwa kilo")),
                opt("item", tr!("Per piece or bag", "À la pièce ou au sac", "Ku kimwe", "Kwa kimoja")),
            ],
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
        price_unit: Some(unit.to_owned()),
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

/// Begins with what the person already said is for sale.
pub(crate) fn sell(turn: &Turn, text: &str) -> Result<Outcome> {
    let begin = SELL.begin(turn).hears(text, |begin, left| {
        let (quantity, produce) = split(&left);
        let begin = match (3..=60).contains(&produce.chars().count()) {
            true => begin.known("produce", Answer::Words(produce)),
            false => begin,
        };
        match quantity {
            Some(quantity) => begin.known("quantity", Answer::Words(quantity)),
            None => begin,
        }
    });
    begin.ask()
}

/// `I want to sell 200 kg of Irish potatoes`: the quantity, and the produce.
fn split(text: &str) -> (Option<String>, String) {
    const UNITS: &[&str] = &[
        "kg", "kgs", "kilos", "kilo", "bags", "bag", "tons", "tonnes", "sacs", "imifuka", "ibiro", "magunia", "crates",
    ];
    const FILLERS: &[&str] = &[
        "i", "want", "to", "my", "some", "of", "the", "have", "je", "veux", "j", "ai", "de", "des", "du", "mes",
        "nshaka", "nataka", "today", "now", "at", "for", "in", "a", "per", "please",
    ];
    let mut quantity = None;
    let mut produce = Vec::new();
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let plain = words::plain(word);
        let unit = words.get(at + 1).map(|unit| words::plain(unit)).filter(|unit| UNITS.contains(&unit.as_str()));
        if plain.chars().all(|sign| sign.is_ascii_digit()) && quantity.is_none() {
            quantity = Some(match &unit {
                Some(unit) => format!("{plain} {unit}"),
                None => plain,
            });
            at += usize::from(unit.is_some());
        } else if !SELLS.contains(&plain.as_str())
            && !FILLERS.contains(&plain.as_str())
            && !UNITS.contains(&plain.as_str())
        {
            produce.push(word.trim_matches(['.', ',', '!', '?']));
        }
        at += 1;
    }
    (quantity, produce.join(" "))
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

    #[test]
    fn a_sentence_holds_produce_and_quantity() {
        assert_eq!(split("Selling tomatoes"), (None, "tomatoes".into()));
        assert_eq!(split("I want to sell 200 kg of Irish potatoes"), (Some("200 kg".into()), "Irish potatoes".into()));
        assert_eq!(split("Ndagurisha imifuka 10 ibigori"), (Some("10".into()), "ibigori".into()));
    }
}
