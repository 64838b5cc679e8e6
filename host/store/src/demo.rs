//! A demonstration set, so that a newcomer's first search finds something.

use uuid::Uuid;

use super::{
    Store, StoreError,
    effect_rows::listing,
    effects::{EffectKind, EffectRow, LISTING_MS, Mark},
    op,
    time::iso,
    value::Arg,
};
use switchboard_core::contract::listings::Draft;

/// A listing of the set, and whose it is.
pub struct Demo {
    /// The agent in whose domain it is.
    pub agent: String,
    /// The owner's name.
    pub owner: String,
    /// The owner's number, digits with the country code. Demonstrations only: nothing may be sent to it.
    pub phone: String,
    /// What is listed.
    pub draft: Draft,
}

impl Store {
    /// Puts a set into the database, unless anything is listed there already; gives how many listings were put. `currency` is that of
    /// listings that name no price.
    pub async fn seed(&self, set: &[Demo], currency: &str, now: i64) -> Result<usize, StoreError> {
        if self.count("select count(*) from unified_listings").await? > 0 {
            return Ok(0);
        }
        let (at, expires) = (iso(now), iso(now + LISTING_MS));
        let mut marks: Vec<Mark> = Vec::new();
        for demo in set {
            let person = match self.person_of(&demo.phone).await? {
                Some(person) => person,
                None => self.demo_person(demo, now).await?,
            };
            let id = Uuid::now_v7();
            let listing = listing(id, &demo.draft, currency, at.clone(), expires.clone());
            for kind in [EffectKind::ListingCreate(Box::new(listing)), EffectKind::Matched { id, at: at.clone() }] {
                marks.push(Mark::Effect(EffectRow { agent: demo.agent.clone(), person: Some(person), now, kind }));
            }
        }
        // Nothing was queued, so no lane was claimed.
        self.inner
            .writer
            .ask(|answer| op::Op::Queue { brought: Vec::new(), marks, uses: Vec::new(), now, answer })
            .await??;
        Ok(set.len())
    }

    async fn demo_person(&self, demo: &Demo, now: i64) -> Result<Uuid, StoreError> {
        let person = Uuid::now_v7();
        let bucket = i64::from((self.inner.options.bucket)(&demo.phone));
        let text = |text: &str| Arg::from(text);
        let sql = "insert into person (person_id, bucket, phone, name, created_at) values ($1::uuid, $2, $3, $4, $5)";
        let values =
            vec![text(&person.to_string()), Arg::from(bucket), text(&demo.phone), text(&demo.owner), Arg::from(now)];
        self.inner.writer.plain(sql, values).await?;
        let sql = "insert into identity (kind, value, person_id, since) values ('phone', $1, $2::uuid, $3)";
        let values = vec![text(&demo.phone), text(&person.to_string()), Arg::from(now)];
        self.inner.writer.plain(sql, values).await?;
        Ok(person)
    }
}
