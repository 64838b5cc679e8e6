//! What capabilities read: listings, applications, matches, records, preferences.

use uuid::Uuid;

use super::{
    ApplicationParties, ContactCard, MatchParties, Store, StoreError,
    db::Row,
    dialect::Pair,
    iso,
    stored::{self, MEDIA_HANDLE},
    tables,
    value::uuid,
    words::Word,
};
use switchboard_core::{
    contract::{
        applications, listings, matches, privacy, records, search, tickets,
        types::{Money, Place, Point},
    },
    phone::Phone,
    place::distance_km,
    text::stems,
};

/// Rows of a person's own, at the most.
const MINE_MAX: i64 = 50;

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

/// The one ranking: without words everything fits; with words, only what has one of them, and more of them rank higher.
macro_rules! ranked {
    () => {
        concat!(
            "with fits as (select listing_id, count(*) as n from listing_word
                 where word in (select value from texts($3::jsonb) as t) group by 1)
             select ",
            columns!(),
            ", fits.n",
            from!(),
            "left join fits on fits.listing_id = l.id
             where l.domain in (select value from texts($1::jsonb) as t) and l.status = 'active' and l.hidden_at is null
             and l.expires_at > $4::timestamptz and l.owner_user_id <> $2::uuid and ($3 = '[]' or fits.n > 0)
             and ($5::text is null or l.listing_type = $5) and ($6::text is null or l.category = $6)
             and not exists (select 1 from each($9::jsonb) as a
                 where cast(coalesce(l.attributes ->> (a.value->>0), '') as text) <> a.value->>1)
             and ($7::float8 is null or coalesce(l.price_max, l.price) >= $7) and ($8::float8 is null or l.price <= $8) "
        )
    };
}

macro_rules! newest {
    () => {
        " order by coalesce(fits.n, 0) desc, l.created_at desc limit 1000"
    };
}

const RANKED: &str = concat!(ranked!(), newest!());

/// The same, in a square: south, north, west, east. Each database has an index of its own for it.
const RANKED_NEAR: Pair = Pair {
    postgres: concat!(
        ranked!(),
        "and l.id in (select i.id from unified_listings as i where i.status = 'active' and i.lat is not null and i.lng is not null
    and point(i.lng, i.lat) <@ box(point($12, $10), point($13, $11))",
        nowhere!(),
        newest!()
    ),
    sqlite: concat!(
        ranked!(),
        "and l.id in (select i.id from listing_place as p join unified_listings as i on i.rowid = p.listing
    where p.lat_max >= $10 and p.lat_min <= $11 and p.lng_max >= $12 and p.lng_min <= $13",
        nowhere!(),
        newest!()
    ),
};

/// Applications, the newest first.
macro_rules! applications {
    () => {
        "select a.id::text, a.listing_id::text, l.title, a.message, a.attributes::text, a.status, p.name,
                    ms(a.created_at), a.reference
             from unified_applications as a join unified_listings as l on l.id = a.listing_id
             join person as p on p.person_id = a.applicant_user_id where "
    };
}

/// A person's side of a match.
macro_rules! side {
    () => {
        "select m.id::text, m.listing_id::text, l.title, m.status, m.seeker_user_id = $1::uuid,
                    (select name from person where person_id =
                        case when m.seeker_user_id = $1::uuid then m.owner_user_id else m.seeker_user_id end)
             from unified_matches as m join unified_listings as l on l.id = m.listing_id where "
    };
}

impl Store {
    /// One document of an agent, of the agent itself if `person` is none.
    pub async fn record(
        &self,
        agent: &str,
        person: Option<Uuid>,
        collection: &str,
        key: &str,
    ) -> Result<Option<records::Document>, StoreError> {
        let row = self.query(
            "select key, value, updated_at from record where agent = $1 and person_id = $2 and collection = $3 and key = $4",
        )
        .bind(agent)
        .bind(owner(person))
        .bind(collection)
        .bind(key)
        .optional()
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
        let rows = self
            .query(
                "select key, value, updated_at from record where agent = $1 and person_id = $2 and collection = $3
             order by updated_at desc, key desc limit $4",
            )
            .bind(agent)
            .bind(owner(person))
            .bind(collection)
            .bind(limit)
            .all()
            .await?;
        Ok(rows.iter().map(document).collect::<Result<_, _>>()?)
    }

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
            .bind(serde_json::json!(stems).to_string())
            .bind(iso(now))
            .bind(query.kind.as_deref())
            .bind(query.category.as_deref())
            .bind(query.price_min.map(|hundredths| hundredths as f64 / 100.0))
            .bind(query.price_max.map(|hundredths| hundredths as f64 / 100.0))
            .bind(serde_json::json!(attributes).to_string());
        let rows = square.into_iter().flatten().fold(rows, |rows, edge| rows.bind(edge)).all().await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let mut listing = listing(row, person)?;
            let fits: Option<i64> = row.get(22)?;
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

