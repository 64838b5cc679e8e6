//! The list before the first day: everything right passes, and each thing that is wrong is said with what to do.

use switchboard::flags::CHECKLIST;
use switchboard_edge::emulator::{ModelServer, Says};

use switchboard_kit::{
    agents::built,
    cluster,
    shell::Shell,
    stage::{Stage, until},
};

/// Whether it passes, and what it says.
fn doctor(stage: &Stage, variables: &[(&str, &str)]) -> (bool, String) {
    let mut command = stage.command(&["doctor", "--production"]);
    let output = command.envs(variables.iter().copied()).output().expect("it ends");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (output.status.success(), said)
}

async fn says_what_is_wrong(url: Option<String>) {
    let model = ModelServer::repeating(vec![Says::text("ok")]).await.expect("a server");
    let mut stage = Stage::new(&CHECKLIST);
    let backups = stage.folder().join("backups");
    std::fs::create_dir(&backups).expect("a folder");
    std::fs::write(backups.join("today.dump"), "rows").expect("a backup");
    for (name, value) in [
        ("WHATSAPP_APP_SECRET", "0123456789abcdef0123456789abcdef"),
        ("WHATSAPP_ACCESS_TOKEN", "EAAG-a-permanent-token"),
        ("WHATSAPP_PHONE_NUMBER_ID", "100000000000001"),
        ("WHATSAPP_BUSINESS_ACCOUNT_ID", "200000000000002"),
        ("GEMINI_API_KEY", "a-good-key"),
        ("UNKNOWN_NUMBERS", "store"),
        ("GEMINI_API_URL", &model.url),
        ("BACKUP_PATH", &backups.display().to_string()),
    ] {
        stage.set(name, value);
    }
    if let Some(url) = &url {
        stage.set("DATABASE_URL", url);
    }
    assert!(stage.run(&["rollout", "start", "--yes"]).status.success());
    let (passes, said) = doctor(&stage, &[]);
    assert!(passes && !said.contains("BAD") && !said.contains("warn"), "{said}");

    // A run takes seconds: what does not hide another fault is wrong together.
    let wrong = |variables: &[(&str, &str)], says: &[&str]| {
        let (passes, said) = doctor(&stage, variables);
        assert!(!passes);
        for says in says {
            assert!(said.lines().any(|line| line.starts_with("BAD") && line.contains(says)), "{says}: {said}");
        }
    };
    let old = std::fs::File::options().write(true).open(backups.join("today.dump")).expect("it opens");
    old.set_modified(std::time::SystemTime::UNIX_EPOCH).expect("set");
    stage.faults(serde_json::json!({ "unsubscribed": true })).await;
    let here = stage.url();
    let mut shell = Shell::open(&here).await;
    shell.run("drop index notice_due").await;
    shell.run("update app_config set value = '{\"unifiedServiceEnabled\": true}'").await;
    let mut says = vec![
        "WHATSAPP_APP_SECRET is still a placeholder",
        "OPERATOR_TOKEN is still a placeholder",
        "WA_VERIFY_TOKEN has fewer than 8 characters",
        "TICKETS_WEBHOOK_URL is plain http",
        "check GEMINI_API_KEY",
        "no app is subscribed",
        "hours old, more than BACKUP_MAX_HOURS",
        "notice_due",
        "missing field",
    ];
    if url.is_some() {
        shell.run("alter table unified_sessions disable row level security").await;
        shell.run("drop view jobs").await;
        says.extend(["unified_sessions: without it", "jobs: missing; `switchboard db adopt`"]);
    }
    wrong(
        &[
            ("WHATSAPP_APP_SECRET", "your-secret"),
            ("GEMINI_API_KEY", "a-wrong-key"),
            ("OPERATOR_TOKEN", "changeme"),
            ("WA_VERIFY_TOKEN", "1234567"),
            ("TICKETS_WEBHOOK_URL", "http://desk.example/hook"),
        ],
        &says,
    );

    stage.faults(serde_json::json!({ "refuse_token": true })).await;
    let jobs = stage.plugins().join("jobs.wasm");
    std::fs::remove_file(&jobs).expect("removed");
    wrong(
        &[("WHATSAPP_BUSINESS_ACCOUNT_ID", ""), ("BACKUP_PATH", "/nowhere")],
        &[
            "make a permanent token",
            "jobs do not load",
            "WHATSAPP_BUSINESS_ACCOUNT_ID is not set",
            "none under /nowhere",
        ],
    );
    std::fs::write(&jobs, built("jobs")).expect("written");
    wrong(
        &[
            ("GRAPH_API_URL", "http://127.0.0.1:9"),
            ("SWITCHBOARD_ENV", "development"),
            ("DATABASE_URL", "postgres://nobody@127.0.0.1:9/none"),
        ],
        &["the Graph API cannot be reached", "SWITCHBOARD_ENV is development", "database"],
    );
}

// The model server lives in this process, and must not wait for a command that waits for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_before_the_first_day_on_sqlite() {
    says_what_is_wrong(None).await;
}

// The model server lives in this process, and must not wait for a command that waits for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_before_the_first_day_on_postgres() {
    let url = cluster::shared().database().await;
    says_what_is_wrong(Some(url)).await;
}

#[tokio::test]
async fn the_data_folder_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let mut stage = Stage::new(&["support"]);
    stage.without_shared_code();
    let data = stage.folder().join("data");
    // As an older version left it, with what others might already have read.
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).expect("set");
    std::fs::write(data.join("old"), "rows").expect("written");
    std::fs::set_permissions(data.join("old"), std::fs::Permissions::from_mode(0o644)).expect("set");
    let said = String::from_utf8_lossy(&stage.run(&["doctor"]).stdout).into_owned();
    assert!(said.contains("may be read by other users") && said.contains("data/"), "{said}");
    stage.put_file("photo-1", "image/png", b"\x89PNG\r\n\x1a\na photo").await;
    stage.start().await;
    let mut alice = stage.talk("250788000001");
    alice.sends(serde_json::json!({ "type": "image", "image": { "id": "photo-1", "mime_type": "image/png" } })).await;
    until("the photo is kept", async || stage.count("select count(*) from file where state = 'kept'").await == 1).await;
    let mut seen = 0;
    let mut folders = vec![data.clone()];
    while let Some(folder) = folders.pop() {
        assert_eq!(std::fs::metadata(&folder).expect("there").permissions().mode() & 0o077, 0, "{}", folder.display());
        for entry in std::fs::read_dir(folder).expect("a folder").flatten().filter(|entry| entry.file_name() != "old") {
            let about = entry.metadata().expect("there");
            assert_eq!(about.permissions().mode() & 0o077, 0, "{}", entry.path().display());
            seen += 1;
            if about.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    assert!(seen >= 5, "database, log, cache, files: {seen}");
}
