//! The writer on Postgres binds what it writes: no text of anybody's is ever in a statement, and no setting of a server or of a
//! role changes what is stored.

use crate::store::send;
use bytes::Bytes;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, postgres::PgConnection};
use switchboard_core::act::Actor;
use switchboard_core::{
    contract::{
        listings, records,
        tickets::Priority,
        types::{Content, FlowState, Notice, Place, Point},
    },
    effect::{Effect, Write},
    failure::Failure,
    inbox::{Delivery, Inbound, Item, Kind, Sender, StatusUpdate},
    phone::Phone,
    session::Session,
};
use switchboard_kit::cluster::{Cluster, Pooler, shared};
use switchboard_store::{
    Claim, Done, Event, PersonChange, Reply, Role, SendResult, Settlement, Store, StoreOptions, To,
};
use uuid::Uuid;

const NOW: i64 = 1_780_000_000_000;

const BUSINESS: &str = "106540352242922";

/// Two numbers that lose digits where a server says few.
const POINT: Point = Point { latitude: -1.944_072_712_345_67, longitude: 30.061_885_123_456_78 };

async fn open(url: &str, pooled_by_transaction: bool) -> Store {
    let options = StoreOptions { role: Role::Serve, pooled_by_transaction, ..StoreOptions::default() };
    Store::open(url, options).await.expect("it opens")
}

/// Texts that stand in nothing else.
#[derive(Default)]
struct Marks(Vec<String>);

impl Marks {
    fn next(&mut self) -> String {
        self.0.push(format!("mark{:05}x", self.0.len()));
        self.0[self.0.len() - 1].clone()
    }

    fn json(&mut self) -> String {
        json!({"said": self.next()}).to_string()
    }
}

fn says(phone: &str, wamid: String, text: String, name: String, quotes: String) -> Item {
    Item::Message(Inbound {
        business: BUSINESS.into(),
        wamid,
        kind: Kind::Message,
        sender: Sender { phone: Phone::parse(phone).ok(), name: Some(name), ..Sender::default() },
        sent_at: NOW,
        content: Content::Text(text),
        quotes: Some(quotes),
        extras: Vec::new(),
    })
}

fn failed(marks: &mut Marks) -> Item {
    Item::Status(StatusUpdate {
        business: BUSINESS.into(),
        wamid: marks.next(),
        status: "failed".into(),
        recipient: Some(marks.next()),
        reference: None,
        at: NOW,
        error: Some((131_000, marks.next())),
        failure: Some(Failure::Row),
        billable: Some(true),
        category: None,
    })
}

fn draft(title: String, description: String, attributes: String) -> listings::Draft {
    listings::Draft {
        kind: "product".into(),
        title,
        description: Some(description),
        category: None,
        price: None,
        price_max: None,
        price_unit: None,
        place: Some(Place { point: Some(POINT), name: None, address: None }),
        attributes,
        images: Vec::new(),
        contact: listings::ContactPolicy::Ask,
    }
}

/// What an agent wrote in a turn, of most kinds.
fn effects(marks: &mut Marks) -> Vec<Effect> {
    let (draft, notice) = (
        draft(marks.next(), marks.next(), marks.json()),
        Notice { kind: "reminder".into(), listing: None, match_: None, data: marks.json() },
    );
    let put = Write::RecordPut {
        owner: records::Owner::Person,
        collection: "c".into(),
        key: marks.next(),
        value: marks.json(),
        expected: None,
    };
    let ticket =
        Write::Ticket { number: marks.next(), subject: marks.next(), details: marks.next(), priority: Priority::High };
    let writes = [
        Write::ListingCreate { id: Uuid::now_v7(), draft },
        put,
        Write::Preference { name: "size".into(), value: marks.next() },
        Write::Timer { key: Some(marks.next()), at: NOW as u64 + 60_000, notice, template: None, until: None },
        ticket,
    ];
    writes.into_iter().map(|write| Effect { agent: "marketplace".into(), write }).collect()
}

