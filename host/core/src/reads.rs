//! What capabilities read: the store as this room needs it, behind a trait, so that a sandbox runs without a database.

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::{
    contract::{applications, listings, matches, privacy, records, search, tickets, types::Problem},
    phone::Phone,
};

/// An answer to come.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, ReadFailed>>;

/// The store did not answer; the agent is told `unavailable`.
#[derive(Debug, thiserror::Error)]
#[error("the store did not answer: {0}")]
pub struct ReadFailed(pub String);

impl From<ReadFailed> for Problem {
    fn from(failed: ReadFailed) -> Problem {
        tracing::warn!(error = %failed, "an agent's read failed: {failed}");
        Problem::Unavailable("the host cannot read this now".into())
    }
}

/// The parties to an application.
#[derive(Clone, Debug, PartialEq)]
pub struct ApplicationParties {
    /// Who applied.
    pub applicant: Uuid,
    /// Who owns the listing.
    pub owner: Uuid,
    /// The listing.
    pub listing: Uuid,
    /// Where it stands.
    pub status: applications::Status,
}

/// The parties to a match.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchParties {
    /// Who asked.
    pub seeker: Uuid,
    /// Who owns the listing.
    pub owner: Uuid,
    /// The listing.
    pub listing: Uuid,
    /// Where it stands.
    pub status: matches::Status,
}

/// How to reach the other side of an accepted match. For the host alone: no capability returns it.
#[derive(Clone, Debug, PartialEq)]
pub struct ContactCard {
    /// As WhatsApp shows it.
    pub name: Option<String>,
    /// If they have one we know.
    pub phone: Option<Phone>,
}

/// The reads of the contract's capabilities. `agent` and `domain` are names of agents, times are milliseconds.
pub trait Reads: Send + Sync {
    /// One document; of the agent itself if `person` is none.
    fn record<'a>(
        &'a self,
        agent: &'a str,
        person: Option<Uuid>,
        collection: &'a str,
        key: &'a str,
    ) -> Answer<'a, Option<records::Document>>;
    /// The newest documents of a collection, newest first.
    fn records_newest<'a>(
        &'a self,
        agent: &'a str,
        person: Option<Uuid>,
        collection: &'a str,
        limit: u32,
    ) -> Answer<'a, Vec<records::Document>>;
    /// One listing, as this person sees it.
    fn listing<'a>(&'a self, domain: &'a str, person: Uuid, id: Uuid) -> Answer<'a, Option<listings::Listing>>;
    /// Active listings of others, best first.
    fn listings_search<'a>(
        &'a self,
        domain: &'a str,
        person: Uuid,
        query: &'a listings::Query,
        now: i64,
    ) -> Answer<'a, Vec<listings::Listing>>;
    /// This person's own, newest first.
    fn listings_mine<'a>(&'a self, domain: &'a str, person: Uuid) -> Answer<'a, Vec<listings::Listing>>;
    /// Whose it is, and who may have their contact.
    fn listing_owner<'a>(&'a self, domain: &'a str, id: Uuid) -> Answer<'a, Option<(Uuid, listings::ContactPolicy)>>;
    /// The parties to an application.
    fn application<'a>(&'a self, domain: &'a str, id: Uuid) -> Answer<'a, Option<ApplicationParties>>;
    /// Whether this person has applied under this reference.
    fn application_exists<'a>(&'a self, listing: Uuid, person: Uuid, reference: &'a str) -> Answer<'a, bool>;
    /// This person's own, newest first.
    fn applications_mine<'a>(&'a self, domain: &'a str, person: Uuid) -> Answer<'a, Vec<applications::Application>>;
    /// Those for a listing; empty if it is not this person's.
    fn applications_received<'a>(
        &'a self,
        domain: &'a str,
        person: Uuid,
        listing: Uuid,
    ) -> Answer<'a, Vec<applications::Application>>;
    /// A match that this person is a side of.
    fn match_of<'a>(&'a self, person: Uuid, id: Uuid) -> Answer<'a, Option<matches::Match>>;
    /// This seeker's match on that listing.
    fn match_for<'a>(&'a self, person: Uuid, listing: Uuid) -> Answer<'a, Option<matches::Match>>;
    /// The parties to a match.
    fn match_parties<'a>(&'a self, id: Uuid) -> Answer<'a, Option<MatchParties>>;
    /// This person's saved searches, newest first.
    fn saved_searches<'a>(&'a self, domain: &'a str, person: Uuid) -> Answer<'a, Vec<listings::SavedSearch>>;
    /// Active listings of others in these domains, best first.
    fn search<'a>(
        &'a self,
        domains: &'a [String],
        person: Uuid,
        query: &'a search::Query,
        now: i64,
    ) -> Answer<'a, Vec<search::Hit>>;
    /// This person's timers of one agent, by key.
    fn timers<'a>(&'a self, agent: &'a str, person: Uuid) -> Answer<'a, Vec<String>>;
    /// This person's tickets, newest first.
    fn tickets<'a>(&'a self, person: Uuid) -> Answer<'a, Vec<tickets::Ticket>>;
    /// What is held about this person.
    fn held<'a>(&'a self, person: Uuid) -> Answer<'a, Vec<privacy::Holding>>;
    /// What this person likes.
    fn preference<'a>(&'a self, person: Uuid, name: &'a str) -> Answer<'a, Option<String>>;
}
