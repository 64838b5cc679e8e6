//! The capability `applications`: applications to a listing's owner, for instance for a job.

use uuid::Uuid;

use super::{check, interface};
use crate::agent::state::State;
use switchboard_core::{
    contract::{
        applications::{Application, Status},
        quotas::{self, APPLICATIONS_A_TURN},
        types::Problem,
    },
    effect::Write,
};

impl interface::applications::Host for State {
    async fn apply(
        &mut self,
        listing: String,
        reference: String,
        message: String,
        attributes: String,
    ) -> wasmtime::Result<Result<String, Problem>> {
        let call = self.enter("applications.apply")?;
        let answer = self.may_apply(&listing, &reference).await.map(|listing| {
            let id = self.new_id();
            let (reference, message, attributes) = (reference.clone(), message.clone(), attributes.clone());
            self.hold(Write::Apply { id, listing, reference, message, attributes });
            id.to_string()
        });
        self.answer(call, &(listing, reference, message, attributes), answer)
    }

    async fn mine(&mut self) -> wasmtime::Result<Result<Vec<Application>, Problem>> {
        let call = self.enter("applications.mine")?;
        let answer = match self.granted() {
            Ok(host) => host.reads.applications_mine(&self.agent, host.person).await.map_err(Problem::from),
            Err(problem) => Err(problem),
        };
        self.answer(call, &(), answer)
    }

    async fn received(&mut self, listing: String) -> wasmtime::Result<Result<Vec<Application>, Problem>> {
        let call = self.enter("applications.received")?;
        let answer = self.received_for(&listing).await;
        self.answer(call, &[listing], answer)
    }

    async fn answer(&mut self, id: String, status: Status) -> wasmtime::Result<Result<(), Problem>> {
        let call = self.enter("applications.answer")?;
        let answer = self.may_answer(&id, status).await.map(|id| self.hold(Write::ApplicationAnswer { id, status }));
        self.answer(call, &(id, status), answer)
    }
}

impl State {
    async fn may_apply(&self, listing: &str, reference: &str) -> Result<Uuid, Problem> {
        let made = self.written(|write| matches!(write, Write::Apply { .. }));
        quotas::one_more(made, APPLICATIONS_A_TURN, "applications a turn")?;
        let found = self.one(listing).await?;
        if found.mine {
            return Err(Problem::Denied("one does not apply to one's own listing".into()));
        }
        if found.status != switchboard_core::contract::listings::Status::Active {
            return Err(Problem::Denied("the listing is no longer active".into()));
        }
        let id = check::id("listing", listing)?;
        let host = self.granted()?;
        let now = self.writes().any(
            |write| matches!(write, Write::Apply { listing, reference: known, .. } if *listing == id && known == reference),
        );
        if now || host.reads.application_exists(&self.agent, id, host.person, reference).await? {
            return Err(Problem::Conflict("this person has applied already".into()));
        }
        Ok(id)
    }

    async fn received_for(&self, listing: &str) -> Result<Vec<Application>, Problem> {
        let id = check::id("listing", listing)?;
        let host = self.granted()?;
        Ok(host.reads.applications_received(&self.agent, host.person, id).await?)
    }

    /// Checks that this person may set a status: the owner accepts and rejects, the applicant withdraws.
    async fn may_answer(&self, id: &str, status: Status) -> Result<Uuid, Problem> {
        let id = check::id("id", id)?;
        let host = self.granted()?;
        let parties = host.reads.application(&self.agent, id).await?.ok_or(Problem::NotFound)?;
        let allowed = match status {
            Status::Withdrawn => parties.applicant == host.person,
            Status::Pending | Status::Accepted | Status::Rejected => parties.owner == host.person,
        };
        match (allowed, parties.applicant == host.person || parties.owner == host.person) {
            (true, _) => Ok(id),
            (false, true) => Err(Problem::Denied("this answer is for the other side to give".into())),
            (false, false) => Err(Problem::NotFound),
        }
    }
}
