//! Finding a home: by questions, or by a sentence that answers some of them.

use agent_sdk::{
    Answer, Answers, Did, Flow, Outcome, Result, Run, Step, Turn, board::Search, money::Amount, talk, tool, tr, words,
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
        ),
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

/// Whether a text names a kind of home.
pub(crate) fn says_what(text: &str) -> bool {
    kind_of(text).is_some() && text.split_whitespace().count() > 1
}

fn kind_of(text: &str) -> Option<&'static str> {
    let said = words::plain(text);
    let said: Vec<&str> = said.split(' ').map(words::stem).collect();
    let named = TYPES.iter().find(|kind| {
        kind.title.all().any(|(_, title)| words::plain(title).split(' ').any(|word| said.contains(&words::stem(word))))
    });
    named.map(|kind| kind.id)
}

/// Begins the search with what a sentence says, and asks for the rest.
pub(crate) fn by_sentence(turn: &Turn, text: &str) -> Result<Outcome> {
    let begin = SEARCH.begin(turn).hears(text, |begin, left| match kind_of(&left) {
        Some(kind) => begin.known("start", Answer::Choice(kind.to_owned())),
        None => begin,
    });
    begin.ask()
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
    fn a_sentence_names_a_kind_of_home() {
        assert_eq!(kind_of("Je cherche un appartement à Huye"), Some("apartment"));
        assert_eq!(kind_of("I need a room"), Some("room"));
        assert_eq!(kind_of("hello"), None);
        assert!(!says_what("house"));
    }
}
