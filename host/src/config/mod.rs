//! The configuration: all environment variables, read once and validated before a port is bound. No other module reads the environment.
//!
//! Each group of variables has a file with a typed reader over [`env::Env`].

mod agent_secrets;
mod alerts;
mod credentials;
mod database;
mod defaults;
mod edge;
mod development;
mod env;
mod error;
mod file;
mod files;
mod mode;
mod model;
mod needs;
mod values;
mod variables;
mod rollout;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, fmt, net::SocketAddr, path::PathBuf};

pub use agent_secrets::{AgentSecrets, SecretError};
pub use alerts::Alerts;
use credentials::Credentials;
use database::Database;
pub use defaults::{Defaults, Template, WrongTemplate};
pub use development::DevelopmentSecrets;
pub use edge::EdgeConfig;
use env::Env;
pub use error::ConfigError;
pub use files::FilesConfig;
pub use mode::Mode;
pub use model::ModelConfig;
pub use needs::{NEEDS, Needed, needs};
pub use variables::Variables;

use crate::logs::traces::TracesOptions;

use switchboard_core::{
    bucket::Hash,
    clock::Clock,
    quota::Quotas,
    secret::{Secret, SecretUrl},
};
use switchboard_edge::{legacy::Targets, media::MediaOptions};
use switchboard_sandbox::plugins::{Compiler, PluginsConfig};
use switchboard_store::{Burst, Role, StoreOptions};

use crate::{burst, prices::Rates};
use rollout::{buckets, flags_without_row, legacy};

