//! A host in memory, for native tests of an agent (`cargo test`): documents, listings, preferences and the clock work as a host's do, a
//! turn that fails writes nothing, and every other capability answers `unavailable`.
//!
//! ```
//! use agent_sdk::{Turn, fake::Host, store};
//!
//! let host = Host::new();
//! store::put_shared("slots", "9", &"free").expect("written");
//! assert_eq!(host.documents("slots"), [("9".to_owned(), "\"free\"".to_owned())]);
//! ```
//!
//! The host is the thread's: a test has one of its own. Conversations (`switchboard test`) go through the real host and sandbox; this is
//! for what is quicker to say in Rust.

pub(crate) mod capabilities;
mod listings;
mod time;

use std::{cell::RefCell, collections::BTreeMap, marker::PhantomData};

use crate::{
    Agent, Outcome, Problem, Result, Turn,
    listings::{Listing, SavedSearch},
    log::Level,
    records::{Document, Owner},
};

thread_local! {
    static STATE: RefCell<State> = RefCell::new(State::default());
}

/// Where a document is: its owner, empty for the agent, its collection and key.
type Place = (String, String, String);

/// What the host of a thread holds.
#[derive(Clone)]
struct State {
    person: String,
    now: u64,
    zone: String,
    country: String,
    currency: String,
    language: String,
    /// Values, and when they were written, in the order of writing.
    documents: BTreeMap<Place, (String, u64, u64)>,
    listings: Vec<(String, Listing)>,
    searches: Vec<(String, SavedSearch)>,
    preferences: BTreeMap<(String, String), String>,
    written: u64,
    log: Vec<(Level, String)>,
}

impl Default for State {
    fn default() -> State {
        let mut state = State {
            person: String::new(),
            now: 0,
            zone: String::new(),
            country: String::new(),
            currency: String::new(),
            language: String::new(),
            documents: BTreeMap::new(),
            listings: Vec::new(),
            searches: Vec::new(),
            preferences: BTreeMap::new(),
            written: 0,
            log: Vec::new(),
        };
        state.begins(&Turn::said(""));
        state
    }
}

impl State {
    fn begins(&mut self, turn: &Turn) {
        let person = &turn.person;
        self.person.clone_from(&person.id);
        self.zone.clone_from(&person.time_zone);
        self.country.clone_from(&person.country);
        self.currency.clone_from(&person.currency);
        self.language.clone_from(&person.language);
        self.now = turn.now;
    }

    /// The next number of what is made.
    fn next(&mut self) -> u64 {
        self.written += 1;
        self.written
    }

    fn place(&self, owner: Owner, collection: &str, key: &str) -> Place {
        let owner = match owner {
            Owner::Person => self.person.clone(),
            Owner::Agent => String::new(),
        };
        (owner, collection.to_owned(), key.to_owned())
    }

    fn document(&self, owner: Owner, collection: &str, key: &str) -> Option<Document> {
        let (value, at, _) = self.documents.get(&self.place(owner, collection, key))?;
        Some(Document { key: key.to_owned(), value: value.clone(), updated_at: *at })
    }

    fn put(&mut self, owner: Owner, collection: &str, key: &str, value: &str) -> Result<(), Problem> {
        agent_json::from_str::<agent_json::Value>(value)
            .map_err(|error| Problem::Invalid(format!("value: is no JSON: {error}")))?;
        let (place, at, nth) = (self.place(owner, collection, key), self.now, self.next());
        self.documents.insert(place, (value.to_owned(), at, nth));
        Ok(())
    }

    /// The documents of a collection: in the order of their keys, each with the number of its writing.
    fn collection(&self, owner: Owner, collection: &str) -> Vec<(Document, u64)> {
        let (owner, ..) = self.place(owner, collection, "");
        let of = |((of, within, key), (value, at, nth)): (&Place, &(String, u64, u64))| {
            let document = || Document { key: key.clone(), value: value.clone(), updated_at: *at };
            (*of == owner && within == collection).then(|| (document(), *nth))
        };
        self.documents.iter().filter_map(of).collect()
    }
}

/// Does something with the thread's host.
fn with<T>(act: impl FnOnce(&mut State) -> T) -> T {
    STATE.with_borrow_mut(act)
}

/// A host in memory: the thread's, empty at first.
pub struct Host(PhantomData<*const ()>);

impl Default for Host {
    fn default() -> Host {
        Host::new()
    }
}

impl Host {
    /// Empties the thread's host.
    pub fn new() -> Host {
        with(|state| *state = State::default());
        Host(PhantomData)
    }

    /// Has an agent answer a turn, with the turn's person and time. A turn that fails writes nothing.
    ///
    /// # Errors
    ///
    /// The agent's own.
    pub fn answer<A: Agent>(&self, turn: &Turn) -> Result<Outcome> {
        let before = with(|state| {
            state.begins(turn);
            state.clone()
        });
        let answered = crate::run::<A>(turn);
        if answered.is_err() {
            with(|state| {
                let log = std::mem::take(&mut state.log);
                *state = State { log, ..before };
            });
        }
        answered
    }

    /// The keys and values of a collection of all persons and of the agent, in the order of their keys.
    pub fn documents(&self, collection: &str) -> Vec<(String, String)> {
        let of = |(place, value): (&Place, &(String, u64, u64))| {
            (place.1 == collection).then(|| (place.2.clone(), value.0.clone()))
        };
        with(|state| state.documents.iter().filter_map(of).collect())
    }

    /// The listings of all persons, in the order in which they were made.
    pub fn listings(&self) -> Vec<Listing> {
        with(|state| state.listings.iter().map(|(_, listing)| listing.clone()).collect())
    }

    /// What the agent has logged.
    pub fn log(&self) -> Vec<(Level, String)> {
        with(|state| state.log.clone())
    }
}

#[cfg(test)]
mod tests;
