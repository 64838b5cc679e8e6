//! What a guest says before a restaurant is chosen: a table, dishes, a name. It is kept until one is, and not asked again.

use agent_sdk::{
    Answer, Begin, Language, Outcome, Place, Result, Turn,
    board::{Heard, Search, active},
    listings::{self, Listing, Query},
    reply, store,
    understand::Said,
    words,
};
use serde::{Deserialize, Serialize};

use crate::{
    BOARD,
    basket::{self, look_at, looks_at},
    menu::{self, dishes},
    order::{self, ORDER, RESERVE},
};

/// A wish is meant so long.
const FRESH_MS: u64 = 2 * 60 * 60 * 1000;

/// Restaurants that are looked through for a dish.
const LISTINGS_MAX: u32 = 50;

/// Words of a table.
const TABLE: &[&str] = &[
    "table",
    "tables",
    "reserve",
    "reservation",
    "booking",
    "book a table",
    "reserver",
    "ameza",
    "meza",
    "gufata ameza",
    "gufata umwanya",
    "weka nafasi",
    "kuweka nafasi",
    "hifadhi meza",
];

/// Meals: who comes with others and a time wants a table.
const MEALS: &[&str] = &["breakfast", "lunch", "dinner", "food", "buffet", "birthday_party"];

const MENU: &[&str] = &["menu", "menyu", "menus", "carte", "la carte", "price list"];

const CANCEL: &[&str] =
    &["cancel", "annuler", "annulez", "annule", "hagarika", "muhagarike", "mureke", "futa", "ghairi", "sitisha"];

const ORDERED: &[&str] = &[
    "order",
    "orders",
    "table",
    "tables",
    "reservation",
    "booking",
    "commande",
    "commandes",
    "ameza",
    "komande",
    "meza",
    "oda",
    "nafasi",
];

/// Words that order from the restaurant just seen, and nothing else.
const ORDER_SAY: &[&str] = &[
    "order",
    "i want to order",
    "i d like to order",
    "commander",
    "je veux commander",
    "je commande",
    "tumiza",
    "gutumiza",
    "ndashaka gutumiza",
    "agiza",
    "kuagiza",
    "nataka kuagiza",
];

/// A wish that waits for its restaurant.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Wish {
    text: String,
    is_table: bool,
    people: Option<i64>,
    /// When, if it was said so that it needs no question.
    at: Option<u64>,
}

impl Wish {
    fn of(turn: &Turn, text: &str) -> Wish {
        let (said, heard) = (Said::of(turn, text), Heard::of(text));
        let at = said.times().find(|found| found.what.at + 60_000 > turn.now);
        let at = at.filter(|found| !found.unsure && !said.has_unread()).map(|found| found.what.at);
        let persons = heard.quantity("person").or_else(|| heard.quantity("seat"));
        let has_table = words::has_one_of(text, TABLE);
        let is_meal = heard.things().any(|thing| MEALS.contains(&thing.concept.as_str()));
        // `for 12` beside a meal is said of people.
        let persons = persons.or_else(|| if has_table || is_meal { heard.number() } else { None });
        let people = persons.filter(|n| n.fract() == 0.0 && (1.0..=200.0).contains(n)).map(|n| n as i64);
        let is_table = has_table
            || (is_meal || said.places().next().is_some()) && people.is_some() && said.times().next().is_some();
        Wish { text: words::cut(text, 500), is_table, people, at }
    }

    /// The latest wish of this person, if it still is one.
    fn latest(turn: &Turn) -> Result<Option<Wish>> {
        let found = store::mine_at::<Wish>("wish", "latest")?;
        Ok(found.filter(|(_, at)| turn.now.saturating_sub(*at) < FRESH_MS).map(|(wish, _)| wish))
    }

    fn keep(&self) -> Result<()> {
        store::put_mine("wish", "latest", self)
    }
}

/// Whether a text wants a table for some people or a time, whatever it denies.
pub(crate) fn is_of_table(turn: &Turn, text: &str) -> bool {
    let wish = Wish::of(turn, text);
    wish.is_table && (wish.at.is_some() || wish.people.is_some())
}

/// What was said of a table before.
pub(crate) fn for_table<'a>(begin: Begin<'a>, _: &Listing) -> Result<Begin<'a>> {
    let Some(wish) = Wish::latest(begin.turn())? else { return Ok(begin) };
    let mut begin = begin;
    if let Some(people) = wish.people {
        begin = begin.known("people", Answer::Number(people));
    }
    Ok(match wish.at {
        Some(at) => begin.known("when", Answer::Time(at)),
        None => begin.hears(&wish.text, |begin, _| begin),
    })
}

