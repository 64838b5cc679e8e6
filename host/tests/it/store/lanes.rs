//! Lanes: order, leases and settlements.

use uuid::Uuid;

use super::on_both;
use super::{ALICE, BOB, Database, NOW, answered, inbound, says, sender};
use switchboard_core::{
    act::Actor,
    contract::types::{Content, FlowState},
    effect::{Effect, Write},
    inbox::{Item, Kind},
    session::Session,
};
use switchboard_store::{Done, Event, SettleError, Settlement};

on_both! {
    a_message_is_known_for_its_wamid,
    a_placeholder_gives_way_to_its_content_only,
    a_lane_is_answered_in_order_by_one,
    a_lost_lease_writes_nothing,
    a_settlement_is_stored_whole_or_not_at_all,
    a_new_session_takes_the_place_of_the_old,
    what_is_held_waits_for_its_release,
    a_turn_put_back_keeps_its_place,
}

/// WhatsApp's stand-in for a message whose content follows.
fn placeholder(phone: &str, wamid: &str) -> Item {
    inbound(sender(phone), wamid, Kind::Placeholder, Content::Unsupported("131060".into()))
}

pub(super) fn session(id: Uuid) -> Session {
    Session {
        id,
        agent: "jobs".into(),
        flow: Some(FlowState { flow: "post".into(), step: "title".into(), data: "{\"a\":1}".into() }),
        created_at: NOW,
        last_message_at: NOW,
        ..Session::default()
    }
}

async fn a_message_is_known_for_its_wamid(db: Database) {
    let first = db.receive(vec![says(ALICE, "w1"), says(ALICE, "w1"), says(BOB, "w2")], NOW).await;
    assert_eq!((first.new, first.known, first.claimed.len()), (2, 1, 2));
    let again = db.receive(vec![says(ALICE, "w1")], NOW).await;
    assert_eq!((again.new, again.known, again.claimed.len()), (0, 1, 0));
    assert_eq!(db.count("select count(*) from message").await, 2);
    assert_eq!(db.count("select count(*) from delivery").await, 2, "every delivery is kept");
}

async fn a_placeholder_gives_way_to_its_content_only(db: Database) {
    let waits = db.receive(vec![placeholder(ALICE, "w1")], NOW).await;
    assert!(waits.claimed.is_empty(), "it waits for its content");
    assert!(db.store.claim_due(NOW + 2_999, 9).await.expect("claims").is_empty());
    let claim = db.claim(says(ALICE, "w1"), NOW + 100).await;
    assert_eq!(claim.message.content, Content::Text("w1".into()));
    db.answer(&claim).await;
    assert!(db.receive(vec![placeholder(ALICE, "w1")], NOW + 200).await.claimed.is_empty());
    assert_eq!(db.count("select count(*) from message where state = 'answered' and kind = 'message'").await, 1);

    // Content that comes while its placeholder is answered stays to be answered.
    db.receive(vec![placeholder(BOB, "w2")], NOW).await;
    let waited = db.store.claim_due(NOW + 3_000, 9).await.expect("claims").remove(0);
    db.receive(vec![says(BOB, "w2")], NOW + 3_001).await;
    let next = db.store.settle(Settlement { now: NOW + 3_002, ..answered(&waited) }).await.expect("settles").next;
    assert_eq!(next.map(|claim| claim.message.content), Some(Content::Text("w2".into())));
}

async fn a_lane_is_answered_in_order_by_one(db: Database) {
    let first = db.claim(says(ALICE, "w1"), NOW).await;
    assert!(db.receive(vec![says(ALICE, "w2")], NOW + 1).await.claimed.is_empty(), "the lane is under lease");
    assert!(db.store.claim_due(NOW + 14_999, 9).await.expect("claims").is_empty());
    let second = db.answer(&first).await.next.expect("the lane goes on");
    assert_eq!(second.message.wamid.as_deref(), Some("w2"));
    let stored = second.session.as_ref().expect("the first turn's session");
    assert_eq!((stored.agent.as_str(), stored.flow.as_ref().map(|f| f.step.as_str())), ("jobs", Some("title")));
    assert!(db.answer(&second).await.next.is_none());
    assert_eq!(db.count("select count(*) from lane where lease_owner is not null").await, 0);
    assert_eq!(db.count("select count(*) from unified_sessions").await, 1);
}

