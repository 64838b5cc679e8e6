//! The flags' row, changed: by the command and by the API alike. What does not fit changes nothing, and nobody's change is lost to
//! somebody else's.

use serde_json::{Map, Value, json};

use super::document::{Document, FlagsError, KEY};
use switchboard_store::{Store, StoreError};

/// The agents of the deployment checklist's row.
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

/// How often a change is tried again because somebody else made one meanwhile.
const TRIES: usize = 20;

/// Why a row was not changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// What it would become does not fit.
    #[error("it is refused, and nothing was changed: {0}")]
    Refused(#[from] FlagsError),
    /// The path leads through something that is no object.
    #[error("`{0}`: there is nothing below `{1}`")]
    Path(String, String),
    /// What is there cannot be changed in part.
    #[error("the row `{0}` cannot be read ({1}): mend it by SQL first")]
    Row(&'static str, serde_json::Error),
    /// Somebody else changes it all the time.
    #[error("somebody else changes the row at the same time: try again")]
    Busy,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Puts a whole document in the place of the row.
pub async fn replace(store: &Store, document: &Value, who: &str) -> Result<(), EditError> {
    let text = document.to_string();
    Document::parse(&text)?;
    Ok(store.set_config(KEY, &text, who).await?)
}

/// Merges a patch into the row (RFC 7396). Where there is no row, it is made first, for these agents.
pub async fn patch(store: &Store, agents: &[String], patch: &Value, who: &str) -> Result<(), EditError> {
    edit(store, agents, who, |row| {
        merge(row, patch);
        Ok(())
    })
    .await
}

/// Sets the value at a path, its parts joined by dots; gives the value before.
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

/// Puts the row in if there is none: what was in force without one goes on, with nobody let in yet.
pub async fn ensure_row(store: &Store, agents: &[String], who: &str) -> Result<(), StoreError> {
    let mut row = first_row(agents);
    row["unifiedServiceRolloutPercent"] = 0.into();
    // Whoever else puts it in meanwhile is right as well.
    store.move_config(KEY, None, &row.to_string(), who).await.map(drop)
}

async fn edit<T>(
    store: &Store,
    agents: &[String],
    who: &str,
    mut change: impl FnMut(&mut Value) -> Result<T, EditError>,
) -> Result<T, EditError> {
    move_row(store, KEY, who, |before| {
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

/// Makes a row's next text of the one before, again if somebody else changed it meanwhile.
pub(super) async fn move_row<T>(
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

/// Where there was no row, everything was on: the first change starts from there.
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

/// A JSON merge patch: objects are merged, null takes away, all else replaces.
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

    /// The table at the end of RFC 7396.
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
