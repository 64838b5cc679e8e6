//! Opens a database, by its address.

use std::path::PathBuf;

use crate::{Store, StoreError, StoreOptions, postgres, sqlite};

impl Store {
    /// Opens a database and brings its schema up to date. A file is made if it is not there; a server is waited for by a host.
    pub async fn open(url: &str, options: StoreOptions) -> Result<Store, StoreError> {
        if let Some(server) = postgres::Server::parse(url)? {
            return postgres::open(server, options).await;
        }
        sqlite::open(file_of(url)?, options).await
    }

    /// Adopts what a project on Postgres already has under our names, and brings the schema up to date; a sentence for each thing done.
    pub async fn adopt(url: &str) -> Result<Vec<String>, StoreError> {
        let server = postgres::Server::parse(url)?
            .ok_or_else(|| StoreError::Server("only a database of Postgres has anything to adopt".into()))?;
        postgres::adopt(&server).await
    }

    /// The migrations that this database has, and the latest that this program knows: `(1..=has, wanted)`.
    pub async fn schema_version(url: &str) -> Result<(i64, i64), StoreError> {
        match postgres::Server::parse(url)? {
            Some(server) => postgres::version(&server).await,
            None => sqlite::version(&file_of(url)?).await,
        }
    }

    /// Makes a database on a server of Postgres and gives its address: for tests, which want one each.
    pub async fn new_database(server: &str) -> Result<String, StoreError> {
        postgres::create(server).await
    }
}

/// The file that an address names.
pub(crate) fn file_of(url: &str) -> Result<PathBuf, StoreError> {
    let scheme = || url.split("//").next().unwrap_or_default().to_owned();
    let path = url
        .strip_prefix("sqlite://")
        .or_else(|| url.strip_prefix("sqlite:"))
        .ok_or_else(|| StoreError::Address(scheme()))?;
    let path = path.split('?').next().unwrap_or_default();
    if path.is_empty() || path == ":memory:" { Err(StoreError::Address(url.into())) } else { Ok(path.into()) }
}
