//! `switchboard flags`: the row `unified_service_flags`, shown and changed.

use anyhow::{Context, bail};
use clap::Subcommand;
use serde_json::Value;

use super::{store, time};
use crate::{
    config::Config,
    flags::{self, Document, Flags, KEY, Standing, people},
    plugins::Plugins,
    serve::without_row,
    store::{ConfigChange, Store},
};

/// The agents of the deployment checklist's row.
pub(super) const CHECKLIST: [&str; 10] = [
    "marketplace",
    "jobs",
    "property",
    "farmer",
    "waiter",
    "insurance",
    "rides",
    "sales",
    "business_broker",
    "support",
];

#[derive(Subcommand)]
pub(super) enum Options {
    /// Print the row, what is wrong with it if it is, what each host has in force, and who changed it last.
    Show,
    /// Change one value: `flags set unifiedServiceRolloutPercent 10`, `flags set agentFlags.jobs false`.
    Set {
        /// The value's path, its parts joined by dots.
        path: String,
        /// The new value, as JSON.
        value: String,
        /// Who does it, for the audit; your login name if not given.
        #[arg(long = "as")]
        actor: Option<String>,
    },
    /// Put a person in (`allow`) or out (`deny`) whatever the percentage; `clear` leaves it to the percentage again.
    List {
        /// Which list.
        list: List,
        /// Their number or user id.
        person: String,
        /// Who does it, for the audit; your login name if not given.
        #[arg(long = "as")]
        actor: Option<String>,
    },
    /// Print the JSON schema of the row.
    Schema,
    /// Whether a person is in the rollout, and why: `flags explain +250788123456`.
    Explain {
        /// Their number or user id; they need not have written yet.
        person: String,
    },
}

/// What becomes of a person.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum List {
    Allow,
    Deny,
    Clear,
}

pub(super) async fn run(options: Options) -> anyhow::Result<()> {
    let config = Config::from_environment()?;
    let store = store(&config).await?;
    match options {
        Options::Show => show(&store).await,
        Options::Set { path, value, actor } => set(&config, &store, &path, &value, &super::actor(actor)).await,
        Options::List { list, person, actor } => put_on(&store, list, &person, &super::actor(actor)).await,
        Options::Schema => {
            println!("{}", flags::schema());
            Ok(())
        }
        Options::Explain { person } => explain(&config, &store, &person).await,
    }
}

async fn show(store: &Store) -> anyhow::Result<()> {
    let Some(row) = store.config(KEY).await? else {
        println!("There is no row `{KEY}`: the environment decides, else everything is on.");
        println!("`switchboard flags set unifiedServiceRolloutPercent 100` makes one.");
        return Ok(());
    };
    let value: Value = serde_json::from_str(&row).unwrap_or(Value::String(row.clone()));
    println!("{value:#}");
    if let Some(lists) = store.config(people::KEY).await? {
        let lists: Value = serde_json::from_str(&lists).unwrap_or(Value::String(lists));
        println!("\n{}: {lists:#}", people::KEY);
    }
    println!("\nIn force:");
    for host in store.hosts().await? {
        let (percent, enabled) = (host.percent.unwrap_or_default(), host.enabled.unwrap_or_default());
        let said = host.error.map(|error| format!("; {error}")).unwrap_or_default();
        let on = if enabled { "enabled" } else { "off" };
        println!("  host {}: {on}, {percent} %{said}", host.node);
    }
    println!("\nChanged:");
    for change in store.config_audit(KEY, 5).await? {
        println!("  {} by {}: {}", time(change.at), change.who, difference(&change));
    }
    Document::parse(&row).map(drop).context("this row is refused; the last good flags stay in force")
}

async fn set(config: &Config, store: &Store, path: &str, value: &str, actor: &str) -> anyhow::Result<()> {
    let new: Value = serde_json::from_str(value)
        .with_context(|| format!("`{value}` is not a value: give true, false or a number"))?;
    let mut row: Value = match store.config(KEY).await? {
        Some(row) => serde_json::from_str(&row).context("the row is not JSON: mend it by SQL first")?,
        None => first_row(config).await?,
    };
    let mut parts = path.split('.').peekable();
    let mut place = &mut row;
    while let Some(part) = parts.next() {
        let Some(object) = place.as_object_mut() else { bail!("`{path}`: there is nothing below `{part}`") };
        place = object.entry(part).or_insert(Value::Null);
        if parts.peek().is_none() {
            break;
        }
    }
    let old = std::mem::replace(place, new);
    let text = row.to_string();
    Document::parse(&text).with_context(|| format!("`{path} {value}` is refused, and nothing was changed"))?;
    store.set_config(KEY, &text, actor).await?;
    println!("{path}: {old} → {value}; in force on the running host within a second");
    Ok(())
}

