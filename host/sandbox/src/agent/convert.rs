//! Conversion between the host's own types of the contract and those that wasmtime generates. Strings and lists are moved, not
//! copied; a field or case that one side lacks does not compile.

use switchboard_core::contract;

use super::bindings::switchboard::agent as wire;

/// Conversion of a value between the host's type and the generated one.
pub(in crate::agent) trait Convert<T> {
    /// The same value in the other side's type.
    fn convert(self) -> T;
}

macro_rules! same {
    ($($type:ty)*) => { $(impl Convert<$type> for $type {
        fn convert(self) -> $type {
            self
        }
    })* };
}

same! { () bool f32 f64 u8 u16 u32 u64 String }

impl<A: Convert<B>, B> Convert<Vec<B>> for Vec<A> {
    fn convert(self) -> Vec<B> {
        self.into_iter().map(A::convert).collect()
    }
}

impl<A: Convert<B>, B> Convert<Option<B>> for Option<A> {
    fn convert(self) -> Option<B> {
        self.map(A::convert)
    }
}

impl<A: Convert<B>, B, E: Convert<F>, F> Convert<Result<B, F>> for Result<A, E> {
    fn convert(self) -> Result<B, F> {
        self.map(A::convert).map_err(E::convert)
    }
}

/// Implements [`Convert`] in both directions for the types of one interface, field by field and case by case.
macro_rules! convert {
    ($module:ident: $($kind:ident $name:ident { $($inner:tt)* })*) => {
        $(convert!(@$kind $module $name { $($inner)* });)*
    };
    (@struct $module:ident $name:ident { $($field:ident),* }) => {
        impl Convert<contract::$module::$name> for wire::$module::$name {
            fn convert(self) -> contract::$module::$name {
                contract::$module::$name { $($field: self.$field.convert()),* }
            }
        }
        impl Convert<wire::$module::$name> for contract::$module::$name {
            fn convert(self) -> wire::$module::$name {
                wire::$module::$name { $($field: self.$field.convert()),* }
            }
        }
    };
    (@enum $module:ident $name:ident { $($case:ident $(($it:ident))?),* }) => {
        impl Convert<contract::$module::$name> for wire::$module::$name {
            fn convert(self) -> contract::$module::$name {
                match self { $(wire::$module::$name::$case $(($it))? => contract::$module::$name::$case $(($it.convert()))?,)* }
            }
        }
        impl Convert<wire::$module::$name> for contract::$module::$name {
            fn convert(self) -> wire::$module::$name {
                match self { $(contract::$module::$name::$case $(($it))? => wire::$module::$name::$case $(($it.convert()))?,)* }
            }
        }
    };
}

convert! { types:
    struct Extra { name, value }
    struct Message { id, content, quotes, sent_at, extras }
    enum Content { Text(it), Tap(it), Place(it), Media(it), Contacts(it), Order(it), Reaction(it), Form(it), Notice(it), Unsupported(it), Other(it) }
    struct Tap { id, title }
    struct Point { latitude, longitude }
    struct Place { point, name, address }
    struct Media { kind, handle, mime_type, caption, transcript, file_name, extras }
    enum MediaKind { Image, Audio, Video, Document, Sticker, Other }
    struct ContactCard { name, handle }
    struct Order { note, items }
    struct OrderItem { product, quantity, price }
    struct Reaction { message, emoji }
    struct Form { name, answers }
    struct Notice { kind, listing, match_, data }
    struct Other { kind, value }
    struct Money { hundredths, currency }
    struct Turn { message, person, session, handoff, now, seed, features, settings, extras }
    struct Person { id, name, language, country, currency, time_zone, place, is_new, extras }
    struct Session { id, flow, history, previous_agent, extras }
    struct FlowState { flow, step, data }
    struct Utterance { speaker, text, at }
    enum Speaker { Person, Agent }
    struct Handoff { agent, reason, context }
    struct Outcome { replies, next, handoff, tags, extras }
    enum Next { Idle, Flow(it), Completed, Cancelled }
    enum Reply { Text(it), Buttons(it), Rows(it), AskPlace(it), Link(it), Media(it), Template(it), Contact(it), Other(it) }
    struct Choice { id, title, description, agent }
    struct Buttons { body, choices, numbered }
    struct Rows { body, label, sections, numbered }
    struct Section { title, choices }
    struct Link { body, label, url }
    struct MediaReply { handle, caption }
    struct Template { name, language, parameters }
    struct Contact { match_, body }
    enum Failure { Invalid(it), Internal(it), Other(it) }
    enum Problem { Denied(it), NotFound, Invalid(it), Conflict(it), Limit(it), Unavailable(it), Other(it) }
    struct Profile { name, version, about, titles, keywords, flows, tools, stores, wants, extras }
    struct Title { language, title, line }
    struct Keyword { language, words, weight }
    struct FlowAbout { name, steps, timeout_minutes }
    struct ToolAbout { name, about, parameters }
}

convert! { log:
    enum Level { Debug, Info, Warn, Error }
}

convert! { clock:
    struct LocalTime { year, month, day, hour, minute, weekday }
}

convert! { readings:
    struct Reading { start, end, meaning, unsure }
    enum Meaning { Money(it), Number(it), Quantity(it), Time(it), Place(it), Thing(it), Act(it), Other(it) }
    struct Amount { low, high, currency, per, negotiable }
    struct Quantity { amount, unit }
    struct Span { at, earliest, latest, assumed }
    struct Thing { concept, kind, category }
}

convert! { roster:
    struct Card { name, title, line, stores }
}

convert! { records:
    enum Owner { Person, Agent }
    struct Document { key, value, updated_at }
}

convert! { listings:
    enum ContactPolicy { Share, Ask, Never }
    enum Status { Active, Sold, Rented, Expired, Removed }
    struct Draft { kind, title, description, category, price, price_max, price_unit, place, attributes, images, contact }
    struct Listing { id, domain, draft, status, mine, owner_name, created_at, expires_at, distance_km }
    struct Query { words, kind, category, attributes, price_min, price_max, near, radius_km, limit, offset }
    struct SavedSearch { id, query, created_at }
}

convert! { applications:
    enum Status { Pending, Accepted, Rejected, Withdrawn }
    struct Application { id, listing, reference, title, message, attributes, status, applicant_name, created_at }
}

convert! { matches:
    enum Status { Suggested, Contacted, Accepted, Rejected }
    enum Side { Seeker, Owner }
    struct Match { id, listing, title, status, side, other_name }
}

convert! { outreach:
    enum Recipient { ListingOwner(it), MatchOther(it), ApplicationOther(it) }
}

convert! { search:
    struct Query { words, price_max, near, limit, offset }
    struct Hit { agent, listing, title, price, price_max, place, distance_km }
}

convert! { tickets:
    enum Priority { Low, Medium, High, Urgent }
    enum Status { Open, Answered, Closed }
    struct Ticket { number, subject, status, opened_at }
}

convert! { privacy:
    struct Holding { what, count }
}

convert! { model:
    enum Role { Person, Agent }
    struct Call { name, arguments, mark }
    struct Answered { name, result }
    enum Part { Said(it), Called(it), Answered(it) }
    struct Entry { role, part }
    struct Request { system, entries, tools, answer_schema, tokens_max }
    struct Answer { text, calls }
}

convert! { http:
    struct Header { name, value }
    struct Request { method, url, headers, body, extras }
    struct Response { status, headers, body, extras }
}
