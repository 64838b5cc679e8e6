//! `switchboard db`: migrates, adopts, copies and seeds the database.

use std::{path::PathBuf, time::Instant};

use anyhow::bail;
use clap::Subcommand;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::common::{As, ask, store};
use crate::config::{Config, Mode};
use switchboard_core::act::Act;
use switchboard_core::contract::{
    listings::{ContactPolicy, Draft},
    types::{Money, Place},
};
use switchboard_store::{Demo, Role, Store, StoreOptions};
use switchboard_understand::places::find as find_places;

/// The demonstration listings, all of them invented.
const SEED: &str = include_str!("seed.json");

/// The prefix of the demonstration owners' phone numbers. Nothing is ever sent to them: in development mode replies go to the emulator.
const NUMBERS: &str = "2507800001";

/// The subcommands.
#[derive(Subcommand)]
pub(super) enum DbCommand {
    /// Migrate the schema to this program's version. `serve` does so by itself. Refused while hosts live on the database, which may be of
    /// the program before.
    Migrate {
        /// Migrate though hosts live.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        by: As,
    },
    /// Print the schema's version in the database, and the one that this program needs.
    Status,
    /// On Postgres: adopt tables of the legacy service that exist under the same names, such as an `app_config` of one row, and migrate
    /// the schema. Nothing is dropped.
    Adopt,
    /// Copy a SQLite file, whose host has stopped, into the empty database of `DATABASE_URL`.
    Copy {
        /// The file, such as sqlite://data/switchboard.db.
        from: String,
        #[command(flatten)]
        by: As,
    },
    /// Write a backup of the whole database to a new file, beside running hosts. SQLite: a database file. Postgres: an archive of
    /// `pg_dump`, for `pg_restore`. Files that people sent are not in it: copy the folder `media` too.
    Backup {
        /// The file, which must not be there yet.
        file: PathBuf,
    },
    /// On Postgres: give all roles their rights and the policies of row security again, after a restore on a server without the roles.
    Repair {
        #[command(flatten)]
        by: As,
    },
    /// After a restore, before the first host: make dead letters of all that was queued when the backup was made. It may have been
    /// answered and sent since; `dead list` shows it, `dead retry` and `dead discard` decide.
    HoldQueued {
        /// Do not ask.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        by: As,
    },
    /// Fill an empty development database with demonstration listings.
    Seed,
}

/// A demonstration listing in `seed.json`.
#[derive(Deserialize)]
struct Seeded {
    agent: String,
    owner: String,
    kind: String,
    title: String,
    description: Option<String>,
    category: Option<String>,
    /// In whole units of the currency.
    price: Option<u64>,
    price_max: Option<u64>,
    unit: Option<String>,
    place: String,
    /// A ride's departure, in hours from now.
    in_hours: Option<i64>,
    attributes: Map<String, Value>,
}

