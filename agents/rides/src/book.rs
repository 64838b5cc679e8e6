//! A passenger books seats of an offer; a driver proposes to a passenger. The other side decides.

use agent_sdk::{
    Answer, Answers, Begin, Flow, Language, Outcome, Result, Step, Turn,
    applications::Application,
    board::{self, Does, Way, attribute, knows_nothing},
    listings::Listing,
    money::Amount,
    schedule, tr,
};
use serde_json::json;

use crate::{BOARD, Latest, OFFER, REQUEST, at};

/// The passenger is reminded this long before.
const BEFORE_MS: u64 = 60 * 60 * 1000;

pub(crate) const BOOK: Flow = Flow {
    name: "seat_booking",
    steps: &[
        Step::number(
            "seats",
            tr!("Seats", "Places", "Imyanya", "Nafasi"),
            tr!("How many seats?", "Combien de places ?", "Imyanya ingahe?", "Nafasi ngapi?"),
            1,
            60,
        )
        .of(&["seat", "person"]),
        Step::words(
            "note",
            tr!("Note", "Remarque", "Icyitonderwa", "Maelezo"),
            tr!(
                "Anything else? For instance where exactly to pick you up.",
                "Autre chose ? Par exemple où vous prendre exactement.",
                "Bagufata he neza, hari n'ikindi?",
                "Uchukuliwe wapi hasa, na lingine?"
            ),
            3,
            300,
        )
        .or_skip(),
    ],
    confirm: Some(tr!(
        "Your booking. If the driver accepts, you get each other's contact.",
        "Votre réservation. Si le chauffeur accepte, vous recevez vos contacts.",
        "Ubusabe bwawe. Umushoferi niyemera, muzahana nimero.",
        "Uhifadhi wako. Dereva akikubali, mtapeana namba."
    )),
    word: Flow::BOOK,
    done: book,
};

pub(crate) const PROPOSE: Flow = Flow {
    name: "ride_proposal",
    steps: &[
        Step::price(
            "price",
            tr!("Price", "Prix", "Igiciro", "Bei"),
            tr!(
                "What would the ride cost?",
                "Combien coûterait le trajet ?",
                "Urugendo rwatwara angahe?",
                "Safari ingegharimu kiasi gani?"
            ),
        ),
        Step::words(
            "note",
            tr!("Note", "Remarque", "Icyitonderwa", "Maelezo"),
            tr!(
                "Anything the passenger should know?",
                "Une précision pour le passager ?",
                "Hari icyo umugenzi yamenya?",
                "Kuna la abiria kujua?"
            ),
            3,
            300,
        )
        .or_skip(),
    ],
    confirm: Some(tr!("Your proposal:", "Votre proposition :", "Icyifuzo cyawe:", "Pendekezo lako:")),
    word: Flow::SEND,
    done: propose,
};

pub(crate) const WAYS: &[Way] = &[
    Way {
        title: tr!("💺 Book a seat", "💺 Réserver", "💺 Fata umwanya", "💺 Hifadhi nafasi"),
        does: Does::Apply {
            flow: &BOOK,
            told: tr!(
                "📬 {name} would like to ride along: *{title}*",
                "📬 {name} souhaite venir : *{title}*",
                "📬 {name} arashaka kujyana nawe: *{title}*",
                "📬 {name} anataka kusafiri nawe: *{title}*"
            ),
            knows: from_request,
        },
        fits: is_offer,
    },
    Way {
        title: tr!("🚗 Propose a ride", "🚗 Proposer", "🚗 Mutware", "🚗 Pendekeza safari"),
        does: Does::Apply {
            flow: &PROPOSE,
            told: tr!(
                "📬 {name} offers to drive you: *{title}*",
                "📬 {name} propose de vous conduire : *{title}*",
                "📬 {name} arashaka kugutwara: *{title}*",
                "📬 {name} anataka kukuendesha: *{title}*"
            ),
            knows: knows_nothing,
        },
        fits: is_request,
    },
];

/// As many seats as were asked for when the ride was looked for.
fn from_request<'a>(begin: Begin<'a>, _: &Listing) -> Result<Begin<'a>> {
    let seats = Latest::read()?.and_then(|latest| latest.seats);
    Ok(match seats {
        Some(seats) => begin.known("seats", Answer::Number(seats)),
        None => begin,
    })
}

fn is_offer(listing: &Listing) -> bool {
    listing.draft.category.as_deref() == Some(OFFER)
}

fn is_request(listing: &Listing) -> bool {
    listing.draft.category.as_deref() == Some(REQUEST)
}

fn book(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let listing = answers.context("listing").unwrap_or_default();
    let reference = board::number(turn.seed);
    let outcome = BOARD.apply(
        turn,
        answers,
        BOOK.name,
        &reference,
        answers.words("note").unwrap_or_default(),
        json!({ "seats": answers.number("seats") }),
    )?;
    // Whether the driver had accepted is looked at when the time comes.
    if let Ok(offer) = agent_sdk::listings::get(listing)
        && let Some(leaves) = at(&offer).filter(|leaves| *leaves > turn.now + BEFORE_MS)
    {
        let data = json!({ "title": offer.draft.title, "listing": listing }).to_string();
        schedule::set(&format!("trip:{listing}"), leaves - BEFORE_MS, "trip-soon", &data)?;
    }
    Ok(outcome)
}

fn propose(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let price = answers.amount("price").map(|price| price.show(Language::of(turn)));
    let hundredths = answers.amount("price").and_then(Amount::low).map(|price| price.hundredths);
    let attributes = json!({ "price": price, "hundredths": hundredths });
    BOARD.apply(turn, answers, PROPOSE.name, "", answers.words("note").unwrap_or_default(), attributes)
}

/// What the other side reads of it beyond its message.
pub(crate) fn asked(application: &Application, _: Language) -> Vec<String> {
    let attribute = |name| attribute(&application.attributes, name);
    let seats = attribute("seats").map(|seats| format!("💺 {seats}"));
    let price = attribute("price").map(|price| format!("💰 {price}"));
    seats.into_iter().chain(price).collect()
}
