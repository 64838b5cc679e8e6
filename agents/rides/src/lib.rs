//! Rides: drivers offer seats, passengers ask for them, both are matched by place and time; the two sides agree among themselves.

mod book;
mod fare;
mod offer;
mod request;
mod trip;

use agent_sdk::{
    Agent, Choice, Flow, Language, Opt, Outcome, Place, Profile, Result, Runnable, Step, Text, Turn,
    board::{self, Board, Does, Heard, Scope, Way, attribute},
    export,
    listings::Listing,
    opt, reply, runs, store, tr,
    understand::Said,
    when, words,
};
use serde::{Deserialize, Serialize};

struct Rides;

export!(Rides);

/// What a ride is taken in.
pub(crate) const VEHICLES: &[Opt] = &[MOTO, CAR, SHARED];
pub(crate) const MOTO: Opt = opt("moto", tr!("🏍️ Moto", "🏍️ Moto", "🏍️ Moto", "🏍️ Bodaboda"));
pub(crate) const CAR: Opt = opt("car", tr!("🚗 Car", "🚗 Voiture", "🚗 Imodoka", "🚗 Gari"));
pub(crate) const SHARED: Opt = opt("shared", tr!("🚐 Shared", "🚐 Partagé", "🚐 Dusangiye", "🚐 Pamoja"));

/// The vehicle that a sentence names.
pub(crate) fn vehicle(said: &Said<'_>) -> Option<&'static str> {
    let named = said.things().find(|found| found.what.kind == "vehicle" || found.what.concept == "moto_driver")?;
    Some(match named.what.concept.as_str() {
        "moto" | "electric_moto" | "tricycle" | "moto_driver" => MOTO.id,
        "shared_ride" | "minibus" | "bus" => SHARED.id,
        _ => CAR.id,
    })
}

/// The latest ride that was asked for, or asked the price of: what was said of it is not asked again.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Latest {
    pub(crate) from: Option<Place>,
    pub(crate) to: Option<Place>,
    pub(crate) at: Option<u64>,
    pub(crate) seats: Option<i64>,
    pub(crate) vehicle: Option<String>,
}

impl Latest {
    pub(crate) fn read() -> Result<Option<Latest>> {
        store::mine("ride", "latest")
    }

    pub(crate) fn keep(&self) -> Result<()> {
        store::put_mine("ride", "latest", self)
    }
}

/// Words of somebody who drives and has room.
const DRIVES: &[&str] = &[
    "seats left",
    "free seats",
    "seats available",
    "places libres",
    "places disponibles",
    "il me reste",
    "il reste",
    "je conduis",
    "nsigaranye",
    "hasigaye imyanya",
    "ndatwaye",
    "nafasi zipo",
    "nafasi ziko wazi",
    "zimebaki",
    "ninaendesha",
];

/// Where a ride begins, and where it ends.
pub(crate) const FROM: Step = Step::place(
    "pickup",
    tr!("From", "De", "Kuva", "Kutoka"),
    tr!(
        "Where do you start? Share a location or type a place.",
        "D'où partez-vous ? Partagez une position ou écrivez un lieu.",
        "Urahagurukira he? Ohereza aho uri cyangwa uhandike.",
        "Unaanzia wapi? Tuma mahali au andika jina."
    ),
)
.origin();
pub(crate) const TO: Step = Step::place(
    "dropoff",
    tr!("To", "À", "Kujya", "Kwenda"),
    tr!("Where do you go?", "Où allez-vous ?", "Urajya he?", "Unaenda wapi?"),
)
.destination();

/// The category of a driver's listing, and of a passenger's.
pub(crate) const OFFER: &str = "offer";
pub(crate) const REQUEST: &str = "request";

const MENU: Text = tr!(
    "🚕 Rides. What would you like to do?",
    "🚕 Trajets. Que souhaitez-vous faire ?",
    "🚕 Ingendo. Urifuza iki?",
    "🚕 Safari. Ungependa nini?",
);

/// Words that ask for passengers.
const SEEKS_PASSENGERS: &[&str] = &[
    "passengers",
    "passenger",
    "clients",
    "customers",
    "passagers",
    "passager",
    "abagenzi",
    "abakiriya",
    "abiria",
    "wateja",
];

