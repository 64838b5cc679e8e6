//! People who are in or out whatever the percentage says: the row `unified_service_people`, beside the checklist's.

use std::collections::HashSet;

use serde::{Deserialize, Deserializer};

use crate::phone::Phone;

/// The key of the row.
pub const KEY: &str = "unified_service_people";

/// Who is in and who is out, whatever the percentage. People are named by number, in any spelling, or by user id.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lists {
    /// In, as long as the service is enabled: testers, friends of the house.
    #[serde(deserialize_with = "identities")]
    pub allow: HashSet<String>,
    /// Out. Stands before `allow`.
    #[serde(deserialize_with = "identities")]
    pub deny: HashSet<String>,
}

impl Lists {
    /// Reads the row's value.
    pub fn parse(json: &str) -> Result<Lists, serde_json::Error> {
        serde_json::from_str(json)
    }
}

fn identities<'de, D: Deserializer<'de>>(from: D) -> Result<HashSet<String>, D::Error> {
    let named = Vec::<String>::deserialize(from)?;
    Ok(named.into_iter().map(|name| identity(&name)).collect())
}

/// A number as its digits, a user id as it is.
pub fn identity(text: &str) -> String {
    Phone::parse(text).map_or_else(|_| text.trim().to_owned(), |phone| phone.digits().to_owned())
}
