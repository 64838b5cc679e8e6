//! The functions of the contract on any target but WebAssembly: those of the host in memory. The types are the contract's.

#![allow(missing_docs, reason = "each function does what `agent.wit` says of it, or answers `unavailable`")]

use super::{listings as stored, time, with};
use crate::{Problem, Result, bindings::switchboard::agent as wire};

/// The answer of a capability that the host in memory does not have.
fn unavailable<T>(what: &str) -> Result<T, Problem> {
    Err(Problem::Unavailable(format!("there is no `{what}` in the host of native tests")))
}

pub mod log {
    pub use super::wire::log::*;
    use super::with;

    pub fn write(level: Level, text: &str) {
        with(|state| state.log.push((level, text.to_owned())));
    }
}

pub mod clock {
    pub use super::wire::clock::*;
    use super::{time, with};

    pub fn local(at: u64) -> LocalTime {
        time::local(at, &with(|state| state.zone.clone()))
    }

    pub fn instant(local: LocalTime) -> Option<u64> {
        time::instant(local, &with(|state| state.zone.clone()))
    }
}

pub mod readings {
    pub use super::wire::readings::*;
    use super::with;

    pub fn read(text: &str) -> Vec<Reading> {
        let (now, currency) = with(|state| (state.now, state.currency.clone()));
        crate::understand::read_at(text, now, &currency)
    }

    pub fn name(_: &str, _: &str) -> Option<String> {
        None
    }
}

pub mod roster {
    pub use super::wire::roster::*;

    pub fn agents() -> Vec<Card> {
        Vec::new()
    }
}

pub mod records {
    pub use super::wire::records::*;
    use super::{Result, with};

    pub fn get(owner: Owner, collection: &str, key: &str) -> Result<Option<Document>, Problem> {
        Ok(with(|state| state.document(owner, collection, key)))
    }

    pub fn newest(owner: Owner, collection: &str, limit: u32) -> Result<Vec<Document>, Problem> {
        let mut documents = with(|state| state.collection(owner, collection));
        documents.sort_by_key(|(_, nth)| std::cmp::Reverse(*nth));
        Ok(documents.into_iter().map(|(document, _)| document).take(limit.min(100) as usize).collect())
    }

    pub fn put(owner: Owner, collection: &str, key: &str, value: &str) -> Result<(), Problem> {
        with(|state| state.put(owner, collection, key, value))
    }

    pub fn remove(owner: Owner, collection: &str, key: &str) -> Result<(), Problem> {
        with(|state| {
            let place = state.place(owner, collection, key);
            state.documents.remove(&place);
        });
        Ok(())
    }

    pub fn put_new(owner: Owner, collection: &str, key: &str, value: &str) -> Result<(), Problem> {
        with(|state| match state.document(owner, collection, key) {
            Some(_) => Err(Problem::Conflict(format!("there is a document {key} in {collection}"))),
            None => state.put(owner, collection, key, value),
        })
    }

    pub fn put_if(owner: Owner, collection: &str, key: &str, read: &str, value: &str) -> Result<(), Problem> {
        with(|state| match state.document(owner, collection, key) {
            Some(document) if document.value == read => state.put(owner, collection, key, value),
            Some(_) => Err(Problem::Conflict(format!("the document {key} in {collection} has another value"))),
            None => Err(Problem::Conflict(format!("there is no document {key} in {collection}"))),
        })
    }

    pub fn with_prefix(
        owner: Owner,
        collection: &str,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Document>, Problem> {
        let documents = with(|state| state.collection(owner, collection)).into_iter().map(|(document, _)| document);
        let fits = |document: &Document| {
            document.key.starts_with(prefix) && after.is_none_or(|after| document.key.as_str() > after)
        };
        Ok(documents.filter(fits).take(limit.min(100) as usize).collect())
    }
}

pub mod listings {
    pub use super::wire::listings::*;
    use super::{Result, stored, with};

    pub fn create(draft: &Draft) -> Result<String, Problem> {
        with(|state| stored::create(state, draft))
    }

    pub fn get(id: &str) -> Result<Listing, Problem> {
        with(|state| stored::get(state, id))
    }

    pub fn search(query: &Query) -> Result<Vec<Listing>, Problem> {
        Ok(with(|state| stored::search(state, query)))
    }

    pub fn mine() -> Result<Vec<Listing>, Problem> {
        Ok(with(|state| stored::mine(state)))
    }

    pub fn update(id: &str, draft: &Draft) -> Result<(), Problem> {
        with(|state| stored::change(state, id, |listing| listing.draft = draft.clone()))
    }

    pub fn set_status(id: &str, status: Status) -> Result<(), Problem> {
        with(|state| stored::set_status(state, id, status))
    }

    pub fn report(id: &str, _: &str) -> Result<(), Problem> {
        with(|state| stored::report(state, id))
    }

    pub fn save_search(query: &Query) -> Result<String, Problem> {
        Ok(with(|state| stored::save_search(state, query)))
    }

    pub fn saved_searches() -> Result<Vec<SavedSearch>, Problem> {
        Ok(with(|state| stored::saved_searches(state)))
    }

    pub fn forget_search(id: &str) -> Result<(), Problem> {
        with(|state| stored::forget_search(state, id))
    }
}

pub mod preferences {
    pub use super::wire::preferences::*;
    use super::{Result, with};

    pub fn get(name: &str) -> Result<Option<String>, Problem> {
        Ok(with(|state| state.preferences.get(&(state.person.clone(), name.to_owned())).cloned()))
    }

    pub fn set(name: &str, value: &str) -> Result<(), Problem> {
        with(|state| state.preferences.insert((state.person.clone(), name.to_owned()), value.to_owned()));
        Ok(())
    }
}

pub mod places {
    pub use super::wire::places::*;

    pub fn find(_: &str) -> Vec<Place> {
        Vec::new()
    }

    pub fn distance_km(a: Point, b: Point) -> f64 {
        super::stored::distance_km(a, b)
    }
}

/// Declares capabilities that the host in memory does not have.
macro_rules! without {
    ($($module:ident { $(fn $name:ident($($type:ty),*) -> $answer:ty;)* })*) => {
        $(pub mod $module {
            pub use super::wire::$module::*;
            use super::{Result, unavailable};

            $(pub fn $name($(_: $type),*) -> Result<$answer, Problem> {
                unavailable(stringify!($module))
            })*
        })*
    };
}

without! {
    applications {
        fn apply(&str, &str, &str, &str) -> String;
        fn mine() -> Vec<Application>;
        fn received(&str) -> Vec<Application>;
        fn answer(&str, Status) -> ();
    }
    matches {
        fn propose(&str) -> Match;
        fn get(&str) -> Match;
        fn answer(&str, Status) -> ();
    }
    outreach {
        fn notify(&Recipient, &str, &str) -> ();
    }
    search {
        fn find(&Query) -> Vec<Hit>;
    }
    schedule {
        fn set(&str, u64, &str, &str) -> ();
        fn cancel(&str) -> ();
        fn set_with(&str, u64, &str, &str, Option<&Template>, Option<u64>) -> ();
    }
    tickets {
        fn open(&str, &str, Priority) -> String;
        fn mine() -> Vec<Ticket>;
    }
    privacy {
        fn held() -> Vec<Holding>;
        fn forget() -> ();
    }
    media {
        fn describe(&str, &str) -> String;
        fn state(&str) -> String;
    }
    model {
        fn generate(&Request) -> Answer;
    }
    http {
        fn send(&Request) -> Response;
    }
}
