//! Orders and reservations, and the restaurant's answer.

use agent_sdk::{
    Answer, Answers, Failure, Flow, Language, Outcome, Result, Step, Text, Turn,
    applications::Application,
    board::{self, Does, Way, active, always, attribute},
    listings::Listing,
    opt, store, tr,
    understand::Said,
    when, words,
};
use serde_json::json;

use crate::{
    BOARD,
    basket::{in_words, lines, of, total},
    wish,
};

pub(crate) const MENU_TITLE: Text = tr!("📖 Menu", "📖 Carte", "📖 Menu", "📖 Menyu");
pub(crate) const RESERVE_TITLE: Text = tr!("📅 Reserve a table", "📅 Réserver", "📅 Fata ameza", "📅 Hifadhi meza");

pub(crate) const ORDER: Flow = Flow {
    name: "order",
    steps: &[
        Step::words(
            "items",
            tr!("Order", "Commande", "Ibyatumijwe", "Oda"),
            tr!("What do you order?", "Que commandez-vous ?", "Uratumiza iki?", "Unaagiza nini?"),
            3,
            1_000,
        )
        .fits(|turn, answers, answer| {
            let (Answer::Words(text), Some(restaurant)) = (answer, answers.context("listing")) else { return None };
            let listing = active(restaurant).ok().flatten()?;
            in_words(turn, text, &listing).items.is_empty().then(|| NO_DISH.get(Language::of(turn)).to_owned())
        }),
        Step::choice(
            "how",
            tr!("How", "Comment", "Uko", "Namna"),
            tr!("How would you like it?", "Comment le souhaitez-vous ?", "Urabishaka ute?", "Unataka vipi?"),
            &[
                opt("pickup", tr!("I pick it up", "Je passe le prendre", "Ndabifata", "Nitachukua")),
                opt("delivery", tr!("Deliver it", "Livraison", "Mubinzanire", "Niletewe")),
                opt("table", tr!("I eat there", "Sur place", "Ndarira aho", "Nitakula hapo")),
            ],
        )
        .infers(how),
        Step::words(
            "note",
            tr!("Note", "Remarque", "Icyitonderwa", "Maelezo"),
            tr!(
                "Anything else? For instance the address, allergies, no onions.",
                "Autre chose ? Par exemple l'adresse, des allergies, sans oignons.",
                "Hari ikindi? Urugero aho utuye, ibyo utarya.",
                "Kuna lingine? Kwa mfano anwani, mzio, bila vitunguu."
            ),
            2,
            500,
        )
        .or_skip(),
    ],
    confirm: Some(tr!(
        "Your order. You pay the restaurant; if it accepts, you get each other's contact.",
        "Votre commande. Vous payez au restaurant ; s'il accepte, vous recevez vos contacts.",
        "Ibyo utumije. Wishyura resitora; niyemera, muhana nimero.",
        "Oda yako. Unalipa mgahawa; ukikubali, mtapeana namba."
    )),
    word: Flow::ORDER,
    done: order,
};

const NO_DISH: Text = tr!(
    "I found none of their dishes in that. Write for instance *2 brochettes*, or choose from the menu.",
    "Je n'y trouve aucun de leurs plats. Écrivez par exemple *2 brochettes*, ou choisissez dans la carte.",
    "Nta funguro ryabo nabonyemo. Andika urugero *2 brochettes*, cyangwa uhitemo muri menu.",
    "Sijapata chakula chao humo. Andika kwa mfano *2 brochettes*, au chagua kwenye menyu."
);

