//! The capability `listings`: offers and requests in the agent's own domain, and saved searches.

use uuid::Uuid;

use super::{check, interface};
use crate::agent::state::State;
use switchboard_core::{
    contract::{
        listings::{Draft, Listing, Query, SavedSearch, Status},
        types::{Place, Point, Problem},
    },
    effect::Write,
    name::clean_line,
};

/// The kinds of listing.
const KINDS: [&str; 5] = ["product", "service", "job", "rental", "produce"];

/// The units of a price.
const UNITS: [&str; 7] = ["item", "hour", "day", "night", "week", "month", "kg"];

/// The most saved searches a person may have.
const SEARCHES_MAX: usize = 20;

/// The most photos of a listing.
const IMAGES_MAX: usize = 10;

/// How long a new listing lives, in milliseconds, as shown to the agent; the store sets the actual expiry.
const LIFE_MS: u64 = 30 * 24 * 60 * 60 * 1000;

impl interface::listings::Host for State {
    async fn create(&mut self, draft: Draft) -> wasmtime::Result<Result<String, Problem>> {
        let call = self.enter("listings.create")?;
        let answer = self.granted().map(drop).and_then(|()| check_draft(&draft)).map(|()| {
            let id = self.new_id();
            self.hold(Write::ListingCreate { id, draft: as_shown(&draft) });
            id.to_string()
        });
        self.answer(call, &[draft], answer)
    }

    async fn get(&mut self, id: String) -> wasmtime::Result<Result<Listing, Problem>> {
        let call = self.enter("listings.get")?;
        let answer = self.one(&id).await;
        self.answer(call, &[id], answer)
    }

    async fn search(&mut self, query: Query) -> wasmtime::Result<Result<Vec<Listing>, Problem>> {
        let call = self.enter("listings.search")?;
        let answer = self.found(&query).await;
        self.answer(call, &[query], answer)
    }

    async fn mine(&mut self) -> wasmtime::Result<Result<Vec<Listing>, Problem>> {
        let call = self.enter("listings.mine")?;
        let answer = self.own().await;
        self.answer(call, &(), answer)
    }

    async fn update(&mut self, id: String, draft: Draft) -> wasmtime::Result<Result<(), Problem>> {
        let call = self.enter("listings.update")?;
        let answer = match (self.own_id(&id).await, check_draft(&draft)) {
            (Ok(id), Ok(())) => {
                self.hold(Write::ListingUpdate { id, draft: as_shown(&draft) });
                Ok(())
            }
            (Err(problem), _) | (_, Err(problem)) => Err(problem),
        };
        self.answer(call, &(id, draft), answer)
    }

    async fn set_status(&mut self, id: String, status: Status) -> wasmtime::Result<Result<(), Problem>> {
        let call = self.enter("listings.set-status")?;
        let answer = self.own_id(&id).await.map(|id| self.hold(Write::ListingStatus { id, status }));
        self.answer(call, &(id, status), answer)
    }

    async fn report(&mut self, id: String, reason: String) -> wasmtime::Result<Result<(), Problem>> {
        let call = self.enter("listings.report")?;
        let answer = self.may_report(&id, &reason).await;
        let answer = answer.map(|listing| self.hold(Write::Report { listing, reason: reason.clone() }));
        self.answer(call, &(id, reason), answer)
    }

    async fn save_search(&mut self, query: Query) -> wasmtime::Result<Result<String, Problem>> {
        let call = self.enter("listings.save-search")?;
        let answer = self.may_save_search(&query).await.map(|()| {
            let id = self.new_id();
            self.hold(Write::SaveSearch { id, query: query.clone() });
            id.to_string()
        });
        self.answer(call, &[query], answer)
    }

    async fn saved_searches(&mut self) -> wasmtime::Result<Result<Vec<SavedSearch>, Problem>> {
        let call = self.enter("listings.saved-searches")?;
        let answer = self.own_searches().await;
        self.answer(call, &(), answer)
    }

    async fn forget_search(&mut self, id: String) -> wasmtime::Result<Result<(), Problem>> {
        let call = self.enter("listings.forget-search")?;
        let answer = self.granted().map(drop).and_then(|()| check::id("id", &id));
        let answer = answer.map(|id| self.hold(Write::ForgetSearch { id }));
        self.answer(call, &[id], answer)
    }
}

impl State {
    /// A listing as this person sees it, including this turn's buffered writes.
    pub(super) async fn one(&self, id: &str) -> Result<Listing, Problem> {
        let id = check::id("id", id)?;
        let host = self.granted()?;
        let mut listing = match self.created(id) {
            Some(listing) => listing,
            None => host.reads.listing(&self.agent, host.person, id).await?.ok_or(Problem::NotFound)?,
        };
        for write in self.effects.iter().map(|effect| &effect.write) {
            match write {
                Write::ListingUpdate { id: of, draft } if *of == id => listing.draft = draft.clone(),
                Write::ListingStatus { id: of, status } if *of == id => listing.status = *status,
                _ => {}
            }
        }
        Ok(listing)
    }

