//! The Grafana dashboard and the alert rules, against a real Prometheus that scrapes a real host: no query of a panel is empty, and each rule
//! can be evaluated.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use switchboard_kit::stage::{Stage, until};

const ALICE: &str = "250788000001";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository")
}

/// A Prometheus that scrapes one host.
struct Prometheus {
    _folder: tempfile::TempDir,
    process: Child,
    url: String,
}

impl Prometheus {
    /// The system's, or Debian's as tools/promtool.sh unpacks it.
    fn program() -> PathBuf {
        let mut fetch = Command::new("sh");
        fetch.args(["tools/promtool.sh", "metrics"]).current_dir(root()).stdin(Stdio::null());
        fetch.output().expect("it runs");
        let unpacked = root().join(".tools/prometheus/usr/bin/prometheus");
        if unpacked.exists() { unpacked } else { "prometheus".into() }
    }

    fn start(host: &str) -> Prometheus {
        let folder = tempfile::tempdir().expect("a folder");
        let rules = root().join("deploy/prometheus/alerts.yml").canonicalize().expect("the rules");
        let config = format!(
            "global: {{ scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 1s }}\nrule_files: [{rules:?}]\n\
             scrape_configs:\n  - job_name: switchboard\n    static_configs: [{{ targets: [{host:?}] }}]\n"
        );
        let file = folder.path().join("prometheus.yml");
        std::fs::write(&file, config).expect("written");
        // Prometheus says nowhere which port it was given.
        let free = TcpListener::bind("127.0.0.1:0").and_then(|port| port.local_addr()).expect("a port");
        let mut command = Command::new(Prometheus::program());
        command.arg(format!("--config.file={}", file.display()));
        command.arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()));
        command.arg(format!("--web.listen-address={free}")).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().expect("Prometheus starts");
        Prometheus { _folder: folder, process, url: format!("http://{free}/api/v1") }
    }

    async fn get(&self, path: &str) -> Value {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let Ok(answer) = http.get(format!("{}/{path}", self.url)).send().await else { return Value::Null };
        answer.json().await.unwrap_or_default()
    }

    /// How many series a query gives now; the error of one that cannot be evaluated.
    async fn series(&self, query: &str) -> Result<usize, String> {
        let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let answer = self.get(&format!("query?query={query}")).await;
        match answer["data"]["result"].as_array() {
            Some(series) => Ok(series.len()),
            None => Err(answer.to_string()),
        }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The queries of each panel, with Grafana's interval set.
fn panels() -> Vec<(String, Vec<String>)> {
    let text = std::fs::read_to_string(root().join("deploy/grafana/switchboard.json")).expect("the dashboard");
    let dashboard: Value = serde_json::from_str(&text).expect("JSON");
    let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let queries = |panel: &Value| {
        let targets = list(panel, "targets").into_iter();
        targets.map(|target| target["expr"].as_str().expect("a query").replace("$__rate_interval", "30s")).collect()
    };
    let panels = list(&dashboard, "panels").into_iter().filter(|panel| panel["type"] != "row");
    panels.map(|panel| (panel["title"].as_str().expect("a title").to_owned(), queries(&panel))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_panel_is_empty_and_every_rule_is_evaluated() {
    let mut stage = Stage::new(&["support", "jobs"]);
    stage.start().await;
    let prometheus = Prometheus::start(stage.operator_of(0));
    until("it scrapes", async || prometheus.series("up == 1").await == Ok(1)).await;
    // A counter must be scraped before it rises, or its rate is zero.
    for _ in 0..2 {
        for said in ["hello", "I am looking for a job", "driver"] {
            stage.talk(ALICE).say(said).await;
        }
        until("it is scraped", async || {
            prometheus.series("switchboard_turns_total").await.is_ok_and(|series| series > 0)
        })
        .await;
    }
    let panels = panels();
    assert!(panels.len() > 30, "{}", panels.len());
    let mut queries = 0;
    let rate = "sum(rate(switchboard_turns_total[30s])) > 0";
    until("two scrapes differ", async || prometheus.series(rate).await == Ok(1)).await;
    let mut empty = Vec::new();
    for (title, of) in &panels {
        assert!(!of.is_empty(), "{title} shows nothing");
        for query in of {
            queries += 1;
            if prometheus.series(query).await.expect(query) == 0 {
                empty.push(format!("{title}: {query}"));
            }
        }
    }
    assert_eq!(empty, [] as [String; 0]);
    // What every host and rule asks for is there: a name that was changed would be seen here.
    until("the rules are evaluated", async || {
        let groups = prometheus.get("rules").await["data"]["groups"].as_array().cloned().unwrap_or_default();
        let rules: Vec<Value> =
            groups.iter().flat_map(|group| group["rules"].as_array().cloned().unwrap_or_default()).collect();
        for rule in &rules {
            assert_ne!(rule["health"], "err", "{rule}");
        }
        !rules.is_empty() && rules.iter().all(|rule| rule["health"] == "ok")
    })
    .await;
    println!("{} panels with {queries} queries, none of them empty", panels.len());
}
