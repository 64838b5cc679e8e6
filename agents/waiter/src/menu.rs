//! A restaurant's menu: entered as lines by its owner, shown as rows to guests.

use agent_sdk::{
    Answers, Choice, Failure, Flow, Language, Outcome, Result, Step, Turn,
    board::active,
    json,
    listings::{self, Listing},
    money::{self, Amount},
    reply, tr, words,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::BOARD;

/// Dishes of one menu.
const DISHES_MAX: usize = 60;

/// A dish.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Dish {
    pub(crate) name: String,
    /// In hundredths of the listing's currency.
    pub(crate) price: u64,
}

pub(crate) const ENTER: Flow = Flow {
    name: "menu_entry",
    steps: &[Step::words(
        "dishes",
        tr!("Menu", "Carte", "Menu", "Menyu"),
        tr!(
            "Send your menu, a dish and its price on each line. It takes the place of the one before. For instance:\n\nBrochette 2500\nFanta 1000",
            "Envoyez votre carte, un plat et son prix par ligne. Elle remplace la précédente. Par exemple :\n\nBrochette 2500\nFanta 1000",
            "Ohereza menu, ifunguro n'igiciro kuri buri murongo. Isimbura iyari ihari. Urugero:\n\nBrochette 2500\nFanta 1000",
            "Tuma menyu yako, chakula na bei kila mstari. Inachukua nafasi ya iliyopita. Kwa mfano:\n\nBrochette 2500\nFanta 1000"
        ),
        3,
        3_000,
    )],
    confirm: Some(tr!("Your menu:", "Votre carte :", "Menu yawe:", "Menyu yako:")),
    word: Flow::CONFIRM,
    done: store,
};

/// Begins the entry for one's own restaurant.
pub(crate) fn enter(turn: &Turn, restaurant: &str, language: Language) -> Result<Outcome> {
    match active(restaurant)?.filter(|listing| listing.mine) {
        Some(listing) => ENTER.begin(turn).with("listing", listing.id).ask_after(&format!("*{}*", listing.draft.title)),
        None => Ok(BOARD.menu(language, "")),
    }
}

fn store(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let language = Language::of(turn);
    let Some(listing) = active(answers.context("listing").unwrap_or_default())?.filter(|listing| listing.mine) else {
        return Ok(BOARD.menu(language, ""));
    };
    let dishes = read(answers.words("dishes").unwrap_or_default(), &turn.person.currency);
    if dishes.is_empty() {
        let hint = tr!(
            "I found no dish with a price. Write one on each line, like *Brochette 2500*. Tap *Change* to try again.",
            "Je n'ai trouvé aucun plat avec un prix. Écrivez-en un par ligne, comme *Brochette 2500*. Touchez *Modifier*.",
            "Nta funguro rifite igiciro nabonye. Andika rimwe kuri buri murongo, nka *Brochette 2500*. Kanda *Hindura*.",
            "Sijapata chakula chenye bei. Andika kimoja kila mstari, kama *Brochette 2500*. Gusa *Badilisha*."
        );
        return Err(Failure::Invalid(hint.get(language).to_owned()));
    }
    let mut attributes: Value = serde_json::from_str(&listing.draft.attributes).unwrap_or_default();
    attributes["menu"] = serde_json::json!(dishes);
    listings::update(&listing.id, &listings::Draft { attributes: attributes.to_string(), ..listing.draft.clone() })?;
    let body = tr!(
        "✅ Your menu is online. Dishes: {count}. I'll tell you when somebody orders.",
        "✅ Votre carte est en ligne. Plats : {count}. Je vous préviendrai à chaque commande.",
        "✅ Menu yawe iragaragara. Amafunguro: {count}. Nzakubwira hagize utumiza.",
        "✅ Menyu yako iko mtandaoni. Vyakula: {count}. Nitakuambia mtu akiagiza."
    );
    let choices = vec![
        reply::choice(format!("own:{}", listing.id), tr!("See it", "Voir", "Yirebe", "Itazame").get(language)),
        reply::menu_choice(language),
    ];
    let body = body.with(language, &[("count", &dishes.len().to_string())]);
    Ok(Outcome::say(reply::choices(language, body, choices)).tag("dishes", dishes.len().to_string()))
}

/// Lines of a dish and its price; lines without a price are headings, and left out.
fn read(text: &str, currency: &str) -> Vec<Dish> {
    let dish = |line: &str| {
        let line = line.trim_matches(|sign: char| !sign.is_alphanumeric());
        // The price may have spaces: `2 500`, `2500 RWF`.
        let words: Vec<&str> =
            line.split([' ', ':', '\t', '=']).filter(|word| !word.is_empty() && *word != "-").collect();
        let n_price = (1..=words.len().saturating_sub(1).min(3)).rev().find(|n| {
            let tail = words[words.len() - n..].join(" ");
            tail.starts_with(|sign: char| sign.is_ascii_digit())
                && matches!(money::parse(&tail, currency), Some(Amount::Exactly(_)))
        })?;
        let price = money::parse(&words[words.len() - n_price..].join(" "), currency)?.low()?;
        let name = words::cut(&words[..words.len() - n_price].join(" "), 60);
        (name.chars().count() >= 2).then_some(Dish { name, price: price.hundredths })
    };
    // Several on one line, if each of its parts is a dish.
    let parts = |line: &'_ str| -> Vec<Option<Dish>> {
        let parts: Vec<Option<Dish>> = line.split([',', ';']).map(dish).collect();
        if parts.iter().all(Option::is_some) { parts } else { vec![dish(line)] }
    };
    text.lines().flat_map(parts).flatten().take(DISHES_MAX).collect()
}

