//! Everything the environment says, read once and checked before a port is bound. No other room reads the environment.

mod alerts;
mod development;

use std::{collections::HashMap, fmt, net::SocketAddr, path::PathBuf};

pub use alerts::Alerts;
pub use development::Secrets;

use switchboard_core::{bucket::Hash, clock::Clock};
use switchboard_edge::{legacy::Targets, model::Caps};
use switchboard_sandbox::plugins::PluginsConfig;
use switchboard_store::{Role, StoreOptions};

/// Where the host runs, and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is made up: a missing secret refuses to start.
    Production,
    /// Secrets are made in the data folder, and replies go to the built-in emulator.
    Development,
}

/// The settings of a host.
#[derive(Clone)]
pub struct Config {
    /// `SWITCHBOARD_ENV`.
    pub mode: Mode,
    /// `DATABASE_URL`.
    pub database_url: String,
    /// `DATABASE_POOLER`: a pooler before the server gives out its sessions for a transaction each.
    pub pooled_by_transaction: bool,
    /// The folder of the SQLite file; the compile cache lives beside it.
    pub data_dir: PathBuf,
    /// `LISTEN_ADDR`: webhook and health.
    pub listen: SocketAddr,
    /// `OPERATOR_ADDR`: metrics, and the admin API.
    pub operator: SocketAddr,
    /// `OPERATOR_TOKEN`: whoever says it may use the admin API; none: nobody may.
    pub operator_token: Option<String>,
    /// `EMULATOR_ADDR`: the built-in emulator; none where replies go to a real Graph API.
    pub emulator: Option<SocketAddr>,
    /// `PLUGINS_CONFIG`.
    pub plugins: PathBuf,
    /// `WHATSAPP_APP_SECRET`: one or more.
    pub app_secrets: Vec<String>,
    /// `WA_VERIFY_TOKEN`.
    pub verify_token: String,
    /// `WHATSAPP_ACCESS_TOKEN`.
    pub access_token: String,
    /// `WHATSAPP_PHONE_NUMBER_ID`: the business number of the emulator and of `chat`.
    pub phone_number_id: String,
    /// `GRAPH_API_URL`.
    pub graph_url: String,
    /// `GRAPH_API_VERSION`.
    pub graph_version: String,
    /// `LOG_FORMAT`.
    pub log_json: bool,
    /// `RUST_LOG`: which lines are logged.
    pub log_filter: String,
    /// What holds where a person or a message says nothing else.
    pub defaults: Defaults,
    /// `UNIFIED_SERVICE_ENABLED` and `UNIFIED_SERVICE_ROLLOUT_PERCENT`, for when the flags row is missing.
    pub flags_without_row: (Option<String>, Option<String>),
    /// `LEGACY_WEBHOOK_URL`, `LEGACY_WEBHOOK_URLS`: where messages of people outside the rollout go.
    pub legacy: Targets,
    /// The time that the host goes by. In debug builds `SWITCHBOARD_CLOCK_FILE` sets it apart, for tests in which weeks pass, and
    /// `SWITCHBOARD_CLOCK_AHEAD_MS` makes this machine's clock wrong.
    pub clock: Clock,
    /// The process aborts at this commit of the writer, for crash tests.
    #[cfg(feature = "test-hooks")]
    pub crash_at_commit: Option<u64>,
    /// `WHATSAPP_BUSINESS_ACCOUNT_ID`: the account that the webhook is subscribed to; `doctor` and `webhook` ask about it.
    pub business_account: Option<String>,
    /// `BACKUP_PATH`, `BACKUP_MAX_HOURS`: where `doctor` finds the newest backup, and how old it may be.
    pub backup: Option<(PathBuf, u32)>,
    /// `ROLLOUT_BUCKETS`: which hash gives people their buckets.
    pub bucket_hash: Hash,
    /// `FLOOD_PER_MINUTE`: messages of one person that are answered in a minute.
    pub flood_per_minute: u32,
    /// `GEMINI_API_KEY` and what goes with it; none where no key is set: then there is no model.
    pub model: Option<ModelConfig>,
    /// `MODEL_PRICE_PER_MILLION_TOKENS`, in US dollars; none where nobody said: then no cost is told.
    pub model_price: Option<f64>,
    /// `TICKETS_WEBHOOK_URL`: who is told of new tickets.
    pub tickets_webhook: Option<String>,
    /// `ALERT_WEBHOOK_URL`, `ALERT_WHATSAPP_NUMBER` and what goes with them: who is told when something goes wrong.
    pub alerts: Option<Alerts>,
    /// `NUMBER_RATE`: sends per second and business number.
    pub number_rate: u32,
    /// `UNKNOWN_WAIT_SECONDS`: how long a send of unknown outcome waits for its status.
    pub unknown_wait_ms: i64,
    /// `JOURNAL_DAYS`, `RAW_DAYS`: how long journals and raw deliveries are kept.
    pub journal_days: i64,
    /// See `journal_days`.
    pub raw_days: i64,
}

