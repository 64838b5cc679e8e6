//! The desk, as commands and the admin API share it: people who wait for a human, whole conversations, and what humans do for people.
//!
//! A human names a person by number, user id or id, or by the number of a ticket of theirs ([`find`]). Beside it, one task posts events to
//! the business's webhook and ends takeovers that everybody has left ([`follow`]).

mod follow;
mod shown;

use std::time::Duration;

use uuid::Uuid;

pub use follow::{FollowOptions, follow};
pub use shown::{Outcome, canned, entry, text, ticket, ticket_with_words, waiting, words};
pub(crate) use shown::{clock, day, iso, period, why};

use switchboard_core::{act::Actor, text::is_blank};
use switchboard_store::{Closed, Fate, Store, StoreError, Ticket, Word};

/// The longest text for a person in characters: WhatsApp's limit less what stands before it.
const WORDS_MAX: usize = 3_500;

/// The longest name of a ready answer in characters.
const NAME_MAX: usize = 64;

/// For how long the outcome of a send is waited for.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// How often it is looked for.
const LOOK: Duration = Duration::from_millis(150);

/// How many entries of a conversation are shown if nobody says otherwise.
pub const PAGE: usize = 50;

/// Why something is not done at the desk.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// Nobody is known by this.
    #[error(
        "nobody is known by `{0}`: give a number such as +250788123456, a user id, a person's id or a ticket such as T-7KQ2MX"
    )]
    Nobody(String),
    /// There is no such ticket.
    #[error("there is no ticket `{0}`; `switchboard tickets list --all` shows all")]
    NoTicket(String),
    /// The ticket is closed.
    #[error("there is no ticket `{0}` that is not closed; `switchboard tickets list --all` shows all")]
    TicketClosed(String),
    /// Another human has the person.
    #[error("{0} has this person; with --take (`\"take\": true`) you take them over")]
    Taken(String),
    /// No human has the person.
    #[error("nobody has this person: agents answer already")]
    NotTaken,
    /// There is nothing to close.
    #[error("there is nothing to close: nobody has this person, and they have no open ticket")]
    NothingToClose,
    /// There is no such ready answer.
    #[error("there is no ready answer `{0}`; `switchboard canned list` shows all")]
    NoCanned(String),
    /// A text or a name is not usable; a sentence.
    #[error("{0}")]
    Words(String),
    /// It changed meanwhile.
    #[error("somebody was quicker: look again")]
    Changed,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whom a human means.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The person.
    pub person: Uuid,
    /// The ticket, if it was named by its number.
    pub ticket: Option<Ticket>,
}

