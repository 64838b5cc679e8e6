//! `switchboard db`: the database's own matters.

use anyhow::bail;
use clap::Subcommand;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::store;
use crate::config::{Config, Mode};
use switchboard_core::contract::{
    listings::{ContactPolicy, Draft},
    types::{Money, Place},
};
use switchboard_sandbox::agent::find_places;
use switchboard_store::{Demo, Role, Store, StoreOptions};

/// Listings in Kigali and beyond, all of them made up.
const SEED: &str = include_str!("seed.json");

/// The numbers of the set's owners begin so. They are never written to: in development mode replies go to the emulator.
const NUMBERS: &str = "2507800001";

#[derive(Subcommand)]
pub(super) enum Options {
    /// Bring the schema up to this program's version. `serve` does so by itself.
    Migrate,
    /// Say which schema the database has, and which this program wants.
    Status,
    /// On Postgres: take over what a project already has under our names, an `app_config` of one row and tables of the service before,
    /// and bring the schema up to date. Nothing is dropped.
    Adopt,
    /// Copy a file of SQLite, whose host has stopped, into the empty database of `DATABASE_URL`.
    Copy {
        /// The file, such as sqlite://data/switchboard.db.
        from: String,
    },
    /// Fill an empty database of development mode with a demonstration set.
    Seed,
}

/// A listing of the set.
#[derive(Deserialize)]
struct Seeded {
    agent: String,
    owner: String,
    kind: String,
    title: String,
    description: Option<String>,
    category: Option<String>,
    /// In the currency's unit.
    price: Option<u64>,
    price_max: Option<u64>,
    unit: Option<String>,
    place: String,
    /// A ride leaves so many hours from now.
    in_hours: Option<i64>,
    attributes: Map<String, Value>,
}

pub(super) async fn run(options: Options) -> anyhow::Result<()> {
    let config = Config::from_environment()?;
    match options {
        Options::Migrate => {
            // Opening a store migrates it.
            store(&config).await?;
            println!("The database has this program's schema.");
        }
        Options::Status => {
            let (has, wanted) = Store::schema_version(&config.database_url).await?;
            println!("The database has migration {has}; this program knows {wanted}.");
            match has.cmp(&wanted) {
                std::cmp::Ordering::Less => bail!("run `switchboard db migrate`"),
                std::cmp::Ordering::Equal => {}
                std::cmp::Ordering::Greater => println!("It is newer than this program, which serves it all the same."),
            }
        }
        Options::Adopt => {
            for line in Store::adopt(&config.database_url).await? {
                println!("{line}");
            }
            println!("The database has this program's schema.");
        }
        Options::Copy { from } => {
            // As a host: nobody else may write meanwhile, and what was being sent waits for its status.
            let from = Store::open(&from, StoreOptions { role: Role::Serve, ..StoreOptions::default() }).await?;
            for (table, count) in from.copy_to(&store(&config).await?).await? {
                println!("{table:<24} {count:>10}");
            }
            println!("All rows are there, table by table.");
        }
        Options::Seed => seed(&config).await?,
    }
    Ok(())
}

async fn seed(config: &Config) -> anyhow::Result<()> {
    if config.mode == Mode::Production {
        bail!("the demonstration set is for development mode only: set SWITCHBOARD_ENV=development");
    }
    let now = config.clock.now();
    let set: Vec<Seeded> = serde_json::from_str(SEED)?;
    let mut owners: Vec<String> = Vec::new();
    let demos: Vec<Demo> = set.into_iter().map(|seeded| seeded.into_demo(config, &mut owners, now)).collect();
    match store(config).await?.seed(&demos, &config.defaults.currency, now).await? {
        0 => println!("Something is listed already: nothing was put."),
        n => println!("A demonstration set of {n} listings was put, so that a first search finds something."),
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
        // A place's own point, for where a ride ends.
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
