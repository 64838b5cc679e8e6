//! What a person wants of the flow itself: back, skip, cancel, confirm, edit.

use crate::{
    Turn,
    understand::Said,
    words::{self, is_one_of},
};

/// What the person wants of the flow itself.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Command {
    Back,
    Skip,
    Cancel,
    Confirm,
    Edit,
    /// The agent was off meanwhile.
    Again,
}

pub(super) fn command(turn: &Turn, said: Option<&Said<'_>>) -> Option<Command> {
    if let Some(id) = turn.tap() {
        return Some(match id {
            "flow:back" => Command::Back,
            "flow:skip" => Command::Skip,
            "flow:cancel" => Command::Cancel,
            "flow:confirm" => Command::Confirm,
            "flow:edit" => Command::Edit,
            "flow:again" => Command::Again,
            _ => return None,
        });
    }
    let said = said?;
    if said.leaves() {
        return Some(Command::Cancel);
    }
    Some(match said.only() {
        Some("back") => Command::Back,
        Some("skip") => Command::Skip,
        Some("leave") => Command::Cancel,
        Some("change") => Command::Edit,
        _ if is_one_of(said.text, words::CONFIRM) => Command::Confirm,
        _ => return None,
    })
}
