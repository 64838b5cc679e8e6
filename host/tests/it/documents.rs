//! SQL that the documents tell people to type, run as written by the shells that people have: `sqlite3` and `psql`.
//!
//! A block marked ` ```sql ` runs on both databases, ` ```sql sqlite ` or ` ```sql postgres ` on one. Each runs in a fresh shell with default
//! settings, so a table of the schema `switchboard` must be named with it where the block is for Postgres.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::json;
use sqlx::{
    Connection, Row,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteConnection},
};
use switchboard_kit::{
    cluster,
    shell::Shell,
    stage::{Stage, until},
    talk::text,
};
use switchboard_store::{Role, Store, StoreOptions};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Database {
    Sqlite,
    Postgres,
}

/// A fenced block of a document.
#[derive(Debug, PartialEq)]
struct Block {
    /// File and line, for anyone who mends it.
    place: String,
    /// What follows the backticks.
    info: String,
    text: String,
}

impl Block {
    /// Whether the block is to run on this database.
    fn is_for(&self, database: Database) -> bool {
        match self.info.as_str() {
            "sql" => true,
            "sql sqlite" => database == Database::Sqlite,
            "sql postgres" => database == Database::Postgres,
            info => panic!("{}: `{info}` is none of sql, sql sqlite, sql postgres", self.place),
        }
    }
}

