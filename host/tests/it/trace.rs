//! One message followed, for each end that it can come to: by `switchboard trace` beside a running host.

use serde_json::{Value, json};

use switchboard_edge::whatsapp::signature::{HEADER, Secrets};
use switchboard_kit::{
    cluster,
    stage::{Stage, until},
};

use crate::{
    giving_up::refuse_turns_of,
    legacy::{Legacy, body, message, post_signed},
    webhook::http,
};

const ALICE: &str = "250788000001";
const BOB: &str = "250788000002";
const CAROL: &str = "250788000003";
const DAVE: &str = "250788000004";
const EVE: &str = "250788000005";
const FRANK: &str = "250788000006";
const GRACE: &str = "250788000007";
const HEIDI: &str = "250788000008";

/// A command that ends well; what it prints.
fn ok(stage: &Stage, arguments: &[&str]) -> String {
    let output = stage.run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The trace of the latest message that is meant.
fn trace(stage: &Stage, meant: &str) -> Value {
    let found: Value = serde_json::from_str(&ok(stage, &["trace", meant, "--json"])).expect("JSON");
    found["messages"][0].clone()
}

/// Posts a message with a wamid of the test's; waits until no message waits.
async fn posts(stage: &Stage, wamid: &str, from: &str, words: &str) {
    let contact = json!([{"wa_id": from, "profile": {"name": "Somebody"}}]);
    let delivery = body(json!({"contacts": contact, "messages": [message(wamid, from, words)]}));
    assert_eq!(post_signed(&stage.webhook_of(0), &delivery, None).await, 200);
    settled(stage).await;
}

/// Waits until every message has come to its end, and everything is sent.
async fn settled(stage: &Stage) {
    until("everything is answered and sent", async || {
        stage.count("select count(*) from message where state = 'queued'").await == 0
            && stage.count("select count(*) from outbox where state in ('queued', 'sending', 'unknown')").await == 0
    })
    .await;
}

/// The end of what was traced holds these words, and a step each of the others.
#[track_caller]
fn ends(trace: &Value, end: &str, steps: &[&str]) {
    let said = trace["end"].as_str().unwrap_or_default();
    assert!(said.contains(end), "`{end}` in {trace:#}");
    let all = trace["steps"].to_string();
    for step in steps {
        assert!(all.contains(step), "`{step}` in {trace:#}");
    }
}

async fn each_end_is_told(url: Option<String>) {
    let legacy = Legacy::start().await;
    let mut stage = Stage::new(&["support", "jobs"]);
    if let Some(url) = url {
        stage.set("DATABASE_URL", &url);
    }
    stage.set("HOST_NAME", "wa-test");
    stage.set("LEGACY_WEBHOOK_URL", &legacy.url("all"));
    stage.set("FLOOD_PER_MINUTE", "3");
    stage.start().await;

    // Answered: by the message's wamid, by the reply's, by number and by turn.
    posts(&stage, "wamid.A1", ALICE, "I want to hire a cook in Remera for 300k").await;
    until("it is delivered", async || stage.count("select count(*) from status where status = 'delivered'").await > 0)
        .await;
    let answered = trace(&stage, "wamid.A1");
    let steps = [
        "received and stored",
        "wa-test",
        "routed to jobs",
        " ran, ",
        "-> ",
        "as {\\\"Money",
        "Meta's id",
        "Meta: delivered",
    ];
    ends(&answered, "it was answered: delivered", &steps);
    let reply = stage.text("select wamid from outbox order by outbox_id desc limit 1").await.expect("a wamid");
    let turn = format!("turn-{}", answered["message"]);
    for meant in [reply.as_str(), "+250788000001", turn.as_str()] {
        assert_eq!(trace(&stage, meant)["message"], answered["message"], "{meant}");
    }
    let shown = ok(&stage, &["trace", "wamid.A1"]);
    assert!(shown.starts_with(&turn) && shown.contains("[wa-test]"), "{shown}");

    // Dropped by the rate limit.
    for n in 0..6 {
        posts(&stage, &format!("wamid.B{n}"), BOB, &format!("hello {n}")).await;
    }
    ends(&trace(&stage, "wamid.B5"), "it has no answer: it was dropped by the rate limit", &[]);

    // Opted out: what an operator says goes nowhere.
    posts(&stage, "wamid.C1", CAROL, "hello").await;
    posts(&stage, "wamid.C2", CAROL, "stop").await;
    assert!(!stage.run(&["takeover", "+250788000003", "say", "Are you still there?"]).status.success());
    until("it is brought", async || stage.count("select count(*) from message where kind = 'notice'").await == 1).await;
    settled(&stage).await;
    ends(&trace(&stage, "+250788000003"), "its person opted out", &["opted out since"]);

    // Taken over.
    posts(&stage, "wamid.F1", FRANK, "hello").await;
    ok(&stage, &["takeover", "+250788000006"]);
    posts(&stage, "wamid.F2", FRANK, "is anybody there?").await;
    ends(&trace(&stage, "wamid.F2"), "a human answers its person", &["taken over by"]);

    // Dead in send, in Meta's words. Nothing else may be on its way that could meet the fault: Frank has heard that a human joined.
    stage.heard(FRANK, 0, 2).await;
    settled(&stage).await;
    let fault = json!({ "fail": [{ "count": 1, "status": 400, "code": 131_026, "details": "not on WhatsApp" }] });
    stage.faults(fault).await;
    posts(&stage, "wamid.D1", DAVE, "hello").await;
    ends(&trace(&stage, "wamid.D1"), "dead in send, 131026: (#131026) Fault on demand: not on WhatsApp", &["dead: "]);

    // Merged into another.
    posts(&stage, "wamid.E1", EVE, "hello").await;
    ok(&stage, &["person", "merge", "+250788000002", "+250788000005", "--yes"]);
    ends(&trace(&stage, "wamid.E1"), "it was answered", &["was merged into this person"]);

    // Refused, since its signature is wrong.
    let forged = body(json!({"messages": [message("wamid.FORGED", ALICE, "hello")]})).to_string();
    let signature = Secrets::new(["another"]).sign(forged.as_bytes());
    let request = http().post(stage.webhook_of(0)).header(HEADER, signature).body(forged);
    assert_eq!(request.send().await.expect("an answer").status().as_u16(), 401);
    until("it is noted", async || stage.count("select count(*) from refused_delivery").await == 1).await;
    let refused = ok(&stage, &["trace", "wamid.FORGED"]);
    assert!(refused.contains("its signature was wrong") && refused.contains("wa-test"), "{refused}");

    // Forwarded, and held where there is nobody to forward to.
    ok(&stage, &["flags", "set", "unifiedServiceRolloutPercent", "0", "--yes"]);
    until("nobody is served", async || {
        stage.health(0).await.1["rollout"]["percent"] == json!(0)
            || stage.health(0).await.1["rollout"]["percent"] == json!(0.0)
    })
    .await;
    posts(&stage, "wamid.G1", GRACE, "hello").await;
    ends(
        &trace(&stage, "wamid.G1"),
        "it was forwarded to the legacy service: sent",
        &["queued for the legacy service"],
    );
    assert!(stage.terminate());
    stage.set("LEGACY_WEBHOOK_URL", "");
    stage.start().await;
    posts(&stage, "wamid.H1", HEIDI, "hello").await;
    ends(&trace(&stage, "wamid.H1"), "it is held", &[]);

    // Given up: the database refuses the turn.
    ok(&stage, &["flags", "set", "unifiedServiceRolloutPercent", "100", "--yes"]);
    assert!(stage.terminate());
    refuse_turns_of(&stage.url(), HEIDI).await;
    stage.start().await;
    posts(&stage, "wamid.H2", HEIDI, "hello").await;
    ends(&trace(&stage, "wamid.H2"), "its turn was given up", &["queued for the person"]);

    let nothing = stage.run(&["trace", "wamid.NOBODY"]);
    assert!(!nothing.status.success());
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("no message is known by this"));
}

