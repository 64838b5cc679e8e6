//! Listing a home.

use agent_sdk::{
    Answer, Answers, Did, Flow, Language, Outcome, Result, Run, Step, Turn, board,
    listings::{self, Draft},
    money::Amount,
    talk, tool, tr,
    understand::Said,
    words,
};
use serde_json::json;

use crate::{BOARD, TERMS, TYPES, search::term_of};

tool! {
    "create_property_listing": "Lists the person's own home for rent.",
    pub(crate) struct CreatePropertyListing {
        property_type: String = "apartment, house, studio or room.",
        bedrooms: Option<u64> = "How many bedrooms.",
        price: Option<u64> = "The rent, in the currency's unit.",
        location: Option<String> = "Where it is.",
        term: Option<String> = "`long` by the month, `short` by the night.",
    }
}

pub(crate) const LIST: Flow = Flow {
    name: "property_listing",
    steps: &[
        Step::choice(
            "start",
            tr!("Kind", "Type", "Ubwoko", "Aina"),
            tr!("What kind of home is it?", "Quel type de logement ?", "Ni inzu bwoko ki?", "Ni nyumba ya aina gani?"),
            TYPES,
        ),
        Step::choice(
            "term",
            tr!("For how long", "Durée", "Igihe", "Muda"),
            tr!(
                "Do you let it by the month or by the night?",
                "Louez-vous au mois ou à la nuit ?",
                "Uyikodesha ku kwezi cyangwa ku ijoro?",
                "Unapangisha kwa mwezi au kwa usiku?"
            ),
            TERMS,
        )
        .infers(term),
        Step::number(
            "bedrooms",
            tr!("Bedrooms", "Chambres", "Ibyumba", "Vyumba"),
            tr!("How many bedrooms?", "Combien de chambres ?", "Ibyumba bingahe?", "Vyumba vingapi?"),
            0,
            20,
        )
        .of(&["room"]),
        Step::number(
            "bathrooms",
            tr!("Bathrooms", "Salles de bain", "Ubwogero", "Bafu"),
            tr!("How many bathrooms?", "Combien de salles de bain ?", "Ubwogero bungahe?", "Bafu ngapi?"),
            0,
            20,
        )
        .or_skip(),
        Step::money(
            "price",
            tr!("Rent", "Loyer", "Ubukode", "Kodi"),
            tr!(
                "What is the rent, per month or per night?",
                "Quel est le loyer, par mois ou par nuit ?",
                "Ubukode ni angahe, ku kwezi cyangwa ku ijoro?",
                "Kodi ni kiasi gani, kwa mwezi au kwa usiku?"
            ),
        ),
        Step::place(
            "location",
            tr!("Where", "Lieu", "Aho", "Mahali"),
            tr!(
                "Where is it? Share a location or type a place.",
                "Où est-ce ? Partagez une position ou écrivez un lieu.",
                "Iri he? Ohereza ahantu cyangwa uhandike.",
                "Iko wapi? Tuma mahali au andika jina."
            ),
        ),
        Step::words(
            "description",
            tr!("Amenities", "Équipements", "Ibirimo", "Vifaa"),
            tr!(
                "What does it offer? For instance water, parking, furnished, fence.",
                "Qu'offre-t-il ? Par exemple eau, parking, meublé, clôture.",
                "Harimo iki? Urugero amazi, parikingi, ibikoresho, uruzitiro.",
                "Ina nini? Kwa mfano maji, maegesho, samani, uzio."
            ),
            3,
            1_000,
        )
        .or_skip(),
        board::PHOTOS,
    ],
    confirm: Some(tr!(
        "Your home. Those whose inquiry you accept get your contact, and you theirs.",
        "Votre logement. Ceux dont vous acceptez la demande reçoivent votre contact, et vous le leur.",
        "Inzu yawe. Abo wemeye babona nimero yawe, nawe ukabona izabo.",
        "Nyumba yako. Unaowakubali wanapata namba yako, nawe unapata zao."
    )),
    word: Flow::POST,
    done: finish,
};

/// For how long a text lets: what its rent is for, or the words for it.
pub(crate) fn term(said: &Said<'_>) -> Option<&'static str> {
    term_of(said.amounts().find_map(|found| found.what.per.as_deref()), |known| {
        known.split(' ').any(|word| !word.is_empty() && words::has_one_of(said.text, &[word]))
    })
}

/// Begins with what a sentence says of the home.
pub(crate) fn said(turn: &Turn, text: &str) -> Result<Outcome> {
    let said = Said::of(turn, text);
    let is = |category: &str| said.things().any(|found| found.what.kind == "home" && found.what.category == category);
    LIST.begin(turn)
        .hears(text, |mut begin, _| {
            // A rent that is for nothing else is for a month.
            if begin.knows("price") && !begin.knows("term") {
                begin = begin.known("term", Answer::Choice("long".to_owned()));
            }
            // A room is one, and a studio has none of its own.
            let rooms = if is("room") { Some(1) } else { is("studio").then_some(0) };
            match rooms.filter(|_| !begin.knows("bedrooms")) {
                Some(rooms) => begin.known("bedrooms", Answer::Number(rooms)),
                None => begin,
            }
        })
        .ask()
}

fn finish(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let kind = answers.choice("start").unwrap_or("house");
    let bedrooms = answers.number("bedrooms").unwrap_or_default();
    let is_short = answers.choice("term") == Some("short");
    let attributes = json!({
        "property_type": kind,
        "bedrooms": bedrooms,
        "bathrooms": answers.number("bathrooms"),
        "term": if is_short { "short" } else { "long" },
    });
    let title = if bedrooms == 0 { kind.to_owned() } else { format!("{bedrooms}-bedroom {kind}") };
    let id = listings::create(&Draft {
        category: Some(kind.to_owned()),
        price_unit: Some(if is_short { "night" } else { "month" }.to_owned()),
        attributes: attributes.to_string(),
        ..board::draft("rental", &title, answers)
    })?;
    Ok(BOARD.listed(&id, Language::of(turn)))
}

impl Run for CreatePropertyListing {
    fn run(self, turn: &Turn) -> Result<Did> {
        let mut begin = LIST.begin(turn);
        if TYPES.iter().any(|known| known.id == self.property_type) {
            begin = begin.known("start", Answer::Choice(self.property_type));
        }
        if let Some(term) = self.term.filter(|term| TERMS.iter().any(|known| known.id == term)) {
            begin = begin.known("term", Answer::Choice(term));
        }
        if let Some(bedrooms) = self.bedrooms.and_then(|n| i64::try_from(n).ok()).filter(|n| *n <= 20) {
            begin = begin.known("bedrooms", Answer::Number(bedrooms));
        }
        if let Some(price) = talk::money(turn, self.price) {
            begin = begin.known("price", Answer::Amount(Amount::Exactly(price)));
        }
        if let Some(place) = talk::place(self.location.as_deref()) {
            begin = begin.known("location", Answer::Place(place));
        }
        begin.ask().map(Did::Answered)
    }
}
