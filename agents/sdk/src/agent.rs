//! What an agent is, and how a turn finds its way in one: an open flow first, then the agent itself.

use crate::{Content, Failure, Flow, Outcome, Problem, Profile, Runnable, Turn, flow, talk};

/// What an agent answers: an outcome, or why there is none.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// A conversational agent: one message in, one outcome out. Nothing is kept between turns but what the outcome and the
/// host's capabilities keep.
pub trait Agent {
    /// The flows that the SDK leads on this agent's behalf. `handle` opens one with [`Flow::begin`]; from then on the SDK
    /// asks and understands, and calls the flow's `done` at its end.
    const FLOWS: &'static [&'static Flow] = &[];

    /// What a model may ask the agent to do. Also in the profile.
    const TOOLS: &'static [Runnable] = &[];

    /// How the agent is, as a model reads it: its manner, its rules, what it never does.
    const PERSONA: &'static str = "";

    /// What the agent is: name, titles, keywords, tools.
    fn profile() -> Profile;

    /// Answers a message that belongs to no open flow.
    fn handle(turn: &Turn) -> Result<Outcome>;
}

#[doc(hidden)]
pub fn describe<A: Agent>() -> Profile {
    let mut profile = A::profile();
    profile.flows = A::FLOWS.iter().map(|flow| flow.about()).collect();
    profile.tools.extend(A::TOOLS.iter().map(|tool| (tool.about)()));
    profile
}

#[doc(hidden)]
pub fn run<A: Agent>(turn: &Turn) -> Result<Outcome> {
    // An emoji on a message wants no answer, and changes nothing.
    if let Content::Reaction(_) = turn.message.content {
        return Ok(Outcome::say_all(Vec::new()).beside_flow(turn));
    }
    let open = turn.session.flow.as_ref().filter(|_| turn.handoff.is_none());
    if let Some(state) = open
        && let Some(flow) = A::FLOWS.iter().find(|flow| flow.name == state.flow)
        && flow::concerns(flow, turn)
    {
        // Anyone who has tools has a model.
        let reader: Option<flow::Reader> = if A::TOOLS.is_empty() { None } else { Some(talk::read) };
        return flow::advance(flow, state, turn, reader);
    }
    if let Content::Text(text) = &turn.message.content
        && let Some(outcome) = talk::answer::<A>(turn, text)?
    {
        return Ok(outcome);
    }
    A::handle(turn)
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Failure {
        Failure::Internal(match problem {
            Problem::Denied(why) => format!("a capability refused: {why}"),
            Problem::NotFound => "what a capability was asked for does not exist".to_owned(),
            Problem::Invalid(what) => format!("a capability was asked wrongly: {what}"),
            Problem::Conflict(what) => format!("a capability found a conflict: {what}"),
            Problem::Limit(which) => format!("a limit of the turn is reached: {which}"),
            Problem::Unavailable(why) => format!("a capability is unavailable: {why}"),
            Problem::Other(other) => format!("a capability answered {}: {}", other.kind, other.value),
        })
    }
}

/// Makes a type that is an [`Agent`] the agent of this component.
#[macro_export]
macro_rules! export {
    ($agent:ty) => {
        #[allow(unsafe_code, dead_code, missing_docs)]
        mod switchboard_component {
            use super::*;

            pub struct Component;

            impl $crate::bindings::Guest for Component {
                fn describe() -> $crate::Profile {
                    $crate::panics::hook();
                    $crate::describe::<$agent>()
                }

                fn handle(turn: $crate::Turn) -> $crate::Result<$crate::Outcome> {
                    $crate::panics::hook();
                    $crate::run::<$agent>(&turn)
                }
            }

            #[cfg(target_arch = "wasm32")]
            $crate::bindings::export_world!(Component with_types_in $crate::bindings);
        }
    };
}
