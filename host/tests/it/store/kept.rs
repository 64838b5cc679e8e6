//! What is held about a person, what is set, and how long rows are kept.

use super::on_both;
use super::{ALICE, BOB, BUSINESS, Database, NOW, answered, says, send, status, taken};
use switchboard_core::{
    act::Actor,
    contract::types::Content,
    inbox::{Inbound, Item},
};
use switchboard_store::Settlement;

on_both! {
    what_is_held_about_a_person_is_given_out_or_ended,
    what_is_set_is_read,
    what_is_old_goes,
}

async fn what_is_held_about_a_person_is_given_out_or_ended(db: Database) {
    let claim = db.claim(says(ALICE, "w1"), NOW).await;
    db.answer(&claim).await;
    let other = db.claim(says(BOB, "w2"), NOW).await;
    db.answer(&other).await;
    let person = claim.person.id;
    let all = db.store.export(person).await.expect("exported");
    let rows = |table: &str| all[table].as_array().map_or(0, Vec::len);
    for table in ["person", "identity", "message", "outbox", "unified_sessions", "unified_agent_events"] {
        assert_eq!(rows(table), 1, "{table}");
    }
    assert_eq!(all["person"][0]["phone"], ALICE);
    assert!(!serde_json::Value::Object(all.clone()).to_string().contains(BOB));

    db.store.forget(person, &Actor::host(), NOW + 9).await.expect("forgotten");
    let all = db.store.export(person).await.expect("exported");
    assert_eq!((&all["person"][0]["phone"], &all["person"][0]["name"]), (&ALICE.into(), &serde_json::Value::Null));
    assert_eq!(all["message"][0]["content"], r#"{"Unsupported":"forgotten"}"#);
    assert_eq!(all["unified_agent_events"][0]["user_phone"], serde_json::Value::Null);
    assert_eq!(db.count("select count(*) from journal").await, 1, "the other's");
    assert_eq!(db.count("select count(*) from delivery where length(body) = 0").await, 1);
}

async fn what_is_set_is_read(db: Database) {
    let before = db.store.data_version().await.expect("asked");
    db.store
        .set_config("unified_service_flags", r#"{"agentFlags": {"a": true}}"#, &Actor::at_terminal("ann"))
        .await
        .expect("set");
    assert_ne!(db.store.data_version().await.expect("asked"), before, "a change is seen");
    let read = db.store.config("unified_service_flags").await.expect("read").expect("a row");
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&read).expect("JSON"),
        serde_json::json!({"agentFlags": {"a": true}})
    );
    assert_eq!(db.text("select updated_by from app_config").await, "command:ann");
    assert!(db.store.config("nothing").await.expect("read").is_none());

    let claim = db.claim(says(ALICE, "w1"), NOW).await;
    let person = claim.person.id;
    assert_eq!(db.store.person_of(ALICE).await.expect("found"), Some(person));
    assert_eq!(db.store.person_of(&person.to_string()).await.expect("found"), Some(person));
    assert_eq!(db.store.person_of("nobody").await.expect("asked"), None);
    assert_eq!(db.store.known_by(person).await.expect("asked").0, Some(claim.person.bucket));
    assert!(db.store.take_over(person, false, &Actor::at_terminal("Grace")).await.expect("taken"));
    assert_eq!(db.store.taken_over().await.expect("read"), [(person, Some("Somebody".into()), "Grace".into())]);
    assert!(db.store.hand_back(person, &Actor::at_terminal("Grace")).await.expect("given back"));
    db.store.say(person, BUSINESS, "Hello, I am Grace.", NOW).await.expect("said");
    db.answer(&claim).await;
    let word = db.store.bring_due(NOW).await.expect("brought");
    assert!(matches!(&word[0].message.content, Content::Notice(notice) if notice.data.contains("Grace")), "{word:?}");
    assert!(db.store.agent_configs().await.expect("read").is_empty());
}

async fn what_is_old_goes(db: Database) {
    const DAY: i64 = 86_400_000;
    for n in 0..3 {
        let Item::Message(said) = says(ALICE, &format!("w{n}")) else { unreachable!("a message") };
        let claim = db.claim(Item::Message(Inbound { sent_at: NOW + n * DAY, ..said }), NOW + n * DAY).await;
        let queued =
            db.store.settle(Settlement { now: NOW + n * DAY, ..answered(&claim) }).await.expect("settles").queued;
        send(&db.store, &queued[0], taken(&format!("out{n}")), NOW + n * DAY).await;
        db.receive(vec![status(&format!("out{n}"), "delivered", None)], NOW + n * DAY).await;
    }
    db.store.sweep(NOW + 29 * DAY).await.expect("swept");
    assert_eq!(db.count("select count(*) from message").await, 3, "kept for thirty days");
    assert_eq!(db.count("select count(*) from status").await, 0, "for eight");
    assert_eq!(db.count("select count(*) from unified_sessions where status = 'expired'").await, 1);
    db.store.sweep(NOW + 31 * DAY + 1).await.expect("swept");
    for (table, left) in [
        ("select count(*) from message", 1),
        ("select count(*) from delivery", 2),
        ("select count(*) from journal", 1),
        ("select count(*) from outbox", 1),
    ] {
        assert_eq!(db.count(table).await, left, "{table}");
    }
    assert_eq!(db.count("select count(*) from unified_agent_events").await, 3);
}
