//! Finding a thing or a service.

use agent_sdk::{
    Answers, Did, Flow, Outcome, Result, Run, Step, Turn,
    board::{NEAR, Search},
    money::Amount,
    talk, tool, tr,
};

use crate::BOARD;

tool! {
    "search_listings": "Searches things and services that are for sale.",
    pub(crate) struct SearchListings {
        search_term: String = "What is looked for, in a few words, in the language it was said in.",
        location_text: Option<String> = "Near which place.",
        price_max: Option<u64> = "At most, in the currency's unit.",
    }
}

pub(crate) const BUY: Flow = Flow {
    name: "buying",
    steps: &[
        Step::words(
            "words",
            tr!("What", "Quoi", "Icyo", "Nini"),
            tr!("What are you looking for?", "Que cherchez-vous ?", "Urashaka iki?", "Unatafuta nini?"),
            2,
            80,
        )
        .thing(),
        NEAR,
        Step::money(
            "price",
            tr!("At most", "Au plus", "Ntikirenze", "Isizidi"),
            tr!(
                "What is the most you would pay?",
                "Quel est votre prix maximum ?",
                "Ntugomba kurenza angahe?",
                "Bei ya juu ni kiasi gani?"
            ),
        )
        .limit()
        .or_skip()
        .shared("buying_budget"),
    ],
    confirm: None,
    word: Flow::CONFIRM,
    done: finish,
};

fn finish(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let said = answers.words("words").unwrap_or_default();
    let wanted = BOARD.wanted(said);
    let search = Search {
        words: if wanted.is_empty() { said.to_owned() } else { wanted },
        place: answers.place("place").cloned(),
        price_max: answers.amount("price").and_then(Amount::low).map(|money| money.hundredths),
        ..Search::default()
    };
    BOARD.find(turn, search)
}

impl Run for SearchListings {
    fn run(self, turn: &Turn) -> Result<Did> {
        let search = Search {
            words: BOARD.wanted(&self.search_term),
            place: talk::place(self.location_text.as_deref()),
            price_max: talk::money(turn, self.price_max).map(|money| money.hundredths),
            ..Search::default()
        };
        BOARD.find(turn, search).map(Did::Answered)
    }
}
