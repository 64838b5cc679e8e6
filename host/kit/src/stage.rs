//! A stage of real processes: the built program serving, and the emulator of the Graph API, on ports of their own.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{cluster::free, shell::Shell};

/// Long enough for a loaded machine; nothing waits for it when all is well.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder, an emulator, and one host or several of them while they run.
pub struct Stage {
    folder: tempfile::TempDir,
    pub webhook: String,
    pub emulator: String,
    emulator_process: Child,
    nodes: Vec<Node>,
    log: Option<PathBuf>,
    variables: Vec<(String, String)>,
    http: reqwest::Client,
}

/// A host, running or not.
struct Node {
    webhook: String,
    operator: String,
    process: Option<Child>,
    /// A plugin folder of its own.
    folder: Option<PathBuf>,
    /// Over the stage's.
    variables: Vec<(String, String)>,
}

/// What a phone has heard.
#[derive(Debug)]
pub struct Heard {
    pub body: Value,
}

impl Stage {
    /// An emulator, and a folder with these agents; the host is not started yet.
    pub fn new(agents: &[&str]) -> Stage {
        Stage::of_nodes(agents, 1)
    }

    /// The same with several hosts, which want a database of Postgres in `DATABASE_URL`.
    pub fn of_nodes(agents: &[&str], count: usize) -> Stage {
        switchboard_edge::whatsapp::client::install_tls();
        let folder = tempfile::tempdir().expect("a folder");
        let plugins = folder.path().join("plugins");
        std::fs::create_dir(&plugins).expect("a plugin folder");
        let manifest = "[unlisted]\nenabled = true\ncapabilities = [\"log\", \"clock\"]\n";
        std::fs::write(folder.path().join("plugins.toml"), manifest).expect("a manifest");
        let node =
            |_| Node { webhook: address(), operator: address(), process: None, folder: None, variables: Vec::new() };
        let nodes: Vec<Node> = (0..count).map(node).collect();
        let emulator = address();
        let webhooks = nodes.iter().flat_map(|node| ["--webhook".into(), format!("http://{}/webhook", node.webhook)]);
        let emulator_process = program()
            .args(["emulator", "--listen", &emulator])
            .args(webhooks)
            .env("WHATSAPP_APP_SECRET", SECRET)
            .stdout(Stdio::null())
            .spawn()
            .expect("the emulator starts");
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let stage = Stage {
            folder,
            webhook: nodes[0].webhook.clone(),
            emulator,
            emulator_process,
            nodes,
            log: None,
            variables: Vec::new(),
            http,
        };
        for agent in agents {
            stage.add(agent, &built(agent), &ALL, "");
        }
        stage
    }

    /// One agent more.
    pub fn add(&self, name: &str, wasm: &[u8], capabilities: &[&str], limits: &str) {
        std::fs::write(self.plugins().join(name).with_extension("wasm"), wasm).expect("written");
        let entry = format!("{}limits = {{ {limits} }}\n", entry(name, capabilities));
        let manifest = self.folder.path().join("plugins.toml");
        let before = std::fs::read_to_string(&manifest).expect("a manifest");
        std::fs::write(&manifest, before + &entry).expect("written");
    }

    /// More lines of the agent that was added last.
    pub fn more_of_entry(&self, lines: &str) {
        let manifest = self.folder.path().join("plugins.toml");
        let before = std::fs::read_to_string(&manifest).expect("a manifest");
        std::fs::write(&manifest, format!("{before}{lines}\n")).expect("written");
    }

    /// A folder that ends with the stage.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where a host takes webhooks.
    pub fn webhook_of(&self, node: usize) -> String {
        format!("http://{}/webhook", self.nodes[node].webhook)
    }

    /// Where a host answers its operator.
    pub fn operator_of(&self, node: usize) -> &str {
        &self.nodes[node].operator
    }

    /// Variables of one host alone.
    pub fn set_of(&mut self, node: usize, name: &str, value: &str) {
        self.nodes[node].variables.push((name.to_owned(), value.to_owned()));
    }

    /// A variable for every command that follows.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// The host that is started next writes its whole log to this file.
    pub fn log_to_file(&mut self) -> PathBuf {
        self.log.insert(self.folder.path().join("log")).clone()
    }

    /// A person who talks, one message after the other.
    pub fn talk<'a>(&'a self, phone: &'a str) -> Talk<'a> {
        Talk { stage: self, phone, heard: 0 }
    }

