//! What a guest has chosen so far, one basket a restaurant.

use agent_sdk::{Language, Outcome, Result, Text, Turn, board::active, listings::Listing, reply, store, tr, words};
use serde::{Deserialize, Serialize};

use crate::{
    BOARD,
    menu::{Dish, dishes, shown},
};

pub(crate) const TITLE: Text = tr!("🧺 Basket", "🧺 Panier", "🧺 Igitebo", "🧺 Kikapu");

/// The most of one dish.
const EACH_MAX: u32 = 50;

/// A dish in the basket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) name: String,
    pub(crate) price: u64,
    pub(crate) count: u32,
}

/// The basket of a restaurant. A dish whose price has changed meanwhile keeps the price that the guest saw.
pub(crate) fn of(restaurant: &str) -> Result<Vec<Item>> {
    Ok(store::mine("basket", restaurant)?.unwrap_or_default())
}

/// The sum, in hundredths.
pub(crate) fn total(items: &[Item]) -> u64 {
    items.iter().map(|item| item.price.saturating_mul(u64::from(item.count))).fold(0, u64::saturating_add)
}

/// A line for each dish, and the sum.
pub(crate) fn lines(items: &[Item], turn: &Turn) -> String {
    let line = |item: &Item| format!("{} × {}", item.count, item.name);
    let lines: Vec<String> = items.iter().map(line).collect();
    format!("{} = {}", lines.join(", "), shown(total(items), turn))
}

/// The restaurant whose menu is open: what the guest writes next is about it.
pub(crate) fn look_at(restaurant: &str) -> Result<()> {
    store::put_mine("looks", "at", &restaurant)
}

/// `dish:restaurant`, by tap: one more of it.
pub(crate) fn add(turn: &Turn, rest: &str, language: Language) -> Result<Outcome> {
    let chosen = rest.split_once(':').and_then(|(number, id)| Some((number.parse::<usize>().ok()?, id)));
    let Some((number, listing)) = chosen.map(|(number, id)| active(id).map(|found| (number, found))).transpose()?
    else {
        return Ok(BOARD.menu(language, ""));
    };
    let Some(listing) = listing else { return Ok(BOARD.menu(language, "")) };
    match dishes(&listing).get(number) {
        Some(dish) => put(turn, &listing, &[(dish.clone(), 1)], language),
        None => crate::menu::show(turn, &listing.id, 0, language),
    }
}

/// `2 brochettes and a fanta`, while a menu is open; none if the words name no dish of it.
pub(crate) fn said(turn: &Turn, text: &str, language: Language) -> Result<Option<Outcome>> {
    let Some(restaurant) = store::mine::<String>("looks", "at")? else { return Ok(None) };
    let Some(listing) = active(&restaurant)? else { return Ok(None) };
    let named = named(text, &dishes(&listing));
    if named.is_empty() {
        return Ok(None);
    }
    put(turn, &listing, &named, language).map(Some)
}

/// The dishes of a restaurant that a text names, as a basket.
pub(crate) fn in_words(text: &str, listing: &Listing) -> Vec<Item> {
    let item = |(dish, count): (Dish, u32)| Item { name: dish.name, price: dish.price, count };
    named(text, &dishes(listing)).into_iter().map(item).collect()
}

/// The dishes that a text names, each with the number before it.
fn named(text: &str, dishes: &[Dish]) -> Vec<(Dish, u32)> {
    let said = words::plain(text);
    let said: Vec<&str> = said.split(' ').collect();
    let stems: Vec<&str> = said.iter().map(|word| words::stem(word)).collect();
    let mut found: Vec<(Dish, u32)> = Vec::new();
    for dish in dishes {
        let name = words::plain(&dish.name);
        let name: Vec<&str> = name.split(' ').map(words::stem).collect();
        // The whole name, or its first word if no other dish begins with it.
        let is_only = dishes
            .iter()
            .filter(|other| words::plain(&other.name).split(' ').next().map(words::stem) == name.first().copied())
            .count()
            == 1;
        let whole = stems.windows(name.len()).position(|window| window == name);
        let first = name
            .first()
            .filter(|word| is_only && word.len() > 3)
            .and_then(|word| stems.iter().position(|said| said == word));
        if let Some(at) = whole.or(first) {
            let count = at.checked_sub(1).and_then(|before| said[before].parse().ok()).unwrap_or(1);
            found.push((dish.clone(), count));
        }
    }
    found.retain(|(_, count)| (1..=EACH_MAX).contains(count));
    found
}

