//! What operators do with persons, as the command line and the admin API share it.

use serde::Serialize;
use serde_json::{Map, Value};
use switchboard_core::{
    act::{Act, Actor},
    phone::Phone,
};
use switchboard_edge::media::Media;
use switchboard_store::{Store, StoreError};
use uuid::Uuid;

/// Why a person's data was not found, given out or deleted.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Nobody is known by this.
    #[error("nobody is known by `{0}`: give a number such as +250788123456, a user id or a person's id")]
    Nobody(String),
    /// The files could not be deleted; everything else was.
    #[error("the person's data was deleted but for their files, which the sweep deletes: {0}")]
    Files(std::io::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

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
    held(store, known_by).await.map_err(|error| match error {
        DataError::Nobody(known_by) => MergeError::Nobody(known_by),
        DataError::Store(error) => MergeError::Store(error),
        DataError::Files(error) => MergeError::Store(StoreError::Server(error.to_string())),
    })
}

/// A person, and how much is held about them.
pub async fn held(store: &Store, known_by: &str) -> Result<Party, DataError> {
    let found = store.person_of(known_by).await?;
    let person = found.ok_or_else(|| DataError::Nobody(known_by.to_owned()))?;
    let (name, held) = store.held_of(person).await?;
    Ok(Party { person, name, held })
}

/// All that is held about a person, by table; that it was given out is recorded first.
pub async fn export(store: &Store, person: Uuid, actor: &Actor) -> Result<Map<String, Value>, DataError> {
    store.record_act(actor, Act::on("person.export", person.to_string())).await?;
    Ok(store.export(person).await?)
}

/// An export as text: a heading for each table that has rows, and a line for each value.
pub fn export_as_text(export: &Map<String, Value>) -> String {
    let mut text = String::new();
    for (table, rows) in export {
        let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
        for (n, row) in rows.iter().enumerate() {
            text.push_str(&format!("{table} ({} of {})\n", n + 1, rows.len()));
            for (column, value) in row.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                text.push_str(&format!("    {column}: {}\n", value.replace('\n', "\n        ")));
            }
        }
    }
    text
}

/// Deletes what is held about a person, as *forget me* does, and their files.
pub async fn forget(store: &Store, files: &Media, person: Uuid, actor: &Actor) -> Result<(), DataError> {
    let handles = store.files_of(person).await?;
    store.forget(person, actor, store.now()).await?;
    files.forget(&handles).await.map_err(DataError::Files)
}

/// Somebody opts out by an operator's hand, or in again; whether that changed anything. A number that has not written yet is remembered
/// by its hash.
pub async fn opt_out(store: &Store, known_by: &str, is_out: bool, actor: &Actor) -> Result<bool, DataError> {
    let phone = Phone::parse_in(known_by, store.country()).ok();
    let mut changed = false;
    let person = store.person_of(known_by).await?;
    if let Some(person) = person {
        changed |= store.set_opted_out(person, is_out, actor).await?;
    }
    match (phone, person) {
        // Nobody has it, or they are remembered beside their own row from an earlier time.
        (Some(phone), person) if person.is_none() || !is_out => {
            changed |= store.set_number_opted_out(&phone, is_out, actor).await?;
        }
        (None, None) => return Err(DataError::Nobody(known_by.to_owned())),
        _ => {}
    }
    Ok(changed)
}

/// Makes them one: everything of the one who goes becomes that of the one who stays. It cannot be undone.
pub async fn merge(store: &Store, (stays, goes): (&Party, &Party), actor: &Actor) -> Result<(), MergeError> {
    match store.merge_persons(stays.person, goes.person, actor, store.now()).await? {
        true => Ok(()),
        false => Err(MergeError::Changed),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_export_as_text_has_each_value_on_its_line() {
        let export = json!({ "person": [{ "name": "Ann\nB", "phone": null, "bucket": 1 }], "ticket": [] });
        let text = export_as_text(export.as_object().expect("an object"));
        assert_eq!(text, "person (1 of 1)\n    bucket: 1\n    name: Ann\n        B\n");
    }
}