impl Agent for Rides {
    const FLOWS: &'static [&'static Flow] =
        &[&request::REQUEST_FLOW, &offer::OFFER_FLOW, &book::BOOK, &book::PROPOSE, &fare::FARE];
    const TOOLS: &'static [Runnable] =
        &[runs::<request::SearchDrivers>(), runs::<offer::OfferRide>(), runs::<fare::EstimateFare>()];
    const PERSONA: &'static str = "Passengers and drivers find each other for a trip, now or later. Fares are estimates by the tool; the two sides \
        agree on the price. Advise to check the plate and share the trip with a friend.";

    fn profile() -> Profile {
        Profile::new("rides", env!("CARGO_PKG_VERSION"), "Matches passengers and drivers by place and time.")
            .titled(
                tr!("🚕 Rides", "🚕 Trajets", "🚕 Ingendo", "🚕 Safari"),
                tr!(
                    "Find a driver or passengers",
                    "Trouver un chauffeur ou des passagers",
                    "Shaka umushoferi cyangwa abagenzi",
                    "Tafuta dereva au abiria"
                ),
            )
            .keywords(
                Language::En,
                "ride 3, driver 1.5, passenger 3, transport 2.5, pick up 2, pick me up 3, drop 1.5, drop me 3, take me 3, going to 2, \
                 trip 2.5, travel 2, taxi 3, moto 2.5, lift 2, carpool 3, seats 1.5, airport 2, from 0.1, job -2, insurance -2, buy -1, \
                 sell -1, rent -1",
            )
            .keywords(
                Language::Fr,
                "trajet 3, course 2, chauffeur 1.5, passager 3, passagers 3, transport 2.5, taxi 3, moto 2.5, voyage 2, covoiturage 3, \
                 emmener 2.5, emmenez moi 3, déposer 2, aller à 2, aéroport 2, emploi -2, assurance -2, vendre -1",
            )
            .keywords(
                Language::Rw,
                "urugendo 3, ingendo 3, kugenda 2, umushoferi 1.5, tagisi 3, moto 2.5, abagenzi 3, umugenzi 3, kujya 1.5, njyana 3, \
                 gutwara 1.5, ntwara 2.5, akazi -2",
            )
            .keywords(
                Language::Sw,
                "safari 2.5, usafiri 3, teksi 3, bodaboda 3, dereva 1.5, abiria 3, kusafiri 2.5, nipeleke 3, kwenda 1.5, nichukue 3, \
                 lifti 2.5, kazi -2",
            )
            .serves(
                "about:ride 2, ride 2.2, drive 3.5, vehicle 0.5, vehicle+ride 1, thing:taxi 1, thing:moto_driver 1.5, thing:passenger 2, work -2, hire -1, sell -1, insure -2, claim -1, quote -1, route 3.5, used -2, vehicle+acquire -2.5, vehicle+sell -1",
            )
            .stores("The rides you offer, ask for and book, and your latest search.")
            .wants(&["log", "clock", "readings", "roster", "records", "listings", "applications", "matches", "outreach", "places", "preferences", "schedule", "model"])
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        let language = Language::of(turn);
        if let Some(notice) = turn.notice() {
            return match trip::noticed(notice, language)? {
                Some(outcome) => Ok(outcome.beside_flow(turn)),
                None => BOARD.handle(turn),
            };
        }
        if let Some(id) = turn.tap() {
            match id.split_once(':') {
                Some(("begin", listing)) => return trip::begin(listing, language),
                Some(("finish", listing)) => return trip::finish(listing, language),
                _ => {}
            }
            match id {
                "offer" => return offer::begin(turn),
                "fare" => return fare::FARE.begin(turn).ask(),
                "ride" => return request::as_before(turn),
                "passengers" => return request::passengers(turn, None),
                _ => {}
            }
        }
        match turn.text() {
            Some(text) if turn.handoff.is_none() => said(turn, text, language),
            _ => BOARD.handle(turn),
        }
    }
}

