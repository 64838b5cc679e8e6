//! Listings as capabilities read them: one, a person's own, and the search.

use uuid::Uuid;

use crate::{
    Store, StoreError,
    dialect::Pair,
    stored,
    terms::{self, Fit, Wanted},
    time::iso,
    value::{Row, uuid},
    words::Word,
};
use switchboard_core::{
    contract::{
        listings,
        quotas::StoredListings,
        search,
        types::{Money, Place, Point},
    },
    place::distance_km,
};

/// Rows of a person's own, at the most.
pub(crate) const MINE_MAX: i64 = 50;

/// A kilometre of latitude, in degrees.
const DEGREES_PER_KM: f64 = 1.0 / 111.2;

/// The columns of a listing.
macro_rules! columns {
    () => {
        "l.id::text, l.domain, l.listing_type, l.title, l.description, l.category, cast(l.price as double precision),
    cast(l.price_max as double precision), l.currency, l.price_unit, l.location_text, l.lat, l.lng, l.attributes::text, l.images::text,
    l.contact_policy, l.status, l.owner_user_id::text, p.name,
    ms(l.created_at), ms(l.expires_at),
    l.hidden_at is not null"
    };
}

/// Listings with their owners.
macro_rules! from {
    () => {
        " from unified_listings as l join person as p on p.person_id = l.owner_user_id "
    };
}

/// Listings without a place are near everywhere.
macro_rules! nowhere {
    () => {
        " union all select i.id from unified_listings as i
    where i.lat is null and i.status = 'active' and i.domain in (select value from texts($1::jsonb) as t))"
    };
}

/// The one ranking: without words everything fits; with words, what has enough of the parts and one of them well. Of a listing that still
/// has the terms of an indexer before this one, a part is enough. Where test numbers are kept apart (`$13`), their people and others do not
/// find each other's.
macro_rules! ranked {
    () => {
        concat!(
            "with wanted as (select value->>0 as term, (value->>1)::bigint as part, (value->>2)::bigint as weight,
                     (value->>3)::bigint as counts, (value->>4)::bigint as decides from each($3::jsonb) as t),
                 hits as (select w.listing_id, t.part, max(t.weight) as weight, max(t.counts) as counts, max(t.weight * t.decides) as decides
                     from listing_word as w join wanted as t on t.term = w.word group by 1, 2),
                 fits as (select listing_id, cast(sum(counts) as bigint) as n, cast(sum(weight) as bigint) as weight, max(decides) as decides
                     from hits group by 1)
             select ",
            columns!(),
            ", fits.n, fits.weight",
            from!(),
            "left join fits on fits.listing_id = l.id
             where l.domain in (select value from texts($1::jsonb) as t) and l.status = 'active' and l.hidden_at is null
             and l.expires_at > $4::timestamptz and l.owner_user_id <> $2::uuid and ($3 = '[]' or fits.n >= $10 and fits.decides >= $11 or fits.n > 0 and not exists
                 (select 1 from listing_word as v where v.word = $12 and v.listing_id = l.id))
             and ($5::text is null or l.listing_type = $5) and ($6::text is null or l.category = $6)
             and not exists (select 1 from each($9::jsonb) as a
                 where cast(coalesce(l.attributes ->> (a.value->>0), '') as text) <> a.value->>1)
             and ($7::float8 is null or coalesce(l.price_max, l.price) >= $7) and ($8::float8 is null or l.price <= $8)
             and ($13 = 0 or (l.owner_user_id in (select t.person_id from lane as t where substr(t.business, 1, 5) = 'test:'))
                 = ($2::uuid in (select t.person_id from lane as t where substr(t.business, 1, 5) = 'test:'))) "
        )
    };
}

macro_rules! newest {
    () => {
        " order by coalesce(fits.n, 0) desc, coalesce(fits.weight, 0) desc, l.created_at desc limit 1000"
    };
}

const RANKED: &str = concat!(ranked!(), newest!());

/// The same, in a square: south, north, west, east. Each database has an index of its own for it.
const RANKED_NEAR: Pair = Pair {
    postgres: concat!(
        ranked!(),
        "and l.id in (select i.id from unified_listings as i where i.status = 'active' and i.lat is not null and i.lng is not null
    and point(i.lng, i.lat) <@ box(point($16, $14), point($17, $15))",
        nowhere!(),
        newest!()
    ),
    sqlite: concat!(
        ranked!(),
        "and l.id in (select i.id from listing_place as p join unified_listings as i on i.rowid = p.listing
    where p.lat_max >= $14 and p.lat_min <= $15 and p.lng_max >= $16 and p.lng_min <= $17",
        nowhere!(),
        newest!()
    ),
};

