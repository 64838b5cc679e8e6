//! The season, read from `seasons.json`, which names its source. Nothing is said here that the file does not say.

use agent_sdk::{Did, Language, Outcome, Result, Run, Text, Turn, clock, reply, tool, tr};
use serde::Deserialize;
use serde_json::json;

pub(crate) const WORDS: &[&str] = &[
    "season",
    "when to plant",
    "planting season",
    "weather",
    "saison",
    "quand planter",
    "quand semer",
    "igihembwe",
    "ihinga",
    "msimu",
    "lini kupanda",
];

const CALENDAR: &str = include_str!("../seasons.json");

tool! {
    "season_advice": "The agricultural season of this month: its name, when to plant and when to harvest, with its source.",
    pub(crate) struct SeasonAdvice {}
}

#[derive(Deserialize)]
struct Calendar {
    source: String,
    seasons: Vec<Season>,
}

#[derive(Clone, Deserialize)]
struct Season {
    name: String,
    months: Vec<u8>,
    plant: Vec<u8>,
    harvest: Vec<u8>,
}

/// What a month is good for in its season.
#[derive(Clone, Copy, PartialEq)]
enum Work {
    Plant,
    Grow,
    Harvest,
}

/// The season of a month; none if the file has none, which the test rules out.
fn season_of(month: u8) -> Option<(Season, Work, String)> {
    let calendar: Calendar = agent_sdk::json::read(CALENDAR)?;
    let season = calendar.seasons.into_iter().find(|season| season.months.contains(&month))?;
    let work = match () {
        () if season.plant.contains(&month) => Work::Plant,
        () if season.harvest.contains(&month) => Work::Harvest,
        () => Work::Grow,
    };
    Some((season, work, calendar.source))
}

pub(crate) fn show(turn: &Turn, language: Language) -> Outcome {
    let choices = vec![
        reply::choice("prices", tr!("📈 Prices", "📈 Prix", "📈 Ibiciro", "📈 Bei").get(language)),
        reply::choice("sell", tr!("🧺 Sell produce", "🧺 Vendre", "🧺 Gurisha", "🧺 Uza").get(language)),
        reply::menu_choice(language),
    ];
    let body = match season_of(clock::local(turn.now).month) {
        Some((season, work, source)) => {
            let body = tr!(
                "🌦️ This is season *{name}*: {work}.\n\n_Source: {source}._ For your own field, ask the agronomist of your sector.",
                "🌦️ Nous sommes en saison *{name}* : {work}.\n\n_Source : {source}._ Pour votre champ, demandez à l'agronome du secteur.",
                "🌦️ Ubu ni igihembwe *{name}*: {work}.\n\n_Inkomoko: {source}._ Ku murima wawe, baza agoronome w'umurenge.",
                "🌦️ Huu ni msimu *{name}*: {work}.\n\n_Chanzo: {source}._ Kwa shamba lako, muulize afisa kilimo wa sekta yako."
            );
            body.with(language, &[("name", &season.name), ("work", text(work).get(language)), ("source", &source)])
        }
        None => tr!(
            "I do not know this month's season.",
            "Je ne connais pas la saison de ce mois.",
            "Sinzi igihembwe cy'uku kwezi.",
            "Sijui msimu wa mwezi huu."
        )
        .get(language)
        .to_owned(),
    };
    Outcome::say(reply::choices(language, body, choices)).tag("season", "shown")
}

fn text(work: Work) -> Text {
    match work {
        Work::Plant => tr!("time to plant", "il est temps de planter", "igihe cyo gutera", "wakati wa kupanda"),
        Work::Grow => tr!(
            "the crops grow; weed and look for pests",
            "les cultures poussent ; désherbez et surveillez les ravageurs",
            "imyaka irakura; bagara kandi urebe ibyonnyi",
            "mazao yanakua; palilia na angalia wadudu"
        ),
        Work::Harvest => tr!("time to harvest", "il est temps de récolter", "igihe cyo gusarura", "wakati wa kuvuna"),
    }
}

impl Run for SeasonAdvice {
    fn run(self, turn: &Turn) -> Result<Did> {
        let found = season_of(clock::local(turn.now).month);
        Ok(Did::Told(match found {
            Some((season, _, source)) => {
                json!({ "season": season.name, "plant_months": season.plant, "harvest_months": season.harvest, "source": source })
            }
            None => json!({ "season": null }),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_month_has_its_season() {
        for month in 1..=12 {
            let (season, ..) = season_of(month).expect("a season");
            assert!(season.plant.iter().chain(&season.harvest).all(|month| season.months.contains(month)));
        }
        assert!(season_of(10).is_some_and(|(season, work, _)| season.name == "A" && work == Work::Plant));
    }
}
