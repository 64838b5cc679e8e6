//! Files that people sent: what is fetched next, what is kept, and who may use it.

use uuid::Uuid;

use crate::{
    Store, StoreError,
    db::Row,
    value::{Arg, uuid},
};
use switchboard_core::file::{FileQuotas, FileState, id_of};

/// A file that a person sent.
#[derive(Clone, Debug)]
pub struct StoredFile {
    /// Our id of it.
    pub id: String,
    /// Whose it is.
    pub person: Uuid,
    /// Meta's id of it.
    pub media_id: String,
    /// `image`, `audio`, `video`, `document` or `sticker`.
    pub kind: String,
    /// As its sender named it.
    pub name: Option<String>,
    /// Its MIME type: of a kept file as its bytes say.
    pub mime_type: String,
    /// How far the host is with it.
    pub state: FileState,
    /// Fetches that were begun.
    pub attempts: i64,
    /// Then it is given up.
    pub until_at: i64,
}

/// Files in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileFigures {
    /// Files that are to be fetched.
    pub pending: i64,
    /// Files that are kept.
    pub kept: i64,
    /// Their bytes.
    pub bytes: i64,
}

/// The columns of [`StoredFile`].
macro_rules! files {
    () => {
        "select f.file_id, f.person_id::text, f.media_id, f.kind, f.name, f.mime_type, f.state, f.attempts, f.until_at from file as f where "
    };
}

/// Whether the fetch of a file is due: `$1` is now. Its turn comes first.
macro_rules! file_is_due {
    () => {
        "f.state = 'pending' and f.due_at <= $1 and not exists (select 1 from message as m
            where m.message_id = f.message_id and m.state in ('queued', 'held', 'stored'))"
    };
}

/// The same, for the watcher's question.
pub(super) const FILE_IS_DUE: &str = file_is_due!();

fn stored(row: &Row) -> Result<StoredFile, sqlx::Error> {
    Ok(StoredFile {
        id: row.get(0)?,
        person: uuid(row.get(1)?),
        media_id: row.get(2)?,
        kind: row.get(3)?,
        name: row.get(4)?,
        mime_type: row.get(5)?,
        state: FileState::read(&row.get::<String>(6)?),
        attempts: row.get(7)?,
        until_at: row.get(8)?,
    })
}

impl Store {
    /// A file by its id.
    pub async fn file(&self, id: &str) -> Result<Option<StoredFile>, StoreError> {
        let row = self.query(concat!(files!(), "f.file_id = $1")).bind(id).optional().await?;
        Ok(row.as_ref().map(stored).transpose()?)
    }

    /// How far the host is with a file, for an agent in a person's turn: one that this person sent, or one in a listing of the agent's own
    /// domain. None for every other, whether there is one or not.
    pub async fn file_state(&self, agent: &str, person: Uuid, handle: &str) -> Result<Option<FileState>, StoreError> {
        let sql = "select f.state from file as f where f.file_id = $1 and f.kind || ':' || f.file_id = $2
            and (f.person_id = $3::uuid or exists (select 1 from unified_listings as l
                where l.owner_user_id = f.person_id and l.domain = $4 and l.images::text like '%\"' || $2 || '\"%'))";
        let query = self.query(sql).bind(id_of(handle)).bind(handle).bind(person).bind(agent);
        Ok(query.maybe::<String>().await?.map(|state| FileState::read(&state)))
    }

    /// Files whose fetch is due and that a turn has had, the longest due first.
    pub async fn files_due(&self, now: i64, limit: i64) -> Result<Vec<StoredFile>, StoreError> {
        let sql = concat!(files!(), file_is_due!(), " order by f.due_at limit $2");
        let rows = self.query(sql).bind(now).bind(limit).all().await?;
        Ok(rows.iter().map(stored).collect::<Result<_, _>>()?)
    }

    /// Begins a fetch; false if somebody else has begun it. The host that began it is taken for gone at `until`.
    pub async fn begin_fetch(&self, file: &StoredFile, until: i64) -> Result<bool, StoreError> {
        let sql = "update file set attempts = attempts + 1, due_at = $3 where file_id = $1 and attempts = $2 and state = 'pending'";
        let values = vec![file.id.as_str().into(), file.attempts.into(), until.into()];
        Ok(self.inner.writer.plain(sql, values).await? > 0)
    }

