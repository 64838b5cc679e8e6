//! The checks of the deployment checklist before the first day.

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use super::findings::Findings;
use crate::{
    cli::common::store,
    config::{Config, Mode, Template},
    flags::{AgentFlags, CHECKLIST, Document, KEY},
};
use switchboard_core::{
    phone::{Phone, mask_numbers},
    plan::SERVICE_ROLLOUT,
};
use switchboard_edge::{
    http,
    webhook::UnknownNumber,
    whatsapp::{account::AccountError, client::GraphClient},
};
use switchboard_store::Store;

/// The advice if Meta does not answer at all.
const NETWORK: &str = "check GRAPH_API_URL, and that this machine may reach it";

/// Placeholders for secrets in the checklist and in common templates.
const PLACEHOLDERS: [&str; 6] = ["your-key", "your-secret", "your-token", "changeme", "secret", "token"];

/// The least characters of a secret that nobody guesses.
const SECRET_MIN: usize = 16;

pub(super) async fn check(config: &Config, agents: &[String], findings: &mut Findings) {
    secrets(config, findings);
    addresses(config, findings);
    account(config, findings).await;
    model(config, findings).await;
    ten_agents(agents, findings);
    // A failure to open it was reported already.
    let store = store(config).await.ok();
    backup(config, store.as_ref(), findings).await;
    let Some(store) = store else { return };
    schema(&store, findings).await;
    rollout(&store, agents, findings).await;
}

fn secrets(config: &Config, findings: &mut Findings) {
    if config.mode != Mode::Production {
        return findings.bad("mode", "SWITCHBOARD_ENV is development: secrets are generated; unset it for production");
    }
    let named = [("WA_VERIFY_TOKEN", &config.verify_token, 8), ("WHATSAPP_ACCESS_TOKEN", &config.access_token, 16)];
    let secrets = config.app_secrets.iter().map(|secret| ("WHATSAPP_APP_SECRET", secret, SECRET_MIN));
    let key = config.model.iter().map(|model| ("GEMINI_API_KEY", &model.key, 8));
    let operator = config.operator_token.iter().map(|token| ("OPERATOR_TOKEN", token, SECRET_MIN));
    for (name, value, least) in named.into_iter().chain(secrets).chain(key).chain(operator) {
        if PLACEHOLDERS.contains(&value.to_lowercase().as_str()) {
            findings.bad("secrets", format_args!("{name} is still a placeholder: set your own value"));
        } else if value.chars().count() < least {
            findings.bad("secrets", format_args!("{name} has fewer than {least} characters, and can be guessed"));
        }
    }
}

/// What is sent to other machines goes by https.
fn addresses(config: &Config, findings: &mut Findings) {
    let webhooks = config.alerts.iter().filter_map(|alerts| Some(("ALERT_WEBHOOK_URL", &**alerts.webhook.as_ref()?)));
    let tickets = config.tickets_webhook.iter().map(|url| ("TICKETS_WEBHOOK_URL", &**url));
    let model = config.model.iter().map(|model| ("GEMINI_API_URL", model.url.as_str()));
    let legacy = config.legacy.urls().map(|url| ("LEGACY_WEBHOOK_URL", url));
    let all = webhooks.chain(tickets).chain(model).chain(legacy).chain([("GRAPH_API_URL", config.graph_url.as_str())]);
    for (name, _) in all.filter(|(_, url)| http::is_in_clear(url)) {
        findings.bad("addresses", format_args!("{name} is plain http to another machine: people's words and tokens would be readable on the way; use https"));
    }
    if config.edge.unknown_numbers == UnknownNumber::Answer {
        findings.warn(
            "numbers",
            "UNKNOWN_NUMBERS is answer: a signed delivery for any business number is answered; `store` or `refuse` answers those in `business_number` alone",
        );
    }
}

