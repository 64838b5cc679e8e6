//! Nothing fails in silence: each failure is made to happen at real hosts, and `/health`, the metrics, the log and the alerts say it, with
//! what to do.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
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
use switchboard_edge::whatsapp::signature::{HEADER, Secrets};

use switchboard_kit::{
    agents::rogue,
    cluster::Cluster,
    shell::Shell,
    stage::{SECRET, Stage, until},
    talk::text,
};

const ALICE: &str = "250788000001";

/// The key of the webhook's signatures.
const KEY: &str = "a-key-of-the-alerts";

/// What the webhook of alerts was told.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<Value>>>);

async fn take(State(told): State<Told>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers.get("x-switchboard-signature").and_then(|value| value.to_str().ok());
    if signature != Some(Secrets::new([KEY]).sign(&body).as_str()) {
        return StatusCode::UNAUTHORIZED;
    }
    told.0.lock().expect("unpoisoned").push(serde_json::from_slice(&body).expect("JSON"));
    StatusCode::OK
}

impl Told {
    /// Starts the webhook; the stage's hosts alert there each second.
    async fn start(stage: &mut Stage) -> Told {
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

    fn find(&self, alert: &str, state: &str) -> Option<Value> {
        let told = self.0.lock().expect("unpoisoned");
        told.iter().find(|word| word["alert"] == alert && word["state"] == state).cloned()
    }

    /// Waits until an alert fires.
    async fn fires(&self, alert: &str) -> Value {
        until(&format!("{alert} fires"), async || self.find(alert, "firing").is_some()).await;
        self.find(alert, "firing").expect("it fires")
    }
}

/// A stage whose host alerts and logs, and what it says.
struct Watch {
    stage: Stage,
    told: Told,
    log: PathBuf,
}

impl Watch {
    async fn new(mut stage: Stage) -> Watch {
        let told = Told::start(&mut stage).await;
        let log = stage.log_to_file();
        Watch { stage, told, log }
    }