fn said(turn: &Turn, text: &str, language: Language) -> Result<Outcome> {
    if words::has_one_of(
        text,
        &["my rides", "my trips", "my bookings", "my ride", "mes trajets", "ingendo zanjye", "safari zangu"],
    ) {
        return BOARD.mine(language);
    }
    let heard = Heard::of(text);
    let has_seats = heard.quantity("seat").is_some();
    let has_price = heard.amount().is_some();
    // A driver without a trip looks for people, not for a way.
    if words::has_one_of(text, SEEKS_PASSENGERS) && !has_seats && !has_price {
        return match vehicle(&Said::of(turn, text)) {
            Some(vehicle) => offer::how(turn, vehicle, heard.place().cloned()),
            None => request::passengers(turn, heard.place().cloned()),
        };
    }
    // Free seats at a price are a driver's, whatever else is said.
    if board::offers(turn, text) || has_seats && has_price && !heard.does("price") || words::has_one_of(text, DRIVES) {
        return offer::OFFER_FLOW.begin(turn).ask();
    }
    if words::has_one_of(
        text,
        &["how much", "fare", "price", "cost", "tarif", "combien", "angahe", "igiciro", "bei", "nauli"],
    ) {
        return fare::FARE.begin(turn).ask();
    }
    // Anyone who says where they go, or that they go, seeks a ride; anything else is about rides that are there.
    let goes = heard.does("seek") || heard.place().is_some() || heard.things().any(|thing| thing.kind == "vehicle");
    if !goes || heard.does("news") || heard.does("to-other") {
        return BOARD.said(turn, text);
    }
    request::said(turn, text)
}

pub(crate) const BOARD: Board = Board {
    menu,
    search: &request::REQUEST_FLOW,
    scope: Scope { kind: Some("service"), category: Some(OFFER) },
    fillers: " ride rides taxi moto driver trajet urugendo safari ",
    hears: board::hears_nothing,
    radius_km: 15.0,
    found: tr!("Rides, nearest first:", "Trajets, les plus proches d'abord :", "Ingendo zihari:", "Safari zilizopo:"),
    owner: tr!("the other side", "l'autre personne", "undi", "mwenzako"),
    facts,
    ways: book::WAYS,
    owner_ways: &[
        Way {
            title: tr!("🚦 Start the trip", "🚦 Démarrer", "🚦 Tangira urugendo", "🚦 Anza safari"),
            does: Does::Own("begin"),
            fits: trip::may_begin,
        },
        Way {
            title: tr!("🏁 Finish the trip", "🏁 Terminer", "🏁 Soza urugendo", "🏁 Maliza safari"),
            does: Does::Own("finish"),
            fits: trip::may_finish,
        },
    ],
    asked: book::asked,
};

/// When, how many seats, in what, and for how much.
fn facts(listing: &Listing, language: Language) -> Vec<String> {
    let attribute = |name| attribute(&listing.draft.attributes, name);
    let mut lines = Vec::new();
    lines.extend(at(listing).map(|at| format!("🕒 {}", when::say(at, language))));
    let vehicle = attribute("vehicle").and_then(|id| VEHICLES.iter().find(|known| known.id == id));
    let vehicle = vehicle.map_or("🚕", |vehicle| vehicle.title.get(language));
    lines.push(format!("{vehicle} · 💺 {}", attribute("seats").unwrap_or_else(|| "–".to_owned())));
    if listing.draft.category.as_deref() == Some(OFFER) {
        lines.push(format!("💰 {}", board::price(listing, language)));
    }
    if let Some(description) = &listing.draft.description {
        lines.push(words::cut(description, 300));
    }
    lines
}

/// When a ride leaves, in milliseconds.
pub(crate) fn at(listing: &Listing) -> Option<u64> {
    attribute(&listing.draft.attributes, "at")?.parse().ok()
}

/// What can be done here.
fn menu(language: Language) -> (String, Vec<Choice>) {
    let choices = vec![
        reply::choice(
            "find",
            tr!("🙋 I need a ride", "🙋 Je cherche", "🙋 Nkeneye urugendo", "🙋 Nahitaji safari").get(language),
        ),
        reply::choice("offer", tr!("🚗 I drive", "🚗 Je conduis", "🚗 Ndatwaye", "🚗 Ninaendesha").get(language)),
        reply::choice(
            "passengers",
            tr!("👥 Find passengers", "👥 Passagers", "👥 Shaka abagenzi", "👥 Tafuta abiria").get(language),
        ),
        reply::choice(
            "fare",
            tr!("💰 Estimate a fare", "💰 Estimer un prix", "💰 Gereranya igiciro", "💰 Kadiria nauli").get(language),
        ),
        reply::choice(
            "mine",
            tr!("🗂️ My rides", "🗂️ Mes trajets", "🗂️ Ingendo zanjye", "🗂️ Safari zangu").get(language),
        ),
    ];
    (MENU.get(language).to_owned(), choices)
}
