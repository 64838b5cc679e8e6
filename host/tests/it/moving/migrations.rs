//! Migrations: from every state, at hosts that start at once, and refused while a host lives.

use sqlx::{Connection, migrate::Migrator, postgres::PgConnection, sqlite::SqliteConnection};

use super::{POSTGRES, SQLITE, of_switchboard, open};
use switchboard_kit::{cluster, shell::Shell, stage::Stage};
use switchboard_store::Store;

#[tokio::test]
async fn a_schema_comes_up_to_date_from_every_state() {
    for known in POSTGRES.iter().map(|migration| migration.version) {
        let url = cluster::shared().database().await;
        let mut connection = PgConnection::connect(&url).await.expect("it opens");
        of_switchboard(&POSTGRES).run_to(known, &mut connection).await.expect("migrated");
        assert_eq!(Store::schema_version(&url).await.expect("asked").0, known);
        open(&url).await.expect("it opens");
        let (has, wanted) = Store::schema_version(&url).await.expect("asked");
        assert_eq!(has, wanted);
    }
    for known in SQLITE.iter().map(|migration| migration.version) {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}/store.db", folder.path().display());
        let mut connection = SqliteConnection::connect(&format!("{url}?mode=rwc")).await.expect("it opens");
        SQLITE.run_to(known, &mut connection).await.expect("migrated");
        connection.close().await.expect("closed");
        open(&url).await.expect("it opens");
        let (has, wanted) = Store::schema_version(&url).await.expect("asked");
        assert_eq!(has, wanted);
    }
}

/// A schema does not change under a host that lives, unless that is asked for.
async fn refuses_while_a_host_lives(url: &str) {
    let mut stage = Stage::new(&[]);
    stage.set("DATABASE_URL", url);
    let mut shell = Shell::open(url).await;
    let now = jiff::Timestamp::now().as_millisecond();
    let seen =
        |node: &str, ago: i64| format!("insert into host_status (node, seen_at) values ('{node}', {})", now - ago);
    shell.run(&seen("gone", 60_000)).await;
    shell.run(&seen("alive", 1_000)).await;
    let before = Store::schema_version(url).await.expect("asked");
    assert!(before.0 < before.1);
    for command in [&["db", "migrate"][..], &["rollout", "release"]] {
        let refused = stage.run(command);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success(), "{command:?}");
        assert!(said.contains("hosts live on this database: `alive` (heard of") && !said.contains("gone"), "{said}");
        assert_eq!(Store::schema_version(url).await.expect("asked"), before, "nothing has changed");
    }
    let forced = stage.run(&["db", "migrate", "--yes"]);
    assert!(forced.status.success(), "{}", String::from_utf8_lossy(&forced.stderr));
    let after = Store::schema_version(url).await.expect("asked");
    assert_eq!(after.0, after.1);
    assert!(stage.run(&["db", "migrate"]).status.success(), "there is nothing to change");
}

/// The migration before the newest.
fn before_newest(known: &Migrator) -> i64 {
    let mut versions: Vec<i64> = known.iter().map(|migration| migration.version).collect();
    versions.sort_unstable();
    versions[versions.len() - 2]
}

#[tokio::test]
async fn a_migration_of_sqlite_is_refused_while_a_host_lives() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}/store.db", folder.path().display());
    let mut connection = SqliteConnection::connect(&format!("{url}?mode=rwc")).await.expect("it opens");
    SQLITE.run_to(before_newest(&SQLITE), &mut connection).await.expect("migrated");
    connection.close().await.expect("closed");
    refuses_while_a_host_lives(&url).await;
}

#[tokio::test]
async fn a_migration_of_postgres_is_refused_while_a_host_lives() {
    let url = cluster::shared().database().await;
    let mut connection = PgConnection::connect(&url).await.expect("it opens");
    of_switchboard(&POSTGRES).run_to(before_newest(&POSTGRES), &mut connection).await.expect("migrated");
    refuses_while_a_host_lives(&url).await;
}

#[tokio::test]
async fn hosts_that_start_at_once_do_not_stand_in_each_others_way() {
    let url = cluster::shared().database().await;
    let opened = futures_util::future::join_all((0..4).map(|_| open(&url))).await;
    for store in opened {
        store.expect("it opens");
    }
}
