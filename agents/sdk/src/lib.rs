//! Everything an agent needs to speak with the Switchboard host; what two agents would otherwise both write.
//!
//! An agent is one type that implements [`Agent`], and one [`export!`] line. Its questions are declared as a [`Flow`]: the SDK
//! asks them in the person's language, understands what comes back (`1.5M`, `à discuter`, a shared place), asks again when it
//! does not, goes back, skips, cancels, sums up and lets the person change an answer. A whole agent:
//!
//! ```
#![doc = include_str!("../examples/insurance_lite.rs")]
//! ```
//!
//! Where people offer things and others find them, a [`board::Board`] does what such domains share. What a model may ask for is a
//! tool ([`tool!`], [`Agent::TOOLS`]); without a model the same agent goes on by flows and words.
//!
//! An agent reaches nothing but the host's capabilities, in the rooms [`records`], [`listings`], [`matches`] and so on. A
//! component imports only the ones that its code calls, and `plugins.toml` must grant each of them.

#[cfg(target_arch = "wasm32")]
mod bump;

mod agent;
pub mod board;
#[doc(hidden)]
pub mod bindings;
#[cfg(not(target_arch = "wasm32"))]
pub mod fake;
mod flow;
mod language;
#[doc(hidden)]
pub mod panics;
mod profile;
pub mod talk;
mod tool;
mod turn;
pub mod understand;

pub mod json;
pub mod money;
pub mod reply;
pub mod service;
pub mod store;
pub mod when;
pub mod words;

pub use agent::{Agent, Result, describe, run};
pub use agent_json::Value;
pub use bindings::switchboard::agent::types::{
    Buttons, Choice, Contact, Content, Extra, Failure, FlowAbout, FlowState, Handoff, Keyword, Media, MediaKind,
    MediaReply, Message, Money, Next, Notice, Outcome, Person, Place, Point, Problem, Profile, Reply, Rows, Section,
    Session, Speaker, Tap, Title, ToolAbout, Turn,
};
#[cfg(target_arch = "wasm32")]
pub use bindings::switchboard::agent::{
    applications, clock, http, listings, log, matches, media, model, outreach, places, preferences, privacy, readings,
    records, roster, schedule, search, tickets,
};
#[cfg(not(target_arch = "wasm32"))]
pub use fake::capabilities::{
    applications, clock, http, listings, log, matches, media, model, outreach, places, preferences, privacy, readings,
    records, roster, schedule, search, tickets,
};
pub use flow::{Answer, Answers, Begin, CONFIRM, EDIT, Flow, Opt, Step, opt, reopen};
pub use language::{Language, Text, fill};
pub use tool::{Argument, ArgumentType, Did, Run, Runnable, Tool, runs};
