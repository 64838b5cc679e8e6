//! `gate = "replay"`: a new version serves nobody until it does the same over recorded turns, or a person has accepted what differs.

use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use switchboard_kit::{
    agents::ALL,
    cluster,
    stage::{Stage, until},
    talk::Talk,
};

use super::regressions::shop;
use crate::api::{Operator, TOKEN};

const ALICE: &str = "250788000001";

fn sha256(variant: &str) -> String {
    hex::encode(Sha256::digest(shop(variant)))
}

/// An order from the first word to the last; what is said at its end.
async fn orders(alice: &mut Talk<'_>) -> String {
    for words in ["shop", "yes", "13"] {
        alice.say(words).await;
    }
    alice.say("Huye").await
}

/// The version in the history of the shop.
async fn version(operator: &Operator, variant: &str) -> Value {
    let (status, history) = operator.get("/api/agents/shop/history").await;
    assert_eq!(status, 200, "{history:#}");
    let sha256 = sha256(variant);
    let found = history["versions"].as_array().and_then(|all| all.iter().find(|one| one["sha256"] == *sha256));
    found.cloned().unwrap_or_default()
}

fn put(stage: &Stage, variant: &str) {
    let new = stage.plugins().join(".new");
    std::fs::write(&new, shop(variant)).expect("written");
    std::fs::rename(new, stage.plugins().join("shop.wasm")).expect("renamed");
}

async fn a_gate_holds_what_differs(url: Option<String>) {
    let mut stage = Stage::new(&["support"]);
    if let Some(url) = url {
        stage.set("DATABASE_URL", &url);
    }
    stage.set("OPERATOR_TOKEN", TOKEN);
    stage.add("shop", &shop("none"), &ALL, "");
    stage.more_of_entry("gate = \"replay\"");
    stage.start().await;
    let operator = Operator::at(&stage, 0);
    let mut alice = stage.talk(ALICE);
    assert!(orders(&mut alice).await.contains("Thank you"));
    let events = stage.count("select count(*) from unified_agent_events").await;

    // The same in other bytes serves as soon as it was played.
    put(&stage, "noop");
    until("the rebuild serves", async || version(&operator, "noop").await["serves"] == true).await;
    let replay = version(&operator, "noop").await["replay"].clone();
    assert_eq!(
        (&replay["passes"], &replay["turns"], &replay["same"]),
        (&json!(true), &json!(4), &json!(4)),
        "{replay:#}"
    );

    // What says something else waits, and the one before serves.
    put(&stage, "text");
    until("it was played", async || version(&operator, "text").await["replay"].is_object()).await;
    let held = version(&operator, "text").await;
    assert_eq!((&held["serves"], &held["replay"]["passes"]), (&json!(false), &json!(false)), "{held:#}");
    let difference = &held["replay"]["differences"][0];
    assert_eq!((&difference["kind"], &difference["place"]), (&json!("words"), &json!("order/place")), "{held:#}");
    let why = operator.refused(409, Method::POST, "/api/agents/shop/promote", "").await;
    assert!(why.contains("its replay"), "{why}");
    assert!(orders(&mut alice).await.contains("Thank you"), "the version before serves");
    let shown = stage.run(&["agents", "history", "shop"]);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("differs in words") && shown.contains("passes; 4 of 4"), "{shown}");
    // Neither replay is in a figure: only the second order is new.
    assert_eq!(stage.count("select count(*) from unified_agent_events").await, events + 4);

    // A person accepts the words, and it serves; that is in the audit.
    let short = &sha256("text")[..12];
    let wrong = stage.run(&["agents", "accept", "shop", short, "wordings"]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("there are words, choices, flow"));
    let accepted = stage.run(&["agents", "accept", "shop", short, "words", "--as", "ann"]);
    assert!(accepted.status.success(), "{}", String::from_utf8_lossy(&accepted.stderr));
    until("what was accepted serves", async || version(&operator, "text").await["serves"] == true).await;
    assert!(orders(&mut alice).await.contains("Thanks a lot"));
    let audit = operator.get("/api/audit?act=replay.accept").await.1;
    assert_eq!((&audit["acts"][0]["who"], &audit["acts"][0]["subject"]), (&json!("ann"), &json!("shop")), "{audit:#}");
}

#[tokio::test]
async fn a_gate_holds_what_differs_on_sqlite() {
    a_gate_holds_what_differs(None).await;
}

#[tokio::test]
async fn a_gate_holds_what_differs_on_postgres() {
    a_gate_holds_what_differs(Some(cluster::shared().database().await)).await;
}
