//! Notices about listings: those that saved searches have waited for, and those that ended.

use std::sync::PoisonError;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Store, StoreError, effect_rows,
    effects::{EffectKind, EffectRow, Mark},
    store::Indexed,
    stored,
    terms::{self, Wanted},
    time::iso,
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
    quota::day_of,
    text::is_blank,
};

/// Listings looked at in one go; the rest waits for the next.
const LOOKED_AT_MAX: i64 = 50;

/// Listings indexed again in one go.
const INDEXED_MAX: i64 = 50;

/// How often listings of another indexer are looked for, once there are no more.
const INDEX_LOOK_MS: i64 = 60 * 60 * 1000;

/// Persons who are told of one listing in one go; the others are told in the next ones, those who have waited longest first.
const FOUND_MAX: usize = 100;

fn mark(marks: &mut Vec<Mark>, agent: &str, person: Option<Uuid>, now: i64, kind: EffectKind) {
    marks.push(Mark::Effect(EffectRow { agent: agent.to_owned(), person, now, kind }));
}

impl Store {
    /// New listings, each held against the saved searches of its domain. One that came through SQL gets its words here. Where not all can
    /// be told in one look, `search_told` says who was.
    pub(super) async fn listings_found(&self, now: i64, marks: &mut Vec<Mark>) -> Result<(), StoreError> {
        let rows = self.query(
            "select id::text, domain, exists (select 1 from listing_word where listing_id = id) from unified_listings where matched_at is null and status = 'active' and hidden_at is null
             order by id limit $1",
        )
        .bind(LOOKED_AT_MAX)
        .all()
        .await?;
        for row in rows {
            let (id, domain): (Uuid, String) = (uuid(row.get(0)?), row.get(1)?);
            let Some(listing) = self.listing(&domain, Uuid::nil(), id).await? else {
                mark(marks, &domain, None, now, EffectKind::Matched { id, at: iso(now) });
                continue;
            };
            let words = terms::of_listing(&listing.draft);
            if !row.get::<bool>(2)? {
                mark(marks, &domain, None, now, EffectKind::ListingWords { id, words: words.clone() });
            }
            let (told, are_more) = self.watchers(&domain, id, &listing, &words, now).await?;
            for person in told {
                let data = json!({ "title": listing.draft.title }).to_string();
                let notice = Notice { kind: "host.found".into(), listing: Some(id.to_string()), match_: None, data };
                let kind = EffectKind::Notify { to: person, content: effect_rows::content(notice), depth: 1 };
                mark(marks, &domain, Some(person), now, kind);
                let status = matches::Status::Suggested.word();
                let kind = EffectKind::MatchPropose { id: Uuid::now_v7(), listing: id, status, at: iso(now) };
                mark(marks, &domain, Some(person), now, kind);
                if are_more {
                    mark(marks, &domain, Some(person), now, EffectKind::SearchTold { listing: id });
                }
            }
            if !are_more {
                mark(marks, &domain, None, now, EffectKind::Matched { id, at: iso(now) });
            }
        }
        Ok(())
    }

    /// Persons with a saved search that a listing fits and who were not told of it yet, and whether there are more than these. Anyone who
    /// has got as many notices today as they may is not told of it.
    async fn watchers(
        &self,
        domain: &str,
        id: Uuid,
        listing: &Listing,
        words: &[String],
        now: i64,
    ) -> Result<(Vec<Uuid>, bool), StoreError> {
        let watches = self
            .query(
                "select w.person_id::text, w.query from saved_search as w join unified_listings as l on l.id = $2::uuid
                 where w.agent = $1 and w.person_id <> l.owner_user_id
                     and not exists (select 1 from search_told as t where t.listing_id = l.id and t.person_id = w.person_id)
                     and not exists (select 1 from user_preferences as u
                         where u.user_id = w.person_id and u.name = 'notifications' and u.value = 'off')
                     and coalesce((select q.used from quota as q where q.since = $3 and q.what = 'received' and q.agent = ''
                         and q.person = w.person_id::text), 0) < $4
                     and ($5 = 0 or (l.owner_user_id in (select t.person_id from lane as t where substr(t.business, 1, 5) = 'test:'))
                         = (w.person_id in (select t.person_id from lane as t where substr(t.business, 1, 5) = 'test:')))
                 order by w.created_at, w.search_id",
            )
            .bind(domain)
            .bind(id)
            .bind(day_of(now))
            .bind(self.inner.options.quotas.recipient)
            .bind(i64::from(self.inner.options.tests_apart))
            .all()
            .await?;
        let mut told: Vec<Uuid> = Vec::new();
        for row in watches {
            let (person, query): (Uuid, String) = (uuid(row.get(0)?), row.get(1)?);
            let is_wanted = stored::read(&query).is_ok_and(|query| fits(&query, listing, words));
            if is_wanted && !told.contains(&person) {
                if told.len() == FOUND_MAX {
                    return Ok((told, true));
                }
                told.push(person);
            }
        }
        Ok((told, false))
    }

