//! The capability `matches`: pairs of a seeker and a listing, and whether contacts may be exchanged.

use uuid::Uuid;

use super::{check, interface};
use crate::agent::state::State;
use switchboard_core::{
    contract::{
        listings::ContactPolicy,
        matches::{Match, Side, Status},
        types::Problem,
    },
    effect::Write,
};

impl interface::matches::Host for State {
    async fn propose(&mut self, listing: String) -> wasmtime::Result<Result<Match, Problem>> {
        let call = self.enter("matches.propose")?;
        let answer = self.proposed(&listing).await;
        self.answer(call, &[listing], answer)
    }

    async fn get(&mut self, id: String) -> wasmtime::Result<Result<Match, Problem>> {
        let call = self.enter("matches.get")?;
        let answer = self.one_match(&id).await;
        self.answer(call, &[id], answer)
    }

    async fn answer(&mut self, id: String, status: Status) -> wasmtime::Result<Result<(), Problem>> {
        let call = self.enter("matches.answer")?;
        let answer = self.may_answer_match(&id).await.map(|id| self.hold(Write::MatchAnswer { id, status }));
        self.answer(call, &(id, status), answer)
    }
}

impl State {
    async fn proposed(&mut self, listing: &str) -> Result<Match, Problem> {
        let found = self.one(listing).await?;
        if found.mine {
            return Err(Problem::Denied("this listing is this person's own".into()));
        }
        let id = check::id("listing", listing)?;
        if let Some(again) = self.proposed.iter().find(|proposed| proposed.listing == found.id) {
            return Ok(again.clone());
        }
        let host = self.granted()?;
        // A match found by a saved search is only suggested; this person now asks for contact.
        let known = host.reads.match_for(&self.agent, host.person, id).await?;
        if let Some(known) = known.clone().filter(|known| known.status != Status::Suggested) {
            return Ok(known);
        }
        let (_, policy) = host.reads.listing_owner(&self.agent, id).await?.ok_or(Problem::NotFound)?;
        let status = match policy {
            ContactPolicy::Share => Status::Accepted,
            ContactPolicy::Ask => Status::Contacted,
            ContactPolicy::Never => return Err(Problem::Denied("the owner gives no contact".into())),
        };
        let made = match known {
            Some(known) => check::id("id", &known.id)?,
            None => self.new_id(),
        };
        self.hold(Write::MatchPropose { id: made, listing: id, status });
        let proposed = Match {
            id: made.to_string(),
            listing: found.id,
            title: found.draft.title,
            status,
            side: Side::Seeker,
            other_name: found.owner_name,
        };
        self.proposed.push(proposed.clone());
        Ok(proposed)
    }

    /// A match that this person is a party to, including this turn's buffered writes.
    pub(super) async fn one_match(&self, id: &str) -> Result<Match, Problem> {
        let uuid = check::id("id", id)?;
        let host = self.granted()?;
        let now = self.proposed.iter().find(|proposed| proposed.id == id).cloned();
        let mut found = match now {
            Some(proposed) => proposed,
            None => host.reads.match_of(&self.agent, host.person, uuid).await?.ok_or(Problem::NotFound)?,
        };
        for write in self.effects.iter().map(|effect| &effect.write) {
            if let Write::MatchAnswer { id: of, status } = write
                && *of == uuid
            {
                found.status = *status;
            }
        }
        Ok(found)
    }

    async fn may_answer_match(&self, id: &str) -> Result<Uuid, Problem> {
        match self.one_match(id).await?.side {
            Side::Owner => check::id("id", id),
            Side::Seeker => Err(Problem::Denied("the owner of the listing answers".into())),
        }
    }
}
