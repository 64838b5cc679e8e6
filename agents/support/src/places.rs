//! The person's saved places: whatever asks for a place then takes *home* and *work* for an answer.

use agent_sdk::{Answers, Flow, Language, Outcome, Problem, Result, Step, Turn, opt, preferences, reply, tr};

pub(crate) const WORDS: &[&str] = &[
    "my home is",
    "my work is",
    "save my home",
    "save my work",
    "my places",
    "saved places",
    "mes lieux",
    "ma maison est",
    "mon travail est",
    "aho ntuye",
    "aho nkorera",
    "nyumbani kwangu",
    "kazini kwangu",
    "maeneo yangu",
];

pub(crate) const SAVE: Flow = Flow {
    name: "saved_place",
    steps: &[
        Step::choice(
            "which",
            tr!("Which", "Lequel", "Aha", "Ipi"),
            tr!(
                "Which place shall I remember?",
                "Quel lieu dois-je retenir ?",
                "Nibuke hehe?",
                "Nikumbuke mahali gani?"
            ),
            &[
                opt("home", tr!("🏠 Home", "🏠 Maison", "🏠 Mu rugo", "🏠 Nyumbani")),
                opt("work", tr!("🏢 Work", "🏢 Travail", "🏢 Ku kazi", "🏢 Kazini")),
            ],
        ),
        Step::place(
            "place",
            tr!("Where", "Lieu", "Aho", "Mahali"),
            tr!(
                "Where is it? Share a location or type a place.",
                "Où est-ce ? Partagez une position ou écrivez un lieu.",
                "Ni he? Ohereza ahantu cyangwa uhandike.",
                "Iko wapi? Tuma mahali au andika jina."
            ),
        ),
    ],
    confirm: None,
    word: Flow::CONFIRM,
    done: save,
};

fn save(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let language = Language::of(turn);
    let which = answers.choice("which").unwrap_or("home");
    let place = serde_json::to_string(&answers.place("place")).unwrap_or_default();
    let body = match preferences::set(which, &place) {
        Ok(()) => tr!(
            "📍 Saved. Whenever I ask for a place, you can answer *my home* or *my work*.",
            "📍 Retenu. Quand je demande un lieu, vous pouvez répondre *maison* ou *travail*.",
            "📍 Byabitswe. Igihe mbajije ahantu, ushobora gusubiza *mu rugo* cyangwa *ku kazi*.",
            "📍 Imehifadhiwa. Nikiuliza mahali, unaweza kujibu *nyumbani* au *kazini*."
        ),
        // The feature is off.
        Err(Problem::Denied(_)) => tr!(
            "I cannot remember places right now.",
            "Je ne peux pas retenir de lieux en ce moment.",
            "Sinshobora kubika ahantu ubu.",
            "Siwezi kukumbuka maeneo kwa sasa."
        ),
        Err(problem) => return Err(problem.into()),
    };
    Ok(Outcome::say(reply::choices(language, body.get(language), vec![reply::menu_choice(language)])))
}
