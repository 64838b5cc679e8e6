//! Declarations of each capability's functions. From one declaration come the trait that `State` implements with the
//! host's own types, and the adapter that links it to components and holds each argument to its
//! [bound](switchboard_core::contract::bounds).

use serde::Serialize;

use crate::agent::state::State;
use switchboard_core::contract::{
    clock::LocalTime,
    readings::Reading,
    roster::Card,
    types::{Place, Problem},
};

/// What a function answers where an argument is beyond its bound.
trait Refuse: Sized {
    /// Journals the call and gives its answer; none where the function has no word for it. It is then called with what was cut.
    fn refuse(
        _state: &mut State,
        _name: &'static str,
        _args: &impl Serialize,
        _problem: Problem,
    ) -> wasmtime::Result<Option<Self>> {
        Ok(None)
    }
}

impl<T: Serialize> Refuse for Result<T, Problem> {
    fn refuse(
        state: &mut State,
        name: &'static str,
        args: &impl Serialize,
        problem: Problem,
    ) -> wasmtime::Result<Option<Self>> {
        let call = state.enter(name)?;
        state.answer(call, args, Err(problem)).map(Some)
    }
}

impl Refuse for () {}
impl Refuse for f64 {}
impl Refuse for LocalTime {}
impl Refuse for Vec<Card> {}
impl Refuse for Vec<Place> {}
impl Refuse for Vec<Reading> {}
impl Refuse for Option<String> {}
impl Refuse for Option<u64> {}

/// A function's name as the contract writes it: `set_with` is `set-with`.
const fn kebab<const N: usize>(name: &str) -> [u8; N] {
    let (from, mut to, mut n) = (name.as_bytes(), [0; N], 0);
    while n < N {
        to[n] = if from[n] == b'_' { b'-' } else { from[n] };
        n += 1;
    }
    to
}

