//! Signed bodies as no honest sender makes them: what can be read of them is answered, and nothing of them harms.

use serde_json::{Value, json};
use switchboard_kit::{
    cluster,
    stage::{Stage, until},
    talk::text,
};

use super::{
    Kind, Run,
    ground::{Ground, body, message},
};

/// A message that is odd beside one that is not: the delivery is stored, and the good one is answered.
macro_rules! beside_good {
    ($($name:literal: $odd:expr;)*) => {
        vec![$(Kind {
            by: "body",
            name: $name,
            bound: "200, and the message beside it is answered",
            run: Run::Beside(|ground| Box::pin(mixed(ground, $odd))),
        }),*]
    };
}

macro_rules! bodies {
    ($($name:literal, $bound:literal: $run:path;)*) => {
        vec![$(Kind { by: "body", name: $name, bound: $bound, run: Run::Beside(|ground| Box::pin($run(ground))) }),*]
    };
}

pub(super) fn kinds() -> Vec<Kind> {
    let mut kinds = beside_good! {
        "message without anything": |_| json!({});
        "message that is a number": |_| json!(7);
        "type that is an object": |from| with(from, "odd-type", |odd| odd["type"] = json!({ "text": 1 }));
        "timestamps beyond time": |from| with(from, "odd-time", |odd| odd["timestamp"] = json!("99999999999999999999999"));
        "timestamp before time": |from| with(from, "odd-past", |odd| odd["timestamp"] = json!(-9e15));
        "timestamp a year ahead (a clock that jumps)": |from| with(from, "odd-ahead", |odd| {
            odd["timestamp"] = json!((switchboard_core::clock::Clock::system().now() / 1000 + 31_536_000).to_string());
        });
        "wamid of 100 KB": |from| message(from, &"w".repeat(100_000), "hello");
        "empty wamid": |from| message(from, "", "hello");
        "text of 1 MB": |from| message(from, "odd-long", &"long ".repeat(200_000));
        "text of 300,000 NULs": |from| message(from, "odd-nul", &"\0".repeat(300_000));
        "text of marks that turn and hide": |from| message(from, "odd-bidi", &"\u{202e}\u{2066}\u{200b}\u{feff}e\u{301}".repeat(500));
        "text that looks like an attack": |from| message(from, "odd-sql", "'; drop table person; -- ${jndi:ldap://x} {{7*7}} <script>");
        "tap on what was never offered": |from| with(from, "odd-tap", |odd| {
            odd["type"] = json!("interactive");
            odd["interactive"] = json!({"type": "button_reply", "button_reply": {"id": "rogue/../support/start", "title": "\u{0}"}});
        });
        "place beyond the earth": |from| with(from, "odd-place", |odd| {
            odd["type"] = json!("location");
            odd["location"] = json!({"latitude": 1e308, "longitude": "NaN", "name": "\0".repeat(100_000)});
        });
        "a thousand contact cards": |from| with(from, "odd-cards", |odd| {
            odd["type"] = json!("contacts");
            odd["contacts"] = json!(vec![json!({"name": {"formatted_name": "x".repeat(500)}, "phones": [{"phone": "+250788000009"}]}); 1_000]);
        });
        "order of a thousand items at endless prices": |from| with(from, "odd-order", |odd| {
            odd["type"] = json!("order");
            odd["order"] = json!({"catalog_id": "1", "product_items": vec![json!({"product_retailer_id": "x", "quantity": 1e300, "item_price": -1e300, "currency": "???"}); 1_000]});
        });
        "form whose answers are no JSON": |from| with(from, "odd-form", |odd| {
            odd["type"] = json!("interactive");
            odd["interactive"] = json!({"type": "nfm_reply", "nfm_reply": {"name": "x", "response_json": "{".repeat(10_000)}});
        });
        "file whose id climbs folders": |from| with(from, "odd-file", |odd| {
            odd["type"] = json!("document");
            odd["document"] = json!({"id": "../../../etc/passwd", "mime_type": "application/pdf", "filename": "../../x\u{202e}fdp.exe\r\n"});
        });
    };
    kinds.extend(bodies! {
        "one body 200 times", "answered once": replayed;
        "JSON 100,000 levels deep", "200, kept raw": deep;
        "keys twice, and lone surrogates", "200": doubled_keys;
        "bytes that are no text", "200, kept raw": no_text;
        "100 people in one body", "each message is stored once": crowd;
        "20,000 statuses of messages that there are not", "200, nothing changes": statuses;
        "statuses that are none, for a phone of ours", "200, no outcome is taken back": forged_statuses;
        "ids of 20 KB on Postgres", "200, and the message beside it is answered": long_ids;
        "a name of 100 KB with marks and a number", "it is cleaned": name;
        "a person who claims another's user id", "each hears their own": confusion;
        "a number that changes in a circle", "each is answered": circle;
    });
    kinds
}

fn with(from: &str, wamid: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut odd = message(from, wamid, "hello");
    change(&mut odd);
    odd
}

