//! A host that runs one agent while it is being written: with a database, ports and a plugin folder of its own, in development mode.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fs, io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};
use toml::{Table, Value};

use super::{error::AuthorError, project::Project};
use crate::{
    config::{self, Config, Variables},
    conversation::{self, Played},
    replay::{self, Comparison, Components, Over, ReplayError},
    serve, telemetry,
    turns::{self, ShownTurn, TurnChoice, TurnLine},
};
use switchboard_edge::emulator::{self, Settings};
use switchboard_sandbox::plugins::{Compiler, Plugins, PluginsConfig};

/// Variables of the environment that the session's host gets. All others are not for it: they may be a production host's.
const PASSED_ON: [&str; 3] = ["GEMINI_API_KEY", "GEMINI_API_URL", "DEFAULT_LANGUAGE"];

/// The most recorded turns that a new build is compared over.
const COMPARED_MAX: usize = 200;

/// How long a component may take until it is in service, and how often that is looked at.
const IN_SERVICE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(10);

/// Keys of an agent's entry that would keep a new build from serving at once.
const NOT_HERE: [&str; 5] = ["canary", "component", "gate", "sha256", "update"];

/// How a session is started.
#[derive(Clone, Debug, Default)]
pub struct SessionOptions {
    /// The agent.
    pub agent: String,
    /// Other agents of the project's plugin folder that run beside it.
    pub with: Vec<String>,
}

/// The session's addresses, all of them on loopback.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// Webhook and health.
    pub webhook: SocketAddr,
    /// Console and admin API.
    pub operator: SocketAddr,
    /// The emulator of the Graph API.
    pub emulator: SocketAddr,
}

/// A running session.
pub struct Session {
    project: Project,
    options: SessionOptions,
    /// Removed at the end.
    folder: tempfile::TempDir,
    /// Its addresses.
    pub addresses: Addresses,
    host: serve::Host,
    _emulator: emulator::Running,
    components: Arc<Components>,
}

/// What came of a component that was loaded beside the one in service.
#[derive(Debug)]
pub struct Tried {
    /// Why it was refused, if it was.
    pub refused: Option<String>,
    /// What its conversations gave.
    pub played: Played,
}

impl Session {
    /// Starts a host without the agent: [`Session::swap`] gives it one.
    ///
    /// # Errors
    /// If a file cannot be written, an agent that is to run beside it was not built, or the host does not start.
    pub async fn start(project: Project, options: SessionOptions) -> Result<Session, AuthorError> {
        let made = project.root.join("target/dev");
        fs::create_dir_all(&made).map_err(AuthorError::file(&made))?;
        let made = made.canonicalize().map_err(AuthorError::file(&made))?;
        let prefix = format!("{}.", options.agent);
        let folder = tempfile::Builder::new().prefix(&prefix).tempdir_in(&made).map_err(AuthorError::file(&made))?;
        for at in [folder.path().to_owned(), folder.path().join("next")] {
            write_manifest(&project, &options, &at)?;
            copy_others(&project, &options, &at.join("plugins"))?;
        }
        let addresses = Addresses { webhook: free()?, operator: free()?, emulator: free()? };
        let host = async {
            let variables = variables(folder.path(), addresses);
            let mut config = Config::of(&variables)?;
            // An author's own component, which is waited for, and nothing to go before: no process is started for it. What the
            // conversations were played with is in the cache by then.
            config.compiler = Compiler::Quick;
            let settings = Settings {
                webhooks: vec![format!("http://{}/webhook", addresses.webhook)],
                app_secret: config.app_secrets[0].as_ref().to_owned(),
                phone_number_id: config.phone_number_id.clone(),
            };
            let emulator = emulator::start(addresses.emulator, settings).await?;
            let host = serve::start(&config, variables, telemetry::start_metrics()?).await?;
            anyhow::Ok((host, emulator))
        };
        let (host, emulator) = host.await.map_err(AuthorError::Host)?;
        let components = Arc::new(Components::new(host.app.store.clone(), host.app.plugins.clone()));
        Ok(Session { project, options, folder, addresses, host, _emulator: emulator, components })
    }

