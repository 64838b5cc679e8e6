//! An agent that calls what a form tells it to, with the arguments that stand there, and ends its turn with the outcome that stands there.
//! It says what came of each call, a line each.

use agent_sdk::{
    Agent, Content, Language, Outcome, Problem, Profile, Result, Turn, applications,
    bindings::switchboard::agent::types::Failure, clock, export, http, listings, log, matches, media, model, outreach,
    places, preferences, readings, records, reply, schedule, search, tickets, tr,
};
use serde::Deserialize;
use serde_json::Value;

struct Caller;

export!(Caller);

/// What a form asks for.
#[derive(Deserialize)]
struct Asked {
    /// Functions, for instance `records.put`, each with its arguments.
    #[serde(default)]
    calls: Vec<(String, Value)>,
    /// How the turn ends; else with what came of the calls.
    outcome: Option<Outcome>,
    failure: Option<Failure>,
}

impl Agent for Caller {
    fn profile() -> Profile {
        Profile::new("caller", env!("CARGO_PKG_VERSION"), "Calls what it is told to.")
            .titled(tr!("Caller", "Caller"), tr!("Calls", "Calls"))
            .keywords(Language::En, "caller 5")
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        let Content::Form(form) = &turn.message.content else { return Ok(Outcome::say(reply::text("a form, please"))) };
        let asked: Asked = serde_json::from_str(&form.answers).expect("a form that it can read");
        let came: Vec<String> = asked.calls.into_iter().map(|(name, args)| call(&name, args)).collect();
        match (asked.failure, asked.outcome) {
            (Some(failure), _) => Err(failure),
            (None, Some(outcome)) => Ok(outcome),
            (None, None) => Ok(Outcome::say(reply::text(came.join("\n")))),
        }
    }
}

fn came<T>(answer: core::result::Result<T, Problem>) -> String {
    let (what, why) = match answer {
        Ok(_) => ("ok", String::new()),
        Err(Problem::Denied(why)) => ("denied", why),
        Err(Problem::NotFound) => ("not-found", String::new()),
        Err(Problem::Invalid(why)) => ("invalid", why),
        Err(Problem::Conflict(why)) => ("conflict", why),
        Err(Problem::Limit(why)) => ("limit", why),
        Err(Problem::Unavailable(why)) => ("unavailable", why),
        Err(Problem::Other(other)) => ("other", other.kind),
    };
    format!("{what} {}", why.chars().take(120).collect::<String>())
}

/// Makes the call of each function.
macro_rules! calls {
    ($name:ident, $args:ident: $($known:literal => |$($arg:ident: $type:ty),*| $call:expr;)*) => {
        match $name {
            $($known => {
                let ($($arg,)*): ($($type,)*) = serde_json::from_value($args).expect($known);
                $call
            })*
            _ => "unknown".to_owned(),
        }
    };
}

fn done<T>(_: T) -> String {
    "ok ".to_owned()
}

fn call(name: &str, args: Value) -> String {
    use agent_sdk::bindings::switchboard::agent::types::{Point, Template};
    calls! { name, args:
        "log.write" => |level: log::Level, text: String| {
            log::write(level, &text);
            done(())
        };
        "clock.instant" => |local: clock::LocalTime| done(clock::instant(local));
        "readings.read" => |text: String| done(readings::read(&text));
        "readings.name" => |concept: String, language: String| done(readings::name(&concept, &language));
        "clock.local" => |at: u64| done(clock::local(at));
        "records.get" => |owner: records::Owner, collection: String, key: String| came(records::get(owner, &collection, &key));
        "records.newest" => |owner: records::Owner, collection: String, limit: u32| came(records::newest(owner, &collection, limit));
        "records.put" => |owner: records::Owner, collection: String, key: String, value: String|
            came(records::put(owner, &collection, &key, &value));
        "records.remove" => |owner: records::Owner, collection: String, key: String| came(records::remove(owner, &collection, &key));
        "records.put-new" => |owner: records::Owner, collection: String, key: String, value: String|
            came(records::put_new(owner, &collection, &key, &value));
        "records.put-if" => |owner: records::Owner, collection: String, key: String, read: String, value: String|
            came(records::put_if(owner, &collection, &key, &read, &value));
        "records.with-prefix" => |owner: records::Owner, collection: String, prefix: String, after: Option<String>, limit: u32|
            came(records::with_prefix(owner, &collection, &prefix, after.as_deref(), limit));
        "listings.create" => |draft: listings::Draft| came(listings::create(&draft));
        "listings.get" => |id: String| came(listings::get(&id));
        "listings.search" => |query: listings::Query| came(listings::search(&query));
        "listings.update" => |id: String, draft: listings::Draft| came(listings::update(&id, &draft));
        "listings.set-status" => |id: String, status: listings::Status| came(listings::set_status(&id, status));
        "listings.report" => |id: String, reason: String| came(listings::report(&id, &reason));
        "listings.save-search" => |query: listings::Query| came(listings::save_search(&query));
        "listings.forget-search" => |id: String| came(listings::forget_search(&id));
        "applications.apply" => |listing: String, reference: String, message: String, attributes: String|
            came(applications::apply(&listing, &reference, &message, &attributes));
        "applications.received" => |listing: String| came(applications::received(&listing));
        "applications.answer" => |id: String, status: applications::Status| came(applications::answer(&id, status));
        "matches.propose" => |listing: String| came(matches::propose(&listing));
        "matches.get" => |id: String| came(matches::get(&id));
        "matches.answer" => |id: String, status: matches::Status| came(matches::answer(&id, status));
        "outreach.notify" => |to: outreach::Recipient, kind: String, data: String| came(outreach::notify(&to, &kind, &data));
        "preferences.get" => |name: String| came(preferences::get(&name));
        "preferences.set" => |name: String, value: String| came(preferences::set(&name, &value));
        "places.find" => |text: String| done(places::find(&text));
        "places.distance-km" => |a: Point, b: Point| done(places::distance_km(a, b));
        "search.find" => |query: search::Query| came(search::find(&query));
        "schedule.set" => |key: String, at: u64, kind: String, data: String| came(schedule::set(&key, at, &kind, &data));
        "schedule.cancel" => |key: String| came(schedule::cancel(&key));
        "schedule.set-with" => |key: String, at: u64, kind: String, data: String, template: Option<Template>, until: Option<u64>|
            came(schedule::set_with(&key, at, &kind, &data, template.as_ref(), until));
        "tickets.open" => |subject: String, details: String, priority: tickets::Priority|
            came(tickets::open(&subject, &details, priority));
        "media.describe" => |handle: String, question: String| came(media::describe(&handle, &question));
        "media.state" => |handle: String| came(media::state(&handle));
        "http.send" => |request: http::Request| came(http::send(&request));
        "model.generate" => |request: model::Request| came(model::generate(&request));
    }
}
