//! What people say beside an open question is heard, and the question survives: with agents of the SDK, and with a component of 1.0.

use serde_json::json;
use switchboard_kit::stage::Stage;

const ALICE: &str = "250788000001";
const BOB: &str = "250788000002";

/// A stage on which the component of the contract 1.0.0 serves, too.
fn stage(agents: &[&str]) -> Stage {
    let stage = Stage::new(agents);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/contract_1_0/agent.wasm");
    let wasm = std::fs::read(file).expect("the component");
    let all = [
        "log",
        "clock",
        "roster",
        "records",
        "preferences",
        "listings",
        "applications",
        "matches",
        "outreach",
        "places",
        "search",
        "schedule",
        "tickets",
        "privacy",
        "media",
        "model",
    ];
    stage.add("contract_1_0", &wasm, &all, "");
    stage
}

#[tokio::test]
async fn an_open_question_of_a_component_of_1_0_survives_what_is_said_beside_it() {
    let mut stage = stage(&["support", "jobs"]);
    stage.start().await;
    let mut alice = stage.talk(ALICE);
    assert!(alice.say("contract flow").await.contains("One?"));
    let rows = [
        ("help there is a fire in my kitchen!!", "112"),
        ("talk to a human", "T-"),
        ("thank you", "One?"),
        ("what does that mean?", "One?"),
        ("kinyarwanda please", "Kinyarwanda"),
    ];
    for (said, answered) in rows {
        let answer = alice.say(said).await;
        assert!(answer.contains(answered), "{said}: {answer}");
        assert_eq!(stage.text("select flow_step from unified_sessions").await.as_deref(), Some("one"), "{said}");
    }
    // The urgent ticket is the wish for a human, too.
    assert_eq!(stage.count("select count(*) from ticket").await, 1);
    assert_eq!(stage.count("select count(*) from ticket where priority = 'urgent'").await, 1);
    // Another wish is answered, and the flow is offered again.
    let jobs = alice.say("nshaka akazi k'ubushoferi i Kigali").await;
    assert_eq!(stage.text("select current_agent from unified_sessions").await.as_deref(), Some("jobs"), "{jobs}");
    let again = alice.sends(json!({ "tap": { "id": "host/again", "title": "Komeza" } })).await;
    assert!(again.contains("One?"), "{again}");
    assert!(alice.say("onwards").await.contains("walk/one knows"));
}

#[tokio::test]
async fn a_form_of_the_sdk_survives_too_and_can_be_left() {
    let mut stage = stage(&["support", "marketplace"]);
    stage.start().await;
    let mut alice = stage.talk(ALICE);
    alice.say("I want to sell a bicycle for 60k in Remera").await;
    let step = stage.text("select flow_step from unified_sessions").await;
    assert!(step.is_some());
    for said in ["au secours il y a le feu dans ma cuisine", "merci beaucoup", "je veux parler à une personne"] {
        alice.say(said).await;
        assert_eq!(stage.text("select flow_step from unified_sessions").await, step, "{said}");
    }
    // Twice the same refusal never comes: the third text differs from the second.
    let refusals = [alice.say("zzz qqq").await, alice.say("zzz qqq").await, alice.say("zzz qqq").await];
    assert_ne!(refusals[0], refusals[1]);
    assert_ne!(refusals[1], refusals[2]);
    let left = alice.sends(json!({ "tap": { "id": "host/leave", "title": "Leave it" } })).await;
    // Three sentences in French: so is the answer.
    assert!(left.contains("Rien n'a été gardé"), "{left}");
    assert_eq!(stage.text("select flow_step from unified_sessions").await, None);
}

#[tokio::test]
async fn opting_out_asks_back_unless_it_is_unmistakable_and_coming_back_works() {
    let mut stage = stage(&["support"]);
    stage.start().await;
    let out = "select count(*) from person where opted_out_at is not null";
    let mut alice = stage.talk(ALICE);
    let asked = alice.say("hagarika").await;
    assert!(asked.contains("host/stop") && asked.contains("host/keep"), "{asked}");
    assert_eq!(stage.count(out).await, 0);
    alice.say("no").await;
    assert_eq!(stage.count(out).await, 0);
    alice.say("hagarika").await;
    alice.say("yego").await;
    assert_eq!(stage.count(out).await, 1);
    assert!(alice.say("contract flow").await.contains("One?"));
    alice.say("start").await;
    assert_eq!(stage.count(out).await, 0);
    assert_eq!(stage.text("select flow_step from unified_sessions").await.as_deref(), Some("one"));
    // A button of somebody else's that says stop stops, and ends no flow unasked otherwise.
    alice.sends(json!({ "tap": { "id": "https://old.example/9", "title": "Tell me more" } })).await;
    alice.sends(json!({ "tap": { "id": "campaign/9", "title": "Stop promotions" } })).await;
    assert_eq!(stage.count(out).await, 1);
}

#[tokio::test]
async fn a_typed_yes_gives_the_number_that_was_asked_for_also_after_other_talk() {
    let mut stage = stage(&["support", "marketplace"]);
    stage.start().await;
    let mut alice = stage.talk(ALICE);
    // The fixture lists a thing; Bob asks for its owner's number.
    alice.say("contract list").await;
    let mut bob = stage.talk(BOB);
    bob.say("contract search").await;
    bob.say("contract propose").await;
    let asked = alice.hears().await;
    assert!(asked.contains("proposed"), "{asked}");
    alice.say("thank you").await;
    assert_eq!(
        stage
            .count("select count(*) from unified_sessions where open_things ->> '$.pending[0].agent' = 'contract_1_0'")
            .await,
        1
    );
    let answered = alice.say("yes").await;
    assert!(answered.contains("again"), "{answered}");
}
