//! Finding and posting opportunities.

use agent_sdk::{
    Answer, Answers, Did, Flow, Language, Outcome, Result, Run, Step, Turn,
    board::{self, Heard, NEAR, Search},
    listings::{self, Draft},
    money::Amount,
    talk, tool, tr,
    understand::Said,
    words,
};
use serde_json::json;

use crate::{BOARD, TYPES};

tool! {
    "find_business_partners": "Searches business opportunities.",
    pub(crate) struct FindOpportunities {
        industry: Option<String> = "The industry or other words.",
        partnership_type: Option<String> = "seeking_investment, seeking_partner, franchise_opportunity or acquisition.",
        city: Option<String> = "Near which place.",
    }
}

tool! {
    "create_partnership_opportunity": "Posts an opportunity in the person's name.",
    pub(crate) struct CreateOpportunity {
        title: String = "In a few words.",
        industry: Option<String> = "The industry.",
        kind: Option<String> = "seeking_investment, seeking_partner, franchise_opportunity or acquisition.",
        description: Option<String> = "More about it.",
        investment_min: Option<u64> = "In the currency's unit.",
        investment_max: Option<u64> = "In the currency's unit.",
    }
}

pub(crate) const SEARCH: Flow = Flow {
    name: "opportunity_search",
    steps: &[
        Step::choice(
            "type",
            tr!("Kind", "Type", "Ubwoko", "Aina"),
            tr!("What kind of opportunity?", "Quel type d'opportunité ?", "Amahirwe bwoko ki?", "Fursa ya aina gani?"),
            TYPES,
        )
        .or_skip(),
        Step::words(
            "words",
            tr!("Industry", "Secteur", "Urwego", "Sekta"),
            tr!(
                "Which industry? For instance farming, tourism.",
                "Quel secteur ? Par exemple agriculture, tourisme.",
                "Mu rwego ruhe? Urugero ubuhinzi.",
                "Sekta gani? Kwa mfano kilimo, utalii."
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

pub(crate) const POST: Flow = Flow {
    name: "opportunity_posting",
    steps: &[
        Step::choice(
            "category",
            tr!("Kind", "Type", "Ubwoko", "Aina"),
            tr!("What is it?", "De quoi s'agit-il ?", "Ni iki?", "Ni nini?"),
            TYPES,
        )
        .infers(kind),
        Step::words(
            "title",
            tr!("Title", "Titre", "Umutwe", "Kichwa"),
            tr!(
                "What is it called, in a few words?",
                "Son titre, en quelques mots ?",
                "Umutwe, mu magambo make?",
                "Kichwa, kwa maneno machache?"
            ),
            3,
            100,
        ),
        Step::words(
            "industry",
            tr!("Industry", "Secteur", "Urwego", "Sekta"),
            tr!("Which industry?", "Quel secteur ?", "Mu rwego ruhe?", "Sekta gani?"),
            2,
            60,
        )
        .or_skip(),
        Step::price_range(
            "price",
            tr!("Amount", "Montant", "Amafaranga", "Kiasi"),
            tr!(
                "How much money is it about? For instance 5M - 20M.",
                "De quel montant s'agit-il ? Par exemple 5M - 20M.",
                "Ni amafaranga angahe? Urugero 5M - 20M.",
                "Ni kiasi gani? Kwa mfano 5M - 20M."
            ),
        ),
        Step::words(
            "description",
            tr!("Description", "Description", "Ibisobanuro", "Maelezo"),
            tr!(
                "Describe it. Leave out what is secret: everybody can read it.",
                "Décrivez-la. Rien de secret : tout le monde peut la lire.",
                "Bisobanure. Ntushyiremo ibanga: bose barabisoma.",
                "Ieleze. Usiweke siri: kila mtu anaweza kusoma."
            ),
            10,
            1_500,
        )
        .or_skip(),
        board::PLACE,
    ],
    confirm: Some(tr!(
        "Your opportunity. Nobody learns who you are before you accept an introduction.",
        "Votre opportunité. Personne ne sait qui vous êtes avant que vous acceptiez une mise en relation.",
        "Amahirwe yawe. Nta wumenya uwo uri we utaremera guhuzwa.",
        "Fursa yako. Hakuna anayejua wewe ni nani kabla hujakubali utambulisho."
    )),
    word: Flow::POST,
    done: post,
};

/// Money that somebody looks for.
fn is_money(concept: &str) -> bool {
    matches!(concept, "investor" | "investment" | "shares")
}

/// Whether somebody puts a business, or the search for an investor or partner, before others.
pub(crate) fn offers(heard: &Heard) -> bool {
    if heard.is_about(&["invest"]) {
        return heard.does("offer") && heard.is_about(&["sell"]);
    }
    let names = |concept: fn(&str) -> bool| heard.things().any(|thing| concept(&thing.concept));
    let sells = heard.is_about(&["sell"]) && !heard.is_about(&["buy"]) && !heard.does("question");
    let of_price = heard.sets_price() && heard.things().any(|thing| thing.kind == "business");
    let chances = heard.has(" opportunity opportunities opportunite opportunites amahirwe fursa ");
    heard.does("offer")
        || sells
        || of_price
        || !chances && names(is_money) && !heard.does("question") && !heard.does("price")
}

/// Begins with what a sentence says of the opportunity. Its title begins with the business, if it says which.
pub(crate) fn said(turn: &Turn, text: &str) -> Result<Outcome> {
    let said = Said::of(turn, text);
    let is_named = |concept: &str| !matches!(concept, "business" | "company" | "project" | "startup");
    let business = said.things().find(|found| found.what.kind == "business" && is_named(&found.what.concept));
    let title = business.and_then(|found| said.title(core::slice::from_ref(&(0..found.span.start))));
    let title = title.filter(|title| (3..=100).contains(&title.chars().count()));
    let begin = POST.begin(turn).hears(text, |begin, _| match title {
        Some(title) => begin.known("title", Answer::Words(title)),
        None => begin,
    });
    begin.ask()
}

/// What an opportunity is, by what it names.
fn kind(said: &Said<'_>) -> Option<&'static str> {
    let names = |is: fn(&str) -> bool| said.things().any(|found| is(&found.what.concept));
    match () {
        () if names(|concept| concept == "franchise") => Some("franchise_opportunity"),
        () if names(|concept| concept == "partner") => Some("seeking_partner"),
        () if names(is_money) => Some("seeking_investment"),
        () if said.is_about("sell") || !said.does("seek") && said.amounts().next().is_some() => {
            said.things().any(|found| found.what.kind == "business").then_some("acquisition")
        }
        () => None,
    }
}

fn find(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    BOARD.find(
        turn,
        Search {
            words: answers.words("words").map(|said| BOARD.wanted(said)).unwrap_or_default(),
            category: answers.choice("type").map(str::to_owned),
            place: answers.place("place").cloned(),
            ..Search::default()
        },
    )
}

fn post(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let industry = answers.words("industry").unwrap_or_default();
    let draft = board::draft("service", answers.words("title").unwrap_or_default(), answers);
    // What is searched for stands in the description too.
    let description = format!("{}\n{industry}", draft.description.as_deref().unwrap_or_default());
    let description = Some(description.trim().to_owned()).filter(|text| !text.is_empty());
    let id =
        listings::create(&Draft { description, attributes: json!({ "industry": industry }).to_string(), ..draft })?;
    Ok(BOARD.listed(&id, Language::of(turn)))
}

fn known_type(kind: Option<String>) -> Option<String> {
    kind.filter(|kind| TYPES.iter().any(|known| known.id == kind))
}

impl Run for FindOpportunities {
    fn run(self, turn: &Turn) -> Result<Did> {
        let search = Search {
            words: self.industry.map(|said| BOARD.wanted(&said)).unwrap_or_default(),
            category: known_type(self.partnership_type),
            place: talk::place(self.city.as_deref()),
            ..Search::default()
        };
        BOARD.find(turn, search).map(Did::Answered)
    }
}

impl Run for CreateOpportunity {
    fn run(self, turn: &Turn) -> Result<Did> {
        let mut begin = POST.begin(turn);
        if let Some(kind) = known_type(self.kind) {
            begin = begin.known("category", Answer::Choice(kind));
        }
        if (5..=100).contains(&self.title.chars().count()) {
            begin = begin.known("title", Answer::Words(self.title));
        }
        if let Some(industry) = self.industry.filter(|text| text.chars().count() >= 2) {
            begin = begin.known("industry", Answer::Words(words::cut(&industry, 60)));
        }
        if let Some(description) = self.description.filter(|text| text.chars().count() >= 10) {
            begin = begin.known("description", Answer::Words(words::cut(&description, 1_500)));
        }
        if let Some(amount) = Amount::of(talk::money(turn, self.investment_min), talk::money(turn, self.investment_max))
        {
            begin = begin.known("price", Answer::Amount(amount));
        }
        begin.ask().map(Did::Answered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_is_inferred() {
        for (text, what) in [
            ("selling my bakery in Huye, 8M", Some("acquisition")),
            ("ma boutique est à reprendre à Musanze, 5 millions", Some("acquisition")),
            ("je cherche un investisseur pour ma ferme", Some("seeking_investment")),
            ("nauza saluni yangu Remera milioni 4", Some("acquisition")),
            ("ndashaka umushoramari mu iduka ryanjye", Some("seeking_investment")),
        ] {
            assert_eq!(kind(&Said::in_kigali(text)), what, "{text}");
            assert!(offers(&Heard::of(text)), "{text}");
        }
        for text in [
            "I have 30 million to invest in a good business",
            "any franchise I can take in Kigali?",
            "nataka kununua biashara",
        ] {
            assert!(!offers(&Heard::of(text)), "{text}");
        }
    }
}