/// The fenced blocks of a Markdown text.
fn fenced(place: &str, text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (number, line) in text.lines().enumerate() {
        match line.trim_start().strip_prefix("```") {
            Some(_) if open => open = false,
            Some(info) => {
                open = true;
                let place = format!("{place}:{}", number + 2);
                blocks.push(Block { place, info: info.trim().to_lowercase(), text: String::new() });
            }
            None if open => {
                let block = blocks.last_mut().expect("a block is open");
                block.text.push_str(line);
                block.text.push('\n');
            }
            None => {}
        }
    }
    blocks
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

/// The project's documents: those at its top, and all of `docs/`.
fn documents() -> Vec<PathBuf> {
    fn below(folder: &Path, deep: bool, found: &mut Vec<PathBuf>) {
        for entry in folder.read_dir().expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() && deep {
                below(&path, deep, found);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    below(root(), false, &mut found);
    below(&root().join("docs"), true, &mut found);
    found.sort();
    found
}

/// The blocks of all documents.
fn blocks() -> Vec<Block> {
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a document");
        fenced(&path.strip_prefix(root()).expect("within").display().to_string(), &text)
    };
    documents().into_iter().flat_map(read).collect()
}

fn sql_blocks() -> impl Iterator<Item = Block> {
    blocks().into_iter().filter(|block| block.info.split_whitespace().next() == Some("sql"))
}

/// The `sqlite3` shell: the system's, or the one that `tools/sqlite.sh` brought.
fn sqlite3() -> Command {
    let brought = root().join(".tools/sqlite/usr");
    let mut paths: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    let of_system = paths.iter().any(|folder| folder.join("sqlite3").is_file());
    paths.push(brought.join("bin"));
    let mut command = Command::new("sh");
    command.env("PATH", std::env::join_paths(paths).expect("a path")).env("HOME", "/nonexistent");
    if !of_system {
        command.envs(cluster::libraries_in(&brought).map(|folder| ("LD_LIBRARY_PATH", folder)));
    }
    command
}

/// Statements typed into `sqlite3` with the file opened.
fn by_sqlite3(file: &Path, sql: &str) -> Output {
    let mut shell = sqlite3();
    shell.args(["-c", r#"exec sqlite3 -batch -bail "$0""#]).arg(file);
    piped(shell, &format!(".timeout 10000\n{sql}"))
}

/// Statements typed into `psql` with the address opened.
fn by_psql(url: &str, sql: &str) -> Output {
    let mut shell = Command::new(cluster::program("psql"));
    shell.envs(cluster::libraries().map(|folder| ("LD_LIBRARY_PATH", folder)));
    shell.args(["-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url]);
    piped(shell, sql)
}

fn piped(mut shell: Command, input: &str) -> Output {
    use std::io::Write;
    let mut shell =
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the shell runs");
    shell.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads");
    shell.wait_with_output().expect("it ends")
}

/// What a shell printed; a shell that complains fails the test.
fn printed(place: &str, sql: &str, output: &Output) -> String {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaint.is_empty(), "{place}: {sql}\n{complaint}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Runs a block, which must find or change a row: one that does nothing on a day like this is as wrong as one that fails.
fn run(place: &str, sql: &str, database: Database, stage: &Stage) {
    let did = match database {
        Database::Sqlite => {
            // A row of the block's own, or else the count of what it changed.
            let output = by_sqlite3(&stage.database(), &format!("{sql}\n;select total_changes();\n"));
            let printed = printed(place, sql, &output);
            printed.lines().count() > 1 || printed != "0"
        }
        Database::Postgres => {
            let output = by_psql(&stage.url(), &format!("{sql}\n;"));
            let printed = printed(place, sql, &output);
            !printed.is_empty() && !printed.ends_with(" 0")
        }
    };
    assert!(did, "{place}: it found and changed nothing: {sql}");
}

/// A day at a host: listings, people who talked, a ticket, a quota in use, and a message that waits because its sender was outside the
/// rollout. The host is stopped at its end.
async fn day(mut stage: Stage) -> Stage {
    let ok = |output: Output| assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    ok(stage.command(&["db", "seed"]).env("SWITCHBOARD_ENV", "development").output().expect("it runs"));
    ok(stage.run(&["flags", "set", "agentFlags.jobs", "false"]));
    ok(stage.run(&["flags", "set", "unifiedServiceRolloutPercent", "0", "--yes"]));
    stage.start().await;
    assert_eq!(stage.say("250788000009", text("hello")).await, 200);
    until("a message is held", async || stage.count("select count(*) from message where state = 'held'").await == 1)
        .await;
    ok(stage.run(&["flags", "set", "unifiedServiceRolloutPercent", "100", "--yes"]));
    ok(stage.run(&["flags", "set", "agentFlags.support", "true"]));
    ok(stage.run(&["flags", "set", "agentFlags.marketplace", "true"]));
    let [ann, bob] = ["250788000001", "250788000002"];
    until("the rollout is at 100 %", async || {
        let (_, health) = stage.health(0).await;
        health["rollout"]["percent"] == json!(100.0)
    })
    .await;
    let mut talk = stage.talk(ann);
    talk.say("hello").await;
    talk.say("I want to sell a bicycle for 60k in Remera").await;
    talk.say("cancel").await;
    let mut talk = stage.talk(bob);
    talk.say("talk to a human").await;
    talk.say("My listing does not show").await;
    until("all is settled", async || stage.count("select count(*) from unified_agent_events").await >= 5).await;
    stage
        .sql("insert into quota (since, what, agent, person, used, most) values (4102444800000, 'notices', 'jobs', '', 1, 20000)")
        .await;
    assert!(stage.terminate());
    stage
}

/// Runs everything that the documents say on one database.
fn all_run(database: Database, stage: &Stage) {
    let blocks: Vec<Block> = sql_blocks().filter(|block| block.is_for(database)).collect();
    assert!(!blocks.is_empty(), "no block is for {database:?}");
    for block in &blocks {
        run(&block.place, &block.text, database, stage);
    }
    println!("{} blocks ran on {database:?}", blocks.len());
}

#[tokio::test]
async fn every_block_runs_in_the_shell_of_sqlite() {
    let stage = day(Stage::new(&["support", "marketplace"])).await;
    all_run(Database::Sqlite, &stage);
    // Commands of a shell, each an alternative to the one before it.
    let sh = blocks().into_iter().filter(|block| block.info == "sh");
    let commands: Vec<String> = sh
        .flat_map(|block| {
            block.text.lines().filter(|line| line.starts_with("sqlite3 ")).map(Into::into).collect::<Vec<_>>()
        })
        .collect();
    assert!(!commands.is_empty());
    for command in commands {
        let mut shell = sqlite3();
        shell.args(["-c", &command]).current_dir(stage.folder());
        printed("sh", &command, &shell.output().expect("it runs"));
        let backup = stage.folder().join("backup.db");
        let copied = by_sqlite3(&backup, "select count(*) > 0 from unified_agent_events;");
        assert_eq!(printed("sh", &command, &copied), "1");
        std::fs::remove_file(backup).expect("it made a copy");
    }
}

#[tokio::test]
async fn every_block_runs_in_the_shell_of_postgres() {
    let url = cluster::shared().database().await;
    let mut stage = Stage::new(&["support", "marketplace"]);
    stage.set("DATABASE_URL", &url);
    let stage = day(stage).await;
    all_run(Database::Postgres, &stage);

    // The role of `deploy/roles.sql`, by the command of the document.
    let document = std::fs::read_to_string(root().join("docs/deployment.md")).expect("a document");
    let command = document.split('`').find(|code| code.contains("deploy/roles.sql")).expect("the command is there");
    let mut shell = Command::new("sh");
    let psql = cluster::program("psql");
    let folders = [psql.parent().expect("a folder"), Path::new("/usr/bin"), Path::new("/bin")];
    shell.envs(cluster::libraries().map(|folder| ("LD_LIBRARY_PATH", folder)));
    shell.env("PATH", std::env::join_paths(folders).expect("a path"));
    shell.args(["-c", command]).env("OWNER_URL", &url).current_dir(root());
    printed("docs/deployment.md", command, &shell.output().expect("sh runs"));
    let as_host = url.replace("postgres@", "switchboard_host@");
    let seen = by_psql(&as_host, "select count(*) > 0 from switchboard.message;");
    assert_eq!(printed("deploy/roles.sql", "as the role", &seen), "t");
}

/// SQL in a block of another kind would not be tried.
#[test]
fn sql_stands_in_sql_blocks_only() {
    let verbs = ["select ", "update ", "insert into ", "delete from "];
    for block in blocks().iter().filter(|block| !block.info.starts_with("sql")) {
        let line =
            block.text.lines().find(|line| verbs.iter().any(|verb| line.trim().to_lowercase().starts_with(verb)));
        assert_eq!(line, None, "{}", block.place);
    }
}

#[test]
fn blocks_are_found_with_their_marks() {
    let text = "a\n```sql\nselect 1;\n```\n- b\n  ```sql sqlite\n  select 2;\n  ```\n```sh\nls\n```\n";
    let found: Vec<(String, String)> =
        fenced("x.md", text).into_iter().map(|block| (block.place + " " + &block.info, block.text)).collect();
    let wanted = [("x.md:3 sql", "select 1;\n"), ("x.md:7 sql sqlite", "  select 2;\n"), ("x.md:10 sh", "ls\n")];
    assert_eq!(found, wanted.map(|(place, text)| (place.to_owned(), text.to_owned())));
}

#[test]
#[should_panic(expected = "is none of sql, sql sqlite, sql postgres")]
fn an_unknown_mark_is_refused() {
    fenced("x.md", "```sql mysql\nselect 1;\n```\n")[0].is_for(Database::Sqlite);
}

/// The migration before the one that mends the audit's time.
const BEFORE: i64 = 8;

/// A file as the release before left it, with every kind of change of the flags in its audit.
async fn old_file(file: &Path) {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.expect("it opens");
    let mut migrator = Migrator::new(root().join("migrations/sqlite")).await.expect("migrations");
    let old: Vec<_> = migrator.iter().filter(|migration| migration.version <= BEFORE).cloned().collect();
    migrator = Migrator::with_migrations(old);
    migrator.run(&mut connection).await.expect("it migrates");
    connection.close().await.expect("closed");
    let mut shell = Shell::open(&format!("sqlite://{}", file.display())).await;
    for sql in [
        r#"insert into app_config (key, value) values ('unified_service_flags', '{"agentFlags":{"jobs":false}}'), ('other', '1')"#,
        "update app_config set value = '2', updated_by = 'ann', updated_at = '2026-01-01T00:00:00.000Z' where key = 'other'",
        "delete from app_config where key = 'other'",
        "insert into ai_agent_configs (agent_type) values ('jobs')",
    ] {
        shell.run(sql).await;
    }
}

/// All rows of a table as text.
async fn rows(file: &Path, table: &str) -> Vec<String> {
    let options = SqliteConnectOptions::new().filename(file);
    let mut connection = SqliteConnection::connect_with(&options).await.expect("it opens");
    let columns = format!("select group_concat(quote(name), ', ') from pragma_table_info('{table}')");
    let columns = sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(columns)).fetch_one(&mut connection).await;
    let columns = columns.expect("columns").replace('\'', "\"");
    let sql = format!("select json_array({columns}) from {table}");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&mut connection).await.expect("rows");
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn a_file_of_the_release_before_keeps_its_audit_and_takes_the_shells_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("old.db");
    old_file(&file).await;
    let tables = ["config_audit", "app_config", "ai_agent_configs"];
    let mut before = Vec::new();
    for table in tables {
        before.push(rows(&file, table).await);
    }
    assert_eq!(before[0].len(), 4, "{before:?}");

    let url = format!("sqlite://{}", file.display());
    let store = Store::open(&url, StoreOptions { role: Role::Serve, ..StoreOptions::default() }).await;
    drop(store.expect("it upgrades"));
    for (table, before) in tables.iter().zip(&before) {
        assert_eq!(&rows(&file, table).await, before, "{table}");
    }

    // Each way to change a row, by the shell; then the audit has it, under the next ids, with the time of now.
    let began = jiff::Timestamp::now().as_millisecond();
    let changes = "
        insert into app_config (key, value) values ('other', '1');
        update app_config set value = json_set(value, '$.agentFlags.jobs', json('true')) where key = 'unified_service_flags';
        update app_config set value = '2' where key = 'other';
        delete from app_config where key = 'other';";
    printed("a shell", changes, &by_sqlite3(&file, changes));
    let ended = jiff::Timestamp::now().as_millisecond();
    let audit: Vec<(i64, String, i64)> = {
        let options = SqliteConnectOptions::new().filename(&file);
        let mut connection = SqliteConnection::connect_with(&options).await.expect("it opens");
        let sql = "select audit_id, key || ' ' || who || ' ' || coalesce(old, '-') || ' ' || coalesce(new, '-'), at from config_audit where audit_id > 4";
        sqlx::query_as(sql).fetch_all(&mut connection).await.expect("rows")
    };
    let said: Vec<(i64, &str)> = audit.iter().map(|(id, change, _)| (*id, change.as_str())).collect();
    let flags = r#"unified_service_flags sql {"agentFlags":{"jobs":false}} {"agentFlags":{"jobs":true}}"#;
    assert_eq!(said, [(5, "other sql - 1"), (6, flags), (7, "other sql 1 2"), (8, "other sql 2 -")]);
    assert!(audit.iter().all(|(_, _, at)| (began..=ended).contains(at)), "{began} {audit:?} {ended}");
    let kept = by_sqlite3(&file, "delete from config_audit;");
    assert!(String::from_utf8_lossy(&kept.stderr).contains("append-only"));
}
