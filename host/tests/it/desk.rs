//! What the business's own people do: tickets answered, persons taken over, reported listings looked at, all by commands beside a
//! running host; and stories of two sides with a restart between them.

use std::sync::{Arc, Mutex};

use axum::{Json, Router, extract::State, routing::post};
use serde_json::Value;

use switchboard_kit::stage::{Stage, until};

const ALICE: &str = "250788000001";
const BOB: &str = "250788000002";

/// What a command prints, if it ends well.
fn prints(stage: &Stage, arguments: &[&str]) -> String {
    let output = stage.run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[tokio::test]
async fn a_ticket_is_told_answered_and_closed() {
    let told: Arc<Mutex<Vec<Value>>> = Arc::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/tickets", listener.local_addr().expect("an address"));
    let take = async |State(told): State<Arc<Mutex<Vec<Value>>>>, Json(ticket): Json<Value>| {
        told.lock().expect("the list").push(ticket);
    };
    let router = Router::new().route("/tickets", post(take)).with_state(told.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });

    let mut stage = Stage::new(&["support"]);
    stage.set("TICKETS_WEBHOOK_URL", &url);
    stage.start().await;
    let mut alice = stage.talk(ALICE);
    let opened = alice.say("I want to talk to a human").await;
    let number = opened.split('*').nth(1).expect("a number").to_owned();
    until("the desk is told", async || !told.lock().expect("the list").is_empty()).await;
    let ticket = told.lock().expect("the list")[0].clone();
    assert_eq!(
        (ticket["number"].as_str(), ticket["subject"].as_str()),
        (Some(number.as_str()), Some("Wants to talk to a person"))
    );
    assert_eq!(ticket["type"], "ticket.opened");
    // What she writes next belongs to it.
    let joined = alice.say("My order never came, and nobody says why").await;
    assert!(joined.contains(&number), "{joined}");
    assert!(!ticket.to_string().contains(ALICE), "nobody's number");

    assert!(prints(&stage, &["tickets", "show", &number]).contains("My order never came"));
    prints(&stage, &["tickets", "answer", &number, "It comes today."]);
    assert!(alice.hears().await.contains("It comes today."));
    prints(&stage, &["tickets", "close", &number]);
    assert!(alice.hears().await.contains("Did we help you?"));
    assert!(!prints(&stage, &["tickets", "list"]).contains(&number));
    let refused = stage.run(&["tickets", "answer", &number, "Again."]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("there is no ticket"));
    assert!(alice.say("my tickets").await.contains("closed"));
}

#[tokio::test]
async fn a_person_who_is_taken_over_hears_people_only() {
    let mut stage = Stage::new(&["support"]);
    stage.start().await;
    let mut alice = stage.talk(ALICE);
    alice.say("hello").await;
    assert!(prints(&stage, &["takeover", "+250788000001"]).contains("> hello"));
    assert!(alice.hears().await.contains("A person of our team is here"));
    stage.say(ALICE, switchboard_kit::talk::text("is anybody there?")).await;
    until("it is kept", async || stage.count("select count(*) from message where state = 'queued'").await == 0).await;
    prints(&stage, &["takeover", "+250788000001", "say", "Yes, I am Grace."]);
    assert!(alice.hears().await.contains("Yes, I am Grace."));
    assert!(prints(&stage, &["takeover"]).contains("by"));
    prints(&stage, &["takeover", "+250788000001", "end"]);
    assert!(alice.hears().await.contains("Our team has left this chat"));
    assert!(alice.say("hello").await.contains("What would you like to do?"));
    // One answer at first, that Grace is there, one by her, that she left, one at the end: agents said nothing meanwhile.
    assert_eq!(stage.count("select count(*) from outbox").await, 5);
    // Words without a person go to nobody, and the command says so.
    assert!(!stage.run(&["takeover", "say", "hello"]).status.success());
}

#[tokio::test]
async fn a_reported_listing_is_hidden_until_somebody_looked() {
    let mut stage = Stage::new(&["support", "marketplace"]);
    stage.start().await;
    sell(&mut stage, "bicycle").await;
    let mut bob = stage.talk(BOB);
    assert!(bob.say("I want to buy a bicycle").await.contains("Bicycle"));
    bob.say("1").await;
    bob.say("Report").await;
    bob.say("Fraud").await;
    assert!(bob.say("I want to buy a bicycle").await.contains("I found nothing"));
    let list = prints(&stage, &["reports", "list"]);
    let id = list.split_whitespace().next().expect("an id").to_owned();
    assert!(list.contains("Bicycle: fraud"), "{list}");
    prints(&stage, &["reports", "keep", &id]);
    assert!(bob.say("I want to buy a bicycle").await.contains("Bicycle"));
}

/// Alice lists a thing for sale.
async fn sell(stage: &mut Stage, what: &str) {
    let mut alice = stage.talk(ALICE);
    let sentence = format!("I want to sell a {what} for 50k in Remera");
    alice.say(&sentence).await;
    assert!(alice.say("post it").await.contains("online"));
}

