//! What capabilities read: listings, applications, matches, records, preferences.

use rust_stemmers::{Algorithm, Stemmer};
use sqlx::{Row, sqlite::SqliteRow};
use uuid::Uuid;

use super::{ApplicationParties, ContactCard, MatchParties, Store, StoreError, claims::uuid, iso, words::Word};
use crate::{
    agent::{
        contract::{applications, listings, matches, privacy, records, search, tickets},
        types::{Money, Place, Point},
    },
    phone::Phone,
    place::distance_km,
    route::fold,
};

/// Rows of a person's own, at the most.
const MINE_MAX: i64 = 50;

/// A kilometre of latitude, in degrees.
const DEGREES_PER_KM: f64 = 1.0 / 111.2;

const COLUMNS: &str = "l.id, l.domain, l.listing_type, l.title, l.description, l.category, l.price, l.price_max, l.currency, l.price_unit,
    l.location_text, l.lat, l.lng, l.attributes, l.images, l.contact_policy, l.status, l.owner_user_id, p.name,
    cast(round(unixepoch(l.created_at, 'subsec') * 1000) as integer), cast(round(unixepoch(l.expires_at, 'subsec') * 1000) as integer),
    l.hidden_at is not null";

const FROM: &str = "from unified_listings as l join person as p on p.person_id = l.owner_user_id";

impl Store {
    /// One document of an agent, of the agent itself if `person` is none.
    pub async fn record(
        &self,
        agent: &str,
        person: Option<Uuid>,
        collection: &str,
        key: &str,
    ) -> Result<Option<records::Document>, StoreError> {
        let row = sqlx::query(
            "select key, value, updated_at from record where agent = $1 and person_id = $2 and collection = $3 and key = $4",
        )
        .bind(agent)
        .bind(owner(person))
        .bind(collection)
        .bind(key)
        .fetch_optional(self.readers())
        .await?;
        Ok(row.as_ref().map(document).transpose()?)
    }

    /// The newest documents of a collection, newest first.
    pub async fn records_newest(
        &self,
        agent: &str,
        person: Option<Uuid>,
        collection: &str,
        limit: u32,
    ) -> Result<Vec<records::Document>, StoreError> {
        let rows = sqlx::query(
            "select key, value, updated_at from record where agent = $1 and person_id = $2 and collection = $3
             order by updated_at desc, key desc limit $4",
        )
        .bind(agent)
        .bind(owner(person))
        .bind(collection)
        .bind(limit)
        .fetch_all(self.readers())
        .await?;
        Ok(rows.iter().map(document).collect::<Result<_, _>>()?)
    }

