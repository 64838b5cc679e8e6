//! People who are in or out whatever the percentage says: the row `unified_service_people`, beside the checklist's.

use serde::Deserialize;
use uuid::Uuid;

use super::{
    edit::{EditError, move_row},
    lists::{Lists, identity},
};
use switchboard_store::{Store, StoreError};

/// The key of the row.
pub const KEY: &str = "unified_service_people";

/// What becomes of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum List {
    /// In.
    Allow,
    /// Out.
    Deny,
    /// As the percentage says.
    Clear,
}

/// Why nothing is said of a person, or done about them.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// Nobody has this id.
    #[error("nobody is known by `{0}`: give a number such as +250788123456, or a user id")]
    Nobody(String),
    /// The row of lists.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A person as lists and buckets know them.
pub(super) struct KnownPerson {
    /// Number and user id, as a turn compares them with the lists; what was asked for comes first. Never empty.
    pub(super) known_by: Vec<String>,
    /// Their place in every rollout, if they have one already.
    pub(super) bucket: Option<u16>,
}

impl KnownPerson {
    /// What they are called on a list.
    pub(super) fn name(&self) -> &str {
        self.known_by.first().map_or("", String::as_str)
    }
}

/// Finds a person by a number in any spelling, a user id or our own id. Who has not written yet has a number or a user id all the same.
pub(super) async fn find(store: &Store, text: &str) -> Result<KnownPerson, PersonError> {
    let nobody = || PersonError::Nobody(text.to_owned());
    let identity = identity(text);
    let Some(person) = store.person_of(&identity).await? else {
        let is_ours = Uuid::parse_str(&identity).is_ok();
        let named = KnownPerson { known_by: vec![identity], bucket: None };
        return if is_ours || named.name().is_empty() { Err(nobody()) } else { Ok(named) };
    };
    let (bucket, mut known_by) = store.known_by(person).await?;
    known_by.sort_by_key(|name| *name != identity);
    if known_by.is_empty() { Err(nobody()) } else { Ok(KnownPerson { known_by, bucket }) }
}

/// Puts a person on a list, and takes them off the other.
pub async fn put_on(store: &Store, list: List, person: &str, who: &str) -> Result<(), PersonError> {
    let named = find(store, person).await?;
    let moved = move_row(store, KEY, who, |before| {
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
