//! Photos that people send: kept, sent on under an id that Meta knows, and gone with the person.

use serde_json::json;

use switchboard_kit::stage::{Stage, until};

const ALICE: &str = "250788000001";
const BOB: &str = "250788000002";
const PHOTO: &[u8] = b"a photo of a bicycle";

/// Bob looks at the bicycle's photos; the id under which the first came. He has heard so many messages before.
async fn sees(stage: &Stage, mut before: usize) -> String {
    for words in ["I want to buy a bicycle", "1"] {
        assert_eq!(stage.say(BOB, json!({ "text": words })).await, 200);
        stage.heard(BOB, before, 1).await;
        before += 1;
    }
    assert_eq!(stage.say(BOB, json!({ "text": "2" })).await, 200);
    let heard = stage.heard(BOB, before, 2).await;
    heard[0].body["body"]["image"]["id"].as_str().expect("a photo").to_owned()
}

async fn listed(stage: &Stage) {
    let mut alice = stage.talk(ALICE);
    for words in ["I want to sell a bicycle for 60k in Remera", "sports", "used", "skip"] {
        alice.say(words).await;
    }
    alice.sends(json!({ "image": { "id": "photo-1" } })).await;
    for words in ["done", "2", "confirm"] {
        alice.say(words).await;
    }
}

#[tokio::test]
async fn a_photo_is_sent_on_after_meta_has_forgotten_it_and_is_deleted_with_its_person() {
    let mut stage = Stage::new(&["support", "marketplace"]);
    stage.start().await;
    stage.put_file("photo-1", "image/jpeg", PHOTO).await;
    listed(&stage).await;
    let kept = stage.files().join("photo-1");
    until("the photo is kept", async || kept.exists()).await;
    stage.lose_file("photo-1").await;

    let first = sees(&stage, 0).await;
    assert_ne!(first, "photo-1");
    assert_eq!(stage.file(&first).await, PHOTO);
    assert_eq!(sees(&stage, 4).await, first, "uploaded once");

    let heard = stage.heard(ALICE, 0, 1).await.len();
    assert_eq!(stage.say(ALICE, json!({ "text": "forget me" })).await, 200);
    stage.heard(ALICE, heard, 1).await;
    assert_eq!(stage.say(ALICE, json!({ "text": "yes" })).await, 200);
    until("the photo is deleted", async || {
        let names: Vec<_> = std::fs::read_dir(stage.files()).map(|names| names.flatten().collect()).unwrap_or_default();
        names.is_empty()
    })
    .await;
}

#[tokio::test]
async fn a_photo_that_nobody_kept_is_said_to_be_missing_and_holds_nobody_up() {
    let mut stage = Stage::new(&["support", "marketplace"]);
    stage.start().await;
    listed(&stage).await;
    let mut bob = stage.talk(BOB);
    bob.say("I want to buy a bicycle").await;
    assert!(bob.say("1").await.contains("Remera"));
    assert!(!bob.say("2").await.contains("photo-1"));
    until("the photo is refused", async || stage.log().await["refused"] == json!({ "100": 1 })).await;
    assert!(bob.say("menu").await.contains("What would you like to do?"));
}

#[tokio::test]
async fn a_photo_that_meta_refuses_for_good_holds_nobody_up() {
    let mut stage = Stage::new(&["support", "marketplace"]);
    stage.start().await;
    stage.put_file("photo-1", "image/jpeg", PHOTO).await;
    listed(&stage).await;
    let mut bob = stage.talk(BOB);
    bob.say("I want to buy a bicycle").await;
    bob.say("1").await;
    let refused = json!({ "uploads": true, "count": null, "status": 400, "code": 131_053, "details": "Unsupported" });
    stage.faults(json!({ "fail": [refused] })).await;
    bob.say("2").await;
    assert!(bob.say("menu").await.contains("What would you like to do?"));
    let error = stage.text("select error from outbox where state = 'dead'").await.expect("a dead row");
    assert!(error.contains("131053") && error.ends_with("Unsupported"), "{error}");
    assert_eq!(stage.log().await["refused"], json!({ "131053": 1 }), "tried once");
}
