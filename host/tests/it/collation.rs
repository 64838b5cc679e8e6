//! Keys compare by bytes on Postgres, whatever the collation of the database and whatever becomes of it.

use sqlx::{
    Connection, Row as _,
    migrate::Migrator,
    postgres::{PgConnection, PgRow},
};
use switchboard_kit::{
    cluster,
    shell::Shell,
    stage::{Stage, until},
};
use switchboard_store::{Role, Store, StoreOptions};

static POSTGRES: Migrator = sqlx::migrate!("../migrations/postgres");

/// The migration that makes keys compare by bytes.
const BY_BYTES: i64 = 10;

/// Indexed texts of another collation in the tables that the host knows.
const OTHERS: &str = "select c.oid::regclass || '.' || a.attname
    from pg_index as i
    join pg_class as c on c.oid = i.indrelid
    cross join lateral unnest(i.indkey::int2[], i.indcollation::oid[]) as k (attnum, collating)
    join pg_attribute as a on a.attrelid = c.oid and a.attnum = k.attnum
    where k.collating not in (0, 'pg_catalog.\"C\"'::regcollation)
        and (c.relnamespace = 'switchboard'::regnamespace
            or (c.relnamespace = 'public'::regnamespace and (c.relname like 'unified%' or c.relname in ('app_config', 'ai_agent_configs', 'user_preferences'))))
    order by 1";

async fn open(url: &str) -> Store {
    Store::open(url, StoreOptions { role: Role::Serve, ..StoreOptions::default() }).await.expect("it opens")
}

#[tokio::test]
async fn every_key_compares_by_bytes() {
    let url = cluster::shared().database().await;
    open(&url).await;
    let mut shell = Shell::open(&url).await;
    assert_eq!(shell.texts(OTHERS).await, [] as [String; 0], "give these columns `collate \"C\"`");
    shell.run("create table switchboard.another (name text primary key)").await;
    assert_eq!(shell.texts(OTHERS).await, ["another.name"], "this test finds one");
}

/// What a project has made on the host's tables.
const HOUSE: &str = r#"
create view public.house with (security_barrier = true) as
    select l.domain, count(*) as n from public.jobs as j join public.unified_listings as l using (id) group by 1;
create view public.house_of_house as select domain || '!' as loud from public.house;
grant select on public.house to pg_monitor with grant option;
grant select (n) on public.house to public;
grant update (title) on public.jobs to pg_monitor;
alter view public.house_of_house owner to pg_database_owner;
comment on view public.house is 'it''s ours';
create policy house on public.unified_listings for select to pg_monitor using (domain = 'jobs');
create policy house_too on public.unified_listings as restrictive for update using (domain <> 'x') with check (domain = 'y');
create trigger house before update of domain on public.unified_listings for each row execute function switchboard.touch();
alter table public.unified_listings disable trigger house;
alter default privileges in schema public grant all on tables to pg_monitor;
"#;

/// All views, triggers and policies, with their owners and rights.
async fn made(connection: &mut PgConnection) -> Vec<String> {
    let all = "
        select 'view ' || c.oid::regclass || ' ' || pg_get_userbyid(c.relowner) || ' ' || coalesce(c.relacl, acldefault('r', c.relowner))::text || ' '
            || coalesce(c.reloptions::text, '') || ' ' || coalesce(obj_description(c.oid, 'pg_class'), '') || pg_get_viewdef(c.oid)
            from pg_class as c where relkind = 'v' and relnamespace = 'public'::regnamespace
        union all select 'column ' || attrelid::regclass || '.' || attname || ' ' || attacl::text from pg_attribute where attacl is not null and attnum > 0 and attrelid >= 16384
        union all select 'trigger ' || tgenabled::text || ' ' || pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
        union all select 'policy ' || p::text from pg_policies as p
        order by 1";
    let rows = sqlx::raw_sql(all).fetch_all(connection).await.expect("read");
    rows.iter().map(|row: &PgRow| row.get(0)).collect()
}

#[tokio::test]
async fn what_depends_on_a_key_is_as_it_was() {
    let url = cluster::shared().database().await;
    let mut migrator = Migrator::with_migrations(POSTGRES.iter().cloned().collect());
    migrator.dangerous_set_table_name("switchboard.migration");
    migrator.create_schema("switchboard");
    let mut connection = PgConnection::connect(&url).await.expect("it opens");
    let before = POSTGRES.iter().map(|migration| migration.version).filter(|version| *version < BY_BYTES).max();
    migrator.run_to(before.expect("some"), &mut connection).await.expect("migrated");
    sqlx::raw_sql(HOUSE).execute(&mut connection).await.expect("made");
    let known = made(&mut connection).await;
    assert!(known.iter().any(|made| made.starts_with("view house ") && made.contains("pg_monitor=r*/")), "{known:#?}");
    migrator.run_to(BY_BYTES, &mut connection).await.expect("migrated");
    let now = made(&mut connection).await;
    let lost: Vec<&String> = known.iter().filter(|made| !now.contains(made)).collect();
    let new: Vec<&String> = now.iter().filter(|made| !known.contains(made)).collect();
    assert!(lost.is_empty() && new.is_empty() && known.len() == now.len(), "lost: {lost:#?}, new: {new:#?}");
}

/// The server's system was upgraded: a host goes on, and says so.
#[tokio::test]
async fn a_collation_of_another_version_is_noticed() {
    let url = cluster::shared().database().await;
    let (server, name) = url.rsplit_once('/').expect("a name");
    let mut shell = Shell::open(&url).await;
    let other = format!("{name}_icu");
    shell.run(&format!("create database {other} template template0 locale_provider icu icu_locale 'en'")).await;
    let mut stage = Stage::new(&["support"]);
    stage.set("DATABASE_URL", &format!("{server}/{other}"));
    stage.start().await;
    until("it is well", async || stage.health(0).await.1["status"] == "healthy").await;
    assert!(!String::from_utf8_lossy(&stage.run(&["doctor"]).stdout).contains("collation"));
    shell.run(&format!("update pg_database set datcollversion = '1.2' where datname = '{other}'")).await;
    let (code, health) = stage.health(0).await;
    assert_eq!((code, &health["status"]), (200, &serde_json::json!("degraded")));
    assert!(health["problems"][0].as_str().is_some_and(|problem| problem.contains("changed from version 1.2 to")));
    let said = String::from_utf8_lossy(&stage.run(&["doctor"]).stdout).into_owned();
    assert!(said.contains("collation changed from version 1.2"), "{said}");
}
