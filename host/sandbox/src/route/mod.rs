//! The router: chooses the agent that answers, by choice → flow → recent → keywords → fallback.
//!
//! Pure: the same message, session and agents give the same route. The reason is recorded with the turn.

pub mod command;
mod keywords;
pub mod signals;

use std::fmt;

use serde::Serialize;

use switchboard_core::session::Session;
use switchboard_understand::Analysis;

pub use keywords::{Index, Scored};

/// The fallback agent, when no rule applies; also the agent of a new session.
pub const FALLBACK: &str = "support";

/// For this long after its answer, an agent keeps the conversation (the replaced service's rule).
pub const RECENT_MS: i64 = 5 * 60 * 1000;

/// The confidence at which keywords outweigh the recent agent, if none of its own keywords match.
pub const CLEAR: f32 = 0.8;

/// The confidence below which keywords are ignored.
const LIKELY: f32 = 0.4;

/// The share of the best score above which the recent agent keeps a text: one word of its domain makes no wish of its own.
const KEPT_SHARE: f32 = 0.2;

/// The agent that answers, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Route {
    /// The agent's name.
    pub agent: String,
    /// The reason.
    pub reason: Reason,
    /// The confidence, 0 to 1.
    pub confidence: f32,
    /// The keywords that matched for it.
    pub keywords: Vec<String>,
}

/// Why an agent answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The person left for the menu.
    Exit,
    /// The person chose something this agent offered.
    Choice,
    /// A notice is for this agent.
    Notice,
    /// The agent's flow is open.
    Flow,
    /// It answered within the last [`RECENT_MS`].
    Recent,
    /// Its keywords matched.
    Keywords,
    /// No other rule applies.
    Fallback,
    /// The language model chose it, because keywords were not clear.
    Model,
    /// A voice note could not be transcribed: the host asks for text.
    Voice,
    /// The rate limit was reached: the host asks the person to wait.
    Flood,
    /// A human answers this person; no agent does.
    Taken,
    /// The host answered itself, beside whatever is open.
    Aside,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::Exit => "exit",
            Reason::Choice => "choice",
            Reason::Notice => "notice",
            Reason::Flow => "flow",
            Reason::Recent => "recent",
            Reason::Keywords => "keywords",
            Reason::Fallback => "fallback",
            Reason::Model => "model",
            Reason::Voice => "voice",
            Reason::Flood => "flood",
            Reason::Taken => "taken",
            Reason::Aside => "aside",
        })
    }
}

impl Route {
    /// Whether keywords gave no clear answer, so that the model may be asked: a confidence between likely and clear,
    /// or the fallback.
    pub fn is_open(&self) -> bool {
        match self.reason {
            Reason::Keywords => self.confidence < CLEAR,
            Reason::Fallback => true,
            _ => false,
        }
    }

    /// A route with full confidence.
    pub fn certain(agent: &str, reason: Reason) -> Route {
        Route { agent: agent.to_owned(), reason, confidence: 1.0, keywords: Vec::new() }
    }
}

/// Chooses the agent for a message that is neither a command, nor a choice, nor a notice; `text` is what it says, if it has words.
///
/// `is_on` tells whether an agent is on for this person. No other agent is chosen, except for an open flow.
pub fn choose(
    text: Option<&Analysis<'_>>,
    session: &Session,
    index: &Index,
    is_on: impl Fn(&str) -> bool,
    now: i64,
) -> Route {
    // An open flow goes to its agent even when that is off: the turn then tells the person.
    if session.flow.is_some() {
        return Route::certain(&session.agent, Reason::Flow);
    }
    let current = Some(session.agent.as_str()).filter(|agent| is_on(agent));
    let answered_lately = !session.history.is_empty() && now - session.last_message_at < RECENT_MS;
    if let Some(agent) = current
        && answered_lately
        && agent != FALLBACK
    {
        let scored = text.map_or_else(Scored::default, |text| index.score(text, &is_on));
        if scored.of(agent) > KEPT_SHARE * scored.best_score() || scored.confidence < CLEAR {
            return Route::certain(agent, Reason::Recent);
        }
    }
    let scored = text.map_or_else(Scored::default, |text| index.score_opening(text, &is_on));
    match scored.best {
        Some(agent) if scored.confidence >= LIKELY => {
            Route { agent, reason: Reason::Keywords, confidence: scored.confidence, keywords: scored.keywords }
        }
        _ => Route {
            agent: FALLBACK.to_owned(),
            reason: if answered_lately && current == Some(FALLBACK) { Reason::Recent } else { Reason::Fallback },
            confidence: 0.3,
            keywords: Vec::new(),
        },
    }
}