async fn a_lost_lease_writes_nothing(db: Database) {
    let late = db.claim(says(ALICE, "w1"), NOW).await;
    let holder = db.store.claim_due(NOW + 15_001, 9).await.expect("claims").remove(0);
    assert_eq!((holder.message.id, holder.lane.epoch), (late.message.id, late.lane.epoch + 1));
    // In one batch with somebody else's, who must not suffer.
    let other = db.claim(says(BOB, "w2"), NOW + 15_002).await;
    let (lost, kept) = tokio::join!(db.store.settle(answered(&late)), db.store.settle(answered(&other)));
    assert!(matches!(lost, Err(SettleError::LostLease)), "{lost:?}");
    kept.expect("the other settles");
    assert_eq!(db.count("select count(*) from outbox").await, 1);
    assert_eq!(db.count("select count(*) from unified_agent_events").await, 1);
    assert_eq!(db.count("select count(*) from message where state = 'queued'").await, 1);
    db.answer(&holder).await;
    assert_eq!(db.count("select count(*) from outbox").await, 2);
}

async fn a_settlement_is_stored_whole_or_not_at_all(db: Database) {
    let claim = db.claim(says(ALICE, "w1"), NOW).await;
    let put = Write::RecordPut {
        owner: switchboard_core::contract::records::Owner::Person,
        collection: "c".into(),
        key: "k".into(),
        value: "1".into(),
        expected: None,
    };
    let effects = vec![Effect { agent: "jobs".into(), write: put }];
    let broken =
        Event { correlation_id: "x".into(), payload: "no json".into(), tool_calls: "[]".into(), ..Event::default() };
    let wrong = Settlement { effects: effects.clone(), event: Some(broken), ..answered(&claim) };
    assert!(matches!(db.store.settle(wrong).await, Err(SettleError::Store(_))));
    for table in [
        "select count(*) from record",
        "select count(*) from outbox",
        "select count(*) from journal",
        "select count(*) from unified_sessions",
        "select count(*) from message where state <> 'queued'",
    ] {
        assert_eq!(db.count(table).await, 0, "{table}");
    }
    let settled = db.store.settle(Settlement { effects, ..answered(&claim) }).await.expect("the lease still holds");
    assert_eq!(settled.queued.len(), 1);
    for table in [
        "select count(*) from record where agent = 'jobs' and value = '1'",
        "select count(*) from outbox where state = 'queued'",
        "select count(*) from journal",
        "select count(*) from unified_sessions where active_flow = 'post' and user_phone = '+250788000001'",
        "select count(*) from message where state = 'answered'",
        "select count(*) from unified_agent_events",
    ] {
        assert_eq!(db.count(table).await, 1, "{table}");
    }
}

async fn a_new_session_takes_the_place_of_the_old(db: Database) {
    let first = db.claim(says(ALICE, "w1"), NOW).await;
    db.answer(&first).await;
    let second = db.claim(says(ALICE, "w2"), NOW + 10).await;
    let anew = Settlement { session: Some(session(Uuid::now_v7())), ..answered(&second) };
    db.store.settle(anew).await.expect("it settles");
    assert_eq!(db.count("select count(*) from unified_sessions where status = 'active'").await, 1);
    assert_eq!(db.count("select count(*) from unified_sessions where status = 'completed'").await, 1);
}

async fn what_is_held_waits_for_its_release(db: Database) {
    let claim = db.claim(says(ALICE, "w1"), NOW).await;
    let held = Settlement { done: Done::Held, session: None, replies: Vec::new(), event: None, ..answered(&claim) };
    db.store.settle(held).await.expect("it settles");
    assert!(db.store.claim_due(NOW + 99_000, 9).await.expect("claims").is_empty());
    assert_eq!(db.store.counts(NOW).await.expect("counts").held, 1);
    assert_eq!(db.store.release_held(&Actor::host(), NOW).await.expect("released"), 1);
    assert_eq!(db.store.claim_due(NOW, 9).await.expect("claims").len(), 1);
}

async fn a_turn_put_back_keeps_its_place(db: Database) {
    let first = db.claim(says(ALICE, "w1"), NOW).await;
    db.receive(vec![says(ALICE, "w2")], NOW).await;
    db.store.postpone(first.lane, first.message.id, NOW + 1_000, "no sandbox").await.expect("put back");
    assert!(db.store.claim_due(NOW + 999, 9).await.expect("claims").is_empty(), "the second waits for the first");
    let again = db.store.claim_due(NOW + 1_000, 9).await.expect("claims").remove(0);
    assert_eq!((again.message.id, again.message.failures), (first.message.id, 1));
}