impl Store {
    /// One listing of a domain, as a person sees it.
    pub async fn listing(&self, domain: &str, person: Uuid, id: Uuid) -> Result<Option<listings::Listing>, StoreError> {
        let sql = concat!("select ", columns!(), from!(), "where l.id = $1::uuid and l.domain = $2");
        let row = self.query(sql).bind(id).bind(domain).optional().await?;
        Ok(row.as_ref().map(|row| listing(row, person)).transpose()?)
    }

    /// Active listings of others, best first.
    pub async fn listings_search(
        &self,
        domain: &str,
        person: Uuid,
        query: &listings::Query,
        now: i64,
    ) -> Result<Vec<listings::Listing>, StoreError> {
        self.ranked(&[domain], person, query, now).await
    }

    /// Active listings of others in all of these domains, best first. Words without a content find nothing.
    pub async fn search(
        &self,
        domains: &[String],
        person: Uuid,
        query: &search::Query,
        now: i64,
    ) -> Result<Vec<search::Hit>, StoreError> {
        if Wanted::of(&query.words).is_empty() {
            return Ok(Vec::new());
        }
        let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
        let query = listings::Query {
            words: query.words.clone(),
            kind: None,
            category: None,
            attributes: Vec::new(),
            price_min: None,
            price_max: query.price_max,
            near: query.near,
            radius_km: None,
            limit: query.limit,
            offset: query.offset,
        };
        let found = self.ranked(&domains, person, &query, now).await?;
        let hit = |listing: listings::Listing| search::Hit {
            agent: listing.domain,
            listing: listing.id,
            title: listing.draft.title,
            price: listing.draft.price,
            price_max: listing.draft.price_max,
            place: listing.draft.place,
            distance_km: listing.distance_km,
        };
        Ok(found.into_iter().map(hit).collect())
    }

    /// The one ranking: by the parts of the search that fit and how well, then by distance, then the newest.
    async fn ranked(
        &self,
        domains: &[&str],
        person: Uuid,
        query: &listings::Query,
        now: i64,
    ) -> Result<Vec<listings::Listing>, StoreError> {
        let wanted = Wanted::of(&query.words);
        // Words without a content list by the other bounds.
        let rows_wanted = if wanted.is_empty() { Vec::new() } else { wanted.rows() };
        let radius = query.near.zip(query.radius_km);
        let attributes: Vec<_> = query.attributes.iter().map(|attribute| (&attribute.name, &attribute.value)).collect();
        // A square around the circle; a degree of longitude is the shorter the farther from the equator.
        let square = radius.map(|(at, km)| {
            let (high, wide) = (km * DEGREES_PER_KM, km * DEGREES_PER_KM / at.latitude.to_radians().cos().max(0.01));
            [at.latitude - high, at.latitude + high, at.longitude - wide, at.longitude + wide]
        });
        let sql = if square.is_some() { RANKED_NEAR.of(self.dialect()) } else { RANKED };
        let rows = self
            .query(sql)
            .bind(serde_json::json!(domains).to_string())
            .bind(person)
            .bind(serde_json::json!(rows_wanted).to_string())
            .bind(iso(now))
            .bind(query.kind.as_deref())
            .bind(query.category.as_deref())
            .bind(query.price_min.map(|hundredths| hundredths as f64 / 100.0))
            .bind(query.price_max.map(|hundredths| hundredths as f64 / 100.0))
            .bind(serde_json::json!(attributes).to_string())
            .bind(wanted.needed())
            .bind(wanted.least())
            .bind(terms::VERSION)
            .bind(i64::from(self.inner.options.tests_apart));
        let rows = square.into_iter().flatten().fold(rows, |rows, edge| rows.bind(edge)).all().await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let mut listing = listing(row, person)?;
            let fit = Fit {
                parts: row.get::<Option<i64>>(22)?.unwrap_or_default(),
                weight: row.get::<Option<i64>>(23)?.unwrap_or_default(),
            };
            let point = listing.draft.place.as_ref().and_then(|place| place.point);
            listing.distance_km = query.near.zip(point).map(|(a, b)| distance_km(a, b));
            let too_far = listing.distance_km.zip(query.radius_km).is_some_and(|(distance, radius)| distance > radius);
            if !too_far {
                found.push((fit, listing));
            }
        }
        let far = f64::INFINITY;
        found.sort_by(|(a_fit, a), (b_fit, b)| {
            let nearer = || a.distance_km.unwrap_or(far).total_cmp(&b.distance_km.unwrap_or(far));
            b_fit.cmp(a_fit).then_with(nearer).then(b.created_at.cmp(&a.created_at))
        });
        let page = found.into_iter().map(|(_, listing)| listing).skip(query.offset as usize);
        Ok(page.take(query.limit.clamp(1, 50) as usize).collect())
    }

    /// A person's own listings, newest first.
    pub async fn listings_mine(&self, domain: &str, person: Uuid) -> Result<Vec<listings::Listing>, StoreError> {
        let sql = concat!(
            "select ",
            columns!(),
            from!(),
            "where l.owner_user_id = $1::uuid and l.domain = $2 order by l.created_at desc limit $3"
        );
        let query = self.query(sql).bind(person).bind(domain).bind(MINE_MAX);
        let rows = query.all().await?;
        Ok(rows.iter().map(|row| listing(row, person)).collect::<Result<_, _>>()?)
    }

    /// What is stored of a person's listings in a domain.
    pub async fn listings_stored(&self, domain: &str, person: Uuid) -> Result<StoredListings, StoreError> {
        let sql = "select count(*), count(case when status = 'active' then 1 end) from unified_listings
            where owner_user_id = $1::uuid and domain = $2";
        let row = self.query(sql).bind(person).bind(domain).optional().await?;
        let Some(row) = row else { return Ok(StoredListings::default()) };
        Ok(StoredListings { all: time(row.get(0)?), active: time(row.get(1)?) })
    }

    /// Whose a listing is, and who may have their contact.
    pub async fn listing_owner(
        &self,
        domain: &str,
        id: Uuid,
    ) -> Result<Option<(Uuid, listings::ContactPolicy)>, StoreError> {
        let row = self
            .query(
                "select owner_user_id::text, contact_policy from unified_listings where id = $1::uuid and domain = $2",
            )
            .bind(id)
            .bind(domain)
            .optional()
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some((uuid(row.get(0)?), listings::ContactPolicy::read(&row.get::<String>(1)?))))
    }

    /// A person's saved searches, newest first.
    pub async fn saved_searches(&self, domain: &str, person: Uuid) -> Result<Vec<listings::SavedSearch>, StoreError> {
        let rows = self.query(
            "select search_id::text, query, created_at from saved_search where person_id = $1::uuid and agent = $2 order by created_at desc, search_id desc",
        )
        .bind(person)
        .bind(domain)
        .all()
        .await?;
        let saved = |row: &Row| -> Result<Option<listings::SavedSearch>, sqlx::Error> {
            let query = stored::optional(row.get(1)?, "query");
            let (id, created_at) = (row.get(0)?, time(row.get(2)?));
            Ok(query.map(|query| listings::SavedSearch { id, query, created_at }))
        };
        Ok(rows.iter().filter_map(|row| saved(row).transpose()).collect::<Result<_, _>>()?)
    }
}

