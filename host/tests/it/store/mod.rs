//! What the store promises, operation by operation, on both databases: real SQLite, real Postgres.

mod listing;
mod lanes;
mod sends;
mod kept;

use bytes::Bytes;
use uuid::Uuid;

use switchboard_core::{
    contract::{
        listings,
        types::{Content, Money, Place, Point},
    },
    inbox::{Delivery, IdentityChange, Inbound, Item, Kind, Sender, StatusUpdate},
    phone::Phone,
};
use switchboard_kit::{cluster, shell::Shell};
use switchboard_store::{
    Claim, Event, Ingested, Noted, Outgoing, Reply, ReplyKind, Role, SendEnd, SendResult, Settled, Settlement, Store,
    StoreError, StoreOptions,
};

pub(super) const BUSINESS: &str = "106540352242922";
pub(super) const ALICE: &str = "250788000001";
pub(super) const BOB: &str = "250788000002";

/// The tests' clock; every time below counts from here.
pub(super) const NOW: i64 = 1_780_000_000_000;

pub(super) struct Database {
    /// SQLite's.
    pub(super) folder: tempfile::TempDir,
    pub(super) url: String,
    pub(super) store: Store,
}

impl Database {
    pub(super) async fn sqlite() -> Database {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}/store.db", folder.path().display());
        let store = open(&url).await.expect("a new database opens");
        Database { folder, url, store }
    }

    pub(super) async fn postgres() -> Database {
        let folder = tempfile::tempdir().expect("a folder");
        let url = cluster::shared().database().await;
        let store = open(&url).await.expect("a new database opens");
        Database { folder, url, store }
    }

    pub(super) async fn count(&self, sql: &'static str) -> i64 {
        Shell::open(&self.url).await.value(sql).await
    }

    pub(super) async fn text(&self, sql: &'static str) -> String {
        Shell::open(&self.url).await.value(sql).await
    }

    pub(super) async fn receive(&self, items: Vec<Item>, at: i64) -> Ingested {
        self.store.ingest(delivery(items, at)).await.expect("it is stored")
    }

    /// The claim of a message that found its lane free.
    pub(super) async fn claim(&self, item: Item, at: i64) -> Claim {
        let mut ingested = self.receive(vec![item], at).await;
        assert_eq!(ingested.claimed.len(), 1, "a free lane is claimed at ingest");
        ingested.claimed.remove(0)
    }

    /// Settles a claim with one reply.
    pub(super) async fn answer(&self, claim: &Claim) -> Settled {
        self.store.settle(answered(claim)).await.expect("it settles")
    }
}

/// Begins a row and notes what came of it.
pub(super) async fn send(store: &Store, row: &Outgoing, result: SendResult, now: i64) -> Noted {
    let now = now.max(row.due_at);
    let begun = store.outbox_begin(vec![(row.id, row.version, row.probe)], now).await.expect("it begins");
    assert_eq!(begun.sending, [row.id], "{row:?}");
    let (id, version, lane_id, pair_at) = (row.id, row.version + 1, row.lane_id, row.pair_at);
    store.send_finished(SendEnd { id, version, lane_id, pair_at, result }, now).await.expect("it is noted")
}

pub(super) fn taken(wamid: &str) -> SendResult {
    SendResult::Taken { wamid: wamid.into() }
}

pub(super) async fn open(url: &str) -> Result<Store, StoreError> {
    Store::open(url, StoreOptions { role: Role::Serve, ..StoreOptions::default() }).await
}

/// A delivery that came when its messages were sent.
pub(super) fn delivery(mut items: Vec<Item>, at: i64) -> Delivery {
    for item in &mut items {
        if let Item::Message(message) = item {
            message.sent_at = at;
        }
    }
    Delivery { body: Bytes::from_static(b"{}"), received_at: at, items, unreadable: None, forwards: false }
}

pub(super) fn sender(phone: &str) -> Sender {
    Sender { phone: Phone::parse(phone).ok(), name: Some("Somebody".into()), ..Sender::default() }
}

pub(super) fn inbound(sender: Sender, wamid: &str, kind: Kind, content: Content) -> Item {
    Item::Message(Inbound {
        business: BUSINESS.into(),
        wamid: wamid.into(),
        kind,
        sender,
        sent_at: NOW,
        content,
        quotes: None,
        extras: Vec::new(),
    })
}

pub(super) fn says(phone: &str, wamid: &str) -> Item {
    inbound(sender(phone), wamid, Kind::Message, Content::Text(wamid.into()))
}

