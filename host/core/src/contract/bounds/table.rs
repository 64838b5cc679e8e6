//! The table: the bound of each text, number and list that an agent hands to the host. A field that is missing here does not compile; a
//! test compares it with `agents-wit/agent.wit`. The page `agents-wit/bounds.md` is made from it.

use super::{
    within::{Bound, Bound::*, Item, Within, argument},
    wrong::{Wrong, kebab},
};
use crate::contract;

const KIB: usize = 1 << 10;

/// A name that an agent chooses.
const NAME: Bound = Name(128);

/// A title that the host cuts further where WhatsApp takes less.
const SHORT: Bound = Chars(0, 1_024);

/// A JSON text.
const JSON: Bound = Json(64 * KIB);

/// A JSON object.
const OBJECT: Bound = Object(64 * KIB);

/// What a person reads as one text: ten WhatsApp messages.
const READ: Bound = Chars(0, 40_960);

/// Hundredths of a currency: what a double holds exactly.
const HUNDREDTHS: Bound = Whole(0, (1 << 53) - 1);

/// A time in milliseconds: up to the year 9999.
const TIME: Bound = Whole(0, 253_402_300_799_999);

/// A place in a list of results.
const OFFSET: Bound = AtMost(1_000);

/// The words of a search.
const WORDS: Bound = CutChars(500);

/// Extras and tags.
const EXTRAS: Bound = List(0, 32, &Inner);

/// The longest log line, in bytes.
pub const LOG_LINE_BYTES_MAX: usize = KIB;

/// How far ahead a timer may be set, in milliseconds: a year.
pub const TIMER_AHEAD_MS: u64 = 366 * 24 * 60 * 60 * 1000;

/// The longest conversation in one question to the model, in bytes of all its entries.
pub const MODEL_ENTRIES_BYTES_MAX: usize = 64 * KIB;

/// The bound of a field, a case or an argument, named as the contract names them: `listings`, `draft`, `title`.
pub fn bound(interface: &str, item: &str, part: &str) -> Option<Bound> {
    let item = TABLE.iter().find(|known| kebab(known.interface) == interface && kebab(known.name) == item)?;
    item.parts.iter().find(|(name, _)| kebab(name) == part).map(|(_, bound)| *bound)
}

/// Implements [`Within`] for records and variants, makes a check for each function, and lists all in [`TABLE`].
macro_rules! bounds {
    ($($interface:ident { $($kind:ident $name:ident $body:tt)* })*) => {
        $($(bounds!(@impl $kind $interface $name $body);)*)*

        /// The checks of arguments, by interface and function.
        #[allow(clippy::trivially_copy_pass_by_ref, missing_docs, reason = "generated, one for each function of the contract")]
        pub mod functions {
            $(pub mod $interface {
                #[allow(unused_imports)]
                use super::super::*;
                $(bounds!(@fn $kind $name $body);)*
            })*
        }

        /// All bounds, in the contract's order.
        pub static TABLE: &[Item] = &[
            $($(Item { interface: stringify!($interface), name: stringify!($name), parts: bounds!(@parts $kind $body) },)*)*
        ];
    };
    (@impl record $interface:ident $name:ident { $($field:ident: $bound:expr),* $(,)? }) => {
        impl Within for contract::$interface::$name {
            fn within(&mut self, _: &Bound) -> Result<(), Wrong> {
                let Self { $($field),* } = self;
                $($field.within(&$bound).map_err(|wrong| wrong.of(stringify!($field)))?;)*
                Ok(())
            }
        }
    };
    (@impl variant $interface:ident $name:ident { $($case:ident $(($it:ident): $bound:expr)?),* $(,)? }) => {
        impl Within for contract::$interface::$name {
            fn within(&mut self, _: &Bound) -> Result<(), Wrong> {
                match self {
                    $(Self::$case $(($it))? => bounds!(@case $($it $bound)?),)*
                }
            }
        }
    };
    (@impl func $interface:ident $name:ident $body:tt) => {};
    (@case) => { Ok(()) };
    (@case $it:ident $bound:expr) => { $it.within(&$bound).map_err(|wrong| wrong.of(stringify!($it))) };
    (@fn func $name:ident ($($argument:ident: $type:ty = $bound:expr),* $(,)?)) => {
        pub fn $name($($argument: &mut $type),*) -> Result<(), Wrong> {
            $(argument($argument, &$bound, stringify!($argument))?;)*
            Ok(())
        }
    };
    (@fn $kind:ident $name:ident $body:tt) => {};
    (@parts record { $($field:ident: $bound:expr),* $(,)? }) => { &[$((stringify!($field), $bound)),*] };
    (@parts variant { $($case:ident $(($it:ident): $bound:expr)?),* $(,)? }) => { &[$($((stringify!($case), $bound),)?)*] };
    (@parts func ($($argument:ident: $type:ty = $bound:expr),* $(,)?)) => { &[$((stringify!($argument), $bound)),*] };
}

