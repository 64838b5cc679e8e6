//! A database that holds nothing: turns are measured without one. One document can be made to wait.

use std::sync::Arc;

use switchboard_core::{
    contract::{
        applications, listings, matches, privacy,
        quotas::{StoredListings, StoredRecords},
        records, search, tickets,
    },
    file::FileState,
    model::NoModel,
    quota::NoticesLeft,
    reads::{ApplicationParties, MatchParties, ReadFuture, Reads},
    services::NoServices,
};
use switchboard_sandbox::agent::TurnHost;
use uuid::Uuid;

use crate::baseline::wasm_loop::Gate;

/// Holds nothing; a document is waited for at the gate, if there is one.
#[derive(Default)]
pub struct Nothing(pub Option<Arc<Gate>>);

/// The host's side of a turn.
pub fn host(gate: Option<Arc<Gate>>) -> TurnHost {
    TurnHost {
        person: Uuid::from_u128(1),
        reads: Arc::new(Nothing(gate)),
        model: Arc::new(NoModel),
        services: Arc::new(NoServices),
        roster: Arc::from([]),
        features: Vec::new(),
        held: 0,
        depth: 0,
    }
}

fn none<'a, T: Default + Send + 'a>() -> ReadFuture<'a, T> {
    Box::pin(async { Ok(T::default()) })
}

impl Reads for Nothing {
    fn file_state<'a>(&'a self, _: &'a str, _: Uuid, _: &'a str) -> ReadFuture<'a, Option<FileState>> {
        none()
    }

    fn record<'a>(
        &'a self,
        _: &'a str,
        _: Option<Uuid>,
        _: &'a str,
        _: &'a str,
    ) -> ReadFuture<'a, Option<records::Document>> {
        Box::pin(async {
            if let Some(gate) = &self.0 {
                gate.wait().await;
            }
            Ok(None)
        })
    }

    fn records_newest<'a>(
        &'a self,
        _: &'a str,
        _: Option<Uuid>,
        _: &'a str,
        _: u32,
    ) -> ReadFuture<'a, Vec<records::Document>> {
        none()
    }

    fn records_with_prefix<'a>(
        &'a self,
        _: &'a str,
        _: Option<Uuid>,
        _: &'a str,
        _: &'a str,
        _: Option<&'a str>,
        _: u32,
    ) -> ReadFuture<'a, Vec<records::Document>> {
        none()
    }

    fn records_stored<'a>(&'a self, _: &'a str, _: Option<Uuid>) -> ReadFuture<'a, StoredRecords> {
        none()
    }

    fn listings_stored<'a>(&'a self, _: &'a str, _: Uuid) -> ReadFuture<'a, StoredListings> {
        none()
    }

    fn listing<'a>(&'a self, _: &'a str, _: Uuid, _: Uuid) -> ReadFuture<'a, Option<listings::Listing>> {
        none()
    }

    fn listings_search<'a>(
        &'a self,
        _: &'a str,
        _: Uuid,
        _: &'a listings::Query,
        _: i64,
    ) -> ReadFuture<'a, Vec<listings::Listing>> {
        none()
    }

    fn listings_mine<'a>(&'a self, _: &'a str, _: Uuid) -> ReadFuture<'a, Vec<listings::Listing>> {
        none()
    }

    fn listing_owner<'a>(&'a self, _: &'a str, _: Uuid) -> ReadFuture<'a, Option<(Uuid, listings::ContactPolicy)>> {
        none()
    }

    fn application<'a>(&'a self, _: &'a str, _: Uuid) -> ReadFuture<'a, Option<ApplicationParties>> {
        none()
    }

    fn application_exists<'a>(&'a self, _: &'a str, _: Uuid, _: Uuid, _: &'a str) -> ReadFuture<'a, bool> {
        none()
    }

    fn applications_mine<'a>(&'a self, _: &'a str, _: Uuid) -> ReadFuture<'a, Vec<applications::Application>> {
        none()
    }

    fn applications_received<'a>(
        &'a self,
        _: &'a str,
        _: Uuid,
        _: Uuid,
    ) -> ReadFuture<'a, Vec<applications::Application>> {
        none()
    }

    fn match_of<'a>(&'a self, _: &'a str, _: Uuid, _: Uuid) -> ReadFuture<'a, Option<matches::Match>> {
        none()
    }

    fn match_for<'a>(&'a self, _: &'a str, _: Uuid, _: Uuid) -> ReadFuture<'a, Option<matches::Match>> {
        none()
    }

    fn match_parties<'a>(&'a self, _: &'a str, _: Uuid) -> ReadFuture<'a, Option<MatchParties>> {
        none()
    }

    fn saved_searches<'a>(&'a self, _: &'a str, _: Uuid) -> ReadFuture<'a, Vec<listings::SavedSearch>> {
        none()
    }

    fn search<'a>(
        &'a self,
        _: &'a [String],
        _: Uuid,
        _: &'a search::Query,
        _: i64,
    ) -> ReadFuture<'a, Vec<search::Hit>> {
        none()
    }

    fn timers<'a>(&'a self, _: &'a str, _: Uuid) -> ReadFuture<'a, Vec<String>> {
        none()
    }

    fn notices_left<'a>(&'a self, _: &'a str, _: Uuid, _: Uuid, _: i64) -> ReadFuture<'a, NoticesLeft> {
        none()
    }

    fn tickets<'a>(&'a self, _: Uuid) -> ReadFuture<'a, Vec<tickets::Ticket>> {
        none()
    }

    fn held<'a>(&'a self, _: Uuid) -> ReadFuture<'a, Vec<privacy::Holding>> {
        none()
    }

    fn preference<'a>(&'a self, _: Uuid, _: &'a str) -> ReadFuture<'a, Option<String>> {
        none()
    }
}