    /// One listing of a domain, as a person sees it.
    pub async fn listing(&self, domain: &str, person: Uuid, id: Uuid) -> Result<Option<listings::Listing>, StoreError> {
        let sql = format!("select {COLUMNS} {FROM} where l.id = $1 and l.domain = $2");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(id.to_string())
            .bind(domain)
            .fetch_optional(self.readers())
            .await?;
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

    /// Active listings of others in all of these domains, best first.
    pub async fn search(
        &self,
        domains: &[String],
        person: Uuid,
        query: &search::Query,
        now: i64,
    ) -> Result<Vec<search::Hit>, StoreError> {
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

    /// The one ranking: by the number of words that fit, then by distance, then the newest.
    async fn ranked(
        &self,
        domains: &[&str],
        person: Uuid,
        query: &listings::Query,
        now: i64,
    ) -> Result<Vec<listings::Listing>, StoreError> {
        let stems = stems(&query.words);
        let radius = query.near.zip(query.radius_km);
        let attributes: Vec<_> = query.attributes.iter().map(|attribute| (&attribute.name, &attribute.value)).collect();
        let reach = radius.map(|(_, km)| km * DEGREES_PER_KM);
        // Without words everything fits; with words, only what has one of them, and more of them rank higher.
        let sql = format!(
            "with fits as (select listing_id, count(*) as n from listing_word where word in (select value from json_each($3)) group by 1)
             select {COLUMNS}, fits.n {FROM} left join fits on fits.listing_id = l.id
             where l.domain in (select value from json_each($1)) and l.status = 'active' and l.hidden_at is null
             and l.expires_at > $4 and l.owner_user_id <> $2 and ($3 = '[]' or fits.n > 0)
             and ($5 is null or l.listing_type = $5) and ($6 is null or l.category = $6)
             and not exists (select 1 from json_each($11) as a where cast(coalesce(l.attributes ->> (a.value->>0), '') as text) <> a.value->>1)
             and ($7 is null or coalesce(l.price_max, l.price) >= $7) and ($8 is null or l.price <= $8)
             and ($9 is null or l.lat is null or l.lat between $9 - $10 and $9 + $10)
             order by fits.n desc, l.created_at desc limit 1000"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(serde_json::json!(domains).to_string())
            .bind(person.to_string())
            .bind(serde_json::json!(stems).to_string())
            .bind(iso(now))
            .bind(&query.kind)
            .bind(&query.category)
            .bind(query.price_min.map(|hundredths| hundredths as f64 / 100.0))
            .bind(query.price_max.map(|hundredths| hundredths as f64 / 100.0))
            .bind(radius.map(|(near, _)| near.latitude))
            .bind(reach)
            .bind(serde_json::json!(attributes).to_string())
            .fetch_all(self.readers())
            .await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let mut listing = listing(row, person)?;
            let fits: Option<i64> = row.try_get(22)?;
            let point = listing.draft.place.as_ref().and_then(|place| place.point);
            listing.distance_km = query.near.zip(point).map(|(a, b)| distance_km(a, b));
            let too_far = listing.distance_km.zip(query.radius_km).is_some_and(|(distance, radius)| distance > radius);
            if !too_far {
                found.push((fits, listing));
            }
        }
        let far = f64::INFINITY;
        found.sort_by(|(a_fits, a), (b_fits, b)| {
            let nearer = || a.distance_km.unwrap_or(far).total_cmp(&b.distance_km.unwrap_or(far));
            b_fits.cmp(a_fits).then_with(nearer).then(b.created_at.cmp(&a.created_at))
        });
        let page = found.into_iter().map(|(_, listing)| listing).skip(query.offset as usize);
        Ok(page.take(query.limit.clamp(1, 50) as usize).collect())
    }

    /// A person's own listings, newest first.
    pub async fn listings_mine(&self, domain: &str, person: Uuid) -> Result<Vec<listings::Listing>, StoreError> {
        let sql = format!(
            "select {COLUMNS} {FROM} where l.owner_user_id = $1 and l.domain = $2 order by l.created_at desc limit $3"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(person.to_string()).bind(domain).bind(MINE_MAX);
        let rows = query.fetch_all(self.readers()).await?;
        Ok(rows.iter().map(|row| listing(row, person)).collect::<Result<_, _>>()?)
    }

    /// Whose a listing is, and who may have their contact.
    pub async fn listing_owner(
        &self,
        domain: &str,
        id: Uuid,
    ) -> Result<Option<(Uuid, listings::ContactPolicy)>, StoreError> {
        let row =
            sqlx::query("select owner_user_id, contact_policy from unified_listings where id = $1 and domain = $2")
                .bind(id.to_string())
                .bind(domain)
                .fetch_optional(self.readers())
                .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some((uuid(row.try_get(0)?), listings::ContactPolicy::read(row.try_get(1)?))))
    }

    /// The parties to an application.
    pub async fn application(&self, domain: &str, id: Uuid) -> Result<Option<ApplicationParties>, StoreError> {
        let row = sqlx::query(
            "select a.applicant_user_id, l.owner_user_id, a.listing_id, a.status from unified_applications as a
             join unified_listings as l on l.id = a.listing_id where a.id = $1 and a.domain = $2",
        )
        .bind(id.to_string())
        .bind(domain)
        .fetch_optional(self.readers())
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(ApplicationParties {
            applicant: uuid(row.try_get(0)?),
            owner: uuid(row.try_get(1)?),
            listing: uuid(row.try_get(2)?),
            status: applications::Status::read(row.try_get(3)?),
        }))
    }

    /// Whether a person has applied under a reference.
    pub async fn application_exists(&self, listing: Uuid, person: Uuid, reference: &str) -> Result<bool, StoreError> {
        let sql = "select exists (select 1 from unified_applications
                                  where listing_id = $1 and applicant_user_id = $2 and reference = $3)";
        let query = sqlx::query_scalar(sql).bind(listing.to_string()).bind(person.to_string()).bind(reference);
        Ok(query.fetch_one(self.readers()).await?)
    }