/// What holds where a person or a message says nothing else.
#[derive(Clone, Debug)]
pub struct Defaults {
    /// `DEFAULT_LANGUAGE`, BCP 47.
    pub language: String,
    /// `DEFAULT_TIME_ZONE`, IANA.
    pub time_zone: String,
    /// `DEFAULT_CURRENCY`, ISO 4217.
    pub currency: String,
    /// `DEFAULT_COUNTRY`, the calling code.
    pub calling_code: String,
    /// `NOTICE_TEMPLATE`: what reaches people after 24 hours of silence, `name:language` as approved by Meta.
    pub notice_template: Option<Template>,
}

/// The language model. Printing it shows no key.
#[derive(Clone)]
pub struct ModelConfig {
    /// `GEMINI_API_KEY`.
    pub key: String,
    /// `GEMINI_API_URL`.
    pub url: String,
    /// `MODEL`.
    pub name: String,
    /// `MODEL_TOKENS_PER_DAY`, `MODEL_TOKENS_PER_AGENT`, `MODEL_TOKENS_PER_PERSON`.
    pub caps: Caps,
}

/// A message template at Meta.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// Its language code, for instance `en_US`.
    pub language: String,
}

/// What is wrong with the environment, all of it at once.
#[derive(Debug, thiserror::Error)]
#[error("the configuration is not usable:\n  - {}", .0.join("\n  - "))]
pub struct ConfigError(pub Vec<String>);

impl Config {
    /// How the database is opened.
    pub fn store_options(&self, role: Role) -> StoreOptions {
        StoreOptions {
            role,
            clock: self.clock.clone(),
            pooled_by_transaction: self.pooled_by_transaction,
            unknown_wait_ms: self.unknown_wait_ms,
            journal_days: self.journal_days,
            raw_days: self.raw_days,
            bucket: self.bucket_hash.function(),
            #[cfg(feature = "test-hooks")]
            crash_at_commit: self.crash_at_commit,
            ..StoreOptions::default()
        }
    }

    /// Where agents come from.
    pub fn plugins_config(&self) -> PluginsConfig {
        PluginsConfig { manifest: self.plugins.clone(), data_dir: self.data_dir.clone() }
    }

    /// Reads the process's environment, over a file `.env` in the working directory, over what development mode makes up.
    pub fn from_environment() -> Result<Config, ConfigError> {
        let mut vars: HashMap<String, String> = HashMap::new();
        if let Ok(file) = std::fs::read_to_string(".env") {
            vars.extend(env_lines(&file));
        }
        #[allow(clippy::disallowed_methods)]
        vars.extend(std::env::vars());
        Config::from_vars(&vars)
    }

