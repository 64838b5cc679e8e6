//! Files as agents and listings have them, with real hosts.

use serde_json::{Value, json};

use super::{ALICE, BOB, KEPT, PHOTO};
use switchboard_kit::{
    agents::{ALL, rogue},
    cluster,
    stage::{Stage, until},
};

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

pub(super) async fn listed(stage: &Stage) {
    let mut alice = stage.talk(ALICE);
    alice.say("I want to sell a bicycle for 60k in Remera").await;
    alice.sends(json!({ "image": { "id": "photo-1" } })).await;
    alice.say("post it").await;
}

async fn a_photo_outlives_meta_and_goes_with_its_person(mut stage: Stage) {
    stage.start().await;
    stage.put_file("photo-1", "image/jpeg", PHOTO).await;
    // Meta fails at receipt: the next fetch keeps it.
    stage.faults(json!({ "files": [{ "status": 503 }] })).await;
    listed(&stage).await;
    until("the photo is kept", async || stage.count(KEPT).await == 1).await;
    assert_eq!(stage.count("select attempts from file").await, 2);
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
        let names = std::fs::read_dir(stage.files()).expect("a folder").flatten();
        names.filter(|entry| entry.file_name() != ".folder").count() == 0
    })
    .await;
    assert_eq!(stage.count("select count(*) from file").await, 0);
}

#[tokio::test]
async fn a_photo_outlives_meta_and_goes_with_its_person_on_sqlite() {
    a_photo_outlives_meta_and_goes_with_its_person(Stage::new(&["support", "marketplace"])).await;
}

#[tokio::test]
async fn a_photo_outlives_meta_and_goes_with_its_person_on_postgres() {
    let mut stage = Stage::new(&["support", "marketplace"]);
    stage.set("DATABASE_URL", &cluster::shared().database().await);
    a_photo_outlives_meta_and_goes_with_its_person(stage).await;
}

/// What a person sends as insurance papers; what they read then.
pub(super) async fn papers(stage: &Stage, phone: &str, document: Value) -> String {
    let mut talk = stage.talk(phone);
    talk.say("insurance").await;
    talk.say("cancel").await;
    let asked = talk.sends(json!({ "document": document.clone() })).await;
    assert!(asked.contains("Which paper is it?"), "{asked}");
    let taken = talk.say("1").await;
    if taken.contains("Received and kept") {
        return taken;
    }
    talk.sends(json!({ "document": document })).await
}

/// The component `caller` reads and sends a file of the turn's person; of somebody else it gets and sends nothing.
async fn an_agent_has_no_file_of_another_person(mut stage: Stage) {
    stage.add("caller", &rogue("caller"), &ALL, "");
    // A model that nobody reaches: what may not be asked of it is refused before.
    stage.set("GEMINI_API_KEY", "a-key-of-the-test");
    stage.set("GEMINI_API_URL", "http://127.0.0.1:9");
    stage.start().await;
    stage.put_file("photo-1", "image/jpeg", PHOTO).await;
    let mut alice = stage.talk(ALICE);
    alice.say("caller").await;
    alice.sends(json!({ "image": { "id": "photo-1" } })).await;
    until("the photo is kept", async || stage.count(KEPT).await == 1).await;
    let handle = stage.text("select kind || ':' || file_id from file").await.expect("a handle");
    let form = |asked: Value| {
        json!({ "message": { "type": "interactive", "interactive": { "type": "nfm_reply",
            "nfm_reply": { "name": "flow", "body": "Sent", "response_json": asked.to_string() } } } })
    };
    let asks = form(json!({ "calls": [["media.state", [handle]], ["media.describe", [handle, "What is it?"]]] }));
    let reply = json!({ "Media": { "handle": handle, "caption": null } });
    let shows =
        form(json!({ "outcome": { "replies": [reply], "next": "Idle", "handoff": null, "tags": [], "extras": [] } }));

    let hers = alice.sends(asks.clone()).await;
    assert!(hers.contains("ok ") && hers.contains("unavailable") && !hers.contains("not-found"), "{hers}");
    assert!(alice.sends(shows.clone()).await.contains("\"type\":\"image\""));

    let mut bob = stage.talk(BOB);
    bob.say("caller").await;
    let his = bob.sends(asks).await;
    assert_eq!(his.matches("not-found").count(), 2, "{his}");
    let his = bob.sends(shows).await;
    assert!(his.contains("something went wrong") && !his.contains("image"), "{his}");
}

#[tokio::test]
async fn an_agent_has_no_file_of_another_person_on_sqlite() {
    an_agent_has_no_file_of_another_person(Stage::new(&["support"])).await;
}

#[tokio::test]
async fn an_agent_has_no_file_of_another_person_on_postgres() {
    let mut stage = Stage::new(&["support"]);
    stage.set("DATABASE_URL", &cluster::shared().database().await);
    an_agent_has_no_file_of_another_person(stage).await;
}

/// A document that is sent on has its name, and its upload an ending of its type: seen where Meta judges by it.
#[tokio::test]
async fn a_document_keeps_its_name_when_it_is_sent_on() {
    let mut stage = Stage::new(&["support"]);
    stage.add("caller", &rogue("caller"), &ALL, "");
    stage.start().await;
    stage.put_file("cv", "application/pdf", b"%PDF-1.7 a CV").await;
    let mut alice = stage.talk(ALICE);
    alice.say("caller").await;
    let name = format!("../../{}\u{202e}.exe", "CV ".repeat(300));
    alice.sends(json!({ "document": { "id": "cv", "mime_type": "application/pdf", "filename": name } })).await;
    until("the document is kept", async || stage.count(KEPT).await == 1).await;
    let handle = stage.text("select kind || ':' || file_id from file").await.expect("a handle");
    let reply = json!({ "Media": { "handle": handle, "caption": "Here" } });
    let asked = json!({ "outcome": { "replies": [reply], "next": "Idle", "handoff": null, "tags": [], "extras": [] } });
    let shows = json!({ "message": { "type": "interactive", "interactive": { "type": "nfm_reply",
        "nfm_reply": { "name": "flow", "body": "Sent", "response_json": asked.to_string() } } } });
    let sent: Value = serde_json::from_str(&alice.sends(shows).await).expect("JSON");
    let document = &sent["body"]["document"];
    let name = document["filename"].as_str().expect("a name");
    assert!(name.starts_with("CV CV") && name.ends_with(".exe.pdf") && name.chars().count() < 110, "{name}");
    assert_eq!(document["caption"], "Here");
    assert_eq!(stage.file(document["id"].as_str().expect("an id")).await, b"%PDF-1.7 a CV");
}
