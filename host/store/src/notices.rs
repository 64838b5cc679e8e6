//! Word that goes to a person unasked: timers whose time has come, listings that saved searches have waited for, listings that
//! ended. Each becomes a notice in the person's lane, once, in the transaction that marks it done.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Store, StoreError, effect_rows,
    effects::{EffectKind, EffectRow, Mark},
    op::{Op, Queued},
    stored,
    time::iso,
    types::Claim,
    value::uuid,
    words::Word,
};
use switchboard_core::{
    contract::{
        listings::{Listing, Query},
        matches,
        types::Notice,
    },
    place::distance_km,
    text::stems,
    window::WINDOW_MS,
};

/// Things looked at in one go; the rest waits for the next.
const LOOKED_AT_MAX: i64 = 50;

/// Saved searches that one listing answers, at the most: the newest.
const FOUND_MAX: usize = 100;

/// What is to be said, and what is done with it.
#[derive(Default)]
struct Due {
    notices: Vec<Queued>,
    marks: Vec<Mark>,
}

impl Due {
    fn mark(&mut self, agent: &str, person: Option<Uuid>, now: i64, kind: EffectKind) {
        self.marks.push(Mark::Effect(EffectRow { agent: agent.to_owned(), person, now, kind }));
    }
}

impl Store {
    /// Puts all that is due into its lanes, and claims those that are free. One host does it for all.
    pub async fn bring_due(&self, now: i64) -> Result<Vec<Claim>, StoreError> {
        if !self.has_duty("notices", now).await? {
            return Ok(Vec::new());
        }
        let mut due = Due::default();
        self.timers_due(now, &mut due).await?;
        self.listings_found(now, &mut due).await?;
        self.listings_ended(now, &mut due).await?;
        let Due { notices, marks } = due;
        if marks.is_empty() {
            return Ok(Vec::new());
        }
        let claimed = self.inner.writer.ask(|answer| Op::Queue { notices, marks, now, answer }).await??;
        Ok(self.read_claims(claimed, now).await)
    }

    /// Whether any word waits for this person to write again.
    pub async fn anything_waits_for(&self, person: Uuid) -> Result<bool, StoreError> {
        let query = self.query("select exists (select 1 from notice where person_id = $1::uuid and waits)");
        Ok(query.bind(person).value().await?)
    }

    /// Timers, and word that waited for the person: it goes once they have written within the day.
    async fn timers_due(&self, now: i64, due: &mut Due) -> Result<(), StoreError> {
        let rows = self.query(
            "select notice_id, agent, person_id::text, content, coalesce(nullif(business, ''),
                 (select business from lane where person_id = n.person_id order by lane_id desc limit 1))
             from notice as n where run_at <= $1 and (not waits or exists (
                 select 1 from unified_sessions as s where s.user_id = n.person_id and s.status = 'active' and s.last_message_at > $2::timestamptz))
             order by run_at, notice_id limit $3",
        )
        .bind(now)
        .bind(iso(now - WINDOW_MS))
        .bind(LOOKED_AT_MAX)
        .all()
        .await?;
        for row in rows {
            let (agent, person): (String, Uuid) = (row.get(1)?, uuid(row.get(2)?));
            due.mark(&agent, Some(person), now, EffectKind::NoticeDone { notice: row.get(0)? });
            // Whoever never wrote on any number cannot be written to.
            if let Some(business) = row.get::<Option<String>>(4)? {
                due.notices.push(Queued { agent, person, business, content: row.get(3)? });
            }
        }
        Ok(())
    }

    /// New listings, each held against the saved searches of its domain. One that came through SQL gets its words here.
    async fn listings_found(&self, now: i64, due: &mut Due) -> Result<(), StoreError> {
        let rows = self.query(
            "select id::text, domain, exists (select 1 from listing_word where listing_id = id) from unified_listings where matched_at is null and status = 'active' and hidden_at is null
             order by id limit $1",
        )
        .bind(LOOKED_AT_MAX)
        .all()
        .await?;
        for row in rows {
            let (id, domain): (Uuid, String) = (uuid(row.get(0)?), row.get(1)?);
            due.mark(&domain, None, now, EffectKind::Matched { id, at: iso(now) });
            let Some(listing) = self.listing(&domain, Uuid::nil(), id).await? else { continue };
            let watches = self.query(
                "select w.person_id::text, w.business, w.query from saved_search as w join unified_listings as l on l.id = $2::uuid
                 where w.agent = $1 and w.person_id <> l.owner_user_id
                     and not exists (select 1 from user_preferences as u
                         where u.user_id = w.person_id and u.name = 'notifications' and u.value = 'off')
                 order by w.created_at desc",
            )
            .bind(&domain)
            .bind(id)
            .all()
            .await?;
            let words = effect_rows::words(&listing.draft);
            if !row.get::<bool>(2)? {
                due.mark(&domain, None, now, EffectKind::ListingWords { id, words: words.clone() });
            }
            let mut told: Vec<Uuid> = Vec::new();
            for row in watches {
                let (person, query): (Uuid, String) = (uuid(row.get(0)?), row.get(2)?);
                let fits = stored::read(&query).is_ok_and(|query| fits(&query, &listing, &words));
                if !fits || told.contains(&person) || told.len() >= FOUND_MAX {
                    continue;
                }
                told.push(person);
                let data = json!({ "title": listing.draft.title }).to_string();
                let notice = Notice { kind: "host.found".into(), listing: Some(id.to_string()), match_: None, data };
                let (business, content) = (row.get(1)?, effect_rows::content(notice));
                due.notices.push(Queued { agent: domain.clone(), person, business, content });
                let status = matches::Status::Suggested.word();
                let kind = EffectKind::MatchPropose { id: Uuid::now_v7(), listing: id, status, at: iso(now) };
                due.mark(&domain, Some(person), now, kind);
            }
        }
        Ok(())
    }

    /// Listings at the end of their life; their owners may renew them.
    async fn listings_ended(&self, now: i64, due: &mut Due) -> Result<(), StoreError> {
        let rows = self.query(
            "select l.id::text, l.domain, l.owner_user_id::text, l.title,
                 (select business from lane where person_id = l.owner_user_id order by lane_id desc limit 1)
             from unified_listings as l where l.status = 'active' and l.expires_at < $1::timestamptz order by l.expires_at limit $2",
        )
        .bind(iso(now))
        .bind(LOOKED_AT_MAX)
        .all()
        .await?;
        for row in rows {
            let (id, domain, person): (Uuid, String, Uuid) = (uuid(row.get(0)?), row.get(1)?, uuid(row.get(2)?));
            let (title, business): (String, Option<String>) = (row.get(3)?, row.get(4)?);
            due.mark(&domain, Some(person), now, EffectKind::Expired { id, at: iso(now) });
            let data = json!({ "title": title }).to_string();
            let notice = Notice { kind: "host.expired".into(), listing: Some(id.to_string()), match_: None, data };
            let content = effect_rows::content(notice);
            due.notices.extend(business.map(|business| Queued { agent: domain, person, business, content }));
        }
        Ok(())
    }
}

