//! The types of `listings`: offers and requests in an agent's own domain.

use serde::{Deserialize, Serialize};

use super::types::{Extra, Money, Place, Point};

/// The policy for giving out the owner's contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContactPolicy {
    /// Anyone interested gets it.
    Share,
    /// The owner is asked each time.
    Ask,
    /// Nobody.
    Never,
}

/// The status of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Shown in searches.
    Active,
    /// Sold.
    Sold,
    /// Rented out.
    Rented,
    /// Too old.
    Expired,
    /// Removed by its owner.
    Removed,
}

/// The content of a listing, as its owner enters it.
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
    /// The place.
    pub place: Option<Place>,
    /// Attributes of this domain, a JSON object.
    pub attributes: String,
    /// Handles of photos.
    pub images: Vec<String>,
    /// Who may have the owner's contact.
    pub contact: ContactPolicy,
}

/// A listing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    /// The id.
    pub id: String,
    /// The agent it belongs to.
    pub domain: String,
    /// The content.
    pub draft: Draft,
    /// The status.
    pub status: Status,
    /// Whether this person owns it.
    pub mine: bool,
    /// The owner's name as WhatsApp shows it, cut to the first word.
    pub owner_name: Option<String>,
    /// When it was made, in milliseconds.
    pub created_at: u64,
    /// When it expires, in milliseconds.
    pub expires_at: u64,
    /// From the point asked for, if both have one.
    pub distance_km: Option<f64>,
}

/// A search query. Empty fields match everything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Query {
    /// Words; the more of them match, the higher it ranks. Compared by concept and by stem in four languages.
    pub words: String,
    /// As in a draft.
    pub kind: Option<String>,
    /// As in a draft.
    pub category: Option<String>,
    /// Attributes that must be equal; numbers in their JSON form.
    pub attributes: Vec<Extra>,
    /// In hundredths of the person's currency.
    pub price_min: Option<u64>,
    /// The upper limit, like `price_min`.
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
    /// The id.
    pub id: String,
    /// The query.
    pub query: Query,
    /// When it was made, in milliseconds.
    pub created_at: u64,
}
