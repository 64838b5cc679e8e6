//! The capability `outreach`: notices to the other party of a listing, a match or an application.

use uuid::Uuid;

use super::{check, interface};
use crate::agent::state::State;
use switchboard_core::{
    contract::{outreach::Recipient, types::Problem},
    effect::Write,
    quota::DEPTH_MAX,
};

/// The most notices in one turn.
const NOTICES_MAX: usize = 5;

/// The recipient and subject of a notice.
struct Addressed {
    person: Uuid,
    listing: Option<Uuid>,
    r#match: Option<Uuid>,
}

impl interface::outreach::Host for State {
    async fn notify(&mut self, to: Recipient, kind: String, data: String) -> wasmtime::Result<Result<(), Problem>> {
        let call = self.enter("outreach.notify")?;
        let answer = self.addressed(&to, &kind).await.map(|to| {
            let Addressed { person, listing, r#match } = to;
            self.hold(Write::Notify { person, kind: kind.clone(), listing, r#match, data: data.clone() });
        });
        self.answer(call, &(to, kind, data), answer)
    }
}

impl State {
    async fn addressed(&self, to: &Recipient, kind: &str) -> Result<Addressed, Problem> {
        check::notice_kind(kind)?;
        if self.writes().filter(|write| matches!(write, Write::Notify { .. })).count() >= NOTICES_MAX {
            return Err(Problem::Limit(format!("{NOTICES_MAX} notices a turn")));
        }
        let depth = self.granted()?.depth + 1;
        if depth > DEPTH_MAX {
            return Err(Problem::Denied(format!(
                "a notice of depth {depth}: what {DEPTH_MAX} notices have caused, one by the other, causes none"
            )));
        }
        let addressed = match to {
            Recipient::ListingOwner(id) => self.owner_of(check::id("listing", id)?).await?,
            Recipient::MatchOther(id) => self.other_of_match(check::id("match", id)?).await?,
            Recipient::ApplicationOther(id) => self.other_of_application(check::id("application", id)?).await?,
        };
        match self.granted()?.person == addressed.person {
            true => Err(Problem::Denied("that is this person".into())),
            false => self.within_quotas(addressed.person).await.map(|()| addressed),
        }
    }

    /// Checks the day's quotas, with what this turn has caused already. That they hold over all hosts is for the commit.
    async fn within_quotas(&self, recipient: Uuid) -> Result<(), Problem> {
        let host = self.granted()?;
        let now = i64::try_from(self.now).unwrap_or(i64::MAX);
        let left = host.reads.notices_left(&self.agent, host.person, recipient, now).await?;
        let caused = |to: Option<Uuid>| {
            let to_them =
                |write: &&Write| matches!(write, Write::Notify { person, .. } if to.is_none_or(|to| to == *person));
            self.writes().filter(to_them).count() as i64
        };
        let refused = match left.agent {
            None => Some(("muted", "the notices of this agent are muted: there were more than answers")),
            Some(left) if left <= caused(None) => Some(("agent", "notices of this agent a day")),
            _ if left.sender <= caused(None) => Some(("sender", "notices of this person a day")),
            _ if left.recipient <= caused(Some(recipient)) => Some(("recipient", "notices to that person a day")),
            _ => None,
        };
        let Some((reason, words)) = refused else { return Ok(()) };
        let labels = [("agent", self.agent.to_string()), ("reason", reason.to_owned())];
        metrics::counter!("switchboard_notices_refused_total", &labels).increment(1);
        Err(Problem::Limit(words.into()))
    }

    async fn owner_of(&self, listing: Uuid) -> Result<Addressed, Problem> {
        let host = self.granted()?;
        let (person, _) = host.reads.listing_owner(&self.agent, listing).await?.ok_or(Problem::NotFound)?;
        let r#match = self.writes().find_map(|write| match write {
            Write::MatchPropose { id, listing: of, .. } if *of == listing => Some(*id),
            _ => None,
        });
        Ok(Addressed { person, listing: Some(listing), r#match })
    }

    /// The other party of a match. A match made in this turn is found among its writes: the other party is the
    /// listing's owner.
    async fn other_of_match(&self, id: Uuid) -> Result<Addressed, Problem> {
        let made_now = self.writes().find_map(|write| match write {
            Write::MatchPropose { id: made, listing, .. } if *made == id => Some(*listing),
            _ => None,
        });
        if let Some(listing) = made_now {
            return Ok(Addressed { r#match: Some(id), ..self.owner_of(listing).await? });
        }
        let host = self.granted()?;
        let parties = host.reads.match_parties(&self.agent, id).await?.ok_or(Problem::NotFound)?;
        let person = other(host.person, parties.seeker, parties.owner)?;
        Ok(Addressed { person, listing: Some(parties.listing), r#match: Some(id) })
    }

    async fn other_of_application(&self, id: Uuid) -> Result<Addressed, Problem> {
        let made_now = self.writes().find_map(|write| match write {
            Write::Apply { id: made, listing, .. } if *made == id => Some(*listing),
            _ => None,
        });
        if let Some(listing) = made_now {
            return self.owner_of(listing).await;
        }
        let host = self.granted()?;
        let parties = host.reads.application(&self.agent, id).await?.ok_or(Problem::NotFound)?;
        let person = other(host.person, parties.applicant, parties.owner)?;
        Ok(Addressed { person, listing: Some(parties.listing), r#match: None })
    }
}

/// The party who is not this person; not found if this person is neither.
fn other(person: Uuid, a: Uuid, b: Uuid) -> Result<Uuid, Problem> {
    match person {
        _ if person == a => Ok(b),
        _ if person == b => Ok(a),
        _ => Err(Problem::NotFound),
    }
}