/// The configuration of a host.
#[derive(Clone)]
pub struct Config {
    /// The variables that `plugins.toml` may name as secrets of agents.
    pub agent_secrets: AgentSecrets,
    /// Sentences about variables that look like ours and are none.
    pub unknown_variables: Vec<String>,
    /// `HOST_NAME`, by default the machine's name: what logs, alerts and rows call this host.
    pub host_name: String,
    /// `SWITCHBOARD_ENV`: production or development.
    pub mode: Mode,
    /// `DATABASE_URL`: a SQLite file or a Postgres server.
    pub database_url: SecretUrl,
    /// `DATABASE_POOLER`: whether connections go through a pooler in transaction mode.
    pub pooled_by_transaction: bool,
    /// `DATA_DIR`, by default the folder of the SQLite file: compile cache, media files, development secrets.
    pub data_dir: PathBuf,
    /// `LISTEN_ADDR`: the address of webhook and health checks.
    pub listen: SocketAddr,
    /// `OPERATOR_ADDR`: the address of metrics, admin API and console.
    pub operator: SocketAddr,
    /// `OPERATOR_TOKEN`: anyone who has it is an admin at the admin API and the console.
    pub operator_token: Option<Secret>,
    /// `CONSOLE_HOSTS`: names under which the console answers beside those of loopback.
    pub console_hosts: Vec<String>,
    /// `CONNECTIONS_MAX`, `UNKNOWN_NUMBERS`: what strangers may take, and who is answered.
    pub edge: EdgeConfig,
    /// `EMULATOR_ADDR`: the address of the built-in emulator; `None` if replies go to a real Graph API.
    pub emulator: Option<SocketAddr>,
    /// `PLUGINS_CONFIG`: the plugin manifest.
    pub plugins: PathBuf,
    /// Where components are compiled; no variable says it.
    pub compiler: Compiler,
    /// `WHATSAPP_APP_SECRET`: one or more secrets that sign webhooks.
    pub app_secrets: Vec<Secret>,
    /// `WA_VERIFY_TOKEN`: the token of Meta's challenge.
    pub verify_token: Secret,
    /// `WHATSAPP_ACCESS_TOKEN`: the token that sends replies.
    pub access_token: Secret,
    /// `WHATSAPP_PHONE_NUMBER_ID`: the business number of the emulator and of `chat`.
    pub phone_number_id: String,
    /// `GRAPH_API_URL`: the Graph API's address.
    pub graph_url: String,
    /// `GRAPH_API_VERSION`: the Graph API's version.
    pub graph_version: String,
    /// `LOG_FORMAT`: whether logs are JSON.
    pub log_json: bool,
    /// `RUST_LOG`: the log filter.
    pub log_filter: String,
    /// `OTEL_…`: where traces go, if they are exported.
    pub traces: Option<TracesOptions>,
    /// Business-wide defaults: language, time zone, currency, country.
    pub defaults: Defaults,
    /// `UNIFIED_SERVICE_ENABLED` and `UNIFIED_SERVICE_ROLLOUT_PERCENT`, for when there never was a flags row.
    pub flags_without_row: (Option<bool>, Option<f64>),
    /// `LEGACY_WEBHOOK_URL`, `LEGACY_WEBHOOK_URLS`: where messages of people outside the rollout go.
    pub legacy: Targets,
    /// The host's clock. With the feature `test-hooks`, `SWITCHBOARD_CLOCK_FILE` has an offset, so that tests can simulate weeks, and
    /// `SWITCHBOARD_CLOCK_AHEAD_MS` simulates a wrong clock.
    pub clock: Clock,
    /// `SWITCHBOARD_CRASH_AT_COMMIT`: the process aborts at this commit of the writer, for crash tests.
    #[cfg(feature = "test-hooks")]
    pub crash_at_commit: Option<u64>,
    /// `WHATSAPP_BUSINESS_ACCOUNT_ID`: the account that the webhook is subscribed to, for `doctor` and `webhook`.
    pub business_account: Option<String>,
    /// `BACKUP_PATH`: where `doctor` looks for backups beside those of `db backup`.
    pub backup_path: Option<PathBuf>,
    /// `BACKUP_MAX_HOURS`: the greatest age of the newest backup.
    pub backup_max_hours: u32,
    /// `DISK_FREE_MIN_MIB`: the least room on the disks of `DATA_DIR` and `FILES_DIR`, here in bytes.
    pub disk_free_min: u64,
    /// `ROLLOUT_BUCKETS`: the hash that assigns buckets.
    pub bucket_hash: Hash,
    /// `FLOOD_PER_MINUTE`: the rate limit in messages per person and minute.
    pub flood_per_minute: u32,
    /// `BURST_WAIT_MS`, `BURST_LONGEST_MS`: how long messages wait for more of their thought.
    pub burst: Burst,
    /// `TAKEOVER_MINUTES`: how long agents are silent after the business has written from its own app, here in milliseconds.
    pub takeover_ms: i64,
    /// `READ_RECEIPTS`: whether people see that their message was read and that an answer is being written.
    pub read_receipts: bool,
    /// `CONSOLE_PHONE`: whether the console has a phone, which writes to a test number of this host; in development by default.
    pub console_phone: bool,
    /// `GEMINI_API_KEY` and the model's other variables; `None` without a key.
    pub model: Option<ModelConfig>,
    /// `MODEL_PRICE_PER_MILLION_TOKENS` and `PRICES_FILE`: what the model and messages cost.
    pub rates: Rates,
    /// `TICKETS_WEBHOOK_URL`: the webhook for what happens at the desk.
    pub tickets_webhook: Option<SecretUrl>,
    /// `TICKETS_WEBHOOK_SECRET`: the key that signs what is posted there.
    pub tickets_secret: Option<Secret>,
    /// `TAKEOVER_HOURS`: a takeover by hand ends after so long without a word of either side, here in milliseconds.
    pub takeover_ends_ms: i64,
    /// `ALERT_WEBHOOK_URL`, `ALERT_WHATSAPP_NUMBER` and related variables: the receivers of alerts.
    pub alerts: Option<Alerts>,
    /// `NUMBER_RATE`: the rate limit in sends per second and business number.
    pub number_rate: u32,
    /// `UNKNOWN_WAIT_SECONDS`: how long a send of unknown outcome waits for its status.
    pub unknown_wait_ms: i64,
    /// `MEMORY_MAX_MIB`: the memory that turns may take together, here in bytes.
    pub turn_memory_bytes: usize,
    /// `JOURNAL_DAYS`: how long journals are kept.
    pub journal_days: i64,
    /// `RAW_DAYS`: how long raw deliveries are kept.
    pub raw_days: i64,
    /// `EVENT_DAYS`: how long events, ended sessions and daily counts of tokens are kept.
    pub event_days: i64,
    /// `FILES_DIR` and the quotas of files that people send.
    pub files: FilesConfig,
    /// `NOTICES_PER_AGENT`, `NOTICES_PER_SENDER`, `NOTICES_PER_RECIPIENT`, `TIMERS_PER_PERSON`: how many there may be in a UTC day.
    pub quotas: Quotas,
}

const ADDRESS: &str = "an address and port such as 127.0.0.1:8080";

