//! The dispatcher on the real outbox, on both databases, with a carrier that answers from a script.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use serde_json::json;
use switchboard_core::{failure::Failure, phone::Address};
use switchboard_edge::{
    outbox::{Carrier, DispatchOptions, Dispatcher, Outbox, Rows},
    whatsapp::client::SendOutcome,
};
use switchboard_store::{Begun, Claim, Noted, Outgoing, PersonChange, Reply, ReplyKind, SendEnd, Settlement, Store};

use crate::store::{ALICE, BOB, Database, NOW, answered, on_both, says, status};
use switchboard_kit::stage::until;

on_both! {
    rows_go_in_order_within_their_lane_and_once,
    a_refused_row_holds_its_lane_and_goes_first,
    a_status_lets_the_next_row_go_at_once,
    who_says_stop_hears_that_and_nothing_else,
    nothing_free_goes_outside_the_window,
    while_meta_is_away_rows_wait_and_then_go,
    a_number_that_rests_holds_no_other_up,
    a_result_that_does_not_fit_changes_nothing,
}

pub(crate) fn row(id: i64, lane_id: i64) -> Outgoing {
    Outgoing {
        id,
        version: 0,
        reference: format!("sb1.test.{id}"),
        lane_id,
        business: "100000000000001".to_owned(),
        to: Some(Address::parse("250788000001")),
        body: json!({"type": "text", "text": {"body": format!("reply {id}")}}).to_string(),
        url: None,
        attempts: 0,
        losses: 0,
        due_at: 0,
        pair_at: 0,
        probe: false,
    }
}

/// A queue that keeps nothing, for tests of a carrier: what is pushed is sent.
#[derive(Clone)]
pub(crate) struct Straight;

impl Outbox for Straight {
    async fn begin(&self, rows: Vec<(i64, i64, bool)>, _: i64) -> anyhow::Result<Begun> {
        Ok(Begun { sending: rows.into_iter().map(|(id, ..)| id).collect(), barred: Vec::new() })
    }
    async fn finished(&self, _: SendEnd, _: i64) -> anyhow::Result<Noted> {
        Ok(Noted { fits: true, goes_on: true })
    }
    async fn claim(&self, _: Vec<i64>, _: i64) -> anyhow::Result<Vec<Outgoing>> {
        Ok(Vec::new())
    }
    async fn due(&self, _: i64, _: i64, _: i64) -> anyhow::Result<Vec<Outgoing>> {
        Ok(Vec::new())
    }
    async fn renew(&self, _: Vec<i64>, _: i64) -> anyhow::Result<usize> {
        Ok(1)
    }
    async fn rest(&self, _: &str, _: i64, _: &str, _: i64) -> anyhow::Result<()> {
        Ok(())
    }
    async fn window_closed(&self, _: i64, _: i64) -> anyhow::Result<()> {
        Ok(())
    }
    async fn took(&self, _: &str, _: i64) -> anyhow::Result<bool> {
        Ok(false)
    }
}

pub(crate) fn quick() -> DispatchOptions {
    let quick = Duration::from_millis(20);
    DispatchOptions { poll: quick, renew: quick, per_second: 100_000.0, ..DispatchOptions::default() }
}

/// Answers from a script, by the text of a body, and notes what it was asked to send.
#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<BTreeMap<String, Vec<SendOutcome>>>>,
    /// The answer to all that is sent from a business number, while there is one.
    always: Arc<Mutex<BTreeMap<String, SendOutcome>>>,
    sent: Arc<Mutex<Vec<String>>>,
}

impl Script {
    fn answer(&self, text: &str, outcomes: &[SendOutcome]) {
        self.answers.lock().expect("a lock").insert(text.into(), outcomes.iter().rev().cloned().collect());
    }

    fn always(&self, business: &str, outcome: Option<SendOutcome>) {
        let mut always = self.always.lock().expect("a lock");
        match outcome {
            Some(outcome) => drop(always.insert(business.into(), outcome)),
            None => drop(always.remove(business)),
        }
    }

    fn sent(&self) -> Vec<String> {
        self.sent.lock().expect("a lock").clone()
    }
}