async fn put_on(store: &Store, list: List, person: &str, actor: &str) -> anyhow::Result<()> {
    let identity = people::identity(person);
    let row = store.config(people::KEY).await?.unwrap_or_else(|| r#"{"allow": [], "deny": []}"#.into());
    let mut lists = people::Lists::parse(&row).context("the row of lists is refused: mend it by SQL first")?;
    lists.allow.remove(&identity);
    lists.deny.remove(&identity);
    match list {
        List::Allow => drop(lists.allow.insert(identity)),
        List::Deny => drop(lists.deny.insert(identity)),
        List::Clear => {}
    }
    let sorted =
        |list: std::collections::HashSet<String>| -> std::collections::BTreeSet<String> { list.into_iter().collect() };
    let row = serde_json::json!({ "allow": sorted(lists.allow), "deny": sorted(lists.deny) });
    store.set_config(people::KEY, &row.to_string(), actor).await?;
    println!(
        "{}; in force on the running hosts within a second",
        match list {
            List::Allow => "in, as long as the service is enabled",
            List::Deny => "out",
            List::Clear => "as the percentage says",
        }
    );
    Ok(())
}

async fn explain(config: &Config, store: &Store, person: &str) -> anyhow::Result<()> {
    let (row, lists) = (store.config(KEY).await?, store.config(people::KEY).await?);
    let flags = flags::read(row.as_deref(), lists.as_deref(), &without_row(config))
        .context("the row is refused; the last good flags stay in force")?;
    let identity = people::identity(person);
    let known = match store.person_of(&identity).await? {
        Some(id) => store.bucket_of(id).await?,
        None => None,
    };
    let bucket = known.unwrap_or_else(|| config.bucket_hash.function()(&identity));
    let seen = if known.is_some() { "as stored with them" } else { "they have not written yet" };
    println!("bucket {bucket} of {} ({seen})", flags::bucket::COUNT);
    println!("{}", because(&flags, flags.standing(bucket, [identity.as_str()])));
    let where_to = match (flags.standing(bucket, [identity.as_str()]).is_in(), config.legacy.is_empty()) {
        (true, _) => return Ok(()),
        (false, true) => "their messages are held until `rollout release`",
        (false, false) => "their messages go to the service before",
    };
    println!("{where_to}");
    Ok(())
}

fn because(flags: &Flags, standing: Standing) -> String {
    let percent = flags.document.unified_service_rollout_percent;
    let first_outside = (percent / 100.0 * f64::from(flags::bucket::COUNT)).ceil();
    match standing {
        Standing::Disabled => "out: unifiedServiceEnabled is false".into(),
        Standing::Denied => format!("out: on the list `deny` of {}", people::KEY),
        Standing::Allowed => format!("in: on the list `allow` of {}", people::KEY),
        Standing::In => format!("in: {percent} % is every bucket below {first_outside}"),
        Standing::Out => format!("out: {percent} % is every bucket below {first_outside}"),
    }
}

/// What a change changed, a path each.
fn difference(change: &ConfigChange) -> String {
    fn walk(path: &str, old: &Value, new: &Value, said: &mut Vec<String>) {
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => {
                let keys: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
                for key in keys {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    walk(&path, old.get(key).unwrap_or(&Value::Null), new.get(key).unwrap_or(&Value::Null), said);
                }
            }
            (old, new) if old != new => said.push(format!("{path} {old} → {new}")),
            _ => {}
        }
    }
    let value =
        |text: &Option<String>| text.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null);
    match (&change.old, &change.new) {
        (None, Some(_)) => "the row is put in".into(),
        (_, None) => "the row is taken away".into(),
        _ => {
            let mut said = Vec::new();
            walk("", &value(&change.old), &value(&change.new), &mut said);
            said.join(", ")
        }
    }
}

/// Puts the row in if there is none: what was in force without one goes on, with nobody let in yet.
pub(super) async fn ensure_row(config: &Config, store: &Store, actor: &str) -> anyhow::Result<()> {
    if store.config(KEY).await?.is_none() {
        let mut row = first_row(config).await?;
        row["unifiedServiceRolloutPercent"] = 0.into();
        store.set_config(KEY, &row.to_string(), actor).await?;
    }
    Ok(())
}

/// Where there was no row, everything was on: the first change starts from there.
async fn first_row(config: &Config) -> anyhow::Result<Value> {
    let agents = Plugins::load_once(config.plugins_config()).await?.current();
    let mut flags: serde_json::Map<String, Value> =
        CHECKLIST.iter().map(|name| ((*name).to_owned(), Value::Bool(true))).collect();
    flags.extend(agents.iter().map(|version| (version.name().to_owned(), Value::Bool(true))));
    Ok(serde_json::json!({
        "unifiedServiceEnabled": true,
        "unifiedServiceRolloutPercent": 100,
        "agentFlags": flags,
        "features": {"crossDomainHandoffs": true, "unifiedSearch": true, "sharedPreferences": true, "hybridFlows": true},
    }))
}