    /// Reads variables from a map.
    pub fn from_vars(vars: &HashMap<String, String>) -> Result<Config, ConfigError> {
        let mut wrong = Vec::new();
        let get = |names: &[&str]| {
            names.iter().find_map(|name| vars.get(*name)).map(|value| value.trim()).filter(|value| !value.is_empty())
        };
        let or = |names: &[&str], default: &str| get(names).unwrap_or(default).to_owned();

        let mode = match get(&["SWITCHBOARD_ENV"]).unwrap_or("production") {
            "production" => Mode::Production,
            "development" => Mode::Development,
            other => {
                wrong.push(format!("SWITCHBOARD_ENV is `{other}`; it is `production` or `development`"));
                Mode::Production
            }
        };
        let database_url = or(&["DATABASE_URL"], "sqlite://data/switchboard.db");
        let data_dir = data_dir(&database_url, get(&["DATA_DIR"])).unwrap_or_else(|problem| {
            wrong.push(problem);
            PathBuf::from("data")
        });
        let pooled_by_transaction = match get(&["DATABASE_POOLER"]).unwrap_or("none") {
            "none" | "session" => false,
            "transaction" => true,
            other => {
                wrong.push(format!("DATABASE_POOLER is `{other}`; it is `none`, `session` or `transaction`"));
                false
            }
        };
        let listen = parsed(or(&["LISTEN_ADDR"], "127.0.0.1:8080"), "LISTEN_ADDR", ADDRESS, &mut wrong);
        let operator = parsed(or(&["OPERATOR_ADDR"], "127.0.0.1:8081"), "OPERATOR_ADDR", ADDRESS, &mut wrong);
        let emulator_addr = parsed(or(&["EMULATOR_ADDR"], "127.0.0.1:8082"), "EMULATOR_ADDR", ADDRESS, &mut wrong);

        let mut app_secrets: Vec<String> = or(&["WHATSAPP_APP_SECRET", "WA_APP_SECRET"], "")
            .split(',')
            .map(str::trim)
            .filter(|s| !s.is_empty())
            .map(str::to_owned)
            .collect();
        let mut verify_token = or(&["WA_VERIFY_TOKEN"], "");
        let mut access_token = or(&["WHATSAPP_ACCESS_TOKEN", "WA_TOKEN"], "");
        let mut operator_token = get(&["OPERATOR_TOKEN"]).map(str::to_owned);
        let mut phone_number_id = or(&["WHATSAPP_PHONE_NUMBER_ID", "WA_PHONE_ID"], "");
        let graph_set = get(&["GRAPH_API_URL"]);
        let emulator: Option<SocketAddr> =
            if mode == Mode::Development && graph_set.is_none() { emulator_addr } else { None };
        let graph_url = match (graph_set, emulator) {
            (Some(url), _) => url.trim_end_matches('/').to_owned(),
            (None, Some(address)) => format!("http://{address}"),
            (None, None) => "https://graph.facebook.com".to_owned(),
        };
        if !graph_url.starts_with("https://") && !graph_url.starts_with("http://") {
            wrong.push(format!("GRAPH_API_URL is `{graph_url}`; it starts with https:// (or http:// on loopback)"));
        }

        match mode {
            Mode::Development => match Secrets::in_folder(&data_dir) {
                Ok(secrets) => {
                    if app_secrets.is_empty() {
                        app_secrets.push(secrets.app_secret);
                    }
                    let fill = |value: &mut String, made: String| {
                        if value.is_empty() {
                            *value = made;
                        }
                    };
                    fill(&mut verify_token, secrets.verify_token);
                    fill(&mut access_token, secrets.access_token);
                    operator_token.get_or_insert(secrets.operator_token);
                    fill(&mut phone_number_id, "100000000000001".to_owned());
                }
                Err(problem) => wrong.push(problem),
            },
            Mode::Production => {
                let missing = [
                    (
                        "WHATSAPP_APP_SECRET",
                        app_secrets.is_empty(),
                        "the app secret of your Meta app; without it anybody could send webhooks",
                    ),
                    (
                        "WA_VERIFY_TOKEN",
                        verify_token.is_empty(),
                        "the token you enter at Meta beside the webhook's address",
                    ),
                    ("WHATSAPP_ACCESS_TOKEN", access_token.is_empty(), "the token that sends replies"),
                ];
                for (name, _, what) in missing.iter().filter(|(_, missing, _)| *missing) {
                    wrong.push(format!("{name} is not set or blank: set it to {what} (or SWITCHBOARD_ENV=development to try without an account)"));
                }
            }
        }

        let log_json = match get(&["LOG_FORMAT"]).unwrap_or(if mode == Mode::Production { "json" } else { "text" }) {
            "json" => true,
            "text" => false,
            other => {
                wrong.push(format!("LOG_FORMAT is `{other}`; it is `text` or `json`"));
                false
            }
        };
        let first = Defaults::rwanda();
        let defaults = Defaults {
            language: or(&["DEFAULT_LANGUAGE"], &first.language),
            time_zone: or(&["DEFAULT_TIME_ZONE"], &first.time_zone),
            currency: or(&["DEFAULT_CURRENCY"], &first.currency),
            calling_code: or(&["DEFAULT_COUNTRY"], &first.calling_code),
            notice_template: template("NOTICE_TEMPLATE", get(&["NOTICE_TEMPLATE"]), &mut wrong),
        };
        defaults.check(&mut wrong);
        let number = |name: &str, default: &str, wrong: &mut Vec<String>| -> u32 {
            parsed(or(&[name], default), name, "a whole number", wrong).unwrap_or_default()
        };
        let number_rate = number("NUMBER_RATE", "80", &mut wrong);
        if number_rate == 0 {
            wrong.push(
                "NUMBER_RATE is 0; WhatsApp allows 80 messages a second and number, more after an upgrade".into(),
            );
        }
        let backup_hours = number("BACKUP_MAX_HOURS", "24", &mut wrong);
        let unknown_wait_ms = i64::from(number("UNKNOWN_WAIT_SECONDS", "60", &mut wrong)) * 1000;
        let journal_days = i64::from(number("JOURNAL_DAYS", "30", &mut wrong));
        let flood_per_minute = number("FLOOD_PER_MINUTE", "30", &mut wrong);
        let tokens = |name: &str, default: &str, wrong: &mut Vec<String>| -> u64 {
            parsed(or(&[name], default), name, "a whole number of tokens", wrong).unwrap_or_default()
        };
        let caps = Caps {
            all: tokens("MODEL_TOKENS_PER_DAY", "5000000", &mut wrong),
            agent: tokens("MODEL_TOKENS_PER_AGENT", "2000000", &mut wrong),
            person: tokens("MODEL_TOKENS_PER_PERSON", "100000", &mut wrong),
        };
        let model = get(&["GEMINI_API_KEY"]).map(|key| ModelConfig {
            key: key.to_owned(),
            url: or(&["GEMINI_API_URL"], "https://generativelanguage.googleapis.com"),
            name: or(&["MODEL"], "gemini-2.5-flash"),
            caps,
        });
        let legacy = Targets::parse(get(&["LEGACY_WEBHOOK_URL"]), get(&["LEGACY_WEBHOOK_URLS"]), listen);
        let legacy = legacy.unwrap_or_else(|sentences| {
            wrong.extend(sentences);
            Targets::default()
        });
        let buckets = or(&["ROLLOUT_BUCKETS"], "murmur3");
        let bucket_hash = Hash::parse(&buckets).unwrap_or_else(|| {
            wrong.push(format!(
                "ROLLOUT_BUCKETS is `{buckets}`; it is murmur3, or legacy or legacy+ for the hash of the service before"
            ));
            Hash::Murmur3
        });
        let price = "MODEL_PRICE_PER_MILLION_TOKENS";
        let model_price: Option<f64> = get(&[price])
            .and_then(|text| parsed(text.to_owned(), price, "a price in US dollars such as 0.30", &mut wrong));
        let tickets_webhook = get(&["TICKETS_WEBHOOK_URL"]).map(str::to_owned);
        if tickets_webhook.as_ref().is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
            wrong.push("TICKETS_WEBHOOK_URL is no http or https address".into());
        }
        let alerts = Alerts::read(|name| get(&[name]), &phone_number_id, &mut wrong);
        let raw_days = i64::from(number("RAW_DAYS", "30", &mut wrong));
        let (Some(listen), Some(operator)) = (listen, operator) else { return Err(ConfigError(wrong)) };
        if !wrong.is_empty() {
            return Err(ConfigError(wrong));
        }
        Ok(Config {
            mode,
            database_url,
            pooled_by_transaction,
            data_dir,
            listen,
            operator,
            operator_token,
            emulator,
            plugins: or(&["PLUGINS_CONFIG"], "plugins.toml").into(),
            app_secrets,
            verify_token,
            access_token,
            phone_number_id,
            graph_url,
            graph_version: or(&["GRAPH_API_VERSION"], "v26.0"),
            log_json,
            log_filter: or(&["RUST_LOG"], "info"),
            defaults,
            flags_without_row: (
                get(&["UNIFIED_SERVICE_ENABLED"]).map(str::to_owned),
                get(&["UNIFIED_SERVICE_ROLLOUT_PERCENT"]).map(str::to_owned),
            ),
            number_rate,
            unknown_wait_ms,
            journal_days,
            raw_days,
            model,
            model_price,
            tickets_webhook,
            alerts,
            flood_per_minute,
            bucket_hash,
            legacy,
            business_account: get(&["WHATSAPP_BUSINESS_ACCOUNT_ID"]).map(str::to_owned),
            backup: get(&["BACKUP_PATH"]).map(|path| (PathBuf::from(path), backup_hours)),
            #[cfg(feature = "test-hooks")]
            crash_at_commit: get(&["SWITCHBOARD_CRASH_AT_COMMIT"]).and_then(|n| n.parse().ok()),
            clock: {
                #[cfg(feature = "test-hooks")]
                let ahead = get(&["SWITCHBOARD_CLOCK_AHEAD_MS"]).and_then(|ms| ms.parse().ok()).unwrap_or(0);
                #[cfg(feature = "test-hooks")]
                let apart = get(&["SWITCHBOARD_CLOCK_FILE"]).map(|file| Clock::apart(file.into(), ahead));
                #[cfg(not(feature = "test-hooks"))]
                let apart = None;
                apart.unwrap_or_default()
            },
        })
    }
}

