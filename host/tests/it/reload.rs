//! Secrets and configuration that change without a restart: by file, by SIGHUP and by the admin API; through real processes.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use reqwest::Method;
use serde_json::{Value, json};
use switchboard_edge::whatsapp::signature::{HEADER, Secrets};

use switchboard_kit::{
    cluster,
    stage::{Stage, until},
    talk::text,
};

const ALICE: &str = "250788000001";

const TOKEN: &str = "a-token-of-the-operators";

/// Sends a signal to the host.
fn signal(stage: &Stage, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), stage.process_of(0).to_string()]).status();
    assert!(sent.expect("kill runs").success());
}

async fn reload(stage: &Stage, token: &str) -> (u16, Value) {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let request = http.request(Method::POST, format!("http://{}/api/reload", stage.operator_of(0))).bearer_auth(token);
    let answer = request.send().await.expect("the host answers");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

/// The status of a delivery that is signed with this secret.
async fn delivered(stage: &Stage, secret: &str) -> u16 {
    let body = r#"{"object": "whatsapp_business_account", "entry": []}"#;
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let request = http.post(format!("http://{}/webhook", stage.webhook));
    let signed = request.header(HEADER, Secrets::new([secret]).sign(body.as_bytes())).body(body);
    signed.send().await.expect("the host answers").status().as_u16()
}

/// The status of Meta's challenge with this verify token.
async fn challenged(stage: &Stage, token: &str) -> u16 {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let url = format!("http://{}/webhook?hub.mode=subscribe&hub.challenge=1&hub.verify_token={token}", stage.webhook);
    http.get(url).send().await.expect("the host answers").status().as_u16()
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("written");
}

/// All that may change does, each in its own way; what is wrong changes nothing; the log and the audit name variables and no values.
async fn what_changes_is_in_force(postgres: bool) {
    let mut stage = Stage::new(&["support"]);
    if postgres {
        let url = cluster::shared().database().await;
        stage.set("DATABASE_URL", &url);
    }
    let folder = stage.folder().to_owned();
    let file = |name: &str| folder.join(name);
    for (variable, name, value) in [
        ("WHATSAPP_APP_SECRET", "app-secret", switchboard_kit::stage::SECRET),
        ("WA_VERIFY_TOKEN", "verify-token", "verify-me"),
        ("WHATSAPP_ACCESS_TOKEN", "access-token", "token"),
        ("OPERATOR_TOKEN", "operator-token", TOKEN),
    ] {
        write(&file(name), value);
        stage.set(variable, "");
        stage.set(&format!("{variable}_FILE"), file(name).to_str().expect("UTF-8"));
    }
    let log = stage.log_to_file();
    let env = file(".env");
    write(&env, "ALERT_EVERY_SECONDS=60\n");
    stage.start().await;
    assert_eq!(reload(&stage, TOKEN).await, (200, json!({ "changed": [], "waits_for_restart": [] })));
    stage.talk(ALICE).say("hello").await;

    // A file that changes is read by itself.
    write(&file("app-secret"), &format!("{},a-new-app-secret", switchboard_kit::stage::SECRET));
    until("the new secret counts", async || delivered(&stage, "a-new-app-secret").await == 200).await;
    assert_eq!(stage.say(ALICE, text("hello")).await, 200, "and the old one beside it");
    write(&file("verify-token"), "another-verify-token");
    until("the new verify token counts", async || challenged(&stage, "another-verify-token").await == 200).await;
    assert_eq!(challenged(&stage, "verify-me").await, 403);
    write(&file("operator-token"), "another-token-of-operators");
    until("the new token counts", async || reload(&stage, "another-token-of-operators").await.0 == 200).await;
    assert_eq!(reload(&stage, TOKEN).await.0, 401);
    let admin = "another-token-of-operators";

    // The old access token ends: what waits goes out once the new one is there.
    stage.faults(json!({ "only_token": "another-access-token" })).await;
    assert_eq!(stage.say(ALICE, text("are you there?")).await, 200);
    until("Meta refuses it", async || {
        stage.count("select count(*) from business_number where rest_reason is not null").await == 1
    })
    .await;
    write(&file("access-token"), "another-access-token");
    until("it was read", async || {
        let sql = "select count(*) from audit where act = 'config.reload' and after = 'WHATSAPP_ACCESS_TOKEN'";
        stage.count(sql).await == 1
    })
    .await;

    until("what waited is sent", async || {
        stage.count("select count(*) from outbox where state in ('queued', 'sending', 'unknown')").await == 0
    })
    .await;

    // SIGHUP reads `.env`; what needs a restart is named.
    let lines = "LEGACY_WEBHOOK_URL=http://127.0.0.1:9/legacy\nFLOOD_PER_MINUTE=3\nALERT_EVERY_SECONDS=1\n";
    write(&env, lines);
    signal(&stage, "HUP");
    let told = || std::fs::read_to_string(&log).expect("a log");
    until("it is told", async || told().contains("LEGACY_WEBHOOK_URL")).await;
    let line = told().lines().rev().find(|line| line.contains("LEGACY_WEBHOOK_URL")).expect("a line").to_owned();
    assert!(line.contains("ALERT_EVERY_SECONDS") && !line.contains("/legacy"), "{line}");
    let (status, again) = reload(&stage, admin).await;
    assert_eq!((status, &again["changed"]), (200, &json!([])), "{again}");

    // A wrong configuration is refused as a whole, and nothing of it counts.
    write(&env, "LEGACY_WEBHOOK_URL=nonsense\nALERT_WEBHOOK_URL=chat.example\n");
    let (status, refused) = reload(&stage, admin).await;
    let error = refused["error"].as_str().unwrap_or_default();
    assert_eq!(status, 422, "{refused}");
    assert!(error.contains("LEGACY_WEBHOOK_URL") && error.contains("ALERT_WEBHOOK_URL"), "{error}");
    std::fs::remove_file(file("access-token")).expect("removed");
    assert_eq!(reload(&stage, admin).await.0, 422, "the file is gone");
    write(&file("access-token"), "another-access-token");
    write(&env, lines);
    assert_eq!(reload(&stage, admin).await.0, 200);

    // No other signal ends it.
    signal(&stage, "USR1");
    signal(&stage, "USR2");
    stage.talk(ALICE).say("hello again").await;
    stage.terminate();
    let log = told();
    for secret in ["a-new-app-secret", "another-verify-token", "another-token-of-operators", "another-access-token"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    let refused = "select count(*) from audit where act = 'config.reload' and after = 'refused'";
    assert!(stage.count(refused).await >= 2);
}

#[tokio::test]
async fn what_changes_is_in_force_on_sqlite() {
    what_changes_is_in_force(false).await;
}

#[tokio::test]
async fn what_changes_is_in_force_on_postgres() {
    what_changes_is_in_force(true).await;
}

/// The command does what the API does.
#[tokio::test]
async fn the_command_lets_the_host_read_again() {
    let mut stage = Stage::new(&["support"]);
    stage.set("OPERATOR_TOKEN", TOKEN);
    stage.start().await;
    let printed = |arguments: &[&str]| {
        let output = stage.run(arguments);
        let both = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&both).into_owned())
    };
    assert_eq!(printed(&["reload"]), (true, "Nothing has changed.\n".to_owned()));
    write(
        &stage.folder().join(".env"),
        "LEGACY_WEBHOOK_URL=http://127.0.0.1:9/legacy\nGEMINI_API_KEY=a-key-of-the-model\nRAW_DAYS=7\n",
    );
    let (done, told) = printed(&["reload"]);
    assert!(
        done && told == "In force now: LEGACY_WEBHOOK_URL\nWaits for a restart: GEMINI_API_KEY, RAW_DAYS\n",
        "{told}"
    );
    let (done, told) = printed(&["reload", "--token", "somebody-s-token"]);
    assert!(!done && told.contains("Authorization: Bearer"), "{told}");
}

