//! A quote by the tariff, and the way from it to a broker.

use agent_sdk::{
    Answer, Answers, Did, Flow, Language, Outcome, Result, Run, Step, Turn, board, money, opt, reply, store, tickets,
    tool, tr, when, words,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{PLATE, menu, plate, tariff::Tariff};

const VEHICLES: &[agent_sdk::Opt] = &[
    opt("car", tr!("🚗 Car", "🚗 Voiture", "🚗 Imodoka", "🚗 Gari")),
    opt("motorcycle", tr!("🏍️ Motorcycle", "🏍️ Moto", "🏍️ Moto", "🏍️ Pikipiki")),
    opt("truck", tr!("🚚 Truck", "🚚 Camion", "🚚 Ikamyo", "🚚 Lori")),
    opt("bus", tr!("🚌 Bus", "🚌 Bus", "🚌 Bisi", "🚌 Basi")),
    opt("other", tr!("✨ Other", "✨ Autre", "✨ Ikindi", "✨ Nyingine")),
];

const COVERS: &[agent_sdk::Opt] = &[
    opt("third_party", tr!("Third party", "Au tiers", "Ku bandi", "Upande wa tatu")),
    opt("comprehensive", tr!("Comprehensive", "Tous risques", "Byose", "Kamili")),
];

tool! {
    "calculate_quote": "An indicative yearly premium by the tariff.",
    pub(crate) struct CalculateQuote {
        vehicle_type: String = "car, motorcycle, truck, bus or other.",
        insurance_type: Option<String> = "third_party or comprehensive.",
    }
}

pub(crate) const QUOTE: Flow = Flow {
    name: "insurance_quote",
    steps: &[
        Step::choice(
            "vehicle",
            tr!("Vehicle", "Véhicule", "Ikinyabiziga", "Gari"),
            tr!(
                "What kind of vehicle is it?",
                "Quel type de véhicule ?",
                "Ni ikinyabiziga ki?",
                "Ni gari la aina gani?"
            ),
            VEHICLES,
        ),
        Step::choice(
            "cover",
            tr!("Cover", "Garantie", "Ubwishingizi", "Bima"),
            tr!(
                "Third party pays what you do to others; comprehensive also your own vehicle. Which one?",
                "Au tiers : les dommages causés aux autres ; tous risques : aussi votre véhicule. Lequel ?",
                "Ku bandi: ibyangijwe ku bandi; byose: n'ikinyabiziga cyawe. Uhitamo ikihe?",
                "Upande wa tatu: madhara kwa wengine; kamili: pia gari lako. Ipi?"
            ),
            COVERS,
        ),
        PLATE.or_skip(),
    ],
    confirm: None,
    word: Flow::CONFIRM,
    done: finish,
};

/// A quote as it is kept.
#[derive(Serialize, Deserialize)]
pub(crate) struct Quote {
    pub(crate) vehicle: String,
    pub(crate) cover: String,
    pub(crate) plate: Option<String>,
    pub(crate) premium: agent_sdk::Money,
    pub(crate) valid_until: u64,
}

/// Begins with what a sentence says of vehicle and cover.
pub(crate) fn said(turn: &Turn, text: &str) -> Result<Outcome> {
    let mut begin = QUOTE.begin(turn);
    let named = |options: &[agent_sdk::Opt]| {
        let said = words::plain(text);
        let said: Vec<&str> = said.split(' ').map(words::stem).collect();
        options
            .iter()
            .find(|option| {
                option
                    .title
                    .all()
                    .any(|(_, title)| words::plain(title).split(' ').all(|word| said.contains(&words::stem(word))))
            })
            .map(|option| option.id.to_owned())
    };
    if let Some(vehicle) = named(VEHICLES) {
        begin = begin.known("vehicle", Answer::Choice(vehicle));
    }
    if let Some(cover) = named(COVERS) {
        begin = begin.known("cover", Answer::Choice(cover));
    }
    begin.ask()
}

fn finish(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let language = Language::of(turn);
    let (vehicle, cover) =
        (answers.choice("vehicle").unwrap_or("other"), answers.choice("cover").unwrap_or("third_party"));
    let tariff = Tariff::read()?;
    let Some(premium) = tariff.premium(vehicle, cover == "comprehensive") else {
        return Ok(menu(
            language,
            tr!(
                "I have no tariff for that.",
                "Je n'ai pas de tarif pour cela.",
                "Nta giciro mfite kuri ibyo.",
                "Sina bei ya hilo."
            )
            .get(language),
        ));
    };
    let number = format!("Q-{}", board::number(turn.seed));
    let valid_until = turn.now + tariff.valid_days * 24 * 60 * 60 * 1000;
    let quote = Quote {
        vehicle: vehicle.to_owned(),
        cover: cover.to_owned(),
        plate: answers.words("plate").map(plate),
        premium: premium.clone(),
        valid_until,
    };
    store::put_mine("quotes", &number, &quote)?;
    let body = tr!(
        "💰 Quote *{number}*: about *{premium}* a year, until {until}.\n\n_An indication by our tariff, not an offer: a broker confirms the premium with the insurer._",
        "💰 Devis *{number}* : environ *{premium}* par an, jusqu'au {until}.\n\n_Une indication selon notre tarif, pas une offre : un courtier confirme la prime avec l'assureur._",
        "💰 Igiciro *{number}*: hafi *{premium}* ku mwaka, kugeza {until}.\n\n_Ni igereranya, si igiciro ntakuka: umuhuza azakemeza._",
        "💰 Kadirio *{number}*: takriban *{premium}* kwa mwaka, hadi {until}.\n\n_Ni makadirio, si ofa: wakala atathibitisha._"
    );
    let until = when::show(valid_until);
    let until = until.split(' ').next().unwrap_or_default();
    let body = body.with(language, &[("number", &number), ("premium", &money::format(&premium)), ("until", until)]);
    let choices = vec![
        reply::choice(
            format!("ask:{number}"),
            tr!("👤 Ask a broker", "👤 Un courtier", "👤 Baza umuhuza", "👤 Uliza wakala").get(language),
        ),
        reply::choice("quote", tr!("Another quote", "Autre devis", "Ikindi giciro", "Kadirio lingine").get(language)),
        reply::menu_choice(language),
    ];
    Ok(Outcome::say(reply::choices(language, body, choices)).tag("quote", number))
}

/// A broker gets to work on a quote.
pub(crate) fn ask_broker(number: &str, language: Language) -> Result<Outcome> {
    let Some(quote) = store::mine::<Quote>("quotes", &words::cut(number, 20))? else { return Ok(menu(language, "")) };
    let details = format!(
        "{} · {} · {} · {}",
        quote.vehicle,
        quote.cover,
        quote.plate.as_deref().unwrap_or("no plate"),
        money::format(&quote.premium)
    );
    let ticket = tickets::open(&format!("Insurance quote {number}"), &details, tickets::Priority::Medium)?;
    let body = tr!(
        "✅ A broker prepares your insurance and answers here. Your ticket is *{ticket}*.",
        "✅ Un courtier prépare votre assurance et répond ici. Votre ticket est le *{ticket}*.",
        "✅ Umuhuza arategura ubwishingizi bwawe, azagusubiza hano. Nimero ni *{ticket}*.",
        "✅ Wakala anaandaa bima yako na atajibu hapa. Tiketi yako ni *{ticket}*."
    );
    Ok(menu(language, &body.with(language, &[("ticket", &ticket)])).tag("ticket", ticket))
}

impl Run for CalculateQuote {
    fn run(self, turn: &Turn) -> Result<Did> {
        let mut begin = QUOTE.begin(turn);
        if VEHICLES.iter().any(|known| known.id == self.vehicle_type) {
            begin = begin.known("vehicle", Answer::Choice(self.vehicle_type));
        } else {
            return Ok(Did::Told(json!({ "error": "vehicle_type is car, motorcycle, truck, bus or other" })));
        }
        if let Some(cover) = self.insurance_type.filter(|cover| COVERS.iter().any(|known| known.id == cover)) {
            begin = begin.known("cover", Answer::Choice(cover));
        }
        begin.ask().map(Did::Answered)
    }
}