impl Carrier for Script {
    async fn send(&self, row: &Outgoing) -> SendOutcome {
        self.sent.lock().expect("a lock").push(row.body.clone());
        tokio::task::yield_now().await;
        if let Some(outcome) = self.always.lock().expect("a lock").get(&row.business) {
            return outcome.clone();
        }
        let next = self.answers.lock().expect("a lock").get_mut(&row.body).and_then(Vec::pop);
        next.unwrap_or_else(|| SendOutcome::Sent { wamid: format!("wamid.{}", row.id) })
    }
}

/// A host's sender on a database, with a clock that goes and can be put forward.
struct World {
    db: Database,
    script: Script,
    dispatcher: Dispatcher,
    ahead: Arc<AtomicI64>,
    began: std::time::Instant,
}

impl World {
    fn new(db: Database) -> World {
        let (script, ahead, began) = (Script::default(), Arc::new(AtomicI64::new(0)), std::time::Instant::now());
        let clock = ahead.clone();
        let clock = move || NOW + began.elapsed().as_millis() as i64 + clock.load(Ordering::Relaxed);
        let options = DispatchOptions { clock: Arc::new(clock), ..quick() };
        let dispatcher =
            Dispatcher::start(Rows::for_people(db.store.clone(), Arc::new(|_| None)), script.clone(), options);
        World { db, script, dispatcher, ahead, began }
    }

    fn store(&self) -> &Store {
        &self.db.store
    }

    fn now(&self) -> i64 {
        NOW + self.began.elapsed().as_millis() as i64 + self.ahead.load(Ordering::Relaxed)
    }

    fn later(&self, ms: i64) {
        self.ahead.fetch_add(ms, Ordering::Relaxed);
    }

    /// Settles a claim with replies, and hands them to the sender.
    async fn answer(&self, claim: &Claim, replies: &[Reply], opted_out: Option<bool>) {
        let person = PersonChange { opted_out, ..PersonChange::default() };
        let now = self.now();
        let settlement =
            Settlement { replies: replies.to_vec(), person, session: None, event: None, now, ..answered(claim) };
        let settled = self.store().settle(settlement).await.expect("it settles");
        self.dispatcher.queue().push(settled.queued);
    }

    async fn settled(&self, n: usize) {
        until("all is settled", async || {
            let waits = "select count(*) from outbox where state in ('queued', 'sending', 'unknown')";
            self.db.count(waits).await == 0 && self.script.sent().len() >= n
        })
        .await;
    }

    async fn states(&self) -> String {
        self.db.text("select string_agg(state, ' ') from (select state from outbox order by outbox_id) as o").await
    }
}

fn text(body: &str) -> Reply {
    Reply { agent: "jobs".into(), body: body.into(), url: None, kind: ReplyKind::Answer }
}

fn lost() -> SendOutcome {
    SendOutcome::Unknown { error: "the connection broke".into(), outage: true }
}

async fn rows_go_in_order_within_their_lane_and_once(db: Database) {
    let world = World::new(db);
    for lane in 0..5 {
        let claim = world.db.claim(says(&format!("25078800001{lane}"), &format!("w{lane}")), NOW).await;
        let replies: Vec<Reply> = (0..20).map(|n| text(&format!("{lane} {n:02}"))).collect();
        world.answer(&claim, &replies, None).await;
    }
    world.settled(100).await;
    let sent = world.script.sent();
    assert_eq!(sent.len(), 100);
    for lane in 0..5 {
        let of: Vec<&String> = sent.iter().filter(|body| body.starts_with(&format!("{lane} "))).collect();
        assert!(of.is_sorted() && of.len() == 20, "{of:?}");
    }
    world.dispatcher.stop().await;
}

async fn a_refused_row_holds_its_lane_and_goes_first(db: Database) {
    let world = World::new(db);
    world.script.answer("a1", &[SendOutcome::refused(Failure::Row, "not now")]);
    let (alice, bob) = (world.db.claim(says(ALICE, "w1"), NOW).await, world.db.claim(says(BOB, "w2"), NOW).await);
    world.answer(&alice, &[text("a1"), text("a2")], None).await;
    until("it is refused", async || world.script.sent().len() == 1).await;
    world.answer(&bob, &[text("b1")], None).await;
    until("the other goes", async || world.script.sent().len() == 2).await;
    world.later(2_000);
    world.settled(4).await;
    assert_eq!(world.script.sent(), ["a1", "b1", "a1", "a2"]);
    assert_eq!(world.db.count("select attempts from outbox order by outbox_id limit 1").await, 2);
}

