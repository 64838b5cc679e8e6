//! Motor insurance quotes: the plate, the cover, and a broker gets to work.

use agent_sdk::{Agent, Answers, Flow, Language, Outcome, Profile, Result, Step, Turn, export, opt, reply, store, tr};

struct Insurance;

export!(Insurance);

const QUOTE: Flow = Flow {
    name: "quote",
    steps: &[
        Step::words("plate", tr!("Plate", "Plaque"), tr!("What is the number plate?", "Quelle est la plaque ?"), 5, 12)
            .checked(is_plate, tr!("A plate looks like RAB 123 C.", "Une plaque s'écrit comme RAB 123 C.")),
        Step::choice(
            "cover",
            tr!("Cover", "Garantie"),
            tr!("Which cover?", "Quelle garantie ?"),
            &[
                opt("third_party", tr!("Third party", "Au tiers")),
                opt("comprehensive", tr!("Comprehensive", "Tous risques")),
            ],
        ),
        Step::money("value", tr!("Value", "Valeur"), tr!("What is the car worth?", "Que vaut la voiture ?")).or_skip(),
    ],
    confirm: Some(tr!("Your request:", "Votre demande :")),
    word: Flow::CONFIRM,
    done: ask_broker,
};

/// What people call covers that the host's lexicon does not know.
const CONCEPTS: &str = r#"[
    {"concept": "roadside_help", "kind": "cover", "names": {
        "en": ["roadside assistance", "breakdown cover", "towing"], "fr": ["assistance routière", "remorquage", "dépannage routier"],
        "rw": ["gukurura imodoka"], "sw": ["msaada wa barabarani", "kuvuta gari"]}},
    {"concept": "glass_cover", "kind": "cover", "names": {
        "en": ["glass cover", "windscreen cover"], "fr": ["bris de glace"], "sw": ["bima ya vioo"]}}
]"#;

impl Agent for Insurance {
    const FLOWS: &'static [&'static Flow] = &[&QUOTE];

    fn profile() -> Profile {
        Profile::new("insurance", env!("CARGO_PKG_VERSION"), "Quotes for motor insurance.")
            .titled(tr!("🚗 Insurance", "🚗 Assurance"), tr!("A quote for your car", "Un devis pour votre voiture"))
            .keywords(Language::En, "insurance 2, insure 2, premium")
            .keywords(Language::Fr, "assurance 2, assurer 2")
            .concepts(CONCEPTS)
            .stores("Your number plate and the cover you asked for.")
            .wants(&["readings", "records"])
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        QUOTE.begin(turn).ask()
    }
}

fn ask_broker(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let (plate, cover) = (answers.words("plate").unwrap_or_default(), answers.choice("cover"));
    store::put_mine("quotes", &plate.to_uppercase(), &cover)?;
    let thanks = tr!("Thank you! A broker prepares the quote.", "Merci ! Un courtier prépare le devis.");
    let language = Language::of(turn);
    // Each answer leaves the person a way on.
    let again = reply::choice("again", tr!("Another quote", "Autre devis").get(language));
    Ok(Outcome::say(reply::choices(language, thanks.get(language), vec![again])))
}

/// `rab123c` and `RAB 123 C` are the same plate.
fn is_plate(text: &str) -> bool {
    let signs = text.chars().filter(|sign| !sign.is_whitespace());
    signs.clone().count() == 7 && signs.into_iter().all(|sign| sign.is_ascii_alphanumeric())
}

// The host calls the component; there is nothing to run here.
#[allow(dead_code)]
fn main() {}
