//! The flags' document: the typed content of the row, with its validation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use switchboard_core::name::is_agent_name;

/// The row's key in `app_config`.
pub const KEY: &str = "unified_service_flags";

/// The row's content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Document {
    /// Whether anybody is served.
    pub unified_service_enabled: bool,
    /// The percentage of people served, 0 to 100 in steps of 0.01.
    pub unified_service_rollout_percent: f64,
    /// Which agents are on. An agent that is not named is off; names of agents that do not exist yet are allowed.
    pub agent_flags: AgentFlags,
    /// Features that span agents.
    #[serde(default)]
    pub features: Features,
}

/// Which agents are on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AgentFlags {
    /// As listed in the row.
    Named(BTreeMap<String, bool>),
    /// All agents: only without a row.
    #[serde(skip)]
    All,
}

/// Features that span agents. A feature that is not named is off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Features {
    /// Agents may hand turns over to each other.
    pub cross_domain_handoffs: bool,
    /// One search covers all domains.
    pub unified_search: bool,
    /// Agents share a person's preferences.
    pub shared_preferences: bool,
    /// Free text is interpreted inside a flow.
    pub hybrid_flows: bool,
}

/// Why a document is refused.
#[derive(Debug, thiserror::Error)]
pub enum FlagsError {
    /// Not JSON, or of the wrong shape.
    #[error("app_config row `{KEY}`: {0}; see the deployment checklist, step 5, for the shape")]
    Shape(#[from] serde_json::Error),
    /// The percentage is out of range.
    #[error("app_config row `{KEY}`: unifiedServiceRolloutPercent is {0}; it goes from 0 to 100")]
    Percent(f64),
    /// The row of lists is invalid.
    #[error("app_config row `unified_service_people`: {0}; it is {{\"allow\": [\"+250…\"], \"deny\": []}}")]
    People(serde_json::Error),
    /// Not a valid agent name.
    #[error("app_config row `{KEY}`: agentFlags has `{0}`; an agent's name is lower-case letters, digits and `_`")]
    Name(String),
}

impl Document {
    /// Parses and validates the row's value.
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

    /// Everything on for everybody: the default without a row and without the environment variables.
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

    /// The document from the environment variables, as the legacy service read them without a row: enabled only by the word `true`, all
    /// agents on, features by percentage.
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