async fn a_status_lets_the_next_row_go_at_once(db: Database) {
    let world = World::new(db);
    world.script.answer("a1", &[lost()]);
    let claim = world.db.claim(says(ALICE, "w1"), NOW).await;
    world.answer(&claim, &[text("a1")], None).await;
    until("its outcome is unknown", async || world.states().await == "unknown").await;
    let claim = world.db.claim(says(ALICE, "w2"), NOW).await;
    world.answer(&claim, &[text("a2")], None).await;
    let first = world.store().outbox_heads(switchboard_store::To::Person, &[claim.lane.id]).await.expect("read");
    let arrived = status("wamid.x", "sent", Some(&first[0].reference));
    let ingested = world.db.receive(vec![arrived], world.now()).await;
    assert_eq!(ingested.waiting, [claim.lane.id]);
    world.dispatcher.queue().wake(ingested.waiting);
    world.settled(2).await;
    assert_eq!(
        (world.script.sent(), world.states().await.as_str()),
        (vec!["a1".to_owned(), "a2".to_owned()], "sent sent")
    );
}

async fn who_says_stop_hears_that_and_nothing_else(db: Database) {
    let world = World::new(db);
    world.script.answer("a1", &[SendOutcome::refused(Failure::Row, "not now")]);
    let claim = world.db.claim(says(ALICE, "w1"), NOW).await;
    world.answer(&claim, &[text("a1"), text("a2")], None).await;
    until("it is refused", async || world.script.sent().len() == 1).await;
    world.later(10);
    let claim = world.db.claim(says(ALICE, "stop"), NOW).await;
    world.answer(&claim, &[text("you hear no more")], Some(true)).await;
    world.later(2_000);
    world.settled(2).await;
    assert_eq!(world.states().await, "barred barred sent");
    // What they ask after it is answered; what they did not ask for is not sent.
    let claim = world.db.claim(says(ALICE, "menu"), NOW).await;
    world.answer(&claim, &[text("the menu"), Reply { kind: ReplyKind::Notice, ..text("a find") }], None).await;
    world.settled(3).await;
    assert_eq!(world.states().await, "barred barred sent sent barred");
    assert_eq!(world.script.sent(), ["a1", "you hear no more", "the menu"]);
}

async fn nothing_free_goes_outside_the_window(db: Database) {
    let world = World::new(db);
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let claim = world.db.claim(says(ALICE, "w1"), NOW).await;
    world.later(DAY + 1);
    world.answer(&claim, &[text("late"), Reply { kind: ReplyKind::Template, ..text("please write") }], None).await;
    world.settled(1).await;
    assert_eq!((world.script.sent(), world.states().await.as_str()), (vec!["please write".to_owned()], "barred sent"));
}

