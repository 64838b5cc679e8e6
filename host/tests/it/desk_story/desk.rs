//! The desk of a story: its host, who works there, and the receiver of its events.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use serde_json::{Value, json};

use switchboard_edge::whatsapp::signature::Secrets;
use switchboard_kit::stage::Stage;

const SECRET: &str = "the-secret-of-the-helpdesk";

/// Who works at the desk.
const OPERATORS: [&str; 2] = ["grace", "bob"];

/// A receiver of events, which refuses the first so many.
pub(super) struct Receiver {
    events: Mutex<Vec<Value>>,
    refuses: Mutex<usize>,
}

impl Receiver {
    /// Its address.
    pub(super) async fn start(refuses: usize) -> (Arc<Receiver>, String) {
        let receiver = Arc::new(Receiver { events: Mutex::default(), refuses: Mutex::new(refuses) });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/desk", listener.local_addr().expect("an address"));
        let router = Router::new().route("/desk", post(take)).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, url)
    }

    /// The kinds of the events that it took, in their order.
    pub(super) fn kinds(&self) -> Vec<String> {
        let events = self.events.lock().expect("the list");
        events.iter().map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect()
    }

    pub(super) fn first(&self, kind: &str) -> Option<Value> {
        self.events.lock().expect("the list").iter().find(|event| event["type"] == kind).cloned()
    }
}

/// The way by which humans work.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Way {
    Commands,
    Api,
}

/// The desk of a stage.
pub(super) struct Desk<'a> {
    stage: &'a Stage,
    way: Way,
    /// The tokens of those who use the API, by their names.
    tokens: HashMap<&'static str, String>,
}

impl<'a> Desk<'a> {
    /// A desk with operators who may support people.
    pub(super) fn new(stage: &'a Stage, way: Way) -> Desk<'a> {
        let mut desk = Desk { stage, way, tokens: HashMap::new() };
        for name in OPERATORS.into_iter().filter(|_| way == Way::Api) {
            let (added, said) = desk.command(&["operators", "add", name, "--role", "support"]);
            assert!(added, "{said}");
            desk.tokens.insert(name, said.lines().last().expect("a token").to_owned());
        }
        desk
    }

    pub(super) fn command(&self, arguments: &[&str]) -> (bool, String) {
        let output = self.stage.run(arguments);
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        (output.status.success(), said)
    }

    async fn asks(&self, method: reqwest::Method, path: &str, who: &str, body: Value) -> (bool, Value) {
        let url = format!("http://{}/api{path}", self.stage.operator_of(0));
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = http.request(method, url).bearer_auth(&self.tokens[who]).body(body).send().await;
        let answer = answer.expect("the host answers");
        (answer.status().is_success(), answer.json().await.expect("JSON"))
    }

    pub(super) async fn inbox(&self) -> Value {
        match self.way {
            Way::Commands => serde_json::from_str(&self.command(&["inbox", "--json"]).1).expect("JSON"),
            Way::Api => self.asks(reqwest::Method::GET, "/inbox", "grace", Value::Null).await.1["inbox"].clone(),
        }
    }

    pub(super) async fn talk(&self, person: &str) -> Value {
        match self.way {
            Way::Commands => serde_json::from_str(&self.command(&["talk", person, "--json"]).1).expect("JSON"),
            Way::Api => {
                let path = format!("/people/{person}/talk");
                self.asks(reqwest::Method::GET, &path, "grace", Value::Null).await.1["talk"].clone()
            }
        }
    }

    /// An act on a person or a ticket, with words if it has any.
    pub(super) async fn act(&self, act: &str, on: &str, who: &str, words: Option<&str>) -> (bool, String) {
        match self.way {
            Way::Commands => {
                let words: Vec<&str> = words.into_iter().collect();
                self.command(&[&[act, on], words.as_slice(), &["--as", who]].concat())
            }
            Way::Api => {
                let body = words.map_or(Value::Null, |words| json!({ "text": words }));
                let (ok, answer) = self.asks(reqwest::Method::POST, &format!("/people/{on}/{act}"), who, body).await;
                (ok, answer.to_string())
            }
        }
    }
}

async fn take(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers.get("x-switchboard-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    assert_eq!(signature, Secrets::new([SECRET]).sign(&body), "signed over its bytes");
    let mut refuses = receiver.refuses.lock().expect("a count");
    if *refuses > 0 {
        *refuses -= 1;
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    receiver.events.lock().expect("the list").push(serde_json::from_slice(&body).expect("JSON"));
    StatusCode::OK
}

/// A stage for the story: with a webhook, a template, and takeovers that end late.
pub(super) async fn stage(url: Option<String>, hook: &str) -> (Stage, std::path::PathBuf) {
    let mut stage = Stage::new(&["support", "marketplace"]);
    if let Some(url) = &url {
        stage.set("DATABASE_URL", url);
    }
    let clock = stage.folder().join("clock");
    for (name, value) in [
        ("TICKETS_WEBHOOK_URL", hook),
        ("TICKETS_WEBHOOK_SECRET", SECRET),
        ("NOTICE_TEMPLATE", "write_us:en"),
        ("TAKEOVER_HOURS", "100"),
        ("BUSINESS_HOURS", "Mon-Sun 00:00-24:00"),
        ("SWITCHBOARD_CLOCK_FILE", &clock.display().to_string()),
    ] {
        stage.set(name, value);
    }
    stage.start().await;
    (stage, clock)
}