bounds! {
    types {
        record Extra { name: NAME, value: Bytes(4 * KIB) }
        record Point { latitude: Real(-90.0, 90.0), longitude: Real(-180.0, 180.0) }
        record Place { point: Inner, name: CutChars(1_000), address: CutChars(1_000) }
        record Other { kind: NAME, value: JSON }
        record Money { hundredths: HUNDREDTHS, currency: Currency }
        record FlowState { flow: NAME, step: Label(128), data: OBJECT }
        record Handoff { agent: NAME, reason: CutChars(500), context: OBJECT }
        record Outcome { replies: List(0, 20, &Inner), next: Inner, handoff: Inner, tags: EXTRAS, extras: EXTRAS }
        variant Next { Idle, Flow(flow): Inner, Completed, Cancelled }
        variant Reply {
            Text(text): READ,
            Buttons(buttons): Inner,
            Rows(rows): Inner,
            AskPlace(ask_place): Chars(0, 1_024),
            Link(link): Inner,
            Media(media): Inner,
            Template(template): Inner,
            Contact(contact): Inner,
            Other(other): Inner,
        }
        record Choice { id: Bytes(180), title: SHORT, description: SHORT, agent: NAME }
        record Buttons { body: Chars(0, 1_024), choices: List(0, 3, &Inner), numbered: Inner }
        record Rows { body: Chars(0, 4_096), label: SHORT, sections: List(0, 10, &Inner), numbered: Inner }
        record Section { title: SHORT, choices: List(0, 10, &Inner) }
        record Link { body: Chars(0, 1_024), label: SHORT, url: Bytes(2 * KIB) }
        record MediaReply { handle: Name(512), caption: Chars(0, 1_024) }
        record Template { name: Chars(1, 512), language: Chars(1, 512), parameters: List(0, 32, &Chars(1, 1_024)) }
        record Contact { match_: Bytes(64), body: READ }
        variant Failure { Invalid(invalid): CutChars(4_096), Internal(internal): CutChars(4_096), Other(other): Inner }
        record Profile {
            name: Agent,
            version: Line(0, 64),
            about: Chars(0, 1_000),
            titles: List(1, 16, &Inner),
            keywords: List(0, 2_000, &Inner),
            flows: List(0, 64, &Inner),
            tools: List(0, 64, &Inner),
            stores: Chars(0, 1_000),
            wants: List(0, 64, &NAME),
            extras: EXTRAS,
        }
        record Title { language: Label(35), title: Line(1, 256), line: Line(0, 256) }
        record Keyword { language: Label(35), words: Line(0, 200), weight: Real(-5.0, 5.0) }
        record FlowAbout { name: NAME, steps: List(0, 128, &Label(128)), timeout_minutes: Whole(0, 527_040) }
        record ToolAbout { name: NAME, about: Chars(0, 4_096), parameters: OBJECT }
    }
    panics {
        func panicked(
            message: String = CutBytes(LOG_LINE_BYTES_MAX),
            file: String = CutBytes(LOG_LINE_BYTES_MAX),
            line: u32 = AtMost(u32::MAX as u64),
        )
    }
    log {
        variant Level { Debug, Info, Warn, Error }
        func write(level: contract::log::Level = Inner, text: String = CutBytes(LOG_LINE_BYTES_MAX))
    }
    clock {
        func local(at: u64 = AtMost(253_402_300_799_999))
        record LocalTime {
            year: AtMost(9_999),
            month: AtMost(99),
            day: AtMost(99),
            hour: AtMost(99),
            minute: AtMost(99),
            weekday: AtMost(99),
        }
        func instant(local: contract::clock::LocalTime = Inner)
    }
    readings {
        func read(text: String = CutBytes(16 * KIB))
        func name(concept: String = NAME, language: String = Label(35))
    }
    roster {
        func agents()
    }
    records {
        variant Owner { Person, Agent }
        func get(owner: contract::records::Owner = Inner, collection: String = NAME, key: String = NAME)
        func newest(owner: contract::records::Owner = Inner, collection: String = NAME, limit: u32 = AtMost(100))
        func put(owner: contract::records::Owner = Inner, collection: String = NAME, key: String = NAME, value: String = JSON)
        func remove(owner: contract::records::Owner = Inner, collection: String = NAME, key: String = NAME)
        func put_new(owner: contract::records::Owner = Inner, collection: String = NAME, key: String = NAME, value: String = JSON)
        func put_if(
            owner: contract::records::Owner = Inner,
            collection: String = NAME,
            key: String = NAME,
            read: String = JSON,
            value: String = JSON,
        )
        func with_prefix(
            owner: contract::records::Owner = Inner,
            collection: String = NAME,
            prefix: String = Label(128),
            after: Option<String> = NAME,
            limit: u32 = AtMost(100),
        )
    }
    listings {
        variant ContactPolicy { Share, Ask, Never }
        variant Status { Active, Sold, Rented, Expired, Removed }
        record Draft {
            kind: OneOf(&["product", "service", "job", "rental", "produce"]),
            title: Chars(3, 120),
            description: Chars(0, 2_000),
            category: NAME,
            price: Inner,
            price_max: Inner,
            price_unit: OneOf(&["item", "hour", "day", "night", "week", "month", "kg"]),
            place: Inner,
            attributes: OBJECT,
            images: List(0, 10, &Name(512)),
            contact: Inner,
        }
        record Query {
            words: WORDS,
            kind: Label(128),
            category: Label(128),
            attributes: List(0, 10, &Inner),
            price_min: HUNDREDTHS,
            price_max: HUNDREDTHS,
            near: Inner,
            radius_km: Real(0.0, 20_040.0),
            limit: AtMost(50),
            offset: OFFSET,
        }
        func create(draft: contract::listings::Draft = Inner)
        func get(id: String = Id)
        func search(query: contract::listings::Query = Inner)
        func mine()
        func update(id: String = Id, draft: contract::listings::Draft = Inner)
        func set_status(id: String = Id, status: contract::listings::Status = Inner)
        func report(id: String = Id, reason: String = Chars(1, 500))
        func save_search(query: contract::listings::Query = Inner)
        func saved_searches()
        func forget_search(id: String = Id)
    }
    applications {
        variant Status { Pending, Accepted, Rejected, Withdrawn }
        func apply(listing: String = Id, reference: String = Chars(0, 40), message: String = Chars(0, 2_000), attributes: String = OBJECT)
        func mine()
        func received(listing: String = Id)
        func answer(id: String = Id, status: contract::applications::Status = Inner)
    }
    matches {
        variant Status { Suggested, Contacted, Accepted, Rejected }
        func propose(listing: String = Id)
        func get(id: String = Id)
        func answer(id: String = Id, status: contract::matches::Status = Inner)
    }
    outreach {
        variant Recipient { ListingOwner(listing): Id, MatchOther(r#match): Id, ApplicationOther(application): Id }
        func notify(to: contract::outreach::Recipient = Inner, kind: String = NAME, data: String = JSON)
    }
    preferences {
        func get(name: String = NAME)
        func set(name: String = NAME, value: String = Bytes(4 * KIB))
    }
    places {
        func find(text: String = CutBytes(1_000))
        func distance_km(a: contract::types::Point = Inner, b: contract::types::Point = Inner)
    }
    search {
        record Query { words: WORDS, price_max: HUNDREDTHS, near: Inner, limit: AtMost(50), offset: OFFSET }
        func find(query: contract::search::Query = Inner)
    }
    schedule {
        func set(key: String = NAME, at: u64 = TIME, kind: String = NAME, data: String = JSON)
        func cancel(key: String = NAME)
        func set_with(
            key: String = NAME,
            at: u64 = TIME,
            kind: String = NAME,
            data: String = JSON,
            template: Option<contract::types::Template> = Inner,
            until: Option<u64> = TIME,
        )
    }
    tickets {
        variant Priority { Low, Medium, High, Urgent }
        func open(subject: String = Chars(1, 200), details: String = Chars(0, 4_000), priority: contract::tickets::Priority = Inner)
        func mine()
    }
    privacy {
        func held()
        func forget()
    }
    media {
        func describe(handle: String = Name(512), question: String = Chars(1, 1_000))
        func state(handle: String = Name(512))
    }
    model {
        variant Role { Person, Agent }
        record Call { name: NAME, arguments: JSON, mark: Bytes(64 * KIB) }
        record Answered { name: NAME, result: Bytes(64 * KIB) }
        variant Part { Said(said): Bytes(64 * KIB), Called(called): Inner, Answered(answered): Inner }
        record Entry { role: Inner, part: Inner }
        record Request {
            system: Bytes(16 * KIB),
            entries: List(1, 256, &Inner),
            tools: List(0, 32, &Inner),
            answer_schema: OBJECT,
            tokens_max: Whole(0, 2_048),
        }
        func generate(request: contract::model::Request = Inner)
    }
    http {
        record Header { name: NAME, value: Bytes(4 * KIB) }
        record Request {
            method: Bytes(16),
            url: Bytes(4 * KIB),
            headers: List(0, 32, &Inner),
            body: Bytes(64 * KIB),
            extras: EXTRAS,
        }
        func send(request: contract::http::Request = Inner)
    }
}
