//! Restaurants from both sides of the counter: guests find one, read its menu, order and reserve; a restaurant enters its menu and
//! answers.

mod basket;
mod menu;
mod order;
mod restaurant;
mod wish;

use agent_sdk::{
    Agent, Choice, Flow, Language, Outcome, Profile, Result, Runnable, Text, Turn,
    board::{self, Board, Does, Scope, Way, attribute},
    export,
    listings::Listing,
    reply, runs, tr, words,
};

struct Waiter;

export!(Waiter);

const MENU: Text = tr!(
    "🍽️ Dining. What would you like to do?",
    "🍽️ Restaurants. Que souhaitez-vous faire ?",
    "🍽️ Resitora. Urifuza iki?",
    "🍽️ Migahawa. Ungependa nini?",
);

/// Words that say that the person runs a restaurant.
const OWNS: &[&str] = &[
    "my restaurant",
    "my bar",
    "my menu",
    "register my restaurant",
    "add my restaurant",
    "mon restaurant",
    "mon bar",
    "ma carte",
    "resitora yanjye",
    "mgahawa wangu",
];

impl Agent for Waiter {
    const FLOWS: &'static [&'static Flow] =
        &[&restaurant::SEARCH, &restaurant::REGISTER, &menu::ENTER, &order::ORDER, &order::RESERVE];
    const TOOLS: &'static [Runnable] = &[runs::<restaurant::SearchRestaurants>()];
    const PERSONA: &'static str = "Guests find restaurants and bars, read menus, order and reserve. Care for diets and allergies: say that the \
        restaurant must confirm them. Menus and prices come from the restaurant only.";

    fn profile() -> Profile {
        Profile::new("waiter", env!("CARGO_PKG_VERSION"), "Finds restaurants, shows menus, carries orders and reservations.")
            .titled(
                tr!("🍽️ Dining", "🍽️ Restaurants", "🍽️ Resitora", "🍽️ Migahawa"),
                tr!(
                    "Restaurants, menus, orders, tables",
                    "Restaurants, cartes, commandes, tables",
                    "Resitora, ibiryo, gutumiza, ameza",
                    "Migahawa, menyu, oda, meza"
                ),
            )
            .keywords(
                Language::En,
                "food 2.5, order 2, restaurant 3, bar 2, drink 2, meal 2.5, eat 2.5, dining 2.5, table 2, reservation 2, reserve 1.5, \
                 cuisine 2.5, hungry 3, lunch 3, dinner 3, breakfast 3, pizza 3, burger 3, coffee 2, beer 2.5, brochette 3, book a table 3, \
                 takeaway 2.5, chef 2, grilled 2, vegan 2",
            )
            .keywords(
                Language::Fr,
                "manger 2.5, restaurant 3, resto 3, repas 2.5, boire 2, table 2, réservation 2, réserver 1.5, commander 2, faim 3, \
                 déjeuner 3, dîner 3, petit déjeuner 3, pizza 3, cuisine 2, bière 2.5, café 2, brochettes 3, plat 2.5, emporter 2",
            )
            .keywords(
                Language::Rw,
                "ibiryo 3, kurya 2.5, resitora 3, kunywa 2, inzara 3, amafunguro 3, ameza 2, gutumiza 2, inyama 2, byeri 2.5, ikawa 2, \
                 ifunguro 3, ndashonje 3, akabari 2.5",
            )
            .keywords(
                Language::Sw,
                "chakula 3, kula 2.5, mgahawa 3, mkahawa 3, kunywa 2, njaa 3, meza 2, kuagiza 2, bia 2.5, kahawa 2, nyama choma 3, \
                 chakula cha mchana 3, chakula cha jioni 3, hoteli 1.5, agiza 2",
            )
            .serves(
                "about:food 2, dish 2.2, dish+order 1.5, drink 1.6, drink+order 1, dining 2, eat 2.2, order 1.6, reserve 3, serve 3.5, produce+order 1, produce+eat 0.6, thing:restaurant 1.5, thing:bar 1, thing:cafe 1, dining+sell -2, quote -3, lead -2, remind -2, work -4, hire -4, invest -1.5, partner -1.5, sell -2.5, dish+acquire 2, drink+acquire 2, business+acquire -3.5, business+sell -3, business+cede -2, thing:franchise -3, stay -3",
            )
            .stores("Your restaurant and its menu, your basket, orders and reservations, and your latest search.")
            .wants(&["log", "clock", "readings", "roster", "records", "listings", "applications", "matches", "outreach", "places", "preferences", "model"])
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        let language = Language::of(turn);
        if let Some(id) = turn.tap() {
            match id.split_once(':') {
                Some(("menu", restaurant)) => return menu::show(turn, restaurant, 0, language),
                Some(("page", rest)) => return menu::page(turn, rest, language),
                Some(("dish", rest)) => return basket::add(turn, rest, language),
                Some(("basket", restaurant)) => return basket::show(restaurant, language),
                Some(("empty", restaurant)) => return basket::empty(turn, restaurant, language),
                Some(("enter", restaurant)) => return menu::enter(turn, restaurant, language),
                Some(("item", restaurant)) => {
                    if let Some(outcome) = wish::chosen(turn, restaurant)? {
                        return Ok(outcome);
                    }
                }
                _ if id == "register" => return restaurant::REGISTER.begin(turn).ask(),
                _ => {}
            }
        }
        match turn.text() {
            Some(text)
                if board::offers(turn, text) && !wish::is_of_table(turn, text)
                    || turn.handoff.is_none() && words::has_one_of(text, OWNS) =>
            {
                restaurant::own(turn, text, language)
            }
            Some(text) if turn.handoff.is_none() => {
                if let Some(outcome) = basket::said(turn, text, language)? {
                    return Ok(outcome);
                }
                match wish::said(turn, text, language)? {
                    Some(outcome) => Ok(outcome),
                    None => BOARD.handle(turn),
                }
            }
            _ => BOARD.handle(turn),
        }
    }
}

