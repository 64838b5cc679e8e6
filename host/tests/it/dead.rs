//! The desk of dead letters: what Meta refused for good is listed in its words, retried and discarded, by commands and by the admin API.

use reqwest::Method;
use serde_json::{Value, json};

use crate::api::{Operator, TOKEN};
use switchboard_kit::{
    cluster,
    shell::Shell,
    stage::{Stage, until},
    talk::text,
};

const ALICE: &str = "250788000001";
const BOB: &str = "250788000002";

/// Meta's words, as they stand in a row.
const REFUSED: &str = "131026: (#131026) Fault on demand: they have not accepted the new terms";

/// A host to which Meta refused its replies to Alice and to Bob.
async fn refused(url: Option<String>) -> Stage {
    let mut stage = Stage::new(&["support"]);
    if let Some(url) = url {
        stage.set("DATABASE_URL", &url);
    }
    stage.set("OPERATOR_TOKEN", TOKEN);
    stage.start().await;
    let details = "they have not accepted the new terms";
    let fault = json!({ "fail": [{ "count": 2, "status": 400, "code": 131_026, "details": details }] });
    stage.faults(fault).await;
    for phone in [ALICE, BOB] {
        assert_eq!(stage.say(phone, text("hello")).await, 200);
    }
    until("both replies are dead", async || stage.count("select count(*) from outbox where state = 'dead'").await == 2)
        .await;
    stage
}

