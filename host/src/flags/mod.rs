//! Feature flags: who is served, by which agents, with which features. They are read from the row `unified_service_flags` of
//! `app_config`, in exactly the shape of the deployment checklist. An invalid row leaves the last valid flags in force and is reported; a
//! lower percentage and `unifiedServiceEnabled: false` are taken from it all the same.

mod document;
mod edit;
mod in_force;
mod lists;
mod live;
mod lower;
mod names;
pub mod people;
mod show;

use std::collections::HashSet;

use serde::Serialize;
use switchboard_core::bucket;

pub use document::{AgentFlags, CHECKLIST, Document, Features, FlagsError, KEY};
pub use edit::{EditError, FirstRow, ensure_row, patch, replace, set};
pub use in_force::{FlagsState, in_force};
pub use lists::{Lists, identity};
pub use live::LiveFlags;
pub use names::{NameError, check_name};
pub use show::{Explanation, View, difference, explain};

/// The flags in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Flags {
    /// The row's content, or its substitute while there is no row.
    pub document: Document,
    /// The allow and deny lists, regardless of the percentage.
    pub people: Lists,
    /// The document's source.
    pub source: Source,
}

/// Whether a person is served, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// The service is off: nobody is served.
    Disabled,
    /// Out: on the deny list.
    Denied,
    /// In: on the allow list.
    Allowed,
    /// In: the bucket is below the percentage.
    In,
    /// Out: the bucket is not below the percentage.
    Out,
}

impl Standing {
    /// Whether the person is served.
    pub fn is_in(self) -> bool {
        matches!(self, Standing::Allowed | Standing::In)
    }
}

/// The source of flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The database's row.
    Row,
    /// The last good row, because the present one does not fit or is gone.
    LastGood,
    /// `UNIFIED_SERVICE_ENABLED` and `UNIFIED_SERVICE_ROLLOUT_PERCENT`, read as the legacy service did: there never was a row.
    Environment,
    /// The default, where there never was a row: nobody in production, everybody in development.
    Default,
}

impl Flags {
    /// The flags of a document, without lists.
    pub fn of(document: Document, source: Source) -> Flags {
        Flags { document, people: Lists::default(), source }
    }

    /// Whether a person with this bucket and these identities (digits of the number, user id) is served. Raising the percentage never
    /// removes anybody.
    pub fn standing<'a>(&self, bucket: u16, known_by: impl IntoIterator<Item = &'a str> + Clone) -> Standing {
        let named = |list: &HashSet<String>| known_by.clone().into_iter().any(|identity| list.contains(identity));
        match () {
            () if !self.document.unified_service_enabled => Standing::Disabled,
            () if named(&self.people.deny) => Standing::Denied,
            () if named(&self.people.allow) => Standing::Allowed,
            () if bucket::is_below(bucket, self.document.unified_service_rollout_percent) => Standing::In,
            () => Standing::Out,
        }
    }

    /// Whether an agent is on.
    pub fn agent_is_on(&self, name: &str) -> bool {
        match &self.document.agent_flags {
            AgentFlags::All => true,
            AgentFlags::Named(named) => named.get(name).copied().unwrap_or(false),
        }
    }

    /// The names of the features that are on, as agents see them.
    pub fn features_on(&self) -> Vec<String> {
        let features = &self.document.features;
        let named = [
            ("crossDomainHandoffs", features.cross_domain_handoffs),
            ("unifiedSearch", features.unified_search),
            ("sharedPreferences", features.shared_preferences),
            ("hybridFlows", features.hybrid_flows),
        ];
        named.into_iter().filter(|(_, on)| *on).map(|(name, _)| name.to_owned()).collect()
    }
}

