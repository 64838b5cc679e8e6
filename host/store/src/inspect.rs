//! What the schema should have and does not: for `doctor`.

use std::collections::BTreeSet;

use super::{
    Store, StoreError,
    dialect::{postgres_only, sqlite_only},
    tables::{self, Schema},
};

/// The views of the legacy service.
const VIEWS: [&str; 5] = ["marketplace_listings", "jobs", "properties", "job_applications", "property_inquiries"];

/// What is wrong with a schema; all of it empty where nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchemaFaults {
    /// Indexes that the migrations make and that are not there, or not valid.
    pub indexes: Vec<String>,
    /// Views of the legacy service that are not there. Postgres only.
    pub views: Vec<String>,
    /// Tables in `public` without row security or any policy. Postgres only.
    pub open_tables: Vec<String>,
    /// What the database's own check says. SQLite only.
    pub damage: Vec<String>,
}

impl Store {
    /// The versions of the database's collation, if they differ: the one that its indexes were built with, and the one that the server's
    /// system has now. The host's own keys compare by bytes and do not mind; the project's indexes of texts may.
    pub async fn collation_change(&self) -> Result<Option<(String, String)>, StoreError> {
        if !self.is_shared() {
            return Ok(None);
        }
        let versions = postgres_only(
            "select datcollversion, pg_catalog.pg_database_collation_actual_version(oid) from pg_catalog.pg_database
             where datname = current_database() and datcollversion <> pg_catalog.pg_database_collation_actual_version(oid)",
        );
        let row = self.query(versions).optional().await?;
        Ok(row.map(|row| Ok::<_, sqlx::Error>((row.get(0)?, row.get(1)?))).transpose()?)
    }

    /// Compares the schema with what the migrations make of it.
    pub async fn inspect(&self) -> Result<SchemaFaults, StoreError> {
        let texts: Vec<String> = match self.is_shared() {
            true => sqlx::migrate!("../../migrations/postgres")
                .iter()
                .map(|migration| migration.sql.as_str().to_owned())
                .collect(),
            false => sqlx::migrate!("../../migrations/sqlite")
                .iter()
                .map(|migration| migration.sql.as_str().to_owned())
                .collect(),
        };
        let wanted = indexes(&texts);
        let names = |rows: Vec<super::db::Row>| -> Result<BTreeSet<String>, StoreError> {
            Ok(rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?)
        };
        let missing = |there: &BTreeSet<String>| wanted.iter().filter(|name| !there.contains(*name)).cloned().collect();
        if !self.is_shared() {
            let there =
                names(self.query(sqlite_only("select name from sqlite_master where type = 'index'")).all().await?)?;
            let said = names(self.query(sqlite_only("select quick_check from pragma_quick_check")).all().await?)?;
            let damage = said.into_iter().filter(|said| said != "ok").collect();
            return Ok(SchemaFaults { indexes: missing(&there), damage, ..SchemaFaults::default() });
        }
        let valid = postgres_only(
            "select c.relname::text from pg_catalog.pg_class as c join pg_catalog.pg_index as i on i.indexrelid = c.oid where i.indisvalid",
        );
        let there = names(self.query(valid).all().await?)?;
        let views = postgres_only("select viewname::text from pg_catalog.pg_views where schemaname = 'public'");
        let views_there = names(self.query(views).all().await?)?;
        let open = postgres_only(
            "select c.relname::text from pg_catalog.pg_class as c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
            and c.relname::text in (select value from texts($1::jsonb) as t)
            and (not c.relrowsecurity or not exists (select 1 from pg_catalog.pg_policy as p where p.polrelid = c.oid))",
        );
        let ours = tables::ALL.iter().filter(|table| table.schema == Schema::Public).map(|table| table.name);
        let ours = serde_json::json!(ours.collect::<Vec<_>>()).to_string();
        let open = names(self.query(open).bind(ours).all().await?)?;
        let views = VIEWS.iter().filter(|name| !views_there.contains(**name)).map(|name| (*name).to_owned());
        Ok(SchemaFaults {
            indexes: missing(&there),
            views: views.collect(),
            open_tables: open.into_iter().collect(),
            damage: Vec::new(),
        })
    }
}

/// The names of all indexes that migrations make and do not drop again.
fn indexes(texts: &[String]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in texts.iter().flat_map(|text| text.lines()) {
        let name = |rest: &str| rest.split([' ', ';', '(']).next().unwrap_or_default().to_owned();
        let made = ["create index ", "create unique index "].into_iter().find_map(|words| line.strip_prefix(words));
        if let Some(rest) = made {
            names.insert(name(rest));
        } else if let Some(rest) = line.strip_prefix("drop index ") {
            names.remove(&name(rest));
        }
    }
    names
}