    /// Loads a component apart, and plays the agent's conversations with it.
    ///
    /// # Errors
    /// If a file or a database fails; a component that is refused and a conversation that fails are results.
    pub async fn try_out(&self, wasm: &[u8]) -> Result<Tried, AuthorError> {
        let next = self.folder.path().join("next");
        let file = format!("{}.wasm", self.options.agent);
        let path = next.join("plugins").join(&file);
        fs::write(&path, wasm).map_err(AuthorError::file(path))?;
        let config = PluginsConfig {
            manifest: next.join("plugins.toml"),
            data_dir: self.folder.path().join("data"),
            compiler: Compiler::Quick,
        };
        let loaded = Plugins::load_once(config).await;
        let plugins = match loaded {
            Ok(plugins) => plugins,
            Err(error) => return Ok(Tried { refused: Some(error.to_string()), played: Played::default() }),
        };
        let refused =
            plugins.refusals().into_iter().find(|refused| refused.file == file || !refused.file.ends_with(".wasm"));
        if let Some(refused) = refused {
            return Ok(Tried { refused: Some(refused.reason), played: Played::default() });
        }
        let folder = self.project.conversations(&self.options.agent);
        let played = conversation::play_folder(&plugins, &self.options.agent, &folder, "", false, None).await;
        Ok(Tried { refused: None, played: played.map_err(AuthorError::Host)? })
    }

    /// Puts a component into service; gives the SHA-256 of the one that served before, and its own.
    ///
    /// # Errors
    /// If it is refused.
    pub async fn swap(&self, wasm: Vec<u8>) -> Result<(Option<String>, String), AuthorError> {
        let plugins = &self.host.app.plugins;
        let name = &self.options.agent;
        let serves = || plugins.current().get(name).map(|version| version.sha256().to_owned());
        let (before, sha256) = (serves(), hex::encode(Sha256::digest(&wasm)));
        let file = format!("{name}.wasm");
        let failed = |error: io::Error| AuthorError::file(&file)(error);
        plugins.place(plugins.stage(&file, wasm.into()).await.map_err(failed)?).await.map_err(failed)?;
        // The watcher sees the new file too, and may be the one to load it.
        let deadline = Instant::now() + IN_SERVICE;
        while serves() != Some(sha256.clone()) {
            let refused = plugins.refusals().into_iter().find(|refused| refused.file == file);
            if let Some(refused) = refused {
                return Err(AuthorError::project(file, refused.reason));
            }
            if Instant::now() > deadline {
                return Err(AuthorError::project(
                    file,
                    format!("it is not in service after {} s", IN_SERVICE.as_secs()),
                ));
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok((before, sha256))
    }

    /// Reads the project's `plugins.toml` again; the host does by itself what follows.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read_manifest(&self) -> Result<(), AuthorError> {
        write_manifest(&self.project, &self.options, &self.folder.path().join("next"))?;
        write_manifest(&self.project, &self.options, self.folder.path())
    }

    /// What one version does otherwise than another over the turns of this session.
    ///
    /// # Errors
    /// If a version cannot be loaded.
    pub async fn differences(&self, old: &str, new: &str) -> Result<Comparison, ReplayError> {
        let over = Over { turns: COMPARED_MAX, since: 0, workers: 2 };
        replay::diff(&self.host.app.store, &self.components, &self.options.agent, (old, new), over).await
    }

    /// The turns that were not seen before, the earliest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn new_turns(&self, seen: &mut HashSet<(i64, i64)>) -> anyhow::Result<Vec<TurnLine>> {
        let mut lines = turns::list(&self.host.app.store, &TurnChoice::default()).await?;
        lines.reverse();
        lines.retain(|line| seen.insert((line.message, line.epoch)));
        Ok(lines)
    }