/// The login name of whoever gives a command.
pub fn login() -> Option<String> {
    #[allow(clippy::disallowed_methods)]
    std::env::var("USER").ok().filter(|name| !name.is_empty())
}

impl fmt::Debug for Config {
    /// Without the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("mode", &self.mode).field("listen", &self.listen).finish_non_exhaustive()
    }
}

impl Defaults {
    /// Those of the first business.
    pub fn rwanda() -> Defaults {
        let [language, time_zone, currency, calling_code] = ["en", "Africa/Kigali", "RWF", "250"].map(str::to_owned);
        Defaults { language, time_zone, currency, calling_code, notice_template: None }
    }

    fn check(&self, wrong: &mut Vec<String>) {
        if !["en", "fr", "rw", "sw"].contains(&self.language.as_str()) {
            wrong.push(format!("DEFAULT_LANGUAGE is `{}`; it is en, fr, rw or sw", self.language));
        }
        if jiff::tz::TimeZone::get(&self.time_zone).is_err() {
            wrong.push(format!("DEFAULT_TIME_ZONE is `{}`; it is an IANA name such as Africa/Kigali", self.time_zone));
        }
        if self.currency.len() != 3 || !self.currency.bytes().all(|b| b.is_ascii_uppercase()) {
            wrong.push(format!("DEFAULT_CURRENCY is `{}`; it is a code of three capitals such as RWF", self.currency));
        }
        if !(1..=3).contains(&self.calling_code.len()) || !self.calling_code.bytes().all(|b| b.is_ascii_digit()) {
            wrong.push(format!("DEFAULT_COUNTRY is `{}`; it is a calling code such as 250", self.calling_code));
        }
    }
}