pub(crate) const BOARD: Board = Board {
    menu,
    search: &restaurant::SEARCH,
    scope: Scope { kind: Some("service"), category: Some("restaurant") },
    fillers: " restaurant restaurants resto bar food eat eating hungry order book table reserve dinner lunch manger faim \
        commander reserver reservation table tables birthday colleagues collegues view kurya gufata ameza abantu gutumiza meza nafasi watu kuweka kuagiza kurya ibiryo resitora chakula kula mgahawa something where can good place nearby close ou ",
    hears: board::hears_nothing,
    radius_km: 10.0,
    found: tr!("Restaurants, best first:", "Restaurants :", "Resitora:", "Migahawa:"),
    owner: tr!("the restaurant", "le restaurant", "resitora", "mgahawa"),
    facts,
    ways: order::WAYS,
    owner_ways: &[Way {
        title: tr!("📝 Enter the menu", "📝 Saisir la carte", "📝 Andika menu", "📝 Andika menyu"),
        does: Does::Own("enter"),
        fits: board::always,
    }],
    asked: order::asked,
};

/// Cuisine and hours, and no price: the dishes have them.
fn facts(listing: &Listing, _: Language) -> Vec<String> {
    let attribute = |name| attribute(&listing.draft.attributes, name);
    let mut lines = Vec::new();
    lines.extend(attribute("cuisine").map(|cuisine| format!("🍳 {cuisine}")));
    lines.extend(attribute("hours").map(|hours| format!("🕒 {hours}")));
    if let Some(place) = &listing.draft.place {
        let far = listing.distance_km.map(|km| format!(" · {} km", km as u64)).unwrap_or_default();
        lines.push(format!("📍 {}{far}", place.label()));
    }
    if let Some(description) = &listing.draft.description {
        lines.push(String::new());
        lines.push(words::cut(description, 500));
    }
    lines
}

/// What can be done here.
fn menu(language: Language) -> (String, Vec<Choice>) {
    let choices = vec![
        reply::choice(
            "find",
            tr!("🔎 Find a restaurant", "🔎 Chercher", "🔎 Shaka resitora", "🔎 Tafuta mgahawa").get(language),
        ),
        reply::choice(
            "mine",
            tr!("🗂️ My orders", "🗂️ Mes commandes", "🗂️ Ibyo natumije", "🗂️ Oda zangu").get(language),
        ),
        reply::choice(
            "register",
            tr!("🏪 I run a restaurant", "🏪 J'ai un restaurant", "🏪 Mfite resitora", "🏪 Nina mgahawa").get(language),
        ),
    ];
    (MENU.get(language).to_owned(), choices)
}
