//! Sends: their states, their order, statuses of others.

use super::on_both;
use super::{ALICE, BOB, Database, NOW, answered, says, send, status, taken};
use switchboard_core::inbox::{Item, StatusUpdate};
use switchboard_store::{Noted, Outgoing, SendResult, Settlement, To};

on_both! {
    a_send_goes_from_state_to_state,
    replies_of_a_lane_go_out_in_order,
    statuses_of_others_change_nothing,
}

async fn a_send_goes_from_state_to_state(db: Database) {
    let mut rows = Vec::new();
    for number in 0..6 {
        let claim = db.claim(says(&format!("25078800001{number}"), &format!("w{number}")), NOW).await;
        rows.push(db.answer(&claim).await.queued.remove(0));
    }
    let lost = |until: i64| SendResult::Lost { until, error: "timeout".into(), charged: true };
    send(&db.store, &rows[0], taken("out0"), NOW).await;
    send(&db.store, &rows[1], SendResult::Refused { at: NOW + 1_000, error: "busy".into() }, NOW).await;
    send(&db.store, &rows[2], SendResult::Failed { error: "no".into() }, NOW).await;
    send(&db.store, &rows[3], lost(NOW + 60_000), NOW).await;
    send(&db.store, &rows[4], lost(NOW + 60_000), NOW).await;
    let states = "select string_agg(state, ' ') from (select state from outbox order by outbox_id) as o";
    assert_eq!(db.text(states).await, "sent queued dead unknown unknown queued");
    let all = rows.iter().map(|row| (row.id, row.version, false)).collect();
    let begun = db.store.outbox_begin(all, NOW + 9).await.expect("asked");
    assert_eq!((begun.sending, begun.barred), (vec![rows[5].id], vec![]), "each is begun once, as it was read");

    // A status that bears the reference says that one arrived after all.
    let Item::Status(arrived) = status("out3", "delivered", Some(&rows[3].reference)) else { unreachable!("a status") };
    let arrived = StatusUpdate { recipient: Some("250788000013".into()), ..arrived };
    let arrived = db.receive(vec![Item::Status(arrived)], NOW).await;
    assert!(arrived.waiting.is_empty(), "nothing waits behind it");
    let due = async |at: i64| {
        let rows = db.store.claim_due_sends(To::Person, at, 9, 0).await.expect("due");
        rows.into_iter().map(|row| (row.id, row.losses)).collect::<Vec<_>>()
    };
    assert!(due(NOW + 999).await.is_empty());
    assert_eq!(due(NOW + 1_000).await, [(rows[1].id, 0)]);
    assert!(due(NOW + 1_000).await.is_empty(), "it is in hand");
    // No status came for the last one: it is sent once more, since nothing else was taken after it.
    let again = db.store.claim_due_sends(To::Person, NOW + 60_000, 9, 0).await.expect("due");
    let again = again.into_iter().find(|row| row.id == rows[4].id).expect("it is due");
    assert_eq!(again.losses, 1);
    send(&db.store, &again, lost(NOW + 120_000), NOW + 60_000).await;
    assert_eq!(
        due(NOW + 120_000).await,
        [(rows[1].id, 0)],
        "the one whose lease has run out; unknown twice is not sent a third time"
    );
    db.store.expire_sends(NOW + 120_000).await.expect("noted");
    assert_eq!(db.text(states).await, "sent queued dead sent dead unknown");
    assert!(db.text("select error from outbox where state = 'dead' and unknowns = 2").await.contains("no status came"));

    // A status never takes back what another said.
    db.receive(vec![status("out0", "read", None)], NOW).await;
    db.receive(vec![status("out0", "delivered", None), status("out0", "failed", None)], NOW).await;
    assert_eq!(db.count("select progress from outbox order by outbox_id limit 1").await, 40);
}

/// A status of somebody else's send changes nothing, whatever it calls itself.
async fn statuses_of_others_change_nothing(db: Database) {
    let claim = db.claim(says(ALICE, "w1"), NOW).await;
    let row = db.answer(&claim).await.queued.remove(0);
    let failed = |wamid: &str, change: fn(&mut StatusUpdate), reference: &str| {
        let Item::Status(mut update) = status(wamid, "failed", Some(reference)) else { unreachable!("a status") };
        change(&mut update);
        Item::Status(update)
    };
    let others = [
        failed("x1", |_| (), &row.id.to_string()),
        failed("x2", |_| (), &format!("sb1.000000000000.{}", row.id)),
        failed("x3", |update| update.recipient = Some(BOB.into()), &row.reference),
        failed("x4", |update| update.business = "2".into(), &row.reference),
    ];
    db.receive(others.to_vec(), NOW).await;
    assert_eq!(db.text("select state from outbox").await, "queued");
    send(&db.store, &row, taken("out1"), NOW).await;
    db.receive(vec![failed("another", |_| (), &row.reference)], NOW).await;
    assert_eq!(db.text("select state from outbox").await, "sent", "another wamid than the row's");
    db.receive(vec![failed("out1", |_| (), &row.reference)], NOW).await;
    assert_eq!(db.text("select state from outbox").await, "dead");
}

async fn replies_of_a_lane_go_out_in_order(db: Database) {
    let claim = db.claim(says(ALICE, "w1"), NOW).await;
    let two = vec![answered(&claim).replies.remove(0); 2];
    let queued = db.store.settle(Settlement { replies: two, ..answered(&claim) }).await.expect("settles").queued;
    let begin = async |row: &Outgoing| {
        db.store.outbox_begin(vec![(row.id, row.version, false)], NOW + 9).await.expect("asked").sending
    };
    assert!(begin(&queued[1]).await.is_empty(), "the second waits for the first");
    let noted = send(&db.store, &queued[0], taken("out0"), NOW).await;
    assert_eq!(noted, Noted { fits: true, goes_on: true });
    assert_eq!(begin(&queued[1]).await, [queued[1].id]);
}