/// Waits until a phone has heard so many messages, and no more are on their way.
async fn heard(ground: &Ground, phone: &str, count: usize) -> usize {
    ground.stage.heard(phone, 0, count).await;
    until("all is answered and sent", async || {
        ground.stage.count("select count(*) from message where state = 'queued'").await == 0
            && ground.stage.count("select count(*) from outbox where state in ('queued', 'sending')").await == 0
    })
    .await;
    ground.stage.heard(phone, 0, count).await.len()
}

async fn mixed(ground: &mut Ground, odd: impl Fn(&str) -> Value) -> String {
    let (stranger, good) = (ground.phone(), ground.phone());
    let messages = json!([odd(&stranger), message(&good, &format!("wamid.{good}"), "hello")]);
    let status = ground.signed(body(json!({ "messages": messages })).to_string()).await;
    assert_eq!(status, 200);
    assert_eq!(heard(ground, &good, 1).await, 1);
    // Nothing of the database is gone.
    assert!(ground.stage.count("select count(*) from person").await > 0);
    let answers = ground.stage.sends().await;
    let to_stranger = answers.iter().filter(|send| send.to_string().contains(&stranger)).count();
    format!("{status}; the odd one got {to_stranger} answers")
}

async fn replayed(ground: &mut Ground) -> String {
    let phone = ground.phone();
    let body = body(json!({ "messages": [message(&phone, "wamid.replayed", "hello")] })).to_string();
    let statuses = futures_util::future::join_all((0..200).map(|_| ground.signed(body.clone()))).await;
    // What finds the writer busy is told to come again.
    assert!(statuses.iter().all(|status| [200, 503].contains(status)) && statuses.contains(&200), "{statuses:?}");
    let answers = heard(ground, &phone, 1).await;
    assert_eq!(answers, 1);
    format!("{answers} answer to 200")
}

async fn deep(ground: &mut Ground) -> String {
    let bytes = format!("{{\"entry\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let status = ground.signed(bytes).await;
    assert_eq!(status, 200);
    format!("{status}")
}

async fn doubled_keys(ground: &mut Ground) -> String {
    let phone = ground.phone();
    let whole = body(json!({ "messages": [message(&phone, "wamid.doubled", "hello")] })).to_string();
    let twice =
        whole.replace("\"type\":\"text\"", "\"type\":\"text\",\"type\":\"image\",\"text\":{\"body\":\"\\ud800\"}");
    let status = ground.signed(twice).await;
    assert_eq!(status, 200);
    format!("{status}")
}

async fn no_text(ground: &mut Ground) -> String {
    let mut seen = Vec::new();
    for bytes in [vec![0xff; 10_000], b"{\"entry\": \xff\xfe}".to_vec(), Vec::new(), b"null".to_vec(), b"[[]]".to_vec()]
    {
        seen.push(ground.signed(bytes).await);
    }
    assert!(seen.iter().all(|status| *status == 200), "{seen:?}");
    format!("{seen:?}")
}

async fn crowd(ground: &mut Ground) -> String {
    let phones: Vec<String> = (0..100).map(|_| ground.phone()).collect();
    let messages: Vec<Value> =
        phones.iter().map(|phone| message(phone, &format!("wamid.crowd.{phone}"), "hello")).collect();
    let bytes = body(json!({ "messages": messages })).to_string();
    let stored = "select count(*) from message where wamid like 'wamid.crowd.%'";
    let status = ground.signed(bytes.clone()).await;
    assert_eq!((status, ground.stage.count(stored).await), (200, 100));
    assert_eq!((ground.signed(bytes).await, ground.stage.count(stored).await), (200, 100));
    let answered = "select count(*) from message where wamid like 'wamid.crowd.%' and state = 'answered'";
    until("all are answered", async || ground.stage.count(answered).await == 100).await;
    "100 stored and answered, once".into()
}

async fn statuses(ground: &mut Ground) -> String {
    let before = ground.stage.count("select count(*) from outbox").await;
    let status = |n: usize| {
        json!({"id": format!("wamid.nobody.{n}"), "status": "failed", "timestamp": "1785369600", "recipient_id": "250788000009",
        "errors": [{"code": 131_026, "title": "x".repeat(50)}]})
    };
    let all: Vec<Value> = (0..10_000).map(status).collect();
    let mut seen = Vec::new();
    for _ in 0..2 {
        seen.push(ground.signed(body(json!({ "statuses": all })).to_string()).await);
    }
    assert!(seen.iter().all(|status| [200, 413].contains(status)), "{seen:?}");
    let grown = ground.stage.count("select count(*) from outbox").await - before;
    format!("{seen:?}, {grown} rows of others meanwhile")
}

async fn forged_statuses(ground: &mut Ground) -> String {
    let phone = ground.phone();
    ground.says(&phone, text("hello"), 1).await;
    let delivered = "select count(*) from outbox where state in ('sent', 'delivered', 'read')";
    let before = ground.stage.count(delivered).await;
    // Another's wamid, a word that there is not, and a time that goes back.
    for word in ["failed", "deleted", "\u{0}", "played"] {
        let status = json!({"id": format!("wamid.{phone}"), "status": word, "timestamp": "1", "recipient_id": phone, "errors": "none"});
        assert_eq!(ground.signed(body(json!({ "statuses": [status, 7, null, {}] })).to_string()).await, 200);
    }
    let after = ground.stage.count(delivered).await;
    assert!(after >= before, "{before} {after}");
    "no outcome was taken back".into()
}

/// Ids that no index of PostgreSQL takes, however they are compressed.
async fn long_ids(_: &mut Ground) -> String {
    let mut stage = Stage::new(&["support"]);
    stage.set("DATABASE_URL", &cluster::shared().database().await);
    stage.start().await;
    let mut state = 7_u64;
    let mut long = || -> String {
        let letter = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'A' + (state >> 33) as u8 % 26)
        };
        (0..20_000).map(letter).collect()
    };
    let mut odd = message("250788000001", &long(), "hello");
    odd["from_user_id"] = json!(format!("RW.{}", long()));
    odd["context"] = json!({ "from": "250788000009", "id": long() });
    let mut file = message("250788000002", "wamid.file", "");
    file["type"] = json!("image");
    file["image"] = json!({ "id": long(), "mime_type": "image/jpeg" });
    let good = message("250788000003", "wamid.good", "hello");
    let status = json!({ "id": long(), "status": long(), "timestamp": "1785369600", "recipient_id": long(), "biz_opaque_callback_data": long() });
    for part in [json!({ "messages": [odd, file, good] }), json!({ "statuses": [status] })] {
        assert_eq!(crate::legacy::post_signed(&stage.webhook_of(0), &body(part), None).await, 200);
    }
    stage.heard("250788000003", 0, 1).await;
    let mut elsewhere = body(json!({ "messages": [message("250788000004", "wamid.elsewhere", "hello")] }));
    elsewhere["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = json!(long());
    let number = crate::legacy::post_signed(&stage.webhook_of(0), &elsewhere, None).await;
    assert_eq!(number, 200);
    format!("{} messages stored", stage.count("select count(*) from switchboard.message").await)
}

