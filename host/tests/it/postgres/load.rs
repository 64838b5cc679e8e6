//! What hosts ask of a server: indexes, waits, updates in place, quiet.

use std::ops::Range;

use bytes::Bytes;
use sqlx::{Connection, postgres::PgConnection};

use super::{psql, schema};
use switchboard_core::{
    contract::types::Content,
    inbox::{Delivery, Inbound, Item, Kind, Sender},
    phone::Phone,
    session::Session,
};
use switchboard_kit::{
    cluster,
    stage::{Stage, until},
};
use switchboard_store::Settlement;

#[tokio::test]
async fn queries_use_their_indexes() {
    let (url, _store) = schema().await;
    let mut connection = PgConnection::connect(&url).await.expect("it opens");
    let fill = "
        insert into switchboard.person (person_id, bucket, phone, created_at)
            select gen_random_uuid(), n % 10000, (250700000000 + n)::text, n from generate_series(1, 20000) as n;
        insert into switchboard.identity (kind, value, person_id, since) select 'phone', phone, person_id, 0 from switchboard.person;
        insert into switchboard.lane (lane_id, person_id, business) select row_number() over (), person_id, '1' from switchboard.person;
        insert into switchboard.message (message_id, lane_id, business, wamid, space, kind, state, content, sent_at, received_at, ready_at)
            select n, n, '1', 'w' || n, 'message', 'message', case when n % 100 = 0 then 'queued' else 'answered' end, '{}', n, n, n from generate_series(1, 20000) as n;
        insert into unified_sessions (user_id, user_phone, business_number) select person_id, '+' || phone, '1' from switchboard.person;
        insert into unified_listings (owner_user_id, domain, listing_type, title, lat, lng)
            select person_id, 'marketplace', 'product', 'thing ' || phone, -2 + random(), 29 + random() from switchboard.person;
        insert into unified_agent_events (correlation_id, user_id, created_at)
            select phone, person_id, now() - (created_at || ' minutes')::interval from switchboard.person order by created_at desc;
        analyze;";
    sqlx::raw_sql(fill).execute(&mut connection).await.expect("filled");
    for (query, index) in [
        ("select * from unified_sessions where user_phone = '+250700000007'", "unified_sessions_phone"),
        (
            "select * from unified_sessions where user_id = '0190a000-0000-7000-8000-000000000000' and business_number = '1' and status = 'active'",
            "unified_sessions_active",
        ),
        (
            "select count(*) from unified_agent_events where created_at > now() - interval '4 hours'",
            "unified_agent_events_created",
        ),
        (
            "select message_id from switchboard.message where lane_id = 7 and state = 'queued' order by message_id limit 1",
            "message_queued",
        ),
        (
            "select id from unified_listings where search @@ to_tsquery('simple', '250700000009')",
            "unified_listings_search",
        ),
        (
            "select id from unified_listings where status = 'active' and lat is not null and lng is not null
            and point(lng, lat) <@ box(point(29.5, -1.51), point(29.51, -1.5))",
            "unified_listings_place",
        ),
        (
            "select * from unified_listings where status = 'active' and expires_at < now() order by expires_at limit 50",
            "unified_listings_expiry",
        ),
        ("select person_id from switchboard.identity where kind = 'phone' and value = '250700000007'", "identity_pkey"),
    ] {
        let plan = psql(&url, &format!("explain {query}")).join("\n");
        assert!(plan.contains(index), "{query}\n{plan}");
        assert!(!plan.contains("Seq Scan"), "{query}\n{plan}");
    }
}

/// A delivery with a message of each of these people.
fn from_each(people: Range<usize>, round: i64, now: i64) -> Delivery {
    let says = |person: usize| {
        Item::Message(Inbound {
            business: "1".into(),
            wamid: format!("w{round}.{person}"),
            kind: Kind::Message,
            sender: Sender { phone: Phone::parse(&format!("250788{person:06}")).ok(), ..Sender::default() },
            sent_at: now,
            content: Content::Text("hello".into()),
            quotes: None,
            extras: Vec::new(),
        })
    };
    let items = people.map(says).collect();
    Delivery { body: Bytes::from_static(b"{}"), received_at: now, items, unreadable: None, forwards: false }
}

/// Waits until this connection is the only one to the database.
async fn until_alone(url: &str) {
    let others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    until("no other session", async || psql(url, others) == ["0"]).await;
}

