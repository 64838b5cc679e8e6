//! What the store promises, operation by operation, on both databases: real SQLite, real Postgres.

use bytes::Bytes;
use switchboard_core::{
    act::Actor,
    contract::{
        listings,
        types::{Content, Extra, FlowState, Money, Place, Point},
    },
    effect::{Effect, Write},
    inbox::{Delivery, IdentityChange, Inbound, Item, Kind, Sender, StatusUpdate},
    phone::Phone,
    session::Session,
};
use switchboard_store::{
    Claim, Demo, Done, Event, Ingested, Noted, Outgoing, Reply, ReplyKind, Role, SendEnd, SendResult, SettleError,
    Settled, Settlement, Store, StoreError, StoreOptions, To,
};
use uuid::Uuid;

use switchboard_kit::{cluster, shell::Shell};

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

/// WhatsApp's stand-in for a message whose content follows.
fn placeholder(phone: &str, wamid: &str) -> Item {
    inbound(sender(phone), wamid, Kind::Placeholder, Content::Unsupported("131060".into()))
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

fn session(id: Uuid) -> Session {
    Session {
        id,
        agent: "jobs".into(),
        flow: Some(FlowState { flow: "post".into(), step: "title".into(), data: "{\"a\":1}".into() }),
        created_at: NOW,
        last_message_at: NOW,
        ..Session::default()
    }
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

pub(super) use on_both;

on_both! {
    what_is_held_about_a_person_is_given_out_or_ended,
    a_text_is_stored_as_it_was_said,
    listings_are_found_around_a_place,
    of_several_changes_of_a_listing_in_a_turn_the_last_counts,
    what_is_set_is_read,
    what_is_old_goes,
    a_message_is_known_for_its_wamid,
    a_placeholder_gives_way_to_its_content_only,
    a_lane_is_answered_in_order_by_one,
    a_lost_lease_writes_nothing,
    a_settlement_is_stored_whole_or_not_at_all,
    a_new_session_takes_the_place_of_the_old,
    what_is_held_waits_for_its_release,
    a_turn_put_back_keeps_its_place,
    a_send_goes_from_state_to_state,
    replies_of_a_lane_go_out_in_order,
    statuses_of_others_change_nothing,
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

async fn a_text_is_stored_as_it_was_said(db: Database) {
    let said = r#"it's "5\6" {a,b} NULL $1 \' ; -- /* é 😀 \n"#.to_owned() + "\n\t\u{1}\\";
    let item = inbound(sender(ALICE), "w'1\\", Kind::Message, Content::Text(said.clone()));
    let odd = Delivery { body: Bytes::from_static(b"\x00\xff'\\\""), ..delivery(vec![item], NOW) };
    let claim = db.store.ingest(odd).await.expect("it is stored").claimed.remove(0);
    assert_eq!((claim.message.content, claim.message.wamid.as_deref()), (Content::Text(said), Some("w'1\\")));
    assert_eq!(db.count("select count(*) from delivery where length(body) = 5").await, 1);
}

async fn listings_are_found_around_a_place(db: Database) {
    let set = [
        ("Near", Some((-1.95, 30.10))),
        ("Far", Some((-2.60, 29.74))),
        ("Nowhere", None),
        ("Nearer", Some((-1.951, 30.101))),
    ];
    let demo = |(title, at): (&str, _)| Demo {
        agent: "marketplace".into(),
        owner: "Ann Smith".into(),
        phone: ALICE.into(),
        draft: draft(&format!("{title} sofa"), at),
    };
    let set: Vec<Demo> = set.into_iter().map(demo).collect();
    assert_eq!(db.store.seed(&set, "RWF", NOW).await.expect("seeded"), 4);
    assert_eq!(db.store.seed(&set, "RWF", NOW).await.expect("asked"), 0, "once");
    let wanted = |name: &str, value: &str| Extra { name: name.into(), value: value.into() };
    let query = |words: &str, radius_km: Option<f64>| listings::Query {
        words: words.into(),
        kind: None,
        category: None,
        attributes: Vec::new(),
        price_min: None,
        price_max: None,
        near: Some(Point { latitude: -1.952, longitude: 30.102 }),
        radius_km,
        limit: 9,
        offset: 0,
    };
    let titles = async |query: &listings::Query| -> Vec<String> {
        let found = db.store.listings_search("marketplace", Uuid::nil(), query, NOW).await.expect("searched");
        found.into_iter().map(|listing| listing.draft.title).collect()
    };
    assert_eq!(titles(&query("sofas", Some(20.0))).await, ["Nearer sofa", "Near sofa", "Nowhere sofa"]);
    assert_eq!(titles(&query("sofas", None)).await, ["Nearer sofa", "Near sofa", "Far sofa", "Nowhere sofa"]);
    assert_eq!(titles(&query("fridge", None)).await, [] as [&str; 0]);
    let brown =
        listings::Query { attributes: vec![wanted("seats", "3"), wanted("colour", "brown")], ..query("far", None) };
    assert_eq!(titles(&brown).await, ["Far sofa"]);
    let blue = listings::Query { attributes: vec![wanted("colour", "blue")], ..query("", None) };
    assert_eq!(titles(&blue).await, [] as [&str; 0]);
    let cheap = listings::Query { price_max: Some(123_400), ..query("", None) };
    assert_eq!(titles(&cheap).await, [] as [&str; 0]);
    let found =
        db.store.listings_search("marketplace", Uuid::nil(), &query("near", None), NOW).await.expect("searched");
    let near = &found[0];
    assert_eq!(near.draft.price, Some(Money { hundredths: 123_450, currency: "RWF".into() }));
    assert_eq!((near.owner_name.as_deref(), near.draft.images.as_slice()), (Some("Ann"), &["m1".to_owned()][..]));
    assert_eq!(near.created_at, NOW as u64);
}

async fn of_several_changes_of_a_listing_in_a_turn_the_last_counts(db: Database) {
    let id = Uuid::from_u128(7);
    let status = |status| Write::ListingStatus { id, status };
    let of = |write| Effect { agent: "marketplace".into(), write };
    let writes = [
        Write::ListingCreate { id, draft: draft("Sofa", None) },
        status(listings::Status::Sold),
        status(listings::Status::Removed),
        Write::ListingUpdate { id, draft: draft("Chair", None) },
        Write::ListingUpdate { id, draft: draft("Table", None) },
        status(listings::Status::Active),
    ];
    let claim = db.claim(says(ALICE, "w1"), NOW).await;
    let settlement = Settlement { effects: writes.map(of).into(), ..answered(&claim) };
    db.store.settle(settlement).await.expect("it settles");
    assert_eq!(db.text("select status || ' ' || title from unified_listings").await, "active Table");
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
