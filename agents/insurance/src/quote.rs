//! A quote by the tariff, and the way from it to a broker.

use agent_sdk::{
    Answer, Answers, Did, Flow, Language, Outcome, Result, Run, Step, Turn, board, money, opt, reply, store, tickets,
    tool, tr, understand::Said, when, words,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{PLATE, menu, plate, tariff::Tariff, with_plate};

const VEHICLES: &[agent_sdk::Opt] = &[
    opt("car", tr!("🚗 Car", "🚗 Voiture", "🚗 Imodoka", "🚗 Gari")),
    opt("motorcycle", tr!("🏍️ Motorcycle", "🏍️ Moto", "🏍️ Moto", "🏍️ Pikipiki")),
    opt("truck", tr!("🚚 Truck", "🚚 Camion", "🚚 Ikamyo", "🚚 Lori")),
    opt("bus", tr!("🚌 Bus", "🚌 Bus", "🚌 Bisi", "🚌 Basi")),
    opt("other", tr!("✨ Other", "✨ Autre", "✨ Ikindi", "✨ Nyingine")),
];

const COVERS: &[agent_sdk::Opt] = &[
    opt("third_party", tr!("Third party", "Au tiers", "Ku bandi", "Third party (wa tatu)")),
    opt("comprehensive", tr!("Comprehensive", "Tous risques", "Byose", "Kamili")),
];

tool! {
    "calculate_quote": "An indicative yearly premium by the tariff.",
    pub(crate) struct CalculateQuote {
        vehicle_type: String = "car, motorcycle, truck, bus or other.",
        insurance_type: Option<String> = "third_party or comprehensive.",
    }
}

pub(crate) const VEHICLE: Step = Step::choice(
    "vehicle",
    tr!("Vehicle", "Véhicule", "Ikinyabiziga", "Chombo"),
    tr!("What kind of vehicle is it?", "Quel type de véhicule ?", "Ni ikinyabiziga ki?", "Ni chombo gani?"),
    VEHICLES,
)
.infers(vehicle);

pub(crate) const QUOTE: Flow = Flow {
    name: "insurance_quote",
    steps: &[
        VEHICLE,
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
        )
        .or_skip(),
        PLATE.or_skip(),
        Step::number(
            "seats",
            tr!("Seats", "Places", "Imyanya", "Viti"),
            tr!("How many seats?", "Combien de places ?", "Imyanya ingahe?", "Viti vingapi?"),
            1,
            100,
        )
        .of(&["seat", "person"])
        .or_skip(),
        Step::when(
            "starts",
            tr!("From", "À partir du", "Guhera", "Kuanzia"),
            tr!("From when?", "À partir de quand ?", "Guhera ryari?", "Kuanzia lini?"),
        )
        .or_skip(),
    ],
    confirm: None,
    word: Flow::CONFIRM,
    done: finish,
};

/// The cover of a quote whose customer named none.
const UNDECIDED: &str = "undecided";

/// A quote as it is kept.
#[derive(Serialize, Deserialize)]
pub(crate) struct Quote {
    pub(crate) vehicle: String,
    pub(crate) cover: String,
    pub(crate) plate: Option<String>,
    #[serde(default)]
    pub(crate) seats: Option<i64>,
    #[serde(default)]
    pub(crate) starts: Option<u64>,
    pub(crate) premium: agent_sdk::Money,
    pub(crate) valid_until: u64,
}

/// The vehicle that a sentence names: what most people drive, if it names the maker only.
fn vehicle(said: &Said<'_>) -> Option<&'static str> {
    let named = said.things().find(|found| found.what.kind == "vehicle")?;
    Some(match named.what.concept.as_str() {
        "moto" | "electric_moto" | "tricycle" => "motorcycle",
        "truck" | "tractor" | "excavator" => "truck",
        "minibus" | "bus" => "bus",
        "bicycle" | "boat" | "ambulance" => "other",
        // A taxi that is a minibus is one.
        _ => return said.things().any(|found| found.what.concept == "minibus").then_some("bus").or(Some("car")),
    })
}

/// Begins with what a sentence says.
pub(crate) fn said(turn: &Turn, text: &str) -> Result<Outcome> {
    with_plate(QUOTE.begin(turn), text).ask()
}

fn finish(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let language = Language::of(turn);
    let (vehicle, cover) = (answers.choice("vehicle").unwrap_or("other"), answers.choice("cover"));
    let tariff = Tariff::read()?;
    let Some(premium) = tariff.premium(vehicle, cover == Some("comprehensive")) else {
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
        cover: cover.unwrap_or(UNDECIDED).to_owned(),
        plate: answers.words("plate").map(plate),
        seats: answers.number("seats"),
        starts: answers.time("starts"),
        premium: premium.clone(),
        valid_until,
    };
    store::put_mine("quotes", &number, &quote)?;
    let titled = |of: &[agent_sdk::Opt], id: &str| {
        of.iter().find(|known| known.id == id).map(|known| known.title.get(language)).unwrap_or_default()
    };
    // Who named no cover sees what each costs.
    let covers = COVERS.iter().filter(|known| cover.is_none_or(|id| known.id == id));
    let lines = covers.filter_map(|known| {
        let premium = tariff.premium(vehicle, known.id == "comprehensive")?;
        let a_year = tr!("{premium} a year", "{premium} par an", "{premium} ku mwaka", "{premium} kwa mwaka");
        let a_year = a_year.with(language, &[("premium", &money::format(&premium))]);
        Some(format!("• {}: *≈ {a_year}*", known.title.get(language)))
    });
    let heading = tr!(
        "💰 Quote *{number}*, until {until}",
        "💰 Devis *{number}*, jusqu'au {until}",
        "💰 Igiciro *{number}*, kugeza {until}",
        "💰 Kadirio *{number}*, hadi {until}"
    );
    let note = tr!(
        "_An indication by our tariff, not an offer: a broker confirms the premium with the insurer._",
        "_Une indication selon notre tarif, pas une offre : un courtier confirme la prime avec l'assureur._",
        "_Ni igereranya, si igiciro ntakuka: umuhuza azakemeza._",
        "_Ni makadirio, si ofa: wakala atathibitisha._"
    );
    let lines: Vec<String> = lines.collect();
    let until = when::say(valid_until, language);
    let until = until.rsplit_once(',').map_or(until.as_str(), |(day, _)| day);
    let heading = heading.with(language, &[("number", &number), ("until", until)]);
    let vehicle = titled(VEHICLES, vehicle);
    let body = format!("{heading}\n{vehicle}\n{}\n\n{}", lines.join("\n"), note.get(language));
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
    let mut details = vec![quote.vehicle, quote.cover, quote.plate.unwrap_or_else(|| "no plate".to_owned())];
    details.extend(quote.seats.map(|seats| format!("{seats} seats")));
    details.extend(quote.starts.map(|at| format!("from {}", when::say(at, Language::En))));
    details.push(money::format(&quote.premium));
    let details = details.join(" · ");
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
