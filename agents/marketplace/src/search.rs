//! Finding a thing: by questions or by words, as a list, and one thing in full.

use agent_sdk::{
    Answers, Flow, Language, Outcome, Place, Result, Step, Turn, find, listings, money, reply, store, tool, tr, words,
};
use serde::{Deserialize, Serialize};

tool! {
    "search_listings": "Searches what is for sale, best and nearest first.",
    pub(crate) struct SearchListings {
        search_term: String = "What is looked for.",
        radius_km: Option<f64> = "How far; 50 if absent.",
    }
}

/// Words that say that the person looks for something.
pub(crate) const WORDS: &[&str] = &[
    "buy", "buying", "find", "search", "looking", "acheter", "cherche", "trouver", "kugura", "gura", "shaka",
    "kununua", "nunua", "tafuta",
];

/// How far is near.
const RADIUS_KM: f64 = 50.0;

pub(crate) const BUY: Flow = Flow {
    name: "buying",
    steps: &[
        Step::words(
            "words",
            tr!("What", "Quoi"),
            tr!("What are you looking for?", "Que cherchez-vous ?", "Urashaka iki?", "Unatafuta nini?"),
            2,
            80,
        ),
        Step::place(
            "place",
            tr!("Near", "Près de"),
            tr!(
                "Near which place? Share a location or type one.",
                "Près de quel lieu ? Partagez une position ou écrivez-en un.",
                "Hafi y'he? Ohereza ahantu cyangwa uhandike.",
                "Karibu na wapi? Tuma mahali au andika jina."
            ),
        )
        .or_skip(),
        Step::money(
            "price",
            tr!("At most", "Au plus"),
            tr!(
                "What is the most you would pay?",
                "Quel est votre prix maximum ?",
                "Ntugomba kurenza angahe?",
                "Bei ya juu ni kiasi gani?"
            ),
        )
        .or_skip(),
    ],
    confirm: None,
    done: finish,
};

/// The latest search, so that *More* and *Back* lead somewhere.
#[derive(Default, Serialize, Deserialize)]
struct Search {
    words: String,
    place: Option<Place>,
    /// In hundredths.
    price_max: Option<u64>,
}

fn finish(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let said = answers.words("words").unwrap_or_default();
    let wanted = wanted(said);
    let search = Search {
        words: if wanted.is_empty() { said.to_owned() } else { wanted },
        place: answers.place("place").cloned(),
        price_max: answers.amount("price").and_then(money::Amount::low).map(|money| money.hundredths),
    };
    store::put_mine("search", "latest", &search)?;
    results(turn, Language::of(turn), &search, 0)
}

/// Words that only say that something is looked for here.
const FILLERS: &[&str] = &[
    "would",
    "like",
    "buy",
    "buying",
    "market",
    "marketplace",
    "voudrais",
    "acheter",
    "trouver",
    "le",
    "la",
    "pres",
    "marche",
    "kugura",
    "mu",
    "nataka",
    "kununua",
    "isoko",
    "soko",
];

/// What is looked for in a free text, without the words that only say that it is.
pub(crate) fn wanted(text: &str) -> String {
    find::wanted(text, FILLERS)
}

/// Searches by what a person wrote; a place named at its end counts as one.
pub(crate) fn by_words(turn: &Turn, language: Language, wanted: &str) -> Result<Outcome> {
    let (words, place) = find::split_place(wanted);
    let search = Search { words: words.to_owned(), place, price_max: None };
    store::put_mine("search", "latest", &search)?;
    results(turn, language, &search, 0)
}

/// The latest search once more, from this listing on.
pub(crate) fn again(turn: &Turn, language: Language, offset: u32) -> Result<Outcome> {
    match store::mine::<Search>("search", "latest")? {
        Some(search) => results(turn, language, &search, offset),
        None => BUY.begin(turn).ask(),
    }
}

fn results(turn: &Turn, language: Language, search: &Search, offset: u32) -> Result<Outcome> {
    let near = search.place.as_ref().and_then(|place| place.point);
    let query = listings::Query {
        words: search.words.clone(),
        kind: Some("product".to_owned()),
        category: None,
        price_min: None,
        price_max: search.price_max,
        near: near.or_else(|| turn.point()),
        radius_km: near.map(|_| RADIUS_KM),
        limit: reply::ROWS_MAX as u32,
        offset,
    };
    let found = listings::search(&query)?;
    if found.is_empty() {
        let none = tr!(
            "I found nothing for *{words}*. Try another word or place.",
            "Je n'ai rien trouvé pour *{words}*. Essayez un autre mot ou un autre lieu.",
            "Nta kintu nabonye kuri *{words}*. Gerageza irindi jambo.",
            "Sijapata kitu kwa *{words}*. Jaribu neno lingine."
        );
        return Ok(crate::menu(language, &none.with(language, &[("words", &search.words)])));
    }
    let body = tr!("This is for sale, best first:", "Voici ce qui est à vendre :", "Ibigurishwa:", "Vinavyouzwa:");
    Ok(find::results(language, body.get(language), &found, offset, |item| row(item, language)))
}

fn row(item: &listings::Listing, language: Language) -> agent_sdk::Choice {
    let mut line = money::show(item.draft.price.as_ref(), item.draft.price_max.as_ref(), language);
    if let Some(place) = &item.draft.place {
        line.push_str(&format!(" · 📍 {}", place.label()));
    }
    if let Some(distance) = item.distance_km {
        line.push_str(&format!(" · {} km", distance as u64));
    }
    reply::choice(format!("item:{}", item.id), &item.draft.title).line(&line)
}

/// One thing in full.
pub(crate) fn show(id: &str, language: Language) -> Result<Outcome> {
    let Some(item) = find::active(id)? else { return Ok(gone(language)) };
    let mut lines = vec![format!("*{}*", item.draft.title)];
    lines.push(format!("💰 {}", money::show(item.draft.price.as_ref(), item.draft.price_max.as_ref(), language)));
    if let Some(place) = &item.draft.place {
        lines.push(format!("📍 {}", place.label()));
    }
    if let Some(description) = &item.draft.description {
        lines.push(String::new());
        lines.push(words::cut(description, 700));
    }
    let back = find::back_to_list(language);
    let ask = reply::choice(
        format!("contact:{}", item.id),
        tr!("Contact seller", "Contacter", "Vugana na we", "Wasiliana").get(language),
    );
    let choices = if item.mine { vec![back] } else { vec![ask, back] };
    Ok(Outcome::say(reply::choices(language, lines.join("\n"), choices)))
}

/// Word that a listing is not there any more.
pub(crate) fn gone(language: Language) -> Outcome {
    let gone = tr!(
        "This is no longer for sale.",
        "Cette annonce n'est plus disponible.",
        "Ibi ntibikigurishwa.",
        "Hii haiuzwi tena."
    );
    crate::menu(language, gone.get(language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_is_left_of_a_sentence() {
        assert_eq!(wanted("Looking for a fridge in Kimironko"), "fridge kimironko");
        assert_eq!(wanted("Je cherche un frigo à Huye"), "frigo huye");
        assert_eq!(wanted("I want to buy"), "");
    }
}
