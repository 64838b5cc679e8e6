//! The admin API, as an operator's programs use it: through real hosts, on either database.

mod components;

use std::io::{Read, Write};

use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use switchboard_kit::{
    cluster,
    shell::Shell,
    stage::{Stage, until},
    talk::text,
};

pub(crate) const TOKEN: &str = "a-token-of-the-operators";

const ALICE: &str = "250788000001";

/// Somebody who asks one host.
pub(crate) struct Operator {
    url: String,
    token: Option<&'static str>,
    http: reqwest::Client,
}

impl Operator {
    /// With the token, at a host of the stage.
    pub(crate) fn at(stage: &Stage, node: usize) -> Operator {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Operator { url: format!("http://{}", stage.operator_of(node)), token: Some(TOKEN), http }
    }

    /// Asks as Ann; the status and the answer.
    async fn asks(&self, method: Method, path: &str, body: impl Into<reqwest::Body>) -> (u16, Value) {
        let mut request =
            self.http.request(method, format!("{}{path}", self.url)).header("x-operator", "ann").body(body);
        if let Some(token) = self.token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.expect("the host answers");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.asks(Method::GET, path, "").await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.asks(Method::POST, path, if body.is_null() { String::new() } else { body.to_string() }).await
    }

    async fn put(&self, path: &str, body: Value) -> (u16, Value) {
        self.asks(Method::PUT, path, body.to_string()).await
    }

    /// The sentence of a refusal.
    pub(crate) async fn refused(
        &self,
        status: u16,
        method: Method,
        path: &str,
        body: impl Into<reqwest::Body>,
    ) -> String {
        let (said, answer) = self.asks(method.clone(), path, body).await;
        assert_eq!(said, status, "{method} {path}: {answer}");
        answer["error"].as_str().expect("a sentence").to_owned()
    }
}

/// The status of an upload that announces so many bytes, and sends none of them.
fn before_the_body(stage: &Stage, announced: usize, token: &str) -> u16 {
    let mut wire = std::net::TcpStream::connect(stage.operator_of(0)).expect("it listens");
    wire.set_read_timeout(Some(std::time::Duration::from_secs(20))).expect("set");
    let head = format!(
        "PUT /api/agents/rogue HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-length: {announced}\r\n\r\n"
    );
    wire.write_all(head.as_bytes()).expect("sent");
    let mut line = [0; 12];
    wire.read_exact(&mut line).expect("an answer before the body");
    std::str::from_utf8(&line[9..]).ok().and_then(|status| status.parse().ok()).expect("a status")
}

fn sha256(wasm: &[u8]) -> String {
    hex::encode(Sha256::digest(wasm))
}

/// The version that answers somebody now.
async fn answers(stage: &Stage, phone: &str) -> String {
    let before = stage.count("select count(*) from unified_agent_events").await;
    assert_eq!(stage.say(phone, text("rogue work")).await, 200);
    until("it is answered", async || stage.count("select count(*) from unified_agent_events").await > before).await;
    stage.text("select payload->>'sha256' from unified_agent_events order by id desc limit 1").await.unwrap_or_default()
}

/// Everything that may be asked for.
const ENDPOINTS: [(Method, &str); 19] = [
    (Method::GET, "/api/flags"),
    (Method::PUT, "/api/flags"),
    (Method::PATCH, "/api/flags"),
    (Method::GET, "/api/flags/schema"),
    (Method::GET, "/api/people/250788000001"),
    (Method::PUT, "/api/people/250788000001"),
    (Method::GET, "/api/rollout"),
    (Method::POST, "/api/rollout/start"),
    (Method::POST, "/api/rollout/release"),
    (Method::GET, "/api/agents"),
    (Method::PUT, "/api/agents/support"),
    (Method::GET, "/api/agents/support/history"),
    (Method::POST, "/api/agents/support/rollback"),
    (Method::GET, "/api/dead"),
    (Method::GET, "/api/dead/replies/1"),
    (Method::POST, "/api/dead/replies/retry"),
    (Method::GET, "/api/report"),
    (Method::GET, "/api/nothing"),
    (Method::DELETE, "/api/flags"),
];

