//! Nothing fails in silence: each failure is made to happen at real hosts, and `/health`, the metrics, the log and the alerts say it, with
//! what to do.

mod told;
mod account;

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use told::{Told, Watch, lines};

use switchboard_edge::whatsapp::signature::{HEADER, Secrets};
use switchboard_kit::{
    agents::rogue,
    cluster::Cluster,
    shell::Shell,
    stage::{SECRET, Stage, until},
    talk::text,
};

const ALICE: &str = "250788000001";

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
