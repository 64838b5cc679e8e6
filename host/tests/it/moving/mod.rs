//! From one state to another: schemas, files, servers, and what a project had before.

mod migrations;

use std::process::Command;

use sqlx::{Connection, migrate::Migrator, postgres::PgConnection, sqlite::SqliteConnection};

use switchboard_kit::{
    cluster,
    shell::Shell,
    stage::{Stage, until},
};
use switchboard_store::{Role, Store, StoreError, StoreOptions};

static POSTGRES: Migrator = sqlx::migrate!("../migrations/postgres");
static SQLITE: Migrator = sqlx::migrate!("../migrations/sqlite");

async fn open(url: &str) -> Result<Store, StoreError> {
    Store::open(url, StoreOptions { role: Role::Serve, ..StoreOptions::default() }).await
}

fn of_switchboard(known: &Migrator) -> Migrator {
    let mut migrator = Migrator::with_migrations(known.iter().cloned().collect());
    migrator.dangerous_set_table_name("switchboard.migration");
    migrator.create_schema("switchboard");
    migrator
}

/// Rows of the outbox from before it had kinds and versions.
#[tokio::test]
async fn the_outbox_of_the_release_before_is_kept() {
    let person = "01980000-0000-7000-8000-000000000001";
    let rows = |schema: &str| {
        let bodies = [r#"{"type":"text"}"#, r#"{"type":"template","template":{}}"#, r#"{"a":1}"#];
        let row = |(n, state): (usize, &str)| {
            let (body, url) = (bodies[n % 3], if n % 3 == 2 { "'http://old'" } else { "null" });
            format!(
                "insert into {schema}outbox (outbox_id, lane_id, message_id, agent, body, state, run_at, created_at, url) values ({n}, 1, {n}, 'jobs', '{body}', '{state}', 1, 1, {url})"
            )
        };
        let people = [
            format!("insert into {schema}person (person_id, bucket, created_at) values ('{person}', 1, 1)"),
            format!("insert into {schema}lane (lane_id, person_id, business) values (1, '{person}', '1')"),
        ];
        let states = ["queued", "sending", "unknown", "sent", "dead", "queued"].into_iter().enumerate();
        people.into_iter().chain(states.map(row)).collect::<Vec<_>>()
    };
    let after = "select string_agg(state || ' ' || kind || ' ' || version, ', ') from (select state, kind, version from outbox order by outbox_id) as o";
    let kept =
        "queued answer 0, sending template 0, unknown forward 0, sent answer 0, dead template 0, queued forward 0";

    let url = cluster::shared().database().await;
    let mut connection = PgConnection::connect(&url).await.expect("it opens");
    of_switchboard(&POSTGRES).run_to(7, &mut connection).await.expect("migrated");
    for sql in rows("switchboard.") {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.expect("inserted");
    }
    drop(Store::open(&url, StoreOptions::default()).await.expect("it opens"));
    assert_eq!(Shell::open(&url).await.texts(after).await, [kept]);

    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}/store.db", folder.path().display());
    let mut connection = SqliteConnection::connect(&format!("{url}?mode=rwc")).await.expect("it opens");
    SQLITE.run_to(11, &mut connection).await.expect("migrated");
    for sql in rows("") {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.expect("inserted");
    }
    connection.close().await.expect("closed");
    drop(Store::open(&url, StoreOptions::default()).await.expect("it opens"));
    assert_eq!(Shell::open(&url).await.texts(after).await, [kept]);
}

