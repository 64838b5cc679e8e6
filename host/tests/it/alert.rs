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
    until("the desk is told", async || !told().is_empty()).await;
    let word = told()[0].clone();
    assert_eq!((&word["alert"], &word["state"]), (&"SwitchboardErrors".into(), &"firing".into()), "{word:#}");
    assert!(word["since"].as_str().is_some_and(|since| since.parse::<jiff::Timestamp>().is_ok()));
    assert!(word["figures"]["errors"].as_i64().is_some_and(|errors| errors >= 100));
    assert_eq!(word["error_percent"], 100.0);
    assert!(word["what_to_do"].as_str().is_some_and(|words| words.contains("switchboard report")));
    assert!(!word.to_string().contains("2507880"), "nobody's number");
    let heard = stage.heard(OPERATOR, 0, 1).await;
    assert!(heard[0].body["body"]["text"]["body"].as_str().is_some_and(|text| text.starts_with("SwitchboardErrors: ")));

    // Told once, after a restart too.
    stage.terminate();
    stage.start().await;
    stage.sql("delete from unified_agent_events").await;
    until("the desk is told of the end", async || told().len() == 2).await;
    assert_eq!((&told()[1]["alert"], &told()[1]["state"]), (&"SwitchboardErrors".into(), &"resolved".into()));
    let heard = stage.heard(OPERATOR, 0, 2).await;
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert!(heard[1].body["body"]["text"]["body"].as_str().is_some_and(|text| text.ends_with("it is over.")));
    let standing = "select count(*) from record where collection in ('webhook', 'whatsapp')";
    until("nothing stands", async || stage.count(standing).await == 0).await;
    assert_eq!((told().len(), stage.heard(OPERATOR, 0, 0).await.len()), (2, 2));
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
