//! Signatures of components, by the SHA-256 of their bytes. Nothing is trusted because it stands here: each host checks a signature by the
//! keys of its own `plugins.toml`.

use super::{Store, StoreError};

impl Store {
    /// Keeps the signature of a component; a later one takes the place of the one before.
    pub async fn keep_signature(&self, sha256: &str, signature: &str, now: i64) -> Result<(), StoreError> {
        let sql = "insert into component_signature (sha256, signature, at) values ($1, $2, $3)
            on conflict (sha256) do update set signature = excluded.signature, at = excluded.at
            where component_signature.signature <> excluded.signature";
        self.inner.writer.plain(sql, vec![sha256.into(), signature.into(), now.into()]).await.map(drop)
    }

    /// The signature of a component; `None` if it has none.
    pub async fn signature(&self, sha256: &str) -> Result<Option<String>, StoreError> {
        let sql = "select signature from component_signature where sha256 = $1";
        Ok(self.query(sql).bind(sha256).maybe().await?)
    }
}
