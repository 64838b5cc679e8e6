//! The business writes to a person from its own app: agents are silent from then on, on both databases. And marketing preferences.

use bytes::Bytes;
use serde_json::{Value, json};
use switchboard_core::{
    act::Actor,
    inbox::{Delivery, Item, Kind},
};
use switchboard_edge::webhook::payload::parse;
use switchboard_kit::{cluster, shell::Shell};
use switchboard_store::{Claim, Reply, Role, SettleError, Settlement, Store, StoreOptions};

const NOW: i64 = 1_780_000_000_000;
const MINUTE: i64 = 60_000;
const ALICE: &str = "250788000001";

fn delivery(field: &str, value: Value, at: i64) -> Delivery {
    let mut value = value;
    value["metadata"] = json!({"phone_number_id": "1", "display_phone_number": "15550001111"});
    let body = json!({"entry": [{"id": "0", "changes": [{"field": field, "value": value}]}]});
    parse(Bytes::from(body.to_string()), at, None)
}

fn echo(wamid: &str, words: &str, at: i64) -> Delivery {
    let message = json!({"from": "15550001111", "to": ALICE, "id": wamid, "timestamp": (at / 1000).to_string(),
        "type": "text", "text": {"body": words}});
    delivery("smb_message_echoes", json!({"message_echoes": [message]}), at)
}

fn said(wamid: &str, at: i64) -> Delivery {
    let message = json!({"from": ALICE, "id": wamid, "timestamp": (at / 1000).to_string(), "type": "text", "text": {"body": "hi"}});
    delivery("messages", json!({"messages": [message]}), at)
}

async fn one(store: &Store, delivery: Delivery) -> Claim {
    store.ingest(delivery).await.expect("it is stored").claimed.pop().expect("a claim")
}

fn answer(claim: &Claim, now: i64) -> Settlement {
    let reply = Reply { agent: "jobs".into(), body: "{}".into(), url: None, kind: Default::default() };
    Settlement { replies: vec![reply], ..Settlement::of(claim, now) }
}

async fn echoes(url: &str) {
    let store =
        Store::open(url, StoreOptions { role: Role::Serve, ..StoreOptions::default() }).await.expect("it opens");

    // An answer that is not sent yet is not sent any more.
    let claim = one(&store, said("w1", NOW)).await;
    assert!(!claim.person.taken_over);
    let row = store.settle(answer(&claim, NOW)).await.expect("settled").queued.remove(0);
    let echoed = one(&store, echo("e1", "I am the owner", NOW + 100)).await;
    assert_eq!((echoed.message.kind, echoed.person.taken_over), (Kind::Echo, true));
    assert!(!echoed.message.is_of_the_person());
    assert_eq!(store.claim_sends(vec![claim.lane.id], NOW + 200).await.expect("a lease"), [claim.lane.id]);
    let begun = store.outbox_begin(vec![(row.id, row.version, false)], NOW + 200).await.expect("begun");
    assert_eq!((begun.sending, begun.barred), (vec![], vec![row.id]));
    store.settle(Settlement::of(&echoed, NOW + 200)).await.expect("settled");

    // It ends a time after the last echo.
    let claim = one(&store, said("w2", NOW + 59 * MINUTE)).await;
    assert!(claim.person.taken_over);
    store.settle(Settlement::of(&claim, NOW + 59 * MINUTE)).await.expect("settled");
    let claim = one(&store, said("w3", NOW + 61 * MINUTE)).await;
    assert!(!claim.person.taken_over);

    // A turn that runs when the business writes comes to nothing.
    let at = NOW + 61 * MINUTE + 500;
    let again = one(&store, echo("e2", "me again", at)).await;
    let lost = store.settle(answer(&claim, at + 100)).await;
    assert!(matches!(lost, Err(SettleError::LostLease)), "{lost:?}");
    assert_eq!((again.message.id, again.person.taken_over), (claim.message.id, true));
    let next =
        store.settle(Settlement::of(&again, at + 300)).await.expect("settled").next.expect("the echo, in its place");
    assert_eq!(next.message.kind, Kind::Echo);
    store.settle(Settlement::of(&next, at + 300)).await.expect("settled");

    let grace = Actor::at_terminal("Grace");
    // Given back by hand, and taken over by hand until that ends by hand.
    // The takeover is of a time that is over by the store's own clock: it ends as `release` ends one of now.
    let mut shell = Shell::open(url).await;
    shell.run("update person set taken_over_by = null, taken_over_at = null, taken_over_until = null").await;
    assert!(!one(&store, said("w4", at + 400)).await.person.taken_over);
    assert!(store.take_over(next.person.id, false, &grace).await.expect("taken"));
    store.ingest(echo("e3", "hello", at + 500)).await.expect("stored");
    let by_hand = "select count(*) from person where taken_over_by = 'Grace' and taken_over_until is null";
    assert_eq!(shell.value::<i64>(by_hand).await, 1);
    store.hand_back(next.person.id, &grace).await.expect("given back");

    // What this host sent itself, and what was written long ago, takes nobody over.
    shell.run("update outbox set wamid = 'ours', state = 'sent'").await;
    let later = at + 10 * MINUTE;
    store.ingest(echo("ours", "an answer", later)).await.expect("stored");
    let old = Delivery { received_at: later, ..echo("e4", "long ago", later - 61 * MINUTE) };
    store.ingest(old).await.expect("stored");
    assert_eq!(shell.value::<i64>("select count(*) from person where taken_over_by is not null").await, 0);
}

