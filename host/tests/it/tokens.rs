//! The token budget: caps hold over hosts and over what asks at once, and a reservation ends whatever becomes of the caller.

use std::{sync::Arc, time::Duration};

use axum::http::StatusCode;
use serde_json::{Value, json};
use switchboard_core::{
    clock::Clock,
    contract::{
        model::{Entry, Part, Request, Role},
        types::Problem,
    },
    model::{Asker, Model},
};
use switchboard_edge::{
    emulator::{ModelServer, Says},
    model::{Budget, Caps, Gemini, LanguageModel},
};
use switchboard_kit::{shell::Shell, stage::until};
use switchboard_store::{Store, Tokens};
use uuid::Uuid;

use crate::store::{Database, NOW, on_both, open};

on_both! {
    caps_hold_over_hosts_and_whatever_asks_at_once,
    a_reservation_is_settled_by_what_became_of_its_question,
    a_question_that_nobody_waits_for_any_more_is_settled,
    the_reservation_of_a_host_that_is_gone_ends,
}

/// A model on a store.
fn model(server: &ModelServer, store: &Store, caps: Caps) -> LanguageModel {
    let gemini = Gemini::new(&server.url, "gemini-3.5-flash-lite", "a-key").expect("a client");
    LanguageModel::new(Arc::new(gemini), Arc::new(Budget::new(caps, store.clone())), Clock::at(NOW))
}

const PLENTY: Caps = Caps { all: 1_000_000, agent: 1_000_000, person: 1_000_000 };

/// A question that between 334 and 500 tokens are reserved for: two fit into a thousand, and three do not.
fn request() -> Request {
    Request {
        system: "You are jobs.".into(),
        entries: vec![Entry { role: Role::Person, part: Part::Said("a driver job".into()) }],
        tools: Vec::new(),
        answer_schema: None,
        tokens_max: 150,
    }
}

/// An answer that took so many tokens.
fn says(tokens: u64) -> Value {
    json!({
        "candidates": [{ "content": { "role": "model", "parts": [{ "text": "Yes." }] }, "finishReason": "STOP" }],
        "usageMetadata": { "totalTokenCount": tokens },
    })
}

fn person(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

async fn used(store: &Store, agent: &str, n: u128) -> Tokens {
    store.tokens_used(agent, person(n), NOW).await.expect("read")
}

async fn reserved(db: &Database) -> i64 {
    Shell::open(&db.url).await.value("select count(*) from token_reservation").await
}

async fn caps_hold_over_hosts_and_whatever_asks_at_once(db: Database) {
    let server = ModelServer::repeating(vec![Says::Late(100, says(500))]).await.expect("a server");
    // Two hosts on a server; a file has one.
    let other = if db.url.starts_with("postgres") { open(&db.url).await.expect("it opens") } else { db.store.clone() };
    for (agent, caps, people, n) in [
        ("jobs", Caps { person: 1_000, ..PLENTY }, 1, 0),
        ("rides", Caps { agent: 1_000, ..PLENTY }, 20, 100),
        ("farmer", Caps { all: 3_000, ..PLENTY }, 20, 200),
    ] {
        let hosts = [model(&server, &db.store, caps), model(&server, &other, caps)].map(Arc::new);
        let before = server.asked().len();
        let questions: Vec<_> = (0..20)
            .map(|i| {
                let host = hosts[i % 2].clone();
                let asker = person(n + 1 + (i % people) as u128);
                tokio::spawn(async move { host.generate(Asker { agent, person: asker }, &request()).await })
            })
            .collect();
        let mut answered = 0;
        for question in questions {
            match question.await.expect("it ends") {
                Ok(_) => answered += 1,
                Err(problem) => assert!(matches!(problem, Problem::Limit(_)), "{problem:?}"),
            }
        }
        assert_eq!((answered, server.asked().len() - before), (2, 2), "{agent}");
        assert_eq!(used(&db.store, agent, n + 1).await.agent, 1_000, "{agent}: what is true is counted");
        let again = hosts[1].generate(Asker { agent, person: person(n + 1) }, &request()).await;
        assert!(matches!(again, Err(Problem::Limit(_))), "{agent}: {again:?}");
    }
    assert_eq!(reserved(&db).await, 0);
    assert_eq!(
        db.count("select cast(sum(questions) * 10000 + sum(tokens) as bigint) from model_use").await,
        63_000,
        "the report"
    );
}

async fn a_reservation_is_settled_by_what_became_of_its_question(db: Database) {
    let blocked = Says::Json(StatusCode::OK, json!({ "promptFeedback": { "blockReason": "SAFETY" } }));
    let prompt = 150..250;
    for (n, (says, tokens)) in (1..).zip([
        (Says::Json(StatusCode::OK, says(77)), 77..78),
        // It took more than was thought.
        (Says::Json(StatusCode::OK, says(7_000)), 7_000..7_001),
        (Says::failure(StatusCode::BAD_REQUEST), 0..1),
        // Nobody knows what these took: the question is counted.
        (blocked, prompt.clone()),
        (Says::Nothing, prompt),
    ]) {
        let server = ModelServer::repeating(vec![says]).await.expect("a server");
        let model = model(&server, &db.store, PLENTY).within(Duration::from_millis(300));
        let _ = model.generate(Asker { agent: "jobs", person: person(n) }, &request()).await;
        let used = used(&db.store, "jobs", n).await.person;
        assert!(tokens.contains(&used), "question {n}: {used} are not in {tokens:?}");
    }
    assert_eq!(reserved(&db).await, 0);
}

async fn a_question_that_nobody_waits_for_any_more_is_settled(db: Database) {
    let server = ModelServer::repeating(vec![Says::Nothing]).await.expect("a server");
    let model = Arc::new(model(&server, &db.store, PLENTY));
    let asks = model.clone();
    let turn = tokio::spawn(async move { asks.generate(Asker { agent: "jobs", person: person(1) }, &request()).await });
    until("it is asked", async || !server.asked().is_empty()).await;
    let during = used(&db.store, "jobs", 1).await.person;
    turn.abort();
    until("it is settled", async || reserved(&db).await == 0).await;
    let after = used(&db.store, "jobs", 1).await.person;
    assert!(during == after + 150 && after > 150, "the answer's are given back: {during}, then {after}");
}

async fn the_reservation_of_a_host_that_is_gone_ends(db: Database) {
    let caps = Tokens { all: 1_000, agent: 1_000, person: 1_000 };
    let asker = ("jobs", person(1));
    db.store.reserve_tokens(asker, (900, 300), caps, NOW).await.expect("reserved");
    let full = db.store.reserve_tokens(asker, (200, 100), caps, NOW).await.expect_err("it does not fit");
    assert!(full.is_overrun(), "{full}");
    db.store.sweep(NOW + 60_000).await.expect("swept");
    assert_eq!((reserved(&db).await, used(&db.store, "jobs", 1).await.person), (1, 900));
    db.store.sweep(NOW + 11 * 60_000).await.expect("swept");
    assert_eq!((reserved(&db).await, used(&db.store, "jobs", 1).await.person), (0, 300));
    db.store.reserve_tokens(asker, (700, 100), caps, NOW).await.expect("it fits now");
    // The next day has its own.
    db.store.reserve_tokens(asker, (1_000, 100), caps, NOW + 86_400_000).await.expect("reserved");
    db.store.sweep(NOW + 20 * 86_400_000).await.expect("swept");
    db.store.sweep(NOW + 20 * 86_400_000).await.expect("swept");
    assert_eq!(db.count("select count(*) from quota").await, 0, "old days are swept");
}