/// `name:language`.
fn template(variable: &str, text: Option<&str>, wrong: &mut Vec<String>) -> Option<Template> {
    let text = text?;
    let template = text.split_once(':').filter(|(name, language)| !name.is_empty() && !language.is_empty());
    if template.is_none() {
        wrong.push(format!("{variable} is `{text}`; it is a template's name and language such as news:en_US"));
    }
    template.map(|(name, language)| Template { name: name.to_owned(), language: language.to_owned() })
}

const ADDRESS: &str = "an address and port such as 127.0.0.1:8080";

fn parsed<T: std::str::FromStr>(text: String, name: &str, what: &str, wrong: &mut Vec<String>) -> Option<T> {
    let value = text.parse().ok();
    if value.is_none() {
        wrong.push(format!("{name} is `{text}`; it is {what}"));
    }
    value
}

/// Where compiled code and files lie: beside the database's file, or where `DATA_DIR` says.
fn data_dir(url: &str, said: Option<&str>) -> Result<PathBuf, String> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(PathBuf::from(said.unwrap_or("data")));
    }
    let path = url
        .strip_prefix("sqlite://")
        .or_else(|| url.strip_prefix("sqlite:"))
        .map(|path| path.split('?').next().unwrap_or_default())
        .filter(|path| !path.is_empty() && *path != ":memory:")
        .ok_or_else(|| {
            format!(
                "DATABASE_URL is `{}`; it is a file such as sqlite://data/switchboard.db, or postgres://user:password@host:5432/name",
                scheme(url)
            )
        })?;
    let parent = PathBuf::from(path).parent().map(PathBuf::from).unwrap_or_default();
    let beside = if parent.as_os_str().is_empty() { PathBuf::from(".") } else { parent };
    Ok(said.map_or(beside, PathBuf::from))
}

