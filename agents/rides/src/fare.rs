//! What a ride may cost. The formula and its constants are those of the service that this one replaces; the two sides agree on the
//! price.

use agent_sdk::{
    Answer, Answers, Did, Flow, Language, Money, Outcome, Place, Result, Run, Step, Turn, money, places, reply, talk,
    tool, tr,
};
use serde_json::json;

use crate::{BOARD, VEHICLES, ends};

/// Minutes of a kilometre.
const MINUTES_PER_KM: f64 = 3.0;

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
    Some(format!(
        "💰 ≈ {} · {} km · {} min",
        money::format(&price),
        km.ceil() as u64,
        (km * MINUTES_PER_KM).ceil() as u64
    ))
}

/// The fare that a sentence asks for.
pub(crate) fn said(turn: &Turn, text: &str) -> Result<Outcome> {
    let (from, to) = ends(text);
    let mut begin = FARE.begin(turn);
    if let Some(from) = from {
        begin = begin.known("pickup", Answer::Place(from));
    }
    if let Some(to) = to {
        begin = begin.known("dropoff", Answer::Place(to));
    }
    begin.ask()
}

fn finish(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let language = Language::of(turn);
    let (Some(from), Some(to)) = (answers.place("pickup"), answers.place("dropoff")) else {
        return Ok(BOARD.menu(language, ""));
    };
    let lines = VEHICLES.iter().filter_map(|vehicle| {
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
            "find",
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
}
