//! Tickets: what the person wants a human to look at.

use agent_sdk::{Answers, Flow, Language, Outcome, Result, Step, Turn, reply, store, tr};
use serde::{Deserialize, Serialize};

pub(crate) const MINE_WORDS: &[&str] = &["my ticket", "my tickets", "mes tickets", "mon ticket", "tiketi zangu"];
pub(crate) const HUMAN_WORDS: &[&str] = &[
    "human",
    "agent",
    "real person",
    "someone",
    "talk to a person",
    "ticket",
    "complaint",
    "complain",
    "quelqu un",
    "une personne",
    "un humain",
    "conseiller",
    "reclamation",
    "plainte",
    "umuntu",
    "mtu",
];

/// Collection of the person's tickets; the key is the ticket's number.
const COLLECTION: &str = "tickets";

/// Signs of a ticket's number: none that is taken for another.
const SIGNS: &[u8] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

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
    done: create,
};

#[derive(Serialize, Deserialize)]
struct Ticket {
    subject: String,
    details: Option<String>,
    status: Status,
    language: String,
    opened_at: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Open,
    Closed,
}

/// Asks for a ticket.
pub(crate) fn open(turn: &Turn, language: Language) -> Result<Outcome> {
    let before = tr!(
        "I open a ticket that our team reads.",
        "J'ouvre un ticket que notre équipe lira.",
        "Ndafungura ikibazo itsinda ryacu risoma.",
        "Ninafungua tiketi ambayo timu yetu inasoma."
    );
    TICKET.begin(turn).ask_after(before.get(language))
}

fn create(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let language = Language::of(turn);
    let number = number(turn.seed);
    let ticket = Ticket {
        subject: answers.words("subject").unwrap_or_default().to_owned(),
        details: answers.words("details").map(str::to_owned),
        status: Status::Open,
        language: language.code().to_owned(),
        opened_at: turn.now,
    };
    store::put_mine(COLLECTION, &number, &ticket)?;
    let body = tr!(
        "Your ticket is *{number}*. Type *my tickets* to see where it stands.",
        "Votre ticket est le *{number}*. Écrivez *mes tickets* pour voir où il en est.",
        "Nimero y'ikibazo cyawe ni *{number}*.",
        "Namba ya tiketi yako ni *{number}*."
    );
    let choices = vec![
        reply::choice("tickets", tr!("My tickets", "Mes tickets", "Ibibazo byanjye", "Tiketi zangu").get(language)),
        reply::choice("menu", tr!("Menu", "Menu", "Menu", "Menyu").get(language)),
    ];
    Ok(Outcome::say(reply::choices(language, body.with(language, &[("number", &number)]), choices))
        .tag("ticket", number))
}

/// The person's tickets and where they stand.
pub(crate) fn mine(language: Language) -> Result<Outcome> {
    let tickets: Vec<(String, Ticket)> = store::newest(COLLECTION, 10)?;
    let lines = tickets.iter().map(|(number, ticket)| {
        let status = match ticket.status {
            Status::Open => tr!("open", "ouvert", "gifunguye", "wazi"),
            Status::Closed => tr!("closed", "clos", "gifunze", "imefungwa"),
        };
        format!("*{number}* {} ({})", ticket.subject, status.get(language))
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
        reply::choice("menu", tr!("Menu", "Menu", "Menu", "Menyu").get(language)),
    ];
    Ok(Outcome::say(reply::choices(language, body, choices)))
}

/// A short number to say on the phone. Two of one person's tickets are alike once in a million.
fn number(seed: u64) -> String {
    let signs = (0..5).map(|place| char::from(SIGNS[(seed >> (place * 5)) as usize % SIGNS.len()]));
    format!("T-{}", signs.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_comes_from_the_seed() {
        assert_eq!(number(0), "T-22222");
        assert_eq!(number(u64::MAX), "T-ZZZZZ");
        assert_ne!(number(1), number(2));
    }
}