    /// Notes that a file is kept, if its person's quotas allow it; false if they do not, or if its person was forgotten meanwhile. The
    /// quota of all is looked at before the fetch, by [`file_fits`](Store::file_fits): a sum over all files is no work for the writer.
    pub async fn file_kept(
        &self,
        file: &StoredFile,
        (mime_type, bytes): (&str, i64),
        quotas: FileQuotas,
    ) -> Result<bool, StoreError> {
        let sql = "update file set state = 'kept', mime_type = $2, bytes = $3, error = null where file_id = $1 and state = 'pending'
            and (select count(*) from file as k where k.person_id = file.person_id and k.state = 'kept') < $4
            and (select coalesce(sum(k.bytes), 0) from file as k where k.person_id = file.person_id and k.state = 'kept') + $3 <= $5";
        let values: Vec<Arg> = vec![
            file.id.as_str().into(),
            mime_type.into(),
            bytes.into(),
            quotas.person_files.into(),
            quotas.person_bytes.into(),
        ];
        Ok(self.inner.writer.plain(sql, values).await? > 0)
    }

    /// Whether so many bytes more of a person fit into the quotas.
    pub async fn file_fits(&self, file: &StoredFile, bytes: i64, quotas: FileQuotas) -> Result<bool, StoreError> {
        let sql = "select count(*), cast(coalesce(sum(k.bytes), 0) as bigint),
                cast((select coalesce(sum(a.bytes), 0) from file as a where a.state = 'kept') as bigint)
            from file as k where k.person_id = $1::uuid and k.state = 'kept'";
        let row = self.query(sql).bind(file.person).optional().await?.ok_or(sqlx::Error::RowNotFound)?;
        let (files, of_person, of_all): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(files < quotas.person_files
            && of_person + bytes <= quotas.person_bytes
            && of_all + bytes <= quotas.all_bytes)
    }

    /// Notes that a file will not be kept, and why.
    pub async fn file_refused(&self, id: &str, error: &str) -> Result<(), StoreError> {
        let sql = "update file set state = 'refused', error = $2 where file_id = $1 and state = 'pending'";
        self.inner.writer.plain(sql, vec![id.into(), error.into()]).await.map(drop)
    }

    /// Notes that a fetch failed, and when the next is due.
    pub async fn file_later(&self, id: &str, due_at: i64, error: &str) -> Result<(), StoreError> {
        let sql = "update file set due_at = $2, error = $3 where file_id = $1 and state = 'pending'";
        self.inner.writer.plain(sql, vec![id.into(), due_at.into(), error.into()]).await.map(drop)
    }

    /// Those of these ids that no file has.
    pub async fn ids_without_file(&self, ids: &[String]) -> Result<Vec<String>, StoreError> {
        let sql = "select t.value from texts($1::jsonb) as t where not exists (select 1 from file as f where f.file_id = t.value)";
        Ok(self.query(sql).bind(serde_json::json!(ids).to_string()).values().await?)
    }

    /// Files in numbers.
    pub async fn file_figures(&self) -> Result<FileFigures, StoreError> {
        let sql = "select cast(coalesce(sum(case when state = 'pending' then 1 else 0 end), 0) as bigint),
                cast(coalesce(sum(case when state = 'kept' then 1 else 0 end), 0) as bigint),
                cast(coalesce(sum(case when state = 'kept' then bytes else 0 end), 0) as bigint) from file";
        let row = self.query(sql).optional().await?.ok_or(sqlx::Error::RowNotFound)?;
        Ok(FileFigures { pending: row.get(0)?, kept: row.get(1)?, bytes: row.get(2)? })
    }

    /// Says which folder this host keeps files in.
    pub async fn note_folder(&self, folder: &str) -> Result<(), StoreError> {
        let sql = "insert into host_status (node, seen_at, files) values ($1, $2, $3)
            on conflict (node) do update set seen_at = excluded.seen_at, files = excluded.files";
        self.inner.writer.plain(sql, vec![self.node().into(), self.now().into(), folder.into()]).await.map(drop)
    }

    /// How many folders of files the hosts that live have: more than one is a fault.
    pub async fn folders_of_hosts(&self) -> Result<i64, StoreError> {
        let sql = "select count(distinct files) from host_status where seen_at >= $1 and files is not null";
        Ok(self.query(sql).bind(self.now() - crate::options::ALIVE_MS).value().await?)
    }
}