/// The log level changes while a host runs.
#[tokio::test]
async fn the_log_level_changes() {
    let stage = Stage::new(&["support"]);
    let (level, log) = (stage.folder().join("level"), stage.folder().join("lines"));
    write(&level, "error");
    let mut command = stage.command(&["serve"]);
    command.env("RUST_LOG", "").env("RUST_LOG_FILE", &level).stdout(Stdio::null());
    command.stderr(std::fs::File::create(&log).expect("a log"));
    let mut host = command.spawn().expect("the host starts");
    let told = || std::fs::read_to_string(&log).expect("a log");
    until("it is alive", async || {
        let url = format!("http://{}/health/live", stage.operator_of(0));
        reqwest::Client::builder().no_proxy().build().expect("a client").get(url).send().await.is_ok()
    })
    .await;
    assert_eq!(told(), "");
    write(&level, "info");
    until("it tells more", async || told().contains("the configuration was read again")).await;
    write(&level, "switchboard=loud");
    until("a wrong level is refused", async || told().contains("RUST_LOG is `switchboard=loud`")).await;
    host.kill().and_then(|()| host.wait()).expect("it ends");
}

/// SIGHUP does not end a host that has not yet started.
#[tokio::test]
async fn a_hangup_ends_no_host_that_starts() {
    let mut stage = Stage::new(&["support"]);
    stage.start_unready(0).await;
    for _ in 0..3 {
        signal(&stage, "HUP");
    }
    until("its agents are ready", async || stage.health(0).await.1["starting"] == json!([])).await;
    stage.talk(ALICE).say("hello").await;
}
