//! Things offered and wanted, each in the asking agent's own domain.

use serde::{Deserialize, Serialize};

use super::types::{Extra, Money, Place, Point};

/// Whether others may have the owner's contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContactPolicy {
    /// Anyone interested gets it.
    Share,
    /// The owner is asked each time.
    Ask,
    /// Nobody.
    Never,
}

/// Where a listing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    Active,
    Sold,
    Rented,
    Expired,
    Removed,
}

/// What to list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// `product`, `service`, `job`, `rental` or `produce`.
    pub kind: String,
    /// 3 to 120 characters.
    pub title: String,
    /// Up to 2 000 characters.
    pub description: Option<String>,
    /// The agent's own taxonomy.
    pub category: Option<String>,
    /// The price, or the lower end of a range.
    pub price: Option<Money>,
    /// The upper end of a range.
    pub price_max: Option<Money>,
    /// `item`, `hour`, `day`, `night`, `week`, `month` or `kg`.
    pub price_unit: Option<String>,
    /// Where.
    pub place: Option<Place>,
    /// What only this domain knows, an object.
    pub attributes: String,
    /// Handles of photos.
    pub images: Vec<String>,
    /// Who may have the owner's contact.
    pub contact: ContactPolicy,
}

/// A listing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    pub id: String,
    /// The agent it belongs to.
    pub domain: String,
    pub draft: Draft,
    pub status: Status,
    /// Whether this person owns it.
    pub mine: bool,
    /// The owner's name as WhatsApp shows it, cut to the first word.
    pub owner_name: Option<String>,
    pub created_at: u64,
    pub expires_at: u64,
    /// From the point asked for, if both have one.
    pub distance_km: Option<f64>,
}

/// What to look for. Empty fields match everything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Query {
    /// Words; the more of them match, the higher it ranks. Compared by stem in four languages.
    pub words: String,
    pub kind: Option<String>,
    pub category: Option<String>,
    /// Attributes that must be just so; numbers in their JSON form.
    pub attributes: Vec<Extra>,
    /// In hundredths of the person's currency.
    pub price_min: Option<u64>,
    pub price_max: Option<u64>,
    /// Ranks what is near higher.
    pub near: Option<Point>,
    /// With `near`: leaves out what is farther. Listings without a point stay.
    pub radius_km: Option<f64>,
    /// At most 50.
    pub limit: u32,
    /// For paging.
    pub offset: u32,
}

/// A saved search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedSearch {
    pub id: String,
    pub query: Query,
    pub created_at: u64,
}
