//! What a guest has chosen so far, one basket a restaurant.

use agent_sdk::{
    Language, Outcome, Result, Text, Turn,
    board::{Heard, active},
    listings::Listing,
    reply, store, tr,
    understand::Said,
    words,
};
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

/// The restaurant that was looked at last, if it is what a guest still has in mind.
pub(crate) fn looks_at(turn: &Turn) -> Result<Option<Listing>> {
    const FRESH_MS: u64 = 2 * 60 * 60 * 1000;
    match store::mine_at::<String>("looks", "at")? {
        Some((restaurant, at)) if turn.now.saturating_sub(at) < FRESH_MS => active(&restaurant),
        _ => Ok(None),
    }
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
    let Some(listing) = looks_at(turn)? else { return Ok(None) };
    let named = named(&Said::of(turn, text), &dishes(&listing)).dishes;
    if named.is_empty() {
        return Ok(None);
    }
    put(turn, &listing, &named, language).map(Some)
}

/// What a text orders of a restaurant.
pub(crate) struct Ordered {
    pub(crate) items: Vec<Item>,
    /// It says how many.
    pub(crate) are_counted: bool,
}

/// The dishes of a restaurant that a text names, as a basket.
pub(crate) fn in_words(turn: &Turn, text: &str, listing: &Listing) -> Ordered {
    let named = named(&Said::of(turn, text), &dishes(listing));
    let item = |(dish, count): (Dish, u32)| Item { name: dish.name, price: dish.price, count };
    Ordered { items: named.dishes.into_iter().map(item).collect(), are_counted: named.are_counted }
}

/// The dishes that a text names, each with how many.
struct Named {
    dishes: Vec<(Dish, u32)>,
    are_counted: bool,
}

/// A dish is named by its whole name, by a word that only it has, or by what it is where only one is. The number stands before it, or
/// behind it: `pizza 2`, `mishkaki mitatu`.
fn named(said: &Said<'_>, dishes: &[Dish]) -> Named {
    let text = said.text;
    let tokens: Vec<&str> = text.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let start = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    let plain: Vec<String> = tokens.iter().map(|word| words::plain(word)).collect();
    let stems: Vec<&str> = plain.iter().map(|word| words::stem(word)).collect();
    let names: Vec<Vec<String>> = dishes
        .iter()
        .map(|dish| words::plain(&dish.name).split(' ').map(|word| words::stem(word).to_owned()).collect())
        .collect();
    let concepts: Vec<Option<String>> =
        dishes.iter().map(|dish| Heard::of(&dish.name).things().next().map(|thing| thing.concept.clone())).collect();
    let mut found: Vec<(usize, core::ops::Range<usize>)> = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let is_only = |word: &String| names.iter().filter(|other| other.contains(word)).count() == 1;
        let span = |from: usize, to: usize| start(tokens[from])..start(tokens[to]) + tokens[to].len();
        let whole =
            stems.windows(name.len()).position(|window| window == name).map(|from| span(from, from + name.len() - 1));
        let by_word = || {
            let word = name.iter().find(|word| word.len() > 3 && is_only(word) && stems.contains(&word.as_str()))?;
            stems.iter().position(|said| said == word).map(|from| span(from, from))
        };
        let by_concept = || {
            let concept = concepts[at].as_ref()?;
            let is_only = concepts.iter().filter(|other| other.as_ref() == Some(concept)).count() == 1;
            said.things().find(|found| is_only && found.what.concept == *concept).map(|found| found.span)
        };
        if let Some(span) = whole.or_else(by_word).or_else(by_concept) {
            found.push((at, span));
        }
    }
    found.sort_by_key(|(_, span)| span.start);
    let whole_number = |number: f64| number.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(&number);
    let mut numbers: Vec<(core::ops::Range<usize>, u32)> = said
        .numbers()
        .filter(|found| whole_number(found.what) && !said.times().any(|time| time.span.contains(&found.span.start)))
        .map(|found| (found.span, found.what as u32))
        .collect();
    numbers.sort_by_key(|(span, _)| span.start);
    let near =
        |from: usize, to: usize| text.get(from..to).is_some_and(|between| between.split_whitespace().count() <= 2);
    // Who puts the first dish before the first number puts all so.
    let is_behind = match (found.first(), numbers.first()) {
        (Some((_, dish)), Some((number, _))) => dish.start < number.start,
        _ => false,
    };
    let mut are_counted = false;
    let mut dishes_named = Vec::new();
    for (place, (at, span)) in found.iter().enumerate() {
        let count = match is_behind {
            true => {
                let until = found.get(place + 1).map_or(text.len(), |(_, next)| next.start);
                numbers
                    .iter()
                    .find(|(number, _)| number.start >= span.end && number.end <= until && near(span.end, number.start))
            }
            false => {
                let from = place.checked_sub(1).map_or(0, |before| found[before].1.end);
                numbers.iter().rfind(|(number, _)| {
                    number.end <= span.start && number.start >= from && near(number.end, span.start)
                })
            }
        };
        are_counted |= count.is_some();
        dishes_named.push((dishes[*at].clone(), count.map_or(1, |(_, count)| *count)));
    }
    dishes_named.retain(|(_, count)| (1..=EACH_MAX).contains(count));
    Named { are_counted: are_counted && !dishes_named.is_empty(), dishes: dishes_named }
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

    fn dish(name: &str) -> Dish {
        Dish { name: name.into(), price: 100 }
    }

    #[test]
    fn dishes_are_named_with_their_number() {
        let menu = [dish("Brochette de chèvre"), dish("Fanta Orange"), dish("Fanta Citron"), dish("Pizza")];
        let named = |text: &str| {
            let named = named(&Said::of(&agent_sdk::Turn::said(text), text), &menu);
            named.dishes.into_iter().map(|(dish, n)| (dish.name, n)).collect::<Vec<_>>()
        };
        let brochettes = |n| ("Brochette de chèvre".to_owned(), n);
        assert_eq!(named("2 brochettes and 3 fanta citron please"), [brochettes(2), ("Fanta Citron".to_owned(), 3)]);
        assert_eq!(named("mishkaki mitatu na pizza mbili"), [brochettes(3), ("Pizza".to_owned(), 2)]);
        assert_eq!(named("brochettes 4"), [brochettes(4)]);
        assert_eq!(named("a pizza"), [("Pizza".to_owned(), 1)]);
        assert_eq!(named("999 pizza"), []);
        assert_eq!(named("hello"), []);
    }
}
