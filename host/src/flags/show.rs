//! The operator's view of the flags: the row, its error, what each host has in force, and the audit of changes.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::{
    Flags, KEY, Standing, bucket, in_force,
    people::{self, PersonError},
};
use switchboard_store::{ConfigChange, HostStatus, Store, StoreError};

/// The flags' row with its status and history.
pub struct View {
    /// The row's content; `None` if there is no row.
    pub row: Option<String>,
    /// Why the row or the lists are refused, or that the row is gone.
    pub refusal: Option<String>,
    /// The percentage of people served by what the database says.
    pub served_percent: f64,
    /// The row of the lists.
    pub lists: Option<String>,
    /// The flags that each host has in force.
    pub hosts: Vec<HostStatus>,
    /// The changes, the latest first.
    pub changes: Vec<ConfigChange>,
}

impl View {
    /// Reads the view with the given number of changes; `without_row` applies if there is no row.
    pub async fn read(store: &Store, without_row: &Flags, changes: i64) -> Result<View, StoreError> {
        let (row, lists) = (store.config(KEY).await?, store.config(people::KEY).await?);
        let state = in_force(store, without_row, None).await?;
        let (refusal, served_percent) = (state.error, state.flags.document.served_percent());
        let (hosts, changes) = (store.hosts().await?, store.config_audit(KEY, changes).await?);
        Ok(View { row, refusal, served_percent, lists, hosts, changes })
    }
}

/// Whether a person is in the rollout, and why.
#[derive(Serialize)]
pub struct Explanation {
    /// Whether they are served.
    pub is_in: bool,
    /// The rule that decides.
    pub standing: Standing,
    /// The rule as a sentence.
    pub why: String,
    /// Their bucket in every rollout.
    pub bucket: u16,
    /// Whether the bucket is stored; otherwise they have not written yet and would get it.
    pub bucket_is_stored: bool,
    /// What happens to their messages.
    pub messages: &'static str,
}

/// Explains whether a person is in under these flags. They are identified by phone number, user id or person id, and need not have
/// written yet. `forwards` says whether there is a legacy service, which gets the messages of people outside.
pub async fn explain(
    store: &Store,
    flags: &Flags,
    bucket_of: fn(&str) -> u16,
    forwards: bool,
    person: &str,
) -> Result<Explanation, PersonError> {
    let named = people::find(store, person).await?;
    let bucket = named.bucket.unwrap_or_else(|| bucket_of(named.name()));
    let standing = flags.standing(bucket, named.known_by.iter().map(String::as_str));
    Ok(Explanation {
        is_in: standing.is_in(),
        standing,
        why: rule_sentence(flags, standing),
        bucket,
        bucket_is_stored: named.bucket.is_some(),
        messages: match (standing.is_in(), forwards) {
            (true, _) => "their messages are answered",
            (false, false) => "their messages are held until `rollout release`",
            (false, true) => "their messages go to the legacy service",
        },
    })
}

/// The rule as a sentence.
fn rule_sentence(flags: &Flags, standing: Standing) -> String {
    let percent = flags.document.unified_service_rollout_percent;
    let first_outside = (percent / 100.0 * f64::from(bucket::COUNT)).ceil();
    match standing {
        Standing::Disabled => "out: unifiedServiceEnabled is false".into(),
        Standing::Denied => format!("out: on the list `deny` of {}", people::KEY),
        Standing::Allowed => format!("in: on the list `allow` of {}", people::KEY),
        Standing::In => format!("in: {percent} % is every bucket below {first_outside}"),
        Standing::Out => format!("out: {percent} % is every bucket below {first_outside}"),
    }
}

/// The difference that a change made: each path with its value before and after.
pub fn difference(change: &ConfigChange) -> Vec<String> {
    fn walk(path: &str, old: &Value, new: &Value, differences: &mut Vec<String>) {
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => {
                let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
                for key in keys {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    walk(
                        &path,
                        old.get(key).unwrap_or(&Value::Null),
                        new.get(key).unwrap_or(&Value::Null),
                        differences,
                    );
                }
            }
            (old, new) if old != new => differences.push(format!("{path} {old} → {new}")),
            _ => {}
        }
    }
    let value =
        |text: &Option<String>| text.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null);
    match (&change.old, &change.new) {
        (None, Some(_)) => vec!["the row is put in".into()],
        (_, None) => vec!["the row is taken away".into()],
        _ => {
            let mut differences = Vec::new();
            walk("", &value(&change.old), &value(&change.new), &mut differences);
            differences
        }
    }
}
