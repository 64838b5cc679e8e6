//! Edits of the flags' row, shared by CLI and API: validated before they are written, and written by compare-and-set, so that no
//! concurrent change is lost.

use serde_json::{Map, Value};

use super::{
    Flags,
    document::{Document, FlagsError, KEY},
    in_force::in_force,
};
use switchboard_core::act::Actor;
use switchboard_store::{Store, StoreError};

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
pub async fn replace(store: &Store, document: &Value, actor: &Actor) -> Result<(), EditError> {
    let text = document.to_string();
    Document::parse(&text)?;
    Ok(store.set_config(KEY, &text, actor).await?)
}

/// What a first row is made of, where there is none: what is in force.
#[derive(Clone, Copy)]
pub struct FirstRow<'a> {
    /// The loaded agents, named in it beside the checklist's.
    pub agents: &'a [String],
    /// The flags that apply while there never was a row.
    pub without_row: &'a Flags,
}

/// Merges a JSON merge patch (RFC 7396) into the row. A missing row is created first.
pub async fn patch(store: &Store, first: FirstRow<'_>, patch: &Value, actor: &Actor) -> Result<(), EditError> {
    edit(store, first, actor, |row| {
        merge(row, patch);
        Ok(())
    })
    .await
}

/// Sets the value at a dotted path; returns the previous value. A missing row is created first.
pub async fn set(
    store: &Store,
    first: FirstRow<'_>,
    path: &str,
    value: &Value,
    actor: &Actor,
) -> Result<Value, EditError> {
    edit(store, first, actor, |row| {
        let mut place = row;
        for part in path.split('.') {
            let nothing = || EditError::Path(path.to_owned(), part.to_owned());
            place = place.as_object_mut().ok_or_else(nothing)?.entry(part).or_insert(Value::Null);
        }
        Ok(std::mem::replace(place, value.clone()))
    })
    .await
}

/// Creates the row if there is none, from what is in force.
pub async fn ensure_row(store: &Store, first: FirstRow<'_>, actor: &Actor) -> Result<(), StoreError> {
    if store.config(KEY).await?.is_some() {
        return Ok(());
    }
    let state = in_force(store, first.without_row, None).await?;
    let row = state.flags.document.to_row(first.agents);
    // A row that was inserted concurrently is kept.
    store.move_config(KEY, None, &row.to_string(), actor).await.map(drop)
}

/// Applies a change to the parsed row and validates the result. A change that does no more than lower the percentage or switch the
/// service off passes on any row.
async fn edit<T>(
    store: &Store,
    first: FirstRow<'_>,
    actor: &Actor,
    mut change: impl FnMut(&mut Value) -> Result<T, EditError>,
) -> Result<T, EditError> {
    for _ in 0..TRIES {
        let before = store.config(KEY).await?;
        let document = &in_force(store, first.without_row, None).await?.flags.document;
        let in_force = document.to_row(first.agents);
        let parsed = before.as_deref().map(serde_json::from_str::<Value>);
        let (mut row, unreadable) = match parsed {
            Some(Ok(row)) if row.is_object() => (row, None),
            Some(Ok(row)) => (in_force, Document::parse(&row.to_string()).err().map(EditError::Refused)),
            Some(Err(error)) => (in_force, Some(EditError::Row(KEY, error))),
            None => (in_force, None),
        };
        let old = row.clone();
        let done = change(&mut row)?;
        if !only_lowers(&old, &row, document) {
            if let Some(error) = unreadable {
                return Err(error);
            }
            Document::parse(&row.to_string())?;
        }
        if store.move_config(KEY, before.as_deref(), &row.to_string(), actor).await? {
            return Ok(done);
        }
    }
    Err(EditError::Busy)
}

/// Whether a change of the row does no more than lower the percentage in force, or switch the service off.
fn only_lowers(old: &Value, new: &Value, in_force: &Document) -> bool {
    let (Some(mut old), Some(mut new)) = (old.as_object().cloned(), new.as_object().cloned()) else { return false };
    let enabled = (old.remove("unifiedServiceEnabled"), new.remove("unifiedServiceEnabled"));
    let percent = (old.remove("unifiedServiceRolloutPercent"), new.remove("unifiedServiceRolloutPercent"));
    let switches_off = enabled.1 == Some(Value::Bool(false));
    let lowers = |percent: &Option<Value>| {
        let percent = percent.as_ref().and_then(Value::as_f64);
        percent.is_some_and(|percent| (0.0..=in_force.unified_service_rollout_percent).contains(&percent))
    };
    old == new && (enabled.0 == enabled.1 || switches_off) && (percent.0 == percent.1 || lowers(&percent.1))
}

/// Changes a row by compare-and-set, retried after concurrent changes.
pub(super) async fn update_row<T>(
    store: &Store,
    key: &str,
    actor: &Actor,
    mut next: impl FnMut(Option<&str>) -> Result<(String, T), EditError>,
) -> Result<T, EditError> {
    for _ in 0..TRIES {
        let before = store.config(key).await?;
        let (text, done) = next(before.as_deref())?;
        if store.move_config(key, before.as_deref(), &text, actor).await? {
            return Ok(done);
        }
    }
    Err(EditError::Busy)
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
    use serde_json::json;

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
    fn a_first_row_is_what_is_in_force() {
        let row = Document::nobody().to_row(&["eleventh".into()]);
        assert_eq!(Document::parse(&row.to_string()).expect("the shape").served_percent(), 0.0);
        assert_eq!((&row["agentFlags"]["eleventh"], &row["agentFlags"]["jobs"]), (&json!(true), &json!(true)));
        assert_eq!(row["unifiedServiceRolloutPercent"], json!(0), "a whole number");
        let half = Document { unified_service_rollout_percent: 0.5, ..Document::nobody() };
        assert_eq!(half.to_row(&[])["unifiedServiceRolloutPercent"], json!(0.5));
    }

    #[test]
    fn an_edit_that_only_lowers_is_told_from_others() {
        let in_force = Document { unified_service_rollout_percent: 50.0, ..Document::everything_on() };
        let old = json!({"unifiedServiceEnabled": true, "unifiedServiceRolloutPercent": 50, "bogus": 1});
        for (change, lowers) in [
            (json!({"unifiedServiceRolloutPercent": 0}), true),
            (json!({"unifiedServiceRolloutPercent": 50}), true),
            (json!({"unifiedServiceRolloutPercent": 51}), false),
            (json!({"unifiedServiceRolloutPercent": -1}), false),
            (json!({"unifiedServiceRolloutPercent": "0"}), false),
            (json!({"unifiedServiceRolloutPercent": null}), false),
            (json!({"unifiedServiceEnabled": false}), true),
            (json!({"unifiedServiceEnabled": null}), false),
            (json!({"unifiedServiceEnabled": false, "bogus": 2}), false),
            (json!({"agentFlags": {}}), false),
        ] {
            let mut new = old.clone();
            merge(&mut new, &change);
            assert_eq!(only_lowers(&old, &new, &in_force), lowers, "{change}");
        }
        let off = json!({"unifiedServiceEnabled": "off"});
        assert!(!only_lowers(&off, &json!({"unifiedServiceEnabled": true}), &in_force));
    }
}
