//! Who is served, by which agents, with which features: the row `unified_service_flags` of `app_config`, typed.
//!
//! The row is the truth, in exactly the shape of the deployment checklist. A row that does not fit keeps the last good flags
//! in force, and says so.

mod edit;
mod live;
pub mod people;
mod show;

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use switchboard_core::{bucket, name::is_agent_name};

pub use edit::{CHECKLIST, EditError, ensure_row, patch, replace, set};
pub use live::{LiveFlags, State, read};
pub use show::{Explained, View, difference, explain};

/// The key of the row.
pub const KEY: &str = "unified_service_flags";

/// The flags in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Flags {
    /// The row's content, or what stands in for it.
    pub document: Document,
    /// Who is in or out whatever the percentage.
    pub people: people::Lists,
    /// Where the document comes from.
    pub source: Source,
}

/// Whether a person is served, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// The service is off: nobody is served.
    Disabled,
    /// Out by the list.
    Denied,
    /// In by the list.
    Allowed,
    /// In by the bucket.
    In,
    /// Out by the bucket.
    Out,
}

impl Standing {
    /// Whether it means that the person is served.
    pub fn is_in(self) -> bool {
        matches!(self, Standing::Allowed | Standing::In)
    }
}

/// Where flags come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The row.
    Row,
    /// `UNIFIED_SERVICE_ENABLED` and `UNIFIED_SERVICE_ROLLOUT_PERCENT`, as the replaced service read them without a row.
    Environment,
    /// Neither: everything is on.
    Default,
}

/// The row's content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Document {
    /// Off means: nobody is served.
    pub unified_service_enabled: bool,
    /// 0 to 100, in steps of 0.01: the share of people served.
    pub unified_service_rollout_percent: f64,
    /// By agent; one that is not named is off. The name may be of an agent that is yet to come.
    pub agent_flags: AgentFlags,
    /// What agents may do together.
    #[serde(default)]
    pub features: Features,
}

/// Which agents are on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AgentFlags {
    /// As the row says.
    Named(BTreeMap<String, bool>),
    /// All there are: only without a row.
    #[serde(skip)]
    All,
}

/// What agents may do together. A feature that is not named is off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Features {
    /// Agents may hand a person over to each other.
    pub cross_domain_handoffs: bool,
    /// One search over all domains.
    pub unified_search: bool,
    /// Agents share what the person likes.
    pub shared_preferences: bool,
    /// Free text is understood inside a flow.
    pub hybrid_flows: bool,
}

/// Why a document is refused.
#[derive(Debug, thiserror::Error)]
pub enum FlagsError {
    /// Not JSON, or not of the shape.
    #[error("app_config row `{KEY}`: {0}; see the deployment checklist, step 5, for the shape")]
    Shape(#[from] serde_json::Error),
    /// Out of range.
    #[error("app_config row `{KEY}`: unifiedServiceRolloutPercent is {0}; it goes from 0 to 100")]
    Percent(f64),
    /// The row of lists.
    #[error("app_config row `unified_service_people`: {0}; it is {{\"allow\": [\"+250…\"], \"deny\": []}}")]
    People(serde_json::Error),
    /// Not a name.
    #[error("app_config row `{KEY}`: agentFlags has `{0}`; an agent's name is lower-case letters, digits and `_`")]
    Name(String),
}

impl Document {
    /// Reads the row's value.
    pub fn parse(json: &str) -> Result<Document, FlagsError> {
        let document: Document = serde_json::from_str(json)?;
        let percent = document.unified_service_rollout_percent;
        if !(0.0..=100.0).contains(&percent) {
            return Err(FlagsError::Percent(percent));
        }
        if let AgentFlags::Named(named) = &document.agent_flags
            && let Some(name) = named.keys().find(|name| !is_agent_name(name))
        {
            return Err(FlagsError::Name(name.clone()));
        }
        Ok(document)
    }

    /// Everything on for everybody: what holds without a row and without the environment.
    pub fn everything_on() -> Document {
        Document {
            unified_service_enabled: true,
            unified_service_rollout_percent: 100.0,
            agent_flags: AgentFlags::All,
            features: Features {
                cross_domain_handoffs: true,
                unified_search: true,
                shared_preferences: true,
                hybrid_flows: true,
            },
        }
    }

    /// What the replaced service did without a row: enabled only by the word `true`, all agents on, features by percent.
    pub fn from_environment(enabled: Option<&str>, percent: Option<&str>) -> Document {
        let percent = percent.and_then(|text| text.trim().parse().ok()).unwrap_or(0.0_f64).clamp(0.0, 100.0);
        Document {
            unified_service_enabled: enabled.is_some_and(|text| text.trim() == "true"),
            unified_service_rollout_percent: percent,
            agent_flags: AgentFlags::All,
            features: Features {
                hybrid_flows: percent >= 10.0,
                shared_preferences: percent >= 25.0,
                cross_domain_handoffs: percent >= 50.0,
                unified_search: percent >= 75.0,
            },
        }
    }
}

impl Flags {
    /// The flags of a document, without lists.
    pub fn of(document: Document, source: Source) -> Flags {
        Flags { document, people: people::Lists::default(), source }
    }

    /// Whether the person of this bucket, known by this number (its digits) and user id, is served. Growing the percentage never
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
    fn lists_stand_before_the_percentage_and_deny_before_allow() {
        let people =
            people::Lists::parse(r#"{"allow": ["+250 788 000 001", "RW.1349abc"], "deny": ["00250788000002"]}"#);
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
        assert!(people::Lists::parse(r#"{"allowed": []}"#).is_err());
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
            (&CHECKLIST.replace("\"jobs\": true", "\"jobs\": \"yes\""), "AgentFlags"),
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
    fn without_a_row_the_environment_speaks() {
        let flags = flags(Document::from_environment(Some("true"), Some("25")));
        assert!(admits(&flags, 2499) && !admits(&flags, 2500) && flags.agent_is_on("anything"));
        assert_eq!(flags.features_on(), ["sharedPreferences", "hybridFlows"]);
        assert!(!Document::from_environment(Some("TRUE"), None).unified_service_enabled);
    }
}
