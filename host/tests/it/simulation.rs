//! Days of traffic in minutes: three real hosts on Postgres, signed webhooks, a service before, and a clock that jumps. Nothing else
//! is not as in production: figures come from the events, and what goes wrong goes wrong in a component, a server or the network.

use std::{
    collections::{BTreeMap, HashSet},
    path::PathBuf,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use serde_json::{Value, json};
use switchboard_edge::whatsapp::signature::{self, Secrets};

use switchboard_kit::{
    agents::{built, rogue},
    cluster::Cluster,
    shell::Shell,
    stage::{SECRET, Stage, until},
};

const BUSINESS: &str = "100000000000001";

/// People who write.
const PEOPLE: u64 = 20_000;

/// Messages in one body.
const BODY: usize = 40;

const HOUR_MS: i64 = 3_600_000;

/// What the legacy service took: how often each message.
type Took = Arc<Mutex<BTreeMap<String, u32>>>;

/// A world with a clock of its own.
pub(crate) struct Simulation {
    pub(crate) stage: Stage,
    database: String,
    clock: PathBuf,
    offset_ms: i64,
    took: Took,
    sent: HashSet<String>,
    chance: u64,
    http: reqwest::Client,
    _cluster: Cluster,
}

impl Simulation {
    /// Three hosts; `prepare` may change the stage before they start. Nobody is let in yet.
    pub(crate) async fn start(seed: u64, prepare: impl FnOnce(&mut Stage)) -> Simulation {
        let cluster = Cluster::start(false);
        let database = cluster.database().await;
        let mut stage = Stage::of_nodes(&[], 3);
        stage.add("support", &built("support"), &switchboard_kit::agents::ALL, "");
        stage.add("rogue", &rogue("rogue"), &["log", "records"], "");
        let took = Took::default();
        let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        stage.set("LEGACY_WEBHOOK_URL", &format!("http://{}/", port.local_addr().expect("an address")));
        let router = Router::new().fallback(post(take)).with_state(took.clone());
        tokio::spawn(async move { axum::serve(port, router).await });
        let clock = stage.folder().join("clock");
        std::fs::write(&clock, "0").expect("a clock");
        stage.set("SWITCHBOARD_CLOCK_FILE", &clock.display().to_string());
        stage.set("DATABASE_URL", &database);
        prepare(&mut stage);
        assert!(stage.run(&["flags", "set", "unifiedServiceRolloutPercent", "0", "--yes"]).status.success());
        // From here on with no more rights than hosts need.
        Shell::open(&database).await.run("create role simulated login in role switchboard_node").await;
        stage.set("DATABASE_URL", &database.replace("postgres@", "simulated@"));
        for node in 0..3 {
            stage.start_node(node).await;
        }
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Simulation {
            stage,
            database,
            clock,
            offset_ms: 0,
            took,
            sent: HashSet::new(),
            chance: seed,
            http,
            _cluster: cluster,
        }
    }

    /// So many people say something, of whom one in a hundred speaks French and one in ten nothing that any agent knows; all of it is
    /// answered or forwarded.
    pub(crate) async fn traffic(&mut self, messages: usize) {
        let mut left = messages;
        let mut node = 0;
        let mut posts = tokio::task::JoinSet::new();
        while left > 0 {
            let many = left.min(BODY);
            left -= many;
            let body = self.body(many).to_string();
            let (http, url) = (self.http.clone(), self.stage.webhook_of(node % 3));
            node += 1;
            posts.spawn(async move {
                let sign = Secrets::new([SECRET]).sign(body.as_bytes());
                let answer =
                    http.post(url).header(signature::HEADER, sign).body(body).send().await.expect("a host answers");
                assert_eq!(answer.status(), StatusCode::OK);
            });
        }
        while let Some(posted) = posts.join_next().await {
            posted.expect("posted");
        }
        until("all is answered and sent", async || {
            self.count(
                "select (select count(*) from message where state = 'queued')
                      + (select count(*) from outbox where state in ('queued', 'sending', 'unknown'))",
            )
            .await
                == 0
        })
        .await;
    }

    fn draw(&mut self) -> u64 {
        // Knuth's multiplier; the high bits are the good ones.
        self.chance = self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.chance >> 33
    }

    fn body(&mut self, many: usize) -> Value {
        let timestamp = ((jiff_now() + self.offset_ms) / 1000).to_string();
        let messages: Vec<Value> = (0..many)
            .map(|_| {
                let person = self.draw() % PEOPLE;
                let words = match self.draw() % 100 {
                    0..4 => "rogue work bonjour, je voudrais savoir combien ça coûte s'il vous plaît",
                    4..14 => "qwertz uiop",
                    _ => "rogue work",
                };
                let id = format!("wamid.{}", self.sent.len());
                self.sent.insert(id.clone());
                let from = format!("25078{person:07}");
                json!({"id": id, "from": from, "timestamp": timestamp, "type": "text", "text": {"body": words}})
            })
            .collect();
        json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": {
            "messaging_product": "whatsapp", "metadata": {"phone_number_id": BUSINESS}, "messages": messages}}]}]})
    }

    /// The clock jumps; done when the controller has looked at the new time, if there is anything to look at.
    pub(crate) async fn hours(&mut self, hours: i64) {
        self.offset_ms += hours * HOUR_MS;
        let whole = self.clock.with_extension("new");
        std::fs::write(&whole, self.offset_ms.to_string()).expect("written");
        std::fs::rename(&whole, &self.clock).expect("moved");
        let jumped = jiff_now() + self.offset_ms;
        until("the controller looks", async || {
            let looked = self.ids("select looked_at from rollout where state in ('running', 'held')").await;
            looked.iter().all(|at| *at >= jumped)
        })
        .await;
    }

    /// The database as its owner sees it; the hosts have fewer rights.
    async fn shell(&self) -> Shell {
        Shell::open(&self.database).await
    }

    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        self.shell().await.value(sql).await
    }

    async fn ids(&self, sql: &'static str) -> Vec<i64> {
        self.shell().await.values(sql).await
    }

    /// The hosts lose the right to read events; writing them goes on.
    pub(crate) async fn blind_to_events(&mut self) {
        let mut shell = self.shell().await;
        shell.run("revoke select on public.unified_agent_events from switchboard_node").await;
    }

    /// How the rollout stands: state, outcome, percentage, reason.
    pub(crate) async fn stands(&self) -> (String, String, f64, String) {
        let text = async |sql| self.shell().await.value::<Option<String>>(sql).await.unwrap_or_default();
        let percent = text("select percent::text from rollout").await.parse().unwrap_or(-1.0);
        (
            text("select state from rollout").await,
            text("select outcome from rollout").await,
            percent,
            text("select reason from rollout").await,
        )
    }

    /// The audit: each decision with its reason and figures.
    pub(crate) async fn decided(&self) -> Vec<String> {
        let sql = "select outcome || ' by ' || who || ', ' || coalesce(to_percent::text, '-') || ' %: ' || reason || coalesce(' ' || figures::text, '')
            from rollout_decision order by decision_id";
        self.shell().await.values(sql).await
    }

    /// Each message went one way, once; gives those answered and those forwarded.
    pub(crate) async fn each_went_one_way(&self) -> (i64, usize) {
        let answered = self.count("select count(*) from unified_agent_events").await;
        let once = self.count("select count(distinct correlation_id) from unified_agent_events").await;
        assert_eq!(answered, once, "none is answered twice");
        let took = self.took.lock().expect("unpoisoned");
        assert!(took.values().all(|times| *times == 1), "none is forwarded twice");
        assert_eq!(
            usize::try_from(answered).unwrap_or(0) + took.len(),
            self.sent.len(),
            "none is lost, none goes both ways"
        );
        (answered, took.len())
    }
}

async fn take(State(took): State<Took>, body: Bytes) -> StatusCode {
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    let id = body["entry"][0]["changes"][0]["value"]["messages"][0]["id"].as_str().expect("an id").to_owned();
    *took.lock().expect("unpoisoned").entry(id).or_default() += 1;
    StatusCode::OK
}

fn jiff_now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}
