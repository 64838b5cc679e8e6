//! The lists of people who are in or out whatever the percentage says, as the row holds them.

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Deserializer};
use serde_json::json;
use switchboard_core::phone::Phone;

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

    pub(super) fn to_json(&self) -> String {
        let sorted = |list: &HashSet<String>| list.iter().cloned().collect::<BTreeSet<String>>();
        json!({ "allow": sorted(&self.allow), "deny": sorted(&self.deny) }).to_string()
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