/// The order is what lies in the basket, or else what was said.
pub(crate) fn for_order<'a>(begin: Begin<'a>, listing: &Listing) -> Result<Begin<'a>> {
    let turn = begin.turn();
    let basket = basket::of(&listing.id)?;
    let wish = Wish::latest(turn)?.filter(|wish| !wish.is_table);
    let said = wish.as_ref().map(|wish| basket::in_words(turn, &wish.text, listing));
    let items = if basket.is_empty() {
        said.filter(|said| said.are_counted).map(|said| said.items).unwrap_or_default()
    } else {
        basket
    };
    let mut begin = begin;
    if !items.is_empty() {
        begin = begin.known("items", Answer::Words(basket::lines(&items, turn)));
    }
    if let Some(wish) = wish {
        begin = begin.hears(&wish.text, |begin, _| begin);
        let said = Said::of(turn, &wish.text);
        // Where it is brought to.
        if order::how(&said) == Some("delivery")
            && let Some(place) = said.places().next()
        {
            begin = begin.known("note", Answer::Words(place.what.label().to_owned()));
        }
    }
    Ok(begin)
}

/// A guest's words outside a form; none if they are no wish to eat.
pub(crate) fn said(turn: &Turn, text: &str, language: Language) -> Result<Option<Outcome>> {
    let heard = Heard::of(text);
    if words::has_one_of(text, CANCEL) && words::has_one_of(text, ORDERED) {
        return BOARD.mine(language).map(Some);
    }
    if words::is_one_of(text, ORDER_SAY)
        && let Some(listing) = looks_at(turn)?
    {
        return order::begin(turn, &ORDER, &listing).map(Some);
    }
    if ["news", "to-other", "sold", "who", "complaint"].iter().any(|act| heard.does(act)) {
        return Ok(None);
    }
    let wish = Wish::of(turn, text);
    if wish.is_table
        && heard.left(BOARD.fillers).is_empty()
        && let Some(listing) = looks_at(turn)?
    {
        wish.keep()?;
        return order::begin(turn, &RESERVE, &listing).map(Some);
    }
    let wanted = heard.left(BOARD.fillers);
    let names_dish = heard.things().any(|thing| matches!(thing.kind.as_str(), "dish" | "drink" | "produce"));
    if !wish.is_table && !names_dish && !heard.does("seek") && wanted.is_empty() {
        return Ok(None);
    }
    found(turn, text, wish, heard.place().cloned(), language)
}

/// What somebody who was asked what they feel like is shown; none if no restaurant has it by its name or dishes.
pub(crate) fn found(
    turn: &Turn,
    text: &str,
    wish: Wish,
    place: Option<Place>,
    language: Language,
) -> Result<Option<Outcome>> {
    wish.keep()?;
    let all = all(turn, place.as_ref())?;
    let named: Vec<&Listing> = all.iter().filter(|listing| is_named(text, &listing.draft.title)).collect();
    if let [only] = named.as_slice() {
        look_at(&only.id)?;
        return match () {
            () if only.mine => Ok(None),
            () if wish.is_table => order::begin(turn, &RESERVE, only).map(Some),
            () if basket::in_words(turn, text, only).are_counted => order::begin(turn, &ORDER, only).map(Some),
            () if words::has_one_of(text, MENU) => menu::show(turn, &only.id, 0, language).map(Some),
            () => BOARD.show(&only.id, language).map(Some),
        };
    }
    let heard = Heard::of(text);
    let serves = |listing: &&Listing| !basket::in_words(turn, text, listing).items.is_empty();
    // What it says of itself: its cuisine stands in the description.
    let is_of_kind = |listing: &&Listing| {
        let described = format!("{} {}", listing.draft.title, listing.draft.description.as_deref().unwrap_or_default());
        !heard.left(BOARD.fillers).is_empty() && heard.names(&described)
    };
    let mut serving: Vec<&Listing> = all.iter().filter(|listing| wish.is_table || serves(listing)).collect();
    if serving.is_empty() {
        serving = all.iter().filter(is_of_kind).collect();
    }
    let of_others = serving.iter().filter(|listing| !listing.mine).count();
    if let [only] = serving.as_slice()
        && of_others == 1
        && !wish.is_table
        && basket::in_words(turn, text, only).are_counted
    {
        return order::begin(turn, &ORDER, only).map(Some);
    }
    if let [only] = serving.as_slice()
        && of_others == 1
        && !wish.is_table
    {
        look_at(&only.id)?;
        return BOARD.show(&only.id, language).map(Some);
    }
    if serving.is_empty() {
        return Ok(None);
    }
    let rows = serving.iter().take(reply::PAGE_ROWS).map(|listing| {
        let facts = crate::facts(listing, language).into_iter().take(3).filter(|fact| !fact.is_empty());
        reply::choice(format!("item:{}", listing.id), &listing.draft.title).line(&facts.collect::<Vec<_>>().join(" · "))
    });
    let shown = serving.iter().map(|listing| listing.id.clone()).collect();
    store::put_mine("search", "latest", &Search { place, shown: Some(shown), anywhere: true, ..Search::default() })?;
    let count = serving.len().to_string();
    Ok(Some(Outcome::say(reply::list(language, BOARD.found.get(language), rows.collect())).tag("results", count)))
}

