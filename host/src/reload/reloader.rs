//! Configuration that changes without a restart: secrets, tokens, the log level, the legacy service's address, the receivers of alerts and
//! tickets. A new configuration is taken as a whole, or refused as a whole.

use std::{collections::BTreeSet, future::Future, time::Duration};

use serde::Serialize;
use tokio::sync::{Mutex, watch};
use tracing::{error, info, warn};

use crate::{
    config::{Alerts, Config, ConfigError, Variables},
    logs,
};
use switchboard_core::{
    act::{Act, Actor},
    live::Live,
    secret::{Secret, SecretUrl},
};
use switchboard_edge::legacy::Targets;
use switchboard_store::Store;

/// How often the files of `*_FILE` variables are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The values in force of what may change.
#[derive(Clone)]
pub struct LiveSettings {
    /// `WHATSAPP_APP_SECRET`.
    pub app_secrets: Live<Vec<Secret>>,
    /// `WA_VERIFY_TOKEN`.
    pub verify_token: Live<Secret>,
    /// `WHATSAPP_ACCESS_TOKEN`.
    pub access_token: Live<Secret>,
    /// `OPERATOR_TOKEN`.
    pub operator_token: Live<Option<Secret>>,
    /// `GEMINI_API_KEY`; blank without a model.
    pub model_key: Live<Secret>,
    /// `LEGACY_WEBHOOK_URL`, `LEGACY_WEBHOOK_URLS`.
    pub legacy: Live<Targets>,
    /// `ALERT_…`.
    pub alerts: watch::Sender<Option<Alerts>>,
    /// `TICKETS_WEBHOOK_URL`, and `TICKETS_WEBHOOK_SECRET`.
    pub tickets: watch::Sender<(Option<SecretUrl>, Option<Secret>)>,
}

/// Variables that one function puts into force.
struct Part {
    /// Their names; one that ends with `_` stands for all that begin with it.
    names: &'static [&'static str],
    apply: fn(&LiveSettings, &Config),
}

/// What is put into force without a restart. Every other variable waits for one.
const PARTS: &[Part] = &[
    Part {
        names: &["WHATSAPP_APP_SECRET", "WA_APP_SECRET"],
        apply: |live, config| live.app_secrets.set(config.app_secrets.clone()),
    },
    Part { names: &["WA_VERIFY_TOKEN"], apply: |live, config| live.verify_token.set(config.verify_token.clone()) },
    Part {
        names: &["WHATSAPP_ACCESS_TOKEN", "WA_TOKEN"],
        apply: |live, config| live.access_token.set(config.access_token.clone()),
    },
    Part { names: &["OPERATOR_TOKEN"], apply: |live, config| live.operator_token.set(config.operator_token.clone()) },
    Part { names: &["GEMINI_API_KEY"], apply: |live, config| live.model_key.set(model_key(config)) },
    Part {
        names: &["LEGACY_WEBHOOK_URL", "LEGACY_WEBHOOK_URLS"],
        apply: |live, config| live.legacy.set(config.legacy.clone()),
    },
    Part { names: &["ALERT_"], apply: |live, config| drop(live.alerts.send_replace(config.alerts.clone())) },
    Part { names: &["TICKETS_"], apply: |live, config| drop(live.tickets.send_replace(tickets(config))) },
    Part {
        names: &["RUST_LOG"],
        apply: |_, config| {
            if let Err(problem) = logs::set_filter(&config.log_filter) {
                warn!("the log level stays as it is: {problem}");
            }
        },
    },
];

impl Part {
    fn has(&self, variable: &str) -> bool {
        let variable = variable.strip_suffix("_FILE").unwrap_or(variable);
        let is = |name: &&str| if name.ends_with('_') { variable.starts_with(*name) } else { variable == *name };
        self.names.iter().any(is)
    }
}

fn tickets(config: &Config) -> (Option<SecretUrl>, Option<Secret>) {
    (config.tickets_webhook.clone(), config.tickets_secret.clone())
}

fn model_key(config: &Config) -> Secret {
    config.model.as_ref().map(|model| model.key.clone()).unwrap_or_default()
}

impl LiveSettings {
    /// What a configuration says.
    pub fn new(config: &Config) -> LiveSettings {
        LiveSettings {
            app_secrets: Live::new(config.app_secrets.clone()),
            verify_token: Live::new(config.verify_token.clone()),
            access_token: Live::new(config.access_token.clone()),
            operator_token: Live::new(config.operator_token.clone()),
            model_key: Live::new(model_key(config)),
            legacy: Live::new(config.legacy.clone()),
            alerts: watch::Sender::new(config.alerts.clone()),
            tickets: watch::Sender::new(tickets(config)),
        }
    }
}

