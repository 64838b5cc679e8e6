//! Edits of the allow and deny lists: the row `unified_service_people`.

use serde::Deserialize;
use uuid::Uuid;

use super::{
    edit::{EditError, update_row},
    lists::{Lists, identity},
};
use switchboard_core::act::Actor;
use switchboard_store::{Store, StoreError};

pub use super::lists::KEY;

/// Where a person is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum List {
    /// On the allow-list.
    Allow,
    /// On the deny-list.
    Deny,
    /// On neither: the percentage decides.
    Clear,
}

/// Why a person was not found, or a list not changed.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// No person has this identity.
    #[error("nobody is known by `{0}`: give a number such as +250788123456, or a user id")]
    Nobody(String),
    /// The row of lists could not be edited.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A person's identities and bucket.
pub(super) struct KnownPerson {
    /// Phone number and user id, as compared with the lists; the one that was asked for comes first. Never empty.
    pub(super) known_by: Vec<String>,
    /// Their bucket; `None` if they have not written yet.
    pub(super) bucket: Option<u16>,
}

impl KnownPerson {
    /// The identity under which they are put on a list.
    pub(super) fn name(&self) -> &str {
        self.known_by.first().map_or("", String::as_str)
    }
}

/// Finds a person by phone number in any spelling, user id or person id. A person who has not written yet is returned with the given
/// identity only.
pub(super) async fn find(store: &Store, text: &str) -> Result<KnownPerson, PersonError> {
    let nobody = || PersonError::Nobody(text.to_owned());
    let identity = identity(text);
    let Some(person) = store.person_of(text).await? else {
        let is_person_id = Uuid::parse_str(&identity).is_ok();
        let named = KnownPerson { known_by: vec![identity], bucket: None };
        return if is_person_id || named.name().is_empty() { Err(nobody()) } else { Ok(named) };
    };
    let (bucket, mut known_by) = store.known_by(person).await?;
    known_by.sort_by_key(|name| *name != identity);
    if known_by.is_empty() { Err(nobody()) } else { Ok(KnownPerson { known_by, bucket }) }
}

/// Puts a person on a list and removes them from the other.
pub async fn put_on(store: &Store, list: List, person: &str, actor: &Actor) -> Result<(), PersonError> {
    let named = find(store, person).await?;
    let moved = update_row(store, KEY, actor, |before| {
        let lists = before.map(Lists::parse).transpose();
        let mut lists = lists.map_err(|error| EditError::Row(KEY, error))?.unwrap_or_default();
        for name in &named.known_by {
            lists.allow.remove(name);
            lists.deny.remove(name);
        }
        match list {
            List::Allow => drop(lists.allow.insert(named.name().to_owned())),
            List::Deny => drop(lists.deny.insert(named.name().to_owned())),
            List::Clear => {}
        }
        Ok((lists.to_json(), ()))
    });
    Ok(moved.await?)
}