#[tokio::test]
async fn two_sides_meet_across_a_restart_and_each_reads_the_other_s_card() {
    let mut stage = Stage::new(&["support", "marketplace"]);
    stage.start().await;
    sell(&mut stage, "bicycle").await;
    assert!(stage.terminate());
    stage.start().await;
    let mut bob = stage.talk(BOB);
    assert!(bob.say("I am looking for a bicycle").await.contains("Bicycle"));
    bob.say("1").await;
    assert!(bob.say("Contact seller").await.contains("I've asked the seller"));
    let mut alice = stage.talk_on(ALICE).await;
    alice.say("share").await;
    assert!(bob.hears().await.contains("the seller agreed"));
    assert!(bob.hears().await.contains(ALICE), "the card");
    assert_eq!(stage.text("select status from unified_matches").await.as_deref(), Some("accepted"));
}

#[tokio::test]
async fn whoever_asks_to_be_forgotten_is() {
    let mut stage = Stage::new(&["support", "marketplace"]);
    stage.start().await;
    sell(&mut stage, "bicycle").await;
    let mut alice = stage.talk_on(ALICE).await;
    alice.say("menu").await;
    alice.say("forget me").await;
    assert!(alice.say("yes").await.contains("I have forgotten you"));
    for (table, sql) in [
        ("listings", "select count(*) from unified_listings"),
        ("words", "select count(*) from listing_word"),
        (
            "history",
            "select count(*) from unified_sessions where conversation_history <> '[]' or user_phone is not null",
        ),
        (
            "events",
            "select count(*) from unified_agent_events where response_text is not null or user_phone is not null",
        ),
        ("journals", "select count(*) from journal"),
        ("bodies", "select count(*) from delivery join message using (delivery_id) where length(body) > 0"),
        ("names", "select count(*) from person where name is not null"),
    ] {
        until(table, async || stage.count(sql).await == 0).await;
    }
}

#[tokio::test]
async fn forget_me_is_heard_inside_an_open_flow_and_the_yes_after_it_publishes_nothing() {
    let mut stage = Stage::new(&["support", "marketplace"]);
    stage.start().await;
    let mut alice = stage.talk(ALICE);
    alice.say("I want to sell a bicycle for 50k in Remera").await;
    assert!(alice.say("forget me").await.contains("This cannot be undone"));
    assert!(alice.say("yes").await.contains("I have forgotten you"));
    assert_eq!(stage.count("select count(*) from unified_listings").await, 0);
}

#[tokio::test]
async fn who_is_outside_is_explained_held_and_released() {
    let mut stage = Stage::new(&["support"]);
    stage.start().await;
    prints(&stage, &["flags", "set", "unifiedServiceRolloutPercent", "0", "--yes"]);
    let explained = prints(&stage, &["flags", "explain", ALICE]);
    assert!(explained.contains("they have not written yet") && explained.contains("out: 0 %"), "{explained}");
    assert!(prints(&stage, &["rollout", "release"]).contains("No message is held"));
    until("she is held", async || {
        assert_eq!(stage.say(ALICE, serde_json::json!({ "text": "hello" })).await, 200);
        stage.count("select count(*) from message where state = 'held'").await > 0
    })
    .await;
    prints(&stage, &["flags", "set", "unifiedServiceRolloutPercent", "100", "--yes"]);
    let explained = prints(&stage, &["flags", "explain", &format!("+{ALICE}")]);
    assert!(explained.contains("as stored") && explained.contains("in: 100 %"), "{explained}");
    until("what was held is answered", async || {
        stage.run(&["rollout", "release"]);
        stage.count("select count(*) from message where state <> 'answered'").await == 0
    })
    .await;
    assert!(stage.heard(ALICE, 0, 1).await[0].body.to_string().contains("What would you like to do?"));
}

#[tokio::test]
async fn a_claim_is_answered_by_the_desk_across_a_restart() {
    let mut stage = Stage::new(&["support", "insurance"]);
    stage.start().await;
    let mut alice = stage.talk(ALICE);
    for words in [
        "I had an accident, I want to make a claim for my car insurance",
        "RAB 123 C",
        "A truck hit my car at the roundabout.",
        "This morning, Kimihurura",
        "skip",
    ] {
        alice.say(words).await;
    }
    let claimed = alice.say("confirm").await;
    let number = claimed.split('*').find(|word| word.starts_with("T-")).expect("a ticket").to_owned();
    assert!(stage.terminate());
    stage.start().await;
    assert!(prints(&stage, &["tickets", "list"]).contains(&number));
    let mut alice = stage.talk_on(ALICE).await;
    prints(&stage, &["tickets", "answer", &number, "Bring the police report on Monday."]);
    assert!(alice.hears().await.contains("Bring the police report on Monday."));
    prints(&stage, &["tickets", "close", &number]);
    assert_eq!(stage.count("select count(*) from record where agent = 'insurance'").await, 1);
    assert_eq!(stage.text("select status from ticket").await.as_deref(), Some("closed"));
}