/// What came of a reload: the names of variables, never their values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reloaded {
    /// What is in force now.
    pub changed: BTreeSet<String>,
    /// What differs and waits for a restart.
    pub waits_for_restart: BTreeSet<String>,
}

/// Reads the configuration again, and puts into force what may change.
pub struct Reloader {
    live: LiveSettings,
    store: Store,
    host_name: String,
    /// As they were read last, and accepted.
    read: Mutex<Variables>,
}

impl Reloader {
    /// A reloader for the configuration that these variables gave.
    pub fn new(variables: Variables, config: &Config, live: LiveSettings, store: Store) -> Reloader {
        Reloader { live, store, host_name: config.host_name.clone(), read: Mutex::new(variables) }
    }

    /// Reads the configuration again. A wrong one changes nothing; its sentences are the error.
    pub async fn reload(&self, actor: &Actor) -> Result<Reloaded, ConfigError> {
        let mut before = self.read.lock().await;
        let read = Variables::read().and_then(|variables| Ok((Config::of(&variables)?, variables)));
        let (config, variables) = match read {
            Ok(read) => read,
            Err(refused) => {
                error!(
                    "the configuration was read again and is refused as a whole; what was in force stays: {refused}"
                );
                self.record(actor, "refused".to_owned()).await;
                return Err(refused);
            }
        };
        let differs = before.changed(&variables);
        // Without a model at the start there is nobody who reads the key.
        let has_model = !self.live.model_key.get().is_empty() && config.model.is_some();
        let is_live = |name: &&String| {
            PARTS.iter().any(|part| part.has(name)) && (has_model || !name.starts_with("GEMINI_API_KEY"))
        };
        let (changed, waits_for_restart): (Vec<&String>, Vec<&String>) = differs.iter().partition(is_live);
        for part in PARTS.iter().filter(|part| changed.iter().any(|name| part.has(name))) {
            (part.apply)(&self.live, &config);
        }
        let names = |names: Vec<&String>| names.into_iter().cloned().collect::<BTreeSet<String>>();
        let reloaded = Reloaded { changed: names(changed), waits_for_restart: names(waits_for_restart) };
        let list = |names: &BTreeSet<String>| names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let (changed, waits) = (list(&reloaded.changed), list(&reloaded.waits_for_restart));
        info!(changed, waits_for_restart = waits, %actor, "the configuration was read again");
        if !reloaded.changed.is_empty() {
            self.record(actor, changed).await;
        }
        // What waits for a restart is named again each time.
        *before = before.with(&variables, &reloaded.changed);
        Ok(reloaded)
    }

    async fn record(&self, actor: &Actor, after: String) {
        let act = Act::on("config.reload", self.host_name.as_str()).changes(None, Some(after));
        if let Err(error) = self.store.record_act(actor, act).await {
            warn!("the audit does not have that the configuration was read again: {error}");
        }
    }

    /// Reads the configuration again when a file of a `*_FILE` variable has changed and stays so for two looks, until the task is dropped.
    pub async fn follow(self: std::sync::Arc<Reloader>) {
        let contents = async || self.read.lock().await.file_contents();
        // As they were read: what changed since, before this task began, is seen too.
        let mut known = self.read.lock().await.contents_read();
        let mut last = known.clone();
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = contents().await;
            // A file that is being written is looked at again.
            if now != known && now == last {
                known = now.clone();
                let _ = self.reload(&Actor::host()).await;
            }
            last = now;
        }
    }
}

/// Runs a task for as long as its settings stay, and anew when they change.
pub async fn restarting<P: Clone, F: Future<Output = ()>>(mut settings: watch::Receiver<P>, run: impl Fn(P) -> F) {
    loop {
        let now = settings.borrow_and_update().clone();
        tokio::select! {
            () = run(now) => return,
            changed = settings.changed() => {
                if changed.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_variable_is_of_one_part_at_most() {
        for (name, parts) in [
            ("WA_TOKEN", 1),
            ("ALERT_WEBHOOK_URL", 1),
            ("ALERT_WHATSAPP_NUMBER", 1),
            ("TICKETS_WEBHOOK_URL", 1),
            ("RUST_LOG", 1),
            ("DATABASE_URL", 0),
            ("LISTEN_ADDR", 0),
            ("WA_TOKEN_FILE", 1),
        ] {
            assert_eq!(PARTS.iter().filter(|part| part.has(name)).count(), parts, "{name}");
        }
    }
}