/// How an order is had, if a sentence says it.
pub(crate) fn how(said: &Said<'_>) -> Option<&'static str> {
    const DELIVERY: &[&str] = &[
        "deliver",
        "delivered",
        "delivery",
        "bring me",
        "bring us",
        "livrer",
        "livrez",
        "livre",
        "livraison",
        "apportez",
        "apporter",
        "mwanzanira",
        "munzanire",
        "mubinzanire",
        "kunzanira",
        "nzanira",
        "kungezaho",
        "mutuzanire",
        "nileteeni",
        "niletee",
        "nileteeni",
        "kuletewa",
        "tuletee",
        "mniletee",
        "leteni",
    ];
    const PICKUP: &[&str] = &[
        "pick up",
        "pick it up",
        "pick them up",
        "pickup",
        "collect",
        "takeaway",
        "take away",
        "to go",
        "emporter",
        "a emporter",
        "ndabifata",
        "gutwara",
        "nje kubifata",
        "nitachukua",
        "nichukue",
        "kubeba",
        "kuchukua",
    ];
    const TABLE: &[&str] = &["eat there", "eat here", "eat in", "dine in", "sur place", "kurira aho", "kula hapo"];
    let has = |known: &[&str]| words::has_one_of(said.text, known);
    match () {
        () if has(DELIVERY) => Some("delivery"),
        () if has(PICKUP) => Some("pickup"),
        () if has(TABLE) => Some("table"),
        () => None,
    }
}

/// Begins an order or a reservation at a restaurant, with what was said before.
pub(crate) fn begin(turn: &Turn, flow: &'static Flow, listing: &Listing) -> Result<Outcome> {
    let begin = flow.begin(turn);
    let begin =
        if flow.name == ORDER.name { wish::for_order(begin, listing)? } else { wish::for_table(begin, listing)? };
    begin.with("listing", &listing.id).ask_after(&format!("*{}*", listing.draft.title))
}

pub(crate) const RESERVE: Flow = Flow {
    name: "reservation",
    steps: &[
        Step::when(
            "when",
            tr!("When", "Quand", "Igihe", "Lini"),
            tr!(
                "When would you like to come? For instance *tomorrow 19:00*.",
                "Quand souhaitez-vous venir ? Par exemple *demain 19h*.",
                "Uzaza ryari? Urugero *ejo 19:00*.",
                "Ungependa kuja lini? Kwa mfano *kesho 19:00*."
            ),
        ),
        Step::number(
            "people",
            tr!("People", "Personnes", "Abantu", "Watu"),
            tr!("For how many people?", "Pour combien de personnes ?", "Ku bantu bangahe?", "Kwa watu wangapi?"),
            1,
            200,
        )
        .of(&["person"]),
        Step::words(
            "note",
            tr!("Wishes", "Souhaits", "Ibyifuzo", "Maombi"),
            tr!("Any special request?", "Une demande particulière ?", "Hari icyifuzo cyihariye?", "Ombi maalum?"),
            2,
            500,
        )
        .or_skip(),
    ],
    confirm: Some(tr!("Your reservation:", "Votre réservation :", "Ameza yawe:", "Meza yako:")),
    word: Flow::BOOK,
    done: reserve,
};

pub(crate) const WAYS: &[Way] = &[
    Way { title: MENU_TITLE, does: Does::Own("menu"), fits: always },
    Way {
        title: tr!("🧺 Order basket", "🧺 Commander", "🧺 Tumiza", "🧺 Agiza"),
        does: Does::Apply {
            flow: &ORDER,
            told: tr!(
                "📬 {name} orders from *{title}*",
                "📬 {name} commande chez *{title}*",
                "📬 {name} atumije *{title}*",
                "📬 {name} anaagiza *{title}*"
            ),
            knows: wish::for_order,
        },
        fits: wish::has_menu,
    },
    Way {
        title: RESERVE_TITLE,
        does: Does::Apply {
            flow: &RESERVE,
            told: tr!(
                "📬 {name} would like a table at *{title}*",
                "📬 {name} souhaite une table chez *{title}*",
                "📬 {name} arashaka ameza kuri *{title}*",
                "📬 {name} anataka meza *{title}*"
            ),
            knows: wish::for_table,
        },
        fits: always,
    },
];

fn order(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let language = Language::of(turn);
    let restaurant = answers.context("listing").unwrap_or_default();
    let mut items = of(restaurant)?;
    if items.is_empty()
        && let Some(listing) = active(restaurant)?
    {
        items = in_words(turn, answers.words("items").unwrap_or_default(), &listing).items;
    }
    if items.is_empty() {
        return Err(Failure::Invalid(NO_DISH.get(language).to_owned()));
    }
    let how = answers.choice("how").unwrap_or("pickup");
    let attributes = json!({ "items": items, "total": total(&items), "how": how });
    let message = [Some(lines(&items, turn)), answers.words("note").map(str::to_owned)];
    let message: Vec<String> = message.into_iter().flatten().collect();
    let reference = board::number(turn.seed);
    let outcome = BOARD.apply(turn, answers, ORDER.name, &reference, &message.join("\n"), attributes)?;
    store::remove_mine("basket", restaurant)?;
    wish::forget()?;
    Ok(outcome.tag("order", reference))
}

fn reserve(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let at = answers.time("when").unwrap_or(turn.now);
    let people = answers.number("people").unwrap_or(1);
    // The restaurant reads it in its own language.
    let attributes = json!({ "at": at, "when": when::show(at), "people": people });
    let reference = board::number(turn.seed);
    wish::forget()?;
    BOARD.apply(turn, answers, RESERVE.name, &reference, answers.words("note").unwrap_or_default(), attributes)
}

/// What the restaurant, and the guest, read of an order beyond its message.
pub(crate) fn asked(application: &Application, language: Language) -> Vec<String> {
    let attribute = |name| attribute(&application.attributes, name);
    let mut lines = vec![format!("🔖 {}", words::cut(&application.reference, 10))];
    let at = attribute("at").and_then(|at| at.parse().ok()).map(|at| when::say(at, language));
    if let Some(when) = at.or_else(|| attribute("when")) {
        let people = attribute("people").unwrap_or_default();
        lines.push(format!("📅 {when} · 👥 {people}"));
    }
    let how = match attribute("how").as_deref() {
        Some("delivery") => Some(tr!("🛵 deliver", "🛵 livraison", "🛵 kugemurira", "🛵 kuletewa")),
        Some("table") => Some(tr!("🍽️ at the table", "🍽️ sur place", "🍽️ ku meza", "🍽️ mezani")),
        Some(_) => Some(tr!("🚶 pick-up", "🚶 à emporter", "🚶 gufata", "🚶 kuchukua")),
        None => None,
    };
    lines.extend(how.map(|how| how.get(language).to_owned()));
    lines
}
