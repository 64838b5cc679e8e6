//! Hostile agents in the real sandbox: what they do ends their own turn, or is refused to them in words.

use serde_json::{Value, json};
use switchboard_kit::talk::text;

use super::{Kind, Run, ground::Ground};

/// A turn that is stopped: the person hears an apology, the reason is recorded, and the next turn is as ever.
macro_rules! breaches {
    ($($name:literal: $asks:literal => $why:literal;)*) => {
        vec![$(Kind {
            by: "agent",
            name: $name,
            bound: "an apology, the reason recorded, the next turn as ever",
            run: Run::Beside(|ground| Box::pin(breach(ground, $asks, $why))),
        }),*]
    };
}

/// A turn in which calls are made that no honest agent makes: each is answered, and the person too.
macro_rules! calls {
    ($($name:literal: $calls:expr => $says:expr;)*) => {
        vec![$(Kind {
            by: "agent",
            name: $name,
            bound: concat!("each call: ", stringify!($says)),
            run: Run::Beside(|ground| Box::pin(called(ground, $calls, &$says))),
        }),*]
    };
}

pub(super) fn kinds() -> Vec<Kind> {
    let mut kinds = breaches! {
        "panic": "rogue trap" => "panicked at host/tests/agents/rogue/src/lib.rs:";
        "endless loop": "rogue loop" => "(`fuel` in plugins.toml)";
        "memory without end": "rogue memory" => "of 16777216 bytes (`memory_bytes_max`";
        "capability calls without end": "rogue flood" => "64 (`host_calls_max`";
        "reply of 10 MB": "rogue huge" => "(from `returned_bytes_max`";
        "endless recursion": "rogue deep" => "trapped";
        "failure": "rogue fail" => "on purpose";
        "no reply at all": "rogue silent" => "nothing";
        "writes, then panics": "rogue write and trap" => ": after writing";
        "handoff to an agent that is not there": "rogue nowhere" => "no such agent";
        "handoff in a circle": "rogue there and back" => "has already handled this turn";
    };
    kinds.extend(calls! {
        "documents that are no JSON, or none that a database takes":
            ["{", "{\"a\":1e999999}", "{\"a\":\"\\u0000\"}", "\"\\ud800\"", ""].map(put).to_vec() => ["invalid", "ok"];
        "JSON 5,000 levels deep": vec![put(&format!("{}{}", "[".repeat(5_000), "]".repeat(5_000)))] => ["invalid"];
        "document of 70 KB": vec![put(&format!("\"{}\"", "x".repeat(70_000)))] => ["invalid", "limit"];
        "title of 70,000 letters": vec![draft("title", json!("x".repeat(70_000)))] => ["invalid"];
        "300 photos on a listing": vec![draft("images", json!(vec!["image:1"; 300]))] => ["invalid"];
        "price beyond every number": vec![draft("price", json!({"hundredths": u64::MAX, "currency": "???"}))] =>
            ["invalid", "ok"];
        "search with negative and endless sizes":
            vec![query("radius_km", json!(-1.0)), query("radius_km", json!(1e308)), query("limit", json!(u32::MAX)),
                query("offset", json!(u32::MAX))] => ["invalid", "ok", "limit"];
        "places beyond the earth": vec![query("near", json!({"latitude": 1e300, "longitude": -1e300}))] => ["invalid", "ok"];
        "files of other people, and paths for handles":
            ["image:1", "../../etc/passwd", "image:../../plugins.toml", "", "\u{0}"].map(state).to_vec() =>
            ["not-found", "invalid", "denied"];
        "word to a stranger": vec![json!(["outreach.notify", [{"ListingOwner": uuid()}, "k", "{}"]])] =>
            ["not-found", "denied"];
        "listings, matches and applications of others":
            vec![json!(["listings.set-status", [uuid(), "Sold"]]), json!(["listings.get", [uuid()]]),
                json!(["matches.get", [uuid()]]), json!(["applications.received", [uuid()]]),
                json!(["listings.report", [uuid(), "x"]])] => ["not-found", "denied", "ok"];
        "timer in a thousand years": vec![timer(32_503_680_000_000)] => ["invalid"];
        "timer in the past": vec![timer(0)] => ["ok", "invalid"];
        "preferences that there are not":
            vec![json!(["preferences.set", ["is_operator", "true"]]), json!(["preferences.get", ["\u{0}"]])] =>
            ["invalid", "ok", "not-found", "denied"];
        "60 KB of figures to be read": vec![json!(["readings.read", ["1 000 000,50 at 10:30 ".repeat(2_700)]])] => ["ok"];
        "log lines that look like others":
            vec![json!(["log.write", ["Info", "\r\n2026-01-01 ERROR forged\u{2028}\u{202e} +250788000002"]])] => ["ok"];
    });
    kinds
}

fn put(value: &str) -> Value {
    json!(["records.put", ["Person", "notes", "key", value]])
}

fn draft(field: &str, value: Value) -> Value {
    let mut draft = json!({
        "kind": "product", "title": "A lamp", "description": null, "category": null, "price": null, "price_max": null, "price_unit": null,
        "place": null, "attributes": "{}", "images": [], "contact": "Ask",
    });
    draft[field] = value;
    json!(["listings.create", [draft]])
}

fn query(field: &str, value: Value) -> Value {
    let mut query = json!({
        "words": "lamp", "kind": null, "category": null, "attributes": [], "price_min": null, "price_max": null, "near": null,
        "radius_km": null, "limit": 1, "offset": 0,
    });
    query[field] = value;
    json!(["listings.search", [query]])
}

fn state(handle: &str) -> Value {
    json!(["media.state", [handle]])
}

fn timer(at: u64) -> Value {
    json!(["schedule.set", ["key", at, "k", "{}"]])
}

fn uuid() -> &'static str {
    "01890000-0000-7000-8000-000000000000"
}

/// The turn apologises for this reason, nothing that it wrote is kept, and the next is as ever.
async fn breach(ground: &mut Ground, asks: &str, why: &str) -> String {
    let phone = ground.phone();
    let said = ground.says(&phone, text(asks), 1).await;
    // The name of the agent and of its misdeed may look like any language.
    let sorry = ["Sorry", "Désolé", "Mutubabarire", "Samahani"];
    assert!(sorry.iter().any(|sorry| said.contains(sorry)), "{asks}: {said}");
    let error = ground.error().await;
    assert!(error.contains(why), "{asks}: {error}");
    let said = ground.says(&phone, text("rogue fine"), 2).await;
    assert!(said.contains("rogue heard fine"), "after {asks}: {said}");
    assert_eq!(ground.stage.count("select count(*) from record where collection = 'kept'").await, 0);
    error
}

/// Has an agent make these calls; each comes to one of these words.
async fn called(ground: &mut Ground, calls: Vec<Value>, words: &[&str]) -> String {
    let phone = ground.phone();
    assert!(ground.says(&phone, text("caller"), 1).await.contains("a form, please"));
    let asked = json!({ "calls": calls }).to_string();
    let form = json!({ "type": "nfm_reply", "nfm_reply": { "name": "call", "body": "Sent", "response_json": asked } });
    let said = ground.says(&phone, json!({ "message": { "type": "interactive", "interactive": form } }), 2).await;
    let said: Value = serde_json::from_str(&said).expect("JSON");
    let came = said["body"]["text"]["body"].as_str().unwrap_or_default().to_owned();
    assert_eq!(came.lines().count(), calls.len(), "{said}");
    let is_known = |line: &str| words.iter().any(|word| line.starts_with(word));
    assert!(came.lines().all(is_known) && !came.contains("the host"), "{came}");
    came
}
