//! Listings that people reported.

use uuid::Uuid;

use crate::{
    Store, StoreError,
    db::{Arg, Row},
    value::uuid,
};
use switchboard_core::act::{Act, Actor};

/// A listing that somebody reported.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Reported {
    /// The listing.
    pub id: Uuid,
    /// The agent whose it is.
    pub domain: String,
    /// Its title.
    pub title: String,
    /// What was said against it.
    pub reasons: String,
}

impl Store {
    /// Listings that reports have hidden, the oldest report first.
    pub async fn reported(&self) -> Result<Vec<Reported>, StoreError> {
        let rows = self
            .query(
                "select l.id::text, l.domain, l.title, string_agg(r.reason, '; ') from unified_listings as l
                 join listing_report as r on r.listing_id = l.id where l.hidden_at is not null and l.status = 'active'
                 group by l.id order by l.hidden_at",
            )
            .all()
            .await?;
        let reported = |row: &Row| -> Result<Reported, sqlx::Error> {
            Ok(Reported { id: uuid(row.get(0)?), domain: row.get(1)?, title: row.get(2)?, reasons: row.get(3)? })
        };
        Ok(rows.iter().map(reported).collect::<Result<_, _>>()?)
    }

    /// The end of a report: the listing is shown again, or removed. False if there is no such listing hidden.
    pub async fn report_decided(&self, listing: Uuid, keep: bool, actor: &Actor) -> Result<bool, StoreError> {
        let sql = "update unified_listings set hidden_at = null, status = case when $2 then status else 'removed' end
                   where id = $1::uuid and hidden_at is not null";
        let values = vec![Arg::from(listing), Arg::from(keep)];
        let act = Act::on(if keep { "report.keep" } else { "report.remove" }, listing.to_string());
        Ok(self.audited(sql, values, actor, act).await? > 0)
    }
}
