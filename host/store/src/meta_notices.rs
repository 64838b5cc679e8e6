//! Meta's notices about the account, its numbers and its templates, as the webhook brought them.

use switchboard_core::meta_notice::{MetaNotice, STANDS_MS_MAX};

use crate::{Store, StoreError, db::Row};

impl Store {
    /// Keeps a notice; gives whether it was not known before: Meta delivers again.
    pub async fn keep_meta_notice(&self, notice: &MetaNotice) -> Result<bool, StoreError> {
        let sql = "insert into meta_notice (field, event, subject, at, body) values ($1, $2, $3, $4, $5::jsonb)
            on conflict (field, event, subject, at) do nothing";
        let MetaNotice { field, event, subject, at, body } = notice;
        let values = vec![
            field.as_str().into(),
            event.as_str().into(),
            subject.as_str().into(),
            (*at).into(),
            body.as_str().into(),
        ];
        Ok(self.inner.writer.plain(sql, values).await? > 0)
    }

    /// The notices that may still stand, the oldest first.
    pub async fn meta_notices(&self, now: i64) -> Result<Vec<MetaNotice>, StoreError> {
        let sql = "select field, event, subject, at, body::text from meta_notice where at > $1 order by at, notice_id limit 1000";
        let rows = self.query(sql).bind(now - STANDS_MS_MAX).all().await?;
        let notice = |row: &Row| -> Result<MetaNotice, sqlx::Error> {
            Ok(MetaNotice {
                field: row.get(0)?,
                event: row.get(1)?,
                subject: row.get(2)?,
                at: row.get(3)?,
                body: row.get(4)?,
            })
        };
        Ok(rows.iter().map(notice).collect::<Result<_, _>>()?)
    }
}