fn listing(row: &Row, person: Uuid) -> Result<listings::Listing, sqlx::Error> {
    let currency: String = row.get(8)?;
    let money = |units: Option<f64>| {
        units.map(|units| Money { hundredths: (units * 100.0).round() as u64, currency: currency.clone() })
    };
    let (lat, lng): (Option<f64>, Option<f64>) = (row.get(11)?, row.get(12)?);
    let point = lat.zip(lng).map(|(latitude, longitude)| Point { latitude, longitude });
    let name: Option<String> = row.get(10)?;
    let images: String = row.get(14)?;
    let owner = uuid(row.get(17)?);
    Ok(listings::Listing {
        id: row.get(0)?,
        domain: row.get(1)?,
        draft: listings::Draft {
            kind: row.get(2)?,
            title: row.get(3)?,
            description: row.get(4)?,
            category: row.get(5)?,
            price: money(row.get(6)?),
            price_max: money(row.get(7)?),
            price_unit: row.get(9)?,
            place: (point.is_some() || name.is_some()).then_some(Place { point, name, address: None }),
            attributes: row.get(13)?,
            images: stored::optional(Some(images), "images").unwrap_or_default(),
            contact: listings::ContactPolicy::read(&row.get::<String>(15)?),
        },
        // Reported: gone for everybody but its owner, until somebody has looked.
        status: match row.get(21)? {
            true if owner != person => listings::Status::Removed,
            _ => listings::Status::read(&row.get::<String>(16)?),
        },
        mine: owner == person,
        owner_name: first_word(row.get(18)?),
        created_at: time(row.get(19)?),
        expires_at: time(row.get(20)?),
        distance_km: None,
    })
}

/// A time, or a count, as the contract has it.
pub(crate) fn time(ms: i64) -> u64 {
    u64::try_from(ms).unwrap_or_default()
}

/// What others see of a name.
pub(crate) fn first_word(name: Option<String>) -> Option<String> {
    name.and_then(|name| name.split_whitespace().next().map(str::to_owned))
}
