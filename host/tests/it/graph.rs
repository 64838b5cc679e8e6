//! The way out: the client and its replies against an emulator of the Graph API, and the whole circle.

use std::sync::Arc;

use serde_json::{Value, json};
use switchboard_core::{
    contract::types::{Buttons, Choice, Link, MediaReply, Other, Reply, Rows, Section, Template},
    failure::Failure,
    inbox::{Delivery, Item},
    phone::{Address, Phone},
};
use switchboard_edge::{
    emulator::{Emulator, Fail, Faults, How, Settings, Statuses},
    outbox::Dispatcher,
    webhook::{Edge, payload::parse, router},
    whatsapp::{
        client::{GraphClient, SendOutcome},
        reply::{self, Card, ReplyError},
    },
};
use switchboard_store::Outgoing;

use crate::{
    outbox::{Straight, quick, row},
    webhook::{edge, http, serve},
};
use switchboard_kit::{cluster::free, stage::until};

const BUSINESS: &str = "100000000000001";

async fn emulator(webhook: &str) -> (Emulator, String) {
    let emulator = Emulator::new(Settings {
        webhooks: vec![webhook.to_owned()],
        app_secret: "s3cret".to_owned(),
        phone_number_id: BUSINESS.to_owned(),
    })
    .expect("an emulator");
    let url = serve(emulator.router()).await;
    (emulator, url)
}

