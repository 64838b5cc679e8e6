//! The allow and deny lists, as stored in the row `unified_service_people`.

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Deserializer};
use serde_json::json;
use switchboard_core::phone::Phone;

/// The row's key in `app_config`.
pub const KEY: &str = "unified_service_people";

/// Allow and deny list, regardless of the percentage. People are identified by phone number, in any spelling, or by user id.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lists {
    /// Allow-list, regardless of the percentage, while the service is enabled; for instance testers.
    #[serde(deserialize_with = "identities")]
    pub allow: HashSet<String>,
    /// Deny-list. Takes precedence over `allow`.
    #[serde(deserialize_with = "identities")]
    pub deny: HashSet<String>,
}

impl Lists {
    /// Parses the row's value.
    pub fn parse(json: &str) -> Result<Lists, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// The row's value, with sorted lists.
    pub(super) fn to_json(&self) -> String {
        let sorted = |list: &HashSet<String>| list.iter().cloned().collect::<BTreeSet<String>>();
        json!({ "allow": sorted(&self.allow), "deny": sorted(&self.deny) }).to_string()
    }
}

fn identities<'de, D: Deserializer<'de>>(from: D) -> Result<HashSet<String>, D::Error> {
    let named = Vec::<String>::deserialize(from)?;
    Ok(named.into_iter().map(|name| identity(&name)).collect())
}

/// Normalises an identity: a phone number to its key, a user id unchanged.
pub fn identity(text: &str) -> String {
    Phone::parse(text).map_or_else(|_| text.trim().to_owned(), |phone| phone.key())
}