fn put(turn: &Turn, listing: &Listing, chosen: &[(Dish, u32)], language: Language) -> Result<Outcome> {
    let mut items = of(&listing.id)?;
    for (dish, count) in chosen {
        match items.iter_mut().find(|item| item.name == dish.name) {
            Some(item) => item.count = (item.count + count).min(EACH_MAX),
            None => items.push(Item { name: dish.name.clone(), price: dish.price, count: *count }),
        }
    }
    store::put_mine("basket", &listing.id, &items)?;
    Ok(basket(turn, &listing.id, &items, language))
}

/// The basket, and what can be done with it.
pub(crate) fn show(restaurant: &str, language: Language) -> Result<Outcome> {
    let Some(listing) = active(restaurant)? else { return Ok(BOARD.menu(language, "")) };
    let items = of(&listing.id)?;
    if items.is_empty() {
        let body = tr!(
            "Your basket is empty.",
            "Votre panier est vide.",
            "Igitebo cyawe kirimo ubusa.",
            "Kikapu chako ni tupu."
        );
        let choices = vec![
            reply::choice(format!("menu:{}", listing.id), crate::order::MENU_TITLE.get(language)),
            reply::menu_choice(language),
        ];
        return Ok(Outcome::say(reply::choices(language, body.get(language), choices)));
    }
    let currency = listing.draft.price.as_ref().map_or("RWF", |price| price.currency.as_str());
    let sum = agent_sdk::money::format(&agent_sdk::Money { hundredths: total(&items), currency: currency.to_owned() });
    Ok(basket_with(&listing.id, &items, &sum, language))
}

fn basket(turn: &Turn, restaurant: &str, items: &[Item], language: Language) -> Outcome {
    basket_with(restaurant, items, &shown(total(items), turn), language)
}

fn basket_with(restaurant: &str, items: &[Item], sum: &str, language: Language) -> Outcome {
    let mut lines: Vec<String> = items.iter().map(|item| format!("{} × {}", item.count, item.name)).collect();
    lines.push(format!("*{sum}*"));
    let choices = vec![
        reply::choice(
            format!("do:order:{restaurant}"),
            tr!("✅ Order", "✅ Commander", "✅ Tumiza", "✅ Agiza").get(language),
        ),
        reply::choice(
            format!("menu:{restaurant}"),
            tr!("➕ Add more", "➕ Ajouter", "➕ Ongeraho", "➕ Ongeza").get(language),
        ),
        reply::choice(
            format!("empty:{restaurant}"),
            tr!("🗑️ Empty it", "🗑️ Vider", "🗑️ Siba byose", "🗑️ Ondoa vyote").get(language),
        ),
    ];
    let body = format!("{}\n{}", TITLE.get(language), lines.join("\n"));
    Outcome::say(reply::choices(language, body, choices))
}

/// Nothing in it any more.
pub(crate) fn empty(turn: &Turn, restaurant: &str, language: Language) -> Result<Outcome> {
    store::remove_mine("basket", &words::cut(restaurant, 40))?;
    crate::menu::show(turn, restaurant, 0, language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dishes_are_named_with_their_number() {
        let dish = |name: &str| Dish { name: name.into(), price: 100 };
        let menu = [dish("Brochette de chèvre"), dish("Fanta Orange"), dish("Fanta Citron"), dish("Pizza")];
        let named = |text| named(text, &menu).into_iter().map(|(dish, n)| (dish.name, n)).collect::<Vec<_>>();
        assert_eq!(
            named("2 brochettes and 3 fanta citron please"),
            [("Brochette de chèvre".to_owned(), 2), ("Fanta Citron".to_owned(), 3)]
        );
        assert_eq!(named("a pizza"), [("Pizza".to_owned(), 1)]);
        assert!(named("fanta").is_empty());
        assert!(named("999 pizza").is_empty());
        assert!(named("hello").is_empty());
    }
}
