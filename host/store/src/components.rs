//! Components that hosts share: only on Postgres, since a file has one host.

use super::{Store, StoreError, Watcher, db::Row, dialect::postgres_only};

/// A component that hosts share, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Its file's name.
    pub file: String,
    /// Of its bytes, in hex.
    pub sha256: String,
    /// When its file was changed, at the host that published it, in milliseconds.
    pub published_at: i64,
}

impl Store {
    /// Whether other hosts may have this database too.
    pub fn is_shared(&self) -> bool {
        matches!(self.inner.watcher, Watcher::Postgres)
    }

    /// What is shared.
    pub async fn components(&self) -> Result<Vec<Component>, StoreError> {
        let rows = self.query(postgres_only("select file, sha256, published_at from component")).all().await?;
        let component = |row: &Row| -> Result<Component, sqlx::Error> {
            Ok(Component { file: row.get(0)?, sha256: row.get(1)?, published_at: row.get(2)? })
        };
        Ok(rows.iter().map(component).collect::<Result<_, _>>()?)
    }

    /// The bytes of one, if it is still that one.
    pub async fn component(&self, file: &str, sha256: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self
            .query(postgres_only("select body from component where file = $1 and sha256 = $2"))
            .bind(file)
            .bind(sha256)
            .maybe()
            .await?)
    }

    /// Puts one in the place of an older one of its name; one that another host put there meanwhile, and is newer, stays.
    pub async fn publish_component(&self, file: &str, sha256: &str, body: Vec<u8>, at: i64) -> Result<(), StoreError> {
        let sql = postgres_only("insert into component (file, sha256, body, published_at) values ($1, $2, $3, $4)
            on conflict (file) do update set sha256 = excluded.sha256, body = excluded.body, published_at = excluded.published_at
            where component.published_at < excluded.published_at");
        let values = vec![file.into(), sha256.into(), body.into(), at.into()];
        self.inner.writer.plain(sql, values).await.map(drop)
    }
}
