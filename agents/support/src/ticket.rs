//! Tickets: what the person wants a human to look at.

use agent_sdk::{
    Answer, Answers, Did, Flow, Language, Outcome, Result, Run, Step, Turn, reply, tickets, tool, tr, words,
};

tool! {
    "create_support_ticket": "Opens a ticket for the human team: complaints, problems, whatever no service here can do.",
    pub(crate) struct CreateSupportTicket {
        title: String = "What it is about, in a few words.",
        description: Option<String> = "All that the person said of it.",
    }
}

impl Run for CreateSupportTicket {
    fn run(self, turn: &Turn) -> Result<Did> {
        let mut begin = TICKET.begin(turn);
        if self.title.chars().count() >= 3 {
            begin = begin.known("subject", Answer::Words(words::cut(&self.title, 80)));
        }
        if let Some(description) = self.description.filter(|text| text.chars().count() >= 5) {
            begin = begin.known("details", Answer::Words(words::cut(&description, 1_500)));
        }
        begin.ask().map(Did::Answered)
    }
}

pub(crate) const MINE_WORDS: &[&str] = &["my ticket", "my tickets", "mes tickets", "mon ticket", "tiketi zangu"];
pub(crate) const TICKET: Flow = Flow {
    name: "ticket",
    steps: &[
        Step::words(
            "subject",
            tr!("Subject", "Sujet", "Impamvu", "Mada"),
            tr!(
                "In a few words, what is it about?",
                "En quelques mots, de quoi s'agit-il ?",
                "Mu magambo make, ni iki?",
                "Kwa maneno machache, ni kuhusu nini?"
            ),
            3,
            80,
        ),
        Step::words(
            "details",
            tr!("Details", "Détails", "Ibisobanuro", "Maelezo"),
            tr!(
                "What happened? Tell me all that helps.",
                "Que s'est-il passé ? Dites-moi tout ce qui peut aider.",
                "Byagenze bite? Mbwira byose byafasha.",
                "Nini kilitokea? Niambie yote yatakayosaidia."
            ),
            5,
            1_500,
        )
        .or_skip(),
    ],
    confirm: Some(tr!("Your ticket:", "Votre ticket :", "Ikibazo cyawe:", "Tiketi yako:")),
    word: Flow::SEND,
    done: create,
};

/// Asks for a ticket; what another agent gave along need not be asked.
pub(crate) fn open(turn: &Turn, language: Language) -> Result<Outcome> {
    let before = tr!(
        "I'll open a ticket that our team reads.",
        "J'ouvre un ticket que notre équipe lira.",
        "Ndafungura ikibazo itsinda ryacu risoma.",
        "Ninafungua tiketi ambayo timu yetu inasoma."
    );
    let mut begin = TICKET.begin(turn);
    if let Some(subject) = turn.handed().as_ref().and_then(|context| context["subject"].as_str()) {
        begin = begin.known("subject", Answer::Words(words::cut(subject, 80)));
    }
    begin.ask_after(before.get(language))
}

/// An apology, and a ticket that has the person's words already.
pub(crate) fn complaint(turn: &Turn, text: &str, language: Language) -> Result<Outcome> {
    let before = tr!(
        "I am sorry about this. 😔 Our team will look into it.",
        "Je suis vraiment désolé. 😔 Notre équipe va s'en occuper.",
        "Mumbabarire cyane. 😔 Itsinda ryacu riragikurikirana.",
        "Pole sana kwa hili. 😔 Timu yetu italifuatilia."
    );
    let mut begin = TICKET.begin(turn);
    let (subject, details) = (words::cut(text, 80), words::cut(text, 1_500));
    if subject.chars().count() >= 3 {
        begin = begin.known("subject", Answer::Words(subject));
    }
    if details.chars().count() >= 20 {
        begin = begin.known("details", Answer::Words(details));
    }
    begin.ask_after(before.get(language))
}

fn create(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let language = Language::of(turn);
    let subject = answers.words("subject").unwrap_or_default();
    let details = answers.words("details").unwrap_or_default();
    let number = tickets::open(subject, details, tickets::Priority::Medium)?;
    let body = tr!(
        "Your ticket is *{number}*. Our team answers here. Type *my tickets* to see where it stands.",
        "Votre ticket est le *{number}*. Notre équipe répond ici. Écrivez *mes tickets* pour voir où il en est.",
        "Nimero y'ikibazo cyawe ni *{number}*. Itsinda ryacu rizagusubiza hano.",
        "Namba ya tiketi yako ni *{number}*. Timu yetu itajibu hapa."
    );
    let choices = vec![
        reply::choice("tickets", tr!("My tickets", "Mes tickets", "Ibibazo byanjye", "Tiketi zangu").get(language)),
        crate::menu::way_back(language),
    ];
    Ok(Outcome::say(reply::choices(language, body.with(language, &[("number", &number)]), choices))
        .tag("ticket", number))
}

/// The person's tickets and where they stand.
pub(crate) fn mine(language: Language) -> Result<Outcome> {
    let lines = tickets::mine()?.into_iter().take(10).map(|ticket| {
        let status = match ticket.status {
            tickets::Status::Open => tr!("open", "ouvert", "gifunguye", "wazi"),
            tickets::Status::Answered => tr!("answered", "répondu", "cyasubijwe", "imejibiwa"),
            tickets::Status::Closed => tr!("closed", "clos", "gifunze", "imefungwa"),
        };
        format!("*{}* {} ({})", ticket.number, ticket.subject, status.get(language))
    });
    let lines: Vec<String> = lines.collect();
    let body = if lines.is_empty() {
        tr!("You have no tickets.", "Vous n'avez aucun ticket.", "Nta bibazo ufite.", "Huna tiketi.")
            .get(language)
            .to_owned()
    } else {
        lines.join("\n")
    };
    let choices = vec![
        reply::choice("human", tr!("New ticket", "Nouveau ticket", "Ikibazo gishya", "Tiketi mpya").get(language)),
        crate::menu::way_back(language),
    ];
    Ok(Outcome::say(reply::choices(language, body, choices)))
}
