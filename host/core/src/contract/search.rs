//! The types of `search`: search over the listings of all agents that are on, by words, place and price.

use serde::{Deserialize, Serialize};

use super::types::{Money, Place, Point};

/// A search query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Query {
    /// Words; the more of them match, the higher it ranks. Compared by concept and by stem in four languages.
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

/// A listing that matches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// The agent whose domain it is in; a handoff with the context `{"listing": id}` leads to it.
    pub agent: String,
    /// The id of the listing.
    pub listing: String,
    /// The listing's title.
    pub title: String,
    /// The price, or the lower end of a range.
    pub price: Option<Money>,
    /// The upper end of a range.
    pub price_max: Option<Money>,
    /// The place.
    pub place: Option<Place>,
    /// From the point asked for, if both have one.
    pub distance_km: Option<f64>,
}
