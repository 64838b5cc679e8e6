//! The store as capabilities read it.

use uuid::Uuid;

use super::{ApplicationParties, MatchParties, Store, StoreError};
use switchboard_core::{
    contract::{
        applications, listings, matches, privacy,
        quotas::{StoredListings, StoredRecords},
        records, search, tickets,
    },
    file::FileState,
    quota::NoticesLeft,
    reads::{ReadFailed, ReadFuture, Reads},
};

/// Boxes a read of the store, and turns its error into what an agent may know.
macro_rules! read {
    ($call:expr) => {
        Box::pin(async move { $call.await.map_err(|error: StoreError| ReadFailed(error.to_string())) })
    };
}

impl Reads for Store {
    fn file_state<'a>(&'a self, agent: &'a str, person: Uuid, handle: &'a str) -> ReadFuture<'a, Option<FileState>> {
        read!(Store::file_state(self, agent, person, handle))
    }

    fn record<'a>(
        &'a self,
        agent: &'a str,
        person: Option<Uuid>,
        collection: &'a str,
        key: &'a str,
    ) -> ReadFuture<'a, Option<records::Document>> {
        read!(Store::record(self, agent, person, collection, key))
    }

    fn records_newest<'a>(
        &'a self,
        agent: &'a str,
        person: Option<Uuid>,
        collection: &'a str,
        limit: u32,
    ) -> ReadFuture<'a, Vec<records::Document>> {
        read!(Store::records_newest(self, agent, person, collection, limit))
    }

    fn records_with_prefix<'a>(
        &'a self,
        agent: &'a str,
        person: Option<Uuid>,
        collection: &'a str,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> ReadFuture<'a, Vec<records::Document>> {
        read!(Store::records_with_prefix(self, agent, person, collection, prefix, after, limit))
    }

    fn records_stored<'a>(&'a self, agent: &'a str, person: Option<Uuid>) -> ReadFuture<'a, StoredRecords> {
        read!(Store::records_stored(self, agent, person))
    }

    fn listing<'a>(&'a self, domain: &'a str, person: Uuid, id: Uuid) -> ReadFuture<'a, Option<listings::Listing>> {
        read!(Store::listing(self, domain, person, id))
    }

    fn listings_search<'a>(
        &'a self,
        domain: &'a str,
        person: Uuid,
        query: &'a listings::Query,
        now: i64,
    ) -> ReadFuture<'a, Vec<listings::Listing>> {
        read!(Store::listings_search(self, domain, person, query, now))
    }

    fn listings_mine<'a>(&'a self, domain: &'a str, person: Uuid) -> ReadFuture<'a, Vec<listings::Listing>> {
        read!(Store::listings_mine(self, domain, person))
    }

    fn listings_stored<'a>(&'a self, domain: &'a str, person: Uuid) -> ReadFuture<'a, StoredListings> {
        read!(Store::listings_stored(self, domain, person))
    }

    fn listing_owner<'a>(
        &'a self,
        domain: &'a str,
        id: Uuid,
    ) -> ReadFuture<'a, Option<(Uuid, listings::ContactPolicy)>> {
        read!(Store::listing_owner(self, domain, id))
    }

    fn application<'a>(&'a self, domain: &'a str, id: Uuid) -> ReadFuture<'a, Option<ApplicationParties>> {
        read!(Store::application(self, domain, id))
    }

    fn application_exists<'a>(
        &'a self,
        domain: &'a str,
        listing: Uuid,
        person: Uuid,
        reference: &'a str,
    ) -> ReadFuture<'a, bool> {
        read!(Store::application_exists(self, domain, listing, person, reference))
    }

    fn applications_mine<'a>(
        &'a self,
        domain: &'a str,
        person: Uuid,
    ) -> ReadFuture<'a, Vec<applications::Application>> {
        read!(Store::applications_mine(self, domain, person))
    }

    fn applications_received<'a>(
        &'a self,
        domain: &'a str,
        person: Uuid,
        listing: Uuid,
    ) -> ReadFuture<'a, Vec<applications::Application>> {
        read!(Store::applications_received(self, domain, person, listing))
    }

    fn match_of<'a>(&'a self, domain: &'a str, person: Uuid, id: Uuid) -> ReadFuture<'a, Option<matches::Match>> {
        read!(Store::match_of(self, domain, person, id))
    }

    fn match_for<'a>(&'a self, domain: &'a str, person: Uuid, listing: Uuid) -> ReadFuture<'a, Option<matches::Match>> {
        read!(Store::match_for(self, domain, person, listing))
    }

    fn match_parties<'a>(&'a self, domain: &'a str, id: Uuid) -> ReadFuture<'a, Option<MatchParties>> {
        read!(Store::match_parties(self, domain, id))
    }

    fn saved_searches<'a>(&'a self, domain: &'a str, person: Uuid) -> ReadFuture<'a, Vec<listings::SavedSearch>> {
        read!(Store::saved_searches(self, domain, person))
    }

    fn search<'a>(
        &'a self,
        domains: &'a [String],
        person: Uuid,
        query: &'a search::Query,
        now: i64,
    ) -> ReadFuture<'a, Vec<search::Hit>> {
        read!(Store::search(self, domains, person, query, now))
    }

    fn timers<'a>(&'a self, agent: &'a str, person: Uuid) -> ReadFuture<'a, Vec<String>> {
        read!(Store::timers(self, agent, person))
    }

    fn notices_left<'a>(
        &'a self,
        agent: &'a str,
        sender: Uuid,
        recipient: Uuid,
        now: i64,
    ) -> ReadFuture<'a, NoticesLeft> {
        read!(Store::notices_left(self, agent, sender, recipient, now))
    }

    fn tickets<'a>(&'a self, person: Uuid) -> ReadFuture<'a, Vec<tickets::Ticket>> {
        read!(Store::tickets_of(self, person))
    }

    fn held<'a>(&'a self, person: Uuid) -> ReadFuture<'a, Vec<privacy::Holding>> {
        read!(Store::held(self, person))
    }

    fn preference<'a>(&'a self, person: Uuid, name: &'a str) -> ReadFuture<'a, Option<String>> {
        read!(Store::preference(self, person, name))
    }
}
