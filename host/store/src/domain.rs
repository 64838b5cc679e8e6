//! What capabilities read beside listings: applications, matches, records, preferences, and what is held about a person.

use uuid::Uuid;

use crate::{
    ApplicationParties, ContactCard, MatchParties, Store, StoreError,
    listings::{MINE_MAX, first_word, time},
    stored, tables,
    value::{Row, uuid},
    words::Word,
};
use switchboard_core::{
    contract::{applications, matches, privacy, quotas::StoredRecords, records, tickets},
    phone::Phone,
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

    /// The documents of a collection whose keys begin with a prefix and come after a key, in the order of their keys' bytes.
    pub async fn records_with_prefix(
        &self,
        agent: &str,
        person: Option<Uuid>,
        collection: &str,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<records::Document>, StoreError> {
        // No key is empty.
        let rows = self
            .query(
                "select key, value, updated_at from record where agent = $1 and person_id = $2 and collection = $3
             and key >= $4 and substr(key, 1, length($4)) = $4 and key > $5 order by key limit $6",
            )
            .bind(agent)
            .bind(owner(person))
            .bind(collection)
            .bind(prefix)
            .bind(after.unwrap_or_default())
            .bind(limit)
            .all()
            .await?;
        Ok(rows.iter().map(document).collect::<Result<_, _>>()?)
    }

    /// What is stored of an agent's documents: of a person, or of the agent itself.
    pub async fn records_stored(&self, agent: &str, person: Option<Uuid>) -> Result<StoredRecords, StoreError> {
        let sql = "select count(*), cast(coalesce(sum(octet_length(value)), 0) as bigint) from record
            where agent = $1 and person_id = $2";
        let row = self.query(sql).bind(agent).bind(owner(person)).optional().await?;
        let Some(row) = row else { return Ok(StoredRecords::default()) };
        Ok(StoredRecords { rows: time(row.get(0)?), bytes: time(row.get(1)?) })
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
    pub async fn application_exists(
        &self,
        domain: &str,
        listing: Uuid,
        person: Uuid,
        reference: &str,
    ) -> Result<bool, StoreError> {
        let sql = "select exists (select 1 from unified_applications
                                  where listing_id = $1::uuid and applicant_user_id = $2::uuid and reference = $3 and domain = $4)";
        let query = self.query(sql).bind(listing).bind(person).bind(reference).bind(domain);
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
    pub async fn match_of(&self, domain: &str, person: Uuid, id: Uuid) -> Result<Option<matches::Match>, StoreError> {
        let sql =
            concat!(side!(), "m.id = $2::uuid and $1::uuid in (m.seeker_user_id, m.owner_user_id) and m.domain = $3");
        self.one_match(sql, domain, person, id).await
    }

    /// A seeker's match on a listing.
    pub async fn match_for(
        &self,
        domain: &str,
        person: Uuid,
        listing: Uuid,
    ) -> Result<Option<matches::Match>, StoreError> {
        let sql = concat!(side!(), "m.listing_id = $2::uuid and m.seeker_user_id = $1::uuid and m.domain = $3");
        self.one_match(sql, domain, person, listing).await
    }

    async fn one_match(
        &self,
        sql: &'static str,
        domain: &str,
        person: Uuid,
        id: Uuid,
    ) -> Result<Option<matches::Match>, StoreError> {
        let query = self.query(sql).bind(person).bind(id).bind(domain);
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

    /// The parties to a match in a domain.
    pub async fn match_parties(&self, domain: &str, id: Uuid) -> Result<Option<MatchParties>, StoreError> {
        let row = self.query(
            "select seeker_user_id::text, owner_user_id::text, listing_id::text, status from unified_matches where id = $1::uuid and domain = $2",
        )
        .bind(id)
        .bind(domain)
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

    /// The message that a wamid stands for: the one that was answered with it, or itself.
    pub async fn quoted(&self, business: &str, wamid: &str) -> Result<Option<i64>, StoreError> {
        let answered = self.query("select message_id from outbox where wamid = $1 limit 1").bind(wamid);
        if let Some(id) = answered.maybe().await? {
            return Ok(Some(id));
        }
        let query = self.query("select message_id from message where wamid = $1 and business = $2 limit 1");
        Ok(query.bind(wamid).bind(business).maybe().await?)
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
    format!("select kind || ':' || file_id from file where {}", tables::of_person("file"))
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

fn document(row: &Row) -> Result<records::Document, sqlx::Error> {
    Ok(records::Document { key: row.get(0)?, value: row.get(1)?, updated_at: time(row.get(2)?) })
}