    /// The parties to an application.
    pub async fn application(&self, domain: &str, id: Uuid) -> Result<Option<ApplicationParties>, StoreError> {
        let row = self.query(
            "select a.applicant_user_id::text, l.owner_user_id::text, a.listing_id::text, a.status from unified_applications as a
             join unified_listings as l on l.id = a.listing_id where a.id = $1::uuid and a.domain = $2",
        )
        .bind(id)
        .bind(domain)
        .optional()
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(ApplicationParties {
            applicant: uuid(row.get(0)?),
            owner: uuid(row.get(1)?),
            listing: uuid(row.get(2)?),
            status: applications::Status::read(&row.get::<String>(3)?),
        }))
    }

    /// Whether a person has applied under a reference.
    pub async fn application_exists(&self, listing: Uuid, person: Uuid, reference: &str) -> Result<bool, StoreError> {
        let sql = "select exists (select 1 from unified_applications
                                  where listing_id = $1::uuid and applicant_user_id = $2::uuid and reference = $3)";
        let query = self.query(sql).bind(listing).bind(person).bind(reference);
        Ok(query.value().await?)
    }

    /// A person's own applications, newest first.
    pub async fn applications_mine(
        &self,
        domain: &str,
        person: Uuid,
    ) -> Result<Vec<applications::Application>, StoreError> {
        let sql = concat!(
            applications!(),
            "a.applicant_user_id = $1::uuid and a.domain = $2 and $3::text is null order by a.created_at desc limit $4"
        );
        self.applications(sql, person, domain, None).await
    }

    /// The applications for a person's listing, newest first; empty if it is not theirs.
    pub async fn applications_received(
        &self,
        domain: &str,
        person: Uuid,
        listing: Uuid,
    ) -> Result<Vec<applications::Application>, StoreError> {
        let sql = concat!(
            applications!(),
            "l.owner_user_id = $1::uuid and a.domain = $2 and a.listing_id = $3::uuid order by a.created_at desc limit $4"
        );
        self.applications(sql, person, domain, Some(listing)).await
    }

    async fn applications(
        &self,
        sql: &'static str,
        person: Uuid,
        domain: &str,
        of_listing: Option<Uuid>,
    ) -> Result<Vec<applications::Application>, StoreError> {
        let query = self.query(sql).bind(person).bind(domain);
        let rows = query.bind(of_listing.map(|id| id.to_string())).bind(MINE_MAX).all().await?;
        let application = |row: &Row| -> Result<applications::Application, sqlx::Error> {
            Ok(applications::Application {
                id: row.get(0)?,
                listing: row.get(1)?,
                reference: row.get(8)?,
                title: row.get(2)?,
                message: row.get::<Option<String>>(3)?.unwrap_or_default(),
                attributes: row.get(4)?,
                status: applications::Status::read(&row.get::<String>(5)?),
                applicant_name: first_word(row.get(6)?),
                created_at: time(row.get(7)?),
            })
        };
        Ok(rows.iter().map(application).collect::<Result<_, _>>()?)
    }

    /// A match that a person is a side of.
    pub async fn match_of(&self, person: Uuid, id: Uuid) -> Result<Option<matches::Match>, StoreError> {
        let sql = concat!(side!(), "m.id = $2::uuid and $1::uuid in (m.seeker_user_id, m.owner_user_id)");
        self.one_match(sql, person, id).await
    }

    /// A seeker's match on a listing.
    pub async fn match_for(&self, person: Uuid, listing: Uuid) -> Result<Option<matches::Match>, StoreError> {
        let sql = concat!(side!(), "m.listing_id = $2::uuid and m.seeker_user_id = $1::uuid");
        self.one_match(sql, person, listing).await
    }

    async fn one_match(&self, sql: &'static str, person: Uuid, id: Uuid) -> Result<Option<matches::Match>, StoreError> {
        let query = self.query(sql).bind(person).bind(id);
        let Some(row) = query.optional().await? else { return Ok(None) };
        let seeks: bool = row.get(4)?;
        Ok(Some(matches::Match {
            id: row.get(0)?,
            listing: row.get(1)?,
            title: row.get(2)?,
            status: matches::Status::read(&row.get::<String>(3)?),
            side: if seeks { matches::Side::Seeker } else { matches::Side::Owner },
            other_name: first_word(row.get(5)?),
        }))
    }

    /// The parties to a match.
    pub async fn match_parties(&self, id: Uuid) -> Result<Option<MatchParties>, StoreError> {
        let row =
            self.query("select seeker_user_id::text, owner_user_id::text, listing_id::text, status from unified_matches where id = $1::uuid")
                .bind(id)
                .optional()
                .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(MatchParties {
            seeker: uuid(row.get(0)?),
            owner: uuid(row.get(1)?),
            listing: uuid(row.get(2)?),
            status: matches::Status::read(&row.get::<String>(3)?),
        }))
    }

    /// How to reach a person. For the host alone, after it has checked that they agreed.
    pub async fn contact(&self, person: Uuid) -> Result<Option<ContactCard>, StoreError> {
        let query = self.query("select name, phone from person where person_id = $1::uuid").bind(person);
        let Some(row) = query.optional().await? else { return Ok(None) };
        let phone: Option<String> = row.get(1)?;
        Ok(Some(ContactCard { name: row.get(0)?, phone: phone.and_then(|phone| Phone::parse(&phone).ok()) }))
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

    /// The keys of a person's timers of one agent.
    pub async fn timers(&self, agent: &str, person: Uuid) -> Result<Vec<String>, StoreError> {
        let query = self.query("select key from notice where agent = $1 and person_id = $2::uuid and key is not null");
        Ok(query.bind(agent).bind(person).values().await?)
    }

    /// A person's tickets, newest first.
    pub async fn tickets_of(&self, person: Uuid) -> Result<Vec<tickets::Ticket>, StoreError> {
        let rows = self.query(
            "select number, subject, status, opened_at from ticket where person_id = $1::uuid order by opened_at desc limit 20",
        )
        .bind(person)
        .all()
        .await?;
        let ticket = |row: &Row| -> Result<tickets::Ticket, sqlx::Error> {
            Ok(tickets::Ticket {
                number: row.get(0)?,
                subject: row.get(1)?,
                status: tickets::Status::read(&row.get::<String>(2)?),
                opened_at: time(row.get(3)?),
            })
        };
        Ok(rows.iter().map(ticket).collect::<Result<_, _>>()?)
    }

    /// What is held about a person, by kind; what there is none of is left out.
    pub async fn held(&self, person: Uuid) -> Result<Vec<privacy::Holding>, StoreError> {
        let rows = self.query(tables::held()).bind(person).all().await?;
        let held = |row: &Row| -> Result<privacy::Holding, sqlx::Error> {
            Ok(privacy::Holding { what: row.get(0)?, count: u32::try_from(row.get::<i64>(1)?).unwrap_or(0) })
        };
        let all: Vec<privacy::Holding> = rows.iter().map(held).collect::<Result<_, _>>()?;
        Ok(all.into_iter().filter(|held| held.count > 0).collect())
    }

    /// The handles of the files that a person has sent, and of those in their listings.
    pub async fn files_of(&self, person: Uuid) -> Result<Vec<String>, StoreError> {
        let mut handles: Vec<String> = self.query(handles()).bind(person).values().await?;
        for images in self.query(images()).bind(person).values::<String>().await? {
            handles.extend(stored::optional::<Vec<String>>(Some(images), "images").unwrap_or_default());
        }
        handles.sort();
        handles.dedup();
        Ok(handles)
    }

    /// What a person likes.
    pub async fn preference(&self, person: Uuid, name: &str) -> Result<Option<String>, StoreError> {
        let query = self.query("select value from user_preferences where user_id = $1::uuid and name = $2");
        Ok(query.bind(person).bind(name).maybe().await?)
    }
}

/// The handles of the files that the person `$1` sent.
fn handles() -> String {
    let lanes = tables::of_person("message");
    format!("select {MEDIA_HANDLE} from message as m where {lanes} and {MEDIA_HANDLE} is not null")
}

/// The pictures of the listings of the person `$1`.
fn images() -> String {
    format!("select images::text from unified_listings where {}", tables::of_person("unified_listings"))
}

/// The statements that are put together here.
#[cfg(feature = "test-hooks")]
pub(super) fn statements() -> Vec<String> {
    vec![handles(), images()]
}

fn owner(person: Option<Uuid>) -> String {
    person.map(|person| person.to_string()).unwrap_or_default()
}

fn time(ms: i64) -> u64 {
    u64::try_from(ms).unwrap_or_default()
}

fn document(row: &Row) -> Result<records::Document, sqlx::Error> {
    Ok(records::Document { key: row.get(0)?, value: row.get(1)?, updated_at: time(row.get(2)?) })
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

fn first_word(name: Option<String>) -> Option<String> {
    name.and_then(|name| name.split_whitespace().next().map(str::to_owned))
}
