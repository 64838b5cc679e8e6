//! Capabilities: each interface that an agent may import, and the linking of exactly those that were granted.

mod applications;
mod check;
mod clock;
mod listings;
mod log;
mod matches;
mod media;
mod model;
mod outreach;
pub(super) mod places;
mod preferences;
mod privacy;
mod records;
mod roster;
mod schedule;
mod search;
mod tickets;
pub(super) mod wasi;

use std::fmt;

use wasmtime::component::{HasSelf, Linker};

use super::{contract, state::State};

/// What an agent may be granted: an interface of the contract, or the inert WASI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    Log,
    Clock,
    Roster,
    Records,
    Listings,
    Applications,
    Matches,
    Outreach,
    Preferences,
    Places,
    Search,
    Schedule,
    Tickets,
    Privacy,
    Media,
    Model,
    /// No interface of the contract: all that is there of `wasi:…`.
    Wasi,
}

impl Capability {
    /// All of them, in the contract's order; `wasi` is the last.
    pub const ALL: [Capability; 17] = [
        Capability::Log,
        Capability::Clock,
        Capability::Roster,
        Capability::Records,
        Capability::Listings,
        Capability::Applications,
        Capability::Matches,
        Capability::Outreach,
        Capability::Preferences,
        Capability::Places,
        Capability::Search,
        Capability::Schedule,
        Capability::Tickets,
        Capability::Privacy,
        Capability::Media,
        Capability::Model,
        Capability::Wasi,
    ];

    /// The interface's name in the contract, or `wasi`.
    pub fn name(self) -> &'static str {
        match self {
            Capability::Log => "log",
            Capability::Clock => "clock",
            Capability::Roster => "roster",
            Capability::Records => "records",
            Capability::Listings => "listings",
            Capability::Applications => "applications",
            Capability::Matches => "matches",
            Capability::Outreach => "outreach",
            Capability::Preferences => "preferences",
            Capability::Places => "places",
            Capability::Search => "search",
            Capability::Schedule => "schedule",
            Capability::Tickets => "tickets",
            Capability::Privacy => "privacy",
            Capability::Media => "media",
            Capability::Model => "model",
            Capability::Wasi => "wasi",
        }
    }

    /// The capability of this name.
    pub fn named(name: &str) -> Option<Capability> {
        Capability::ALL.into_iter().find(|capability| capability.name() == name)
    }
}

/// A set of capabilities.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Grants(u32);

impl Grants {
    /// Whether it is in the set.
    pub fn holds(self, capability: Capability) -> bool {
        self.0 & (1 << capability as u16) != 0
    }

    /// Those in the set, in the contract's order.
    pub fn iter(self) -> impl Iterator<Item = Capability> {
        Capability::ALL.into_iter().filter(move |capability| self.holds(*capability))
    }
}

impl FromIterator<Capability> for Grants {
    fn from_iter<I: IntoIterator<Item = Capability>>(capabilities: I) -> Grants {
        Grants(capabilities.into_iter().fold(0, |set, capability| set | 1 << capability as u16))
    }
}

impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Capability::name)).finish()
    }
}

/// Links the shared types and what was granted; nothing else exists for the component.
pub(super) fn link(linker: &mut Linker<State>, grants: Grants) -> wasmtime::Result<()> {
    contract::types::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
    for capability in grants.iter() {
        match capability {
            Capability::Log => contract::log::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?,
            Capability::Clock => contract::clock::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?,
            Capability::Roster => contract::roster::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?,
            Capability::Records => contract::records::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?,
            Capability::Listings => contract::listings::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?,
            Capability::Applications => {
                contract::applications::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
            }
            Capability::Matches => contract::matches::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?,
            Capability::Outreach => contract::outreach::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?,
            Capability::Preferences => {
                contract::preferences::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
            }
            Capability::Places => contract::places::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?,
            Capability::Search => contract::search::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?,
            Capability::Schedule => contract::schedule::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?,
            Capability::Tickets => contract::tickets::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?,
            Capability::Privacy => contract::privacy::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?,
            Capability::Media => contract::media::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?,
            Capability::Model => contract::model::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?,
            Capability::Wasi => wasi::link(linker)?,
        }
    }
    Ok(())
}

impl contract::types::Host for State {}
