//! `switchboard flags`: the row `unified_service_flags`, shown and changed.

use anyhow::{Context, bail};
use clap::Subcommand;
use serde_json::Value;

use super::store;
use crate::{
    config::Config,
    flags::{Document, Flags, KEY, Source, bucket},
    phone::Phone,
    plugins::Plugins,
    serve::without_row,
    store::Store,
};

/// The agents of the deployment checklist's row.
const CHECKLIST: [&str; 10] = [
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
    /// Print the row, and what is wrong with it if it is.
    Show,
    /// Change one value: `flags set unifiedServiceRolloutPercent 10`, `flags set agentFlags.jobs false`.
    Set {
        /// The value's path, its parts joined by dots.
        path: String,
        /// The new value, as JSON.
        value: String,
    },
    /// Whether a person is in the rollout, and why: `flags explain +250788123456`.
    Explain {
        /// Their number or user id; they need not have written yet.
        person: String,
    },
}

pub(super) async fn run(options: Options) -> anyhow::Result<()> {
    let config = Config::from_environment()?;
    let store = store(&config).await?;
    match options {
        Options::Show => show(&store).await,
        Options::Set { path, value } => set(&config, &store, &path, &value).await,
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
    Document::parse(&row).map(drop).context("this row is refused; the last good flags stay in force")
}

async fn set(config: &Config, store: &Store, path: &str, value: &str) -> anyhow::Result<()> {
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
    store.set_config(KEY, &text, "cli").await?;
    println!("{path}: {old} → {value}; in force on the running host within a second");
    Ok(())
}

async fn explain(config: &Config, store: &Store, person: &str) -> anyhow::Result<()> {
    let flags = match store.config(KEY).await? {
        Some(row) => {
            let document = Document::parse(&row).context("the row is refused; the last good flags stay in force")?;
            Flags { document, source: Source::Row }
        }
        None => without_row(config),
    };
    let phone = Phone::parse(person);
    let identity = phone.as_ref().map_or(person, |phone| phone.digits());
    let known = match store.person_of(identity).await? {
        Some(id) => store.bucket_of(id).await?,
        None => None,
    };
    let bucket = known.unwrap_or_else(|| bucket::of(identity));
    let percent = flags.document.unified_service_rollout_percent;
    let first_outside = (percent / 100.0 * f64::from(bucket::COUNT)).ceil();
    let seen = if known.is_some() { "as stored with them" } else { "they have not written yet" };
    println!("bucket {bucket} of {} ({seen})", bucket::COUNT);
    if flags.document.unified_service_enabled {
        let side = if flags.admits(bucket) { "in" } else { "out" };
        println!("{side}: {percent} % is every bucket below {first_outside}");
    } else {
        println!("out: unifiedServiceEnabled is false");
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
