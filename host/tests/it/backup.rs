//! A backup of a running host's database comes back whole, and its age is known.

use std::{os::unix::fs::PermissionsExt, path::Path, process::Output};

use switchboard_kit::{cluster, shell::Shell, stage::Stage};

const ALICE: &str = "250788000001";

/// Runs a command with the server's programs in its path.
fn run(stage: &Stage, arguments: &[&str]) -> Output {
    let programs = Path::new(&cluster::program("pg_dump")).parent().expect("a folder").to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([programs].into_iter().chain(std::env::split_paths(&others))).expect("a path");
    let mut command = stage.command(arguments);
    command.envs(cluster::libraries().map(|folder| ("LD_LIBRARY_PATH", folder)));
    command.env("PATH", path).output().expect("it runs")
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

/// Makes a backup beside a host that serves; gives its file.
async fn backed_up(stage: &mut Stage) -> std::path::PathBuf {
    stage.start().await;
    assert!(stage.talk(ALICE).say("hello").await.contains("What would you like to do?"));
    let doctor = |stage: &Stage| said(&run(stage, &["doctor", "--production"]));
    assert!(doctor(stage).contains("none is known"), "{}", doctor(stage));
    let file = stage.folder().join("a copy.backup");
    let name = file.to_str().expect("a name");
    let made = run(stage, &["db", "backup", name]);
    assert!(made.status.success(), "{}", said(&made));
    let metadata = std::fs::metadata(&file).expect("a file");
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "people's words are in it");
    assert_eq!(stage.count("select bytes from backup").await, metadata.len() as i64);

    let again = run(stage, &["db", "backup", name]);
    assert!(!again.status.success() && said(&again).contains("exists"), "{}", said(&again));
    assert_eq!(std::fs::metadata(&file).expect("a file").len(), metadata.len(), "it is as it was");
    let nowhere = run(stage, &["db", "backup", "nowhere/copy.backup"]);
    assert!(!nowhere.status.success() && said(&nowhere).contains("nowhere/copy.backup"), "{}", said(&nowhere));
    let left = std::fs::read_dir(stage.folder()).expect("a folder").flatten();
    let left: Vec<_> = left.filter(|entry| entry.path().extension().is_some_and(|end| end == "partial")).collect();
    assert!(left.is_empty(), "{left:?}");

    assert!(doctor(stage).contains("the newest is 0 hours old"), "{}", doctor(stage));
    assert!(stage.metrics(0).await.iter().any(|line| line.starts_with("switchboard_backup_age_seconds ")));
    stage.sql("update backup set at = at - 26 * 3600000").await;
    assert!(doctor(stage).contains("the newest is 26 hours old, more than BACKUP_MAX_HOURS"), "{}", doctor(stage));
    file
}

async fn is_whole(url: &str) {
    let mut copy = Shell::open(url).await;
    assert_eq!(copy.value::<i64>("select count(*) from unified_agent_events").await, 1);
    assert_eq!(copy.value::<i64>("select count(*) from outbox").await, 1);
    assert_eq!(copy.value::<String>("select phone from person").await, ALICE);
}

#[tokio::test]
async fn a_backup_of_sqlite_is_a_database() {
    let mut stage = Stage::new(&["support"]);
    let file = backed_up(&mut stage).await;
    let url = format!("sqlite://{}", file.display());
    is_whole(&url).await;
    // A host starts on it.
    stage.terminate();
    stage.set("DATABASE_URL", &url);
    stage.start().await;
    assert!(stage.talk_on(ALICE).await.say("menu").await.contains("What would you like to do?"));
}

#[tokio::test]
async fn a_backup_of_postgres_comes_back_by_pg_restore() {
    let mut stage = Stage::new(&["support"]);
    stage.set("DATABASE_URL", &cluster::shared().database().await);
    let file = backed_up(&mut stage).await;
    let empty = cluster::shared().database().await;
    let mut restore = std::process::Command::new(cluster::program("pg_restore"));
    restore.envs(cluster::libraries().map(|folder| ("LD_LIBRARY_PATH", folder)));
    let restored =
        restore.args(["--exit-on-error", "--no-owner", "--dbname", &empty]).arg(&file).output().expect("it runs");
    assert!(restored.status.success(), "{}", said(&restored));
    is_whole(&empty).await;

    let without = stage.folder().join("without.backup");
    let mut command = stage.command(&["db", "backup", without.to_str().expect("a name")]);
    let output = command.env("PATH", "/nonexistent").output().expect("it runs");
    assert!(
        !output.status.success() && said(&output).contains("there is no `pg_dump` on this machine"),
        "{}",
        said(&output)
    );
    // A password is not shown, and a refusal is passed on.
    let url = stage
        .url()
        .replace("postgres://", "postgres://nobody:s3cret@")
        .replace("nobody:s3cret@postgres@", "nobody:s3cret@");
    let store = switchboard_store::Store::open(&stage.url(), Default::default()).await.expect("it opens");
    let refused = store.backup(&url, &without).await.expect_err("nobody may").to_string();
    assert!(refused.contains("made no backup of") && !refused.contains("s3cret"), "{refused}");
    assert!(!without.exists());
}