#[tokio::test]
async fn each_end_is_told_on_sqlite() {
    each_end_is_told(None).await;
}

#[tokio::test]
async fn each_end_is_told_on_postgres() {
    each_end_is_told(Some(cluster::shared().database().await)).await;
}

/// Every line of a turn says which message, agent, version and host; one line a turn, without a number.
#[tokio::test]
async fn each_line_of_a_turn_says_whose_it_is() {
    let mut stage = Stage::new(&["support"]);
    let log = stage.log_to_file();
    stage.set("HOST_NAME", "wa-test");
    stage.set("LOG_FORMAT", "json");
    stage.set("RUST_LOG", "info");
    stage.start().await;
    let mut alice = stage.talk(ALICE);
    alice.say("hello").await;
    settled(&stage).await;
    assert!(stage.terminate());
    let lines = std::fs::read_to_string(log).expect("a log");
    let lines: Vec<Value> = lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert!(!lines.is_empty() && lines.iter().all(|line| line["host"] == "wa-test"), "{lines:#?}");
    let of_turns: Vec<&Value> = lines.iter().filter(|line| !line["turn"].is_null()).collect();
    let done: Vec<&&Value> = of_turns.iter().filter(|line| line["message"] == "turn: answered").collect();
    assert_eq!(done.len(), 1, "{of_turns:#?}");
    assert_eq!((done[0]["agent.name"].as_str(), done[0]["replies"].as_u64()), (Some("support"), Some(1)));
    assert!(done[0]["agent.version"].is_string() && done[0]["message.id"].is_i64(), "{:#}", done[0]);
    assert!(!lines.iter().any(|line| line.to_string().contains(ALICE)), "nobody's number");
}