async fn marketing(url: &str) {
    let store =
        Store::open(url, StoreOptions { role: Role::Serve, ..StoreOptions::default() }).await.expect("it opens");
    let chooses = |value: &str, at: i64| {
        let preference = json!({"wa_id": ALICE, "category": "marketing_messages", "value": value,
            "timestamp": (at / 1000).to_string()});
        delivery("user_preferences", json!({"user_preferences": [preference]}), at)
    };
    let steps = [("stop", 0, true), ("resume", 2, false), ("stop", 1, false), ("stop", 3, true)];
    for (n, (value, minute, unwanted)) in steps.into_iter().enumerate() {
        let ingested = store.ingest(chooses(value, NOW + minute * MINUTE)).await.expect("stored");
        assert!(ingested.claimed.is_empty(), "it is never answered");
        let claim = one(&store, said(&format!("w{n}"), NOW + 4 * MINUTE + n as i64)).await;
        assert_eq!(claim.person.no_marketing, unwanted, "{n}: {value} of minute {minute}");
        store.settle(Settlement::of(&claim, NOW + 4 * MINUTE)).await.expect("settled");
    }
}

#[tokio::test]
async fn an_echo_silences_the_agents() {
    let folder = tempfile::tempdir().expect("a folder");
    echoes(&format!("sqlite://{}", folder.path().join("a.db").display())).await;
    echoes(&cluster::shared().database().await).await;
}

#[tokio::test]
async fn the_newest_choice_about_marketing_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    marketing(&format!("sqlite://{}", folder.path().join("a.db").display())).await;
    marketing(&cluster::shared().database().await).await;
}

#[test]
fn echoes_are_read_wherever_they_stand() {
    let inner = json!({"from": "15550001111", "to": ALICE, "id": "s1", "timestamp": "1780000000", "type": "text", "text": {"body": "another app"}});
    let nested = json!({"standby": {"message_echoes": [{"message": inner}], "contacts": []}});
    let read = delivery("standby", nested, NOW);
    assert_eq!(read.unreadable, None);
    let [Item::Message(message)] = read.items.as_slice() else { panic!("{read:?}") };
    assert_eq!(
        (message.kind, message.wamid.as_str(), message.content.words()),
        (Kind::Standby, "s1", Some("another app"))
    );
    assert_eq!(message.sender.phone.as_ref().map(|phone| phone.digits()), Some(ALICE));

    let body = json!({"entry": [{"changes": [{"field": "smb_message_echoes", "value": {"message_echoes": [
        {"from": "15550001111", "to": ALICE, "id": "e1", "type": "text", "text": {"body": "hi"}}]}}]}]});
    let read = parse(Bytes::from(body.to_string()), NOW, None);
    let [Item::Message(message)] = read.items.as_slice() else { panic!("{read:?}") };
    assert_eq!(message.kind, Kind::Echo, "it names no business number, and keeps its own space");
}