impl Config {
    /// The options for opening the database.
    pub fn store_options(&self, role: Role) -> StoreOptions {
        StoreOptions {
            host_name: self.host_name.clone(),
            role,
            clock: self.clock.clone(),
            pooled_by_transaction: self.pooled_by_transaction,
            migrates_beside_hosts: false,
            unknown_wait_ms: self.unknown_wait_ms,
            journal_days: self.journal_days,
            raw_days: self.raw_days,
            event_days: self.event_days,
            file_days: self.files.days,
            quotas: self.quotas,
            burst: self.burst,
            takeover_ms: self.takeover_ms,
            bucket: self.bucket_hash.function(),
            country: Some(self.defaults.calling_code.clone()),
            tests_apart: self.mode == Mode::Production,
            #[cfg(feature = "test-hooks")]
            crash_at_commit: self.crash_at_commit,
            ..StoreOptions::default()
        }
    }

    /// How the store of files is opened.
    pub fn media_options(&self) -> MediaOptions {
        let FilesConfig { directory, quotas, .. } = self.files.clone();
        MediaOptions { directory, quotas, clock: self.clock.clone() }
    }

    /// The configuration of the plugins.
    pub fn plugins_config(&self) -> PluginsConfig {
        PluginsConfig {
            manifest: self.plugins.clone(),
            data_dir: self.data_dir.clone(),
            compiler: self.compiler.clone(),
        }
    }

    /// Reads the process's environment; below it a file `.env` in the working directory, and in development mode generated secrets.
    pub fn from_environment() -> Result<Config, ConfigError> {
        Config::of(&Variables::read()?)
    }

    /// The same for a command, which demands only what it uses: see [`NEEDS`].
    pub fn for_command(command: &str) -> Result<Config, ConfigError> {
        Config::read(&Variables::read()?, needs(command))
    }

    /// Reads variables from a map, for `serve`.
    pub fn from_vars(vars: &HashMap<String, String>) -> Result<Config, ConfigError> {
        Config::of(&Variables::of(vars.clone()))
    }

    /// The configuration that these variables give, for `serve`.
    pub fn of(variables: &Variables) -> Result<Config, ConfigError> {
        Config::read(variables, needs("serve"))
    }

    /// Reads variables; these are demanded.
    fn read(variables: &Variables, needed: &[Needed]) -> Result<Config, ConfigError> {
        let mut env = Env::new(variables.values());
        env.wrong = variables.wrong();
        let modes = [("production", Mode::Production), ("development", Mode::Development)];
        let mode = env.choice("SWITCHBOARD_ENV", Mode::Production, &modes);
        let database = Database::read(&mut env);
        let listen = env.parsed("LISTEN_ADDR", "127.0.0.1:8080", ADDRESS);
        let operator = env.parsed("OPERATOR_ADDR", "127.0.0.1:8081", ADDRESS);
        let credentials = Credentials::read(&mut env, mode, &database.data_dir, needed);
        let (emulator, graph_url) = graph(&mut env, mode);
        let files = FilesConfig::read(&mut env, &database.data_dir);
        let number_rate = env.number("NUMBER_RATE", "80");
        if number_rate == 0 {
            let wrong = "NUMBER_RATE is 0; WhatsApp allows 80 messages a second and number, more after an upgrade";
            env.wrong.push(wrong.into());
        }
        let mut read = Config {
            agent_secrets: AgentSecrets::of(variables),
            unknown_variables: Vec::new(),
            host_name: values::host_name(&mut env),
            mode,
            database_url: database.url.into(),
            pooled_by_transaction: database.pooled_by_transaction,
            data_dir: database.data_dir,
            listen: listen.unwrap_or(UNREADABLE),
            operator: operator.unwrap_or(UNREADABLE),
            console_hosts: values::console_hosts(&mut env),
            edge: EdgeConfig::read(&mut env),
            emulator,
            plugins: env.text("PLUGINS_CONFIG", "plugins.toml").into(),
            compiler: Compiler::this_program(),
            alerts: Alerts::read(&mut env, &credentials.phone_number_id),
            app_secrets: credentials.app_secrets.into_iter().map(Secret::from).collect(),
            verify_token: credentials.verify_token.into(),
            access_token: credentials.access_token.into(),
            operator_token: credentials.operator_token.map(Secret::from),
            phone_number_id: credentials.phone_number_id,
            graph_url,
            graph_version: values::graph_version(&mut env),
            log_json: env.choice("LOG_FORMAT", mode == Mode::Production, &[("text", false), ("json", true)]),
            log_filter: values::log_filter(&mut env),
            traces: values::traces(&mut env),
            defaults: Defaults::read(&mut env),
            flags_without_row: flags_without_row(&mut env),
            number_rate,
            unknown_wait_ms: i64::from(env.number("UNKNOWN_WAIT_SECONDS", "60")) * 1000,
            turn_memory_bytes: values::turn_memory(&mut env),
            journal_days: env.number("JOURNAL_DAYS", "30").into(),
            raw_days: env.number("RAW_DAYS", "30").into(),
            event_days: env.number("EVENT_DAYS", "400").into(),
            files,
            quotas: quotas(&mut env),
            model: ModelConfig::read(&mut env),
            rates: values::rates(&mut env),
            tickets_webhook: env.http_address("TICKETS_WEBHOOK_URL").map(SecretUrl::from),
            tickets_secret: env.maybe("TICKETS_WEBHOOK_SECRET").map(Secret::from),
            takeover_ends_ms: values::takeover_hours(&mut env) * 3_600_000,
            flood_per_minute: env.number("FLOOD_PER_MINUTE", "30"),
            burst: Burst {
                wait_ms: i64::from(env.number("BURST_WAIT_MS", "1500")),
                longest_ms: i64::from(env.number("BURST_LONGEST_MS", "6000")),
                waits: burst::waits,
            },
            takeover_ms: i64::from(env.number("TAKEOVER_MINUTES", "60")) * 60_000,
            read_receipts: env.choice("READ_RECEIPTS", true, &[("on", true), ("off", false)]),
            console_phone: env.choice("CONSOLE_PHONE", mode == Mode::Development, &[("on", true), ("off", false)]),
            bucket_hash: buckets(&mut env),
            legacy: legacy(&mut env, listen),
            business_account: account(&mut env, needed),
            backup_path: env.get("BACKUP_PATH").map(PathBuf::from),
            backup_max_hours: env.number("BACKUP_MAX_HOURS", "24"),
            disk_free_min: u64::from(env.number("DISK_FREE_MIN_MIB", "512")) << 20,
            #[cfg(feature = "test-hooks")]
            crash_at_commit: env.get("SWITCHBOARD_CRASH_AT_COMMIT").and_then(|n| n.parse().ok()),
            clock: clock(&env),
        };
        read.unknown_variables = env.unknown();
        if env.wrong.is_empty() { Ok(read) } else { Err(ConfigError(env.wrong)) }
    }
}

