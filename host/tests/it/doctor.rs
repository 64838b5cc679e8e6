//! The list before the first day: everything right passes, and each thing that is wrong is said with what to do.

use switchboard::flags::CHECKLIST;
use switchboard_edge::emulator::{ModelServer, Says};

use switchboard_kit::{agents::built, cluster, shell::Shell, stage::Stage};

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
    wrong(&[("WHATSAPP_APP_SECRET", "your-secret"), ("GEMINI_API_KEY", "a-wrong-key")], &says);

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