/// What a command prints as JSON, if it ends well.
fn asked(stage: &Stage, arguments: &[&str]) -> Value {
    let output = stage.run(&[&["dead"], arguments, &["--json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Why a command was refused.
fn denied(stage: &Stage, arguments: &[&str]) -> String {
    let output = stage.run(&[&["dead"], arguments].concat());
    assert!(!output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

async fn commands(url: Option<String>) {
    let stage = refused(url).await;
    let listed = asked(&stage, &["list"]);
    let errors: Vec<_> = listed.as_array().expect("a list").iter().map(|letter| letter["error"].as_str()).collect();
    assert_eq!(errors, [Some(REFUSED); 2]);
    let number = format!("+{ALICE}");
    for (filter, value, n) in [
        ("--code", "131026", 2),
        ("--code", "13102", 0),
        ("--code", "131047", 0),
        ("--agent", "support", 2),
        ("--agent", "jobs", 0),
        ("--person", number.as_str(), 1),
        ("--since", "1h", 2),
        ("--older", "1h", 0),
    ] {
        let chosen = asked(&stage, &["list", "replies", filter, value]);
        assert_eq!(chosen.as_array().map(Vec::len), Some(n), "{filter} {value}");
    }
    assert!(denied(&stage, &["list", "--code", "13%"]).contains("is not a code"));
    assert_eq!(asked(&stage, &["list", "forwards"]), json!([]));

    // Many are asked for; one is not.
    assert!(denied(&stage, &["retry", "replies", "--code", "131026"]).contains("add --yes"));
    assert_eq!(stage.count("select count(*) from audit").await, 0);
    let of_alice = asked(&stage, &["list", "replies", "--person", &number])[0]["id"].to_string();
    assert_eq!(asked(&stage, &["retry", "replies", &of_alice, "--as", "ann"]), json!({ "found": 1, "retried": 1 }));
    assert_eq!(stage.heard(ALICE, 0, 1).await.len(), 1, "she hears it at last");
    until("it is sent", async || stage.count("select count(*) from outbox where state = 'sent'").await == 1).await;
    assert!(denied(&stage, &["retry", "replies", &of_alice]).contains("there is no dead reply"));
    assert_eq!(asked(&stage, &["discard", "replies", "--older", "1h", "--yes"])["discarded"], 0);
    assert_eq!(asked(&stage, &["discard", "replies", "--code", "131026", "--yes"])["discarded"], 1);
    assert_eq!(stage.count("select count(*) from outbox where state = 'discarded'").await, 1);
    assert_eq!(asked(&stage, &["list"]), json!([]));
    let mut shell = Shell::open(&stage.url()).await;
    let audit: Vec<String> =
        shell.values("select act || ' ' || subject || ' ' || way || ':' || who from audit order by 1").await;
    assert_eq!(audit.len(), 2);
    assert!(audit[0].starts_with("dead.discard reply "), "{audit:?}");
    assert_eq!(audit[1], format!("dead.retry reply {of_alice} command:ann"));
    messages(&stage).await;
    barred(&stage).await;
}

/// A message that was given up is answered next; one that is discarded stays with its reason, and goes with the sweep.
async fn messages(stage: &Stage) {
    let answered = async || stage.count("select count(*) from outbox where state = 'sent'").await;
    let dies = "update message set state = 'dead', attempts = 9, error = 'the agent trapped'";
    let before = answered().await;
    stage.sql(dies).await;
    stage.sql("update lane set claims = 9").await;
    let number = format!("+{BOB}");
    assert_eq!(asked(stage, &["list", "messages", "--agent", "support"]), json!([]), "no agent has it");
    assert_eq!(asked(stage, &["retry", "messages", "--person", &number, "--yes"])["retried"], 1);
    until("he is answered", async || answered().await == before + 1).await;
    assert_eq!(stage.count("select count(*) from message where state = 'answered'").await, 1);
    let letter = asked(stage, &["list", "messages"])[0].clone();
    let id = letter["id"].to_string();
    let shown = asked(stage, &["show", "messages", &id]);
    assert_eq!((&shown["error"], &shown["body"]["Text"]), (&json!("the agent trapped"), &json!("hello")), "{shown}");
    assert_eq!(asked(stage, &["discard", "messages", &id])["discarded"], 1);
    assert_eq!(
        stage.text("select error from message where state = 'stored'").await.as_deref(),
        Some("the agent trapped")
    );
}

/// What waits for its person elsewhere is not sent by hand too.
async fn barred(stage: &Stage) {
    stage
        .sql("update outbox set state = 'barred', kind = 'notice', error = 'window', wamid = null where state = 'sent'")
        .await;
    let rows = asked(stage, &["list", "replies"]);
    assert_eq!(rows.as_array().map(Vec::len), Some(2));
    assert_eq!(asked(stage, &["retry", "replies", "--yes"]), json!({ "found": 2, "retried": 0 }));
    assert!(denied(stage, &["retry", "replies", &rows[0]["id"].to_string()]).contains("cannot be retried"));
    assert_eq!(asked(stage, &["discard", "replies", "--yes"])["discarded"], 2);
}

#[tokio::test]
async fn commands_on_sqlite() {
    commands(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_on_postgres() {
    commands(Some(cluster::shared().database().await)).await;
}

#[tokio::test]
async fn the_api() {
    let stage = refused(None).await;
    let operator = Operator::at(&stage, 0);
    let (status, listed) = operator.get("/api/dead?kind=replies&code=131026&since=1h").await;
    assert_eq!((status, listed["dead"].as_array().map(Vec::len)), (200, Some(2)), "{listed}");
    let [first, second] = [0, 1].map(|n| listed["dead"][n]["id"].to_string());
    let (_, next) = operator.get(&format!("/api/dead?after={first}&limit=1")).await;
    assert_eq!(next["dead"][0]["id"].to_string(), second);
    let (_, shown) = operator.get(&format!("/api/dead/replies/{first}")).await;
    assert_eq!((&shown["error"], &shown["changes"]), (&json!(REFUSED), &json!([])));
    for (status, method, path, body, says) in [
        (404, Method::GET, "/api/dead/letters/1", "", "there are messages, replies and forwards"),
        (404, Method::GET, "/api/dead/replies/1", "", "there is no dead reply 1"),
        (400, Method::GET, "/api/dead?code=1%25", "", "is not a code"),
        (400, Method::GET, "/api/dead?state=dead", "", "unknown field"),
        (404, Method::POST, "/api/dead/replies/burn", "{}", "there are retry and discard"),
        (400, Method::POST, "/api/dead/replies/retry", "{}", "say which"),
        (400, Method::POST, "/api/dead/replies/retry", r#"{"since": "soon"}"#, "is not a period"),
        (404, Method::POST, "/api/dead/replies/retry", r#"{"person": "+250788999999"}"#, "nobody is known"),
    ] {
        let error = operator.refused(status, method, path, body).await;
        assert!(error.contains(says), "{path}: {error}");
    }
    assert_eq!(stage.count("select count(*) from audit").await, 0, "nothing of it was done");

    let one = format!("/api/dead/replies/{first}/retry");
    assert_eq!(operator.post(&one, Value::Null).await, (200, json!({ "found": 1, "retried": 1 })));
    until("it is sent", async || stage.count("select count(*) from outbox where state = 'sent'").await == 1).await;
    assert_eq!(operator.refused(404, Method::POST, &one, "").await, format!("there is no dead reply {first}"));
    let (_, done) = operator.post("/api/dead/replies/discard", json!({ "all": true })).await;
    assert_eq!(done, json!({ "found": 1, "discarded": 1 }));
    assert_eq!(operator.get("/api/dead").await.1, json!({ "dead": [] }));
    let who = "select count(*) from audit where way = 'api' and who = 'operator/ann'";
    assert_eq!(stage.count(who).await, 2);
}
