//! The agent's own documents as typed values: JSON by `serde`. `mine` are this person's, `shared` the agent's for all.
//!
//! What two people may write at once, a slot or a count, is written by [`put_new_shared`] or [`update_shared`]: the host checks when it
//! commits the turn that the document still is as the turn found it, and otherwise runs the turn again.

use serde::{Serialize, de::DeserializeOwned};

use crate::{Failure, Problem, Result, json, records};
use records::Owner;

/// How often [`update_shared`] and [`update_mine`] read a document again that another turn changed meanwhile.
const READS_MAX: usize = 4;

/// One of the person's documents. One of an older shape that does not fit any more counts as absent.
pub fn mine<T: DeserializeOwned>(collection: &str, key: &str) -> Result<Option<T>> {
    read(Owner::Person, collection, key)
}

/// One of the person's documents, and when it was written, in milliseconds.
pub fn mine_at<T: DeserializeOwned>(collection: &str, key: &str) -> Result<Option<(T, u64)>> {
    let document = records::get(Owner::Person, collection, key)?;
    Ok(document.and_then(|document| Some((json::read(&document.value)?, document.updated_at))))
}

/// One of the agent's documents that are the same for all persons.
pub fn shared<T: DeserializeOwned>(collection: &str, key: &str) -> Result<Option<T>> {
    read(Owner::Agent, collection, key)
}

/// The person's newest documents of a collection, with their keys, newest first.
pub fn newest<T: DeserializeOwned>(collection: &str, limit: u32) -> Result<Vec<(String, T)>> {
    let documents = records::newest(Owner::Person, collection, limit)?;
    Ok(documents.into_iter().filter_map(|d| Some((d.key, json::read(&d.value)?))).collect())
}

/// The agent's newest documents of a collection, with their keys, newest first.
pub fn newest_shared<T: DeserializeOwned>(collection: &str, limit: u32) -> Result<Vec<(String, T)>> {
    let documents = records::newest(Owner::Agent, collection, limit)?;
    Ok(documents.into_iter().filter_map(|d| Some((d.key, json::read(&d.value)?))).collect())
}

/// Some documents of a collection, in the order of their keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The documents with their keys. Those of an older shape that does not fit any more are left out.
    pub documents: Vec<(String, T)>,
    /// Where the next page begins: what to give as `after`. None on the last page.
    pub next: Option<String>,
}

