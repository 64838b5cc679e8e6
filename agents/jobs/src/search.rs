//! Finding work.

use agent_sdk::{
    Answers, Did, Flow, Outcome, Result, Run, Step, Turn,
    board::{Heard, Search},
    money::Amount,
    talk, tool, tr,
};

use crate::{BOARD, CATEGORIES};

tool! {
    "search_jobs": "Searches open jobs, best first.",
    pub(crate) struct SearchJobs {
        category: Option<String> = "Kind of work: driving, security, sales, it, hospitality, construction, cleaning, teaching, health or other.",
        words: Option<String> = "Words that the job's title or description should have.",
        location: Option<String> = "A place; absent for anywhere.",
        salary_min: Option<u64> = "The least pay, in the currency's unit.",
    }
}

pub(crate) const SEARCH: Flow = Flow {
    name: "job_search",
    steps: &[
        Step::choice(
            "start",
            tr!("Kind of work", "Type d'emploi", "Ubwoko bw'akazi", "Aina ya kazi"),
            tr!(
                "What kind of work do you look for?",
                "Quel type d'emploi cherchez-vous ?",
                "Urashaka akazi bwoko ki?",
                "Unatafuta kazi gani?"
            ),
            CATEGORIES,
        )
        .shared("work_kind"),
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
        Step::money(
            "salary",
            tr!("Least pay", "Salaire minimum", "Umushahara muto", "Mshahara wa chini"),
            tr!(
                "What should it pay at least, per month?",
                "Quel salaire minimum par mois ?",
                "Umushahara muto ku kwezi?",
                "Mshahara wa chini kwa mwezi?"
            ),
        )
        .or_skip()
        .shared("least_pay"),
    ],
    confirm: None,
    word: Flow::CONFIRM,
    done: finish,
};

fn finish(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let search = Search {
        category: answers.choice("start").filter(|category| *category != "other").map(str::to_owned),
        place: answers.place("location").cloned(),
        price_min: answers.amount("salary").and_then(Amount::low).map(|money| money.hundredths),
        ..Search::default()
    };
    BOARD.find(turn, search)
}

/// An amount in a search for work is the least that it pays.
pub(crate) fn hears(_: &Heard, search: &mut Search) {
    search.price_min = search.price_min.or(search.price_max.take());
}

impl Run for SearchJobs {
    fn run(self, turn: &Turn) -> Result<Did> {
        let known = |category: &String| CATEGORIES.iter().any(|known| known.id == category) && category != "other";
        let search = Search {
            words: self.words.map(|words| BOARD.wanted(&words)).unwrap_or_default(),
            category: self.category.filter(known),
            place: talk::place(self.location.as_deref()),
            price_min: talk::money(turn, self.salary_min).map(|money| money.hundredths),
            ..Search::default()
        };
        BOARD.find(turn, search).map(Did::Answered)
    }
}
