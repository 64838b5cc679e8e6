//! The capability `listings`: offers and requests in the agent's own domain, and saved searches.

use uuid::Uuid;

use super::{check, interface};
use crate::agent::state::State;
use switchboard_core::{
    contract::{
        listings::{Draft, Listing, Query, SavedSearch, Status},
        quotas::{self, LISTINGS, LISTINGS_A_TURN, LISTINGS_ACTIVE, SAVED_SEARCHES},
        types::Problem,
    },
    effect::Write,
    name::clean_line,
    text::is_blank,
};

/// How long a new listing lives, in milliseconds, as shown to the agent; the store sets the actual expiry.
const LIFE_MS: u64 = 30 * 24 * 60 * 60 * 1000;

impl interface::listings::Host for State {
    async fn create(&mut self, draft: Draft) -> wasmtime::Result<Result<String, Problem>> {
        let call = self.enter("listings.create")?;
        let answer = self.may_create(&draft).await.map(|()| {
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
        let answer = self.may_set_status(&id, status).await;
        let answer = answer.map(|id| self.hold(Write::ListingStatus { id, status }));
        self.answer(call, &(id, status), answer)
    }

    async fn report(&mut self, id: String, reason: String) -> wasmtime::Result<Result<(), Problem>> {
        let call = self.enter("listings.report")?;
        let answer = self.may_report(&id).await;
        let answer = answer.map(|listing| self.hold(Write::Report { listing, reason: reason.clone() }));
        self.answer(call, &(id, reason), answer)
    }

    async fn save_search(&mut self, query: Query) -> wasmtime::Result<Result<String, Problem>> {
        let call = self.enter("listings.save-search")?;
        let answer = self.may_save_search().await.map(|()| {
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
        let now = i64::try_from(self.now).unwrap_or(i64::MAX);
        Ok(host.reads.listings_search(&self.agent, host.person, query, now).await?)
    }

    async fn may_report(&self, id: &str) -> Result<Uuid, Problem> {
        match self.one(id).await?.mine {
            true => Err(Problem::Denied("this listing is this person's own".into())),
            false => check::id("id", id),
        }
    }

    async fn may_save_search(&self) -> Result<(), Problem> {
        quotas::one_more(self.own_searches().await?.len() as u64, SAVED_SEARCHES, "saved searches a person")
    }

    /// Checks a draft, and that there is room for a listing more.
    async fn may_create(&self, draft: &Draft) -> Result<(), Problem> {
        let host = self.granted()?;
        check_draft(draft)?;
        let made = self.written(|write| matches!(write, Write::ListingCreate { .. }));
        quotas::one_more(made, LISTINGS_A_TURN, "new listings a turn")?;
        let stored = host.reads.listings_stored(&self.agent, host.person).await?;
        quotas::one_more(stored.all + made, LISTINGS, "listings a person")?;
        quotas::one_more(stored.active + made + self.renewed(), LISTINGS_ACTIVE, "active listings a person")
    }

    /// Checks that a listing is this person's, and that one more may be active.
    async fn may_set_status(&self, id: &str, status: Status) -> Result<Uuid, Problem> {
        let listing = self.one(id).await?;
        let id = self.own_id(id).await?;
        if status == Status::Active && listing.status != Status::Active {
            let host = self.granted()?;
            let made = self.written(|write| matches!(write, Write::ListingCreate { .. }));
            let stored = host.reads.listings_stored(&self.agent, host.person).await?;
            quotas::one_more(stored.active + made + self.renewed(), LISTINGS_ACTIVE, "active listings a person")?;
        }
        Ok(id)
    }

    /// How many listings this turn has renewed.
    fn renewed(&self) -> u64 {
        self.written(|write| matches!(write, Write::ListingStatus { status: Status::Active, .. }))
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

/// Checks what two fields say together.
fn check_draft(draft: &Draft) -> Result<(), Problem> {
    if is_blank(&clean_line(&draft.title)) {
        return Err(Problem::Invalid("title: nothing is seen of it".into()));
    }
    match (&draft.price, &draft.price_max) {
        (Some(low), Some(high)) if high.hundredths < low.hundredths || high.currency != low.currency => {
            Err(Problem::Invalid("price-max: is below the price, or in another currency".into()))
        }
        _ => Ok(()),
    }
}
