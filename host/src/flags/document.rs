//! The flags' document: the typed content of the row, with its validation.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::{Map, Value, json};
use switchboard_core::name::is_agent_name;

/// The row's key in `app_config`.
pub const KEY: &str = "unified_service_flags";

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
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum AgentFlags {
    /// As listed in the row.
    Named(BTreeMap<String, bool>),
    /// All agents: only without a row.
    #[serde(skip)]
    All,
}

impl<'de> Deserialize<'de> for AgentFlags {
    /// By hand, for an error that names the agent.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<AgentFlags, D::Error> {
        let named = BTreeMap::<String, Value>::deserialize(from)?.into_iter().map(|(name, value)| match value {
            Value::Bool(on) => Ok((name, on)),
            other => Err(D::Error::custom(format_args!("agentFlags.{name} is {other}; it is true or false"))),
        });
        Ok(AgentFlags::Named(named.collect::<Result<_, _>>()?))
    }
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

    /// Everything on for nobody: the default in production, without a row and without the environment variables.
    pub fn nobody() -> Document {
        Document { unified_service_rollout_percent: 0.0, ..Document::everything_on() }
    }

    /// The percentage of people who are served: 0 while the service is off.
    pub fn served_percent(&self) -> f64 {
        if self.unified_service_enabled { self.unified_service_rollout_percent } else { 0.0 }
    }

    /// The document as a row's value. Where all agents are on, they are named: the checklist's and these.
    pub(super) fn to_row(&self, agents: &[String]) -> Value {
        let named: Map<String, Value> = match &self.agent_flags {
            AgentFlags::Named(named) => named.iter().map(|(name, on)| (name.clone(), Value::Bool(*on))).collect(),
            AgentFlags::All => {
                let names = CHECKLIST.iter().copied().chain(agents.iter().map(String::as_str));
                names.map(|name| (name.to_owned(), Value::Bool(true))).collect()
            }
        };
        json!({
            "unifiedServiceEnabled": self.unified_service_enabled,
            "unifiedServiceRolloutPercent": number(self.unified_service_rollout_percent),
            "agentFlags": named,
            "features": self.features,
        })
    }

    /// The document from the environment variables, as the legacy service read them without a row: all agents on, features by
    /// percentage. The configuration refuses other values than `true`, `false` and a number from 0 to 100.
    pub fn from_environment(enabled: Option<bool>, percent: Option<f64>) -> Document {
        let percent = percent.unwrap_or(0.0);
        Document {
            unified_service_enabled: enabled.unwrap_or(false),
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

/// A percentage as JSON, whole where it is.
fn number(percent: f64) -> Value {
    if percent.fract() == 0.0 { json!(percent as i64) } else { json!(percent) }
}
