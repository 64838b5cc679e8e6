//! A receiver of alerts, and what `/health`, metrics, log and alerts say.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::{Value, json};

use switchboard_edge::whatsapp::signature::Secrets;
use switchboard_kit::stage::{Stage, until};

/// The key of the webhook's signatures.
const KEY: &str = "a-key-of-the-alerts";

/// What the webhook of alerts was told.
#[derive(Clone, Default)]
pub(super) struct Told(pub(super) Arc<Mutex<Vec<Value>>>);

impl Told {
    /// Starts the webhook; the stage's hosts alert there each second.
    pub(super) async fn start(stage: &mut Stage) -> Told {
        let told = Told::default();
        let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/alerts", port.local_addr().expect("an address"));
        let router = Router::new().route("/alerts", post(take)).with_state(told.clone());
        tokio::spawn(async move { axum::serve(port, router).await });
        for (name, value) in [
            ("ALERT_WEBHOOK_URL", url.as_str()),
            ("ALERT_WEBHOOK_SECRET", KEY),
            ("ALERT_EVERY_SECONDS", "1"),
            ("HOST_NAME", "host-a"),
        ] {
            stage.set(name, value);
        }
        told
    }

    pub(super) fn find(&self, alert: &str, state: &str) -> Option<Value> {
        let told = self.0.lock().expect("unpoisoned");
        told.iter().find(|word| word["alert"] == alert && word["state"] == state).cloned()
    }

    /// Waits until an alert fires.
    pub(super) async fn fires(&self, alert: &str) -> Value {
        until(&format!("{alert} fires"), async || self.find(alert, "firing").is_some()).await;
        self.find(alert, "firing").expect("it fires")
    }
}

/// A stage whose host alerts and logs, and what it says.
pub(super) struct Watch {
    pub(super) stage: Stage,
    pub(super) told: Told,
    pub(super) log: PathBuf,
}

impl Watch {
    pub(super) async fn new(mut stage: Stage) -> Watch {
        let told = Told::start(&mut stage).await;
        let log = stage.log_to_file();
        Watch { stage, told, log }
    }

    /// All four say it: health with a problem of this name, the metric, the log once, and the alert with these words.
    pub(super) async fn all_say(&self, name: &str, alert: &str, words: &str) {
        let problem = async || {
            let (_, health) = self.stage.health(0).await;
            let problems = health["problem_details"].as_array().cloned().unwrap_or_default();
            problems.into_iter().find(|problem| problem["name"] == name && problem["words"].to_string().contains(words))
        };
        until(&format!("health says {name}"), async || problem().await.is_some()).await;
        let action = problem().await.expect("it says it")["what_to_do"].clone();
        let (_, health) = self.stage.health(0).await;
        assert!(health["status"] == "degraded" || health["status"] == "unhealthy", "{health}");
        assert!(health["problems"].to_string().contains(words), "{health}");
        let series = format!("switchboard_problem{{name=\"{name}\"}} 1");
        until(&series, async || self.stage.metrics(0).await.contains(&series)).await;
        let word = self.told.fires(alert).await;
        assert!(word["text"].to_string().contains(words), "{words}: {word}");
        assert_eq!((&word["host"], &word["environment"]), (&json!("host-a"), &json!("production")), "{word}");
        assert_eq!(word["what_to_do"], action, "one action everywhere");
        assert!(word["figures"]["messages"].is_i64() && word["waiting"]["outbox"].is_null(), "{word}");
        let line = format!("problem=\"{name}\"");
        until(&format!("the log says {name}"), async || lines(&self.log, &line) >= 1).await;
    }

    /// The alert is over.
    pub(super) async fn is_over(&self, alert: &str) {
        until(&format!("{alert} is over"), async || self.told.find(alert, "resolved").is_some()).await;
    }
}

pub(super) async fn take(State(told): State<Told>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers.get("x-switchboard-signature").and_then(|value| value.to_str().ok());
    if signature != Some(Secrets::new([KEY]).sign(&body).as_str()) {
        return StatusCode::UNAUTHORIZED;
    }
    told.0.lock().expect("unpoisoned").push(serde_json::from_slice(&body).expect("JSON"));
    StatusCode::OK
}

pub(super) fn lines(log: &Path, words: &str) -> usize {
    std::fs::read_to_string(log).unwrap_or_default().lines().filter(|line| line.contains(words)).count()
}
