//! What only Postgres has: the checklist's SQL as written, views, row security, search by SQL, indexes.

mod load;

use std::{
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

use switchboard::conversation;
use switchboard_kit::{
    cluster,
    stage::{Stage, until},
    talk::text,
};
use switchboard_sandbox::plugins::{Compiler, Plugins, PluginsConfig};
use switchboard_store::{Role, Store, StoreOptions};

/// The deployment checklist as operators have it.
const CHECKLIST: &str = include_str!("../../corpus/deployment-checklist.md");

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