/// Whether a listing is what a saved search waits for: half of its words at least, and all of its bounds.
fn fits(query: &Query, listing: &Listing, words: &[String]) -> bool {
    let draft = &listing.draft;
    let wanted = stems(&query.words);
    let attributes: Value = serde_json::from_str(&draft.attributes).unwrap_or_default();
    let n_said = wanted.iter().filter(|word| words.contains(word)).count();
    let price = draft.price.as_ref().map(|price| price.hundredths);
    let price_high = draft.price_max.as_ref().map(|price| price.hundredths).or(price);
    let point = draft.place.as_ref().and_then(|place| place.point);
    let distance = query.near.zip(point).map(|(a, b)| distance_km(a, b));
    n_said >= wanted.len().div_ceil(2)
        && query.kind.as_ref().is_none_or(|kind| *kind == draft.kind)
        && query.category.as_ref().is_none_or(|category| draft.category.as_ref() == Some(category))
        && query.attributes.iter().all(|wanted| is(&attributes[&wanted.name], &wanted.value))
        && query.price_max.is_none_or(|most| price.is_none_or(|price| price <= most))
        && query.price_min.is_none_or(|least| price_high.is_none_or(|price| price >= least))
        && query.radius_km.zip(distance).is_none_or(|(radius, distance)| distance <= radius)
}

/// Whether an attribute has a value: texts as they are, all else in its JSON form.
fn is(attribute: &Value, wanted: &str) -> bool {
    match attribute {
        Value::String(text) => text == wanted,
        other => *wanted == *other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchboard_core::contract::{
        listings::{ContactPolicy, Draft, Status},
        types::{Extra, Money, Place, Point},
    };

    fn sofa() -> Listing {
        let money = |units: u64| Some(Money { hundredths: units * 100, currency: "RWF".into() });
        let point = Some(Point { latitude: -1.95, longitude: 30.1 });
        Listing {
            id: String::new(),
            domain: "marketplace".into(),
            draft: Draft {
                kind: "product".into(),
                title: "Leather sofa".into(),
                description: Some("Brown, three seats".into()),
                category: Some("furniture".into()),
                price: money(80_000),
                price_max: None,
                price_unit: None,
                place: Some(Place { point, name: Some("Kimironko".into()), address: None }),
                attributes: "{}".into(),
                images: Vec::new(),
                contact: ContactPolicy::Ask,
            },
            status: Status::Active,
            mine: false,
            owner_name: None,
            created_at: 0,
            expires_at: 0,
            distance_km: None,
        }
    }

    fn query(words: &str) -> Query {
        Query {
            words: words.into(),
            kind: None,
            category: None,
            attributes: Vec::new(),
            price_min: None,
            price_max: None,
            near: None,
            radius_km: None,
            limit: 0,
            offset: 0,
        }
    }

    #[test]
    fn a_saved_search_waits_for_what_fits_it() {
        let fits = |query: Query| super::fits(&query, &sofa(), &effect_rows::words(&sofa().draft));
        assert!(fits(query("sofas")));
        assert!(fits(query("red sofa")));
        assert!(fits(query("")));
        assert!(!fits(query("big red fridge")));
        assert!(fits(Query { price_max: Some(8_000_000), ..query("sofa") }));
        assert!(!fits(Query { price_max: Some(7_999_999), ..query("sofa") }));
        assert!(!fits(Query { price_min: Some(8_000_001), ..query("sofa") }));
        assert!(!fits(Query { category: Some("books".into()), ..query("sofa") }));
        assert!(!fits(Query { kind: Some("job".into()), ..query("sofa") }));
        let quoted = |value: &str| {
            let attributes = vec![Extra { name: "size".into(), value: value.into() }];
            let draft = Draft { attributes: r#"{"size":"7\" wide","seats":3}"#.into(), ..sofa().draft };
            super::fits(&Query { attributes, ..query("") }, &Listing { draft, ..sofa() }, &[])
        };
        assert!(quoted("7\" wide"), "a value with a quotation mark");
        assert!(!quoted("7\\\" wide"));
        let far = Some(Point { latitude: -2.6, longitude: 29.74 });
        assert!(!fits(Query { near: far, radius_km: Some(20.0), ..query("sofa") }));
        assert!(fits(Query { near: far, radius_km: Some(200.0), ..query("sofa") }));
    }
}
