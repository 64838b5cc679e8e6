//! Finding a thing: by questions or by words, as a list, and one thing in full.

use agent_sdk::{
    Answers, Flow, Language, Outcome, Place, Result, Step, Turn, listings, money, places, reply, store, tool, tr, words,
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

/// What is looked for in a free text, without the words that only say that it is.
pub(crate) fn wanted(text: &str) -> String {
    const FILLERS: &[&str] = &[
        "i",
        "m",
        "am",
        "need",
        "want",
        "would",
        "like",
        "a",
        "an",
        "the",
        "to",
        "some",
        "buy",
        "buying",
        "find",
        "search",
        "looking",
        "look",
        "for",
        "in",
        "near",
        "me",
        "my",
        "at",
        "please",
        "market",
        "marketplace",
        "je",
        "j",
        "ai",
        "besoin",
        "veux",
        "voudrais",
        "cherche",
        "acheter",
        "trouver",
        "un",
        "une",
        "des",
        "de",
        "du",
        "d",
        "le",
        "la",
        "pres",
        "a",
        "dans",
        "marche",
        "nshaka",
        "ndashaka",
        "kugura",
        "i",
        "mu",
        "nataka",
        "natafuta",
        "kununua",
        "hi",
        "hello",
        "bonjour",
        "thanks",
        "thank",
        "you",
        "merci",
        "ok",
        "help",
        "isoko",
        "soko",
    ];
    let text = words::plain(text);
    text.split(' ').filter(|word| !FILLERS.contains(word)).collect::<Vec<_>>().join(" ")
}

/// Searches by what a person wrote; a place named at its end counts as one.
pub(crate) fn by_words(turn: &Turn, language: Language, wanted: &str) -> Result<Outcome> {
    let (words, place) = match wanted.rsplit_once(' ') {
        Some((before, last)) => match places::find(last).into_iter().next() {
            Some(place) => (before, Some(place)),
            None => (wanted, None),
        },
        None => (wanted, None),
    };
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
    let mut rows: Vec<_> = found.iter().take(reply::PAGE_ROWS).map(|item| row(item, language)).collect();
    if found.len() > reply::PAGE_ROWS {
        rows.push(reply::more(language, offset as usize + reply::PAGE_ROWS));
    }
    let body = tr!("This is for sale, best first:", "Voici ce qui est à vendre :", "Ibigurishwa:", "Vinavyouzwa:");
    Ok(Outcome::say(reply::list(language, body.get(language), rows)).tag("results", found.len().to_string()))
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
    let Some(item) = for_sale(id)? else { return Ok(gone(language)) };
    let mut lines = vec![format!("*{}*", item.draft.title)];
    lines.push(format!("💰 {}", money::show(item.draft.price.as_ref(), item.draft.price_max.as_ref(), language)));
    if let Some(place) = &item.draft.place {
        lines.push(format!("📍 {}", place.label()));
    }
    if let Some(description) = &item.draft.description {
        lines.push(String::new());
        lines.push(words::cut(description, 700));
    }
    let back = reply::choice(
        "results",
        tr!("Back to list", "Retour à la liste", "Subira ku rutonde", "Rudi kwa orodha").get(language),
    );
    let ask = reply::choice(
        format!("contact:{}", item.id),
        tr!("Contact seller", "Contacter", "Vugana na we", "Wasiliana").get(language),
    );
    let choices = if item.mine { vec![back] } else { vec![ask, back] };
    Ok(Outcome::say(reply::choices(language, lines.join("\n"), choices)))
}

/// A listing that is for sale; none if it is not there any more.
pub(crate) fn for_sale(id: &str) -> Result<Option<listings::Listing>> {
    match listings::get(id) {
        Ok(item) => Ok(Some(item).filter(|item| item.status == listings::Status::Active)),
        Err(agent_sdk::Problem::NotFound | agent_sdk::Problem::Invalid(_)) => Ok(None),
        Err(problem) => Err(problem.into()),
    }
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