async fn account(config: &Config, findings: &mut Findings) {
    let graph = match GraphClient::new(&config.graph_url, &config.graph_version, &config.access_token) {
        Ok(graph) => graph,
        Err(error) => return findings.bad("token", error),
    };
    if config.phone_number_id.is_empty() {
        findings.bad("token", "WHATSAPP_PHONE_NUMBER_ID is not set: set it, so that the token can be checked with it");
    } else {
        match graph.number(&config.phone_number_id).await {
            Ok(number) => {
                let masked = Phone::parse(&number).map_or_else(|_| mask_numbers(&number), |phone| phone.to_string());
                findings.ok("token", format_args!("it may see the number {masked}"))
            }
            Err(error @ AccountError::Away(_)) => findings.bad("token", format_args!("{error}: {NETWORK}")),
            // The token is good, and knows no such number.
            Err(error) if error.to_string().contains("100/33") => findings.bad(
                "token",
                format_args!("{error}: WHATSAPP_PHONE_NUMBER_ID is not the id of a number of this token's account: look it up in Meta's dashboard"),
            ),
            Err(error) => findings.bad(
                "token",
                format_args!("{error}: make a permanent token of a system user with whatsapp_business_messaging, and set WHATSAPP_ACCESS_TOKEN"),
            ),
        }
    }
    let Some(account) = &config.business_account else {
        return findings.bad(
            "webhook",
            "WHATSAPP_BUSINESS_ACCOUNT_ID is not set, so it cannot be checked whether Meta's webhooks come here",
        );
    };
    match graph.subscriptions(account).await {
        Ok(apps) if apps.is_empty() => {
            findings.bad(
                "webhook",
                "no app is subscribed to the account: POST /{account}/subscribed_apps, or `switchboard webhook reset`",
            );
        }
        Ok(apps) => {
            findings.ok("webhook", format_args!("{} app(s) subscribed", apps.len()));
            for url in apps.iter().filter_map(|app| app.override_url.as_ref()) {
                findings.warn(
                    "webhook",
                    format_args!("this account's webhooks go to {url}; `switchboard webhook reset` ends that"),
                );
            }
        }
        Err(error @ AccountError::Away(_)) => findings.bad("webhook", format_args!("{error}: {NETWORK}")),
        Err(error) => {
            findings.bad("webhook", format_args!("{error}: check WHATSAPP_BUSINESS_ACCOUNT_ID and the token's rights"))
        }
    }
    templates(config, &graph, account, findings).await;
}

/// The templates that the configuration names are approved.
async fn templates(config: &Config, graph: &GraphClient, account: &str, findings: &mut Findings) {
    let alert = config.alerts.as_ref().and_then(|alerts| alerts.template.as_ref());
    let named = [("NOTICE_TEMPLATE", config.defaults.notice_template.as_ref()), ("ALERT_TEMPLATE", alert)];
    let named: Vec<_> = named.into_iter().filter_map(|(variable, named)| Some((variable, named?))).collect();
    if named.is_empty() {
        return;
    }
    let known = match graph.templates(account).await {
        Ok(known) => known,
        Err(error) => return findings.warn("templates", format_args!("the account's cannot be listed: {error}")),
    };
    for (variable, Template { name, language }) in named {
        match known.iter().find(|known| known.name == *name && known.language == *language) {
            Some(known) if known.is_approved() => findings.ok("templates", format_args!("{name}:{language} is approved")),
            Some(known) => findings.bad(
                "templates",
                format_args!("{variable} names {name}:{language}, which is {}: name an approved one", known.status),
            ),
            None => findings.bad(
                "templates",
                format_args!("{variable} names {name}:{language}, and the account has no such template: `switchboard templates list`"),
            ),
        }
    }
}

async fn model(config: &Config, findings: &mut Findings) {
    let Some(model) = &config.model else {
        return findings.warn("model", "GEMINI_API_KEY is not set: agents work by flows and keywords alone");
    };
    let checked = match model.provider.client(&model.url, &model.name, &model.key) {
        Ok(provider) => provider.check().await,
        Err(error) => Err(error.to_string()),
    };
    match checked {
        Ok(()) => findings.ok("model", format_args!("{} answers to the key", model.name)),
        Err(error) => findings
            .bad("model", format_args!("{} is not available: {error}; check GEMINI_API_KEY and MODEL", model.name)),
    }
}

fn ten_agents(agents: &[String], findings: &mut Findings) {
    let missing: Vec<&str> = CHECKLIST.into_iter().filter(|name| !agents.iter().any(|known| known == name)).collect();
    match missing.is_empty() {
        true => findings.ok("agents", "all ten of the checklist load"),
        false => findings
            .bad("agents", format_args!("{} do not load: `make agents`, then look above for why", missing.join(", "))),
    }
}