/// Waits until nothing needs rows that are replaced by now: a transaction that is under way in any database of the cluster keeps them, and a
/// snapshot in this one, autovacuum's too.
async fn until_past_is_past(url: &str) {
    let now = &psql(url, "select pg_current_xact_id()")[0];
    let past = format!(
        "select pg_snapshot_xmin(pg_current_snapshot()) > '{now}' and not exists (select from pg_stat_activity
            where coalesce(datname, current_database()) = current_database() and pid <> pg_backend_pid()
                and age(backend_xmin) >= age('{now}'::xid))"
    );
    until("nothing older than now", async || psql(url, &past) == ["t"]).await;
}

#[tokio::test]
async fn what_waits_costs_no_batch_anything() {
    const WAITING: usize = 2_000;
    let (url, store) = schema().await;
    let now = 1_780_000_000_000;
    let answer = async |round: i64| {
        for claim in store.ingest(from_each(0..10, round, now)).await.expect("stored").claimed {
            store.settle(Settlement::of(&claim, now)).await.expect("settled");
        }
    };
    // Plans are made while the tables are small. Then others write, whose turns do not end.
    for round in 0..10 {
        answer(round).await;
    }
    for round in 0..10 {
        store.ingest(from_each(10..10 + WAITING, round, now)).await.expect("stored");
    }
    for round in 10..20 {
        answer(round).await;
    }
    drop(store);
    // Its sessions count what they read until they end.
    until_alone(&url).await;
    let read = "select seq_tup_read + idx_tup_fetch from pg_stat_user_tables where relname = 'message'";
    let read: i64 = psql(&url, read)[0].parse().expect("a number");
    println!("rows of messages that were read: {read}, beside {} that wait", WAITING * 10);
    assert!(read < WAITING as i64 * 100, "{read}");
}

#[tokio::test]
async fn rows_that_every_message_updates_do_not_swell_their_tables() {
    const PEOPLE: usize = 200;
    let (url, store) = schema().await;
    let mut sizes = Vec::new();
    for round in 0..30 {
        let now = 1_780_000_000_000 + round * 1_000;
        until_past_is_past(&url).await;
        let delivery = from_each(0..PEOPLE, round, now);
        let claimed = store.ingest(delivery).await.expect("stored").claimed;
        assert_eq!(claimed.len(), PEOPLE);
        let settled = claimed.iter().map(|claim| {
            let session = Session {
                id: claim.session.as_ref().map_or_else(uuid::Uuid::now_v7, |session| session.id),
                agent: "jobs".into(),
                created_at: now,
                last_message_at: now,
                ..Session::default()
            };
            store.settle(Settlement { session: Some(session), ..Settlement::of(claim, now) })
        });
        for settled in futures_util::future::join_all(settled).await {
            settled.expect("settled");
        }
        let size = psql(&url, "select pg_relation_size('switchboard.lane') + pg_relation_size('unified_sessions')");
        sizes.push(size[0].parse::<i64>().expect("bytes"));
    }
    println!(
        "lanes and sessions of {PEOPLE} people, KiB after 5 rounds and after 30: {} {}",
        sizes[4] >> 10,
        sizes[29] >> 10
    );
    // With none of the old rows' space used again it would be thirty times as much.
    assert!(sizes[29] <= sizes[4] * 4, "{sizes:?}");
}

/// An idle host asks one question now and then, and all else waits for what it finds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_host_asks_little() {
    const SECONDS: f64 = 10.0;
    let cluster = cluster::Cluster::start_with(false, &["log_statement=all", "log_parameter_max_length=0"]);
    let mut stage = Stage::new(&["support"]);
    stage.set("DATABASE_URL", &cluster.database().await);
    stage.start().await;
    let asked = |log: &str| {
        let of_transactions = ["begin", "commit", "set ", "discard"];
        let statement = |line: &str| {
            line.split_once("execute ").or(line.split_once("statement: ")).map(|(_, sql)| sql.to_lowercase())
        };
        let statements = log.lines().filter_map(statement);
        let counts = |sql: &String| {
            !of_transactions
                .iter()
                .any(|word| sql.split_once(": ").map_or(sql.as_str(), |(_, sql)| sql).starts_with(word))
        };
        statements.filter(counts).count()
    };
    // What a start asks for is over then.
    until("it looks", async || cluster.log().matches("from change").count() >= 20).await;
    let before = asked(&cluster.log());
    let began = std::time::Instant::now();
    until("some seconds pass", async || began.elapsed().as_secs_f64() >= SECONDS).await;
    let asked = asked(&cluster.log()) - before;
    let in_a_second = asked as f64 / began.elapsed().as_secs_f64();
    println!("an idle host asks {in_a_second:.1} statements a second");
    assert!((1.0..=6.0).contains(&in_a_second), "{in_a_second:.1} statements a second");
}