/// Identities from before they ended: a number that was changed, two forms of one number, two who were made one.
#[tokio::test]
async fn who_somebody_was_before_identities_ended_is_kept() {
    let id = |n: u32| format!("01980000-0000-7000-8000-00000000000{n}");
    let rows = |schema: &str| {
        let person = |n: u32, phone: &str, user_id: &str| {
            format!(
                "insert into {schema}person (person_id, bucket, phone, user_id, created_at) values ('{}', 1, {phone}, {user_id}, 1)",
                id(n)
            )
        };
        let identity = |kind: &str, value: &str, n: u32, since: u32| {
            format!(
                "insert into {schema}identity (kind, value, person_id, since) values ('{kind}', '{value}', '{}', {since})",
                id(n)
            )
        };
        vec![
            // The number and the user id were changed.
            person(1, "'250788000002'", "'RW.2'"),
            identity("phone", "250788000001", 1, 1),
            identity("phone", "250788000002", 1, 2),
            identity("user_id", "RW.1", 1, 1),
            identity("user_id", "RW.2", 1, 2),
            // Two forms of a number in Brazil.
            person(2, "'553187654321'", "null"),
            identity("phone", "553187654321", 2, 1),
            person(3, "'5531987654321'", "'BR.3'"),
            identity("phone", "5531987654321", 3, 2),
            identity("user_id", "BR.3", 3, 2),
            // Went into the first.
            person(4, "'250788000004'", "null"),
            format!(
                "insert into {schema}person_merge (person_id, merged_person_id, merged_at) values ('{}', '{}', 1)",
                id(1),
                id(4)
            ),
            identity("phone", "250788000004", 1, 1),
            // Known by a user id only.
            person(5, "null", "'RW.5'"),
            identity("user_id", "RW.5", 5, 1),
            format!("insert into {schema}lane (lane_id, person_id, business) values (1, '{}', '1')", id(1)),
            format!(
                "insert into {schema}outbox (outbox_id, lane_id, message_id, agent, body, state, run_at, created_at) values (1, 1, 1, 'jobs', '{{}}', 'queued', 1, 1)"
            ),
        ]
    };
    let all = async |url: &str| {
        let store = open(url).await.expect("it opens");
        let mut shell = Shell::open(url).await;
        let now = shell.texts("select value || ' ' || substr(cast(person_id as text), 36) || ' ' || coalesce(pair, '-') from identity order by kind, value").await;
        assert_eq!(
            now,
            ["250788000002 1 RW.2", "5531987654321 3 BR.3", "BR.3 3 5531987654321", "RW.2 1 250788000002", "RW.5 5 -"]
        );
        let before = shell.texts("select value || ' ' || substr(cast(person_id as text), 36) || ' ' || reason from former_identity order by kind, value").await;
        assert_eq!(
            before,
            ["250788000001 1 upgrade", "250788000004 1 upgrade", "553187654321 2 upgrade", "RW.1 1 upgrade"],
            "nothing is lost"
        );
        let phones = shell.texts("select coalesce(phone, '-') from person order by person_id").await;
        assert_eq!(phones, ["250788000002", "-", "5531987654321", "-", "-"]);
        let row = store.outbox_heads(switchboard_store::To::Person, &[1]).await.expect("read").remove(0);
        assert_eq!(row.to.as_ref().map(|to| to.as_str()), Some("250788000002"), "what waits goes where it was to go");
    };
    let url = cluster::shared().database().await;
    let mut connection = PgConnection::connect(&url).await.expect("it opens");
    of_switchboard(&POSTGRES).run_to(11, &mut connection).await.expect("migrated");
    for sql in rows("switchboard.") {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.expect("inserted");
    }
    all(&url).await;

    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}/store.db", folder.path().display());
    let mut connection = SqliteConnection::connect(&format!("{url}?mode=rwc")).await.expect("it opens");
    SQLITE.run_to(15, &mut connection).await.expect("migrated");
    for sql in rows("") {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.expect("inserted");
    }
    connection.close().await.expect("closed");
    all(&url).await;
}

