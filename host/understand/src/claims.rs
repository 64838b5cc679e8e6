//! What the tokens of a text were read as.

use switchboard_core::contract::readings::{Meaning, Reading};

use crate::scan::Scan;

/// What a token was read as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Claim {
    /// Nothing yet.
    #[default]
    Free,
    /// A time.
    Time,
    /// A quantity; its number is read too.
    Quantity,
    /// An amount that says that it is one.
    Money,
}

/// What the tokens were read as.
#[derive(Debug)]
pub struct Claims(Vec<Claim>);

impl Claims {
    /// None yet.
    pub fn of(scan: &Scan<'_>) -> Claims {
        Claims(vec![Claim::Free; scan.len()])
    }

    /// Whether these tokens were read as nothing yet.
    pub fn are_free(&self, from: usize, to: usize) -> bool {
        self.0.get(from..to).is_some_and(|claims| claims.iter().all(|claim| *claim == Claim::Free))
    }

    /// What a token was read as.
    pub fn get(&self, at: usize) -> Claim {
        self.0.get(at).copied().unwrap_or_default()
    }

    /// Notes what tokens are read as.
    pub fn set(&mut self, from: usize, to: usize, claim: Claim) {
        for it in self.0.iter_mut().take(to).skip(from) {
            *it = claim;
        }
    }
}

/// A reading of the tokens from one place to another (exclusive).
pub fn reading(scan: &Scan<'_>, from: usize, to: usize, meaning: Meaning, unsure: bool) -> Reading {
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let start = scan.tokens.get(from).map_or(0, |token| token.start);
    let end = to.checked_sub(1).and_then(|last| scan.tokens.get(last)).map_or(start, |token| token.end);
    Reading { start: place(start), end: place(end.max(start)), meaning, unsure }
}