#[tokio::test]
async fn without_the_token_nothing_is_told_and_nothing_changes() {
    let mut stage = Stage::new(&["support"]);
    let file = std::fs::read(stage.plugins().join("support.wasm")).expect("a file");
    for token in [None, Some("   "), Some(TOKEN)] {
        if let Some(token) = token {
            stage.set("OPERATOR_TOKEN", token);
        }
        stage.start().await;
        let mut operator = Operator::at(&stage, 0);
        let has_token = token == Some(TOKEN);
        let said: &[Option<&str>] = if has_token {
            &[None, Some("a-token-of-the-operator"), Some("x")]
        } else {
            &[None, Some(TOKEN), Some("")]
        };
        for said in said {
            operator.token = *said;
            for (method, path) in ENDPOINTS {
                let body = match path {
                    "/api/people/250788000001" => r#"{"list": "allow"}"#,
                    "/api/agents/support" => "rubbish",
                    _ => "{}",
                };
                let (status, words) =
                    if has_token { (401, "Authorization: Bearer") } else { (403, "set OPERATOR_TOKEN") };
                let error = operator.refused(status, method, path, body).await;
                assert!(error.contains(words), "{error}");
            }
        }
        for path in ["/metrics", "/health", "/health/live"] {
            let answer = operator.http.get(format!("{}{path}", operator.url)).send().await.expect("the host answers");
            assert_eq!(answer.status(), 200, "{path} wants no token");
        }
        let status = before_the_body(&stage, 30_000_000, "x");
        assert_eq!(status, if has_token { 401 } else { 403 }, "nobody's body is waited for");
        assert!(stage.terminate());
    }
    for table in
        ["select count(*) from app_config", "select count(*) from config_audit", "select count(*) from rollout"]
    {
        assert_eq!(stage.count(table).await, 0, "{table}");
    }
    assert!(std::fs::read(stage.plugins().join("support.wasm")).is_ok_and(|now| now == file));
}

