//! Capabilities: the interfaces that an agent may import, and the linking of exactly those that are granted.

mod applications;
mod check;
mod clock;
mod http;
mod interface;
mod listings;
mod log;
mod matches;
mod media;
mod model;
mod outreach;
mod panics;
mod places;
mod preferences;
mod privacy;
mod readings;
mod records;
mod roster;
mod schedule;
mod search;
mod tickets;
pub(super) mod wasi;

use std::fmt;

use wasmtime::component::{HasSelf, Linker};

use super::{bindings::switchboard::agent as wire, state::State};

/// Declares the capabilities, a line each: the case, and the name of its interface.
macro_rules! capabilities {
    ($($case:ident => $name:ident,)*) => {
        /// A capability: an interface of the contract, or the inert WASI.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Capability {
            $(#[doc = concat!("The interface `", stringify!($name), "`.")] $case,)*
            /// WASI: not an interface of the contract, but everything provided of `wasi:…`.
            Wasi,
        }

        impl Capability {
            /// All of them, in the contract's order; `wasi` is the last.
            pub const ALL: &[Capability] = &[$(Capability::$case,)* Capability::Wasi];

            /// The interface's name in the contract, or `wasi`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Capability::$case => stringify!($name),)*
                    Capability::Wasi => "wasi",
                }
            }

            /// Adds its interfaces to a linker.
            fn link(self, linker: &mut Linker<State>) -> wasmtime::Result<()> {
                match self {
                    $(Capability::$case => wire::$name::add_to_linker::<State, HasSelf<State>>(linker, |state| state),)*
                    Capability::Wasi => wasi::link(linker),
                }
            }
        }
    };
}

capabilities! {
    Log => log,
    Clock => clock,
    Roster => roster,
    Records => records,
    Listings => listings,
    Applications => applications,
    Matches => matches,
    Outreach => outreach,
    Preferences => preferences,
    Places => places,
    Search => search,
    Schedule => schedule,
    Tickets => tickets,
    Privacy => privacy,
    Media => media,
    Model => model,
    Readings => readings,
    Http => http,
}

impl Capability {
    /// The capability of this name.
    pub fn named(name: &str) -> Option<Capability> {
        Capability::ALL.iter().copied().find(|capability| capability.name() == name)
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

    /// The capabilities in the set, in the contract's order.
    pub fn iter(self) -> impl Iterator<Item = Capability> {
        Capability::ALL.iter().copied().filter(move |capability| self.holds(*capability))
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

/// Links the shared types, what a panic says, and the granted capabilities, and nothing else.
pub(super) fn link(linker: &mut Linker<State>, grants: Grants) -> wasmtime::Result<()> {
    wire::types::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
    wire::panics::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
    grants.iter().try_for_each(|capability| capability.link(linker))
}

impl wire::types::Host for State {}