    /// A person's own applications, newest first.
    pub async fn applications_mine(
        &self,
        domain: &str,
        person: Uuid,
    ) -> Result<Vec<applications::Application>, StoreError> {
        self.applications("a.applicant_user_id = $1 and a.domain = $2", person, domain, None).await
    }

    /// The applications for a person's listing, newest first; empty if it is not theirs.
    pub async fn applications_received(
        &self,
        domain: &str,
        person: Uuid,
        listing: Uuid,
    ) -> Result<Vec<applications::Application>, StoreError> {
        self.applications("l.owner_user_id = $1 and a.domain = $2 and a.listing_id = $3", person, domain, Some(listing))
            .await
    }

    async fn applications(
        &self,
        which: &str,
        person: Uuid,
        domain: &str,
        of_listing: Option<Uuid>,
    ) -> Result<Vec<applications::Application>, StoreError> {
        let sql = format!(
            "select a.id, a.listing_id, l.title, a.message, a.attributes, a.status, p.name,
                    cast(round(unixepoch(a.created_at, 'subsec') * 1000) as integer), a.reference
             from unified_applications as a join unified_listings as l on l.id = a.listing_id
             join person as p on p.person_id = a.applicant_user_id where {which} order by a.created_at desc limit $4"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(person.to_string()).bind(domain);
        let rows = query.bind(of_listing.map(|id| id.to_string())).bind(MINE_MAX).fetch_all(self.readers()).await?;
        let application = |row: &SqliteRow| -> Result<applications::Application, sqlx::Error> {
            Ok(applications::Application {
                id: row.try_get(0)?,
                listing: row.try_get(1)?,
                reference: row.try_get(8)?,
                title: row.try_get(2)?,
                message: row.try_get::<Option<String>, _>(3)?.unwrap_or_default(),
                attributes: row.try_get(4)?,
                status: applications::Status::read(row.try_get(5)?),
                applicant_name: first_word(row.try_get(6)?),
                created_at: time(row.try_get(7)?),
            })
        };
        Ok(rows.iter().map(application).collect::<Result<_, _>>()?)
    }

    /// A match that a person is a side of.
    pub async fn match_of(&self, person: Uuid, id: Uuid) -> Result<Option<matches::Match>, StoreError> {
        self.one_match("m.id = $2 and $1 in (m.seeker_user_id, m.owner_user_id)", person, id).await
    }

    /// A seeker's match on a listing.
    pub async fn match_for(&self, person: Uuid, listing: Uuid) -> Result<Option<matches::Match>, StoreError> {
        self.one_match("m.listing_id = $2 and m.seeker_user_id = $1", person, listing).await
    }

    async fn one_match(&self, which: &str, person: Uuid, id: Uuid) -> Result<Option<matches::Match>, StoreError> {
        let sql = format!(
            "select m.id, m.listing_id, l.title, m.status, m.seeker_user_id = $1,
                    (select name from person where person_id = iif(m.seeker_user_id = $1, m.owner_user_id, m.seeker_user_id))
             from unified_matches as m join unified_listings as l on l.id = m.listing_id where {which}"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(person.to_string()).bind(id.to_string());
        let Some(row) = query.fetch_optional(self.readers()).await? else { return Ok(None) };
        let seeks: bool = row.try_get(4)?;
        Ok(Some(matches::Match {
            id: row.try_get(0)?,
            listing: row.try_get(1)?,
            title: row.try_get(2)?,
            status: matches::Status::read(row.try_get(3)?),
            side: if seeks { matches::Side::Seeker } else { matches::Side::Owner },
            other_name: first_word(row.try_get(5)?),
        }))
    }

    /// The parties to a match.
    pub async fn match_parties(&self, id: Uuid) -> Result<Option<MatchParties>, StoreError> {
        let row =
            sqlx::query("select seeker_user_id, owner_user_id, listing_id, status from unified_matches where id = $1")
                .bind(id.to_string())
                .fetch_optional(self.readers())
                .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(MatchParties {
            seeker: uuid(row.try_get(0)?),
            owner: uuid(row.try_get(1)?),
            listing: uuid(row.try_get(2)?),
            status: matches::Status::read(row.try_get(3)?),
        }))
    }

    /// How to reach a person. For the host alone, after it has checked that they agreed.
    pub async fn contact(&self, person: Uuid) -> Result<Option<ContactCard>, StoreError> {
        let query = sqlx::query("select name, phone from person where person_id = $1").bind(person.to_string());
        let Some(row) = query.fetch_optional(self.readers()).await? else { return Ok(None) };
        let phone: Option<String> = row.try_get(1)?;
        Ok(Some(ContactCard { name: row.try_get(0)?, phone: phone.and_then(|phone| Phone::parse(&phone).ok()) }))
    }

    /// A person's saved searches, newest first.
    pub async fn saved_searches(&self, domain: &str, person: Uuid) -> Result<Vec<listings::SavedSearch>, StoreError> {
        let rows = sqlx::query(
            "select search_id, query, created_at from saved_search where person_id = $1 and agent = $2 order by created_at desc, search_id desc",
        )
        .bind(person.to_string())
        .bind(domain)
        .fetch_all(self.readers())
        .await?;
        let saved = |row: &SqliteRow| -> Result<Option<listings::SavedSearch>, sqlx::Error> {
            let query = serde_json::from_str(row.try_get(1)?).ok();
            let (id, created_at) = (row.try_get(0)?, time(row.try_get(2)?));
            Ok(query.map(|query| listings::SavedSearch { id, query, created_at }))
        };
        Ok(rows.iter().filter_map(|row| saved(row).transpose()).collect::<Result<_, _>>()?)
    }

    /// The keys of a person's timers of one agent.
    pub async fn timers(&self, agent: &str, person: Uuid) -> Result<Vec<String>, StoreError> {
        let query =
            sqlx::query_scalar("select key from notice where agent = $1 and person_id = $2 and key is not null");
        Ok(query.bind(agent).bind(person.to_string()).fetch_all(self.readers()).await?)
    }

    /// A person's tickets, newest first.
    pub async fn tickets_of(&self, person: Uuid) -> Result<Vec<tickets::Ticket>, StoreError> {
        let rows = sqlx::query(
            "select number, subject, status, opened_at from ticket where person_id = $1 order by opened_at desc limit 20",
        )
        .bind(person.to_string())
        .fetch_all(self.readers())
        .await?;
        let ticket = |row: &SqliteRow| -> Result<tickets::Ticket, sqlx::Error> {
            Ok(tickets::Ticket {
                number: row.try_get(0)?,
                subject: row.try_get(1)?,
                status: tickets::Status::read(row.try_get(2)?),
                opened_at: time(row.try_get(3)?),
            })
        };
        Ok(rows.iter().map(ticket).collect::<Result<_, _>>()?)
    }

    /// What is held about a person, by kind; what there is none of is left out.
    pub async fn held(&self, person: Uuid) -> Result<Vec<privacy::Holding>, StoreError> {
        let rows = sqlx::query(
            "select 'messages', count(*) from message where lane_id in (select lane_id from lane where person_id = $1)
             union all select 'listings', count(*) from unified_listings where owner_user_id = $1
             union all select 'applications', count(*) from unified_applications where applicant_user_id = $1
             union all select 'contacts', count(*) from unified_matches where $1 in (seeker_user_id, owner_user_id)
             union all select 'records', count(*) from record where person_id = $1
             union all select 'preferences', count(*) from user_preferences where user_id = $1
             union all select 'searches', count(*) from saved_search where person_id = $1
             union all select 'tickets', count(*) from ticket where person_id = $1",
        )
        .bind(person.to_string())
        .fetch_all(self.readers())
        .await?;
        let held = |row: &SqliteRow| -> Result<privacy::Holding, sqlx::Error> {
            Ok(privacy::Holding { what: row.try_get(0)?, count: u32::try_from(row.try_get::<i64, _>(1)?).unwrap_or(0) })
        };
        let all: Vec<privacy::Holding> = rows.iter().map(held).collect::<Result<_, _>>()?;
        Ok(all.into_iter().filter(|held| held.count > 0).collect())
    }

    /// The handles of the files that a person has sent.
    pub async fn files_of(&self, person: Uuid) -> Result<Vec<String>, StoreError> {
        let handles = sqlx::query_scalar(
            "select json_extract(m.content, '$.Media.handle') from message as m join lane as l using (lane_id)
             where l.person_id = $1 and json_extract(m.content, '$.Media.handle') is not null",
        );
        Ok(handles.bind(person.to_string()).fetch_all(self.readers()).await?)
    }

    /// What a person likes.
    pub async fn preference(&self, person: Uuid, name: &str) -> Result<Option<String>, StoreError> {
        let query = sqlx::query_scalar("select value from user_preferences where user_id = $1 and name = $2");
        Ok(query.bind(person.to_string()).bind(name).fetch_optional(self.readers()).await?)
    }
}

/// The words of a text, folded and stemmed in English and in French: a word in either form finds the other.
pub(super) fn stems(text: &str) -> Vec<String> {
    let (english, french) = (Stemmer::create(Algorithm::English), Stemmer::create(Algorithm::French));
    let words = fold(text).into_iter().filter(|word| word.chars().count() > 1);
    let mut stems: Vec<String> = words.map(|word| french.stem(&english.stem(&word)).into_owned()).collect();
    stems.sort();
    stems.dedup();
    stems
}

fn owner(person: Option<Uuid>) -> String {
    person.map(|person| person.to_string()).unwrap_or_default()
}

fn time(ms: i64) -> u64 {
    u64::try_from(ms).unwrap_or_default()
}

fn document(row: &SqliteRow) -> Result<records::Document, sqlx::Error> {
    Ok(records::Document { key: row.try_get(0)?, value: row.try_get(1)?, updated_at: time(row.try_get(2)?) })
}

fn listing(row: &SqliteRow, person: Uuid) -> Result<listings::Listing, sqlx::Error> {
    let currency: String = row.try_get(8)?;
    let money = |units: Option<f64>| {
        units.map(|units| Money { hundredths: (units * 100.0).round() as u64, currency: currency.clone() })
    };
    let (lat, lng): (Option<f64>, Option<f64>) = (row.try_get(11)?, row.try_get(12)?);
    let point = lat.zip(lng).map(|(latitude, longitude)| Point { latitude, longitude });
    let name: Option<String> = row.try_get(10)?;
    let images: String = row.try_get(14)?;
    let owner = uuid(row.try_get(17)?);
    Ok(listings::Listing {
        id: row.try_get(0)?,
        domain: row.try_get(1)?,
        draft: listings::Draft {
            kind: row.try_get(2)?,
            title: row.try_get(3)?,
            description: row.try_get(4)?,
            category: row.try_get(5)?,
            price: money(units(row, 6)?),
            price_max: money(units(row, 7)?),
            price_unit: row.try_get(9)?,
            place: (point.is_some() || name.is_some()).then_some(Place { point, name, address: None }),
            attributes: row.try_get(13)?,
            images: serde_json::from_str(&images).unwrap_or_default(),
            contact: listings::ContactPolicy::read(row.try_get(15)?),
        },
        // Reported: gone for everybody but its owner, until somebody has looked.
        status: match row.try_get(21)? {
            true if owner != person => listings::Status::Removed,
            _ => listings::Status::read(row.try_get(16)?),
        },
        mine: owner == person,
        owner_name: first_word(row.try_get(18)?),
        created_at: time(row.try_get(19)?),
        expires_at: time(row.try_get(20)?),
        distance_km: None,
    })
}

/// A numeric column holds an integer or a real, as SQLite sees fit.
fn units(row: &SqliteRow, column: usize) -> Result<Option<f64>, sqlx::Error> {
    row.try_get_unchecked::<Option<f64>, _>(column)
}

fn first_word(name: Option<String>) -> Option<String> {
    name.and_then(|name| name.split_whitespace().next().map(str::to_owned))
}