/// A database address may carry a password: only its scheme is ever shown.
fn scheme(url: &str) -> &str {
    url.split("//").next().unwrap_or_default()
}

/// `NAME=value` lines; `#` begins a comment line; quotes around a value are taken off.
fn env_lines(file: &str) -> impl Iterator<Item = (String, String)> + '_ {
    file.lines().filter_map(|line| {
        let (name, value) = line.trim().strip_prefix("export ").unwrap_or(line.trim()).split_once('=')?;
        let value = value.trim();
        let bare = ['"', '\''].iter().find_map(|q| value.strip_prefix(*q)?.strip_suffix(*q)).unwrap_or(value);
        (!name.starts_with('#')).then(|| (name.trim().to_owned(), bare.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars(pairs: &[(&str, &str)]) -> HashMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    const PRODUCTION: [(&str, &str); 3] =
        [("WHATSAPP_APP_SECRET", "old, new"), ("WA_VERIFY_TOKEN", "verify"), ("WA_TOKEN", "token")];

    #[test]
    fn production_reads_both_names() {
        let config = Config::from_vars(&vars(&PRODUCTION)).expect("all that is needed");
        assert_eq!(config.app_secrets, ["old", "new"]);
        assert_eq!(config.access_token, "token");
        assert_eq!(config.operator_token, None);
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.graph_url, "https://graph.facebook.com");
        assert!(config.emulator.is_none());
        assert!(!format!("{config:?}").contains("new"));
    }

    #[test]
    fn blank_secrets_refuse_to_start() {
        for (name, blank) in [("WHATSAPP_APP_SECRET", " , "), ("WA_VERIFY_TOKEN", "  "), ("WA_TOKEN", "")] {
            let mut vars = vars(&PRODUCTION);
            vars.insert(name.into(), blank.into());
            let error = Config::from_vars(&vars).expect_err(name).to_string();
            assert!(error.contains("is not set or blank"), "{error}");
        }
    }

    #[test]
    fn a_blank_operator_token_is_none() {
        let token = |said: &str| {
            let mut vars = vars(&PRODUCTION);
            vars.insert("OPERATOR_TOKEN".into(), said.into());
            Config::from_vars(&vars).expect("all that is needed").operator_token
        };
        assert_eq!((token("  "), token(" a-token ")), (None, Some("a-token".into())));
    }

    #[test]
    fn every_wrong_value_is_named_at_once() {
        let mut vars = vars(&PRODUCTION);
        vars.extend(self::vars(&[
            ("LISTEN_ADDR", "8080"),
            ("SWITCHBOARD_ENV", "prod"),
            ("DATABASE_URL", "mysql://root:secret@db/x"),
            ("LOG_FORMAT", "xml"),
            ("DEFAULT_TIME_ZONE", "Kigali"),
            ("NUMBER_RATE", "fast"),
        ]));
        let error = Config::from_vars(&vars).expect_err("six wrong values").to_string();
        for name in ["LISTEN_ADDR", "SWITCHBOARD_ENV", "DATABASE_URL", "LOG_FORMAT", "DEFAULT_TIME_ZONE", "NUMBER_RATE"]
        {
            assert!(error.contains(name), "{name} in {error}");
        }
        assert!(!error.contains("secret@"), "{error}");
    }

    #[test]
    fn development_makes_its_secrets_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}/data/switchboard.db", folder.path().display());
        let vars = vars(&[("SWITCHBOARD_ENV", "development"), ("DATABASE_URL", &url)]);
        let first = Config::from_vars(&vars).expect("nothing else is needed");
        let second = Config::from_vars(&vars).expect("nor the second time");
        assert_eq!(first.app_secrets, second.app_secrets);
        assert!(first.operator_token.is_some() && first.operator_token == second.operator_token);
        assert!(first.app_secrets[0].len() >= 32);
        assert_eq!(first.graph_url, "http://127.0.0.1:8082");
    }
}