async fn schema(store: &Store, findings: &mut Findings) {
    let faults = match store.inspect().await {
        Ok(faults) => faults,
        Err(error) => return findings.bad("schema", error),
    };
    let mut report = |what: &str, wrong: &[String], good: &str, fix: &str| match wrong {
        [] => findings.ok(what, good),
        wrong => findings.bad(what, format_args!("{}: {fix}", wrong.join(", "))),
    };
    report("indexes", &faults.indexes, "all there", "missing or not valid; create them again as the migrations do");
    match store.is_shared() {
        true => {
            report(
                "views",
                &faults.views,
                "those of the legacy service are there",
                "missing; `switchboard db adopt` puts them in place",
            );
            report(
                "row security",
                &faults.open_tables,
                "on, with policies",
                "without it or without a policy: alter table … enable row level security",
            );
        }
        false => report(
            "integrity",
            &faults.damage,
            "the file is whole",
            "the file is damaged: stop the host and go back to a backup",
        ),
    }
}

async fn rollout(store: &Store, agents: &[String], findings: &mut Findings) {
    match store.config(KEY).await {
        Ok(None) => {
            findings.bad("flags", "there is no row: insert it at 0 % (checklist, step 5), or `switchboard flags set unifiedServiceRolloutPercent 0 --yes`")
        }
        Ok(Some(row)) => {
            if let Ok(Document { agent_flags: AgentFlags::Named(named), .. }) = Document::parse(&row) {
                let unknown: Vec<&str> = named
                    .iter()
                    .filter(|(name, on)| **on && !agents.contains(name))
                    .map(|(name, _)| name.as_str())
                    .collect();
                if !unknown.is_empty() {
                    findings.warn("flags", format_args!("on, though no such agent is here: {}", unknown.join(", ")));
                }
            }
        }
        // Reported already.
        Err(_) => {}
    }
    match store.rollout(SERVICE_ROLLOUT).await {
        Ok(Some(rollout)) => findings.ok("plan", format_args!("{}, {} %", rollout.state.as_str(), rollout.percent)),
        Ok(None) => findings.warn("plan", "none is started: `switchboard rollout start` follows the checklist's"),
        Err(error) => findings.bad("plan", error),
    }
}

/// The newest of the backups that `db backup` made and of those that lie under `BACKUP_PATH`.
async fn backup(config: &Config, store: Option<&Store>, findings: &mut Findings) {
    let noted = match store {
        Some(store) => store.newest_backup().await.ok().flatten().map(|backup| backup.at),
        None => None,
    };
    let noted = noted.and_then(|at| Some(SystemTime::UNIX_EPOCH + Duration::from_millis(at.try_into().ok()?)));
    let lies = config.backup_path.as_ref().and_then(|path| newest(path));
    let age = noted.max(lies).map(|at| SystemTime::now().duration_since(at).unwrap_or_default());
    let hours = config.backup_max_hours;
    match (age, &config.backup_path) {
        (None, Some(path)) => findings.bad("backup", format_args!("there is none under {}", path.display())),
        (None, None) => findings.warn(
            "backup",
            "none is known: `switchboard db backup <file>` makes one and notes when; or set BACKUP_PATH to where yours lie",
        ),
        (Some(age), _) if age > Duration::from_secs(u64::from(hours) * 3600) => findings.bad(
            "backup",
            format_args!(
                "the newest is {} hours old, more than BACKUP_MAX_HOURS = {hours}: make one now, with `switchboard db backup <file>`",
                age.as_secs() / 3600
            ),
        ),
        (Some(age), _) => findings.ok("backup", format_args!("the newest is {} hours old", age.as_secs() / 3600)),
    }
}

/// The modification time of a file, or of the newest file in a folder.
fn newest(path: &Path) -> Option<SystemTime> {
    let metadata = std::fs::metadata(path).ok()?;
    if metadata.is_file() {
        return metadata.modified().ok();
    }
    std::fs::read_dir(path).ok()?.flatten().filter_map(|entry| entry.metadata().ok()?.modified().ok()).max()
}