pub(super) async fn run(command: DbCommand) -> anyhow::Result<()> {
    let config = Config::for_command("db")?;
    match command {
        DbCommand::Migrate { yes, by } => {
            let (began, before) = (Instant::now(), Store::schema_version(&config.database_url).await?.0);
            // Opening a store migrates it.
            let options = StoreOptions { migrates_beside_hosts: yes, ..config.store_options(Role::Tool) };
            let store = Store::open(&config.database_url, options).await?;
            let (after, took) = (Store::schema_version(&config.database_url).await?.0, began.elapsed());
            if before == after {
                println!("The database has this program's schema, migration {after}: nothing was to do.");
            } else {
                let versions = (Some(before.to_string()), Some(after.to_string()));
                store.record_act(&by.actor(), Act::on("db.migrate", "schema").changes(versions.0, versions.1)).await?;
                println!(
                    "The database went from migration {before} to {after} in {:.1} s: it has this program's schema.",
                    took.as_secs_f64()
                );
            }
        }
        DbCommand::Status => {
            let (has, wanted) = Store::schema_version(&config.database_url).await?;
            println!("The database has migration {has}; this program knows {wanted}.");
            match has.cmp(&wanted) {
                std::cmp::Ordering::Less => bail!("run `switchboard db migrate`"),
                std::cmp::Ordering::Equal => {}
                std::cmp::Ordering::Greater => {
                    println!("It is newer than this program, which can serve it all the same.")
                }
            }
        }
        DbCommand::Adopt => {
            for line in Store::adopt(&config.database_url).await? {
                println!("{line}");
            }
            println!("The database has this program's schema.");
        }
        DbCommand::Copy { from, by } => {
            // Opened with a host's role: no other process may write meanwhile, and sends in progress become `unknown`.
            let from = Store::open(&from, StoreOptions { role: Role::Serve, ..StoreOptions::default() }).await?;
            let (to, mut rows) = (store(&config).await?, 0);
            for (table, count) in from.copy_to(&to).await? {
                println!("{table:<24} {count:>10}");
                rows += count;
            }
            to.record_act(&by.actor(), Act::on("db.copy", "all tables").changes(None, Some(format!("{rows} rows"))))
                .await?;
            println!("All rows have been copied, table by table.");
        }
        DbCommand::Backup { file } => {
            let backup = store(&config).await?.backup(&config.database_url, &file).await?;
            println!("{} has a backup of {} bytes.", file.display(), backup.bytes);
        }
        DbCommand::Repair { by } => {
            Store::repair(&config.database_url).await?;
            store(&config).await?.record_act(&by.actor(), Act::on("db.repair", "rights")).await?;
            println!("All roles have their rights and policies.");
        }
        DbCommand::HoldQueued { yes, by } => {
            let store = store(&config).await?;
            ask(yes, "this makes dead letters of all messages and replies that wait")?;
            let (messages, sends) = store.hold_queued(&by.actor()).await?;
            println!(
                "{messages} messages and {sends} replies or forwards are dead letters now: see `switchboard dead list`."
            );
        }
        DbCommand::Seed => seed(&config).await?,
    }
    Ok(())
}

async fn seed(config: &Config) -> anyhow::Result<()> {
    if config.mode == Mode::Production {
        bail!("the demonstration listings are for development mode only: set SWITCHBOARD_ENV=development");
    }
    let now = config.clock.now();
    let set: Vec<Seeded> = serde_json::from_str(SEED)?;
    let mut owners: Vec<String> = Vec::new();
    let demos: Vec<Demo> = set.into_iter().map(|seeded| seeded.into_demo(config, &mut owners, now)).collect();
    match store(config).await?.seed(&demos, &config.defaults.currency, now).await? {
        0 => println!("There are listings already: nothing was added."),
        n => println!("{n} demonstration listings were added, so that a first search finds something."),
    }
    Ok(())
}

impl Seeded {
    fn into_demo(self, config: &Config, owners: &mut Vec<String>, now: i64) -> Demo {
        let number = owners.iter().position(|known| *known == self.owner).unwrap_or_else(|| {
            owners.push(self.owner.clone());
            owners.len() - 1
        });
        let money = |units: Option<u64>| {
            units.map(|units| Money { hundredths: units * 100, currency: config.defaults.currency.clone() })
        };
        let mut attributes = self.attributes;
        if let Some(hours) = self.in_hours {
            attributes.insert("at".into(), (now + hours * 3_600_000).into());
        }
        // The coordinates of a ride's destination.
        if let Some(to) = attributes.get("to").and_then(Value::as_str).and_then(|to| find_places(to).into_iter().next())
            && let Some(point) = to.point
        {
            attributes.insert("to_lat".into(), point.latitude.into());
            attributes.insert("to_lng".into(), point.longitude.into());
        }
        let place = find_places(&self.place).into_iter().next();
        Demo {
            agent: self.agent,
            owner: self.owner,
            phone: format!("{NUMBERS}{number:02}"),
            draft: Draft {
                kind: self.kind,
                title: self.title,
                description: self.description,
                category: self.category,
                price: money(self.price),
                price_max: money(self.price_max),
                price_unit: self.unit,
                place: place.or(Some(Place { point: None, name: Some(self.place), address: None })),
                attributes: Value::Object(attributes).to_string(),
                images: Vec::new(),
                contact: ContactPolicy::Ask,
            },
        }
    }
}