pub(super) fn status(wamid: &str, status: &str, reference: Option<&str>) -> Item {
    Item::Status(StatusUpdate {
        business: BUSINESS.into(),
        wamid: wamid.into(),
        status: status.into(),
        recipient: Some(ALICE.into()),
        reference: reference.map(str::to_owned),
        at: NOW,
        error: None,
        failure: None,
        billable: None,
        category: None,
    })
}

/// A settlement with one reply and one event, as most are.
pub(super) fn answered(claim: &Claim) -> Settlement {
    Settlement {
        session: Some(session(claim.session.as_ref().map_or_else(Uuid::now_v7, |session| session.id))),
        replies: vec![Reply {
            agent: "jobs".into(),
            body: r#"{"type":"text","text":{"body":"ok"}}"#.into(),
            url: None,
            kind: ReplyKind::Answer,
        }],
        event: Some(Event {
            correlation_id: format!("turn-{}", claim.message.id),
            agent: "jobs".into(),
            payload: "{}".into(),
            tool_calls: "[]".into(),
            ..Event::default()
        }),
        journal: Some(vec![1, 2, 3]),
        ..Settlement::of(claim, NOW + 5)
    }
}

/// Runs tests on either database.
macro_rules! on_both {
    ($($test:ident,)*) => {
        pub(crate) mod sqlite {
            $(#[tokio::test] pub(crate) async fn $test() { super::$test(crate::store::Database::sqlite().await).await; })*
        }
        pub(crate) mod postgres {
            $(#[tokio::test] pub(crate) async fn $test() { super::$test(crate::store::Database::postgres().await).await; })*
        }
    };
}

use lanes::session;
pub(super) use on_both;

on_both! {
    a_person_stays_who_they_are,
    a_body_with_a_thousand_messages_is_stored_at_once,
}

pub(super) fn draft(title: &str, at: Option<(f64, f64)>) -> listings::Draft {
    let point = at.map(|(latitude, longitude)| Point { latitude, longitude });
    listings::Draft {
        kind: "product".into(),
        title: title.into(),
        description: None,
        category: None,
        price: Some(Money { hundredths: 123_450, currency: "RWF".into() }),
        price_max: None,
        price_unit: None,
        place: point.map(|point| Place { point: Some(point), name: Some("Somewhere".into()), address: None }),
        attributes: r#"{"seats":3,"colour":"brown"}"#.into(),
        images: vec!["m1".into()],
        contact: listings::ContactPolicy::Ask,
    }
}

#[tokio::test]
async fn what_is_due_is_brought_by_one_host() {
    let db = Database::postgres().await;
    let other = open(&db.url).await.expect("it opens");
    let claim = db.claim(says(ALICE, "w1"), NOW).await;
    db.answer(&claim).await;
    for n in 0..3 {
        db.store.say(claim.person.id, BUSINESS, "Hello", NOW + n).await.expect("said");
        let (one, two) = tokio::join!(db.store.bring_due(NOW + n), other.bring_due(NOW + n));
        assert_eq!(
            one.expect("brought").len() + two.expect("brought").len(),
            usize::from(n == 0),
            "the lane is taken then"
        );
    }
    assert_eq!(db.count("select count(*) from message where kind = 'notice'").await, 3, "each once");
    // Its host is gone: another takes the duty over.
    db.store.say(claim.person.id, BUSINESS, "Hello", NOW + 9).await.expect("said");
    other.bring_due(NOW + 15_009).await.expect("asked");
    db.store.bring_due(NOW + 15_010).await.expect("asked");
    assert_eq!(db.count("select count(*) from message where kind = 'notice'").await, 4);
}

#[tokio::test]
async fn a_process_takes_over_what_the_last_one_left() {
    let db = Database::sqlite().await;
    let sending = db.claim(says(ALICE, "w1"), NOW).await;
    let reply = db.answer(&sending).await.queued[0].id;
    db.store.outbox_begin(vec![(reply, 0, false)], NOW + 9).await.expect("begun");
    let running = db.claim(says(BOB, "w2"), NOW).await;
    assert!(matches!(open(&db.url).await, Err(StoreError::InUse(_))), "one host a database");
    let Database { folder, url, store } = db;
    drop(store);
    let store = open(&url).await.expect("the lock went with the store");
    let db = Database { folder, url, store };
    assert_eq!(db.count("select count(*) from outbox where state = 'unknown' and unknowns = 1").await, 1);
    let again = db.store.claim_due(NOW, 9).await.expect("claims").remove(0);
    assert_eq!((again.message.id, again.lane.epoch), (running.message.id, running.lane.epoch + 1));
}

async fn a_person_stays_who_they_are(db: Database) {
    let known = Sender { user_id: Some("RW.1".into()), ..sender(ALICE) };
    let first = db.claim(inbound(known, "w1", Kind::Message, Content::Text("a".into())), NOW).await;
    db.answer(&first).await;
    // Without the number now, by user id alone.
    let hidden = Sender { user_id: Some("RW.1".into()), ..Sender::default() };
    let second = db.claim(inbound(hidden.clone(), "w2", Kind::Message, Content::Text("b".into())), NOW).await;
    db.answer(&second).await;
    // With another number.
    let change = IdentityChange {
        business: BUSINESS.into(),
        wamid: "w3".into(),
        before: sender(ALICE),
        after: sender("250788000009"),
        at: NOW,
    };
    db.receive(vec![Item::Identity(change)], NOW).await;
    let third = db.claim(says("250788000009", "w4"), NOW).await;
    assert_eq!([second.person.id, third.person.id], [first.person.id; 2]);
    assert_eq!([second.person.bucket, third.person.bucket], [first.person.bucket; 2], "a bucket is given once");
    assert_eq!(third.person.phone.as_ref().map(|phone| phone.digits()), Some("250788000009"));
    assert_eq!(db.count("select count(*) from person").await, 1);
    assert_eq!(
        db.count("select count(*) from unified_sessions where user_phone = '+250788000009'").await,
        1,
        "the checklist's debug query finds the session by the number of today"
    );

    // A stranger without a number has none in any column.
    let stranger = Sender { user_id: Some("RW.2".into()), ..Sender::default() };
    let claim = db.claim(inbound(stranger, "w5", Kind::Message, Content::Text("c".into())), NOW).await;
    db.answer(&claim).await;
    assert_eq!(db.count("select count(*) from unified_sessions where user_phone is null").await, 1);
    assert_eq!(db.count("select count(*) from unified_agent_events where user_phone is null").await, 1);
}

async fn a_body_with_a_thousand_messages_is_stored_at_once(db: Database) {
    let items = (0..1_000).map(|n| says(&format!("2507880{n:05}"), &format!("w{n}"))).collect();
    let ingested = db.receive(items, NOW).await;
    assert_eq!((ingested.new, ingested.claimed.len()), (1_000, 1_000));
    let settled = futures_util::future::join_all(ingested.claimed.iter().map(|claim| db.answer(claim))).await;
    assert_eq!(settled.iter().map(|settled| settled.queued.len()).sum::<usize>(), 1_000);
    assert_eq!(db.count("select count(*) from message where state = 'answered'").await, 1_000);
    assert_eq!(db.count("select count(*) from lane where lease_owner is not null").await, 0);
}

/// A reader that stays open lets the log grow; once it has gone, the log is cut.
#[tokio::test]
async fn the_log_is_cut_after_a_long_reader() {
    let db = Database::sqlite().await;
    let wal = db.folder.path().join("store.db-wal");
    let length = || std::fs::metadata(&wal).expect("a log").len() >> 20;
    let body = Bytes::from(vec![b'x'; 1 << 20]);
    let receive = async |number: usize| {
        let big = Delivery { body: body.clone(), ..delivery(vec![says(ALICE, &format!("w{number}"))], NOW) };
        db.store.ingest(big).await.expect("it is stored");
    };
    let mut reader = Shell::open(&db.url).await;
    reader.run("begin").await;
    assert_eq!(reader.value::<i64>("select count(*) from message").await, 0);
    for number in 0..200 {
        receive(number).await;
    }
    assert!(length() >= 200, "the reader keeps the log: {} MiB", length());
    reader.run("commit").await;
    let mut number = 200;
    switchboard_kit::stage::until("the log is cut", async || {
        number += 1;
        db.receive(vec![says(ALICE, &format!("w{number}"))], NOW).await;
        length() <= 64
    })
    .await;
}

#[tokio::test]
async fn the_log_stays_bounded_under_a_load_that_never_rests() {
    let db = Database::sqlite().await;
    let body = Bytes::from(vec![b'x'; 64 << 10]);
    for number in 0..1_600 {
        let item = says(&format!("25078810{:04}", number % 100), &format!("w{number}"));
        let big = Delivery { body: body.clone(), ..delivery(vec![item], NOW) };
        db.store.ingest(big).await.expect("it is stored");
    }
    let wal = std::fs::metadata(db.folder.path().join("store.db-wal")).expect("a log").len();
    assert!(wal < 80 << 20, "after 100 MiB the log has {} MiB", wal >> 20);
}
