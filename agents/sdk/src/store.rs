//! The agent's own documents as typed values: JSON by `serde`. `mine` are this person's, `shared` the agent's for all.

use serde::{Serialize, de::DeserializeOwned};

use crate::{Failure, Result, bindings::switchboard::agent::records, json};

/// One of the person's documents. One of an older shape that does not fit any more counts as absent.
pub fn mine<T: DeserializeOwned>(collection: &str, key: &str) -> Result<Option<T>> {
    read(records::Owner::Person, collection, key)
}

/// One of the person's documents, and when it was written, in milliseconds.
pub fn mine_at<T: DeserializeOwned>(collection: &str, key: &str) -> Result<Option<(T, u64)>> {
    let document = records::get(records::Owner::Person, collection, key)?;
    Ok(document.and_then(|document| Some((json::read(&document.value)?, document.updated_at))))
}

/// One of the agent's documents that are the same for all persons.
pub fn shared<T: DeserializeOwned>(collection: &str, key: &str) -> Result<Option<T>> {
    read(records::Owner::Agent, collection, key)
}

/// The person's newest documents of a collection, with their keys, newest first.
pub fn newest<T: DeserializeOwned>(collection: &str, limit: u32) -> Result<Vec<(String, T)>> {
    let documents = records::newest(records::Owner::Person, collection, limit)?;
    Ok(documents.into_iter().filter_map(|d| Some((d.key, json::read(&d.value)?))).collect())
}

/// Writes one of the person's documents.
pub fn put_mine(collection: &str, key: &str, value: &impl Serialize) -> Result<()> {
    write(records::Owner::Person, collection, key, value)
}

/// Writes one of the agent's.
pub fn put_shared(collection: &str, key: &str, value: &impl Serialize) -> Result<()> {
    write(records::Owner::Agent, collection, key, value)
}

/// Removes one of the person's documents.
pub fn remove_mine(collection: &str, key: &str) -> Result<()> {
    Ok(records::remove(records::Owner::Person, collection, key)?)
}

fn read<T: DeserializeOwned>(owner: records::Owner, collection: &str, key: &str) -> Result<Option<T>> {
    let document = records::get(owner, collection, key)?;
    Ok(document.and_then(|document| json::read(&document.value)))
}

fn write(owner: records::Owner, collection: &str, key: &str, value: &impl Serialize) -> Result<()> {
    let json = agent_json::to_string(value)
        .map_err(|error| Failure::Internal(format!("a document for {collection} is no JSON: {error}")))?;
    Ok(records::put(owner, collection, key, &json)?)
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
