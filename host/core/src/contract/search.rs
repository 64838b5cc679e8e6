//! Search over the listings of all agents that are on, by words, place and price, with one ranking.

use serde::{Deserialize, Serialize};

use super::types::{Money, Place, Point};

/// What to look for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Query {
    /// Words; the more of them match, the higher it ranks. Compared by stem in four languages.
    pub words: String,
    /// In hundredths of the person's currency.
    pub price_max: Option<u64>,
    /// Ranks what is near higher.
    pub near: Option<Point>,
    /// At most 50.
    pub limit: u32,
    /// For paging.
    pub offset: u32,
}

/// A listing that fits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// The agent whose domain it is in; a handoff with the context `{"listing": id}` leads to it.
    pub agent: String,
    pub listing: String,
    pub title: String,
    pub price: Option<Money>,
    pub price_max: Option<Money>,
    pub place: Option<Place>,
    /// From the point asked for, if both have one.
    pub distance_km: Option<f64>,
}