#[tokio::test]
async fn the_client_tells_what_became_of_a_send() {
    let (emulator, url) = emulator("http://127.0.0.1:9").await;
    let client = GraphClient::new(&url, "v26.0", "token").expect("a client");
    emulator.set_faults(Faults { no_status: true, ..Faults::default() });
    assert!(matches!(client.send(&row(1, 1)).await, SendOutcome::Sent { wamid } if wamid.starts_with("wamid.")));
    let nameless = Outgoing { to: Some(Address::UserId("RW.1349abc".to_owned())), ..row(2, 1) };
    assert!(matches!(client.send(&nameless).await, SendOutcome::Sent { .. }));
    for (status, code, expected) in [
        (400, Some(131_056), Some(Failure::Pair)),
        (429, None, Some(Failure::Rate)),
        (401, Some(190), Some(Failure::Number)),
        (503, None, None),
        (500, Some(131_000), None),
    ] {
        emulator.set_faults(Faults {
            fail: vec![Fail { status, code, ..Fail::default() }],
            no_status: true,
            ..Faults::default()
        });
        match client.send(&row(3, 1)).await {
            SendOutcome::Refused { why, .. } => assert_eq!(Some(why), expected),
            SendOutcome::Unknown { .. } => assert_eq!(None, expected),
            other => panic!("{status} {code:?}: {other:?}"),
        }
    }
    let wrong = Outgoing { body: r#"{"type":"text","text":{"body":""}}"#.to_owned(), ..row(4, 1) };
    assert!(matches!(client.send(&wrong).await, SendOutcome::Refused { why: Failure::Final, .. }));
    let nobody = Outgoing { to: None, ..row(5, 1) };
    assert!(matches!(client.send(&nobody).await, SendOutcome::Refused { why: Failure::Final, .. }));

    let reset = Fail { how: How::Reset, taken: Some(Statuses::default()), ..Fail::default() };
    emulator.set_faults(Faults { fail: vec![reset], no_status: true, ..Faults::default() });
    assert!(matches!(client.send(&row(6, 1)).await, SendOutcome::Unknown { outage: true, .. }));
    assert_eq!(emulator.log().references.get("sb1.test.6"), Some(&1));

    // Nobody listens: nothing was sent, so it may be sent again.
    let client = GraphClient::new(&format!("http://127.0.0.1:{}", free()), "v26.0", "token").expect("a client");
    assert!(matches!(client.send(&row(7, 1)).await, SendOutcome::Refused { why: Failure::Meta, .. }));
}

/// Each code once in an answer to a send, and once in a status.
#[tokio::test]
async fn a_code_means_the_same_in_an_answer_and_in_a_status() {
    let (emulator, url) = emulator("http://127.0.0.1:9").await;
    let client = GraphClient::new(&url, "v26.0", "token").expect("a client");
    for code in [0, 2, 4, 33, 100, 190, 368, 131_016, 131_026, 131_042, 131_047, 131_053, 131_056, 132_001, 987_654] {
        emulator.set_faults(Faults {
            fail: vec![Fail { status: 400, code: Some(code), ..Fail::default() }],
            ..Faults::default()
        });
        let answered = match client.send(&row(1, 1)).await {
            SendOutcome::Refused { why, error, .. } => {
                assert!(error.starts_with(&format!("{code}: ")), "{error}");
                why
            }
            other => panic!("{code}: {other:?}"),
        };
        let status = json!({ "id": "wamid.A", "status": "failed", "errors": [{ "code": code, "title": "No" }] });
        let value = json!({ "metadata": { "phone_number_id": BUSINESS }, "messaging_product": "whatsapp", "statuses": [status] });
        let body = json!({ "entry": [{ "changes": [{ "field": "messages", "value": value }] }] });
        let told = parse(body.to_string().into(), 0, None);
        let [Item::Status(told)] = &told.items[..] else { panic!("a status") };
        assert_eq!(told.failure, Some(answered), "{code}");
    }
}

fn choice(id: &str, title: &str) -> Choice {
    Choice { id: id.into(), title: title.into(), description: None, agent: None }
}

fn buttons(choices: Vec<Choice>) -> Reply {
    Reply::Buttons(Buttons { body: "Which?".into(), choices, numbered: true })
}

#[tokio::test]
async fn every_reply_that_is_let_through_is_taken_by_the_emulator() {
    let (emulator, url) = emulator("http://127.0.0.1:9").await;
    emulator.set_faults(Faults { no_status: true, ..Faults::default() });
    emulator.put_file("123", "image/jpeg", "a file".into());
    let client = GraphClient::new(&url, "v26.0", "token").expect("a client");
    let long = "word ".repeat(2000);
    let card = Card { name: "Bob".into(), phone: Phone::parse("+250788000009").expect("a number") };
    let rows = (0..10).map(|n| Choice {
        description: Some(long.clone()),
        ..choice(&"i".repeat(180 + n % 2), &format!("Row number {n} with a long title"))
    });
    let rows: Vec<_> =
        rows.enumerate().map(|(n, row)| Choice { id: format!("{n}{}", &row.id[..170]), ..row }).collect();
    let list = Reply::Rows(Rows {
        body: "Pick".into(),
        label: "All that there is to see".into(),
        sections: vec![
            Section { title: Some("*A*".into()), choices: rows[..5].to_vec() },
            Section { title: Some("B".repeat(40)), choices: rows[5..].to_vec() },
        ],
        numbered: true,
    });
    let replies = [
        (Reply::Text(long.clone()), 3),
        (
            buttons(vec![choice("a", "A title that is much too long"), choice("b", "*No*"), choice("c", "👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧")]),
            1,
        ),
        (list, 1),
        (Reply::AskPlace("Where are you?".into()), 1),
        (Reply::Link(Link { body: "See".into(), label: "Open".into(), url: "https://example.org/a b".into() }), 1),
        (Reply::Media(MediaReply { handle: "image:123".into(), caption: Some("A phone".into()) }), 1),
        (Reply::Media(MediaReply { handle: "audio:123".into(), caption: Some("Listen".into()) }), 2),
        (
            Reply::Template(Template {
                name: "hello".into(),
                language: "en_US".into(),
                parameters: vec!["a\nb".into()],
            }),
            1,
        ),
        (
            Reply::Other(Other {
                kind: "template".into(),
                value: json!({
                    "name": "visit", "language": "fr", "header": { "image": "https://example.org/a.jpg" },
                    "body": { "day": "monday" }, "buttons": [{ "index": 0, "reply": "yes" }, { "index": 1, "url": "7" }],
                })
                .to_string(),
            }),
            1,
        ),
    ];
    let mut id = 0;
    for (reply, n) in replies {
        let bodies = reply::bodies("jobs", &reply, Some(&card)).expect("a reply within limits");
        assert_eq!(bodies.len(), n, "{reply:?}");
        for body in bodies {
            id += 1;
            let answer = client.send(&Outgoing { body: body.clone(), ..row(id, 1) }).await;
            assert!(matches!(answer, SendOutcome::Sent { .. }), "{answer:?} {body}");
        }
    }
    assert!(emulator.log().refused.is_empty());
}

#[test]
fn a_reply_beyond_the_limits_is_refused_with_a_reason() {
    let error = |reply: &Reply| reply::bodies("jobs", reply, None).expect_err("a refusal");
    assert_eq!(error(&Reply::Text(" \n".into())), ReplyError::Empty("text"));
    assert!(matches!(error(&Reply::Text("x".repeat(50_000))), ReplyError::TooLong(..)));
    assert!(matches!(error(&buttons(vec![])), ReplyError::Empty(_)));
    let four = (0..4).map(|n| choice(&n.to_string(), &format!("Title {n}"))).collect();
    assert_eq!(error(&buttons(four)), ReplyError::TooMany("buttons", 4, 3));
    assert_eq!(error(&buttons(vec![choice("a", "A"), choice("a", "B")])), ReplyError::Twice("id", "a".into()));
    assert_eq!(error(&buttons(vec![choice("a", "A"), choice("b", "*A*")])), ReplyError::Twice("title", "A".into()));
    assert!(matches!(error(&buttons(vec![choice("", "A")])), ReplyError::Empty(_)));
    assert!(matches!(error(&buttons(vec![choice(&"x".repeat(300), "A")])), ReplyError::TooLong(..)));
    let section = |title: Option<&str>, n: usize, from: usize| Section {
        title: title.map(str::to_owned),
        choices: (from..from + n).map(|n| choice(&n.to_string(), "Row")).collect(),
    };
    let rows = |sections| Reply::Rows(Rows { body: "Pick".into(), label: "See".into(), sections, numbered: true });
    assert_eq!(error(&rows(vec![section(None, 11, 0)])), ReplyError::TooMany("rows", 11, 10));
    assert_eq!(error(&rows(vec![section(None, 2, 0), section(Some("B"), 2, 2)])), ReplyError::Untitled);
    assert!(matches!(error(&rows(vec![])), ReplyError::Empty(_)));
    for url in ["http://example.org", "javascript:alert(1)", "example", ""] {
        let link = Link { body: "See".into(), label: "Open".into(), url: url.into() };
        assert!(matches!(error(&Reply::Link(link)), ReplyError::NotHttps(_)), "{url}");
    }
    let media = Reply::Media(MediaReply { handle: "https://evil".into(), caption: None });
    assert!(matches!(error(&media), ReplyError::UnknownMedia(_)));
}

#[test]
fn what_was_offered_is_remembered_as_it_was_shown() {
    let mut other = choice("x", "Jobs");
    other.agent = Some("jobs".into());
    let replies =
        [buttons(vec![choice("old", "Old")]), buttons(vec![choice("a", "*Yes*, with pleasure, indeed"), other])];
    let offered = reply::offered(&[("support", &replies[0]), ("support", &replies[1])]).expect("choices");
    let expected = [("support/a", "Yes, with pleasure…"), ("jobs/start", "Jobs")].map(|(a, b)| (a.into(), b.into()));
    assert_eq!((offered.agent.as_str(), offered.numbered, &offered.choices[..]), ("support", true, &expected[..]));
    assert!(reply::offered(&[("support", &Reply::Text("hi".into()))]).is_none());
    assert_eq!(reply::plain_text(&replies[0]), "Which?\n[Old]");
}

/// Webhook, an agent that echoes, sender, emulator, phone, and the statuses back at the webhook.
#[tokio::test]
async fn a_phone_is_answered_and_the_statuses_come_back() {
    let (edge, stored) = edge(true);
    let (told, mut inbox) = tokio::sync::mpsc::unbounded_channel::<Delivery>();
    let keep = edge.ingest.clone();
    let edge = Edge {
        ingest: Arc::new(move |delivery: Delivery| {
            let _ = told.send(delivery.clone());
            keep(delivery)
        }),
        ..edge
    };
    let webhook = serve(router(edge)).await;
    let (emulator, url) = emulator(&format!("{webhook}/webhook")).await;
    emulator.set_faults(Faults { duplicate: true, reorder: true, seed: 7, ..Faults::default() });
    let client = GraphClient::new(&url, "v26.0", "token").expect("a client");
    let sender = Dispatcher::start(Straight, client, quick());
    let out = sender.queue();
    tokio::spawn(async move {
        let mut seen = std::collections::HashSet::new();
        while let Some(delivery) = inbox.recv().await {
            for item in delivery.items {
                let Item::Message(message) = item else { continue };
                if !seen.insert(message.wamid.clone()) {
                    continue;
                }
                let body =
                    reply::bodies("echo", &Reply::Text(format!("{:?}", message.content)), None).expect("a reply");
                let user_id = message.sender.user_id.map(Address::UserId);
                let reply = Outgoing {
                    to: message.sender.phone.map(Address::Phone).or(user_id),
                    body: body[0].clone(),
                    ..row(seen.len() as i64, 1)
                };
                out.push(vec![reply]);
            }
        }
    });
    for (number, said) in
        [("+250788000001", json!({"text": "muraho ☕"})), ("RW.1349abc", json!({"tap": {"id": "a/b", "title": "B"}}))]
    {
        let phone = format!("{url}/emulator/phones/{number}/messages");
        let answer = http().post(&phone).json(&said).send().await.expect("an answer");
        assert_eq!(answer.json::<Value>().await.expect("JSON")["webhook"], 200);
        let heard = http().get(format!("{phone}?after=0&wait_ms=5000")).send().await.expect("an answer");
        let heard: Value = heard.json().await.expect("JSON");
        let text = heard["messages"][0]["body"]["text"]["body"].as_str().unwrap_or_default();
        let expected = if number.starts_with('+') { "Text(\"muraho ☕\")" } else { "Tap" };
        assert!(text.contains(expected), "{heard}");
    }
    let statuses = || {
        let stored = stored.lock().expect("a lock");
        let items = stored.iter().flat_map(|delivery| &delivery.items);
        let statuses = items.filter_map(|item| match item {
            Item::Status(status) => Some((status.reference.clone().unwrap_or_default(), status.status.clone())),
            _ => None,
        });
        statuses.collect::<std::collections::BTreeSet<_>>()
    };
    let all = ["1", "2"]
        .into_iter()
        .flat_map(|n| ["delivered", "sent"].map(|word| (format!("sb1.test.{n}"), word.to_owned())));
    let all = all.collect();
    until("the statuses", async || statuses() == all).await;
    sender.stop().await;
    assert!(emulator.log().references.values().all(|n| *n == 1), "{:?}", emulator.log());
}