/// A restaurant that was chosen from a list while a wish waits for one; none if nothing does.
pub(crate) fn chosen(turn: &Turn, id: &str) -> Result<Option<Outcome>> {
    look_at(id)?;
    let (Some(wish), Some(listing)) = (Wish::latest(turn)?, active(id)?) else { return Ok(None) };
    if listing.mine {
        return Ok(None);
    }
    if wish.is_table && (wish.at.is_some() || wish.people.is_some()) {
        return order::begin(turn, &RESERVE, &listing).map(Some);
    }
    let is_order = !wish.is_table && basket::in_words(turn, &wish.text, &listing).are_counted;
    if is_order { order::begin(turn, &ORDER, &listing).map(Some) } else { Ok(None) }
}

/// Begins the search that a sentence of the search's own question answers.
pub(crate) fn by_words(turn: &Turn, text: &str, place: Option<Place>) -> Result<Outcome> {
    let language = Language::of(turn);
    if let Some(outcome) = found(turn, text, Wish::of(turn, text), place.clone(), language)? {
        return Ok(outcome);
    }
    BOARD.find(turn, Search { words: BOARD.wanted(text), place, ..Search::default() })
}

/// The wish is done.
pub(crate) fn forget() -> Result<()> {
    store::remove_mine("wish", "latest")
}

fn all(turn: &Turn, place: Option<&Place>) -> Result<Vec<Listing>> {
    let query = |radius_km| Query {
        words: String::new(),
        kind: BOARD.scope.kind.map(str::to_owned),
        category: BOARD.scope.category.map(str::to_owned),
        attributes: Vec::new(),
        price_min: None,
        price_max: None,
        near: place.and_then(|place| place.point).or_else(|| turn.point()),
        radius_km,
        limit: LISTINGS_MAX,
        offset: 0,
    };
    Ok(listings::search(&query(None))?)
}

/// Whether a text names a restaurant: all words of its name that are not common to many.
fn is_named(text: &str, title: &str) -> bool {
    const OF_MANY: &[&str] = &[
        "chez",
        "restaurant",
        "resto",
        "pizzeria",
        "bar",
        "cafe",
        "grill",
        "hotel",
        "the",
        "la",
        "le",
        "les",
        "de",
        "du",
        "and",
        "et",
        "of",
        "kwa",
        "ya",
        "mgahawa",
        "resitora",
        "kigali",
        "food",
        "kitchen",
        "house",
        "lounge",
    ];
    let text = words::plain(text);
    let title = words::plain(title);
    let mut own = title.split(' ').filter(|word| word.len() > 2 && !OF_MANY.contains(word)).peekable();
    own.peek().is_some() && own.all(|word| text.split(' ').any(|said| said == word))
}

/// Whether a restaurant serves something that guests can order.
pub(crate) fn has_menu(listing: &Listing) -> bool {
    !dishes(listing).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restaurant_is_named_by_its_own_words() {
        assert!(is_named("show me the menu of chez solange", "Chez Solange"));
        assert!(is_named("une table chez Marco", "Pizzeria Marco"));
        assert!(!is_named("a pizzeria in Kigali", "Pizzeria Marco"));
        assert!(!is_named("the grill", "The Grill"));
    }
}
