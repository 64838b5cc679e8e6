//! Offers that customers find, the quotes that they ask for, and the leads that these become.

use agent_sdk::{
    Answers, Did, Flow, Language, Outcome, Problem, Result, Run, Step, Turn, applications,
    board::{self, Does, NEAR, Search, Way, always, knows_nothing},
    listings, talk, tool, tr, words,
};
use serde_json::json;

use crate::{
    BOARD,
    lead::{Lead, note},
};

tool! {
    "search_offers": "Searches companies that offer something, to ask them for a quote.",
    pub(crate) struct SearchOffers {
        what: String = "What the customer needs, in a few words.",
        location: Option<String> = "Near which place.",
    }
}

pub(crate) const OFFER: Flow = Flow {
    name: "sales_offer",
    steps: &[
        Step::words(
            "title",
            tr!("Offer", "Offre", "Icyo utanga", "Ofa"),
            tr!("What do you sell to businesses and customers?", "Que vendez-vous ?", "Ugurisha iki?", "Unauza nini?"),
            5,
            100,
        ),
        Step::words(
            "description",
            tr!("Description", "Description", "Ibisobanuro", "Maelezo"),
            tr!(
                "Describe it in a few sentences.",
                "Décrivez-la en quelques phrases.",
                "Bisobanure mu nteruro nke.",
                "Ieleze kwa sentensi chache."
            ),
            10,
            1_000,
        ),
        Step::price(
            "price",
            tr!("Price from", "À partir de", "Igiciro guhera", "Bei kuanzia"),
            tr!("From which price?", "À partir de quel prix ?", "Guhera ku giciro ki?", "Kuanzia bei gani?"),
        ),
        board::PLACE,
    ],
    confirm: Some(tr!(
        "Your offer. Customers whose request you accept become leads, and you get each other's contact.",
        "Votre offre. Les clients acceptés deviennent des prospects, et vous recevez vos contacts.",
        "Icyo utanga. Abo wemeye baba abakiriya, mugahana nimero.",
        "Ofa yako. Wateja unaowakubali wanakuwa wateja watarajiwa, na mnapeana namba."
    )),
    word: Flow::POST,
    done: publish,
};

pub(crate) const SEARCH: Flow = Flow {
    name: "offer_search",
    steps: &[
        Step::words(
            "words",
            tr!("What", "Quoi", "Icyo", "Nini"),
            tr!(
                "What do you need a quote for?",
                "Pour quoi voulez-vous un devis ?",
                "Ukeneye igiciro cy'iki?",
                "Unahitaji bei ya nini?"
            ),
            2,
            80,
        ),
        NEAR,
    ],
    confirm: None,
    word: Flow::CONFIRM,
    done: find,
};

pub(crate) const ASK: Flow = Flow {
    name: "quote_request",
    steps: &[Step::words(
        "need",
        tr!("What you need", "Votre besoin", "Icyo ukeneye", "Unachohitaji"),
        tr!(
            "What do you need, how much of it and by when?",
            "De quoi avez-vous besoin, combien et pour quand ?",
            "Ukeneye iki, kingana iki, ryari?",
            "Unahitaji nini, kiasi gani na lini?"
        ),
        5,
        1_000,
    )],
    confirm: Some(tr!(
        "Your request. If the company accepts it, you get each other's contact.",
        "Votre demande. Si l'entreprise l'accepte, vous recevez vos contacts.",
        "Ubusabe bwawe. Nibwemerwa, muzahana nimero.",
        "Ombi lako. Likikubaliwa, mtapeana namba."
    )),
    word: Flow::SEND,
    done: ask,
};

pub(crate) const WAYS: &[Way] = &[Way {
    title: tr!("📄 Ask for a quote", "📄 Demander un devis", "📄 Saba igiciro", "📄 Omba bei"),
    does: Does::Apply {
        flow: &ASK,
        told: tr!(
            "📬 {name} asks for a quote: *{title}*",
            "📬 {name} demande un devis : *{title}*",
            "📬 {name} arasaba igiciro: *{title}*",
            "📬 {name} anaomba bei: *{title}*"
        ),
        knows: knows_nothing,
    },
    fits: always,
}];

fn publish(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let title = answers.words("title").unwrap_or_default();
    let id = listings::create(&board::draft("service", title, answers))?;
    Ok(BOARD.listed(&id, Language::of(turn)))
}

fn find(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let said = answers.words("words").unwrap_or_default();
    let wanted = BOARD.wanted(said);
    let words = if wanted.is_empty() { said.to_owned() } else { wanted };
    BOARD.find(turn, Search { words, place: answers.place("place").cloned(), ..Search::default() })
}

fn ask(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let reference = board::number(turn.seed);
    BOARD.apply(turn, answers, ASK.name, &reference, answers.words("need").unwrap_or_default(), json!({}))
}

/// A request that is about to be accepted becomes a lead of its owner's.
pub(crate) fn to_lead(turn: &Turn, ids: &str) -> Result<()> {
    let Some((listing, id)) = ids.split_once('/') else { return Ok(()) };
    let received = match applications::received(listing) {
        Ok(received) => received,
        Err(Problem::NotFound | Problem::Invalid(_) | Problem::Denied(_)) => return Ok(()),
        Err(problem) => return Err(problem.into()),
    };
    let asked = received.into_iter().find(|one| one.id == id && one.status == applications::Status::Pending);
    if let Some(asked) = asked {
        let lead = Lead {
            name: asked.applicant_name.unwrap_or_else(|| "👤".to_owned()),
            interest: words::cut(&asked.title, 200),
            notes: Some(asked.message),
            stage: "qualified".to_owned(),
            amount: None,
            follow_up: None,
        };
        note(turn, &lead)?;
    }
    Ok(())
}

impl Run for SearchOffers {
    fn run(self, turn: &Turn) -> Result<Did> {
        let search = Search {
            words: BOARD.wanted(&self.what),
            place: talk::place(self.location.as_deref()),
            ..Search::default()
        };
        BOARD.find(turn, search).map(Did::Answered)
    }
}