/// Eight people, and Meta that gives no answer for ten minutes: nobody's answer is given up, and all get theirs.
async fn while_meta_is_away_rows_wait_and_then_go(db: Database) {
    let world = World::new(db);
    world.script.always(crate::store::BUSINESS, Some(lost()));
    for n in 0..8 {
        let claim = world.db.claim(says(&format!("25078800001{n}"), &format!("w{n}")), NOW).await;
        world.answer(&claim, &[text(&format!("a{n}"))], None).await;
    }
    for _ in 0..60 {
        world.later(10_000);
        let before = world.script.sent().len();
        // Each look after a rest brings a probe, at the most one.
        tokio::time::timeout(Duration::from_millis(200), until("a probe", async || world.script.sent().len() > before))
            .await
            .ok();
    }
    assert!(world.db.count("select count(*) from outbox where state in ('dead', 'barred')").await == 0);
    let tried = world.script.sent().len();
    assert!(tried < 8 + 62, "{tried} tries");
    assert_eq!(world.store().numbers().await.expect("read")[0].rest_reason.as_deref(), Some("the connection broke"));
    world.script.always(crate::store::BUSINESS, None);
    world.later(11_000);
    until("the probe is taken", async || world.states().await.contains("sent")).await;
    // Those that may have been taken wait for a status as long as they would at any time; then that of another says that theirs do
    // not come.
    let wamid = world.db.text("select min(wamid) from outbox where state = 'sent'").await;
    world.later(1_000);
    world.db.receive(vec![status(&wamid, "delivered", None)], world.now()).await;
    for _ in 0..6 {
        world.later(11_000);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    world.settled(8).await;
    assert_eq!(world.states().await, ["sent"; 8].join(" "));
    assert_eq!(world.store().numbers().await.expect("read")[0].rest_reason, None);
}

async fn a_number_that_rests_holds_no_other_up(db: Database) {
    let world = World::new(db);
    world.script.always("2", Some(SendOutcome::refused(Failure::Number, "190: no")));
    for n in 0..30 {
        let switchboard_core::inbox::Item::Message(message) = says(&format!("2507880000{n:02}"), &format!("w{n}"))
        else {
            unreachable!("a message")
        };
        let message = switchboard_core::inbox::Item::Message(switchboard_core::inbox::Inbound {
            business: "2".into(),
            ..message
        });
        let claim = world.db.claim(message, NOW).await;
        world.answer(&claim, &[text("refused")], None).await;
    }
    until("the number rests", async || {
        world.store().numbers().await.expect("read").iter().any(|number| number.rest_reason.is_some())
    })
    .await;
    let refused = world.script.sent().len();
    let claim = world.db.claim(says(ALICE, "x"), NOW).await;
    world.script.answer("fine", &[SendOutcome::refused(Failure::Row, "not now")]);
    world.answer(&claim, &[text("fine"), text("as well")], None).await;
    world.later(2_000);
    until("the healthy number goes on", async || world.script.sent().iter().any(|body| body == "as well")).await;
    assert!(
        refused <= 30
            && world.db.count("select count(*) from outbox where attempts > 0 and body = 'refused'").await == 0
    );
    // Mended: one probe, and then all.
    world.script.always("2", None);
    world.later(11_000);
    world.settled(30).await;
    assert!(world.states().await.split(' ').all(|state| state == "sent"));
}

/// A result that is late changes nothing but where Meta took the row, which is true whatever happened since.
async fn a_result_that_does_not_fit_changes_nothing(db: Database) {
    let claim = db.claim(says(ALICE, "w1"), NOW).await;
    let row = db.answer(&claim).await.queued.remove(0);
    let begun = db.store.outbox_begin(vec![(row.id, 0, false)], NOW + 9).await.expect("it begins");
    assert_eq!(begun.sending, [row.id]);
    db.receive(vec![status("out", "delivered", Some(&row.reference))], NOW).await;
    let end = |result| SendEnd { id: row.id, version: 1, lane_id: row.lane_id, pair_at: 0, result };
    use switchboard_store::SendResult::{Failed, Taken};
    let late = db.store.send_finished(end(Failed { error: "no".into() }), NOW).await.expect("it is noted");
    assert!(!late.fits);
    assert_eq!(db.text("select state || ' ' || wamid from outbox").await, "sent out");

    // The host was taken for dead while it sent: the row waits for a status, and the answer is still worth something.
    let claim = db.claim(says(BOB, "w2"), NOW).await;
    let row = db.answer(&claim).await.queued.remove(0);
    db.store.outbox_begin(vec![(row.id, 0, false)], NOW + 9).await.expect("it begins");
    db.store.expire_sends(NOW + 31_000).await.expect("noted");
    assert_eq!(db.count("select count(*) from outbox where state = 'unknown'").await, 1);
    let end =
        SendEnd { id: row.id, version: 1, lane_id: row.lane_id, pair_at: 0, result: Taken { wamid: "out2".into() } };
    assert!(db.store.send_finished(end, NOW + 90_000).await.expect("it is noted").fits);
    assert_eq!(db.count("select count(*) from outbox where state = 'sent' and wamid = 'out2'").await, 1);
}
