//! What only Postgres has: the checklist's SQL as written, views, row security, search by SQL, indexes.

use std::{
    ops::Range,
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

use bytes::Bytes;
use sqlx::{Connection, postgres::PgConnection};
use switchboard::conversation;
use switchboard_core::{
    contract::types::Content,
    inbox::{Delivery, Inbound, Item, Kind, Sender},
    phone::Phone,
    session::Session,
};
use switchboard_sandbox::plugins::{Compiler, Plugins, PluginsConfig};
use switchboard_store::{Role, Settlement, Store, StoreOptions};

use switchboard_kit::{
    cluster,
    stage::{Stage, until},
    talk::text,
};

/// The deployment checklist as operators have it.
const CHECKLIST: &str = include_str!("../corpus/deployment-checklist.md");

/// SQL by an operator's hand: one value a line.
pub(crate) fn psql(url: &str, sql: &str) -> Vec<String> {
    let output = psql_as(url, None, sql);
    assert!(output.status.success(), "{sql}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

/// The same as one of the roles that a data API takes on, with its claims.
pub(crate) fn psql_as(url: &str, role: Option<(&str, &str)>, sql: &str) -> Output {
    let mut psql = Command::new(cluster::program("psql"));
    psql.envs(cluster::libraries().map(|folder| ("LD_LIBRARY_PATH", folder)));
    psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url]);
    if let Some((role, claims)) = role {
        psql.args(["-c", &format!("set role {role}"), "-c", &format!("set request.jwt.claims = '{claims}'")]);
    }
    psql.args(["-c", sql]).output().expect("psql runs")
}

/// The SQL blocks of the checklist, as written.
fn blocks() -> Vec<&'static str> {
    CHECKLIST.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

fn block(start: &str) -> &'static str {
    blocks().into_iter().find(|block| block.contains(start)).unwrap_or_else(|| panic!("{start} is in the checklist"))
}

