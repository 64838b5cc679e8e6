//! The reads of capabilities as a trait, so that the sandbox runs without a database.

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::{
    contract::{
        applications, listings, matches, privacy,
        quotas::{StoredListings, StoredRecords},
        records, search, tickets,
        types::Problem,
    },
    file::FileState,
    phone::Phone,
    quota::NoticesLeft,
};

/// The future of a read.
pub type ReadFuture<'a, T> = BoxFuture<'a, Result<T, ReadFailed>>;

/// A read of the store failed; the agent gets `unavailable`.
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
    /// The applicant.
    pub applicant: Uuid,
    /// The listing's owner.
    pub owner: Uuid,
    /// The listing.
    pub listing: Uuid,
    /// The status.
    pub status: applications::Status,
}

/// The parties to a match.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchParties {
    /// The seeker.
    pub seeker: Uuid,
    /// The listing's owner.
    pub owner: Uuid,
    /// The listing.
    pub listing: Uuid,
    /// The status.
    pub status: matches::Status,
}

/// The contact data of the other party of an accepted match. For the host only: no capability returns it.
#[derive(Clone, Debug, PartialEq)]
pub struct ContactCard {
    /// The name as WhatsApp shows it.
    pub name: Option<String>,
    /// The phone number, if known.
    pub phone: Option<Phone>,
}

/// The reads of the contract's capabilities. `agent` and `domain` are names of agents, times are milliseconds.
pub trait Reads: Send + Sync {
    /// How far the host is with a file that the agent may use in this person's turn: the person sent it, or it is in a listing of the
    /// agent's domain. None for every other.
    fn file_state<'a>(&'a self, agent: &'a str, person: Uuid, handle: &'a str) -> ReadFuture<'a, Option<FileState>>;
    /// One document; the agent's own if `person` is none.
    fn record<'a>(
        &'a self,
        agent: &'a str,
        person: Option<Uuid>,
        collection: &'a str,
        key: &'a str,
    ) -> ReadFuture<'a, Option<records::Document>>;
    /// The newest documents of a collection, newest first.
    fn records_newest<'a>(
        &'a self,
        agent: &'a str,
        person: Option<Uuid>,
        collection: &'a str,
        limit: u32,
    ) -> ReadFuture<'a, Vec<records::Document>>;
    /// The documents of a collection whose keys begin with a prefix and come after a key, in the order of their keys' bytes.
    fn records_with_prefix<'a>(
        &'a self,
        agent: &'a str,
        person: Option<Uuid>,
        collection: &'a str,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> ReadFuture<'a, Vec<records::Document>>;
    /// What is stored of an agent's documents, for its quota; of the agent itself if `person` is none.
    fn records_stored<'a>(&'a self, agent: &'a str, person: Option<Uuid>) -> ReadFuture<'a, StoredRecords>;
    /// One listing, as this person sees it.
    fn listing<'a>(&'a self, domain: &'a str, person: Uuid, id: Uuid) -> ReadFuture<'a, Option<listings::Listing>>;
    /// Active listings of others, best first.
    fn listings_search<'a>(
        &'a self,
        domain: &'a str,
        person: Uuid,
        query: &'a listings::Query,
        now: i64,
    ) -> ReadFuture<'a, Vec<listings::Listing>>;
    /// This person's own ones, newest first.
    fn listings_mine<'a>(&'a self, domain: &'a str, person: Uuid) -> ReadFuture<'a, Vec<listings::Listing>>;
    /// What is stored of this person's listings, for their quota.
    fn listings_stored<'a>(&'a self, domain: &'a str, person: Uuid) -> ReadFuture<'a, StoredListings>;
    /// A listing's owner and contact policy.
    fn listing_owner<'a>(
        &'a self,
        domain: &'a str,
        id: Uuid,
    ) -> ReadFuture<'a, Option<(Uuid, listings::ContactPolicy)>>;
    /// The parties to an application.
    fn application<'a>(&'a self, domain: &'a str, id: Uuid) -> ReadFuture<'a, Option<ApplicationParties>>;
    /// Whether this person has applied to a listing under this reference.
    fn application_exists<'a>(
        &'a self,
        domain: &'a str,
        listing: Uuid,
        person: Uuid,
        reference: &'a str,
    ) -> ReadFuture<'a, bool>;
    /// This person's own ones, newest first.
    fn applications_mine<'a>(&'a self, domain: &'a str, person: Uuid)
    -> ReadFuture<'a, Vec<applications::Application>>;
    /// The applications to a listing; empty if this person does not own it.
    fn applications_received<'a>(
        &'a self,
        domain: &'a str,
        person: Uuid,
        listing: Uuid,
    ) -> ReadFuture<'a, Vec<applications::Application>>;
    /// A match that this person is a party to.
    fn match_of<'a>(&'a self, domain: &'a str, person: Uuid, id: Uuid) -> ReadFuture<'a, Option<matches::Match>>;
    /// A seeker's match on a listing.
    fn match_for<'a>(&'a self, domain: &'a str, person: Uuid, listing: Uuid) -> ReadFuture<'a, Option<matches::Match>>;
    /// The parties to a match.
    fn match_parties<'a>(&'a self, domain: &'a str, id: Uuid) -> ReadFuture<'a, Option<MatchParties>>;
    /// This person's saved searches, newest first.
    fn saved_searches<'a>(&'a self, domain: &'a str, person: Uuid) -> ReadFuture<'a, Vec<listings::SavedSearch>>;
    /// Active listings of others in these domains, best first.
    fn search<'a>(
        &'a self,
        domains: &'a [String],
        person: Uuid,
        query: &'a search::Query,
        now: i64,
    ) -> ReadFuture<'a, Vec<search::Hit>>;
    /// The keys of this person's timers of one agent.
    fn timers<'a>(&'a self, agent: &'a str, person: Uuid) -> ReadFuture<'a, Vec<String>>;
    /// What is left today of the quotas that a notice of this agent in this person's turn counts against.
    fn notices_left<'a>(
        &'a self,
        agent: &'a str,
        sender: Uuid,
        recipient: Uuid,
        now: i64,
    ) -> ReadFuture<'a, NoticesLeft>;
    /// This person's tickets, newest first.
    fn tickets<'a>(&'a self, person: Uuid) -> ReadFuture<'a, Vec<tickets::Ticket>>;
    /// Counts of the data stored about this person.
    fn held<'a>(&'a self, person: Uuid) -> ReadFuture<'a, Vec<privacy::Holding>>;
    /// A preference of this person.
    fn preference<'a>(&'a self, person: Uuid, name: &'a str) -> ReadFuture<'a, Option<String>>;
}
