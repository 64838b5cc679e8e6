//! A driver offers seats.

use agent_sdk::{
    Answer, Answers, Did, Flow, Language, Outcome, Place, Result, Run, Step, Turn, board,
    listings::{self, Draft},
    reply, schedule, store, talk, tool, tr, when,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{BOARD, FROM, OFFER, TO, VEHICLES, request::attributes, trip, vehicle};

/// The driver is reminded this long before.
const BEFORE_MS: u64 = 60 * 60 * 1000;

tool! {
    "offer_ride": "Offers seats of the person's own trip to passengers.",
    pub(crate) struct OfferRide {
        route_from: Option<String> = "Where the trip begins.",
        route_to: Option<String> = "Where it ends.",
        departure_time: Option<String> = "When, as the person said it.",
        seats_available: Option<u64> = "How many seats.",
    }
}

pub(crate) const OFFER_FLOW: Flow = Flow {
    name: "ride_offer",
    steps: &[
        FROM,
        TO,
        Step::when(
            "when",
            tr!("When", "Quand", "Igihe", "Lini"),
            tr!(
                "When do you leave? For instance *tomorrow 8:00*.",
                "Quand partez-vous ? Par exemple *demain 8h*.",
                "Uhaguruka ryari? Urugero *ejo 8:00*.",
                "Unaondoka lini? Kwa mfano *kesho 8:00*."
            ),
        ),
        Step::number(
            "seats",
            tr!("Seats", "Places", "Imyanya", "Nafasi"),
            tr!(
                "How many seats are free?",
                "Combien de places libres ?",
                "Hasigaye imyanya ingahe?",
                "Nafasi ngapi ziko wazi?"
            ),
            1,
            60,
        )
        .of(&["seat", "person"]),
        Step::choice(
            "vehicle",
            tr!("By", "En", "Ikinyabiziga", "Usafiri"),
            tr!("What do you drive?", "Que conduisez-vous ?", "Utwara iki?", "Unaendesha nini?"),
            VEHICLES,
        )
        .infers(vehicle)
        .assumed("car"),
        Step::price(
            "price",
            tr!("Price per seat", "Prix par place", "Igiciro ku mwanya", "Bei kwa nafasi"),
            tr!("What does a seat cost?", "Combien coûte une place ?", "Umwanya ni angahe?", "Nafasi ni bei gani?"),
        )
        .of(&["seat", "person"]),
        Step::words(
            "description",
            tr!("Note", "Remarque", "Icyitonderwa", "Maelezo"),
            tr!(
                "Anything passengers should know?",
                "Une précision pour les passagers ?",
                "Hari icyo abagenzi bamenya?",
                "Kuna la abiria kujua?"
            ),
            3,
            300,
        )
        .or_skip(),
    ],
    confirm: Some(tr!(
        "Your trip. Passengers whom you accept get your contact, and you theirs.",
        "Votre trajet. Les passagers acceptés reçoivent votre contact, et vous le leur.",
        "Urugendo rwawe. Abagenzi wemeye babona nimero yawe, nawe ukabona izabo.",
        "Safari yako. Abiria unaowakubali wanapata namba yako, nawe unapata zao."
    )),
    word: Flow::POST,
    done: finish,
};

/// A driver's vehicle, and where they wait for passengers.
#[derive(Serialize, Deserialize)]
struct Driver {
    vehicle: String,
    place: Option<Place>,
}

/// Begins with what the driver told of the vehicle before.
pub(crate) fn begin(turn: &Turn) -> Result<Outcome> {
    let begin = OFFER_FLOW.begin(turn);
    match store::mine::<Driver>("ride", "driver")? {
        Some(driver) => begin.known("vehicle", Answer::Choice(driver.vehicle)).ask(),
        None => begin.ask(),
    }
}

/// How a driver finds passengers, who says no trip.
pub(crate) fn how(turn: &Turn, vehicle: &str, place: Option<Place>) -> Result<Outcome> {
    let language = Language::of(turn);
    store::put_mine("ride", "driver", &Driver { vehicle: vehicle.to_owned(), place })?;
    let body = tr!(
        "Passengers find you here when you offer a trip: from where, to where, when, and for how much. You can also see who needs a ride.",
        "Les passagers vous trouvent ici quand vous proposez un trajet : d'où, vers où, quand et à quel prix. Vous pouvez aussi voir qui cherche un trajet.",
        "Abagenzi bakubona hano iyo utangaje urugendo: aho uhera, aho ujya, igihe n'igiciro. Ushobora no kureba abakeneye urugendo.",
        "Abiria wanakupata hapa ukitangaza safari: kutoka wapi, kwenda wapi, lini na kwa bei gani. Unaweza pia kuona wanaohitaji usafiri."
    );
    let choices = vec![
        reply::choice(
            "offer",
            tr!("🚗 Offer a trip", "🚗 Proposer un trajet", "🚗 Tangaza urugendo", "🚗 Tangaza safari").get(language),
        ),
        reply::choice(
            "passengers",
            tr!("👥 Find passengers", "👥 Passagers", "👥 Shaka abagenzi", "👥 Tafuta abiria").get(language),
        ),
        reply::menu_choice(language),
    ];
    Ok(Outcome::say(reply::choices(language, body.get(language), choices)))
}

fn finish(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let language = Language::of(turn);
    let (Some(from), Some(to)) = (answers.place("pickup"), answers.place("dropoff")) else {
        return Ok(BOARD.menu(language, ""));
    };
    let leaves = answers.time("when").unwrap_or(turn.now);
    let title = format!("{} → {}", from.label(), to.label());
    let id = listings::create(&Draft {
        category: Some(OFFER.to_owned()),
        place: Some(from.clone()),
        attributes: attributes(answers, to, leaves).to_string(),
        ..board::draft("service", &title, answers)
    })?;
    trip::forget_after(&id, leaves)?;
    if leaves > turn.now + BEFORE_MS {
        let data = json!({ "title": title, "listing": id }).to_string();
        schedule::set(&format!("trip:{id}"), leaves - BEFORE_MS, "trip-soon", &data)?;
    }
    Ok(BOARD.listed(&id, language))
}

impl Run for OfferRide {
    fn run(self, turn: &Turn) -> Result<Did> {
        let mut begin = OFFER_FLOW.begin(turn);
        if let Some(from) = talk::place(self.route_from.as_deref()) {
            begin = begin.known("pickup", Answer::Place(from));
        }
        if let Some(to) = talk::place(self.route_to.as_deref()) {
            begin = begin.known("dropoff", Answer::Place(to));
        }
        if let Some(at) = self.departure_time.and_then(|text| when::parse(&text, turn.now)) {
            begin = begin.known("when", Answer::Time(at));
        }
        if let Some(seats) = self.seats_available.and_then(|n| i64::try_from(n).ok()).filter(|n| (1..=60).contains(n)) {
            begin = begin.known("seats", Answer::Number(seats));
        }
        begin.ask().map(Did::Answered)
    }
}
