//! The row's content, typed: which document fits, and why one does not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use switchboard_core::name::is_agent_name;

/// The key of the row.
pub const KEY: &str = "unified_service_flags";

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
