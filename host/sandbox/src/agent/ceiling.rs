//! An author's ceiling: what an agent says of itself that it will never need more than, in the entry `ceiling` of its profile's extras.
//! What it gets is the least of this and of what `plugins.toml` grants.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;

use super::limits::Limits;
use switchboard_core::contract::types::Profile;

/// The name of the extra. Its value is a JSON object; with it, `wants` names all capabilities that the component may import.
pub(super) const EXTRA: &str = "ceiling";

/// The ceiling of an agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ceiling {
    /// Limits of a turn, by their keys in `plugins.toml`.
    limits: CeilingLimits,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CeilingLimits {
    memory_bytes_max: Option<usize>,
    fuel: Option<u64>,
    cpu_ms: Option<u64>,
    wall_ms: Option<u64>,
    host_calls_max: Option<u32>,
    returned_bytes_max: Option<usize>,
    held_bytes_max: Option<usize>,
    written_bytes_max: Option<usize>,
}

impl Ceiling {
    /// The ceiling of a profile; none if it has none. The error is a sentence.
    pub(super) fn of(profile: &Profile) -> Result<Option<Ceiling>, String> {
        let Some(extra) = profile.extras.iter().find(|extra| extra.name == EXTRA) else { return Ok(None) };
        let read = serde_json::from_str(&extra.value);
        read.map(Some).map_err(|error| format!("its extra `{EXTRA}` is not usable: {error}"))
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
        let own = &self.limits;
        let millis =
            |own: Option<u64>, theirs: Duration| own.map_or(theirs, |ms| theirs.min(Duration::from_millis(ms)));
        Limits {
            memory_bytes_max: own
                .memory_bytes_max
                .map_or(limits.memory_bytes_max, |own| own.min(limits.memory_bytes_max)),
            fuel: own.fuel.map_or(limits.fuel, |own| own.min(limits.fuel)),
            cpu: millis(own.cpu_ms, limits.cpu),
            wall: millis(own.wall_ms, limits.wall),
            host_calls_max: own.host_calls_max.map_or(limits.host_calls_max, |own| own.min(limits.host_calls_max)),
            returned_bytes_max: own
                .returned_bytes_max
                .map_or(limits.returned_bytes_max, |own| own.min(limits.returned_bytes_max)),
            held_bytes_max: own.held_bytes_max.map_or(limits.held_bytes_max, |own| own.min(limits.held_bytes_max)),
            written_bytes_max: own
                .written_bytes_max
                .map_or(limits.written_bytes_max, |own| own.min(limits.written_bytes_max)),
        }
    }
}

/// Limits by their keys in `plugins.toml`.
pub(crate) fn by_key(limits: &Limits) -> BTreeMap<String, u64> {
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    [
        ("memory_bytes_max", limits.memory_bytes_max as u64),
        ("fuel", limits.fuel),
        ("cpu_ms", millis(limits.cpu)),
        ("wall_ms", millis(limits.wall)),
        ("host_calls_max", limits.host_calls_max.into()),
        ("returned_bytes_max", limits.returned_bytes_max as u64),
        ("held_bytes_max", limits.held_bytes_max as u64),
        ("written_bytes_max", limits.written_bytes_max as u64),
    ]
    .map(|(key, limit)| (key.to_owned(), limit))
    .into()
}

#[cfg(test)]
mod tests {
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
        for wrong in ["", "{\"limit\": {}}", "{\"limits\": {\"fuel\": -1}}", "{\"limits\": {\"fule\": 1}}"] {
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