/// Flags and people, at one host or at two of them.
async fn flags(url: Option<String>) {
    let hosts = if url.is_some() { 2 } else { 1 };
    let mut stage = Stage::of_nodes(&["support"], hosts);
    if let Some(url) = &url {
        stage.set("DATABASE_URL", url);
    }
    stage.set("OPERATOR_TOKEN", TOKEN);
    for node in 0..hosts {
        stage.start_node(node).await;
    }
    let in_force = async |stage: &Stage, percent: f64| {
        for node in 0..hosts {
            until("it is in force", async || stage.health(node).await.1["rollout"]["percent"] == percent).await;
        }
    };
    let operator = Operator::at(&stage, 0);
    let (status, none) = operator.get("/api/flags").await;
    assert_eq!((status, &none["row"], &none["refusal"]), (200, &Value::Null, &Value::Null));

    let (status, shown) = operator.asks(Method::PATCH, "/api/flags", r#"{"unifiedServiceRolloutPercent": 25}"#).await;
    assert_eq!((status, &shown["row"]["unifiedServiceRolloutPercent"]), (200, &json!(25)), "{shown}");
    assert_eq!(shown["row"]["agentFlags"]["support"], true, "the first row names who was on");
    assert_eq!(stage.health(0).await.1["rollout"]["percent"], 25.0, "in force here before it was answered");
    in_force(&stage, 25.0).await;
    let patch = r#"{"agentFlags": {"jobs": false, "rides": null}, "features": {"unifiedSearch": false}}"#;
    let (_, shown) = operator.asks(Method::PATCH, "/api/flags", patch).await;
    assert!(is_ann(&shown["changes"][0]["who"]), "{shown}");
    let changed = shown["changes"][0]["changed"].to_string();
    assert!(
        changed.contains("agentFlags.jobs true → false") && changed.contains("agentFlags.rides true → null"),
        "{changed}"
    );

    // What does not fit changes nothing.
    let before = shown["row"].clone();
    for (status, method, body, says) in [
        (400, Method::PUT, "{", "not JSON"),
        (400, Method::PATCH, "", "not JSON"),
        (422, Method::PUT, "{}", "missing field"),
        (422, Method::PUT, "[]", "unified_service_flags"),
        (422, Method::PATCH, "7", "unified_service_flags"),
        (422, Method::PATCH, r#"{"unifiedServiceRolloutPercent": 101}"#, "from 0 to 100"),
        (422, Method::PATCH, r#"{"unifiedServicePercent": 1}"#, "unknown field `unifiedServicePercent`"),
        (422, Method::PATCH, r#"{"agentFlags": {"Jobs!": true}}"#, "`Jobs!`"),
        (422, Method::PATCH, r#"{"agentFlags": null}"#, "missing field `agentFlags`"),
    ] {
        let error = operator.refused(status, method, "/api/flags", body).await;
        assert!(error.contains(says), "{error}");
    }
    let audit = stage.count("select count(*) from config_audit").await;
    assert_eq!((&operator.get("/api/flags").await.1["row"], audit), (&before, 2));

    // A whole document, as it was read.
    let mut document = before;
    document["unifiedServiceRolloutPercent"] = json!(0.5);
    let (status, shown) = operator.put("/api/flags", document.clone()).await;
    assert_eq!((status, &shown["row"]), (200, &document));
    in_force(&stage, 0.5).await;
    let hosts_told = Operator::at(&stage, hosts - 1).get("/api/flags").await.1["in_force"].clone();
    assert_eq!(hosts_told.as_array().map(Vec::len), Some(hosts), "{hosts_told}");
    let schema = operator.get("/api/flags/schema").await.1;
    assert_eq!(schema["required"][0], "unifiedServiceEnabled");

    // Many at once, at every host: no change is lost to another.
    let mut patches = tokio::task::JoinSet::new();
    for n in 0..12 {
        let operator = Operator::at(&stage, n % hosts);
        patches.spawn(async move {
            let patch = json!({ "agentFlags": { format!("agent{n}"): true } }).to_string();
            assert_eq!(operator.asks(Method::PATCH, "/api/flags", patch).await.0, 200);
        });
    }
    while let Some(done) = patches.join_next().await {
        done.expect("patched");
    }
    let row = operator.get("/api/flags").await.1["row"].clone();
    assert!((0..12).all(|n| row["agentFlags"][format!("agent{n}")] == true), "{row}");

    people(&stage, &operator, hosts).await;
}

/// One person in and out, by number and by our own id.
async fn people(stage: &Stage, operator: &Operator, hosts: usize) {
    let everybody_else = "/api/people/+250%20788%20000%20001";
    let (status, out) = operator.put(everybody_else, json!({ "list": "deny" })).await;
    assert_eq!((status, &out["is_in"], &out["standing"]), (200, &json!(false), &json!("denied")), "{out}");
    assert_eq!(
        (&out["bucket_is_stored"], &out["messages"]),
        (&json!(false), &json!("their messages are held until `rollout release`"))
    );
    let (_, allowed) = operator.put(everybody_else, json!({ "list": "allow" })).await;
    assert_eq!((&allowed["is_in"], &allowed["standing"]), (&json!(true), &json!("allowed")));
    for node in 0..hosts {
        let other = Operator::at(stage, node);
        until("it is in force", async || other.get("/api/people/250788000001").await.1["standing"] == "allowed").await;
    }
    assert_eq!(operator.get("/api/flags").await.1["people"]["allow"], json!([ALICE]));
    stage.talk(ALICE).say("hello").await;
    let id = stage.text("select cast(person_id as text) from person").await.expect("she has written");
    let (_, by_id) = operator.put(&format!("/api/people/{id}"), json!({ "list": "clear" })).await;
    assert_eq!(by_id["bucket_is_stored"], true, "{by_id}");
    assert!(by_id["why"].as_str().is_some_and(|why| why.contains("0.5 %")), "{by_id}");
    assert_eq!(operator.get("/api/flags").await.1["people"]["allow"], json!([]));
    for (status, path, body, says) in [
        (404, "/api/people/01890000-0000-7000-8000-000000000000", r#"{"list": "allow"}"#, "nobody is known"),
        (404, "/api/people/%20", r#"{"list": "allow"}"#, "nobody is known"),
        (400, "/api/people/%ff", r#"{"list": "allow"}"#, "UTF-8"),
        (400, everybody_else, r#"{"list": "in"}"#, "unknown variant `in`"),
        (400, everybody_else, r#"{"list": "allow", "why": "a friend"}"#, "unknown field `why`"),
    ] {
        let error = operator.refused(status, Method::PUT, path, body).await;
        assert!(error.contains(says), "{error}");
    }
    let mut shell = Shell::open(&stage.url()).await;
    let who: Vec<String> = shell.values("select distinct who from config_audit").await;
    assert!(who.iter().all(|who| is_ann(&json!(who))) && !who.is_empty(), "{who:?}");
}

/// Postgres adds the role that the host has there.
fn is_ann(who: &Value) -> bool {
    who.as_str().is_some_and(|who| who == "api:operator/ann" || who.starts_with("api:operator/ann as "))
}

#[tokio::test]
async fn flags_and_people_are_shown_and_changed_on_sqlite() {
    flags(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flags_and_people_are_shown_and_changed_at_two_hosts() {
    let url = cluster::shared().database().await;
    flags(Some(url)).await;
}

#[tokio::test]
async fn a_rollout_is_begun_held_and_aborted() {
    let mut stage = Stage::new(&["support"]);
    stage.set("OPERATOR_TOKEN", TOKEN);
    stage.start().await;
    let operator = Operator::at(&stage, 0);
    assert_eq!(
        operator.get("/api/rollout").await,
        (200, json!({ "rollout": null, "messages_a_day": null, "decisions": [] }))
    );
    for (status, order, body, says) in [
        (409, "advance", "", "there is no rollout"),
        (404, "begin", "", "there are start, advance"),
        (400, "start", r#"{"plans": {}}"#, "unknown field `plans`"),
        (400, "advance", r#"{"reason": "now"}"#, "unknown field `reason`"),
        (400, "start", "start", "not JSON"),
        (422, "start", r#"{"plan": {"steps": []}}"#, "no steps"),
    ] {
        let error = operator.refused(status, Method::POST, &format!("/api/rollout/{order}"), body).await;
        assert!(error.contains(says), "{error}");
    }
    assert_eq!(stage.count("select count(*) from app_config").await, 0, "nothing of it began");

    let steps = json!([
        { "percent": 5, "hours": 1, "max_error_percent": 1 }, { "percent": 50, "hours": 1, "max_error_percent": 1 }
    ]);
    let (status, began) = operator.post("/api/rollout/start", json!({ "plan": { "steps": steps } })).await;
    let rollout = &began["rollout"];
    assert_eq!(
        (status, &rollout["state"], &rollout["percent"], &rollout["step"]),
        (200, &json!("running"), &json!(5.0), &json!(1)),
        "{began}"
    );
    assert_eq!(stage.health(0).await.1["rollout"]["percent"], 5.0, "in force before it was answered");
    assert!(operator.refused(409, Method::POST, "/api/rollout/start", "").await.contains("is under way"));
    assert_eq!(operator.post("/api/rollout/advance", Value::Null).await.1["rollout"]["percent"], 50.0);
    let (_, held) = operator.post("/api/rollout/hold", json!({ "reason": "lunch" })).await;
    assert_eq!((&held["rollout"]["state"], &held["rollout"]["reason"]), (&json!("held"), &json!("lunch")));
    assert!(operator.refused(409, Method::POST, "/api/rollout/hold", "{}").await.contains("is held"));
    assert_eq!(operator.post("/api/rollout/resume", json!({})).await.0, 200);
    let (_, aborted) = operator.post("/api/rollout/abort", json!({ "reason": "it smells" })).await;
    assert_eq!((&aborted["rollout"]["state"], &aborted["rollout"]["percent"]), (&json!("aborted"), &json!(0.0)));
    assert_eq!(stage.health(0).await.1["rollout"]["percent"], 0.0);

    let told: Vec<Value> = aborted["decisions"].as_array().expect("decisions").clone();
    let outcomes: Vec<&str> = told.iter().rev().filter_map(|decision| decision["outcome"].as_str()).collect();
    assert_eq!(outcomes, ["started", "advanced", "held", "resumed", "aborted"]);
    assert!(told.iter().all(|decision| decision["who"] == "api:operator/ann"), "{told:?}");

    // Alice wrote while nobody was in.
    assert_eq!(stage.say(ALICE, text("hello")).await, 200);
    until("she is held", async || stage.count("select count(*) from message where state = 'held'").await == 1).await;
    assert_eq!(operator.post("/api/rollout/release", Value::Null).await, (200, json!({ "released": 1 })));
    assert_eq!(operator.post("/api/rollout/retry", Value::Null).await, (200, json!({ "retried": 0 })));
}

#[tokio::test]
async fn the_report_is_the_commands() {
    let mut stage = Stage::new(&["support"]);
    stage.set("OPERATOR_TOKEN", TOKEN);
    stage.start().await;
    stage.talk(ALICE).say("hello").await;
    until("it is settled", async || stage.count("select count(*) from unified_agent_events").await == 1).await;
    let operator = Operator::at(&stage, 0);
    let printed = stage.run(&["report", "--since", "2h", "--json"]).stdout;
    let printed: Value = serde_json::from_slice(&printed).expect("JSON");
    let (status, told) = operator.get("/api/report?since=2h").await;
    assert_eq!((status, &told["all"]), (200, &printed["all"]));
    assert_eq!(told["all"]["messages"], 1);
    let keys = |value: &Value| value.as_object().map(|object| object.keys().cloned().collect::<Vec<_>>());
    assert_eq!(keys(&told), keys(&printed));
    assert_eq!(operator.get("/api/report").await.0, 200);
    for (query, says) in [("since=long", "use 30m, 4h or 7d"), ("until=4h", "unknown field `until`")] {
        let error = operator.refused(400, Method::GET, &format!("/api/report?{query}"), "").await;
        assert!(error.contains(says), "{error}");
    }
    let agents = operator.get("/api/agents").await.1;
    let names: Vec<&Value> = agents["agents"].as_array().expect("agents").iter().map(|agent| &agent["name"]).collect();
    assert_eq!(names, ["support"]);
}