    /// A turn in full, and as text.
    ///
    /// # Errors
    /// If it is not recorded.
    pub async fn turn(&self, message: i64) -> Result<(ShownTurn, String), turns::TurnError> {
        let (shown, journal) = turns::show(&self.host.app.store, message).await?;
        let text = turns::text(&shown, &journal);
        Ok((shown, text))
    }

    /// The agents that serve.
    pub fn serving(&self) -> Vec<String> {
        self.host.app.plugins.current().iter().map(|version| version.name().to_owned()).collect()
    }

    /// Waits until a background task of the host fails; returns its name.
    pub async fn failed(&mut self) -> &'static str {
        self.host.failed().await
    }

    /// Stops the host, and removes what it kept.
    pub async fn stop(self) {
        self.host.stop().await;
    }
}

/// Writes the manifest of a plugin folder `plugins` in this folder: the project's, for the agents that run here.
fn write_manifest(project: &Project, options: &SessionOptions, at: &Path) -> Result<(), AuthorError> {
    let directory = at.join("plugins");
    fs::create_dir_all(&directory).map_err(AuthorError::file(&directory))?;
    let mut table = project.manifest_table()?;
    table.insert("directory".to_owned(), directory.display().to_string().into());
    if let Some(Value::Array(agents)) = table.get_mut("agent") {
        let runs: BTreeSet<&str> = options.with.iter().chain([&options.agent]).map(String::as_str).collect();
        agents.retain(|agent| agent.get("name").and_then(Value::as_str).is_some_and(|name| runs.contains(name)));
        for agent in agents.iter_mut().filter_map(Value::as_table_mut) {
            NOT_HERE.iter().for_each(|key| drop(agent.remove(*key)));
        }
    }
    let path = at.join("plugins.toml");
    let written = tempfile::NamedTempFile::new_in(at).and_then(|file| {
        fs::write(file.path(), Table::to_string(&table))?;
        file.persist(&path).map(drop).map_err(|error| error.error)
    });
    written.map_err(AuthorError::file(&path))
}

/// Copies the components that run beside the agent.
fn copy_others(project: &Project, options: &SessionOptions, to: &Path) -> Result<(), AuthorError> {
    let from = project.plugins()?;
    for name in options.with.iter().filter(|name| **name != options.agent) {
        let file = format!("{name}.wasm");
        fs::copy(from.join(&file), to.join(&file)).map_err(AuthorError::file(from.join(&file)))?;
    }
    Ok(())
}

/// The variables of the session's host.
fn variables(folder: &Path, addresses: Addresses) -> Variables {
    let own = [
        ("SWITCHBOARD_ENV", "development".to_owned()),
        ("HOST_NAME", "dev".to_owned()),
        ("DATABASE_URL", format!("sqlite://{}", folder.join("dev.db").display())),
        ("DATA_DIR", folder.join("data").display().to_string()),
        ("PLUGINS_CONFIG", folder.join("plugins.toml").display().to_string()),
        ("LISTEN_ADDR", addresses.webhook.to_string()),
        ("OPERATOR_ADDR", addresses.operator.to_string()),
        ("EMULATOR_ADDR", addresses.emulator.to_string()),
        // Nobody writes a thought in several messages here, and an answer is waited for.
        ("BURST_WAIT_MS", "0".to_owned()),
        ("FLOOD_PER_MINUTE", "600".to_owned()),
    ];
    let passed = PASSED_ON.iter().filter_map(|name| Some(((*name).to_owned(), config::variable(name)?)));
    let all: HashMap<String, String> = passed.chain(own.map(|(name, value)| (name.to_owned(), value))).collect();
    Variables::of(all)
}

/// A free port on loopback.
fn free() -> Result<SocketAddr, AuthorError> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    port.map_err(AuthorError::file("127.0.0.1"))
}