async fn name(ground: &mut Ground) -> String {
    let phone = ground.phone();
    let named = format!("\u{202e}+250 788 000 009\n{}", "x".repeat(100_000));
    let part = json!({ "contacts": [{ "wa_id": phone, "profile": { "name": named } }], "messages": [message(&phone, "wamid.named", "hello")] });
    assert_eq!(ground.signed(body(part).to_string()).await, 200);
    assert_eq!(heard(ground, &phone, 1).await, 1);
    let longest = ground.stage.count("select coalesce(max(length(name)), 0) from person").await;
    let odd = "select count(*) from person where name like '%' || char(8238) || '%' or name like '%' || char(10) || '%' or name like '%788 000%'";
    assert_eq!(ground.stage.count(odd).await, 0);
    assert!(longest < 1_000, "{longest}");
    format!("the longest name has {longest} letters")
}

/// A message with a number and a user id.
fn claimed(phone: &str, user_id: &str, wamid: &str) -> Value {
    let mut message = message(phone, wamid, "hello");
    message["from_user_id"] = json!(user_id);
    json!({ "contacts": [{ "wa_id": phone, "user_id": user_id, "profile": { "name": "x" } }], "messages": [message] })
}

async fn confusion(ground: &mut Ground) -> String {
    let (alice, mallory) = (ground.phone(), ground.phone());
    assert_eq!(ground.signed(body(claimed(&alice, "RW.1111", "wamid.claim.1")).to_string()).await, 200);
    assert_eq!(heard(ground, &alice, 1).await, 1);
    // Another phone, the same user id; and the first phone with another.
    assert_eq!(ground.signed(body(claimed(&mallory, "RW.1111", "wamid.claim.2")).to_string()).await, 200);
    assert_eq!(ground.signed(body(claimed(&alice, "RW.2222", "wamid.claim.3")).to_string()).await, 200);
    let (to_mallory, to_alice) = (heard(ground, &mallory, 1).await, heard(ground, &alice, 2).await);
    assert_eq!((to_mallory, to_alice), (1, 2));
    "each answer went to the phone that wrote".into()
}

async fn circle(ground: &mut Ground) -> String {
    let phones = [ground.phone(), ground.phone(), ground.phone()];
    let now = switchboard_core::clock::Clock::system().now() / 1000;
    for n in 0..30 {
        let (from, to) = (&phones[n % 3], &phones[(n + 1) % 3]);
        let change = json!({ "from": from, "id": format!("wamid.circle.{n}"), "timestamp": now.to_string(), "type": "system",
            "system": { "type": "user_changed_number", "wa_id": to, "new_wa_id": to, "body": format!("{from} changed to {to}") } });
        assert_eq!(ground.signed(body(json!({ "messages": [change] })).to_string()).await, 200);
    }
    for (n, phone) in phones.iter().enumerate() {
        let said = message(phone, &format!("wamid.circle.hello.{n}"), "hello");
        assert_eq!(ground.signed(body(json!({ "messages": [said] })).to_string()).await, 200);
        heard(ground, phone, 1).await;
    }
    "all three were answered".into()
}
