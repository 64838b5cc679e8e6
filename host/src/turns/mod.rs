//! Recorded turns: listed, shown in full, and made into conversation files. `switchboard turns`, `switchboard turn` and `/api/turns` show
//! them.

mod lines;
mod shown;
mod text;
mod to_test;

use serde::Serialize;
use uuid::Uuid;

pub use shown::{Ran, ShownCall, ShownTurn, show};
pub use text::{line, text};
pub use to_test::{Test, TestError, to_test};

use crate::{
    journal::{Journal, JournalError},
    trace::time,
};
use lines::lines;
use switchboard_core::text::fold;
use switchboard_store::{JournalChoice, Store, StoreError, StoredJournal};

/// How many turns are listed if nobody says otherwise.
pub const LIMIT: usize = 50;

/// The most turns in one answer.
pub const LIMIT_MAX: usize = 1_000;

/// Journals that are read at once.
const PAGE: i64 = 200;

/// The most journals that are looked through for one list.
pub const READ_MAX: usize = 20_000;

/// A recorded turn cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// There is no such turn.
    #[error("no turn {0} is recorded: journals are kept for JOURNAL_DAYS; `switchboard turns` lists them")]
    NoTurn(i64),
    /// Its journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The latest journal of a message.
pub async fn read(store: &Store, message: i64) -> Result<(StoredJournal, Journal), TurnError> {
    let stored = store.journals_of(message).await?.pop().ok_or(TurnError::NoTurn(message))?;
    let journal = Journal::read(&stored.body)?;
    Ok((stored, journal))
}

/// Which turns are meant: those that fit all that is given.
#[derive(Clone, Debug)]
pub struct TurnChoice {
    /// In which this agent ran, or which were routed to it.
    pub agent: Option<String>,
    /// Of this person.
    pub person: Option<Uuid>,
    /// That had no answer of an agent.
    pub errors: bool,
    /// In which all these words were said, by the person or to them: each as it is, or as the beginning of a longer one.
    pub words: Option<String>,
    /// From this time on, in milliseconds.
    pub since: i64,
    /// Of messages before this one, by id; none: the latest.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: usize,
}

impl Default for TurnChoice {
    /// The latest.
    fn default() -> TurnChoice {
        TurnChoice { agent: None, person: None, errors: false, words: None, since: 0, before: None, limit: LIMIT }
    }
}

/// A turn in a list.
#[derive(Clone, Debug, Serialize)]
pub struct TurnLine {
    /// The message that was answered.
    pub message: i64,
    /// The lane's epoch: a message that was answered twice has two turns.
    pub epoch: i64,
    /// When, in ISO 8601.
    pub at: String,
    /// Whose message it was.
    pub person: Uuid,
    /// The agent it was routed to.
    pub agent: String,
    /// Why.
    pub reason: String,
    /// The agents that ran, in order.
    pub ran: Vec<String>,
    /// What the person said, if an agent ran.
    pub said: Option<String>,
    /// How many capability calls were made.
    pub calls: usize,
    /// The fuel that was used.
    pub fuel: u64,
    /// How long agents ran, in microseconds; 0 where it was not recorded.
    pub micros: u64,
    /// Why there was no answer of an agent.
    pub error: Option<String>,
}

impl TurnChoice {
    fn fits(&self, journal: &Journal) -> bool {
        let is_agent =
            |name: &String| journal.route.agent == *name || journal.links.iter().any(|link| link.agent == *name);
        self.agent.as_ref().is_none_or(is_agent)
            && (!self.errors || journal.error.is_some())
            && self.words.as_ref().is_none_or(|words| says(journal, words))
    }
}

/// Whether all these words were said in a turn, whatever their case and accents.
fn says(journal: &Journal, words: &str) -> bool {
    let asked = journal.links.first().map(|link| link.turn.message.content.shown());
    let answered = journal.replies.iter().flat_map(|reply| lines(&reply.body));
    let said: Vec<String> = asked.into_iter().chain(answered).flat_map(|text| fold(&text)).collect();
    fold(words).iter().all(|word| said.iter().any(|known| known.starts_with(word)))
}

/// The turns that are meant, the latest first.
pub async fn list(store: &Store, choice: &TurnChoice) -> Result<Vec<TurnLine>, StoreError> {
    let mut lines = Vec::new();
    each(store, choice, READ_MAX, |stored, journal| {
        lines.push(turn_line(stored, &journal));
        lines.len() < choice.limit
    })
    .await?;
    Ok(lines)
}

/// Reads the journals of the turns that are meant, the latest first, until `take` says that it has enough or `read_max` were looked
/// through. Journals that cannot be read are left out.
pub async fn each(
    store: &Store,
    choice: &TurnChoice,
    read_max: usize,
    mut take: impl FnMut(&StoredJournal, Journal) -> bool,
) -> Result<(), StoreError> {
    let (mut before, mut read) = (choice.before.unwrap_or(i64::MAX), 0);
    while read < read_max {
        let page = JournalChoice { person: choice.person, since: choice.since, before, limit: PAGE };
        let journals = store.journals(&page).await?;
        let Some(last) = journals.last() else { return Ok(()) };
        // A message may have more than one; those of the last one that do not fit the page are read with the next.
        let is_whole = journals.len() < PAGE as usize;
        let (last, first) = (last.message, journals[0].message);
        let cut = !is_whole && first != last;
        for stored in journals.iter().filter(|stored| !cut || stored.message != last) {
            read += 1;
            let Ok(journal) = Journal::read(&stored.body) else { continue };
            if choice.fits(&journal) && !take(stored, journal) {
                return Ok(());
            }
        }
        if is_whole {
            return Ok(());
        }
        before = if cut { last + 1 } else { last };
    }
    Ok(())
}

fn turn_line(stored: &StoredJournal, journal: &Journal) -> TurnLine {
    let links = &journal.links;
    TurnLine {
        message: stored.message,
        epoch: stored.epoch,
        at: time(stored.at),
        person: stored.person,
        agent: journal.route.agent.clone(),
        reason: journal.route.reason.clone(),
        ran: links.iter().map(|link| link.agent.clone()).collect(),
        said: links.first().map(|link| link.turn.message.content.shown()),
        calls: links.iter().map(|link| link.calls.len()).sum(),
        fuel: links.iter().map(|link| link.fuel).sum(),
        micros: links.iter().map(|link| link.micros).sum(),
        error: journal.error.clone(),
    }
}

/// The message of a turn's name: `turn-12` or `12`.
pub fn message_of(name: &str) -> Option<i64> {
    name.trim().trim_start_matches("turn-").parse().ok()
}
