//! Replay: recorded turns are played to a component, whose calls the journal answers. Nothing is read, written, sent or asked of a model.

mod compare;
mod components;
mod diff;
mod error;
mod play;

pub use compare::{Difference, Kind, Seen, compare};
pub use components::Components;
pub use diff::{Comparison, Example, Group, Over, accept, compare_turn, compare_versions, diff};
pub use error::ReplayError;
pub use play::{LinkReplay, Verdict, replay};
