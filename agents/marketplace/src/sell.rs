//! Listing a thing or a service for sale.

use agent_sdk::{
    Answer, Answers, Did, Flow, Language, Outcome, Result, Run, Step, Turn, board,
    listings::{self, Draft},
    money::Amount,
    opt, talk, tool, tr,
    understand::Said,
    words,
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

pub(crate) const SELL: Flow = Flow {
    name: "selling",
    steps: &[
        Step::words(
            "product",
            tr!("Product", "Produit", "Igicuruzwa", "Bidhaa"),
            tr!("What do you sell?", "Que vendez-vous ?", "Uragurisha iki?", "Unauza nini?"),
            3,
            80,
        )
        .thing(),
        Step::choice(
            "category",
            tr!("Category", "Catégorie", "Icyiciro", "Aina"),
            tr!(
                "Which category fits best?",
                "Quelle catégorie convient le mieux ?",
                "Ni ikihe cyiciro?",
                "Ni bidhaa ya aina gani?"
            ),
            &[
                opt("electronics", tr!("📱 Electronics", "📱 Électronique", "📱 Ikoranabuhanga", "📱 Elektroniki")),
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
        )
        .assumed("other"),
        Step::choice(
            "condition",
            tr!("Condition", "État", "Uko kimeze", "Hali"),
            tr!("What condition is it in?", "Dans quel état est-ce ?", "Kimeze gite?", "Hali yake ikoje?"),
            &[
                opt("new", tr!("New", "Neuf", "Gishya", "Mpya")),
                opt("used", tr!("Used", "Occasion", "Cyakoze", "Imetumika")),
                opt("refurbished", tr!("Refurbished", "Reconditionné", "Cyasanwe", "Imekarabatiwa")),
            ],
        )
        .infers(condition)
        .or_skip(),
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
                "Un détail à ajouter ?",
                "Ni iki umuguzi akwiye kumenya?",
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
    word: Flow::POST,
    done: finish,
};

/// The condition that a text tells without naming it.
fn condition(said: &Said<'_>) -> Option<&'static str> {
    const REFURBISHED: &[&str] =
        &["refurbished", "refurb", "repaired", "reconditionne", "remis a neuf", "cyasanwe", "imekarabatiwa"];
    const USED: &[&str] = &[
        "used",
        "second hand",
        "secondhand",
        "old",
        "pre owned",
        "like new",
        "almost new",
        "barely used",
        "good condition",
        "occasion",
        "seconde main",
        "bon etat",
        "tres bon etat",
        "presque neuf",
        "vieux",
        "vieille",
        "cyakoze",
        "yakoze",
        "ishaje",
        "gishaje",
        "byakoze",
        "caguwa",
        "imetumika",
        "iliyotumika",
        "mtumba",
        "hali nzuri",
    ];
    const NEW: &[&str] = &[
        "new",
        "brand new",
        "sealed",
        "in its box",
        "neuf",
        "neuve",
        "tout neuf",
        "jamais utilise",
        "gishya",
        "nshya",
        "bishya",
        "mpya",
        "kipya",
    ];
    let says = |words| words::has_one_of(said.text, words);
    match () {
        () if says(REFURBISHED) => Some("refurbished"),
        () if says(USED) => Some("used"),
        () if says(NEW) => Some("new"),
        () => None,
    }
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
    fn the_condition_is_told_in_many_ways() {
        let of = |text| condition(&Said { text, readings: Vec::new() });
        assert_eq!(of("second hand sofa"), Some("used"));
        assert_eq!(of("téléphone neuf"), Some("new"));
        assert_eq!(of("like new fridge"), Some("used"));
        assert_eq!(of("laptop refurbished"), Some("refurbished"));
        assert_eq!(of("a sofa"), None);
    }
}