/// The person's documents of a collection whose keys begin with `prefix`, a page of at most `limit` (100 at the most): from the first
/// one, or after the key `after`.
pub fn mine_with_prefix<T: DeserializeOwned>(
    collection: &str,
    prefix: &str,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<T>> {
    page(Owner::Person, collection, prefix, after, limit)
}

/// As [`mine_with_prefix`], of the agent's documents.
pub fn shared_with_prefix<T: DeserializeOwned>(
    collection: &str,
    prefix: &str,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<T>> {
    page(Owner::Agent, collection, prefix, after, limit)
}

/// Writes one of the person's documents.
pub fn put_mine(collection: &str, key: &str, value: &impl Serialize) -> Result<()> {
    Ok(records::put(Owner::Person, collection, key, &text(collection, value)?)?)
}

/// Writes one of the agent's.
pub fn put_shared(collection: &str, key: &str, value: &impl Serialize) -> Result<()> {
    Ok(records::put(Owner::Agent, collection, key, &text(collection, value)?)?)
}

/// Writes one of the person's documents unless there is one under this key; whether it did.
pub fn put_new_mine(collection: &str, key: &str, value: &impl Serialize) -> Result<bool> {
    is_first(records::put_new(Owner::Person, collection, key, &text(collection, value)?))
}

/// Writes one of the agent's documents unless there is one under this key; whether it did. Of many turns that write one at once exactly
/// one does; the others run again from their beginning, and then this is false.
pub fn put_new_shared(collection: &str, key: &str, value: &impl Serialize) -> Result<bool> {
    is_first(records::put_new(Owner::Agent, collection, key, &text(collection, value)?))
}

/// Changes one of the person's documents; see [`update_shared`].
pub fn update_mine<T: Serialize + DeserializeOwned>(
    collection: &str,
    key: &str,
    change: impl FnMut(Option<T>) -> Option<T>,
) -> Result<Option<T>> {
    update(Owner::Person, collection, key, change)
}

/// Changes one of the agent's documents: `change` gets its value, none if it is not there, and gives the new one, or none to leave it as
/// it is. No change of another turn in between is lost: this turn then runs again. Returns what is there from now on.
pub fn update_shared<T: Serialize + DeserializeOwned>(
    collection: &str,
    key: &str,
    change: impl FnMut(Option<T>) -> Option<T>,
) -> Result<Option<T>> {
    update(Owner::Agent, collection, key, change)
}

/// Removes one of the person's documents.
pub fn remove_mine(collection: &str, key: &str) -> Result<()> {
    Ok(records::remove(Owner::Person, collection, key)?)
}

/// Removes one of the agent's.
pub fn remove_shared(collection: &str, key: &str) -> Result<()> {
    Ok(records::remove(Owner::Agent, collection, key)?)
}

fn read<T: DeserializeOwned>(owner: Owner, collection: &str, key: &str) -> Result<Option<T>> {
    let document = records::get(owner, collection, key)?;
    Ok(document.and_then(|document| json::read(&document.value)))
}

fn page<T: DeserializeOwned>(
    owner: Owner,
    collection: &str,
    prefix: &str,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<T>> {
    let found = records::with_prefix(owner, collection, prefix, after, limit)?;
    let is_full = found.len() >= limit.clamp(1, 100) as usize;
    let next = found.last().filter(|_| is_full).map(|last| last.key.clone());
    Ok(Page { documents: found.into_iter().filter_map(|d| Some((d.key, json::read(&d.value)?))).collect(), next })
}

fn update<T: Serialize + DeserializeOwned>(
    owner: Owner,
    collection: &str,
    key: &str,
    mut change: impl FnMut(Option<T>) -> Option<T>,
) -> Result<Option<T>> {
    for _ in 0..READS_MAX {
        let known = records::get(owner, collection, key)?.map(|document| document.value);
        let value = || known.as_deref().and_then(json::read);
        let Some(new) = change(value()) else { return Ok(value()) };
        let json = text(collection, &new)?;
        let written = match &known {
            Some(known) => records::put_if(owner, collection, key, known, &json),
            None => records::put_new(owner, collection, key, &json),
        };
        if is_first(written)? {
            return Ok(Some(new));
        }
    }
    Err(Failure::Internal(format!("the document {key} in {collection} changes faster than it can be read")))
}

fn is_first(written: Result<(), Problem>) -> Result<bool> {
    match written {
        Ok(()) => Ok(true),
        Err(Problem::Conflict(_)) => Ok(false),
        Err(problem) => Err(problem.into()),
    }
}

fn text(collection: &str, value: &impl Serialize) -> Result<String> {
    agent_json::to_string(value)
        .map_err(|error| Failure::Internal(format!("a document for {collection} is no JSON: {error}")))
}

/// The same for the SDK's own types, which are [`Json`](json::Json) without serde.
pub(crate) mod own {
    use agent_json::{decode, encode};

    pub(crate) use super::remove_mine;
    use super::{Result, json::Json, records};

    pub(crate) fn mine<T: Json>(collection: &str, key: &str) -> Result<Option<T>> {
        Ok(mine_at(collection, key)?.map(|(value, _)| value))
    }

    pub(crate) fn mine_at<T: Json>(collection: &str, key: &str) -> Result<Option<(T, u64)>> {
        let document = records::get(records::Owner::Person, collection, key)?;
        Ok(document.and_then(|document| Some((decode(&document.value)?, document.updated_at))))
    }

    pub(crate) fn newest<T: Json>(collection: &str, limit: u32) -> Result<Vec<(String, T)>> {
        let documents = records::newest(records::Owner::Person, collection, limit)?;
        Ok(documents.into_iter().filter_map(|d| Some((d.key, decode(&d.value)?))).collect())
    }

    pub(crate) fn put_mine(collection: &str, key: &str, value: &impl Json) -> Result<()> {
        Ok(records::put(records::Owner::Person, collection, key, &encode(value))?)
    }
}
