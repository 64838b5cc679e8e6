//! What operators do with persons, as the command line and the admin API share it.

use serde::Serialize;
use switchboard_store::{Store, StoreError};
use uuid::Uuid;

/// Why two persons did not become one.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// Nobody is known by this.
    #[error("nobody is known by `{0}`: give a number such as +250788123456, a user id or a person's id")]
    Nobody(String),
    /// Both name the same person.
    #[error("`{0}` and `{1}` are one person already")]
    Same(String, String),
    /// One of them was merged or ended meanwhile.
    #[error("one of the two was merged meanwhile: look again")]
    Changed,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One of two persons who are to become one.
#[derive(Debug, Serialize)]
pub struct Party {
    /// Their id.
    pub person: Uuid,
    /// As WhatsApp shows them.
    pub name: Option<String>,
    /// What is held about them: how much, by its name.
    pub held: Vec<(String, i64)>,
}

/// Who stays and who goes, by number, user id or person's id.
pub async fn parties(store: &Store, stays: &str, goes: &str) -> Result<(Party, Party), MergeError> {
    let (first, second) = (party(store, stays).await?, party(store, goes).await?);
    if first.person == second.person {
        return Err(MergeError::Same(stays.to_owned(), goes.to_owned()));
    }
    Ok((first, second))
}

async fn party(store: &Store, known_by: &str) -> Result<Party, MergeError> {
    let found = store.person_of(known_by).await?;
    let person = found.ok_or_else(|| MergeError::Nobody(known_by.to_owned()))?;
    let (name, held) = store.held_of(person).await?;
    Ok(Party { person, name, held })
}

/// Makes them one: everything of the one who goes becomes that of the one who stays. It cannot be undone.
pub async fn merge(store: &Store, (stays, goes): (&Party, &Party), who: &str) -> Result<(), MergeError> {
    match store.merge_persons(stays.person, goes.person, who, store.now()).await? {
        true => Ok(()),
        false => Err(MergeError::Changed),
    }
}
