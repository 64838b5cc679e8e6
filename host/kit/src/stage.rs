//! End-to-end tests with real processes: the built program as a server, and the emulator of the Graph API, on their
//! own ports.

use std::{
    os::unix::fs::{DirBuilderExt, symlink},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    agents::{ALL, built, entry, root},
    cluster::free,
};

/// The timeout of waits: long enough for a loaded machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A host's folder of compiled code, in the stage's.
const CODE: &str = "data/cache";

/// Links a stage's folder of compiled code to one of all stages. It stays in the target folder; hosts keep it within bounds.
fn share_code(folder: &Path) {
    let (shared, own) = (root().join("target/tmp/code"), folder.join(CODE));
    // As a host makes it.
    std::fs::DirBuilder::new().mode(0o700).create(own.parent().expect("a parent")).expect("made");
    std::fs::create_dir_all(&shared).expect("made");
    symlink(shared, own).expect("linked");
}

/// A test environment: a folder, an emulator, and one or several hosts.
pub struct Stage {
    pub(super) folder: tempfile::TempDir,
    /// The address of the first host.
    pub webhook: String,
    /// The address of the emulator.
    pub emulator: String,
    emulator_process: Child,
    nodes: Vec<Node>,
    log: Option<PathBuf>,
    /// Hosts outlive a limit of the size of files, see [`Stage::limit_files`].
    outlive_limits: bool,
    open_files: Option<u64>,
    variables: Vec<(String, String)>,
    pub(crate) http: reqwest::Client,
}

/// A host, running or not.
struct Node {
    webhook: String,
    operator: String,
    process: Option<Child>,
    /// Its own plugin folder, if it has one.
    folder: Option<PathBuf>,
    /// Environment variables, which override the stage's.
    variables: Vec<(String, String)>,
}

impl Stage {
    /// A stage with an emulator, a folder and these agents; the host is not started yet.
    pub fn new(agents: &[&str]) -> Stage {
        Stage::of_nodes(agents, 1)
    }

