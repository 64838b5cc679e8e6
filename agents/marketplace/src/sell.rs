//! Listing a thing for sale.

use agent_sdk::{
    Answer, Answers, Flow, Language, Outcome, Result, Step, Turn, listings, money::Amount, opt, reply, tool, tr, words,
};
use serde_json::json;

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
        Step::place(
            "place",
            tr!("Where", "Lieu", "Aho", "Mahali"),
            tr!(
                "Where is it? Share a location or type a place.",
                "Où est-ce ? Partagez une position ou écrivez un lieu.",
                "Kiri he? Ohereza ahantu cyangwa uhandike.",
                "Iko wapi? Tuma mahali au andika jina."
            ),
        ),
        Step::photos(
            "photos",
            tr!("Photos", "Photos", "Amafoto", "Picha"),
            tr!(
                "Send a photo, up to five.",
                "Envoyez une photo, jusqu'à cinq.",
                "Ohereza ifoto, kugeza kuri eshanu.",
                "Tuma picha, hadi tano."
            ),
            5,
        )
        .or_skip(),
        Step::choice(
            "contact",
            tr!("Your number", "Votre numéro", "Nimero yawe", "Namba yako"),
            tr!(
                "May interested people get your number?",
                "Les personnes intéressées peuvent-elles avoir votre numéro ?",
                "Ababyifuza bahabwa nimero yawe?",
                "Wanaopenda wapewe namba yako?"
            ),
            &[
                opt("share", tr!("Yes, share it", "Oui, donnez-le", "Yego, yitange", "Ndiyo, wape")),
                opt("ask", tr!("Ask me each time", "Demandez-moi", "Banza umbaze", "Niulize kwanza")),
                opt("never", tr!("Never", "Jamais", "Oya rwose", "Kamwe")),
            ],
        ),
    ],
    confirm: Some(tr!("Your listing:", "Votre annonce :", "Itangazo ryawe:", "Tangazo lako:")),
    done: finish,
};

/// Begins with what the person already said is for sale.
pub(crate) fn begin(turn: &Turn, text: &str) -> Result<Outcome> {
    let product = product(text);
    let begin = SELL.begin(turn);
    if (3..=80).contains(&product.chars().count()) {
        begin.known("product", Answer::Words(product)).ask()
    } else {
        begin.ask()
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
    let language = Language::of(turn);
    let price = answers.amount("price");
    let id = listings::create(&listings::Draft {
        kind: "product".to_owned(),
        title: answers.words("product").unwrap_or_default().to_owned(),
        description: answers.words("description").map(str::to_owned),
        category: answers.choice("category").map(str::to_owned),
        price: price.and_then(Amount::low),
        price_max: None,
        price_unit: Some("item".to_owned()),
        place: answers.place("place").cloned(),
        attributes: json!({ "condition": answers.choice("condition") }).to_string(),
        images: answers.photos("photos"),
        contact: match answers.choice("contact") {
            Some("share") => listings::ContactPolicy::Share,
            Some("ask") => listings::ContactPolicy::Ask,
            _ => listings::ContactPolicy::Never,
        },
    })?;
    let body = tr!(
        "✅ Your listing is online.",
        "✅ Votre annonce est en ligne.",
        "✅ Itangazo ryawe ryasohotse.",
        "✅ Tangazo lako limechapishwa."
    );
    let choices = vec![
        reply::choice(format!("own:{id}"), tr!("See it", "La voir", "Yirebe", "Itazame").get(language)),
        reply::menu_choice(language),
    ];
    Ok(Outcome::say(reply::choices(language, body.get(language), choices)).tag("listing", id))
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