#[tokio::test]
async fn what_is_wrong_with_a_server_is_said_in_a_sentence() {
    let good = cluster::shared().database().await;
    let server = good.rsplit_once('/').expect("an address").0;
    let name = good.rsplit_once('/').expect("an address").1;
    let says = async |url: &str| match Store::open(url, StoreOptions::default()).await {
        Ok(_) => panic!("{url} opens"),
        Err(error) => error.to_string(),
    };
    assert!(says(&format!("{server}/nowhere")).await.contains("does not exist: create it"));
    let stranger = good.replace("postgres@", "stranger:secret@");
    let said = says(&stranger).await;
    assert!(said.contains("refuses the user `stranger`") && !said.contains("secret"), "{said}");
    assert!(says("postgres://127.0.0.1:1/x").await.contains("127.0.0.1:1/x cannot be used"));
    assert!(says("mysql://root@db/x").await.contains("postgres://user:password@host:5432/name"));
    assert!(says("postgres://user@host:port/x").await.contains("no address of Postgres"));

    let mut connection = PgConnection::connect(&good).await.expect("it opens");
    let sql = sqlx::AssertSqlSafe(format!("alter database {name} set default_transaction_read_only = on"));
    sqlx::raw_sql(sql).execute(&mut connection).await.expect("set");
    assert!(says(&good).await.contains("can only be read from"));
    let sql = sqlx::AssertSqlSafe(format!("set default_transaction_read_only = off; alter database {name} reset all"));
    sqlx::raw_sql(sql).execute(&mut connection).await.expect("set");

    // A schema of a later program is served.
    open(&good).await.expect("it opens");
    let later = "insert into switchboard.migration (version, description, success, checksum, execution_time) values (9999, 'later', true, '', 0)";
    sqlx::raw_sql(later).execute(&mut connection).await.expect("inserted");
    open(&good).await.expect("it opens still");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_business_moves_from_the_file_to_a_server() {
    let mut stage = Stage::new(&["support", "marketplace"]);
    stage.start().await;
    let phone = "+250788000001";
    let mut ann = stage.talk(phone);
    ann.say("I want to sell a sofa").await;
    stage.talk("+250788000002").say("hello").await;
    until("all is sent", async || stage.count("select count(*) from outbox where state <> 'sent'").await == 0).await;
    let heard = stage.heard(phone, 0, 1).await.len();
    assert!(stage.terminate());
    let step = stage.text("select active_flow || flow_step from unified_sessions where active_flow is not null").await;

    let from = format!("sqlite://{}", stage.database().display());
    let url = cluster::shared().database().await;
    stage.set("DATABASE_URL", &url);
    let copied = stage.run(&["db", "copy", &from]);
    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
    assert!(String::from_utf8_lossy(&copied.stdout).contains("All rows have been copied"));
    let mut file = Shell::open(&from).await;
    for table in
        ["person", "message", "outbox", "delivery", "journal", "unified_sessions", "unified_agent_events", "identity"]
    {
        let count: &'static str = Box::leak(format!("select count(*) from {table}").into_boxed_str());
        assert_eq!(stage.count(count).await, file.value::<i64>(count).await, "{table}");
    }
    assert_eq!(
        stage.text("select encode(body, 'hex') from delivery order by delivery_id limit 1").await,
        file.value::<Option<String>>("select lower(hex(body)) from delivery order by delivery_id limit 1").await
    );
    let again = stage.run(&["db", "copy", &from]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("copy into an empty database"));

    // The conversation goes on where it was.
    stage.start().await;
    assert_eq!(
        stage.text("select active_flow || flow_step from unified_sessions where active_flow is not null").await,
        step
    );
    assert_eq!(stage.say(phone, switchboard_kit::talk::text("80 000")).await, 200);
    stage.heard(phone, heard, 1).await;
    let next = stage.text("select active_flow || flow_step from unified_sessions where active_flow is not null").await;
    assert_ne!(next, step, "the flow went on");
    assert_eq!(stage.count("select count(*) from person").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_of_a_server_comes_back_whole() {
    let mut stage = Stage::new(&["support"]);
    let url = cluster::shared().database().await;
    stage.set("DATABASE_URL", &url);
    stage.start().await;
    stage.talk("+250788000001").say("hello").await;
    until("all is sent", async || stage.count("select count(*) from outbox where state <> 'sent'").await == 0).await;
    assert!(stage.terminate());
    let folder = tempfile::tempdir().expect("a folder");
    let (dump, empty) = (folder.path().join("switchboard.dump"), cluster::shared().database().await);
    let run = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(cluster::program(program));
        command.envs(cluster::libraries().map(|folder| ("LD_LIBRARY_PATH", folder)));
        let output = command.args(arguments).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let dump = dump.to_str().expect("a path");
    run("pg_dump", &["--format=custom", "--file", dump, &url]);
    run("pg_restore", &["--dbname", &empty, dump]);
    let mut before = Shell::open(&url).await;
    let mut after = Shell::open(&empty).await;
    for sql in [
        "select count(*) from message",
        "select count(*) from journal",
        "select count(*) from unified_sessions",
        "select last_value from ids",
    ] {
        assert_eq!(after.value::<i64>(sql).await, before.value::<i64>(sql).await, "{sql}");
    }
    stage.set("DATABASE_URL", &empty);
    stage.start().await;
    stage.talk_on("+250788000001").await.say("menu").await;
    assert_eq!(stage.count("select count(*) from person").await, 1);
}

#[tokio::test]
async fn what_a_project_had_is_taken_over_and_kept() {
    let url = cluster::shared().database().await;
    let mut connection = PgConnection::connect(&url).await.expect("it opens");
    sqlx::raw_sql("
        create table app_config (id integer primary key default 1 check (id = 1), search_radius_km integer not null, unified_service_flags jsonb);
        insert into app_config (search_radius_km) values (10);
        create table jobs (id uuid primary key default gen_random_uuid(), posted_by text, title text, location text, pay_min numeric, status text);
        insert into jobs (posted_by, title, location, pay_min, status) values ('+250788100200', 'Cook', 'Kigali', 1000, 'open'), (null, 'Nobody', null, null, 'open');
        create table marketplace_listings (id uuid primary key default gen_random_uuid(), seller_name text, seller_phone text, product_name text, price numeric, photos text[], status text);
        insert into marketplace_listings (seller_name, seller_phone, product_name, price, photos, status) values ('Ann', '250788100201', 'Sofa', 5, '{a,b}', 'sold');
        do $$ begin create role anon; exception when duplicate_object then null; end $$;
        grant all on app_config to anon;").execute(&mut connection).await.expect("made");
    let refused = open(&url).await.err().expect("it does not open").to_string();
    assert!(refused.contains("switchboard db adopt"), "{refused}");

    let adopt = || {
        let mut adopt = switchboard_kit::stage::program();
        let folder = tempfile::tempdir().expect("a folder");
        let adopted = adopt
            .args(["db", "adopt"])
            .env("DATABASE_URL", &url)
            .env("SWITCHBOARD_ENV", "development")
            .current_dir(folder.path())
            .output()
            .expect("it runs");
        assert!(adopted.status.success(), "{}", String::from_utf8_lossy(&adopted.stderr));
        String::from_utf8_lossy(&adopted.stdout).into_owned()
    };
    let said = adopt();
    assert!(said.contains("app_config: its row is kept"), "{said}");
    assert!(said.contains("jobs: 1 rows copied; the table is jobs_before now, 1 of its rows"), "{said}");
    assert!(said.contains("marketplace_listings: 1 rows copied"), "{said}");
    let mut shell = Shell::open(&url).await;
    assert_eq!(
        shell.value::<String>("select posted_by || title || location || pay_min || status from jobs").await,
        "+250788100200CookKigali1000active"
    );
    assert_eq!(
        shell
            .value::<String>("select seller_phone || title || price || status || images from marketplace_listings")
            .await,
        r#"+250788100201Sofa5sold["a", "b"]"#
    );
    assert_eq!(shell.value::<i64>("select count(*) from jobs_before").await, 2, "nothing is dropped");
    assert_eq!(
        shell.value::<i64>("select search_radius_km::bigint from app_config where key is null").await,
        10,
        "the old row is kept"
    );
    shell.run("insert into app_config (key, value) values ('unified_service_flags', '{\"unifiedServiceRolloutPercent\": 5}')
        on conflict (key) do update set value = excluded.value").await;
    assert!(!shell.value::<bool>("select has_table_privilege('anon', 'app_config', 'select')").await);
    let store = open(&url).await.expect("it opens");
    assert!(store.config("unified_service_flags").await.expect("read").is_some());
    assert!(!adopt().contains("copied"), "once is enough");
}