/// The JSON schema of the row.
pub fn schema() -> &'static str {
    include_str!("schema.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Step 5 of the deployment checklist, as written there.
    const CHECKLIST: &str = r#"{
        "unifiedServiceEnabled": true,
        "unifiedServiceRolloutPercent": 0,
        "agentFlags": { "marketplace": true, "jobs": true, "property": true, "farmer": true, "waiter": true,
            "insurance": true, "rides": true, "sales": true, "business_broker": true, "support": true },
        "features": { "crossDomainHandoffs": true, "unifiedSearch": false, "sharedPreferences": false, "hybridFlows": true }
    }"#;

    fn flags(document: Document) -> Flags {
        Flags::of(document, Source::Row)
    }

    fn admits(flags: &Flags, bucket: u16) -> bool {
        flags.standing(bucket, []).is_in()
    }

    #[test]
    fn lists_override_the_percentage_and_deny_overrides_allow() {
        let people = Lists::parse(r#"{"allow": ["+250 788 000 001", "RW.1349abc"], "deny": ["00250788000002"]}"#);
        let mut flags = flags(Document { unified_service_rollout_percent: 50.0, ..Document::everything_on() });
        flags.people = people.expect("lists");
        for (bucket, known_by, standing) in [
            (9999, "250788000001", Standing::Allowed),
            (9999, "RW.1349abc", Standing::Allowed),
            (0, "250788000002", Standing::Denied),
            (4999, "250788000003", Standing::In),
            (5000, "250788000003", Standing::Out),
        ] {
            assert_eq!(flags.standing(bucket, [known_by]), standing, "{known_by}");
        }
        flags.people.deny.insert("RW.1349abc".into());
        assert_eq!(flags.standing(0, ["250788000001", "RW.1349abc"]), Standing::Denied);
        flags.document.unified_service_enabled = false;
        assert_eq!(flags.standing(0, ["250788000001"]), Standing::Disabled);
        assert!(Lists::parse(r#"{"allowed": []}"#).is_err());
    }

    #[test]
    fn reads_the_checklist() {
        let flags = flags(Document::parse(CHECKLIST).expect("the checklist's own shape"));
        assert!(!admits(&flags, 0));
        assert!(flags.agent_is_on("business_broker"));
        assert!(!flags.agent_is_on("yet_to_come"));
        assert_eq!(flags.features_on(), ["crossDomainHandoffs", "hybridFlows"]);
    }

    #[test]
    fn refuses_what_is_not_the_shape() {
        let cases = [
            ("{", "EOF"),
            (r#"{"enabled": true}"#, "unknown field `enabled`"),
            (&CHECKLIST.replace("\"unifiedServiceRolloutPercent\": 0", "\"unifiedServiceRolloutPercent\": 101"), "101"),
            (
                &CHECKLIST.replace("\"unifiedServiceRolloutPercent\": 0", "\"unifiedServiceRolloutPercent\": \"5\""),
                "f64",
            ),
            (&CHECKLIST.replace("\"jobs\": true", "\"Jobs!\": true"), "`Jobs!`"),
            (
                &CHECKLIST.replace("\"jobs\": true", "\"jobs\": \"yes\""),
                "agentFlags.jobs is \"yes\"; it is true or false",
            ),
            (&CHECKLIST.replace("hybridFlows", "hybridFlow"), "unknown field `hybridFlow`"),
        ];
        for (json, says) in cases {
            let error = Document::parse(json).expect_err(json).to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn the_schema_says_the_same_as_the_reader() {
        let schema = serde_json::from_str(schema()).expect("JSON");
        let schema = jsonschema::validator_for(&schema).expect("a schema");
        let with = |from: &str, to: &str| CHECKLIST.replace(from, to);
        for json in [
            CHECKLIST.to_owned(),
            with("\"jobs\": true", "\"eleventh_agent\": false"),
            with("\"unifiedServiceRolloutPercent\": 0", "\"unifiedServiceRolloutPercent\": 0.01"),
            with("\"unifiedServiceRolloutPercent\": 0", "\"unifiedServiceRolloutPercent\": 100.5"),
            with("\"unifiedServiceRolloutPercent\": 0", "\"unifiedServiceRolloutPercent\": \"1\""),
            with("\"jobs\"", "\"Jobs\""),
            with("\"jobs\"", "\"_jobs\""),
            with("\"jobs\": true", "\"jobs\": 1"),
            with("\"hybridFlows\"", "\"hybrid\""),
            with("\"agentFlags\"", "\"agents\""),
            with("\"unifiedServiceEnabled\": true,", ""),
            with("\"unifiedServiceEnabled\": true", "\"unifiedServiceEnabled\": null"),
        ] {
            let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
            assert_eq!(schema.is_valid(&value), Document::parse(&json).is_ok(), "{json}");
        }
    }

    #[test]
    fn a_percentage_only_adds_people_as_it_grows() {
        let mut before = 0;
        for percent in [0.0, 0.01, 1.0, 10.0, 50.0, 99.99, 100.0] {
            let document = Document { unified_service_rollout_percent: percent, ..Document::everything_on() };
            let flags = flags(document);
            let admitted = (0..bucket::COUNT).filter(|bucket| admits(&flags, *bucket)).count();
            assert_eq!(admitted, (percent * 100.0).round() as usize);
            assert!((0..before).all(|bucket| admits(&flags, bucket as u16)));
            before = admitted;
        }
        let off = Document { unified_service_enabled: false, ..Document::everything_on() };
        assert!(!admits(&flags(off), 0));
    }

    #[test]
    fn without_a_row_the_environment_decides() {
        let flags = flags(Document::from_environment(Some(true), Some(25.0)));
        assert!(admits(&flags, 2499) && !admits(&flags, 2500) && flags.agent_is_on("anything"));
        assert_eq!(flags.features_on(), ["sharedPreferences", "hybridFlows"]);
        assert!(!Document::from_environment(None, Some(25.0)).unified_service_enabled);
    }
}