    /// The same, of somebody who has heard something before.
    pub async fn talk_on<'a>(&'a self, phone: &'a str) -> Talk<'a> {
        Talk { stage: self, phone, heard: self.heard(phone, 0, 0).await.len() }
    }

    /// A command of the program in this stage's surroundings.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(0, arguments)
    }

    fn command_of(&self, node: usize, arguments: &[&str]) -> Command {
        let node = &self.nodes[node];
        let mut command = program();
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("WHATSAPP_APP_SECRET", SECRET)
            .env("WA_VERIFY_TOKEN", "verify-me")
            .env("WHATSAPP_ACCESS_TOKEN", "token")
            .env("GRAPH_API_URL", format!("http://{}", self.emulator))
            .env("DATABASE_URL", format!("sqlite://{}", self.database().display()))
            .env("LISTEN_ADDR", &node.webhook)
            .env("OPERATOR_ADDR", &node.operator)
            .env("UNKNOWN_WAIT_SECONDS", "1")
            .env("NUMBER_RATE", "1000")
            .env("FLOOD_PER_MINUTE", "100000")
            .env("LOG_FORMAT", "text")
            .env("RUST_LOG", "error")
            .env("RUST_BACKTRACE", "0")
            .envs(self.variables.iter().cloned())
            .envs(node.variables.iter().cloned())
            .envs(node.folder.iter().map(|folder| ("PLUGINS_CONFIG", folder.join("plugins.toml"))));
        command
    }

    /// The output of a command that ends.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
        let (id, (tell, told)) = (child.id(), std::sync::mpsc::channel());
        std::thread::spawn(move || tell.send(child.wait_with_output()));
        match told.recv_timeout(PATIENCE) {
            Ok(output) => output.expect("the program ends"),
            Err(_) => {
                let _ = Command::new("kill").arg(id.to_string()).status();
                panic!("{arguments:?} does not end");
            }
        }
    }

    /// Starts the host, and waits until it is alive.
    pub async fn start(&mut self) {
        self.start_node(0).await;
    }

    /// Starts one of several hosts, and waits until it is alive.
    pub async fn start_node(&mut self, node: usize) {
        let mut command = self.command_of(node, &["serve"]);
        command.stdout(Stdio::null());
        if let Some(log) = &self.log {
            let log = std::fs::File::create(log).expect("a log");
            command.stdout(log.try_clone().expect("a handle")).stderr(log).env("RUST_LOG", "info");
        }
        self.nodes[node].process = Some(command.spawn().expect("the host starts"));
        let url = format!("http://{}/health/live", self.nodes[node].webhook);
        until("the host is alive", async || {
            self.http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success())
        })
        .await;
    }

    /// A life of the host that ends of itself: at its n-th commit, which then does not happen.
    pub async fn live_until_commit(&self, n: u64) {
        let mut command = self.command(&["serve"]);
        let mut host =
            command.env("SWITCHBOARD_CRASH_AT_COMMIT", n.to_string()).stdout(Stdio::null()).spawn().expect("it starts");
        until("the host crashes", async || host.try_wait().is_ok_and(|ended| ended.is_some())).await;
    }

    /// Asks the host to stop, and waits until it has; whether it ended well.
    pub fn terminate(&mut self) -> bool {
        self.terminate_node(0)
    }

    pub fn terminate_node(&mut self, node: usize) -> bool {
        let Some(mut host) = self.nodes[node].process.take() else { return false };
        let asked = Command::new("kill").args(["-TERM", &host.id().to_string()]).status();
        asked.is_ok_and(|status| status.success()) && host.wait().is_ok_and(|status| status.success())
    }

    /// Gives a host a plugin folder of its own, with the agents that are there now, as a machine of its own has one.
    pub fn part_node(&mut self, node: usize) -> PathBuf {
        let folder = self.folder.path().join(format!("node-{node}"));
        let plugins = folder.join("plugins");
        std::fs::create_dir_all(&plugins).expect("a folder");
        std::fs::copy(self.folder.path().join("plugins.toml"), folder.join("plugins.toml")).expect("copied");
        for file in std::fs::read_dir(self.plugins()).expect("a folder").flatten() {
            std::fs::copy(file.path(), plugins.join(file.file_name())).expect("copied");
        }
        self.nodes[node].folder = Some(folder);
        plugins
    }

    /// A host is gone between two instructions.
    pub fn kill_node(&mut self, node: usize) {
        let mut host = self.nodes[node].process.take().expect("it runs");
        host.kill().expect("killed");
        let _ = host.wait();
    }

    /// What a host says of itself.
    pub async fn health(&self, node: usize) -> (u16, Value) {
        let url = format!("http://{}/health", self.nodes[node].webhook);
        let answer = self.http.get(url).send().await.expect("the host answers");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }

    /// What a host tells Prometheus: a line for each series.
    pub async fn metrics(&self, node: usize) -> Vec<String> {
        let url = format!("http://{}/metrics", self.nodes[node].operator);
        let answer = self.http.get(url).send().await.expect("the host answers").text().await.expect("text");
        answer.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("data/switchboard.db")
    }

    pub fn plugins(&self) -> PathBuf {
        self.folder.path().join("plugins")
    }

    /// A phone says something; the status that the webhook answered, 0 if nobody did.
    pub async fn say(&self, phone: &str, what: Value) -> u16 {
        deliver(&self.http, &self.emulator, phone, &what).await
    }

    /// What a phone has heard after its first `after` messages: at least `count` of them.
    pub async fn heard(&self, phone: &str, after: usize, count: usize) -> Vec<Heard> {
        let mut heard = Vec::new();
        until(&format!("{phone} hears {count} messages after {after}"), async || {
            let url = format!("http://{}/emulator/phones/{phone}/messages?after={after}&wait_ms=1000", self.emulator);
            let answer: Value = match self.http.get(url).send().await {
                Ok(answer) => answer.json().await.unwrap_or_default(),
                Err(_) => return false,
            };
            let messages = answer["messages"].as_array().cloned().unwrap_or_default();
            heard = messages.into_iter().map(|body| Heard { body }).collect();
            heard.len() >= count
        })
        .await;
        heard
    }

    /// A phone has sent a file.
    pub async fn put_file(&self, id: &str, kind: &str, bytes: &'static [u8]) {
        let url = format!("http://{}/emulator/media/{id}", self.emulator);
        until("the emulator takes a file", async || {
            let put = self.http.put(&url).header("content-type", kind).body(bytes).send().await;
            put.is_ok_and(|answer| answer.status().is_success())
        })
        .await;
    }

    /// The emulator has a file no more.
    pub async fn lose_file(&self, id: &str) {
        let url = format!("http://{}/emulator/media/{id}", self.emulator);
        let lost = self.http.delete(&url).send().await.expect("the emulator answers");
        assert!(lost.status().is_success());
    }

    /// The bytes of a file that the emulator has.
    pub async fn file(&self, id: &str) -> Vec<u8> {
        let url = format!("http://{}/v1/{id}/bytes", self.emulator);
        let answer = self.http.get(&url).bearer_auth("anybody").send().await.expect("the emulator answers");
        answer.error_for_status().expect("a file").bytes().await.expect("bytes").to_vec()
    }

    /// Where the host keeps files.
    pub fn files(&self) -> PathBuf {
        self.folder.path().join("data/media")
    }

    /// The emulator's own book: how often it took each of our references.
    pub async fn log(&self) -> Value {
        let url = format!("http://{}/emulator/log", self.emulator);
        self.http.get(url).send().await.expect("the emulator answers").json().await.expect("JSON")
    }

    pub async fn faults(&self, faults: Value) {
        let url = format!("http://{}/emulator/faults", self.emulator);
        let answer = self.http.post(url).json(&faults).send().await.expect("the emulator answers");
        assert!(answer.status().is_success());
    }

    /// Runs SQL as an operator's shell would.
    pub async fn sql(&self, sql: &'static str) {
        self.shell().await.run(sql).await;
    }

    /// One number from the database.
    pub async fn count(&self, sql: &'static str) -> i64 {
        self.shell().await.value(sql).await
    }

    /// A column of numbers from the database.
    pub async fn ids(&self, sql: &'static str) -> Vec<i64> {
        self.shell().await.values(sql).await
    }

    /// Waits until so many messages are answered and nothing is left to send; each has one event and one reply.
    pub async fn each_answered_once(&self, total: i64) {
        until("every message is answered", async || {
            self.count("select count(*) from message where state = 'answered'").await == total
        })
        .await;
        until("every reply is sent or given up", async || {
            self.count("select count(*) from outbox where state in ('queued', 'sending', 'unknown')").await == 0
        })
        .await;
        assert_eq!(self.count("select count(*) from message").await, total);
        assert_eq!(self.count("select count(*) from unified_agent_events").await, total);
        assert_eq!(self.count("select count(distinct correlation_id) from unified_agent_events").await, total);
        assert_eq!(self.count("select count(*) from outbox").await, total, "one reply to each message");
        assert_eq!(self.count("select count(distinct message_id) from outbox").await, total);
    }

    /// One text from the database.
    pub async fn text(&self, sql: &'static str) -> Option<String> {
        self.shell().await.value(sql).await
    }

    async fn shell(&self) -> Shell {
        Shell::open(&self.url()).await
    }

    /// The database's address.
    pub fn url(&self) -> String {
        let server = self.variables.iter().rev().find(|(name, _)| name == "DATABASE_URL");
        server.map_or_else(|| format!("sqlite://{}", self.database().display()), |(_, url)| url.clone())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        for host in self.nodes.iter_mut().filter_map(|node| node.process.as_mut()) {
            let _ = host.kill();
            let _ = host.wait();
        }
        let _ = self.emulator_process.kill();
        let _ = self.emulator_process.wait();
    }
}