/// What is to be said.
#[derive(Clone, Debug)]
pub enum Says<'a> {
    /// These words.
    Words(&'a str),
    /// The ready answer of this name, in the person's language.
    Canned(&'a str),
}

/// Finds a person by number, user id or id, or by a ticket's number.
pub async fn find(store: &Store, known_by: &str) -> Result<Subject, DeskError> {
    let number = known_by.trim().to_uppercase();
    if number.starts_with("T-") {
        let ticket = store.ticket(&number).await?.ok_or(DeskError::NoTicket(number))?;
        return Ok(Subject { person: ticket.person, ticket: Some(ticket) });
    }
    let person = store.person_of(known_by).await?.ok_or_else(|| DeskError::Nobody(known_by.to_owned()))?;
    Ok(Subject { person, ticket: None })
}

/// A human takes a person over: agents are silent from then on. Whom another human has only with `take`.
pub async fn claim(store: &Store, of: &Subject, take: bool, actor: &Actor) -> Result<(), DeskError> {
    if store.take_over(of.person, take, actor).await? {
        return Ok(());
    }
    match store.taken(of.person).await? {
        Some(taken) => Err(DeskError::Taken(taken.by)),
        None => Err(DeskError::Changed),
    }
}

/// Agents answer a person again.
pub async fn release(store: &Store, of: &Subject, actor: &Actor) -> Result<(), DeskError> {
    match store.hand_back(of.person, actor).await? {
        true => Ok(()),
        false => Err(DeskError::NotTaken),
    }
}

/// Ends a talk: gives the person back and closes the ticket, or all of theirs if they are named themselves. They are asked whether they were
/// satisfied.
pub async fn close(store: &Store, of: &Subject, actor: &Actor) -> Result<Closed, DeskError> {
    let tickets = match &of.ticket {
        Some(ticket) if ticket.status == "closed" => return Err(DeskError::TicketClosed(ticket.number.clone())),
        Some(ticket) => vec![ticket.clone()],
        None => store.tickets_of_person(of.person).await?,
    };
    let is_taken = store.taken(of.person).await?.is_some();
    if tickets.is_empty() && !is_taken {
        return Err(DeskError::NothingToClose);
    }
    let closed = store.close_talk(of.person, &tickets, actor).await?;
    if closed.asks { Ok(closed) } else { Err(DeskError::Changed) }
}

/// A note that is never sent.
pub async fn note(store: &Store, of: &Subject, words: &str, actor: &Actor) -> Result<(), DeskError> {
    check(words)?;
    let number = of.ticket.as_ref().map(|ticket| ticket.number.as_str());
    store.staff_notes(of.person, number, words.trim(), actor).await?;
    Ok(())
}

/// Says something to a person in a human's name; gives the id by which its outcome is found. It answers the ticket that was named, else the
/// person's newest one that is not closed. What was said under the same id is not said again.
pub async fn say(
    store: &Store,
    of: &Subject,
    says: Says<'_>,
    id: Option<Uuid>,
    actor: &Actor,
) -> Result<Uuid, DeskError> {
    let words = match says {
        Says::Words(words) => words.trim().to_owned(),
        Says::Canned(name) => ready(store, of.person, name).await?,
    };
    check(&words)?;
    let (ticket, before) = match &of.ticket {
        Some(ticket) if ticket.status == "closed" => return Err(DeskError::TicketClosed(ticket.number.clone())),
        Some(ticket) => (Some(ticket.clone()), Some(format!("🎫 *{}* {}", ticket.number, ticket.subject))),
        None => (store.tickets_of_person(of.person).await?.into_iter().next(), None),
    };
    let id = id.unwrap_or_else(Uuid::now_v7);
    let word = Word { id, person: of.person, ticket: ticket.as_ref(), words: &words, before };
    store.staff_says(&word, actor).await?;
    Ok(id)
}

/// The words of a ready answer for a person.
async fn ready(store: &Store, person: Uuid, name: &str) -> Result<String, DeskError> {
    let (called, language) = store.name_and_language(person).await?;
    let words = store.canned_words(name, language.as_deref().unwrap_or_default()).await?;
    let words = words.ok_or_else(|| DeskError::NoCanned(name.to_owned()))?;
    Ok(match called {
        Some(called) => words.replace("{name}", &called),
        None => words.replace(" {name}", "").replace("{name}", ""),
    })
}

/// Sets a ready answer; `language` is one of the host's, or empty for every language that has none of its own.
pub async fn set_canned(
    store: &Store,
    name: &str,
    language: &str,
    words: &str,
    actor: &Actor,
) -> Result<(), DeskError> {
    check(words)?;
    let is_name = |name: &str| name.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
    if is_blank(name) || name.chars().count() > NAME_MAX || !is_name(name) {
        return Err(DeskError::Words(format!(
            "`{name}` is no name of a ready answer: use at most {NAME_MAX} letters, digits, dots, hyphens and underscores"
        )));
    }
    if !language.is_empty() && !switchboard_core::text::LANGUAGES.contains(&language) {
        let known = switchboard_core::text::LANGUAGES.join(", ");
        return Err(DeskError::Words(format!("`{language}` is not a language of the host: there are {known}")));
    }
    store.set_canned(name, language, words.trim(), actor).await?;
    Ok(())
}

/// Removes a ready answer, in one language or in all.
pub async fn remove_canned(store: &Store, name: &str, language: Option<&str>, actor: &Actor) -> Result<(), DeskError> {
    match store.remove_canned(name, language, actor).await? {
        true => Ok(()),
        false => Err(DeskError::NoCanned(name.to_owned())),
    }
}

/// What became of something that was said: as soon as it is known, or as it is after so long.
pub async fn outcome(store: &Store, person: Uuid, word: Uuid, patience: Duration) -> Result<Outcome, DeskError> {
    let deadline = tokio::time::Instant::now() + patience;
    let since = store.now() - 60_000;
    loop {
        let fate = store.fates(person, since).await?.remove(&word).unwrap_or(Fate::New);
        let is_known = match &fate {
            Fate::New | Fate::Queued(_) => false,
            Fate::Sent { progress, .. } => *progress >= shown::DELIVERED,
            Fate::Waits | Fate::Refused(_) | Fate::OptedOut => true,
        };
        if is_known || tokio::time::Instant::now() >= deadline {
            let (wrote_at, asked_at) = (store.wrote_at(person).await?, store.asked_by_template(person).await?);
            return Ok(Outcome { fate, wrote_at, asked_at, now: store.now() });
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn check(words: &str) -> Result<(), DeskError> {
    match words.trim().chars().count() {
        _ if is_blank(words) => Err(DeskError::Words("the text is empty: give it in quotes".to_owned())),
        n if n > WORDS_MAX => Err(DeskError::Words(format!("that is {n} characters; at most {WORDS_MAX} fit"))),
        _ => Ok(()),
    }
}