fn account(env: &mut Env<'_>, needed: &[Needed]) -> Option<String> {
    let account = env.maybe("WHATSAPP_BUSINESS_ACCOUNT_ID");
    if account.is_none() && needed.contains(&Needed::Account) {
        env.missing(Needed::Account);
    }
    account
}

/// A placeholder for an address that cannot be parsed; such a configuration is refused.
const UNREADABLE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 0);

/// The emulator's address and the Graph API's: in development mode the emulator is the Graph API, unless an address is set.
fn graph(env: &mut Env<'_>, mode: Mode) -> (Option<SocketAddr>, String) {
    let emulator = env.parsed("EMULATOR_ADDR", "127.0.0.1:8082", ADDRESS);
    let (emulator, url) = match (env.http_address("GRAPH_API_URL"), mode) {
        (Some(url), _) => (None, url.trim_end_matches('/').to_owned()),
        (None, Mode::Development) => (emulator, format!("http://{}", emulator.unwrap_or(UNREADABLE))),
        (None, Mode::Production) => (None, "https://graph.facebook.com".to_owned()),
    };
    (emulator, url)
}

fn quotas(env: &mut Env<'_>) -> Quotas {
    Quotas {
        agent: env.number("NOTICES_PER_AGENT", "20000").into(),
        sender: env.number("NOTICES_PER_SENDER", "100").into(),
        recipient: env.number("NOTICES_PER_RECIPIENT", "200").into(),
        timers: env.number("TIMERS_PER_PERSON", "24").into(),
    }
}

#[cfg(feature = "test-hooks")]
fn clock(env: &Env<'_>) -> Clock {
    let ahead = env.get("SWITCHBOARD_CLOCK_AHEAD_MS").and_then(|ms| ms.parse().ok()).unwrap_or(0);
    env.get("SWITCHBOARD_CLOCK_FILE").map_or_else(Clock::system, |file| Clock::apart(file.into(), ahead))
}

#[cfg(not(feature = "test-hooks"))]
fn clock(_: &Env<'_>) -> Clock {
    Clock::system()
}

/// One environment variable, for commands that need no full configuration; `None` if it is blank.
pub fn variable(name: &str) -> Option<String> {
    #[allow(clippy::disallowed_methods)]
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// The login name of the user who runs a command.
pub fn login() -> Option<String> {
    variable("USER")
}

impl fmt::Debug for Config {
    /// Omits the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("mode", &self.mode).field("listen", &self.listen).finish_non_exhaustive()
    }
}