/// The dishes of a restaurant.
pub(crate) fn dishes(listing: &Listing) -> Vec<Dish> {
    let attributes: Value = serde_json::from_str(&listing.draft.attributes).unwrap_or_default();
    json::of(&attributes["menu"]).unwrap_or_default()
}

/// `page:restaurant`.
pub(crate) fn page(turn: &Turn, rest: &str, language: Language) -> Result<Outcome> {
    let (page, restaurant) = rest.split_once(':').unwrap_or(("0", rest));
    show(turn, restaurant, page.parse().unwrap_or(0), language)
}

/// A page of the menu, as rows that go into the basket.
pub(crate) fn show(turn: &Turn, restaurant: &str, page: usize, language: Language) -> Result<Outcome> {
    let Some(listing) = active(restaurant)? else { return Ok(BOARD.menu(language, "")) };
    let dishes = dishes(&listing);
    let id = &listing.id;
    if dishes.is_empty() {
        let body = tr!(
            "*{name}* has not entered its menu yet. You can still reserve a table.",
            "*{name}* n'a pas encore saisi sa carte. Vous pouvez réserver une table.",
            "*{name}* ntiyarashyiramo menu. Ushobora gufata ameza.",
            "*{name}* haijaweka menyu bado. Unaweza kuhifadhi meza."
        );
        let choices = vec![
            reply::choice(format!("do:reservation:{id}"), crate::order::RESERVE_TITLE.get(language)),
            reply::choice(format!("item:{id}"), tr!("Back", "Retour", "Subira", "Rudi").get(language)),
        ];
        let body = body.with(language, &[("name", &listing.draft.title)]);
        return Ok(Outcome::say(reply::choices(language, body, choices)));
    }
    // Two rows are ours: more dishes, and the basket.
    const OF_PAGE: usize = reply::ROWS_MAX - 2;
    let from = page.saturating_mul(OF_PAGE);
    let mut rows: Vec<Choice> = dishes
        .iter()
        .enumerate()
        .skip(from)
        .take(OF_PAGE)
        .map(|(number, dish)| reply::choice(format!("dish:{number}:{id}"), &dish.name).line(&shown(dish.price, turn)))
        .collect();
    if dishes.len() > from + OF_PAGE {
        rows.push(reply::choice(
            format!("page:{}:{id}", page + 1),
            tr!("More ➡️", "Suite ➡️", "Ibindi ➡️", "Zaidi ➡️").get(language),
        ));
    }
    rows.push(reply::choice(format!("basket:{id}"), crate::basket::TITLE.get(language)));
    let body = tr!(
        "*{name}*: choose a dish, or write for instance *2 {dish}*.",
        "*{name}* : choisissez un plat, ou écrivez par exemple *2 {dish}*.",
        "*{name}*: hitamo ifunguro, cyangwa wandike urugero *2 {dish}*.",
        "*{name}*: chagua chakula, au andika kwa mfano *2 {dish}*."
    );
    let dish = dishes.get(from).or(dishes.first()).map(|dish| dish.name.as_str()).unwrap_or_default();
    let body = body.with(language, &[("name", &listing.draft.title), ("dish", dish)]);
    crate::basket::look_at(id)?;
    Ok(Outcome::say(reply::list(language, body, rows)))
}

/// A price as the person reads it.
pub(crate) fn shown(hundredths: u64, turn: &Turn) -> String {
    money::format(&agent_sdk::Money { hundredths, currency: turn.person.currency.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_menu_is_read_line_by_line() {
        let read = |text| read(text, "RWF").into_iter().map(|dish| (dish.name, dish.price / 100)).collect::<Vec<_>>();
        let dishes = [
            ("Brochette de chèvre".to_owned(), 2_500),
            ("Fanta".to_owned(), 1_000),
            ("Pizza 4 saisons".to_owned(), 9_000),
        ];
        assert_eq!(read("MENU\nBrochette de chèvre 2500\n- Fanta: 1 000 RWF\n\nPizza 4 saisons 9k"), dishes);
        let [brochette, fanta] = [("Brochette".to_owned(), 2_500), ("Fanta".to_owned(), 1_000)];
        assert_eq!(read("Brochette: 2500, Fanta 1000"), [brochette, fanta]);
        assert_eq!(read("Salad, mixed 2000"), [("Salad, mixed".to_owned(), 2_000)]);
        assert!(read("hello").is_empty());
        assert!(read("2500").is_empty());
    }
}