/// A person who talks, one message after the other.
pub struct Talk<'a> {
    pub stage: &'a Stage,
    phone: &'a str,
    heard: usize,
}

impl Talk<'_> {
    /// Says something, and gives the first message that is heard after it.
    pub async fn say(&mut self, words: &str) -> String {
        self.sends(text(words)).await
    }

    /// Sends something, and gives the first message that is heard after it.
    pub async fn sends(&mut self, what: Value) -> String {
        assert_eq!(self.stage.say(self.phone, what).await, 200);
        self.hears().await
    }

    /// The next message that is heard.
    pub async fn hears(&mut self) -> String {
        let heard = self.stage.heard(self.phone, self.heard, 1).await;
        self.heard += 1;
        heard[0].body.to_string()
    }
}

/// One of our agents.
pub fn built(agent: &str) -> Vec<u8> {
    let path = root().join("plugins").join(agent).with_extension("wasm");
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}: run `make agents` first", path.display()))
}

/// A component of `tests/agents`, built once.
pub fn rogue(name: &str) -> Vec<u8> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let folder = BUILT.get_or_init(|| {
        let mut build = Command::new("sh");
        build.args(["tools/wasm-build.sh", "--quiet", "--target-dir", "target/rogues", "-p", "rogue"]);
        build
            .args(["--example", "rogue", "--example", "second", "--example", "worse", "--example", "weak"])
            .args(["--example", "guest"])
            .current_dir(root());
        let built = build.status().expect("sh runs");
        assert!(built.success(), "the rogue agents build");
        root().join("target/rogues/wasm32-unknown-unknown/agent/examples")
    });
    std::fs::read(folder.join(name).with_extension("wasm")).expect("built")
}

