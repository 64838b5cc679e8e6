//! Finding a home: by questions, or by a sentence that answers some of them.

use agent_sdk::{
    Answers, Did, Flow, Outcome, Result, Run, Step, Turn,
    board::{Heard, Search},
    money::Amount,
    talk, tool, tr,
};

use crate::{BOARD, TERMS, TYPES};

tool! {
    "search_properties": "Searches homes to rent.",
    pub(crate) struct SearchProperties {
        property_type: Option<String> = "apartment, house, studio or room.",
        bedrooms: Option<u64> = "How many bedrooms, exactly.",
        price_max: Option<u64> = "The most rent, in the currency's unit.",
        location: Option<String> = "A place; absent for anywhere.",
        term: Option<String> = "`long` by the month, `short` by the night.",
    }
}

pub(crate) const SEARCH: Flow = Flow {
    name: "property_search",
    steps: &[
        Step::choice(
            "start",
            tr!("Kind", "Type", "Ubwoko", "Aina"),
            tr!(
                "What kind of home do you look for?",
                "Quel type de logement cherchez-vous ?",
                "Urashaka inzu bwoko ki?",
                "Unatafuta nyumba ya aina gani?"
            ),
            TYPES,
        )
        .or_skip()
        .shared("home_kind"),
        Step::choice(
            "term",
            tr!("For how long", "Durée", "Igihe", "Muda"),
            tr!(
                "By the month or by the night?",
                "Au mois ou à la nuit ?",
                "Ku kwezi cyangwa ku ijoro?",
                "Kwa mwezi au kwa usiku?"
            ),
            TERMS,
        )
        .infers(crate::list::term),
        Step::number(
            "bedrooms",
            tr!("Bedrooms", "Chambres", "Ibyumba", "Vyumba"),
            tr!("How many bedrooms?", "Combien de chambres ?", "Ibyumba bingahe?", "Vyumba vingapi?"),
            0,
            20,
        )
        .of(&["room"])
        .or_skip(),
        Step::price_range(
            "budget",
            tr!("Budget", "Budget", "Ingengo y'imari", "Bajeti"),
            tr!(
                "What is your budget? For instance 200 000, or 100 000 - 300 000.",
                "Quel est votre budget ? Par exemple 200 000, ou 100 000 - 300 000.",
                "Ufite angahe? Urugero 200 000, cyangwa 100 000 - 300 000.",
                "Bajeti yako ni kiasi gani? Kwa mfano 200 000, au 100 000 - 300 000."
            ),
        )
        .or_skip()
        .shared("rent_budget"),
        Step::place(
            "location",
            tr!("Where", "Lieu", "Aho", "Mahali"),
            tr!(
                "Where? Share a location or type a place, for instance Kigali.",
                "Où ? Partagez une position ou écrivez un lieu, par exemple Kigali.",
                "He? Ohereza aho uri cyangwa wandike ahantu, urugero Kigali.",
                "Wapi? Tuma mahali au andika jina, kwa mfano Kigali."
            ),
        )
        .or_skip(),
    ],
    confirm: None,
    word: Flow::CONFIRM,
    done: finish,
};

fn finish(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let budget = answers.amount("budget");
    // One amount is the most, a range is a range.
    let (low, high) = match budget {
        Some(Amount::Between(low, high)) => (Some(low.hundredths), Some(high.hundredths)),
        Some(Amount::Exactly(most)) => (None, Some(most.hundredths)),
        Some(Amount::Negotiable) | None => (None, None),
    };
    BOARD.find(
        turn,
        Search {
            category: answers.choice("start").map(str::to_owned),
            attributes: attributes(answers.choice("term"), answers.number("bedrooms")),
            place: answers.place("location").cloned(),
            price_min: low,
            price_max: high,
            ..Search::default()
        },
    )
}

fn attributes(term: Option<&str>, bedrooms: Option<i64>) -> Vec<(String, String)> {
    let term = term.map(|term| ("term".to_owned(), term.to_owned()));
    let bedrooms = bedrooms.map(|n| ("bedrooms".to_owned(), n.to_string()));
    term.into_iter().chain(bedrooms).collect()
}

/// For how long: what an amount is for, or else the words that a text has.
pub(crate) fn term_of(per: Option<&str>, has: impl Fn(&str) -> bool) -> Option<&'static str> {
    match per {
        Some("night" | "day") => Some("short"),
        Some("month" | "week" | "year") => Some("long"),
        _ if has(" night nights nightly nuit nuits nuitee ijoro amajoro usiku airbnb ") => Some("short"),
        _ if has(" month months monthly mois mensuel kwezi amezi mwezi miezi ") => Some("long"),
        _ => None,
    }
}

/// The kind of home, its rooms and its term, as a sentence says them.
pub(crate) fn hears(heard: &Heard, search: &mut Search) {
    let kind =
        heard.things().find(|thing| thing.kind == "home" && TYPES.iter().any(|known| known.id == thing.category));
    if let Some(kind) = kind {
        // The lexicon's house is any home.
        search.category =
            Some(kind.category.clone()).filter(|kind| kind != "house" || heard.has(" villa maison house "));
        search.words = String::new();
    }
    let term = term_of(heard.amount().and_then(|amount| amount.per.as_deref()), |known| heard.has(known));
    let rooms = heard.quantity("room").filter(|rooms| (0.0..=20.0).contains(rooms)).map(|rooms| rooms as i64);
    search.attributes = attributes(term, rooms);
}

impl Run for SearchProperties {
    fn run(self, turn: &Turn) -> Result<Did> {
        let search = Search {
            category: self.property_type.filter(|kind| TYPES.iter().any(|known| known.id == kind)),
            attributes: attributes(
                self.term.as_deref().filter(|term| TERMS.iter().any(|known| known.id == *term)),
                self.bedrooms.and_then(|n| i64::try_from(n).ok()),
            ),
            place: talk::place(self.location.as_deref()),
            price_max: talk::money(turn, self.price_max).map(|money| money.hundredths),
            ..Search::default()
        };
        BOARD.find(turn, search).map(Did::Answered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_says_kind_rooms_price_and_place() {
        for text in [
            "I am looking for a 2 bedroom apartment in Remera under 300k per month",
            "je cherche un appartement de 2 chambres à Remera, maximum 300k par mois",
            "nataka apartment ya vyumba 2 Remera isizidi elfu 300 kwa mwezi",
        ] {
            let search = BOARD.reads(&Heard::of(text));
            assert_eq!(search.category.as_deref(), Some("apartment"), "{text}");
            assert_eq!(search.attributes, attributes(Some("long"), Some(2)), "{text}");
            assert_eq!((search.price_min, search.price_max), (None, Some(30_000_000)), "{text}");
            assert_eq!(search.place.as_ref().map(|place| place.label()), Some("Remera"), "{text}");
        }
    }
}
