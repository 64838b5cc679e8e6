//! Finding a restaurant, and entering one's own.

use agent_sdk::{
    Answer, Answers, Did, Flow, Language, Outcome, Result, Run, Step, Turn,
    board::{self, NEAR, Search},
    listings::{self, Draft},
    talk, tool, tr, words,
};
use serde_json::json;

use crate::{BOARD, wish};

tool! {
    "search_restaurants": "Searches restaurants and bars.",
    pub(crate) struct SearchRestaurants {
        cuisine_type: Option<String> = "The cuisine, a dish, or the restaurant's name.",
        location_text: Option<String> = "Near which place.",
    }
}

pub(crate) const SEARCH: Flow = Flow {
    name: "restaurant_search",
    steps: &[
        Step::words(
            "words",
            tr!("Cuisine", "Cuisine", "Ibiryo", "Chakula"),
            tr!(
                "What do you feel like? A cuisine, a dish or a name.",
                "De quoi avez-vous envie ? Une cuisine, un plat ou un nom.",
                "Urashaka kurya iki? Ubwoko, ifunguro cyangwa izina.",
                "Unataka kula nini? Aina, chakula au jina."
            ),
            2,
            60,
        )
        .or_skip(),
        NEAR,
    ],
    confirm: None,
    word: Flow::CONFIRM,
    done: find,
};

pub(crate) const REGISTER: Flow = Flow {
    name: "restaurant_registration",
    steps: &[
        Step::words(
            "name",
            tr!("Name", "Nom", "Izina", "Jina"),
            tr!(
                "What is your restaurant called?",
                "Comment s'appelle votre restaurant ?",
                "Resitora yawe yitwa nde?",
                "Mgahawa wako unaitwaje?"
            ),
            3,
            80,
        ),
        Step::words(
            "cuisine",
            tr!("Cuisine", "Cuisine", "Ibiryo", "Chakula"),
            tr!(
                "What do you serve? For instance Rwandan, grill, pizza.",
                "Que servez-vous ? Par exemple rwandais, grillades, pizza.",
                "Mutanga iki? Urugero ibyo mu Rwanda, byotsa, pizza.",
                "Mnauza nini? Kwa mfano vya Rwanda, nyama choma, pizza."
            ),
            3,
            80,
        ),
        Step::words(
            "hours",
            tr!("Hours", "Horaires", "Amasaha", "Saa"),
            tr!("When are you open?", "Quand êtes-vous ouvert ?", "Mufungura ryari?", "Mnafungua saa ngapi?"),
            3,
            80,
        )
        .or_skip(),
        board::PLACE,
        Step::words(
            "description",
            tr!("About it", "Présentation", "Ibisobanuro", "Maelezo"),
            tr!(
                "A sentence about it for your guests?",
                "Une phrase de présentation pour vos clients ?",
                "Interuro ku bakiriya?",
                "Sentensi moja kwa wageni?"
            ),
            3,
            500,
        )
        .or_skip(),
        board::PHOTOS,
    ],
    confirm: Some(tr!(
        "Your restaurant. Guests whose order you accept get your contact, and you theirs.",
        "Votre restaurant. Les clients dont vous acceptez la commande reçoivent votre contact, et vous le leur.",
        "Resitora yawe. Abo wemeye batumije babona nimero yawe, nawe ukabona izabo.",
        "Mgahawa wako. Wageni unaowakubali wanapata namba yako, nawe unapata zao."
    )),
    word: Flow::POST,
    done: register,
};

fn find(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let place = answers.place("place").cloned();
    match answers.words("words") {
        Some(said) => wish::by_words(turn, said, place),
        None => BOARD.find(turn, Search { place, ..Search::default() }),
    }
}

fn register(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let cuisine = answers.words("cuisine").unwrap_or_default();
    let draft = board::draft("service", answers.words("name").unwrap_or_default(), answers);
    // What it serves is searched for, so it stands in the description too.
    let description =
        [Some(cuisine), draft.description.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(". ");
    let id = listings::create(&Draft {
        category: Some("restaurant".to_owned()),
        description: Some(description),
        attributes: json!({ "cuisine": cuisine, "hours": answers.words("hours"), "menu": [] }).to_string(),
        ..draft
    })?;
    crate::menu::enter(turn, &id, Language::of(turn))
}

/// The person's own restaurant, or the questions for one.
pub(crate) fn own(turn: &Turn, text: &str, language: Language) -> Result<Outcome> {
    if !listings::mine()?.is_empty() {
        return BOARD.mine(language);
    }
    let begin = REGISTER.begin(turn);
    match called(text) {
        Some(name) => begin.known("name", Answer::Words(name)).ask(),
        None => begin.ask(),
    }
}

/// The name behind a word that says there is one: `called Chez Alice`, `yitwa Umubano`.
fn called(text: &str) -> Option<String> {
    const CALLED: &[&str] = &[
        "called",
        "named",
        "s'appelle",
        "appelé",
        "nommé",
        "yitwa",
        "witwa",
        "yitwaga",
        "unaitwa",
        "inaitwa",
        "kinaitwa",
    ];
    let mut words = text.split_whitespace().skip_while(|word| !CALLED.contains(&words::lower(word).as_str())).skip(1);
    let first = words.next()?;
    let mut name = vec![first];
    if !first.ends_with([',', '.']) {
        for word in words.take_while(|word| word.starts_with(char::is_uppercase)) {
            name.push(word);
            if word.ends_with([',', '.']) {
                break;
            }
        }
    }
    let name = name.join(" ");
    let name = name.trim_matches(|sign: char| !sign.is_alphanumeric() && sign != ')');
    (3..=80).contains(&name.chars().count()).then(|| name.to_owned())
}

impl Run for SearchRestaurants {
    fn run(self, turn: &Turn) -> Result<Did> {
        let place = talk::place(self.location_text.as_deref());
        match self.cuisine_type {
            Some(said) => wish::by_words(turn, &said, place),
            None => BOARD.find(turn, Search { place, ..Search::default() }),
        }
        .map(Did::Answered)
    }
}
