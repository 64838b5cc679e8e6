//! What an agent's entry in `plugins.toml` says of other services: `secrets`, `[[agent.http]]` and `[agent.numbers.…]`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use serde::Deserialize;

use switchboard_core::services::{
    Access, Grant, METHODS, SecretSource, SecretSources, is_header_name, is_of_host, names_in,
};
use url::Url;

/// The longest bodies that an entry may allow, in bytes; without a word of its own a call's may have as much as the contract allows,
/// and an answer's a quarter of this.
const REQUEST_BYTES_MAX: usize = 64 << 10;
const RESPONSE_BYTES_MAX: usize = 1 << 20;
const RESPONSE_BYTES: usize = RESPONSE_BYTES_MAX / 4;

/// The longest time of a call that an entry may allow, and the usual one, in milliseconds. A person waits behind it.
const TIMEOUT_MS_MAX: u64 = 20_000;
const TIMEOUT_MS: u64 = 5_000;

/// Calls a minute without a word of the entry.
const PER_MINUTE: u32 = 60;

/// An entry `[[agent.http]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileGrant {
    origin: String,
    #[serde(default = "get")]
    methods: Vec<String>,
    #[serde(default = "all")]
    paths: Vec<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    private: bool,
    request_bytes_max: Option<usize>,
    response_bytes_max: Option<usize>,
    timeout_ms: Option<u64>,
    per_minute: Option<u32>,
}

fn get() -> Vec<String> {
    vec!["GET".to_owned()]
}

fn all() -> Vec<String> {
    vec!["/".to_owned()]
}

/// A table `[agent.numbers.<id>]`: what an agent has of its own for one business number.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FileNumber {
    settings: toml::Table,
    secrets: BTreeMap<String, String>,
}

/// All that an entry says of other services and of business numbers.
pub(super) struct FileAccess {
    pub(super) grants: Vec<FileGrant>,
    pub(super) secrets: BTreeMap<String, String>,
    pub(super) numbers: BTreeMap<String, FileNumber>,
}

/// What an agent may call, and its settings for single business numbers, as JSON objects.
pub(super) type Checked = (Arc<Access>, BTreeMap<String, String>);

impl FileAccess {
    /// Checks it; `settings` are those of every business number.
    pub(super) fn check(self, settings: &toml::Table) -> Result<Checked, String> {
        let secrets = sources(&self.secrets)?;
        let mut of_numbers = BTreeMap::new();
        let mut settings_of = BTreeMap::new();
        for (number, own) in self.numbers {
            let place = |what: String| format!("numbers.{number}: {what}");
            if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
                return Err(place("is no id of a business number: it is the id of digits in Meta's dashboard".into()));
            }
            if let Some(unknown) = own.secrets.keys().find(|name| !secrets.contains_key(*name)) {
                return Err(place(format!(
                    "there is no `{unknown}` in `secrets` of the agent, which is for all other numbers"
                )));
            }
            let mut merged = settings.clone();
            merged.extend(own.settings);
            let json = serde_json::to_string(&merged).map_err(|error| place(format!("settings: {error}")))?;
            settings_of.insert(number.clone(), json);
            of_numbers.insert(number.clone(), sources(&own.secrets).map_err(place)?);
        }
        let known: BTreeSet<&str> = secrets.keys().map(String::as_str).collect();
        let grants = self.grants.into_iter().map(|grant| {
            let origin = grant.origin.clone();
            grant.check(&known).map_err(|what| format!("http {origin}: {what}"))
        });
        let grants = grants.collect::<Result<_, _>>()?;
        Ok((Arc::new(Access { grants, secrets, of_numbers }), settings_of))
    }
}

fn sources(secrets: &BTreeMap<String, String>) -> Result<SecretSources, String> {
    let source = |(name, text): (&String, &String)| {
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        let source = match text.split_once(':') {
            _ if !is_name => return Err(format!("secrets: `{name}` is not of letters, digits, `_` and `-`")),
            Some(("env", variable)) if !variable.is_empty() => SecretSource::Variable(variable.to_owned()),
            Some(("file", path)) if path.starts_with('/') => SecretSource::File(PathBuf::from(path)),
            // What stands there may be the secret itself.
            _ => return Err(format!("secrets: `{name}` is neither env:VARIABLE nor file:/an/absolute/path")),
        };
        Ok((name.clone(), source))
    };
    secrets.iter().map(source).collect()
}

impl FileGrant {
    fn check(self, secrets: &BTreeSet<&str>) -> Result<Grant, String> {
        let url = Url::parse(&self.origin).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let origin = url.map(|url| url.origin().ascii_serialization()).unwrap_or_default();
        if origin != self.origin {
            return Err(
                "origin is scheme, host and perhaps port in small letters, such as https://api.example.rw".into()
            );
        }
        if origin.starts_with("http://") && !self.private {
            return Err("http is in clear: write https, or `private = true` for a service of your own network".into());
        }
        if let Some(unknown) = self.methods.iter().find(|method| !METHODS.contains(&method.as_str())) {
            return Err(format!("methods: `{unknown}` is none of {}", METHODS.join(", ")));
        }
        if let Some(wrong) = self.paths.iter().find(|path| !path.starts_with('/') || path.contains(['?', '#'])) {
            return Err(format!("paths: `{wrong}` does not begin with `/`, or has a query"));
        }
        let mut headers = Vec::new();
        for (name, template) in self.headers {
            let name = name.to_ascii_lowercase();
            if !is_header_name(&name) || is_of_host(&name) || !template.bytes().all(|b| (b' '..=b'~').contains(&b)) {
                return Err(format!("headers: {name} cannot be put in"));
            }
            if let Some(unknown) = names_in(&template).into_iter().find(|name| !secrets.contains(name)) {
                return Err(format!("headers: {name} has `{{{unknown}}}`, and there is no `{unknown}` in `secrets`"));
            }
            headers.push((name, template));
        }
        let bounded = |what: &str, value: u64, most: u64| match value {
            0 => Err(format!("{what} is more than 0")),
            _ if value > most => Err(format!("{what} is {value}; at most {most}")),
            _ => Ok(value),
        };
        let bytes = |what: &str, value: Option<usize>, usual: usize, most: usize| {
            bounded(what, value.unwrap_or(usual) as u64, most as u64).map(|bytes| bytes as usize)
        };
        Ok(Grant {
            origin,
            methods: self.methods,
            paths: self.paths,
            headers,
            private: self.private,
            request_bytes_max: bytes(
                "request_bytes_max",
                self.request_bytes_max,
                REQUEST_BYTES_MAX,
                REQUEST_BYTES_MAX,
            )?,
            response_bytes_max: bytes(
                "response_bytes_max",
                self.response_bytes_max,
                RESPONSE_BYTES,
                RESPONSE_BYTES_MAX,
            )?,
            timeout: Duration::from_millis(bounded(
                "timeout_ms",
                self.timeout_ms.unwrap_or(TIMEOUT_MS),
                TIMEOUT_MS_MAX,
            )?),
            per_minute: self.per_minute.unwrap_or(PER_MINUTE),
        })
    }
}
