//! What a ride may cost. The formula and its constants are those of the service that this one replaces; the two sides agree on the
//! price.

use agent_sdk::{
    Answer, Answers, Did, Flow, Language, Money, Outcome, Place, Result, Run, Step, Turn, money, places, reply, talk,
    tool, tr,
};
use serde_json::json;

use crate::{BOARD, Latest, VEHICLES, vehicle};

/// Minutes of a kilometre as the crow flies: in town, and beyond it.
const MINUTES_IN_TOWN: f64 = 3.0;
const MINUTES_BEYOND: f64 = 1.6;

/// The town ends after so many kilometres.
const TOWN_KM: f64 = 15.0;

tool! {
    "estimate_fare": "Estimates the fare between two places.",
    pub(crate) struct EstimateFare {
        pickup_location: String = "Where the ride begins.",
        dropoff_location: String = "Where it ends.",
        vehicle: Option<String> = "moto, car or shared.",
    }
}

pub(crate) const FARE: Flow = Flow {
    name: "fare_estimate",
    steps: &[
        Step::place(
            "pickup",
            tr!("From", "De", "Kuva", "Kutoka"),
            tr!("From where?", "Depuis où ?", "Kuva he?", "Kutoka wapi?"),
        )
        .origin(),
        Step::place(
            "dropoff",
            tr!("To", "À", "Kujya", "Kwenda"),
            tr!("Where to?", "Pour aller où ?", "Kujya he?", "Kwenda wapi?"),
        )
        .destination(),
        Step::choice(
            "vehicle",
            tr!("By", "En", "Ikinyabiziga", "Usafiri"),
            tr!("By what?", "Quel moyen de transport ?", "Kugenda muki?", "Usafiri gani?"),
            VEHICLES,
        )
        .infers(vehicle)
        .or_skip(),
    ],
    confirm: None,
    word: Flow::CONFIRM,
    done: finish,
};

/// 500 + 200 a kilometre by moto, 1 500 + 500 by car, half of that shared; in the currency's unit, to the next hundred.
pub(crate) fn fare(vehicle: &str, km: f64) -> u64 {
    let units = match vehicle {
        "moto" => 500.0 + 200.0 * km,
        "shared" => (1_500.0 + 500.0 * km) / 2.0,
        _ => 1_500.0 + 500.0 * km,
    };
    (units / 100.0).ceil() as u64 * 100
}

/// The distance between two places that are on the map.
pub(crate) fn distance(from: &Place, to: &Place) -> Option<f64> {
    Some(places::distance_km(from.point?, to.point?))
}

/// `about 3 500 RWF, 12 km, 36 minutes`, or none if a place is not on the map.
pub(crate) fn line(vehicle: &str, from: &Place, to: &Place, currency: &str) -> Option<String> {
    let km = distance(from, to)?;
    let price = Money { hundredths: fare(vehicle, km) * 100, currency: currency.to_owned() };
    Some(format!("💰 ≈ {} · {} km · {}", money::format(&price), km.ceil() as u64, lasts(km)))
}

/// `≈ 35 min`, `≈ 2 h`, `≈ 2 h 30`: a guess to five minutes, or to half an hour.
fn lasts(km: f64) -> String {
    let minutes = km.min(TOWN_KM) * MINUTES_IN_TOWN + (km - TOWN_KM).max(0.0) * MINUTES_BEYOND;
    let halves = ((minutes / 30.0) + 0.5) as u64;
    match (halves / 2, halves % 2) {
        _ if minutes < 75.0 => format!("≈ {} min", (minutes / 5.0).ceil() as u64 * 5),
        (hours, 0) => format!("≈ {hours} h"),
        (hours, _) => format!("≈ {hours} h 30"),
    }
}

fn finish(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let language = Language::of(turn);
    let (Some(from), Some(to)) = (answers.place("pickup"), answers.place("dropoff")) else {
        return Ok(BOARD.menu(language, ""));
    };
    let wanted = answers.choice("vehicle");
    let own = |place: &Place| Some(place.clone());
    Latest { from: own(from), to: own(to), vehicle: wanted.map(str::to_owned), ..Latest::default() }.keep()?;
    // The one that was named comes first.
    let mut vehicles: Vec<_> = VEHICLES.iter().collect();
    vehicles.sort_by_key(|vehicle| Some(vehicle.id) != wanted);
    let lines = vehicles.into_iter().filter_map(|vehicle| {
        let line = line(vehicle.id, from, to, &turn.person.currency)?;
        Some(format!("{} {line}", vehicle.title.get(language)))
    });
    let lines: Vec<String> = lines.collect();
    let body = if lines.is_empty() {
        tr!(
            "I do not know one of these places on the map, so I cannot estimate. Share a location instead.",
            "Je ne connais pas l'un de ces lieux sur la carte : pas d'estimation possible. Partagez une position.",
            "Hamwe muri aha sinhazi ku ikarita, sinshobora kugereranya. Ohereza aho ari.",
            "Sijui moja ya maeneo haya kwenye ramani. Tuma mahali badala yake."
        )
        .get(language)
        .to_owned()
    } else {
        let note = tr!(
            "_An estimate; you agree on the price with the driver._",
            "_Une estimation ; le prix se convient avec le chauffeur._",
            "_Ni igereranya; mwumvikana n'umushoferi._",
            "_Ni makadirio; mnakubaliana na dereva._"
        );
        format!("*{} → {}*\n{}\n\n{}", from.label(), to.label(), lines.join("\n"), note.get(language))
    };
    let choices = vec![
        reply::choice(
            "ride",
            tr!("🙋 Ask for a ride", "🙋 Demander", "🙋 Saba urugendo", "🙋 Omba safari").get(language),
        ),
        reply::choice(
            "fare",
            tr!("Another estimate", "Autre estimation", "Irindi gereranya", "Kadirio lingine").get(language),
        ),
        reply::menu_choice(language),
    ];
    Ok(Outcome::say(reply::choices(language, body, choices)))
}

impl Run for EstimateFare {
    fn run(self, turn: &Turn) -> Result<Did> {
        let (from, to) = (talk::place(Some(&self.pickup_location)), talk::place(Some(&self.dropoff_location)));
        let (Some(from), Some(to)) = (from, to) else {
            return Ok(Did::Told(json!({ "error": "two places are needed" })));
        };
        let begin = FARE.begin(turn).known("pickup", Answer::Place(from)).known("dropoff", Answer::Place(to));
        begin.ask().map(Did::Answered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fares_follow_the_formula() {
        assert_eq!((fare("moto", 5.0), fare("car", 5.0), fare("shared", 5.0)), (1_500, 4_000, 2_000));
        assert_eq!(fare("moto", 0.1), 600);
    }

    #[test]
    fn a_way_lasts_as_a_person_would_say() {
        assert_eq!((lasts(1.2), lasts(9.0), lasts(15.0)), ("≈ 5 min".into(), "≈ 30 min".into(), "≈ 45 min".into()));
        assert_eq!((lasts(81.0), lasts(69.0)), ("≈ 2 h 30".into(), "≈ 2 h".into()));
    }
}