fn settlement(claim: &Claim, marks: &mut Marks) -> Settlement {
    let session = Session {
        id: Uuid::now_v7(),
        agent: "marketplace".into(),
        flow: Some(FlowState { flow: marks.next(), step: marks.next(), data: marks.json() }),
        created_at: NOW,
        last_message_at: NOW,
        ..Session::default()
    };
    let event = Event {
        correlation_id: marks.next(),
        agent: "marketplace".into(),
        intent: marks.next(),
        payload: marks.json(),
        response: marks.next(),
        tool_calls: "[]".into(),
        ..Event::default()
    };
    Settlement {
        done: Done::Dead(marks.next()),
        session: Some(session),
        person: PersonChange {
            place: Some(Place { point: Some(POINT), name: Some(marks.next()), address: None }),
            ..PersonChange::default()
        },
        effects: effects(marks),
        replies: vec![Reply { agent: "marketplace".into(), body: marks.json(), url: None, kind: Default::default() }],
        event: Some(event),
        journal: Some(marks.next().into_bytes()),
        ..Settlement::of(claim, NOW + 5)
    }
}

/// Stores, answers and reads what people and agents say, on every path of the writer.
async fn speak(store: &Store, marks: &mut Marks) {
    for turn in 0..34 {
        let phone = format!("2507880{turn:05}");
        let said = says(&phone, marks.next(), marks.next(), marks.next(), marks.next());
        let delivery = Delivery {
            body: Bytes::from(marks.next()),
            received_at: NOW,
            items: vec![said, failed(marks)],
            unreadable: Some(marks.next()),
            forwards: false,
        };
        let claim = store.ingest(delivery).await.expect("it is stored").claimed.remove(0);
        let queued = store.settle(settlement(&claim, marks)).await.expect("it settles").queued.remove(0);
        let result = match turn % 3 {
            0 => SendResult::Taken { wamid: marks.next() },
            1 => SendResult::Refused { at: NOW, error: marks.next() },
            _ => SendResult::Failed { error: marks.next() },
        };
        send(store, &queued, result, NOW + 5).await;
        let query = listings::Query { words: marks.next(), limit: 5, ..no_query() };
        store.listings_search("marketplace", claim.person.id, &query, NOW).await.expect("it is searched");
    }
    store.set_config("flags", &marks.json(), &Actor::at_terminal(marks.next())).await.expect("it is set");
    let due = store.claim_due_sends(To::Person, NOW + 60_000, 100, 0).await.expect("it is read");
    assert!(!due.is_empty());
}