    /// All four say it: health with a problem of this name, the metric, the log once, and the alert with these words.
    async fn all_say(&self, name: &str, alert: &str, words: &str) {
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
    async fn is_over(&self, alert: &str) {
        until(&format!("{alert} is over"), async || self.told.find(alert, "resolved").is_some()).await;
    }
}

fn lines(log: &Path, words: &str) -> usize {
    std::fs::read_to_string(log).unwrap_or_default().lines().filter(|line| line.contains(words)).count()
}

/// Posts a body to the webhook of a stage, signed with this secret.
async fn deliver(stage: &Stage, secret: &str, body: &Value) -> u16 {
    let body = body.to_string();
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let signature = Secrets::new([secret]).sign(body.as_bytes());
    let request = http.post(format!("http://{}/webhook", stage.webhook)).header(HEADER, signature).body(body);
    request.send().await.map_or(0, |answer| answer.status().as_u16())
}

#[tokio::test]
async fn a_refused_number_and_replies_that_wait() {
    let mut watch = Watch::new(Stage::new(&["support"])).await;
    watch.stage.start().await;
    let expired =
        json!({ "fail": [{ "count": null, "status": 401, "code": 190, "details": "the session has expired" }] });
    watch.stage.faults(expired).await;
    assert_eq!(watch.stage.say(ALICE, text("hello")).await, 200);
    let alert = "SwitchboardNumberRefused/100000000000001";
    watch.all_say("number_refused", alert, "set WHATSAPP_ACCESS_TOKEN").await;
    let series = "switchboard_number_resting{business=\"100000000000001\",code=\"190\"}";
    let gauge = async |value: &str| watch.stage.metrics(0).await.contains(&format!("{series} {value}"));
    assert!(gauge("1").await, "{:?}", watch.stage.metrics(0).await);
    watch.stage.sql("update outbox set created_at = created_at - 130000").await;
    watch.all_say("replies_wait", "SwitchboardRepliesWait", "to be sent").await;
    let listed = watch.stage.run(&["alerts", "list"]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.contains(alert) && listed.contains("host-a") && listed.contains("`switchboard doctor`"), "{listed}");
    watch.stage.faults(json!({})).await;
    watch.is_over(alert).await;
    watch.is_over("SwitchboardRepliesWait").await;
    assert!(gauge("0").await);
    until("nothing is listed", async || {
        String::from_utf8_lossy(&watch.stage.run(&["alerts", "list"]).stdout).contains("No alert fires.")
    })
    .await;
    assert_eq!(lines(&watch.log, "problem=\"number_refused\""), 1, "once while it stands");
}

#[tokio::test]
async fn a_legacy_service_that_is_not_there() {
    let mut stage = Stage::new(&["support"]);
    stage.set("LEGACY_WEBHOOK_URL", "http://127.0.0.1:9/webhook");
    stage.set("UNIFIED_SERVICE_ROLLOUT_PERCENT", "0");
    let mut watch = Watch::new(stage).await;
    watch.stage.start().await;
    for n in 0..4 {
        assert_eq!(watch.stage.say(&format!("25078800000{n}"), text("hello")).await, 200);
    }
    watch.all_say("legacy_fails", "SwitchboardLegacyFails", "the legacy service cannot be reached").await;
    assert_eq!(
        watch.stage.count("select count(*) from outbox where state = 'dead'").await,
        0,
        "long before any is dead"
    );
    watch.stage.sql("update outbox set created_at = created_at - 130000").await;
    watch.all_say("forwards_wait", "SwitchboardForwardsWait", "to be forwarded").await;
}

#[tokio::test]
async fn wrong_signatures() {
    let mut watch = Watch::new(Stage::new(&["support"])).await;
    watch.stage.start().await;
    for _ in 0..3 {
        assert_eq!(deliver(&watch.stage, "another", &json!({ "entry": [] })).await, 401);
    }
    watch
        .all_say("signatures_wrong", "SwitchboardSignaturesWrong", "the last 3 deliveries had a wrong signature")
        .await;
    assert_eq!(lines(&watch.log, "1 of 1 deliveries had a wrong signature"), 1);
    assert_eq!(deliver(&watch.stage, SECRET, &json!({ "entry": [] })).await, 200);
    watch.is_over("SwitchboardSignaturesWrong").await;
}

/// The database's file cannot grow, and neither can the log: the alert comes all the same.
#[tokio::test]
async fn a_full_disk_is_alerted_of_though_nothing_can_be_kept_of_it() {
    let mut stage = Stage::new(&["support"]);
    stage.outlive_limits();
    let told = Told::start(&mut stage).await;
    stage.start().await;
    stage.limit_files(0, Some(0));
    until("a delivery is refused", async || stage.say(ALICE, text("hello")).await == 503).await;
    let word = told.fires("SwitchboardNotStored").await;
    assert!(word["text"].to_string().contains("deliveries cannot be stored since"), "{word}");
    stage.limit_files(0, None);
    until("it is over", async || told.find("SwitchboardNotStored", "resolved").is_some()).await;
    let fired =
        told.0.lock().expect("unpoisoned").iter().filter(|word| word["alert"] == "SwitchboardNotStored").count();
    assert_eq!(fired, 2, "once when it begins, once when it is over");
}

#[tokio::test]
async fn a_database_that_only_reads_is_alerted_of() {
    let cluster = Cluster::start(false);
    let mut stage = Stage::new(&["support"]);
    stage.set("DATABASE_URL", &cluster.database().await);
    let mut watch = Watch::new(stage).await;
    watch.stage.start().await;
    let mut shell = Shell::open(&watch.stage.url()).await;
    shell.run("alter system set default_transaction_read_only = on").await;
    shell.run("select pg_reload_conf()").await;
    until("a delivery is refused", async || watch.stage.say(ALICE, text("hello")).await == 503).await;
    watch.all_say("not_stored", "SwitchboardNotStored", "read-only").await;
    for _ in 0..20 {
        watch.stage.say(ALICE, text("hello")).await;
    }
    let refused = lines(&watch.log, "a delivery could not be stored");
    assert!((1..=8).contains(&refused), "at most once in ten seconds, not for each of more than 20: {refused}");
    shell.run("alter system reset default_transaction_read_only").await;
    shell.run("select pg_reload_conf()").await;
    watch.is_over("SwitchboardNotStored").await;
    cluster.stop();
    let word = watch.told.fires("SwitchboardDatabaseAway").await;
    assert_eq!((&word["severity"], &word["host"]), (&json!("page"), &json!("host-a")));
    cluster.serve();
    watch.is_over("SwitchboardDatabaseAway").await;
}

/// What the database and the files say of a host: each row that stands for a failure, and what is said of it.
#[tokio::test]
async fn files_rollouts_dead_letters_tickets_backups_and_budgets() {
    let mut stage = Stage::new(&["support"]);
    stage.set("GEMINI_API_KEY", "a-key-of-the-test");
    stage.set("GEMINI_API_URL", "http://127.0.0.1:9");
    stage.set("MODEL_TOKENS_PER_DAY", "1000");
    stage.set("DISK_FREE_MIN_MIB", "4000000000");
    let mut watch = Watch::new(stage).await;
    watch.stage.start().await;
    watch.all_say("disk_low", "SwitchboardDiskLow/DATA_DIR", "less than 4000000000 MiB").await;
    watch.all_say("disk_low", "SwitchboardDiskLow/FILES_DIR", "less than 4000000000 MiB").await;

    let file = watch.stage.plugins().join("another.wasm");
    std::fs::write(&file, "no component").expect("written");
    watch.all_say("plugins_refused", "SwitchboardPluginsRefused/another.wasm", "another.wasm is refused").await;
    std::fs::remove_file(&file).expect("removed");
    watch.is_over("SwitchboardPluginsRefused/another.wasm").await;

    assert_eq!(watch.stage.say(ALICE, text("hello")).await, 200);
    until("it is answered", async || {
        watch.stage.count("select count(*) from message where state = 'answered'").await == 1
    })
    .await;
    watch.stage.sql("update message set state = 'dead', error = 'as asked'").await;
    watch.all_say("messages_dead", "SwitchboardMessagesDead", "1 messages of the last hour were given up").await;

    watch
        .stage
        .sql("insert into ticket (number, person_id, business, agent, subject, details, priority, opened_at) select 'T-1', person_id, '1', 'support', 's', 'd', 'urgent', 1 from person")
        .await;
    watch.all_say("tickets_wait", "SwitchboardTicketsWait/urgent", "1 urgent tickets are not answered").await;
    assert!(watch.stage.metrics(0).await.contains(&"switchboard_tickets_open{priority=\"urgent\"} 1".to_owned()));

    watch.stage.sql("insert into backup (name, at, file, bytes) values ('newest', 1, 'old', 1)").await;
    watch.all_say("backup_old", "SwitchboardBackupOld", "hours old").await;

    watch
        .stage
        .sql("insert into quota (since, what, agent, person, used, most) select cast(strftime('%s') as integer) / 86400 * 86400000, 'tokens', '', '', 850, 1000 where true on conflict (since, what, agent, person) do update set used = 850, most = 1000")
        .await;
    watch.all_say("model_budget_low", "SwitchboardModelBudgetLow/all", "85 % of the day's 1000 tokens").await;
    watch.stage.sql("update quota set used = 1000 where what = 'tokens' and agent = '' and person = ''").await;
    watch.all_say("model_budget_gone", "SwitchboardModelBudgetGone/all", "100 % of the day's 1000 tokens").await;

    let began = watch.stage.run(&["rollout", "start", "--yes"]);
    assert!(began.status.success(), "{}", String::from_utf8_lossy(&began.stderr));
    assert!(watch.stage.run(&["rollout", "hold", "lunch"]).status.success());
    watch.all_say("rollout_held", "SwitchboardRolloutHeld", "lunch").await;
    assert!(watch.stage.run(&["rollout", "abort", "too many errors"]).status.success());
    watch.all_say("rollout_aborted", "SwitchboardRolloutAborted", "too many errors").await;
    watch.is_over("SwitchboardRolloutHeld").await;

    // What the controller and the tripwire write of an agent's new version.
    watch
        .stage
        .sql("insert into rollout (name, plan, state, step, step_since, percent, candidate, stable, outcome, reason, who, version, updated_at) select 'agent:ghost', plan, 'held', 0, 1, 10, 'b', 'a', 'held', 'too few messages', 'controller', 1, updated_at from rollout where name = 'service'")
        .await;
    watch.all_say("candidate_held", "SwitchboardCandidateHeld/ghost", "too few messages").await;
    watch.stage.sql("update rollout set state = 'aborted', outcome = 'aborted', reason = '3 of 50 turns were stopped', who = 'tripwire', version = version + 1 where name = 'agent:ghost'").await;
    watch.all_say("candidate_dropped", "SwitchboardCandidateDropped/ghost", "3 of 50 turns were stopped").await;
}

#[tokio::test]
async fn a_model_that_answers_nothing() {
    let mut stage = Stage::new(&["support"]);
    stage.add("hoarder", &rogue("hoarder"), &["records", "log", "model"], "");
    stage.set("GEMINI_API_KEY", "a-key-of-the-test");
    stage.set("GEMINI_API_URL", "http://127.0.0.1:9");
    let mut watch = Watch::new(stage).await;
    watch.stage.start().await;
    for n in 0..5 {
        assert_eq!(watch.stage.say(&format!("25078800000{n}"), text("hoarder wait")).await, 200);
    }
    watch.all_say("model_fails", "SwitchboardModelFails", "the model gave no answer").await;
}

/// Two hosts with other settings for one agent, and one whose clock is five seconds ahead.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_that_differ_and_a_clock_that_is_off() {
    let cluster = Cluster::start(false);
    let mut stage = Stage::of_nodes(&["support"], 2);
    stage.set("DATABASE_URL", &cluster.database().await);
    let told = Told::start(&mut stage).await;
    let parted = stage.part_node(1);
    let manifest = parted.parent().expect("a folder").join("plugins.toml");
    let entry =
        std::fs::read_to_string(&manifest).expect("a manifest").replace("limits = {", "limits = { host_calls_max = 77");
    std::fs::write(&manifest, entry).expect("written");
    let offset = stage.folder().join("clock");
    std::fs::write(&offset, "0").expect("written");
    stage.set_of(1, "SWITCHBOARD_CLOCK_FILE", &offset.display().to_string());
    stage.set_of(1, "SWITCHBOARD_CLOCK_AHEAD_MS", "5000");
    stage.set_of(1, "HOST_NAME", "host-b");
    stage.start_node(0).await;
    stage.start_node(1).await;
    let word = told.fires("SwitchboardAgentsDiffer").await;
    let said = word["text"].to_string();
    assert!(said.contains("support") && said.contains("at host-a") && said.contains("at host-b"), "{said}");
    let (_, health) = stage.health(0).await;
    assert!(health["problems"].to_string().contains("the hosts serve different agents"), "{health}");
    let word = told.fires("SwitchboardClockOff").await;
    assert_eq!((&word["host"], &word["severity"]), (&json!("host-b"), &json!("warn")), "its own host says it: {word}");
    assert!(!stage.health(0).await.1["problems"].to_string().contains("clock"));
}

/// Bodies as Meta sends them; each gives the problem and the alert of its meaning.
#[tokio::test]
async fn what_meta_tells_of_the_account() {
    let mut watch = Watch::new(Stage::new(&["support"])).await;
    watch.stage.start().await;
    let template = |field: &str, value: Value| {
        let mut value = value;
        value["message_template_id"] = json!(1_689_556_908_129_832_i64);
        value["message_template_name"] = json!("hello");
        value["message_template_language"] = json!("en");
        (field.to_owned(), value)
    };
    let cases = [
        (
            (
                "account_update".to_owned(),
                json!({ "event": "DISABLED_UPDATE", "ban_info": { "waba_ban_state": "SCHEDULE_FOR_DISABLE", "waba_ban_date": "January 31, 2027" } }),
            ),
            "account_restricted",
            "SwitchboardAccountRestricted/102290129340398",
            "SCHEDULE_FOR_DISABLE",
        ),
        (
            (
                "account_alerts".to_owned(),
                json!({ "entity_id": 1, "alert_severity": "CRITICAL", "alert_status": "ACTIVE", "alert_type": "OBA_REVIEW", "alert_description": "look" }),
            ),
            "account_alert",
            "SwitchboardAccountAlert/102290129340398",
            "OBA_REVIEW",
        ),
        (
            (
                "phone_number_quality_update".to_owned(),
                json!({ "display_phone_number": "124545784358810", "event": "FLAGGED", "current_limit": "TIER_10K" }),
            ),
            "number_quality",
            "SwitchboardNumberQuality/…8810",
            "TIER_10K",
        ),
        (
            template("message_template_status_update", json!({ "event": "PAUSED", "reason": "low quality" })),
            "template_stopped",
            "SwitchboardTemplateStopped/hello:en",
            "low quality",
        ),
        (
            template(
                "template_category_update",
                json!({ "previous_category": "UTILITY", "new_category": "MARKETING" }),
            ),
            "template_category",
            "SwitchboardTemplateCategory/hello:en",
            "MARKETING",
        ),
    ];
    let body = |(field, value): &(String, Value), time: i64| json!({ "object": "whatsapp_business_account", "entry": [{ "id": "102290129340398", "time": time, "changes": [{ "field": field, "value": value }] }] });
    let now = jiff::Timestamp::now().as_second();
    for (change, name, alert, words) in &cases {
        // Meta delivers twice: it is one notice.
        for _ in 0..2 {
            assert_eq!(deliver(&watch.stage, SECRET, &body(change, now)).await, 200);
        }
        watch.all_say(name, alert, words).await;
        assert_eq!(lines(&watch.log, &format!("field=\"{}\"", change.0)), 1, "one line");
    }
    let metrics = watch.stage.metrics(0).await;
    for (change, ..) in &cases {
        let series = format!("switchboard_meta_notices_total{{field=\"{}\"}} 1", change.0);
        assert!(metrics.contains(&series), "{series}: {metrics:?}");
    }
    let yellow = template(
        "message_template_quality_update",
        json!({ "previous_quality_score": "GREEN", "new_quality_score": "YELLOW" }),
    );
    assert_eq!(deliver(&watch.stage, SECRET, &body(&yellow, now)).await, 200);
    assert_eq!(watch.stage.count("select count(*) from meta_notice").await, 6);
    assert_eq!(
        watch
            .stage
            .count("select count(*) from meta_notice where body like '%124545784358810%' or subject like '%12454%'")
            .await,
        0
    );
    // Meta takes it back.
    let back = (
        "account_update".to_owned(),
        json!({ "event": "DISABLED_UPDATE", "ban_info": { "waba_ban_state": "REINSTATE" } }),
    );
    assert_eq!(deliver(&watch.stage, SECRET, &body(&back, now + 1)).await, 200);
    watch.is_over("SwitchboardAccountRestricted/102290129340398").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_tries_the_receivers() {
    let mut stage = Stage::new(&["support"]);
    let none = stage.run(&["alerts", "test"]);
    assert!(!none.status.success() && String::from_utf8_lossy(&none.stderr).contains("set ALERT_WEBHOOK_URL"));
    let told = Told::start(&mut stage).await;
    let tried = stage.run(&["alerts", "test"]);
    let said = String::from_utf8_lossy(&tried.stdout).into_owned();
    assert!(tried.status.success() && said.contains("webhook: accepted (HTTP 200)"), "{said}");
    let word = told.find("SwitchboardTest", "test").expect("a test");
    assert_eq!((&word["host"], &word["environment"]), (&json!("host-a"), &json!("production")));
    // Another key: the webhook refuses it, and the command says so.
    stage.set("ALERT_WEBHOOK_SECRET", "another");
    let tried = stage.run(&["alerts", "test"]);
    let said = String::from_utf8_lossy(&tried.stdout).into_owned();
    assert!(!tried.status.success() && said.contains("webhook: refused: ") && said.contains("401"), "{said}");
}

/// A scrape of a host that has answered, by Prometheus's own linter.
#[tokio::test]
async fn promtool_has_no_complaint_of_the_metrics() {
    let mut stage = Stage::new(&["support"]);
    stage.start().await;
    stage.talk(ALICE).say("hello").await;
    let url = format!("http://{}/metrics", stage.operator_of(0));
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let scrape = http.get(url).send().await.expect("an answer").text().await.expect("text");
    for line in scrape.lines().filter(|line| line.starts_with("# TYPE ")) {
        let name = line.split(' ').nth(2).expect("a name");
        assert!(scrape.contains(&format!("# HELP {name} ")), "{name} has no help");
    }
    for name in [
        "process_resident_memory_bytes",
        "process_open_fds",
        "switchboard_uptime_seconds",
        "switchboard_build_info{version=",
    ] {
        assert!(scrape.contains(&format!("\n{name}")), "{name}: {scrape}");
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository");
    // What it says while it is fetched is no complaint.
    let fetched =
        Command::new("sh").args(["tools/promtool.sh", "metrics"]).current_dir(root).stdin(Stdio::null()).output();
    fetched.expect("it runs");
    let mut promtool = Command::new("sh");
    promtool
        .args(["tools/promtool.sh", "metrics"])
        .current_dir(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut promtool = promtool.spawn().expect("it starts");
    promtool.stdin.take().expect("its input").write_all(scrape.as_bytes()).expect("written");
    let said = promtool.wait_with_output().expect("it ends");
    let complaints = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
    assert!(said.status.success() && complaints.trim().is_empty(), "{complaints}");
}
