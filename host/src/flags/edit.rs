//! Edits of the flags' row, shared by CLI and API: validated before they are written, and written by compare-and-set, so that no
//! concurrent change is lost.

use serde_json::{Map, Value, json};

use super::document::{Document, FlagsError, KEY};
use switchboard_store::{Store, StoreError};

/// The agents in the deployment checklist's row.
pub const CHECKLIST: [&str; 10] = [
    "marketplace",
    "jobs",
    "property",
    "farmer",
    "waiter",
    "insurance",
    "rides",
    "sales",
    "business_broker",
    "support",
];

/// The most attempts of a compare-and-set.
const TRIES: usize = 20;

/// Why a row was not changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The new value is invalid.
    #[error("it is refused, and nothing was changed: {0}")]
    Refused(#[from] FlagsError),
    /// The path leads through a value that is not an object.
    #[error("`{0}`: there is nothing below `{1}`")]
    Path(String, String),
    /// The current value cannot be parsed, so it cannot be edited in part.
    #[error("the row `{0}` cannot be read ({1}): repair it by SQL first")]
    Row(&'static str, serde_json::Error),
    /// Every attempt met a concurrent change.
    #[error("the row was changed concurrently: try again")]
    Busy,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Replaces the row by a document.
pub async fn replace(store: &Store, document: &Value, who: &str) -> Result<(), EditError> {
    let text = document.to_string();
    Document::parse(&text)?;
    Ok(store.set_config(KEY, &text, who).await?)
}

/// Merges a JSON merge patch (RFC 7396) into the row. A missing row is created first, for these agents.
pub async fn patch(store: &Store, agents: &[String], patch: &Value, who: &str) -> Result<(), EditError> {
    edit(store, agents, who, |row| {
        merge(row, patch);
        Ok(())
    })
    .await
}

/// Sets the value at a dotted path; returns the previous value.
pub async fn set(store: &Store, agents: &[String], path: &str, value: &Value, who: &str) -> Result<Value, EditError> {
    edit(store, agents, who, |row| {
        let mut place = row;
        for part in path.split('.') {
            let nothing = || EditError::Path(path.to_owned(), part.to_owned());
            place = place.as_object_mut().ok_or_else(nothing)?.entry(part).or_insert(Value::Null);
        }
        Ok(std::mem::replace(place, value.clone()))
    })
    .await
}

/// Creates the row if there is none, with everything on and a percentage of 0.
pub async fn ensure_row(store: &Store, agents: &[String], who: &str) -> Result<(), StoreError> {
    let mut row = first_row(agents);
    row["unifiedServiceRolloutPercent"] = 0.into();
    // A row that was inserted concurrently is kept.
    store.move_config(KEY, None, &row.to_string(), who).await.map(drop)
}

/// Applies a change to the parsed row and validates the result.
async fn edit<T>(
    store: &Store,
    agents: &[String],
    who: &str,
    mut change: impl FnMut(&mut Value) -> Result<T, EditError>,
) -> Result<T, EditError> {
    update_row(store, KEY, who, |before| {
        let mut row = match before {
            Some(text) => serde_json::from_str(text).map_err(|error| EditError::Row(KEY, error))?,
            None => first_row(agents),
        };
        let done = change(&mut row)?;
        let text = row.to_string();
        Document::parse(&text)?;
        Ok((text, done))
    })
    .await
}

/// Changes a row by compare-and-set, retried after concurrent changes.
pub(super) async fn update_row<T>(
    store: &Store,
    key: &str,
    who: &str,
    mut next: impl FnMut(Option<&str>) -> Result<(String, T), EditError>,
) -> Result<T, EditError> {
    for _ in 0..TRIES {
        let before = store.config(key).await?;
        let (text, done) = next(before.as_deref())?;
        if store.move_config(key, before.as_deref(), &text, who).await? {
            return Ok(done);
        }
    }
    Err(EditError::Busy)
}

/// The row that a first edit starts from: everything on, as it was without a row.
fn first_row(agents: &[String]) -> Value {
    let names = CHECKLIST.iter().copied().chain(agents.iter().map(String::as_str));
    let flags: Map<String, Value> = names.map(|name| (name.to_owned(), Value::Bool(true))).collect();
    json!({
        "unifiedServiceEnabled": true,
        "unifiedServiceRolloutPercent": 100,
        "agentFlags": flags,
        "features": {"crossDomainHandoffs": true, "unifiedSearch": true, "sharedPreferences": true, "hybridFlows": true},
    })
}

/// Applies a JSON merge patch: objects are merged, null removes, everything else replaces.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(target) = target.as_object_mut() else { return };
    for (key, value) in patch {
        match value {
            Value::Null => drop(target.remove(key)),
            value => merge(target.entry(key).or_insert(Value::Null), value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test cases of RFC 7396, appendix A.
    #[test]
    fn a_patch_merges_as_the_rfc_says() {
        for (target, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"a": "foo"}), json!("bar"), json!("bar")),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            let mut merged = target.clone();
            merge(&mut merged, &patch);
            assert_eq!(merged, result, "{target} with {patch}");
        }
    }

    #[test]
    fn the_first_row_has_the_shape() {
        let row = first_row(&["eleventh".into()]);
        Document::parse(&row.to_string()).expect("the shape");
        assert_eq!((&row["agentFlags"]["eleventh"], &row["agentFlags"]["jobs"]), (&json!(true), &json!(true)));
    }
}