    fn created(&self, id: Uuid) -> Option<Listing> {
        self.writes().find_map(|write| match write {
            Write::ListingCreate { id: made, draft } if *made == id => Some(Listing {
                id: id.to_string(),
                domain: self.agent.as_ref().to_owned(),
                draft: draft.clone(),
                status: Status::Active,
                mine: true,
                owner_name: None,
                created_at: self.now,
                expires_at: self.now + LIFE_MS,
                distance_km: None,
            }),
            _ => None,
        })
    }

    async fn found(&self, query: &Query) -> Result<Vec<Listing>, Problem> {
        let host = self.granted()?;
        check_query(query)?;
        let now = i64::try_from(self.now).unwrap_or(i64::MAX);
        Ok(host.reads.listings_search(&self.agent, host.person, query, now).await?)
    }

    async fn may_report(&self, id: &str, reason: &str) -> Result<Uuid, Problem> {
        check::length("reason", reason, 1, 500)?;
        match self.one(id).await?.mine {
            true => Err(Problem::Denied("this listing is this person's own".into())),
            false => check::id("id", id),
        }
    }

    async fn may_save_search(&self, query: &Query) -> Result<(), Problem> {
        check_query(query)?;
        check::length("words", &query.words, 0, 200)?;
        match self.own_searches().await?.len() < SEARCHES_MAX {
            true => Ok(()),
            false => Err(Problem::Limit(format!("{SEARCHES_MAX} saved searches a person"))),
        }
    }

    /// The person's saved searches, including this turn's buffered writes, newest first.
    async fn own_searches(&self) -> Result<Vec<SavedSearch>, Problem> {
        let host = self.granted()?;
        let mut searches = host.reads.saved_searches(&self.agent, host.person).await?;
        for write in self.effects.iter().map(|effect| &effect.write) {
            match write {
                Write::SaveSearch { id, query } => {
                    searches.insert(0, SavedSearch { id: id.to_string(), query: query.clone(), created_at: self.now });
                }
                Write::ForgetSearch { id } => searches.retain(|search| search.id != id.to_string()),
                _ => {}
            }
        }
        Ok(searches)
    }

    async fn own(&self) -> Result<Vec<Listing>, Problem> {
        let host = self.granted()?;
        Ok(host.reads.listings_mine(&self.agent, host.person).await?)
    }

    /// Parses the id of a listing and checks that this person owns it.
    async fn own_id(&self, id: &str) -> Result<Uuid, Problem> {
        let listing = self.one(id).await?;
        match listing.mine {
            true => check::id("id", id),
            false => Err(Problem::Denied("this listing is somebody else's".into())),
        }
    }
}

/// A draft as others see it: its title is one line, and turns nothing that stands beside it.
fn as_shown(draft: &Draft) -> Draft {
    Draft { title: clean_line(&draft.title), ..draft.clone() }
}

fn check_draft(draft: &Draft) -> Result<(), Problem> {
    let wrong = |text: String| Err(Problem::Invalid(text));
    if !KINDS.contains(&draft.kind.as_str()) {
        return wrong(format!("kind: is `{}`; one of {}", draft.kind, KINDS.join(", ")));
    }
    check::length("title", &clean_line(&draft.title), 3, 120)?;
    if let Some(description) = &draft.description {
        check::length("description", description, 0, 2_000)?;
    }
    if let Some(category) = &draft.category {
        check::name("category", category)?;
    }
    if let (Some(low), Some(high)) = (&draft.price, &draft.price_max)
        && (high.hundredths < low.hundredths || high.currency != low.currency)
    {
        return wrong("price-max: is below the price, or in another currency".into());
    }
    for money in [&draft.price, &draft.price_max].into_iter().flatten() {
        if money.currency.len() != 3 || !money.currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return wrong(format!("price: `{}` is no currency", money.currency));
        }
    }
    if let Some(unit) = &draft.price_unit
        && !UNITS.contains(&unit.as_str())
    {
        return wrong(format!("price-unit: is `{unit}`; one of {}", UNITS.join(", ")));
    }
    if let Some(place) = &draft.place {
        check_place(place)?;
    }
    if draft.images.len() > IMAGES_MAX {
        return wrong(format!("images: {} of them, at most {IMAGES_MAX}", draft.images.len()));
    }
    check::object("attributes", &draft.attributes)
}

fn check_query(query: &Query) -> Result<(), Problem> {
    if query.attributes.len() > 10 {
        return Err(Problem::Invalid("attributes: more than 10 of them".into()));
    }
    for attribute in &query.attributes {
        check::name("attributes", &attribute.name)?;
    }
    check_point(query.near)?;
    match query.radius_km.is_some_and(|radius| radius.is_nan() || radius < 0.0) {
        true => Err(Problem::Invalid("radius-km: is negative".into())),
        false => Ok(()),
    }
}

pub(super) fn check_point(point: Option<Point>) -> Result<(), Problem> {
    check_place(&Place { point, name: None, address: None })
}

fn check_place(place: &Place) -> Result<(), Problem> {
    let Some(point) = place.point else { return Ok(()) };
    let on_earth = (-90.0..=90.0).contains(&point.latitude) && (-180.0..=180.0).contains(&point.longitude);
    if on_earth { Ok(()) } else { Err(Problem::Invalid("point: is not on the map".into())) }
}
