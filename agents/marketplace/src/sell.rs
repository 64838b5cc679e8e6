//! Listing a thing or a service for sale.

use agent_sdk::{
    Answer, Answers, Did, Flow, Language, Outcome, Result, Run, Step, Turn, board,
    listings::{self, Draft},
    money::Amount,
    opt, talk, tool, tr, words,
};
use serde_json::json;

use crate::BOARD;

tool! {
    "create_listing": "Lists a thing for sale in the person's name.",
    pub(crate) struct CreateListing {
        product_name: String = "What is sold.",
        description: Option<String> = "More about it.",
        price: Option<u64> = "In the currency's unit; absent if negotiable.",
        location_text: Option<String> = "Where it is.",
    }
}

/// Words that say that the person sells.
pub(crate) const WORDS: &[&str] = &[
    "sell",
    "selling",
    "for sale",
    "vendre",
    "vends",
    "a vendre",
    "kugurisha",
    "ndagurisha",
    "gurisha",
    "kuuza",
    "nauza",
    "uza",
];

pub(crate) const SELL: Flow = Flow {
    name: "selling",
    steps: &[
        Step::words(
            "product",
            tr!("Product", "Produit", "Igicuruzwa", "Bidhaa"),
            tr!("What do you sell?", "Que vendez-vous ?", "Uragurisha iki?", "Unauza nini?"),
            3,
            80,
        ),
        Step::choice(
            "category",
            tr!("Category", "Catégorie", "Icyiciro", "Aina"),
            tr!(
                "Which category fits best?",
                "Quelle catégorie convient le mieux ?",
                "Ni ikihe cyiciro?",
                "Ni aina gani?"
            ),
            &[
                opt("electronics", tr!("📱 Electronics", "📱 Électronique", "📱 Ibyuma", "📱 Elektroniki")),
                opt("furniture", tr!("🪑 Furniture", "🪑 Meubles", "🪑 Ibikoresho byo mu nzu", "🪑 Samani")),
                opt("clothing", tr!("👕 Clothing", "👕 Vêtements", "👕 Imyenda", "👕 Nguo")),
                opt("food", tr!("🍎 Food", "🍎 Alimentation", "🍎 Ibiribwa", "🍎 Chakula")),
                opt("vehicles", tr!("🚗 Vehicles", "🚗 Véhicules", "🚗 Ibinyabiziga", "🚗 Magari")),
                opt("household", tr!("🏠 Household", "🏠 Maison", "🏠 Ibyo mu rugo", "🏠 Nyumbani")),
                opt("tools", tr!("🔧 Tools", "🔧 Outils", "🔧 Ibikoresho", "🔧 Zana")),
                opt("books", tr!("📚 Books", "📚 Livres", "📚 Ibitabo", "📚 Vitabu")),
                opt("sports", tr!("⚽ Sports", "⚽ Sport", "⚽ Siporo", "⚽ Michezo")),
                opt("other", tr!("✨ Other", "✨ Autre", "✨ Ibindi", "✨ Nyingine")),
            ],
        ),
        Step::choice(
            "condition",
            tr!("Condition", "État", "Uko kimeze", "Hali"),
            tr!("What condition is it in?", "Dans quel état est-ce ?", "Kimeze gite?", "Hali yake ikoje?"),
            &[
                opt("new", tr!("New", "Neuf", "Gishya", "Mpya")),
                opt("used", tr!("Used", "Occasion", "Cyakoze", "Imetumika")),
                opt("refurbished", tr!("Refurbished", "Reconditionné", "Cyasanwe", "Imekarabatiwa")),
            ],
        ),
        Step::price(
            "price",
            tr!("Price", "Prix", "Igiciro", "Bei"),
            tr!("What is the price?", "Quel est le prix ?", "Igiciro ni angahe?", "Bei ni kiasi gani?"),
        ),
        Step::words(
            "description",
            tr!("Description", "Description", "Ibisobanuro", "Maelezo"),
            tr!(
                "What should a buyer know about it?",
                "Que doit savoir l'acheteur ?",
                "Umuguzi yamenya iki?",
                "Mnunuzi ajue nini?"
            ),
            3,
            1_500,
        )
        .or_skip(),
        board::PLACE,
        board::PHOTOS,
        board::CONTACT,
    ],
    confirm: Some(tr!("Your listing:", "Votre annonce :", "Itangazo ryawe:", "Tangazo lako:")),
    word: Flow::CONFIRM,
    done: finish,
};

/// Begins with what the person already said: what is for sale, and perhaps for how much and where.
pub(crate) fn begin(turn: &Turn, text: &str) -> Result<Outcome> {
    let begin = SELL.begin(turn).hears(text, |begin, left| {
        let product = product(&left);
        match (3..=80).contains(&product.chars().count()) {
            true => begin.known("product", Answer::Words(product)),
            false => begin,
        }
    });
    begin.ask()
}

impl Run for CreateListing {
    fn run(self, turn: &Turn) -> Result<Did> {
        let mut begin = SELL.begin(turn);
        if (3..=80).contains(&self.product_name.chars().count()) {
            begin = begin.known("product", Answer::Words(self.product_name));
        }
        if let Some(description) = self.description.filter(|text| (3..=1_500).contains(&text.chars().count())) {
            begin = begin.known("description", Answer::Words(description));
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

/// What is for sale in `I want to sell my old laptop`.
fn product(text: &str) -> String {
    const FILLERS: &[&str] = &[
        "a",
        "an",
        "my",
        "the",
        "some",
        "un",
        "une",
        "mon",
        "ma",
        "mes",
        "des",
        "le",
        "la",
        "today",
        "please",
        "something",
        "things",
        "quelque",
        "chose",
    ];
    let all: Vec<&str> = text.split_whitespace().collect();
    let verb = all.iter().position(|word| WORDS.contains(&words::plain(word).as_str()));
    let behind = verb.map_or(&[][..], |at| &all[at + 1..]);
    let mut kept: Vec<&str> = behind.to_vec();
    while kept.first().is_some_and(|word| FILLERS.contains(&words::plain(word).as_str())) {
        kept.remove(0);
    }
    while kept.last().is_some_and(|word| FILLERS.contains(&words::plain(word).as_str())) {
        kept.pop();
    }
    kept.join(" ").trim_end_matches(['.', '!', '?']).to_owned()
}

fn finish(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let title = answers.words("product").unwrap_or_default();
    let id = listings::create(&Draft {
        price_unit: Some("item".to_owned()),
        attributes: json!({ "condition": answers.choice("condition") }).to_string(),
        ..board::draft("product", title, answers)
    })?;
    Ok(BOARD.listed(&id, Language::of(turn)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_product_is_what_comes_after_the_verb() {
        assert_eq!(product("I want to sell my old laptop computer today please"), "old laptop computer");
        assert_eq!(product("Je veux vendre un téléphone"), "téléphone");
        assert_eq!(product("sell"), "");
        assert_eq!(product("I want to sell something"), "");
    }
}