    /// A stage with several hosts, which need PostgreSQL in `DATABASE_URL`.
    pub fn of_nodes(agents: &[&str], count: usize) -> Stage {
        switchboard_edge::http::install_tls();
        let folder = tempfile::tempdir().expect("a folder");
        let plugins = folder.path().join("plugins");
        std::fs::create_dir(&plugins).expect("a plugin folder");
        share_code(folder.path());
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
            outlive_limits: false,
            open_files: None,
            variables: Vec::new(),
            http,
        };
        for agent in agents {
            stage.add(agent, &built(agent), &ALL, "");
        }
        stage
    }

    /// Adds an agent.
    pub fn add(&self, name: &str, wasm: &[u8], capabilities: &[&str], limits: &str) {
        std::fs::write(self.plugins().join(name).with_extension("wasm"), wasm).expect("written");
        let entry = format!("{}limits = {{ {limits} }}\n", entry(name, capabilities));
        let manifest = self.folder.path().join("plugins.toml");
        let before = std::fs::read_to_string(&manifest).expect("a manifest");
        std::fs::write(&manifest, before + &entry).expect("written");
    }

    /// Has the hosts compile each component themselves: otherwise all stages share the code of what one of them compiled.
    pub fn without_shared_code(&self) {
        std::fs::remove_file(self.folder.path().join(CODE)).expect("removed");
    }

    /// Adds lines to the entry of the agent that was added last.
    pub fn more_of_entry(&self, lines: &str) {
        let manifest = self.folder.path().join("plugins.toml");
        let before = std::fs::read_to_string(&manifest).expect("a manifest");
        std::fs::write(&manifest, format!("{before}{lines}\n")).expect("written");
    }

    /// The stage's folder, removed with it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The URL of a host's webhook.
    pub fn webhook_of(&self, node: usize) -> String {
        format!("http://{}/webhook", self.nodes[node].webhook)
    }

    /// The number of hosts.
    pub fn count_of_nodes(&self) -> usize {
        self.nodes.len()
    }

    /// The operator address of a host.
    pub fn operator_of(&self, node: usize) -> &str {
        &self.nodes[node].operator
    }

    /// Sets an environment variable of one host.
    pub fn set_of(&mut self, node: usize, name: &str, value: &str) {
        self.nodes[node].variables.push((name.to_owned(), value.to_owned()));
    }

    /// Sets an environment variable of all following commands.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Makes the next started host write its log to this file.
    pub fn log_to_file(&mut self) -> PathBuf {
        self.log.insert(self.folder.path().join("log")).clone()
    }

    /// A command of the program with this stage's folder and environment.
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
            // Each message is answered by itself and at once; tests of bursts set it.
            .env("BURST_WAIT_MS", "0")
            .env("READ_RECEIPTS", "off")
            .env("LOG_FORMAT", "text")
            .env("RUST_LOG", "warn")
            .env("RUST_BACKTRACE", "0")
            // Everybody is served while there is no row.
            .env("UNIFIED_SERVICE_ENABLED", "true")
            .env("UNIFIED_SERVICE_ROLLOUT_PERCENT", "100")
            .stdin(Stdio::null())
            .envs(self.variables.iter().cloned())
            .envs(node.variables.iter().cloned())
            .envs(node.folder.iter().map(|folder| ("PLUGINS_CONFIG", folder.join("plugins.toml"))));
        command
    }

    /// Runs a command to its end; returns its output.
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

    /// Starts the host and waits until its agents are ready or refused.
    pub async fn start(&mut self) {
        self.start_node(0).await;
    }

    /// Starts one of several hosts and waits until its agents are ready or refused.
    pub async fn start_node(&mut self, node: usize) {
        self.start_unready(node).await;
        until("its agents are ready", async || self.health(node).await.1["starting"] == serde_json::json!([])).await;
    }

    /// Starts one of several hosts and waits until it is alive; its agents may still be compiled.
    pub async fn start_unready(&mut self, node: usize) {
        let mut command = self.command_of(node, &["serve"]);
        if self.outlive_limits {
            command = through(&command, "env", &["--ignore-signal=XFSZ"]);
        }
        if let Some(files) = self.open_files {
            command = through(&command, "prlimit", &[&format!("--nofile={files}:{files}")]);
        }
        let log = match &self.log {
            Some(log) => {
                command.env("RUST_LOG", "info");
                std::fs::File::create(log)
            }
            None => std::fs::File::options().create(true).append(true).open(self.warnings_of(node)),
        };
        let log = log.expect("a log");
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("a handle")).stderr(log);
        self.nodes[node].process = Some(command.spawn().expect("the host starts"));
        let emulator = format!("http://{}/", self.emulator);
        until("the emulator listens", async || self.http.get(&emulator).send().await.is_ok()).await;
        let url = format!("http://{}/health/live", self.nodes[node].webhook);
        until("the host is alive", async || {
            self.http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success())
        })
        .await;
    }

    /// Runs the host until it crashes at its n-th commit, which does not happen.
    pub async fn live_until_commit(&self, n: u64) {
        let mut command = self.command(&["serve"]);
        let mut host =
            command.env("SWITCHBOARD_CRASH_AT_COMMIT", n.to_string()).stdout(Stdio::null()).spawn().expect("it starts");
        until("the host crashes", async || host.try_wait().is_ok_and(|ended| ended.is_some())).await;
    }

    /// Stops the host with SIGTERM and waits; returns whether it ended with success.
    pub fn terminate(&mut self) -> bool {
        self.terminate_node(0)
    }

    /// Stops one of several hosts, see [`Stage::terminate`].
    pub fn terminate_node(&mut self, node: usize) -> bool {
        let Some(mut host) = self.nodes[node].process.take() else { return false };
        let asked = Command::new("kill").args(["-TERM", &host.id().to_string()]).status();
        asked.is_ok_and(|status| status.success()) && host.wait().is_ok_and(|status| status.success())
    }

    /// Gives a host its own plugin folder with a copy of the current agents, as on a separate machine.
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

    /// Makes the hosts that start from now on see a limit of the size of files as an error of the write, as a full disk
    /// is; by default the signal SIGXFSZ ends a process.
    pub fn outlive_limits(&mut self) {
        self.outlive_limits = true;
    }

    /// Limits how many files the hosts that start from now on may have open.
    pub fn limit_open_files(&mut self, files: u64) {
        self.open_files = Some(files);
    }

    /// Limits the size, in bytes, of the files that a running host writes to; none takes the limit away.
    pub fn limit_files(&self, node: usize, bytes: Option<u64>) {
        let id = self.process_of(node);
        let limit = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        let limited = Command::new("prlimit").arg(format!("--pid={id}")).arg(format!("--fsize={limit}:")).status();
        assert!(limited.is_ok_and(|status| status.success()), "prlimit works");
    }

    /// The id of a running host's process.
    pub fn process_of(&self, node: usize) -> u32 {
        self.nodes[node].process.as_ref().expect("it runs").id()
    }

    /// Kills a host with SIGKILL.
    pub fn kill_node(&mut self, node: usize) {
        let mut host = self.nodes[node].process.take().expect("it runs");
        host.kill().expect("killed");
        let _ = host.wait();
    }

    /// The operator's answer of a host's `/health`: HTTP status and body.
    pub async fn health(&self, node: usize) -> (u16, Value) {
        let url = format!("http://{}/health", self.nodes[node].operator);
        let answer = self.http.get(url).send().await.expect("the host answers");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }

    /// The lines of a host's `/metrics`, one for each series.
    pub async fn metrics(&self, node: usize) -> Vec<String> {
        let url = format!("http://{}/metrics", self.nodes[node].operator);
        let answer = self.http.get(url).send().await.expect("the host answers").text().await.expect("text");
        answer.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
    }

    /// The folder of media files.
    pub fn files(&self) -> PathBuf {
        self.folder.path().join("data/media")
    }

    /// The plugin folder.
    pub fn plugins(&self) -> PathBuf {
        self.folder.path().join("plugins")
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
        if std::thread::panicking() {
            self.print_warnings();
        }
    }
}

/// The app secret of hosts and emulator.
pub const SECRET: &str = "a-secret-of-the-stage";

/// Polls until a condition holds, more and more seldom; panics after the timeout.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    const PAUSES: [u64; 8] = [5, 10, 15, 20, 30, 45, 65, 100];
    let deadline = Instant::now() + PATIENCE;
    let mut pauses = PAUSES.into_iter();
    let mut pause = 0;
    while !is_so().await {
        assert!(Instant::now() < deadline, "in vain: {what}");
        pause = pauses.next().unwrap_or(pause);
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
}

/// A command of the built program. Cargo builds it beside the tests: `target/<profile>/switchboard`, with the tests
/// in `deps/` below.
pub fn program() -> Command {
    let test = std::env::current_exe().expect("a test is a file");
    Command::new(test.ancestors().nth(2).expect("the profile's folder").join("switchboard"))
}

/// The same command, run by a program that changes something before.
fn through(command: &Command, program: &str, arguments: &[&str]) -> Command {
    let mut wrapped = Command::new(program);
    wrapped.args(arguments).arg(command.get_program()).args(command.get_args());
    wrapped.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        wrapped.current_dir(folder);
    }
    wrapped
}

/// A free address for a server.
fn address() -> String {
    format!("127.0.0.1:{}", free())
}
