//! An agent that fails is told of, at a webhook and on a phone; once when it begins, and once when it is over.

use std::sync::{Arc, Mutex};

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use serde_json::Value;

use switchboard_kit::{
    agents::rogue,
    cluster,
    stage::{Stage, until},
    talk::text,
};

const OPERATOR: &str = "250788999999";

/// A webhook that takes nothing the first time, and then keeps what it is told.
#[derive(Default)]
struct Desk {
    tried: usize,
    told: Vec<Value>,
}

async fn take(State(desk): State<Arc<Mutex<Desk>>>, Json(word): Json<Value>) -> StatusCode {
    let mut desk = desk.lock().expect("the desk");
    desk.tried += 1;
    if desk.tried == 1 {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    desk.told.push(word);
    StatusCode::OK
}

async fn told_once(mut stage: Stage) {
    let desk: Arc<Mutex<Desk>> = Arc::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/alerts", listener.local_addr().expect("an address"));
    let router = Router::new().route("/alerts", post(take)).with_state(desk.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });

    stage.add("rogue", &rogue("rogue"), &["log", "records"], "");
    for (name, value) in [
        ("ALERT_WEBHOOK_URL", url.as_str()),
        ("ALERT_WHATSAPP_NUMBER", "+250 788 999 999"),
        ("WHATSAPP_PHONE_NUMBER_ID", "100000000000001"),
        ("ALERT_EVERY_SECONDS", "1"),
    ] {
        stage.set(name, value);
    }
    stage.start().await;
    let told = || desk.lock().expect("the desk").told.clone();
    for person in 0..10 {
        for _ in 0..10 {
            assert_eq!(stage.say(&format!("25078800000{person}"), text("rogue fail")).await, 200);
        }
    }
    // Flags: the stage's environment says 100 %.
    let of =
        |alert: &str, state: &str| told().into_iter().find(|word| word["alert"] == alert && word["state"] == state);
    until("the desk is told", async || of("SwitchboardErrors", "firing").is_some()).await;
    // Small numbers alert too: all of them failed.
    until("and of the agent", async || of("SwitchboardAgentFails/rogue", "firing").is_some()).await;
    let word = of("SwitchboardAgentFails/rogue", "firing").expect("a word");
    assert_eq!((&word["agent"], &word["severity"]), (&"rogue".into(), &"page".into()), "{word:#}");
    let word = of("SwitchboardErrors", "firing").expect("a word");
    assert_eq!((&word["alert"], &word["state"]), (&"SwitchboardErrors".into(), &"firing".into()), "{word:#}");
    assert!(word["since"].as_str().is_some_and(|since| since.parse::<jiff::Timestamp>().is_ok()));
    assert!(word["figures"]["errors"].as_i64().is_some_and(|errors| errors >= 100));
    assert_eq!(word["error_percent"], 100.0);
    assert!(word["what_to_do"].as_str().is_some_and(|words| words.contains("switchboard report")));
    assert!(!word.to_string().contains("2507880"), "nobody's number");
    let heard = stage.heard(OPERATOR, 0, 2).await;
    let said = |heard: &[switchboard_kit::talk::Heard], words: &str| {
        heard
            .iter()
            .filter(|heard| heard.body["body"]["text"]["body"].as_str().is_some_and(|text| text.contains(words)))
            .count()
    };
    assert_eq!(said(&heard, "SwitchboardErrors: "), 1);

    // Told once, after a restart too; once it is kept that they were told.
    let kept = "select count(*) from record where collection in ('webhook', 'whatsapp') and (key like '%Errors' or key like '%Fails/%')";
    until("it is kept who was told", async || stage.count(kept).await == 4).await;
    stage.terminate();
    stage.start().await;
    stage.sql("delete from unified_agent_events").await;
    let is_over = |alert: &str| of(alert, "resolved").is_some();
    until("the desk is told of the end", async || {
        is_over("SwitchboardErrors") && is_over("SwitchboardAgentFails/rogue")
    })
    .await;
    let heard = stage.heard(OPERATOR, 0, 4).await;
    assert!(said(&heard, "it is over.") >= 2, "{heard:?}");
    let standing = "select count(*) from record where collection in ('webhook', 'whatsapp')";
    until("nothing stands", async || stage.count(standing).await == 0).await;
    // A loaded machine may be slow, which is an alert of its own.
    let of_errors = told().iter().filter(|word| word["alert"] == "SwitchboardErrors").count();
    let heard = stage.heard(OPERATOR, 0, 0).await;
    assert_eq!((of_errors, said(&heard, "SwitchboardErrors")), (2, 2));
}

#[tokio::test]
async fn a_failing_agent_is_told_of_once() {
    told_once(Stage::new(&["support"])).await;
}

#[tokio::test]
async fn a_failing_agent_is_told_of_once_on_postgres() {
    let mut stage = Stage::new(&["support"]);
    stage.set("DATABASE_URL", &cluster::shared().database().await);
    told_once(stage).await;
}
