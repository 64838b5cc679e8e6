//! `/health` and `/metrics` tell the truth about real hosts: whose disk is full, whose number rests, whose plugins are refused.

use std::process::{Child, Command, Stdio};

use serde_json::json;

use switchboard_kit::{
    agents::built,
    cluster::Cluster,
    shell::Shell,
    stage::{Stage, until},
    talk::text,
};

const ALICE: &str = "250788000001";

/// Whether a host says that of itself, with a problem that has these words.
async fn says(stage: &Stage, code: u16, status: &str, problem: &str) -> bool {
    let (said, health) = stage.health(0).await;
    said == code && health["status"] == status && health["problems"].to_string().contains(problem)
}

async fn is_healthy(stage: &Stage) -> bool {
    let (code, health) = stage.health(0).await;
    (code, &health["status"], &health["problems"]) == (200, &json!("healthy"), &json!([]))
}

async fn gauge(stage: &Stage, name: &str) -> Option<f64> {
    let lines = stage.metrics(0).await;
    let line = lines.iter().find(|line| line.starts_with(name))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// A host to which the system says that files may not grow, rather than ending it: as on a full disk.
struct Limited(Child);

impl Limited {
    async fn start(stage: &Stage) -> Limited {
        let serve = stage.command(&["serve"]);
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$0\" serve"]).arg(serve.get_program());
        shell.envs(serve.get_envs().filter_map(|(name, value)| Some((name, value?))));
        // Its log is on that disk too.
        let log = std::fs::File::create(stage.folder().join("log")).expect("a log");
        shell.current_dir(stage.folder()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let host = Limited(shell.spawn().expect("the host starts"));
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let live = format!("http://{}/health/live", stage.webhook);
        until("the host is alive", async || http.get(&live).send().await.is_ok()).await;
        host
    }

    /// No file may grow beyond so many bytes, or as far as it likes.
    fn files_at_most(&self, bytes: &str) {
        let limit = ["--pid", &self.0.id().to_string(), &format!("--fsize={bytes}:")].map(str::to_owned);
        assert!(Command::new("prlimit").args(limit).status().is_ok_and(|status| status.success()));
    }
}

impl Drop for Limited {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_full_disk_is_unhealthy_until_there_is_room() {
    let stage = Stage::new(&["support"]);
    let host = Limited::start(&stage).await;
    until("it is well", async || is_healthy(&stage).await).await;
    assert_eq!(gauge(&stage, "switchboard_storing_fails").await, Some(0.0));
    host.files_at_most("0");
    until("a delivery is refused", async || stage.say(ALICE, text("hello")).await == 503).await;
    assert!(says(&stage, 503, "unhealthy", "deliveries cannot be stored since").await, "{:?}", stage.health(0).await);
    let (_, health) = stage.health(0).await;
    assert_eq!((&health["checks"]["storing"], &health["checks"]["database"]), (&json!("failing"), &json!("ok")));
    assert_eq!(gauge(&stage, "switchboard_storing_fails").await, Some(1.0));
    // Nobody writes again: the host itself finds out that there is room.
    host.files_at_most("unlimited");
    until("it is well again", async || is_healthy(&stage).await).await;
    assert_eq!(gauge(&stage, "switchboard_storing_fails").await, Some(0.0));
    assert_eq!(stage.say(ALICE, text("hello")).await, 200);
    assert_eq!(stage.count("select count(*) from write_probe").await, 0, "a probe leaves nothing");
}

/// Also where nobody writes: the host's own sign of life is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_only_read_is_unhealthy() {
    let cluster = Cluster::start(false);
    let mut stage = Stage::new(&["support"]);
    stage.set("DATABASE_URL", &cluster.database().await);
    stage.start().await;
    until("it is well", async || is_healthy(&stage).await).await;
    let mut shell = Shell::open(&stage.url()).await;
    shell.run("alter system set default_transaction_read_only = on").await;
    shell.run("select pg_reload_conf()").await;
    until("it is told", async || says(&stage, 503, "unhealthy", "read-only").await).await;
    assert_eq!(stage.say(ALICE, text("hello")).await, 503);
    shell.run("alter system reset default_transaction_read_only").await;
    shell.run("select pg_reload_conf()").await;
    until("it is well again", async || is_healthy(&stage).await).await;
    assert_eq!(stage.say(ALICE, text("hello")).await, 200);
}

#[tokio::test]
async fn a_number_that_rests_is_told_with_its_reason() {
    let mut stage = Stage::new(&["support"]);
    stage.start().await;
    until("it is well", async || is_healthy(&stage).await).await;
    stage
        .faults(
            json!({ "fail": [{ "count": null, "status": 401, "code": 190, "details": "the session has expired" }] }),
        )
        .await;
    assert_eq!(stage.say(ALICE, text("hello")).await, 200);
    until("the number rests", async || says(&stage, 200, "degraded", "nothing is sent from the number").await).await;
    let (_, health) = stage.health(0).await;
    let resting = &health["checks"]["resting"][0];
    assert!(resting["reason"].as_str().is_some_and(|why| why.contains("190")), "{health}");
    let since: jiff::Timestamp = resting["since"].as_str().and_then(|since| since.parse().ok()).expect("a time");
    assert!(since <= jiff::Timestamp::now());
    assert!(health["problems"].to_string().contains("190"), "{health}");
    until("its reply waits", async || gauge(&stage, "switchboard_oldest_reply_seconds").await > Some(0.0)).await;
    assert!(gauge(&stage, "switchboard_number_rests_seconds{business=").await > Some(0.0));
    stage.faults(json!({})).await;
    assert_eq!(stage.heard(ALICE, 0, 1).await.len(), 1);
    until("it is well again", async || is_healthy(&stage).await).await;
    assert_eq!(gauge(&stage, "switchboard_number_rests_seconds{business=").await, Some(0.0));
    assert_eq!(gauge(&stage, "switchboard_oldest_reply_seconds").await, Some(0.0));
}

#[tokio::test]
async fn refused_plugins_are_told() {
    let mut stage = Stage::new(&["support"]);
    stage.start().await;
    until("it is well", async || is_healthy(&stage).await).await;
    let (file, manifest) = (stage.plugins().join("support.wasm"), stage.folder().join("plugins.toml"));
    let before = std::fs::read_to_string(&manifest).expect("a manifest");
    std::fs::write(&file, "no component").expect("written");
    until("it is told", async || says(&stage, 200, "degraded", "support.wasm is refused").await).await;
    std::fs::write(&manifest, "agents = 7").expect("written");
    until("it is told", async || says(&stage, 200, "degraded", "plugins.toml is refused").await).await;
    assert_eq!(gauge(&stage, "switchboard_plugins_refused").await, Some(2.0));
    std::fs::write(&manifest, before).expect("written");
    std::fs::write(&file, built("support")).expect("written");
    until("it is well again", async || is_healthy(&stage).await).await;
    assert_eq!(gauge(&stage, "switchboard_plugins_refused").await, Some(0.0));
}