    /// Listings with the terms of another indexer get those of this one, some in each go. A listing that a program before this one writes
    /// later is found at the next look.
    pub(super) async fn listings_indexed(&self, now: i64, marks: &mut Vec<Mark>) -> Result<(), StoreError> {
        let from = match &*self.inner.indexed.lock().unwrap_or_else(PoisonError::into_inner) {
            Indexed::To(id) => *id,
            Indexed::AllAt(at) if now - at < INDEX_LOOK_MS => return Ok(()),
            Indexed::AllAt(_) => Uuid::nil(),
        };
        let rows = self
            .query(
                "select l.id::text, l.domain from unified_listings as l where l.id > $1::uuid
                     and not exists (select 1 from listing_word as w where w.word = $2 and w.listing_id = l.id)
                 order by l.id limit $3",
            )
            .bind(from)
            .bind(terms::VERSION)
            .bind(INDEXED_MAX)
            .all()
            .await?;
        let mut to = Indexed::AllAt(now);
        for row in &rows {
            let (id, domain): (Uuid, String) = (uuid(row.get(0)?), row.get(1)?);
            if let Some(listing) = self.listing(&domain, Uuid::nil(), id).await? {
                let words = terms::of_listing(&listing.draft);
                mark(marks, &domain, None, now, EffectKind::ListingWords { id, words });
            }
            to = Indexed::To(id);
        }
        *self.inner.indexed.lock().unwrap_or_else(PoisonError::into_inner) = to;
        Ok(())
    }

    /// Listings at the end of their life; their owners may renew them.
    pub(super) async fn listings_ended(&self, now: i64, marks: &mut Vec<Mark>) -> Result<(), StoreError> {
        let rows = self
            .query(
                "select id::text, domain, owner_user_id::text, title from unified_listings
                 where status = 'active' and expires_at < $1::timestamptz order by expires_at limit $2",
            )
            .bind(iso(now))
            .bind(LOOKED_AT_MAX)
            .all()
            .await?;
        for row in rows {
            let (id, domain, person): (Uuid, String, Uuid) = (uuid(row.get(0)?), row.get(1)?, uuid(row.get(2)?));
            mark(marks, &domain, Some(person), now, EffectKind::Expired { id, at: iso(now) });
            let data = json!({ "title": row.get::<String>(3)? }).to_string();
            let notice = Notice { kind: "host.expired".into(), listing: Some(id.to_string()), match_: None, data };
            let kind = EffectKind::Notify { to: person, content: effect_rows::content(notice), depth: 1 };
            mark(marks, &domain, Some(person), now, kind);
        }
        Ok(())
    }
}

/// Whether a listing is what a saved search waits for: it would be found by its words, and is within all of its bounds.
fn fits(query: &Query, listing: &Listing, words: &[String]) -> bool {
    let wanted = Wanted::of(&query.words);
    // Words that name nothing wait for nothing, unless something else is asked for.
    let is_bounded = query.category.is_some()
        || !query.attributes.is_empty()
        || query.price_max.is_some()
        || query.price_min.is_some()
        || query.near.zip(query.radius_km).is_some();
    let draft = &listing.draft;
    let attributes: Value = serde_json::from_str(&draft.attributes).unwrap_or_default();
    let price = draft.price.as_ref().map(|price| price.hundredths);
    let price_high = draft.price_max.as_ref().map(|price| price.hundredths).or(price);
    let point = draft.place.as_ref().and_then(|place| place.point);
    let distance = query.near.zip(point).map(|(a, b)| distance_km(a, b));
    wanted.fit(words).is_some()
        && (!wanted.is_empty() || is_blank(&query.words) || is_bounded)
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
        let fits = |query: Query| super::fits(&query, &sofa(), &terms::of_listing(&sofa().draft));
        assert!(fits(query("sofas")));
        assert!(fits(query("red sofa")));
        assert!(fits(query("")));
        assert!(!fits(query("big red fridge")));
        assert!(fits(query("kochi")) && fits(query("intebe zo mu ruganiriro")) && fits(query("divan")));
        assert!(!fits(query("did he answer")));
        assert!(fits(Query { category: Some("furniture".into()), ..query("do you have") }));
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