fn no_query() -> listings::Query {
    listings::Query {
        words: String::new(),
        kind: None,
        category: None,
        attributes: Vec::new(),
        price_min: None,
        price_max: None,
        near: None,
        radius_km: None,
        limit: 5,
        offset: 0,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_text_is_ever_in_a_statement() {
    let cluster = Cluster::start_with(
        false,
        &["log_statement=all", "log_parameter_max_length=0", "log_min_duration_statement=-1"],
    );
    for pooled in [false, true] {
        let url = cluster.database().await;
        let mut store = open(&url, false).await;
        let pooler = pooled.then(|| Pooler::by_transaction(&url));
        if let Some(pooler) = &pooler {
            store = open(&pooler.url, true).await;
        }
        let mut marks = Marks::default();
        speak(&store, &mut marks).await;
        assert!(marks.0.len() >= 1_000, "{} texts", marks.0.len());
        let log = cluster.log();
        // As they are, or as the bytes of a body.
        let said = log.matches("mark0").count() + log.matches(&hex::encode("mark0")).count();
        assert_eq!(said, 0, "texts stand in statements");
        assert!(log.matches("insert into message (").count() >= 34, "the statements are logged");
        let mut shell = PgConnection::connect(&url).await.expect("it answers");
        let stored = "select count(*) from switchboard.message where content ~ 'mark[0-9]{5}x'";
        assert_eq!(sqlx::query_scalar::<_, i64>(stored).fetch_one(&mut shell).await.expect("counted"), 34);
        drop(store);
    }
}

/// What a server's owner, or a role's, may have set.
const ODD: [&str; 7] = [
    "standard_conforming_strings = off",
    "backslash_quote = off",
    "\"DateStyle\" = 'SQL, DMY'",
    "\"TimeZone\" = 'Asia/Kathmandu'",
    "\"IntervalStyle\" = 'sql_standard'",
    "bytea_output = 'escape'",
    "extra_float_digits = -10",
];

/// Quotes, what escapes them, and all that has a meaning in SQL, in arrays or in JSON.
const NASTY: [&str; 8] = [
    r#"it's "5\6" {a,b} NULL $1 $$ \' \\' ; -- /* é 😀 \n"#,
    "two\nlines\tand\r\n\u{1}\u{7f}",
    r"\",
    r"\\",
    r"E'\x41' '' ''' \'; drop table person; --",
    " ",
    "{}",
    "a\u{2028}b\u{feff}",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_settings_of_a_server_change_nothing() {
    for (pooled, of_role) in [(false, false), (false, true), (true, false), (true, true)] {
        let plain = shared().database().await;
        let (server, name) = plain.rsplit_once('/').expect("an address");
        let mut shell = PgConnection::connect(&plain).await.expect("it answers");
        let role = if of_role { format!("odd_{name}") } else { "postgres".to_owned() };
        let whose = if of_role { format!("role {role}") } else { format!("database {name}") };
        if of_role {
            run(&mut shell, &format!("create role {role} login superuser")).await;
        }
        for setting in ODD {
            run(&mut shell, &format!("alter {whose} set {setting}")).await;
        }
        let url = format!("{}/{name}", server.replace("postgres@", &format!("{role}@")));
        let direct = open(&url, false).await;
        let pooler = pooled.then(|| Pooler::with_user(&url, &role));
        let store = match &pooler {
            Some(pooler) => open(&pooler.url, true).await,
            None => direct,
        };
        for (n, text) in NASTY.into_iter().enumerate() {
            talk(&store, n, text).await;
        }
    }
}

async fn run(shell: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(shell).await.expect("it runs");
}

/// A conversation in which everything is this text; all is read as it was said.
async fn talk(store: &Store, n: usize, text: &str) {
    let said = |at: i64, wamid: &str| Delivery {
        body: Bytes::from_static(b"\x00\xff'\\\""),
        received_at: at,
        items: vec![says(
            &format!("2507881{n:05}"),
            format!("{n} {wamid} {text}"),
            text.into(),
            text.into(),
            text.into(),
        )],
        unreadable: Some(text.into()),
        forwards: false,
    };
    let claim = store.ingest(said(NOW, "first")).await.expect("it is stored").claimed.remove(0);
    assert_eq!(claim.message.content, Content::Text(text.into()));
    let mut settlement = settlement(&claim, &mut Marks::default());
    let data = json!({ "said": text }).to_string();
    let listing = Uuid::now_v7();
    let created = Write::ListingCreate { id: listing, draft: draft(text.into(), text.into(), data.clone()) };
    settlement.effects = vec![Effect { agent: "marketplace".into(), write: created }];
    settlement.done = Done::Dead(text.into());
    let session = settlement.session.as_mut().expect("one");
    session.flow = Some(FlowState { flow: text.into(), step: text.into(), data: data.clone() });
    settlement.event.as_mut().expect("one").response = text.into();
    settlement.replies[0].body = data.clone();
    let stored = settlement.session.clone();
    let queued = store.settle(settlement).await.expect("it settles").queued.remove(0);
    send(store, &queued, SendResult::Failed { error: text.into() }, NOW + 5).await;

    let again = store.ingest(said(NOW + 10, "second")).await.expect("it is stored").claimed.remove(0);
    let read = again.session.expect("the session");
    let stored = stored.expect("it was stored");
    let flow = |session: &Session| session.flow.clone().map(|flow| (flow.flow, flow.step));
    assert_eq!(flow(&read), flow(&stored));
    assert_eq!((read.created_at, read.last_message_at), (stored.created_at, stored.last_message_at));
    assert_eq!(again.person.name.as_deref(), Some(text));
    let point = again.person.place.and_then(|place| place.point).expect("a place");
    assert_eq!((point.latitude, point.longitude), (POINT.latitude, POINT.longitude));
    let found = store.listing("marketplace", again.person.id, listing).await.expect("it is read").expect("it is there");
    assert_eq!((found.draft.title.as_str(), found.draft.description.as_deref()), (text, Some(text)));
    assert_eq!(found.draft.place.and_then(|place| place.point), Some(POINT));
    let all = store.export(again.person.id).await.expect("it is given out");
    assert_eq!(all["person"][0]["lat"], json!(POINT.latitude));
    assert_eq!(all["unified_agent_events"][0]["response_text"], json!(text));
    assert_eq!(all["unified_sessions"][0]["last_message_at"], json!("2026-05-28T20:26:40+00:00"));
}