/// The flags in force at a host, by what `/health` says of them.
async fn in_force(stage: &Stage, node: usize) -> (bool, f64) {
    let (_, health) = stage.health(node).await;
    (health["rollout"]["enabled"] == true, health["rollout"]["percent"].as_f64().unwrap_or(-1.0))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_checklist_works_as_it_is_written() {
    let url = cluster::shared().database().await;
    let mut stage = Stage::of_nodes(&["support", "marketplace"], 2);
    stage.set("DATABASE_URL", &url);
    stage.start_node(0).await;
    stage.start_node(1).await;

    let tables = psql(&url, block("information_schema"));
    let five =
        ["unified_agent_events", "unified_applications", "unified_listings", "unified_matches", "unified_sessions"];
    let mut sorted = tables.clone();
    sorted.sort();
    assert_eq!(sorted, five);

    // Every change of the flags reaches both hosts within a second, in the checklist's order: 0, 1, 10, 50, 100, back to 0, off.
    let changes: Vec<&str> = blocks().into_iter().filter(|block| block.contains("app_config")).collect();
    let wanted = [(true, 0.0), (true, 1.0), (true, 10.0), (true, 50.0), (true, 100.0), (true, 0.0), (false, 0.0)];
    assert_eq!(changes.len(), wanted.len());
    let mut slowest = Duration::ZERO;
    for (change, (enabled, percent)) in changes.into_iter().zip(wanted) {
        psql(&url, change);
        let changed = Instant::now();
        for node in 0..2 {
            until("the flags are in force", async || in_force(&stage, node).await == (enabled, percent)).await;
        }
        slowest = slowest.max(changed.elapsed());
    }
    println!("flags: slowest of 7 edits in force on two hosts after {} ms", slowest.as_millis());

    // Conversations at 100 %.
    psql(&url, block("'100'"));
    until("everybody is in", async || in_force(&stage, 1).await == (false, 100.0)).await;
    psql(
        &url,
        "update app_config set value = jsonb_set(value, '{unifiedServiceEnabled}', 'true') where key = 'unified_service_flags'",
    );
    for node in 0..2 {
        until("it is on", async || in_force(&stage, node).await == (true, 100.0)).await;
    }
    for (phone, words) in
        [("+250788123456", "hello"), ("+250788123456", "I want to buy a phone"), ("+250788123457", "menu")]
    {
        let heard = stage.heard(phone, 0, 0).await.len();
        assert_eq!(stage.say(phone, text(words)).await, 200);
        stage.heard(phone, heard, 1).await;
    }
    until("all is settled", async || stage.count("select count(*) from unified_agent_events").await == 3).await;

    // The monitoring queries give what an independent count gives.
    let monitoring = block("FILTER (WHERE payload");
    let said = psql(&url, monitoring);
    assert_eq!(said[0], "0|3|0", "errors, total, error rate");
    let mut by_agent: Vec<&String> = said[1..].iter().filter(|line| line.contains('|')).collect();
    by_agent.sort();
    let sum =
        |lines: &[&String]| lines.iter().filter_map(|line| line.split('|').nth(1)?.parse::<i64>().ok()).sum::<i64>();
    let sessions = stage.count("select count(*) from unified_sessions where status = 'active'").await;
    assert_eq!(sum(&by_agent), 3 + sessions, "{said:?}");
    assert_eq!(sessions, 2);

    // The debug queries find the person.
    let debug = psql(&url, block("user_phone = '+250788123456'"));
    assert_eq!(
        debug.iter().filter(|line| line.contains("+250788123456")).count(),
        2 + 1,
        "two events and one session: {debug:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_conversation_is_the_same_on_postgres() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let config = PluginsConfig {
        manifest: root.join("plugins.toml"),
        data_dir: root.join("data"),
        compiler: Compiler::InProcess,
    };
    let plugins = Plugins::load_once(config).await.expect("the agents load");
    let server = cluster::shared().database().await;
    for agent in std::fs::read_dir(root.join("agents")).expect("agents").flatten() {
        let folder = agent.path().join("conversations");
        let name = agent.file_name().into_string().expect("UTF-8");
        let played = conversation::play_folder(&plugins, &name, &folder, "", false, Some(&server)).await;
        assert_eq!(played.expect("it plays").failures, []);
    }
}

/// A database with the schema, and a host's store on it.
pub(crate) async fn schema() -> (String, Store) {
    let url = cluster::shared().database().await;
    let store =
        Store::open(&url, StoreOptions { role: Role::Serve, ..StoreOptions::default() }).await.expect("it opens");
    (url, store)
}

#[tokio::test]
async fn the_old_views_can_be_read_and_written() {
    let (url, store) = schema().await;
    psql(
        &url,
        "insert into jobs (posted_by, title, pay_min, pay_max, location, requirements) values ('+250 788 100 200', 'Cook', 1000, 2000, 'Kigali', 'A licence')",
    );
    psql(
        &url,
        "insert into marketplace_listings (seller_phone, title, price, condition, lat, lng) values ('+250788100201', 'Brown sofa', 80000, 'used', -1.95, 30.1)",
    );
    psql(
        &url,
        "insert into properties (landlord_phone, title, monthly_rent, bedrooms) values ('+250788100201', 'House', 300000, 3)",
    );
    assert_eq!(
        psql(&url, "select posted_by, title, pay_min, pay_max, location, requirements, status from jobs"),
        ["+250788100200|Cook|1000|2000|Kigali|A licence|active"]
    );
    assert_eq!(psql(&url, "select monthly_rent, bedrooms, bathrooms is null from properties"), ["300000|3|t"]);
    assert_eq!(psql(&url, "select count(*) from switchboard.person"), ["2"], "one person a number");
    psql(
        &url,
        "insert into job_applications (job_id, seeker_phone, cover_letter) select id, '+250788100202', 'Hire me' from jobs",
    );
    psql(&url, "update job_applications set status = 'accepted'");
    assert_eq!(psql(&url, "select status, responded_at is not null from unified_applications"), ["accepted|t"]);
    psql(&url, "update properties set title = 'Big house', bedrooms = 4");
    assert_eq!(
        psql(&url, "select title, attributes->>'bedrooms' from unified_listings where domain = 'property'"),
        ["Big house|4"]
    );
    // What an agent wrote as it likes fails no view.
    psql(
        &url,
        r#"update unified_listings set attributes = '{"bedrooms": "2-3", "bathrooms": 1.5}' where domain = 'property'"#,
    );
    assert_eq!(psql(&url, "select title, bedrooms is null, bathrooms from properties"), ["Big house|t|1"]);
    psql(&url, "update properties set title = 'House'");
    assert_eq!(psql(&url, "select attributes->>'bedrooms' from unified_listings where title = 'House'"), ["2-3"]);
    for odd in ["null", "[3]", r#""999999999999""#, "-1", "1e9", r#"" 3 ""#] {
        psql(
            &url,
            &format!(r#"update unified_listings set attributes = '{{"bedrooms": {odd}}}' where domain = 'property'"#),
        );
        assert_eq!(psql(&url, "select count(*) from properties where bedrooms is null"), ["1"], "{odd}");
    }
    let refused = psql_as(&url, None, "insert into jobs (posted_by, title) values ('call me', 'Cook')");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("`call me` is no number"));

    // The host gives what came through SQL its words: agents find it.
    let now = 1_790_000_000_000;
    store.bring_due(now).await.expect("brought");
    let query = switchboard_core::contract::listings::Query {
        words: "sofas".into(),
        kind: None,
        category: None,
        attributes: Vec::new(),
        price_min: None,
        price_max: None,
        near: None,
        radius_km: None,
        limit: 9,
        offset: 0,
    };
    let found = store.listings_search("marketplace", uuid::Uuid::nil(), &query, now).await.expect("searched");
    assert_eq!(found.iter().map(|listing| listing.draft.title.as_str()).collect::<Vec<_>>(), ["Brown sofa"]);

    psql(&url, "delete from jobs");
    assert_eq!(psql(&url, "select count(*) from unified_listings where domain = 'jobs'"), ["0"]);
    assert_eq!(psql(&url, "select count(*) from job_applications"), ["0"]);
}

#[tokio::test]
async fn listings_are_found_by_sql_in_the_languages_it_knows() {
    let (url, _store) = schema().await;
    psql(&url, "insert into marketplace_listings (seller_phone, title, description, lat, lng) values
        ('+250788100201', 'Brown sofa', 'Three seats', -1.95, 30.10), ('+250788100201', 'Maisons à louer', 'Belle vue', -1.96, 30.11),
        ('+250788100201', 'Inzu nziza', 'Kimironko', -2.60, 29.74), ('+250788100201', 'Sofa bed', 'Blue', 5.0, 5.0)");
    let titles = |sql: &str| psql(&url, &format!("select title from {sql}"));
    assert_eq!(
        titles("unified_search('sofas', -1.95, 30.1)"),
        ["Brown sofa"],
        "English stems; what is too far is left out"
    );
    assert_eq!(
        titles("unified_search('maison', null, null, array['marketplace'])"),
        ["Maisons à louer"],
        "French stems"
    );
    assert_eq!(titles("unified_search('inzu')"), ["Inzu nziza"], "other languages by their words");
    assert_eq!(titles("unified_search('sofa', null, null, array['jobs'])"), [] as [&str; 0]);
    assert_eq!(
        titles("unified_search('', -1.95, 30.1) where distance_km < 2"),
        ["Brown sofa", "Maisons à louer"],
        "the nearest first"
    );
}

#[tokio::test]
async fn each_role_sees_what_it_may() {
    let (url, _store) = schema().await;
    psql(
        &url,
        "insert into marketplace_listings (seller_phone, title) values ('+250788100201', 'Sofa'), ('+250788100202', 'Table')",
    );
    psql(
        &url,
        "insert into unified_sessions (user_id, user_phone, business_number) select person_id, '+' || phone, '1' from switchboard.person",
    );
    psql(&url, "insert into app_config (key, value) values ('unified_service_flags', '{}')");
    let sees = |role: &str, claims: &str, sql: &str| -> Result<String, String> {
        let output = psql_as(&url, Some((role, claims)), sql);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    };
    let ann = r#"{"role":"authenticated","phone":"250788100201"}"#;
    let own = |sql: &str| sees("authenticated", ann, sql);
    assert_eq!(own("select title from unified_listings").as_deref(), Ok("Sofa"));
    assert_eq!(
        own("select seller_phone from marketplace_listings").as_deref(),
        Ok("+250788100201"),
        "through a view too"
    );
    assert_eq!(own("select user_phone from unified_sessions").as_deref(), Ok("+250788100201"));
    assert!(own("insert into marketplace_listings (seller_phone, title) values ('+250788100201', 'x')").is_err());
    assert!(own("update unified_listings set title = 'x'").is_err());
    assert!(own("select value from app_config").is_err());
    assert!(own("select phone from switchboard.person").is_err());
    assert_eq!(
        sees("authenticated", "{}", "select count(*) from unified_listings").as_deref(),
        Ok("0"),
        "nobody's number, nobody's rows"
    );

    let anybody = |sql: &str| sees("anon", "{}", sql);
    for table in [
        "unified_listings",
        "unified_sessions",
        "unified_applications",
        "unified_matches",
        "unified_agent_events",
        "user_preferences",
        "app_config",
        "ai_agent_configs",
        "marketplace_listings",
        "jobs",
        "job_applications",
        "switchboard.person",
    ] {
        assert!(
            anybody(&format!("select * from {table}")).is_err_and(|error| error.contains("permission denied")),
            "{table}"
        );
    }
    assert_eq!(
        anybody("select string_agg(title, ' ' order by title) from public_listings").as_deref(),
        Ok("Sofa Table")
    );
    let phones = "select count(*) from information_schema.columns where table_name = 'public_listings' and column_name ~ 'phone|owner|user'";
    assert_eq!(psql(&url, phones), ["0"]);
    let found = anybody("select to_jsonb(s)::text from unified_search('sofa') as s").expect("anybody may search");
    assert!(found.contains("Sofa") && !found.contains("250788"), "{found}");
    assert!(anybody("select switchboard.person_of('+250788100299')").is_err());

    let service = |sql: &str| sees("service_role", "{}", sql);
    assert_eq!(service("select count(*) from unified_listings").as_deref(), Ok("2"));
    assert_eq!(service("update app_config set value = '{}'").as_deref(), Ok(""));
    assert_eq!(service("insert into jobs (posted_by, title) values ('+250788100203', 'Cook')").as_deref(), Ok(""));
    let unsafe_tables = "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relrowsecurity";
    assert_eq!(psql(&url, unsafe_tables), [] as [&str; 0], "row security on every table");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_needs_no_more_than_its_role() {
    let (url, _store) = schema().await;
    let name = url.rsplit('/').next().expect("a name");
    psql(&url, &format!("create role {name}_host login in role switchboard_node"));
    let mut stage = Stage::of_nodes(&["support"], 1);
    stage.set("DATABASE_URL", &url.replace("postgres@", &format!("{name}_host@")));
    stage.start().await;
    let mut ann = stage.talk("+250788000001");
    ann.say("hello").await;
    assert!(stage.terminate());
    // With an owner's part to do, it says so.
    psql(&url, "delete from switchboard.migration where version = (select max(version) from switchboard.migration)");
    let refused = stage.run(&["serve"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("switchboard db migrate"), "{said}");
}

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