/// Declares one interface, in a module of its name; `with types` where the interface has types of its own.
macro_rules! interface {
    (@use with $module:ident) => {
        #[allow(unused_imports)]
        use switchboard_core::contract::{$module::*, types::*};
    };
    (@use $module:ident) => {
        #[allow(unused_imports)]
        use switchboard_core::contract::types::*;
    };
    ($module:ident $($with:ident types)?: $(fn $function:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        pub(in crate::agent) mod $module {
            interface!(@use $($with)? $module);

            /// The interface with the host's own types.
            pub(in crate::agent) trait Host: Send {
                $(fn $function(&mut self, $($argument: $type),*)
                    -> impl std::future::Future<Output = wasmtime::Result<$answer>> + Send;)*
            }

            /// The types of the answers.
            #[allow(non_camel_case_types)]
            mod answers {
                #[allow(unused_imports)]
                use super::*;

                $(pub(super) type $function = $answer;)*
            }

            /// The adapter from the generated trait to [`Host`].
            mod adapter {
                use super::super::{Refuse, kebab};
                use crate::agent::{bindings::switchboard::agent::$module::*, convert::Convert, state::State};
                use switchboard_core::contract::{bounds::functions::$module as bounds, types::Problem as Refused};

                impl Host for State {
                    $(async fn $function(&mut self, $($argument: $type),*) -> wasmtime::Result<$answer> {
                        const NAME: &str = concat!(stringify!($module), ".", stringify!($function));
                        const BYTES: [u8; NAME.len()] = kebab(NAME);
                        const KEBAB: &str = match std::str::from_utf8(&BYTES) {
                            Ok(name) => name,
                            Err(_) => NAME,
                        };
                        $(let mut $argument = $argument.convert();)*
                        if let Err(wrong) = bounds::$function($(&mut $argument),*)
                            && let Some(refused) =
                                Refuse::refuse(self, KEBAB, &($(&$argument,)*), Refused::Invalid(wrong.to_string()))?
                        {
                            let refused: super::answers::$function = refused;
                            return Ok(refused.convert());
                        }
                        let given: Option<super::answers::$function> = self.recorded(KEBAB, &($(&$argument,)*))?;
                        if let Some(given) = given {
                            return Ok(given.convert());
                        }
                        Ok(crate::agent::capability::interface::$module::Host::$function(self, $($argument),*).await?.convert())
                    })*
                }
            }
        }
    };
}

interface! { panics:
    fn panicked(message: String, file: String, line: u32) -> ();
}

interface! { log with types:
    fn write(level: Level, text: String) -> ();
}

interface! { clock with types:
    fn local(at: u64) -> LocalTime;
    fn instant(local: LocalTime) -> Option<u64>;
}

interface! { readings with types:
    fn read(text: String) -> Vec<Reading>;
    fn name(concept: String, language: String) -> Option<String>;
}

interface! { roster with types:
    fn agents() -> Vec<Card>;
}

interface! { records with types:
    fn get(owner: Owner, collection: String, key: String) -> Result<Option<Document>, Problem>;
    fn newest(owner: Owner, collection: String, limit: u32) -> Result<Vec<Document>, Problem>;
    fn put(owner: Owner, collection: String, key: String, value: String) -> Result<(), Problem>;
    fn remove(owner: Owner, collection: String, key: String) -> Result<(), Problem>;
    fn put_new(owner: Owner, collection: String, key: String, value: String) -> Result<(), Problem>;
    fn put_if(owner: Owner, collection: String, key: String, read: String, value: String) -> Result<(), Problem>;
    fn with_prefix(owner: Owner, collection: String, prefix: String, after: Option<String>, limit: u32) -> Result<Vec<Document>, Problem>;
}

interface! { listings with types:
    fn create(draft: Draft) -> Result<String, Problem>;
    fn get(id: String) -> Result<Listing, Problem>;
    fn search(query: Query) -> Result<Vec<Listing>, Problem>;
    fn mine() -> Result<Vec<Listing>, Problem>;
    fn update(id: String, draft: Draft) -> Result<(), Problem>;
    fn set_status(id: String, status: Status) -> Result<(), Problem>;
    fn report(id: String, reason: String) -> Result<(), Problem>;
    fn save_search(query: Query) -> Result<String, Problem>;
    fn saved_searches() -> Result<Vec<SavedSearch>, Problem>;
    fn forget_search(id: String) -> Result<(), Problem>;
}

interface! { applications with types:
    fn apply(listing: String, reference: String, message: String, attributes: String) -> Result<String, Problem>;
    fn mine() -> Result<Vec<Application>, Problem>;
    fn received(listing: String) -> Result<Vec<Application>, Problem>;
    fn answer(id: String, status: Status) -> Result<(), Problem>;
}

interface! { matches with types:
    fn propose(listing: String) -> Result<Match, Problem>;
    fn get(id: String) -> Result<Match, Problem>;
    fn answer(id: String, status: Status) -> Result<(), Problem>;
}

interface! { outreach with types:
    fn notify(to: Recipient, kind: String, data: String) -> Result<(), Problem>;
}

interface! { preferences:
    fn get(name: String) -> Result<Option<String>, Problem>;
    fn set(name: String, value: String) -> Result<(), Problem>;
}

interface! { places:
    fn find(text: String) -> Vec<Place>;
    fn distance_km(a: Point, b: Point) -> f64;
}

interface! { search with types:
    fn find(query: Query) -> Result<Vec<Hit>, Problem>;
}

interface! { schedule:
    fn set(key: String, at: u64, kind: String, data: String) -> Result<(), Problem>;
    fn set_with(key: String, at: u64, kind: String, data: String, template: Option<Template>, until: Option<u64>) -> Result<(), Problem>;
    fn cancel(key: String) -> Result<(), Problem>;
}

interface! { tickets with types:
    fn open(subject: String, details: String, priority: Priority) -> Result<String, Problem>;
    fn mine() -> Result<Vec<Ticket>, Problem>;
}

interface! { privacy with types:
    fn held() -> Result<Vec<Holding>, Problem>;
    fn forget() -> Result<(), Problem>;
}

interface! { media:
    fn describe(handle: String, question: String) -> Result<String, Problem>;
    fn state(handle: String) -> Result<String, Problem>;
}

interface! { model with types:
    fn generate(request: Request) -> Result<Answer, Problem>;
}

interface! { http with types:
    fn send(request: Request) -> Result<Response, Problem>;
}
