//! An author's ceiling: what an agent says of itself that it will never need more than, in the entry `ceiling` of its profile's extras.
//! What it gets is the least of this and of what `plugins.toml` grants.

use std::fmt::Display;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::limits::{Limits, WrittenLimits};
use switchboard_core::contract::types::Profile;

/// The name of the extra. Its value is a JSON object; with it, `wants` names all capabilities that the component may import.
pub(super) const EXTRA: &str = "ceiling";

/// The ceiling of an agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ceiling {
    /// Limits of a turn, by their keys in `plugins.toml`.
    limits: WrittenLimits,
}

impl Ceiling {
    /// The ceiling of a profile; none if it has none. The error is a sentence.
    pub(super) fn of(profile: &Profile) -> Result<Option<Ceiling>, String> {
        let Some(extra) = profile.extras.iter().find(|extra| extra.name == EXTRA) else { return Ok(None) };
        let wrong = |what: &dyn Display| format!("its extra `{EXTRA}` is not usable: {what}");
        // An array would be read as the fields in their order.
        let object: Map<String, Value> = serde_json::from_str(&extra.value).map_err(|error| wrong(&error))?;
        let ceiling: Ceiling = serde_json::from_value(object.into()).map_err(|error| wrong(&error))?;
        match ceiling.limits.of_loading() {
            Some(key) => Err(wrong(&format!("`{key}` is no limit of a turn, and the operator's alone"))),
            None => Ok(Some(ceiling)),
        }
    }

    /// Whether a profile with this ceiling may import so; the error is a sentence.
    pub(super) fn check(&self, profile: &Profile, imports: &[String]) -> Result<(), String> {
        let beyond: Vec<String> = imports
            .iter()
            .filter(|import| !profile.wants.contains(import))
            .map(|import| format!("`{import}`"))
            .collect();
        match beyond.is_empty() {
            true => Ok(()),
            false => Err(format!(
                "it imports {}, which its own profile does not want: add it to `wants`, or leave out what calls it",
                beyond.join(", ")
            )),
        }
    }

    /// The least of the operator's limits and of these.
    pub(super) fn within(&self, limits: &Limits) -> Limits {
        self.limits.over(limits).least(limits)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use switchboard_core::contract::types::Extra;

    fn profile(wants: &[&str], ceiling: Option<&str>) -> Profile {
        Profile {
            name: "a".into(),
            version: "1".into(),
            about: "a".into(),
            titles: Vec::new(),
            keywords: Vec::new(),
            flows: Vec::new(),
            tools: Vec::new(),
            stores: String::new(),
            wants: wants.iter().map(|name| (*name).to_owned()).collect(),
            extras: ceiling.map(|value| Extra { name: EXTRA.into(), value: value.into() }).into_iter().collect(),
        }
    }

    #[test]
    fn a_profile_without_a_ceiling_has_none_and_one_with_it_wants_all_that_it_imports() {
        assert_eq!(Ceiling::of(&profile(&[], None)), Ok(None));
        let wants = profile(&["log"], Some("{}"));
        let ceiling = Ceiling::of(&wants).expect("usable").expect("there");
        assert_eq!(ceiling.check(&wants, &["log".to_owned()]), Ok(()));
        let told = ceiling.check(&wants, &["log".to_owned(), "records".to_owned()]).expect_err("beyond");
        assert!(told.contains("it imports `records`, which its own profile does not want"), "{told}");
        let loading = "{\"limits\": {\"compile_cpu_seconds\": 1}}";
        for wrong in
            ["", "[]", "{\"limit\": {}}", "{\"limits\": {\"fuel\": -1}}", "{\"limits\": {\"fule\": 1}}", loading]
        {
            assert!(Ceiling::of(&profile(&[], Some(wrong))).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_turn_gets_the_least_of_both() {
        let of = |json| Ceiling::of(&profile(&[], Some(json))).expect("usable").expect("there");
        let operator = Limits::default();
        assert_eq!(of("{}").within(&operator), operator);
        let less = of("{\"limits\": {\"fuel\": 7, \"cpu_ms\": 10, \"memory_bytes_max\": 1}}").within(&operator);
        assert_eq!((less.fuel, less.cpu, less.memory_bytes_max), (7, Duration::from_millis(10), 1));
        assert_eq!(less.wall, operator.wall);
        assert_eq!(of("{\"limits\": {\"fuel\": 99000000000}}").within(&operator).fuel, operator.fuel);
    }
}