/// Every capability.
pub const ALL: [&str; 16] = [
    "log",
    "clock",
    "roster",
    "records",
    "preferences",
    "listings",
    "applications",
    "matches",
    "outreach",
    "places",
    "search",
    "schedule",
    "tickets",
    "privacy",
    "media",
    "model",
];

/// An agent in `plugins.toml`; more of its lines may follow.
pub fn entry(name: &str, capabilities: &[&str]) -> String {
    format!("[[agent]]\nname = \"{name}\"\ncapabilities = {capabilities:?}\n")
}

pub const SECRET: &str = "a-secret-of-the-stage";

pub fn text(text: &str) -> Value {
    json!({ "text": text })
}

/// [`Stage::say`] for tasks that have no stage.
pub async fn deliver(http: &reqwest::Client, emulator: &str, phone: &str, what: &Value) -> u16 {
    let url = format!("http://{emulator}/emulator/phones/{phone}/messages");
    let Ok(answer) = http.post(url).json(what).send().await else { return 0 };
    let answer: Value = answer.json().await.unwrap_or_default();
    answer["webhook"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(0)
}

/// Asks again and again until it is so.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < deadline, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
}

/// The built program. Cargo builds it beside the tests: `target/<profile>/switchboard`, with the tests in `deps/` below.
pub fn program() -> Command {
    let test = std::env::current_exe().expect("a test is a file");
    Command::new(test.ancestors().nth(2).expect("the profile's folder").join("switchboard"))
}

/// The root of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace")
}

/// The address of one more server.
fn address() -> String {
    format!("127.0.0.1:{}", free())
}
